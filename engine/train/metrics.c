#include "engine/train/metrics.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/mask/curriculum.h"

static void number(FILE *f, const char *name, double v) {
	if (isfinite(v)) fprintf(f, "\"%s\": %.9g", name, v);
	else fprintf(f, "\"%s\": null", name);
}

static void losses(FILE *f, const char *name, const double loss[GRANULARITIES], const bool active[GRANULARITIES], const double *total) {
	fprintf(f, "\"%s\": {", name);
	const char *comma = "";
	for (int g = 0; g < GRANULARITIES; g++) {
		if (!active[g]) continue;
		fputs(comma, f);
		number(f, granularity_name[g], loss[g]);
		comma = ", ";
	}
	if (total) {
		fputs(", ", f);
		number(f, "total", *total);
	}
	fputc('}', f);
}

int metrics_write(FILE *f, const struct metric *m, const bool active[GRANULARITIES], bool val_only) {
	fprintf(f, "{\"step\": %lld, \"time_s\": %.3f", (long long)m->step, m->time_s);
	if (!val_only) {
		static const char *const greek[SOURCES] = {"alpha", "beta", "gamma"};
		const struct { const char *name; double value; } fields[] = {
			{"lr", m->lr}, {"grad_norm", m->grad_norm}, {"images_per_s", m->images_per_s}};
		fputs(", ", f);
		losses(f, "train", m->loss, active, &m->total);
		for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) fputs(", ", f), number(f, fields[i].name, fields[i].value);
		for (int s = 0; s < SOURCES; s++) fputs(", ", f), number(f, greek[s], m->mix[s]);
		fputs(", \"effective\": {", f);
		for (int s = 0; s <= SOURCES; s++) fputs(s ? ", " : "", f), number(f, s < SOURCES ? mask_source_name[s] : "several", m->effective[s]);
		fputs("}, ", f);
		losses(f, "visible", m->visible, active, NULL);
	}
	if (m->evaluated) {
		fputs(", \"val\": {", f);
		for (int s = 0; s < SOURCES; s++) {
			if (s) fputs(", ", f);
			losses(f, mask_source_name[s], m->val[s], active, NULL);
		}
		fputc('}', f);
	}
	fputs("}\n", f);
	if (fflush(f) != 0) return err_set(ERR_FILE, "metrics.jsonl could not be written (%s; free some space, training goes on)", strerror(errno));
	return 0;
}
