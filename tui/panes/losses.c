/* The three losses and their total over the run, training and validation, other runs beside them.
 * A training loss is not comparable across phases, because the masks' difficulty changes: so the phases' ends stand in the chart, and validation on
 * frozen masks is drawn over it (spec.md section 6). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "tui/chart.h"
#include "tui/pane.h"

enum setting { SHOW, LOG, SMOOTH, ZOOM, VALIDATION, CROSSHAIR, QUANTITY };
enum { SERIES_MAX = 3 * (VIEW_RUNS + 1) + 12, LINES_MAX = 8 + VIEW_MARKS };

static const char *const show_words[] = {"all", "semseg", "instance", "rgb", "total", NULL};
static const char *const switch_words[] = {"off", "on", NULL};
static const char *const val_words[] = {"off", "random", "semantic", "instance", NULL};
static const char *const quantity_words[] = {"loss", "lr", "grad_norm", NULL};

/* The kind of frozen mask that each word of val_words means. */
static const int val_kind[] = {-1, SOURCE_RANDOM, SOURCE_SEMANTIC, SOURCE_INSTANCE};

struct plot {
	struct series series[SERIES_MAX];
	double *smoothed[SERIES_MAX];
	int count, owned;
};

static void add(struct plot *p, const struct history *h, const double *y, struct style style, char mark, const char *name, int window) {
	if (p->count == SERIES_MAX || h->count == 0) return;
	double *smooth = window > 1 ? malloc(sizeof *smooth * (size_t)h->count) : NULL;
	if (smooth) chart_smooth(smooth, y, h->count, window), p->smoothed[p->owned++] = smooth;
	p->series[p->count++] = (struct series){.name = name, .style = style, .mark = mark, .count = h->count, .x = h->step, .y = smooth ? smooth : y};
}

static void add_losses(struct plot *p, const struct view *v, const struct history *h, const int *setting, bool other) {
	static const char marks[] = "sir";
	for (int g = 0; g < GRANULARITIES; g++) {
		if (!v->active[g] || (setting[SHOW] != 0 && setting[SHOW] != 1 + g)) continue;
		struct style style = theme_granularity[g];
		if (other) style.attributes |= DIM;
		add(p, h, h->loss[g], style, other ? (char)(marks[g] - 'a' + 'A') : marks[g], other ? h->name : granularity_name[g], setting[SMOOTH]);
	}
	if (setting[SHOW] == 4) add(p, h, h->total, theme_title, other ? 'T' : 't', other ? h->name : "total", setting[SMOOTH]);
}

static void add_validation(struct plot *p, const struct view *v, const struct history *h, const int *setting) {
	int kind = val_kind[setting[VALIDATION]];
	for (int g = 0; kind >= 0 && g < GRANULARITIES; g++) {
		if (!v->active[g] || (setting[SHOW] != 0 && setting[SHOW] != 1 + g) || h->val_count == 0 || p->count == SERIES_MAX) continue;
		p->series[p->count++] = (struct series){.style = theme_granularity[g], .mark = 'v', .count = h->val_count, .x = h->val_step, .y = h->val[kind][g], .points = true};
	}
}

/* Where the phase changes along the run, the marks of what was done, and the position that is looked at. */
static int add_lines(const struct view *v, struct chart_line *lines) {
	int n = 0;
	const struct curriculum *c = &v->scene->curriculum;
	double total = (double)v->snapshot.total_steps;
	for (int i = 1; v->scene->valid && i < CURVE_POINTS && n < 8; i++) {
		enum mask_source before = curriculum_phase(c, (i - 1) / (CURVE_POINTS - 1.0)), now = curriculum_phase(c, i / (CURVE_POINTS - 1.0));
		if (now != before)
			lines[n++] = (struct chart_line){total * i / (CURVE_POINTS - 1.0), theme_source_letter[now], theme_source[now], mask_source_name[now]};
	}
	for (int i = 0; i < v->mark_count; i++) lines[n++] = (struct chart_line){(double)v->mark[i].step, v->mark[i].letter, theme_dim, NULL};
	return n;
}

static void draw(const struct view *v, const int *setting, struct look look, struct grid g) {
	static struct plot p;
	struct chart_line lines[LINES_MAX];
	const struct history *h = &v->history;
	p.count = p.owned = 0;
	if (h->count == 0 && v->others == 0) {
		grid_text(&g, 1, g.height / 2, theme_dim, "no step yet: `train` begins");
		return;
	}
	if (setting[QUANTITY] == 1) add(&p, h, h->lr, theme_title, 'l', "learning rate", 1);
	else if (setting[QUANTITY] == 2) add(&p, h, h->grad_norm, theme_title, 'g', "gradient norm", setting[SMOOTH]);
	else {
		for (int i = 0; i < v->others; i++) add_losses(&p, v, &v->other[i], setting, true);
		add_losses(&p, v, h, setting, false);
		add_validation(&p, v, h, setting);
	}
	double last = h->count ? h->step[h->count - 1] : 1, from = setting[ZOOM] > 0 ? last - setting[ZOOM] : 0;
	struct chart c = {.x0 = from < 0 ? 0 : from, .x1 = last > from + 1 ? last : from + 1, .log = setting[LOG] == 1, .x_name = "step", .lines = lines,
	                  .crosshair = setting[CROSSHAIR] ? (double)view_step(v) : NAN};
	c.line_count = add_lines(v, lines);
	chart_draw(&c, g, look, p.series, p.count);
	for (int i = 0; i < p.owned; i++) free(p.smoothed[i]);
}

static void state(const struct view *v, const int *setting, char *out, int capacity) {
	snprintf(out, (size_t)capacity, "%s%s%s%s", quantity_words[setting[QUANTITY]], setting[LOG] ? ", log" : "", setting[SMOOTH] > 1 ? ", smoothed" : "",
	         v->history.val_count && setting[VALIDATION] && !setting[QUANTITY] ? ", v validation" : "");
}

static void mouse(const struct view *v, const int *setting, const struct grid *g, const struct mouse *m, char *command, int capacity) {
	double last = v->history.count ? v->history.step[v->history.count - 1] : 1, from = setting[ZOOM] > 0 ? last - setting[ZOOM] : 0;
	struct chart c = {.x0 = from < 0 ? 0 : from, .x1 = last > from + 1 ? last : from + 1};
	if (m->what != MOUSE_PRESS && m->what != MOUSE_DRAG) return;
	snprintf(command, (size_t)capacity, "goto %.0f", fmax(0, chart_x(&c, g, m->x)));
}

const struct pane pane_losses = {
	.name = "losses", .title = "losses", .digit = '4', .priority = 3, .least_width = 30, .least_height = 6, .draw = draw, .state = state, .mouse = mouse,
	.settings = {{"show", "which curves", show_words, 0, 0, 0},
	             {"log", "logarithmic axis", switch_words, 0, 0, 1},
	             {"smooth", "mean over about so many steps; 1: none", NULL, 1, 10000, 20},
	             {"zoom", "the last so many steps; 0: all", NULL, 0, 1000000000, 0},
	             {"validation", "points: frozen masks of this kind", val_words, 0, 0, 1},
	             {"crosshair", "values at the step that is looked at", switch_words, 0, 0, 0},
	             {"quantity", "loss, learning rate or gradient norm", quantity_words, 0, 0, 0}},
	.keys = {{'y', "pane losses log toggle", "logarithmic axis"}, {'e', "pane losses show next", "which curves"},
	         {'v', "pane losses validation next", "frozen masks of which kind"}, {'g', "pane losses quantity next", "loss, learning rate, gradient norm"},
	         {'x', "pane losses crosshair toggle", "values at a step"}, {KEY_K_LEFT, "goto by=-10", "10 steps back"}, {KEY_K_RIGHT, "goto by=10", "10 steps on"},
	         {KEY_K_SHIFT_LEFT, "goto by=-100", "100 steps back"}, {KEY_K_SHIFT_RIGHT, "goto by=100", "100 steps on"},
	         {'0', "goto now", "back to the run"}, {'+', "pane losses smooth +10", "smoother"}, {'-', "pane losses smooth -10", "rougher"},
	         {'i', "pane losses zoom 500", "the last 500 steps"}, {'a', "pane losses zoom 0", "the whole run"}, {0}},
};
