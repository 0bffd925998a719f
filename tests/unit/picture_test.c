/* tests/unit/picture_test.c -- pictures in cells: proportions, averages, the nearest of few colours. */
#include <limits.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/base/rng.h"
#include "tests/unit/golden_grid.h"
#include "tui/picture.h"

static const struct look looks[] = {{CHARSET_ASCII, COLOURS_NONE}, {CHARSET_ASCII, COLOURS_256}, {CHARSET_HALF_BLOCK, COLOURS_16}, {CHARSET_BRAILLE, COLOURS_TRUE}, {CHARSET_BRAILLE, COLOURS_NONE}};

static uint32_t xterm_colour(int i) {
	static const uint32_t first[16] = {0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5,
	                                   0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff};
	static const uint32_t level[6] = {0, 95, 135, 175, 215, 255};
	if (i < 16) return first[i];
	if (i < 232) return level[(i - 16) / 36] << 16 | level[(i - 16) / 6 % 6] << 8 | level[(i - 16) % 6];
	return (uint32_t)(8 + 10 * (i - 232)) * 0x010101;
}

static int distance(uint32_t a, uint32_t b) {
	int r = (int)(a >> 16 & 255) - (int)(b >> 16 & 255), g = (int)(a >> 8 & 255) - (int)(b >> 8 & 255), l = (int)(a & 255) - (int)(b & 255);
	return 2 * r * r + 4 * g * g + 3 * l * l;
}

static void the_nearest_of_256(void **state) {
	(void)state;
	struct rng r;
	rng_init(&r, 1, RNG_SCENE, 0, 0);
	for (int i = 16; i < 256; i++) assert_int_equal(xterm_colour(colour_256(xterm_colour(i))), xterm_colour(i));
	for (int i = 0; i < 20000; i++) {
		uint32_t rgb = rng_below(&r, 4) ? rng_below(&r, 1 << 24) : rng_below(&r, 256) * 0x010101;
		int least = INT_MAX, got = colour_256(rgb);
		for (int k = 16; k < 256; k++)
			if (distance(rgb, xterm_colour(k)) < least) least = distance(rgb, xterm_colour(k));
		assert_in_range(got, 16, 255);
		if (distance(rgb, xterm_colour(got)) != least) fail_msg("#%06x becomes #%06x", rgb, xterm_colour(got));
	}
}

static void the_nearest_of_16(void **state) {
	(void)state;
	for (int i = 0; i < 16; i++) assert_int_equal(colour_16(xterm_colour(i)), i);
	static const struct { uint32_t rgb; int which; } rows[] = {/* what a person would choose */
		{0x0a1030, 0}, {0x303030, 8}, {0xf0f0e8, 7}, {0x2060d0, 12}, {0xc08000, 3}, {0xa01818, 1}, {0x307030, 2}, {0x20a0a0, 6}, {0xb050b0, 5}, {0xffffff, 15}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (colour_16(rows[i].rgb) != rows[i].which) fail_msg("#%06x becomes colour %d, not %d", rows[i].rgb, colour_16(rows[i].rgb), rows[i].which);
}

static struct image flat(int width, int height, uint32_t rgb) {
	struct image im;
	assert_int_equal(image_new(&im, width, height), 0);
	for (int i = 0; i < width * height; i++)
		for (int k = 0; k < 3; k++) im.pixels[3 * i + k] = (uint8_t)(rgb >> (16 - 8 * k));
	return im;
}

static void proportions_are_kept(void **state) {
	(void)state;
	static const struct { int w, h, gw, gh, columns, rows; } rows[] = {
		{64, 64, 80, 24, 48, 24}, {64, 64, 20, 24, 20, 10}, {128, 64, 40, 40, 40, 10}, {64, 128, 40, 20, 20, 20}, {1, 1, 10, 10, 10, 5}, {1000, 1, 10, 10, 10, 1}, {1, 1000, 10, 10, 1, 10}, {3, 5, 1, 1, 1, 1}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (size_t k = 0; k < sizeof looks / sizeof *looks; k++) {
			struct image im = flat(rows[i].w, rows[i].h, 0x336699);
			struct guard g = guard_new(rows[i].gw, rows[i].gh);
			struct grid part = picture_draw(g.part, looks[k], &im);
			assert_int_equal(part.width, rows[i].columns);
			assert_int_equal(part.height, rows[i].rows);
			assert_ptr_equal(part.cells, g.part.cells);
			guard_check(&g);
			guard_free(&g);
			image_free(&im);
		}
}

/* Each cell's two colours are those of the pixels when one pixel is one half cell; a flat picture stays flat at any size. */
static void pixels_come_through(void **state) {
	(void)state;
	struct rng r;
	rng_init(&r, 2, RNG_SCENE, 0, 0);
	struct image im = flat(20, 30, 0);
	for (int i = 0; i < 20 * 30 * 3; i++) im.pixels[i] = (uint8_t)rng_below(&r, 256);
	struct grid g;
	assert_int_equal(grid_new(&g, 20, 15), 0);
	picture_draw(g, looks[3], &im);
	for (int y = 0; y < 30; y++)
		for (int x = 0; x < 20; x++) {
			const struct cell *c = &g.cells[y / 2 * 20 + x];
			const uint8_t *p = im.pixels + 3 * (y * 20 + x);
			assert_int_equal(y % 2 ? c->style.bg : c->style.fg, (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2]);
			assert_int_equal(c->rune, 0x2580);
		}
	free(g.cells);
	image_free(&im);
	im = flat(77, 53, 0x4080c0);
	for (int w = 1; w < 120; w += 7) {
		assert_int_equal(grid_new(&g, w, w), 0);
		struct grid part = picture_draw(g, looks[3], &im);
		for (int y = 0; y < part.height; y++)
			for (int x = 0; x < part.width; x++) {
				const struct style s = part.cells[y * part.stride + x].style;
				assert_int_equal(s.fg, 0x4080c0);
				assert_true(s.bg == 0x4080c0 || (s.bg == COLOUR_DEFAULT && y == part.height - 1));
			}
		free(g.cells);
	}
	image_free(&im);
}

static void a_box_is_averaged(void **state) {
	(void)state;
	struct image im = flat(4, 4, 0);
	for (int y = 0; y < 4; y++)
		for (int x = 0; x < 4; x++)
			for (int k = 0; k < 3; k++) im.pixels[3 * (4 * y + x) + k] = (x + y) % 2 ? 255 : 0; /* half of the light: sqrt(1/2) of the value */
	struct grid g;
	assert_int_equal(grid_new(&g, 2, 1), 0);
	picture_draw(g, looks[3], &im);
	for (int x = 0; x < 2; x++) {
		assert_int_equal(g.cells[x].style.fg, 0xb4b4b4);
		assert_int_equal(g.cells[x].style.bg, 0xb4b4b4);
	}
	picture_draw(g, looks[0], &im);
	assert_int_equal(g.cells[0].rune, '#');
	free(g.cells);
	image_free(&im);
}

static void any_picture_at_any_size(void **state) {
	(void)state;
	struct rng r;
	rng_init(&r, 3, RNG_SCENE, 0, 0);
	for (int i = 0; i < 400; i++) {
		struct image im = flat(1 + (int)rng_below(&r, i % 10 ? 40 : 700), 1 + (int)rng_below(&r, i % 10 ? 40 : 700), rng_below(&r, 1 << 24));
		struct guard g = guard_new((int)rng_below(&r, i % 10 ? 30 : 301), (int)rng_below(&r, i % 10 ? 20 : 101));
		struct grid part = picture_draw(g.part, looks[rng_below(&r, 5)], &im);
		assert_true(part.width <= g.part.width && part.height <= g.part.height);
		guard_check(&g);
		guard_free(&g);
		image_free(&im);
	}
	struct image none = {0};
	struct guard g = guard_new(5, 5);
	assert_int_equal(picture_draw(g.part, looks[3], &none).width, 0);
	guard_free(&g);
}

static void mark_patch(const void *context, int patch, uint32_t *rune, struct style *style) {
	int *seen = *(int *const *)context;
	seen[patch]++;
	*rune = patch % 3 ? "sir"[patch % 3] : 0x2588;
	style->fg = 0x2F87CC;
}

static void patches(void **state) {
	(void)state;
	for (int side = 0; side < 20; side++)
		for (int w = 0; w < 45; w += 3) {
			int seen[400] = {0}, *context = seen, wide = 1 + w % 3;
			struct guard g = guard_new(w, 7);
			picture_patches(g.part, side, wide, mark_patch, &context);
			guard_check(&g);
			for (int p = 0; p < side * side; p++) assert_int_equal(seen[p], p / side < 7 && p % side * wide < w);
			guard_free(&g);
		}
}

static void golden_pictures(void **state) {
	(void)state;
	struct image im = flat(64, 64, 0);
	for (int y = 0; y < 64; y++)
		for (int x = 0; x < 64; x++) {
			uint8_t *p = im.pixels + 3 * (64 * y + x);
			bool disc = (x - 32) * (x - 32) + (y - 32) * (y - 32) < 400;
			p[0] = (uint8_t)(disc ? 220 : 2 * x), p[1] = (uint8_t)(disc ? 160 : 40), p[2] = (uint8_t)(disc ? 60 : 2 * y);
		}
	struct grid g;
	int seen[64], *context = seen;
	memset(seen, 0, sizeof seen);
	assert_int_equal(grid_new(&g, 60, 14), 0);
	picture_draw(grid_part(&g, 0, 0, 28, 14), looks[0], &im);
	picture_draw(grid_part(&g, 30, 0, 8, 4), looks[2], &im);
	picture_patches(grid_part(&g, 40, 0, 20, 8), 8, 2, mark_patch, &context);
	golden_compare(&g, "picture");
	free(g.cells);
	image_free(&im);
}

int main(void) {
	setlocale(LC_ALL, "C.UTF-8");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_nearest_of_256),
		cmocka_unit_test(the_nearest_of_16),
		cmocka_unit_test(proportions_are_kept),
		cmocka_unit_test(pixels_come_through),
		cmocka_unit_test(a_box_is_averaged),
		cmocka_unit_test(any_picture_at_any_size),
		cmocka_unit_test(patches),
		cmocka_unit_test(golden_pictures),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
