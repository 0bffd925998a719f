/* tests/gpu/ops_gpu.c -- every row of the op table on the GPU, in fp32, tf32 and bf16: against its truth in double precision, at the row's
 * awkward sizes, at more of them and at the shapes of a model; the same bits twice, whatever the outputs held before; the same bits in place; no
 * rows; attention's map against its fused path; sizes whose elements don't count in 32 bits.
 *
 * The truth sees the inputs as the device holds them, so that what is judged is the op and not the rounding of its inputs. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "tests/bench/workload.h"
#include "tests/gpu/harness.h"
#include "tests/ops/op_table.h"

enum { GARBAGE = 0xff /* NaN */ };

static const double bf16_rounding = 1.0 / 512; /* 2^-9: to nearest, 8 bits of mantissa */

/* ---- one call ---- */

static bool is_output(const struct operand *o) { return o->role == OUT || o->role == INOUT; }

/* V as bf16 holds it. */
static double in_bf16(double v) {
	int exponent;
	double m = frexp(v, &exponent);
	return ldexp(nearbyint(ldexp(m, 8)), exponent - 8);
}

static void as_held(struct call *c, const struct device *d) {
	for (int i = 0; d->act_bytes == 2 && i < c->operands; i++) {
		struct operand *o = &c->operand[i];
		for (int64_t k = 0; o->type == ACT && o->role != OUT && o->value && k < o->count; k++) o->value[k] = in_bf16(o->value[k]);
	}
}

/* The call whose inputs that are its forward's outputs (mean, rstd, o, lse) are what the forward gives; everything as D holds it. */
static void call_prepare(struct call *c, const struct op_row *row, const int n[SHAPE_MAX], const struct device *d) {
	call_new(c, row, n, 0);
	as_held(c, d);
	const struct op_row *forward = row->forward ? op_row_find(row->forward) : row;
	if (forward == row) return;
	struct call f;
	call_new(&f, forward, n, 1);
	for (int i = 0; i < f.operands; i++) {
		int j = call_find(c, f.operand[i].name);
		if (f.operand[i].role == IN && j >= 0) memcpy(f.v[i], c->v[j], sizeof(double) * (size_t)f.operand[i].count);
	}
	forward->truth(&f);
	for (int i = 0; i < f.operands; i++) {
		int j = call_find(c, f.operand[i].name);
		for (int64_t k = 0; f.operand[i].role == OUT && j >= 0 && k < f.operand[i].count; k++) c->v[j][k] = (float)f.v[i][k];
	}
	call_free(&f);
	as_held(c, d);
}

/* Runs C on fresh memory; OUT [operands] receive its outputs. Operand ALIAS takes the memory of operand OF, or -1. */
static void call_outputs(double *out[OPERANDS_MAX], struct call *c, struct device *d, int garbage, int alias, int of) {
	memset(out, 0, sizeof(*out) * OPERANDS_MAX);
	if (FAILS(call_load(c, d, garbage))) return;
	if (alias >= 0) c->p[alias] = c->p[of];
	c->row->run(d, c);
	FAILS(device_sync(d));
	for (int i = 0; i < c->operands; i++)
		if (is_output(&c->operand[i])) out[i] = call_read(c, d, i);
	call_unload(c, d);
}

static void shape_print(char out[80], const int *n) {
	int last = SHAPE_MAX - 1, at = 0;
	while (last > 0 && n[last] == 0) last--;
	for (int i = 0; i <= last; i++) at += snprintf(out + at, 80 - (size_t)at, "%s%d", i ? " " : "", n[i]);
}

/* What an output may be off by. fp32: other orders of summation than the CPU's, for which the rows' tolerances are set.
 * tf32: both operands of a linear's products lose 13 bits, 2^-11 of each when rounded, 2^-10 when cut; everything else is fp32.
 * bf16: one rounding of the result, 2^-9 of each element at most; where the op rounds on its way (softmax weights, a GELU's derivative, the
 * residual's sum), three. Statistics and gradients of parameters are sums in fp32 of exact products, also then. */
static double allowed(const struct call *c, const struct device *d, const struct operand *o) {
	const struct op_row *row = c->row;
	double base = row->tolerance * (row->tolerance_grows ? c->n[row->tolerance_grows] : 1);
	bool linear = !strncmp(row->name, "linear_", 7), once = row->tolerance <= 3e-7;
	base *= 4;
	if (!strcmp(d->precision, "tf32") && linear && strcmp(o->name, "db")) return 2e-3;
	if (d->act_bytes != 2) return linear && !strcmp(d->precision, "bf16") ? 4 * bf16_rounding : base; /* the CPU rounds both operands, 2^-9 each */
	if (o->type == ACT && strncmp(row->name, "gather_classes", 14) && strncmp(row->name, "rows_copy", 9)) return base + (once ? 1 : 3) * bf16_rounding;
	if (!strcmp(row->name, "residual_layernorm_forward")) return 3 * bf16_rounding;
	return linear ? 2e-5 : base;
}

static void compare_bits(double *a[OPERANDS_MAX], double *b[OPERANDS_MAX], const struct call *c, const char *shape, const char *when) {
	for (int i = 0; i < c->operands; i++)
		if (a[i] && b[i] && memcmp(a[i], b[i], sizeof(double) * (size_t)c->operand[i].count))
			test_fail("%s at %s differs in its bits %s", c->operand[i].name, shape, when);
}

static void outputs_free(double *out[OPERANDS_MAX]) {
	for (int i = 0; i < OPERANDS_MAX; i++) free(out[i]);
}

static void check_call(const struct op_row *row, const int n[SHAPE_MAX], struct device *d, struct worst *w) {
	struct call c;
	double *first[OPERANDS_MAX], *again[OPERANDS_MAX];
	char shape[80];
	shape_print(shape, n);
	call_prepare(&c, row, n, d);
	call_outputs(first, &c, d, GARBAGE, -1, -1);
	call_outputs(again, &c, d, 0, -1, -1);
	compare_bits(first, again, &c, shape, "from one run to the next");
	outputs_free(again);
	for (int i = 0; i < ALIASES_MAX && row->alias[i][0]; i++) {
		char when[64];
		int a = call_find(&c, row->alias[i][0]), of = call_find(&c, row->alias[i][1]);
		/* in bf16 the two of `convert` and of AdamW are of different sizes */
		if (c.operand[a].role == ABSENT || c.operand[of].role == ABSENT || (d->act_bytes == 2 && c.operand[a].type != c.operand[of].type)) continue;
		snprintf(when, sizeof when, "in place of %s", row->alias[i][1]);
		call_outputs(again, &c, d, 0, a, of);
		compare_bits(first, again, &c, shape, when);
		outputs_free(again);
	}
	row->truth(&c);
	for (int i = 0; i < c.operands; i++)
		if (first[i]) {
			const struct operand *o = &c.operand[i];
			worst_see(w, relative_l2(first[i], c.v[i], o->count), allowed(&c, d, o), "%s at %s", o->name, shape);
		}
	outputs_free(first);
	call_free(&c);
}

/* ---- the shapes ---- */

/* Beside a row's own: its first numbers at 1, 31, 33, 99, 133, 588 and 2128 (133 classes of 16 cells), and no rows. */
struct more { const char *op; int n[SHAPE_MAX]; };
static const struct more more[] = {
#define LINEAR(op, dx)                                                                                                                     \
	{op, {1, 588, 2128, dx, 1}}, {op, {2128, 31, 33, dx, 1}}, {op, {33, 2128, 99, dx, 0}}, {op, {99, 133, 2128, dx, 1}}, {op, {588, 2128, 1, dx, 1}}, \
	{op, {31, 64, 8, dx, 1}}, {op, {0, 33, 99, dx, 1}}
	LINEAR("linear_forward", 0), LINEAR("linear_backward", 0), LINEAR("linear_gelu_forward", 0), LINEAR("linear_gelu_backward", 0),
	{"linear_backward", {99, 768, 33, 1, 1}}, {"linear_backward", {2128, 588, 31, 2, 0}},
#define NORM(op) {op, {2128, 99}}, {op, {1, 2128}}, {op, {33, 588}}, {op, {133, 31}}, {op, {99, 1024}}, {op, {0, 96}}
	NORM("layernorm_forward"), NORM("residual_layernorm_forward"), NORM("layernorm_backward"), {"layernorm_backward", {588, 133, 1}},
	{"add", {99}}, {"add", {133}}, {"add", {588}}, {"add", {2128}}, {"add", {(1 << 20) + 3}},
#define ATTENTION(op)                                                                                                                      \
	{op, {1, 2, 64, 588, 2128, 8, 1}}, {op, {3, 1, 64, 1, 99, 0, 1}}, {op, {1, 3, 32, 31, 1, 16, 1}}, {op, {2, 2, 32, 196, 588, 3, 4}}, \
	{op, {1, 2, 16, 33, 133, 0, 1}}, {op, {1, 1, 128, 99, 31, 0, 1}}
	ATTENTION("attention_forward"), ATTENTION("attention_backward"), ATTENTION("attention_map"),
	{"normalise", {2, 99}}, {"normalise", {1, 588}}, {"gather_pixels", {2, 14, 16, 133}}, {"gather_pixels", {1, 33, 3, 588}}, {"gather_pixels", {1, 3, 8, 0}},
	{"gather_classes", {2, 14, 16, 133, 133, 64, 134}}, {"gather_classes_backward", {2, 14, 16, 133, 133, 64, 134}},
	{"gather_classes", {3, 8, 8, 588, 31, 33, 31}}, {"gather_classes_backward", {3, 8, 8, 588, 31, 33, 31}},
	{"gather_classes", {1, 3, 8, 0, 5, 64, 6}}, {"gather_classes_backward", {1, 3, 8, 0, 5, 64, 6}},
	{"tokens_forward", {2, 588, 31, 588}}, {"tokens_backward", {2, 588, 31, 588}}, {"tokens_forward", {33, 1, 2128, 99}}, {"tokens_backward", {33, 1, 2128, 99}},
	{"sequence_forward", {2, 3, 196, 588, 31}}, {"sequence_backward", {2, 3, 196, 588, 31}}, {"sequence_forward", {31, 1, 9, 3, 99}}, {"sequence_backward", {31, 1, 9, 3, 99}},
	{"rows_copy", {2, 196, 196, 588, 33}}, {"rows_add", {2, 196, 196, 588, 33}},
	{"cross_entropy", {2, 14, 133, 0}}, {"cross_entropy", {33, 2, 99, 0}}, {"cross_entropy", {1, 31, 32, 1}},
	{"pixel_loss", {2, 14, 16, 0, 1}}, {"pixel_loss", {33, 3, 7, 0, 0}}, {"pixel_loss", {1, 31, 8, 1, 1}},
#define COUNTS(op) {op, {99}}, {op, {2128}}, {op, {(1 << 20) + 3}}
	COUNTS("adamw"), COUNTS("sum_squares"), COUNTS("convert"), COUNTS("widen"),
};

/* The ops of a step of PRESET, each shape once; AdamW's million stands in the list above. */
static void check_plan(const struct op_row *row, struct device *d, const char *preset, int batch, struct worst *w) {
	const struct model_preset *p = model_preset_find(preset);
	struct model_config c = model_config_of(p);
	struct plan plan;
	plan_new(&plan, &c, batch, p->visible);
	for (int i = 0; i < plan.entries; i++) {
		const struct entry *e = &plan.entry[i];
		bool seen = strcmp(e->op, row->name) || !strcmp(e->where, "optimizer");
		for (int j = 0; j < i; j++) seen |= !strcmp(plan.entry[j].op, e->op) && !memcmp(plan.entry[j].n, e->n, sizeof e->n);
		if (!seen) check_call(row, e->n, d, w);
	}
}

static void check_row(const struct op_row *row, struct device *d) {
	struct worst w = {0};
	if (!test_begin("%s %s", row->name, d->precision)) return;
	for (int s = 0; s < SHAPES_MAX && row->shapes[s][0]; s++) check_call(row, row->shapes[s], d, &w);
	for (size_t i = 0; !harness.quick && i < sizeof more / sizeof *more; i++)
		if (!strcmp(more[i].op, row->name)) check_call(row, more[i].n, d, &w);
	if (!harness.quick) {
		check_plan(row, d, "tiny", 3, &w);
		check_plan(row, d, "base", 2, &w);
		check_plan(row, d, "large", 1, &w);
	}
	test_note("%ld outputs; nearest to its tolerance: %s, %.1e of %.1e", w.seen, w.where, w.error, w.allowed);
	test_end();
}

/* ---- what the table doesn't say ---- */

/* A step whose losses or gradients are not finite must not reach the weights. */
static void check_guard(struct device *d) {
	static const struct adamw_step step = {.lr = 1, .beta1 = 0.9f, .beta2 = 0.9f, .epsilon = 1, .correction1 = 1, .correction2 = 1};
	static const double guards[][2] = {{1, 1}, {INFINITY, 1}, {1, NAN}};
	if (!test_begin("adamw's guard %s", d->precision)) return;
	enum { N = 99 };
	for (int i = 0; i < 3; i++) {
		float host[4 * N], back[4 * N], *p = NULL;
		double *guard = NULL;
		act *compute = NULL;
		for (int j = 0; j < 4 * N; j++) host[j] = j < 2 * N ? 1 : 0;
		if (FAILS(device_alloc(d, (void **)&p, sizeof host, "a test")) || FAILS(device_alloc(d, (void **)&guard, sizeof *guards, "a test")) ||
		    FAILS(device_alloc(d, &compute, sizeof host, "a test")))
			break;
		device_upload(d, p, host, sizeof host);
		device_upload(d, guard, guards[i], sizeof *guards);
		d->op->adamw(d, p, d->act_bytes == 4 ? p : compute, p + N, p + 2 * N, p + 3 * N, N, N, guard, &step);
		device_download(d, back, p, sizeof back);
		FAILS(device_sync(d));
		if ((memcmp(host, back, sizeof host) != 0) != (i == 0)) test_fail("guards %g and %g: the weights %s", guards[i][0], guards[i][1], i ? "moved" : "did not move");
		device_free(d, p);
		device_free(d, guard);
		device_free(d, compute);
	}
	test_end();
}

/* The fused path's o, from the map's p: o = p v, at the lengths that the model has. */
static void check_map(struct device *d) {
	static const int shapes[][SHAPE_MAX] = {{2, 3, 64, 33, 33, 0, 1}, {2, 12, 64, 99, 99, 1536, 1}, {2, 8, 32, 196, 196, 512, 1}, {2, 8, 32, 196, 588, 256, 4}};
	const struct op_row *fused = op_row_find("attention_forward"), *map = op_row_find("attention_map");
	struct worst w = {0};
	if (!test_begin("attention: o = p v %s", d->precision)) return;
	for (size_t s = 0; s < sizeof shapes / sizeof *shapes && !(harness.quick && s); s++) {
		const int *n = shapes[s];
		struct call f, m;
		double *o[OPERANDS_MAX], *p[OPERANDS_MAX];
		int width = n[1] * n[2], v_stride = width + 2 * n[5];
		call_prepare(&f, fused, n, d);
		call_new(&m, map, n, 0);
		for (int i = 1; i <= 2; i++) memcpy(m.v[i], f.v[i + 1], sizeof(double) * (size_t)m.operand[i].count);
		call_outputs(o, &f, d, GARBAGE, -1, -1);
		call_outputs(p, &m, d, GARBAGE, -1, -1);
		double *want = calloc((size_t)f.operand[0].count, sizeof *want);
		for (int64_t i = 0; i < f.operand[0].count && p[0]; i++) {
			int64_t e = i % width, t = i / width % n[3], b = i / width / n[3], row = ((b * n[1] + e / n[2]) * n[3] + t) * n[4];
			for (int64_t j = 0; j < n[4]; j++) want[i] += p[0][row + j] * f.v[4][(b * n[4] + j) * v_stride + e];
		}
		if (o[0] && p[0]) worst_see(&w, relative_l2(o[0], want, f.operand[0].count), d->act_bytes == 2 ? 3 * bf16_rounding : 4e-6 * n[6], "%d queries, %d keys", n[3], n[4]);
		free(want);
		outputs_free(o);
		outputs_free(p);
		call_free(&f);
		call_free(&m);
	}
	test_note("%s, %.1e of %.1e", w.where, w.error, w.allowed);
	test_end();
}

/* Semseg logits of 5200 samples are 2.2e9 elements. Every sample is the same, so that the last one's results must be the first one's. */
static void check_far(struct device *d) {
	enum { BATCH = 5200, SIDE = 14, CLASSES = 133 };
	const int64_t patches = SIDE * SIDE, each = patches * CLASSES * 16;
	if (!test_begin("more than 2^31 elements %s", d->precision)) return;
	if (harness.quick || strcmp(d->kind, "cuda")) {
		test_skip("only on a GPU, without --quick");
		test_end();
		return;
	}
	struct call c;
	int n[SHAPE_MAX] = {1, SIDE, CLASSES};
	size_t logits_bytes = (size_t)each * d->act_bytes;
	void *logits = NULL, *labels = NULL, *mask = NULL, *weight = NULL, *loss = NULL, *host = malloc(logits_bytes), *host_labels = malloc(patches * 16),
	     *host_mask = malloc(patches), *back = malloc(2 * logits_bytes);
	float one = 0.5f, losses[2];
	call_new(&c, op_row_find("cross_entropy"), n, 0);
	if (FAILS(call_load(&c, d, 0)) || FAILS(device_alloc(d, &logits, BATCH * logits_bytes, "2^31 logits")) ||
	    FAILS(device_alloc(d, &labels, BATCH * patches * 16, "labels")) || FAILS(device_alloc(d, &mask, BATCH * patches, "masks")) ||
	    FAILS(device_alloc(d, &weight, BATCH * sizeof one, "weights")) || FAILS(device_alloc(d, &loss, BATCH * sizeof one, "losses")))
		goto done;
	device_download(d, host, c.p[2], logits_bytes);
	device_download(d, host_labels, c.p[3], patches * 16);
	device_download(d, host_mask, c.p[4], patches);
	for (size_t b = 0; b < BATCH; b++) {
		device_upload(d, (char *)logits + b * logits_bytes, host, logits_bytes);
		device_upload(d, (char *)labels + b * patches * 16, host_labels, patches * 16);
		device_upload(d, (char *)mask + b * patches, host_mask, patches);
		device_upload(d, (float *)weight + b, &one, sizeof one);
	}
	struct patch_shape s = {BATCH, SIDE, 16};
	d->op->cross_entropy(d, loss, logits, logits, labels, mask, weight, CLASSES, &s);
	device_download(d, back, logits, logits_bytes);
	device_download(d, (char *)back + logits_bytes, (char *)logits + (BATCH - 1) * logits_bytes, logits_bytes);
	device_download(d, &losses[0], loss, sizeof one);
	device_download(d, &losses[1], (float *)loss + BATCH - 1, sizeof one);
	if (FAILS(device_sync(d))) goto done;
	if (memcmp(back, (char *)back + logits_bytes, logits_bytes)) test_fail("cross_entropy's gradient of the last sample is not that of the first");
	if (!(losses[0] > 0) || memcmp(&losses[0], &losses[1], sizeof one)) test_fail("cross_entropy's loss of the last sample is %g, of the first %g", losses[1], losses[0]);
done:
	call_unload(&c, d);
	call_free(&c);
	device_free(d, logits), device_free(d, labels), device_free(d, mask), device_free(d, weight), device_free(d, loss);
	free(host), free(host_labels), free(host_mask), free(back);
	test_end();
}

int main(int argc, char **argv) {
	static const char *const precisions[] = {"fp32", "tf32", "bf16"};
	harness_begin(argc, argv);
	for (int i = 0; i < 3; i++) {
		struct device *d = harness_device(precisions[i]);
		for (int g = 0; d && op_groups[g]; g++)
			for (const struct op_row *r = op_groups[g]; r->name; r++)
				if (r->run) check_row(r, d);
		if (d) {
			check_guard(d);
			check_map(d);
			check_far(d);
		}
		device_close(d);
	}
	return harness_end();
}
