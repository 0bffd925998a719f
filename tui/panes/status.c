/* The run at a glance: state, position, losses now and at first, what would pause it, and what became of the requests. */
#include <math.h>
#include <stdio.h>

#include "tui/chart.h"
#include "tui/pane.h"
#include "tui/panes/parts.h"

enum { REQUESTS = 3 /* wished for */ };

static const char *const state_word[] = {
	[TRAINER_PAUSED] = "paused", [TRAINER_RUNNING] = "training", [TRAINER_FINISHED] = "finished", [TRAINER_FAILED] = "FAILED"};

static void head_draw(const struct view *v, struct grid g) {
	const struct snapshot *s = &v->snapshot;
	const struct scene *c = v->scene;
	int x = part_text(&g, 0, 0, s->state == TRAINER_FAILED ? theme_error : theme_title, "%s", v->has_trainer ? state_word[s->state] : "ready");
	if (!c->valid) return;
	x = part_text(&g, x, 0, theme_source[c->phase], "%s phase", mask_source_name[c->phase]);
	for (int j = 0; j < SOURCES && (j > 0 || x + 22 <= g.width); j++) x = part_text(&g, x, 0, theme_source[j], "%c %.2f", theme_source_letter[j], c->mix[j]);
}

static void progress_draw(const struct view *v, struct look look, struct grid g) {
	const struct snapshot *s = &v->snapshot;
	char text[96], left[32] = "";
	int64_t total = s->total_steps > 0 ? s->total_steps : v->scene->total_steps, to = s->state == TRAINER_RUNNING ? s->target : 0;
	double share = total > 0 ? (double)s->step / (double)total : 0;
	int n = snprintf(text, sizeof text, "%lld of %lld", (long long)s->step, (long long)total);
	part_duration(s->steps_per_s > 0 ? (double)(to - s->step) / s->steps_per_s : 0, left, sizeof left);
	if (to > s->step && s->steps_per_s > 0 && to < total) snprintf(text + n, sizeof text - (size_t)n, "  %s left to %lld", left, (long long)to);
	else if (to > s->step && s->steps_per_s > 0) snprintf(text + n, sizeof text - (size_t)n, "  %s left", left);
	if (grid_columns(text) + 2 > g.width) text[n] = '\0';
	chart_bar(g, look, theme_focus, share, text);
}

static void run_draw(const struct view *v, struct grid *g, int *y) {
	int x = part_text(g, 0, *y, theme_dim, "%s %s", v->preset, *v->snapshot.precision ? v->snapshot.precision : v->precision);
	x = part_text(g, x, *y, theme_dim, "batch %d", v->batch);
	x = part_text(g, x, *y, theme_dim, "V %d", v->visible);
	x = part_text(g, x, *y, theme_dim, "%s", v->data);
	++*y;
	if (*v->snapshot.device && *y < g->height) grid_text(g, 0, (*y)++, theme_dim, v->snapshot.device);
}

/* Smoothed losses now, the first step's, and their ratio. Side by side with a spark of the run where there is room. */
static void losses_draw(const struct view *v, struct look look, struct grid *g, int *y) {
	const struct snapshot *s = &v->snapshot;
	const struct history *h = &v->history;
	if (s->step == 0) return;
	grid_text(g, 0, (*y)++, theme_dim, "loss         now   first  ratio");
	for (int i = 0; i <= GRANULARITIES; i++) {
		bool all = i == GRANULARITIES;
		if (!all && !v->active[i]) continue;
		double now = all ? s->smooth_total : s->smooth[i], first = all ? s->first.total : s->first.loss[i], last = all ? s->last.total : s->last.loss[i];
		struct style style = all ? theme_title : theme_granularity[i];
		if (!isfinite(last) || now <= 0) now = last;
		grid_text(g, 0, *y, style, all ? "total" : granularity_name[i]);
		grid_textf(g, 9, *y, isfinite(now) ? style_plain : theme_error, "%7.4f", now);
		grid_textf(g, 17, *y, style_plain, "%7.4f", first);
		if (first > 0 && isfinite(now)) grid_textf(g, 26, *y, style_plain, "%5.2f", now / first);
		if (g->width >= 46) chart_spark(grid_part(g, 33, *y, g->width - 33 < 24 ? g->width - 33 : 24, 1), look, style, all ? h->total : h->loss[i], h->count);
		++*y;
	}
}

/* What paused it, what would, and what went wrong. */
static void sentences_draw(const struct view *v, struct grid *g, int *y) {
	const struct snapshot *s = &v->snapshot;
	char text[640];
	if (*s->break_text && s->state != TRAINER_RUNNING) {
		snprintf(text, sizeof text, "paused by %s (%.4g) behind step %lld: `break show` lists its batch", s->break_text, s->break_value, (long long)s->step - 1);
		*y = part_wrapped(g, *y, theme_cursor, text);
	}
	if (*s->message) *y = part_wrapped(g, *y, s->state == TRAINER_FAILED ? theme_error : theme_dim, s->message);
	if (*v->breaks) {
		snprintf(text, sizeof text, "break if %s", v->breaks);
		*y = part_wrapped(g, *y, theme_dim, text);
	}
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
		x = part_words(g, x + 1, y, style_plain, r->command);
		if (r->state == REQUEST_REJECTED) part_words(g, x, y, theme_dim, r->why);
	}
}

static void draw(const struct view *v, const int *setting, struct look look, struct grid g) {
	int y = 0;
	(void)setting;
	head_draw(v, grid_part(&g, 0, y++, g.width, 1));
	progress_draw(v, look, grid_part(&g, 0, y++, g.width, 1));
	if (v->snapshot.state == TRAINER_FAILED || (*v->snapshot.break_text && v->snapshot.state != TRAINER_RUNNING)) { /* first what one must know */
		sentences_draw(v, &g, &y);
		run_draw(v, &g, &y);
		losses_draw(v, look, &g, &y);
	} else {
		run_draw(v, &g, &y);
		losses_draw(v, look, &g, &y);
		sentences_draw(v, &g, &y);
	}
	requests_draw(v, &g, y);
}

static void rows(const struct view *v, const int *setting, int width, int *least, int *wish) {
	(void)setting, (void)width, (void)least;
	*wish = 4 + 2 + 1 + REQUESTS;
	for (int i = 0; i < GRANULARITIES; i++) *wish += v->active[i];
}

const struct pane pane_status = {
	.name = "status", .title = "status", .digit = '1', .priority = 1, .least_width = 20, .least_height = 3, .draw = draw, .rows = rows,
	.keys = {{'n', "until phase=next", "train to the next phase"}, {'b', "break show", "the last step's batch"}, {0}},
};
