/* The viewer's board and gallery without a window: what a cell shows, what keys and mouse do, what is painted. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/gallery.h"

enum { SIDE = 4, LABELS = 4 * SIDE, S = 32 };

static struct gallery *g;
static struct surface surface;

/* The left half is class 1, object 1; the right half class 0; every other patch is masked; predictions are all 0. */
static struct board_row *make_row(const char *name) {
	struct board_row *r = calloc(1, sizeof *r);
	assert_non_null(r);
	snprintf(r->name, sizeof r->name, "%s", name);
	r->sourced = true;
	for (int of = 0; of < GRANULARITIES; of++) {
		struct board_part *p = &r->part[of];
		assert_int_equal(board_part_init(p, (enum granularity)of, SIDE, of == RGB ? S : LABELS), 0);
		for (int i = 0; i < SIDE * SIDE; i++) p->mask[i] = (i + i / SIDE) % 2, p->sources[i] = p->mask[i] ? 5 : 0;
		for (int i = 0; i < p->edge * p->edge; i++) {
			bool left = i % p->edge < p->edge / 2;
			if (of == RGB) memset(p->target + 3 * i, left ? 200 : 50, 3), memset(p->prediction + 3 * i, 100, 3);
			else p->target[i] = left, p->cost[i] = left ? 2 : 0.1f;
		}
		p->loss = 1;
	}
	return r;
}

static void make_head(struct board_head *h) {
	*h = (struct board_head){.title = "a title", .stages = 3, .stage = {SEMSEG, INSTANCE, RGB}, .cascade = true, .class_count = 2, .samples = {8, 8},
		.classes = {{"sky", 10, 20, 30, false}, {"car", 40, 50, 60, true}}};
}

static uint32_t pixel(int x, int y) { return surface.pixels[y * surface.width + x]; }
static void draw(void) { assert_int_equal(gallery_draw(g, &surface), 0); }

static int begin(void **state) {
	(void)state;
	struct board_head h;
	if (gallery_new(&g)) return 0; /* without Cairo: every test is skipped */
	assert_int_equal(surface_size(&surface, 1360, 860), 0);
	make_head(&h);
	gallery_head(g, &h);
	gallery_rows(g, 4);
	for (int r = 0; r < 4; r++) gallery_row(g, r, make_row(r ? "val/1" : "val/0"));
	draw();
	return 0;
}

static int end(void **state) {
	(void)state;
	gallery_free(g);
	surface_free(&surface);
	return 0;
}

#define NEEDS_TEXT() do { (void)state; if (!g) skip(); } while (0)

static enum gallery_wish next_wish(int *row) { return gallery_wish(g, row); }

/* ---- pictures ------------------------------------------------------------------------------------------------------------------------- */

static void a_cell_shows_its_column(void **state) {
	NEEDS_TEXT();
	struct box masked = gallery_cell(g, 0, 0), prediction = gallery_cell(g, 0, 1), target = gallery_cell(g, 0, 2), error = gallery_cell(g, 0, 3);
	int eighth = masked.width / 8;
	assert_int_equal(pixel(masked.x + eighth, masked.y + eighth), 40 << 16 | 50 << 8 | 60);         /* patch 0 is visible: a car */
	assert_int_equal(pixel(masked.x + 3 * eighth, masked.y + eighth), (uint32_t)board_hidden[0] << 16 | (uint32_t)board_hidden[1] << 8 | board_hidden[2]);
	assert_int_equal(pixel(prediction.x + eighth, prediction.y + eighth), 10 << 16 | 20 << 8 | 30);
	assert_int_equal(pixel(target.x + eighth, target.y + 3 * eighth), 40 << 16 | 50 << 8 | 60);
	assert_int_equal(pixel(error.x + 3 * eighth, error.y + eighth), (uint32_t)board_wrong[0] << 16 | (uint32_t)board_wrong[1] << 8 | board_wrong[2]);
	assert_int_equal(pixel(error.x + 7 * eighth, error.y + eighth), (uint32_t)board_right[0] << 16 | (uint32_t)board_right[1] << 8 | board_right[2]);
}

static void errors_and_their_colours(void **state) {
	(void)state;
	struct board_row *r = make_row("val/0");
	const struct board_part *p = &r->part[RGB];
	uint8_t low[3], high[3], zero[3];
	assert_true(fabs(board_error(p, RGB, METRIC_SIGNED, 0, 0) + 100) < 1e-9);
	assert_true(fabs(board_error(p, RGB, METRIC_ABSOLUTE, 0, 0) - 100) < 1e-9);
	assert_true(fabs(board_error(p, RGB, METRIC_SQUARED, S - 1, 0) - 2500) < 1e-9);
	assert_true(fabs(board_largest(p, RGB, METRIC_SIGNED, p->mask) - 100) < 1e-9);
	assert_true(board_error(&r->part[SEMSEG], SEMSEG, METRIC_SIGNED, 0, 0) > 0);
	r->part[SEMSEG].target[0] = UNLABELLED;
	assert_true(isnan(board_error(&r->part[SEMSEG], SEMSEG, METRIC_SIGNED, 0, 0)));
	colour_map_at(MAP_BLUE_ORANGE, 0, low), colour_map_at(MAP_BLUE_ORANGE, 1, high), colour_map_at(MAP_BLUE_ORANGE, 0.5, zero);
	assert_true(low[2] > low[0] && high[0] > high[2] && zero[0] > 230 && zero[1] > 230 && zero[2] > 230);
	for (int m = 0; m < MAP_BLUE_ORANGE; m++) /* light grows along the map */
		for (int i = 1, before = -1; i <= 10; i++) {
			uint8_t c[3];
			colour_map_at((enum colour_map)m, i / 10.0, c);
			int light = 2 * c[0] + 7 * c[1] + c[2];
			assert_true(light > before);
			before = light;
		}
	board_row_free(r);
}

/* ---- zoom ------------------------------------------------------------------------------------------------------------------------------- */

static void the_wheel_zooms_at_the_pointer(void **state) {
	NEEDS_TEXT();
	struct box rgb = gallery_cell(g, 0, 10);
	gallery_press(g, 'r', 0);
	int x = rgb.x + rgb.width / 2 - 8, y = rgb.y + rgb.height / 4;
	gallery_pointer(g, x, y);
	uint32_t before = pixel(x, y);
	draw();
	for (int i = 0; i < 4; i++) gallery_wheel(g, 1, 0);
	draw();
	assert_int_equal(pixel(x, y), before);                                       /* what was under the pointer still is */
	assert_int_equal(pixel(rgb.x + rgb.width - 1, y), 50 << 16 | 50 << 8 | 50);  /* the right half begins nearer to the edge */
	struct box semseg = gallery_cell(g, 0, 2);                                   /* and every other cell shows the same place */
	assert_int_equal(pixel(semseg.x + semseg.width - 1, y), 10 << 16 | 20 << 8 | 30);
	for (int i = 0; i < 100; i++) gallery_wheel(g, 1, 0), gallery_press(g, 'l', 0);
	draw(); /* the far end of a picture, as large as it gets */
	assert_int_equal(pixel(rgb.x + rgb.width / 2, y), 50 << 16 | 50 << 8 | 50);
	gallery_press(g, 'r', 0);
}

static void shift_flips_to_the_reference(void **state) {
	NEEDS_TEXT();
	struct box at = gallery_cell(g, 0, 1);
	gallery_press(g, '2', 0);
	gallery_press(g, '3', WITH_SHIFT);
	draw();
	uint32_t prediction = pixel(at.x + 4, at.y + 4);
	gallery_shift(g, true);
	draw();
	assert_int_equal(pixel(at.x + 4, at.y + 4), 40 << 16 | 50 << 8 | 60);
	gallery_shift(g, false);
	draw();
	assert_int_equal(pixel(at.x + 4, at.y + 4), prediction);
}

/* ---- masks by hand ------------------------------------------------------------------------------------------------------------------------ */

static void point(int column, double patch_x, double patch_y) {
	struct box b = gallery_cell(g, 0, column);
	gallery_pointer(g, b.x + (int)((patch_x + 0.5) * b.width / SIDE), b.y + (int)((patch_y + 0.5) * b.width / SIDE));
}

static void strokes_undo_and_fill(void **state) {
	NEEDS_TEXT();
	int row = -1;
	assert_null(gallery_mask(g, 0, SEMSEG));
	gallery_press(g, 'b', 0);
	point(0, 0, 0);
	gallery_button(g, BUTTON_LEFT, true, 1, 0);
	point(0, 3, 0); /* in one jump: the patches between are painted too */
	gallery_button(g, BUTTON_LEFT, false, 1, 0);
	for (int i = 0; i < SIDE; i++) assert_int_equal(gallery_mask(g, 0, SEMSEG)[i], 1);
	assert_int_equal(gallery_mask(g, 0, RGB)[0], 0);
	assert_int_equal(next_wish(&row), GALLERY_STROKE);
	assert_int_equal(row, 0);
	point(0, 0, 2);
	gallery_button(g, BUTTON_RIGHT, true, 1, WITH_CTRL); /* the car: the left half */
	gallery_button(g, BUTTON_RIGHT, false, 1, 0);
	for (int i = 0; i < SIDE * SIDE; i++)
		if (i % SIDE < SIDE / 2) assert_int_equal(gallery_mask(g, 0, SEMSEG)[i], 0);
	assert_int_equal(gallery_mask(g, 0, SEMSEG)[3], 1);
	gallery_press(g, 'u', 0);
	assert_int_equal(gallery_mask(g, 0, SEMSEG)[0], 1);
	point(8, 0, 0);
	gallery_press(g, 'o', 0);
	for (int i = 0; i < SIDE * SIDE; i++) assert_true(gallery_mask(g, 0, SEMSEG)[i] && !gallery_mask(g, 0, RGB)[i]);
	gallery_press(g, 'i', 0); /* would leave nothing visible: refused */
	assert_int_equal(gallery_mask(g, 0, RGB)[0], 0);
	gallery_press(g, 'R', 0);
	assert_null(gallery_mask(g, 0, SEMSEG));
	gallery_press(g, 'b', 0);
	while (next_wish(&row)) {}
	draw();
}

static int count_visible(int row, enum granularity of) {
	int n = 0;
	for (int i = 0; i < SIDE * SIDE; i++) n += !gallery_mask(g, row, of)[i];
	return n;
}

/* The control of the panel whose label begins with these words, and a click at SHARE of its width. */
static void use(const char *label, double share) {
	const struct control *k = NULL;
	draw();
	for (int id = 1001; id < 1030 && !k; id++)
		if (gallery_control(g, id) && !strncmp(gallery_control(g, id)->label, label, strlen(label))) k = gallery_control(g, id);
	assert_non_null(k);
	struct box b = gallery_control_box(g, k->id), t = panel_track(b);
	gallery_pointer(g, b.x + (int)(share * (b.width - 1)), k->kind == CONTROL_SLIDER ? t.y + 1 : b.y + 8);
	gallery_button(g, BUTTON_LEFT, true, 1, 0);
	gallery_button(g, BUTTON_LEFT, false, 1, 0);
}

static void sliders_of_visible_patches(void **state) {
	NEEDS_TEXT();
	uint8_t before[SIDE * SIDE];
	int row = -1;
	point(0, 0, 0);
	gallery_button(g, BUTTON_LEFT, true, 1, 0), gallery_button(g, BUTTON_LEFT, false, 1, 0); /* selects the row */
	gallery_press(g, 'b', 0);
	assert_true(gallery_shows(g, SECTION_PAINTER));
	use("semseg visible", 0.25);
	assert_int_equal(count_visible(0, SEMSEG), SIDE * SIDE / 4);
	assert_int_equal(next_wish(&row), GALLERY_STROKE);
	assert_int_equal(row, 0);
	memcpy(before, gallery_mask(g, 0, SEMSEG), sizeof before);
	use("semseg visible", 1);
	assert_int_equal(count_visible(0, SEMSEG), SIDE * SIDE);
	use("instance visible", 0);
	assert_int_equal(count_visible(0, INSTANCE), 0);
	use("semseg visible", 0.25); /* back: the same ones; then so far back that the drawn mask is there */
	assert_memory_equal(before, gallery_mask(g, 0, SEMSEG), sizeof before);
	use("semseg visible", 0.5);
	for (int i = 0; i < SIDE * SIDE; i++) assert_int_equal(gallery_mask(g, 0, SEMSEG)[i], (i + i / SIDE) % 2);
	use("rgb visible", 0);
	use("semseg visible", 0); /* nothing would be visible */
	assert_int_equal(count_visible(0, SEMSEG), 1);
	use("only rgb", 0.5);
	assert_true(count_visible(0, RGB) == SIDE * SIDE && count_visible(0, SEMSEG) == 0);
	use("undo", 0.5);
	assert_true(count_visible(0, RGB) == 0 && count_visible(0, SEMSEG) == 1);
	use("undo", 0.5); /* what sliders did in one go is undone in one go */
	assert_null(gallery_mask(g, 0, SEMSEG));
	while (next_wish(&row)) {}
	use("save this mask", 0.5);
	assert_int_equal(next_wish(&row), GALLERY_SAVE_MASK);
	uint8_t given[GRANULARITIES][PATCHES_MAX] = {{1, 1, 1}};
	gallery_paint(g, 1, (const uint8_t(*)[PATCHES_MAX])given);
	assert_true(gallery_mask(g, 1, SEMSEG)[2] && !gallery_mask(g, 1, SEMSEG)[3]);
	assert_int_equal(next_wish(&row), GALLERY_NOTHING);
	gallery_press(g, 'R', 0);
	assert_null(gallery_mask(g, 1, SEMSEG));
	gallery_press(g, 'b', 0);
	assert_false(gallery_shows(g, SECTION_PAINTER));
	while (next_wish(&row)) {}
}

/* ---- another checkpoint's rows --------------------------------------------------------------------------------------------------------------- */

static void flipping_shows_the_other_rows(void **state) {
	NEEDS_TEXT();
	int row;
	struct box at;
	for (int r = 0; r < 4; r++) {
		struct board_row *other = make_row(r ? "val/1" : "val/0");
		for (int i = 0; i < S * S; i++) memset(other->part[RGB].prediction + 3 * i, 7, 3);
		snprintf(other->weights, sizeof other->weights, "early.safetensors");
		gallery_other_row(g, r, other);
	}
	gallery_press(g, 'v', 0);
	assert_int_equal(next_wish(&row), GALLERY_FLIP);
	draw();
	at = gallery_cell(g, 0, 9); /* rgb's prediction */
	assert_int_equal(pixel(at.x + at.width / 2, at.y + at.height / 2), 100 << 16 | 100 << 8 | 100);
	gallery_flip(g, true);
	draw();
	assert_int_equal(pixel(at.x + at.width / 2, at.y + at.height / 2), 7 << 16 | 7 << 8 | 7);
	struct board_row *fresh = make_row("val/0"); /* the live one that comes meanwhile is not seen */
	memset(fresh->part[RGB].prediction, 50, 3 * S * S);
	gallery_row(g, 0, fresh);
	draw();
	assert_int_equal(pixel(at.x + at.width / 2, at.y + at.height / 2), 7 << 16 | 7 << 8 | 7);
	gallery_flip(g, false);
	draw();
	assert_int_equal(pixel(at.x + at.width / 2, at.y + at.height / 2), 50 << 16 | 50 << 8 | 50);
	gallery_row(g, 0, make_row("val/0"));
}

static void what_the_window_must_do(void **state) {
	NEEDS_TEXT();
	int row;
	gallery_press(g, 'n', 0);
	gallery_press(g, KEY_BACK, 0);
	gallery_press(g, 's', WITH_CTRL);
	gallery_press(g, 'q', 0);
	static const enum gallery_wish expected[] = {GALLERY_NEXT, GALLERY_PREVIOUS, GALLERY_SAVE, GALLERY_CLOSE, GALLERY_NOTHING};
	for (int i = 0; i < 5; i++) assert_int_equal(next_wish(&row), expected[i]);
}

/* ---- the attention explorer ---------------------------------------------------------------------------------------------------------------- */

/* A row whose weights are known: patch n of SEMSEG weighs n + 1, patch 0 is no key; nothing of INSTANCE is a key; RGB is even. */
static struct board_row *attended_row(const struct attended_choice *c) {
	struct board_row *r = make_row("val/0");
	r->attended = (struct attended){.asked = true, .known = true, .choice = *c, .heads = 2};
	for (int of = 0; of < GRANULARITIES; of++) {
		struct attended_keys *k = r->part[of].keys = calloc(1, sizeof *k);
		assert_non_null(k);
		k->least = 1, k->most = SIDE * SIDE;
		for (int i = 0; i < SIDE * SIDE; i++) {
			k->present[i] = of != INSTANCE && (i > 0 || of == RGB);
			k->weight[i] = !k->present[i] ? 0 : of == RGB ? 1 : (float)(i + 1);
			k->present_count += k->present[i];
		}
		attended_rank(k, SIDE * SIDE);
	}
	return r;
}

static void head_with_layers(struct board_head *h) {
	make_head(h);
	h->layers = (struct attended_layers){.count = 3, .last = 1,
		.of = {{"encoder.0", true, 0, 2}, {"encoder.1", true, 0, 2}, {"rgb.cross", false, RGB, 3}}};
}

static void contours_hold_their_share(void **state) {
	(void)state;
	struct attended_choice c = {.share = 50};
	struct board_row *r = attended_row(&c);
	const struct attended_keys *k = r->part[SEMSEG].keys;
	double sum = 0, held = 0, before = 0;
	for (int i = 1; i < SIDE * SIDE; i++) sum += k->weight[i];
	for (int i = 0; i < SIDE * SIDE; i++)
		if (attended_inside(k, i, 50)) held += k->weight[i], before = before ? before : k->weight[i];
	assert_true(held >= sum / 2 && held - before < sum / 2); /* enough, and not without its lightest */
	assert_false(attended_inside(k, 0, 99));
	for (int i = 0; i < SIDE * SIDE; i++) assert_true(attended_inside(r->part[RGB].keys, i, 10)); /* equal weights: all or none */
	board_row_free(r);
}

static void release_at(int column, double patch_x, double patch_y) {
	point(column, patch_x, patch_y);
	gallery_button(g, BUTTON_LEFT, true, 1, 0);
	gallery_button(g, BUTTON_LEFT, false, 1, 0);
}

static void the_explorer_asks(void **state) {
	NEEDS_TEXT();
	struct board_head h;
	int row;
	head_with_layers(&h);
	gallery_head(g, &h);
	assert_null(gallery_attended(g));
	gallery_press(g, '3', 0); /* the target of semseg stays the chosen column */
	struct box before = gallery_cell(g, 0, 2);
	gallery_press(g, 'e', 0);
	assert_int_equal(next_wish(&row), GALLERY_ATTEND);
	const struct attended_choice *c = gallery_attended(g);
	assert_true(c && c->layer == 1 && c->head == ATTENDED_MEAN && c->asker == ASKER_GLOBAL && c->share == 50);
	assert_true(gallery_shows(g, SECTION_ATTENTION));
	gallery_press(g, '>', 0);
	assert_int_equal(c->head, ATTENDED_ROLLOUT);
	gallery_press(g, '.', 0);
	assert_true(c->layer == 2 && c->head == ATTENDED_MEAN && c->asker == ASKER_MEAN);
	release_at(0, 1, 2); /* of semseg; the stage asks with its own */
	assert_true(c->asker == ASKER_PATCH && c->of == RGB && c->patch == 2 * SIDE + 1);
	gallery_press(g, ',', 0);
	release_at(0, 0, 1);
	assert_true(c->layer == 1 && c->of == SEMSEG && c->patch == SIDE);
	release_at(0, 0, 1); /* again: the usual query */
	assert_int_equal(c->asker, ASKER_GLOBAL);
	point(0, 0, 1);
	gallery_button(g, BUTTON_LEFT, true, 1, 0);
	point(0, 2, 2); /* a drag is no click */
	gallery_button(g, BUTTON_LEFT, false, 1, 0);
	assert_int_equal(c->asker, ASKER_GLOBAL);
	gallery_press(g, 'M', 0);
	assert_int_equal(c->share, 60);
	gallery_press(g, 'G', 0);
	assert_int_equal(c->asker, ASKER_MEAN);
	gallery_press(g, 'e', 0);
	assert_null(gallery_attended(g));
	assert_false(gallery_shows(g, SECTION_ATTENTION));
	gallery_press(g, 'r', 0);
	assert_int_equal(gallery_cell(g, 0, 2).x, before.x);
	while (next_wish(&row)) {}
}

static void an_attention_cell(void **state) {
	NEEDS_TEXT();
	struct attended_choice c = {.layer = 1, .head = ATTENDED_MEAN, .asker = ASKER_PATCH, .of = SEMSEG, .patch = SIDE * SIDE - 1, .share = 50, .plain = true};
	bool column[BOARD_COLUMNS] = {[BOARD_ATTENTION] = true};
	struct board_head h;
	uint8_t high[3];
	head_with_layers(&h);
	gallery_head(g, &h);
	gallery_rows(g, 1);
	gallery_columns(g, column);
	gallery_attend(g, &c);
	gallery_row(g, 0, attended_row(&c));
	gallery_pointer(g, -1, -1);
	draw();
	struct box b = gallery_cell(g, 0, 0);
	int edge[SIDE + 1], middle = b.width / SIDE / 2;
	for (int i = 0; i <= SIDE; i++) edge[i] = (int)lround(i * b.width / (double)SIDE);
	colour_map_at(MAP_CIVIDIS, 1, high);
	uint32_t heaviest = (uint32_t)high[0] << 16 | (uint32_t)high[1] << 8 | high[2];
	assert_int_equal(pixel(b.x + edge[3] + middle, b.y + edge[3] + middle), heaviest);
	uint32_t absent = pixel(b.x + middle, b.y + middle);                              /* no key: light grey, no colour of the map */
	assert_true((absent >> 16) > 200 && (absent >> 16) == (absent & 255) && (absent >> 16) == ((absent >> 8) & 255));
	assert_int_equal(pixel(b.x + edge[2] + middle, b.y + edge[4] - 1), 0xffffff); /* the contour's lower edge */
	assert_int_not_equal(pixel(b.x + middle, b.y + edge[1]), 0xffffff);                 /* none between light patches */
	assert_int_equal(pixel(b.x + edge[3] + middle, b.y + edge[3] - 1), 0xff5a8c);   /* the asking patch's frame */
	c.plain = false;
	gallery_attend(g, &c);
	draw();
	assert_int_not_equal(pixel(b.x + edge[3] + middle, b.y + edge[3] + middle), heaviest);
}

/* ---- where things stand ---------------------------------------------------------------------------------------------------------------------- */

static void rows_have_room_for_their_words(void **state) {
	NEEDS_TEXT();
	static const struct { int high; bool spread; } sizes[] = {{700, true}, {300, false}};
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		assert_int_equal(surface_size(&surface, 700, sizes[i].high), 0);
		draw();
		struct box first = gallery_cell(g, 0, 0), second = gallery_cell(g, 1, 0);
		int gap = second.y - first.y - first.height;
		assert_int_equal(first.x, second.x);
		assert_true(sizes[i].spread ? gap > 20 : gap == 10);
	}
}

/* ---- any size, any key --------------------------------------------------------------------------------------------------------------------- */

static void any_size_and_key(void **state) {
	NEEDS_TEXT();
	static const int sizes[][2] = {{1, 1}, {60, 40}, {320, 240}, {200, 2000}, {3000, 300}, {1360, 860}};
	int row;
	for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
		assert_int_equal(surface_size(&surface, sizes[s][0], sizes[s][1]), 0);
		draw();
		for (int key = 1; key < 264; key++) {
			gallery_pointer(g, key * 37 % sizes[s][0], key * 53 % sizes[s][1]);
			gallery_button(g, (enum gallery_button)(key % 4), key % 3 > 0, 1 + key % 2, key % 4);
			gallery_press(g, key, key % 5 == 0 ? WITH_SHIFT : 0);
			gallery_wheel(g, key % 7 - 3, key % 4);
			draw();
			while (next_wish(&row)) {}
		}
	}
	gallery_rows(g, 0);
	draw();
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cell_shows_its_column), cmocka_unit_test(errors_and_their_colours), cmocka_unit_test(the_wheel_zooms_at_the_pointer),
		cmocka_unit_test(shift_flips_to_the_reference), cmocka_unit_test(strokes_undo_and_fill), cmocka_unit_test(sliders_of_visible_patches),
		cmocka_unit_test(flipping_shows_the_other_rows), cmocka_unit_test(what_the_window_must_do),
		cmocka_unit_test(contours_hold_their_share), cmocka_unit_test(the_explorer_asks), cmocka_unit_test(an_attention_cell),
		cmocka_unit_test(rows_have_room_for_their_words), cmocka_unit_test(any_size_and_key),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
