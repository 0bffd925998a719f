/* tests/unit/curriculum_test.c -- the mix over time, the text format, the knots. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/err.h"
#include "engine/base/rng.h"
#include "engine/mask/curriculum.h"

static void assert_same(const struct curriculum *a, const struct curriculum *b) {
	assert_string_equal(a->name, b->name);
	assert_int_equal(a->interpolation, b->interpolation);
	assert_int_equal(a->count, b->count);
	for (int i = 0; i < a->count; i++) assert_memory_equal(&a->knots[i], &b->knots[i], sizeof a->knots[i]);
}

static void assert_mix(const struct curriculum *c, double t, double alpha, double beta, double gamma) {
	double mix[SOURCES];
	const double want[SOURCES] = {alpha, beta, gamma};
	curriculum_at(c, t, mix);
	for (int j = 0; j < SOURCES; j++)
		if (!(fabs(mix[j] - want[j]) <= 1e-12)) fail_msg("%s at %g: %s is %.17g, not %.17g", c->name, t, mask_source_name[j], mix[j], want[j]);
}

static void presets_are_the_specification(void **state) {
	(void)state;
	static const char *const names[] = {"sg-ig-rd", "ig-sg-rd", "rd-ig-sg", "sg", "ig", "rd"};
	static const int source[][3] = {{0, 1, 2}, {1, 0, 2}, {2, 1, 0}, {0, 0, 0}, {1, 1, 1}, {2, 2, 2}};
	struct curriculum c;
	const char *const *list = curriculum_presets();
	for (int i = 0; i < 6; i++) {
		assert_string_equal(list[i], names[i]);
		assert_int_equal(curriculum_preset(&c, names[i]), 0);
		assert_string_equal(c.name, names[i]);
		assert_int_equal(c.interpolation, INTERPOLATE_LINEAR);
		for (int k = 0; k < 3; k++) {
			double mix[SOURCES] = {0};
			mix[source[i][k]] = 1;
			assert_mix(&c, 0.5 * k, mix[0], mix[1], mix[2]);
			assert_int_equal(curriculum_phase(&c, 0.5 * k), source[i][k]);
		}
	}
	assert_null(list[6]);
	struct curriculum before = c;
	assert_int_equal(curriculum_preset(&c, "gs"), ERR_ARGUMENT);
	assert_same(&before, &c);
	for (int i = 0; i < 6; i++) assert_non_null(strstr(err_message(), names[i]));
}

static void interpolations(void **state) {
	(void)state;
	struct curriculum c;
	curriculum_preset(&c, "sg-ig-rd");
	assert_mix(&c, 0.125, 0.75, 0.25, 0);
	assert_mix(&c, 0.25, 0.5, 0.5, 0);
	assert_mix(&c, 0.875, 0, 0.25, 0.75);
	c.interpolation = INTERPOLATE_COSINE;
	double quarter = 0.5 - 0.5 * cos(M_PI / 4); /* a quarter of the way */
	assert_mix(&c, 0.125, 1 - quarter, quarter, 0);
	assert_mix(&c, 0.25, 0.5, 0.5, 0);
	assert_mix(&c, 0.5, 0, 1, 0);
	c.interpolation = INTERPOLATE_STEP;
	assert_mix(&c, 0.499999, 1, 0, 0);
	assert_mix(&c, 0.5, 0, 1, 0);
	assert_mix(&c, 0.999999, 0, 1, 0);
	assert_mix(&c, 1, 0, 0, 1);
}

static void time_is_clamped_and_ends_hold(void **state) {
	(void)state;
	struct curriculum c;
	assert_int_equal(curriculum_parse(&c, "0.25 1 0 0\n0.75 0 0 1\n", "ends"), 0);
	for (int how = 0; how < INTERPOLATIONS; how++) {
		c.interpolation = how;
		assert_mix(&c, 0, 1, 0, 0);
		assert_mix(&c, 0.25, 1, 0, 0);
		assert_mix(&c, 0.75, 0, 0, 1);
		assert_mix(&c, 1, 0, 0, 1);
		assert_mix(&c, -3, 1, 0, 0);
		assert_mix(&c, 7, 0, 0, 1);
		assert_mix(&c, NAN, 1, 0, 0);
	}
}

static void phase_ties_go_to_the_later_source(void **state) {
	(void)state;
	struct curriculum c;
	curriculum_preset(&c, "sg-ig-rd");
	assert_int_equal(curriculum_phase(&c, 0.249), SOURCE_SEMANTIC);
	assert_int_equal(curriculum_phase(&c, 0.25), SOURCE_INSTANCE);
	assert_int_equal(curriculum_phase(&c, 0.749), SOURCE_INSTANCE);
	assert_int_equal(curriculum_phase(&c, 0.75), SOURCE_RANDOM);
	assert_int_equal(curriculum_parse(&c, "0 0.3333333333 0.3333333333 0.3333333334", "thirds"), 0);
	assert_int_equal(curriculum_phase(&c, 0), SOURCE_RANDOM);
}

static void random_curriculum(struct rng *r, struct curriculum *c) {
	*c = (struct curriculum){.interpolation = rng_below(r, INTERPOLATIONS)};
	int wanted = 1 + (int)rng_below(r, KNOTS_MAX);
	while (c->count < wanted) {
		double a = rng_uniform(r), b = rng_uniform(r) * (1 - a), mix[] = {a, b, 1 - a - b};
		assert_int_equal(curriculum_set_knot(c, rng_uniform(r), mix), 0);
	}
	strcpy(c->name, "random");
}

static void text_round_trips_bit_for_bit(void **state) {
	(void)state;
	struct rng r;
	rng_init(&r, 1, RNG_INIT, 0, 0);
	for (int i = 0; i < 300; i++) {
		struct curriculum c, back;
		char text[8192], again[8192];
		random_curriculum(&r, &c);
		size_t n = curriculum_format(&c, text, sizeof text);
		assert_true(n < sizeof text && n == strlen(text));
		assert_int_equal(curriculum_parse(&back, text, "random"), 0);
		assert_same(&c, &back);
		curriculum_format(&back, again, sizeof again);
		assert_string_equal(text, again);
		for (double t = 0; t <= 1; t += 0.01) {
			double mix[SOURCES];
			curriculum_at(&c, t, mix);
			assert_true(fabs(mix[0] + mix[1] + mix[2] - 1) <= 1e-12);
		}
	}
}

static void format_counts_as_snprintf_does(void **state) {
	(void)state;
	struct curriculum c;
	char text[64], small[10];
	curriculum_preset(&c, "sg-ig-rd");
	size_t n = curriculum_format(&c, text, sizeof text);
	assert_string_equal(text, "interpolation linear\n0 1 0 0\n0.5 0 1 0\n1 0 0 1\n");
	assert_int_equal(curriculum_format(&c, NULL, 0), n);
	assert_int_equal(curriculum_format(&c, small, sizeof small), n);
	assert_string_equal(small, "interpola");
}

static void text_is_forgiving_where_it_may_be(void **state) {
	(void)state;
	struct curriculum c, want;
	curriculum_preset(&want, "sg-ig-rd");
	assert_int_equal(curriculum_parse(&c, "# a\r\n\r\n\tinterpolation\tlinear # b\r\n0 1 0 -0\r\n 5e-1 0 1.0 0#c\n1 0 0 1", "some/where/sg-ig-rd.txt"), 0);
	assert_same(&want, &c);
	assert_int_equal(curriculum_parse(&c, "0 1 0 0", "a-name-that-is-longer-than-the-room-for-it.txt"), 0);
	assert_string_equal(c.name, "a-name-that-is-longer-than-the-");
	/* thirds written with six digits are scaled to sum to 1 */
	assert_int_equal(curriculum_parse(&c, "0 0.333333 0.333333 0.333333", "thirds"), 0);
	assert_true(fabs(c.knots[0].mix[0] + c.knots[0].mix[1] + c.knots[0].mix[2] - 1) <= 1e-15);
}

static void bad_text_names_its_line_and_changes_nothing(void **state) {
	(void)state;
	static const struct { const char *text; int line; } bad[] = {
		{"interpolation linear\n0 1 0\n", 2},
		{"0 1 0 0 0\n", 1},
		{"0 1 0 0\n\n# x\n0 0 1 0\n", 4},             /* the same t */
		{"0.5 1 0 0\n0.4 0 1 0\n", 2},                /* descending */
		{"0 1 0 0\n1.1 0 1 0\n", 2},
		{"-0.1 1 0 0\n", 1},
		{"0 0.5 0.4 0\n", 1},                         /* sums to 0.9 */
		{"0 1.5 -0.5 0\n", 1},
		{"0 nan 0 1\n", 1},
		{"nan 0 0 1\n", 1},
		{"0 inf 0 0\n", 1},
		{"0 1e999 0 0\n", 1},
		{"0 1 0 0x\n", 1},
		{"0,1,0,0\n", 1},
		{"interpolation cubic\n0 1 0 0\n", 1},
		{"interpolation\n0 1 0 0\n", 1},
		{"interpolationlinear\n0 1 0 0\n", 1},
		{"interpolation linear linear\n0 1 0 0\n", 1},
		{"interpolation linear\n0 1 0 0\ninterpolation step\n", 3},
		{"smooth\n0 1 0 0\n", 1},
	};
	struct curriculum c, before;
	curriculum_preset(&before, "ig");
	c = before;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char line[32];
		snprintf(line, sizeof line, "file line %d:", bad[i].line);
		assert_int_equal(curriculum_parse(&c, bad[i].text, "file"), ERR_FORMAT);
		if (!strstr(err_message(), line)) fail_msg("case %zu: %s", i, err_message());
		assert_same(&before, &c);
	}
	assert_int_equal(curriculum_parse(&c, "# nothing\n", "file"), ERR_FORMAT);
	char many[4096] = "";
	for (int i = 0; i <= KNOTS_MAX; i++) sprintf(many + strlen(many), "%g 1 0 0\n", i / 100.0);
	assert_int_equal(curriculum_parse(&c, many, "file"), ERR_FORMAT);
	assert_non_null(strstr(err_message(), "line 65"));
	char wide[2000];
	memset(wide, ' ', sizeof wide);
	strcpy(wide + sizeof wide - 10, "0 1 0 0\n");
	assert_int_equal(curriculum_parse(&c, wide, "file"), ERR_FORMAT);
	assert_same(&before, &c);
}

static void knots_are_added_replaced_removed(void **state) {
	(void)state;
	struct curriculum c;
	const double ig[] = {0, 1, 0}, half[] = {0.5, 0.5, 0}, bad[] = {0.5, 0.4, 0}, wrong[] = {2, -1, 0}, none[] = {NAN, 1, 0};
	curriculum_preset(&c, "sg-ig-rd");
	assert_int_equal(curriculum_set_knot(&c, 0.25, ig), 0);
	assert_int_equal(c.count, 4);
	assert_true(c.knots[1].t == 0.25 && c.knots[2].t == 0.5 && c.knots[3].t == 1);
	assert_string_equal(c.name, "edited");
	assert_mix(&c, 0.125, 0.5, 0.5, 0);
	assert_int_equal(curriculum_set_knot(&c, 0.25 + 1e-10, half), 0); /* the same knot */
	assert_int_equal(c.count, 4);
	assert_true(c.knots[1].t == 0.25);
	assert_mix(&c, 0.25, 0.5, 0.5, 0);
	struct curriculum before = c;
	assert_int_equal(curriculum_set_knot(&c, 0.3, bad), ERR_ARGUMENT);
	assert_int_equal(curriculum_set_knot(&c, 0.3, wrong), ERR_ARGUMENT);
	assert_int_equal(curriculum_set_knot(&c, 0.3, none), ERR_ARGUMENT);
	assert_int_equal(curriculum_set_knot(&c, 1.5, half), ERR_ARGUMENT);
	assert_int_equal(curriculum_set_knot(&c, NAN, half), ERR_ARGUMENT);
	assert_int_equal(curriculum_remove_knot(&c, 0.3), ERR_ARGUMENT);
	assert_non_null(strstr(err_message(), "0, 0.25, 0.5, 1"));
	assert_same(&before, &c);
	assert_int_equal(curriculum_remove_knot(&c, 0), 0);
	assert_int_equal(curriculum_remove_knot(&c, 1), 0);
	assert_int_equal(curriculum_remove_knot(&c, 0.5), 0);
	assert_mix(&c, 0.9, 0.5, 0.5, 0);
	assert_int_equal(curriculum_remove_knot(&c, 0.25), ERR_ARGUMENT); /* the only one */
	for (int i = 1; c.count < KNOTS_MAX; i++) assert_int_equal(curriculum_set_knot(&c, 0.001 * i, ig), 0);
	assert_int_equal(curriculum_set_knot(&c, 0.99, ig), ERR_ARGUMENT);
	assert_int_equal(curriculum_set_knot(&c, 0.001, half), 0); /* replacing still works */
}

static void assets_are_the_presets(void **state) {
	(void)state;
	for (const char *const *name = curriculum_presets(); *name; name++) {
		struct curriculum preset, file;
		char path[128];
		snprintf(path, sizeof path, "assets/curricula/%s.txt", *name);
		assert_int_equal(curriculum_preset(&preset, *name), 0);
		if (curriculum_load(&file, path) != 0) fail_msg("%s", err_message());
		assert_same(&preset, &file);
	}
	struct curriculum example;
	assert_int_equal(curriculum_load(&example, "assets/curricula/example.txt"), 0);
	assert_int_equal(example.interpolation, INTERPOLATE_COSINE);
	assert_int_equal(example.count, 4);
	assert_mix(&example, 0.15, 0.7, 0.2, 0.1);
}

static void files_round_trip_and_fail_with_a_sentence(void **state) {
	(void)state;
	char folder[] = "/tmp/curriculum_test_XXXXXX", path[64], inner[80];
	struct curriculum c, back;
	struct rng r;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/random.txt", folder);
	rng_init(&r, 2, RNG_INIT, 0, 0);
	random_curriculum(&r, &c);
	assert_int_equal(curriculum_save(&c, path), 0);
	assert_int_equal(curriculum_load(&back, path), 0);
	assert_same(&c, &back);
	assert_int_equal(curriculum_save(&c, path), 0); /* over the old one */
	snprintf(inner, sizeof inner, "%s/no/random.txt", folder);
	assert_int_equal(curriculum_save(&c, inner), ERR_FILE);
	assert_int_equal(curriculum_load(&back, inner), ERR_FILE);
	assert_int_equal(curriculum_load(&back, folder), ERR_FILE); /* a folder is no file */
	FILE *f = fopen(path, "wb");
	fwrite("0 1 0 0\n\0", 1, 9, f);
	fclose(f);
	assert_int_equal(curriculum_load(&back, path), ERR_FORMAT);
	f = fopen(path, "wb");
	for (int i = 0; i < 100000; i++) putc('\n', f);
	fclose(f);
	assert_int_equal(curriculum_load(&back, path), ERR_FORMAT);
	assert_same(&c, &back);
	remove(path);
	assert_int_equal(rmdir(folder), 0); /* nothing was left behind */
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(presets_are_the_specification),
		cmocka_unit_test(interpolations),
		cmocka_unit_test(time_is_clamped_and_ends_hold),
		cmocka_unit_test(phase_ties_go_to_the_later_source),
		cmocka_unit_test(text_round_trips_bit_for_bit),
		cmocka_unit_test(format_counts_as_snprintf_does),
		cmocka_unit_test(text_is_forgiving_where_it_may_be),
		cmocka_unit_test(bad_text_names_its_line_and_changes_nothing),
		cmocka_unit_test(knots_are_added_replaced_removed),
		cmocka_unit_test(assets_are_the_presets),
		cmocka_unit_test(files_round_trip_and_fail_with_a_sentence),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
