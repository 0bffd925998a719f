/* tests/unit/grid_test.c -- characters, cells, clipping, frames; and the theme's colours. */
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/base/err.h"
#include "engine/base/rng.h"
#include "tests/unit/golden_grid.h"
#include "tui/picture.h"
#include "tui/theme.h"

static void characters(void **state) {
	(void)state;
	static const struct { const char *text; uint32_t rune; int columns, bytes; } rows[] = {
		{"a", 'a', 1, 1}, {"\xC3\xA9", 0xE9, 1, 2}, {"\xE2\xA3\xBF", 0x28FF, 1, 3}, {"\xE4\xB8\xAD", 0x4E2D, 2, 3}, {"\xF0\x9F\x98\x80", 0x1F600, 2, 4},
		{"\xCC\x81", 0x301, 0, 2}, {"", 0, 0, 0},
		{"\x1B", '.', 1, 1}, {"\n", '.', 1, 1}, {"\x7F", '.', 1, 1}, {"\xC2\x9B", '.', 1, 2}, {"\xE2\x80\xA8", '.', 1, 3},   /* control characters, C1, line separator */
		{"\x80", '?', 1, 1}, {"\xC3", '?', 1, 1}, {"\xC0\x80", '?', 1, 1}, {"\xE0\x80\x80", '?', 1, 1}, {"\xED\xA0\x80", '?', 1, 1}, /* overlong, surrogates */
		{"\xF4\x90\x80\x80", '?', 1, 1}, {"\xFF", '?', 1, 1}, {"\xE4\xB8", '?', 1, 1},
		{"\xE2\x80\xAE" "x", 'x', 1, 4}, {"\xEF\xB8\x8F", 0, 0, 3},                                                            /* direction marks and variants are left out */
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *at = rows[i].text;
		int columns = -1;
		assert_int_equal(utf8_next(&at, &columns), rows[i].rune);
		assert_int_equal(columns, rows[i].columns);
		assert_int_equal(at - rows[i].text, rows[i].bytes);
	}
}

static void every_character_there_and_back(void **state) {
	(void)state;
	int kept = 0;
	for (uint32_t r = 1; r <= 0x110000; r++) {
		char text[5];
		int columns, bytes = utf8_put(text, r);
		const char *at = text;
		uint32_t back = utf8_next(&at, &columns);
		assert_int_equal(at - text, bytes);
		assert_true(columns >= 0 && columns <= 2);
		if (back == r) kept++, assert_int_equal(columns, utf8_columns(r));
	}
	assert_true(kept > 1100000); /* all but control characters, surrogates and those without a shape */
}

static void the_locale_does_not_matter(void **state) {
	(void)state;
	static const uint32_t runes[] = {'a', 0xE9, 0x301, 0x2014, 0x2026, 0x2500, 0x2550, 0x2580, 0x2588, 0x25BA, 0x2801, 0x28FF, 0x4E2D, 0x3042, 0xAC00, 0xFF21, 0x1F600};
	int there[sizeof runes / sizeof *runes];
	if (!setlocale(LC_ALL, "C.UTF-8")) {
		printf("skipped: no locale C.UTF-8\n");
		skip();
	}
	for (size_t i = 0; i < sizeof runes / sizeof *runes; i++) there[i] = utf8_columns(runes[i]);
	setlocale(LC_ALL, "C");
	for (size_t i = 0; i < sizeof runes / sizeof *runes; i++)
		if (utf8_columns(runes[i]) != there[i]) fail_msg("U+%04X has %d columns in C and %d in C.UTF-8", runes[i], utf8_columns(runes[i]), there[i]);
	setlocale(LC_ALL, "C.UTF-8");
}

static void any_bytes_are_text(void **state) {
	(void)state;
	struct rng r;
	rng_init(&r, 1, RNG_SCENE, 0, 0);
	for (int i = 0; i < 20000; i++) {
		size_t n = rng_below(&r, 12);
		char *text = malloc(n + 1); /* of this size, so that the sanitizer sees a step too far */
		for (size_t k = 0; k < n; k++) text[k] = (char)(1 + rng_below(&r, 255));
		text[n] = '\0';
		const char *at = text;
		int columns, sum = 0;
		while (utf8_next(&at, &columns)) sum += columns;
		assert_ptr_equal(at, text + n);
		assert_int_equal(sum, grid_columns(text));
		free(text);
	}
}

static const char *row_text(const struct grid *g, int y) {
	static char text[1024];
	size_t n = 0;
	for (int x = 0; x < g->width; x++) {
		const struct cell *c = &g->cells[y * g->stride + x];
		if (c->rune) n += (size_t)utf8_put(text + n, c->rune);
		for (int i = 0; i < 2; i++)
			if (c->combining[i]) n += (size_t)utf8_put(text + n, c->combining[i]);
	}
	text[n] = '\0';
	return text;
}

static void text_is_cut(void **state) {
	(void)state;
	struct guard g = guard_new(6, 3);
	assert_int_equal(grid_text(&g.part, 0, 0, style_plain, "abcdefgh"), 8);
	assert_string_equal(row_text(&g.part, 0), "abcdef");
	assert_int_equal(grid_text(&g.part, -2, 0, style_plain, "012345678"), 9);
	assert_string_equal(row_text(&g.part, 0), "234567");
	assert_int_equal(grid_text(&g.part, 0, 1, style_plain, "12345中"), 7);
	assert_string_equal(row_text(&g.part, 1), "12345 ");
	assert_int_equal(grid_text(&g.part, -1, 1, style_plain, "中中中"), 6);
	assert_string_equal(row_text(&g.part, 1), " 中中 ");
	assert_int_equal(grid_text_right(&g.part, 5, 2, style_plain, "é中"), 3);
	assert_string_equal(row_text(&g.part, 2), "   é中");
	assert_int_equal(grid_text_right(&g.part, 3, 2, style_plain, "123456"), 6);
	assert_string_equal(row_text(&g.part, 2), "3456中");
	assert_int_equal(grid_text(&g.part, 0, 3, style_plain, "below"), 5);
	assert_int_equal(grid_text(&g.part, 0, -1, style_plain, "above"), 5);
	assert_int_equal(grid_textf(&g.part, 0, 0, style_plain, "%d%%", 42), 3);
	guard_check(&g);
	guard_free(&g);
}

static void wide_characters_lose_both_halves(void **state) {
	(void)state;
	struct guard g = guard_new(6, 1);
	grid_text(&g.part, 0, 0, style_plain, "中中中");
	grid_put(&g.part, 1, 0, 'x', style_plain);
	assert_string_equal(row_text(&g.part, 0), " x中中");
	grid_put(&g.part, 2, 0, 'y', style_plain);
	assert_string_equal(row_text(&g.part, 0), " xy 中");
	grid_text(&g.part, 3, 0, style_plain, "文");
	assert_string_equal(row_text(&g.part, 0), " xy文 ");
	grid_put(&g.part, 5, 0, 0x4E2D, style_plain);
	assert_string_equal(row_text(&g.part, 0), " xy文 ");
	guard_check(&g);
	guard_free(&g);
}

static void marks_stand_on_characters(void **state) {
	(void)state;
	struct guard g = guard_new(4, 1);
	assert_int_equal(grid_text(&g.part, 0, 0, style_plain, "\xCC\x81" "e\xCC\x81\xCC\x82\xCC\x83" "x"), 2);
	assert_int_equal(g.part.cells[0].rune, 'e');
	assert_int_equal(g.part.cells[0].combining[0], 0x301);
	assert_int_equal(g.part.cells[0].combining[1], 0x302);
	assert_int_equal(g.part.cells[1].combining[0], 0);
	grid_put(&g.part, 0, 0, 'n', style_plain);
	assert_int_equal(g.part.cells[0].combining[0], 0);
	guard_check(&g);
	guard_free(&g);
}

static void parts_are_inside(void **state) {
	(void)state;
	struct grid g;
	assert_int_equal(grid_new(&g, 10, 5), 0);
	struct grid p = grid_part(&g, -3, -1, 100, 100);
	assert_int_equal(p.width, 10);
	assert_int_equal(p.height, 5);
	p = grid_part(&g, -3, 1, 5, 2);
	assert_int_equal(p.width, 2);
	assert_int_equal(p.height, 2);
	assert_ptr_equal(p.cells, g.cells + 10);
	p = grid_part(&g, 10, 0, 1, 1);
	assert_int_equal(p.width, 0);
	p = grid_part(&g, 2147483647, 0, 2147483647, 1);
	assert_int_equal(p.width, 0);
	p = grid_part(&g, -2147483647 - 1, 0, 2147483647, 1);
	assert_int_equal(p.width, 0);
	p = grid_part(&g, 0, 0, -1, 3);
	assert_int_equal(p.width, 0);
	assert_int_equal(p.height, 0);
	grid_text(&p, 0, 0, style_plain, "nothing");
	grid_clear(&p, style_plain);
	free(g.cells);
	assert_int_equal(grid_new(&g, 0, 5), 0);
	assert_null(g.cells);
	assert_int_equal(grid_new(&g, 1 << 20, 1 << 20), ERR_MEMORY);
	assert_null(g.cells);
}

static void nothing_is_drawn_outside(void **state) {
	(void)state;
	static const char *const texts[] = {"", "plain", "中文字", "e\xCC\x81" "a\xCC\x82", "broken \xE4\xB8 \xFF", "a rather long text that reaches beyond many a grid", "\t\x1B[2J",
	                                    "\xF0\x9F\x98\x80\xE2\x80\x8D\xF0\x9F\x98\x80"};
	struct rng r;
	rng_init(&r, 2, RNG_SCENE, 0, 0);
	for (int i = 0; i < 3000; i++) {
		int w = (int)rng_below(&r, i % 10 ? 12 : 300), h = (int)rng_below(&r, i % 10 ? 5 : 100);
		struct guard g = guard_new(w, h);
		for (int k = 0; k < 20; k++) {
			int x = (int)rng_below(&r, (uint32_t)w + 12) - 6, y = (int)rng_below(&r, (uint32_t)h + 4) - 2;
			const char *text = texts[rng_below(&r, sizeof texts / sizeof *texts)];
			uint32_t rune = (uint32_t)rng_below(&r, 4) ? (uint32_t)rng_below(&r, 0x3000) : 0x4E00 + (uint32_t)rng_below(&r, 100);
			switch (rng_below(&r, 6)) {
			case 0: grid_text(&g.part, x, y, theme_focus, text); break;
			case 1: grid_text_right(&g.part, x, y, theme_dim, text); break;
			case 2: grid_put(&g.part, x, y, rune, style_plain); break;
			case 3: grid_fill(&g.part, x, y, (int)rng_below(&r, 20) - 2, (int)rng_below(&r, 5) - 1, rune, style_plain); break;
			case 4: grid_frame(&g.part, text, texts[rng_below(&r, 8)], rng_below(&r, 2), rng_below(&r, 2)); break;
			default: {
				struct grid p = grid_part(&g.part, x, y, (int)rng_below(&r, 9), (int)rng_below(&r, 4));
				if (p.width > 0 && p.width == g.part.width) grid_clear(&p, style_plain); /* a narrower one may cut characters: screen.c sees to that */
			}
			}
		}
		guard_check(&g);
		guard_free(&g);
	}
}

static void frames(void **state) {
	(void)state;
	struct grid g;
	assert_int_equal(grid_new(&g, 60, 16), 0);
	int y = 0;
	for (int unicode = 0; unicode < 2; unicode++)
		for (int focused = 0; focused < 2; focused++) {
			struct grid wide = grid_part(&g, 0, y, 60, 2), narrow = grid_part(&g, 0, y + 2, 16, 1), tiny = grid_part(&g, 30, y + 2, 7, 1);
			struct grid inside = grid_frame(&wide, "Losses", "step 1200", focused, unicode);
			grid_text(&inside, 0, 0, style_plain, "inside");
			assert_int_equal(inside.height, 1);
			grid_frame(&narrow, "A long title of a pane", "right", focused, unicode);
			grid_frame(&tiny, "Masks", NULL, focused, unicode);
			y += 4;
		}
	golden_compare(&g, "frames");
	free(g.cells);
}

/* ---- the theme ----------------------------------------------------------------------------------------------------------- */

static double luminance(uint32_t rgb) {
	double sum = 0;
	static const double weight[3] = {0.2126, 0.7152, 0.0722};
	for (int k = 0; k < 3; k++) {
		double v = (rgb >> (16 - 8 * k) & 255) / 255.0;
		sum += weight[k] * (v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4));
	}
	return sum;
}

static void colours_are_readable_and_distinct(void **state) {
	(void)state;
	const struct style list[] = {theme_source[0], theme_source[1], theme_source[2], theme_granularity[0], theme_granularity[1], theme_granularity[2]};
	for (int i = 0; i < 6; i++) {
		double l = luminance(list[i].fg), on_white = 1.05 / (l + 0.05), on_black = (l + 0.05) / 0.05;
		if (!(on_white >= 3 && on_black >= 5)) fail_msg("#%06x has a contrast of %.2f on white, %.2f on black", list[i].fg, on_white, on_black);
		for (int k = 0; k < i; k++) {
			assert_int_not_equal(colour_256(list[i].fg), colour_256(list[k].fg));
			assert_int_not_equal(colour_16(list[i].fg), colour_16(list[k].fg));
		}
		assert_int_equal(list[i].bg, COLOUR_DEFAULT);
	}
}

int main(void) {
	setlocale(LC_ALL, "C.UTF-8");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(characters),
		cmocka_unit_test(every_character_there_and_back),
		cmocka_unit_test(the_locale_does_not_matter),
		cmocka_unit_test(any_bytes_are_text),
		cmocka_unit_test(text_is_cut),
		cmocka_unit_test(wide_characters_lose_both_halves),
		cmocka_unit_test(marks_stand_on_characters),
		cmocka_unit_test(parts_are_inside),
		cmocka_unit_test(nothing_is_drawn_outside),
		cmocka_unit_test(frames),
		cmocka_unit_test(colours_are_readable_and_distinct),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
