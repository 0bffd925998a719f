/* engine/device/device.h -- where tensors live and ops run: the CPU, or (cuda.cu) a GPU.
 *
 * Model code is written once, over this header and op/op.h. It never dereferences a device pointer, and
 * steps through activations only with act_at(), because their element size is the device's business
 * (float on the CPU; bf16 on a GPU at precision=bf16).
 * Threads: a device belongs to one thread at a time (the trainer's). Work is queued in order;
 * device_sync() waits for it and reports what failed since the last one. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ops;
struct device_graph;

typedef void act; /* activations and compute weights: act * points to elements of device->act_bytes each */

struct device {
	const char *kind;        /* "cpu", "cuda" */
	char name[128];          /* "AMD EPYC, 2 threads, oneDNN 2.6, fp32", for people */
	char passed_over[512];   /* why "auto" did not take a GPU that is there; "" where there is nothing to say */
	const char *precision;   /* "fp32"; "tf32": fp32, but the linears' operands (GPU); "bf16": activations and compute weights, on the CPU the
	                          * linears' operands alone, with float activations */
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
	void (*upload_ahead)(struct device *d, void *device_dst, const void *host_src, size_t bytes);
	int (*ahead_done)(struct device *d);
	void (*download)(struct device *d, void *host_dst, const void *device_src, size_t bytes);
	void (*fetch)(struct device *d, void *host_dst, const void *device_src, size_t bytes);
	int (*sync)(struct device *d);
	bool (*record)(struct device *d, struct device_graph **g, uint64_t key);
	bool (*record_end)(struct device *d, struct device_graph *g);
	void (*graph_free)(struct device *d, struct device_graph *g);
	void (*available)(struct device *d, size_t *free, size_t *total); /* bytes; zeros where nobody knows */
	void (*close)(struct device *d);
};

/* WHICH is "auto", "cpu" or "cuda"; PRECISION "auto" (cuda: bf16, cpu: fp32), "fp32", "tf32" or "bf16"; THREADS 0 means all cores the process may run on.
 * *OUT is the caller's: device_close(). ERR_DEVICE says why it can't be had. "auto" takes the GPU where one answers, else the CPU. */
int device_open(struct device **out, const char *which, const char *precision, int threads);
void device_close(struct device *d);

/* All of a lifetime's memory in one piece: device_alloc() once, cut by a table (model/arena.h). */
int device_alloc(struct device *d, void **out, size_t bytes, const char *what);
static inline void device_free(struct device *d, void *p) { if (p) d->memory->free(d, p); }
static inline void device_available(struct device *d, size_t *free, size_t *total) { d->memory->available(d, free, total); }

/* --- between host and device. upload and download keep the order of the queue and are done with the host's memory when they return (so they
 * may wait); the other two don't wait --- */
static inline void device_upload(struct device *d, void *dst, const void *src, size_t bytes) { d->memory->upload(d, dst, src, bytes); }
static inline void device_download(struct device *d, void *dst, const void *src, size_t bytes) { d->memory->download(d, dst, src, bytes); }
/* Overtakes the work that is queued now: DST must be memory that none of it uses (a second set of buffers). What is queued later sees it.
 * SRC (best from host_alloc) must stay as it is until device_ahead_done() or device_sync(). */
static inline void device_upload_ahead(struct device *d, void *dst, const void *src, size_t bytes) { d->memory->upload_ahead(d, dst, src, bytes); }
static inline int device_ahead_done(struct device *d) { return d->memory->ahead_done(d); } /* waits for those uploads only */
/* Queued; DST (from host_alloc) holds it after the next device_sync(). */
static inline void device_fetch(struct device *d, void *dst, const void *src, size_t bytes) { d->memory->fetch(d, dst, src, bytes); }
static inline int device_sync(struct device *d) { return d->memory->sync(d); }

/* --- work that is the same every step, queued in one call:
 *     for (bool go = device_record(d, &g, key); go; go = device_record_end(d, g)) { ops }
 * device_record(): true: queue the work, end the record; false: what was recorded under the same KEY has been queued again.
 * device_record_end(): true: the recording failed and nothing was queued: once more, without one. KEY stands for all that
 * the work depends on beside the contents of memory: shapes, and the addresses that change. *G is NULL at first; the caller's, graph_free.
 * Inside: ops only, no transfers, no sync. The CPU always says true. --- */
static inline bool device_record(struct device *d, struct device_graph **g, uint64_t key) { return d->memory->record(d, g, key); }
static inline bool device_record_end(struct device *d, struct device_graph *g) { return d->memory->record_end(d, g); }
static inline void device_graph_free(struct device *d, struct device_graph *g) { if (g) d->memory->graph_free(d, g); }

/* Element I of the activations at P. */
static inline act *act_at(const struct device *d, const act *p, size_t i) { return (char *)p + i * d->act_bytes; }
