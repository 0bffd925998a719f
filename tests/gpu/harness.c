#include "tests/gpu/harness.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/base/err.h"

struct harness harness = {.device = "cuda"};

static const char *program;
static int passed, failed, skipped;
static struct { char name[160], sentence[512], note[512]; bool failed, skipped; double began; } test;

static double seconds(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void harness_begin(int argc, char **argv) {
	program = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1; i < argc; i++) {
		if (!strncmp(argv[i], "device=", 7)) harness.device = argv[i] + 7;
		else if (!strncmp(argv[i], "only=", 5)) harness.only = argv[i] + 5;
		else if (!strncmp(argv[i], "threads=", 8)) harness.threads = atoi(argv[i] + 8);
		else if (!strcmp(argv[i], "--quick")) harness.quick = true;
		else {
			fprintf(stderr, "usage: %s [device=cuda|cpu] [threads=N] [only=TEXT] [--quick]\n", program);
			exit(2);
		}
	}
	struct device *d;
	if (device_open(&d, harness.device, "fp32", harness.threads)) {
		printf("skipped: %s\n", err_message());
		exit(77);
	}
	printf("%s: %s%s\n", program, d->name, harness.quick ? ", quick" : "");
	device_close(d);
}

struct device *harness_device(const char *precision) {
	struct device *d;
	if (device_open(&d, harness.device, precision, harness.threads) == 0) return d;
	bool wanted = !strcmp(harness.device, "cuda");
	printf("%-8s%s in %s: %s\n", wanted ? "FAILED" : "skipped", harness.device, precision, err_message());
	wanted ? failed++ : skipped++;
	return NULL;
}

struct device *harness_reference(void) {
	struct device *d;
	if (device_open(&d, "cpu", "fp32", harness.threads) == 0) return d;
	printf("FAILED  the CPU: %s\n", err_message());
	exit(1);
}

int harness_end(void) {
	printf("%s: %d passed, %d failed, %d skipped\n", program, passed, failed, skipped);
	if (!passed && !failed) printf("skipped: %s\n", harness.only ? "no test has such a name" : "nothing was run");
	return failed ? 1 : passed ? 0 : 77;
}

static void vset(char *out, size_t size, const char *format, va_list args) { vsnprintf(out, size, format, args); }

#define SET(out)                              \
	do {                                      \
		va_list args;                         \
		va_start(args, format);               \
		vset(out, sizeof(out), format, args); \
		va_end(args);                         \
	} while (0)

bool test_begin(const char *format, ...) {
	memset(&test, 0, sizeof test);
	SET(test.name);
	test.began = seconds();
	return !harness.only || strstr(test.name, harness.only);
}

void test_fail(const char *format, ...) {
	if (test.failed) return;
	test.failed = true;
	SET(test.sentence);
}

void test_skip(const char *format, ...) {
	test.skipped = true;
	SET(test.note);
}

void test_note(const char *format, ...) { SET(test.note); }

bool test_failed(void) { return test.failed; }

void test_end(void) {
	const char *word = test.failed ? "FAILED" : test.skipped ? "skipped" : "ok", *text = test.failed ? test.sentence : test.note;
	*(test.failed ? &failed : test.skipped ? &skipped : &passed) += 1;
	printf("%-8s%s%s%s (%.1f s)\n", word, test.name, *text ? ": " : "", text, seconds() - test.began);
	if (test.failed && *test.note) printf("        %s\n", test.note);
}

bool test_error(int code, const char *call) {
	if (code) test_fail("%s: %s", call, err_message());
	return code != 0;
}

void worst_see(struct worst *w, double error, double allowed, const char *format, ...) {
	char where[160];
	SET(where);
	if (!(error <= allowed)) test_fail("%s: relative error %.3g, allowed %.3g", where, error, allowed);
	if (w->seen++ == 0 || !(error / allowed <= w->error / w->allowed)) {
		w->error = error, w->allowed = allowed;
		snprintf(w->where, sizeof w->where, "%s", where);
	}
}
