#include "engine/device/device.h"

#include <stdbool.h>
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
	int rc = 0;
	*out = NULL;
	for (size_t i = 0; i < sizeof backends / sizeof *backends; i++) {
		if (!any && strcmp(which, backends[i].kind)) continue;
		rc = backends[i].open(out, precision, threads);
		if (rc == 0 || !any) return rc;
	}
	if (rc) return rc;
	return err_set(ERR_DEVICE, "unknown device '%s' (choose auto, cpu or cuda)", which);
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
