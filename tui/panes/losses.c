/* The three losses and their total over the run, training and validation, other runs beside them.
 * A training loss is not comparable across phases, because the masks' difficulty changes: so the phases' ends stand in the chart, and validation on
 * frozen masks is drawn over it (spec.md section 6). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "tui/chart.h"
#include "tui/pane.h"
#include "tui/panes/parts.h"

enum setting { SHOW, LOG, SMOOTH, ZOOM, VALIDATION, CROSSHAIR, QUANTITY };
enum { SERIES_MAX = (GRANULARITIES + 1) * (VIEW_RUNS + 2), LINES_MAX = PHASES_MAX + VIEW_MARKS, TOTAL = GRANULARITIES, POINTS_MAX = 64, POINTS_APART = 5 };

static const char *const show_words[] = {"all", "semseg", "instance", "rgb", "total", NULL};
static const char *const switch_words[] = {"off", "on", NULL};
static const char *const val_words[] = {"off", "random", "semantic", "instance", NULL};
static const char *const quantity_words[] = {"loss", "lr", "grad_norm", NULL};

/* The kind of frozen mask that each word of val_words means. */
static const int val_kind[] = {-1, SOURCE_RANDOM, SOURCE_SEMANTIC, SOURCE_INSTANCE};

/* ---- what is shown ------------------------------------------------------------------------------------------------------------- */

/* A column of a run that the settings show: I of columns_of(). */
struct column { const double *y; struct style style; char mark; const char *name; };

static int columns_of(const struct view *v, const struct history *h, const int *setting, struct column out[GRANULARITIES + 1]) {
	static const char marks[] = "sir";
	int n = 0;
	if (setting[QUANTITY] == 1) out[n++] = (struct column){h->lr, theme_title, 'l', "learning rate"};
	if (setting[QUANTITY] == 2) out[n++] = (struct column){h->grad_norm, theme_title, 'g', "gradient norm"};
	for (int g = 0; setting[QUANTITY] == 0 && g < GRANULARITIES; g++)
		if (v->active[g] && (setting[SHOW] == 0 || setting[SHOW] == 1 + g)) out[n++] = (struct column){h->loss[g], theme_granularity[g], marks[g], granularity_name[g]};
	if (setting[QUANTITY] == 0 && setting[SHOW] == 1 + TOTAL) out[n++] = (struct column){h->total, theme_title, 't', "total"};
	return n;
}

struct plot {
	struct series series[SERIES_MAX];
	double *smoothed[SERIES_MAX];
	int count, owned;
};

/* Other runs' marks are their numbers. */
static void add_run(struct plot *p, const struct view *v, const struct history *h, const int *setting, int number) {
	struct column column[GRANULARITIES + 1];
	int n = columns_of(v, h, setting, column), window = setting[QUANTITY] == 1 ? 1 : setting[SMOOTH];
	for (int i = 0; i < n && p->count < SERIES_MAX && h->count > 0; i++) {
		double *smooth = window > 1 ? malloc(sizeof *smooth * (size_t)h->count) : NULL;
		if (smooth) chart_smooth(smooth, column[i].y, h->count, window), p->smoothed[p->owned++] = smooth;
		p->series[p->count++] = (struct series){.name = number ? NULL : column[i].name, .style = column[i].style, .mark = number ? (char)('0' + number) : column[i].mark,
		                                        .count = h->count, .x = h->step, .y = smooth ? smooth : column[i].y};
	}
}

static bool has_validation(const struct view *v, const int *setting) {
	return v->history.val_count > 0 && setting[VALIDATION] > 0 && setting[QUANTITY] == 0 && setting[SHOW] != 1 + TOTAL;
}

/* Points that would cover the curves are left out: every so many-th, counted from the last. */
static void add_validation(struct plot *p, const struct view *v, const int *setting, const struct chart *c, int columns) {
	static double x[POINTS_MAX], y[GRANULARITIES][POINTS_MAX];
	const struct history *h = &v->history;
	int64_t shown = 0, count = 0;
	for (int64_t i = 0; i < h->val_count; i++) shown += h->val_step[i] >= c->x0 && h->val_step[i] <= c->x1;
	int64_t most = columns / POINTS_APART < POINTS_MAX ? columns / POINTS_APART : POINTS_MAX, every = most > 0 ? (shown + most - 1) / most : shown;
	if (every < 1) every = 1;
	for (int64_t i = 0; has_validation(v, setting) && i < h->val_count && count < POINTS_MAX; i++) {
		if (h->val_step[i] < c->x0 || h->val_step[i] > c->x1 || (h->val_count - 1 - i) % every) continue;
		x[count] = h->val_step[i];
		for (int g = 0; g < GRANULARITIES; g++) y[g][count] = h->val[val_kind[setting[VALIDATION]]][g][i];
		count++;
	}
	for (int g = 0; has_validation(v, setting) && g < GRANULARITIES; g++)
		if (v->active[g] && (setting[SHOW] == 0 || setting[SHOW] == 1 + g) && p->count < SERIES_MAX)
			p->series[p->count++] = (struct series){.style = theme_granularity[g], .mark = 'v', .count = count, .x = x, .y = y[g], .points = true};
}

/* Where the phases end along the run, and the marks of what was done. */
static int add_lines(const struct view *v, struct chart_line *lines) {
	struct phase phase[PHASES_MAX];
	int n = 0, phases = v->scene->valid ? part_phases(&v->scene->curriculum, v->scene->total_steps, phase) : 0;
	for (int i = 1; i < phases; i++) {
		enum mask_source s = phase[i].source;
		lines[n++] = (struct chart_line){(double)phase[i].from, theme_source_letter[s], theme_source[s], mask_source_name[s]};
	}
	for (int i = 0; i < v->mark_count; i++) lines[n++] = (struct chart_line){(double)v->mark[i].step, v->mark[i].letter, theme_dim, NULL};
	return n;
}

/* The longest run's last step; the part that is shown lies around the step that is looked at. */
static struct chart chart_of(const struct view *v, const int *setting) {
	double last = v->history.count ? v->history.step[v->history.count - 1] : 0;
	for (int i = 0; i < v->others; i++)
		if (v->other[i].count && v->other[i].step[v->other[i].count - 1] > last) last = v->other[i].step[v->other[i].count - 1];
	double length = fmax(1, last / (setting[ZOOM] > 0 ? setting[ZOOM] : 1)), middle = v->cursor >= 0 ? (double)v->cursor : last, from = fmin(middle - length / 2, last - length);
	from = fmax(0, from);
	return (struct chart){.x0 = from, .x1 = from + length, .log = setting[LOG] == 1, .x_name = "step", .crosshair = setting[CROSSHAIR] && v->cursor >= 0 ? (double)v->cursor : NAN};
}

/* ---- the rows below -------------------------------------------------------------------------------------------------------------- */

/* The last row up to STEP, -1: none. */
static int64_t row_at(const struct history *h, double step) {
	int64_t low = 0, high = h->count;
	while (low < high) {
		int64_t middle = low + (high - low) / 2;
		if (h->step[middle] <= step) low = middle + 1;
		else high = middle;
	}
	return low - 1;
}

static int values_draw(struct grid *g, int x, int y, const struct column *column, int n, int64_t row) {
	for (int i = 0; i < n; i++) {
		char number[16];
		chart_number(number, sizeof number, column[i].y[row]);
		x = part_text(g, x, y, column[i].style, "%.3s %s", column[i].name, number);
	}
	return x;
}

/* Another run: its number, name and values where one looks (or its last ones). */
static void run_draw(const struct view *v, const struct history *h, const int *setting, int number, struct grid g) {
	struct column column[GRANULARITIES + 1];
	int n = columns_of(v, h, setting, column);
	int64_t row = v->cursor >= 0 ? row_at(h, (double)v->cursor) : h->count - 1;
	int x = part_text(&g, 0, 0, theme_title, "%d", number);
	x = part_text(&g, x - 1, 0, style_plain, "%.*s", g.width / 3, h->name);
	if (row < 0) return;
	x = part_text(&g, x, 0, theme_dim, "step %.0f", h->step[row]);
	values_draw(&g, x, 0, column, n, row);
}

/* NaN and infinite values of what is shown: how many, since when. */
static bool broken(const struct view *v, const int *setting, char *out, int capacity) {
	struct column column[GRANULARITIES + 1];
	const struct history *h = &v->history;
	int n = columns_of(v, h, setting, column);
	int64_t count = 0, first = -1, last = -1;
	for (int64_t i = 0; i < h->count; i++)
		for (int k = 0; k < n; k++)
			if (!isfinite(column[k].y[i])) {
				if (first < 0) first = i;
				if (last != i) count++;
				last = i;
				break;
			}
	if (count == 0) return false;
	if (count == 1) snprintf(out, (size_t)capacity, "not finite at step %.0f", h->step[first]);
	else snprintf(out, (size_t)capacity, "not finite: %lld steps, the first %.0f", (long long)count, h->step[first]);
	return true;
}

/* Learning rate and gradient norm where one looks, and what the points are. */
static void place_draw(const struct view *v, const int *setting, struct grid g) {
	const struct history *h = &v->history;
	int64_t row = v->cursor >= 0 ? row_at(h, (double)v->cursor) : h->count - 1;
	if (row < 0) return;
	char number[16];
	int x = part_text(&g, 0, 0, theme_dim, "step %.0f", h->step[row]);
	chart_number(number, sizeof number, h->lr[row]);
	x = part_text(&g, x, 0, style_plain, "lr %s", number);
	chart_number(number, sizeof number, h->grad_norm[row]);
	x = part_text(&g, x, 0, style_plain, "gradient %s", number);
	chart_number(number, sizeof number, h->total[row]);
	x = part_text(&g, x, 0, style_plain, "total %s", number);
	if (has_validation(v, setting)) part_text(&g, x, 0, theme_dim, "v: validation, %s masks", val_words[setting[VALIDATION]]);
}

/* ---- the pane ------------------------------------------------------------------------------------------------------------------------ */

static void draw(const struct view *v, const int *setting, struct look look, struct grid g) {
	static struct plot p;
	struct chart_line lines[LINES_MAX];
	char nan[96];
	p.count = p.owned = 0;
	if (v->history.count == 0 && v->others == 0) {
		grid_text(&g, 1, g.height / 2, theme_dim, "no step yet: `train` begins");
		return;
	}
	for (int i = 0; i < v->others; i++) add_run(&p, v, &v->other[i], setting, 1 + i);
	add_run(&p, v, &v->history, setting, 0);
	bool is_broken = broken(v, setting, nan, sizeof nan);
	int room = g.height - 6, below = is_broken + v->others + 1;
	if (below > room) below = room > 0 ? room : 0;
	if (is_broken && below == 0 && g.height > 3) below = 1;
	struct grid plot = grid_part(&g, 0, 0, g.width, g.height - below), rest = grid_part(&g, 0, plot.height, g.width, below);
	struct chart c = chart_of(v, setting);
	add_validation(&p, v, setting, &c, plot.width);
	c.lines = lines;
	c.line_count = add_lines(v, lines);
	chart_draw(&c, plot, look, p.series, p.count);
	for (int i = 0; i < p.owned; i++) free(p.smoothed[i]);
	int y = 0;
	if (is_broken) grid_text(&rest, 0, y++, theme_error, nan);
	for (int i = 0; i < v->others; i++, y++) run_draw(v, &v->other[i], setting, 1 + i, grid_part(&rest, 0, y, rest.width, 1));
	place_draw(v, setting, grid_part(&rest, 0, y, rest.width, 1));
}

static void state(const struct view *v, const int *setting, char *out, int capacity) {
	static const char *const shown[] = {"loss", "learning rate", "gradient norm"};
	char zoom[32] = "", smooth[32] = "";
	if (setting[ZOOM] > 1) snprintf(zoom, sizeof zoom, ", 1/%d of the run", setting[ZOOM]);
	if (setting[SMOOTH] > 1 && setting[QUANTITY] != 1) snprintf(smooth, sizeof smooth, ", mean of %d", setting[SMOOTH]);
	snprintf(out, (size_t)capacity, "%s%s%s%s%s", shown[setting[QUANTITY]], setting[LOG] ? ", log" : "", zoom, smooth, has_validation(v, setting) ? ", v validation" : "");
}

static void mouse(const struct view *v, const int *setting, const struct grid *g, const struct mouse *m, char *command, int capacity) {
	struct chart c = chart_of(v, setting);
	if (m->what == MOUSE_WHEEL_UP || m->what == MOUSE_WHEEL_DOWN) snprintf(command, (size_t)capacity, "pane losses zoom %s", m->what == MOUSE_WHEEL_UP ? "*2" : "/2");
	if (m->what == MOUSE_PRESS || m->what == MOUSE_DRAG) snprintf(command, (size_t)capacity, "goto %.0f", fmax(0, chart_x(&c, g, m->x)));
}

static void rows(const struct view *v, const int *setting, int width, int *least, int *wish) {
	(void)v, (void)setting, (void)width, (void)least;
	*wish = 14;
}

const struct pane pane_losses = {
	.name = "losses", .title = "losses", .digit = '4', .priority = 3, .least_width = 24, .least_height = 6, .draw = draw, .rows = rows, .elastic = true, .state = state,
	.mouse = mouse,
	.settings = {{"show", "which curves", show_words, 0, 0, 0},
	             {"log", "logarithmic axis", switch_words, 0, 0, 1},
	             {"smooth", "mean over about so many steps; 1: none", NULL, 1, 10000, 20},
	             {"zoom", "the shown part of the run, around the step that is looked at: 1 all, 2 half, 4 a quarter", NULL, 1, 65536, 1},
	             {"validation", "points: frozen masks of this kind", val_words, 0, 0, 1},
	             {"crosshair", "values at the step that is looked at", switch_words, 0, 0, 1},
	             {"quantity", "loss, learning rate or gradient norm", quantity_words, 0, 0, 0}},
	.keys = {{'y', "pane losses log toggle", "logarithmic axis"}, {'e', "pane losses show next", "which curves"},
	         {'v', "pane losses validation next", "frozen masks of which kind"}, {'g', "pane losses quantity next", "loss, lr or gradient norm"},
	         {'x', "pane losses crosshair toggle", "values at a step"}, {KEY_K_LEFT, "goto by=-10", "10 steps back"}, {KEY_K_RIGHT, "goto by=10", "10 steps on"},
	         {KEY_K_SHIFT_LEFT, "goto by=-100", "100 steps back"}, {KEY_K_SHIFT_RIGHT, "goto by=100", "100 steps on"},
	         {'0', "goto now", "back to the run"}, {'+', "pane losses smooth +10", "smoother"}, {'-', "pane losses smooth -10", "rougher"},
	         {'i', "pane losses zoom *2", "zoom in where one looks"}, {'u', "pane losses zoom /2", "zoom out"}, {'a', "pane losses zoom 1", "the whole run"}, {0}},
};
