/* engine/device/cuda.h -- what the GPU's ops share beside engine/op/cuda.h's kernels: streams, scratch, and how a failure is kept.
 *
 * Two streams: ops, uploads and downloads are queued in order on COMPUTE; uploads that overtake (device_upload_ahead) go by COPY.
 * An op never waits and never reports: cuda_failed() keeps the first sentence, device_sync() gives it.
 * Threads: as the device. Compiled by nvcc, and by g++ for tests/cuda_host. */
#pragma once

#include <cuda_runtime.h>
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#include "engine/device/device.h"

struct cuda_linear; /* engine/op/linear_cuda.cu: cuBLASLt and its plans */

enum { CUDA_SCRATCH_MAX = 64 };

struct cuda_state {
	cudaStream_t compute, copy;
	cudaEvent_t uploaded;
	int processors;                  /* multiprocessors (SMs) */
	size_t shared_max;               /* bytes of shared memory that a block may ask for */
	bool tf32;
	bool graphs;                     /* whether device_record() records */
	bool recording;                  /* between device_record() and device_record_end() of a graph that is being captured */
	int code;                        /* the first failure since the last sync; 0: none */
	char message[512];
	void *scratch[CUDA_SCRATCH_MAX]; /* every block ever taken; the last is the largest. Older ones stay: recorded graphs name them */
	size_t scratch_bytes[CUDA_SCRATCH_MAX];
	int scratches;
	struct cuda_linear *linear;
};

static inline struct cuda_state *cuda_of(const struct device *d) { return (struct cuda_state *)d->state; }

/* At least BYTES of device memory that an op may use until it returns (the next op's scratch is the same memory); 256-byte aligned.
 * NULL: none to be had, which is recorded; the op then does nothing. */
void *cuda_scratch(struct device *d, size_t bytes);
/* Records ERROR (of a call, or cudaGetLastError() behind a launch) unless it is cudaSuccess; WHAT was being done. True: failed. */
bool cuda_failed(struct device *d, cudaError_t error, const char *what);
void cuda_fail(struct device *d, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* engine/op/linear_cuda.cu. ERR_DEVICE: no usable cuBLASLt (sentence), ERR_MEMORY. */
int cuda_linear_open(struct device *d, struct cuda_linear **out);
void cuda_linear_close(struct cuda_linear *l); /* NULL is fine */

extern const struct ops ops_cuda; /* engine/op/cuda.cu */

#ifdef __cplusplus
}
#endif
