/* tests/bench/draw_bench.c -- what a main loop that draws at 10 Hz costs the training beside it.
 *
 * usage: draw_bench [WINDOW_SECONDS] [PAIRS]
 * Trains tiny on scenes. In every second window the main thread, ten times a second, copies the snapshot and the last 512 rows of history and
 * formats a screen of 120 x 40 cells from them, as a pane would. Windows are taken in pairs (still, drawing) and the ratio of their steps/s is
 * printed pair by pair, so that a machine whose speed drifts does not decide. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/base/err.h"
#include "engine/device/spin.h"
#include "engine/train/trainer.h"

enum { COLUMNS = 120, LINES = 40, ROWS = 512, PAIRS_MAX = 64 };

static double now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void nap(double seconds) {
	const struct timespec t = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
	nanosleep(&t, NULL);
}

/* A screen of numbers and bars from what the trainer published; returns its length, so that it can't be left out. */
static size_t draw(struct trainer *t, char *screen) {
	static struct metric rows[ROWS];
	struct snapshot s;
	trainer_snapshot(t, &s);
	int64_t count = trainer_history_count(t);
	int n = trainer_history(t, count > ROWS ? count - ROWS : 0, rows, ROWS);
	size_t at = 0;
	for (int line = 0; line < LINES; line++) {
		const struct metric *m = n ? &rows[(size_t)line * (size_t)n / LINES] : &s.last;
		int used = snprintf(screen + at, COLUMNS, "%6lld %8.4f %8.4f %8.4f %8.2e ", (long long)m->step, m->loss[0], m->loss[1], m->loss[2], m->lr);
		for (int c = used; c < COLUMNS; c++) screen[at + (size_t)c] = c < used + (int)(m->total * 5) ? '#' : ' ';
		at += COLUMNS;
	}
	return at;
}

/* Steps a second over SECONDS; *DRAWN_MS: the mean time of a drawing. */
static double window(struct trainer *t, double seconds, bool drawing, double *drawn_ms) {
	static char screen[COLUMNS * LINES + COLUMNS];
	struct snapshot a, b;
	double busy = 0, began = now();
	int frames = 0;
	trainer_snapshot(t, &a);
	while (now() - began < seconds) {
		double frame = now();
		trainer_drain(t);
		if (drawing && draw(t, screen)) frames++;
		busy += now() - frame;
		nap(0.1 - (now() - frame));
	}
	trainer_snapshot(t, &b);
	if (frames) *drawn_ms = 1e3 * busy / frames;
	return (double)(b.step - a.step) / (b.last.time_s - a.last.time_s); /* the trainer's own clock: whole steps, no rounding at the ends */
}

static int by_value(const void *a, const void *b) {
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

int main(int argc, char **argv) {
	spin_briefly(argv);
	double seconds = argc > 1 ? atof(argv[1]) : 5, ratio[PAIRS_MAX], drawn_ms = 0;
	int pairs = argc > 2 ? atoi(argv[2]) : 5;
	if (!(seconds > 0) || pairs < 1 || pairs > PAIRS_MAX) {
		fprintf(stderr, "usage: draw_bench [WINDOW_SECONDS] [PAIRS, at most %d]\n", PAIRS_MAX);
		return 2;
	}
	const struct model_preset *p = model_preset_find("tiny");
	struct trainer_fixed fixed = {.model = model_config_of(p), .batch = p->batch, .visible = p->visible, .seed = 1, .device = "cpu", .precision = "fp32"};
	struct trainer_live live = {.total_steps = 1000000, .lr = 1e-3, .warmup = 0.1, .warmup_lr = 1e-6, .beta1 = 0.9, .beta2 = 0.95, .epsilon = 1e-8,
		.decay = 0.05, .loss_weights = {1, 1, 1}};
	struct dataset *data = NULL;
	struct trainer *t = NULL;
	struct answer answer;
	mask_options_default(&live.mask);
	int rc = curriculum_preset(&live.curriculum, "sg-ig-rd");
	if (!rc) rc = dataset_open_scenes(&data, 0, fixed.model.image_size, (const int[]){256, 16});
	if (!rc) rc = trainer_new(&t, data, &fixed, &live, NULL);
	if (!rc && trainer_wait(t, trainer_run(t, &(struct stop){.kind = STOP_AT_STEP, .step = live.total_steps}), -1, &answer)) rc = answer.code;
	if (rc) {
		fprintf(stderr, "error: %s\n", err_message());
		return 1;
	}
	window(t, seconds, false, &drawn_ms); /* warm-up */
	for (int i = 0; i < pairs; i++) {
		double still = window(t, seconds, false, &drawn_ms), drawing = window(t, seconds, true, &drawn_ms);
		ratio[i] = drawing / still;
		printf("still %.2f steps/s, drawing at 10 Hz %.2f steps/s: ratio %.3f\n", still, drawing, ratio[i]);
	}
	qsort(ratio, (size_t)pairs, sizeof *ratio, by_value);
	printf("drawing at 10 Hz (%.2f ms a screen) costs %.1f %% of the steps (median of %d pairs; %.1f to %.1f %%)\n", drawn_ms,
	       100 * (1 - ratio[pairs / 2]), pairs, 100 * (1 - ratio[pairs - 1]), 100 * (1 - ratio[0]));
	trainer_free(t);
	dataset_free(data);
	return 0;
}
