/* Throughput and memory: what a step costs, and of it what is waiting for data. */
#include <stdio.h>

#include "tui/chart.h"
#include "tui/pane.h"

static void draw(const struct view *v, const int *setting, struct look look, struct grid g) {
	const struct snapshot *s = &v->snapshot;
	(void)setting;
	if (v->history.count == 0) {
		grid_text(&g, 1, g.height / 2, theme_dim, "no step yet");
		return;
	}
	grid_textf(&g, 0, 0, style_plain, "%.1f images/s  %.2f steps/s", s->images_per_s, s->steps_per_s);
	grid_textf(&g, 0, 1, style_plain, "%.1f ms a step, of it %.1f waiting for data", s->step_ms, s->wait_ms);
	grid_textf(&g, 0, 2, style_plain, "resident memory %.2f GB", v->rss_bytes / 1e9);
	const struct history *h = &v->history;
	struct series series = {.name = "images/s", .style = theme_good, .mark = 'i', .count = h->count, .x = h->step, .y = h->images_per_s};
	double last = h->step[h->count - 1], window = 500;
	struct chart c = {.x0 = last > window ? last - window : 0, .x1 = last > 1 ? last : 1, .crosshair = 0.0 / 0.0};
	if (g.height > 7) chart_draw(&c, grid_part(&g, 0, 3, g.width, g.height - 3), look, &series, 1);
	else if (g.height > 3) chart_spark(grid_part(&g, 0, 3, g.width, 1), look, theme_good, h->images_per_s, h->count);
}

static void state(const struct view *v, const int *setting, char *out, int capacity) {
	(void)setting;
	snprintf(out, (size_t)capacity, "%s", v->gpu ? "GPU" : "CPU");
}

const struct pane pane_speed = {
	.name = "speed", .title = "throughput and memory", .digit = '5', .priority = 6, .least_width = 28, .least_height = 4, .draw = draw, .state = state,
	.keys = {{0}},
};
