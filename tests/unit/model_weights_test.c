/* tests/unit/model_weights_test.c -- weights to a file and back; what does not fit is refused by name, and nothing has changed then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "engine/model/weights.h"
#include "tests/unit/model_fixture.h"
#include "tests/unit/reading.h"

static char folder[] = "/tmp/c2f-weights-XXXXXX";
static char path[64];
static struct device *device;

static int setup(void **state) {
	(void)state;
	if (!mkdtemp(folder)) return -1;
	snprintf(path, sizeof path, "%s/w.safetensors", folder);
	return device_open(&device, "cpu", "fp32", 1);
}

static int teardown(void **state) {
	(void)state;
	device_close(device);
	unlink(path);
	return rmdir(folder);
}

static struct model *model_of(const struct model_config *c, uint64_t seed) {
	struct model *m;
	OK(model_new(&m, device, c, seed, true));
	micro_perturb(m, 0.05f, seed);
	return m;
}

/* Weights are saved in every build; the rest of a test that calls this loads them. */
static void needs_reading(void) {
	struct model_config c = micro_config();
	struct model *m = model_of(&c, 1);
	OK(weights_save(m, path));
	int code = weights_load(m, path);
	model_free(m);
	skip_unless_read(code, err_message());
}

static bool same_buffer(struct model *a, struct model *b, enum model_buffer which) {
	bool same = true;
	for (int i = 0; same && i < model_parameters(a); i++) {
		size_t n = model_parameter(a, i)->count;
		float *x = malloc(n * sizeof *x), *y = malloc(n * sizeof *y);
		model_get(a, which, i, x);
		model_get(b, which, i, y);
		same = memcmp(x, y, n * sizeof *x) == 0;
		free(x);
		free(y);
	}
	return same;
}

static void round_trip(void **state) {
	(void)state;
	needs_reading();
	struct model_config c = micro_config();
	struct model *a = model_of(&c, 1), *b = model_of(&c, 2);
	assert_false(same_buffer(a, b, WEIGHTS));
	OK(weights_save(a, path));
	OK(weights_load(b, path));
	assert_true(same_buffer(a, b, WEIGHTS));
	for (int g = 0; g < GRANULARITIES; g++) assert_false(model_get_positions(b, g, NULL));
	model_free(a);
	model_free(b);
}

static void foreign_positions_travel(void **state) {
	(void)state;
	needs_reading();
	struct model_config c = micro_config();
	struct model *a = model_of(&c, 1), *b = model_of(&c, 2);
	float own[16 * 32], other[16 * 32], got[16 * 32];
	for (int i = 0; i < 16 * 32; i++) other[i] = (float)i;
	model_get_positions(a, INSTANCE, own);
	OK(model_set_positions(a, INSTANCE, other));
	OK(weights_save(a, path));
	OK(weights_load(b, path));
	assert_true(model_get_positions(b, INSTANCE, got));
	assert_memory_equal(got, other, sizeof got);
	assert_false(model_get_positions(b, RGB, got));
	assert_memory_equal(got, own, sizeof got);
	/* a file without positions brings the sin-cos ones back */
	OK(model_set_positions(a, INSTANCE, NULL));
	OK(weights_save(a, path));
	OK(weights_load(b, path));
	assert_false(model_get_positions(b, INSTANCE, got));
	assert_memory_equal(got, own, sizeof got);
	model_free(a);
	model_free(b);
}

/* A file of model M, whose tensors may be edited before it is written. */
struct draft { struct tensor_info *t; int count; float *data; };

static struct draft draft_of(struct model *m) {
	struct draft d = {.count = model_parameters(m)};
	d.t = calloc((size_t)d.count + 8, sizeof *d.t);
	d.data = calloc(model_size(m) + 4096, sizeof *d.data);
	for (int i = 0; i < d.count; i++) {
		const struct parameter *p = model_parameter(m, i);
		int64_t shape[4];
		for (int k = 0; k < p->ndim; k++) shape[k] = p->shape[k];
		model_get(m, WEIGHTS, i, d.data + p->offset);
		d.t[i] = tensor_of(p->name, TENSOR_F32, p->ndim, shape, d.data + p->offset);
	}
	return d;
}

static void draft_write(const struct draft *d) { OK(safetensors_write(path, d->t, d->count, NULL, 0)); }
static void draft_free(struct draft *d) {
	free(d->t);
	free(d->data);
}

static void positions_of_other_shapes(void **state) {
	(void)state;
	needs_reading();
	struct model_config c = micro_config();
	struct model *a = model_of(&c, 1), *b = model_of(&c, 2);
	float positions[17 * 32], got[16 * 32];
	for (int i = 0; i < 17 * 32; i++) positions[i] = (float)i;
	struct draft d = draft_of(a);
	/* MAE's, with a class token before: every granularity without its own */
	d.t[d.count] = tensor_of("pos_embed", TENSOR_F32, 3, (int64_t[]){1, 17, 32}, positions);
	d.t[d.count + 1] = tensor_of("input_adapters.rgb.pos_emb", TENSOR_F32, 3, (int64_t[]){1, 16, 32}, positions);
	d.count += 2;
	draft_write(&d);
	OK(weights_load(b, path));
	assert_true(model_get_positions(b, SEMSEG, got));
	assert_memory_equal(got, positions + 32, sizeof got);
	assert_true(model_get_positions(b, RGB, got));
	assert_memory_equal(got, positions, sizeof got);
	d.t[d.count - 1] = tensor_of("input_adapters.rgb.pos_emb", TENSOR_F32, 3, (int64_t[]){1, 15, 32}, positions);
	draft_write(&d);
	assert_int_equal(weights_load(b, path), ERR_FORMAT);
	assert_non_null(strstr(err_message(), "input_adapters.rgb.pos_emb"));
	draft_free(&d);
	model_free(a);
	model_free(b);
}

static void refuse(struct model *m, struct model *untouched, const char *says) {
	assert_int_equal(weights_load(m, path), ERR_FORMAT);
	if (!strstr(err_message(), says)) fail_msg("'%s' does not say '%s'", err_message(), says);
	assert_non_null(strstr(err_message(), path));
	assert_true(same_buffer(m, untouched, WEIGHTS));
}

static void misfits_are_named_and_change_nothing(void **state) {
	(void)state;
	needs_reading();
	struct model_config c = micro_config();
	struct model *a = model_of(&c, 1), *b = model_of(&c, 2), *copy = model_of(&c, 2);
	struct draft d = draft_of(a);
	int last = d.count - 1;
	const struct tensor_info kept = d.t[last];
	d.count--;
	draft_write(&d);
	refuse(b, copy, kept.name); /* the last tensor is missing */
	d.count++;
	d.t[last].ndim = 2, d.t[last].shape[1] = 1;
	draft_write(&d);
	refuse(b, copy, "[48, 1], not [48]");
	d.t[last] = kept;
	d.t[last].type = TENSOR_I32;
	draft_write(&d);
	refuse(b, copy, "I32");
	d.t[last] = kept;
	d.t[d.count++] = tensor_of("encoder.2.norm1.weight", TENSOR_F32, 1, (int64_t[]){32}, d.data);
	draft_write(&d);
	refuse(b, copy, "encoder.2.norm1.weight");
	d.t[d.count - 1].name = "optimizer.m.global_tokens";
	draft_write(&d);
	OK(weights_load(b, path)); /* what a checkpoint adds is passed over */
	assert_true(same_buffer(a, b, WEIGHTS));
	draft_free(&d);
	model_free(a);
	model_free(b);
	model_free(copy);
}

/* What the options leave out is passed over, so that an ablation can start from a whole model's file; the reverse is refused. */
static void parts_left_out(void **state) {
	(void)state;
	needs_reading();
	struct model_config c = micro_config(), without = micro_config();
	without.cross_attention = without.active[INSTANCE] = false;
	without.stages = 2, without.stage[1] = RGB;
	struct model *a = model_of(&c, 1), *b = model_of(&without, 2);
	float from[2304], to[2304];
	OK(weights_save(a, path));
	OK(weights_load(b, path));
	int row = model_find(b, "decoder.stages.rgb.mlp.fc2.weight");
	model_get(b, WEIGHTS, row, to);
	model_get(a, WEIGHTS, model_find(a, "decoder.stages.rgb.mlp.fc2.weight"), from);
	assert_memory_equal(from, to, sizeof to);
	OK(weights_save(b, path));
	assert_int_equal(weights_load(a, path), ERR_FORMAT);
	model_free(a);
	model_free(b);
}

static void the_unlabelled_row_stays_zero(void **state) {
	(void)state;
	needs_reading();
	struct model_config c = micro_config();
	struct model *a = model_of(&c, 1);
	struct draft d = draft_of(a);
	int row = model_find(a, "input_adapters.semseg.class_emb.weight");
	float *table = d.data + model_parameter(a, row)->offset, got[6 * 64];
	for (int i = 0; i < 6 * 64; i++) table[i] = 1;
	draft_write(&d);
	OK(weights_load(a, path));
	model_get(a, WEIGHTS, row, got);
	for (int i = 0; i < 6 * 64; i++) assert_true(got[i] == (i < 5 * 64));
	draft_free(&d);
	model_free(a);
}

static void a_checkpoint_holds_moments(void **state) {
	(void)state;
	needs_reading();
	struct model_config c = micro_config();
	struct model *a = model_of(&c, 1), *b = model_of(&c, 2);
	const double history[2] = {1, 2};
	const struct tensor_info own = tensor_of("history", TENSOR_F64, 1, (int64_t[]){2}, history);
	const struct safetensors_meta_pair meta = {"format", "test"};
	const struct weights_extra extra = {.moments = true, .tensors = &own, .count = 1, .meta = &meta, .metas = 1};
	int row = model_find(a, "encoder.1.mlp.fc1.bias");
	float ramp[128], got[128];
	for (int i = 0; i < 128; i++) ramp[i] = (float)i;
	model_set(a, MOMENT2, row, ramp);
	OK(weights_save_with(a, path, &extra));
	struct safetensors *f;
	OK(safetensors_open(&f, path));
	assert_int_equal(safetensors_count(f), 3 * model_parameters(a) + 1);
	OK(safetensors_floats(safetensors_find(f, "optimizer.v.encoder.1.mlp.fc1.bias"), got));
	assert_memory_equal(got, ramp, sizeof got);
	assert_string_equal(safetensors_meta(f, "format"), "test");
	safetensors_close(f);
	OK(weights_load(b, path));
	assert_true(same_buffer(a, b, WEIGHTS));
	model_free(a);
	model_free(b);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(foreign_positions_travel),
		cmocka_unit_test(positions_of_other_shapes),
		cmocka_unit_test(misfits_are_named_and_change_nothing),
		cmocka_unit_test(parts_left_out),
		cmocka_unit_test(the_unlabelled_row_stays_zero),
		cmocka_unit_test(a_checkpoint_holds_moments),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
