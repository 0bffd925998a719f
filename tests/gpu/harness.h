/* tests/gpu/harness.h -- what the programs of `make test-gpu` share. They need nothing but the engine: a GPU server has no cmocka.
 *
 * usage: X_gpu [device=cuda|cpu] [threads=N] [only=TEXT] [--quick]
 *   device=cpu runs the same checks on the CPU, which tests the program itself; X_host is the same program on the kernels compiled for the
 *   host (tests/cuda_host). only=TEXT: the tests whose name contains it. --quick: sizes for compute-sanitizer and for the host.
 * A line a test: "ok NAME: what was seen" or "FAILED NAME: a sentence". Exit status: 0 all passed, 1 some failed, 77 nothing could be run
 * (the last line says why), 2 usage. */
#pragma once

#include <stdbool.h>

#include "engine/device/device.h"

extern struct harness {
	const char *device, *only;
	int threads;             /* of the CPU device, the one tested and the one compared with; 0: all cores */
	bool quick;
} harness;

/* Reads the arguments and opens the device once: ends the program (77) with the device's sentence when there is none. */
void harness_begin(int argc, char **argv);
/* The device at PRECISION. NULL where it has none such: on a GPU that is a failure, on the CPU (tf32) the precision is skipped by name. */
struct device *harness_device(const char *precision);
struct device *harness_reference(void); /* the CPU in fp32 */
int harness_end(void);                  /* the count; main()'s value */

/* One test: if (test_begin(NAME)) { ... test_fail() ... test_note() ... test_end(); }. */
bool test_begin(const char *format, ...) __attribute__((format(printf, 1, 2)));
void test_fail(const char *format, ...) __attribute__((format(printf, 1, 2))); /* the first sentence stands */
void test_skip(const char *format, ...) __attribute__((format(printf, 1, 2)));
void test_note(const char *format, ...) __attribute__((format(printf, 1, 2))); /* what is shown behind the name */
bool test_failed(void);
void test_end(void);
/* CALL gave no 0: fails with its sentence. True: it did. */
bool test_error(int code, const char *call);
#define FAILS(call) test_error(call, #call)

/* The largest of many errors, each against its own tolerance, and where it was. */
struct worst { double error, allowed; char where[160]; long seen; };
/* Counts ERROR; fails the test unless it is at most ALLOWED (NaN is not). */
void worst_see(struct worst *w, double error, double allowed, const char *format, ...) __attribute__((format(printf, 4, 5)));
