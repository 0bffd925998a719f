/* engine/device/backend.h -- what device_open() chooses from; a row a kind of device.
 * Each opens a device of its kind or says why not; *OUT is NULL on failure. ERR_STATE: there is none of its kind here, and who asked for any
 * device need not hear of it. Other codes: there is one, and it can't be used. */
#pragma once

#include "engine/device/device.h"

int cpu_open(struct device **out, const char *precision, int threads);
int cuda_open(struct device **out, const char *precision, int threads); /* cuda.cu, or none.c where it is not built */
