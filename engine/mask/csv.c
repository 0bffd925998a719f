/* Masks and their statistics as CSV (RFC 4180), for pandas and others. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/mask/stats.h"

static int finish(FILE *f) {
	if (fflush(f) == 0 && !ferror(f)) return 0;
	return err_set(ERR_FILE, "can't write the CSV file (%s)", strerror(errno));
}

int mask_csv(FILE *f, const struct mask_draw *d) {
	fprintf(f, "granularity,row,col,semantic_label,instance_label,m_semantic,m_instance,m_random,final\n");
	for (int g = 0; g < GRANULARITIES; g++) {
		if (!d->active[g]) continue;
		for (int p = 0; p < d->patches; p++)
			fprintf(f, "%s,%d,%d,%d,%d,%d,%d,%d,%d\n", granularity_name[g], p / d->side, p % d->side, d->semantic[p], d->instance[p],
			        d->source[g][SOURCE_SEMANTIC][p], d->source[g][SOURCE_INSTANCE][p], d->source[g][SOURCE_RANDOM][p], d->final[g][p]);
	}
	return finish(f);
}

/* --- the summary ---------------------------------------------------------------------------------------------------- */

struct table {
	FILE *f;
	int64_t step;
	const char *granularity; /* of the rows being written */
};

static void put_key(FILE *f, const char *key) {
	if (!strpbrk(key, ",\"\r\n")) {
		fputs(key, f);
		return;
	}
	putc('"', f);
	for (; *key; key++) {
		if (*key == '"') putc('"', f);
		putc(*key, f);
	}
	putc('"', f);
}

static void row(const struct table *t, const char *quantity, const char *key, double value) {
	fprintf(t->f, "%" PRId64 ",%s,%s,", t->step, t->granularity, quantity);
	put_key(t->f, key);
	fprintf(t->f, ",%.10g\n", value);
}

static void row_numbered(const struct table *t, const char *quantity, int key, double value) {
	char text[16];
	snprintf(text, sizeof text, "%d", key);
	row(t, quantity, text, value);
}

/* A share of nothing is left out. */
static void row_share(const struct table *t, const char *quantity, const char *key, int64_t part, int64_t whole) {
	if (whole > 0) row(t, quantity, key, (double)part / (double)whole);
}

static void counts_rows(const struct table *t, const struct mask_summary *s, int g) {
	const struct mask_stats *total = &s->total;
	const struct mask_counts *c = &total->counts[g];
	double draws = (double)total->draws;
	/* to six digits: beyond them stands the trace of the fit's ridge (stats.c) */
	for (int j = 0; j < SOURCES && total->blended; j++) row(t, "realised", mask_source_name[j], rint(total->realised[g][j] * 1e6) / 1e6);
	for (int i = 0; i < HELD_SETS; i++) row_share(t, "held", mask_held_name[i], c->held[i], c->masked);
	row(t, "visible_mean", "", (double)c->visible / draws);
	row_share(t, "object_masked", "", c->object_masked, c->object);
	row_share(t, "object_requested", "", c->object_quota, c->object);
	row_share(t, "background_masked", "", c->background_masked, c->background);
	row_share(t, "background_requested", "", c->masked - c->object_quota, c->background);
	row(t, "components_mean", "", (double)c->components / draws);
	row_share(t, "component_size_mean", "", c->masked, c->components);
	row(t, "component_largest_mean", "", (double)s->largest_sum[g] / draws);
}

static void granularity_rows(const struct table *t, const struct mask_summary *s, const struct mask_names *names, int g) {
	counts_rows(t, s, g);
	for (int n = 0; n <= s->patches; n++)
		if (s->visible[g][n]) row_numbered(t, "visible_count", n, (double)s->visible[g][n]);
	for (int p = 0; p < s->patches; p++) row_numbered(t, "position_masked", p, (double)s->position[g][p] / (double)s->total.draws);
	for (int i = 0; i < s->total.regions; i++) {
		const struct mask_region *r = &s->total.region[i];
		char name[64];
		mask_label_name(names, r->label, name, sizeof name);
		row_share(t, "class_requested", name, r->quota[g], r->patches);
		row_share(t, "class_masked", name, r->masked[g], r->patches);
	}
}

int mask_summary_csv(FILE *f, const struct mask_summary *s, const struct mask_names *names, int64_t step) {
	const struct mask_stats *total = &s->total;
	struct table t = {f, step, "all"};
	fprintf(f, "step,granularity,quantity,key,value\n");
	row(&t, "samples", "", (double)total->draws);
	for (int j = 0; j < SOURCES; j++) row(&t, "requested", mask_source_name[j], total->requested[j] / (double)total->draws);
	for (int j = 0; j < SOURCES; j++)
		if (s->chosen[j]) row(&t, "chosen", mask_source_name[j], (double)s->chosen[j] / (double)total->draws);
	for (int i = 0; i < total->regions; i++) {
		char name[64];
		mask_label_name(names, total->region[i].label, name, sizeof name);
		row_share(&t, "class_area", name, total->region[i].patches, total->draws * s->patches);
	}
	counts_rows(&t, s, GRANULARITIES);
	for (int g = 0; g < GRANULARITIES; g++) {
		t.granularity = granularity_name[g];
		if (total->active[g]) granularity_rows(&t, s, names, g);
	}
	return finish(f);
}
