/* Validation on the frozen probe: fixed images, each under one frozen mask of every kind, so that its curves can be compared across phases (spec.md section 6). */
#include <stdio.h>

#include "tui/chart.h"
#include "tui/pane.h"

enum { COLUMN = 10 };

static void draw(const struct view *v, const int *setting, struct look look, struct grid g) {
	const struct history *h = &v->history;
	(void)setting;
	if (h->val_count == 0) {
		grid_text(&g, 1, g.height / 2, theme_dim, "not evaluated yet (set eval_every=N)");
		return;
	}
	grid_textf(&g, 0, 0, theme_dim, "at step %lld; masks:", (long long)h->val_step[h->val_count - 1]);
	for (int k = 0; k < SOURCES; k++) grid_text(&g, COLUMN + k * COLUMN, 1, theme_source[k], mask_source_name[k]);
	int y = 2;
	for (int i = 0; i < GRANULARITIES; i++) {
		if (!v->active[i]) continue;
		grid_text(&g, 0, y, theme_granularity[i], granularity_name[i]);
		for (int k = 0; k < SOURCES; k++) grid_textf(&g, COLUMN + k * COLUMN, y, style_plain, "%.4f", h->val[k][i][h->val_count - 1]);
		for (int k = 0; k < SOURCES && g.height > 2 + GRANULARITIES; k++)
			chart_spark(grid_part(&g, COLUMN + k * COLUMN, y + 1, COLUMN - 1, 1), look, theme_granularity[i], h->val[k][i], h->val_count);
		y += g.height > 2 + GRANULARITIES ? 2 : 1;
	}
}

const struct pane pane_validation = {
	.name = "validation", .title = "validation, frozen masks", .digit = '6', .priority = 5, .least_width = 34, .least_height = 5, .draw = draw, .keys = {{0}},
};
