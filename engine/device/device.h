/* engine/device/device.h -- where tensors live and ops run: the CPU, or (cuda.cu) a GPU.
 *
 * Model code is written once, over this header and op/op.h. It never dereferences a device pointer, and
 * steps through activations only with act_at(), because their element size is the device's business
 * (float on the CPU; bf16 on a GPU at precision=bf16).
 * Threads: a device belongs to one thread at a time (the trainer's). Work is queued in order;
 * device_sync() waits for it and reports what failed since the last one. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct ops;

typedef void act; /* activations and compute weights: act * points to elements of device->act_bytes each */

struct device {
	const char *kind;        /* "cpu", "cuda" */
	char name[128];          /* "AMD EPYC, 2 threads, oneDNN 2.6, fp32", for people */
	const char *precision;   /* "fp32"; "bf16": the linears' operands, on the CPU with float activations */
	int threads;             /* CPU threads that an op uses */
	size_t act_bytes;        /* 4: float, 2: bf16 */
	const struct ops *op;    /* every op of op/op.h for this device */
	const struct device_memory *memory;
	void *state;             /* the device's own */
};

struct device_memory {
	void *(*alloc)(struct device *d, size_t bytes);      /* zeroed, 64-byte aligned; NULL when out of memory */
	void (*free)(struct device *d, void *p);
	void *(*host_alloc)(struct device *d, size_t bytes); /* host memory that uploads fast (pinned); zeroed */
	void (*host_free)(struct device *d, void *p);
	void (*upload)(struct device *d, void *device_dst, const void *host_src, size_t bytes);
	void (*download)(struct device *d, void *host_dst, const void *device_src, size_t bytes); /* waits */
	int (*sync)(struct device *d);
	void (*close)(struct device *d);
};

/* WHICH is "auto", "cpu" or "cuda"; PRECISION "fp32" or "bf16"; THREADS 0 means all cores the process may run on.
 * *OUT is the caller's: device_close(). ERR_DEVICE says why it can't be had. */
int device_open(struct device **out, const char *which, const char *precision, int threads);
void device_close(struct device *d);

/* All of a lifetime's memory in one piece: device_alloc() once, cut by a table (model/arena.h). */
int device_alloc(struct device *d, void **out, size_t bytes, const char *what);
static inline void device_free(struct device *d, void *p) { if (p) d->memory->free(d, p); }
static inline void device_upload(struct device *d, void *dst, const void *src, size_t bytes) { d->memory->upload(d, dst, src, bytes); }
static inline void device_download(struct device *d, void *dst, const void *src, size_t bytes) { d->memory->download(d, dst, src, bytes); }
static inline int device_sync(struct device *d) { return d->memory->sync(d); }

/* Element I of the activations at P. */
static inline act *act_at(const struct device *d, const act *p, size_t i) { return (char *)p + i * d->act_bytes; }
