/* tests/fuzz/checkpoint_fuzz.c -- any bytes as a checkpoint file: what it says of itself is refused with a sentence that names it, or is within its limits. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/train/checkpoint.h"

static void require(int holds, const char *what) {
	if (holds) return;
	fprintf(stderr, "checkpoint_fuzz: %s\n", what);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	static struct checkpoint_info info;
	char path[64], text[8192];
	int fd = memfd_create("checkpoint", MFD_CLOEXEC);
	if (fd < 0) return 0;
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (write(fd, data, size) == (ssize_t)size) {
		int code = checkpoint_read_info(path, &info);
		if (code) {
			require(strstr(err_message(), path) != NULL, "an error that does not name the file");
		} else if (info.full) {
			require(info.step >= 0 && info.batch >= 1 && info.batch <= BATCH_MAX && memchr(info.options, 0, sizeof info.options), "out of its limits");
			curriculum_format(&info.curriculum, text, sizeof text);
		}
	}
	close(fd);
	return 0;
}
