#include "viewer/panel.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PAD = 14 };

/* Pixels from a control to the next. */
static const int heights[] = {[CONTROL_HEADING] = 32, [CONTROL_TEXT] = 18, [CONTROL_CHOICE] = 27, [CONTROL_SLIDER] = 38, [CONTROL_BUTTON] = 29, [CONTROL_BARS] = 66, [CONTROL_CURVE] = 74};

struct control *controls_add(struct controls *c, enum control_kind kind, enum panel_section section, int id, const char *label) {
	struct control *k = &c->item[c->count < CONTROLS_MAX ? c->count++ : CONTROLS_MAX - 1];
	memset(k, 0, sizeof *k);
	*k = (struct control){.kind = kind, .section = section, .id = id, .mark = CONTROL_NONE};
	snprintf(k->label, sizeof k->label, "%s", label);
	return k;
}

void control_add_name(struct control *k, const char *name) {
	int n = 0;
	while (n < CONTROL_NAMES && *k->name[n]) n++;
	if (n == CONTROL_NAMES) return;
	snprintf(k->name[n], sizeof k->name[n], "%s", name);
	k->most = n;
}

const struct control *controls_find(const struct controls *c, int id) {
	for (int i = 0; i < c->count; i++)
		if (c->item[i].id == id) return &c->item[i];
	return NULL;
}

/* ---- where they stand ---------------------------------------------------------------------------------------------------------------- */

int panel_height(const struct controls *c, const bool shown[SECTIONS]) {
	int height = 0;
	for (int i = 0; i < c->count; i++)
		if (shown[c->item[i].section]) height += heights[c->item[i].kind];
	return height > 0 ? height + PAD : 0;
}

struct box panel_item(const struct controls *c, const struct panel_place *p, int item) {
	const struct control *k = &c->item[item];
	int y = p->box.y - p->scroll;
	for (int i = 0; i < item; i++)
		if (p->shown[c->item[i].section]) y += heights[c->item[i].kind];
	return (struct box){p->box.x + PAD, y, p->box.width - 2 * PAD, p->shown[k->section] ? heights[k->kind] : 0};
}

struct box panel_track(struct box item) { return (struct box){item.x, item.y + 24, item.width, 5}; }

struct box panel_value(struct box item) {
	int label = item.width * 3 / 8;
	return (struct box){item.x + label, item.y + 2, item.width - label, 21};
}

int panel_hit(const struct controls *c, const struct panel_place *p, int x, int y) {
	for (int i = 0; i < c->count && box_holds(p->box, x, y); i++)
		if (box_holds(panel_item(c, p, i), x, y)) return i;
	return CONTROL_NONE;
}

int panel_next(const struct controls *c, const struct panel_place *p, int item, int by) {
	for (int i = item + by; i >= 0 && i < c->count; i += by)
		if (c->item[i].id > 0 && p->shown[c->item[i].section]) return i;
	return item;
}

/* ---- what a hand does ------------------------------------------------------------------------------------------------------------------- */

static bool set(struct control *k, int value) {
	bool other = k->value != value;
	k->value = value;
	return other;
}

bool control_step(struct control *k, int by) {
	int n = k->most + 1;
	if (k->id <= 0 || by == 0) return false;
	if (k->kind == CONTROL_CHOICE) return set(k, ((k->value + by) % n + n) % n);
	if (k->kind == CONTROL_SLIDER) return set(k, k->value + by < k->least ? k->least : k->value + by > k->most ? k->most : k->value + by);
	return false;
}

bool control_slide(struct control *k, struct box item, int x) {
	struct box t = panel_track(item);
	double share = t.width > 1 ? (x - t.x) / (t.width - 1.0) : 0;
	if (k->id <= 0 || k->kind != CONTROL_SLIDER) return false;
	return set(k, k->least + (int)lround(fmin(1, fmax(0, share)) * (k->most - k->least)));
}

bool control_click(struct control *k, struct box item, int x) {
	if (k->kind == CONTROL_BUTTON) return k->id > 0;
	if (k->kind == CONTROL_CHOICE) {
		struct box name = panel_value(item);
		return control_step(k, box_holds(name, x, name.y) && x < name.x + name.width / 2 ? -1 : 1);
	}
	if (k->kind == CONTROL_BARS) return k->id > 0 && k->values > 0 && set(k, (int)fmin(k->values - 1, fmax(0, (x - item.x) * k->values / fmax(1, item.width))));
	return control_slide(k, item, x);
}
