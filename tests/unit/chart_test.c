/* tests/unit/chart_test.c -- charts: golden screens, any size and any numbers, spikes and gaps, the map between x and columns. */
#include <float.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "engine/base/rng.h"
#include "tests/unit/golden_grid.h"
#include "tui/chart.h"

static const struct look looks[] = {{CHARSET_ASCII, COLOURS_NONE}, {CHARSET_HALF_BLOCK, COLOURS_16}, {CHARSET_BRAILLE, COLOURS_TRUE}};

enum { STEPS = 5000, VALS = 10 };
static double steps[STEPS], semseg[STEPS], instance[STEPS], rgb[STEPS], val_step[VALS], val[VALS];
static const struct chart_line phases[] = {{0, 's', {0x2F87CC, COLOUR_DEFAULT, 0}, "semantic"}, {2500, 'i', {0xC08000, COLOUR_DEFAULT, 0}, "instance"}};

/* A run as they look: falling curves with noise, a spike of one step, a NaN. */
static void make_run(void) {
	for (int i = 0; i < STEPS; i++) {
		double noise = (i * 7919 % 101 - 50) / 1000.0;
		steps[i] = i;
		semseg[i] = 0.3 + 2 / (1 + i / 400.0) + noise;
		instance[i] = 0.5 + 1.5 / (1 + i / 700.0) + 2 * noise;
		rgb[i] = 1 + 0.9 / (1 + i / 2000.0);
	}
	instance[3000] = 4;
	semseg[1000] = NAN;
	for (int i = 0; i < VALS; i++) val_step[i] = 500 * i, val[i] = 0.6 + 1.2 / (1 + i);
}

static struct series run[4];

static void make_series(void) {
	make_run();
	run[0] = (struct series){"sem", theme_granularity[SEMSEG], 's', STEPS, steps, semseg, false};
	run[1] = (struct series){"ins", theme_granularity[INSTANCE], 'i', STEPS, steps, instance, false};
	run[2] = (struct series){"rgb", theme_granularity[RGB], 'r', STEPS, steps, rgb, false};
	run[3] = (struct series){"val", theme_title, 'V', VALS, val_step, val, true};
}

static void golden_charts(void **state) {
	(void)state;
	static const struct { const char *name; int width, height, look; bool log; double crosshair, x0, x1; } rows[] = {
		{"chart_80x20_braille", 80, 20, 2, false, NAN, 0, 5000},     {"chart_80x20_half_block", 80, 20, 1, false, NAN, 0, 5000},
		{"chart_80x20_ascii", 80, 20, 0, false, NAN, 0, 5000},       {"chart_120x30_log_crosshair", 120, 30, 2, true, 3300, 0, 5000},
		{"chart_40x10_log", 40, 10, 2, true, NAN, 0, 5000},          {"chart_40x10_zoom", 40, 10, 2, false, 2992, 2990, 3010},
		{"chart_24x6", 24, 6, 2, false, NAN, 0, 5000},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct grid g;
		struct chart c = {.x0 = rows[i].x0, .x1 = rows[i].x1, .log = rows[i].log, .x_name = "step", .y_name = "loss", .lines = phases, .line_count = 2, .crosshair = rows[i].crosshair};
		assert_int_equal(grid_new(&g, rows[i].width, rows[i].height), 0);
		chart_draw(&c, g, looks[rows[i].look], run, 4);
		golden_compare(&g, rows[i].name);
		free(g.cells);
	}
}

/* Small ones and odd ones side by side: 1 x 1 ... 12 x 4; constant, one point, nothing, a gap; eighth-block curves and bars. */
static void golden_small(void **state) {
	(void)state;
	struct grid g;
	assert_int_equal(grid_new(&g, 78, 28), 0);
	struct chart c = {.x0 = 0, .x1 = 4999, .crosshair = NAN};
	for (int w = 1, x = 0; w <= 12; x += w + 1, w += w < 5 ? 1 : 3) {
		struct grid part = grid_part(&g, x, 0, w, (w + 3) / 2);
		chart_draw(&c, part, looks[2], run, 2);
	}
	static const double x[] = {0, 1, 2, 3, 4}, same[] = {2, 2, 2, 2, 2}, gap[] = {1, 2, NAN, 2, 1}, below[] = {1e-5, 1e-3, -1, 1e-1, 1}, tiny[] = {1.0000001, 1.0000002, 1.0000003, 1.0000004, 1.0000005};
	static const double *const list[] = {same, gap, below, tiny};
	for (int i = 0; i < 4; i++) {
		struct series s = {"y", theme_source[0], 'y', 5, x, list[i], false};
		c = (struct chart){.x0 = 0, .x1 = 4, .log = i == 2, .crosshair = NAN};
		struct grid part = grid_part(&g, 40 * (i % 2), 8 + 9 * (i / 2), 38, 8);
		chart_draw(&c, part, looks[2], &s, 1);
	}
	struct series one = {"one", theme_source[1], 'o', 1, x, same, false}, nothing = {"none", theme_source[1], 'n', 0, NULL, NULL, false};
	c = (struct chart){.crosshair = NAN};
	chart_draw(&c, grid_part(&g, 40, 0, 18, 7), looks[2], &one, 1);
	chart_draw(&c, grid_part(&g, 60, 0, 18, 7), looks[2], &nothing, 1);
	for (int k = 0; k < 3; k++) chart_spark(grid_part(&g, 26 * k, 26, 25, 1), looks[k], theme_source[0], instance, STEPS);
	chart_bar(grid_part(&g, 0, 27, 30, 1), looks[2], theme_good, 0.4, "40 %, 3:12 left");
	chart_bar(grid_part(&g, 32, 27, 10, 1), looks[0], theme_good, 0.01, NULL);
	chart_bar(grid_part(&g, 44, 27, 10, 1), looks[2], theme_good, NAN, "nan");
	chart_bar(grid_part(&g, 56, 27, 10, 1), looks[2], theme_good, 7, "all of it and more");
	golden_compare(&g, "chart_small");
	free(g.cells);
}

static double odd_number(struct rng *r) {
	static const double odd[] = {0, -0.0, 1, -1, NAN, INFINITY, -INFINITY, DBL_MAX, -DBL_MAX, DBL_MIN, 5e-324, 1e300, -1e300, 1e16, 1e16 + 2, 1e-300, 0.3, 1e9};
	return rng_below(r, 3) ? rng_normal(r) * pow(10, rng_range(r, -5, 5)) : odd[rng_below(r, sizeof odd / sizeof *odd)];
}

static void any_numbers_at_any_size(void **state) {
	(void)state;
	enum { POINTS = 60 };
	struct rng r;
	rng_init(&r, 1, RNG_SCENE, 0, 0);
	for (int i = 0; i < 3000; i++) {
		int w = (int)rng_below(&r, i % 20 ? 40 : 301), h = (int)rng_below(&r, i % 20 ? 14 : 101), count = (int)rng_below(&r, 5);
		double x[4][POINTS], y[4][POINTS];
		struct series s[4];
		for (int k = 0; k < count; k++) {
			double at = odd_number(&r);
			for (int n = 0; n < POINTS; n++) {
				x[k][n] = i % 7 == 0 ? odd_number(&r) : at; /* now and then not even in order */
				at += i % 3 ? 1 : fabs(odd_number(&r));
				y[k][n] = i % 5 == 0 ? x[k][0] : odd_number(&r);
			}
			s[k] = (struct series){rng_below(&r, 2) ? "name" : NULL, theme_source[k % 3], (char)(rng_below(&r, 2) ? 'a' + k : 0), (int64_t)rng_below(&r, POINTS + 1), x[k], y[k], rng_below(&r, 2)};
		}
		struct chart_line line = {odd_number(&r), 'L', theme_dim, "label"};
		struct chart c = {odd_number(&r), odd_number(&r), odd_number(&r), odd_number(&r), rng_below(&r, 2), "x", "y", &line, 1, odd_number(&r)};
		struct guard g = guard_new(w, h);
		chart_draw(&c, g.part, looks[rng_below(&r, 3)], s, count);
		chart_spark(grid_part(&g.part, 1, 1, w, 1), looks[rng_below(&r, 3)], theme_dim, count ? y[0] : NULL, count ? POINTS : 0);
		chart_bar(grid_part(&g.part, 0, 0, w, 1), looks[rng_below(&r, 3)], theme_dim, odd_number(&r), "text");
		guard_check(&g);
		double at = odd_number(&r), back = chart_x(&c, &g.part, (int)rng_below(&r, 400) - 50);
		int column = chart_column(&c, &g.part, at);
		assert_true(column >= -1 && column < (g.part.width > 0 ? g.part.width : 1));
		assert_false(isnan(back));
		guard_free(&g);
	}
}

static bool cell_used(const struct grid *g, int x, int y) {
	uint32_t rune = g->cells[y * g->stride + x].rune;
	return rune != ' ' && rune != 0x2502 && rune != '|';
}

/* Every single spike of 5000 steps stands in its column, up to the top row. */
static void a_spike_is_seen(void **state) {
	(void)state;
	struct grid g;
	static double y[STEPS];
	assert_int_equal(grid_new(&g, 70, 12), 0);
	struct series s = {NULL, theme_source[0], 'y', STEPS, steps, y, false};
	struct chart c = {.x0 = 0, .x1 = STEPS - 1, .y0 = 0, .y1 = 10, .crosshair = NAN};
	for (int i = 0; i < STEPS; i++) y[i] = 1;
	for (int i = 3; i < STEPS; i += 13) {
		y[i] = 10;
		for (int k = 0; k < 3; k++) {
			chart_draw(&c, g, looks[k], &s, 1);
			int column = chart_column(&c, &g, i), tops = 0;
			for (int x = 7; x < g.width; x++) tops += cell_used(&g, x, 0);
			if (!cell_used(&g, column, 0) || tops > 2) fail_msg("the spike at %d: column %d, %d columns reach the top", i, column, tops);
		}
		y[i] = 1;
	}
	free(g.cells);
}

static void a_gap_stays_empty(void **state) {
	(void)state;
	struct grid g;
	static double y[STEPS];
	assert_int_equal(grid_new(&g, 70, 12), 0);
	struct series s = {NULL, theme_source[0], 0, STEPS, steps, y, false};
	struct chart c = {.x0 = 0, .x1 = STEPS - 1, .crosshair = NAN};
	static const double missing[] = {NAN, INFINITY, -INFINITY};
	for (int n = 0; n < 3; n++)
		for (int k = 0; k < 3; k++) {
			for (int i = 0; i < STEPS; i++) y[i] = i >= 1000 && i < 2000 ? missing[n] : i;
			chart_draw(&c, g, looks[k], &s, 1);
			for (int i = 0; i < STEPS; i += 10) {
				int used = 0, column = chart_column(&c, &g, i);
				for (int row = 0; row < 10; row++) used += cell_used(&g, column, row);
				if (i > 1100 && i < 1900 && used) fail_msg("something stands in the gap at %d", i);
				if ((i < 990 || i > 2010) && !used) fail_msg("nothing stands at %d", i);
			}
		}
	free(g.cells);
}

/* A line has something in every column between its first and last point, also where these are outside. */
static void lines_are_connected(void **state) {
	(void)state;
	struct rng r;
	rng_init(&r, 2, RNG_SCENE, 0, 0);
	for (int i = 0; i < 500; i++) {
		double x[4] = {0, rng_range(&r, 0.1, 1), rng_range(&r, 1, 2), 3}, y[4];
		for (int n = 0; n < 4; n++) y[n] = rng_normal(&r);
		struct series s = {NULL, theme_source[0], 'y', 4, x, y, false};
		struct chart c = {.x0 = rng_range(&r, 0, 0.5), .x1 = rng_range(&r, 2, 3), .y0 = -8, .y1 = 8, .crosshair = NAN};
		struct grid g;
		assert_int_equal(grid_new(&g, 10 + (int)rng_below(&r, 60), 3), 0);
		int left = g.width >= 20 ? 7 : 0;
		for (int k = 0; k < 3; k++) {
			chart_draw(&c, g, looks[k], &s, 1);
			for (int column = left; column < g.width; column++) {
				int used = 0;
				for (int row = 0; row < g.height; row++) used += cell_used(&g, column, row);
				if (!used) fail_msg("an empty column %d of %d", column, g.width);
			}
		}
		free(g.cells);
	}
}

static void columns_there_and_back(void **state) {
	(void)state;
	struct grid g = {0};
	struct chart c = {.x0 = 100, .x1 = 5000, .crosshair = NAN};
	g.height = 10;
	for (g.width = 1; g.width < 300; g.width++) {
		int left = g.width >= 20 ? 7 : 0;
		for (int column = left; column < g.width; column++) assert_int_equal(chart_column(&c, &g, chart_x(&c, &g, column)), column);
		assert_int_equal(chart_column(&c, &g, 100), left);
		assert_int_equal(chart_column(&c, &g, 5000), g.width - 1);
		assert_int_equal(chart_column(&c, &g, 99), -1);
		assert_int_equal(chart_column(&c, &g, 5001), -1);
		assert_int_equal(chart_column(&c, &g, NAN), -1);
	}
	assert_true(chart_x(&c, &g, -5) == 100);
	assert_true(chart_x(&c, &g, 1000) == 5000);
}

static void numbers(void **state) {
	(void)state;
	static const struct { double v; const char *text; } rows[] = {
		{0, "0"}, {-0.0, "0"}, {1e-5, "1e-5"}, {-1.7e-4, "-2e-4"}, {1.5e-4, "1.5e-4"}, {0.0031, "0.0031"}, {0.4123456, "0.4123"}, {-0.4123456, "-0.412"}, {9.9996, "10"},
		{99.996, "100"}, {123.45, "123.5"}, {999.94, "999.9"}, {999.96, "1k"}, {1000, "1k"}, {1234, "1.23k"}, {-1234, "-1.23k"}, {12345, "12.3k"}, {999499, "999k"},
		{999500, "1M"}, {1.2e9, "1.2G"}, {3e12, "3T"}, {1e15, "1e15"}, {-1e100, "-1e100"}, {1e-100, "1e-100"}, {-1e-100, "0"}, {NAN, "nan"}, {INFINITY, "inf"}, {-INFINITY, "-inf"},
	};
	char text[32];
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		chart_number(text, sizeof text, rows[i].v);
		assert_string_equal(text, rows[i].text);
	}
	struct rng r;
	rng_init(&r, 3, RNG_SCENE, 0, 0);
	for (int i = 0; i < 200000; i++) {
		double v = rng_normal(&r) * pow(10, rng_range(&r, -20, 20));
		chart_number(text, sizeof text, v);
		size_t n = strlen(text);
		assert_true(n >= 1 && n <= 6);
		double scale = text[n - 1] == 'k' ? 1e3 : text[n - 1] == 'M' ? 1e6 : text[n - 1] == 'G' ? 1e9 : text[n - 1] == 'T' ? 1e12 : 1, back = strtod(text, NULL) * scale;
		if (!(fabs(back - v) <= 0.5 * fabs(v))) fail_msg("%.17g is written as %s", v, text);
		if (fabs(v) >= 0.1 && fabs(v) < 9e11 && !(fabs(back - v) <= 0.006 * fabs(v))) fail_msg("%.17g is written as %s", v, text);
	}
	chart_number(text, 3, 1234);
	assert_string_equal(text, "1.");
}

static void smoothing(void **state) {
	(void)state;
	double y[100], out[100], plain[100];
	for (int i = 0; i < 100; i++) y[i] = i == 50 ? NAN : 3;
	chart_smooth(out, y, 100, 20);
	for (int i = 0; i < 100; i++) assert_true(i == 50 ? isnan(out[i]) : fabs(out[i] - 3) <= 1e-12); /* unbiased from the first on; a NaN stays its own */
	for (int i = 0; i < 100; i++) y[i] = i % 7;
	chart_smooth(plain, y, 100, 1);
	assert_memory_equal(plain, y, sizeof y);
	chart_smooth(out, y, 100, 10);
	chart_smooth(y, y, 100, 10); /* in place */
	assert_memory_equal(out, y, sizeof y);
	double mean = 0, weight = 0;
	for (int i = 0; i < 100; i++) mean = 0.9 * mean + 0.1 * (i % 7), weight = 0.9 * weight + 0.1;
	assert_true(fabs(out[99] - mean / weight) <= 1e-12);
}

static double seconds(void) {
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void a_million_points_are_linear_time(void **state) {
	(void)state;
	enum { MANY = 1000000 };
	double *x = malloc(MANY * sizeof *x), *y = malloc(MANY * sizeof *y), took[2];
	assert_non_null(x);
	assert_non_null(y);
	for (int i = 0; i < MANY; i++) x[i] = i, y[i] = i * 7919LL % 1009;
	struct grid g;
	assert_int_equal(grid_new(&g, 200, 50), 0);
	for (int k = 0; k < 2; k++) {
		struct series s = {"y", theme_source[0], 'y', k ? MANY : MANY / 10, x, y, false};
		struct chart c = {.x0 = 0, .x1 = (double)s.count, .log = true, .crosshair = NAN};
		took[k] = INFINITY;
		for (int n = 0; n < 3; n++) {
			double from = seconds();
			chart_draw(&c, g, looks[2], &s, 1);
			took[k] = fmin(took[k], seconds() - from);
		}
	}
	printf("10^5 points: %.2f ms; 10^6: %.2f ms\n", took[0] * 1e3, took[1] * 1e3);
	if (!(took[1] <= 40 * took[0] + 0.05)) fail_msg("10 times the points take %.1f times as long", took[1] / took[0]);
	free(g.cells);
	free(x);
	free(y);
}

int main(void) {
	setlocale(LC_ALL, "C.UTF-8");
	make_series();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden_charts),
		cmocka_unit_test(golden_small),
		cmocka_unit_test(any_numbers_at_any_size),
		cmocka_unit_test(a_spike_is_seen),
		cmocka_unit_test(a_gap_stays_empty),
		cmocka_unit_test(lines_are_connected),
		cmocka_unit_test(columns_there_and_back),
		cmocka_unit_test(numbers),
		cmocka_unit_test(smoothing),
		cmocka_unit_test(a_million_points_are_linear_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
