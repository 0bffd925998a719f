/* viewer/panel_draw.c -- the side panel on a surface. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "viewer/gallery_parts.h"

enum { KNOB = 7, LIT = 0x262c35 };

struct pen { struct text *text; struct surface *c; struct box clip; };

static int words(const struct pen *p, enum surface_style style, int x, int y, double align, uint32_t colour, const char *what) {
	return text_draw(p->text, p->c, p->clip, style, x, y, align, colour, what);
}

static void fill(const struct pen *p, struct box b, uint32_t colour) { surface_fill(p->c, box_common(p->clip, b), colour); }

/* Inside of B, a pixel thin. */
static void outline(const struct pen *p, struct box b, uint32_t colour) {
	fill(p, (struct box){b.x, b.y, b.width, 1}, colour);
	fill(p, (struct box){b.x, b.y + b.height - 1, b.width, 1}, colour);
	fill(p, (struct box){b.x, b.y, 1, b.height}, colour);
	fill(p, (struct box){b.x + b.width - 1, b.y, 1, b.height}, colour);
}

static void draw_heading(const struct pen *p, const struct control *k, struct box b) {
	fill(p, (struct box){p->clip.x, b.y, p->clip.width, 1}, RULE);
	words(p, STYLE_HEAD, b.x, b.y + 9, 0, INK, k->label);
}

static void draw_text(const struct pen *p, const struct control *k, struct box b) {
	int used = *k->label ? words(p, STYLE_SMALL, b.x, b.y, 0, GREY, k->label) + 8 : 0;
	words(p, STYLE_SMALL, b.x + used, b.y, 0, *k->label ? INK : GREY, k->text);
}

static void draw_choice(const struct pen *p, const struct control *k, struct box b) {
	struct box v = panel_value(b);
	uint32_t ink = k->id > 0 ? INK : FAINT, arrow = k->id > 0 ? ACCENT : FAINT;
	words(p, STYLE_SMALL, b.x, b.y + 5, 0, GREY, k->label);
	fill(p, v, LIT);
	words(p, STYLE_PLAIN, v.x + 7, v.y + 2, 0, arrow, "\xe2\x80\xb9");
	words(p, STYLE_PLAIN, v.x + v.width - 7, v.y + 2, 1, arrow, "\xe2\x80\xba");
	struct pen inner = {p->text, p->c, box_common(p->clip, (struct box){v.x + 16, v.y, v.width - 32, v.height})};
	const char *name = k->value >= 0 && k->value < CONTROL_NAMES ? k->name[k->value] : "";
	bool fits = text_width(p->text, STYLE_SMALL, name) <= inner.clip.width;
	words(&inner, STYLE_SMALL, fits ? v.x + v.width / 2 : inner.clip.x, v.y + 3, fits ? 0.5 : 0, ink, name);
}

static int place_on(struct box track, const struct control *k, int value) {
	return k->most > k->least ? track.x + (int)lround((double)(value - k->least) / (k->most - k->least) * (track.width - 1)) : track.x;
}

static void draw_slider(const struct pen *p, const struct control *k, struct box b) {
	struct box t = panel_track(b);
	char number[16];
	int at = place_on(t, k, k->value);
	snprintf(number, sizeof number, "%d", k->value);
	words(p, STYLE_SMALL, b.x, b.y + 4, 0, GREY, k->label);
	words(p, STYLE_SMALL, b.x + b.width, b.y + 4, 1, k->id > 0 ? INK : FAINT, *k->text ? k->text : number);
	fill(p, t, LIT);
	fill(p, (struct box){t.x, t.y, at - t.x, t.height}, k->id > 0 ? ACCENT : FAINT);
	if (k->mark >= k->least && k->mark <= k->most) fill(p, (struct box){place_on(t, k, k->mark) - 1, t.y - 4, 2, t.height + 8}, FLIP);
	fill(p, (struct box){at - KNOB / 2, t.y - 4, KNOB, t.height + 8}, k->id > 0 ? INK : FAINT);
}

static void draw_button(const struct pen *p, const struct control *k, struct box b) {
	struct box v = {b.x, b.y + 2, b.width, 23};
	fill(p, v, LIT);
	outline(p, v, RULE);
	words(p, STYLE_SMALL, v.x + v.width / 2, v.y + 4, 0.5, k->id > 0 ? INK : FAINT, k->label);
}

/* The room for bars and curves under their line of words; and the range of what they show. */
static struct box chart(const struct pen *p, const struct control *k, struct box b, float *low, float *high) {
	*low = k->kind == CONTROL_BARS ? 0 : INFINITY;
	*high = -INFINITY;
	for (int i = 0; i < k->values; i++)
		if (!isnan(k->of[i])) *low = fminf(*low, k->of[i]), *high = fmaxf(*high, k->of[i]);
	if (!(*high > *low)) *high = *low + 1;
	words(p, STYLE_SMALL, b.x, b.y + 2, 0, GREY, k->label);
	words(p, STYLE_SMALL, b.x + b.width, b.y + 2, 1, INK, k->text);
	struct box room = {b.x, b.y + 20, b.width, b.height - 26};
	fill(p, room, LIT);
	return room;
}

static void draw_bars(const struct pen *p, const struct control *k, struct box b) {
	float low, high;
	struct box room = chart(p, k, b, &low, &high);
	for (int i = 0; i < k->values; i++) {
		int x = room.x + i * room.width / k->values, next = room.x + (i + 1) * room.width / k->values;
		int height = isnan(k->of[i]) ? 0 : (int)lroundf((k->of[i] - low) / (high - low) * (float)(room.height - 2));
		fill(p, (struct box){x + 1, room.y + room.height - height, next - x > 2 ? next - x - 2 : 1, height}, i == k->mark ? ACCENT : FAINT);
	}
}

static void draw_curve(const struct pen *p, const struct control *k, struct box b) {
	float low, high;
	struct box room = chart(p, k, b, &low, &high);
	for (int i = 0, last = room.y; i < room.width && k->values > 0; i++) {
		double at = k->values > 1 ? (double)i / (room.width - 1) * (k->values - 1) : 0;
		int from = (int)at, to = from + 1 < k->values ? from + 1 : from;
		double value = k->of[from] + (at - from) * (double)(k->of[to] - k->of[from]);
		if (isnan(value)) continue;
		int y = room.y + room.height - 2 - (int)lround((value - low) / (double)(high - low) * (room.height - 4));
		if (i == 0) last = y;
		fill(p, (struct box){room.x + i, y < last ? y : last, 1, abs(y - last) + 2}, ACCENT);
		last = y;
	}
}

void panel_draw(struct text *t, struct surface *c, const struct controls *list, const struct panel_place *place, int focus) {
	static void (*const draw[])(const struct pen *p, const struct control *k, struct box b) = {[CONTROL_HEADING] = draw_heading, [CONTROL_TEXT] = draw_text,
		[CONTROL_CHOICE] = draw_choice, [CONTROL_SLIDER] = draw_slider, [CONTROL_BUTTON] = draw_button, [CONTROL_BARS] = draw_bars, [CONTROL_CURVE] = draw_curve};
	const struct pen p = {t, c, place->box};
	surface_fill(c, place->box, BAND);
	surface_fill(c, (struct box){place->box.x, place->box.y, 1, place->box.height}, RULE);
	for (int i = 0; i < list->count; i++) {
		struct box b = panel_item(list, place, i);
		if (!b.height || !box_common(b, place->box).height) continue;
		draw[list->item[i].kind](&p, &list->item[i], b);
		if (i == focus) outline(&p, (struct box){b.x - 6, b.y - 1, b.width + 12, b.height}, ACCENT);
	}
	int height = panel_height(list, place->shown), room = place->box.height;
	if (height > room) surface_fill(c, (struct box){place->box.x + place->box.width - 4, place->box.y + place->scroll * room / height, 3, room * room / height}, FAINT);
}
