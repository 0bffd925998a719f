/* tests/cuda_host/plans_test.c -- the file of matmul plans (engine/op/plans.h) in every bad state, and that a device computes with the algorithms
 * that the file names. On the emulated GPU, whose stand-in for cuBLASLt has two algorithms that add in different orders (cublasLt.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/err.h"
#include "engine/op/op.h"
#include "engine/op/plans.h"

static const char *const HEAD = "c2f plans 1: a GPU, 3 multiprocessors, cuBLAS 130000";
static char folder[] = "/tmp/c2f-plans-XXXXXX", path[64];

static struct plan plan_of(int32_t first, uint8_t byte) {
	struct plan p = {.key = {first, 1, -2, 3, 4, 5, 6, 7}, .trusted = true};
	memset(p.bytes, byte, sizeof p.bytes);
	return p;
}

static void file_put(const char *text) {
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int fresh_file(void **state) {
	(void)state;
	unlink(path);
	unsetenv("C2F_PLANS");
	return 0;
}

static void is_read_back(void **state) {
	(void)state;
	struct plans p;
	plans_open(&p, path, HEAD);
	assert_int_equal(p.count, 0);
	for (int i = 0; i < 200; i++) { /* in an order that is not the keys' */
		struct plan fresh = plan_of(i * 37 % 200, (uint8_t)i);
		assert_non_null(plans_keep(&p, &fresh, false));
	}
	plans_close(&p);
	plans_open(&p, path, HEAD);
	assert_int_equal(p.count, 200);
	for (int i = 0; i < 200; i++) {
		struct plan want = plan_of(i * 37 % 200, (uint8_t)i), *got = plans_find(&p, want.key);
		assert_non_null(got);
		assert_memory_equal(got->bytes, want.bytes, PLAN_BYTES);
		assert_false(got->trusted);
	}
	plans_close(&p);
}

static void broken_lines_are_left_out(void **state) {
	(void)state;
	struct plan a = plan_of(1, 0xab), b = plan_of(2, 0xcd);
	char digits[2 * PLAN_BYTES + 1], text[4096];
	memset(digits, 'a', sizeof digits - 1);
	digits[sizeof digits - 1] = '\0';
	snprintf(text, sizeof text,
	         "%s\n\nnonsense\n5 1 -2 3 4 5 6 : %s\n5 1 -2 3 4 5 6 7 : %.20s\n5 1 -2 3 4 5 6 7 : %sff\n5 1 -2 3 4 5 6 99999999999 : %s\n"
	         "5 1 -2 3 4 5 6 7 %s\n1 1 -2 3 4 5 6 7 : %s\n5 1 -2 3 4 5 6 7 : %.100s",
	         HEAD, digits, digits, digits, digits, digits, digits, digits);
	file_put(text);
	struct plans p;
	plans_open(&p, path, HEAD);
	assert_int_equal(p.count, 1);
	assert_int_equal(plans_find(&p, a.key)->bytes[63], 0xaa);
	assert_non_null(plans_keep(&p, &b, false));
	plans_close(&p);
	plans_open(&p, path, HEAD);
	assert_int_equal(p.count, 2);
	plans_close(&p);
}

static void another_version_is_not_read(void **state) {
	(void)state;
	struct plans p;
	struct plan a = plan_of(1, 1), b = plan_of(2, 2);
	plans_open(&p, path, "c2f plans 1: a GPU, 3 multiprocessors, cuBLAS 129000");
	plans_keep(&p, &a, false);
	plans_close(&p);
	plans_open(&p, path, HEAD);
	assert_int_equal(p.count, 0);
	plans_keep(&p, &b, false);
	plans_close(&p);
	plans_open(&p, path, HEAD);
	assert_int_equal(p.count, 1);
	assert_null(plans_find(&p, a.key));
	plans_close(&p);
}

static void needs_no_file(void **state) {
	(void)state;
	static const char *const places[] = {"", "/dev/null/c2f/plans.txt", "/proc/c2f/plans.txt"};
	for (int i = 0; i < 3; i++) {
		struct plans p;
		struct plan a = plan_of(1, 1);
		plans_open(&p, places[i], HEAD);
		assert_non_null(plans_keep(&p, &a, false));
		assert_non_null(plans_find(&p, a.key));
		plans_close(&p);
	}
}

static void the_first_to_write_decides(void **state) {
	(void)state;
	struct plans one, two;
	struct plan mine = plan_of(1, 1), theirs = plan_of(1, 2), other = plan_of(2, 3), better = plan_of(1, 4);
	plans_open(&one, path, HEAD);
	plans_open(&two, path, HEAD);
	plans_keep(&one, &mine, false);
	assert_int_equal(plans_keep(&two, &theirs, false)->bytes[0], 1);
	assert_int_equal(plans_keep(&two, &theirs, false)->bytes[0], 1); /* now that it is here too: read from the file is not useless */
	plans_keep(&two, &other, false);
	assert_int_equal(plans_keep(&one, &better, true)->bytes[0], 4); /* what turned out useless is replaced */
	plans_close(&one);
	plans_close(&two);
	plans_open(&one, path, HEAD);
	assert_int_equal(one.count, 2);
	assert_int_equal(plans_find(&one, mine.key)->bytes[0], 4);
	plans_close(&one);
}

static void is_found_by_name(void **state) {
	(void)state;
	char out[256];
	setenv("HOME", "/home/me", 1);
	unsetenv("XDG_CACHE_HOME");
	plans_path(out, sizeof out, "NVIDIA H200/x", "130100");
	assert_string_equal(out, "/home/me/.cache/c2f/plans-NVIDIA-H200-x-130100.txt");
	setenv("XDG_CACHE_HOME", "/cache", 1);
	plans_path(out, sizeof out, "NVIDIA H200", "130100");
	assert_string_equal(out, "/cache/c2f/plans-NVIDIA-H200-130100.txt");
	plans_path(out, 10, "NVIDIA H200", "130100");
	assert_string_equal(out, "");
	setenv("C2F_PLANS", "my plans.txt", 1);
	plans_path(out, sizeof out, "NVIDIA H200", "130100");
	assert_string_equal(out, "my plans.txt");
	unsetenv("C2F_PLANS"), unsetenv("XDG_CACHE_HOME"), unsetenv("HOME");
	plans_path(out, sizeof out, "NVIDIA H200", "130100");
	assert_string_equal(out, "");
}

/* ---- a device with a file ---- */

enum { ROWS = 33, IN = 64, OUT = 32 };

/* dw [OUT, IN] of one linear layer without a bias, in float32, on a device of its own. */
static void gradient(float *dw) {
	static float x[ROWS * IN], dy[ROWS * OUT];
	struct device *d;
	void *device_x, *device_dy, *device_dw;
	for (int i = 0; i < ROWS * IN; i++) x[i] = (float)(i * 7919 % 1000) / 997 - 0.5f;
	for (int i = 0; i < ROWS * OUT; i++) dy[i] = (float)(i * 6133 % 1000) / 991 - 0.5f;
	assert_int_equal(device_open(&d, "cuda", "fp32", 1), 0);
	assert_int_equal(device_alloc(d, &device_x, sizeof x, "x"), 0);
	assert_int_equal(device_alloc(d, &device_dy, sizeof dy, "dy"), 0);
	assert_int_equal(device_alloc(d, &device_dw, sizeof *dw * OUT * IN, "dw"), 0);
	device_upload(d, device_x, x, sizeof x);
	device_upload(d, device_dy, dy, sizeof dy);
	d->op->linear_backward(d, NULL, device_dw, NULL, device_dy, device_x, NULL, ROWS - 1, IN, OUT, false);
	device_download(d, dw, device_dw, sizeof *dw * OUT * IN);
	d->op->linear_backward(d, NULL, device_dw, NULL, device_dy, device_x, NULL, ROWS, IN, OUT, false); /* an odd sum: algorithm 2 refuses it */
	assert_int_equal(device_sync(d), 0);
	device_free(d, device_x), device_free(d, device_dy), device_free(d, device_dw);
	device_close(d);
}

static char *file_text(void) {
	static char text[8192];
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	text[fread(text, 1, sizeof text - 1, f)] = '\0';
	fclose(f);
	return text;
}

/* Makes every plan of the file name ALGORITHM. */
static void algorithms_set(char algorithm) {
	char *text = file_text();
	for (char *c = text; (c = strstr(c, " : ")); c++) c[4] = algorithm; /* " : 0X0000", the first byte's low digit */
	file_put(text);
}

static void decides_what_is_computed(void **state) {
	(void)state;
	static float first[OUT * IN], again[OUT * IN], one[OUT * IN], two[OUT * IN];
	setenv("C2F_PLANS", path, 1);
	gradient(first);
	char kept[8192];
	strcpy(kept, file_text());
	gradient(again);
	assert_memory_equal(first, again, sizeof first);
	assert_string_equal(kept, file_text());
	algorithms_set('1');
	gradient(one);
	algorithms_set('2');
	gradient(two);
	assert_memory_not_equal(one, two, sizeof one);
	assert_true(!memcmp(first, one, sizeof one) || !memcmp(first, two, sizeof two));
	algorithms_set('7'); /* of another machine: timed again, and the file mended */
	gradient(again);
	assert_true(!memcmp(again, one, sizeof one) || !memcmp(again, two, sizeof two));
	assert_null(strstr(file_text(), " : 07"));
	setenv("C2F_PLANS", "off", 1);
	unlink(path);
	gradient(again);
	assert_memory_equal(again, one, sizeof one); /* the heuristic's first */
	assert_int_equal(access(path, F_OK), -1);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(is_read_back, fresh_file),
		cmocka_unit_test_setup(broken_lines_are_left_out, fresh_file),
		cmocka_unit_test_setup(another_version_is_not_read, fresh_file),
		cmocka_unit_test_setup(needs_no_file, fresh_file),
		cmocka_unit_test_setup(the_first_to_write_decides, fresh_file),
		cmocka_unit_test_setup(is_found_by_name, fresh_file),
		cmocka_unit_test_setup(decides_what_is_computed, fresh_file),
	};
	if (!mkdtemp(folder)) return 1;
	snprintf(path, sizeof path, "%s/deep/plans.txt", folder);
	struct plans p;
	struct plan any = plan_of(0, 0);
	plans_open(&p, path, HEAD); /* makes the folder */
	plans_keep(&p, &any, false);
	plans_close(&p);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	*strrchr(path, '/') = '\0';
	rmdir(path);
	rmdir(folder);
	return failed;
}
