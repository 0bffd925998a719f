/* tests/ops/device_test.c -- opening devices, their memory, and what they say when they can't. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/err.h"
#include "engine/device/cpu.h"
#include "engine/op/op.h"

static void auto_finds_a_device(void **state) {
	(void)state;
	struct device *d;
	assert_int_equal(device_open(&d, "auto", "fp32", 0), 0);
	assert_true(d->threads >= 1);
	assert_non_null(d->op);
	assert_true(strlen(d->name) > 3);
	device_close(d);
	device_close(NULL);
}

static void what_cannot_be_had_is_said(void **state) {
	(void)state;
	struct device *d;
	assert_int_equal(device_open(&d, "gpu", "fp32", 0), ERR_DEVICE);
	assert_null(d);
	assert_non_null(strstr(err_message(), "auto, cpu or cuda"));
	assert_int_equal(device_open(&d, "cpu", "fp32", -1), ERR_ARGUMENT);
	assert_null(d);
	assert_int_equal(device_open(&d, "cpu", "fp32", 1000000000), ERR_ARGUMENT);
	assert_null(d);
}

static void memory_is_aligned_and_zero(void **state) {
	(void)state;
	static const size_t sizes[] = {0, 1, 63, 64, 65, 4096, (8 << 20) + 1};
	struct device *d;
	assert_int_equal(device_open(&d, "cpu", "fp32", 1), 0);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		unsigned char *p, back[3] = {0};
		assert_int_equal(device_alloc(d, (void **)&p, sizes[i], "a test"), 0);
		assert_int_equal((uintptr_t)p % 64, 0);
		for (size_t j = 0; j < sizes[i]; j++) assert_int_equal(p[j], 0);
		if (sizes[i] >= 3) {
			device_upload(d, p, "abc", 3);
			device_download(d, back, p, 3);
			assert_memory_equal(back, "abc", 3);
		}
		device_free(d, p);
	}
	device_free(d, NULL);
	device_close(d);
}

static void too_much_memory_is_an_error(void **state) {
	(void)state;
	struct device *d;
	void *p = &d;
	assert_int_equal(device_open(&d, "cpu", "fp32", 1), 0);
	assert_int_equal(device_alloc(d, &p, SIZE_MAX - 10, "the moon"), ERR_MEMORY);
	assert_null(p);
	assert_non_null(strstr(err_message(), "the moon"));
	/* an op's scratch: refused once, reported once, and the device lives on */
	assert_int_equal(device_sync(d), 0);
	assert_false(cpu_scratch_reserve(d, SIZE_MAX / 64));
	assert_int_equal(device_sync(d), ERR_MEMORY);
	assert_int_equal(device_sync(d), 0);
	assert_true(cpu_scratch_reserve(d, 1 << 20));
	device_close(d);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(auto_finds_a_device),
		cmocka_unit_test(what_cannot_be_had_is_said),
		cmocka_unit_test(memory_is_aligned_and_zero),
		cmocka_unit_test(too_much_memory_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
