/* tests/unit/dataset_test.c -- folders: matched names, classes.tsv, labels, what is broken; the cache; real photographs where they lie. */
#include "tests/unit/data_make.h"

#include <pthread.h>

#include "engine/data/classes.h"
#include "engine/data/dataset.h"
#include "engine/data/image_file.h"

#ifndef HAVE_JPEG
#define HAVE_JPEG 0
#endif

enum { W = 20, H = 14 };

static const char three_classes[] = "index\tname\tr\tg\tb\tthing\n0\tperson\t53\t100\t212\t1\n"
                                    "1\tsky\t1\t2\t3\t0\r\n2\twall-other brick\t4\t5\t6\t0\n";

/* Sample NAME of SPLIT below ROOT (in make_root): pixels, ids and classes that follow from KEY. */
static void make_sample(const char *root, const char *split, const char *name, int key) {
	char path[256];
	uint16_t v[W * H];
	struct image im;
	assert_int_equal(image_new(&im, W, H), 0);
	for (int i = 0; i < W * H * 3; i++) im.pixels[i] = (uint8_t)(i * 7 + key);
	snprintf(path, sizeof path, "%s/%s/rgb/%s.png", root, split, name);
	make_file(path, "", 0);
	assert_int_equal(png_write(make_path(path), &im, NULL, 0), 0);
	image_free(&im);
	for (int i = 0; i < W * H; i++) v[i] = (uint16_t)(i / 64 * 300 + key);
	snprintf(path, sizeof path, "%s/%s/instance/%s.png", root, split, name);
	make_map(path, W, H, 16, v);
	for (int i = 0; i < W * H; i++) v[i] = i % 4 == 3 ? 255 : (uint16_t)(i % 4);
	snprintf(path, sizeof path, "%s/%s/semseg/%s.png", root, split, name);
	make_map(path, W, H, 8, v);
}

/* ROOT with train/{b/one, b/two, a-c/one, top} and val/{zoo/one}. */
static const char *make_folder(const char *root) {
	char path[256];
	make_sample(root, "train", "b/one", 1);
	make_sample(root, "train", "b/two", 2);
	make_sample(root, "train", "a-c/one", 3);
	make_sample(root, "train", "top", 4);
	make_sample(root, "val", "zoo/one", 5);
	snprintf(path, sizeof path, "%s/classes.tsv", root);
	make_file(path, three_classes, strlen(three_classes));
	return make_path(root);
}

static void open_says(const char *root, int code, const char *a, const char *b) {
	struct dataset *d = (struct dataset *)1;
	assert_says(dataset_open_folder(&d, root), code, a, b);
	assert_null(d);
}

static void a_folder_is_listed_in_order_with_its_labels(void **state) {
	(void)state;
	struct dataset *d;
	char what[300], slashed[300];
	const char *root = make_folder("good");
	make_file("good/train/rgb/b/.hidden.png", "x", 1);
	make_file("good/train/rgb/b/notes.txt", "x", 1);
	snprintf(slashed, sizeof slashed, "%s//", root);
	assert_int_equal(dataset_open_folder(&d, slashed), 0);
	assert_string_equal(dataset_name(d), root);
	assert_int_equal(dataset_count(d, TRAIN), 4);
	assert_int_equal(dataset_count(d, VAL), 1);
	assert_int_equal(dataset_classes(d), 3);
	assert_string_equal(dataset_class(d, 2)->name, "wall-other brick");
	assert_true(dataset_class(d, 0)->thing && !dataset_class(d, 1)->thing);
	assert_true(dataset_class(d, 0)->r == 53 && dataset_class(d, 0)->g == 100 && dataset_class(d, 0)->b == 212);
	static const char *const labels[] = {".", "a-c", "b", "zoo"};
	assert_int_equal(dataset_labels(d), 4);
	for (int i = 0; i < 4; i++) assert_string_equal(dataset_label(d, i), labels[i]);
	static const struct { const char *file; int label, key; } want[] = {{"a-c/one", 1, 3}, {"b/one", 2, 1}, {"b/two", 2, 2}, {"top", 0, 4}};
	for (int i = 0; i < 4; i++) {
		struct raw_sample r;
		dataset_describe(d, TRAIN, i, what, sizeof what);
		char file[300];
		snprintf(file, sizeof file, "%s/train/rgb/%s.png", root, want[i].file);
		assert_string_equal(what, file);
		assert_int_equal(dataset_read(d, TRAIN, i, &r), 0);
		assert_true(r.width == W && r.height == H && r.label == want[i].label);
		for (int k = 0; k < W * H; k++) {
			assert_int_equal(r.rgb[3 * k + 1], (uint8_t)((3 * k + 1) * 7 + want[i].key));
			assert_int_equal(r.instance[k], k / 64 * 300 + want[i].key);
			assert_int_equal(r.semseg[k], k % 4 == 3 ? UNLABELLED : k % 4);
		}
		raw_sample_free(&r);
	}
	struct raw_sample r;
	assert_says(dataset_read(d, TRAIN, 4, &r), ERR_ARGUMENT, "train/4", "train/3");
	assert_says(dataset_read(d, VAL, -1, &r), ERR_ARGUMENT, "val/-1");
	assert_says(dataset_read(d, VAL, 1000000000, &r), ERR_ARGUMENT, "val/1000000000");
	assert_null(r.rgb);
	dataset_free(d);
}

static void what_a_folder_lacks_is_said(void **state) {
	(void)state;
	open_says(make_path("nowhere"), ERR_FILE, "nowhere", "No such file");
	make_file("a_file", "x", 1);
	open_says(make_path("a_file"), ERR_FILE, "a_file", "not a folder");
	make_file("bare/readme", "x", 1);
	open_says(make_path("bare"), ERR_FILE, "bare/train/rgb", "the layout is");
	make_file("no_images/train/rgb/dogs/readme.txt", "x", 1);
	open_says(make_path("no_images"), ERR_FORMAT, "no_images/train/rgb", "no images");

	make_folder("maps_gone");
	assert_int_equal(rename(make_path("maps_gone/train/instance"), make_path("maps_gone/train/elsewhere")), 0);
	open_says(make_path("maps_gone"), ERR_FILE, "maps_gone/train/instance", "No such file");
	make_folder("half_val");
	assert_int_equal(rename(make_path("half_val/val/semseg"), make_path("half_val/val/elsewhere")), 0);
	open_says(make_path("half_val"), ERR_FILE, "half_val/val/semseg", "No such file");
	make_folder("no_classes");
	assert_int_equal(remove(make_path("no_classes/classes.tsv")), 0);
	open_says(make_path("no_classes"), ERR_FILE, "no_classes/classes.tsv", "No such file");
	make_folder("deep");
	make_file("deep/train/rgb/b/deeper/x.png", "x", 1);
	open_says(make_path("deep"), ERR_FORMAT, "deep/train/rgb/b/deeper", "too deep");
}

static void a_missing_partner_is_named_and_the_rest_counted(void **state) {
	(void)state;
	make_folder("partner");
	assert_int_equal(remove(make_path("partner/train/semseg/b/two.png")), 0);
	open_says(make_path("partner"), ERR_FORMAT, "partner/train/semseg/b/two.png is missing", "though rgb has one");
	assert_null(strstr(err_message(), "more such"));
	assert_int_equal(remove(make_path("partner/train/rgb/top.png")), 0);
	assert_int_equal(remove(make_path("partner/train/instance/a-c/one.png")), 0);
	open_says(make_path("partner"), ERR_FORMAT, "partner/train/instance/a-c/one.png is missing", "2 more such");
	assert_int_equal(remove(make_path("partner/train/instance/top.png")), 0);
	open_says(make_path("partner"), ERR_FORMAT, "3 more such", "one.png");
	make_folder("twice");
	make_file("twice/train/rgb/b/one.JPG", "x", 1);
	open_says(make_path("twice"), ERR_FORMAT, "twice/train/rgb/b/one is there twice", "keep one");
}

static void a_missing_val_split_is_empty(void **state) {
	(void)state;
	struct dataset *d;
	struct raw_sample r;
	make_sample("train_only", "train", "x/one", 1);
	make_file("train_only/classes.tsv", three_classes, strlen(three_classes));
	assert_int_equal(dataset_open_folder(&d, make_path("train_only")), 0);
	assert_int_equal(dataset_count(d, VAL), 0);
	assert_says(dataset_read(d, VAL, 0, &r), ERR_ARGUMENT, "val/0", "no val samples");
	dataset_free(d);
}

static void a_broken_sample_is_said_with_its_path(void **state) {
	(void)state;
	struct dataset *d;
	struct raw_sample r;
	uint16_t v[W * H] = {0};
	make_folder("broken");
	assert_int_equal(dataset_open_folder(&d, make_path("broken")), 0);
	v[3 * W + 5] = 3;
	make_map("broken/train/semseg/a-c/one.png", W, H, 8, v);
	assert_says(dataset_read(d, TRAIN, 0, &r), ERR_FORMAT, "semseg/a-c/one.png", "class 3 at column 5, row 3", "0 to 2");
	v[3 * W + 5] = 256; /* would be 0 in eight bits */
	make_map("broken/train/semseg/a-c/one.png", W, H, 16, v);
	assert_says(dataset_read(d, TRAIN, 0, &r), ERR_FORMAT, "semseg/a-c/one.png", "class 256");
	make_map("broken/train/instance/a-c/one.png", W - 1, H, 16, v);
	assert_says(dataset_read(d, TRAIN, 0, &r), ERR_FORMAT, "instance/a-c/one.png", "19 x 14", "20 x 14");
	make_file("broken/train/rgb/b/one.png", "\x89PNG\r\n\x1a\n and no more", 20);
	assert_says(dataset_read(d, TRAIN, 1, &r), ERR_FORMAT, "rgb/b/one.png", "broken PNG");
	make_file("broken/train/rgb/b/one.png", "", 0);
	assert_says(dataset_read(d, TRAIN, 1, &r), ERR_FORMAT, "rgb/b/one.png", "0 bytes");
	assert_int_equal(remove(make_path("broken/train/instance/b/two.png")), 0);
	assert_says(dataset_read(d, TRAIN, 2, &r), ERR_FILE, "instance/b/two.png", "No such file");
	assert_null(r.rgb);
	assert_int_equal(dataset_read(d, TRAIN, 3, &r), 0);
	raw_sample_free(&r);
	dataset_free(d);
}

static void the_cache_keeps_what_was_read(void **state) {
	(void)state;
	struct dataset *d;
	struct raw_sample first, again;
	make_folder("cached");
	assert_int_equal(dataset_open_folder(&d, make_path("cached")), 0);
	assert_int_equal(dataset_read(d, TRAIN, 1, &first), 0);
	assert_int_equal(remove(make_path("cached/train/rgb/b/one.png")), 0);
	assert_int_equal(dataset_read(d, TRAIN, 1, &again), 0);
	assert_ptr_not_equal(first.rgb, again.rgb);
	assert_memory_equal(first.rgb, again.rgb, W * H * 3);
	assert_memory_equal(first.instance, again.instance, W * H * 2);
	assert_memory_equal(first.semseg, again.semseg, W * H);
	assert_int_equal(first.label, again.label);
	raw_sample_free(&again);
	raw_sample_free(&first);
	/* Room for one sample of 20 x 14 pixels at 6 bytes, not for two: the first stays, the second is read from its file. */
	dataset_cache(d, 0);
	dataset_cache(d, W * H * 6 + 1000);
	assert_int_equal(dataset_read(d, TRAIN, 2, &first), 0);
	raw_sample_free(&first);
	assert_int_equal(dataset_read(d, TRAIN, 3, &first), 0);
	raw_sample_free(&first);
	assert_int_equal(remove(make_path("cached/train/rgb/b/two.png")), 0);
	assert_int_equal(remove(make_path("cached/train/rgb/top.png")), 0);
	assert_int_equal(dataset_read(d, TRAIN, 2, &first), 0);
	raw_sample_free(&first);
	assert_says(dataset_read(d, TRAIN, 3, &first), ERR_FILE, "top.png");
	assert_says(dataset_read(d, TRAIN, 1, &first), ERR_FILE, "one.png");
	dataset_cache(d, 0);
	assert_says(dataset_read(d, TRAIN, 2, &first), ERR_FILE, "two.png");
	dataset_free(d);
}

static void *read_all(void *context) {
	struct dataset *d = context;
	for (int i = 0; i < 40; i++) {
		struct raw_sample r;
		if (i == 20) dataset_cache(d, W * H * 6 * 2 + 500);
		if (dataset_read(d, TRAIN, i % 4, &r) != 0) return "a sample could not be read";
		int key = (int[]){3, 1, 2, 4}[i % 4];
		for (int k = 0; k < W * H; k++)
			if (r.instance[k] != k / 64 * 300 + key) return "a sample is mixed up";
		raw_sample_free(&r);
	}
	return NULL;
}

static void many_threads_read_at_once(void **state) {
	(void)state;
	struct dataset *d;
	pthread_t thread[4];
	make_folder("threads");
	assert_int_equal(dataset_open_folder(&d, make_path("threads")), 0);
	for (int i = 0; i < 4; i++) assert_int_equal(pthread_create(&thread[i], NULL, read_all, d), 0);
	for (int i = 0; i < 4; i++) {
		void *why;
		pthread_join(thread[i], &why);
		if (why) fail_msg("%s", (const char *)why);
	}
	dataset_free(d);
}

static void classes_are_read_strictly(void **state) {
	(void)state;
	static const struct { const char *text, *why; } bad[] = {
		{"", "lists no classes"},
		{"index\tname\tr\tg\tb\tthing\n", "lists no classes"},
		{"0\tsky\t1\t2\t3\n", "line 1 has 5 fields"},
		{"0\tsky\t1\t2\t3\t0\t0\n", "line 1 has more than 6 fields"},
		{"0 sky 1 2 3 0\n", "line 1 has 1 fields"},
		{"\n1\tsky\t1\t2\t3\t0\n", "line 2: index 1 where 0 is due"},
		{"0\tsky\t1\t2\t3\t0\n0\tsea\t1\t2\t3\t0\n", "line 2: index 0 where 1 is due"},
		{"x\tsky\t1\t2\t3\t0\n", "line 1: index is \"x\""},
		{"-1\tsky\t1\t2\t3\t0\n", "line 1: index is \"-1\""},
		{"0\tsky\t256\t2\t3\t0\n", "line 1: r is \"256\""},
		{"0\tsky\t1\t99999999999999999999\t3\t0\n", "line 1: g is"},
		{"0\tsky\t1\t2\t\t0\n", "line 1: b is \"\""},
		{"0\tsky\t1\t2\t3\t2\n", "line 1: thing is \"2\""},
		{"0\t\t1\t2\t3\t0\n", "a name of 0 bytes"},
		{"0\tfifty letters, which are more than there is room for\t1\t2\t3\t0\n", "line 1: a name of"},
		{"0\tsk\x1by\t1\t2\t3\t0\n", "control character"},
		{"0\tsky\t1\t2\t3\t0\nindex\tname\tr\tg\tb\tthing\n", "line 2: index is \"index\""},
	};
	static struct class_table t;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_says(classes_parse(&t, bad[i].text, strlen(bad[i].text), "c.tsv"), ERR_FORMAT, "c.tsv", bad[i].why);
	static const char bare[] = "0\tsky\t1\t2\t3\t0\n\n1\tsea\t4\t5\t6\t1"; /* no header, an empty line, no last end */
	assert_int_equal(classes_parse(&t, bare, strlen(bare), "c.tsv"), 0);
	assert_int_equal(t.count, 2);
	assert_string_equal(t.row[1].name, "sea");
	char many[256 * 32];
	int n = 0;
	for (int i = 0; i < 255; i++) n += snprintf(many + n, sizeof many - (size_t)n, "%d\tc%d\t1\t2\t3\t0\n", i, i);
	assert_int_equal(classes_parse(&t, many, (size_t)n, "c.tsv"), 0);
	assert_int_equal(t.count, 255);
	n += snprintf(many + n, sizeof many - (size_t)n, "255\tc255\t1\t2\t3\t0\n");
	assert_says(classes_parse(&t, many, (size_t)n, "c.tsv"), ERR_FORMAT, "more than 255 classes");
}

static void scenes_are_a_data_set(void **state) {
	(void)state;
	struct dataset *d;
	struct raw_sample r, again;
	char what[100];
	assert_says(dataset_open_scenes(&d, 1, 64, (const int[]){0, 5}), ERR_ARGUMENT, "0 train scenes");
	assert_says(dataset_open_scenes(&d, 1, 64, (const int[]){1000000000, 5}), ERR_ARGUMENT, "1000000000 train scenes");
	assert_says(dataset_open_scenes(&d, 1, 64, (const int[]){5, -1}), ERR_ARGUMENT, "-1 val scenes");
	assert_null(d);
	assert_int_equal(dataset_open_scenes(&d, 1, 64, (const int[]){100, 20}), 0);
	assert_string_equal(dataset_name(d), "scenes");
	assert_true(dataset_count(d, TRAIN) == 100 && dataset_count(d, VAL) == 20 && dataset_classes(d) == 133);
	assert_string_equal(dataset_class(d, 0)->name, "person");
	dataset_describe(d, VAL, 7, what, sizeof what);
	assert_string_equal(what, "scenes val/7");
	assert_int_equal(dataset_read(d, VAL, 7, &r), 0);
	assert_in_range(r.label, 0, dataset_labels(d) - 1);
	assert_true(strlen(dataset_label(d, r.label)) > 0);
	dataset_cache(d, 0);
	assert_int_equal(dataset_read(d, VAL, 7, &again), 0);
	assert_true(r.width == again.width && r.height == again.height);
	assert_memory_equal(r.rgb, again.rgb, (size_t)r.width * r.height * 3);
	raw_sample_free(&r);
	raw_sample_free(&again);
	dataset_free(d);
}

/* 181 real photographs, where they lie beside the project. */
static void photographs_are_read(void **state) {
	(void)state;
	static const char *const places[] = {"../shared/data/photos", "../../shared/data/photos"};
	const char *root = access(places[0], F_OK) == 0 ? places[0] : places[1];
	struct dataset *d;
	bool seen[256] = {0};
	if (access(root, F_OK) != 0 || !HAVE_JPEG) {
		print_message("skipped: %s\n", HAVE_JPEG ? "no photographs at ../shared/data/photos" : "photographs need libjpeg");
		skip();
	}
	assert_int_equal(dataset_open_folder(&d, root), 0);
	assert_int_equal(dataset_classes(d), 182);
	assert_int_equal(dataset_count(d, TRAIN) + dataset_count(d, VAL), 181);
	assert_int_equal(dataset_labels(d), 2);
	for (int i = 0; i < dataset_count(d, TRAIN); i += 9) {
		struct raw_sample r;
		assert_int_equal(dataset_read(d, TRAIN, i, &r), 0);
		for (int k = 0; k < r.width * r.height; k++) seen[r.semseg[k]] = true;
		raw_sample_free(&r);
	}
	assert_true(seen[0] && seen[UNLABELLED] && !seen[182]);
	dataset_free(d);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_folder_is_listed_in_order_with_its_labels),
		cmocka_unit_test(what_a_folder_lacks_is_said),
		cmocka_unit_test(a_missing_partner_is_named_and_the_rest_counted),
		cmocka_unit_test(a_missing_val_split_is_empty),
		cmocka_unit_test(a_broken_sample_is_said_with_its_path),
		cmocka_unit_test(the_cache_keeps_what_was_read),
		cmocka_unit_test(many_threads_read_at_once),
		cmocka_unit_test(classes_are_read_strictly),
		cmocka_unit_test(scenes_are_a_data_set),
		cmocka_unit_test(photographs_are_read),
	};
	return cmocka_run_group_tests(tests, make_begin, make_end);
}
