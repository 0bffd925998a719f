/* Throughput and memory: what a step costs, and of it what is waiting for data; what the run takes of the machine. */
#include <math.h>
#include <stdio.h>

#include "tui/chart.h"
#include "tui/pane.h"
#include "tui/panes/parts.h"

enum setting { WINDOW };
enum { SMOOTH = 10, WINDOW_MOST = 10000 };

/* A bar: of a step, the share that waits for data. */
static void wait_draw(const struct snapshot *s, struct look look, struct grid g) {
	double share = s->step_ms > 0 ? s->wait_ms / s->step_ms : 0;
	int x = part_text(&g, 0, 0, style_plain, "%.1f ms a step", s->step_ms);
	x = part_text(&g, x, 0, share > 0.2 ? theme_error : style_plain, "%.0f%% waiting for data", 100 * share);
	if (g.width - x >= 10) chart_bar(grid_part(&g, x, 0, g.width - x, 1), look, share > 0.2 ? theme_error : theme_good, share, NULL);
}

static void memory_draw(const struct view *v, struct grid g) {
	char text[32];
	int x = 0;
	if (v->model_bytes > 0) {
		part_bytes(v->model_bytes + v->step_bytes, text, sizeof text);
		x = part_text(&g, x, 0, style_plain, v->gpu ? "GPU %s" : "run %s", text);
	}
	part_bytes(v->rss_bytes, text, sizeof text);
	x = part_text(&g, x, 0, style_plain, "resident %s", text);
	if (v->model_bytes <= 0) return;
	part_bytes(v->model_bytes, text, sizeof text);
	x = part_text(&g, x, 0, theme_dim, "model %s", text);
	part_bytes(v->step_bytes, text, sizeof text);
	part_text(&g, x, 0, theme_dim, "step %s", text);
}

static void draw(const struct view *v, const int *setting, struct look look, struct grid g) {
	const struct snapshot *s = &v->snapshot;
	const struct history *h = &v->history;
	static double smooth[WINDOW_MOST];
	if (h->count == 0) {
		grid_text(&g, 0, 0, theme_dim, "no step yet");
		memory_draw(v, grid_part(&g, 0, 1, g.width, 1));
		return;
	}
	int x = s->step_ms > 0 ? part_text(&g, 0, 0, theme_title, "%.1f images/s", s->images_per_s) : part_text(&g, 0, 0, theme_dim, "no step was made since it was loaded");
	if (s->step_ms > 0) part_text(&g, x, 0, style_plain, "%.2f steps/s", s->steps_per_s), wait_draw(s, look, grid_part(&g, 0, 1, g.width, 1));
	memory_draw(v, grid_part(&g, 0, 2, g.width, 1));
	int64_t from = h->count > setting[WINDOW] ? h->count - setting[WINDOW] : 0, n = h->count - from;
	chart_smooth(smooth, h->images_per_s + from, n, SMOOTH);
	struct series series = {.name = "images/s", .style = theme_good, .mark = 'i', .count = n, .x = h->step + from, .y = smooth};
	struct chart c = {.x0 = h->step[from], .x1 = h->step[h->count - 1], .x_name = "step", .crosshair = NAN};
	if (g.height > 7) chart_draw(&c, grid_part(&g, 0, 3, g.width, g.height - 3), look, &series, 1);
	else if (g.height > 3) chart_spark(grid_part(&g, 0, 3, g.width, 1), look, theme_good, smooth, n);
}

static void state(const struct view *v, const int *setting, char *out, int capacity) {
	(void)setting;
	snprintf(out, (size_t)capacity, "%s", v->gpu ? "GPU" : "CPU");
}

static void rows(const struct view *v, const int *setting, int width, int *least, int *wish) {
	(void)v, (void)setting, (void)width, (void)least;
	*wish = 9;
}

const struct pane pane_speed = {
	.name = "speed", .title = "throughput and memory", .digit = '5', .priority = 6, .least_width = 24, .least_height = 4, .draw = draw, .rows = rows, .state = state,
	.settings = {{"window", "the curve's steps, counted from the last", NULL, 10, WINDOW_MOST, 500}},
	.keys = {{'w', "pane speed window *2", "a longer curve"}, {'W', "pane speed window /2", "a shorter one"}, {0}},
};
