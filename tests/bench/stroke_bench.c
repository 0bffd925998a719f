/* tests/bench/stroke_bench.c -- the mask painter, end to end: from a mouse button, pressed on a patch in the window of the real program, to all three
 * reconstructions of the model on the screen. The program runs on a pseudo-terminal, paused; the button is X's (xdotool); the screen is the server's memory, looked
 * at every half millisecond. A stroke is made in the upper half of the pictures; the lower half of each prediction and of its error (cross-entropy, squared) is watched,
 * which nothing but a new reconstruction changes.
 *
 * usage: stroke_bench PROGRAM [STROKES] [PRESET]    Prints the least, median and 95 % of STROKES (60) for tiny, then base (or PRESET alone) */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/data/image_file.h"
#include "tests/ui/pty.h"
#include "tests/ui/xserver.h"
#include "viewer/gallery.h"

enum { WIDTH = 1360, HEIGHT = 860 /* of the program's window */, STROKES_MAX = 10000, SHOWN = 4, PREDICTION = 1, ERROR = 3 /* columns: masked, prediction, target, error */ };
static const double TARGET_MS = 100, PATIENCE_S = 20, AFTER_S = 0.3;

struct watched { struct box prediction, error; };

static char program[PATH_MAX], folder[] = "/tmp/c2f-stroke-XXXXXX";
static struct xserver *x;
static double took[STROKES_MAX];

static void die(const char *what) {
	struct image screen = {0};
	fprintf(stderr, "stroke_bench: %s\n", what);
	if (x && xserver_image(x, &screen) == 0 && png_write("stroke_bench.png", &screen, NULL, 0) == 0) fprintf(stderr, "stroke_bench: the screen is stroke_bench.png\n");
	xserver_free(x);
	exit(1);
}

static int by_size(const void *a, const void *b) {
	double p = *(const double *)a, q = *(const double *)b;
	return (p > q) - (p < q);
}

/* Where cells stand in the program's window: the same gallery, the same keys, drawn into memory. */
static void find_cells(int side, int edge, const char *keys, struct watched watched[GRANULARITIES], struct box *painted) {
	struct board_head head = {.title = "where", .stages = 3, .stage = {SEMSEG, INSTANCE, RGB}, .cascade = true, .samples = {8, 8}, .class_count = 1};
	struct board_row *row = calloc(1, sizeof *row);
	struct surface memory = {0};
	struct gallery *g;
	if (!row || gallery_new(&g) || surface_size(&memory, WIDTH, HEIGHT)) die("no gallery");
	for (int of = 0; of < GRANULARITIES; of++)
		if (board_part_init(&row->part[of], (enum granularity)of, side, of == RGB ? edge : 4 * side)) die("no memory");
	gallery_head(g, &head);
	gallery_rows(g, 1);
	gallery_columns(g, (bool[BOARD_COLUMNS]){[BOARD_MASKED] = true, [BOARD_PREDICTION] = true, [BOARD_TARGET] = true, [BOARD_ERROR] = true});
	gallery_row(g, 0, row);
	for (gallery_draw(g, &memory); *keys; keys++) gallery_press(g, *keys, 0), gallery_draw(g, &memory);
	for (int of = 0; of < GRANULARITIES; of++) watched[of] = (struct watched){gallery_cell(g, 0, SHOWN * of + PREDICTION), gallery_cell(g, 0, SHOWN * of + ERROR)};
	*painted = gallery_cell(g, 0, 0);
	gallery_free(g);
	surface_free(&memory);
}

static uint64_t lower_half(struct box b) { return xserver_hash(x, b.x, b.y + b.height / 2, b.width, b.height / 2); }
static uint64_t look(struct watched b) { return lower_half(b.prediction) ^ 3 * lower_half(b.error); }

static void looks(const struct watched *b, uint64_t seen[GRANULARITIES]) {
	for (int of = 0; of < GRANULARITIES; of++) seen[of] = look(b[of]);
}

static void rest_until_still(struct pty *p, const struct watched *b, double seconds) {
	uint64_t before[GRANULARITIES], now[GRANULARITIES];
	for (looks(b, before);; memcpy(before, now, sizeof now)) {
		pty_rest(p, (int)(1e3 * seconds));
		looks(b, now);
		if (!memcmp(before, now, sizeof now)) return;
	}
}

/* Milliseconds from the button to the last of the three that changes. The stroke may be too small to change a label anywhere: *ALL tells whether it did. */
static double stroke(struct pty *p, const struct watched *b, int at_x, int at_y, int button, bool *all) {
	uint64_t before[GRANULARITIES];
	double at[GRANULARITIES] = {0}, last = 0, now = 0;
	xserver_do(x, "mousemove %d %d", at_x, at_y);
	rest_until_still(p, b, 0.15);
	looks(b, before);
	double began = pty_seconds();
	xserver_do(x, "click %d", button);
	for (; !at[RGB] || now - at[RGB] < AFTER_S; usleep(500)) {
		now = pty_seconds();
		for (int of = 0; of < GRANULARITIES; of++)
			if (!at[of] && look(b[of]) != before[of]) at[of] = last = now;
		if (now - began > PATIENCE_S) die("a stroke changed nothing on the screen");
		pty_read(p, 0);
	}
	*all = at[SEMSEG] && at[INSTANCE];
	return 1e3 * (last - began);
}

static bool is_masked(int at_x, int at_y) {
	return xserver_pixel(x, at_x, at_y) == ((uint32_t)board_hidden[0] << 16 | (uint32_t)board_hidden[1] << 8 | board_hidden[2]);
}

static void finish(struct pty *p) {
	int status;
	pty_type(p, "quit\r");
	pty_ended(p, 60, &status);
	pty_free(p);
}

/* STEPS of training: without any, no label changes by a stroke. */
static void measure(const char *preset, int side, int edge, int steps, int strokes) {
	struct watched watched[GRANULARITIES];
	struct box painted;
	char line[256];
	if (!(x = xserver_start(WIDTH, HEIGHT))) die("no X server");
	struct pty *p = pty_start(&(struct pty_start){.width = 100, .height = 30, .term = "xterm", .folder = folder}, (const char *[]){program, "--plain", "--run", preset, NULL});
	if (!p || !pty_wait(p, "c2f>", 60)) die("the program does not begin");
	snprintf(line, sizeof line, "set preset=%s batch=2 lr=0.002 warmup=0 eval_every=0 total_steps=1000; data scenes train=8 val=8; train steps=%d\r", preset, steps);
	pty_type(p, line);
	snprintf(line, sizeof line, "c2f[paused %d", steps);
	if (!pty_wait(p, line, 600)) die("training does not end");
	pty_type(p, "view val/0 count=1 every=0 mask=random\r");
	if (!pty_wait(p, "the window shows", 60)) die("no window");
	while (xserver_pixel(x, WIDTH / 2, 5) == 0) pty_rest(p, 50);
	pty_rest(p, 1000);
	xserver_do(x, "mousemove %d %d key b key m key m", WIDTH - 5, 5);
	find_cells(side, edge, "bmm", watched, &painted);
	rest_until_still(p, watched, 1);
	int size = painted.width / side, all = 0;
	for (int i = 0; i < strokes + 2; i++) { /* two to warm up; a patch of the upper half each: masked if it is visible, else revealed */
		int patch = i * 5 % (side * side / 2), left = painted.x + patch % side * painted.width / side, top = painted.y + patch / side * painted.height / side;
		bool three;
		double ms = stroke(p, watched, left + size / 2, top + size / 2, is_masked(left + size / 4, top + size / 4) ? 3 : 1, &three);
		if (i >= 2) took[i - 2] = ms, all += three;
	}
	qsort(took, (size_t)strokes, sizeof *took, by_size);
	double median = took[strokes / 2], most = took[strokes * 95 / 100];
	printf("%-6s %4d px, %d patches, %d strokes (%d changed labels too): least %6.1f ms, median %6.1f ms, 95 %% under %6.1f ms", preset, edge, side * side, strokes, all, took[0], median, most);
	if (!strcmp(preset, "tiny")) printf("   (95 %% under %g ms: %s)", TARGET_MS, most < TARGET_MS ? "yes" : "NO");
	printf("\n");
	fflush(stdout);
	finish(p);
	xserver_free(x);
	x = NULL;
}

int main(int argc, char **argv) {
	int strokes = argc > 2 ? atoi(argv[2]) : 60;
	char command[128];
	if (argc < 2 || !realpath(argv[1], program) || strokes < 1 || strokes > STROKES_MAX) die("usage: stroke_bench PROGRAM [STROKES] [PRESET]");
	if (xserver_lacks() || !pty_possible()) return printf("skipped: %s is missing here\n", xserver_lacks() ? xserver_lacks() : "a pseudo-terminal"), 77;
	if (!mkdtemp(folder)) die("no /tmp");
	if (argc < 4 || !strcmp(argv[3], "tiny")) measure("tiny", 8, 64, 100, strokes);
	if (argc < 4 || !strcmp(argv[3], "base")) measure("base", 14, 224, 12, strokes);
	snprintf(command, sizeof command, "rm -rf %s", folder);
	return system(command) != 0;
}
