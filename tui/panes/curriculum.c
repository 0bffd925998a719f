/* alpha, beta, gamma over the run; where the run is and where one looks; the mix that blending really had on the batches trained so far; and an edit,
 * before it is applied, over what is in force.
 * Told apart without colour: curves end in s, i, r; measured shares are S, I, R (and + for several together); under an edit, what is in force is dotted. */
#include <math.h>
#include <stdio.h>

#include "tui/chart.h"
#include "tui/pane.h"
#include "tui/panes/parts.h"

enum { SERIES_MAX = 3 * SOURCES + 1, LINES_MAX = 4 + VIEW_MARKS + KNOTS_MAX, BINS_MAX = 64, DOTS = 41, GUTTER = 7, POINTS_APART = 12 };
enum setting { EFFECTIVE };

static const char *const switch_words[] = {"off", "on", NULL};

/* Each curve has its own x, so that points of several that are alike stand side by side. */
struct curves { int count; double x[SOURCES + 1][CURVE_POINTS], y[SOURCES + 1][CURVE_POINTS]; };

static void sample(struct curves *out, const struct curriculum *c, double total, int count) {
	out->count = count;
	for (int i = 0; i < count; i++) {
		double mix[SOURCES], t = i / (count - 1.0);
		curriculum_at(c, t, mix);
		for (int j = 0; j < SOURCES; j++) out->x[j][i] = t * total, out->y[j][i] = mix[j];
	}
}

static int add_curves(struct series *series, int n, const struct curves *c) {
	for (int j = 0; j < SOURCES; j++)
		series[n++] = (struct series){.name = mask_source_name[j], .style = theme_source[j], .mark = theme_source_letter[j], .count = c->count, .x = c->x[j], .y = c->y[j]};
	return n;
}

static int add_points(struct series *series, int n, const struct curves *c, const char *marks) {
	for (int j = 0; marks[j]; j++)
		series[n++] = (struct series){.style = j < SOURCES ? theme_source[j] : theme_dim, .mark = marks[j], .count = c->count, .x = c->x[j], .y = c->y[j], .points = true};
	return n;
}

/* What the final masks of the batches held by one source alone (and by several), as shares: measured, not asked for. Means over about BINS stretches of the run. */
static void measure(struct curves *out, const struct history *h, double total, int bins) {
	int64_t i = 0;
	out->count = 0;
	for (int b = 0; b < bins; b++) {
		double sum[SOURCES + 1] = {0}, end = total * (b + 1) / bins;
		int n = 0;
		for (; i < h->count && h->step[i] < end; i++) {
			if (!isfinite(h->effective[0][i])) continue;
			n++;
			for (int j = 0; j <= SOURCES; j++) sum[j] += h->effective[j][i];
		}
		if (n == 0) continue;
		for (int j = 0; j <= SOURCES; j++) out->x[j][out->count] = total * (b + (j + 0.5) / (SOURCES + 1)) / bins, out->y[j][out->count] = sum[j] / n;
		out->count++;
	}
}

/* Knots are ^; the one that keys change is a reversed K. */
static int add_knots(struct chart_line *lines, int n, const struct scene *s, double total) {
	const struct curriculum *c = s->edit ? &s->edited : &s->curriculum;
	for (int i = 0; i < c->count && i < KNOTS_MAX && n < LINES_MAX; i++) {
		bool selected = s->edit && i == s->knot;
		lines[n++] = (struct chart_line){c->knots[i].t * total, selected ? 'K' : '^', selected ? theme_cursor : theme_dim, selected ? "knot" : NULL};
	}
	return n;
}

/* ---- the rows below the chart -------------------------------------------------------------------------------------------------- */

/* The phases as a strip under the plot: names where they fit, else letters. */
static void strip_draw(const struct scene *s, struct look look, const struct chart *c, struct grid g) {
	struct phase phase[PHASES_MAX];
	int n = part_phases(&s->curriculum, s->total_steps, phase);
	for (int i = 0; i < n; i++) {
		int from = chart_column(c, &g, (double)phase[i].from), to = i + 1 < n ? chart_column(c, &g, (double)phase[i].to) : g.width;
		const char *name = mask_source_name[phase[i].source];
		struct grid part = grid_part(&g, from, 0, to - from, 1);
		struct style style = theme_source[phase[i].source];
		grid_fill(&part, 0, 0, part.width, 1, look.charset == CHARSET_ASCII ? '-' : 0x2500, style);
		if (i > 0) grid_put(&part, 0, 0, '|', style);
		int width = grid_columns(name);
		if (part.width >= width + 4) grid_textf(&part, (part.width - width - 1) / 2, 0, style, " %s ", name);
		else if (part.width >= 2) grid_put(&part, part.width / 2, 0, (unsigned char)theme_source_letter[phase[i].source], style);
	}
	if (g.width >= 20) grid_text(&g, 0, 0, theme_dim, "phase");
}

static void place_draw(const struct scene *s, struct grid g) {
	int x = part_text(&g, 0, 0, theme_source[s->phase], "%s", mask_source_name[s->phase]);
	x = part_text(&g, x, 0, style_plain, "step %lld", (long long)s->step);
	x = part_text(&g, x, 0, theme_dim, "t %.3f", s->total_steps > 0 ? (double)s->step / (double)s->total_steps : 0);
	for (int j = 0; j < SOURCES && g.width >= 52; j++) {
		static const char *const greek[] = {"alpha", "beta", "gamma"};
		x = part_text(&g, x, 0, theme_source[j], g.width >= 62 ? "%s %.3f" : "%.1s %.2f", greek[j], s->mix[j]);
	}
}

static void edit_draw(const struct scene *s, struct grid g) {
	const struct knot *k = &s->edited.knots[s->knot < s->edited.count ? s->knot : 0];
	int x = part_text(&g, 0, 0, theme_cursor, " EDIT ");
	x = part_text(&g, x, 0, theme_title, "knot %d/%d", s->knot + 1, s->edited.count);
	x = part_text(&g, x, 0, style_plain, "t %.3g", k->t);
	for (int j = 0; j < SOURCES; j++) x = part_text(&g, x, 0, theme_source[j], "%c %.3g", theme_source_letter[j], k->mix[j]);
	x = part_text(&g, x, 0, theme_key, "A apply D drop");
	part_text(&g, x, 0, theme_dim, "dotted: in force");
}

static void mark_draw(const struct view *v, struct grid g) {
	const struct view_mark *m = &v->mark[v->mark_count - 1];
	int x = part_text(&g, 0, 0, theme_title, "%c", m->letter);
	x = part_text(&g, x - 1, 0, theme_dim, "step %lld", (long long)m->step);
	if (g.width >= 60 && v->mark_count > 1) x = part_text(&g, x, 0, theme_dim, "the last of %d changes:", v->mark_count);
	part_words(&g, x, 0, style_plain, m->text);
}

/* ---- the pane ------------------------------------------------------------------------------------------------------------------------ */

static struct chart chart_of(const struct view *v) {
	return (struct chart){.x0 = 0, .x1 = (double)v->scene->total_steps, .y0 = 0, .y1 = 1, .x_name = "step", .crosshair = (double)view_step(v)};
}

static void draw(const struct view *v, const int *setting, struct look look, struct grid g) {
	static struct curves now, dotted, measured;
	struct series series[SERIES_MAX];
	struct chart_line lines[LINES_MAX];
	const struct scene *s = v->scene;
	int n = 0, m = 0;
	if (!s->valid || s->total_steps < 1) {
		part_wrapped(&g, 0, theme_dim, *s->sentence ? s->sentence : "drawing ...");
		return;
	}
	double total = (double)s->total_steps;
	bool strip = g.height >= 11, marks = v->mark_count > 0 && g.height >= 9 + s->edit;
	int below = 1 + s->edit + marks + strip;
	struct grid plot = grid_part(&g, 0, 0, g.width, g.height - below);
	n = add_curves(series, n, (sample(&now, s->edit ? &s->edited : &s->curriculum, total, CURVE_POINTS), &now));
	if (s->edit) n = add_points(series, n, (sample(&dotted, &s->curriculum, total, DOTS), &dotted), "...");
	int bins = (plot.width - GUTTER) / POINTS_APART;
	measure(&measured, &v->history, total, bins > BINS_MAX ? BINS_MAX : bins > 1 ? bins : 1);
	if (setting[EFFECTIVE]) n = add_points(series, n, &measured, "SIR+");
	m = add_knots(lines, m, s, total);
	for (int i = 0; i < v->mark_count && m < LINES_MAX - 2; i++) lines[m++] = (struct chart_line){(double)v->mark[i].step, v->mark[i].letter, theme_dim, NULL};
	lines[m++] = (struct chart_line){(double)v->snapshot.step, '|', theme_good, "now"};
	if (v->cursor >= 0) lines[m++] = (struct chart_line){(double)v->cursor, '!', theme_cursor, "look"};
	struct chart c = chart_of(v);
	c.lines = lines;
	c.line_count = m;
	chart_draw(&c, plot, look, series, n);
	int y = plot.height;
	if (strip) strip_draw(s, look, &c, grid_part(&g, 0, y++, g.width, 1));
	place_draw(s, grid_part(&g, 0, y++, g.width, 1));
	if (s->edit) edit_draw(s, grid_part(&g, 0, y++, g.width, 1));
	if (marks) mark_draw(v, grid_part(&g, 0, y, g.width, 1));
}

static void rows(const struct view *v, const int *setting, int width, int *least, int *wish) {
	(void)v, (void)setting, (void)width, (void)least;
	*wish = 14;
}

static void state(const struct view *v, const int *setting, char *out, int capacity) {
	const struct scene *s = v->scene;
	(void)setting;
	if (s->valid) snprintf(out, (size_t)capacity, "%s%s, %s%s", s->edit ? "EDITED, " : "", s->curriculum.name, interpolation_name[s->curriculum.interpolation],
	                       setting[EFFECTIVE] && v->history.count ? ", S I R + measured" : "");
}

static void mouse(const struct view *v, const int *setting, const struct grid *g, const struct mouse *m, char *command, int capacity) {
	struct chart c = chart_of(v);
	(void)setting;
	if (v->scene->valid && (m->what == MOUSE_PRESS || m->what == MOUSE_DRAG)) snprintf(command, (size_t)capacity, "goto %.0f", fmin(c.x1, fmax(0, chart_x(&c, g, m->x))));
}

const struct pane pane_curriculum = {
	.name = "curriculum", .title = "curriculum", .digit = '2', .priority = 4, .least_width = 24, .least_height = 6, .draw = draw, .rows = rows, .elastic = true,
	.state = state, .mouse = mouse,
	.settings = {{"effective", "the shares that the batches' masks really had, as points S I R and + (several)", switch_words, 0, 0, 1}},
	.keys = {{KEY_K_LEFT, "goto by=-10", "10 steps back"}, {KEY_K_RIGHT, "goto by=10", "10 steps on"}, {KEY_K_SHIFT_LEFT, "goto by=-100", "100 steps back"},
	         {KEY_K_SHIFT_RIGHT, "goto by=100", "100 steps on"}, {'0', "goto now", "back to the run"}, {'[', "edit knot previous", "the knot before"},
	         {']', "edit knot next", "the next knot"}, {'S', "edit raise semantic", "more semantic there"}, {'I', "edit raise instance", "more instance there"},
	         {'R', "edit raise random", "more random there"}, {'<', "edit move by=-0.02", "the knot earlier"}, {'>', "edit move by=0.02", "the knot later"},
	         {'K', "edit add", "a knot where one looks"}, {'X', "edit remove", "removes the knot"}, {'A', "edit apply", "applies the edit"},
	         {'D', "edit drop", "drops it"}, {'e', "pane curriculum effective toggle", "measured shares"}, {0}},
};
