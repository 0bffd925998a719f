/* tests/unit/golden_test.c -- the whole model, forward, losses and backward, against tests/golden/model: float64 results of the PyTorch
 * reference (tests/reference/golden.py writes them; tests/reference/README.md explains the formula and the files).
 *
 * A golden file's first line is its case, so that the reference holds the only table of cases. Weights and batch are
 * computed here by the same formula. Besides running as a test, for tests/cli/golden.sh:
 *     golden_test --write FILE.tsv DIR             writes DIR/W.safetensors and DIR/B.safetensors, prints the case's `set` options
 *     golden_test --compare FILE.tsv OUT.safetensors   compares a trace of them */
#include <dirent.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/err.h"
#include "engine/model/capture.h"
#include "engine/model/safetensors.h"

#define FOLDER "tests/golden/model"

enum { SIGNS = 4, ENTRIES = 3, CASES_MAX = 64, LINE = 1024, PAIRS_MAX = 16 };

/* Relative to the tensor's L2 norm (an entry: to its root mean square). The aim is 1e-5 in L2; the worst of a thousand signed sums stands
 * some 3 times above that. PyTorch's own float32 reaches 5e-6 here (golden.py --noise), the engine 1.1e-5, both in one_masked. */
static const double TOLERANCE = 2e-5;

/* ---- the formula ------------------------------------------------------------------------------------------------- */

static uint64_t fnv1a64(const char *name) {
	uint64_t h = 0xCBF29CE484222325u;
	for (; *name; name++) h = (h ^ (uint8_t)*name) * 0x100000001B3u;
	return h;
}

/* splitmix64's output I (from 0) of the stream that fnv1a64(name) seeds. */
static uint64_t bits(uint64_t seed, uint64_t i) {
	uint64_t z = seed + (i + 1) * 0x9E3779B97F4A7C15u;
	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
	z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
	return z ^ (z >> 31);
}

/* k / 2^23 in [-1, 1): exact in float. */
static float unit(uint64_t seed, uint64_t i) { return (float)((int32_t)(bits(seed, i) >> 40) - (1 << 23)) / (float)(1 << 23); }

static bool ends_with(const char *s, const char *end) {
	size_t n = strlen(s), m = strlen(end);
	return n >= m && !strcmp(s + n - m, end);
}

static void weight_fill(const struct parameter *p, float *w) {
	float scale = 1, offset = 0;
	bool is_weight = ends_with(p->name, ".weight");
	if (strstr(p->name, "norm") && is_weight) scale = 0.25f, offset = 1;
	else if (ends_with(p->name, ".bias")) scale = 0.125f;
	else if (!is_weight) scale = 0.5f; /* tokens and task embeddings */
	else if (!strstr(p->name, "class_emb")) {
		size_t inputs = p->count / (size_t)p->shape[0];
		for (size_t four = 1; 3 * four < inputs; four *= 4) scale /= 2; /* at most sqrt(3 / inputs) */
	}
	uint64_t seed = fnv1a64(p->name);
	for (size_t i = 0; i < p->count; i++) w[i] = offset + scale * unit(seed, i);
	if (!strcmp(p->name, "input_adapters.semseg.class_emb.weight")) /* the unlabelled row */
		memset(w + p->count - CLASS_WIDTH, 0, CLASS_WIDTH * sizeof *w);
}

/* ---- a case, from a golden file's first line ------------------------------------------------------------------- */

struct golden_case {
	struct model_config config;
	int batch, visible;
	double loss_weights[GRANULARITIES];
	char visible_in[16], unlabelled[16];
	bool hashed_positions, attention;
	char set[256];                       /* the line's options for the program, "preset=tiny classes=5" */
	int lines;
	char (*line)[LINE];                  /* the tensors */
};

/* The names of a comma-separated list, by first letter; capitals are stage_order's. Returns how many. */
static int granularities_parse(const char *list, enum granularity out[GRANULARITIES]) {
	int n = 0;
	for (const char *s = list; s && n < GRANULARITIES; s = strchr(s, ','), s = s ? s + 1 : NULL)
		for (int g = 0; g < GRANULARITIES; g++)
			if ((*s | 32) == granularity_name[g][0]) out[n++] = (enum granularity)g;
	return n;
}

static void option_apply(struct golden_case *c, const char *key, const char *value) {
	struct model_config *m = &c->config;
	enum granularity list[GRANULARITIES];
	if (!strcmp(key, "preset")) {
		assert_non_null(model_preset_find(value));
		*m = model_config_of(model_preset_find(value));
	} else if (!strcmp(key, "classes")) m->classes = atoi(value);
	else if (!strcmp(key, "instances")) m->instances = atoi(value);
	else if (!strcmp(key, "decoder")) m->cascade = !strcmp(value, "cascade");
	else if (!strcmp(key, "cascade")) m->cumulative = !strcmp(value, "cumulative");
	else if (!strcmp(key, "cross_attention")) m->cross_attention = !strcmp(value, "on");
	else if (!strcmp(key, "norm_pix")) m->norm_pix = !strcmp(value, "on");
	else if (!strcmp(key, "stage_order")) {
		int n = granularities_parse(value, list);
		assert_int_equal(n, m->stages);
		memcpy(m->stage, list, sizeof list);
	} else if (!strcmp(key, "granularities")) {
		int n = granularities_parse(value, list);
		memset(m->active, 0, sizeof m->active);
		for (int i = 0; i < n; i++) m->active[list[i]] = true;
		m->stages = 0;
		for (int g = 0; g < GRANULARITIES; g++)
			if (m->active[g]) m->stage[m->stages++] = (enum granularity)g;
	} else if (!strcmp(key, "loss_weights"))
		assert_int_equal(sscanf(value, "%lf,%lf,%lf", &c->loss_weights[0], &c->loss_weights[1], &c->loss_weights[2]), 3);
	else fail_msg("unknown option %s in a golden file", key);
}

static void pair_apply(struct golden_case *c, char *pair) {
	char *value = strchr(pair, '=');
	assert_non_null(value);
	*value++ = 0;
	if (!strcmp(pair, "batch")) c->batch = atoi(value);
	else if (!strcmp(pair, "visible")) c->visible = atoi(value);
	else if (!strcmp(pair, "visible_in")) snprintf(c->visible_in, sizeof c->visible_in, "%s", value);
	else if (!strcmp(pair, "unlabelled")) snprintf(c->unlabelled, sizeof c->unlabelled, "%s", value);
	else if (!strcmp(pair, "positions")) c->hashed_positions = !strcmp(value, "hashed");
	else if (!strcmp(pair, "attention")) c->attention = !strcmp(value, "on");
	else {
		option_apply(c, pair, value);
		size_t n = strlen(c->set);
		snprintf(c->set + n, sizeof c->set - n, "%s%s=%s", n ? " " : "", pair, value);
	}
}

static void case_read(struct golden_case *c, const char *path) {
	*c = (struct golden_case){.loss_weights = {1, 1, 1}, .visible_in = "any", .unlabelled = "none"};
	char text[LINE], *save = NULL;
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	assert_non_null(fgets(text, sizeof text, f));
	for (char *pair = strtok_r(text, "\t\n", &save); pair; pair = strtok_r(NULL, "\t\n", &save)) pair_apply(c, pair);
	while (fgets(text, sizeof text, f)) {
		c->line = realloc(c->line, (size_t)(c->lines + 1) * sizeof *c->line);
		assert_non_null(c->line);
		memcpy(c->line[c->lines++], text, sizeof text);
	}
	fclose(f);
	assert_true(c->lines > 10);
}

/* ---- its batch --------------------------------------------------------------------------------------------------- */

struct golden_batch {
	float *rgb;
	uint8_t *labels[2], *mask[GRANULARITIES];
};

static void *zeroed(size_t count, size_t size) {
	void *p = calloc(count, size);
	assert_non_null(p);
	return p;
}

/* The active granularities in token order; returns how many. */
static int token_order(const struct model_config *m, int out[GRANULARITIES]) {
	int n = 0;
	for (int g = RGB; g >= SEMSEG; g--)
		if (m->active[g]) out[n++] = g;
	return n;
}

/* The VISIBLE eligible tokens of sample B with the smallest keys. */
static void mask_fill(const struct golden_case *c, struct golden_batch *b, int sample) {
	int token[GRANULARITIES], n = config_patches(&c->config), groups = token_order(&c->config, token);
	uint64_t seed = fnv1a64("mask");
	bool *eligible = zeroed((size_t)groups * n, sizeof *eligible);
	for (int t = 0; t < groups * n; t++)
		eligible[t] = !strcmp(c->visible_in, "any") || !strcmp(c->visible_in, granularity_name[token[t / n]]) ||
		              (!strcmp(c->visible_in, "each") && t / n == sample % groups);
	for (int t = 0; t < groups * n; t++) {
		uint64_t key = bits(seed, (uint64_t)sample * groups * n + t);
		int smaller = 0;
		for (int u = 0; u < groups * n; u++) smaller += eligible[u] && bits(seed, (uint64_t)sample * groups * n + u) < key;
		if (eligible[t] && smaller < c->visible) b->mask[token[t / n]][sample * n + t % n] = 0;
	}
	free(eligible);
}

static void batch_make(struct golden_batch *b, const struct golden_case *c) {
	const struct model_config *m = &c->config;
	size_t size = (size_t)c->batch, pixels = size * 3 * m->image_size * m->image_size;
	size_t cells = (size_t)config_cells_side(m) * config_cells_side(m), patches = size * config_patches(m);
	*b = (struct golden_batch){.rgb = zeroed(pixels, sizeof *b->rgb)};
	for (size_t i = 0, seed = fnv1a64("rgb"); i < pixels; i++) b->rgb[i] = 2 * unit(seed, i);
	for (int g = 0; g < RGB; g++) b->labels[g] = zeroed(size, cells);
	for (size_t i = 0; i < size * cells; i++) {
		uint64_t h = bits(fnv1a64("semseg"), i);
		int label = (int)(h % (uint64_t)(m->classes + 1));
		char sample[24];
		snprintf(sample, sizeof sample, "%zu", i / cells);
		if (!strcmp(c->unlabelled, "all") || !strcmp(c->unlabelled, sample)) label = m->classes;
		else if (label == m->classes && h >> 63) label = UNLABELLED; /* two spellings: C and 255 */
		b->labels[SEMSEG][i] = (uint8_t)label;
		b->labels[INSTANCE][i] = (uint8_t)(bits(fnv1a64("instance"), i) % (uint64_t)m->instances);
	}
	for (int g = 0; g < GRANULARITIES; g++) memset(b->mask[g] = zeroed(patches, 1), 1, patches);
	for (int s = 0; s < c->batch; s++) mask_fill(c, b, s);
}

static void batch_free(struct golden_batch *b) {
	free(b->rgb);
	for (int g = 0; g < RGB; g++) free(b->labels[g]);
	for (int g = 0; g < GRANULARITIES; g++) free(b->mask[g]);
}

/* ---- comparing --------------------------------------------------------------------------------------------------- */

static uint64_t salted(const char *salt, const char *name) {
	char text[LINE + 16];
	snprintf(text, sizeof text, "%s.%s", salt, name);
	return fnv1a64(text);
}

/* The larger; NaN when either is. */
static double worse(double a, double b) { return isnan(a) || a > b ? a : b; }

/* Returns the worst relative error of COUNT floats against a golden line's numbers; NaN when they hold one. A tensor that must be
 * zero has no tolerance. */
static double line_error(const char *name, const double want[1 + SIGNS + ENTRIES], const float *x, size_t count) {
	double got[1 + SIGNS + ENTRIES] = {0}, worst = 0;
	uint64_t signs = salted("sign", name), entries = salted("element", name);
	for (size_t i = 0; i < count; i++) {
		uint64_t h = bits(signs, i);
		got[0] += (double)x[i] * x[i];
		for (int s = 0; s < SIGNS; s++) got[1 + s] += h >> s & 1 ? x[i] : -(double)x[i];
	}
	got[0] = sqrt(got[0]);
	for (int e = 0; e < ENTRIES; e++) got[1 + SIGNS + e] = x[bits(entries, (uint64_t)e) % count];
	for (int k = 0; k < 1 + SIGNS + ENTRIES; k++) {
		double measure = fmax(k > SIGNS ? want[0] / sqrt((double)count) : want[0], 1e-300);
		worst = worse(fabs(got[k] - want[k]) / measure, worst);
	}
	return worst;
}

/* Where results come from: the engine's memory, or a trace file. Returns the tensor (the caller frees it), NULL if there is none. */
struct source {
	float *(*fetch)(void *context, const char *name, size_t *count);
	void *context;
	bool has_samples; /* a trace has no losses of single samples */
};

/* Compares every line; prints each that differs. Returns how many do; *WORST the worst error seen. */
static int lines_compare(const struct golden_case *c, const struct source *from, double *worst) {
	int wrong = 0;
	*worst = 0;
	for (int i = 0; i < c->lines; i++) {
		char name[LINE];
		size_t want_count, count = 0;
		double w[1 + SIGNS + ENTRIES];
		int n = sscanf(c->line[i], "%1023s %zu %lf %lf %lf %lf %lf %lf %lf %lf", name, &want_count, &w[0], &w[1], &w[2], &w[3], &w[4], &w[5], &w[6], &w[7]);
		assert_int_equal(n, 2 + 1 + SIGNS + ENTRIES);
		if (!strncmp(name, "sample.", 7) && !from->has_samples) continue;
		float *x = from->fetch(from->context, name, &count);
		double error = x && count == want_count ? line_error(name, w, x, count) : INFINITY;
		free(x);
		if (!(error <= TOLERANCE)) {
			printf("%s: relative error %.2g (tolerance %.0e)\n", name, error, TOLERANCE);
			wrong++;
		}
		*worst = worse(error, *worst);
	}
	return wrong;
}

static bool line_exists(const struct golden_case *c, const char *name) {
	size_t n = strlen(name);
	for (int i = 0; i < c->lines; i++)
		if (!strncmp(c->line[i], name, n) && c->line[i][n] == '\t') return true;
	return false;
}

/* ---- the engine's results ------------------------------------------------------------------------------------------ */

struct run {
	const struct golden_case *c;
	struct device *device;
	struct model *model;
	struct workspace *workspace;
	struct model_losses losses;
	float *encoded, *prediction[GRANULARITIES], *sample[GRANULARITIES];
	struct attention_map map[ATTENTION_LAYERS_MAX]; /* of the cases that ask for it */
	int maps;
};

static float *copy(const float *x, size_t count) {
	float *out = zeroed(count, sizeof *out);
	memcpy(out, x, count * sizeof *out);
	return out;
}

static int granularity_of(const char *name) {
	for (int g = 0; g < GRANULARITIES; g++)
		if (!strcmp(name, granularity_name[g])) return g;
	return -1;
}

static float *run_fetch(void *context, const char *name, size_t *count) {
	struct run *r = context;
	const struct model_config *m = &r->c->config;
	if (!strncmp(name, "grad.", 5)) {
		int i = model_find(r->model, name + 5);
		if (i < 0) return NULL;
		*count = model_parameter(r->model, i)->count;
		float *x = zeroed(*count, sizeof *x);
		model_get(r->model, GRADIENTS, i, x);
		return x;
	}
	if (!strcmp(name, "encoded"))
		return copy(r->encoded, *count = (size_t)r->c->batch * (r->c->visible + 1) * m->width);
	for (int i = 0; !strncmp(name, "attention.", 10) && i < r->maps; i++) {
		char layer[ATTENTION_NAME_BYTES];
		attention_layer_name(r->map[i].layer, layer);
		if (strcmp(name + 10, layer)) continue;
		return copy(r->map[i].values, *count = (size_t)r->map[i].heads * r->map[i].queries * r->map[i].keys);
	}
	int g = granularity_of(strchr(name, '.') + 1);
	if (!strncmp(name, "loss.", 5))
		return copy(&(float){(float)(g < 0 ? r->losses.total : r->losses.of[g])}, *count = 1);
	assert_true(g >= 0);
	if (!strncmp(name, "sample.", 7)) return copy(r->sample[g], *count = (size_t)r->c->batch);
	return copy(r->prediction[g], *count = (size_t)r->c->batch * config_patches(m) * config_out(m, (enum granularity)g));
}

static void check(int rc) {
	if (rc) fail_msg("%s", err_message());
}

static void model_fill(struct model *m, const struct golden_case *c) {
	for (int i = 0; i < model_parameters(m); i++) {
		const struct parameter *p = model_parameter(m, i);
		float *w = zeroed(p->count, sizeof *w);
		weight_fill(p, w);
		model_set(m, WEIGHTS, i, w);
		free(w);
	}
	for (int g = 0; g < GRANULARITIES && c->hashed_positions; g++) {
		char name[64];
		snprintf(name, sizeof name, "positions.%s", granularity_name[g]);
		size_t n = (size_t)config_patches(&c->config) * c->config.width;
		float *x = zeroed(n, sizeof *x);
		for (size_t i = 0; i < n; i++) x[i] = unit(fnv1a64(name), i);
		model_set_positions(m, (enum granularity)g, x);
		free(x);
	}
}

/* Every layer's attention, in a workspace as what-ifs have one. */
static void run_capture(struct run *r, const struct model_input *input) {
	struct attention_layer layers[ATTENTION_LAYERS_MAX];
	struct workspace *w;
	r->maps = attention_layers(&r->c->config, layers);
	check(workspace_new(&w, r->model, 1, r->c->visible, false));
	check(workspace_load(w, input));
	check(capture_forward(w, layers, r->maps, r->map));
	workspace_free(w);
}

static void run_make(struct run *r, const struct golden_case *c, const struct golden_batch *b) {
	*r = (struct run){.c = c};
	check(model_config_check(&c->config));
	check(device_open(&r->device, "cpu", "fp32", 2));
	check(model_new(&r->model, r->device, &c->config, 1, true));
	model_fill(r->model, c);
	check(workspace_new(&r->workspace, r->model, c->batch, c->visible, true));
	struct model_input input = {.batch = c->batch, .rgb_normalised = b->rgb, .labels = {b->labels[0], b->labels[1]}};
	for (int g = 0; g < GRANULARITIES; g++) input.mask[g] = b->mask[g];
	check(workspace_load(r->workspace, &input));
	check(model_forward(r->workspace));
	r->encoded = zeroed((size_t)c->batch * (c->visible + 1) * c->config.width, sizeof(float));
	workspace_encoded(r->workspace, r->encoded);
	for (int g = 0; g < GRANULARITIES; g++) {
		r->sample[g] = zeroed((size_t)c->batch, sizeof(float));
		if (!c->config.active[g]) continue;
		r->prediction[g] = zeroed((size_t)c->batch * config_patches(&c->config) * config_out(&c->config, (enum granularity)g), sizeof(float));
		workspace_prediction(r->workspace, (enum granularity)g, r->prediction[g]);
	}
	if (c->attention) run_capture(r, &input);
	check(model_loss(r->workspace, c->loss_weights, true, &r->losses, r->sample));
	check(model_backward(r->workspace));
	check(device_sync(r->device));
}

static void run_free(struct run *r) {
	workspace_free(r->workspace);
	model_free(r->model);
	device_close(r->device);
	free(r->encoded);
	for (int g = 0; g < GRANULARITIES; g++) free(r->prediction[g]), free(r->sample[g]);
	for (int i = 0; i < r->maps; i++) attention_map_free(&r->map[i]);
}

/* ---- the tests ----------------------------------------------------------------------------------------------------- */

static void matches_the_reference(void **state) {
	struct golden_case c;
	struct golden_batch b;
	struct run r;
	case_read(&c, *state);
	batch_make(&b, &c);
	run_make(&r, &c, &b);
	double worst;
	int wrong = lines_compare(&c, &(struct source){run_fetch, &r, true}, &worst);
	for (int i = 0; i < model_parameters(r.model); i++) {
		char name[80];
		snprintf(name, sizeof name, "grad.%s", model_parameter(r.model, i)->name);
		if (!line_exists(&c, name)) printf("%s: unknown to the reference\n", name), wrong++;
	}
	printf("%s: worst relative error %.1e\n", (const char *)*state, worst);
	run_free(&r);
	batch_free(&b);
	free(c.line);
	assert_int_equal(wrong, 0);
}

/* The comparison itself must see a NaN, a flipped sign, an order off by one and an error just above the tolerance. */
static void comparison_can_fail(void **state) {
	(void)state;
	enum { N = 1000 };
	float x[N], y[N];
	double want[1 + SIGNS + ENTRIES] = {0};
	uint64_t signs = salted("sign", "test"), entries = salted("element", "test");
	for (int i = 0; i < N; i++) {
		x[i] = unit(fnv1a64("test"), (uint64_t)i);
		want[0] += (double)x[i] * x[i];
		for (int s = 0; s < SIGNS; s++) want[1 + s] += bits(signs, (uint64_t)i) >> s & 1 ? x[i] : -(double)x[i];
	}
	want[0] = sqrt(want[0]);
	for (int e = 0; e < ENTRIES; e++) want[1 + SIGNS + e] = x[bits(entries, (uint64_t)e) % N];
	assert_true(line_error("test", want, x, N) <= 1e-12);

	memcpy(y, x, sizeof x);
	y[N - 1] = NAN;
	assert_false(line_error("test", want, y, N) <= TOLERANCE);
	memcpy(y, x, sizeof x);
	y[500] = -y[500];
	assert_false(line_error("test", want, y, N) <= TOLERANCE);
	memmove(y, x + 1, (N - 1) * sizeof *x);
	y[N - 1] = x[0];
	assert_false(line_error("test", want, y, N) <= TOLERANCE);
	for (int i = 0; i < N; i++) y[i] = x[i] * (1 + 1.5f * (float)TOLERANCE);
	assert_false(line_error("test", want, y, N) <= TOLERANCE);
	assert_false(line_error("test", (double[1 + SIGNS + ENTRIES]){0}, x, N) <= TOLERANCE); /* should have been zero */
}

/* ---- for tests/cli/golden.sh ---------------------------------------------------------------------------------------- */

static void weights_write(const struct golden_case *c, const char *path) {
	struct device *d;
	struct model *m;
	check(device_open(&d, "cpu", "fp32", 1));
	check(model_new(&m, d, &c->config, 1, false));
	int n = model_parameters(m);
	struct tensor_info *t = zeroed((size_t)n, sizeof *t);
	for (int i = 0; i < n; i++) {
		const struct parameter *p = model_parameter(m, i);
		float *w = zeroed(p->count, sizeof *w);
		weight_fill(p, w);
		t[i] = (struct tensor_info){.name = p->name, .type = TENSOR_F32, .ndim = p->ndim, .count = p->count, .bytes = p->count * sizeof *w, .data = w};
		for (int k = 0; k < p->ndim; k++) t[i].shape[k] = p->shape[k];
	}
	check(safetensors_write(path, t, n, NULL, 0));
	for (int i = 0; i < n; i++) free((void *)t[i].data);
	free(t);
	model_free(m);
	device_close(d);
}

static struct tensor_info int_tensor(const char *name, const uint8_t *x, int ndim, const int64_t shape[3]) {
	struct tensor_info t = {.name = name, .type = TENSOR_I32, .ndim = ndim, .count = 1};
	for (int k = 0; k < ndim; k++) t.count *= (size_t)(t.shape[k] = shape[k]);
	int32_t *v = zeroed(t.count, sizeof *v);
	for (size_t i = 0; i < t.count; i++) v[i] = x[i];
	t.bytes = t.count * sizeof *v;
	t.data = v;
	return t;
}

static void batch_write(const struct golden_case *c, const char *path) {
	struct golden_batch b;
	batch_make(&b, c);
	const struct model_config *m = &c->config;
	int64_t size = m->image_size, cells = config_cells_side(m), n = config_patches(m);
	struct tensor_info t[6] = {{.name = "rgb", .type = TENSOR_F32, .ndim = 4, .shape = {c->batch, 3, size, size}, .data = b.rgb}};
	t[0].count = (size_t)c->batch * 3 * (size_t)(size * size);
	t[0].bytes = t[0].count * sizeof(float);
	t[1] = int_tensor("instance", b.labels[INSTANCE], 3, (int64_t[3]){c->batch, cells, cells});
	t[2] = int_tensor("semseg", b.labels[SEMSEG], 3, (int64_t[3]){c->batch, cells, cells});
	t[3] = int_tensor("mask.rgb", b.mask[RGB], 2, (int64_t[3]){c->batch, n});
	t[4] = int_tensor("mask.instance", b.mask[INSTANCE], 2, (int64_t[3]){c->batch, n});
	t[5] = int_tensor("mask.semseg", b.mask[SEMSEG], 2, (int64_t[3]){c->batch, n});
	check(safetensors_write(path, t, 6, NULL, 0));
	for (int i = 1; i < 6; i++) free((void *)t[i].data);
	batch_free(&b);
}

static float *file_fetch(void *context, const char *name, size_t *count) {
	const struct tensor_info *t = safetensors_find(context, name);
	if (!t) return NULL;
	float *x = zeroed(t->count, sizeof *x);
	check(safetensors_floats(t, x));
	*count = t->count;
	return x;
}

static int write_files(const struct golden_case *c, const char *folder) {
	char path[LINE];
	snprintf(path, sizeof path, "%s/W.safetensors", folder);
	weights_write(c, path);
	snprintf(path, sizeof path, "%s/B.safetensors", folder);
	batch_write(c, path);
	printf("%s\n", c->set);
	return 0;
}

static int compare_file(const struct golden_case *c, const char *path) {
	struct safetensors *f;
	double worst;
	check(safetensors_open(&f, path));
	int wrong = lines_compare(c, &(struct source){file_fetch, f, false}, &worst);
	printf("worst relative error %.1e\n", worst);
	safetensors_close(f);
	return wrong > 0;
}

static int tool(char **argv) {
	struct golden_case c;
	case_read(&c, argv[2]);
	int rc = 2;
	if (!strcmp(argv[1], "--write")) rc = write_files(&c, argv[3]);
	if (!strcmp(argv[1], "--compare")) rc = compare_file(&c, argv[3]);
	free(c.line);
	return rc;
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

int main(int argc, char **argv) {
	if (argc == 4) return tool(argv);
	struct CMUnitTest tests[CASES_MAX + 1] = {cmocka_unit_test(comparison_can_fail)};
	char *path[CASES_MAX];
	int n = 0;
	DIR *d = opendir(FOLDER);
	for (struct dirent *e; d && n < CASES_MAX && (e = readdir(d));)
		if (ends_with(e->d_name, ".tsv")) {
			path[n] = zeroed(1, sizeof FOLDER + 1 + strlen(e->d_name));
			sprintf(path[n++], FOLDER "/%s", e->d_name);
		}
	if (d) closedir(d);
	if (n == 0) {
		printf("no golden files in %s (run from the repository's root)\n", FOLDER);
		return 1;
	}
	qsort(path, (size_t)n, sizeof *path, by_name);
	for (int i = 0; i < n; i++)
		tests[1 + i] = (struct CMUnitTest){.name = path[i] + strlen(FOLDER) + 1, .test_func = matches_the_reference, .initial_state = path[i]};
	int rc = cmocka_run_group_tests(tests, NULL, NULL);
	for (int i = 0; i < n; i++) free(path[i]);
	return rc;
}
