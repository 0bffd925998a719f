/* tests/unit/mask_test.c -- the masks: exact counts always, quotas by hand, distributions by chi-square with fixed seeds. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/err.h"
#include "engine/base/rng.h"
#include "engine/mask/mask.h"
#include "engine/mask/parts.h"

/* --- label maps ----------------------------------------------------------------------------------------------------- */

enum { CELLS_MAX = PATCHES_MAX * CELLS };
static uint8_t semantic_cells[CELLS_MAX], instance_cells[CELLS_MAX];

/* Gives a whole patch its labels. */
static void set_patch(int side, int p, int semantic, int instance) {
	for (int i = 0; i < CELLS; i++) {
		int cell = (p / side * CELLS_SIDE + i / CELLS_SIDE) * side * CELLS_SIDE + p % side * CELLS_SIDE + i % CELLS_SIDE;
		semantic_cells[cell] = (uint8_t)semantic;
		instance_cells[cell] = (uint8_t)instance;
	}
}

static void clear_labels(int side) {
	for (int p = 0; p < side * side; p++) set_patch(side, p, 0, 0);
}

/* Up to four rectangles of classes and objects over a background class. */
static void random_labels(struct rng *r, int side, int classes) {
	clear_labels(side);
	for (int n = (int)rng_below(r, 5); n > 0; n--) {
		int w = 1 + (int)rng_below(r, (uint32_t)side), h = 1 + (int)rng_below(r, (uint32_t)side);
		int x0 = (int)rng_below(r, (uint32_t)(side - w + 1)), y0 = (int)rng_below(r, (uint32_t)(side - h + 1));
		int semantic = rng_below(r, 4) ? (int)rng_below(r, (uint32_t)classes) : UNLABELLED, instance = rng_below(r, 3) ? n : 0;
		for (int y = y0; y < y0 + h; y++)
			for (int x = x0; x < x0 + w; x++) set_patch(side, y * side + x, semantic, instance);
	}
}

static void random_options(struct rng *r, struct mask_options *o) {
	static const int sides[] = {1, 2, 3, 5, 8, 14, 32};
	mask_options_default(o);
	int active = 1 + (int)rng_below(r, 7), tokens = 0;
	do o->side = sides[rng_below(r, 7)];
	while (o->side == 1 && (active & (active - 1)) == 0); /* one token can't be visible and masked */
	for (int g = 0; g < GRANULARITIES; g++) tokens += (o->active[g] = active >> g & 1) ? o->side * o->side : 0;
	o->visible = 1 + (int)rng_below(r, (uint32_t)tokens - 1);
	o->classes = 1 + (int)rng_below(r, CLASSES_MAX);
	o->dirichlet = exp(rng_range(r, log(0.05), log(20)));
	o->rho = rng_below(r, 4) ? rng_uniform(r) : rng_below(r, 2);
	o->blend = rng_below(r, MASK_BLENDS);
	o->generator = rng_below(r, MASK_GENERATORS);
	for (int c = 0; c <= CLASSES_MAX; c++) o->class_weight[c] = rng_below(r, 4) ? 3 * rng_uniform(r) : 0;
	o->seed = rng_u32(r);
	assert_int_equal(mask_options_check(o), 0);
}

static void random_mix(struct rng *r, double mix[SOURCES]) {
	mix[0] = rng_below(r, 3) ? rng_uniform(r) : rng_below(r, 2);
	mix[1] = rng_below(r, 3) ? (1 - mix[0]) * rng_uniform(r) : 1 - mix[0];
	mix[2] = 1 - mix[0] - mix[1];
}

/* rgb alone, so that K is what is wanted. */
static struct mask_options one_granularity(int side, int k) {
	struct mask_options o;
	mask_options_default(&o);
	o.side = side;
	o.active[SEMSEG] = o.active[INSTANCE] = false;
	o.visible = side * side - k;
	return o;
}

static int sum(const uint8_t *mask, int n) {
	int s = 0;
	for (int p = 0; p < n; p++) {
		assert_true(mask[p] <= 1);
		s += mask[p];
	}
	return s;
}

static void draw(const struct mask_options *o, double a, double b, double c, uint32_t epoch, uint32_t index, struct mask_draw *d) {
	const double mix[SOURCES] = {a, b, c};
	mask_draw(o, mix, epoch, index, semantic_cells, instance_cells, d);
}

/* --- always --------------------------------------------------------------------------------------------------------- */

static void check_counts(const struct mask_options *o, const struct mask_draw *d) {
	int n = o->side * o->side, visible = 0;
	assert_int_equal(d->patches, n);
	for (int g = 0; g < GRANULARITIES; g++) {
		int k = n - d->visible[g];
		assert_true(d->visible[g] >= 0 && d->visible[g] <= n && (o->active[g] || d->visible[g] == 0));
		visible += d->visible[g];
		assert_int_equal(sum(d->final[g], n), k);
		for (int j = 0; j < SOURCES; j++) assert_int_equal(sum(d->source[g][j], n), k);
		for (int p = n; p < PATCHES_MAX; p++) assert_int_equal(d->final[g][p], 0);
	}
	assert_int_equal(visible, o->visible);
}

static void check_semantic(const struct mask_options *o, const struct mask_draw *d, int g) {
	struct mask_groups regions;
	int quota[PARTS_MAX], total = 0;
	mask_group(d->semantic, d->patches, &regions);
	mask_semantic_quota(o, &regions, d->patches - d->visible[g], quota);
	for (int i = 0; i < regions.count; i++) {
		int masked = 0;
		for (int p = 0; p < d->patches; p++) masked += d->semantic[p] == regions.label[i] && d->source[g][SOURCE_SEMANTIC][p];
		assert_int_equal(masked, quota[i]);
		assert_true(quota[i] >= 0 && quota[i] <= regions.size[i]);
		total += quota[i];
	}
	assert_int_equal(total, d->patches - d->visible[g]);
}

static void check_instance(const struct mask_options *o, const struct mask_draw *d, int g) {
	int k = d->patches - d->visible[g], objects = 0, masked = 0;
	for (int p = 0; p < d->patches; p++) {
		objects += d->instance[p] > 0;
		masked += d->instance[p] > 0 && d->source[g][SOURCE_INSTANCE][p];
	}
	int want = (int)floor(o->rho * k + 0.5), background = d->patches - objects;
	if (want > objects) want = objects;
	if (k - want > background) want = k - background;
	assert_int_equal(masked, want);
	/* whole instances first: at most one is partly hidden */
	int partial = 0;
	for (int id = 1; id < PARTS_MAX; id++) {
		int size = 0, hidden = 0;
		for (int p = 0; p < d->patches; p++)
			if (d->instance[p] == id) size++, hidden += d->source[g][SOURCE_INSTANCE][p];
		partial += hidden > 0 && hidden < size;
	}
	assert_true(partial <= 1);
}

/* No visible patch has a higher score than a masked one. */
static void check_blend(const struct mask_draw *d, int g) {
	double worst = 2, best = -1;
	for (int p = 0; p < d->patches; p++) {
		double score = 0;
		for (int j = 0; j < SOURCES; j++) score += d->mix[j] * d->source[g][j][p];
		if (d->final[g][p])
			worst = fmin(worst, score);
		else
			best = fmax(best, score);
	}
	assert_true(worst >= best - 1e-8);
}

static void counts_and_quotas_are_exact_for_any_input(void **state) {
	(void)state;
	struct rng r;
	rng_init(&r, 11, RNG_INIT, 0, 0);
	for (int i = 0; i < 4000; i++) {
		static struct mask_options o;
		static struct mask_draw d;
		double mix[SOURCES];
		random_options(&r, &o);
		random_labels(&r, o.side, o.classes);
		random_mix(&r, mix);
		mask_draw(&o, mix, (uint32_t)i, rng_u32(&r), semantic_cells, instance_cells, &d);
		check_counts(&o, &d);
		for (int g = 0; g < GRANULARITIES; g++) {
			if (!o.active[g]) continue;
			check_semantic(&o, &d, g);
			check_instance(&o, &d, g);
			if (o.generator == MASK_CURRICULUM && o.blend == BLEND_TOPK) check_blend(&d, g);
			if (d.chosen >= 0) assert_memory_equal(d.final[g], d.source[g][d.chosen], (size_t)d.patches);
		}
	}
}

static void a_redraw_gives_the_same_bits_in_any_order(void **state) {
	(void)state;
	enum { DRAWS = 40 };
	static struct mask_draw first[DRAWS], second;
	static struct mask_options o[DRAWS];
	struct rng r;
	rng_init(&r, 12, RNG_INIT, 0, 0);
	random_labels(&r, 14, 20);
	for (int i = 0; i < DRAWS; i++) {
		random_options(&r, &o[i]);
		o[i].side = 14;
		o[i].visible = 98;
		draw(&o[i], 0.5, 0.3, 0.2, (uint32_t)i / 7, (uint32_t)i, &first[i]);
	}
	for (int i = DRAWS - 1; i >= 0; i--) {
		memset(&second, 0xa5, sizeof second);
		draw(&o[i], 0.5, 0.3, 0.2, (uint32_t)i / 7, (uint32_t)i, &second);
		assert_int_equal(second.chosen, first[i].chosen);
		assert_memory_equal(second.visible, first[i].visible, sizeof first[i].visible);
		assert_memory_equal(second.source, first[i].source, sizeof first[i].source);
		assert_memory_equal(second.final, first[i].final, sizeof first[i].final);
		assert_memory_equal(second.semantic, first[i].semantic, sizeof first[i].semantic);
	}
}

static void every_part_of_the_key_matters_and_sources_ignore_the_blend(void **state) {
	(void)state;
	static struct mask_draw d[4], other;
	struct mask_options o;
	mask_options_default(&o);
	clear_labels(8);
	draw(&o, 1, 0, 0, 0, 0, &d[0]);
	draw(&o, 1, 0, 0, 1, 0, &d[1]);
	draw(&o, 1, 0, 0, 0, 1, &d[2]);
	o.seed = 1;
	draw(&o, 1, 0, 0, 0, 0, &d[3]);
	for (int i = 0; i < 4; i++)
		for (int j = 0; j < i; j++) assert_memory_not_equal(d[i].source, d[j].source, sizeof d[i].source);
	for (int generator = 0; generator < MASK_GENERATORS; generator++) {
		o.generator = generator;
		o.blend = generator % 2;
		draw(&o, 0.2, 0.5, 0.3, 0, 0, &other);
		assert_memory_equal(other.source, d[3].source, sizeof other.source);
		o = one_granularity(8, 20); /* the same counts everywhere: what differs is the generator's own stream, here the tie of two */
		o.generator = generator;
		for (int i = 0; i < 3; i++) draw(&o, 0.5, 0, 0.5, i == 1, i == 2, &d[i]);
		for (int i = 0; i < 3; i++) assert_memory_not_equal(d[i].final[RGB], d[(i + 1) % 3].final[RGB], 64);
		mask_options_default(&o);
		o.seed = 1;
	}
	for (int part = 0; part < 3; part++) { /* the budget, too, is the key's */
		bool differs = false;
		for (uint32_t i = 0; i < 4; i++) {
			o.seed = 2 + (part == 0 ? i : 0);
			draw(&o, 1, 0, 0, part == 1 ? i : 0, part == 2 ? i : 0, &other);
			differs = differs || (i > 0 && memcmp(other.visible, d[0].visible, sizeof other.visible) != 0);
			d[0] = other;
		}
		assert_true(differs);
	}
}

static uint64_t hash(uint64_t h, const void *data, size_t n) {
	for (size_t i = 0; i < n; i++) h = (h ^ ((const uint8_t *)data)[i]) * 0x100000001b3ull; /* FNV-1a */
	return h;
}

/* Recorded runs depend on these bits. If this fails, the masks of every older run have changed. */
static void the_bits_are_those_of_recorded_runs(void **state) {
	(void)state;
	static const uint64_t want[MASK_GENERATORS] = {0x6970f2883a89707f, 0xd8d3cb9128848e81, 0xb7fce4462c3809d9,
	                                               0x6e6076bbfa36c919, 0x17c08aab0679d8bb, 0x99bffe8db3c8aa0b};
	static struct mask_draw d;
	struct mask_options o;
	struct rng r;
	mask_options_default(&o);
	for (int generator = 0; generator < MASK_GENERATORS; generator++) {
		uint64_t h = 0xcbf29ce484222325ull;
		o.generator = generator;
		rng_init(&r, 13, RNG_INIT, 0, 0);
		for (int i = 0; i < 100; i++) {
			o.side = i % 2 ? 14 : 8;
			o.visible = o.side * o.side / 2;
			o.blend = i % 3 == 0;
			random_labels(&r, o.side, 20);
			draw(&o, 0.4, 0.35, 0.25, (uint32_t)i, (uint32_t)(3 * i), &d);
			h = hash(h, d.visible, sizeof d.visible);
			h = hash(h, d.source, sizeof d.source);
			h = hash(h, d.final, sizeof d.final);
		}
		if (h != want[generator]) fail_msg("%s: the hash is 0x%016llx", mask_generator_name[generator], (unsigned long long)h);
	}
}

/* --- quotas by hand ------------------------------------------------------------------------------------------------- */

static void assert_apportion(int total, int parts, const uint64_t *weight, const int *cap, const int *want) {
	int out[PARTS_MAX];
	mask_apportion(total, parts, weight, cap, out);
	for (int i = 0; i < parts; i++)
		if (out[i] != want[i]) fail_msg("part %d of %d gets %d, not %d", i, total, out[i], want[i]);
}

static void apportioning_by_hand(void **state) {
	(void)state;
	const int wide[] = {100, 100, 100, 100};
	/* 7 over 1:2:4: exact. 10 over 1:1:1: 3.33 each, the extra one to the first. 8 over 10:5:1: 5, 2.5, 0.5: the tie to the lower. */
	assert_apportion(7, 3, (uint64_t[]){1, 2, 4}, wide, (int[]){1, 2, 4});
	assert_apportion(10, 3, (uint64_t[]){1, 1, 1}, wide, (int[]){4, 3, 3});
	assert_apportion(8, 3, (uint64_t[]){10, 5, 1}, wide, (int[]){5, 3, 0});
	/* 10 over 6:3:1 with room for 4 in the first: the other 6 over 3:1 are 4.5 and 1.5, the tie to the lower */
	assert_apportion(10, 3, (uint64_t[]){6, 3, 1}, (int[]){4, 9, 9}, (int[]){4, 5, 1});
	/* 12 over 8:3:1, room 4, 5, 9: 8 > 4; then 8 over 3:1 is 6, 2, 6 > 5; then 3 */
	assert_apportion(12, 3, (uint64_t[]){8, 3, 1}, (int[]){4, 5, 9}, (int[]){4, 5, 3});
	/* weight 0 takes only what the others can't, in proportion to room: 10 - 4 over 8:4 */
	assert_apportion(10, 3, (uint64_t[]){0, 5, 0}, (int[]){8, 4, 4}, (int[]){4, 4, 2});
	assert_apportion(3, 3, (uint64_t[]){0, 5, 0}, (int[]){8, 4, 4}, (int[]){0, 3, 0});
	assert_apportion(9, 3, (uint64_t[]){0, 0, 0}, (int[]){8, 4, 4}, (int[]){5, 2, 2}); /* 4.5, 2.25, 2.25 */
	assert_apportion(0, 3, (uint64_t[]){1, 2, 3}, wide, (int[]){0, 0, 0});
	assert_apportion(16, 3, (uint64_t[]){1, 2, 3}, (int[]){8, 4, 4}, (int[]){8, 4, 4});
	assert_apportion(5, 1, (uint64_t[]){0}, wide, (int[]){5});
	/* the largest numbers that may come */
	assert_apportion(3072, 4, (uint64_t[]){1ull << 40, 1ull << 40, 1ull << 40, 1}, (int[]){1024, 1024, 1024, 1024}, (int[]){1024, 1024, 1024, 0});
}

/* Against shares in long double: an uncapped part is within 1 of its share, a capped one full. */
static void apportioning_keeps_proportion(void **state) {
	(void)state;
	struct rng r;
	rng_init(&r, 14, RNG_INIT, 0, 0);
	for (int round = 0; round < 3000; round++) {
		uint64_t weight[PARTS_MAX];
		int cap[PARTS_MAX], out[PARTS_MAX], parts = 1 + (int)rng_below(&r, 12), room = 0, dealt = 0;
		for (int i = 0; i < parts; i++) {
			weight[i] = 1 + rng_below(&r, 1000);
			room += cap[i] = (int)rng_below(&r, 40);
		}
		int total = (int)rng_below(&r, (uint32_t)room + 1);
		mask_apportion(total, parts, weight, cap, out);
		long double left = total, open = 0; /* of the parts that are not full */
		for (int i = 0; i < parts; i++) {
			assert_true(out[i] >= 0 && out[i] <= cap[i]);
			dealt += out[i];
			if (out[i] == cap[i])
				left -= cap[i];
			else
				open += weight[i];
		}
		assert_int_equal(dealt, total);
		for (int i = 0; i < parts; i++) {
			if (out[i] < cap[i]) assert_true(fabsl(out[i] - left * weight[i] / open) < parts); /* full ones may be full by rounding */
			for (int j = 0; j < i; j++) /* nobody with room has less per weight than another has, but for the one of rounding */
				if (out[i] < cap[i] && out[j] < cap[j])
					assert_true(fabsl((long double)out[i] / weight[i] - (long double)out[j] / weight[j]) <= 1.0L / weight[i] + 1.0L / weight[j]);
		}
	}
}

static int masked_where(const uint8_t *mask, const uint8_t *labels, int n, int label) {
	int s = 0;
	for (int p = 0; p < n; p++) s += mask[p] && labels[p] == label;
	return s;
}

static void semantic_quotas_by_hand(void **state) {
	(void)state;
	static struct mask_draw d;
	struct mask_options o = one_granularity(4, 8);
	clear_labels(4); /* 10 patches of class 0, 5 of class 7, 1 unlabelled */
	for (int p = 10; p < 15; p++) set_patch(4, p, 7, 0);
	set_patch(4, 15, UNLABELLED, 0);
	draw(&o, 1, 0, 0, 0, 0, &d);
	assert_int_equal(masked_where(d.final[RGB], d.semantic, 16, 0), 5);
	assert_int_equal(masked_where(d.final[RGB], d.semantic, 16, 7), 3); /* 2.5, the tie to the smaller label */
	assert_int_equal(masked_where(d.final[RGB], d.semantic, 16, UNLABELLED), 0);
	/* weights 1, 3, 5 (the unlabelled region's is [classes]): 10 : 15 : 5 of 30: 8/3, 4, 4/3, capped at 1: 7 over 10 : 15: 2.8, 4.2 */
	o.class_weight[7] = 3;
	o.class_weight[o.classes] = 5;
	draw(&o, 1, 0, 0, 0, 0, &d);
	assert_int_equal(masked_where(d.final[RGB], d.semantic, 16, 0), 3);
	assert_int_equal(masked_where(d.final[RGB], d.semantic, 16, 7), 4);
	assert_int_equal(masked_where(d.final[RGB], d.semantic, 16, UNLABELLED), 1);
	/* a label beyond the classes is unlabelled */
	o.classes = 7;
	draw(&o, 1, 0, 0, 0, 0, &d);
	assert_int_equal(d.semantic[12], UNLABELLED);
	/* weight 0: last of all, but K is K */
	o.classes = 133;
	o.class_weight[0] = 0;
	draw(&o, 1, 0, 0, 0, 0, &d);
	assert_int_equal(masked_where(d.final[RGB], d.semantic, 16, 0), 2);
	assert_int_equal(masked_where(d.final[RGB], d.semantic, 16, 7), 5);
}

static void weights_all_zero_count_as_equal(void **state) {
	(void)state;
	static struct mask_draw equal, zero;
	struct mask_options o;
	struct rng r;
	mask_options_default(&o);
	rng_init(&r, 15, RNG_INIT, 0, 0);
	for (int i = 0; i < 50; i++) {
		random_labels(&r, 8, 133);
		for (int c = 0; c <= CLASSES_MAX; c++) o.class_weight[c] = 1;
		draw(&o, 1, 0, 0, 0, (uint32_t)i, &equal);
		for (int c = 0; c <= CLASSES_MAX; c++) o.class_weight[c] = 0;
		draw(&o, 1, 0, 0, 0, (uint32_t)i, &zero);
		assert_memory_equal(equal.final, zero.final, sizeof zero.final);
	}
}

static void instances_are_hidden_whole_in_order_of_area_and_centrality(void **state) {
	(void)state;
	static struct mask_draw d;
	int side = 8;
	struct mask_options o = one_granularity(side, 16);
	clear_labels(side);
	/* 1: 2 x 3 in the corner: n = 6, X = 3 * (-7 - 5 ...): centroid (0.5, 1), 3.0 and 2.5 off: 6 - 6 * sqrt(15.25) / (8 / sqrt 2) = 1.86
	 * 2: 2 x 2 in the middle: n = 4, centrality 1: 4. 3: 1 x 3 at the right edge: below both. Order: 2, 1, 3. */
	for (int y = 0; y < 3; y++)
		for (int x = 0; x < 2; x++) set_patch(side, y * side + x, 1, 1);
	for (int y = 3; y < 5; y++)
		for (int x = 3; x < 5; x++) set_patch(side, y * side + x, 2, 2);
	for (int y = 5; y < 8; y++) set_patch(side, y * side + 7, 3, 3);
	static const struct { double rho; int of[4]; } cases[] = {
		/* round(rho 16): 2, 4, 7, 12 (13 object patches), 0; and all 13 */
		{0.125, {14, 0, 2, 0}}, {0.25, {12, 0, 4, 0}}, {0.4375, {9, 3, 4, 0}}, {0.75, {4, 6, 4, 2}}, {0, {16, 0, 0, 0}}, {1, {3, 6, 4, 3}},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		o.rho = cases[i].rho;
		draw(&o, 0, 1, 0, 0, (uint32_t)i, &d);
		for (int id = 0; id < 4; id++) assert_int_equal(masked_where(d.final[RGB], d.instance, 64, id), cases[i].of[id]);
	}
	/* K = 60: round(0.75 * 60) = 45 > 13 objects; background 47 of 51. With rho = 0: 51 background, 9 come back to objects: 2, then 5 of 1. */
	o.visible = 4;
	o.rho = 0.75;
	draw(&o, 0, 1, 0, 0, 0, &d);
	assert_int_equal(masked_where(d.final[RGB], d.instance, 64, 0), 47);
	o.rho = 0;
	draw(&o, 0, 1, 0, 0, 0, &d);
	assert_int_equal(masked_where(d.final[RGB], d.instance, 64, 0), 51);
	assert_int_equal(masked_where(d.final[RGB], d.instance, 64, 2), 4);
	assert_int_equal(masked_where(d.final[RGB], d.instance, 64, 1), 5);
}

static void size_and_centrality_both_count(void **state) {
	(void)state;
	static struct mask_draw d;
	int side = 8;
	struct mask_options o = one_granularity(side, 8);
	o.rho = 0.5; /* 4 on objects */
	clear_labels(side);
	for (int i = 0; i < 2; i++)
		for (int j = 0; j < 2; j++) {
			set_patch(side, i * side + j, 0, 1);             /* corner */
			set_patch(side, (i + 2) * side + j + 3, 0, 2);   /* nearer the middle */
		}
	draw(&o, 0, 1, 0, 0, 0, &d);
	assert_int_equal(masked_where(d.final[RGB], d.instance, 64, 2), 4);
	for (int x = 2; x < 6; x++) /* now the corner one becomes large enough: 12 patches */
		for (int i = 0; i < 2; i++) set_patch(side, i * side + x, 0, 1);
	draw(&o, 0, 1, 0, 0, 0, &d);
	assert_int_equal(masked_where(d.final[RGB], d.instance, 64, 1), 4);
}

/* --- distributions -------------------------------------------------------------------------------------------------- */

/* Chi-square of N counts against equal expectation; LIMIT about the 0.9999 quantile. A K-subset's counts vary by (N - K) / (N - 1) of
 * the multinomial's, so that the statistic is divided by (1 - K / N) N / (N - 1). */
static void assert_uniform(const int *count, int n, int k, int draws) {
	double expected = (double)draws * k / n, chi = 0, df = n - 1;
	for (int i = 0; i < n; i++) chi += (count[i] - expected) * (count[i] - expected) / expected;
	chi /= (1 - (double)k / n) * n / (n - 1);
	double limit = df + 3.72 * sqrt(2 * df) + 9; /* a bit above Wilson-Hilferty's at 1e-4 */
	if (!(chi <= limit)) fail_msg("chi-square %.1f over %d cells exceeds %.1f", chi, n, limit);
	if (!(chi >= df - 3.72 * sqrt(2 * df))) fail_msg("chi-square %.1f over %d cells is too even", chi, n);
}

static void random_masks_are_uniform(void **state) {
	(void)state;
	enum { DRAWS = 20000, SIDE = 8, N = SIDE * SIDE };
	static struct mask_draw d;
	static const int ks[] = {5, 20, 32, 50};
	clear_labels(SIDE);
	for (int i = 0; i < 4; i++) {
		struct mask_options o = one_granularity(SIDE, ks[i]);
		int count[N] = {0}, pair = 0;
		for (uint32_t s = 0; s < DRAWS; s++) {
			draw(&o, 0, 0, 1, 0, s, &d);
			for (int p = 0; p < N; p++) count[p] += d.final[RGB][p];
			pair += d.final[RGB][10] && d.final[RGB][50];
		}
		assert_uniform(count, N, ks[i], DRAWS);
		double p = (double)ks[i] * (ks[i] - 1) / (N * (N - 1)); /* both of two patches */
		assert_true(fabs(pair - p * DRAWS) <= 4.5 * sqrt(DRAWS * p * (1 - p)));
	}
}

static void guided_masks_are_uniform_inside_their_part(void **state) {
	(void)state;
	enum { DRAWS = 20000, SIDE = 8 };
	static struct mask_draw d;
	struct mask_options o = one_granularity(SIDE, 24);
	int semantic[16] = {0}, partial[16] = {0}, background[48] = {0};
	clear_labels(SIDE);
	for (int p = 0; p < 16; p++) set_patch(SIDE, p, 1, 1); /* 16 of 64: 6 of 24 by semantics; rho 0.5: 12 of the object, 12 behind */
	o.rho = 0.5;
	for (uint32_t s = 0; s < DRAWS; s++) {
		draw(&o, 1, 0, 0, 0, s, &d);
		for (int p = 0; p < 16; p++) semantic[p] += d.source[RGB][SOURCE_SEMANTIC][p], partial[p] += d.source[RGB][SOURCE_INSTANCE][p];
		for (int p = 0; p < 48; p++) background[p] += d.source[RGB][SOURCE_INSTANCE][16 + p];
	}
	assert_uniform(semantic, 16, 6, DRAWS);
	assert_uniform(partial, 16, 12, DRAWS);
	assert_uniform(background, 48, 12, DRAWS);
}

static void the_budget_is_dirichlet(void **state) {
	(void)state;
	enum { DRAWS = 20000, BINS = 4 };
	static struct mask_draw d;
	struct mask_options o;
	mask_options_default(&o);
	o.side = 20; /* N = 400 = V: no cap binds */
	o.visible = 400;
	clear_labels(o.side);
	o.generator = MASK_TUBE;
	int bin[GRANULARITIES][BINS] = {{0}};
	for (uint32_t s = 0; s < DRAWS; s++) {
		struct rng r;
		rng_init(&r, 5, RNG_BUDGET, 0, s);
		mask_budget(&o, &r, d.visible);
		for (int g = 0; g < GRANULARITIES; g++) {
			double share = (d.visible[g] + 0.5) / 401, quantile = 1 - (1 - share) * (1 - share); /* Beta(1, 2) */
			bin[g][(int)(quantile * BINS)]++;
		}
	}
	for (int g = 0; g < GRANULARITIES; g++)
		for (int i = 0; i < BINS; i++) assert_true(fabs((double)bin[g][i] - DRAWS / BINS) <= 0.03 * DRAWS / BINS);
	o.dirichlet = 1000; /* nearly equal shares */
	double least = 400, most = 0, small = 0;
	for (uint32_t s = 0; s < 2000; s++) {
		struct rng r;
		rng_init(&r, 5, RNG_BUDGET, 0, s);
		mask_budget(&o, &r, d.visible);
		for (int g = 0; g < GRANULARITIES; g++) least = fmin(least, d.visible[g]), most = fmax(most, d.visible[g]);
	}
	assert_true(least >= 110 && most <= 160); /* 133.3, deviation 3.4 */
	o.dirichlet = 0.05; /* nearly all in one */
	for (uint32_t s = 0; s < 2000; s++) {
		struct rng r;
		rng_init(&r, 5, RNG_BUDGET, 0, s);
		mask_budget(&o, &r, d.visible);
		for (int g = 0; g < GRANULARITIES; g++) small += d.visible[g] > 0.9 * 400;
	}
	assert_true(small / 2000 > 0.75);
}

/* --- the blend ------------------------------------------------------------------------------------------------------ */

static void a_blend_of_two_is_a_switch(void **state) {
	(void)state;
	static struct mask_draw d;
	struct mask_options o;
	struct rng r;
	mask_options_default(&o);
	rng_init(&r, 16, RNG_INIT, 0, 0);
	for (int i = 0; i < 300; i++) {
		double eps = i % 3 == 0 ? 1e-6 : 0.5 * rng_uniform(&r);
		int a = i % SOURCES, b = (a + 1) % SOURCES;
		double mix[SOURCES] = {0};
		random_labels(&r, 8, 30);
		mix[a] = 0.5 + eps;
		mix[b] = 0.5 - eps;
		mask_draw(&o, mix, 0, (uint32_t)i, semantic_cells, instance_cells, &d);
		for (int g = 0; g < GRANULARITIES; g++) assert_memory_equal(d.final[g], d.source[g][a], 64);
	}
}

static void at_the_tie_the_choice_is_uniform(void **state) {
	(void)state;
	enum { DRAWS = 20000, SIDE = 4, N = 16, K = 6 };
	struct rng r;
	const double half[SOURCES] = {0.5, 0.5, 0}, thirds[SOURCES] = {1.0 / 3, 1.0 / 3, 1.0 / 3};
	uint8_t source[SOURCES][PATCHES_MAX] = {{0}};
	int count[N] = {0}, single[9] = {0};
	/* 0..3 both, 4 5 first alone, 6 7 second alone: 2 of the 4 are chosen */
	for (int p = 0; p < 4; p++) source[0][p] = source[1][p] = 1;
	source[0][4] = source[0][5] = source[1][6] = source[1][7] = 1;
	rng_init(&r, 17, RNG_MASK_TIES, 0, 0);
	for (int i = 0; i < DRAWS; i++) {
		uint8_t mask[PATCHES_MAX] = {0};
		mask_blend_topk(half, source, N, K, &r, mask);
		assert_int_equal(sum(mask, N), K);
		for (int p = 0; p < N; p++) count[p] += mask[p];
	}
	for (int p = 0; p < 4; p++) assert_int_equal(count[p], DRAWS);
	for (int p = 8; p < N; p++) assert_int_equal(count[p], 0);
	assert_uniform(count + 4, 4, 2, DRAWS);
	/* three sources of 3 patches each, apart: 3 of the 9 */
	memset(source, 0, sizeof source);
	for (int p = 0; p < 9; p++) source[p / 3][p] = 1;
	for (int i = 0; i < DRAWS; i++) {
		uint8_t mask[PATCHES_MAX] = {0};
		mask_blend_topk(thirds, source, N, 3, &r, mask);
		for (int p = 0; p < N; p++) assert_true(!mask[p] || p < 9);
		for (int p = 0; p < 9; p++) single[p] += mask[p];
	}
	assert_uniform(single, 9, 3, DRAWS);
}

/* Rounding must not break a tie: 0.3 + 0.1 is not 0.4 in binary, and is here. */
static void near_ties_are_ties(void **state) {
	(void)state;
	uint8_t source[SOURCES][PATCHES_MAX] = {{0}};
	const double mix[SOURCES] = {0.1 + 0.2, 0.4, 0.3};
	int count[2] = {0};
	struct rng r;
	source[0][0] = source[2][1] = 1;
	rng_init(&r, 18, RNG_MASK_TIES, 0, 0);
	for (int i = 0; i < 1000; i++) {
		uint8_t mask[PATCHES_MAX] = {0};
		mask_blend_topk(mix, source, 2, 1, &r, mask);
		count[0] += mask[0], count[1] += mask[1];
	}
	assert_true(count[0] > 420 && count[1] > 420);
}

static void sampled_blends_follow_the_mix(void **state) {
	(void)state;
	enum { DRAWS = 20000 };
	static struct mask_draw d;
	struct mask_options o;
	int count[SOURCES] = {0};
	mask_options_default(&o);
	o.blend = BLEND_SAMPLE;
	clear_labels(8);
	for (uint32_t s = 0; s < DRAWS; s++) {
		draw(&o, 0.5, 0.2, 0.3, 0, s, &d);
		count[d.chosen]++;
		for (int g = 0; g < GRANULARITIES; g++) assert_memory_equal(d.final[g], d.source[g][d.chosen], 64);
	}
	assert_true(fabs(count[0] - 0.5 * DRAWS) <= 4 * sqrt(DRAWS * 0.25));
	assert_true(fabs(count[1] - 0.2 * DRAWS) <= 4 * sqrt(DRAWS * 0.16));
	for (uint32_t s = 0; s < 2000; s++) {
		draw(&o, 0, 1, 0, 0, s, &d);
		assert_int_equal(d.chosen, SOURCE_INSTANCE);
		draw(&o, 0.5, 0, 0.5, 0, s, &d);
		assert_int_not_equal(d.chosen, SOURCE_INSTANCE);
	}
	o.blend = BLEND_TOPK;
	draw(&o, 0.5, 0.2, 0.3, 0, 0, &d);
	assert_int_equal(d.chosen, -1);
}

/* --- the other generators ------------------------------------------------------------------------------------------- */

static void single_sources_are_taken_whole(void **state) {
	(void)state;
	static struct mask_draw d;
	struct mask_options o;
	mask_options_default(&o);
	clear_labels(8);
	for (int p = 20; p < 30; p++) set_patch(8, p, 3, 1);
	for (int j = 0; j < SOURCES; j++) {
		o.generator = MASK_SEMANTIC + j;
		draw(&o, 0.2, 0.2, 0.6, 3, 4, &d);
		for (int g = 0; g < GRANULARITIES; g++) assert_memory_equal(d.final[g], d.source[g][j], 64);
		for (int k = 0; k < SOURCES; k++) assert_true(d.mix[k] == (k == j));
	}
}

static void tubes_are_nested_and_uniform(void **state) {
	(void)state;
	enum { DRAWS = 20000 };
	static struct mask_draw d;
	struct mask_options o;
	int count[64] = {0};
	mask_options_default(&o);
	o.generator = MASK_TUBE;
	clear_labels(8);
	for (uint32_t s = 0; s < DRAWS; s++) {
		draw(&o, 0, 0, 1, 0, s, &d);
		for (int a = 0; a < GRANULARITIES; a++)
			for (int b = 0; b < GRANULARITIES; b++)
				if (d.visible[a] >= d.visible[b]) /* A masks fewer: all of it is masked in B */
					for (int p = 0; p < 64; p++) assert_true(d.final[a][p] <= d.final[b][p]);
	}
	for (int j = 0; j < SOURCES; j++) assert_true(d.mix[j] == 0);
	o = one_granularity(8, 10);
	o.generator = MASK_TUBE;
	for (uint32_t s = 0; s < DRAWS; s++) {
		draw(&o, 0, 0, 1, 0, s, &d);
		for (int p = 0; p < 64; p++) count[p] += d.final[RGB][p];
	}
	assert_uniform(count, 64, 10, DRAWS);
}

/* Masked patches of which all of the (up to four) neighbours are masked too, as a share. */
static double interior(const uint8_t *mask, int side) {
	int inside = 0, masked = 0;
	for (int p = 0; p < side * side; p++) {
		int x = p % side, y = p / side;
		if (!mask[p]) continue;
		masked++;
		inside += (x == 0 || mask[p - 1]) && (x == side - 1 || mask[p + 1]) && (y == 0 || mask[p - side]) && (y == side - 1 || mask[p + side]);
	}
	return masked ? (double)inside / masked : 0;
}

static void blocks_are_blocks(void **state) {
	(void)state;
	enum { DRAWS = 500, SIDE = 14, N = SIDE * SIDE };
	struct rng r;
	rng_init(&r, 19, RNG_MASK_OTHER, 0, 0);
	static const int ks[] = {0, 1, 2, 15, 49, 98, 163, 195, 196};
	for (size_t i = 0; i < sizeof ks / sizeof *ks; i++) {
		double block = 0, uniform = 0;
		int hits[N] = {0};
		for (int s = 0; s < DRAWS; s++) {
			uint8_t mask[PATCHES_MAX] = {0}, plain[PATCHES_MAX] = {0};
			mask_block(SIDE, ks[i], &r, mask);
			mask_random(N, ks[i], &r, plain);
			assert_int_equal(sum(mask, N), ks[i]);
			block += interior(mask, SIDE) / DRAWS;
			uniform += interior(plain, SIDE) / DRAWS;
			for (int p = 0; p < N; p++) hits[p] += mask[p];
		}
		/* measured: 0.18, 0.45, 0.63 against 0, 0.01, 0.08; with blocks of one patch and more 0.08, 0.36, 0.58 */
		if (ks[i] == 15) assert_true(block > 0.13 && uniform < 0.01);
		if (ks[i] == 49) assert_true(block > 0.40 && uniform < 0.02);
		if (ks[i] == 98) assert_true(block > 0.60 && uniform < 0.10);
		for (int p = 0; p < N && ks[i] >= 49; p++) assert_true(hits[p] > 0); /* no position is left out */
	}
	int together = 0; /* three patches are nearly always grown, beside one another: scattered ones would have no neighbour */
	for (int s = 0; s < DRAWS; s++) {
		uint8_t mask[PATCHES_MAX] = {0};
		int alone = 0;
		mask_block(SIDE, 3, &r, mask);
		for (int p = 0; p < N; p++) {
			int x = p % SIDE, y = p / SIDE;
			alone += mask[p] && !((x > 0 && mask[p - 1]) || (x < SIDE - 1 && mask[p + 1]) || (y > 0 && mask[p - SIDE]) || (y < SIDE - 1 && mask[p + SIDE]));
		}
		together += alone == 0;
	}
	assert_true(together > 0.9 * DRAWS);
	for (int side = 1; side <= 5; side++)
		for (int k = 0; k <= side * side; k++) {
			uint8_t mask[PATCHES_MAX] = {0};
			mask_block(side, k, &r, mask);
			assert_int_equal(sum(mask, side * side), k);
		}
}

/* --- the edges ------------------------------------------------------------------------------------------------------ */

static void degenerate_inputs(void **state) {
	(void)state;
	static struct mask_draw d;
	static const int sides[] = {1, 2, 8, 14, 32};
	struct mask_options o;
	for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
		int side = sides[i], n = side * side;
		const int budgets[] = {1, 3 * n - 1, n, 2 * n};
		for (int label = 0; label < 3; label++) { /* one region without objects, all unlabelled, one object over everything */
			for (int p = 0; p < n; p++) set_patch(side, p, label == 1 ? UNLABELLED : 5, label == 2);
			for (int b = 0; b < 4; b++)
				for (int generator = 0; generator < MASK_GENERATORS; generator++) {
					mask_options_default(&o);
					o.side = side;
					o.visible = budgets[b];
					o.generator = generator;
					o.dirichlet = generator % 2 ? 0.01 : 1; /* shares of almost 0 and almost 1: n_g reaches 0 and N */
					if (mask_options_check(&o) != 0) continue;
					for (uint32_t s = 0; s < 20; s++) {
						draw(&o, 0.3, 0.3, 0.4, 0, s, &d);
						check_counts(&o, &d);
						for (int g = 0; g < GRANULARITIES; g++) check_semantic(&o, &d, g), check_instance(&o, &d, g);
					}
				}
		}
	}
}

static void one_granularity_takes_the_whole_budget(void **state) {
	(void)state;
	static struct mask_draw d;
	struct mask_options o = one_granularity(8, 50);
	clear_labels(8);
	draw(&o, 1, 0, 0, 0, 0, &d);
	assert_int_equal(d.visible[RGB], 14);
	assert_int_equal(d.visible[SEMSEG], 0);
	assert_int_equal(sum(d.final[SEMSEG], 64), 64);
	assert_true(!d.active[SEMSEG] && d.active[RGB]);
}

static void options_out_of_range_get_a_sentence(void **state) {
	(void)state;
	struct mask_options good, o;
	mask_options_default(&good);
	assert_int_equal(mask_options_check(&good), 0);
#define REFUSED(change) \
	do { \
		o = good; \
		change; \
		assert_int_equal(mask_options_check(&o), ERR_ARGUMENT); \
	} while (0)
	REFUSED(o.side = 0);
	REFUSED(o.side = 33);
	REFUSED(o.visible = 0);
	REFUSED(o.visible = -1);
	REFUSED(o.visible = 192);
	REFUSED(o.active[RGB] = false; o.visible = 128);
	REFUSED(memset(o.active, 0, sizeof o.active));
	REFUSED(o.classes = 0);
	REFUSED(o.classes = 256);
	REFUSED(o.dirichlet = 0);
	REFUSED(o.dirichlet = NAN);
	REFUSED(o.rho = 1.01);
	REFUSED(o.rho = NAN);
	REFUSED(o.blend = MASK_BLENDS);
	REFUSED(o.generator = (enum mask_generator)(-1));
	REFUSED(o.class_weight[3] = -1);
	REFUSED(o.class_weight[o.classes] = INFINITY);
#undef REFUSED
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_and_quotas_are_exact_for_any_input),
		cmocka_unit_test(a_redraw_gives_the_same_bits_in_any_order),
		cmocka_unit_test(every_part_of_the_key_matters_and_sources_ignore_the_blend),
		cmocka_unit_test(the_bits_are_those_of_recorded_runs),
		cmocka_unit_test(apportioning_by_hand),
		cmocka_unit_test(apportioning_keeps_proportion),
		cmocka_unit_test(semantic_quotas_by_hand),
		cmocka_unit_test(weights_all_zero_count_as_equal),
		cmocka_unit_test(instances_are_hidden_whole_in_order_of_area_and_centrality),
		cmocka_unit_test(size_and_centrality_both_count),
		cmocka_unit_test(random_masks_are_uniform),
		cmocka_unit_test(guided_masks_are_uniform_inside_their_part),
		cmocka_unit_test(the_budget_is_dirichlet),
		cmocka_unit_test(a_blend_of_two_is_a_switch),
		cmocka_unit_test(at_the_tie_the_choice_is_uniform),
		cmocka_unit_test(near_ties_are_ties),
		cmocka_unit_test(sampled_blends_follow_the_mix),
		cmocka_unit_test(single_sources_are_taken_whole),
		cmocka_unit_test(tubes_are_nested_and_uniform),
		cmocka_unit_test(blocks_are_blocks),
		cmocka_unit_test(degenerate_inputs),
		cmocka_unit_test(one_granularity_takes_the_whole_budget),
		cmocka_unit_test(options_out_of_range_get_a_sentence),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
