/* viewer/gallery_side.c -- the gallery's side panel: which sections are shown, and what keys and mouse do there. */
#include <stdlib.h>
#include <string.h>

#include "viewer/gallery_parts.h"

struct panel_place side_place(const struct gallery *g) {
	struct panel_place p = {.scroll = g->side.scroll};
	memcpy(p.shown, g->side.shown, sizeof p.shown);
	int width = g->width < PANEL_WIDTH ? g->width : PANEL_WIDTH, height = g->height - TOP - BOTTOM + 5;
	if (panel_height(&g->side.list, p.shown) > 0 && height > 0) p.box = (struct box){g->width - width, TOP - 3, width, height};
	return p;
}

bool side_holds(const struct gallery *g, int x, int y) { return box_holds(side_place(g).box, x, y); }

static int find(const struct gallery *g, int id) {
	for (int i = 0; id && i < g->side.list.count; i++)
		if (g->side.list.item[i].id == id) return i;
	return CONTROL_NONE;
}

static void scroll_to(struct gallery *g, int y) {
	struct panel_place p = side_place(g);
	int most = panel_height(&g->side.list, p.shown) - p.box.height, was = g->side.scroll;
	g->side.scroll = y > most ? most : y;
	if (g->side.scroll < 0) g->side.scroll = 0;
	if (g->side.scroll != was) g->changed = true;
}

/* The focus is seen, or it is none. */
void side_settle(struct gallery *g) {
	struct panel_place p = side_place(g);
	int at = find(g, g->side.focus);
	if (at < 0 || !p.shown[g->side.list.item[at].section]) g->side.focus = 0;
	if (find(g, g->side.held) < 0) g->side.held = 0;
	scroll_to(g, g->side.scroll);
}

static void focus_on(struct gallery *g, int item) {
	if (item < 0 || item >= g->side.list.count || g->side.list.item[item].id <= 0) return;
	struct panel_place p = side_place(g);
	struct box b = panel_item(&g->side.list, &p, item);
	g->side.focus = g->side.list.item[item].id;
	if (b.y < p.box.y) scroll_to(g, g->side.scroll - (p.box.y - b.y));
	if (b.y + b.height > p.box.y + p.box.height) scroll_to(g, g->side.scroll + b.y + b.height - p.box.y - p.box.height);
}

/* ---- for the app ---------------------------------------------------------------------------------------------------------------------------- */

void side_fill(struct gallery *g) {
	struct controls *list = &g->side.list;
	list->count = 0;
	if (g->side.shown[SECTION_PAINTER]) painter_controls(g, list);
	for (int i = 0; i < g->side.given.count && list->count < CONTROLS_MAX; i++) list->item[list->count++] = g->side.given.item[i];
	side_settle(g);
}

void gallery_controls(struct gallery *g, const struct controls *c) {
	size_t used = sizeof *c->item * (size_t)c->count;
	if (c->count == g->side.given.count && !memcmp(c->item, g->side.given.item, used)) return;
	g->side.given.count = c->count;
	memcpy(g->side.given.item, c->item, used);
	g->changed = true;
	side_fill(g);
}

const struct control *gallery_control(const struct gallery *g, int id) { return controls_find(&g->side.list, id); }

void gallery_section(struct gallery *g, enum panel_section section, bool shown) {
	if (g->side.shown[section] == shown) return;
	g->side.shown[section] = shown;
	side_fill(g);
}

bool gallery_shows(const struct gallery *g, enum panel_section section) { return g->side.shown[section]; }

struct box gallery_control_box(const struct gallery *g, int id) {
	struct panel_place p = side_place(g);
	int at = find(g, id);
	return at < 0 ? (struct box){0} : panel_item(&g->side.list, &p, at);
}

static int first_of(const struct gallery *g, enum panel_section section) {
	for (int i = 0; i < g->side.list.count; i++)
		if (g->side.list.item[i].section == section && g->side.list.item[i].id > 0) return i;
	return CONTROL_NONE;
}

void side_toggle(struct gallery *g, enum panel_section section) {
	int at = find(g, g->side.focus);
	bool inside = at >= 0 && g->side.list.item[at].section == section;
	gallery_section(g, section, !g->side.shown[section] || !inside);
	if (g->side.shown[section]) focus_on(g, first_of(g, section));
}

/* ---- keys and mouse --------------------------------------------------------------------------------------------------------------------------- */

/* The app's own copy changes too: the list may be filled again before the app has read it. */
static void change(struct gallery *g, int item, bool changed) {
	const struct control *k = &g->side.list.item[item];
	g->changed = true;
	if (changed && k->id > PAINTER_IDS) return painter_take(g, k);
	for (int i = 0; changed && i < g->side.given.count; i++)
		if (g->side.given.item[i].id == k->id) g->side.given.item[i].value = k->value;
	if (changed) gallery_want(g, GALLERY_CONTROL, k->id);
}

bool side_press(struct gallery *g, int key, int with) {
	int at = find(g, g->side.focus), by = with & WITH_SHIFT ? 10 : 1;
	struct panel_place p = side_place(g);
	if (at < 0) return false;
	struct control *k = &g->side.list.item[at];
	switch (key) {
	case KEY_ESCAPE: g->side.focus = 0; return true;
	case KEY_TO_TOP: focus_on(g, panel_next(&g->side.list, &p, at, -1)); return true;
	case KEY_TO_BOTTOM: focus_on(g, panel_next(&g->side.list, &p, at, 1)); return true;
	case KEY_TO_LEFT: change(g, at, control_step(k, -by)); return true;
	case KEY_TO_RIGHT: change(g, at, control_step(k, by)); return true;
	case KEY_ENTER: change(g, at, k->kind == CONTROL_BUTTON || control_step(k, by)); return true;
	default: return false;
	}
}

bool side_pointer(struct gallery *g, int x) {
	int at = find(g, g->side.held);
	if (at < 0) return false;
	struct panel_place p = side_place(g);
	change(g, at, control_slide(&g->side.list.item[at], panel_item(&g->side.list, &p, at), x));
	return true;
}

bool side_button(struct gallery *g, bool down) {
	bool holds = side_holds(g, g->x, g->y), was = g->side.held != 0;
	g->side.held = 0;
	if (!down) return was;
	if (!holds) return g->side.focus = 0, false;
	struct panel_place p = side_place(g);
	int at = panel_hit(&g->side.list, &p, g->x, g->y);
	g->held = BUTTON_NONE;
	if (at < 0 || g->side.list.item[at].id <= 0) return true;
	focus_on(g, at);
	p = side_place(g);
	if (g->side.list.item[at].kind == CONTROL_SLIDER) g->side.held = g->side.list.item[at].id;
	change(g, at, control_click(&g->side.list.item[at], panel_item(&g->side.list, &p, at), g->x));
	return true;
}

bool side_wheel(struct gallery *g, double steps, int with) {
	if (!side_holds(g, g->x, g->y)) return false;
	struct panel_place p = side_place(g);
	int at = panel_hit(&g->side.list, &p, g->x, g->y), notches = steps > 0 ? 1 : -1;
	struct control *k = at >= 0 ? &g->side.list.item[at] : NULL;
	bool edits = k && k->id > 0 && (k->kind == CONTROL_SLIDER || k->kind == CONTROL_CHOICE) && !(with & WITH_SHIFT);
	if (!edits) scroll_to(g, g->side.scroll - (int)(steps * 40));
	else change(g, at, control_step(k, k->kind == CONTROL_CHOICE ? -notches : notches * (with & WITH_CTRL ? 10 : 1)));
	return true;
}
