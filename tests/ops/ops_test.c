/* tests/ops/ops_test.c -- every row of the op table, on the CPU: against double precision at awkward sizes and several thread
 * counts; each backward's truth against central differences of its forward's truth; the same bits twice, whatever the outputs held
 * before; the same bits in place. And the comparator against what it must catch. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/err.h"
#include "tests/ops/walk.h"

enum { GARBAGE = 0xff /* NaN */, PROBES = 8 };

static struct device *device_of(int threads) {
	struct device *d;
	if (device_open(&d, "cpu", "fp32", threads)) fail_msg("%s", err_message());
	return d;
}

/* On a processor that lacks it the test is skipped, with the device's sentence. */
static struct device *bf16_device(int threads) {
	struct device *d;
	if (device_open(&d, "cpu", "bf16", threads)) {
		print_message("skipped: %s\n", err_message());
		assert_non_null(strstr(err_message(), "precision=fp32"));
		skip();
	}
	return d;
}

static void seen(const struct call *c, const struct operand *o, double error, double allowed) {
	if (getenv("OPS_VERBOSE"))
		printf("%-24s %-12s %4d %4d %4d  %.2e of %.2e\n", c->row->name, o->name, c->n[0], c->n[1], c->n[2], error, allowed);
}

/* Every shape of ROW on D, looked at for CHECKS. */
static void row_passes(const struct op_row *row, struct device *d, int checks) {
	const char *failed = walk_row(&(struct walk){.d = d, .checks = checks, .seen = seen}, row);
	if (failed) fail_msg("%s", failed);
}

static void agrees_with_double(void **state) {
	for (int threads = 1; threads <= 3; threads++) {
		struct device *d = device_of(threads);
		row_passes(*state, d, WALK_AGREES);
		device_close(d);
	}
}

/* The scalar whose gradient the backward gives: sum of cotangent times output, or the loss op's own objective. */
static double objective(const struct call *f, const struct call *c) {
	if (f->row == c->row) return f->objective;
	double sum = 0;
	for (int i = 0; i < f->operands; i++) {
		char cotangent[32];
		snprintf(cotangent, sizeof cotangent, "d%s", f->operand[i].name);
		int j = call_find(c, cotangent);
		if (f->operand[i].role != OUT || j < 0) continue;
		for (int64_t k = 0; k < f->operand[i].count; k++) sum += f->v[i][k] * c->v[j][k];
	}
	return sum;
}

/* Compares GRADIENT, of operand I of the forward call, with central differences at a few elements. */
static void probe(struct call *f, struct call *c, int i, const double *gradient) {
	int64_t n = f->operand[i].count;
	double got[PROBES], want[PROBES], norm = 0;
	for (int64_t k = 0; k < n; k++) norm += gradient[k] * gradient[k];
	for (int p = 0; p < PROBES; p++) {
		int64_t k = rng_below(&f->rng, (uint32_t)n);
		double x = f->v[i][k], h = 1e-4, sides[2];
		for (int side = 0; side < 2; side++) {
			f->v[i][k] = side ? x - h : x + h;
			f->row->truth(f);
			sides[side] = objective(f, c);
		}
		f->v[i][k] = x;
		want[p] = (sides[0] - sides[1]) / (2 * h);
		got[p] = gradient[k];
	}
	double difference = 0;
	for (int p = 0; p < PROBES; p++) difference += (got[p] - want[p]) * (got[p] - want[p]);
	double err = sqrt(difference / PROBES) / (sqrt(norm / (double)n) + 1e-3);
	if (!(err <= 2e-5))
		fail_msg("%s: d%s at %d %d %d differs from central differences by %g of its size", c->row->name, f->operand[i].name, c->n[0], c->n[1],
		         c->n[2], err);
}

static void gradient_agrees_with_differences(void **state) {
	const struct op_row *row = *state;
	int probed = 0;
	for (int s = 0; s < SHAPES_MAX && row->shapes[s][0]; s++) {
		struct call c, f;
		walk_call(&c, row, row->shapes[s], NULL);
		walk_forward(&f, &c);
		row->truth(&c);
		for (int i = 0; i < f.operands && c.plain; i++) {
			char name[32];
			snprintf(name, sizeof name, "d%s", f.operand[i].name);
			int j = call_find(&c, name);
			if (f.operand[i].role != IN || j < 0 || !walk_is_output(&c.operand[j])) continue;
			probe(&f, &c, i, c.v[j]);
			probed++;
		}
		call_free(&f);
		call_free(&c);
	}
	assert_true(probed > 0);
}

static void repeats_its_bits(void **state) {
	struct device *d = device_of(2);
	row_passes(*state, d, WALK_REPEATS);
	device_close(d);
}

static void works_in_place(void **state) {
	struct device *d = device_of(2);
	row_passes(*state, d, WALK_IN_PLACE);
	device_close(d);
}

static void comparator_catches(void **state) {
	(void)state;
	enum { N = 10000 };
	static double want[N + 1], got[N + 1];
	struct rng r;
	rng_init(&r, 5, RNG_PROBE, 0, 0);
	for (int i = 0; i <= N; i++) want[i] = got[i] = rng_normal(&r);
	assert_true(relative_l2(got, want, N) <= 0);
	got[77] = NAN;
	assert_false(relative_l2(got, want, N) <= 1e-6);
	got[77] = -want[77]; /* one flipped sign among ten thousand */
	assert_false(relative_l2(got, want, N) <= 1e-6);
	assert_false(relative_l2(want + 1, want, N) <= 1e-6); /* off by one */
	got[77] = want[77] * (1 + 1e-7);
	assert_true(relative_l2(got, want, N) <= 1e-6);
	assert_false(relative_l2(want, got + N + 1, 0) > 0);
}

/* A granularity without one visible patch has no rows, and gradients of zero. */
static void no_rows_give_zero_gradients(void **state) {
	(void)state;
	struct device *d = device_of(2);
	for (const struct walk_shape *s = walk_no_rows; s->op; s++) {
		const char *failed = walk_op(&(struct walk){.d = d, .checks = WALK_ALL}, op_row_find(s->op), s->n);
		if (failed) fail_msg("%s", failed);
	}
	device_close(d);
}

/* A step whose losses or gradients are not finite must not reach the weights. */
static void adamw_is_guarded(void **state) {
	(void)state;
	struct device *d = device_of(2);
	const char *failed = walk_guard(d);
	if (failed) fail_msg("%s", failed);
	device_close(d);
}

/* The op at N on D against a truth that sees the inputs of the product as bf16 holds them; db sums dy as it is, and is not compared. */
static void product_is_tight(const struct op_row *row, const int n[SHAPE_MAX], struct device *d) {
	static const char *const rounded[] = {"x", "w", "dy"};
	struct call c;
	walk_call(&c, row, n, d);
	assert_int_equal(call_load(&c, d, GARBAGE), 0);
	row->run(d, &c);
	assert_int_equal(device_sync(d), 0);
	for (size_t o = 0; o < sizeof rounded / sizeof *rounded; o++) {
		int j = call_find(&c, rounded[o]);
		for (int64_t k = 0; j >= 0 && k < c.operand[j].count; k++) c.v[j][k] = walk_bf16(c.v[j][k]);
	}
	row->truth(&c);
	for (int i = 0; i < c.operands; i++) {
		if (!walk_is_output(&c.operand[i]) || !strcmp(c.operand[i].name, "db")) continue;
		double *got = call_read(&c, d, i), error = relative_l2(got, c.v[i], c.operand[i].count);
		free(got);
		if (!(error <= 1e-6)) fail_msg("%s: %s at %d %d %d is off by %g", row->name, c.operand[i].name, n[0], n[1], n[2], error);
	}
	call_unload(&c, d);
	call_free(&c);
}

static void linears_in_bf16(void **state) {
	(void)state;
	static const char *const rows[] = {"linear_forward", "linear_gelu_forward", "linear_backward"};
	static const int exact[SHAPE_MAX] = {64, 96, 32, 1, 1}; /* whole steps of rows, beside the awkward sizes of the table */
	for (int threads = 1; threads <= 2; threads++) {
		struct device *d = bf16_device(threads);
		for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
			const struct op_row *row = op_row_find(rows[r]);
			row_passes(row, d, WALK_AGREES | WALK_REPEATS);
			for (int s = -1; s < 0 || row->shapes[s][0]; s++) product_is_tight(row, s < 0 ? exact : row->shapes[s], d);
		}
		device_close(d);
	}
}

static void bf16_at_the_edges(void **state) {
	(void)state;
	struct device *d = bf16_device(1);
	float none[6] = {0}, dw[6] = {7, 7, 7, 7, 7, 7}, db[2] = {7, 7}, one = 1, y;
	d->op->linear_backward(d, none, dw, db, none, none, none, 0, 3, 2, false);
	for (int i = 0; i < 6; i++) assert_true(dw[i] == 0 && db[i % 2] == 0);
	static const float cases[][2] = {{1.00390625f, 1}, {1.01171875f, 1.015625f}, {-1.00390637f, -1.0078125f}, {INFINITY, INFINITY}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) { /* the first two are ties */
		d->op->linear_forward(d, &y, cases[i], &one, NULL, 1, 1, 1);
		assert_true(y == cases[i][1]);
	}
	union { uint32_t u; float f; } nan = {.u = 0x7fffffff}; /* whose rounding would carry into the sign */
	d->op->linear_forward(d, &y, &nan.f, &one, NULL, 1, 1, 1);
	assert_true(isnan(y));
	assert_int_equal(device_sync(d), 0);
	device_close(d);
}

static void every_op_of_the_device_has_a_row(void **state) {
	(void)state;
	int rows = 0;
	for (int g = 0; op_groups[g]; g++)
		for (const struct op_row *r = op_groups[g]; r->name; r++) rows += r->run != NULL;
	assert_int_equal(rows, sizeof(struct ops) / sizeof(void (*)(void)));
}

int main(void) {
	static struct CMUnitTest tests[256];
	static char names[256][64];
	int n = 0;
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(comparator_catches);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(every_op_of_the_device_has_a_row);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(no_rows_give_zero_gradients);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(adamw_is_guarded);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(linears_in_bf16);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(bf16_at_the_edges);
	for (int g = 0; op_groups[g]; g++)
		for (const struct op_row *r = op_groups[g]; r->name; r++) {
			const struct { const char *what; CMUnitTestFunction test; bool wanted; } kinds[] = {
				{"agrees with double", agrees_with_double, r->run},
				{"gradient agrees with differences", gradient_agrees_with_differences, r->forward},
				{"repeats its bits", repeats_its_bits, r->run},
				{"works in place", works_in_place, r->alias[0][0]},
			};
			for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
				if (!kinds[k].wanted) continue;
				snprintf(names[n], sizeof names[n], "%s %s", r->name, kinds[k].what);
				tests[n] = (struct CMUnitTest){.name = names[n], .test_func = kinds[k].test, .initial_state = (void *)r};
				n++;
			}
		}
	return _cmocka_run_group_tests("ops", tests, (size_t)n, NULL, NULL);
}
