/* tests/unit/mask_stats_test.c -- what is said of masks: the realised mix, the effective mix, quotas, components; text and CSV. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/rng.h"
#include "engine/mask/stats.h"

static struct mask_options options;
static struct mask_draw d;
static struct mask_stats st;
static struct mask_summary summary;

static int setup(void **state) {
	(void)state;
	mask_options_default(&options);
	memset(&d, 0, sizeof d);
	memset(&summary, 0, sizeof summary);
	return 0;
}

/* Writes a mask from text: '#' masked. */
static void from_text(uint8_t *mask, const char *text) {
	for (int p = 0; text[p]; p++) mask[p] = text[p] == '#';
}

/* A draw with rgb alone, written by hand, on a 4 x 4 grid. */
static void by_hand(const char *semantic, const char *instance, const char *random, const char *final) {
	memset(&d, 0, sizeof d);
	d.side = 4;
	d.patches = 16;
	d.chosen = -1;
	d.active[RGB] = true;
	from_text(d.source[RGB][SOURCE_SEMANTIC], semantic);
	from_text(d.source[RGB][SOURCE_INSTANCE], instance);
	from_text(d.source[RGB][SOURCE_RANDOM], random);
	from_text(d.final[RGB], final);
	d.visible[RGB] = 16;
	for (int p = 0; p < 16; p++) d.visible[RGB] -= d.final[RGB][p];
	options.side = 4;
	options.active[SEMSEG] = options.active[INSTANCE] = false;
	options.visible = d.visible[RGB];
}

static void assert_realised(int row, double alpha, double beta, double gamma) {
	const double want[SOURCES] = {alpha, beta, gamma};
	for (int j = 0; j < SOURCES; j++)
		if (!(fabs(st.realised[row][j] - want[j]) <= 1e-4)) fail_msg("realised %s is %.6f, not %.6f", mask_source_name[j], st.realised[row][j], want[j]);
}

static void the_effective_mix_by_hand(void **state) {
	(void)state;
	/*        all  s+i  s+r  i+r  s    i    r    none, twice each; the final mask takes one of each */
	by_hand("####" "##.." "##.." "....", "####" "..##" "..##" "....", "##.." "####" "...." "##..", "#.#." "#.#." "#.#." "#.#.");
	mask_stats_of(&options, &d, &st);
	const struct mask_counts *c = &st.counts[RGB];
	assert_int_equal(c->masked, 8);
	assert_int_equal(c->visible, 8);
	/* bit 0 semantic, 1 instance, 2 random */
	static const int want[HELD_SETS] = {1, 1, 1, 1, 1, 1, 1, 1};
	for (int i = 0; i < HELD_SETS; i++) assert_int_equal(c->held[i], want[i]);
	assert_memory_equal(&st.counts[GRANULARITIES], c, sizeof *c);
	assert_string_equal(mask_held_name[0], "none");
	assert_string_equal(mask_held_name[1], "semantic");
	assert_string_equal(mask_held_name[2], "instance");
	assert_string_equal(mask_held_name[3], "semantic+instance");
	assert_string_equal(mask_held_name[4], "random");
	assert_string_equal(mask_held_name[5], "semantic+random");
	assert_string_equal(mask_held_name[6], "instance+random");
	assert_string_equal(mask_held_name[7], "all");
}

static void realised_by_hand(void **state) {
	(void)state;
	static const char *const s = "####" "####" "...." "....", *const i = "####" "...." "####" "....", *const r = "##.." "##.." "##.." "##..";
	by_hand(s, i, r, s);
	d.mix[0] = 0.6, d.mix[1] = 0.4;
	mask_stats_of(&options, &d, &st);
	assert_realised(RGB, 1, 0, 0);
	by_hand(s, i, r, i);
	mask_stats_of(&options, &d, &st);
	assert_realised(RGB, 0, 1, 0);
	by_hand(s, i, r, r);
	mask_stats_of(&options, &d, &st);
	assert_realised(RGB, 0, 0, 1);
	/* half of what semantic and instance dispute, from each; the random mask cuts both in half */
	by_hand(s, i, r, "####" ".##." ".##." "....");
	mask_stats_of(&options, &d, &st);
	assert_realised(RGB, 0.5, 0.5, 0);
	/* three quarters semantic, on the edge of the triangle: 6 of 8 semantic patches stay, 2 come from instance */
	by_hand("####" "####" "...." "....", "...." "...." "####" "####", "####" "####" "...." "....", "####" "##.." "##.." "....");
	d.mix[0] = d.mix[2] = 0.5; /* semantic and random are the same mask: their share is split as requested */
	mask_stats_of(&options, &d, &st);
	assert_realised(RGB, 0.375, 0.25, 0.375);
	/* nothing can be told apart: as requested */
	by_hand(s, s, s, s);
	d.mix[0] = 0.2, d.mix[1] = 0.5, d.mix[2] = 0.3;
	mask_stats_of(&options, &d, &st);
	assert_realised(RGB, 0.2, 0.5, 0.3);
	assert_realised(GRANULARITIES, 0.2, 0.5, 0.3);
}

/* Against a fine search over the triangle. */
static void realised_is_the_nearest_blend(void **state) {
	(void)state;
	struct rng r;
	rng_init(&r, 1, RNG_INIT, 0, 0);
	for (int round = 0; round < 200; round++) {
		by_hand("", "", "", "");
		for (int p = 0; p < 16; p++) {
			for (int j = 0; j < SOURCES; j++) d.source[RGB][j][p] = (uint8_t)rng_below(&r, 2);
			d.final[RGB][p] = rng_below(&r, 3) ? d.source[RGB][rng_below(&r, SOURCES)][p] : (uint8_t)rng_below(&r, 2);
			d.visible[RGB] -= d.final[RGB][p];
		}
		d.mix[0] = d.mix[1] = d.mix[2] = 1.0 / 3;
		mask_stats_of(&options, &d, &st);
		double least = 1e9, got = 0, total = 0;
		for (int a = 0; a <= 100; a++)
			for (int b = 0; a + b <= 100; b++) {
				double e = 0;
				for (int p = 0; p < 16; p++) {
					double m = 0.01 * a * d.source[RGB][0][p] + 0.01 * b * d.source[RGB][1][p] + 0.01 * (100 - a - b) * d.source[RGB][2][p];
					e += (d.final[RGB][p] - m) * (d.final[RGB][p] - m);
				}
				least = fmin(least, e);
			}
		for (int j = 0; j < SOURCES; j++) {
			assert_true(st.realised[RGB][j] >= 0);
			total += st.realised[RGB][j];
		}
		for (int p = 0; p < 16; p++) {
			double m = 0;
			for (int j = 0; j < SOURCES; j++) m += st.realised[RGB][j] * d.source[RGB][j][p];
			got += (d.final[RGB][p] - m) * (d.final[RGB][p] - m);
		}
		assert_true(fabs(total - 1) <= 1e-12);
		assert_true(got <= least + 1e-5);
	}
}

static void components_by_hand(void **state) {
	(void)state;
	/* diagonal neighbours don't touch; a ring is one component */
	static const struct { const char *final; int components, largest; } cases[] = {
		{"...." "...." "...." "....", 0, 0}, {"####" "####" "####" "####", 1, 16}, {"#.#." ".#.#" "#.#." ".#.#", 8, 1},
		{"##.." "##.." "..##" "..##", 2, 4}, {"####" "#..#" "#..#" "####", 1, 12}, {"#..#" "...." "...." "#..#", 4, 1},
		{"###." "..#." "#.##" "#...", 2, 6},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		by_hand(cases[i].final, cases[i].final, cases[i].final, cases[i].final);
		mask_stats_of(&options, &d, &st);
		assert_int_equal(st.counts[RGB].components, cases[i].components);
		assert_int_equal(st.counts[RGB].largest, cases[i].largest);
	}
}

static void regions_and_objects_by_hand(void **state) {
	(void)state;
	static const char *const m = "####" "##.." "#..." "...#";
	by_hand(m, m, m, m); /* K = 8 of 16 */
	for (int p = 0; p < 16; p++) d.semantic[p] = p < 8 ? 3 : p < 12 ? 9 : UNLABELLED;
	for (int p = 0; p < 4; p++) d.instance[p] = 1;
	mask_stats_of(&options, &d, &st);
	assert_int_equal(st.regions, 3);
	static const int want[3][4] = {{3, 8, 4, 6}, {9, 4, 2, 1}, {UNLABELLED, 4, 2, 1}};
	for (int i = 0; i < 3; i++) {
		const struct mask_region *r = &st.region[i];
		assert_int_equal(r->label, want[i][0]);
		assert_int_equal(r->patches, want[i][1]);
		assert_int_equal(r->quota[RGB], want[i][2]);
		assert_int_equal(r->masked[RGB], want[i][3]);
	}
	const struct mask_counts *c = &st.counts[RGB];
	assert_int_equal(c->object, 4);
	assert_int_equal(c->object_quota, 4); /* min(4, round(0.75 * 8)) */
	assert_int_equal(c->object_masked, 4);
	assert_int_equal(c->background, 12);
	assert_int_equal(c->background_masked, 4);
}

/* --- real draws ----------------------------------------------------------------------------------------------------- */

static uint8_t semantic_cells[PATCHES_MAX * CELLS], instance_cells[PATCHES_MAX * CELLS];

/* Sky over ground, a square object of class 5. */
static void scene(int side) {
	int w = side * CELLS_SIDE;
	for (int y = 0; y < w; y++)
		for (int x = 0; x < w; x++) {
			bool object = x >= w / 4 && x < 3 * w / 4 && y >= w / 4 && y < 5 * w / 8;
			semantic_cells[y * w + x] = (uint8_t)(object ? 5 : y < w / 2 ? 1 : y < 7 * w / 8 ? 2 : UNLABELLED);
			instance_cells[y * w + x] = object;
		}
}

static void draw(double a, double b, double c, uint32_t index) {
	const double mix[SOURCES] = {a, b, c};
	mask_draw(&options, mix, 0, index, semantic_cells, instance_cells, &d);
	mask_stats_of(&options, &d, &st);
}

/* Whether the two guided masks differ: with everything masked, they can't. */
static bool told_apart(int row) {
	const int64_t *sets = st.counts[row].sets;
	return sets[1] + sets[2] + sets[5] + sets[6] > 0;
}

/* The point of it all: alpha crosses beta, and the realised mix jumps. */
static void the_switch_shows(void **state) {
	(void)state;
	scene(8);
	for (uint32_t s = 0; s < 50; s++) {
		draw(0.51, 0.49, 0, s);
		for (int row = 0; row < MASK_ROWS; row++)
			if (told_apart(row)) assert_realised(row, 1, 0, 0);
		draw(0.49, 0.51, 0, s);
		for (int row = 0; row < MASK_ROWS; row++)
			if (told_apart(row)) assert_realised(row, 0, 1, 0);
	}
	assert_true(told_apart(GRANULARITIES));
	double alpha = 0;
	for (uint32_t s = 0; s < 400; s++) {
		draw(0.5, 0.5, 0, s);
		alpha += st.realised[GRANULARITIES][0] / 400;
	}
	assert_true(fabs(alpha - 0.5) <= 0.03);
}

static void sampling_realises_the_mix_on_average(void **state) {
	(void)state;
	enum { DRAWS = 3000 };
	scene(8);
	options.blend = BLEND_SAMPLE;
	for (uint32_t s = 0; s < DRAWS; s++) {
		draw(0.6, 0.1, 0.3, s);
		mask_summary_add(&summary, &options, &d, &st);
	}
	const double want[SOURCES] = {0.6, 0.1, 0.3};
	for (int j = 0; j < SOURCES; j++) {
		assert_true(fabs(summary.total.realised[GRANULARITIES][j] - want[j]) <= 0.03);
		assert_true(fabs((double)summary.chosen[j] / DRAWS - want[j]) <= 0.03);
		assert_true(fabs(summary.total.requested[j] / DRAWS - want[j]) <= 1e-9);
	}
}

static void a_summary_adds_up(void **state) {
	(void)state;
	enum { DRAWS = 200 };
	int64_t visible = 0, masked = 0, object = 0, held = 0, classes = 0, quota = 0, in_class = 0, position = 0;
	options.generator = MASK_RANDOM;
	scene(8);
	for (uint32_t s = 0; s < DRAWS; s++) {
		draw(0, 0, 1, s);
		mask_summary_add(&summary, &options, &d, &st);
		for (int g = 0; g < GRANULARITIES; g++) {
			visible += st.counts[g].visible;
			object += st.counts[g].object_masked;
		}
	}
	const struct mask_stats *total = &summary.total;
	assert_int_equal(total->draws, DRAWS);
	assert_int_equal(visible, DRAWS * 32);
	assert_int_equal(total->counts[GRANULARITIES].visible, visible);
	assert_int_equal(total->counts[GRANULARITIES].object_masked, object);
	for (int i = 0; i < HELD_SETS; i++) held += total->counts[GRANULARITIES].held[i];
	masked = total->counts[GRANULARITIES].masked;
	assert_int_equal(masked, DRAWS * 160);
	assert_int_equal(held, masked);
	assert_int_equal(total->regions, options.classes + 1);
	for (int i = 0; i < total->regions; i++) {
		classes += total->region[i].patches;
		for (int g = 0; g < GRANULARITIES; g++) quota += total->region[i].quota[g], in_class += total->region[i].masked[g];
	}
	assert_int_equal(classes, DRAWS * 64);
	assert_int_equal(quota, masked);
	assert_int_equal(in_class, masked);
	assert_int_equal(total->region[5].patches, DRAWS * 12);
	assert_int_equal(total->region[options.classes].patches, DRAWS * 8);
	for (int g = 0; g < GRANULARITIES; g++) {
		int64_t draws = 0, sum = 0;
		for (int n = 0; n <= 64; n++) draws += summary.visible[g][n], sum += n * summary.visible[g][n];
		assert_int_equal(draws, DRAWS);
		assert_int_equal(sum, total->counts[g].visible);
		for (int p = 0; p < 64; p++) position += summary.position[g][p];
	}
	assert_int_equal(position, masked);
}

/* --- printed -------------------------------------------------------------------------------------------------------- */

static const char *name(const void *context, int label) { return label == 1 ? context : NULL; }

/* Runs PRINT into memory; the text is the caller's. */
static char *printed(void (*print)(FILE *f)) {
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	assert_non_null(f);
	print(f);
	fclose(f);
	return text;
}

static bool unicode, colour;
static void print_draw(FILE *f) { mask_print(f, &d, &st, &(struct mask_names){name, "sky, \"wide\" and other things that make a long name for a class"}, unicode, colour); }
static void print_summary(FILE *f) { mask_summary_print(f, &summary, NULL, unicode); }
static void print_csv(FILE *f) { assert_int_equal(mask_csv(f, &d), 0); }
static void print_summary_csv(FILE *f) { assert_int_equal(mask_summary_csv(f, &summary, &(struct mask_names){name, "sky, \"wide\""}, 1200), 0); }

/* Columns of the widest line: bytes that don't continue a UTF-8 character. */
static int width(const char *text, bool *ascii) {
	int widest = 0, w = 0;
	*ascii = true;
	for (; *text; text++) {
		if (*text & 0x80 || *text == '\033') *ascii = false;
		if (*text == '\n')
			w = 0;
		else if ((*text & 0xc0) != 0x80 && ++w > widest)
			widest = w;
	}
	return widest;
}

static void text_fits_eighty_columns(void **state) {
	(void)state;
	static const int sides[] = {1, 2, 3, 8, 9, 14, 16, 17, 24, 32};
	for (size_t i = 0; i < sizeof sides / sizeof *sides; i++)
		for (int u = 0; u < 2; u++) {
			bool ascii;
			options.side = sides[i];
			options.visible = sides[i] * sides[i];
			memset(&summary, 0, sizeof summary);
			scene(sides[i]);
			draw(0.4, 0.3, 0.3, 5);
			mask_summary_add(&summary, &options, &d, &st);
			mask_summary_add(&summary, &options, &d, &st);
			unicode = u, colour = false;
			char *text = printed(print_draw);
			if (width(text, &ascii) > 80 || ascii == unicode) fail_msg("side %d, unicode %d:\n%s", sides[i], u, text);
			free(text);
			text = printed(print_summary);
			if (width(text, &ascii) > 80 || (!unicode && !ascii)) fail_msg("side %d, unicode %d:\n%s", sides[i], u, text);
			free(text);
		}
}

/* Colour changes nothing but the colour. */
static void colour_is_never_the_only_sign(void **state) {
	(void)state;
	scene(8);
	draw(0.4, 0.3, 0.3, 5);
	unicode = true, colour = false;
	char *plain = printed(print_draw);
	colour = true;
	char *coloured = printed(print_draw), *to = coloured;
	for (char *from = coloured; *from; from++) {
		if (*from == '\033')
			from = strchr(from, 'm');
		else
			*to++ = *from;
	}
	assert_true(to < coloured + strlen(coloured)); /* there was colour */
	*to = '\0';
	assert_string_equal(coloured, plain);
	free(plain);
	free(coloured);
}

static void glyphs_say_who_holds_a_patch(void **state) {
	(void)state;
	by_hand("####" "##.." "##.." "....", "####" "..##" "..##" "....", "##.." "####" "...." "##..", "#.#." "#.#." "#.#." "#.#.");
	d.semantic[3] = 1;
	mask_stats_of(&options, &d, &st);
	unicode = colour = false;
	char *text = printed(print_draw);
	assert_non_null(strstr(text, "rgb       # # # #  # # # #  # # . .  # . + ."));
	assert_non_null(strstr(text, "n 8       # # . .  . . # #  # # # #  + . + ."));
	assert_non_null(strstr(text, "K 8       # # . .  . . # #  . . . .  s . i ."));
	assert_non_null(strstr(text, "          . . . .  . . . .  # # . .  r . o ."));
	assert_non_null(strstr(text, "labels    a a a b"));
	assert_non_null(strstr(text, "a class 0 "));
	assert_non_null(strstr(text, "b sky, "));
	free(text);
}

static void assert_begins(const char *text, const char *start) {
	if (strncmp(text, start, strlen(start)) != 0) fail_msg("begins with\n%.*s", (int)strlen(start), text);
}

static void csv_has_a_row_a_patch(void **state) {
	(void)state;
	by_hand("####" "##.." "##.." "....", "####" "..##" "..##" "....", "##.." "####" "...." "##..", "#.#." "#.#." "#.#." "#.#.");
	d.semantic[6] = UNLABELLED;
	d.instance[6] = 2;
	char *text = printed(print_csv);
	int lines = 0;
	for (char *p = text; *p; p++) lines += *p == '\n';
	assert_int_equal(lines, 17);
	assert_begins(text, "granularity,row,col,semantic_label,instance_label,m_semantic,m_instance,m_random,final\nrgb,0,0,0,0,1,1,1,1\n");
	assert_non_null(strstr(text, "\nrgb,1,2,255,2,0,1,1,1\n"));
	free(text);
}

static void summary_csv_is_long_and_quoted(void **state) {
	(void)state;
	scene(8);
	for (uint32_t s = 0; s < 10; s++) {
		draw(0.7, 0.3, 0, s);
		mask_summary_add(&summary, &options, &d, &st);
	}
	char *text = printed(print_summary_csv);
	assert_begins(text, "step,granularity,quantity,key,value\n1200,all,samples,,10\n1200,all,requested,semantic,0.7\n");
	assert_non_null(strstr(text, "1200,all,class_area,\"sky, \"\"wide\"\"\",0."));
	assert_non_null(strstr(text, "1200,all,class_area,class 5,0.1875\n"));
	assert_non_null(strstr(text, "1200,rgb,class_masked,unlabelled,"));
	assert_non_null(strstr(text, "1200,rgb,realised,semantic,"));
	assert_non_null(strstr(text, "1200,all,visible_mean,,32\n"));
	assert_non_null(strstr(text, "1200,semseg,position_masked,63,"));
	int counts = 0; /* the histogram's counts sum to the samples */
	for (char *p = text; (p = strstr(p, "rgb,visible_count,")); p++) counts += atoi(strchr(p + 18, ',') + 1);
	assert_int_equal(counts, 10);
	free(text);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_effective_mix_by_hand, setup),
		cmocka_unit_test_setup(realised_by_hand, setup),
		cmocka_unit_test_setup(realised_is_the_nearest_blend, setup),
		cmocka_unit_test_setup(components_by_hand, setup),
		cmocka_unit_test_setup(regions_and_objects_by_hand, setup),
		cmocka_unit_test_setup(the_switch_shows, setup),
		cmocka_unit_test_setup(sampling_realises_the_mix_on_average, setup),
		cmocka_unit_test_setup(a_summary_adds_up, setup),
		cmocka_unit_test_setup(text_fits_eighty_columns, setup),
		cmocka_unit_test_setup(colour_is_never_the_only_sign, setup),
		cmocka_unit_test_setup(glyphs_say_who_holds_a_patch, setup),
		cmocka_unit_test_setup(csv_has_a_row_a_patch, setup),
		cmocka_unit_test_setup(summary_csv_is_long_and_quoted, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
