/* tests/cuda_host/step_host_test.c -- steps as the trainer makes them, on the emulated GPU (launch.h): queued whole, recorded and repeated, the
 * next input on its way meanwhile, all of it carried out as late as can be. They must give the bits of plain steps that wait after each
 * part, and the trainer's promises hold as on the CPU. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/data/dataset.h"
#include "engine/train/whatif.h"
#include "tests/cuda_host/control.h"
#include "tests/unit/model_fixture.h"

enum { BATCH = 3, VISIBLE = 11, STEPS = 7 };
static const struct optimizer_config adamw = {.lr = 1e-3, .beta1 = 0.9, .beta2 = 0.95, .epsilon = 1e-8, .decay = 0.05};

static uint64_t hash(uint64_t h, const void *data, size_t bytes) { /* FNV-1a */
	for (size_t i = 0; i < bytes; i++) h = (h ^ ((const uint8_t *)data)[i]) * 1099511628211ull;
	return h;
}

struct told { struct model_losses losses[STEPS]; double norm[STEPS]; uint64_t weights; };

struct rig { struct device *d; struct model *m; struct model_config c; struct workspace *w; struct model_input in; };

/* Every step's masks and labels differ; they and the images lie in pinned memory, which the next load overwrites. */
static void input_make(struct rig *r, int step) {
	struct micro_batch b = micro_batch_new(&r->c, BATCH, VISIBLE, 3 + (uint64_t)step);
	size_t patches = (size_t)config_patches(&r->c), pixels = 3 * (size_t)(r->c.image_size * r->c.image_size);
	for (size_t i = 0; i < BATCH * pixels; i++) ((uint8_t *)r->in.rgb)[i] = (uint8_t)(i * 31 + (size_t)step * 7 + i / 13);
	for (int g = 0; g < 2; g++) memcpy((uint8_t *)r->in.labels[g], b.labels[g], BATCH * patches * CELLS);
	for (int g = 0; g < GRANULARITIES; g++) memcpy((uint8_t *)r->in.mask[g], b.mask[g], BATCH * patches);
	micro_batch_free(&b);
}

static struct rig rig_new(const char *precision, int batch_max) {
	struct rig r = {.c = micro_config(), .in.batch = BATCH};
	size_t patches = (size_t)config_patches(&r.c), pixels = 3 * (size_t)(r.c.image_size * r.c.image_size);
	OK(device_open(&r.d, "cuda", precision, 1));
	OK(model_new(&r.m, r.d, &r.c, 11, true));
	OK(workspace_new(&r.w, r.m, batch_max, VISIBLE, true));
	r.in.rgb = r.d->memory->host_alloc(r.d, BATCH * pixels);
	for (int g = 0; g < 2; g++) r.in.labels[g] = r.d->memory->host_alloc(r.d, BATCH * patches * CELLS);
	for (int g = 0; g < GRANULARITIES; g++) r.in.mask[g] = r.d->memory->host_alloc(r.d, BATCH * patches);
	return r;
}

static void rig_free(struct rig *r) {
	r->d->memory->host_free(r->d, (void *)r->in.rgb);
	for (int g = 0; g < 2; g++) r->d->memory->host_free(r->d, (void *)r->in.labels[g]);
	for (int g = 0; g < GRANULARITIES; g++) r->d->memory->host_free(r->d, (void *)r->in.mask[g]);
	workspace_free(r->w);
	model_free(r->m);
	device_close(r->d);
}

static void weights_told(struct rig *r, struct told *t) {
	float *host = calloc(model_size(r->m), sizeof *host);
	t->weights = 14695981039346656037ull;
	for (int i = 0; i < model_parameters(r->m); i++) model_get(r->m, WEIGHTS, i, host + model_parameter(r->m, i)->offset);
	t->weights = hash(t->weights, host, model_size(r->m) * sizeof *host);
	free(host);
}

/* A workspace larger than the batch records nothing; every part is waited for. */
static void plain_steps(const char *precision, struct told *t) {
	static const double ones[GRANULARITIES] = {1, 1, 1};
	struct rig r = rig_new(precision, BATCH + 1);
	for (int i = 0; i < STEPS; i++) {
		input_make(&r, i);
		OK(workspace_load(r.w, &r.in));
		OK(device_sync(r.d));
		OK(model_forward(r.w));
		OK(device_sync(r.d));
		OK(model_loss(r.w, ones, true, &t->losses[i], NULL));
		OK(model_backward(r.w));
		OK(device_sync(r.d));
		OK(model_guard_queue(r.w));
		OK(model_update(r.m, &adamw, i + 1));
		OK(device_sync(r.d));
		assert_true(model_guard_read(r.w, &t->norm[i]));
	}
	weights_told(&r, t);
	rig_free(&r);
}

static void queued_steps(const char *precision, struct told *t) {
	static const double ones[GRANULARITIES] = {1, 1, 1};
	struct rig r = rig_new(precision, BATCH);
	size_t replays = emu_replays();
	input_make(&r, 0);
	OK(workspace_load(r.w, &r.in));
	for (int i = 0; i < STEPS; i++) {
		OK(model_forward(r.w));
		OK(model_loss_queue(r.w, ones, true));
		OK(model_backward(r.w));
		OK(model_guard_queue(r.w));
		OK(model_update(r.m, &adamw, i + 1));
		OK(device_ahead_done(r.d));
		input_make(&r, i + 1);
		OK(workspace_load(r.w, &r.in));
		OK(device_sync(r.d));
		model_loss_read(r.w, &t->losses[i], NULL);
		assert_true(model_guard_read(r.w, &t->norm[i]));
	}
	/* Each of the two sets of inputs is queued once; then three parts of every step are a graph. */
	assert_int_equal(emu_replays() - replays, 3 * (STEPS - 2));
	weights_told(&r, t);
	rig_free(&r);
}

static void queued_steps_have_the_bits_of_plain_ones(void **state) {
	(void)state;
	static const char *const precisions[] = {"fp32", "tf32", "bf16"};
	for (int p = 0; p < 3; p++) {
		struct told plain, queued;
		memset(&plain, 0, sizeof plain);
		memset(&queued, 0, sizeof queued);
		plain_steps(precisions[p], &plain);
		emu_lazy(true);
		queued_steps(precisions[p], &queued);
		emu_lazy(false);
		assert_memory_equal(plain.losses, queued.losses, sizeof plain.losses);
		assert_memory_equal(plain.norm, queued.norm, sizeof plain.norm);
		assert_true(plain.weights == queued.weights);
	}
}

/* The guard stops AdamW on the device, in the same queue; the next step is sound again. */
static void an_unsound_step_is_left_out(void **state) {
	(void)state;
	static const double ones[GRANULARITIES] = {1, 1, 1}, huge[GRANULARITIES] = {1, 1, 1e300};
	struct rig r = rig_new("bf16", BATCH);
	struct told before, after;
	double norm;
	for (int i = 0; i < 6; i++) {
		bool bad = i == 4;
		input_make(&r, i);
		weights_told(&r, &before);
		OK(workspace_load(r.w, &r.in));
		OK(model_forward(r.w));
		OK(model_loss_queue(r.w, bad ? huge : ones, true));
		OK(model_backward(r.w));
		OK(model_guard_queue(r.w));
		OK(model_update(r.m, &adamw, i + 1));
		OK(device_sync(r.d));
		assert_true(model_guard_read(r.w, &norm) == !bad);
		weights_told(&r, &after);
		assert_true((before.weights == after.weights) == bad);
	}
	rig_free(&r);
}

/* ---- the trainer ---- */

static struct dataset *data;

static struct trainer *trainer_of(const char *device, const char *precision) {
	struct trainer_fixed f = {.model = micro_config(), .batch = 3, .visible = 10, .seed = 5, .threads = 1, .loader_threads = 1};
	struct trainer_live l = {.total_steps = 20, .lr = 1e-3, .warmup = 0.1, .warmup_lr = 1e-6, .beta1 = 0.9, .beta2 = 0.95, .epsilon = 1e-8,
		.decay = 0.05, .loss_weights = {1, 1, 1}, .eval_every = 5, .eval_samples = 4};
	struct trainer *t;
	f.model.image_size = 32, f.model.patch = 8, f.model.classes = dataset_classes(data), f.model.instances = 8;
	snprintf(f.device, sizeof f.device, "%s", device);
	snprintf(f.precision, sizeof f.precision, "%s", precision);
	mask_options_default(&l.mask);
	OK(curriculum_preset(&l.curriculum, "sg-ig-rd"));
	OK(trainer_new(&t, data, &f, &l, NULL));
	return t;
}

static void applied(struct trainer *t, uint64_t ticket) {
	struct answer a;
	assert_true(trainer_wait(t, ticket, 60000, &a));
	if (a.code) fail_msg("%s", a.message);
}

static void run_to(struct trainer *t, int64_t step) {
	struct snapshot s;
	applied(t, trainer_run(t, &(struct stop){.kind = STOP_AT_STEP, .step = step}));
	do {
		usleep(2000);
		trainer_snapshot(t, &s);
	} while (s.state == TRAINER_RUNNING);
	if (s.step != step) fail_msg("stopped at step %lld: %s", (long long)s.step, s.message);
}

static int hash_weights(struct trainer_access *a, void *out) {
	struct rig r = {.m = a->model};
	weights_told(&r, out);
	return 0;
}

static void the_trainer_keeps_its_promises(void **state) {
	(void)state;
	static const char *const precisions[] = {"fp32", "bf16"};
	for (int p = 0; p < 2; p++) {
		struct trainer *cpu = trainer_of("cpu", "fp32"), *a = trainer_of("cuda", precisions[p]);
		struct metric mc[12], ma[12], mb[12];
		struct told ta, tb;
		run_to(cpu, 12);
		run_to(a, 12);
		applied(a, trainer_call(a, hash_weights, &ta));
		assert_int_equal(trainer_history(cpu, 0, mc, 12), 12);
		assert_int_equal(trainer_history(a, 0, ma, 12), 12);
		trainer_free(a);
		/* pauses, what-ifs, and all work as late as can be: the same bits */
		emu_lazy(true);
		struct trainer *b = trainer_of("cuda", precisions[p]);
		run_to(b, 4);
		struct whatif w = {.split = VAL, .index = 1, .step = -1};
		applied(b, trainer_call(b, whatif_run, &w));
		whatif_free(&w);
		applied(b, trainer_run(b, &(struct stop){.kind = STOP_AT_STEP, .step = 12}));
		applied(b, trainer_pause(b)); /* somewhere, most likely with a batch prepared */
		struct snapshot s;
		trainer_snapshot(b, &s);
		if (s.step < 12) run_to(b, 12);
		applied(b, trainer_call(b, hash_weights, &tb));
		assert_int_equal(trainer_history(b, 0, mb, 12), 12);
		trainer_free(b);
		emu_lazy(false);
		assert_true(ta.weights == tb.weights);
		for (int i = 0; i < 12; i++) {
			assert_true(ma[i].total == mb[i].total && ma[i].grad_norm == mb[i].grad_norm);
			assert_memory_equal(ma[i].val, mb[i].val, sizeof ma[i].val);
			double error = fabs(ma[i].total - mc[i].total) / mc[i].total;
			if (!(error <= (p ? 1e-2 : 1e-4))) fail_msg("step %d in %s: %g, on the CPU %g", i, precisions[p], ma[i].total, mc[i].total);
		}
		trainer_free(cpu);
	}
}

static int open_data(void **state) { return (void)state, dataset_open_scenes(&data, 1, 32, (const int[]){12, 6}); }

static int nothing_is_left(void **state) {
	(void)state;
	dataset_free(data);
	return emu_allocations();
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(queued_steps_have_the_bits_of_plain_ones),
		cmocka_unit_test(an_unsound_step_is_left_out),
		cmocka_unit_test(the_trainer_keeps_its_promises),
	};
	return cmocka_run_group_tests(tests, open_data, nothing_is_left);
}
