/* tests/unit/page_test.c -- a figure in the viewer's window, without a window: what is drawn of it, keys and mouse, who holds it. */
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
#include "viewer/figures/panels.h"
#include "viewer/page.h"

enum { WIDTH = 800, HEIGHT = 500, TOP = 34, BOTTOM = 28, EDGE = 32, SIDE = 4 };

/* A figure that counts itself. */
struct counted { struct page_figure figure; struct panels panels; };
static atomic_int alive;

static void free_counted(struct page_figure *f) {
	struct counted *c = (struct counted *)f;
	panels_fini(&c->panels);
	free(c);
	alive--;
}

/* ROWS x 3 pictures, each patch in a colour of its own. */
static struct page_figure *make(int rows, int seed) {
	struct counted *c = calloc(1, sizeof *c);
	assert_int_equal(panels_init(&c->panels, rows, 3), 0);
	for (int i = 0; i < 3 * rows; i++) {
		struct panel *p = &c->panels.panel[i];
		p->look = PANEL_PLAIN, p->side = SIDE;
		assert_int_equal(image_new(&p->picture, EDGE, EDGE), 0);
		for (int k = 0; k < EDGE * EDGE; k++) p->picture.pixels[3 * k] = (uint8_t)(k / EDGE * 7), p->picture.pixels[3 * k + 1] = (uint8_t)(k % EDGE * 7), p->picture.pixels[3 * k + 2] = (uint8_t)(seed + 40 * i);
	}
	c->figure = (struct page_figure){&drawing_panels, &c->panels, NULL, free_counted, 1};
	alive++;
	return &c->figure;
}

static struct page *page;
static struct surface surface;

static int open_page(void **state) {
	(void)state;
	alive = 0;
	assert_int_equal(surface_size(&surface, WIDTH, HEIGHT), 0);
#ifdef HAVE_CAIRO
	assert_int_equal(page_new(&page), 0);
#endif
	return 0;
}

static int close_page(void **state) {
	(void)state;
	page_free(page);
	page = NULL;
	surface_free(&surface);
	assert_int_equal(alive, 0);
	return 0;
}

static void need_cairo(void) {
#ifndef HAVE_CAIRO
	assert_int_equal(page_new(&page), ERR_STATE);
	print_message("skipped: built without Cairo\n");
	skip();
#endif
}

/* Draws until what is shown is no stand-in. */
static void settle(void) {
	for (int i = 0; i < 2000; i++) {
		page_draw(page, &surface);
		if (page_sharp(page)) return;
		usleep(5000);
	}
	fail_msg("the figure was never drawn");
}

static void show(struct page_figure *f) {
	page_show(page, f);
	page_figure_drop(f);
	settle();
}

static uint32_t at(int x, int y) { return surface.pixels[y * WIDTH + x]; }

/* The window's figure is, pixel for pixel, what drawing_render() makes. */
static void fills_the_windows_width(void **state) {
	(void)state;
	need_cairo();
	struct page_figure *f = page_figure_hold(make(2, 0));
	struct image im;
	show(f);
	assert_int_equal(drawing_render(f->drawing, f->data, WIDTH, &im), 0);
	double across, down;
	assert_int_equal(drawing_size(f->drawing, f->data, NULL, &across, &down), 0);
	assert_true(im.height > HEIGHT - TOP - BOTTOM); /* it goes on below */
	for (int y = TOP; y < HEIGHT - BOTTOM; y++)
		for (int x = 0; x < WIDTH; x++) {
			const uint8_t *p = im.pixels + 3 * ((y - TOP) * WIDTH + x);
			uint32_t want = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
			if (at(x, y) != want) fail_msg("(%d, %d): %06x, not %06x", x, y, (unsigned)at(x, y), (unsigned)want);
		}
	image_free(&im);
	page_figure_drop(f);
}

static void zooms_at_the_pointer(void **state) {
	(void)state;
	need_cairo();
	show(make(2, 0));
	uint32_t before = at(300, 200);
	page_pointer(page, 300, 200);
	page_wheel(page, 5, 0);
	page_draw(page, &surface);
	assert_false(page_sharp(page));
	assert_int_equal(at(300, 200), before); /* the stand-in, stretched */
	settle();
	assert_int_equal(at(300, 200), before);
	page_wheel(page, -5, 0);
	settle();
	assert_int_equal(at(300, 200), before);
}

static void pans_by_pixels(void **state) {
	(void)state;
	need_cairo();
	static uint32_t before[WIDTH * HEIGHT];
	show(make(4, 0));
	page_pointer(page, 300, 200);
	page_wheel(page, 4, 0);
	settle();
	memcpy(before, surface.pixels, sizeof before);
	page_button(page, BUTTON_LEFT, true);
	page_pointer(page, 280, 170);
	page_button(page, BUTTON_LEFT, false);
	page_pointer(page, 100, 100); /* no drag any more */
	settle();
	for (int y = TOP; y < HEIGHT - BOTTOM - 30; y++)
		for (int x = 0; x < WIDTH - 20; x++)
			for (int shift = 0; shift < 24; shift += 8) { /* text may move by a fraction of a pixel */
				int a = (int)(at(x, y) >> shift & 255), b = (int)(before[(y + 30) * WIDTH + x + 20] >> shift & 255);
				if (abs(a - b) > 2) fail_msg("(%d, %d): %d, not %d", x, y, a, b);
			}
}

/* f: all of it stands in the window, dark beside it; r: the width again; a figure stays within the window. */
static void fits(void **state) {
	(void)state;
	need_cairo();
	static uint32_t first[WIDTH * HEIGHT];
	show(make(4, 0));
	memcpy(first, surface.pixels, sizeof first);
	page_press(page, 'f', 0);
	settle();
	assert_int_equal(at(4, HEIGHT / 2), 0x14171c);
	assert_int_equal(at(WIDTH - 4, HEIGHT / 2), 0x14171c);
	assert_int_equal(at(WIDTH / 2, TOP + 2), 0xffffff);
	page_press(page, 'r', 0);
	settle();
	assert_memory_equal(first, surface.pixels, sizeof first);
	page_press(page, 'h', 0);
	page_press(page, KEY_PAGE_BACK, 0);
	settle();
	assert_memory_equal(first, surface.pixels, sizeof first);
	page_press(page, 'j', 0);
	settle();
	assert_memory_not_equal(first, surface.pixels, sizeof first);
}

static void asks_for_what_it_cannot_do(void **state) {
	(void)state;
	need_cairo();
	static const struct { int key, with; enum page_wish wish; } keys[] = {{'x', 0, PAGE_REFRESH}, {'t', 0, PAGE_HOLD}, {'s', WITH_CTRL, PAGE_SAVE}, {'q', 0, PAGE_CLOSE},
		{KEY_ESCAPE, 0, PAGE_CLOSE}, {'w', WITH_CTRL, PAGE_CLOSE}};
	show(make(1, 0));
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		page_press(page, keys[i].key, keys[i].with);
		assert_int_equal(page_wish(page), keys[i].wish);
		assert_int_equal(page_wish(page), PAGE_NOTHING);
	}
	page_press(page, '?', 0);
	page_press(page, KEY_ESCAPE, 0); /* closes the list of keys, not the figure */
	assert_int_equal(page_wish(page), PAGE_NOTHING);
	page_note(page, "a note");
	page_draw(page, &surface);
	assert_false(page_changed(page));
	page_press(page, 'z', 0);
	assert_true(page_changed(page)); /* the note goes */
}

/* Another figure takes its place; nobody frees what is still being drawn. */
static void figures_are_held_and_let_go(void **state) {
	(void)state;
	need_cairo();
	struct page_figure *f = page_figure_hold(make(2, 0));
	show(f);
	uint32_t before = at(300, 200);
	show(make(2, 80));
	assert_int_not_equal(at(300, 200), before);
	assert_int_equal(alive, 2); /* held here */
	page_figure_drop(f);
	assert_int_equal(alive, 1);
	for (int i = 0; i < 50; i++) {
		struct page_figure *next = make(1 + i % 4, i);
		page_show(page, next);
		page_figure_drop(next);
		page_wheel(page, i % 3 - 1, 0);
		page_draw(page, &surface);
	}
	page_free(page); /* while one is in hand */
	page = NULL;
	assert_int_equal(alive, 0);
}

/* Any size of window. */
static void any_window_will_do(void **state) {
	(void)state;
	need_cairo();
	static const struct { int width, height; } sizes[] = {{1, 1}, {40, 62}, {40, 63}, {320, 240}, {1200, 90}, {90, 1200}};
	show(make(3, 0));
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		assert_int_equal(surface_size(&surface, sizes[i].width, sizes[i].height), 0);
		page_draw(page, &surface);
		page_press(page, 'f', 0);
		page_wheel(page, 60, 0); /* as far as it goes */
		page_draw(page, &surface);
	}
}

int main(void) {
#define PAGE_TEST(f) cmocka_unit_test_setup_teardown(f, open_page, close_page)
	const struct CMUnitTest tests[] = {
		PAGE_TEST(fills_the_windows_width), PAGE_TEST(zooms_at_the_pointer), PAGE_TEST(pans_by_pixels), PAGE_TEST(fits), PAGE_TEST(asks_for_what_it_cannot_do),
		PAGE_TEST(figures_are_held_and_let_go), PAGE_TEST(any_window_will_do),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
