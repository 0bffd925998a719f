#include "engine/device/device.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/device/backend.h"

/* In the order in which "auto" tries them. */
static const struct {
	const char *kind;
	int (*open)(struct device **out, const char *precision, int threads);
} backends[] = {{"cuda", cuda_open}, {"cpu", cpu_open}};

int device_open(struct device **out, const char *which, const char *precision, int threads) {
	bool any = !strcmp(which, "auto");
	char passed_over[sizeof (*out)->passed_over] = "", why[sizeof passed_over];
	int rc = err_set(ERR_STATE, "unknown device '%s' (choose auto, cpu or cuda)", which);
	*out = NULL;
	for (size_t i = 0; i < sizeof backends / sizeof *backends; i++) {
		if (!any && strcmp(which, backends[i].kind)) continue;
		if ((rc = backends[i].open(out, precision, threads)) == 0) {
			memcpy((*out)->passed_over, passed_over, sizeof passed_over);
			return 0;
		}
		if (!any) break;
		if (rc != ERR_STATE && i == 0) snprintf(passed_over, sizeof passed_over, "%s", err_message());
	}
	snprintf(why, sizeof why, "%.250s%s%.240s", err_message(), *passed_over ? "; the GPU: " : "", passed_over);
	return err_set(rc == ERR_STATE ? ERR_DEVICE : rc, "%s", why);
}

void device_close(struct device *d) {
	if (d) d->memory->close(d);
}

int device_alloc(struct device *d, void **out, size_t bytes, const char *what) {
	*out = d->memory->alloc(d, bytes);
	if (*out) return 0;
	return err_set(ERR_MEMORY, "can't allocate %.1f MiB for %s on %s (out of memory; choose a smaller batch or preset)", (double)bytes / 1048576,
	               what, d->kind);
}
