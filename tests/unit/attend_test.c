/* tests/unit/attend_test.c -- numbers about attention whose answers are known: a map made by hand over 2 x 2 patches, and masks made by hand
 * as files. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/err.h"
#include "engine/train/attend.h"

#define OK(call) do { if ((call) != 0) fail_msg("%s: %s", #call, err_message()); } while (0)
#define NEAR(a, b) assert_true(fabs((a) - (b)) <= 1e-6)

static void says(int rc, const char *part) {
	assert_int_equal(rc, ERR_ARGUMENT);
	if (!strstr(err_message(), part)) fail_msg("'%s' does not say '%s'", err_message(), part);
}

/* Encoder tokens: rgb 0, rgb 3, semseg 1, global. Patch 3 is an object, and half of patch 0. Two heads, two blocks. */
enum { TOKENS = 4, HEADS = 2, SIDE = 2 };
static const struct attention_token tokens[TOKENS] = {{RGB, 0}, {RGB, 3}, {SEMSEG, 1}, {GLOBAL_TOKEN, 0}};
static const float first[HEADS][TOKENS][TOKENS] = {
	{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0.25f, 0.25f, 0.25f, 0.25f}},
	{{0, 1, 0, 0}, {1, 0, 0, 0}, {0.5f, 0.5f, 0, 0}, {0.5f, 0.25f, 0, 0.25f}},
};
static const float second[HEADS][TOKENS][TOKENS] = {
	{{0, 0, 0, 1}, {0, 0, 0, 1}, {0, 0, 0, 1}, {0, 0.5f, 0.5f, 0}},
	{{0, 0, 1, 0}, {0, 0, 1, 0}, {0, 0, 1, 0}, {1, 0, 0, 0}},
};

static struct whatif by_hand(void) {
	static uint8_t instances[SIDE * CELLS_SIDE * SIDE * CELLS_SIDE];
	static const struct attention_layer layers[2] = {{.kind = ATTENTION_ENCODER, .block = 0}, {.kind = ATTENTION_ENCODER, .block = 1}};
	struct whatif w = {.layers = layers, .captures = 2, .labels = {[INSTANCE] = instances}};
	w.config = model_config_of(model_preset_find("tiny"));
	w.config.image_size = SIDE * w.config.patch;
	for (int y = 0; y < SIDE * CELLS_SIDE; y++)
		for (int x = 0; x < SIDE * CELLS_SIDE; x++)
			instances[y * SIDE * CELLS_SIDE + x] = (y >= 4 && x >= 4) || (y < 2 && x < 4);
	memset(w.draw.final, 1, sizeof w.draw.final);
	w.draw.final[RGB][0] = w.draw.final[RGB][3] = w.draw.final[SEMSEG][1] = 0;
	for (int i = 0; i < 2; i++)
		w.maps[i] = (struct attention_map){.layer = layers[i], .heads = HEADS, .queries = TOKENS, .keys = TOKENS, .values = (float *)(i ? second : first),
			.query = (struct attention_token *)tokens, .key = (struct attention_token *)tokens};
	return w;
}

static void a_query_s_numbers(void **state) {
	(void)state;
	struct whatif w = by_hand();
	struct attend_choice c = {.layer = w.layers[0], .head = ATTEND_MEAN, .query = {.kind = ATTEND_GLOBAL}, .granularity = RGB};
	struct attend_view v;
	OK(attend_view(&w, &c, &v));
	NEAR(v.weight[0], 0.375);
	NEAR(v.weight[3], 0.25);
	assert_true(v.present[0] && v.present[3] && !v.present[1] && v.masked[1] && !v.masked[0]);
	assert_int_equal(v.present_count, 2);
	NEAR(v.numbers.mass[RGB], 0.625);
	NEAR(v.numbers.mass[SEMSEG], 0.125);
	NEAR(v.numbers.mass[INSTANCE], 0);
	NEAR(v.numbers.global, 0.25);
	NEAR(v.numbers.objects, 0.6 * 0.5 + 0.4);
	NEAR(v.numbers.object_area, 0.75);
	NEAR(v.numbers.area50, 0.5 / 0.6 / 2);
	NEAR(v.numbers.entropy, -0.6 * log(0.6) - 0.4 * log(0.4));
	NEAR(v.numbers.relative, v.numbers.entropy / log(2));
	NEAR(attend_threshold(&v, 0.5), 0.375);
	NEAR(attend_threshold(&v, 0.7), 0.25);
	c.granularity = INSTANCE; /* nothing of it is visible */
	OK(attend_view(&w, &c, &v));
	assert_true(v.present_count == 0 && isnan(v.numbers.objects) && isnan(v.numbers.area50) && attend_threshold(&v, 0.5) == 0);
}

static void heads_queries_and_distances(void **state) {
	(void)state;
	struct whatif w = by_hand();
	struct attend_choice c = {.layer = w.layers[0], .head = 1, .query = {ATTEND_PATCH, RGB, 0}, .granularity = RGB};
	struct attend_view v;
	OK(attend_view(&w, &c, &v));
	NEAR(v.weight[3], 1);
	NEAR(v.numbers.area50, 0.25);
	NEAR(v.numbers.entropy, 0);
	NEAR(v.numbers.distance[0], 0);
	NEAR(v.numbers.distance[1], sqrt(2));
	c.query = (struct attend_query){.kind = ATTEND_TOKENS};
	OK(attend_view(&w, &c, &v));
	NEAR(v.weight[0], (0 + 1 + 0.5 + 0.5) / 4);
	NEAR(v.weight[3], (1 + 0 + 0.5 + 0.25) / 4);
	c.query = (struct attend_query){ATTEND_PATCH, RGB, 1};
	says(attend_view(&w, &c, &v), "patch 1 of rgb is masked");
	c.query = (struct attend_query){.kind = ATTEND_GLOBAL};
	c.head = 2;
	says(attend_view(&w, &c, &v), "no head 2");
	c.layer.block = 7;
	says(attend_view(&w, &c, &v), "encoder.7 was not captured");
}

/* The product of 0.5 mean + 0.5 I, made here as a matrix. */
static void rollout_is_the_product(void **state) {
	(void)state;
	struct whatif w = by_hand();
	struct attend_choice c = {.layer = w.layers[1], .head = ATTEND_ROLLOUT, .query = {.kind = ATTEND_GLOBAL}, .granularity = RGB};
	struct attend_view v;
	double a[TOKENS][TOKENS], b[TOKENS][TOKENS], last[TOKENS] = {0};
	for (int i = 0; i < TOKENS; i++)
		for (int j = 0; j < TOKENS; j++) {
			a[i][j] = 0.25 * (first[0][i][j] + first[1][i][j]) + 0.5 * (i == j);
			b[i][j] = 0.25 * (second[0][i][j] + second[1][i][j]) + 0.5 * (i == j);
		}
	for (int j = 0; j < TOKENS; j++)
		for (int k = 0; k < TOKENS; k++) last[j] += b[TOKENS - 1][k] * a[k][j];
	OK(attend_view(&w, &c, &v));
	NEAR(v.weight[0], last[0]);
	NEAR(v.weight[3], last[1]);
	NEAR(v.numbers.mass[SEMSEG], last[2]);
	NEAR(v.numbers.global, last[3]);
	w.maps[0].layer.block = 5;
	says(attend_view(&w, &c, &v), "encoder.0 was not captured");
}

static void a_mask_goes_through_a_file(void **state) {
	(void)state;
	struct given_mask m = {.side = 4}, back;
	char path[] = "/tmp/c2f-mask-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	for (int g = 0; g < GRANULARITIES; g++)
		for (int n = 0; n < PATCHES_MAX; n++) m.final[g][n] = n >= 16 || (n * 7 + g) % 3 == 0;
	OK(mask_file_write(path, &m));
	OK(mask_file_read(path, &back));
	assert_memory_equal(&m, &back, sizeof m);
	remove(path);
	assert_int_equal(mask_file_read(path, &back), ERR_FILE);
	const char *const wrong[][2] = {{"", "not a mask"}, {"mask 0", "not a mask"}, {"mask 2\nrgb\n..\n", "row 1 of rgb"}, {"mask 1\nrgb\nx\n", "neither #"},
		{"mask 1\nrgb\n.\nrgb\n.\n", "line 4"}, {"mask 1\ndepth\n.\n", "line 2"}};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		assert_int_equal(mask_file_parse("m", wrong[i][0], strlen(wrong[i][0]), &back), ERR_FORMAT);
		if (!strstr(err_message(), wrong[i][1])) fail_msg("'%s' does not say '%s'", err_message(), wrong[i][1]);
	}
	OK(mask_file_parse("m", "; me\nmask 1\r\nrgb\r\n.", 19, &back));
	assert_true(back.final[RGB][0] == 0 && back.final[SEMSEG][0] == 1);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_query_s_numbers),
		cmocka_unit_test(heads_queries_and_distances),
		cmocka_unit_test(rollout_is_the_product),
		cmocka_unit_test(a_mask_goes_through_a_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
