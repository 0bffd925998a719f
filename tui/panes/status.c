/* The run at a glance: state, position, losses now and at first, and what became of the requests. */
#include <stdio.h>

#include "tui/chart.h"
#include "tui/pane.h"

static const char *const state_word[] = {
	[TRAINER_PAUSED] = "paused", [TRAINER_RUNNING] = "training", [TRAINER_FINISHED] = "finished", [TRAINER_FAILED] = "FAILED"};

static void duration(double s, char *out, int capacity) {
	long long n = s < 0 ? 0 : s > 1e9 ? 1000000000 : (long long)(s + 0.5);
	if (n >= 3600) snprintf(out, (size_t)capacity, "%lld:%02lld:%02lld", n / 3600, n / 60 % 60, n % 60);
	else snprintf(out, (size_t)capacity, "%lld:%02lld", n / 60, n % 60);
}

static int progress_draw(const struct view *v, struct look look, struct grid *g, int y) {
	const struct snapshot *s = &v->snapshot;
	char text[96], left[32];
	double share = s->total_steps > 0 ? (double)s->step / (double)s->total_steps : 0;
	duration(s->steps_per_s > 0 ? (double)(s->total_steps - s->step) / s->steps_per_s : 0, left, sizeof left);
	snprintf(text, sizeof text, "%lld / %lld%s%s", (long long)s->step, (long long)s->total_steps, s->state == TRAINER_RUNNING ? "  left " : "",
	         s->state == TRAINER_RUNNING ? left : "");
	chart_bar(grid_part(g, 0, y, g->width, 1), look, theme_focus, share, text);
	return y + 1;
}

static int losses_draw(const struct view *v, struct grid *g, int y) {
	const struct snapshot *s = &v->snapshot;
	if (s->step == 0) return y;
	grid_text(g, 0, y, theme_dim, "loss      now    first  ratio");
	for (int i = 0; i <= GRANULARITIES; i++) {
		bool all = i == GRANULARITIES;
		if (!all && !v->active[i]) continue;
		double now = all ? s->smooth_total > 0 ? s->smooth_total : s->last.total : s->smooth_total > 0 ? s->smooth[i] : s->last.loss[i],
		       first = all ? s->first.total : s->first.loss[i];
		y++;
		grid_text(g, 0, y, all ? theme_title : theme_granularity[i], all ? "total" : granularity_name[i]);
		grid_textf(g, 9, y, style_plain, "%7.4f %7.4f  %5.2f", now, first, first > 0 ? now / first : 0);
	}
	return y + 1;
}

/* The newest requests that fit, newest last. */
static void requests_draw(const struct view *v, struct grid *g, int y) {
	int room = g->height - y, n = v->request_count < room ? v->request_count : room;
	for (int i = v->request_count - n; i < v->request_count; i++, y++) {
		const struct view_request *r = &v->request[i];
		int x;
		if (r->state == REQUEST_QUEUED) x = grid_text(g, 0, y, theme_cursor, "queued");
		else if (r->state == REQUEST_REJECTED) x = grid_text(g, 0, y, theme_error, "rejected");
		else x = grid_textf(g, 0, y, theme_good, "at step %lld", (long long)r->step);
		x += 1 + grid_text(g, x + 1, y, style_plain, r->command);
		if (r->state == REQUEST_REJECTED) grid_textf(g, x, y, theme_dim, ": %s", r->why);
	}
}

static void draw(const struct view *v, const int *setting, struct look look, struct grid g) {
	const struct snapshot *s = &v->snapshot;
	const struct scene *c = v->scene;
	(void)setting;
	int y = 0;
	int x = grid_text(&g, 0, y, s->state == TRAINER_FAILED ? theme_error : theme_title, v->has_trainer ? state_word[s->state] : "ready");
	if (c->valid)
		grid_textf(&g, x + 2, y, theme_source[c->phase], "phase %s  a %.2f b %.2f g %.2f", mask_source_name[c->phase], c->mix[0], c->mix[1], c->mix[2]);
	y = progress_draw(v, look, &g, y + 1);
	grid_textf(&g, 0, y, theme_dim, "%s %s  batch %d  V %d  %s", v->preset, v->precision, v->batch, v->visible, v->data);
	if (*s->device) grid_text(&g, 0, ++y, theme_dim, s->device);
	y = losses_draw(v, &g, y + 1);
	if (*v->breaks) grid_textf(&g, 0, y++, theme_dim, "break if %s", v->breaks);
	if (*s->message) grid_text(&g, 0, y++, s->state == TRAINER_FAILED ? theme_error : theme_dim, s->message);
	requests_draw(v, &g, y);
}

const struct pane pane_status = {
	.name = "status", .title = "status", .digit = '1', .priority = 1, .least_width = 24, .least_height = 3, .draw = draw,
	.keys = {{'n', "until phase=next", "train to the next phase"}, {0}},
};
