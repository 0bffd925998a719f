/* tests/cuda_host/ops_host_test.c -- every row of the op table on the emulated GPU (launch.h), in fp32, tf32 and bf16: against double precision,
 * the same bits twice, the second time with blocks and threads in the other order, and in place; no rows; AdamW's guard; recorded work. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/err.h"
#include "tests/cuda_host/control.h"
#include "tests/ops/walk.h"

/* A GPU with few processors, whose loops over a grid's stride turn often, and one with many. */
static struct gpu {
	const char *precision;
	int processors;
	struct device *d;
} gpus[] = {{"fp32", 3, NULL}, {"tf32", 3, NULL}, {"bf16", 132, NULL}};
enum { GPUS = sizeof gpus / sizeof *gpus };

static int gpus_open(void **state) {
	(void)state;
	for (int i = 0; i < GPUS; i++) {
		emu_processors(gpus[i].processors);
		if (device_open(&gpus[i].d, "cuda", gpus[i].precision, 0)) fail_msg("%s", err_message());
	}
	return 0;
}
static int gpus_close(void **state) {
	(void)state;
	for (int i = 0; i < GPUS; i++) device_close(gpus[i].d);
	return emu_allocations(); /* nothing may be left */
}

static void seen(const struct call *c, const struct operand *o, double error, double allowed) {
	if (getenv("OPS_VERBOSE"))
		printf("%-27s %-12s %4d %4d %4d %4d  %.2e of %.2e\n", c->row->name, o->name, c->n[0], c->n[1], c->n[2], c->n[3], error, allowed);
}

static struct walk walk_of(const struct gpu *g) { return (struct walk){.d = g->d, .checks = WALK_ALL, .other_way = emu_backwards, .seen = seen}; }

struct look { const struct op_row *row; const struct gpu *gpu; };

static void row_passes(void **state) {
	const struct look *l = *state;
	struct walk w = walk_of(l->gpu);
	const char *failed = walk_row(&w, l->row);
	if (failed) fail_msg("%s", failed);
}

/* Beside the rows' own: whole tiles and packs, which the awkward sizes never are, and the first size behind them. */
static const struct walk_shape even[] = {
	{"linear_forward", {128, 64, 64, 0, 1}}, {"linear_backward", {64, 128, 64, 1, 1}}, {"linear_gelu_forward", {64, 64, 128, 0, 1}},
	{"linear_gelu_backward", {64, 128, 64, 0, 1}}, {"layernorm_forward", {5, 768}}, {"residual_layernorm_forward", {33, 192}},
	{"layernorm_backward", {65, 384, 1}}, {"layernorm_backward", {7, 1032}}, {"add", {4096}}, {"attention_forward", {1, 2, 64, 128, 128, 0, 1}},
	{"attention_backward", {1, 2, 64, 128, 128, 0, 1}}, {"attention_forward", {1, 1, 32, 65, 64, 32, 1}},
	{"attention_backward", {1, 1, 32, 65, 64, 32, 1}}, {"attention_forward", {2, 2, 64, 64, 129, 64, 3}},
	{"attention_backward", {2, 2, 64, 64, 129, 64, 3}}, {"attention_map", {1, 1, 64, 64, 64, 0, 1}},
	{"gather_pixels", {2, 4, 16, 9}}, {"gather_classes", {2, 4, 16, 9, 133, 64, 134}}, {"gather_classes_backward", {2, 4, 16, 31, 133, 64, 134}},
	{"tokens_forward", {2, 48, 192, 64}}, {"tokens_backward", {2, 48, 192, 64}}, {"sequence_forward", {2, 3, 64, 49, 128}},
	{"sequence_backward", {2, 3, 64, 49, 128}}, {"rows_copy", {2, 64, 64, 192, 128}}, {"rows_add", {2, 64, 64, 192, 128}},
	{"cross_entropy", {2, 4, 133, 0}}, {"pixel_loss", {2, 4, 16, 0, 1}}, {"adamw", {4096}}, {"sum_squares", {70000}}, {NULL, {0}},
};

static void shapes_pass(const struct walk_shape *shapes) {
	for (int i = 0; i < GPUS; i++) {
		struct walk w = walk_of(&gpus[i]);
		for (const struct walk_shape *s = shapes; s->op; s++) {
			const char *failed = walk_op(&w, op_row_find(s->op), s->n);
			if (failed) fail_msg("%s", failed);
		}
	}
}

static void even_sizes(void **state) {
	(void)state;
	shapes_pass(even);
}

static void no_rows_give_zero_gradients(void **state) {
	(void)state;
	shapes_pass(walk_no_rows);
}

static void adamw_is_guarded(void **state) {
	(void)state;
	for (int i = 0; i < GPUS; i++) {
		const char *failed = walk_guard(gpus[i].d);
		if (failed) fail_msg("%s", failed);
	}
}

/* x += y three times, in a record each; X [1], Y [1]. */
static void step(struct device *d, struct device_graph **g, uint64_t key, float *x, const float *y) {
	for (bool go = device_record(d, g, key); go; go = device_record_end(d, *g))
		for (int i = 0; i < 3; i++) d->op->add(d, x, x, y, 1);
}

static float value_of(struct device *d, const float *x) {
	float host;
	assert_int_equal(device_sync(d), 0);
	device_download(d, &host, x, sizeof host);
	return host;
}

/* Queued, then recorded, then replayed over what is in memory then; another key is other work. */
static void recorded_work_is_done_again(void **state) {
	(void)state;
	struct device *d = gpus[0].d;
	struct device_graph *g = NULL;
	float *x, *y, want = 0;
	size_t replays = emu_replays(), launches = emu_launches();
	assert_int_equal(device_alloc(d, (void **)&x, 4, "x"), 0);
	assert_int_equal(device_alloc(d, (void **)&y, 4, "y"), 0);
	for (int i = 0; i < 5; i++) {
		float by = (float)(i + 1);
		device_upload(d, y, &by, sizeof by);
		step(d, &g, 1, x, y);
		want += 3 * by;
		assert_true(value_of(d, x) == want);
		assert_int_equal(emu_replays() - replays, i == 0 ? 0 : i);
		assert_int_equal(emu_launches() - launches, 3 * (i + 1));
	}
	for (int i = 0; i < 3; i++) {
		step(d, &g, 2, y, x);
		assert_int_equal(emu_replays() - replays, i == 0 ? 4 : 4 + i);
		assert_true(value_of(d, y) == 5 + 3 * want * (float)(i + 1));
	}
	device_graph_free(d, g);
	device_free(d, x);
	device_free(d, y);
}

/* Work whose recording fails is queued all the same, then and later. */
static void a_failed_recording_loses_nothing(void **state) {
	(void)state;
	struct device *d = gpus[0].d;
	struct device_graph *g = NULL;
	const float one = 1;
	float *x, *y;
	size_t replays = emu_replays();
	assert_int_equal(device_alloc(d, (void **)&x, 4, "x"), 0);
	assert_int_equal(device_alloc(d, (void **)&y, 4, "y"), 0);
	device_upload(d, y, &one, sizeof one);
	emu_graphs_fail(true);
	for (int i = 0; i < 4; i++) {
		step(d, &g, 1, x, y);
		assert_true(value_of(d, x) == (float)(3 * (i + 1)));
	}
	emu_graphs_fail(false);
	assert_int_equal(emu_replays(), replays);
	device_graph_free(d, g);
	device_free(d, x);
	device_free(d, y);
}

/* Memory that runs out in an op's scratch is told once, and the device lives on. */
static void scratch_may_run_out(void **state) {
	(void)state;
	const struct op_row *row = op_row_find("attention_backward");
	struct device *d;
	struct call c;
	assert_int_equal(device_open(&d, "cuda", "fp32", 0), 0);
	walk_call(&c, row, row->shapes[3], d);
	assert_int_equal(call_load(&c, d, 0), 0);
	emu_memory_limit(1);
	row->run(d, &c);
	emu_memory_limit(0);
	assert_int_equal(device_sync(d), ERR_MEMORY);
	assert_non_null(strstr(err_message(), "scratch"));
	row->run(d, &c);
	assert_int_equal(device_sync(d), 0);
	call_unload(&c, d);
	call_free(&c);
	device_close(d);
}

int main(void) {
	static struct CMUnitTest tests[256];
	static struct look looks[256];
	static char names[256][64];
	int n = 0;
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(even_sizes);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(no_rows_give_zero_gradients);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(adamw_is_guarded);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(recorded_work_is_done_again);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(a_failed_recording_loses_nothing);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(scratch_may_run_out);
	for (int g = 0; op_groups[g]; g++)
		for (const struct op_row *r = op_groups[g]; r->name; r++)
			for (int i = 0; i < GPUS && r->run; i++) {
				if (!strcmp(gpus[i].precision, "tf32") && strncmp(r->name, "linear_", 7)) continue; /* is fp32 */
				looks[n] = (struct look){r, &gpus[i]};
				snprintf(names[n], sizeof names[n], "%s in %s", r->name, gpus[i].precision);
				tests[n] = (struct CMUnitTest){.name = names[n], .test_func = row_passes, .initial_state = &looks[n]};
				n++;
			}
	return _cmocka_run_group_tests("ops on the emulated GPU", tests, (size_t)n, gpus_open, gpus_close);
}
