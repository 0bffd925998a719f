/* tests/unit/rng_test.c -- the random streams: known answers, ranges, moments. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/base/rng.h"

/* Random123's kat_vectors: philox4x32, 10 rounds. */
static void known_answers(void **state) {
	(void)state;
	struct rng zero = {0}, ones = {.key = {~0u, ~0u}, .counter = {~0u, ~0u, ~0u, ~0u}};
	struct rng pi = {.key = {0xa4093822u, 0x299f31d0u}, .counter = {0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u}};
	const uint32_t want[3][4] = {{0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u},
	                             {0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu},
	                             {0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u}};
	struct rng *streams[3] = {&zero, &ones, &pi};
	for (int s = 0; s < 3; s++)
		for (int i = 0; i < 4; i++) assert_int_equal(rng_u32(streams[s]), want[s][i]);
}

static void streams_differ_by_every_part_of_their_name(void **state) {
	(void)state;
	struct rng r[5];
	rng_init(&r[0], 1, RNG_CROP, 2, 3);
	rng_init(&r[1], 1ull << 32 | 1, RNG_CROP, 2, 3);
	rng_init(&r[2], 1, RNG_BUDGET, 2, 3);
	rng_init(&r[3], 1, RNG_CROP, 4, 3);
	rng_init(&r[4], 1, RNG_CROP, 2, 5);
	uint32_t first[5];
	for (int i = 0; i < 5; i++) first[i] = rng_u32(&r[i]);
	for (int i = 0; i < 5; i++)
		for (int j = 0; j < i; j++) assert_int_not_equal(first[i], first[j]);
}

static void moments(void **state) {
	(void)state;
	enum { N = 200000 };
	struct rng r;
	rng_init(&r, 7, RNG_INIT, 0, 0);
	double u = 0, z = 0, zz = 0, g = 0, g3 = 0;
	for (int i = 0; i < N; i++) {
		double x = rng_uniform(&r), n = rng_normal(&r);
		assert_true(x >= 0 && x < 1);
		u += x, z += n, zz += n * n, g += rng_gamma(&r, 0.5), g3 += rng_gamma(&r, 3);
	}
	assert_true(fabs(u / N - 0.5) < 0.005);
	assert_true(fabs(z / N) < 0.01 && fabs(zz / N - 1) < 0.02);
	assert_true(fabs(g / N - 0.5) < 0.01 && fabs(g3 / N - 3) < 0.03);
}

static void below_covers_its_range_evenly(void **state) {
	(void)state;
	struct rng r;
	rng_init(&r, 9, RNG_INIT, 0, 0);
	int count[7] = {0};
	for (int i = 0; i < 70000; i++) {
		uint32_t v = rng_below(&r, 7);
		assert_true(v < 7);
		count[v]++;
	}
	for (int i = 0; i < 7; i++) assert_true(count[i] > 9600 && count[i] < 10400);
	assert_int_equal(rng_below(&r, 1), 0);
}

static void shuffle_is_a_permutation(void **state) {
	(void)state;
	struct rng r;
	rng_init(&r, 3, RNG_ORDER, 0, 0);
	int v[100], seen[100] = {0};
	for (int i = 0; i < 100; i++) v[i] = i;
	rng_shuffle(&r, v, 100);
	for (int i = 0; i < 100; i++) seen[v[i]]++;
	for (int i = 0; i < 100; i++) assert_int_equal(seen[i], 1);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_answers),
		cmocka_unit_test(streams_differ_by_every_part_of_their_name),
		cmocka_unit_test(moments),
		cmocka_unit_test(below_covers_its_range_evenly),
		cmocka_unit_test(shuffle_is_a_permutation),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
