/* tests/unit/loader_test.c -- the same batches from any number of threads, after any seek; broken files; stopping while busy. */
#include "tests/unit/data_make.h"

#include <time.h>

#include "engine/data/image_file.h"
#include "engine/data/loader.h"

enum { N = 7, BATCH = 3, S = 16, P = 8, GRID = 4 * S / P, STEPS = 12 };

static const struct sample_shape shape = {S, P, 32};

/* N samples of 30 x 24 pixels that differ. */
static struct dataset *open_folder(const char *root) {
	char path[200];
	struct dataset *d;
	for (int k = 0; k < N; k++) {
		uint16_t v[30 * 24];
		struct image im;
		assert_int_equal(image_new(&im, 30, 24), 0);
		for (int i = 0; i < 30 * 24 * 3; i++) im.pixels[i] = (uint8_t)(i * (k + 3) >> 2);
		snprintf(path, sizeof path, "%s/train/rgb/x/%d.png", root, k);
		make_file(path, "", 0);
		assert_int_equal(png_write(make_path(path), &im, NULL, 0), 0);
		image_free(&im);
		for (int i = 0; i < 30 * 24; i++) v[i] = (uint16_t)(i / 30 / 5 + k);
		snprintf(path, sizeof path, "%s/train/instance/x/%d.png", root, k);
		make_map(path, 30, 24, 16, v);
		for (int i = 0; i < 30 * 24; i++) v[i] = (uint16_t)(i % 30 / 10);
		snprintf(path, sizeof path, "%s/train/semseg/x/%d.png", root, k);
		make_map(path, 30, 24, 8, v);
	}
	snprintf(path, sizeof path, "%s/classes.tsv", root);
	static const char classes[] = "0\ta\t1\t2\t3\t0\n1\tb\t1\t2\t3\t0\n2\tc\t1\t2\t3\t1\n";
	make_file(path, classes, strlen(classes));
	assert_int_equal(dataset_open_folder(&d, make_path(root)), 0);
	return d;
}

static struct loader *start(struct dataset *d, int batch, int threads, int ahead, int64_t step) {
	struct loader *l;
	struct loader_config c = {.seed = 11, .batch = batch, .shape = shape, .threads = threads, .ahead = ahead};
	assert_int_equal(loader_new(&l, d, &c, step), 0);
	return l;
}

/* What a step should hold, made without a loader. */
static void check_batch(struct dataset *d, const struct batch *b, int64_t step, int batch) {
	struct order *o;
	assert_int_equal(order_new(&o, 11, N), 0);
	assert_int_equal(b->step, step);
	assert_int_equal(b->count, batch);
	for (int j = 0; j < batch; j++) {
		uint8_t rgb[3 * S * S], instance[GRID * GRID], semseg[GRID * GRID];
		int epoch, index = order_at(o, step * batch + j, &epoch);
		assert_int_equal(b->index[j], index);
		assert_int_equal(b->epoch[j], epoch);
		assert_int_equal(epoch, (step * batch + j) / N);
		assert_int_equal(sample_load(d, TRAIN, index, epoch, 11, &shape, rgb, instance, semseg), 0);
		assert_memory_equal(b->rgb + j * 3 * S * S, rgb, sizeof rgb);
		assert_memory_equal(b->labels[INSTANCE] + j * GRID * GRID, instance, sizeof instance);
		assert_memory_equal(b->labels[SEMSEG] + j * GRID * GRID, semseg, sizeof semseg);
	}
	order_free(o);
}

static void any_number_of_threads_gives_the_same_batches(void **state) {
	(void)state;
	struct dataset *d = open_folder("same");
	static const int threads[] = {1, 2, 5, 0}, ahead[] = {1, 4, 2, 0};
	for (int k = 0; k < 4; k++) {
		struct loader *l = start(d, BATCH, threads[k], ahead[k], 0);
		for (int64_t s = 0; s < STEPS; s++) {
			const struct batch *b;
			double waited = -1;
			assert_int_equal(loader_next(l, &b, &waited), 0);
			assert_true(waited >= 0 && waited < 60000);
			check_batch(d, b, s, BATCH);
		}
		char text[100];
		assert_false(loader_complaint(l, text, sizeof text));
		loader_free(l);
	}
	/* a batch of more than an epoch */
	struct loader *l = start(d, 2 * N + 1, 2, 1, 3);
	const struct batch *b;
	assert_int_equal(loader_next(l, &b, NULL), 0);
	check_batch(d, b, 3, 2 * N + 1);
	loader_free(l);
	dataset_free(d);
}

static void a_seek_is_a_straight_run(void **state) {
	(void)state;
	struct dataset *d = open_folder("seek");
	struct loader *l = start(d, BATCH, 3, 2, 1000000);
	const struct batch *b;
	static const int64_t steps[] = {0, 1, 9, 8, 8, 1000000000, 2, 3};
	assert_int_equal(loader_next(l, &b, NULL), 0);
	check_batch(d, b, 1000000, BATCH);
	for (size_t k = 0; k < sizeof steps / sizeof steps[0]; k++) {
		assert_int_equal(loader_seek(l, steps[k]), 0);
		for (int64_t s = steps[k]; s < steps[k] + (int64_t)(k % 3); s++) {
			assert_int_equal(loader_next(l, &b, NULL), 0);
			check_batch(d, b, s, BATCH);
		}
	}
	assert_says(loader_seek(l, -1), ERR_ARGUMENT, "step -1");
	assert_int_equal(loader_next(l, &b, NULL), 0);
	check_batch(d, b, 3 + 7 % 3, BATCH);
	loader_free(l);
	dataset_free(d);
}

static void a_loader_ends_while_it_is_busy(void **state) {
	(void)state;
	struct dataset *d = open_folder("busy");
	for (int k = 0; k < 30; k++) {
		struct loader *l = start(d, 64, 4, 3, 0);
		const struct batch *b;
		if (k % 3 == 1) nanosleep(&(struct timespec){0, 300000 * (k % 7)}, NULL);
		if (k % 3 == 2) assert_int_equal(loader_next(l, &b, NULL), 0);
		loader_free(l);
	}
	loader_free(NULL);
	dataset_free(d);
}

static void every_epoch_is_a_permutation_of_its_own(void **state) {
	(void)state;
	enum { M = 50 };
	struct order *o, *other;
	int first[M], same = 0, epoch;
	assert_int_equal(order_new(&o, 3, M), 0);
	assert_int_equal(order_new(&other, 4, M), 0);
	for (int64_t e = 0; e < 4; e++) {
		int seen[M] = {0};
		for (int i = 0; i < M; i++) {
			int at = order_at(o, e * M + i, &epoch);
			assert_int_equal(epoch, e);
			seen[at]++;
			if (e == 0) first[i] = at, same += at == order_at(other, i, NULL);
			else same += at == first[i];
		}
		for (int i = 0; i < M; i++) assert_int_equal(seen[i], 1);
	}
	assert_in_range(same, 0, 20); /* four comparisons of 50, each equal once in 50 by chance */
	for (int i = M - 1; i >= 0; i--) assert_int_equal(order_at(o, i, NULL), first[i]); /* back, in any direction */
	order_free(o);
	order_free(other);
	assert_says(order_new(&o, 3, 0), ERR_ARGUMENT, "0 samples");
}

static void a_broken_sample_is_replaced_and_said_once(void **state) {
	(void)state;
	char text[600];
	int32_t index[2][STEPS * BATCH];
	struct dataset *d = open_folder("broken");
	make_file("broken/train/rgb/x/5.png", "\x89PNG\r\n\x1a\n and no more", 20);
	make_file("broken/train/semseg/x/6.png", "", 0);
	for (int k = 0; k < 2; k++) {
		struct loader *l = start(d, BATCH, k ? 4 : 1, 2, 0);
		struct order *o;
		bool said[2] = {false, false};
		assert_int_equal(order_new(&o, 11, N), 0);
		for (int s = 0; s < STEPS; s++) {
			const struct batch *b;
			assert_int_equal(loader_next(l, &b, NULL), 0);
			for (int j = 0; j < BATCH; j++) {
				int epoch, due = order_at(o, s * BATCH + j, &epoch);
				uint8_t rgb[3 * S * S], instance[GRID * GRID], semseg[GRID * GRID];
				index[k][s * BATCH + j] = b->index[j];
				assert_int_equal(b->index[j], due == 5 || due == 6 ? 0 : due);
				assert_int_equal(sample_load(d, TRAIN, b->index[j], epoch, 11, &shape, rgb, instance, semseg), 0);
				assert_memory_equal(b->rgb + j * 3 * S * S, rgb, sizeof rgb);
			}
		}
		while (loader_complaint(l, text, sizeof text)) {
			int which = strstr(text, "train/6") != NULL;
			assert_non_null(strstr(text, which ? "semseg/x/6.png" : "rgb/x/5.png"));
			assert_false(said[which]);
			said[which] = true;
		}
		assert_true(said[0] && said[1]);
		order_free(o);
		loader_free(l);
	}
	assert_memory_equal(index[0], index[1], sizeof index[0]);
	dataset_free(d);
}

static void where_no_sample_can_be_read_the_step_fails(void **state) {
	(void)state;
	char path[600];
	struct dataset *d = open_folder("none");
	for (int k = 0; k < N; k++) {
		snprintf(path, sizeof path, "%s/none/train/instance/x/%d.png", make_root, k);
		assert_int_equal(remove(path), 0);
	}
	struct loader *l = start(d, BATCH, 2, 2, 0);
	const struct batch *b;
	for (int k = 0; k < 3; k++) {
		assert_says(loader_next(l, &b, NULL), ERR_FORMAT, "none of the 7 training samples", "none");
		assert_null(b);
		if (k == 1) assert_int_equal(loader_seek(l, 4), 0);
	}
	int said = 0;
	while (loader_complaint(l, path, sizeof path)) said++;
	assert_int_equal(said, N);
	loader_free(l);
	dataset_free(d);
}

static void complaints_beyond_what_is_kept_are_counted(void **state) {
	(void)state;
	enum { MANY = 40 };
	char text[600];
	struct dataset *d = open_folder("many");
	dataset_free(d);
	for (int k = N; k < MANY + N; k++)
		for (int g = 0; g < GRANULARITIES; g++) {
			snprintf(text, sizeof text, "many/train/%s/x/%d.png", granularity_name[g], k);
			make_file(text, "", 0);
		}
	assert_int_equal(dataset_open_folder(&d, make_path("many")), 0);
	struct loader *l = start(d, MANY + N, 2, 1, 0);
	const struct batch *b;
	assert_int_equal(loader_next(l, &b, NULL), 0);
	int said = 0;
	while (loader_complaint(l, text, sizeof text) && strstr(text, ".png is empty")) said++;
	assert_int_equal(said, 32);
	assert_string_equal(text, "8 more training samples are left out");
	assert_false(loader_complaint(l, text, sizeof text));
	loader_free(l);
	dataset_free(d);
}

static void what_cannot_be_loaded_is_refused(void **state) {
	(void)state;
	struct dataset *d = open_folder("refused");
	struct loader *l;
	static const struct { int batch, threads, ahead; int64_t step; const char *why; } bad[] = {
		{0, 1, 1, 0, "a batch of 0"}, {1000000000, 1, 1, 0, "a batch of 1000000000"}, {-1, 1, 1, 0, "a batch of -1"},
		{4, -1, 1, 0, "-1 threads"}, {4, 1000000000, 1, 0, "1000000000 threads"}, {4, 1, 1000000000, 0, "1000000000 batches"},
		{4, 1, 1, -1, "step -1"},
	};
	for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++) {
		struct loader_config c = {.batch = bad[k].batch, .threads = bad[k].threads, .ahead = bad[k].ahead, .shape = shape};
		assert_says(loader_new(&l, d, &c, bad[k].step), ERR_ARGUMENT, bad[k].why);
		assert_null(l);
	}
	dataset_free(d);
}

static void a_validation_sample_is_the_centre(void **state) {
	(void)state;
	struct dataset *d = open_folder("val");
	uint8_t a[3 * S * S], b[3 * S * S], c[3 * S * S], instance[GRID * GRID], semseg[GRID * GRID];
	make_file("val/val/readme", "", 0);
	struct raw_sample r;
	assert_int_equal(dataset_read(d, TRAIN, 2, &r), 0);
	struct crop crop = crop_val(r.width, r.height);
	assert_int_equal(transform_apply(&r, &crop, &shape, a, instance, semseg), 0);
	raw_sample_free(&r);
	assert_int_equal(sample_load(d, TRAIN, 2, 0, 11, &shape, b, instance, semseg), 0);
	assert_int_equal(sample_load(d, TRAIN, 2, 1, 11, &shape, c, instance, semseg), 0);
	assert_memory_not_equal(a, b, sizeof a);
	assert_memory_not_equal(b, c, sizeof b);
	assert_says(sample_load(d, VAL, 0, 0, 11, &shape, b, instance, semseg), ERR_ARGUMENT, "val/0");
	dataset_free(d);
	/* the same files as a validation split */
	assert_int_equal(remove(make_path("val/val/readme")) | rmdir(make_path("val/val")), 0);
	assert_int_equal(symlink("train", make_path("val/val")), 0);
	assert_int_equal(dataset_open_folder(&d, make_path("val")), 0);
	for (int epoch = 0; epoch < 2; epoch++) {
		assert_int_equal(sample_load(d, VAL, 2, epoch, 11 + (uint64_t)epoch, &shape, b, instance, semseg), 0);
		assert_memory_equal(a, b, sizeof a);
	}
	dataset_free(d);
}

/* Counts what is held; fails when asked for more than LIMIT pieces. */
struct pieces { int held, taken, limit; };
static void *piece_alloc(void *context, size_t bytes) {
	struct pieces *p = context;
	if (p->taken == p->limit) return NULL;
	p->held++, p->taken++;
	return malloc(bytes);
}
static void piece_free(void *context, void *p) {
	((struct pieces *)context)->held--;
	free(p);
}

static void batches_lie_in_the_memory_that_was_given(void **state) {
	(void)state;
	struct dataset *d = open_folder("memory");
	for (int limit = 0; limit <= 9; limit++) {
		struct pieces p = {.limit = limit};
		struct loader_config c = {.seed = 11, .batch = BATCH, .shape = shape, .threads = 2, .ahead = 2,
		                          .alloc = piece_alloc, .free = piece_free, .context = &p};
		struct loader *l;
		const struct batch *b;
		int rc = loader_new(&l, d, &c, 0);
		if (limit < 9) assert_int_equal(rc, ERR_MEMORY); /* three batches of three pieces */
		else {
			assert_int_equal(loader_next(l, &b, NULL), 0);
			check_batch(d, b, 0, BATCH);
			loader_free(l);
		}
		assert_int_equal(p.held, 0);
		assert_int_equal(p.taken, limit);
	}
	dataset_free(d);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_number_of_threads_gives_the_same_batches),
		cmocka_unit_test(batches_lie_in_the_memory_that_was_given),
		cmocka_unit_test(a_seek_is_a_straight_run),
		cmocka_unit_test(a_loader_ends_while_it_is_busy),
		cmocka_unit_test(every_epoch_is_a_permutation_of_its_own),
		cmocka_unit_test(a_broken_sample_is_replaced_and_said_once),
		cmocka_unit_test(where_no_sample_can_be_read_the_step_fails),
		cmocka_unit_test(complaints_beyond_what_is_kept_are_counted),
		cmocka_unit_test(what_cannot_be_loaded_is_refused),
		cmocka_unit_test(a_validation_sample_is_the_centre),
	};
	return cmocka_run_group_tests(tests, make_begin, make_end);
}
