#include "viewer/figures/legend.h"

#include <stdio.h>
#include <string.h>

enum { LEGEND_CLASSES = 24, LEGEND_LINE = 19, LEGEND_SWATCH = 12 };

/* The classes to list: those in a target first, then those predicted alone, by how many cells they have; at most LEGEND_CLASSES.
 * LISTED gets 1 for each; returns how many classes are present and not listed. */
static int choose(const struct legend *l, bool listed[CLASSES_MAX]) {
	int left = 0;
	memset(listed, 0, CLASSES_MAX * sizeof *listed);
	for (int k = 0; k <= CLASSES_MAX; k++) {
		int best = -1;
		int64_t most = 0;
		for (int c = 0; c < l->count; c++) {
			int64_t weight = l->cells[0][c] ? l->cells[0][c] + INT32_MAX : l->cells[1][c];
			if (!listed[c] && weight > most) best = c, most = weight;
		}
		if (best < 0) break;
		if (k < LEGEND_CLASSES) {
			listed[best] = true;
			continue;
		}
		for (int c = 0; c < l->count; c++) left += !listed[c] && (l->cells[0][c] || l->cells[1][c]);
		break;
	}
	return left;
}

/* The pen of a legend that flows. */
struct pen { struct figure *f; double left, right, x, y; bool ink; };

/* A class's colour, or (NULL) the hatch: grey, or tinted. */
static void add_item(struct pen *l, const char *name, const struct paint_class *colour, enum figure_colour tint) {
	double width = LEGEND_SWATCH + 6 + figure_text_width(l->f, TEXT_NOTE, name) + 16;
	if (l->x + width > l->right && l->x > l->left) l->x = l->left, l->y += LEGEND_LINE;
	if (l->ink) {
		double top = l->y - LEGEND_SWATCH + 2;
		cairo_t *cr = figure_cairo(l->f);
		if (colour) {
			figure_set_rgb(l->f, colour->r, colour->g, colour->b);
			figure_fill(l->f, l->x, top, LEGEND_SWATCH, LEGEND_SWATCH);
		} else {
			cairo_rectangle(cr, l->x, top, LEGEND_SWATCH, LEGEND_SWATCH);
			if (tint == COLOUR_HATCH) figure_hatch(l->f);
			else figure_hatch_tinted(l->f, tint);
		}
		figure_frame(l->f, l->x, top, LEGEND_SWATCH, LEGEND_SWATCH);
		figure_text(l->f, TEXT_NOTE, l->x + LEGEND_SWATCH + 6, l->y, 0, name);
	}
	l->x += width;
}

static void add_head(struct pen *l, const char *text) {
	if (l->x > l->left) l->y += LEGEND_LINE;
	l->x = l->left;
	if (l->ink) figure_text(l->f, TEXT_NOTE, l->left - 12, l->y, 1, text);
}

static void add_classes(struct pen *pen, const struct legend *l, const bool listed[CLASSES_MAX]) {
	for (int thing = 1; thing >= 0; thing--) {
		bool headed = false;
		for (int c = 0; c < l->count; c++) {
			if (!listed[c] || l->classes[c].thing != thing) continue;
			if (!headed) add_head(pen, thing ? "things" : "stuff");
			headed = true;
			add_item(pen, l->classes[c].name, &l->classes[c], COLOUR_HATCH);
		}
	}
}

static void add_others(struct pen *pen, const struct legend *l) {
	static const struct { const char *name; enum figure_colour tint; } sources[] = {
		{"masked: semantic", COLOUR_BLUE}, {"instance", COLOUR_ORANGE}, {"random", COLOUR_NEUTRAL}};
	struct paint_class grey = {"unlabelled", PAINT_UNLABELLED, PAINT_UNLABELLED, PAINT_UNLABELLED, false}, dark = {.name = "instance background"};
	uint8_t rgb[3];
	paint_instance_colour(0, rgb);
	dark.r = rgb[0], dark.g = rgb[1], dark.b = rgb[2];
	bool unlabelled = l->cells[0][CLASSES_MAX] > 0;
	if (l->masked || l->instances || unlabelled) add_head(pen, "other");
	if (l->masked && !l->sources) add_item(pen, "masked patch", NULL, COLOUR_HATCH);
	for (int i = 0; l->masked && l->sources && i < 3; i++) add_item(pen, sources[i].name, NULL, sources[i].tint);
	if (unlabelled) add_item(pen, grey.name, &grey, COLOUR_HATCH);
	if (l->instances) add_item(pen, dark.name, &dark, COLOUR_HATCH);
}

double legend_draw(struct figure *f, const struct legend *l, double left, double right, double y, bool ink) {
	struct pen pen = {.f = f, .left = left, .right = right, .x = left, .y = y, .ink = ink};
	bool listed[CLASSES_MAX];
	int more = choose(l, listed);
	add_classes(&pen, l, listed);
	add_others(&pen, l);
	if (more && ink) {
		char text[64];
		snprintf(text, sizeof text, "and %d more classes", more);
		figure_text(f, TEXT_NOTE, pen.x, pen.y, 0, text);
	}
	return pen.y + LEGEND_LINE;
}
