/* alpha, beta, gamma over the run; where the run is and where one looks; the mix that blending really had on the batches trained so far; and an edit,
 * before it is applied, over what is in force. */
#include <math.h>
#include <stdio.h>

#include "tui/chart.h"
#include "tui/pane.h"

enum { SERIES_MAX = 10, LINES_MAX = 4 + VIEW_MARKS + KNOTS_MAX };
enum setting { EFFECTIVE };

static const char *const switch_words[] = {"off", "on", NULL};

struct curves { double x[CURVE_POINTS], y[SOURCES][CURVE_POINTS]; };

static void sample(struct curves *out, const struct curriculum *c, double total) {
	for (int i = 0; i < CURVE_POINTS; i++) {
		double mix[SOURCES], t = i / (CURVE_POINTS - 1.0);
		curriculum_at(c, t, mix);
		out->x[i] = t * total;
		for (int j = 0; j < SOURCES; j++) out->y[j][i] = mix[j];
	}
}

static int add_curves(struct series *series, int n, const struct curves *c, bool behind) {
	for (int j = 0; j < SOURCES; j++) {
		struct style style = theme_source[j];
		if (behind) style.attributes |= DIM;
		series[n++] = (struct series){.name = behind ? NULL : mask_source_name[j], .style = style, .mark = theme_source_letter[j], .count = CURVE_POINTS, .x = c->x, .y = c->y[j]};
	}
	return n;
}

/* What the final masks of the batches held by one source alone, as a share: measured, not asked for. */
static int add_effective(struct series *series, int n, const struct history *h) {
	for (int j = 0; j < SOURCES; j++)
		series[n++] = (struct series){.style = theme_source[j], .mark = '*', .count = h->count, .x = h->step, .y = h->effective[j], .points = true};
	return n;
}

static int add_knots(struct chart_line *lines, int n, const struct curriculum *c, double total) {
	for (int i = 0; i < c->count && n < LINES_MAX; i++) lines[n++] = (struct chart_line){c->knots[i].t * total, '^', theme_dim, NULL};
	return n;
}

static void draw(const struct view *v, const int *setting, struct look look, struct grid g) {
	static struct curves now, edited;
	struct series series[SERIES_MAX];
	struct chart_line lines[LINES_MAX];
	const struct scene *s = v->scene;
	int n = 0, m = 0;
	if (!s->valid) {
		grid_text(&g, 0, 0, theme_dim, s->sentence);
		return;
	}
	double total = (double)s->total_steps;
	sample(&now, &s->curriculum, total);
	if (s->edit) sample(&edited, &s->edited, total);
	if (setting[EFFECTIVE] && v->history.count > 0 && v->history.effective[0]) n = add_effective(series, n, &v->history);
	if (s->edit) n = add_curves(series, n, &now, true);
	n = add_curves(series, n, s->edit ? &edited : &now, false);
	m = add_knots(lines, m, s->edit ? &s->edited : &s->curriculum, total);
	for (int i = 0; i < v->mark_count && m < LINES_MAX - 2; i++) lines[m++] = (struct chart_line){(double)v->mark[i].step, v->mark[i].letter, theme_dim, NULL};
	lines[m++] = (struct chart_line){(double)v->snapshot.step, '|', theme_good, "now"};
	if (v->cursor >= 0) lines[m++] = (struct chart_line){(double)v->cursor, '!', theme_cursor, "look"};
	struct chart c = {.x0 = 0, .x1 = total, .y0 = 0, .y1 = 1, .x_name = "step", .lines = lines, .line_count = m, .crosshair = (double)view_step(v)};
	struct grid plot = grid_part(&g, 0, 0, g.width, g.height - 1);
	chart_draw(&c, plot, look, series, n);
	int x = grid_textf(&g, 0, g.height - 1, theme_source[s->phase], "%s", mask_source_name[s->phase]);
	grid_textf(&g, x + 2, g.height - 1, style_plain, "step %lld t %.3f  alpha %.3f beta %.3f gamma %.3f%s", (long long)s->step, (double)s->step / total, s->mix[0], s->mix[1],
	           s->mix[2], s->edit ? "  EDIT: A applies, D drops" : "");
}

static void state(const struct view *v, const int *setting, char *out, int capacity) {
	(void)setting;
	snprintf(out, (size_t)capacity, "%s, %s%s", v->scene->curriculum.name, interpolation_name[v->scene->curriculum.interpolation], v->scene->edit ? ", edited" : "");
}

static void mouse(const struct view *v, const int *setting, const struct grid *g, const struct mouse *m, char *command, int capacity) {
	struct chart c = {.x0 = 0, .x1 = (double)v->scene->total_steps, .y0 = 0, .y1 = 1};
	(void)setting;
	if (m->what == MOUSE_PRESS || m->what == MOUSE_DRAG) snprintf(command, (size_t)capacity, "goto %.0f", fmin(c.x1, fmax(0, chart_x(&c, g, m->x))));
}

const struct pane pane_curriculum = {
	.name = "curriculum", .title = "curriculum", .digit = '2', .priority = 4, .least_width = 30, .least_height = 6, .draw = draw, .state = state, .mouse = mouse,
	.settings = {{"effective", "the mix that the batches really had, as points", switch_words, 0, 0, 1}},
	.keys = {{KEY_K_LEFT, "goto by=-10", "10 steps back"}, {KEY_K_RIGHT, "goto by=10", "10 steps on"}, {KEY_K_SHIFT_LEFT, "goto by=-100", "100 steps back"},
	         {KEY_K_SHIFT_RIGHT, "goto by=100", "100 steps on"}, {'0', "goto now", "back to the run"}, {'[', "edit knot previous", "the knot before"},
	         {']', "edit knot next", "the next knot"}, {'S', "edit raise semantic", "more semantic there"}, {'I', "edit raise instance", "more instance there"},
	         {'R', "edit raise random", "more random there"}, {'<', "edit move by=-0.02", "the knot earlier"}, {'>', "edit move by=0.02", "the knot later"},
	         {'K', "edit add", "a knot where one looks"}, {'X', "edit remove", "removes the knot"}, {'A', "edit apply", "applies the edit"},
	         {'D', "edit drop", "drops it"}, {'e', "pane curriculum effective toggle", "measured mix"}, {0}},
};
