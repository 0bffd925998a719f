/* tests/unit/scenes_test.c -- the procedural scenes: determinism, one scene at every size, exact and consistent label maps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/err.h"
#include "engine/data/scenes.h"
#include "engine/data/scenes_classes.h"

static struct raw_sample render(uint64_t seed, enum split split, int index, int size) {
	struct raw_sample r;
	assert_int_equal(scenes_render(seed, split, index, size, &r), 0);
	return r;
}

static void release(struct raw_sample *r) {
	free(r->rgb);
	free(r->instance);
	free(r->semseg);
}

static bool same(const struct raw_sample *a, const struct raw_sample *b) {
	size_t n = (size_t)a->width * (size_t)a->height;
	return a->width == b->width && a->height == b->height && a->label == b->label && !memcmp(a->rgb, b->rgb, 3 * n) &&
	       !memcmp(a->instance, b->instance, 2 * n) && !memcmp(a->semseg, b->semseg, n);
}

static void a_scene_is_its_name(void **state) {
	(void)state;
	for (int i = 0; i < 12; i++) {
		struct raw_sample a = render(7, TRAIN, i, 48), again = render(7, TRAIN, i, 48);
		struct raw_sample other[3] = {render(7, TRAIN, i + 100, 48), render(7, VAL, i, 48), render(8, TRAIN, i, 48)};
		assert_true(same(&a, &again));
		for (int k = 0; k < 3; k++) {
			assert_false(same(&a, &other[k]));
			release(&other[k]);
		}
		release(&a);
		release(&again);
	}
}

/* The mean colour of cell (x, y) of an 8 x 8 grid, and its most frequent class. */
static void cell(const struct raw_sample *r, int x, int y, double mean[3], int *most) {
	int count[256] = {0}, n = 0;
	mean[0] = mean[1] = mean[2] = 0.0;
	for (int j = y * r->height / 8; j < (y + 1) * r->height / 8; j++)
		for (int i = x * r->width / 8; i < (x + 1) * r->width / 8; i++, n++) {
			int64_t o = (int64_t)j * r->width + i;
			for (int k = 0; k < 3; k++) mean[k] += r->rgb[3 * o + k];
			count[r->semseg[o]]++;
		}
	*most = 0;
	for (int k = 0; k < 3; k++) mean[k] /= n;
	for (int k = 1; k < 256; k++)
		if (count[k] > count[*most]) *most = k;
}

static void the_same_scene_at_every_size(void **state) {
	(void)state;
	int agree = 0, cells = 0;
	double off = 0.0;
	for (int i = 0; i < 12; i++) {
		struct raw_sample a = render(3, TRAIN, i, 64), b = render(3, TRAIN, i, 160);
		assert_int_equal(a.label, b.label);
		assert_int_equal(a.width < a.height ? a.width : a.height, 96);
		assert_int_equal(b.width < b.height ? b.width : b.height, 240);
		for (int y = 0; y < 8; y++)
			for (int x = 0; x < 8; x++, cells++) {
				double p[3], q[3];
				int c, d;
				cell(&a, x, y, p, &c);
				cell(&b, x, y, q, &d);
				agree += c == d;
				for (int k = 0; k < 3; k++) off += p[k] > q[k] ? p[k] - q[k] : q[k] - p[k];
			}
		release(&a);
		release(&b);
	}
	print_message("classes agree in %.1f %% of cells, colours differ by %.2f levels\n", 100.0 * agree / cells, off / (3.0 * cells));
	assert_true(agree >= 0.97 * cells);
	assert_true(off / (3.0 * cells) <= 2.5);
}

static void labels_are_consistent(void **state) {
	(void)state;
	int frequency[256] = {0}, types[64] = {0}, things = 0;
	enum { SCENES = 200 };
	for (int i = 0; i < SCENES; i++) {
		struct raw_sample r = render(1, i & 1 ? VAL : TRAIN, i, 32);
		int class_of[1024], present[256] = {0};
		memset(class_of, -1, sizeof class_of);
		assert_in_range(r.label, 0, scenes_labels() - 1);
		types[r.label]++;
		for (int o = 0; o < r.width * r.height; o++) {
			int id = r.instance[o], c = r.semseg[o];
			assert_true(c < 133 || c == UNLABELLED);
			assert_in_range(id, 0, 1023);
			present[c] = 1;
			if (id == 0) continue;
			if (class_of[id] < 0) class_of[id] = c, things++;
			assert_int_equal(class_of[id], c);
		}
		for (int c = 0; c < 256; c++) frequency[c] += present[c];
		release(&r);
	}
	assert_int_equal(frequency[UNLABELLED], 0);
	int classes = 0;
	for (int c = 0; c < 133; c++) {
		classes += frequency[c] > 0;
		if (frequency[c]) print_message("%s %d, ", scenes_classes[c].name, frequency[c]);
	}
	print_message("\n%d classes, %.1f instances a scene; types:", classes, (double)things / SCENES);
	for (int k = 0; k < scenes_labels(); k++) {
		print_message(" %s %d", scenes_label(k), types[k]);
		assert_true(types[k] > 0);
	}
	print_message("\n");
	assert_true(classes >= 55);
	assert_true(things >= 5 * SCENES);
	assert_true(frequency[CLASS_PERSON] >= SCENES / 4);
}

static void the_table_is_cocos(void **state) {
	(void)state;
	assert_string_equal(scenes_classes[0].name, "person");
	assert_string_equal(scenes_classes[79].name, "toothbrush");
	assert_string_equal(scenes_classes[80].name, "banner");
	assert_string_equal(scenes_classes[132].name, "rug-merged");
	assert_string_equal(scenes_classes[CLASS_SEA].name, "sea");
	for (int c = 0; c < 133; c++) assert_int_equal(scenes_classes[c].thing, c < 80);
	assert_string_equal(scenes_label(-1), "");
	assert_string_equal(scenes_label(scenes_labels()), "");
}

static void bad_arguments_are_refused(void **state) {
	(void)state;
	struct raw_sample r;
	const int bad[][2] = {{0, 0}, {0, 7}, {0, 2049}, {0, 1000000000}, {-1, 64}};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_int_equal(scenes_render(1, TRAIN, bad[i][0], bad[i][1], &r), ERR_ARGUMENT);
		assert_null(r.rgb);
		assert_true(strlen(err_message()) > 20);
	}
	struct raw_sample last = render(1, VAL, 1000000000, 8);
	release(&last);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_scene_is_its_name), cmocka_unit_test(the_same_scene_at_every_size), cmocka_unit_test(labels_are_consistent),
	        cmocka_unit_test(the_table_is_cocos),  cmocka_unit_test(bad_arguments_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
