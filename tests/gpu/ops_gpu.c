/* tests/gpu/ops_gpu.c -- every row of the op table on the GPU, in fp32, tf32 and bf16: against its truth in double precision, at the row's
 * awkward sizes, at more of them and at the shapes of models; the same bits twice, whatever the outputs held before; the same bits in place (all
 * by tests/ops/walk.h); no rows; AdamW's guard; attention's map against its fused path; sizes whose elements don't count in 32 bits. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "tests/bench/workload.h"
#include "tests/gpu/harness.h"
#include "tests/ops/walk.h"

/* ---- the shapes ---- */

/* Beside a row's own: 1, 31, 33, 99, 133, 588 and 2128 (133 classes of 16 cells) in every place, and whole tiles. */
static const struct walk_shape more[] = {
#define LINEAR(op)                                                                                                                         \
	{op, {1, 588, 2128, 0, 1}}, {op, {2128, 31, 33, 0, 1}}, {op, {33, 2128, 99, 0, 0}}, {op, {99, 133, 2128, 0, 1}},                       \
	{op, {588, 2128, 1, 0, 1}}, {op, {31, 64, 8, 0, 1}}, {op, {256, 128, 64, 0, 1}}
	LINEAR("linear_forward"), LINEAR("linear_backward"), LINEAR("linear_gelu_forward"), LINEAR("linear_gelu_backward"),
	{"linear_backward", {99, 768, 33, 1, 1}}, {"linear_backward", {2128, 588, 31, 2, 0}},
#define NORM(op) {op, {2128, 99}}, {op, {1, 2128}}, {op, {33, 588}}, {op, {133, 31}}, {op, {99, 1024}}
	NORM("layernorm_forward"), NORM("residual_layernorm_forward"), NORM("layernorm_backward"), {"layernorm_backward", {588, 133, 1}},
	{"add", {99}}, {"add", {133}}, {"add", {588}}, {"add", {2128}}, {"add", {(1 << 20) + 3}},
#define ATTENTION(op)                                                                                                                      \
	{op, {1, 2, 64, 588, 2128, 8, 1}}, {op, {3, 1, 64, 1, 99, 0, 1}}, {op, {1, 3, 32, 31, 1, 16, 1}}, {op, {2, 2, 32, 196, 588, 3, 4}}, \
	{op, {1, 2, 16, 33, 133, 0, 1}}, {op, {1, 1, 128, 99, 31, 0, 1}}
	ATTENTION("attention_forward"), ATTENTION("attention_backward"), ATTENTION("attention_map"),
	{"normalise", {2, 99}}, {"normalise", {1, 588}}, {"gather_pixels", {2, 14, 16, 133}}, {"gather_pixels", {1, 33, 3, 588}}, 
	{"gather_classes", {2, 14, 16, 133, 133, 64, 134}}, {"gather_classes_backward", {2, 14, 16, 133, 133, 64, 134}},
	{"gather_classes", {3, 8, 8, 588, 31, 33, 31}}, {"gather_classes_backward", {3, 8, 8, 588, 31, 33, 31}},
	{"tokens_forward", {2, 588, 31, 588}}, {"tokens_backward", {2, 588, 31, 588}},
	{"tokens_forward", {33, 1, 2128, 99}}, {"tokens_backward", {33, 1, 2128, 99}},
	{"sequence_forward", {2, 3, 196, 588, 31}}, {"sequence_backward", {2, 3, 196, 588, 31}},
	{"sequence_forward", {31, 1, 9, 3, 99}}, {"sequence_backward", {31, 1, 9, 3, 99}},
	{"rows_copy", {2, 196, 196, 588, 33}}, {"rows_add", {2, 196, 196, 588, 33}},
	{"cross_entropy", {2, 14, 133, 0}}, {"cross_entropy", {33, 2, 99, 0}}, {"cross_entropy", {1, 31, 32, 1}},
	{"pixel_loss", {2, 14, 16, 0, 1}}, {"pixel_loss", {33, 3, 7, 0, 0}}, {"pixel_loss", {1, 31, 8, 1, 1}},
#define COUNTS(op, more) {op, {99}}, {op, {2128}}, {op, {more}}
	COUNTS("adamw", (1 << 20) + 3), COUNTS("sum_squares", 70001), COUNTS("convert", (1 << 20) + 3), COUNTS("widen", (1 << 20) + 3), {NULL, {0}},
};

static struct worst worst;
static void seen(const struct call *c, const struct operand *o, double error, double allowed) {
	worst_see(&worst, error, allowed, "%s at %d %d %d %d", o->name, c->n[0], c->n[1], c->n[2], c->n[3]);
}

static void passes(const struct walk *w, const struct op_row *row, const int n[SHAPE_MAX]) {
	const char *failed = test_failed() ? NULL : walk_op(w, row, n);
	if (failed) test_fail("%s", failed);
}

static void list_passes(const struct walk *w, const struct op_row *row, const struct walk_shape *list) {
	for (; list->op; list++)
		if (!strcmp(list->op, row->name)) passes(w, row, list->n);
}

/* The ops of a step of PRESET, each shape once; AdamW's million stands in the list above. */
static void plan_passes(const struct walk *w, const struct op_row *row, const char *preset, int batch) {
	const struct model_preset *p = model_preset_find(preset);
	struct model_config c = model_config_of(p);
	struct plan plan;
	plan_new(&plan, &c, batch, p->visible);
	for (int i = 0; i < plan.entries; i++) {
		const struct entry *e = &plan.entry[i];
		bool done = strcmp(e->op, row->name) || !strcmp(e->where, "optimizer");
		for (int j = 0; j < i; j++) done |= !strcmp(plan.entry[j].op, e->op) && !memcmp(plan.entry[j].n, e->n, sizeof e->n);
		if (!done) passes(w, row, e->n);
	}
}

static void check_row(const struct op_row *row, struct device *d) {
	const struct walk w = {.d = d, .checks = WALK_ALL, .seen = seen};
	worst = (struct worst){0};
	if (!test_begin("%s %s", row->name, d->precision)) return;
	for (int s = 0; s < SHAPES_MAX && row->shapes[s][0]; s++) passes(&w, row, row->shapes[s]);
	list_passes(&w, row, walk_no_rows);
	if (!harness.quick) {
		list_passes(&w, row, more);
		plan_passes(&w, row, "tiny", 3);
		plan_passes(&w, row, "base", 2);
		plan_passes(&w, row, "large", 1);
	}
	test_note("%ld outputs; nearest to its tolerance: %s, %.1e of %.1e", worst.seen, worst.where, worst.error, worst.allowed);
	test_end();
}

/* ---- what the table doesn't say ---- */

static void check_guard(struct device *d) {
	if (!test_begin("adamw's guard %s", d->precision)) return;
	const char *failed = walk_guard(d);
	if (failed) test_fail("%s", failed);
	test_end();
}

/* Runs C; its first operand, an output: the caller's. NULL: it failed. */
static double *output_new(struct call *c, struct device *d) {
	double *out = NULL;
	if (!FAILS(call_load(c, d, 0xff))) {
		c->row->run(d, c);
		if (!FAILS(device_sync(d))) out = call_read(c, d, 0);
	}
	call_unload(c, d);
	return out;
}

/* The fused path's o, from the map's p: o = p v, at the lengths that the model has. */
static void check_map(struct device *d) {
	static const int shapes[][SHAPE_MAX] = {
		{2, 3, 64, 33, 33, 0, 1}, {2, 12, 64, 99, 99, 1536, 1}, {2, 8, 32, 196, 196, 512, 1}, {2, 8, 32, 196, 588, 256, 4}};
	worst = (struct worst){0};
	if (!test_begin("attention: o = p v %s", d->precision)) return;
	for (size_t s = 0; s < sizeof shapes / sizeof *shapes && !(harness.quick && s); s++) {
		const int *n = shapes[s];
		struct call f, m;
		walk_call(&f, op_row_find("attention_forward"), n, d);
		call_new(&m, op_row_find("attention_map"), n, 0);
		for (int i = 1; i <= 2; i++) memcpy(m.v[i], f.v[i + 1], sizeof(double) * (size_t)m.operand[i].count); /* q, k */
		double *o = output_new(&f, d), *p = output_new(&m, d);
		int64_t width = n[1] * n[2], v_stride = width + 2 * n[5];
		memset(f.v[0], 0, sizeof(double) * (size_t)f.operand[0].count);
		for (int64_t i = 0; p && i < f.operand[0].count; i++) {
			int64_t e = i % width, t = i / width % n[3], b = i / width / n[3], row = ((b * n[1] + e / n[2]) * n[3] + t) * n[4];
			for (int64_t j = 0; j < n[4]; j++) f.v[0][i] += p[row + j] * f.v[4][(b * n[4] + j) * v_stride + e];
		}
		if (o && p) seen(&f, &f.operand[0], relative_l2(o, f.v[0], f.operand[0].count), walk_allowed(&f, d, &f.operand[0]));
		free(o);
		free(p);
		call_free(&f);
		call_free(&m);
	}
	test_note("%s, %.1e of %.1e", worst.where, worst.error, worst.allowed);
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
	const int n[SHAPE_MAX] = {1, SIDE, CLASSES};
	struct patch_shape s = {BATCH, SIDE, 16};
	size_t bytes[] = {(size_t)each * d->act_bytes, (size_t)patches * CELLS, (size_t)patches, sizeof(float)}; /* a sample's, of LOGITS .. WEIGHT */
	enum { LOGITS, LABELS, MASK, WEIGHT, INPUTS };
	char *p[INPUTS] = {NULL}, *host = malloc(bytes[LOGITS]), *last = malloc(bytes[LOGITS]);
	float *loss = NULL, losses[2];
	call_new(&c, op_row_find("cross_entropy"), n, 0);
	bool failed = FAILS(call_load(&c, d, 0)) || FAILS(device_alloc(d, (void **)&loss, BATCH * sizeof *loss, "losses"));
	for (int i = 0; i < INPUTS && !failed; i++) {
		if ((failed = device_alloc(d, (void **)&p[i], BATCH * bytes[i], "2^31 logits"))) {
			test_skip("%s", err_message());
			break;
		}
		device_download(d, host, c.p[i + 2], bytes[i]);
		for (size_t b = 0; b < BATCH && !failed; b++) device_upload(d, p[i] + b * bytes[i], host, bytes[i]);
	}
	if (!failed) {
		d->op->cross_entropy(d, loss, p[LOGITS], p[LOGITS], (uint8_t *)p[LABELS], (uint8_t *)p[MASK], (float *)p[WEIGHT], CLASSES, &s);
		device_download(d, host, p[LOGITS], bytes[LOGITS]);
		device_download(d, last, p[LOGITS] + (BATCH - 1) * bytes[LOGITS], bytes[LOGITS]);
		device_download(d, &losses[0], loss, sizeof *loss);
		device_download(d, &losses[1], loss + BATCH - 1, sizeof *loss);
		if (!FAILS(device_sync(d)) && memcmp(host, last, bytes[LOGITS])) test_fail("cross_entropy: the last sample's gradient is not the first's");
		if (!(losses[0] > 0 && losses[0] == losses[1])) test_fail("cross_entropy: the last sample's loss is %g, the first's %g", losses[1], losses[0]);
	}
	for (int i = 0; i < INPUTS; i++) device_free(d, p[i]);
	device_free(d, loss);
	call_unload(&c, d);
	call_free(&c);
	free(host);
	free(last);
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
