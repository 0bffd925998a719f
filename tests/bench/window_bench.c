/* The viewer's frames: 8 samples by 12 columns of 224 pixels in a real window, from a change to SDL's having handed the picture to the
 * screen (software: no GPU is used). On the display there is, else on an Xvfb of its own.
 * usage: window_bench    Prints milliseconds a frame, the least and the median of many. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/base/err.h"
#include "tests/ui/xserver.h"
#include "viewer/window.h"

enum { ROWS = 8, SIDE = 14, EDGE = 224, FRAMES = 120, TARGET = 30 /* frames a second, software; 60 is wished for */ };

static double now_ms(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static int ascending(const void *a, const void *b) { return *(const double *)a < *(const double *)b ? -1 : *(const double *)a > *(const double *)b; }

static struct board_row *noise_row(int index) {
	struct board_row *r = calloc(1, sizeof *r);
	snprintf(r->name, sizeof r->name, "val/%d", index);
	for (int of = 0; of < GRANULARITIES; of++) {
		struct board_part *p = &r->part[of];
		if (board_part_init(p, (enum granularity)of, SIDE, of == RGB ? EDGE : 4 * SIDE)) exit(1);
		int bytes = p->edge * p->edge * (of == RGB ? 3 : 1);
		for (int i = 0; i < bytes; i++) p->target[i] = (uint8_t)(rand() % 200), p->prediction[i] = (uint8_t)(rand() % 200);
		for (int i = 0; i < SIDE * SIDE; i++) p->mask[i] = rand() % 4 > 0;
	}
	return r;
}

static void report(const char *what, struct gallery *g, void (*draw)(void *), void *context, void (*change)(struct gallery *, int)) {
	double took[FRAMES];
	for (int i = 0; i < FRAMES; i++) {
		double began = now_ms();
		change(g, i);
		draw(context);
		took[i] = now_ms() - began;
	}
	qsort(took, FRAMES, sizeof *took, ascending);
	double rate = 1e3 / took[FRAMES / 2];
	printf("%-28s least %6.2f ms, median %6.2f ms, 95 %% under %6.2f ms: %.0f frames a second (60: %s; %d: %s)\n", what, took[0], took[FRAMES / 2], took[FRAMES * 95 / 100], rate,
	       rate >= 60 ? "yes" : "no", TARGET, rate >= TARGET ? "yes" : "NO");
}

static void scroll(struct gallery *g, int i) { gallery_wheel(g, i / 20 % 2 ? 1 : -1, WITH_SHIFT); }
static void zoom(struct gallery *g, int i) { gallery_wheel(g, i / 12 % 2 ? -1 : 1, 0); }
static void pan(struct gallery *g, int i) { gallery_press(g, i / 10 % 2 ? 'h' : 'l', 0); }

static void fill(struct gallery *g) {
	static struct board_head h = {.title = "bench", .stages = 3, .stage = {SEMSEG, INSTANCE, RGB}, .cascade = true, .class_count = 200};
	for (int i = 0; i < h.class_count; i++) snprintf(h.classes[i].name, sizeof h.classes[i].name, "class %d", i), h.classes[i].r = (uint8_t)(37 * i), h.classes[i].g = (uint8_t)(91 * i);
	gallery_head(g, &h);
	gallery_rows(g, ROWS);
	for (int r = 0; r < ROWS; r++) gallery_row(g, r, noise_row(r));
}

static void turn(void *window) { window_turn(window); }

/* Cells of about 224 pixels, larger than the window in all; then as many as fit, made smaller. */
static void measure(struct gallery *g, void (*draw)(void *), void *context) {
	struct box cell;
	draw(context);
	while ((cell = gallery_cell(g, 0, 0)).width < EDGE) gallery_press(g, ']', 0), draw(context);
	printf("%d x 12 cells of %d pixels\n", ROWS, cell.width);
	gallery_pointer(g, cell.x + 50, cell.y + 60);
	report("  scrolling", g, draw, context, scroll);
	gallery_pointer(g, cell.x + 50, gallery_cell(g, 0, 0).y + 60);
	report("  zooming at the pointer", g, draw, context, zoom);
	gallery_wheel(g, 4, 0);
	report("  panning", g, draw, context, pan);
	gallery_press(g, 'r', 0);
	draw(context);
	cell = gallery_cell(g, 3, 10);
	printf("%d x 12 cells of %d pixels, all in the window\n", ROWS, cell.width);
	gallery_pointer(g, cell.x + 20, cell.y + 30);
	report("  zooming at the pointer", g, draw, context, zoom);
}

int main(void) {
	struct window *w;
	struct xserver *x = NULL;
	if (!getenv("DISPLAY") && !getenv("WAYLAND_DISPLAY")) {
		if (xserver_lacks()) return printf("skipped: neither DISPLAY is set nor is there an %s\n", xserver_lacks()), 77;
		if (!(x = xserver_start(1360, 860))) return 77;
	}
	int rc = window_open(&w, "bench", 1360, 860) ? 77 : 0;
	if (rc) printf("skipped: %s\n", err_message());
	else fill(window_gallery(w)), measure(window_gallery(w), turn, w), window_close(w);
	xserver_free(x);
	return rc;
}
