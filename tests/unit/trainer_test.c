/* tests/unit/trainer_test.c -- the training thread: requests and their answers, what-ifs that change nothing, checkpoints that go on bit
 * for bit, bad requests and a failing run. A micro model on scenes, so that it takes seconds; the thread sanitizer runs it too. */
#include <math.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/err.h"
#include "engine/base/json.h"
#include "engine/data/backend.h"
#include "engine/train/attend.h"
#include "engine/train/redraw.h"
#include "tests/unit/reading.h"

static char folder[256];
static struct dataset *data;

static struct trainer_fixed micro_fixed(void) {
	struct trainer_fixed f = {.batch = 4, .visible = 10, .seed = 5, .device = "cpu", .precision = "fp32", .threads = 2, .loader_threads = 2};
	f.model = model_config_of(model_preset_find("tiny"));
	f.model.image_size = 32;
	f.model.width = 32, f.model.depth = 1, f.model.heads = 2;
	f.model.decoder_width = 32, f.model.decoder_heads = 2;
	return f;
}

static struct trainer_live micro_live(void) {
	struct trainer_live l = {.total_steps = 12, .lr = 1e-3, .warmup = 0.1, .warmup_lr = 1e-6, .beta1 = 0.9, .beta2 = 0.95, .epsilon = 1e-8,
		.decay = 0.05, .loss_weights = {1, 1, 1}, .eval_every = 4, .eval_samples = 6};
	mask_options_default(&l.mask);
	assert_int_equal(curriculum_preset(&l.curriculum, "sg-ig-rd"), 0);
	return l;
}

static struct trainer *micro_on(struct dataset *d, const struct trainer_live *live, uint64_t seed) {
	struct trainer_fixed f = micro_fixed();
	struct trainer *t;
	f.seed = seed;
	f.loader_threads = d == data ? 2 : 1; /* one: reads come in order */
	if (trainer_new(&t, d, &f, live, NULL)) fail_msg("%s", err_message());
	return t;
}

static struct trainer *micro(const struct trainer_live *live, uint64_t seed) { return micro_on(data, live, seed); }

static struct answer wait_for(struct trainer *t, uint64_t ticket) {
	struct answer a;
	if (!trainer_wait(t, ticket, 60000, &a)) fail_msg("no answer within a minute");
	return a;
}

static void applied(struct trainer *t, uint64_t ticket) {
	struct answer a = wait_for(t, ticket);
	if (a.code) fail_msg("%s", a.message);
}

static void rejected(struct trainer *t, uint64_t ticket, const char *part) {
	struct answer a = wait_for(t, ticket);
	assert_true(a.code < 0);
	if (!strstr(a.message, part)) fail_msg("'%s' does not say '%s'", a.message, part);
}

static struct snapshot wait_still(struct trainer *t) {
	struct snapshot s;
	for (int i = 0; i < 6000; i++) {
		trainer_snapshot(t, &s);
		if (s.state != TRAINER_RUNNING) return s;
		usleep(10000);
	}
	fail_msg("still running after a minute");
	return s;
}

static void run_to(struct trainer *t, int64_t step) {
	applied(t, trainer_run(t, &(struct stop){.kind = STOP_AT_STEP, .step = step}));
	struct snapshot s = wait_still(t);
	if (s.step != step) fail_msg("stopped at %lld, not %lld: %s", (long long)s.step, (long long)step, s.message);
}

/* The file's bytes after its header, hashed (FNV-1a): two runs with equal weights have equal hashes. Found without the reader: a build that has none writes files too. */
static uint64_t weights_hash(struct trainer *t) {
	char path[300];
	snprintf(path, sizeof path, "%s/weights.safetensors", folder);
	applied(t, trainer_export(t, path));
	FILE *f = fopen(path, "rb");
	uint64_t header, h = 14695981039346656037ull;
	size_t bytes = 0;
	assert_non_null(f);
	assert_int_equal(fread(&header, sizeof header, 1, f), 1);
	assert_int_equal(fseek(f, (long)header, SEEK_CUR), 0);
	for (int c; (c = getc(f)) != EOF; bytes++) h = (h ^ (uint64_t)c) * 1099511628211ull;
	fclose(f);
	assert_true(bytes > 10000);
	return h;
}

static const char *path_of(const char *name) {
	static char path[300];
	snprintf(path, sizeof path, "%s/%s.safetensors", folder, name);
	return path;
}

/* Checkpoints are saved in every build; the rest of a test that calls this restores them. */
static void needs_reading(void) {
	struct trainer_live live = micro_live();
	struct trainer *t = micro(&live, 5);
	applied(t, trainer_save(t, path_of("probe"), ""));
	struct answer a = wait_for(t, trainer_restore(t, path_of("probe")));
	trainer_free(t);
	skip_unless_read(a.code, a.message);
}

static void steps_are_told(void **state) {
	(void)state;
	struct trainer_live live = micro_live();
	struct trainer *t = micro(&live, 5);
	struct snapshot s;
	trainer_snapshot(t, &s);
	assert_int_equal(s.state, TRAINER_PAUSED);
	assert_int_equal(s.step, 0);
	assert_int_equal(s.val_step, -1);
	run_to(t, 5);
	trainer_snapshot(t, &s);
	assert_int_equal(s.last.step, 4);
	assert_int_equal(s.val_step, 4);
	assert_int_equal(trainer_history_count(t), 5);
	struct metric rows[8];
	assert_int_equal(trainer_history(t, 1, rows, 8), 4);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(rows[i].step, i + 1);
		assert_true(fabs(rows[i].total - rows[i].loss[0] - rows[i].loss[1] - rows[i].loss[2]) < 1e-5);
		assert_true(fabs(rows[i].lr - trainer_lr(&live, i + 1)) < 1e-15);
	}
	assert_true(rows[3].evaluated && !rows[2].evaluated);
	for (int k = 0; k < SOURCES; k++)
		for (int g = 0; g < GRANULARITIES; g++) assert_true(rows[3].val[k][g] > 0 && isfinite(rows[3].val[k][g]));
	run_to(t, 12);
	assert_int_equal(wait_still(t).state, TRAINER_FINISHED);
	rejected(t, trainer_run(t, &(struct stop){.kind = STOP_AT_STEP, .step = 20}), "total_steps");
	trainer_free(t);
}

static void schedule_warms_up_and_falls_to_zero(void **state) {
	(void)state;
	struct trainer_live live = micro_live();
	live.total_steps = 100;
	assert_true(fabs(trainer_lr(&live, 0) - 1e-6) < 1e-12);
	assert_true(fabs(trainer_lr(&live, 5) - (1e-6 + (1e-3 - 1e-6) / 2)) < 1e-12);
	assert_true(fabs(trainer_lr(&live, 10) - 1e-3) < 1e-12);
	assert_true(fabs(trainer_lr(&live, 55) - 0.5e-3) < 1e-12);
	assert_true(trainer_lr(&live, 99) > 0 && trainer_lr(&live, 99) < 1e-6);
	assert_true(trainer_lr(&live, 100) == 0);
}

struct elsewhere { const char *path; struct whatif *w; };
static int elsewhere_run(struct trainer_access *a, void *context) {
	struct elsewhere *e = context;
	return whatif_with(a, e->path, whatif_run, e->w);
}

/* Given masks, a few patches of one granularity, another seed, every layer's attention, a substituted stage, drift. */
static void richer_what_ifs(struct trainer *t) {
	struct attention_layer layers[ATTENTION_LAYERS_MAX];
	int captures = attention_layers(&trainer_fixed(t)->model, layers);
	struct whatif plain = {.split = VAL, .index = 1, .step = -1, .mask = WHATIF_RANDOM}, seeded = plain, captured = plain, sparse = plain, given = plain;
	applied(t, trainer_call(t, whatif_run, &plain));

	seeded.seeded = true, seeded.seed = 99;
	applied(t, trainer_call(t, whatif_run, &seeded));
	assert_memory_not_equal(plain.draw.final, seeded.draw.final, sizeof plain.draw.final);

	captured.layers = layers, captured.captures = captures;
	applied(t, trainer_call(t, whatif_run, &captured));
	assert_memory_equal(&plain.losses, &captured.losses, sizeof plain.losses);
	for (int i = 0; i < captures; i++) {
		const struct attend_choice c = {.layer = layers[i], .head = ATTEND_MEAN, .query = {.kind = ATTEND_TOKENS}, .granularity = RGB};
		struct attend_view v;
		assert_int_equal(attend_view(&captured, &c, &v), 0);
		double sum = v.numbers.global;
		for (int g = 0; g < GRANULARITIES; g++) sum += v.numbers.mass[g];
		assert_true(fabs(sum - 1) <= 1e-5);
	}

	sparse.mask = WHATIF_ONLY_INSTANCE, sparse.visible = 3;
	applied(t, trainer_call(t, whatif_run, &sparse));
	assert_true(sparse.draw.visible[SEMSEG] == 0 && sparse.draw.visible[INSTANCE] == 3 && sparse.draw.visible[RGB] == 0);

	struct given_mask mask;
	whatif_mask_given(&plain, &mask);
	given.mask = WHATIF_GIVEN, given.given = &mask;
	applied(t, trainer_call(t, whatif_run, &given));
	assert_memory_equal(&plain.losses, &given.losses, sizeof plain.losses);
	mask.side = 7;
	struct whatif wrong = {.split = VAL, .step = -1, .mask = WHATIF_GIVEN, .given = &mask};
	rejected(t, trainer_call(t, whatif_run, &wrong), "7 x 7");

	for (int g = 0; g < GRANULARITIES; g++)
		for (int other = 0; other < 2; other++) {
			struct whatif w = {.split = VAL, .index = 1, .step = -1, .mask = WHATIF_RANDOM, .substitute = {true, (enum granularity)g, VAL, other ? 2 : 1}};
			applied(t, trainer_call(t, whatif_run, &w));
			for (int stage = 0; stage < GRANULARITIES; stage++) assert_true((w.losses.of[stage] == plain.losses.of[stage]) == (stage < g));
			whatif_free(&w);
		}

	struct attend_drift_request live = {.mask = WHATIF_ONLY_RGB, .samples = 4};
	applied(t, trainer_call(t, attend_drift_run, &live));
	assert_true(live.result.objects > 0 && live.result.objects < 1 && live.result.area50 > 0 && live.result.area50 <= 0.5 + 1e-9);
	struct whatif *all[] = {&plain, &seeded, &captured, &sparse, &given};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) whatif_free(all[i]);
}

/* Pauses, what-ifs, evaluations' timing and a second run of the same seed leave the same bits. */
static void what_ifs_and_pauses_change_nothing(void **state) {
	(void)state;
	struct trainer_live live = micro_live();
	struct trainer *a = micro(&live, 5), *b = micro(&live, 5), *c = micro(&live, 6);
	struct model_losses first;
	run_to(a, 6);
	run_to(b, 2);
	for (int i = 0; i < 3; i++) { /* the same twice in the same memory, another V between */
		struct whatif w = {.split = VAL, .index = 1, .step = -1, .mask = WHATIF_RANDOM, .visible = i == 1 ? 5 : 0};
		applied(b, trainer_call(b, whatif_run, &w));
		if (i == 0) first = w.losses;
		assert_true((memcmp(&first, &w.losses, sizeof first) == 0) == (i != 1));
		whatif_free(&w);
	}
	for (int kind = 0; kind < WHATIF_MASKS; kind++) {
		struct whatif w = {.split = kind % 2 ? TRAIN : VAL, .index = kind, .step = kind == 0 ? 1 : -1, .mask = (enum whatif_mask)kind};
		applied(b, trainer_call(b, whatif_run, &w));
		for (int g = 0; g < GRANULARITIES; g++) assert_true(isfinite(w.losses.of[g]));
		uint8_t labels[64 * 64], rgb[3 * 32 * 32];
		whatif_labels(&w, SEMSEG, labels);
		whatif_pixels(&w, rgb);
		if (w.mask == WHATIF_ONLY_RGB) assert_true(w.draw.visible[RGB] == w.draw.patches && w.draw.visible[SEMSEG] == 0);
		whatif_free(&w);
	}
	richer_what_ifs(b);
	run_to(b, 6);
	run_to(c, 6);
	assert_true(weights_hash(a) == weights_hash(b));
	assert_true(weights_hash(a) != weights_hash(c));
	trainer_free(a), trainer_free(b), trainer_free(c);
}

/* A checkpoint answers as the run that it was saved from, which goes on as if it had not been asked. */
static void a_checkpoint_answers_what_ifs(void **state) {
	(void)state;
	needs_reading();
	struct trainer_live live = micro_live();
	struct trainer *a = micro(&live, 5), *b = micro(&live, 5);
	struct whatif plain = {.split = VAL, .index = 1, .step = -1, .mask = WHATIF_RANDOM}, saved = plain;
	struct elsewhere e = {path_of("now"), &saved};
	struct attend_drift_request here = {.mask = WHATIF_ONLY_RGB, .samples = 4}, there = here;
	there.checkpoint = e.path;
	run_to(a, 6);
	run_to(b, 2);
	applied(b, trainer_save(b, e.path, "set preset=tiny"));
	applied(b, trainer_call(b, whatif_run, &plain));
	applied(b, trainer_call(b, elsewhere_run, &e));
	assert_true(saved.trained == plain.trained);
	assert_memory_equal(&plain.losses, &saved.losses, sizeof plain.losses);
	applied(b, trainer_call(b, attend_drift_run, &here));
	applied(b, trainer_call(b, attend_drift_run, &there));
	assert_memory_equal(&here.result, &there.result, sizeof here.result);
	whatif_free(&plain), whatif_free(&saved);
	run_to(b, 6);
	assert_true(weights_hash(a) == weights_hash(b));
	trainer_free(a), trainer_free(b);
}

static void a_checkpoint_continues_bit_for_bit(void **state) {
	(void)state;
	needs_reading();
	struct trainer_live live = micro_live();
	struct trainer *a = micro(&live, 5), *b = micro(&live, 5);
	char path[300];
	snprintf(path, sizeof path, "%s/three.safetensors", folder);
	run_to(a, 3);
	applied(a, trainer_save(a, path, "set preset=tiny"));
	run_to(a, 9);
	applied(b, trainer_restore(b, path));
	struct snapshot s;
	trainer_snapshot(b, &s);
	assert_int_equal(s.step, 3);
	assert_int_equal(trainer_history_count(b), 3);
	run_to(b, 9);
	assert_true(weights_hash(a) == weights_hash(b));
	struct metric ra[9], rb[9];
	assert_int_equal(trainer_history(a, 0, ra, 9), 9);
	assert_int_equal(trainer_history(b, 0, rb, 9), 9);
	for (int i = 0; i < 9; i++) assert_true(ra[i].total == rb[i].total && ra[i].step == rb[i].step && ra[i].evaluated == rb[i].evaluated);
	/* Back to step 3 in the same trainer, and forth again. */
	applied(a, trainer_restore(a, path));
	run_to(a, 9);
	assert_true(weights_hash(a) == weights_hash(b));
	trainer_free(a), trainer_free(b);
}

static void bad_requests_are_rejected_and_change_nothing(void **state) {
	(void)state;
	struct trainer_live live = micro_live();
	struct trainer *t = micro(&live, 5);
	run_to(t, 2);
	uint64_t before = weights_hash(t);
	rejected(t, trainer_run(t, &(struct stop){.kind = STOP_AT_STEP, .step = 2}), "already reached");
	rejected(t, trainer_run(t, &(struct stop){.kind = STOP_AT_PHASE, .phase = SOURCE_SEMANTIC}), "already in phase");
	struct trainer_live less = live;
	less.total_steps = 1;
	rejected(t, trainer_configure(t, &less, "set total_steps=1"), "already done");
	struct trainer_live wrong = live;
	wrong.mask.rho = 7;
	assert_true(wait_for(t, trainer_configure(t, &wrong, "set rho=7")).code < 0);
	rejected(t, trainer_restore(t, "/nonexistent.safetensors"), "/nonexistent.safetensors");
	struct whatif w = {.split = VAL, .index = 100000, .step = -1};
	rejected(t, trainer_call(t, whatif_run, &w), "val/100000");
	rejected(t, trainer_save(t, "/nonexistent/folder/a.safetensors", ""), "/nonexistent/folder");
	assert_true(weights_hash(t) == before);
	run_to(t, 3);
	trainer_free(t);
}

static void a_checkpoint_of_another_run_is_rejected_and_changes_nothing(void **state) {
	(void)state;
	needs_reading();
	struct trainer_live live = micro_live();
	struct trainer *t = micro(&live, 5), *other = micro(&live, 77);
	run_to(t, 2);
	uint64_t before = weights_hash(t);
	applied(other, trainer_save(other, path_of("other"), ""));
	rejected(t, trainer_restore(t, path_of("other")), "seed=77");
	assert_true(weights_hash(t) == before);
	run_to(t, 3);
	trainer_free(t), trainer_free(other);
}

/* A trainer whose step 1 diverges, stopped by that. */
static struct trainer *diverged(struct trainer_live *live) {
	live->lr = 1e30, live->warmup = 0;
	struct trainer *t = micro(live, 5);
	applied(t, trainer_run(t, &(struct stop){.kind = STOP_AT_STEP, .step = 12}));
	struct snapshot s = wait_still(t);
	assert_int_equal(s.state, TRAINER_FAILED);
	assert_int_equal(s.step, 1);
	assert_non_null(strstr(s.message, "step 1 gave a loss of"));
	assert_non_null(strstr(s.message, "lower lr"));
	return t;
}

/* The weights are those before the step. */
static void a_run_that_diverges_stops_with_a_sentence(void **state) {
	(void)state;
	struct trainer_live live = micro_live();
	struct trainer *t = diverged(&live), *same = micro(&live, 5);
	run_to(same, 1);
	assert_true(weights_hash(t) == weights_hash(same));
	trainer_free(t), trainer_free(same);
}

/* The next step's batch is not lost. */
static void a_run_that_diverged_goes_on_from_a_checkpoint(void **state) {
	(void)state;
	needs_reading();
	struct trainer_live live = micro_live();
	struct trainer *t = diverged(&live), *sound;
	live = micro_live();
	sound = micro(&live, 5);
	applied(sound, trainer_save(sound, path_of("sound"), ""));
	applied(t, trainer_restore(t, path_of("sound")));
	applied(t, trainer_configure(t, &live, "set lr=1e-3"));
	run_to(t, 6);
	run_to(sound, 6);
	assert_true(weights_hash(t) == weights_hash(sound));
	trainer_free(t), trainer_free(sound);
}

/* ---- with the next step's batch prepared ---- */

enum { LONG = 60 };

/* Starts T towards step LONG and waits until it has trained a little: a request then meets it with the next batch prepared. */
static void start_long(struct trainer *t) {
	applied(t, trainer_run(t, &(struct stop){.kind = STOP_AT_STEP, .step = LONG}));
	for (int i = 0; i < 600000 && trainer_history_count(t) < 2; i++) usleep(100);
}

/* A change given while training runs is in force at exactly the step that the answer names: the run is one in which the change was made
 * before that step was ever prepared. */
static void a_change_meets_the_step_it_names(void **state) {
	(void)state;
	struct trainer_live live = micro_live();
	live.total_steps = LONG, live.eval_every = 0;
	for (int kind = 0; kind < 5; kind++) {
		struct trainer_live later = live;
		if (kind == 0) assert_int_equal(curriculum_preset(&later.curriculum, "rd"), 0);
		if (kind == 1) later.mask.generator = MASK_TUBE;
		if (kind == 2) later.loss_weights[SEMSEG] = 0.25;
		if (kind == 3) later.lr = 5e-3;
		if (kind == 4) later.total_steps = 2 * LONG; /* curriculum and rate stand on it */
		struct trainer *a = micro(&live, 5), *b = micro(&live, 5);
		start_long(a);
		struct answer answer = wait_for(a, trainer_configure(a, &later, "change"));
		assert_int_equal(answer.code, 0);
		assert_true(answer.step >= 2 && answer.step < LONG);
		assert_int_equal(wait_still(a).step, LONG);
		run_to(b, answer.step);
		applied(b, trainer_configure(b, &later, "change"));
		run_to(b, LONG);
		struct metric ra[LONG], rb[LONG];
		assert_int_equal(trainer_history(a, 0, ra, LONG), LONG);
		assert_int_equal(trainer_history(b, 0, rb, LONG), LONG);
		for (int i = 0; i < LONG; i++)
			if (ra[i].total != rb[i].total) fail_msg("change %d at step %lld: step %d differs", kind, (long long)answer.step, i);
		assert_true(weights_hash(a) == weights_hash(b));
		trainer_free(a), trainer_free(b);
	}
}

/* What is asked of a run that has its next batch prepared leaves that batch, and every bit, as they were. */
static void a_prepared_batch_is_kept(void **state) {
	(void)state;
	struct trainer_live live = micro_live();
	live.total_steps = LONG, live.eval_every = 7;
	struct trainer *a = micro(&live, 5), *b = micro(&live, 5);
	live.eval_every = 0; /* validations use the same workspace */
	applied(a, trainer_configure(a, &live, "set eval_every=0"));
	run_to(a, LONG);
	start_long(b);
	applied(b, trainer_pause(b));
	struct snapshot s = wait_still(b);
	assert_true(s.step >= 2 && s.step < LONG);
	struct whatif w = {.split = TRAIN, .index = 3, .step = -1};
	applied(b, trainer_call(b, whatif_run, &w));
	whatif_free(&w);
	applied(b, trainer_save(b, path_of("prepared"), ""));
	start_long(b);
	applied(b, trainer_call(b, whatif_run, &w));
	whatif_free(&w);
	assert_int_equal(wait_still(b).step, LONG);
	assert_true(weights_hash(a) == weights_hash(b));
	trainer_free(a), trainer_free(b);
}

/* Back to an earlier step while another step's batch is prepared. */
static void a_prepared_batch_is_left_for_a_checkpoints(void **state) {
	(void)state;
	needs_reading();
	struct trainer_live live = micro_live();
	live.total_steps = LONG, live.eval_every = 0;
	struct trainer *a = micro(&live, 5), *b = micro(&live, 5);
	run_to(a, LONG);
	run_to(b, 2);
	applied(b, trainer_save(b, path_of("two"), ""));
	for (int i = 0; i < 2; i++) {
		start_long(b);
		applied(b, trainer_restore(b, path_of("two")));
		assert_int_equal(wait_still(b).step, 2);
	}
	run_to(b, LONG);
	assert_true(weights_hash(a) == weights_hash(b));
	trainer_free(a), trainer_free(b);
}

/* The scenes, until LIMIT samples were read. */
static struct { atomic_int reads, limit; } failing;

static int failing_read(const void *self, enum split s, int index, struct raw_sample *out) {
	(void)self;
	if (s == TRAIN && atomic_fetch_add(&failing.reads, 1) >= atomic_load(&failing.limit))
		return err_set(ERR_MEMORY, "the disk of train/%d is on fire", index);
	return dataset_read(data, s, index, out);
}
static void failing_describe(const void *self, enum split s, int index, char *out, int capacity) {
	(void)self;
	dataset_describe(data, s, index, out, capacity);
}
static const char *failing_label(const void *self, int label) { return (void)self, dataset_label(data, label); }
static void failing_free(void *self) { (void)self; }

/* Step 2's batch can't be had while step 1 is computed: step 1 stands, step 2 stops the run with the sentence, and goes on once it can. */
static void a_batch_that_fails_spoils_no_other_step(void **state) {
	(void)state;
	static const struct backend backend = {failing_read, failing_describe, failing_label, failing_free};
	const struct backing backing = {.backend = &backend, .name = "failing", .count = {dataset_count(data, TRAIN), 0},
		.classes = dataset_classes(data), .labels = dataset_labels(data), .class = dataset_class(data, 0)};
	struct trainer_live live = micro_live();
	struct dataset *d;
	live.eval_every = 0;
	atomic_store(&failing.limit, 8);
	assert_int_equal(dataset_new(&d, &backing), 0);
	dataset_cache(d, 0);
	struct trainer *t = micro_on(d, &live, 5), *sound = micro(&live, 5);
	applied(t, trainer_run(t, &(struct stop){.kind = STOP_AT_STEP, .step = 6}));
	struct snapshot s = wait_still(t);
	assert_int_equal(s.state, TRAINER_FAILED);
	assert_int_equal(s.step, 2);
	assert_non_null(strstr(s.message, "on fire"));
	run_to(sound, 2);
	assert_true(weights_hash(t) == weights_hash(sound));
	atomic_store(&failing.limit, 1 << 30);
	for (int i = 0; i < 2 && s.step == 2; i++) { /* what the loader read ahead may have failed still */
		applied(t, trainer_run(t, &(struct stop){.kind = STOP_AT_STEP, .step = 6}));
		s = wait_still(t);
	}
	assert_int_equal(s.step, 6);
	run_to(sound, 6);
	assert_true(weights_hash(t) == weights_hash(sound));
	trainer_free(t), trainer_free(sound);
	dataset_free(d);
}

static void phases_and_edits(void **state) {
	(void)state;
	struct trainer_live live = micro_live(), later;
	struct trainer *t = micro(&live, 5);
	applied(t, trainer_run(t, &(struct stop){.kind = STOP_AT_PHASE, .phase = SOURCE_INSTANCE}));
	int64_t at = wait_still(t).step;
	assert_true(curriculum_phase(&live.curriculum, (double)at / 12) == SOURCE_INSTANCE);
	assert_true(curriculum_phase(&live.curriculum, (double)(at - 1) / 12) == SOURCE_SEMANTIC);
	later = live;
	assert_int_equal(curriculum_preset(&later.curriculum, "rd"), 0);
	applied(t, trainer_configure(t, &later, "curriculum preset rd"));
	run_to(t, at + 1);
	struct trainer_live seen;
	trainer_live_at(t, at - 1, &seen);
	assert_string_equal(seen.curriculum.name, live.curriculum.name);
	trainer_live_at(t, at, &seen);
	assert_string_equal(seen.curriculum.name, "rd");
	struct metric m;
	assert_int_equal(trainer_history(t, at, &m, 1), 1);
	assert_true(m.mix[SOURCE_RANDOM] == 1);
	trainer_free(t);
}

static void a_run_folder_holds_metrics_and_checkpoints(void **state) {
	(void)state;
	struct trainer_live live = micro_live();
	live.save_every = 5;
	struct trainer *t = micro(&live, 5);
	char run[300], path[400], text[65536];
	snprintf(run, sizeof run, "%s/run", folder);
	applied(t, trainer_set_run(t, run, "set preset=tiny"));
	run_to(t, 12);
	trainer_free(t);
	const char *files[] = {"checkpoints/step-000005.safetensors", "checkpoints/step-000010.safetensors", "checkpoints/step-000012.safetensors",
		"checkpoints/last.safetensors", "log.txt"};
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		snprintf(path, sizeof path, "%s/%s", run, files[i]);
		assert_int_equal(access(path, R_OK), 0);
	}
	snprintf(path, sizeof path, "%s/metrics.jsonl", run);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	int lines = 0;
	for (; fgets(text, sizeof text, f); lines++) {
		struct jv *row;
		double total, val;
		int64_t step;
		int code = jv_parse(&row, text, strlen(text), path);
		if (code) fclose(f);
		skip_unless_read(code, err_message());
		assert_true(jv_integer(jv_get(row, "step"), &step) && step == lines);
		assert_true(lines == 12 || jv_number(jv_get(jv_get(row, "train"), "total"), &total));
		if (lines % 4 == 0) assert_true(jv_number(jv_get(jv_get(jv_get(row, "val"), "random"), "rgb"), &val) && val > 0);
		jv_free(row);
	}
	fclose(f);
	assert_int_equal(lines, 13); /* twelve steps, and the validation after the last */
}

static void masks_can_be_found_again(void **state) {
	(void)state;
	int seen = 0;
	for (int i = 0; i < 10; i++) {
		int epoch;
		bool used;
		assert_int_equal(redraw_epoch(5, 10, 4, 2, i, &epoch, &used), 0); /* positions 8 to 11: two of epoch 0, two of epoch 1 */
		if (used) seen++;
		assert_true(epoch == 0 || (epoch == 1 && used));
	}
	assert_true(seen >= 2 && seen <= 4);
}

/* The losses of twelve steps in PRECISION; false where the device lacks it. */
static bool twelve_steps(const char *precision, double total[12], uint64_t *hash) {
	struct trainer_fixed f = micro_fixed();
	struct trainer_live live = micro_live();
	struct trainer *t;
	struct metric rows[12];
	snprintf(f.precision, sizeof f.precision, "%s", precision);
	if (trainer_new(&t, data, &f, &live, NULL)) return false;
	run_to(t, 12);
	assert_int_equal(trainer_history(t, 0, rows, 12), 12);
	for (int i = 0; i < 12; i++) total[i] = rows[i].total;
	*hash = weights_hash(t);
	trainer_free(t);
	return true;
}

static void bf16_stays_near_fp32_and_repeats(void **state) {
	(void)state;
	double fp32[12], bf16[12], again[12];
	uint64_t hash[3];
	if (!twelve_steps("bf16", bf16, &hash[0])) {
		print_message("skipped: %s\n", err_message());
		assert_non_null(strstr(err_message(), "precision=fp32"));
		skip();
	}
	assert_true(twelve_steps("bf16", again, &hash[1]) && twelve_steps("fp32", fp32, &hash[2]));
	assert_true(hash[0] == hash[1] && hash[0] != hash[2]);
	for (int i = 0; i < 12; i++) {
		double err = fabs(bf16[i] - fp32[i]) / fp32[i];
		assert_true(bf16[i] == again[i]);
		if (!(err <= 2e-3)) fail_msg("step %d: %g in bf16, %g in fp32", i, bf16[i], fp32[i]);
	}
}

static int open_data(void **state) {
	(void)state;
	const char *base = getenv("TMPDIR");
	snprintf(folder, sizeof folder, "%s/c2f-trainer-XXXXXX", base ? base : "/tmp");
	if (!mkdtemp(folder)) return -1;
	return dataset_open_scenes(&data, 1, 32, (const int[]){24, 16});
}

static int close_data(void **state) {
	(void)state;
	char command[300];
	dataset_free(data);
	snprintf(command, sizeof command, "rm -rf '%s'", folder);
	return system(command) == 0 ? 0 : -1;
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_are_told),
		cmocka_unit_test(schedule_warms_up_and_falls_to_zero),
		cmocka_unit_test(what_ifs_and_pauses_change_nothing),
		cmocka_unit_test(a_checkpoint_answers_what_ifs),
		cmocka_unit_test(a_checkpoint_continues_bit_for_bit),
		cmocka_unit_test(bad_requests_are_rejected_and_change_nothing),
		cmocka_unit_test(a_checkpoint_of_another_run_is_rejected_and_changes_nothing),
		cmocka_unit_test(a_run_that_diverges_stops_with_a_sentence),
		cmocka_unit_test(a_run_that_diverged_goes_on_from_a_checkpoint),
		cmocka_unit_test(a_change_meets_the_step_it_names),
		cmocka_unit_test(a_prepared_batch_is_kept),
		cmocka_unit_test(a_prepared_batch_is_left_for_a_checkpoints),
		cmocka_unit_test(a_batch_that_fails_spoils_no_other_step),
		cmocka_unit_test(phases_and_edits),
		cmocka_unit_test(a_run_folder_holds_metrics_and_checkpoints),
		cmocka_unit_test(masks_can_be_found_again),
		cmocka_unit_test(bf16_stays_near_fp32_and_repeats),
	};
	return cmocka_run_group_tests(tests, open_data, close_data);
}
