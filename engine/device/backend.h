/* engine/device/backend.h -- what device_open() chooses from; a row a kind of device.
 * Each opens a device of its kind or says why not (ERR_DEVICE, ERR_MEMORY); *OUT is NULL on failure. */
#pragma once

#include "engine/device/device.h"

int cpu_open(struct device **out, const char *precision, int threads);
int cuda_open(struct device **out, const char *precision, int threads); /* cuda.cu, or none.c where it is not built */
