/* tests/unit/trace_test.c -- trace: the outputs are the model's own, nothing of the model changes, a wrong batch is refused by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "engine/model/safetensors.h"
#include "engine/model/trace.h"
#include "tests/unit/model_fixture.h"
#include "tests/unit/reading.h"

enum { BATCH = 3, VISIBLE = 14, PATCHES = 16, SIZE = 16, CELL_COUNT = BATCH * PATCHES * CELLS };

static char folder[] = "/tmp/c2f-trace-XXXXXX";
static char in_path[64], out_path[64];
static struct device *device;
static const double weights[GRANULARITIES] = {1, 0.7, 1.3};

static int setup(void **state) {
	(void)state;
	if (!mkdtemp(folder)) return -1;
	snprintf(in_path, sizeof in_path, "%s/in", folder);
	snprintf(out_path, sizeof out_path, "%s/out", folder);
	return device_open(&device, "cpu", "fp32", 1);
}

static int teardown(void **state) {
	(void)state;
	device_close(device);
	unlink(in_path);
	unlink(out_path);
	return rmdir(folder);
}

/* A batch file's tensors, to be edited before it is written. */
struct draft {
	struct micro_batch batch;
	int32_t labels[2][CELL_COUNT], mask[GRANULARITIES][BATCH * PATCHES];
	struct tensor_info t[6];
};

static struct draft *draft_new(const struct model_config *c) {
	static const char *const mask_name[GRANULARITIES] = {"mask.semseg", "mask.instance", "mask.rgb"};
	struct draft *d = calloc(1, sizeof *d);
	d->batch = micro_batch_new(c, BATCH, VISIBLE, 3);
	for (int g = 0; g < 2; g++)
		for (int i = 0; i < CELL_COUNT; i++) {
			int label = d->batch.labels[g][i]; /* both spellings of unlabelled */
			d->labels[g][i] = label == UNLABELLED && i % 2 ? c->classes : label;
		}
	for (int g = 0; g < GRANULARITIES; g++)
		for (int i = 0; i < BATCH * PATCHES; i++) d->mask[g][i] = d->batch.mask[g][i];
	d->t[0] = tensor_of("rgb", TENSOR_F32, 4, (int64_t[]){BATCH, 3, SIZE, SIZE}, d->batch.rgb);
	for (int g = 0; g < 2; g++)
		d->t[1 + g] = tensor_of(granularity_name[g], TENSOR_I32, 3, (int64_t[]){BATCH, SIZE, SIZE}, d->labels[g]);
	for (int g = 0; g < GRANULARITIES; g++)
		d->t[3 + g] = tensor_of(mask_name[g], TENSOR_I32, 2, (int64_t[]){BATCH, PATCHES}, d->mask[g]);
	return d;
}

static void draft_free(struct draft *d) {
	micro_batch_free(&d->batch);
	free(d);
}

/* A trace reads its batch from a file. */
static void needs_reading(void) {
	struct model_config c = micro_config();
	struct model *m;
	OK(model_new(&m, device, &c, 1, true));
	struct draft *d = draft_new(&c);
	OK(safetensors_write(in_path, d->t, 6, NULL, 0));
	int code = trace_run(m, in_path, out_path, weights, false);
	draft_free(d);
	model_free(m);
	skip_unless_read(code, err_message());
}

static void expect(const struct safetensors *f, const char *name, const float *want, size_t count) {
	const struct tensor_info *t = safetensors_find(f, name);
	if (!t) fail_msg("no %s", name);
	assert_int_equal(t->type, TENSOR_F32);
	assert_int_equal(t->count, count);
	if (memcmp(t->data, want, count * sizeof *want) != 0) fail_msg("%s differs", name);
}

static void expect_gradients(const struct safetensors *f, struct model *m) {
	for (int i = 0; i < model_parameters(m); i++) {
		const struct parameter *p = model_parameter(m, i);
		char name[96];
		float *g = malloc(p->count * sizeof *g);
		snprintf(name, sizeof name, "grad.%s", p->name);
		model_get(m, GRADIENTS, i, g);
		expect(f, name, g, p->count);
		free(g);
	}
}

/* The same batch by the model's own functions, bit for bit. */
static void outputs_are_the_models(void **state) {
	(void)state;
	needs_reading();
	struct model_config c = micro_config();
	struct model *m;
	struct workspace *w;
	struct safetensors *f;
	OK(model_new(&m, device, &c, 1, true));
	micro_perturb(m, 0.05f, 2);
	struct draft *d = draft_new(&c);
	OK(safetensors_write(in_path, d->t, 6, NULL, 0));
	OK(trace_run(m, in_path, out_path, weights, true));
	OK(safetensors_open(&f, out_path));
	assert_int_equal(safetensors_count(f), 1 + 3 + 4 + model_parameters(m));
	OK(workspace_new(&w, m, BATCH, VISIBLE, true));
	OK(workspace_load(w, &d->batch.input));
	OK(model_forward(w));
	float *host = malloc(BATCH * PATCHES * 80 * sizeof *host);
	workspace_encoded(w, host);
	expect(f, "encoded", host, BATCH * (VISIBLE + 1) * 32);
	for (int g = 0; g < GRANULARITIES; g++) {
		char name[32];
		snprintf(name, sizeof name, "pred.%s", granularity_name[g]);
		workspace_prediction(w, g, host);
		expect(f, name, host, (size_t)(BATCH * PATCHES * config_out(&c, g)));
	}
	struct model_losses losses;
	OK(model_loss(w, weights, true, &losses, NULL));
	OK(model_backward(w));
	expect(f, "loss.total", &(float){(float)losses.total}, 1);
	expect(f, "loss.instance", &(float){(float)losses.of[INSTANCE]}, 1);
	assert_true(fabs(losses.total - losses.of[0] - 0.7 * losses.of[1] - 1.3 * losses.of[2]) < 1e-9);
	expect_gradients(f, m);
	free(host);
	safetensors_close(f);
	workspace_free(w);
	draft_free(d);
	model_free(m);
}

/* Gradients and weights of a model in training stay; one made for inference can be traced with gradients too. */
static void nothing_changes(void **state) {
	(void)state;
	needs_reading();
	struct model_config c = micro_config();
	struct model *m, *frozen;
	OK(model_new(&m, device, &c, 1, true));
	OK(model_new(&frozen, device, &c, 1, false));
	struct draft *d = draft_new(&c);
	OK(safetensors_write(in_path, d->t, 6, NULL, 0));
	size_t n = model_size(m);
	float *before[MODEL_BUFFERS], *marks = malloc(n * sizeof *marks);
	for (size_t i = 0; i < n; i++) marks[i] = (float)i;
	for (int b = 1; b < MODEL_BUFFERS; b++) device_upload(device, model_buffer(m, b), marks, n * sizeof *marks);
	for (int b = 0; b < MODEL_BUFFERS; b++)
		device_download(device, before[b] = malloc(n * sizeof *marks), model_buffer(m, b), n * sizeof *marks);
	OK(trace_run(m, in_path, out_path, weights, true));
	for (int b = 0; b < MODEL_BUFFERS; b++) {
		device_download(device, marks, model_buffer(m, b), n * sizeof *marks);
		assert_memory_equal(marks, before[b], n * sizeof *marks);
		free(before[b]);
	}
	OK(trace_run(frozen, in_path, out_path, weights, true));
	free(marks);
	draft_free(d);
	model_free(frozen);
	model_free(m);
}

static void inactive_granularities_may_be_absent(void **state) {
	(void)state;
	needs_reading();
	struct model_config c = micro_config();
	struct model *m;
	struct safetensors *f;
	c.active[INSTANCE] = c.active[SEMSEG] = false;
	c.stages = 1, c.stage[0] = RGB;
	OK(model_new(&m, device, &c, 1, true));
	struct draft *d = draft_new(&c);
	d->t[1] = d->t[5];
	OK(safetensors_write(in_path, d->t, 2, NULL, 0));
	OK(trace_run(m, in_path, out_path, weights, false));
	OK(safetensors_open(&f, out_path));
	assert_null(safetensors_find(f, "pred.semseg"));
	assert_null(safetensors_find(f, "grad.global_tokens"));
	expect(f, "loss.semseg", &(float){0}, 1);
	safetensors_close(f);
	draft_free(d);
	model_free(m);
}

static void refuse(struct model *m, struct draft *d, int count, const char *says) {
	OK(safetensors_write(in_path, d->t, count, NULL, 0));
	unlink(out_path);
	assert_true(trace_run(m, in_path, out_path, weights, true) < 0);
	if (!strstr(err_message(), says)) fail_msg("'%s' does not say '%s'", err_message(), says);
	assert_int_equal(access(out_path, F_OK), -1);
}

static void wrong_batches_are_refused(void **state) {
	(void)state;
	needs_reading();
	struct model_config c = micro_config();
	struct model *m;
	OK(model_new(&m, device, &c, 1, true));
	struct draft *d = draft_new(&c);
	struct tensor_info kept[6];
	memcpy(kept, d->t, sizeof kept);
	refuse(m, d, 5, "no tensor mask.rgb");
	d->t[0].type = TENSOR_I32;
	refuse(m, d, 6, "rgb is of type I32, not F32");
	memcpy(d->t, kept, sizeof kept);
	d->t[1].ndim = 2, d->t[1].shape[1] = SIZE * SIZE;
	refuse(m, d, 6, "semseg is [3, 256], not [3, 16, 16]");
	memcpy(d->t, kept, sizeof kept);
	d->t[0] = tensor_of("rgb", TENSOR_F32, 4, (int64_t[]){0, 3, SIZE, SIZE}, NULL);
	refuse(m, d, 6, "rgb is [0, 3, 16, 16], not [B, 3, 16, 16]");
	d->t[0] = tensor_of("rgb", TENSOR_F32, 4, (int64_t[]){BATCH - 1, 3, SIZE, SIZE}, d->batch.rgb);
	refuse(m, d, 6, "mask.rgb is [3, 16], not [2, 16]");
	memcpy(d->t, kept, sizeof kept);
	static const struct { int tensor, value; const char *says; } values[] = {
		{SEMSEG, 6, "semseg holds 6"}, {SEMSEG, -1, "semseg holds -1"}, {SEMSEG, 1000000000, "semseg holds 1000000000"},
		{INSTANCE, 4, "instance holds 4"}, {INSTANCE, UNLABELLED, "instance holds 255"},
	};
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		int32_t *cell = &d->labels[values[i].tensor][100], old = *cell;
		*cell = values[i].value;
		refuse(m, d, 6, values[i].says);
		*cell = old;
	}
	d->mask[RGB][20] = 2;
	refuse(m, d, 6, "mask.rgb holds 2");
	d->mask[RGB][20] = !d->batch.mask[RGB][20];
	refuse(m, d, 6, "sample 1");
	d->mask[RGB][20] = !d->mask[RGB][20];
	for (int g = 0; g < GRANULARITIES; g++)
		for (int i = 0; i < BATCH * PATCHES; i++) d->mask[g][i] = 1;
	refuse(m, d, 6, "no token of the first sample is visible");
	assert_int_equal(trace_run(m, "/nonexistent/x", out_path, weights, false), ERR_FILE);
	draft_free(d);
	model_free(m);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outputs_are_the_models),
		cmocka_unit_test(nothing_changes),
		cmocka_unit_test(inactive_granularities_may_be_absent),
		cmocka_unit_test(wrong_batches_are_refused),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
