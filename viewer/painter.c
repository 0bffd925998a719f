/* viewer/painter.c -- the mask painter's section of the panel: how many patches of the selected row are visible, and buttons. */
#include <stdio.h>
#include <string.h>

#include "engine/base/rng.h"
#include "viewer/gallery_parts.h"

enum { VISIBLE = PAINTER_IDS + 1, ONLY = VISIBLE + GRANULARITIES, UNDO = ONLY + GRANULARITIES, DRAWN, SAVE, LOAD };

static const struct board_part *part(const struct gallery *g, int row, int of) {
	const struct board_part *p = g->row[row] ? &g->row[row]->part[of] : NULL;
	return p && p->used ? p : NULL;
}

static int count(const struct gallery *g, int row, int of) {
	const struct board_part *p = part(g, row, of);
	const uint8_t *mask = p ? gallery_mask_of(g, row, (enum granularity)of) : NULL;
	int n = 0;
	for (int i = 0; p && i < p->side * p->side; i++) n += !mask[i];
	return n;
}

void painter_forget(struct gallery *g, int row) {
	for (int of = 0; of < GRANULARITIES; of++)
		if (g->slide[of].row == row) g->slide[of].on = false;
}

/* ---- what it does ------------------------------------------------------------------------------------------------------------------------ */

/* First what was visible, then what was masked, each in a random order that depends on the row and the granularity alone. */
static void order_patches(struct slide *s, int row, enum granularity of, int patches) {
	struct rng rng;
	int order[PATCHES_MAX], n = 0;
	rng_init(&rng, 0, RNG_MASK_OTHER, (uint32_t)of, (uint32_t)row);
	for (int i = 0; i < patches; i++) order[i] = i;
	rng_shuffle(&rng, order, patches);
	for (int masked = 0; masked < 2; masked++)
		for (int i = 0; i < patches; i++)
			if ((s->found[order[i]] != 0) == masked) s->order[n++] = order[i];
}

/* The sliders' own stroke: one for as long as they alone change the mask. */
static void begin(struct gallery *g, int row, enum granularity of, int patches) {
	struct slide *s = &g->slide[of], kept[GRANULARITIES];
	bool any = false;
	for (int k = 0; k < GRANULARITIES; k++) any = any || (g->slide[k].on && g->slide[k].row == row);
	if (s->on && s->row == row) return;
	memcpy(kept, g->slide, sizeof kept);
	if (!any) stroke_begin(g, row);
	memcpy(g->slide, kept, sizeof kept);
	s->on = true;
	s->row = row;
	memcpy(s->found, g->hand[row].mask[of], sizeof s->found);
	order_patches(s, row, of, patches);
}

void painter_visible(struct gallery *g, int row, enum granularity of, int visible) {
	const struct board_part *p = part(g, row, of);
	int others = 0, patches = p ? p->side * p->side : 0;
	for (int k = 0; k < GRANULARITIES; k++) others += k == (int)of ? 0 : count(g, row, k);
	if (visible < (others ? 0 : 1)) visible = others ? 0 : 1;
	if (!p || visible == count(g, row, of)) return;
	begin(g, row, of, patches);
	for (int i = 0; i < patches; i++) g->hand[row].mask[of][g->slide[of].order[i]] = i >= visible;
	stroke_end(g, row);
}

void painter_only(struct gallery *g, int row, enum granularity of) {
	stroke_begin(g, row);
	for (int k = 0; k < GRANULARITIES; k++) memset(g->hand[row].mask[k], k != (int)of, sizeof g->hand[row].mask[k]);
	stroke_end(g, row);
}

/* ---- its section of the panel -------------------------------------------------------------------------------------------------------------- */

static struct control *add(struct controls *out, enum control_kind kind, int id, const char *label) { return controls_add(out, kind, SECTION_PAINTER, id, label); }

void painter_controls(const struct gallery *g, struct controls *out) {
	char text[96];
	int row = g->at_row;
	if (row >= g->rows || !g->row[row]) return;
	snprintf(text, sizeof text, "Mask of %s", g->row[row]->name);
	add(out, CONTROL_HEADING, 0, text);
	for (int s = 0; s < g->head.stages; s++) {
		int of = g->head.stage[s];
		const struct board_part *p = part(g, row, of);
		if (!p) continue;
		snprintf(text, sizeof text, "%s visible", granularity_name[of]);
		struct control *k = add(out, CONTROL_SLIDER, VISIBLE + of, text);
		k->most = p->side * p->side;
		k->value = count(g, row, of);
		snprintf(k->text, sizeof k->text, "%d of %d", k->value, k->most);
	}
	for (int s = 0; s < g->head.stages; s++) {
		snprintf(text, sizeof text, "only %s", granularity_name[g->head.stage[s]]);
		if (part(g, row, g->head.stage[s])) add(out, CONTROL_BUTTON, ONLY + (int)g->head.stage[s], text);
	}
	add(out, CONTROL_BUTTON, g->undos ? UNDO : 0, "undo (u)");
	add(out, CONTROL_BUTTON, g->hand[row].on ? DRAWN : 0, "the drawn masks again (R)");
	add(out, CONTROL_BUTTON, SAVE, "save this mask (s)");
	add(out, CONTROL_BUTTON, LOAD, "load the newest saved (g)");
}

void painter_take(struct gallery *g, const struct control *k) {
	int row = g->at_row, id = k->id, value = k->value;
	if (row >= g->rows || !g->row[row]) return;
	if (id >= VISIBLE && id < ONLY) painter_visible(g, row, (enum granularity)(id - VISIBLE), value);
	if (id >= ONLY && id < UNDO) painter_only(g, row, (enum granularity)(id - ONLY));
	if (id == UNDO) stroke_undo(g);
	if (id == DRAWN) strokes_drop(g);
	if (id == SAVE) gallery_want(g, GALLERY_SAVE_MASK, row);
	if (id == LOAD) gallery_want(g, GALLERY_LOAD_MASK, row);
	side_fill(g);
}
