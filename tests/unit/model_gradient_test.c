/* tests/unit/model_gradient_test.c -- the whole backward pass against central differences of the whole forward pass.
 *
 * Every parameter is moved along its own gradient g: the loss must then rise by |g| a unit. A wrong, missing or misplaced term e
 * changes |g| and the slope differently unless e is orthogonal to g + e. The loss is float32, so the step trades rounding (1e-7 L /
 * step) against curvature; Richardson's extrapolation over two steps removes the first curvature term. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/model_fixture.h"

struct checker {
	struct model *m;
	struct workspace *w;
	float *start, *moved;
};

/* d loss / d step along DIRECTION (of unit length) of parameter I. */
static double slope(const struct checker *c, int i, const float *direction, double step) {
	size_t n = model_parameter(c->m, i)->count;
	double value[2];
	for (int side = 0; side < 2; side++) {
		for (size_t k = 0; k < n; k++) c->moved[k] = c->start[k] + (float)((side ? -step : step) * direction[k]);
		model_set(c->m, WEIGHTS, i, c->moved);
		value[side] = micro_loss(c->w, false);
	}
	model_set(c->m, WEIGHTS, i, c->start);
	return (value[0] - value[1]) / (2 * step);
}

static void check_parameter(const struct checker *c, int i, double tolerance) {
	const struct parameter *p = model_parameter(c->m, i);
	float *direction = malloc(p->count * sizeof *direction);
	double length = 0, step = 0.01;
	model_get(c->m, WEIGHTS, i, c->start);
	model_get(c->m, GRADIENTS, i, direction);
	for (size_t k = 0; k < p->count; k++) length += (double)direction[k] * direction[k];
	length = sqrt(length);
	for (size_t k = 0; length > 0 && k < p->count; k++) direction[k] /= (float)length;
	double got = length > 0 ? (4 * slope(c, i, direction, step) - slope(c, i, direction, 2 * step)) / 3 : 0;
	double error = fabs(got - length) / fmax(length, 0.02);
	if (!(error <= tolerance)) fail_msg("%s: error %.3g of a gradient of length %.3g", p->name, error, length);
	free(direction);
}

/* Makes the first sample unlabelled, if SAMPLE_UNLABELLED; opens every patch of one granularity in all samples, if ONE >= 0. */
struct variation { bool unlabelled; int one; };

static void check_model(const struct model_config *config, int visible, struct variation v) {
	struct device *d;
	struct checker c;
	OK(device_open(&d, "cpu", "fp32", 1));
	OK(model_new(&c.m, d, config, 3, true));
	micro_perturb(c.m, 0.05f, 4);
	int patches = config_patches(config), batch = 3;
	if (v.one >= 0) visible = patches;
	struct micro_batch b = micro_batch_new(config, batch, visible, 11);
	if (v.unlabelled) memset(b.labels[SEMSEG], UNLABELLED, (size_t)(patches * CELLS));
	for (int g = 0; v.one >= 0 && g < GRANULARITIES; g++) memset(b.mask[g], g != v.one, (size_t)(batch * patches));
	OK(workspace_new(&c.w, c.m, batch, visible, true));
	OK(workspace_load(c.w, &b.input));
	c.start = malloc(model_size(c.m) * sizeof(float));
	c.moved = malloc(model_size(c.m) * sizeof(float));
	assert_true(micro_loss(c.w, true) > 0);
	for (int i = 0; i < model_parameters(c.m); i++) check_parameter(&c, i, 2e-3);
	free(c.start);
	free(c.moved);
	micro_batch_free(&b);
	workspace_free(c.w);
	model_free(c.m);
	device_close(d);
}

static const struct variation plain = {.one = -1};

static void cascade(void **state) {
	(void)state;
	struct model_config c = micro_config();
	check_model(&c, 14, plain);
}

static void cumulative(void **state) {
	(void)state;
	struct model_config c = micro_config();
	c.cumulative = true;
	check_model(&c, 14, plain);
}

static void parallel(void **state) {
	(void)state;
	struct model_config c = micro_config();
	c.cascade = false;
	check_model(&c, 14, plain);
}

static void without_cross_attention(void **state) {
	(void)state;
	struct model_config c = micro_config();
	c.cross_attention = false;
	check_model(&c, 14, plain);
}

static void pixels_first(void **state) {
	(void)state;
	struct model_config c = micro_config();
	c.stage[0] = RGB, c.stage[1] = INSTANCE, c.stage[2] = SEMSEG;
	c.norm_pix = true;
	check_model(&c, 14, plain);
}

static void a_sample_without_labels(void **state) {
	(void)state;
	struct model_config c = micro_config();
	check_model(&c, 14, (struct variation){true, -1});
}

static void all_visible_in_one_granularity(void **state) {
	(void)state;
	struct model_config c = micro_config();
	for (int g = 0; g < GRANULARITIES; g++) check_model(&c, 0, (struct variation){false, g});
}

/* Every subset of the granularities, in cascade order. */
static void subsets(void **state) {
	(void)state;
	for (int set = 1; set < 7; set++) {
		struct model_config c = micro_config();
		c.stages = 0;
		for (int g = 0; g < GRANULARITIES; g++) {
			c.active[g] = set >> g & 1;
			if (c.active[g]) c.stage[c.stages++] = g;
		}
		check_model(&c, 7, plain);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cascade),
		cmocka_unit_test(cumulative),
		cmocka_unit_test(parallel),
		cmocka_unit_test(without_cross_attention),
		cmocka_unit_test(pixels_first),
		cmocka_unit_test(a_sample_without_labels),
		cmocka_unit_test(all_visible_in_one_granularity),
		cmocka_unit_test(subsets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
