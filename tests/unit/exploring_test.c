/* tests/unit/exploring_test.c -- the attention explorer without a window: choices that are always there, the words of `view attend=`, rows filled
 * from a real what-if with the numbers of attend_view(), contours, the panel's controls, the drift curve. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app/exploring.h"
#include "engine/base/err.h"
#include "engine/train/trainer.h"

#define OK(call) do { if ((call) != 0) fail_msg("%s: %s", #call, err_message()); } while (0)

static void says(int rc, const char *part) {
	assert_int_equal(rc, ERR_ARGUMENT);
	if (!strstr(err_message(), part)) fail_msg("'%s' does not say '%s'", err_message(), part);
}

static struct model_config tiny(void) { return model_config_of(model_preset_find("tiny")); }
static struct attended_choice usual(void) { return (struct attended_choice){.layer = -1, .head = ATTENDED_MEAN, .share = 50}; }

/* ---- choices ------------------------------------------------------------------------------------------------------------------------ */

static void layers_are_the_model_s(void **state) {
	(void)state;
	struct attended_layers l;
	struct model_config c = tiny();
	exploring_layers(&c, &l);
	assert_int_equal(l.count, c.depth + 9);
	assert_string_equal(l.of[l.last].name, "encoder.3");
	assert_true(l.of[l.last].encoder && l.of[l.last].heads == c.heads);
	assert_string_equal(l.of[c.depth].name, "semseg.cross");
	assert_true(!l.of[c.depth].encoder && l.of[c.depth].heads == c.decoder_heads);
	c.cross_attention = false;
	exploring_layers(&c, &l);
	assert_int_equal(l.count, c.depth + 6);
}

static void steps_stay_in_what_there_is(void **state) {
	(void)state;
	struct attended_layers l;
	struct model_config config = tiny();
	exploring_layers(&config, &l);
	struct attended_choice c = usual();
	int rollouts = 0;
	for (int i = 0; i < 1000; i++) {
		if (i % 7 == 3) attended_pick(&c, &l, (enum granularity)(i % GRANULARITIES), i % 64);
		if (i % 3) attended_step_layer(&c, &l, i % 2 ? 1 : -2);
		attended_step_head(&c, &l, i * i % 7 % 3 + 1);
		const struct attended_layer *layer = &l.of[c.layer];
		rollouts += c.head == ATTENDED_ROLLOUT;
		assert_true(c.layer >= 0 && c.layer < l.count && c.head >= ATTENDED_ROLLOUT && c.head < layer->heads);
		assert_true(layer->encoder || (c.head != ATTENDED_ROLLOUT && c.asker != ASKER_GLOBAL && (c.asker != ASKER_PATCH || c.of == layer->stage)));
	}
	assert_true(rollouts > 0);
	c = usual();
	attended_step_layer(&c, &l, 1); /* from the encoder's last into the decoder, and back: the usual query stays the usual one */
	assert_int_equal(c.asker, ASKER_MEAN);
	attended_step_layer(&c, &l, -1);
	assert_int_equal(c.asker, ASKER_GLOBAL);
	attended_pick(&c, &l, INSTANCE, 5);
	assert_true(c.asker == ASKER_PATCH && c.of == INSTANCE && c.patch == 5);
	attended_pick(&c, &l, INSTANCE, 5);
	assert_int_equal(c.asker, ASKER_GLOBAL);
	c.layer = config.depth; /* semseg.cross: it asks with its own patch at that place */
	attended_pick(&c, &l, RGB, 9);
	assert_true(c.asker == ASKER_PATCH && c.of == SEMSEG && c.patch == 9);
	for (int i = 0; i < 9; i++) attended_step_share(&c), assert_true(c.share >= 50 && c.share <= 90);
}

static void words_of_a_command(void **state) {
	(void)state;
	struct model_config config = tiny();
	struct attended_choice c = usual(), was;
	struct attended_layers l;
	char words[128];
	exploring_layers(&config, &l);
	OK(exploring_read(&config, "rgb", "1", "12", &c));
	exploring_words(&l, &c, words, sizeof words);
	assert_string_equal(words, "attend=rgb.cross head=1 query=rgb:12 mass=50");
	OK(exploring_read(&config, "last", "rollout", "semseg:3", &c));
	exploring_words(&l, &c, words, sizeof words);
	assert_string_equal(words, "attend=encoder.3 head=rollout query=semseg:3 mass=50");
	OK(exploring_read(&config, NULL, NULL, NULL, &c)); /* what is not named stays */
	assert_true(c.head == ATTENDED_ROLLOUT && c.asker == ASKER_PATCH);
	was = c;
	says(exploring_read(&config, "rgb.7", NULL, NULL, &c), "rgb.7");
	says(exploring_read(&config, "0", "17", NULL, &c), "encoder.0 has no head 17 (0 to");
	says(exploring_read(&config, "rgb", "rollout", NULL, &c), "rollout goes through the encoder");
	says(exploring_read(&config, "rgb", "mean", "global", &c), "no global token");
	says(exploring_read(&config, "0", NULL, "64", &c), "query=64");
	assert_memory_equal(&was, &c, sizeof c);
	config.active[SEMSEG] = false;
	config.stages = 2, config.stage[0] = INSTANCE, config.stage[1] = RGB;
	says(exploring_read(&config, "semseg", NULL, NULL, &c), "semseg");
}

/* ---- rows ---------------------------------------------------------------------------------------------------------------------------- */

static struct dataset *data;
static struct trainer *trainer;

static struct trainer *train(const struct model_config *model) {
	struct trainer_fixed fixed = {.model = *model, .batch = 2, .visible = 40, .seed = 3, .device = "cpu", .precision = "fp32", .threads = 1, .loader_threads = 1};
	struct trainer_live live = {.total_steps = 10, .lr = 1e-3, .warmup = 0.1, .beta1 = 0.9, .beta2 = 0.95, .epsilon = 1e-8, .loss_weights = {1, 1, 1}, .eval_samples = 4};
	struct trainer *t;
	mask_options_default(&live.mask);
	OK(curriculum_preset(&live.curriculum, "sg-ig-rd"));
	OK(trainer_new(&t, data, &fixed, &live, NULL));
	return t;
}

static int begin(void **state) {
	(void)state;
	static const int count[SPLITS] = {4, 4};
	const struct model_config c = tiny();
	OK(dataset_open_scenes(&data, 1, c.image_size, count));
	trainer = train(&c);
	return 0;
}

static int end(void **state) {
	(void)state;
	trainer_free(trainer);
	dataset_free(data);
	return 0;
}

static void call(struct trainer *t, trainer_work work, void *context) {
	struct answer answer;
	uint64_t ticket = trainer_call(t, work, context);
	assert_true(trainer_wait(t, ticket, -1, &answer));
	if (answer.code) fail_msg("%s", answer.message);
}

static struct board_row *ask(struct trainer *t, const struct attended_choice *c, struct whatif *w) {
	static struct attention_layer layers[ATTENTION_LAYERS_MAX];
	struct board_row *r = calloc(1, sizeof *r);
	struct attend_choice q;
	assert_non_null(r);
	exploring_question(&trainer_fixed(t)->model, c, &q);
	*w = (struct whatif){.split = VAL, .index = 1, .step = -1, .mask = WHATIF_RANDOM, .layers = layers, .captures = attending_captures(&q, layers)};
	call(t, whatif_run, w);
	for (int g = 0; g < GRANULARITIES; g++)
		if (w->config.active[g]) OK(board_part_init(&r->part[g], (enum granularity)g, config_side(&w->config), 4 * config_side(&w->config)));
	OK(exploring_fill(w, c, r));
	return r;
}

/* All layers, some heads: the row's numbers are attend_view()'s, its weights sum to 1 with the global token's, its contour is attend_threshold()'s. */
static void rows_hold_attend_s_numbers(void **state) {
	(void)state;
	struct attended_layers l;
	exploring_layers(&trainer_fixed(trainer)->model, &l);
	for (int layer = 0; layer < l.count; layer++) {
		struct attended_choice c = usual();
		struct whatif w;
		c.layer = layer, c.head = l.of[layer].encoder ? ATTENDED_ROLLOUT : layer % 3, c.share = 60;
		attended_settle(&c, &l);
		struct board_row *r = ask(trainer, &c, &w);
		double sum = r->attended.global;
		assert_true(r->attended.known);
		for (int g = 0; g < GRANULARITIES; g++) {
			const struct attended_keys *k = r->part[g].keys;
			struct attend_choice q;
			struct attend_view v;
			exploring_question(&w.config, &c, &q);
			q.granularity = (enum granularity)g;
			OK(attend_view(&w, &q, &v));
			float threshold = attend_threshold(&v, 0.6);
			assert_memory_equal(k->weight, v.weight, sizeof v.weight);
			assert_int_equal(k->present_count, v.present_count);
			assert_memory_equal(&k->objects, &v.numbers.objects, sizeof k->objects); /* NAN too */
			assert_memory_equal(&k->area50, &v.numbers.area50, sizeof k->area50);
			assert_memory_equal(&k->distance[1], &v.numbers.distance[1], sizeof k->distance[1]);
			for (int n = 0; n < v.patches; n++) {
				sum += k->weight[n];
				assert_int_equal(attended_inside(k, n, 60), v.present[n] && v.numbers.mass[g] > 0 && v.weight[n] >= threshold);
				assert_true(!k->present[n] || (k->weight[n] >= k->least && k->weight[n] <= k->most));
			}
		}
		assert_true(fabs(sum - 1) <= 1e-5);
		board_row_free(r);
		whatif_free(&w);
	}
}

static void a_query_that_is_not_there(void **state) {
	(void)state;
	struct attended_layers l;
	struct attended_choice c = usual();
	struct whatif w;
	exploring_layers(&trainer_fixed(trainer)->model, &l);
	attended_settle(&c, &l);
	struct board_row *r = ask(trainer, &c, &w);
	int masked = 0;
	while (!w.draw.final[RGB][masked]) masked++;
	board_row_free(r);
	whatif_free(&w);
	attended_pick(&c, &l, RGB, masked);
	r = ask(trainer, &c, &w);
	assert_true(r->attended.asked && !r->attended.known && strstr(r->attended.why, "is masked (the encoder has no token of it"));
	assert_true(r->part[RGB].keys && r->part[RGB].keys->present_count == 0);
	board_row_free(r);
	whatif_free(&w);
}

/* Two granularities, parallel: what is not there is not filled, and every layer answers. */
static void smaller_models(void **state) {
	(void)state;
	struct model_config m = tiny();
	m.active[SEMSEG] = false;
	m.stages = 2, m.stage[0] = INSTANCE, m.stage[1] = RGB;
	m.cascade = false;
	struct trainer *t = train(&m);
	struct attended_layers l;
	exploring_layers(&m, &l);
	assert_int_equal(l.count, m.depth + 6);
	for (int layer = 0; layer < l.count; layer++) {
		struct attended_choice c = usual();
		struct whatif w;
		c.layer = layer;
		attended_settle(&c, &l);
		struct board_row *r = ask(t, &c, &w);
		assert_true(r->attended.known && !r->part[SEMSEG].keys && r->part[RGB].keys);
		assert_true(fabs(r->part[RGB].keys->mass + r->part[INSTANCE].keys->mass + r->attended.global - 1) <= 1e-5);
		board_row_free(r);
		whatif_free(&w);
	}
	trainer_free(t);
}

/* ---- the panel ----------------------------------------------------------------------------------------------------------------------------- */

static struct control *find(struct controls *c, int id) {
	for (int i = 0; i < c->count; i++)
		if (c->item[i].id == id) return &c->item[i];
	fail_msg("no control %d", id);
	return NULL;
}

static bool shown(const struct controls *c, const char *text) {
	for (int i = 0; i < c->count; i++)
		if (strstr(c->item[i].text, text)) return true;
	return false;
}

static void the_panel_shows_and_takes(void **state) {
	(void)state;
	static struct controls list;
	struct board_head h = {.stages = 3, .stage = {SEMSEG, INSTANCE, RGB}};
	struct attended_choice c = usual();
	struct drift_curve drift = {0};
	struct whatif w;
	char text[96];
	exploring_layers(&trainer_fixed(trainer)->model, &h.layers);
	attended_settle(&c, &h.layers);
	attended_step_layer(&c, &h.layers, 7); /* rgb.cross: what the RGB stage reads */
	struct board_row *r = ask(trainer, &c, &w);
	exploring_controls(&list, &h, &c, r, &drift);
	assert_string_equal(find(&list, EXPLORE_LAYER)->name[find(&list, EXPLORE_LAYER)->value], "rgb.cross");
	for (int g = 0; g < GRANULARITIES; g++) {
		const struct attended_keys *k = r->part[g].keys;
		snprintf(text, sizeof text, "mass %.3f, objects %.3f (%.3f)", k->mass, k->objects, k->object_area);
		assert_true(shown(&list, text));
		snprintf(text, sizeof text, "half on %.3f, entropy %.3f nats (%.3f)", k->area50, k->entropy, k->relative);
		assert_true(shown(&list, text));
	}
	struct control *bars = find(&list, EXPLORE_BARS);
	assert_true(bars->values == trainer_fixed(trainer)->model.decoder_heads && bars->of[1] == (float)r->part[RGB].keys->distance[1]);
	assert_true(control_click(bars, (struct box){100, 0, 300, 60}, 100 + 150)); /* in the middle: head 1 of 3 */
	assert_true(exploring_take(bars, &h.layers, &c));
	assert_int_equal(c.head, 1);
	struct control *layer = find(&list, EXPLORE_LAYER);
	layer->value = 0;
	assert_true(exploring_take(layer, &h.layers, &c));
	assert_true(c.layer == 0 && c.asker == ASKER_GLOBAL);
	struct control *share = find(&list, EXPLORE_SHARE);
	share->value = 70;
	assert_true(exploring_take(share, &h.layers, &c) && c.share == 70);
	assert_false(exploring_take(find(&list, EXPLORE_RUN), &h.layers, &c));
	board_row_free(r);
	whatif_free(&w);
}

/* ---- drift ----------------------------------------------------------------------------------------------------------------------------------- */

static void a_curve_keeps_its_order(void **state) {
	(void)state;
	struct drift_curve c = {0};
	assert_true(isnan(drift_curve_at(&c, 3)));
	for (int i = 0; i < 500; i++) drift_curve_put(&c, i * 37 % 500, i * 37 % 500 / 100.0);
	assert_true(c.count > DRIFT_POINTS / 4 && c.count <= DRIFT_POINTS);
	for (int i = 1; i < c.count; i++) assert_true(c.step[i] > c.step[i - 1]);
	assert_true(fabs(drift_curve_at(&c, (c.step[3] + c.step[4]) / 2) - (c.ratio[3] + c.ratio[4]) / 2) <= 1e-9);
	drift_curve_put(&c, c.step[3], 9);
	assert_true(c.ratio[3] == 9);
}

/* Image by image in the window, and in one go by `attend drift`: the same number. */
static void the_window_s_drift_is_the_command_s(void **state) {
	(void)state;
	struct drifting d = {0};
	struct drift_curve curve = {0};
	struct attend_drift_request whole = {.mask = WHATIF_ONLY_RGB, .samples = DRIFT_IMAGES};
	struct answer answer;
	call(trainer, attend_drift_run, &whole);
	for (uint64_t ticket; (ticket = drifting_post(&d, trainer, 4, 0, 10));) {
		assert_true(trainer_wait(trainer, ticket, -1, &answer));
		assert_true(drifting_take(&d, &answer, &curve));
	}
	assert_int_equal(curve.count, 1);
	assert_true(fabs(curve.ratio[0] - drift_ratio(&whole.result)) <= 1e-12);
	assert_true(drifting_post(&d, trainer, 4, 9, 10) == 0); /* not yet due */
	drifting_fini(&d);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layers_are_the_model_s), cmocka_unit_test(steps_stay_in_what_there_is), cmocka_unit_test(words_of_a_command),
		cmocka_unit_test(rows_hold_attend_s_numbers), cmocka_unit_test(a_query_that_is_not_there), cmocka_unit_test(smaller_models),
		cmocka_unit_test(the_panel_shows_and_takes), cmocka_unit_test(a_curve_keeps_its_order), cmocka_unit_test(the_window_s_drift_is_the_command_s),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
