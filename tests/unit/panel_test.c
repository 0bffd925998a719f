/* The window's side panel without a window: where controls stand, what a hand does to them, and the gallery's wishes for the app. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/gallery.h"

enum { MASK = 1, STEP, SAVE, LAYER };

static struct controls list;

static void fill(void) {
	list.count = 0;
	controls_add(&list, CONTROL_HEADING, SECTION_WHATIF, 0, "what if");
	struct control *k = controls_add(&list, CONTROL_CHOICE, SECTION_WHATIF, MASK, "mask");
	for (int i = 0; i < 3; i++) control_add_name(k, (const char *[]){"training", "random", "none"}[i]);
	k = controls_add(&list, CONTROL_SLIDER, SECTION_WHATIF, STEP, "step");
	k->most = 100, k->value = 40, k->mark = 50;
	controls_add(&list, CONTROL_BUTTON, SECTION_WHATIF, SAVE, "save");
	k = controls_add(&list, CONTROL_SLIDER, SECTION_ATTENTION, LAYER, "layer");
	k->most = 11;
	k = controls_add(&list, CONTROL_BARS, SECTION_ATTENTION, 0, "heads");
	k->values = 3, k->of[1] = 2, k->of[2] = 1;
	k = controls_add(&list, CONTROL_CURVE, SECTION_ATTENTION, 0, "drift");
	k->values = 2, k->of[1] = 1;
}

static int begin(void **state) {
	(void)state;
	fill();
	return 0;
}

static void only_shown_sections_take_room(void **state) {
	(void)state;
	struct panel_place p = {.box = {100, 50, 200, 300}};
	assert_int_equal(panel_height(&list, p.shown), 0);
	assert_int_equal(panel_hit(&list, &p, 150, 60), CONTROL_NONE);
	p.shown[SECTION_WHATIF] = true;
	int one = panel_height(&list, p.shown);
	struct box mask = panel_item(&list, &p, 1), step = panel_item(&list, &p, 2);
	assert_true(one > 0 && mask.y + mask.height == step.y && mask.x > p.box.x && mask.x + mask.width < p.box.x + p.box.width);
	assert_int_equal(panel_item(&list, &p, 4).height, 0);
	assert_int_equal(panel_hit(&list, &p, step.x, step.y), 2);
	assert_int_equal(panel_hit(&list, &p, p.box.x - 1, step.y), CONTROL_NONE);
	p.scroll = 20;
	assert_int_equal(panel_item(&list, &p, 2).y, step.y - 20);
	p.shown[SECTION_ATTENTION] = true;
	assert_true(panel_height(&list, p.shown) > one);
	assert_int_equal(panel_next(&list, &p, 1, 1), 2);
	assert_int_equal(panel_next(&list, &p, 3, 1), 4);
	assert_int_equal(panel_next(&list, &p, 4, 1), 4); /* what follows can't be changed */
	assert_int_equal(panel_next(&list, &p, 1, -1), 1);
}

static void values_stay_in_their_range(void **state) {
	(void)state;
	struct control *mask = &list.item[1], *step = &list.item[2];
	const struct box b = {10, 10, 200, 38}, t = panel_track(b), name = panel_value(b);
	assert_true(control_step(mask, -1) && mask->value == 2);
	assert_true(control_step(mask, 1) && mask->value == 0);
	assert_true(control_click(mask, b, name.x + name.width - 1) && mask->value == 1);
	assert_true(control_click(mask, b, name.x + 1) && mask->value == 0);
	assert_true(control_step(step, 100) && step->value == 100);
	assert_false(control_step(step, 1));
	assert_true(control_slide(step, b, t.x) && step->value == 0);
	assert_true(control_slide(step, b, t.x + t.width - 1) && step->value == 100);
	assert_false(control_slide(step, b, 10000));
	assert_true(control_slide(step, b, t.x + t.width / 2) && abs(step->value - 50) <= 1);
	assert_false(control_slide(mask, b, t.x));
	assert_true(control_click(&list.item[3], b, b.x));
	assert_false(control_click(&list.item[0], b, b.x));
	step->least = step->most = step->value = 7;
	assert_false(control_slide(step, b, t.x + 5));
}

static void a_full_list_and_names(void **state) {
	(void)state;
	for (int i = 0; i < 2 * CONTROLS_MAX; i++) assert_non_null(controls_add(&list, CONTROL_TEXT, SECTION_WHATIF, 0, "text"));
	assert_int_equal(list.count, CONTROLS_MAX);
	struct control *k = &list.item[1];
	for (int i = 0; i < 2 * CONTROL_NAMES; i++) control_add_name(k, "name");
	assert_int_equal(k->most, CONTROL_NAMES - 1);
	assert_null(controls_find(&list, 99));
	assert_ptr_equal(controls_find(&list, MASK), k);
}

/* ---- in the gallery --------------------------------------------------------------------------------------------------------------------- */

static struct gallery *g;
static struct surface surface;

static void press_at(int x, int y) {
	gallery_pointer(g, x, y);
	gallery_button(g, BUTTON_LEFT, true, 1, 0);
}

static int wished(enum gallery_wish expected) {
	int what = 0, row = 0;
	for (enum gallery_wish w; (w = gallery_wish(g, &row));)
		if (w == expected) what = row;
	return what;
}

static void keys_and_mouse_change_controls(void **state) {
	(void)state;
	if (gallery_new(&g)) skip();
	assert_int_equal(surface_size(&surface, 1360, 860), 0);
	gallery_controls(g, &list);
	gallery_draw(g, &surface);
	assert_int_equal(gallery_control_box(g, STEP).height, 0);
	gallery_press(g, 'w', 0);
	gallery_draw(g, &surface);
	struct box step = gallery_control_box(g, STEP), t = panel_track(step);
	assert_true(step.x > 1360 - PANEL_WIDTH && gallery_shows(g, SECTION_WHATIF) && !gallery_shows(g, SECTION_ATTENTION));
	assert_int_equal(surface.pixels[(t.y + 2) * surface.width + t.x + 3], 0x5aa9f0); /* the filled part of the track */
	press_at(t.x, t.y);
	assert_int_equal(wished(GALLERY_CONTROL), STEP);
	assert_int_equal(gallery_control(g, STEP)->value, 0);
	gallery_pointer(g, 20, 500); /* a drag goes on outside */
	gallery_pointer(g, t.x + t.width + 50, 500);
	gallery_button(g, BUTTON_LEFT, false, 1, 0);
	assert_int_equal(gallery_control(g, STEP)->value, 100);
	gallery_pointer(g, t.x, t.y);
	assert_int_equal(gallery_control(g, STEP)->value, 100);
	gallery_wheel(g, -1, 0);
	gallery_draw(g, &surface); /* the window may draw before the app reads */
	assert_int_equal(gallery_control(g, STEP)->value, 99);
	gallery_press(g, KEY_TO_LEFT, WITH_SHIFT);
	assert_int_equal(gallery_control(g, STEP)->value, 89);
	gallery_press(g, KEY_TO_TOP, 0);
	gallery_press(g, KEY_TO_RIGHT, 0);
	assert_int_equal(gallery_control(g, MASK)->value, 1);
	assert_int_equal(wished(GALLERY_CONTROL), MASK);
	gallery_press(g, KEY_TO_BOTTOM, 0), gallery_press(g, KEY_TO_BOTTOM, 0);
	gallery_press(g, KEY_ENTER, 0);
	assert_int_equal(wished(GALLERY_CONTROL), SAVE);
	gallery_press(g, KEY_ESCAPE, 0); /* keys are the cells' again; w takes them back, and closes */
	gallery_press(g, KEY_TO_RIGHT, 0);
	assert_int_equal(wished(GALLERY_CONTROL), 0);
	gallery_press(g, 'w', 0);
	assert_true(gallery_shows(g, SECTION_WHATIF));
	gallery_press(g, 'w', 0);
	assert_false(gallery_shows(g, SECTION_WHATIF));
	gallery_free(g);
	surface_free(&surface);
}

static void a_high_panel_scrolls(void **state) {
	(void)state;
	if (gallery_new(&g)) skip();
	assert_int_equal(surface_size(&surface, 400, 240), 0);
	for (int i = 0; i < SECTIONS; i++) gallery_section(g, (enum panel_section)i, true);
	gallery_controls(g, &list);
	gallery_draw(g, &surface);
	int before = gallery_control_box(g, LAYER).y;
	assert_true(before > 150);
	gallery_pointer(g, 390, 45); /* on the heading */
	for (int i = 0; i < 10; i++) gallery_wheel(g, -1, 0);
	int after = gallery_control_box(g, LAYER).y;
	assert_true(after < before);
	gallery_draw(g, &surface);
	for (int i = 0; i < 20; i++) gallery_wheel(g, 1, WITH_SHIFT);
	assert_int_equal(gallery_control_box(g, LAYER).y, before);
	struct box mask = gallery_control_box(g, MASK);
	press_at(mask.x, mask.y + 5);
	for (int i = 0; i < 3; i++) gallery_press(g, KEY_TO_BOTTOM, 0); /* the focus is brought into sight */
	assert_true(gallery_control_box(g, LAYER).y + gallery_control_box(g, LAYER).height <= 240);
	list.count = 0;
	gallery_controls(g, &list);
	gallery_draw(g, &surface);
	gallery_free(g);
	surface_free(&surface);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(only_shown_sections_take_room, begin), cmocka_unit_test_setup(values_stay_in_their_range, begin),
		cmocka_unit_test_setup(a_full_list_and_names, begin), cmocka_unit_test_setup(keys_and_mouse_change_controls, begin),
		cmocka_unit_test_setup(a_high_panel_scrolls, begin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
