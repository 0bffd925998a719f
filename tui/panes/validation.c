/* Validation on the frozen probe: fixed images, each under one frozen mask of every kind, so that its curves can be compared across phases (spec.md section 6). */
#include <stdio.h>

#include "tui/chart.h"
#include "tui/pane.h"
#include "tui/panes/parts.h"

enum { NAME = 9, COLUMN = 9, WIDE_COLUMN = 16 };

/* The last loss, and beside it (WIDE) its ratio to the first. */
static void value_draw(const double *y, int64_t count, bool wide, struct grid g) {
	char number[16];
	double first = y[0], now = y[count - 1];
	chart_number(number, sizeof number, now);
	int x = grid_text(&g, 0, 0, now == now ? style_plain : theme_error, number);
	if (wide && first > 0 && now == now) grid_textf(&g, x + 1, 0, theme_dim, "x%.2f", now / first);
}

static void draw(const struct view *v, const int *setting, struct look look, struct grid g) {
	const struct history *h = &v->history;
	int active = 0, y = 0;
	(void)setting;
	if (h->val_count == 0) {
		part_wrapped(&g, 0, theme_dim, "not evaluated yet (set eval_every=N)");
		return;
	}
	for (int i = 0; i < GRANULARITIES; i++) active += v->active[i];
	bool wide = g.width >= NAME + SOURCES * WIDE_COLUMN, sparks = h->val_count > 1 && g.height >= 1 + 2 * active;
	int column = wide ? (g.width - NAME) / SOURCES : g.width >= NAME + SOURCES * COLUMN ? COLUMN : 7;
	if (column > 28) column = 28;
	grid_text(&g, 0, y, theme_dim, "masks:");
	for (int k = 0; k < SOURCES; k++) grid_textf(&g, NAME + k * column, y, theme_source[k], "%.*s", column - 1, mask_source_name[k]);
	for (int i = 0; i < GRANULARITIES && ++y < g.height; i++) {
		if (!v->active[i]) {
			y--;
			continue;
		}
		grid_text(&g, 0, y, theme_granularity[i], granularity_name[i]);
		for (int k = 0; k < SOURCES; k++) value_draw(h->val[k][i], h->val_count, wide, grid_part(&g, NAME + k * column, y, column - 1, 1));
		if (!sparks) continue;
		y++;
		for (int k = 0; k < SOURCES; k++) chart_spark(grid_part(&g, NAME + k * column, y, column - 1, 1), look, theme_granularity[i], h->val[k][i], h->val_count);
	}
}

static void state(const struct view *v, const int *setting, char *out, int capacity) {
	(void)setting;
	if (v->history.val_count) snprintf(out, (size_t)capacity, "at step %.0f, x: to the first", v->history.val_step[v->history.val_count - 1]);
}

static void rows(const struct view *v, const int *setting, int width, int *least, int *wish) {
	(void)setting, (void)width, (void)least;
	*wish = 1;
	for (int i = 0; i < GRANULARITIES; i++) *wish += 2 * v->active[i];
}

const struct pane pane_validation = {
	.name = "validation", .title = "validation, frozen masks", .digit = '6', .priority = 5, .least_width = 30, .least_height = 4, .draw = draw, .rows = rows, .state = state,
	.keys = {{'v', "pane losses validation next", "as points among the losses"}, {0}},
};
