/* tests/unit/safetensors_test.c -- the file format: what is written is read back; every kind of lie is refused with a sentence that
 * names file and tensor; a failed write leaves the old file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/model/safetensors.h"
#include "tests/unit/reading.h"

static char folder[] = "/tmp/c2f-safetensors-XXXXXX";
static char path[64];

static int make_folder(void **state) {
	(void)state;
	if (!mkdtemp(folder)) return -1;
	snprintf(path, sizeof path, "%s/t.safetensors", folder);
	return 0;
}

static int remove_folder(void **state) {
	(void)state;
	unlink(path);
	return rmdir(folder); /* fails if a temporary file was left */
}

static int write_example(float first) {
	float weights[6] = {first, 2, 3, 4, 5, 6};
	int32_t ids[2] = {-7, 8};
	const struct tensor_info t[] = {
		tensor_of("weights", TENSOR_F32, 2, (int64_t[]){2, 3}, weights),
		tensor_of("odd \"name\"\n", TENSOR_I32, 1, (int64_t[]){2}, ids),
		tensor_of("empty", TENSOR_U8, 2, (int64_t[]){0, 5}, ids),
		tensor_of("scalar", TENSOR_F32, 0, NULL, weights + 5),
	};
	const struct safetensors_meta_pair meta[] = {{"step", "12"}, {"note", "a\tb \xc3\xa9"}};
	return safetensors_write(path, t, 4, meta, 2);
}

static void needs_reading(void) {
	struct safetensors *f;
	assert_int_equal(write_example(1), 0);
	int code = safetensors_open(&f, path);
	if (code == 0) safetensors_close(f);
	skip_unless_read(code, err_message());
}

static void written_is_read(void **state) {
	(void)state;
	needs_reading();
	struct safetensors *f;
	float w[6];
	int32_t ids[2];
	assert_int_equal(write_example(1.5f), 0);
	assert_int_equal(safetensors_open(&f, path), 0);
	assert_int_equal(safetensors_count(f), 4);
	const struct tensor_info *t = safetensors_find(f, "weights");
	assert_non_null(t);
	assert_int_equal(t->type, TENSOR_F32);
	assert_int_equal(t->ndim, 2);
	assert_int_equal(t->shape[1], 3);
	assert_int_equal(safetensors_floats(t, w), 0);
	assert_true(w[0] == 1.5f && w[5] == 6);
	assert_int_equal(((uintptr_t)t->data) % 8, 0);
	t = safetensors_find(f, "odd \"name\"\n");
	memcpy(ids, t->data, sizeof ids);
	assert_true(ids[0] == -7 && ids[1] == 8);
	assert_int_equal(safetensors_floats(t, w), ERR_FORMAT);
	assert_int_equal(safetensors_find(f, "empty")->count, 0);
	assert_int_equal(safetensors_find(f, "scalar")->count, 1);
	assert_null(safetensors_find(f, "weight"));
	assert_string_equal(safetensors_meta(f, "step"), "12");
	assert_string_equal(safetensors_meta(f, "note"), "a\tb \xc3\xa9");
	assert_null(safetensors_meta(f, "nothing"));
	assert_string_equal(safetensors_path(f), path);
	safetensors_close(f);
	char shape[32];
	const struct tensor_info cube = {.ndim = 3, .shape = {2, 0, 44}};
	assert_int_equal(tensor_shape_format(&cube, shape, sizeof shape), 10);
	assert_string_equal(shape, "[2, 0, 44]");
	assert_int_equal(tensor_shape_format(&cube, shape, 5), 10);
	assert_string_equal(shape, "[2, ");
}

/* A file in memory: header length LENGTH (or the header's own), HEADER, DATA zero bytes. */
static int open_bytes(struct safetensors **f, const char *header, int64_t length, size_t data) {
	size_t n = strlen(header), size = 8 + n + data;
	uint8_t *bytes = calloc(1, size);
	uint64_t claimed = length >= 0 ? (uint64_t)length : n;
	for (int i = 0; i < 8; i++) bytes[i] = (uint8_t)(claimed >> 8 * i);
	memcpy(bytes + 8, header, n);
	int rc = safetensors_open_memory(f, bytes, size, "lies.safetensors");
	if (rc == 0) safetensors_close(*f);
	free(bytes);
	return rc;
}

#define T(dtype, shape, from, to) "{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":[" from "," to "]}"

struct lie { const char *header; int64_t length; size_t data; const char *says; };

static void refuse(const struct lie *lie) {
	struct safetensors *f;
	int rc = open_bytes(&f, lie->header, lie->length, lie->data);
	if (rc != ERR_FORMAT) fail_msg("the lie '%s' gives %d", lie->header, rc);
	assert_null(f);
	if (!strstr(err_message(), lie->says)) fail_msg("'%s': '%s' does not say '%s'", lie->header, err_message(), lie->says);
	if (!strstr(err_message(), "lies.safetensors")) fail_msg("'%s': '%s' does not name the file", lie->header, err_message());
}

static void lengths_that_lie_are_refused(void **state) {
	(void)state;
	static const struct lie lies[] = {{"{}", 1000, 0, "cut short"}, {"{}", INT64_MAX, 0, "claims a header"}, {"{}", 100000001, 0, "claims a header"}, {"{}", 3, 0, "cut short"}};
	for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) refuse(&lies[i]);
	struct safetensors *f;
	for (size_t n = 0; n < 8; n++) assert_int_equal(safetensors_open_memory(&f, "\0\0\0\0\0\0\0", n, "short"), ERR_FORMAT);
}

static void headers_that_lie_are_refused(void **state) {
	(void)state;
	needs_reading();
	static const struct lie lies[] = {
		/* JSON */
		{"", 0, 0, "not JSON"}, {"{", -1, 0, "not JSON"}, {"[]", -1, 0, "not an object"}, {"{}x", -1, 0, "not JSON"}, {"{\"a\":1}", -1, 0, "\"a\""},
		{"{\"a\":" T("F32", "[1]", "0", "4") ",\"a\":" T("F32", "[1]", "4", "8") "}", -1, 8, "duplicate"}, {"{\"\xff\":1}", -1, 0, "not JSON"},
		{"{\"__metadata__\":{\"k\":1}}", -1, 0, "metadata"}, {"{\"__metadata__\":[]}", -1, 0, "__metadata__"},
		/* types */
		{"{\"a\":{\"shape\":[1],\"data_offsets\":[0,4]}}", -1, 4, "no dtype"}, {"{\"a\":" T("F99", "[1]", "0", "4") "}", -1, 4, "F99"},
		{"{\"a\":{\"dtype\":3,\"shape\":[1],\"data_offsets\":[0,4]}}", -1, 4, "no dtype"},
		/* shapes */
		{"{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", -1, 4, "no shape"}, {"{\"a\":" T("F32", "[-1]", "0", "4") "}", -1, 4, "whole numbers"},
		{"{\"a\":" T("F32", "[1.5]", "0", "4") "}", -1, 4, "whole numbers"}, {"{\"a\":" T("F32", "[1,1,1,1,1,1,1,1,1]", "0", "4") "}", -1, 4, "dimensions"},
		{"{\"a\":" T("F32", "[4294967296,4294967296]", "0", "4") "}", -1, 4, "more elements"},
		{"{\"a\":" T("F32", "[4611686018427387904]", "0", "0") "}", -1, 0, "more bytes"},
		{"{\"a\":" T("F32", "[99999999999999999999]", "0", "4") "}", -1, 4, "not JSON"}, {"{\"a\":" T("F32", "[2]", "0", "4") "}", -1, 4, "need 8"},
		{"{\"a\":" T("F32", "[0]", "0", "4") "}", -1, 4, "need 0"},
		/* offsets */
		{"{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", -1, 4, "data_offsets"}, {"{\"a\":" T("F32", "[1]", "0", "4") "}", -1, 3, "cut short"},
		{"{\"a\":" T("F32", "[1]", "-4", "0") "}", -1, 4, "claims the bytes"}, {"{\"a\":" T("F32", "[1]", "4", "0") "}", -1, 4, "claims the bytes"},
		{"{\"a\":" T("F32", "[1]", "9223372036854775803", "9223372036854775807") "}", -1, 4, "claims the bytes"},
		{"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,8]}}", -1, 4, "data_offsets"},
		/* tiling */
		{"{\"a\":" T("F32", "[2]", "0", "8") ",\"b\":" T("F32", "[2]", "4", "12") "}", -1, 12, "overlap"},
		{"{\"a\":" T("F32", "[1]", "0", "4") ",\"b\":" T("F32", "[1]", "0", "4") "}", -1, 4, "overlap"},
		{"{\"a\":" T("F32", "[1]", "0", "4") ",\"b\":" T("F32", "[1]", "8", "12") "}", -1, 12, "gap"},
		{"{\"a\":" T("F32", "[1]", "4", "8") "}", -1, 8, "gap"}, {"{\"a\":" T("F32", "[1]", "0", "4") "}", -1, 8, "belong to none"},
		{"{\"a\":" T("F32", "[2]", "0", "8") ",\"b\":" T("F32", "[0]", "4", "4") "}", -1, 8, "overlap"}, {"{}", -1, 1, "belong to none"},
	};
	for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) refuse(&lies[i]);
}

/* True things that look odd: trailing spaces, data in another order than the header, an empty tensor between two. */
static void odd_truths_are_taken(void **state) {
	(void)state;
	needs_reading();
	static const struct { const char *header; size_t data; } truths[] = {
		{"{}", 0}, {"{}    ", 0}, {"{\"a\":" T("F32", "[1]", "4", "8") ",\"b\":" T("U8", "[4]", "0", "4") "}", 8},
		{"{\"a\":" T("F32", "[1]", "0", "4") ",\"e\":" T("I64", "[3,0]", "4", "4") ",\"b\":" T("BF16", "[2,1]", "4", "8") "}", 8},
	};
	for (size_t i = 0; i < sizeof truths / sizeof *truths; i++) {
		struct safetensors *f;
		if (open_bytes(&f, truths[i].header, -1, truths[i].data)) fail_msg("truth %zu: %s", i, err_message());
	}
}

/* A name with terminal codes does not reach the terminal. */
static void names_are_escaped(void **state) {
	(void)state;
	needs_reading();
	struct safetensors *f;
	assert_int_equal(open_bytes(&f, "{\"\\u001b[2J\":" T("F32", "[2]", "0", "4") "}", -1, 4), ERR_FORMAT);
	assert_null(strchr(err_message(), 27));
}

static void narrow_types_widen(void **state) {
	(void)state;
	/* one, minus two, the smallest subnormal, the largest, infinity, a NaN */
	const uint16_t half[6] = {0x3c00, 0xc000, 0x0001, 0x7bff, 0x7c00, 0x7e00}, brain[3] = {0x3f80, 0xc000, 0x7f80};
	const double wide[2] = {0.5, -1e300};
	float out[6];
	struct tensor_info t = tensor_of("h", TENSOR_F16, 1, (int64_t[]){6}, half);
	assert_int_equal(safetensors_floats(&t, out), 0);
	assert_true(out[0] == 1 && out[1] == -2 && out[2] == 5.9604644775390625e-8f && out[3] == 65504 && isinf(out[4]) &&
	            isnan(out[5]));
	t = tensor_of("b", TENSOR_BF16, 1, (int64_t[]){3}, brain);
	assert_int_equal(safetensors_floats(&t, out), 0);
	assert_true(out[0] == 1 && out[1] == -2 && isinf(out[2]));
	t = tensor_of("d", TENSOR_F64, 1, (int64_t[]){2}, wide);
	assert_int_equal(safetensors_floats(&t, out), 0);
	assert_true(out[0] == 0.5f && isinf(out[1]));
}

static void bad_paths(void **state) {
	(void)state;
	struct safetensors *f;
	char fifo[96];
	assert_int_equal(safetensors_open(&f, "/nonexistent/x"), ERR_FILE);
	assert_int_equal(safetensors_open(&f, folder), ERR_FILE);
	snprintf(fifo, sizeof fifo, "%s/fifo", folder);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(safetensors_open(&f, fifo), ERR_FILE); /* and does not wait */
	assert_int_equal(safetensors_write(fifo, NULL, 0, NULL, 0), ERR_FILE);
	unlink(fifo);
	assert_int_equal(safetensors_write("/dev/null", NULL, 0, NULL, 0), ERR_FILE);
	assert_int_equal(safetensors_write("/nonexistent/x", NULL, 0, NULL, 0), ERR_FILE);
	assert_int_equal(safetensors_write(folder, NULL, 0, NULL, 0), ERR_FILE);
	FILE *empty = fopen(path, "wb");
	fclose(empty);
	assert_int_equal(safetensors_open(&f, path), ERR_FORMAT);
}

/* The first number after the header, found without the reader: a build that has none writes files too. */
static float first_weight(void) {
	uint64_t header;
	float w;
	FILE *f = fopen(path, "rb");
	assert_non_null(f);
	assert_int_equal(fread(&header, sizeof header, 1, f), 1);
	assert_int_equal(fseek(f, (long)header, SEEK_CUR), 0);
	assert_int_equal(fread(&w, sizeof w, 1, f), 1);
	fclose(f);
	return w;
}

/* A limit on the file's size stands for a full disk. */
static void a_failed_write_leaves_the_old_file(void **state) {
	(void)state;
	struct rlimit old, small;
	void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(write_example(1), 0);
	getrlimit(RLIMIT_FSIZE, &old);
	for (rlim_t bytes = 0; bytes < 512; bytes += 100) {
		small = (struct rlimit){bytes, old.rlim_max};
		setrlimit(RLIMIT_FSIZE, &small);
		int rc = write_example(2);
		setrlimit(RLIMIT_FSIZE, &old);
		if (rc == 0) break; /* it fitted */
		assert_int_equal(rc, ERR_FILE);
		assert_true(first_weight() == 1);
	}
	signal(SIGXFSZ, handler);
	assert_int_equal(write_example(3), 0);
	assert_true(first_weight() == 3);
}

static void pieces(void **state) {
	(void)state;
	struct safetensors_writer *w;
	float data[3] = {1, 2, 3};
	const struct tensor_info t = tensor_of("weights", TENSOR_F32, 1, (int64_t[]){3}, NULL);
	assert_int_equal(write_example(9), 0);
	assert_int_equal(safetensors_create(&w, path, &t, 1, NULL, 0), 0);
	assert_int_equal(safetensors_put(w, data, 4), 0);
	assert_int_equal(safetensors_commit(w), ERR_STATE); /* bytes are missing */
	assert_true(first_weight() == 9);
	assert_int_equal(safetensors_create(&w, path, &t, 1, NULL, 0), 0);
	assert_int_equal(safetensors_put(w, data, 4), 0);
	assert_int_equal(safetensors_put(w, data + 1, 8), 0);
	assert_int_equal(safetensors_put(w, data, 4), ERR_STATE); /* too many */
	safetensors_abandon(w);
	assert_true(first_weight() == 9);
	assert_int_equal(safetensors_create(&w, path, &t, 1, NULL, 0), 0);
	assert_int_equal(safetensors_put(w, data, 12), 0);
	assert_int_equal(safetensors_commit(w), 0);
	assert_true(first_weight() == 1);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(written_is_read),
		cmocka_unit_test(lengths_that_lie_are_refused),
		cmocka_unit_test(headers_that_lie_are_refused),
		cmocka_unit_test(odd_truths_are_taken),
		cmocka_unit_test(names_are_escaped),
		cmocka_unit_test(narrow_types_widen),
		cmocka_unit_test(bad_paths),
		cmocka_unit_test(a_failed_write_leaves_the_old_file),
		cmocka_unit_test(pieces),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
