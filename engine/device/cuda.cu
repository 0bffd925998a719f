/* One NVIDIA GPU as a device: work is queued on two streams and found out about in device_sync().
 * Any failure is a sentence; one that the driver calls sticky (an illegal address, say) means that this process has lost the GPU. */
#include <cuda_runtime.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/device/cuda.h"

extern "C" {
#include "engine/base/err.h"
#include "engine/device/backend.h"
#include "engine/op/op.h"
}

enum { COMPUTE_CAPABILITY_MIN = 8 };

static const size_t SCRATCH_START = (size_t)32 << 20;

/* ---- failures ---- */

void cuda_fail(struct device *d, int code, const char *format, ...) {
	struct cuda_state *s = cuda_of(d);
	if (s->code) return;
	va_list args;
	va_start(args, format);
	vsnprintf(s->message, sizeof s->message, format, args);
	va_end(args);
	s->code = code;
}

bool cuda_failed(struct device *d, cudaError_t error, const char *what) {
	if (error == cudaSuccess) return false;
	if (error == cudaErrorMemoryAllocation)
		cuda_fail(d, ERR_MEMORY, "the GPU has no memory for %s (choose a smaller batch or preset)", what);
	else
		cuda_fail(d, ERR_DEVICE, "the GPU failed in %s: %s (start c2f again and `load` the last checkpoint)", what,
		          cudaGetErrorString(error));
	return true;
}

/* ---- memory ---- */

static void *memory_alloc(struct device *d, size_t bytes) {
	void *p = NULL;
	if (cudaMalloc(&p, bytes ? bytes : 1) != cudaSuccess) {
		cudaGetLastError(); /* running out is no failure of the device */
		return NULL;
	}
	cuda_failed(d, cudaMemsetAsync(p, 0, bytes, cuda_of(d)->compute), "clearing memory");
	cuda_failed(d, cudaStreamSynchronize(cuda_of(d)->compute), "clearing memory"); /* an upload ahead must not be cleared after it */
	return p;
}

static void memory_free(struct device *d, void *p) {
	cudaStreamSynchronize(cuda_of(d)->compute); /* queued work may still use it */
	cudaFree(p);
}

static void *host_alloc(struct device *d, size_t bytes) {
	void *p = NULL;
	(void)d;
	if (cudaMallocHost(&p, bytes ? bytes : 1) != cudaSuccess) {
		cudaGetLastError();
		return NULL;
	}
	memset(p, 0, bytes);
	return p;
}

static void host_free(struct device *d, void *p) {
	(void)d;
	cudaFreeHost(p);
}

static void available(struct device *d, size_t *free_bytes, size_t *total) {
	(void)d;
	if (cudaMemGetInfo(free_bytes, total) == cudaSuccess) return;
	cudaGetLastError();
	*free_bytes = *total = 0;
}

/* The last BYTES of the newest block, 256-byte aligned: what an op touches beyond is beyond the allocation, and found out. */
static void *scratch_end(struct cuda_state *s, size_t bytes) {
	int last = s->scratches - 1;
	char *p = (char *)s->scratch[last] + (s->scratch_bytes[last] - bytes) / 256 * 256;
#ifdef CUDA_HOST
	cudaMemsetAsync(p, 0xff, bytes, s->compute); /* NaN: nor may it read what it has not written */
#endif
	return p;
}

void *cuda_scratch(struct device *d, size_t bytes) {
	struct cuda_state *s = cuda_of(d);
	int last = s->scratches - 1;
	if (last >= 0 && bytes <= s->scratch_bytes[last]) return scratch_end(s, bytes);
	size_t wanted = last >= 0 && bytes < 2 * s->scratch_bytes[last] ? 2 * s->scratch_bytes[last] : bytes;
	if (wanted < SCRATCH_START) wanted = SCRATCH_START;
	if (s->recording || s->scratches == CUDA_SCRATCH_MAX) {
		cuda_fail(d, ERR_DEVICE, "an op asked for new scratch (%zu bytes) while its work was recorded", bytes);
		return NULL;
	}
	void *fresh = NULL;
	if (cuda_failed(d, cudaMalloc(&fresh, wanted), "scratch")) {
		cudaGetLastError();
		return NULL;
	}
	s->scratch[s->scratches] = fresh;
	s->scratch_bytes[s->scratches++] = wanted;
	return scratch_end(s, bytes);
}

/* ---- transfers ---- */

static void transfer(struct device *d, void *dst, const void *src, size_t bytes, bool wait) {
	struct cuda_state *s = cuda_of(d);
	if (bytes == 0) return;
	if (cuda_failed(d, cudaMemcpyAsync(dst, src, bytes, cudaMemcpyDefault, s->compute), "a transfer") || !wait) return;
	cuda_failed(d, cudaStreamSynchronize(s->compute), "a transfer");
}

static void upload(struct device *d, void *dst, const void *src, size_t bytes) { transfer(d, dst, src, bytes, true); }
static void download(struct device *d, void *dst, const void *src, size_t bytes) { transfer(d, dst, src, bytes, true); }
static void fetch(struct device *d, void *dst, const void *src, size_t bytes) { transfer(d, dst, src, bytes, false); }

static void upload_ahead(struct device *d, void *dst, const void *src, size_t bytes) {
	struct cuda_state *s = cuda_of(d);
	if (bytes == 0 || cuda_failed(d, cudaMemcpyAsync(dst, src, bytes, cudaMemcpyDefault, s->copy), "an upload") ||
	    cuda_failed(d, cudaEventRecord(s->uploaded, s->copy), "an upload"))
		return;
	cuda_failed(d, cudaStreamWaitEvent(s->compute, s->uploaded, 0), "an upload");
}

static int report(struct device *d) {
	struct cuda_state *s = cuda_of(d);
	int code = s->code;
	s->code = 0;
	return code ? err_set(code, "%s", s->message) : 0;
}

static int ahead_done(struct device *d) {
	cuda_failed(d, cudaStreamSynchronize(cuda_of(d)->copy), "an upload");
	return report(d);
}

static int sync_now(struct device *d) {
	struct cuda_state *s = cuda_of(d);
	cuda_failed(d, cudaStreamSynchronize(s->copy), "an upload");
	cuda_failed(d, cudaStreamSynchronize(s->compute), "a step's work");
	return report(d);
}

/* ---- recorded work ----
 * The first time the work is only queued: libraries set themselves up, scratch grows, plans are tuned. The second time it is captured
 * into a CUDA graph and that is launched; from then on the graph alone. A capture that fails leaves the work to be queued each time.
 * C2F_GRAPHS=0 in the environment: it always is (to compare the two, in bits and in time). */

enum graph_phase { GRAPH_NEW, GRAPH_WARM, GRAPH_READY, GRAPH_NONE };

struct device_graph {
	uint64_t key;
	enum graph_phase phase;
	bool capturing;
	cudaGraphExec_t exec;
};

static void graph_reset(struct device_graph *g, uint64_t key) {
	if (g->exec) cudaGraphExecDestroy(g->exec);
	*g = (struct device_graph){key, GRAPH_NEW, false, NULL};
}

static bool record(struct device *d, struct device_graph **out, uint64_t key) {
	struct cuda_state *s = cuda_of(d);
	if (!s->graphs) return true;
	if (!*out && !(*out = (struct device_graph *)calloc(1, sizeof **out))) return true;
	struct device_graph *g = *out;
	if (g->key != key) graph_reset(g, key);
	if (g->phase == GRAPH_READY) {
		cuda_failed(d, cudaGraphLaunch(g->exec, s->compute), "a recorded step");
		return false;
	}
	if (g->phase == GRAPH_WARM && cudaStreamBeginCapture(s->compute, cudaStreamCaptureModeThreadLocal) == cudaSuccess)
		g->capturing = s->recording = true;
	cudaGetLastError();
	return true;
}

static bool record_end(struct device *d, struct device_graph *g) {
	struct cuda_state *s = cuda_of(d);
	if (!g) return false;
	if (!g->capturing) {
		if (g->phase == GRAPH_NEW) g->phase = GRAPH_WARM;
		return false;
	}
	cudaGraph_t graph = NULL;
	g->capturing = s->recording = false;
	cudaError_t error = cudaStreamEndCapture(s->compute, &graph);
	if (error == cudaSuccess) error = cudaGraphInstantiate(&g->exec, graph, 0);
	if (graph) cudaGraphDestroy(graph);
	if (error != cudaSuccess) {
		cudaGetLastError();
		g->phase = GRAPH_NONE;
		return true;
	}
	g->phase = GRAPH_READY;
	cuda_failed(d, cudaGraphLaunch(g->exec, s->compute), "a recorded step");
	return false;
}

static void graph_free(struct device *d, struct device_graph *g) {
	(void)d;
	if (g->exec) cudaGraphExecDestroy(g->exec);
	free(g);
}

/* ---- open and close ---- */

static void cuda_close(struct device *d) {
	struct cuda_state *s = cuda_of(d);
	if (s->compute) cudaStreamSynchronize(s->compute);
	cuda_linear_close(s->linear);
	for (int i = 0; i < s->scratches; i++) cudaFree(s->scratch[i]);
	if (s->uploaded) cudaEventDestroy(s->uploaded);
	if (s->copy) cudaStreamDestroy(s->copy);
	if (s->compute) cudaStreamDestroy(s->compute);
	free(s);
	free(d);
}

static const struct device_memory cuda_memory = {
	.alloc = memory_alloc,
	.free = memory_free,
	.host_alloc = host_alloc,
	.host_free = host_free,
	.upload = upload,
	.upload_ahead = upload_ahead,
	.ahead_done = ahead_done,
	.download = download,
	.fetch = fetch,
	.sync = sync_now,
	.record = record,
	.record_end = record_end,
	.graph_free = graph_free,
	.available = available,
	.close = cuda_close,
};

/* ERR_STATE: no GPU, or no driver, which reports itself as version 0. ERR_DEVICE: there is one; the reason and the way out. */
static int choose(int *out, struct cudaDeviceProp *p) {
	int count = 0, driver = 0;
	cudaError_t error = cudaDriverGetVersion(&driver);
	if (error != cudaSuccess || driver == 0) return err_set(ERR_STATE, "no CUDA device (there is no NVIDIA driver; use device=cpu)");
	error = cudaGetDeviceCount(&count);
	if (error == cudaErrorNoDevice || (error == cudaSuccess && count == 0)) return err_set(ERR_STATE, "no CUDA device (no GPU was found; use device=cpu)");
	if (error == cudaErrorInsufficientDriver)
		return err_set(ERR_DEVICE, "the NVIDIA driver is older than the CUDA toolkit that c2f was built with (update the driver, build with an older "
		                           "toolkit, or use device=cpu)");
	if (error != cudaSuccess) return err_set(ERR_DEVICE, "the GPU does not answer (%s; use device=cpu)", cudaGetErrorString(error));
	for (int i = 0; i < count; i++)
		if (cudaGetDeviceProperties(p, i) == cudaSuccess && p->major >= COMPUTE_CAPABILITY_MIN) return *out = i, 0;
	return err_set(ERR_DEVICE, "no CUDA device of compute capability %d.0 or more (found %s, %d.%d; use device=cpu)", COMPUTE_CAPABILITY_MIN, p->name,
	               p->major, p->minor);
}

static int start(struct device *d, int gpu, const struct cudaDeviceProp *p) {
	struct cuda_state *s = cuda_of(d);
	cudaError_t error = cudaSetDevice(gpu);
	if (error == cudaSuccess) error = cudaStreamCreateWithFlags(&s->compute, cudaStreamNonBlocking);
	if (error == cudaSuccess) error = cudaStreamCreateWithFlags(&s->copy, cudaStreamNonBlocking);
	if (error == cudaSuccess) error = cudaEventCreateWithFlags(&s->uploaded, cudaEventDisableTiming);
	if (error != cudaSuccess) return err_set(ERR_DEVICE, "can't use %s (%s; use device=cpu)", p->name, cudaGetErrorString(error));
	s->processors = p->multiProcessorCount;
	s->shared_max = p->sharedMemPerBlockOptin;
	return cuda_linear_open(d, &s->linear);
}

extern "C" int cuda_open(struct device **out, const char *precision, int threads) {
	static const char *const precisions[] = {"bf16", "tf32", "fp32"};
	struct cudaDeviceProp p;
	int gpu = 0, chosen = 0;
	*out = NULL;
	while (chosen < 3 && strcmp(precision, precisions[chosen])) chosen++;
	if (chosen == 3 && !strcmp(precision, "auto")) chosen = 0;
	if (chosen == 3) return err_set(ERR_DEVICE, "the GPU does not compute in precision=%s (choose bf16, tf32 or fp32)", precision);
	int rc = choose(&gpu, &p);
	if (rc) return rc;
	struct device *d = (struct device *)calloc(1, sizeof *d);
	struct cuda_state *s = (struct cuda_state *)calloc(1, sizeof *s);
	if (!d || !s) {
		free(d);
		free(s);
		return err_set(ERR_MEMORY, "can't open the GPU (out of memory)");
	}
	const char *graphs = getenv("C2F_GRAPHS");
	s->graphs = !graphs || strcmp(graphs, "0");
	s->tf32 = chosen == 1;
	*d = (struct device){.kind = "cuda", .precision = precisions[chosen], .threads = threads, .act_bytes = (size_t)(chosen == 0 ? 2 : 4),
	                     .op = &ops_cuda, .memory = &cuda_memory, .state = s};
	snprintf(d->name, sizeof d->name, "%.80s, %.0f GB, %s", p.name, (double)p.totalGlobalMem / 1e9, d->precision);
	if ((rc = start(d, gpu, &p))) {
		cuda_close(d);
		return rc;
	}
	*out = d;
	return 0;
}
