/* tests/unit/options_test.c -- the settings table: every row, ranges, auto, all or nothing, the line that rebuilds a run. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app/options.h"
#include "engine/base/err.h"

static struct options options;
static struct curriculum curriculum;
static struct trainer_fixed fixed;
static struct trainer_live live;

static int set_with(const char *text, int classes) {
	static struct words w;
	int line = 1;
	if (words_next(&text, &line, &w) != 1) fail_msg("%s", err_message());
	return options_set(&options, &w, 1, classes);
}

static int set(const char *text) { return set_with(text, 0); }

static void refused(const char *text, int classes, const char *says) {
	struct options before = options;
	int rc = set_with(text, classes);
	if (rc != ERR_ARGUMENT || !strstr(err_message(), says)) fail_msg("%s: %d, %s", text, rc, err_message());
	assert_memory_equal(&before, &options, sizeof options); /* all or nothing */
}

static void resolve(int classes) {
	if (options_resolve(&options, &curriculum, classes, &fixed, &live)) fail_msg("%s", err_message());
}

static int fresh(void **state) {
	(void)state;
	options_default(&options);
	return curriculum_preset(&curriculum, "sg-ig-rd");
}

static void every_row_is_whole(void **state) {
	(void)state;
	for (int i = 0; i < OPTIONS; i++) {
		const struct option *o = option_at((enum option_id)i);
		char text[VALUE_TEXT_BYTES], line[2 * VALUE_TEXT_BYTES];
		assert_non_null(o->name);
		assert_non_null(o->unit);
		assert_true(strlen(o->help) > 5);
		assert_int_equal(option_find(o->name), i);
		option_text(&options, (enum option_id)i, false, 0, text); /* what is printed reads back */
		snprintf(line, sizeof line, "set %s=%s", o->name, text);
		if (set(line)) fail_msg("%s: %s", line, err_message());
	}
}

static void presets_bring_their_numbers(void **state) {
	(void)state;
	for (const struct model_preset *p = model_presets; p->name; p++) {
		char line[64];
		snprintf(line, sizeof line, "set preset=%s", p->name);
		assert_int_equal(set(line), 0);
		resolve(0);
		assert_string_equal(fixed.model.preset, p->name);
		assert_int_equal(fixed.batch, p->batch);
		assert_int_equal(fixed.visible, p->visible);
		assert_int_equal(live.total_steps, p->total_steps);
		double lr = p->lr > 0 ? p->lr : 1e-4 * p->batch / 256;
		assert_true(fabs(live.lr - lr) <= 1e-15);
		assert_int_equal(fixed.model.classes, 133);
	}
}

static void given_values_outlive_a_preset_until_auto(void **state) {
	(void)state;
	const struct model_preset *small = model_preset_find("small");
	assert_int_equal(set("set batch=8 preset=tiny"), 0);
	assert_int_equal(set("set preset=small"), 0);
	resolve(0);
	assert_int_equal(fixed.batch, 8);
	assert_int_equal(fixed.visible, small->visible);
	double rate = small->lr > 0 ? small->lr : 1e-4 * small->batch / 256;
	assert_true(fabs(live.lr - rate * 8 / small->batch) <= 1e-15); /* auto lr follows the batch */
	assert_int_equal(set("set batch=auto"), 0);
	resolve(0);
	assert_int_equal(fixed.batch, small->batch);
	assert_int_equal(set("set lr=0.5 batch=3"), 0);
	resolve(0);
	assert_true(live.lr == 0.5);
}

static void everything_arrives(void **state) {
	(void)state;
	assert_int_equal(set("set seed=77 device=cpu precision=bf16 threads=3 loader_threads=2 classes=12 instances=9 granularities=rgb,semseg "
	         "stage_order=R,S decoder=parallel "
	                     "cascade=cumulative cross_attention=off norm_pix=on loss_weights=0.5,2,0 generator=tube blend=sample "
	         "rho=0.25 dirichlet=2 "
	                     "class_weights=3:0.5,unlabelled:0 warmup=0.2 warmup_lr=0 weight_decay=0.1 beta1=0.8 beta2=0.99 "
	         "epsilon=1e-6 eval_every=7 "
	                     "eval_samples=5 save_every=9 visible=20 batch=6 total_steps=50 lr=0.01"), 0);
	resolve(0);
	assert_int_equal(fixed.seed, 77);
	assert_string_equal(fixed.device, "cpu");
	assert_string_equal(fixed.precision, "bf16");
	assert_int_equal(fixed.threads, 3);
	assert_int_equal(fixed.loader_threads, 2);
	assert_int_equal(fixed.model.classes, 12);
	assert_int_equal(fixed.model.instances, 9);
	assert_false(fixed.model.active[INSTANCE]);
	assert_int_equal(fixed.model.stages, 2);
	assert_int_equal(fixed.model.stage[0], RGB);
	assert_int_equal(fixed.model.stage[1], SEMSEG);
	assert_false(fixed.model.cascade);
	assert_true(fixed.model.cumulative);
	assert_false(fixed.model.cross_attention);
	assert_true(fixed.model.norm_pix);
	assert_int_equal(fixed.visible, 20);
	assert_int_equal(fixed.batch, 6);
	assert_true(live.loss_weights[SEMSEG] == 0.5 && live.loss_weights[INSTANCE] == 2 && live.loss_weights[RGB] == 0);
	assert_int_equal(live.mask.generator, MASK_TUBE);
	assert_int_equal(live.mask.blend, BLEND_SAMPLE);
	assert_true(live.mask.rho == 0.25 && live.mask.dirichlet == 2);
	assert_true(live.mask.class_weight[3] == 0.5 && live.mask.class_weight[12] == 0 && live.mask.class_weight[4] == 1);
	assert_true(live.warmup == 0.2 && live.warmup_lr == 0 && live.decay == 0.1 && live.beta1 == 0.8 && live.beta2 == 0.99 && live.epsilon == 1e-6);
	assert_int_equal(live.eval_every, 7);
	assert_int_equal(live.eval_samples, 5);
	assert_int_equal(live.save_every, 9);
	assert_int_equal(live.total_steps, 50);
	assert_true(live.lr == 0.01);
	assert_string_equal(live.curriculum.name, "sg-ig-rd");
}

static void bad_values_change_nothing(void **state) {
	(void)state;
	static const struct { const char *text, *says; int classes; } cases[] = {
		{"set batch=0", "out of range", 0}, {"set batch=8193", "out of range", 0}, {"set batch=1000000000", "out of range", 0},
		 {"set batch=1e3", "not a whole number", 0},
		{"set lr=0", "out of range", 0}, {"set lr=-1", "out of range", 0}, {"set lr=nan", "not a number", 0}, {"set lr=1e999",
		 "out of range", 0},
		{"set preset=huge", "tiny|small|base|large", 0}, {"set preset=bsae", "did you mean 'base'", 0}, {"set rate=1", "unknown option", 0},
		{"set batch=4 lr=x", "not a number", 0}, {"set batch=4 batch=5", "given before", 0}, {"set visible=193", "192", 0},
		 {"set visible=192", "192", 0},
		{"set granularities=", "unknown", 0}, {"set granularities=rgb,rgb", "twice", 0}, {"set granularities=rgb,depth", "unknown", 0},
		{"set stage_order=S,I", "stage_order", 0}, {"set stage_order=S,I,I", "twice", 0}, {"set loss_weights=1,1", "too few", 0},
		{"set loss_weights=1,1,1,1", "too many", 0}, {"set loss_weights=1,-1,1", "out of range", 0}, {"set classes=3", "data set's 12", 12},
		{"set classes=256", "out of range", 0}, {"set instances=1", "out of range", 0}, {"set precision=fp16", "auto|fp32|tf32|bf16", 0},
		{"set class_weights=3", "class_weights", 0}, {"set class_weights=200:1", "class_weights", 0}, {"set "
		         "class_weights=-1:1", "class_weights", 0},
		{"set class_weights=1:x", "not a number", 0}, {"set class_weights=1:-1", "out of range", 0}, {"set class_weights=1:1,",
		 "class_weights", 0},
		{"set cross_attention=maybe", "on|off", 0}, {"set seed=-1", "out of range", 0}, {"set warmup=1.5", "out of range", 0},
		 {"set beta1=1", "out of range", 0},
		{"set granularities=rgb visible=65", "64", 0}, {"set total_steps=0", "out of range", 0}, {"set threads=0", "out of range", 0},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) refused(cases[i].text, cases[i].classes, cases[i].says);
}

static void classes_follow_the_data(void **state) {
	(void)state;
	resolve(17);
	assert_int_equal(fixed.model.classes, 17);
	assert_int_equal(set_with("set classes=20", 17), 0);
	resolve(17);
	assert_int_equal(fixed.model.classes, 20);
	assert_int_equal(options_resolve(&options, &curriculum, 21, &fixed, &live), ERR_ARGUMENT); /* the data set was changed below it */
}

static void the_line_rebuilds_the_options(void **state) {
	(void)state;
	char line[LINE_BYTES], again[LINE_BYTES];
	assert_int_equal(set("set preset=small batch=5 lr=0.1 loss_weights=0.1,1e-3,3 class_weights=1:0.25 norm_pix=on "
	         "granularities=semseg,rgb seed=9007199254740991"), 0);
	struct options before = options;
	assert_true(options_line(&options, 40, line, sizeof line) < sizeof line);
	options_default(&options);
	if (set(line)) fail_msg("%s", err_message());
	options_line(&options, 40, again, sizeof again);
	assert_string_equal(line, again);
	assert_int_equal(options_fixed_change(&before, 40, &options, 40), -1);
	assert_int_equal(set("set seed=1"), 0);
	assert_int_equal(options_fixed_change(&before, 40, &options, 40), OPTION_SEED);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(every_row_is_whole, fresh),
		cmocka_unit_test_setup(presets_bring_their_numbers, fresh),
		cmocka_unit_test_setup(given_values_outlive_a_preset_until_auto, fresh),
		cmocka_unit_test_setup(everything_arrives, fresh),
		cmocka_unit_test_setup(bad_values_change_nothing, fresh),
		cmocka_unit_test_setup(classes_follow_the_data, fresh),
		cmocka_unit_test_setup(the_line_rebuilds_the_options, fresh),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
