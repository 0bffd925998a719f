/* viewer/gallery_explore.c -- the gallery's attention explorer: on while the column attention is shown. What it asks for the app computes. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/gallery_parts.h"

enum { QUERY = 0xff5a8c, LINE = 0xffffff, MARK_LEAST = 6, MARK_RIMMED = 12 /* pixels of a patch from which on masked ones are marked, and with a rim */, STILL = 4 /* of a click */ };

bool explore_on(const struct gallery *g) { return g->column[BOARD_ATTENTION]; }

const struct attended_choice *gallery_attended(const struct gallery *g) { return explore_on(g) ? &g->attend : NULL; }

void gallery_attend(struct gallery *g, const struct attended_choice *c) {
	bool repaint = c->plain != g->attend.plain;
	g->attend = *c;
	if (g->head.layers.count) attended_settle(&g->attend, &g->head.layers);
	g->look.plain = c->plain;
	if (repaint) gallery_forget(g, BOARD_ATTENTION);
	g->changed = true;
}

/* ---- keys and mouse ------------------------------------------------------------------------------------------------------------------- */

static void choose(struct gallery *g, const struct attended_choice *c) {
	gallery_attend(g, c);
	gallery_want(g, GALLERY_ATTEND, 0);
}

/* The selected column and the reference stay what they are. */
void explore_toggle(struct gallery *g) {
	bool column[BOARD_COLUMNS];
	memcpy(column, g->column, sizeof column);
	column[BOARD_ATTENTION] = !explore_on(g);
	if (!memchr(column, true, sizeof column)) return gallery_note(g, "attention is the only column (`view what=...` shows others)");
	gallery_columns(g, column);
	gallery_want(g, GALLERY_ATTEND, 0);
}

bool explore_press(struct gallery *g, int key) {
	struct attended_choice c = g->attend;
	const struct attended_layers *l = &g->head.layers;
	if (!explore_on(g) || !l->count) return false;
	switch (key) {
	case ',': case '.': attended_step_layer(&c, l, key == '.' ? 1 : -1); break;
	case '<': case '>': attended_step_head(&c, l, key == '>' ? 1 : -1); break;
	case 'G': c.asker = c.asker == ASKER_MEAN ? ASKER_GLOBAL : ASKER_MEAN; break;
	case 'M': attended_step_share(&c); break;
	case 'P': c.plain = !c.plain; break;
	default: return false;
	}
	choose(g, &c);
	return true;
}

/* A click, not a drag: the patch asks. */
void explore_click(struct gallery *g) {
	struct places p;
	int row, column;
	double u, v;
	gallery_places(g, &p);
	if (!explore_on(g) || !g->head.layers.count || abs(g->x - g->press_x) + abs(g->y - g->press_y) > STILL) return;
	if (!gallery_hit(g, &p, g->x, g->y, &row, &column, &u, &v)) return;
	struct attended_choice c = g->attend;
	enum granularity of = p.show[column].g;
	int patch = gallery_patch(&g->row[row]->part[of], u, v);
	if (patch < 0) return;
	attended_pick(&c, &g->head.layers, of, patch);
	choose(g, &c);
	char words[200];
	snprintf(words, sizeof words, "patch %d of %s is masked in %s: the encoder has no token of it (click a visible one, or `view mask=none`)", patch, granularity_name[of],
	         g->row[row]->name);
	if (c.asker == ASKER_PATCH && g->head.layers.of[c.layer].encoder && gallery_mask_of(g, row, of)[patch]) gallery_note(g, words);
}

/* ---- cells ------------------------------------------------------------------------------------------------------------------------------- */

/* Lines between what is inside and what is not: first the dark ones, wider, then the light ones on them. */
static void draw_contour(const struct gallery *g, struct surface *c, struct box clip, const struct attended_keys *k, int side, double x, double y, double patch) {
	for (int pass = 0; pass < 2; pass++)
		for (int n = 0; n < side * side; n++) {
			static const int step[4][2] = {{-1, 0}, {1, 0}, {0, -1}, {0, 1}};
			int px = n % side, py = n / side, thick = pass ? 1 : 3;
			if (!attended_inside(k, n, g->attend.share)) continue;
			struct box b = {(int)lround(x + px * patch), (int)lround(y + py * patch), 0, 0};
			b.width = (int)lround(x + (px + 1) * patch) - b.x, b.height = (int)lround(y + (py + 1) * patch) - b.y;
			for (int s = 0; s < 4; s++) {
				int nx = px + step[s][0], ny = py + step[s][1];
				if (nx >= 0 && nx < side && ny >= 0 && ny < side && attended_inside(k, ny * side + nx, g->attend.share)) continue;
				struct box line = {b.x + (s == 1 ? b.width - 1 : 0) - thick / 2, b.y + (s == 3 ? b.height - 1 : 0) - thick / 2,
					(s < 2 ? 1 : b.width) + thick / 2 * 2, (s < 2 ? b.height : 1) + thick / 2 * 2};
				surface_fill(c, box_common(clip, line), pass ? LINE : 0);
			}
		}
}

/* In a stage masked patches are keys too: a dot. */
static void draw_masked(struct surface *c, struct box clip, const struct attended_keys *k, const uint8_t *mask, int side, double x, double y, double patch) {
	for (int n = 0; n < side * side && patch >= MARK_LEAST; n++) {
		struct box dot = {(int)lround(x + (n % side + 0.5) * patch) - 2, (int)lround(y + (n / side + 0.5) * patch) - 2, 4, 4};
		if (!mask[n] || !k->present[n]) continue;
		if (patch >= MARK_RIMMED) surface_shade(c, box_common(clip, dot), 0, 110);
		surface_shade(c, box_common(clip, (struct box){dot.x + 1, dot.y + 1, 2, 2}), LINE, 170);
	}
}

static void draw_query(const struct gallery *g, struct surface *c, struct box clip, int side, double x, double y, double patch) {
	if (g->attend.asker != ASKER_PATCH || g->attend.patch >= side * side) return;
	int px = g->attend.patch % side, py = g->attend.patch / side;
	struct box b = {(int)lround(x + px * patch), (int)lround(y + py * patch), 0, 0};
	b.width = (int)lround(x + (px + 1) * patch) - b.x, b.height = (int)lround(y + (py + 1) * patch) - b.y;
	for (int s = 0; s < 4; s++) {
		struct box line = {b.x - 2 + (s == 1 ? b.width + 2 : 0), b.y - 2 + (s == 3 ? b.height + 2 : 0), s < 2 ? 2 : b.width + 4, s < 2 ? b.height + 4 : 2};
		surface_fill(c, box_common(clip, line), QUERY);
	}
}

void explore_draw_cell(struct gallery *g, struct surface *c, struct box clip, int row, const struct shown *s, double x, double y, double patch) {
	const struct board_part *p = &g->row[row]->part[s->g];
	bool known = p->keys && g->row[row]->attended.known;
	if (s->column == BOARD_ATTENTION && known) {
		if (!g->painting) draw_masked(c, clip, p->keys, gallery_mask_of(g, row, s->g), p->side, x, y, patch);
		draw_contour(g, c, clip, p->keys, p->side, x, y, patch);
	}
	if (g->attend.of == s->g) draw_query(g, c, clip, p->side, x, y, patch);
	if (s->column != BOARD_ATTENTION || !g->row[row]->attended.asked || (known && p->keys->present_count)) return;
	struct box line = {clip.x, clip.y + clip.height / 2 - 9, clip.width, 18};
	surface_shade(c, line, 0, 170);
	const char *what = known ? "no keys" : "no such query";
	if (text_width(g->text, STYLE_SMALL, what) > clip.width) what = "none";
	text_draw(g->text, c, line, STYLE_SMALL, clip.x + clip.width / 2, line.y + 2, 0.5, INK, what);
}

/* ---- words -------------------------------------------------------------------------------------------------------------------------------- */

static void query_words(const struct attended_choice *c, char *out, size_t capacity) {
	if (c->asker == ASKER_PATCH) snprintf(out, capacity, "%s:%d", granularity_name[c->of], c->patch);
	else snprintf(out, capacity, "%s", c->asker == ASKER_GLOBAL ? "global" : "mean");
}

void explore_title(const struct gallery *g, char *out, size_t capacity) {
	const struct attended_choice *c = &g->attend;
	char head[16], query[32];
	*out = '\0';
	if (!explore_on(g) || c->layer < 0 || c->layer >= g->head.layers.count) return;
	if (c->head >= 0) snprintf(head, sizeof head, "head %d", c->head);
	else snprintf(head, sizeof head, "%s", c->head == ATTENDED_MEAN ? "mean head" : "rollout");
	query_words(c, query, sizeof query);
	snprintf(out, capacity, "ATTENTION  %s, %s, query %s, contour %d %%   ", g->head.layers.of[c->layer].name, head, query, c->share);
}

void explore_part_words(const struct gallery *g, int row, enum granularity of, char *out, size_t capacity) {
	const struct attended_keys *k = g->row[row]->part[of].keys;
	*out = '\0';
	if (!explore_on(g) || !k || !g->row[row]->attended.known) return;
	size_t at = (size_t)snprintf(out, capacity, "attention %.3f", k->mass);
	if (!isnan(k->objects)) snprintf(out + at, capacity - at, "\nobjects %.3f (%.3f)", k->objects, k->object_area);
}

/* How often as much as if all keys of the layer had the same: of the keys shown, the global token aside. */
void explore_value_words(const struct gallery *g, int row, enum granularity of, int patch, char *out, size_t capacity) {
	const struct board_row *r = g->row[row];
	const struct attended_keys *k = r->part[of].keys;
	*out = '\0';
	if (!explore_on(g) || !k) return;
	if (!r->attended.known) snprintf(out, capacity, "   no attention: %s", r->attended.why);
	else if (!k->present[patch]) snprintf(out, capacity, "   attention: no key (%s)", gallery_mask_of(g, row, of)[patch] ? "masked" : "this layer reads none of it");
	else snprintf(out, capacity, "   attention %.4g (%.2f of even)", (double)k->weight[patch], k->mass > 0 ? k->weight[patch] * k->present_count / k->mass : 0);
}

/* The selected row's scale, its right end at RIGHT; returns its left end. */
int explore_scale(struct gallery *g, struct surface *c, int right, int y) {
	const struct board_row *r = g->at_row < g->rows ? g->row[g->at_row] : NULL;
	const struct attended_keys *k = NULL;
	for (int of = 0; r && of < GRANULARITIES; of++)
		if (r->part[of].keys) k = r->part[of].keys;
	if (!k || !r->attended.known) return right;
	char name[64], low[32], high[32];
	snprintf(name, sizeof name, "attention, scale of %s", r->name);
	snprintf(low, sizeof low, "%.3g", g->look.contrast ? (double)k->least : 0);
	snprintf(high, sizeof high, "%.3g", (double)k->most);
	return gallery_draw_map(g, c, right, y, board_weight_map(&g->look), name, low, high);
}
