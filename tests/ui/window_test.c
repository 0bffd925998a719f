/* tests/ui/window_test.c -- the viewer's window on a real X server (Xvfb), with real keys and mouse: what stands on the screen in each state, beside a golden
 * screenshot. Outside of words every pixel must be the same; where words stand their shade may differ a little, as fonts are drawn differently elsewhere.
 * UPDATE=1 rewrites the golden files (make golden-window); ONLY=STATE runs one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/err.h"
#include "engine/base/rng.h"
#include "engine/data/image_file.h"
#include "tests/ui/pty.h"
#include "tests/ui/xserver.h"
#include "viewer/text.h"
#include "viewer/window.h"

enum { WIDTH = 960, HEIGHT = 620, PROGRAM_WIDTH = 1360, PROGRAM_HEIGHT = 860 /* the program's window */, ROWS = 2, SIDE = 8, EDGE = 64, LABELS = 4 * SIDE };
enum { PLACES = 2048, AROUND = 3 /* pixels around words that count as theirs */, BLOCK = 16, WORDS_TOLERANCE = 24, EXACT_TOLERANCE = 2 /* a colour map's rounding */ };

static struct xserver *x;
static struct window *w;

/* ---- where words stand: the linker gives this file the window's calls (Makefile) --------------------------------------------------- */

static struct box words[PLACES];
static int word_count;

int __real_gallery_draw(struct gallery *g, struct surface *c);
int __wrap_gallery_draw(struct gallery *g, struct surface *c);
int __real_text_draw(struct text *t, struct surface *c, struct box clip, enum surface_style style, int x, int y, double align, uint32_t colour, const char *text);
int __wrap_text_draw(struct text *t, struct surface *c, struct box clip, enum surface_style style, int x, int y, double align, uint32_t colour, const char *text);

int __wrap_gallery_draw(struct gallery *g, struct surface *c) {
	word_count = 0;
	return __real_gallery_draw(g, c);
}

int __wrap_text_draw(struct text *t, struct surface *c, struct box clip, enum surface_style style, int left, int top, double align, uint32_t colour, const char *text) {
	int width = __real_text_draw(t, c, clip, style, left, top, align, colour, text);
	struct box b = {left - (int)(align * width) - AROUND, top - AROUND, width + 2 * AROUND, text_line(style) + 2 * AROUND};
	assert_true(word_count < PLACES);
	if (width > 0) words[word_count++] = box_common(b, (struct box){clip.x - AROUND, clip.y - AROUND, clip.width + 2 * AROUND, clip.height + 2 * AROUND});
	return width;
}

/* 1 where words stand. */
static uint8_t *word_places(int width, int height) {
	uint8_t *at = calloc((size_t)width, (size_t)height);
	assert_non_null(at);
	for (int i = 0; i < word_count; i++) {
		struct box b = box_common(words[i], (struct box){0, 0, width, height});
		for (int y = b.y; y < b.y + b.height; y++) memset(at + y * width + b.x, 1, (size_t)b.width);
	}
	return at;
}

/* ---- what is shown: made up, from a seed, in whole numbers ------------------------------------------------------------------------ */

/* Two objects of classes 2 and 3 on a ground of class 0 below a sky of class 1; SHIFT moves them: the prediction is the target moved. */
static int label_at(int row, int px, int py, int edge, int shift) {
	int u = 64 * px / edge - 10 - 12 * row - shift, v = 64 * py / edge - 34, r = 64 * px / edge - 44 + shift, s = 64 * py / edge - 20 - 6 * row;
	if (u >= 0 && u < 18 && v >= 0 && v < 22) return 2;
	if (r * r + s * s < 120) return 3;
	return py * 64 / edge > 38 - shift;
}

static void fill_part(struct board_part *p, int row, enum granularity of, struct rng *r) {
	static const uint8_t colour[4][3] = {{120, 170, 220}, {90, 140, 70}, {200, 60, 50}, {240, 200, 60}};
	for (int i = 0; i < p->edge * p->edge; i++) {
		int px = i % p->edge, py = i / p->edge, label = label_at(row, px, py, p->edge, 0), guess = label_at(row, px, py, p->edge, 5);
		if (of == SEMSEG) p->target[i] = (uint8_t)label, p->prediction[i] = (uint8_t)guess;
		if (of == INSTANCE) p->target[i] = (uint8_t)(label > 1 ? label - 1 : 0), p->prediction[i] = (uint8_t)(guess > 1 ? guess - 1 : 0);
		if (of != RGB) p->cost[i] = (float)(1 + px % 3 + 2 * (label != guess)) / 4;
		for (int c = 0; of == RGB && c < 3; c++) {
			p->target[3 * i + c] = (uint8_t)(colour[label][c] + (px + py) / 16);
			p->prediction[3 * i + c] = (uint8_t)(colour[guess][c] - py / 16);
		}
	}
	for (int i = 0; i < SIDE * SIDE; i++) p->mask[i] = rng_below(r, 4) > 0, p->sources[i] = p->mask[i] ? (uint8_t)(1 + rng_below(r, 7)) : 0, p->visible += !p->mask[i];
	p->loss = 0.5 + 0.25 * of;
}

static void fill_window(void) {
	static const struct board_head head = {.title = "C2FMAE tiny on made-up samples", .stages = 3, .stage = {SEMSEG, INSTANCE, RGB}, .cascade = true, .samples = {8, 8}, .class_count = 4,
		.classes = {{"sky", 70, 130, 180, false}, {"grass", 90, 160, 60, false}, {"car", 200, 40, 40, true}, {"ball", 240, 200, 0, true}}};
	struct gallery *g = window_gallery(w);
	gallery_head(g, &head);
	gallery_state(g, "paused, step 120 of 400   follows every 10 steps");
	gallery_rows(g, ROWS);
	for (int row = 0; row < ROWS; row++) {
		struct board_row *made = calloc(1, sizeof *made);
		struct rng r;
		assert_non_null(made);
		rng_init(&r, 7, RNG_INIT, 0, (uint64_t)row);
		snprintf(made->name, sizeof made->name, "val/%d", row);
		snprintf(made->detail, sizeof made->detail, "mask random, step 120");
		made->trained = 120, made->sourced = true;
		for (int of = 0; of < GRANULARITIES; of++) {
			assert_int_equal(board_part_init(&made->part[of], (enum granularity)of, SIDE, of == RGB ? EDGE : LABELS), 0);
			fill_part(&made->part[of], row, (enum granularity)of, &r);
		}
		gallery_row(g, row, made);
	}
}

/* ---- the screen ----------------------------------------------------------------------------------------------------------------------- */

static void turn_for(double seconds) {
	for (double until = pty_seconds() + seconds; pty_seconds() < until; usleep(5000)) assert_true(window_turn(w));
}

/* Until the screen has changed from what it was (HASH), then rests; what is asked for changes something, or the test says so. */
static void settle(uint64_t hash, const char *what) {
	double until = pty_seconds() + 20;
	while (xserver_hash(x, 0, 0, WIDTH, HEIGHT) == hash) {
		turn_for(0.02);
		if (pty_seconds() > until) fail_msg("nothing on the screen has changed within 20 s after: %s", what);
	}
	do hash = xserver_hash(x, 0, 0, WIDTH, HEIGHT), turn_for(0.25);
	while (hash != xserver_hash(x, 0, 0, WIDTH, HEIGHT));
}

#define DO(...) do { uint64_t hash = xserver_hash(x, 0, 0, WIDTH, HEIGHT); xserver_do(x, __VA_ARGS__); settle(hash, #__VA_ARGS__); } while (0)

/* ---- beside the golden file ----------------------------------------------------------------------------------------------------------------- */

static int apart(const uint8_t *a, const uint8_t *b) {
	int worst = 0;
	for (int c = 0; c < 3; c++) worst = abs(a[c] - b[c]) > worst ? abs(a[c] - b[c]) : worst;
	return worst;
}

struct difference { int count, left, top, right, bottom; };

static void differs_at(struct difference *d, int left, int top, int size) {
	if (!d->count++) *d = (struct difference){1, left, top, left + size, top + size};
	d->left = left < d->left ? left : d->left, d->top = top < d->top ? top : d->top;
	d->right = left + size > d->right ? left + size : d->right, d->bottom = top + size > d->bottom ? top + size : d->bottom;
}

/* Pixels outside of words. */
static struct difference compare_pixels(const struct image *now, const struct image *then, const uint8_t *word) {
	struct difference d = {0};
	for (int i = 0; i < now->width * now->height; i++)
		if (!word[i] && apart(now->pixels + 3 * i, then->pixels + 3 * i) > EXACT_TOLERANCE) differs_at(&d, i % now->width, i / now->width, 1);
	return d;
}

/* The mean of the pixels of words in a block. False: there are none. */
static bool block_mean(const struct image *im, const uint8_t *word, int left, int top, uint8_t mean[3]) {
	int n = 0, sum[3] = {0};
	for (int i = 0; i < BLOCK * BLOCK; i++) {
		int at_x = left + i % BLOCK, at_y = top + i / BLOCK, at = at_y * im->width + at_x;
		if (at_x >= im->width || at_y >= im->height || (word && !word[at])) continue;
		n++;
		for (int c = 0; c < 3; c++) sum[c] += im->pixels[3 * at + c];
	}
	for (int c = 0; n && c < 3; c++) mean[c] = (uint8_t)(sum[c] / n);
	return n >= BLOCK * BLOCK / 2;
}

/* Blocks of words (WORD NULL: all blocks) whose shade is another. */
static struct difference compare_blocks(const struct image *now, const struct image *then, const uint8_t *word, int tolerance) {
	struct difference d = {0};
	uint8_t a[3], b[3];
	for (int top = 0; top < now->height; top += BLOCK)
		for (int left = 0; left < now->width; left += BLOCK)
			if (block_mean(now, word, left, top, a) && block_mean(then, word, left, top, b) && apart(a, b) > tolerance) differs_at(&d, left, top, BLOCK);
	return d;
}

static const char *write_screen(const char *state, const struct image *im) {
	static char path[512];
	const char *build = getenv("BUILD");
	snprintf(path, sizeof path, "%s/screens", build ? build : "build");
	mkdir(path, 0777);
	snprintf(path, sizeof path, "%s/screens/%s.png", build ? build : "build", state);
	if (png_write(path, im, NULL, 0)) snprintf(path, sizeof path, "nowhere: %s", err_message());
	return path;
}

static void refuse(const char *state, const struct image *now, const char *golden, const char *what, const struct difference *d) {
	fail_msg("window '%s': %d %s differ from %s, all within (%d, %d) to (%d, %d); the screenshot is %s; if it is meant, make golden-window", state, d->count, what, golden, d->left,
	         d->top, d->right, d->bottom, write_screen(state, now));
}

/* WIDE, HIGH: as much of the screen as counts. ALL_WORDS: where words stand isn't known, shades are compared everywhere. */
static void compare(const char *state, int wide, int high, bool all_words) {
	char golden[128];
	struct image now, then;
	assert_int_equal(xserver_image(x, &now), 0);
	for (int y = 0; y < high; y++) memmove(now.pixels + 3 * y * wide, now.pixels + 3 * y * now.width, 3 * (size_t)wide);
	now.width = wide, now.height = high;
	snprintf(golden, sizeof golden, "tests/golden/window/%s.png", state);
	if (getenv("UPDATE")) {
		assert_int_equal(png_write(golden, &now, NULL, 0), 0);
		return image_free(&now);
	}
	if (image_read(&then, golden)) fail_msg("window '%s': %s (make golden-window writes it)", state, err_message());
	if (then.width != wide || then.height != high) fail_msg("window '%s': %d x %d pixels, %s has %d x %d", state, wide, high, golden, then.width, then.height);
	uint8_t *word = all_words ? NULL : word_places(wide, high);
	struct difference pixels = all_words ? (struct difference){0} : compare_pixels(&now, &then, word), shades = compare_blocks(&now, &then, word, WORDS_TOLERANCE);
	free(word);
	if (pixels.count) refuse(state, &now, golden, "pixels outside of words", &pixels);
	if (shades.count) refuse(state, &now, golden, all_words ? "blocks of 16 pixels" : "blocks of words", &shades);
	image_free(&now);
	image_free(&then);
}

/* ---- the states ------------------------------------------------------------------------------------------------------------------------------ */

static int begin_server(int width, int height) {
	if (xserver_lacks()) return 0;
	x = xserver_start(width, height);
	return x ? 0 : -1;
}

static int begin(void **state) { return (void)state, begin_server(WIDTH, HEIGHT); }
static int begin_large(void **state) { return (void)state, begin_server(PROGRAM_WIDTH, PROGRAM_HEIGHT); }

static int end(void **state) {
	(void)state;
	window_close(w);
	w = NULL;
	xserver_free(x);
	x = NULL;
	return 0;
}

static void need(void) {
	const char *lacks = xserver_lacks();
	if (lacks) {
		print_message("skipped: %s is not installed\n", lacks);
		skip();
	}
}

/* The window with its samples, the pointer in the upper right corner. */
static void open_window(void) {
	need();
	if (window_open(&w, "made up", WIDTH, HEIGHT)) {
		print_message("skipped: %s\n", err_message());
		skip();
	}
	fill_window();
	DO("mousemove %d %d", WIDTH - 3, 3);
}

static struct box cell(int row, int column) { return gallery_cell(window_gallery(w), row, column); }

static void opening(void **state) {
	(void)state;
	open_window();
	compare("opening", WIDTH, HEIGHT, false);
}

static void zoomed_at_the_pointer(void **state) {
	(void)state;
	open_window();
	struct box b = cell(0, 1);
	DO("mousemove %d %d", b.x + b.width * 3 / 4, b.y + b.height / 4);
	DO("click --repeat 4 --delay 30 4");
	compare("zoomed", WIDTH, HEIGHT, false);
}

static void one_column_alone(void **state) {
	(void)state;
	open_window();
	DO("key 2");
	DO("key Return");
	compare("one_column", WIDTH, HEIGHT, false);
}

static void a_painted_stroke(void **state) {
	(void)state;
	open_window();
	DO("key b");
	struct box b = cell(0, 0);
	int patch = b.width / SIDE;
	xserver_do(x, "mousemove %d %d", b.x + patch + patch / 2, b.y + 2 * patch + patch / 2);
	DO("mousedown 3");
	for (int i = 2; i < 6; i++) DO("mousemove %d %d", b.x + i * patch + patch / 2, b.y + 2 * patch + patch / 2);
	xserver_do(x, "mouseup 3");
	turn_for(0.5);
	compare("painted", WIDTH, HEIGHT, false);
}

static void help(void **state) {
	(void)state;
	open_window();
	DO("key question");
	compare("help", WIDTH, HEIGHT, false);
}

static void another_metric(void **state) {
	(void)state;
	open_window();
	DO("key m");
	DO("key c key c");
	compare("metric", WIDTH, HEIGHT, false);
}

static void narrow(void **state) {
	(void)state;
	open_window();
	DO("search --name 'made up' windowsize 420 560");
	compare("narrow", 420, 560, false);
}

/* The program itself, from its prompt: procedural scenes, an untrained model from a seed, masks of the curriculum; no prediction is shown, for it has other
 * last bits on another processor. */
static void the_program(void **state) {
	(void)state;
	need();
	char folder[] = "/tmp/c2f-window-XXXXXX", program[4096], command[64];
	const char *c2f = getenv("C2F");
	if (!pty_possible() || !realpath(c2f ? c2f : "build/c2f", program)) {
		print_message("skipped: no pseudo-terminal can be had here, or no program\n");
		skip();
	}
	assert_non_null(mkdtemp(folder));
	struct pty *p = pty_start(&(struct pty_start){.width = 100, .height = 30, .term = "xterm", .folder = folder}, (const char *[]){program, "--plain", "--run", "r", NULL});
	assert_non_null(p);
	assert_true(pty_wait(p, "c2f>", 60));
	pty_type(p, "set preset=tiny batch=2 threads=1 loader_threads=1 eval_every=0 seed=3; data scenes train=8 val=8\r");
	pty_type(p, "view val/0 count=2 every=0 what=masked,target\r");
	bool shown = pty_wait(p, "the window shows", 120), refused = !shown && terminal_shows(pty_screen(p), "this build");
	for (int i = 0; shown && i < 2400 && xserver_pixel(x, PROGRAM_WIDTH / 2, PROGRAM_HEIGHT / 2) == 0; i++) pty_rest(p, 50);
	xserver_do(x, "mousemove %d %d", PROGRAM_WIDTH - 3, 3);
	uint64_t hash = 0;
	for (int quiet = 0, i = 0; shown && quiet < 20 && i < 1200; i++, quiet++) { /* until nothing changes for 2 s */
		pty_rest(p, 100);
		uint64_t now = xserver_hash(x, 0, 0, PROGRAM_WIDTH, PROGRAM_HEIGHT);
		if (now != hash) hash = now, quiet = 0;
	}
	if (shown) compare("program", PROGRAM_WIDTH, PROGRAM_HEIGHT, true);
	pty_free(p);
	snprintf(command, sizeof command, "rm -rf %s", folder);
	assert_int_equal(system(command), 0);
	if (refused) skip();
	assert_true(shown);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(opening, begin, end), cmocka_unit_test_setup_teardown(zoomed_at_the_pointer, begin, end),
		cmocka_unit_test_setup_teardown(one_column_alone, begin, end), cmocka_unit_test_setup_teardown(a_painted_stroke, begin, end),
		cmocka_unit_test_setup_teardown(help, begin, end), cmocka_unit_test_setup_teardown(another_metric, begin, end),
		cmocka_unit_test_setup_teardown(narrow, begin, end), cmocka_unit_test_setup_teardown(the_program, begin_large, end),
	};
	if (getenv("ONLY")) cmocka_set_test_filter(getenv("ONLY"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
