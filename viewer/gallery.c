#include "viewer/gallery.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "viewer/gallery_parts.h"

static const double ZOOM_STEP = 1.25, PIXEL_MOST = 64 /* a picture's pixel on the screen */, PAN_STEP = 0.1;

int gallery_new(struct gallery **out) {
	struct gallery *g = *out = calloc(1, sizeof *g);
	if (!g) return err_set(ERR_MEMORY, "no memory for the viewer");
	int rc = text_new(&g->text);
	if (rc) {
		free(g);
		*out = NULL;
		return rc;
	}
	*g = (struct gallery){.text = g->text, .zoom = 1, .u = 0.5, .v = 0.5, .map = COLOUR_MAPS, .x = -1, .y = -1, .width = 1280, .height = 800, .changed = true,
		.attend = {.layer = -1, .head = ATTENDED_MEAN, .share = 50},
		.column = {[BOARD_MASKED] = true, [BOARD_PREDICTION] = true, [BOARD_TARGET] = true, [BOARD_ERROR] = true}};
	return 0;
}

static void forget_picture(struct picture *p) {
	image_free(&p->whole);
	image_free(&p->small);
	p->made = false;
}

static void forget(struct gallery *g, int row, enum board_column from) {
	for (int of = 0; of < GRANULARITIES; of++)
		for (int c = from; c < BOARD_COLUMNS; c++) forget_picture(&g->picture[row][of][c]), forget_picture(&g->other_picture[row][of][c]);
	g->changed = true;
}

void gallery_forget(struct gallery *g, enum board_column from) {
	for (int r = 0; r < BOARD_ROWS; r++) forget(g, r, from);
}

void gallery_free(struct gallery *g) {
	if (!g) return;
	gallery_forget(g, 0);
	for (int r = 0; r < BOARD_ROWS; r++) board_row_free(g->row[r]), board_row_free(g->other[r]);
	text_free(g->text);
	free(g);
}

/* ---- what is shown --------------------------------------------------------------------------------------------------------------- */

void gallery_head(struct gallery *g, const struct board_head *h) {
	if (memcmp(h->classes, g->head.classes, sizeof h->classes)) gallery_forget(g, 0);
	g->head = *h;
	gallery_attend(g, &g->attend);
	g->changed = true;
}

const struct board_head *gallery_headed(const struct gallery *g) { return &g->head; }

const struct board_row *gallery_selected(const struct gallery *g) { return g->at_row < g->rows ? g->row[g->at_row] : NULL; }

void gallery_rows(struct gallery *g, int rows) {
	g->rows = rows < BOARD_ROWS ? rows : BOARD_ROWS;
	for (int r = g->rows; r < BOARD_ROWS; r++) {
		board_row_free(g->row[r]);
		board_row_free(g->other[r]);
		g->row[r] = g->other[r] = NULL;
		g->hand[r].on = false;
		forget(g, r, 0);
	}
	if (g->at_row >= g->rows) g->at_row = 0;
}

/* The ends of the map are the largest errors shown, or the standard ones. */
static void set_limits(struct gallery *g) {
	struct board_look was = g->look;
	g->look.limit[0] = g->look.limit[1] = 0;
	for (int r = 0; g->contrast && r < g->rows; r++)
		for (int of = 0; g->row[r] && of < GRANULARITIES; of++) {
			const struct board_part *p = &g->row[r]->part[of];
			double *limit = &g->look.limit[of == RGB];
			if (p->used) *limit = fmax(*limit, board_largest(p, (enum granularity)of, g->look.metric, gallery_mask_of(g, r, (enum granularity)of)));
		}
	if (memcmp(&was, &g->look, sizeof was)) gallery_forget(g, BOARD_ERROR);
}

/* The live rows and their places change with what is shown. */
static struct board_row **live(struct gallery *g, int row) { return g->flipped ? &g->other[row] : &g->row[row]; }

void gallery_row(struct gallery *g, int row, struct board_row *taken) {
	if (row >= g->rows) {
		board_row_free(taken);
		return;
	}
	struct board_row **place = live(g, row);
	if (*place && strcmp((*place)->name, taken->name) != 0) gallery_unpaint(g, row), g->undos = 0;
	board_row_free(*place);
	*place = taken;
	forget(g, row, 0);
	set_limits(g);
}

void gallery_other_row(struct gallery *g, int row, struct board_row *taken) {
	struct board_row **place = g->flipped ? &g->row[row] : &g->other[row], *same = *live(g, row);
	if (row >= g->rows || !same) {
		board_row_free(taken);
		return;
	}
	memcpy(taken->detail, same->detail, sizeof taken->detail);
	taken->sourced = same->sourced;
	for (int of = 0; of < GRANULARITIES; of++) memcpy(taken->part[of].sources, same->part[of].sources, sizeof taken->part[of].sources);
	board_row_free(*place);
	*place = taken;
	forget(g, row, 0);
	set_limits(g);
}

/* Pictures that were made stay: to flip to and fro costs nothing. */
void gallery_flip(struct gallery *g, bool others) {
	if (g->flipped == others) return;
	for (int r = 0; r < BOARD_ROWS; r++) {
		struct board_row *row = g->row[r];
		struct picture picture[GRANULARITIES][BOARD_COLUMNS];
		memcpy(picture, g->picture[r], sizeof picture);
		memcpy(g->picture[r], g->other_picture[r], sizeof picture);
		memcpy(g->other_picture[r], picture, sizeof picture);
		g->row[r] = g->other[r];
		g->other[r] = row;
	}
	g->flipped = others;
	g->changed = true;
	set_limits(g);
}

static bool has(const struct gallery *g, enum granularity of) {
	for (int r = 0; r < g->rows; r++)
		if (g->row[r] && g->row[r]->part[of].used) return true;
	return false;
}

/* The columns in the cascade's order, each with its line when a granularity has its own. */
static void list_columns(const struct gallery *g, struct places *p) {
	for (int s = 0; s < g->head.stages; s++) {
		enum granularity of = g->head.stage[s];
		if (!has(g, of)) continue;
		for (int c = 0; c < BOARD_COLUMNS; c++)
			if (g->column[c]) p->line[p->shown] = p->lines, p->show[p->shown++] = (struct shown){of, (enum board_column)c};
		p->lines++;
	}
}

/* Where column AT stands among others; the first, where it is no more. */
static int same_column(const struct places *before, int at, const struct places *after) {
	for (int i = 0; at < before->shown && i < after->shown; i++)
		if (after->show[i].g == before->show[at].g && after->show[i].column == before->show[at].column) return i;
	return 0;
}

void gallery_columns(struct gallery *g, const bool column[BOARD_COLUMNS]) {
	if (!memcmp(g->column, column, sizeof g->column)) return;
	struct places before = {0}, after = {0};
	list_columns(g, &before);
	memcpy(g->column, column, sizeof g->column);
	list_columns(g, &after);
	g->at = same_column(&before, g->at, &after);
	g->reference = same_column(&before, g->reference, &after);
	gallery_section(g, SECTION_ATTENTION, explore_on(g));
	g->changed = true;
}

void gallery_state(struct gallery *g, const char *words) {
	if (!strcmp(g->state, words)) return;
	snprintf(g->state, sizeof g->state, "%s", words);
	g->changed = true;
}

void gallery_note(struct gallery *g, const char *words) {
	snprintf(g->note, sizeof g->note, "%s", words);
	g->changed = true;
}

bool gallery_changed(const struct gallery *g) { return g->changed; }

/* ---- where it stands ---------------------------------------------------------------------------------------------------------------- */

/* The reference and the selected column of the selected row, alone. */
static void keep_one(const struct gallery *g, struct places *p) {
	struct shown pair[2] = {p->show[g->reference], p->show[g->at]};
	int n = g->reference == g->at ? 1 : 2;
	for (int i = 0; i < n; i++) p->show[i] = pair[i + 2 - n], p->line[i] = 0;
	p->shown = n;
	p->lines = 1;
	p->row[0] = g->at_row;
	p->rows = 1;
}

static int lay(struct places *p, int cell, bool stacked) {
	int right = 0, per_line = p->lines > 0 ? p->shown / p->lines : 0;
	for (int i = 0; i < p->shown; i++) {
		int group = stacked || p->lines < 2 ? 0 : p->line[i];
		p->x[i] = (stacked ? i % per_line : i) * (cell + CELL_GAP) + group * GROUP_GAP;
		if (p->x[i] + cell > right) right = p->x[i] + cell;
	}
	p->content_width = right;
	p->pitch = stacked ? CAPTION + p->lines * (cell + CELL_GAP) : cell + ROW_GAP;
	p->content_height = p->rows * p->pitch;
	return cell;
}

/* The largest cell that fits. */
static int largest(struct places *p, bool stacked) {
	if (!p->shown || !p->rows) return CELL_LEAST;
	lay(p, 0, stacked);
	int across = stacked ? p->shown / p->lines : p->shown, down = p->rows * (stacked ? p->lines : 1);
	int wide = (p->area.width - p->content_width) / across, tall = (p->area.height - p->content_height) / down;
	int cell = wide < tall ? wide : tall;
	return cell < CELL_LEAST ? CELL_LEAST : cell;
}

void gallery_places(const struct gallery *g, struct places *p) {
	struct box side = side_place(g).box;
	int right = g->width >= ROOM_FOR_PANEL ? side.width : 0;
	*p = (struct places){.rows = g->rows, .area = {GUTTER, TOP + HEADS, g->width - GUTTER - MARGIN - right, g->height - TOP - HEADS - BOTTOM}};
	for (int r = 0; r < g->rows; r++) p->row[r] = r;
	list_columns(g, p);
	if (g->one && p->shown) keep_one(g, p);
	int flat = largest(p, false), stacked = p->lines > 1 ? largest(p, true) : 0;
	p->stacked = stacked > flat;
	p->cell = lay(p, g->cell ? g->cell : p->stacked ? stacked : flat, p->stacked);
	int words = gallery_gutter_height(g), room = p->rows ? p->area.height / p->rows : 0;
	if (!p->stacked && p->pitch < words) p->pitch = room < p->pitch ? p->pitch : room < words ? room : words;
	p->content_height = p->rows * p->pitch;
}

struct box gallery_box(const struct gallery *g, const struct places *p, int row, int column) {
	int y = row * p->pitch + (p->stacked ? CAPTION + p->line[column] * (p->cell + CELL_GAP) : 0);
	return (struct box){p->area.x + p->x[column] - g->scroll_x, p->area.y + y - g->scroll_y, p->cell, p->cell};
}

struct box gallery_cell(struct gallery *g, int row, int column) {
	struct places p;
	gallery_places(g, &p);
	return gallery_box(g, &p, row, column);
}

bool gallery_hit(const struct gallery *g, const struct places *p, int x, int y, int *row, int *column, double *u, double *v) {
	if (!box_holds(p->area, x, y) || side_holds(g, x, y)) return false;
	for (int r = 0; r < p->rows; r++)
		for (int i = 0; i < p->shown; i++) {
			struct box b = gallery_box(g, p, r, i);
			if (!box_holds(b, x, y)) continue;
			double size = p->cell * g->zoom;
			*row = p->row[r];
			*column = i;
			*u = g->u + (x + 0.5 - b.x - p->cell / 2.0) / size;
			*v = g->v + (y + 0.5 - b.y - p->cell / 2.0) / size;
			return g->row[*row] != NULL;
		}
	return false;
}

/* ---- zoom and pan ----------------------------------------------------------------------------------------------------------------------- */

static double within(double x, double least, double most) { return x < least ? least : x > most ? most : x; }

int gallery_finest(const struct gallery *g) {
	int edge = 1;
	for (int r = 0; r < g->rows; r++)
		for (int of = 0; g->row[r] && of < GRANULARITIES; of++)
			if (g->row[r]->part[of].used && g->row[r]->part[of].edge > edge) edge = g->row[r]->part[of].edge;
	return edge;
}

static void settle(struct gallery *g) {
	struct places p;
	gallery_places(g, &p);
	double edge = gallery_finest(g), whole = edge / p.cell;
	g->zoom = within(g->zoom, whole < 1 ? whole : 1, fmax(1, PIXEL_MOST * whole));
	double half = g->zoom > 1 ? 0.5 / g->zoom : 0.5;
	g->u = within(g->u, half, 1 - half);
	g->v = within(g->v, half, 1 - half);
	g->scroll_x = (int)within(g->scroll_x, 0, fmax(0, p.content_width - p.area.width));
	g->scroll_y = (int)within(g->scroll_y, 0, fmax(0, p.content_height - p.area.height));
	g->changed = true;
}

/* The place (U, V), which lies DX, DY pixels from its cell's middle, stays there. */
static void zoom_at(struct gallery *g, double factor, double u, double v, double dx, double dy, int cell) {
	g->zoom *= factor;
	settle(g);
	g->u = u - dx / (cell * g->zoom);
	g->v = v - dy / (cell * g->zoom);
	settle(g);
}

static void pan(struct gallery *g, double dx, double dy) {
	struct places p;
	gallery_places(g, &p);
	if (g->zoom > 1) g->u += dx / (p.cell * g->zoom), g->v += dy / (p.cell * g->zoom);
	else g->scroll_x += (int)dx, g->scroll_y += (int)dy;
	settle(g);
}

static void resize(struct gallery *g, double factor) {
	struct places p;
	gallery_places(g, &p);
	g->cell = (int)within(lround(p.cell * factor), CELL_LEAST, 2048);
	settle(g);
}

void gallery_wheel(struct gallery *g, double steps, int with) {
	struct places p;
	int row, column;
	double u, v;
	if (side_wheel(g, steps, with)) return;
	gallery_places(g, &p);
	if (with & WITH_CTRL) resize(g, pow(ZOOM_STEP, steps));
	else if (with & WITH_SHIFT || !gallery_hit(g, &p, g->x, g->y, &row, &column, &u, &v)) g->scroll_y -= (int)(steps * 60), settle(g);
	else zoom_at(g, pow(ZOOM_STEP, steps), u, v, (u - g->u) * p.cell * g->zoom, (v - g->v) * p.cell * g->zoom, p.cell);
}

/* ---- masks by hand ------------------------------------------------------------------------------------------------------------------------ */

const uint8_t *gallery_mask(const struct gallery *g, int row, enum granularity of) { return g->hand[row].on ? g->hand[row].mask[of] : NULL; }

const uint8_t *gallery_mask_of(const struct gallery *g, int row, enum granularity of) {
	return g->hand[row].on ? g->hand[row].mask[of] : g->row[row]->part[of].mask;
}

void gallery_want(struct gallery *g, enum gallery_wish what, int row) {
	for (int i = 0; i < g->wishes; i++)
		if (g->wish[i].what == what && g->wish[i].row == row) return;
	if (g->wishes < WISHES) g->wish[g->wishes++] = (struct wish){what, row};
}

enum gallery_wish gallery_wish(struct gallery *g, int *row) {
	if (!g->wishes) return GALLERY_NOTHING;
	struct wish w = g->wish[0];
	memmove(g->wish, g->wish + 1, sizeof *g->wish * (size_t)--g->wishes);
	*row = w.row;
	return w.what;
}

/* The state before a stroke is kept; the row's own mask is where the first one begins. */
void stroke_begin(struct gallery *g, int row) {
	struct hand *h = &g->hand[row];
	if (g->undos == UNDO_MAX) memmove(g->undo, g->undo + 1, sizeof *g->undo * (size_t)--g->undos);
	g->undo[g->undos++] = (struct stroke){row, *h};
	painter_forget(g, row);
	for (int of = 0; !h->on && of < GRANULARITIES; of++) memcpy(h->mask[of], g->row[row]->part[of].mask, sizeof h->mask[of]);
	h->on = true;
}

static int visible(const struct gallery *g, int row) {
	int n = 0;
	for (int of = 0; of < GRANULARITIES; of++) {
		const struct board_part *p = &g->row[row]->part[of];
		for (int i = 0; p->used && i < p->side * p->side; i++) n += !g->hand[row].mask[of][i];
	}
	return n;
}

/* The encoder reads something: the last visible patch can't be masked. */
void stroke_end(struct gallery *g, int row) {
	if (visible(g, row) > 0) {
		gallery_want(g, GALLERY_STROKE, row);
	} else if (g->undos > 0) {
		g->hand[row] = g->undo[--g->undos].before;
		gallery_note(g, "at least one patch stays visible: that stroke is undone");
	}
	forget(g, row, BOARD_MASKED);
}

int gallery_patch(const struct board_part *p, double u, double v) {
	int x = (int)floor(u * p->side), y = (int)floor(v * p->side);
	return x < 0 || y < 0 || x >= p->side || y >= p->side ? -1 : y * p->side + x;
}

static void paint_patch(struct gallery *g, int row, enum granularity of, double u, double v, bool masked) {
	const struct board_part *p = &g->row[row]->part[of];
	int at = gallery_patch(p, u, v);
	if (at < 0 || !p->used || g->hand[row].mask[of][at] == masked) return;
	g->hand[row].mask[of][at] = masked;
	stroke_end(g, row);
}

/* What a patch belongs to: the label that most of its cells have. */
static int patch_label(const struct board_part *p, int at) {
	int count[256] = {0}, best = 0, patch = p->edge / p->side;
	for (int y = 0; y < patch; y++)
		for (int x = 0; x < patch; x++) count[p->target[(at / p->side * patch + y) * p->edge + at % p->side * patch + x]]++;
	for (int i = 1; i < 256; i++)
		if (count[i] > count[best]) best = i;
	return best;
}

/* Every patch of the region under the pointer: an object where there is one, else the class. */
static void fill_region(struct gallery *g, int row, enum granularity of, double u, double v, bool masked) {
	const struct board_part *semseg = &g->row[row]->part[SEMSEG], *objects = &g->row[row]->part[INSTANCE];
	int at = gallery_patch(&g->row[row]->part[of], u, v);
	bool object = objects->used && at >= 0 && of != SEMSEG && (!semseg->used || patch_label(objects, at) > 0);
	const struct board_part *by = object ? objects : semseg;
	if (at < 0 || !by->used) return;
	int label = patch_label(by, at);
	for (int i = 0; i < by->side * by->side; i++)
		if (patch_label(by, i) == label) g->hand[row].mask[of][i] = masked;
	stroke_end(g, row);
}

static void invert(struct gallery *g, int row, enum granularity of) {
	stroke_begin(g, row);
	for (int i = 0; i < PATCHES_MAX; i++) g->hand[row].mask[of][i] = !g->hand[row].mask[of][i];
	stroke_end(g, row);
}

void stroke_undo(struct gallery *g) {
	if (!g->undos) return;
	struct stroke *s = &g->undo[--g->undos];
	painter_forget(g, s->row);
	g->hand[s->row] = s->before;
	gallery_want(g, GALLERY_STROKE, s->row);
	forget(g, s->row, BOARD_MASKED);
}

void gallery_paint(struct gallery *g, int row, const uint8_t mask[GRANULARITIES][PATCHES_MAX]) {
	if (row >= g->rows) return;
	if (g->row[row]) stroke_begin(g, row);
	memcpy(g->hand[row].mask, mask, sizeof g->hand[row].mask);
	g->hand[row].on = true;
	forget(g, row, BOARD_MASKED);
}

void gallery_unpaint(struct gallery *g, int row) {
	painter_forget(g, row);
	if (!g->hand[row].on) return;
	g->hand[row].on = false;
	forget(g, row, BOARD_MASKED);
}

int gallery_at_row(const struct gallery *g) { return g->at_row; }

void strokes_drop(struct gallery *g) {
	for (int r = 0; r < g->rows; r++) gallery_unpaint(g, r);
	g->undos = 0;
	gallery_want(g, GALLERY_REDRAW, 0);
}

/* ---- mouse ------------------------------------------------------------------------------------------------------------------------------- */

static void begin_at(struct gallery *g, bool region) {
	struct places p;
	int row, column;
	double u, v;
	gallery_places(g, &p);
	if (!gallery_hit(g, &p, g->x, g->y, &row, &column, &u, &v)) return;
	g->at_row = row;
	stroke_begin(g, row);
	if (region) fill_region(g, row, p.show[column].g, u, v, g->held == BUTTON_LEFT);
	else paint_patch(g, row, p.show[column].g, u, v, g->held == BUTTON_LEFT);
}

/* Every patch on the way: a fast hand skips none. */
static void paint_way(struct gallery *g, int from_x, int from_y) {
	struct places p;
	int row, column, dx = g->x - from_x, dy = g->y - from_y, steps = 1 + (abs(dx) > abs(dy) ? abs(dx) : abs(dy)) / 4;
	double u, v;
	gallery_places(g, &p);
	for (int i = 1; i <= steps; i++)
		if (gallery_hit(g, &p, from_x + dx * i / steps, from_y + dy * i / steps, &row, &column, &u, &v) && g->hand[row].on)
			paint_patch(g, row, p.show[column].g, u, v, g->held == BUTTON_LEFT);
}

void gallery_pointer(struct gallery *g, int x, int y) {
	int dx = x - g->x, dy = y - g->y;
	g->x = x;
	g->y = y;
	*g->note = '\0';
	g->changed = true;
	if (side_pointer(g, x)) return;
	if (g->painting && (g->held == BUTTON_LEFT || g->held == BUTTON_RIGHT)) paint_way(g, x - dx, y - dy);
	else if (g->held != BUTTON_NONE) pan(g, -dx, -dy);
}

static void select_cell(struct gallery *g, int clicks) {
	struct places p;
	int row, column;
	double u, v;
	gallery_places(g, &p);
	if (!gallery_hit(g, &p, g->x, g->y, &row, &column, &u, &v)) return;
	if (!g->one) g->at_row = row, g->at = column;
	if (clicks == 2) g->one = !g->one, settle(g);
}

void gallery_button(struct gallery *g, enum gallery_button b, bool down, int clicks, int with) {
	g->held = down ? b : BUTTON_NONE;
	g->changed = true;
	if (side_button(g, down)) g->press_x = g->press_y = -1;
	else if (!down && b == BUTTON_LEFT && !g->painting && clicks == 1) explore_click(g);
	if (!down || g->held == BUTTON_NONE) return;
	g->press_x = g->x, g->press_y = g->y;
	if (g->painting && b != BUTTON_MIDDLE) begin_at(g, with & WITH_CTRL);
	else if (b == BUTTON_LEFT) select_cell(g, clicks);
}

void gallery_shift(struct gallery *g, bool held) {
	if (g->shift != held) g->changed = true;
	g->shift = held;
}

/* ---- keys ---------------------------------------------------------------------------------------------------------------------------------- */

static int shown_count(const struct gallery *g) {
	struct gallery whole = {.rows = g->rows, .head = g->head};
	struct places p = {0};
	memcpy(whole.row, g->row, sizeof whole.row);
	memcpy(whole.column, g->column, sizeof whole.column);
	list_columns(&whole, &p);
	return p.shown;
}

static void choose_column(struct gallery *g, int n, bool reference) {
	if (n >= shown_count(g)) return;
	if (reference) g->reference = n;
	else g->at = n;
}

static void paint_key(struct gallery *g, int key) {
	struct places p;
	int row, column;
	double u, v;
	gallery_places(g, &p);
	if (!g->painting || !gallery_hit(g, &p, g->x, g->y, &row, &column, &u, &v)) return;
	if (key == 'i') invert(g, row, p.show[column].g);
	else painter_only(g, row, p.show[column].g);
}

static void view_key(struct gallery *g, int key) {
	struct places p;
	gallery_places(g, &p);
	double step = PAN_STEP * p.cell;
	switch (key) {
	case '+': case '-': zoom_at(g, key == '+' ? ZOOM_STEP : 1 / ZOOM_STEP, g->u, g->v, 0, 0, p.cell); break;
	case '=': g->zoom = (double)gallery_finest(g) / p.cell; break;
	case 'f': g->zoom = 1; break;
	case 'r': g->zoom = 1, g->u = g->v = 0.5, g->cell = g->scroll_x = g->scroll_y = 0; break;
	case 'h': case KEY_TO_LEFT: pan(g, -step, 0); break;
	case 'l': case KEY_TO_RIGHT: pan(g, step, 0); break;
	case 'k': case KEY_TO_TOP: pan(g, 0, -step); break;
	case 'j': case KEY_TO_BOTTOM: pan(g, 0, step); break;
	case KEY_PAGE_BACK: g->scroll_y -= p.area.height; break;
	case KEY_PAGE_ON: g->scroll_y += p.area.height; break;
	case '[': case ']': resize(g, key == ']' ? ZOOM_STEP : 1 / ZOOM_STEP); break;
	}
	settle(g);
}

static void look_key(struct gallery *g, int key) {
	if (key == 'm') g->look.metric = (enum board_metric)((g->look.metric + 1) % BOARD_METRICS);
	if (key == 'a') g->contrast = !g->contrast;
	if (key == 'c') g->map = (g->map + 1) % (COLOUR_MAPS + 1);
	g->look.map_chosen = g->map < COLOUR_MAPS;
	g->look.map = g->look.map_chosen ? (enum colour_map)g->map : MAP_CIVIDIS;
	g->look.contrast = g->contrast;
	set_limits(g);
	gallery_forget(g, BOARD_ERROR);
}

static void escape(struct gallery *g) {
	if (g->help) g->help = false;
	else if (g->one) g->one = false, settle(g);
	else g->painting = false, gallery_section(g, SECTION_PAINTER, false);
}

void gallery_press(struct gallery *g, int key, int with) {
	g->changed = true;
	if (with & WITH_CTRL) {
		if (key == 's') gallery_want(g, GALLERY_SAVE, 0);
		if (key == 'w' || key == 'q') gallery_want(g, GALLERY_CLOSE, 0);
		return;
	}
	if (side_press(g, key, with)) return;
	if (key > '0' && key <= '9') choose_column(g, key - '1', with & WITH_SHIFT);
	else if (key == 'm' || key == 'a' || key == 'c') look_key(g, key);
	else if (explore_press(g, key)) return;
	else switch (key) {
	case '?': g->help = !g->help; break;
	case KEY_ESCAPE: escape(g); break;
	case KEY_ENTER: g->one = !g->one, settle(g); break;
	case KEY_NEXT_COLUMN: if (shown_count(g)) { g->at = (g->at + (with & WITH_SHIFT ? shown_count(g) - 1 : 1)) % shown_count(g); } break;
	case 'n': case ' ': gallery_want(g, GALLERY_NEXT, 0); break;
	case 'p': case KEY_BACK: gallery_want(g, GALLERY_PREVIOUS, 0); break;
	case 'x': gallery_want(g, GALLERY_REFRESH, 0); break;
	case 't': gallery_want(g, GALLERY_HOLD, 0); break;
	case 'v': gallery_want(g, GALLERY_FLIP, 0); break;
	case 's': gallery_want(g, GALLERY_SAVE_MASK, g->at_row); break;
	case 'g': gallery_want(g, GALLERY_LOAD_MASK, g->at_row); break;
	case 'w': side_toggle(g, SECTION_WHATIF); break;
	case 'e': explore_toggle(g); break;
	case 'b': g->painting = !g->painting, gallery_section(g, SECTION_PAINTER, g->painting); break;
	case 'i': case 'o': paint_key(g, key); break;
	case 'u': stroke_undo(g); break;
	case 'R': strokes_drop(g); break;
	case 'q': gallery_want(g, GALLERY_CLOSE, 0); break;
	default: view_key(g, key);
	}
}
