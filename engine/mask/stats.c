#include "engine/mask/stats.h"

#include <string.h>

#include "engine/mask/parts.h"

const char *const mask_held_name[HELD_SETS] = {"none", "semantic", "instance", "semantic+instance", "random", "semantic+random", "instance+random", "all"};

/* --- the realised mix ----------------------------------------------------------------------------------------------- */

/* Minimise |F - sum_j w_j S_j|^2 + RIDGE |w - prior|^2 over w >= 0, sum w = 1. Binary masks leave counts alone:
 * gram[j][k] = |S_j and S_k|, with[j] = |S_j and F|. */
struct fit { double gram[SOURCES][SOURCES], with[SOURCES]; };

static const double RIDGE = 1e-6; /* against counts of 1 and more: decides only what the masks leave undecided */

static struct fit fit_of(const struct mask_counts *c, const double prior[SOURCES]) {
	struct fit f = {{{0}}, {0}};
	for (int j = 0; j < SOURCES; j++) {
		for (int set = 0; set < HELD_SETS; set++) {
			if (!(set >> j & 1)) continue;
			f.with[j] += (double)c->held[set];
			for (int k = 0; k < SOURCES; k++) f.gram[j][k] += set >> k & 1 ? (double)c->sets[set] : 0;
		}
		f.gram[j][j] += RIDGE;
		f.with[j] += RIDGE * prior[j];
	}
	return f;
}

static double fit_error(const struct fit *f, const double w[SOURCES]) {
	double e = 0;
	for (int j = 0; j < SOURCES; j++) {
		e -= 2 * f->with[j] * w[j];
		for (int k = 0; k < SOURCES; k++) e += f->gram[j][k] * w[j] * w[k];
	}
	return e;
}

/* The best of the edge between sources J and K. */
static void fit_edge(const struct fit *f, int j, int k, double w[SOURCES]) {
	double apart = f->gram[j][j] + f->gram[k][k] - 2 * f->gram[j][k];
	double u = (f->gram[k][k] - f->gram[j][k] + f->with[j] - f->with[k]) / apart;
	memset(w, 0, SOURCES * sizeof *w);
	w[j] = u < 0 ? 0 : u > 1 ? 1 : u;
	w[k] = 1 - w[j];
}

/* The best of the whole plane sum w = 1; false when it lies outside the triangle. */
static bool fit_inside(const struct fit *f, double w[SOURCES]) {
	/* w = (u, v, 1 - u - v): two equations in the masks' differences to the third */
	const double(*g)[SOURCES] = f->gram, *b = f->with;
	double uu = g[0][0] - 2 * g[0][2] + g[2][2], vv = g[1][1] - 2 * g[1][2] + g[2][2], uv = g[0][1] - g[0][2] - g[1][2] + g[2][2];
	double ru = b[0] - b[2] - g[0][2] + g[2][2], rv = b[1] - b[2] - g[1][2] + g[2][2], det = uu * vv - uv * uv;
	if (!(det > 0)) return false;
	w[0] = (ru * vv - rv * uv) / det;
	w[1] = (rv * uu - ru * uv) / det;
	w[2] = 1 - w[0] - w[1];
	return w[0] >= 0 && w[1] >= 0 && w[2] >= 0;
}

static void realise(const struct mask_counts *c, const double prior[SOURCES], double best[SOURCES]) {
	static const int edge[][2] = {{0, 1}, {0, 2}, {1, 2}};
	const struct fit f = fit_of(c, prior);
	if (fit_inside(&f, best)) return; /* convex: the plane's minimum, if inside, is the triangle's */
	double w[SOURCES], least = 0;
	for (int e = 0; e < 3; e++) {
		fit_edge(&f, edge[e][0], edge[e][1], w);
		double error = fit_error(&f, w);
		if (e > 0 && error >= least) continue;
		least = error;
		memcpy(best, w, sizeof w);
	}
}

static void realise_all(struct mask_stats *st) {
	double prior[SOURCES];
	if (!st->blended) return;
	for (int j = 0; j < SOURCES; j++) prior[j] = st->requested[j] / (double)st->draws;
	for (int row = 0; row < MASK_ROWS; row++)
		if (st->counts[row].masked > 0) realise(&st->counts[row], prior, st->realised[row]);
}

/* --- counts --------------------------------------------------------------------------------------------------------- */

static void count_held(const struct mask_draw *d, enum granularity g, struct mask_counts *c) {
	for (int p = 0; p < d->patches; p++) {
		int set = 0;
		for (int j = 0; j < SOURCES; j++) set |= d->source[g][j][p] << j;
		c->sets[set]++;
		c->held[set] += d->final[g][p];
		if (d->instance[p])
			c->object++, c->object_masked += d->final[g][p];
		else
			c->background++, c->background_masked += d->final[g][p];
	}
}

/* Empties the masked set that holds P; returns its size. */
static int flood(uint8_t *mask, int side, int p) {
	uint16_t stack[PATCHES_MAX];
	int depth = 0, size = 0;
	mask[p] = 0;
	stack[depth++] = (uint16_t)p;
	while (depth > 0) {
		int at = stack[--depth], x = at % side, y = at / side;
		const int next[4] = {x > 0 ? at - 1 : at, x < side - 1 ? at + 1 : at, y > 0 ? at - side : at, y < side - 1 ? at + side : at};
		size++;
		for (int i = 0; i < 4; i++) {
			if (!mask[next[i]]) continue;
			mask[next[i]] = 0; /* at once, so that none is put on the stack twice */
			stack[depth++] = (uint16_t)next[i];
		}
	}
	return size;
}

static void count_components(const struct mask_draw *d, enum granularity g, struct mask_counts *c) {
	uint8_t left[PATCHES_MAX];
	memcpy(left, d->final[g], sizeof left);
	for (int p = 0; p < d->patches; p++) {
		if (!left[p]) continue;
		int size = flood(left, d->side, p);
		c->components++;
		if (size > c->largest) c->largest = size;
	}
}

static void counts_add(struct mask_counts *all, const struct mask_counts *c) {
	all->visible += c->visible;
	all->masked += c->masked;
	for (int i = 0; i < HELD_SETS; i++) {
		all->held[i] += c->held[i];
		all->sets[i] += c->sets[i];
	}
	all->object += c->object;
	all->object_quota += c->object_quota;
	all->object_masked += c->object_masked;
	all->background += c->background;
	all->background_masked += c->background_masked;
	all->components += c->components;
	if (c->largest > all->largest) all->largest = c->largest;
}

static void count_regions(const struct mask_options *o, const struct mask_draw *d, struct mask_stats *out) {
	struct mask_groups regions;
	int quota[PARTS_MAX];
	mask_group(d->semantic, d->patches, &regions);
	out->regions = regions.count;
	for (int i = 0; i < regions.count; i++) out->region[i] = (struct mask_region){.label = regions.label[i], .patches = regions.size[i]};
	for (int g = 0; g < GRANULARITIES; g++) {
		if (!d->active[g]) continue;
		mask_semantic_quota(o, &regions, d->patches - d->visible[g], quota);
		for (int i = 0; i < regions.count; i++) {
			out->region[i].quota[g] = quota[i];
			for (int j = 0; j < regions.size[i]; j++) out->region[i].masked[g] += d->final[g][regions.patch[regions.first[i] + j]];
		}
	}
}

void mask_stats_of(const struct mask_options *o, const struct mask_draw *d, struct mask_stats *out) {
	struct mask_groups objects;
	*out = (struct mask_stats){.draws = 1, .blended = o->generator != MASK_BLOCK && o->generator != MASK_TUBE};
	memcpy(out->active, d->active, sizeof out->active);
	memcpy(out->requested, d->mix, sizeof out->requested);
	mask_group(d->instance, d->patches, &objects);
	for (int g = 0; g < GRANULARITIES; g++) {
		struct mask_counts *c = &out->counts[g];
		if (!d->active[g]) continue;
		c->visible = d->visible[g];
		c->masked = d->patches - d->visible[g];
		c->object_quota = mask_instance_quota(o, &objects, (int)c->masked);
		count_held(d, g, c);
		count_components(d, g, c);
		counts_add(&out->counts[GRANULARITIES], c);
	}
	realise_all(out);
	count_regions(o, d, out);
}

/* --- many draws ----------------------------------------------------------------------------------------------------- */

void mask_summary_add(struct mask_summary *s, const struct mask_options *o, const struct mask_draw *d, const struct mask_stats *st) {
	struct mask_stats *total = &s->total;
	s->side = d->side;
	s->patches = d->patches;
	if (d->chosen >= 0) s->chosen[d->chosen]++;
	total->draws++;
	total->blended = st->blended;
	memcpy(total->active, st->active, sizeof total->active);
	for (int j = 0; j < SOURCES; j++) total->requested[j] += st->requested[j];
	for (int row = 0; row < MASK_ROWS; row++) {
		counts_add(&total->counts[row], &st->counts[row]);
		s->largest_sum[row] += st->counts[row].largest;
	}
	realise_all(total);
	for (int g = 0; g < GRANULARITIES; g++) {
		if (!d->active[g]) continue;
		s->visible[g][d->visible[g]]++;
		for (int p = 0; p < d->patches; p++) s->position[g][p] += d->final[g][p];
	}
	total->regions = o->classes + 1;
	for (int c = 0; c <= o->classes; c++) total->region[c].label = c < o->classes ? c : UNLABELLED;
	for (int i = 0; i < st->regions; i++) {
		const struct mask_region *from = &st->region[i];
		struct mask_region *to = &total->region[from->label < o->classes ? from->label : o->classes];
		to->patches += from->patches;
		for (int g = 0; g < GRANULARITIES; g++) {
			to->quota[g] += from->quota[g];
			to->masked[g] += from->masked[g];
		}
	}
}
