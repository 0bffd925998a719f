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
#include "tests/ops/op_table.h"

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

static bool is_output(const struct operand *o) { return o->role == OUT || o->role == INOUT; }

/* The forward call that belongs to the backward call C: same shape, same inputs. */
static void forward_of(struct call *f, const struct call *c) {
	call_new(f, op_row_find(c->row->forward), c->n, 1);
	for (int i = 0; i < f->operands; i++) {
		int j = call_find(c, f->operand[i].name);
		if (f->operand[i].role == IN && j >= 0) memcpy(f->v[i], c->v[j], sizeof(double) * (size_t)f->operand[i].count);
	}
	f->row->truth(f);
}

/* A call whose inputs that are another op's outputs (mean, rstd, o, lse) are what that op gives. */
static void consistent_call(struct call *c, const struct op_row *row, const int n[SHAPE_MAX]) {
	call_new(c, row, n, 0);
	if (!row->forward || op_row_find(row->forward) == row) return;
	struct call f;
	forward_of(&f, c);
	for (int i = 0; i < f.operands; i++) {
		int j = call_find(c, f.operand[i].name);
		if (f.operand[i].role != OUT || j < 0) continue;
		for (int64_t k = 0; k < f.operand[i].count; k++) c->v[j][k] = (float)f.v[i][k];
	}
	call_free(&f);
}

static void run_on(struct call *c, struct device *d) {
	c->row->run(d, c);
	assert_int_equal(device_sync(d), 0);
}

/* BUT: an output that is not compared, or "". */
static void compare_outputs(struct call *c, struct device *d, double allowed, const char *but) {
	for (int i = 0; i < c->operands; i++) {
		if (!is_output(&c->operand[i]) || !strcmp(c->operand[i].name, but)) continue;
		double *got = call_read(c, d, i), err = relative_l2(got, c->v[i], c->operand[i].count);
		free(got);
		if (getenv("OPS_VERBOSE"))
			printf("%-24s %-12s %4d %4d %4d  %d threads  %.2e\n", c->row->name, c->operand[i].name, c->n[0], c->n[1], c->n[2], d->threads, err);
		if (!(err <= allowed))
			fail_msg("%s: %s at %d %d %d %d %d, %d threads: relative error %g, allowed %g", c->row->name, c->operand[i].name, c->n[0], c->n[1],
			         c->n[2], c->n[3], c->n[4], d->threads, err, allowed);
	}
}

static void agrees_with_double(void **state) {
	const struct op_row *row = *state;
	for (int threads = 1; threads <= 3; threads++) {
		struct device *d = device_of(threads);
		for (int s = 0; s < SHAPES_MAX && row->shapes[s][0]; s++) {
			struct call c;
			consistent_call(&c, row, row->shapes[s]);
			assert_int_equal(call_load(&c, d, GARBAGE), 0);
			run_on(&c, d);
			row->truth(&c);
			compare_outputs(&c, d, row->tolerance * (row->tolerance_grows ? c.n[row->tolerance_grows] : 1), "");
			call_unload(&c, d);
			call_free(&c);
		}
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
		consistent_call(&c, row, row->shapes[s]);
		forward_of(&f, &c);
		row->truth(&c);
		for (int i = 0; i < f.operands && c.plain; i++) {
			char name[32];
			snprintf(name, sizeof name, "d%s", f.operand[i].name);
			int j = call_find(&c, name);
			if (f.operand[i].role != IN || j < 0 || !is_output(&c.operand[j])) continue;
			probe(&f, &c, i, c.v[j]);
			probed++;
		}
		call_free(&f);
		call_free(&c);
	}
	assert_true(probed > 0);
}

/* Runs the call; OUT [operands] receive its outputs. ALIAS: operand that takes the memory of operand OF, or -1. */
static void outputs_of(double *out[OPERANDS_MAX], const struct op_row *row, const int n[SHAPE_MAX], struct device *d, int garbage, int alias, int of) {
	struct call c;
	consistent_call(&c, row, n);
	assert_int_equal(call_load(&c, d, garbage), 0);
	if (alias >= 0) c.p[alias] = c.p[of];
	run_on(&c, d);
	for (int i = 0; i < c.operands; i++) out[i] = is_output(&c.operand[i]) ? call_read(&c, d, i) : NULL;
	call_unload(&c, d);
	call_free(&c);
}

/* Two runs, the second with other garbage in the outputs, or in place, give the same bits. */
static void same_bits(const struct op_row *row, const int n[SHAPE_MAX], struct device *d, const char *alias, const char *of) {
	struct call c;
	double *first[OPERANDS_MAX], *second[OPERANDS_MAX];
	call_new(&c, row, n, 0);
	int a = alias ? call_find(&c, alias) : -1, b = alias ? call_find(&c, of) : -1;
	outputs_of(first, row, n, d, GARBAGE, -1, -1);
	bool possible = !alias || (c.operand[a].role != ABSENT && c.operand[b].role != ABSENT);
	outputs_of(second, row, n, d, 0, possible ? a : -1, b);
	for (int i = 0; i < c.operands; i++) {
		if (first[i] && memcmp(first[i], second[i], sizeof(double) * (size_t)c.operand[i].count))
			fail_msg("%s: %s at %d %d %d differs from one run to the next%s%s", row->name, c.operand[i].name, n[0], n[1], n[2],
			         alias ? " in place of " : "", alias ? of : "");
		free(first[i]);
		free(second[i]);
	}
	call_free(&c);
}

static void repeats_its_bits(void **state) {
	const struct op_row *row = *state;
	struct device *d = device_of(2);
	for (int s = 0; s < SHAPES_MAX && row->shapes[s][0]; s++) same_bits(row, row->shapes[s], d, NULL, NULL);
	device_close(d);
}

static void works_in_place(void **state) {
	const struct op_row *row = *state;
	struct device *d = device_of(2);
	for (int s = 0; s < SHAPES_MAX && row->shapes[s][0]; s++)
		for (int a = 0; a < ALIASES_MAX && row->alias[a][0]; a++) same_bits(row, row->shapes[s], d, row->alias[a][0], row->alias[a][1]);
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
	float x[1], w[6] = {1, 2, 3, 4, 5, 6}, dw[6] = {7, 7, 7, 7, 7, 7}, db[2] = {7, 7}, dtable[3] = {7, 7, 7};
	struct patch_shape s = {1, 1, 4};
	uint8_t labels[16] = {0};
	d->op->linear_backward(d, x, dw, db, x, x, w, 0, 3, 2, false);
	d->op->gather_classes_backward(d, dtable, x, labels, NULL, 0, 3, 3, 1, &s);
	for (int i = 0; i < 6; i++) assert_true(dw[i] == 0);
	for (int i = 0; i < 2; i++) assert_true(db[i] == 0);
	for (int i = 0; i < 3; i++) assert_true(dtable[i] == 0);
	device_close(d);
}

/* A step whose losses or gradients are not finite must not reach the weights. */
static void adamw_is_guarded(void **state) {
	(void)state;
	struct device *d = device_of(2);
	const struct adamw_step step = {.lr = 1, .beta1 = 0.9f, .beta2 = 0.9f, .epsilon = 1, .correction1 = 1, .correction2 = 1};
	const double guards[][2] = {{1, 1}, {INFINITY, 1}, {1, NAN}};
	for (int i = 0; i < 3; i++) {
		float w[3] = {1, 2, 3}, g[3] = {1, 1, 1}, m[3] = {0}, v[3] = {0};
		d->op->adamw(d, w, w, g, m, v, 3, 3, guards[i], &step);
		assert_int_equal(w[0] < 1, i == 0);
		assert_int_equal(m[2] > 0 || v[2] > 0, i == 0);
	}
	device_close(d);
}

/* V as bf16 holds it: 8 bits, to nearest, ties to even. */
static double in_bf16(double v) {
	int exponent;
	double m = frexp(v, &exponent);
	return ldexp(nearbyint(ldexp(m, 8)), exponent - 8);
}

/* The op at N on D against its truth, which sees the inputs of the product as they are or, TIGHT, as bf16 holds them; db sums dy as it is. */
static void compare_in_bf16(const struct op_row *row, const int n[SHAPE_MAX], struct device *d, bool tight) {
	static const char *const rounded[] = {"x", "w", "dy"};
	struct call c;
	consistent_call(&c, row, n);
	assert_int_equal(call_load(&c, d, GARBAGE), 0);
	run_on(&c, d);
	for (size_t o = 0; tight && o < sizeof rounded / sizeof *rounded; o++) {
		int j = call_find(&c, rounded[o]);
		for (int64_t k = 0; j >= 0 && k < c.operand[j].count; k++) c.v[j][k] = in_bf16(c.v[j][k]);
	}
	row->truth(&c);
	compare_outputs(&c, d, tight ? 1e-6 : 4e-3, tight ? "db" : "");
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
			for (int s = -1; s < 0 || row->shapes[s][0]; s++)
				for (int tight = 0; tight < 2; tight++) compare_in_bf16(row, s < 0 ? exact : row->shapes[s], d, tight);
			for (int s = 0; row->shapes[s][0]; s++) same_bits(row, row->shapes[s], d, NULL, NULL);
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
