/* tests/ops/parts_test.c -- what the CPU's ops are made of: vector exp and normal distribution, tiles, transposition, matrix products. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "engine/base/rng.h"
#include "engine/op/gemm.h"
#include "engine/op/tile.h"
#include "engine/op/vmath.h"

static void exp_is_exact_to_its_word(void **state) {
	(void)state;
	for (double x = -87.3; x < 88; x += 0.00137) {
		double want = exp((float)x), err = fabs(exp_v((float)x) - want) / want;
		if (!(err <= 2e-7)) fail_msg("exp(%g): relative error %g", x, err);
	}
	assert_true(exp_v(0) == 1);
	assert_true(exp_v(-88) == 0 && exp_v(-1000) == 0 && exp_v(-INFINITY) == 0);
	assert_true(isnan(exp_v(NAN)));
}

static void normal_is_exact_to_its_word(void **state) {
	(void)state;
	for (double u = -12.5; u < 12.5; u += 0.00037) {
		float x = (float)u, cdf, density;
		normal_v(x, &cdf, &density);
		double want = 0.5 * erfc(-x / sqrt(2)), slope = want + x * exp(-0.5 * (double)x * x) / sqrt(2 * M_PI), err = fabs(cdf - want);
		if (!(err <= 2e-7 && (x > 0 || err <= 5e-6 * want))) fail_msg("Phi(%g): error %g of %g", u, err, want);
		assert_true(fabs(gelu_v(x) - x * want) <= 5e-7);
		assert_true(fabs(gelu_slope_v(x) - slope) <= 3e-7);
	}
	assert_true(isnan(gelu_v(NAN)) && isnan(gelu_slope_v(NAN)));
	assert_true(gelu_v(-1e20f) == 0 && gelu_v(1e20f) == 1e20f);
}

/* N small integers, whose products and sums float holds exactly. */
static float *integers(struct rng *r, size_t n) {
	float *v = malloc((n + 1) * sizeof *v);
	for (size_t i = 0; i < n; i++) v[i] = (float)((int)rng_below(r, 17) - 8);
	return v;
}

static void transpose_moves_every_element(void **state) {
	(void)state;
	struct rng r;
	rng_init(&r, 1, RNG_PROBE, 0, 0);
	for (int rows = 1; rows < 70; rows += 4)
		for (int columns = 1; columns < 70; columns += 3) {
			int step = columns + 3, to_step = lanes_round(rows);
			float *from = integers(&r, (size_t)rows * (size_t)step), *to = malloc((size_t)to_step * (size_t)columns * sizeof *to);
			tile_transpose(to, (size_t)to_step, from, (size_t)step, rows, columns, 2);
			for (int j = 0; j < columns; j++)
				for (int i = 0; i < to_step; i++) assert_true(to[j * to_step + i] == (i < rows ? 2 * from[i * step + j] : 0));
			free(from);
			free(to);
		}
}

static void folds_take_every_lane(void **state) {
	(void)state;
	for (int at = 0; at < LANES; at++) {
		float sum[LANES], most[LANES];
		for (int l = 0; l < LANES; l++) sum[l] = 1, most[l] = (float)-l;
		sum[at] = 100;
		most[at] = 7;
		assert_true(fold_sum(sum) == 99 + LANES);
		assert_true(fold_max(most) == 7);
	}
}

struct product { int m, n, k; bool transpose_a, transpose_b; float alpha, beta; };

/* Rows are wider than needed: what lies between them must stay. With beta = 0, C may hold NaN before. */
static void check_product(struct device *d, struct rng *r, const struct product *p) {
	int lda = (p->transpose_a ? p->m : p->k) + 3, ldb = (p->transpose_b ? p->k : p->n) + 5, ldc = p->n + 2;
	float *a = integers(r, (size_t)lda * (size_t)(p->transpose_a ? p->k : p->m)), *b = integers(r, (size_t)ldb * (size_t)(p->transpose_b ? p->n : p->k));
	float *c = integers(r, (size_t)ldc * (size_t)p->m), *before = malloc((size_t)ldc * (size_t)p->m * sizeof *before);
	for (int i = 0; i < ldc * p->m; i++) {
		if (p->beta == 0 && i % ldc < p->n) c[i] = NAN;
		before[i] = c[i];
	}
	gemm(d, p->transpose_a, p->transpose_b, p->m, p->n, p->k, p->alpha, a, lda, b, ldb, p->beta, c, ldc);
	for (int i = 0; i < p->m; i++)
		for (int j = 0; j < ldc; j++) {
			double sum = 0, want = before[i * ldc + j];
			for (int q = 0; q < p->k && j < p->n; q++)
				sum += (double)a[p->transpose_a ? q * lda + i : i * lda + q] * b[p->transpose_b ? j * ldb + q : q * ldb + j];
			if (j < p->n) want = p->alpha * sum + (p->beta == 0 ? 0 : p->beta * want);
			if (!(fabs(c[i * ldc + j] - want) <= 1e-3))
				fail_msg("%d x %d x %d, %d%d, alpha %g, beta %g: element %d, %d is %g, not %g", p->m, p->n, p->k, p->transpose_a, p->transpose_b,
				         p->alpha, p->beta, i, j, c[i * ldc + j], want);
		}
	free(a);
	free(b);
	free(c);
	free(before);
}

static void products_of_every_layout(void **state) {
	(void)state;
	static const int size[][3] = {{1, 1, 1}, {7, 65, 300}, {99, 33, 31}, {133, 130, 513}, {5, 64, 0}};
	static const float beta[] = {0, 1, 0.5f};
	struct device *d;
	struct rng r;
	rng_init(&r, 2, RNG_PROBE, 0, 0);
	for (int threads = 1; threads <= 2; threads++) {
		assert_int_equal(device_open(&d, "cpu", "fp32", threads), 0);
		for (int i = 0; i < 5 * 2 * 2 * 3; i++) {
			const int *n = size[i % 5];
			check_product(d, &r, &(struct product){n[0], n[1], n[2], i / 5 % 2, i / 10 % 2, i % 2 ? 1 : 1.5f, beta[i / 20]});
		}
		device_close(d);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exp_is_exact_to_its_word),
		cmocka_unit_test(normal_is_exact_to_its_word),
		cmocka_unit_test(transpose_moves_every_element),
		cmocka_unit_test(folds_take_every_lane),
		cmocka_unit_test(products_of_every_layout),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
