/* viewer/gallery_draw.c -- the gallery on its surface. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/gallery_parts.h"

enum { GRID_LEAST = 14, DOT_WIDE = 7 /* pixels of a patch from which on the grid is drawn, and the painter's dots are three wide */ };

static struct box whole(const struct surface *c) { return (struct box){0, 0, c->width, c->height}; }

static int words(struct gallery *g, struct surface *c, enum surface_style style, int x, int y, double align, uint32_t colour, const char *text) {
	return text_draw(g->text, c, whole(c), style, x, y, align, colour, text);
}

static uint32_t packed(const uint8_t rgb[3]) { return (uint32_t)rgb[0] << 16 | (uint32_t)rgb[1] << 8 | rgb[2]; }

/* ---- cells --------------------------------------------------------------------------------------------------------------------------- */

/* The picture of a cell, and how many screen pixels one of its pixels is wide; made smaller once where it is below 1. NULL: nothing to show. */
static const struct image *picture(struct gallery *g, int row, const struct shown *s, double size, double *scale) {
	const struct board_part *p = &g->row[row]->part[s->g];
	struct picture *kept = &g->picture[row][s->g][s->column];
	if (!p->used) return NULL;
	if (!kept->made) {
		if (board_picture(&kept->whole, &g->head, p, s->g, s->column, gallery_mask_of(g, row, s->g), &g->look)) return NULL;
		kept->made = true;
	}
	*scale = size / p->edge;
	if (*scale >= 1) return &kept->whole;
	int edge = (int)lround(size) > 0 ? (int)lround(size) : 1;
	if (kept->small.width != edge) {
		image_free(&kept->small);
		if (image_shrink(&kept->small, &kept->whole, edge, edge)) return NULL;
	}
	*scale = 1;
	return &kept->small;
}

static void draw_grid(struct surface *c, struct box b, double x, double y, double patch, int side) {
	for (int i = 1; i < side; i++) {
		struct box column = {(int)lround(x + i * patch), b.y, 1, b.height}, line = {b.x, (int)lround(y + i * patch), b.width, 1};
		surface_shade(c, box_common(b, column), 0x000000, 90);
		surface_shade(c, box_common(b, line), 0x000000, 90);
	}
}

/* While masks are painted, what is masked is marked in every column. */
static void draw_painted(struct gallery *g, struct surface *c, struct box b, int row, enum granularity of, double x, double y, double patch) {
	const uint8_t *mask = gallery_mask_of(g, row, of);
	int side = g->row[row]->part[of].side, rim = patch >= DOT_WIDE ? 1 : 0;
	for (int i = 0; i < side * side; i++) {
		struct box spot = {(int)lround(x + (i % side + 0.5) * patch) - rim, (int)lround(y + (i / side + 0.5) * patch) - rim, 1 + 2 * rim, 1 + 2 * rim};
		if (!mask[i]) surface_fill(c, box_common(b, spot), ACCENT);
	}
}

static void draw_cell(struct gallery *g, struct surface *c, struct box area, struct box b, int row, const struct shown *s) {
	struct box clip = box_common(area, b);
	double size = b.width * g->zoom, x = b.x + b.width / 2.0 - g->u * size, y = b.y + b.width / 2.0 - g->v * size, scale;
	const struct image *im = g->row[row] ? picture(g, row, s, size, &scale) : NULL;
	surface_fill(c, clip, EMPTY);
	if (!im) return;
	surface_picture(c, clip, im, x, y, scale);
	int side = g->row[row]->part[s->g].side;
	double patch = size / side;
	clip = box_common(clip, (struct box){(int)lround(x), (int)lround(y), (int)lround(size), (int)lround(size)});
	if ((g->zoom > 1 || g->painting) && patch >= GRID_LEAST) draw_grid(c, clip, x, y, patch, side);
	if (g->painting && s->column != BOARD_TARGET) draw_painted(g, c, clip, row, s->g, x, y, patch);
	if (explore_on(g)) explore_draw_cell(g, c, clip, row, s, x, y, patch);
}

static void draw_cross(struct surface *c, struct box clip, int x, int y) {
	enum { ARM = 5 };
	surface_shade(c, box_common(clip, (struct box){x - ARM, y - 1, 2 * ARM + 1, 3}), 0x000000, 120);
	surface_shade(c, box_common(clip, (struct box){x - 1, y - ARM, 3, 2 * ARM + 1}), 0x000000, 120);
	surface_fill(c, box_common(clip, (struct box){x - ARM, y, 2 * ARM + 1, 1}), 0xffffff);
	surface_fill(c, box_common(clip, (struct box){x, y - ARM, 1, 2 * ARM + 1}), 0xffffff);
}

static void draw_frame(struct surface *c, struct box area, struct box b, uint32_t colour) {
	for (int side = 0; side < 4; side++) {
		struct box edge = side < 2 ? (struct box){b.x - 2, side ? b.y + b.height : b.y - 2, b.width + 4, 2}
		                           : (struct box){side == 2 ? b.x - 2 : b.x + b.width, b.y - 2, 2, b.height + 4};
		surface_fill(c, box_common((struct box){area.x - 2, area.y - 2, area.width + 4, area.height + 4}, edge), colour);
	}
}

/* While Shift is held the selected column shows the reference. */
static struct shown flipped(const struct gallery *g, const struct places *p, int column) {
	int at = g->one ? p->shown - 1 : g->at, reference = g->one ? 0 : g->reference;
	return g->shift && column == at && reference < p->shown ? p->show[reference] : p->show[column];
}

static void draw_cells(struct gallery *g, struct surface *c, const struct places *p) {
	int row, column;
	double u, v;
	bool hit = gallery_hit(g, p, g->x, g->y, &row, &column, &u, &v);
	for (int r = 0; r < p->rows; r++)
		for (int i = 0; i < p->shown; i++) {
			struct box b = gallery_box(g, p, r, i);
			if (!box_common(b, p->area).width || !box_common(b, p->area).height) continue;
			struct shown s = flipped(g, p, i);
			draw_cell(g, c, p->area, b, p->row[r], &s);
			if (p->row[r] == g->at_row && !g->one && i == g->reference) draw_frame(c, p->area, b, FLIP);
			if (p->row[r] == g->at_row && !g->one && i == g->at) draw_frame(c, p->area, b, ACCENT);
			double size = b.width * g->zoom;
			if (hit && p->row[r] == row && i != column)
				draw_cross(c, box_common(b, p->area), (int)(b.x + b.width / 2.0 + (u - g->u) * size), (int)(b.y + b.height / 2.0 + (v - g->v) * size));
		}
}

/* ---- words around them ----------------------------------------------------------------------------------------------------------------- */

/* A file of weights alone tells no step. */
static void weights_words(const struct board_row *one, char *out, size_t capacity) {
	if (*one->weights && !one->trained) snprintf(out, capacity, "weights of %s", one->weights);
	else if (*one->weights) snprintf(out, capacity, "weights of %s, step %lld", one->weights, (long long)one->trained);
	else snprintf(out, capacity, "weights of step %lld", (long long)one->trained);
}

static void draw_top(struct gallery *g, struct surface *c, const struct places *p) {
	surface_fill(c, (struct box){0, 0, c->width, TOP - 4}, BAND);
	surface_fill(c, (struct box){0, TOP - 4, c->width, 1}, RULE);
	if (g->flipped) surface_fill(c, (struct box){0, TOP - 5, c->width, 2}, FLIP), surface_fill(c, (struct box){0, c->height - BOTTOM + 1, c->width, 2}, FLIP);
	int used = text_width(g->text, STYLE_TITLE, g->head.title);
	char right[360], attention[160], weights[120] = "";
	if (g->flipped && g->rows && g->row[0]) weights_words(g->row[0], weights, sizeof weights);
	explore_title(g, attention, sizeof attention);
	if (used + text_width(g->text, STYLE_PLAIN, attention) > c->width * 2 / 3) *attention = '\0'; /* the panel says it too */
	snprintf(right, sizeof right, "%s%s%s%s%.0f %%   ? help", attention, weights, *weights ? "   " : "", g->painting ? "MASK PAINTER   " : "", 100 * g->zoom * p->cell / gallery_finest(g));
	int width = text_width(g->text, STYLE_PLAIN, right);
	struct box left = {0, 0, c->width - width - 2 * MARGIN, TOP};
	text_draw(g->text, c, left, STYLE_TITLE, MARGIN, 6, 0, INK, g->head.title);
	text_draw(g->text, c, left, STYLE_PLAIN, MARGIN + used + 18, 8, 0, GREY, g->state);
	words(g, c, STYLE_PLAIN, c->width - MARGIN, 8, 1, g->flipped ? FLIP : g->painting || *attention ? ACCENT : GREY, right);
}

static int stage_number(const struct gallery *g, enum granularity of) {
	for (int s = 0; s < g->head.stages; s++)
		if (g->head.stage[s] == of) return s + 1;
	return 0;
}

static const char *column_name(const struct gallery *g, const struct shown *s) {
	return s->column == BOARD_ERROR ? board_metric_name(g->look.metric, s->g) : board_column_name[s->column];
}

/* The longest of the names that fits. */
static void draw_column_name(struct gallery *g, struct surface *c, const struct places *p, int i, int y) {
	struct shown s = flipped(g, p, i);
	const char *name = p->stacked ? board_column_name[s.column] : column_name(g, &s);
	if (text_width(g->text, STYLE_PLAIN, name) > p->cell) name = board_column_name[s.column];
	if (text_width(g->text, STYLE_PLAIN, name) > p->cell) name = board_column_short[s.column];
	struct box clip = box_common((struct box){p->area.x, 0, p->area.width, c->height}, (struct box){p->area.x + p->x[i] - g->scroll_x, 0, p->cell, c->height});
	char numbered[64];
	snprintf(numbered, sizeof numbered, "%d  %s", i + 1, name);
	bool room = text_width(g->text, STYLE_PLAIN, numbered) <= p->cell && i < 9 && !g->one && !p->stacked;
	text_draw(g->text, c, clip, STYLE_PLAIN, p->area.x + p->x[i] - g->scroll_x, y, 0, i == g->at && !g->one ? INK : GREY, room ? numbered : name);
}

static void draw_heads(struct gallery *g, struct surface *c, const struct places *p) {
	struct box clip = {p->area.x, 0, p->area.width, c->height};
	for (int i = 0; i < p->shown; i++) {
		bool first = i == 0 || p->show[i].g != p->show[i - 1].g;
		if (p->stacked && p->line[i] > 0) break;
		draw_column_name(g, c, p, i, TOP + 21);
		if (!first || p->stacked) continue;
		char text[64];
		int x = p->area.x + p->x[i] - g->scroll_x;
		snprintf(text, sizeof text, "%s%d  %s", g->head.cascade && i ? "\xe2\x86\x92 " : "", stage_number(g, p->show[i].g), granularity_name[p->show[i].g]);
		text_draw(g->text, c, clip, STYLE_HEAD, x, TOP + 2, 0, INK, text);
	}
}

static void part_words(const struct gallery *g, int row, enum granularity of, char *out, size_t capacity) {
	const struct board_part *p = &g->row[row]->part[of];
	const uint8_t *mask = gallery_mask_of(g, row, of);
	int visible = 0;
	for (int i = 0; i < p->side * p->side; i++) visible += !mask[i];
	size_t at = (size_t)snprintf(out, capacity, "%d of %d visible", visible, p->side * p->side);
	if (!isnan(p->loss) && visible < p->side * p->side) snprintf(out + at, capacity - at, "\nloss %.*f", p->loss < 10 ? 3 : 2, p->loss);
}

/* The gutter's lines, from Y on while they fit above BOTTOM_Y. */
static int gutter_line(struct gallery *g, struct surface *c, const struct places *p, enum surface_style style, int y, int bottom, uint32_t colour, const char *text) {
	struct box clip = {0, p->area.y - 20, GUTTER - 10, p->area.height + 20};
	if (y + text_line(style) <= bottom + 4) text_draw(g->text, c, clip, style, MARGIN, y, 0, colour, text);
	return y + text_line(style);
}

/* By hand only the substitution is left of what was asked for. */
static void detail_words(const struct gallery *g, int row, char *out, size_t capacity) {
	const char *from = strstr(g->row[row]->detail, " from ");
	while (from && from > g->row[row]->detail && from[-1] != '\n') from--;
	if (!g->hand[row].on) snprintf(out, capacity, "%s", g->row[row]->detail);
	else snprintf(out, capacity, "mask by hand%s%s", from ? "\n" : "", from ? from : "");
}

static char *cut_line(char *text, char **next) {
	if ((*next = strchr(text, '\n'))) *(*next)++ = '\0';
	return text;
}

/* TEXT's lines on one, BETWEEN between them. */
static void join_lines(char *out, size_t capacity, const char *text, const char *between) {
	for (size_t at = 0, n; *text && at < capacity; text += n + (text[n] == '\n')) {
		n = strcspn(text, "\n");
		at += (size_t)snprintf(out + at, capacity - at, "%.*s%s", (int)n, text, text[n] ? between : "");
	}
}

int gallery_gutter_height(const struct gallery *g) {
	int lines = 0;
	for (int r = 0; r < g->rows; r++) {
		const struct board_row *one = g->row[r];
		char detail[sizeof one->detail];
		int n = one && *one->weights;
		if (!one) continue;
		for (int of = 0; of < GRANULARITIES; of++) n += one->part[of].used;
		detail_words(g, r, detail, sizeof detail);
		for (const char *at = detail; at; at = strchr(at + 1, '\n')) n++;
		if (n > lines) lines = n;
	}
	return lines ? text_line(STYLE_HEAD) + lines * text_line(STYLE_SMALL) + ROW_GAP : 0;
}

static void draw_flat_gutter(struct gallery *g, struct surface *c, const struct places *p, int r) {
	struct box b = gallery_box(g, p, r, 0);
	int row = p->row[r], y = b.y, bottom = b.y + p->pitch - ROW_GAP;
	const struct board_row *one = g->row[row];
	if (!one) return (void)gutter_line(g, c, p, STYLE_PLAIN, y, bottom, FAINT, "being computed ...");
	char step[32] = "", detail[sizeof one->detail];
	struct box clip = {0, p->area.y - 20, GUTTER - 10, p->area.height + 20};
	if (one->trained || !*one->weights) snprintf(step, sizeof step, "step %lld", (long long)one->trained);
	if (y + text_line(STYLE_HEAD) <= bottom + 4)
		text_draw(g->text, c, clip, STYLE_SMALL, MARGIN + text_width(g->text, STYLE_HEAD, one->name) + 10, y + 1, 0, *one->weights ? FLIP : FAINT, step);
	y = gutter_line(g, c, p, STYLE_HEAD, y, bottom, row == g->at_row ? ACCENT : INK, one->name);
	for (int s = 0; s < g->head.stages; s++) {
		enum granularity of = g->head.stage[s];
		char text[96], *loss;
		if (!one->part[of].used) continue;
		part_words(g, row, of, text, sizeof text);
		if ((loss = strchr(text, '\n'))) *loss++ = '\0';
		char line[128];
		snprintf(line, sizeof line, "%.3s %.*s vis.  %s", granularity_name[of], (int)strcspn(text, " "), text, loss ? loss : "");
		y = gutter_line(g, c, p, STYLE_SMALL, y, bottom, GREY, line);
	}
	if (*one->weights) y = gutter_line(g, c, p, STYLE_SMALL, y, bottom, FLIP, one->weights);
	detail_words(g, row, detail, sizeof detail);
	for (char *line = detail, *end; line; line = end) y = gutter_line(g, c, p, STYLE_SMALL, y, bottom, FAINT, cut_line(line, &end));
}

static void draw_stacked_gutter(struct gallery *g, struct surface *c, const struct places *p, int r) {
	int row = p->row[r];
	const struct board_row *one = g->row[row];
	struct box first = gallery_box(g, p, r, 0), clip = {0, p->area.y, c->width, p->area.height};
	char text[200], lines[sizeof one->detail];
	if (!one) return (void)text_draw(g->text, c, clip, STYLE_PLAIN, MARGIN, first.y - CAPTION, 0, FAINT, "being computed ...");
	int x = MARGIN + text_draw(g->text, c, clip, STYLE_HEAD, MARGIN, first.y - CAPTION + 3, 0, row == g->at_row ? ACCENT : INK, one->name) + 14;
	weights_words(one, text, sizeof text);
	x += text_draw(g->text, c, clip, STYLE_PLAIN, x, first.y - CAPTION + 3, 0, *one->weights ? FLIP : GREY, text) + 14;
	detail_words(g, row, lines, sizeof lines);
	join_lines(text, sizeof text, lines, ", ");
	text_draw(g->text, c, clip, STYLE_PLAIN, x, first.y - CAPTION + 3, 0, GREY, text);
	for (int i = 0; i < p->shown; i++) {
		if (i > 0 && p->line[i] == p->line[i - 1]) continue;
		struct box b = gallery_box(g, p, r, i);
		enum granularity of = p->show[i].g;
		char *loss;
		snprintf(text, sizeof text, "%s%d  %s", g->head.cascade && p->line[i] ? "\xe2\x86\x93 " : "", stage_number(g, of), granularity_name[of]);
		int y = gutter_line(g, c, p, STYLE_HEAD, b.y, b.y + b.height, INK, text);
		part_words(g, row, of, text, sizeof text);
		if ((loss = strchr(text, '\n'))) *loss++ = '\0';
		y = gutter_line(g, c, p, STYLE_SMALL, y + 3, b.y + b.height, GREY, text);
		if (loss) y = gutter_line(g, c, p, STYLE_SMALL, y, b.y + b.height, GREY, loss);
		explore_part_words(g, row, of, text, sizeof text);
		for (char *line = text, *next; *line; line = next) {
			if ((next = strchr(line, '\n'))) *next++ = '\0';
			else next = line + strlen(line);
			y = gutter_line(g, c, p, STYLE_SMALL, y, b.y + b.height, ACCENT, line);
		}
		if (g->column[BOARD_ERROR]) gutter_line(g, c, p, STYLE_SMALL, y, b.y + b.height, FAINT, board_metric_name(g->look.metric, of));
	}
}

/* ---- below: the value under the pointer, the classes, the colours of errors --------------------------------------------------------------- */

static const char *class_name(const struct gallery *g, int label) { return label < g->head.class_count ? g->head.classes[label].name : "unlabelled"; }

static size_t value_words(const struct gallery *g, const struct board_part *p, enum granularity of, int x, int y, char *out, size_t n) {
	size_t at = (size_t)y * (size_t)p->edge + (size_t)x;
	if (of == RGB)
		return (size_t)snprintf(out, n, "predicted %d %d %d, target %d %d %d, %s %+.1f", p->prediction[3 * at], p->prediction[3 * at + 1], p->prediction[3 * at + 2],
		                        p->target[3 * at], p->target[3 * at + 1], p->target[3 * at + 2], board_metric_name(g->look.metric, of), board_error(p, of, g->look.metric, x, y));
	if (of == SEMSEG)
		return (size_t)snprintf(out, n, "predicted %s, target %s, p(target) %.2f", class_name(g, p->prediction[at]), class_name(g, p->target[at]), exp(-(double)p->cost[at]));
	return (size_t)snprintf(out, n, "predicted object %d, target %d, p(target) %.2f", p->prediction[at], p->target[at], exp(-(double)p->cost[at]));
}

static void masked_words(const struct gallery *g, int row, enum granularity of, int patch, char *out, size_t n) {
	static const char *const source[BOARD_SOURCES] = {"semantic", "instance", "random"};
	const struct board_part *p = &g->row[row]->part[of];
	bool masked = gallery_mask_of(g, row, of)[patch];
	size_t at = (size_t)snprintf(out, n, "%s", masked ? "masked" : "visible");
	if (g->hand[row].on) snprintf(out + at, n - at, " by hand");
	int named = 0;
	for (int s = 0; !g->hand[row].on && g->row[row]->sourced && s < BOARD_SOURCES && at < n; s++)
		if (p->sources[patch] >> s & 1) at += (size_t)snprintf(out + at, n - at, "%s%s", named++ ? " + " : masked ? " by " : " (masked by ", source[s]);
	if (named && !masked && at < n) snprintf(out + at, n - at, "; left visible by the blend)");
}

static void pointed_words(struct gallery *g, const struct places *p, char *out, size_t n) {
	int row, column;
	double u, v;
	*out = '\0';
	if (*g->note) snprintf(out, n, "%s", g->note);
	if (*g->note || !gallery_hit(g, p, g->x, g->y, &row, &column, &u, &v)) return;
	enum granularity of = p->show[column].g;
	const struct board_part *part = &g->row[row]->part[of];
	int x = (int)floor(u * part->edge), y = (int)floor(v * part->edge);
	if (!part->used || x < 0 || y < 0 || x >= part->edge || y >= part->edge) return;
	int patch = y * part->side / part->edge * part->side + x * part->side / part->edge;
	size_t at = (size_t)snprintf(out, n, "%s %s  (%d, %d)   ", g->row[row]->name, granularity_name[of], x, y);
	at += value_words(g, part, of, x, y, out + at, n - at);
	if (at >= n) return;
	explore_value_words(g, row, of, patch, out + at, n - at);
	at = strlen(out);
	at += (size_t)snprintf(out + at, n - at, "   patch %d (row %d, column %d) ", patch, patch / part->side, patch % part->side);
	if (at < n) masked_words(g, row, of, patch, out + at, n - at);
}

/* The classes of the targets shown, the most frequent first, as many as there is room for. */
static void draw_legend(struct gallery *g, struct surface *c, int y, int right) {
	int count[CLASSES_MAX + 1] = {0};
	for (int r = 0; r < g->rows; r++) {
		const struct board_part *p = g->row[r] ? &g->row[r]->part[SEMSEG] : NULL;
		for (int i = 0; p && p->used && i < p->edge * p->edge; i++) count[p->target[i]]++;
	}
	for (int x = MARGIN;;) {
		int best = -1;
		for (int i = 0; i < g->head.class_count; i++)
			if (count[i] > 0 && (best < 0 || count[i] > count[best])) best = i;
		if (best < 0) return;
		const struct paint_class *k = &g->head.classes[best];
		int width = SWATCH + 5 + text_width(g->text, STYLE_SMALL, k->name) + 14;
		if (x + width > right) return;
		surface_fill(c, (struct box){x, y + 3, SWATCH, SWATCH}, (uint32_t)k->r << 16 | (uint32_t)k->g << 8 | k->b);
		words(g, c, STYLE_SMALL, x + SWATCH + 5, y, 0, GREY, k->name);
		x += width;
		count[best] = 0;
	}
}

static int draw_swatch(struct gallery *g, struct surface *c, int right, int y, const uint8_t rgb[3], const char *name) {
	words(g, c, STYLE_SMALL, right, y, 1, GREY, name);
	int x = right - text_width(g->text, STYLE_SMALL, name) - 5 - SWATCH;
	surface_fill(c, (struct box){x, y + 3, SWATCH, SWATCH}, packed(rgb));
	return x - 14;
}

/* Without the name where that has no room. */
int gallery_draw_map(struct gallery *g, struct surface *c, int right, int y, enum colour_map map, const char *name, const char *low, const char *high) {
	char label[96];
	snprintf(label, sizeof label, "%s  %s", name, low);
	int bar = right - text_width(g->text, STYLE_SMALL, high) - 6 - BAR, x = bar - 6 - text_width(g->text, STYLE_SMALL, label);
	if (x < MARGIN) snprintf(label, sizeof label, "%s", low), x = bar - 6 - text_width(g->text, STYLE_SMALL, label);
	if (x < MARGIN) return right;
	words(g, c, STYLE_SMALL, right, y, 1, GREY, high);
	words(g, c, STYLE_SMALL, x, y, 0, GREY, label);
	for (int i = 0; i < BAR; i++) {
		uint8_t rgb[3];
		colour_map_at(map, i / (BAR - 1.0), rgb);
		surface_fill(c, (struct box){bar + i, y + 3, 1, SWATCH}, packed(rgb));
	}
	return x - 22;
}

/* What an error's colours stand for, its right end at RIGHT; returns its left end. */
static int draw_scale(struct gallery *g, struct surface *c, int right, int y, enum granularity of) {
	char low[32] = "0", high[32];
	if (board_two_colours(&g->look, of)) {
		if (right - text_width(g->text, STYLE_SMALL, "right  wrong") - 2 * (SWATCH + 14) < MARGIN) return right;
		right = draw_swatch(g, c, right, y, board_wrong, "wrong");
		return draw_swatch(g, c, right, y, board_right, "right");
	}
	double limit = board_limit(&g->look, of);
	bool centred = of == RGB && g->look.metric == METRIC_SIGNED;
	snprintf(high, sizeof high, centred ? "+%.4g" : "%.4g", limit);
	if (centred) snprintf(low, sizeof low, "-%.4g", limit);
	return gallery_draw_map(g, c, right, y, board_map(&g->look, of), centred ? "rgb error" : of == RGB ? board_metric_name(g->look.metric, of) : "cross-entropy", low, high);
}

static void draw_bottom(struct gallery *g, struct surface *c, const struct places *p) {
	char text[400];
	int y = c->height - BOTTOM + 6, right = c->width - MARGIN;
	surface_fill(c, (struct box){0, y - 4, c->width, BOTTOM}, BAND);
	surface_fill(c, (struct box){0, y - 4, c->width, 1}, RULE);
	pointed_words(g, p, text, sizeof text);
	words(g, c, STYLE_PLAIN, MARGIN, y + 3, 0, *g->note ? FLIP : INK, text);
	if (explore_on(g)) right = explore_scale(g, c, right, y + 26);
	bool labels = g->row[0] && (g->row[0]->part[SEMSEG].used || g->row[0]->part[INSTANCE].used), rgb = g->row[0] && g->row[0]->part[RGB].used;
	if (g->column[BOARD_ERROR] && rgb) right = draw_scale(g, c, right, y + 26, RGB);
	if (g->column[BOARD_ERROR] && labels) right = draw_scale(g, c, right, y + 26, SEMSEG);
	draw_legend(g, c, y + 26, right);
}

static void draw_help(struct gallery *g, struct surface *c) {
	static const char *const lines[][2] = {
		{"wheel, + -", "zoom at the pointer, at the middle"}, {"drag, h j k l", "pan (all cells together)"}, {"=  f  r", "100 %, fit, reset"},
		{"[ ], Ctrl+wheel", "size of the cells; Shift+wheel and PgUp, PgDn scroll"}, {"n p, Space Backspace", "next, previous samples"},
		{"Tab, 1-9, click", "choose a column; Enter or a double click: it alone"}, {"Shift+1-9", "choose the reference column"},
		{"Shift held", "the chosen column shows the reference"}, {"m  a  c", "error metric, auto contrast, colour map"},
		{"x  t", "compute again now; hold these weights, or follow"}, {"e", "attention explorer on and off; a click: that patch asks"},
		{"   , .   < >   G", "layer, head; query: global token or mean"}, {"   M  P", "share of mass inside the contour; over the picture or plain"},
		{"w", "what if: position, mask, V, seed, a stage's map, a checkpoint"},
		{"   arrows, wheel, Esc", "choose and change (Shift: tens), fine steps, back to the cells"}, {"v", "flip to the checkpoint under the same masks, and back"},
		{"b", "mask painter and its sliders on and off"},
		{"   left, right drag", "mask, reveal patches (dots mark the visible ones)"}, {"   Ctrl+left, right", "the region or the object under the pointer"},
		{"   i  o  u  R", "invert, only this granularity visible, undo, drawn masks"}, {"   s  g", "save the selected row's mask; load the newest"}, {"Ctrl+S", "save the view (PNG with its command)"}, {"q, Ctrl+W", "close the window"}};
	int n = (int)(sizeof lines / sizeof *lines), line = text_line(STYLE_PLAIN) + 4;
	struct box b = {c->width / 2 - 305, c->height / 2 - (n + 2) * line / 2, 610, (n + 2) * line};
	surface_shade(c, whole(c), BACK, 150);
	surface_fill(c, b, BAND);
	surface_frame(c, b, 1, FAINT);
	for (int i = 0; i < n; i++) {
		words(g, c, STYLE_PLAIN, b.x + 24, b.y + (i + 1) * line, 0, ACCENT, lines[i][0]);
		words(g, c, STYLE_PLAIN, b.x + 190, b.y + (i + 1) * line, 0, INK, lines[i][1]);
	}
}

static void side_draw(struct gallery *g, struct surface *c) {
	struct panel_place place = side_place(g);
	int focus = CONTROL_NONE;
	for (int i = 0; i < g->side.list.count; i++)
		if (g->side.focus && g->side.list.item[i].id == g->side.focus) focus = i;
	if (place.box.width) panel_draw(g->text, c, &g->side.list, &place, focus);
}

int gallery_draw(struct gallery *g, struct surface *c) {
	struct places p;
	g->width = c->width;
	g->height = c->height;
	side_fill(g);
	gallery_places(g, &p);
	surface_fill(c, whole(c), BACK);
	draw_cells(g, c, &p);
	draw_top(g, c, &p);
	draw_heads(g, c, &p);
	for (int r = 0; r < p.rows && p.shown; r++) {
		if (p.stacked) draw_stacked_gutter(g, c, &p, r);
		else draw_flat_gutter(g, c, &p, r);
	}
	if (!p.shown) words(g, c, STYLE_PLAIN, GUTTER, TOP + HEADS, 0, GREY, "the first predictions are being computed ...");
	draw_bottom(g, c, &p);
	side_draw(g, c);
	if (g->help) draw_help(g, c);
	g->changed = false;
	return 0;
}
