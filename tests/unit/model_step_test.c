/* tests/unit/model_step_test.c -- steps of a micro model: independence of the batch, same bits twice, learning, what stays zero,
 * and the refusals of workspace and load. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/model_fixture.h"

static const double ones[GRANULARITIES] = {1, 1, 1};

struct bench { struct device *d; struct model *m; struct model_config c; };

static struct bench bench_new(const struct model_config *c, int threads, uint64_t seed) {
	struct bench b = {.c = *c};
	OK(device_open(&b.d, "cpu", "fp32", threads));
	OK(model_new(&b.m, b.d, c, seed, true));
	return b;
}

static void bench_free(struct bench *b) {
	model_free(b->m);
	device_close(b->d);
}

/* The distance of A and B over B's length. */
static double distance(const float *a, const float *b, size_t n) {
	double difference = 0, length = 0;
	for (size_t i = 0; i < n; i++) {
		difference += (double)(a[i] - b[i]) * (a[i] - b[i]);
		length += (double)b[i] * b[i];
	}
	return sqrt(difference / length);
}

static float *predictions_new(struct workspace *w, const struct model_config *c, int batch, enum granularity g, size_t *count) {
	*count = (size_t)(batch * config_patches(c) * config_out(c, g));
	float *p = malloc(*count * sizeof *p);
	workspace_prediction(w, g, p);
	return p;
}

static void a_sample_alone_is_the_sample_in_a_batch(void **state) {
	(void)state;
	enum { BATCH = 4, VISIBLE = 14 };
	struct model_config c = micro_config();
	struct bench b = bench_new(&c, 1, 1);
	micro_perturb(b.m, 0.05f, 2);
	struct micro_batch all = micro_batch_new(&c, BATCH, VISIBLE, 3);
	struct workspace *many, *one;
	struct model_losses losses, single;
	float values[GRANULARITIES][BATCH], *sample[GRANULARITIES] = {values[0], values[1], values[2]};
	int patches = config_patches(&c);
	OK(workspace_new(&many, b.m, BATCH, VISIBLE, true));
	OK(workspace_new(&one, b.m, 1, VISIBLE, false));
	OK(workspace_load(many, &all.input));
	OK(model_forward(many));
	for (int i = 0; i < BATCH; i++) {
		struct model_input in = {.batch = 1, .rgb_normalised = all.rgb + i * 3 * c.image_size * c.image_size};
		for (int g = 0; g < 2; g++) in.labels[g] = all.labels[g] + i * patches * CELLS;
		for (int g = 0; g < GRANULARITIES; g++) in.mask[g] = all.mask[g] + i * patches;
		OK(workspace_load(one, &in));
		OK(model_forward(one));
		for (int g = 0; g < GRANULARITIES; g++) {
			size_t n, n_all;
			float *p = predictions_new(one, &c, 1, g, &n), *q = predictions_new(many, &c, BATCH, g, &n_all);
			assert_true(distance(p, q + (size_t)i * n, n) < 2e-6);
			free(p);
			free(q);
		}
		OK(model_loss(one, ones, false, &single, NULL));
		if (i == 0) OK(model_loss(many, ones, false, &losses, sample));
		for (int g = 0; g < GRANULARITIES; g++) assert_true(fabs(single.of[g] - values[g][i]) < 1e-5);
	}
	for (int g = 0; g < GRANULARITIES; g++) {
		double mean = 0;
		for (int i = 0; i < BATCH; i++) mean += values[g][i] / (double)BATCH;
		assert_true(fabs(mean - losses.of[g]) < 1e-6);
	}
	workspace_free(one);
	workspace_free(many);
	micro_batch_free(&all);
	bench_free(&b);
}

static uint64_t hash(const void *data, size_t bytes) {
	uint64_t h = 14695981039346656037ull; /* FNV-1a */
	for (size_t i = 0; i < bytes; i++) h = (h ^ ((const uint8_t *)data)[i]) * 1099511628211ull;
	return h;
}

static uint64_t model_hash(struct model *m, enum model_buffer which) {
	uint64_t h = 0;
	for (int i = 0; i < model_parameters(m); i++) {
		size_t n = model_parameter(m, i)->count;
		float *w = malloc(n * sizeof *w);
		model_get(m, which, i, w);
		h = h * 31 + hash(w, n * sizeof *w);
		free(w);
	}
	return h;
}

static double train(struct bench *b, struct workspace *w, const struct model_input *in, int steps, double *first) {
	const struct optimizer_config adamw = {.lr = 2e-3, .beta1 = 0.9, .beta2 = 0.95, .epsilon = 1e-8, .decay = 0.05};
	struct model_losses losses = {.total = 0};
	for (int i = 0; i < steps; i++) {
		OK(workspace_load(w, in));
		OK(model_forward(w));
		OK(model_loss(w, ones, true, &losses, NULL));
		OK(model_backward(w));
		OK(model_update(b->m, &adamw, i + 1));
		if (i == 0) *first = losses.total;
	}
	return losses.total;
}

/* Two models of one seed, two threads: the same bits after three steps; another seed: others. */
static void same_bits_twice(void **state) {
	(void)state;
	struct model_config c = micro_config();
	uint64_t weights[3], gradients[3];
	for (int i = 0; i < 3; i++) {
		struct bench b = bench_new(&c, 2, i == 2 ? 8 : 7);
		struct micro_batch batch = micro_batch_new(&c, 5, 9, 3);
		struct workspace *w;
		double first;
		OK(workspace_new(&w, b.m, 5, 9, true));
		train(&b, w, &batch.input, 3, &first);
		weights[i] = model_hash(b.m, WEIGHTS);
		gradients[i] = model_hash(b.m, GRADIENTS);
		workspace_free(w);
		micro_batch_free(&batch);
		bench_free(&b);
	}
	assert_true(weights[0] == weights[1] && gradients[0] == gradients[1]);
	assert_true(weights[0] != weights[2]);
}

static void one_batch_is_learned(void **state) {
	(void)state;
	struct model_config c = micro_config();
	struct bench b = bench_new(&c, 1, 1);
	struct micro_batch batch = micro_batch_new(&c, 4, 12, 5);
	struct workspace *w;
	double first, norm;
	OK(workspace_new(&w, b.m, 4, 12, true));
	double last = train(&b, w, &batch.input, 150, &first);
	OK(model_guard_queue(w));
	OK(device_sync(b.d));
	assert_true(model_guard_read(w, &norm));
	if (!(last < 0.25 * first)) fail_msg("the loss went from %g to %g only", first, last);
	assert_true(norm > 0 && norm < 100);
	/* the row of unlabelled cells never moved */
	int row = model_find(b.m, "input_adapters.semseg.class_emb.weight");
	size_t n = model_parameter(b.m, row)->count;
	float *table = malloc(n * sizeof *table);
	for (int which = 0; which < MODEL_BUFFERS; which++) {
		double others = 0;
		model_get(b.m, which, row, table);
		for (size_t i = 0; i < n - CLASS_WIDTH; i++) others += fabsf(table[i]);
		assert_true(others > 0);
		for (size_t i = n - CLASS_WIDTH; i < n; i++) assert_true(table[i] == 0);
	}
	free(table);
	workspace_free(w);
	micro_batch_free(&batch);
	bench_free(&b);
}

/* A workspace with backward, used again with a smaller batch, gives what a fresh one gives. */
static void a_workspace_keeps_nothing(void **state) {
	(void)state;
	struct model_config c = micro_config();
	struct bench b = bench_new(&c, 1, 1);
	struct micro_batch large = micro_batch_new(&c, 6, 10, 5), small = micro_batch_new(&c, 2, 10, 6);
	struct workspace *used, *fresh;
	OK(workspace_new(&used, b.m, 6, 10, true));
	OK(workspace_new(&fresh, b.m, 2, 10, true));
	OK(workspace_load(used, &large.input));
	micro_loss(used, true);
	OK(workspace_load(used, &small.input));
	double loss = micro_loss(used, true);
	uint64_t gradients = model_hash(b.m, GRADIENTS);
	OK(workspace_load(fresh, &small.input));
	assert_true(micro_loss(fresh, true) == loss);
	assert_true(model_hash(b.m, GRADIENTS) == gradients);
	workspace_free(used);
	workspace_free(fresh);
	micro_batch_free(&large);
	micro_batch_free(&small);
	bench_free(&b);
}

/* The CPU, watched as if it took its time: what is fetched arrives at the sync and not before, what is uploaded ahead must not change
 * until then, and every call that would wait is counted. */
enum { PENDING = 64 };
static struct {
	const struct device_memory *under;
	struct { void *dst; const void *src; size_t bytes; } fetch[PENDING];
	struct { const void *src; size_t bytes; uint64_t hash; } ahead[PENDING];
	int fetches, aheads, waits, syncs;
	const void *first; /* where the first upload since the last wait went */
} slow;

static void slow_upload(struct device *d, void *dst, const void *src, size_t bytes) {
	slow.waits++;
	slow.under->upload(d, dst, src, bytes);
}
static void slow_download(struct device *d, void *dst, const void *src, size_t bytes) {
	slow.waits++;
	slow.under->download(d, dst, src, bytes);
}
static void slow_upload_ahead(struct device *d, void *dst, const void *src, size_t bytes) {
	assert_true(slow.aheads < PENDING);
	if (slow.aheads == 0) slow.first = dst;
	slow.ahead[slow.aheads].src = src, slow.ahead[slow.aheads].bytes = bytes, slow.ahead[slow.aheads++].hash = hash(src, bytes);
	slow.under->upload_ahead(d, dst, src, bytes);
}
static void slow_fetch(struct device *d, void *dst, const void *src, size_t bytes) {
	(void)d;
	assert_true(slow.fetches < PENDING);
	memset(dst, 0xff, bytes); /* not a number */
	slow.fetch[slow.fetches].dst = dst, slow.fetch[slow.fetches].src = src, slow.fetch[slow.fetches++].bytes = bytes;
}
static int slow_ahead_done(struct device *d) {
	for (int i = 0; i < slow.aheads; i++) assert_true(hash(slow.ahead[i].src, slow.ahead[i].bytes) == slow.ahead[i].hash);
	slow.aheads = 0;
	return slow.under->ahead_done(d);
}
static int slow_sync(struct device *d) {
	slow_ahead_done(d);
	for (int i = 0; i < slow.fetches; i++) memcpy(slow.fetch[i].dst, slow.fetch[i].src, slow.fetch[i].bytes);
	slow.fetches = 0;
	slow.syncs++;
	return slow.under->sync(d);
}

/* Steps as the trainer makes them, the next input loaded while the step's work is queued: bit for bit the plain steps, one sync each, and
 * nothing else that waits. */
static void a_step_waits_once(void **state) {
	(void)state;
	enum { STEPS = 5 };
	const struct optimizer_config adamw = {.lr = 2e-3, .beta1 = 0.9, .beta2 = 0.95, .epsilon = 1e-8, .decay = 0.05};
	struct model_config c = micro_config();
	struct micro_batch batch[STEPS];
	struct model_losses plain[STEPS], queued;
	uint8_t *rgb = malloc((size_t)(5 * 3 * c.image_size * c.image_size));
	for (int i = 0; i < 5 * 3 * c.image_size * c.image_size; i++) rgb[i] = (uint8_t)(i * 7 + i / 31);
	for (int i = 0; i < STEPS; i++) {
		batch[i] = micro_batch_new(&c, 5, 9, 3 + (uint64_t)i);
		batch[i].input.rgb_normalised = NULL;
		batch[i].input.rgb = rgb;
	}
	struct bench b = bench_new(&c, 2, 7), s = bench_new(&c, 2, 7);
	struct workspace *w;
	double norm;
	OK(workspace_new(&w, b.m, 5, 9, true));
	for (int i = 0; i < STEPS; i++) {
		OK(workspace_load(w, &batch[i].input));
		OK(model_forward(w));
		OK(model_loss(w, ones, true, &plain[i], NULL));
		OK(model_backward(w));
		OK(model_update(b.m, &adamw, i + 1));
	}
	workspace_free(w);

	struct device_memory table = *s.d->memory;
	slow.under = s.d->memory;
	table.upload = slow_upload, table.download = slow_download, table.upload_ahead = slow_upload_ahead;
	table.fetch = slow_fetch, table.ahead_done = slow_ahead_done, table.sync = slow_sync;
	OK(workspace_new(&w, s.m, 5, 9, true));
	s.d->memory = &table;
	OK(workspace_load(w, &batch[STEPS - 1].input)); /* never used: the next load replaces it */
	OK(workspace_load(w, &batch[0].input));
	for (int i = 0; i < STEPS; i++) {
		const void *in_use = slow.first;
		slow.waits = slow.syncs = 0;
		OK(model_forward(w));
		OK(model_loss_queue(w, ones, true));
		OK(model_backward(w));
		OK(model_guard_queue(w));
		OK(model_update(s.m, &adamw, i + 1));
		OK(device_ahead_done(s.d));
		if (i + 1 < STEPS) OK(workspace_load(w, &batch[i + 1].input));
		assert_true(i + 1 == STEPS || slow.first != in_use);
		OK(device_sync(s.d));
		model_loss_read(w, &queued, NULL);
		assert_true(model_guard_read(w, &norm) && norm > 0);
		assert_memory_equal(&queued, &plain[i], sizeof queued);
		assert_int_equal(slow.waits, 0);
		assert_int_equal(slow.syncs, 1);
	}
	s.d->memory = slow.under;
	assert_true(model_hash(b.m, WEIGHTS) == model_hash(s.m, WEIGHTS));
	workspace_free(w);
	for (int i = 0; i < STEPS; i++) micro_batch_free(&batch[i]);
	free(rgb);
	bench_free(&b);
	bench_free(&s);
}

/* A loss that is no number, or gradients that are not: the guard says so and nothing is updated. */
static void an_unsound_step_changes_nothing(void **state) {
	(void)state;
	const struct optimizer_config adamw = {.lr = 2e-3, .beta1 = 0.9, .beta2 = 0.95, .epsilon = 1e-8, .decay = 0.05};
	struct model_config c = micro_config();
	struct bench b = bench_new(&c, 1, 7);
	struct micro_batch batch = micro_batch_new(&c, 4, 9, 3);
	struct workspace *w;
	struct model_losses losses;
	double norm;
	OK(workspace_new(&w, b.m, 4, 9, true));
	for (int bad = 0; bad < 3; bad++) {
		const double weights[GRANULARITIES] = {1, 1, bad == 2 ? 1e300 : 1}; /* 2: gradients alone */
		uint64_t before[] = {model_hash(b.m, WEIGHTS), model_hash(b.m, MOMENT1), model_hash(b.m, MOMENT2)};
		float pixel = batch.rgb[0];
		if (bad == 1) for (int i = 0; i < 3 * c.image_size * c.image_size; i++) batch.rgb[i] = INFINITY;
		OK(workspace_load(w, &batch.input));
		OK(model_forward(w));
		OK(model_loss_queue(w, weights, true));
		OK(model_backward(w));
		OK(model_guard_queue(w));
		OK(model_update(b.m, &adamw, bad + 1));
		OK(device_sync(b.d));
		model_loss_read(w, &losses, NULL);
		assert_true(model_guard_read(w, &norm) == (bad == 0));
		assert_true((isfinite(losses.total) != 0) == (bad != 1));
		bool same = model_hash(b.m, WEIGHTS) == before[0] && model_hash(b.m, MOMENT1) == before[1] && model_hash(b.m, MOMENT2) == before[2];
		assert_true(same == (bad != 0));
		if (bad == 1) for (int i = 0; i < 3 * c.image_size * c.image_size; i++) batch.rgb[i] = pixel;
	}
	workspace_free(w);
	micro_batch_free(&batch);
	bench_free(&b);
}

/* No labelled masked cell in the batch: that loss is 0, and its head gets no gradient. */
static void a_batch_without_labels(void **state) {
	(void)state;
	struct model_config c = micro_config();
	struct bench b = bench_new(&c, 1, 1);
	struct micro_batch batch = micro_batch_new(&c, 2, 10, 5);
	memset(batch.labels[SEMSEG], UNLABELLED, (size_t)(2 * config_patches(&c) * CELLS));
	struct workspace *w;
	struct model_losses losses;
	OK(workspace_new(&w, b.m, 2, 10, true));
	OK(workspace_load(w, &batch.input));
	OK(model_forward(w));
	OK(model_loss(w, ones, true, &losses, NULL));
	OK(model_backward(w));
	assert_true(losses.of[SEMSEG] == 0 && losses.of[INSTANCE] > 0 && losses.of[RGB] > 0);
	assert_true(fabs(losses.total - losses.of[INSTANCE] - losses.of[RGB]) < 1e-9);
	int row = model_find(b.m, "decoder.stages.semseg.head.weight");
	float *g = malloc(model_parameter(b.m, row)->count * sizeof *g);
	model_get(b.m, GRADIENTS, row, g);
	for (size_t i = 0; i < model_parameter(b.m, row)->count; i++) assert_true(g[i] == 0);
	free(g);
	workspace_free(w);
	micro_batch_free(&batch);
	bench_free(&b);
}

/* Decay reaches the matrices alone: with zero gradients a matrix shrinks by lr * decay and a bias stays. */
static void decay_touches_matrices_only(void **state) {
	(void)state;
	struct model_config c = micro_config();
	struct bench b = bench_new(&c, 1, 1);
	micro_perturb(b.m, 0.1f, 2);
	const struct optimizer_config adamw = {.lr = 0.1, .beta1 = 0.9, .beta2 = 0.95, .epsilon = 1e-8, .decay = 0.5};
	float before[4096], after[4096];
	static const struct {
		const char *name;
		float factor;
	} rows[] = {{"encoder.0.attn.qkv.weight", 0.95f},
	            {"encoder.0.attn.qkv.bias", 1},
	            {"encoder.1.norm2.weight", 1},
	            {"global_tokens", 1},
	            {"decoder.task_embeddings.rgb", 1},
	            {"input_adapters.instance.class_emb.weight", 1},
	            {"decoder.mask_token", 1}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int row = model_find(b.m, rows[i].name);
		model_get(b.m, WEIGHTS, row, before);
		OK(model_update(b.m, &adamw, 1));
		model_get(b.m, WEIGHTS, row, after);
		for (size_t k = 0; k < model_parameter(b.m, row)->count; k++)
			assert_true(fabsf(after[k] - rows[i].factor * before[k]) <= 1e-6f * fabsf(before[k]));
	}
	bench_free(&b);
}

static void refusals(void **state) {
	(void)state;
	struct model_config c = micro_config();
	struct bench b = bench_new(&c, 1, 1);
	struct model *frozen;
	struct workspace *w = NULL;
	struct model_losses losses;
	assert_int_equal(workspace_new(&w, b.m, 0, 10, true), ERR_ARGUMENT);
	assert_int_equal(workspace_new(&w, b.m, 1000000000, 10, true), ERR_ARGUMENT);
	assert_int_equal(workspace_new(&w, b.m, 1, 0, true), ERR_ARGUMENT);
	assert_int_equal(workspace_new(&w, b.m, 1, 49, true), ERR_ARGUMENT);
	assert_null(w);
	OK(workspace_new(&w, b.m, 2, 10, false));
	assert_int_equal(model_forward(w), ERR_STATE);
	assert_int_equal(model_loss(w, ones, false, &losses, NULL), ERR_STATE);
	struct micro_batch batch = micro_batch_new(&c, 3, 10, 5);
	assert_int_equal(workspace_load(w, &batch.input), ERR_ARGUMENT); /* three samples in two places */
	batch.input.batch = 2;
	OK(workspace_load(w, &batch.input));
	batch.mask[RGB][config_patches(&c)] ^= 1;
	assert_int_equal(workspace_load(w, &batch.input), ERR_ARGUMENT);
	assert_non_null(strstr(err_message(), "sample 1"));
	batch.input.labels[SEMSEG] = NULL;
	assert_int_equal(workspace_load(w, &batch.input), ERR_ARGUMENT);
	assert_int_equal(model_backward(w), ERR_STATE);
	OK(model_new(&frozen, b.d, &c, 1, false));
	const struct optimizer_config adamw = {.lr = 1};
	struct workspace *still;
	OK(workspace_new(&still, frozen, 2, 10, false));
	assert_null(model_buffer(frozen, GRADIENTS));
	assert_int_equal(model_update(frozen, &adamw, 1), ERR_STATE);
	assert_int_equal(model_guard_queue(still), ERR_STATE);
	workspace_free(still);
	model_free(frozen);
	workspace_free(w);
	micro_batch_free(&batch);
	bench_free(&b);
}

static void count_bytes(const char *name, size_t bytes, void *context) {
	assert_non_null(strchr(name, '['));
	*(size_t *)context += bytes;
}

/* The listing accounts for the arena, but for rounding; layers share memory where backward does not need them apart. */
static void memory_by_name(void **state) {
	(void)state;
	struct model_config c = micro_config();
	struct bench b = bench_new(&c, 1, 1);
	struct workspace *with, *without;
	size_t listed = 0;
	OK(workspace_new(&with, b.m, 4, 10, true));
	OK(workspace_new(&without, b.m, 4, 10, false));
	workspace_each(with, count_bytes, &listed);
	assert_true(listed <= workspace_bytes(with) && listed + 64 * 400 > workspace_bytes(with));
	assert_true(2 * workspace_bytes(without) < workspace_bytes(with));
	listed = 0;
	model_each(b.m, count_bytes, &listed);
	assert_true(listed > 4 * model_size(b.m) * sizeof(float));
	workspace_free(with);
	workspace_free(without);
	bench_free(&b);
}

/* A plan allocates nothing and says what the thing itself takes. */
static void a_plan_is_what_is_taken(void **state) {
	(void)state;
	struct model_config c = micro_config();
	struct bench b = bench_new(&c, 1, 1);
	size_t planned, listed = 0;
	for (int backward = 0; backward < 2; backward++) {
		struct workspace *w;
		OK(workspace_new(&w, b.m, 4, 10, backward));
		OK(workspace_plan(&c, b.d->act_bytes, 4, 10, backward, NULL, NULL, &planned));
		assert_int_equal(planned, workspace_bytes(w));
		workspace_free(w);
	}
	OK(model_plan(&c, sizeof(float), true, count_bytes, &listed, &planned));
	assert_true(listed <= planned && listed + 64 * 16 > planned && listed > 4 * model_size(b.m) * sizeof(float));
	bench_free(&b);
}

/* The largest step that the project is measured by: base, 2048 images, 2-byte activations. */
static void base_at_2048_stays_under_110_gb(void **state) {
	(void)state;
	const struct model_preset *p = model_preset_find("base");
	const struct model_config c = model_config_of(p);
	size_t model, step;
	OK(model_plan(&c, 2, true, NULL, NULL, &model));
	OK(workspace_plan(&c, 2, 2048, p->visible, true, NULL, NULL, &step));
	print_message("base, batch 2048, bf16: model %.3f GB, step %.3f GB\n", (double)model / 1e9, (double)step / 1e9);
	assert_true(model + step < (size_t)110 * 1000 * 1000 * 1000);
	assert_true(step > (size_t)50 * 1000 * 1000 * 1000);
}

/* A device whose memory is a number. */
static size_t small_free;
static void *small_alloc(struct device *d, size_t bytes) { return bytes <= small_free ? slow.under->alloc(d, bytes) : NULL; }
static void small_available(struct device *d, size_t *free, size_t *total) {
	(void)d;
	*free = small_free;
	*total = 1000000000;
}

static void too_large_a_batch_is_told_what_would_fit(void **state) {
	(void)state;
	struct model_config c = micro_config();
	struct bench b = bench_new(&c, 1, 1);
	struct workspace *w;
	struct device_memory table = *b.d->memory;
	size_t need;
	slow.under = b.d->memory;
	table.alloc = small_alloc, table.available = small_available;
	b.d->memory = &table;
	OK(workspace_plan(&c, sizeof(float), 37, 10, true, NULL, NULL, &need));
	small_free = need;
	assert_int_equal(workspace_new(&w, b.m, 100, 10, true), ERR_MEMORY);
	assert_non_null(strstr(err_message(), "batch 100 needs"));
	assert_non_null(strstr(err_message(), "set batch=37"));
	OK(workspace_new(&w, b.m, 37, 10, true));
	workspace_free(w);
	small_free = 1000;
	assert_int_equal(workspace_new(&w, b.m, 1, 10, true), ERR_MEMORY);
	assert_non_null(strstr(err_message(), "smaller preset"));
	b.d->memory = slow.under;
	bench_free(&b);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sample_alone_is_the_sample_in_a_batch),
		cmocka_unit_test(same_bits_twice),
		cmocka_unit_test(one_batch_is_learned),
		cmocka_unit_test(a_workspace_keeps_nothing),
		cmocka_unit_test(a_step_waits_once),
		cmocka_unit_test(an_unsound_step_changes_nothing),
		cmocka_unit_test(a_batch_without_labels),
		cmocka_unit_test(decay_touches_matrices_only),
		cmocka_unit_test(refusals),
		cmocka_unit_test(memory_by_name),
		cmocka_unit_test(a_plan_is_what_is_taken),
		cmocka_unit_test(base_at_2048_stays_under_110_gb),
		cmocka_unit_test(too_large_a_batch_is_told_what_would_fit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
