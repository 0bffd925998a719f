/* tests/cuda_host/runtime.cpp -- the runtime's calls on the host: memory with guarded ends, streams as queues of closures, graphs as lists. */
#include "cuda_runtime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include <algorithm>
#include <deque>
#include <utility>
#include <vector>

#include "memory.h"

enum { PAGE = 4096, ALIGNMENT = 256, PROCESSORS = 3 /* few: loops over a grid's stride take several turns */ };
static const size_t TOTAL_MEMORY = (size_t)8 << 30;

/* ---- errors ---- */

static cudaError_t last_error;

cudaError_t emu_error(cudaError_t error) {
	if (error != cudaSuccess) last_error = error;
	return error;
}
cudaError_t cudaPeekAtLastError(void) { return last_error; }
cudaError_t cudaGetLastError(void) { return std::exchange(last_error, cudaSuccess); }

static const struct {
	cudaError_t error;
	const char *name, *sentence;
} errors[] = {
	{cudaSuccess, "cudaSuccess", "no error"},
	{cudaErrorInvalidValue, "cudaErrorInvalidValue", "invalid argument"},
	{cudaErrorMemoryAllocation, "cudaErrorMemoryAllocation", "out of memory"},
	{cudaErrorInvalidConfiguration, "cudaErrorInvalidConfiguration", "invalid configuration argument"},
	{cudaErrorInsufficientDriver, "cudaErrorInsufficientDriver", "CUDA driver version is insufficient for CUDA runtime version"},
	{cudaErrorNoDevice, "cudaErrorNoDevice", "no CUDA-capable device is detected"},
	{cudaErrorNotReady, "cudaErrorNotReady", "device not ready"},
	{cudaErrorStreamCaptureUnsupported, "cudaErrorStreamCaptureUnsupported", "operation not permitted when stream is capturing"},
};
const char *cudaGetErrorString(cudaError_t error) {
	for (const auto &e : errors)
		if (e.error == error) return e.sentence;
	return "unknown error";
}
const char *cudaGetErrorName(cudaError_t error) {
	for (const auto &e : errors)
		if (e.error == error) return e.name;
	return "unknown error";
}

/* ---- the device ---- */

static int processors;

void emu_processors(int n) { processors = n; }

cudaError_t cudaDriverGetVersion(int *version) { return *version = 13000, cudaSuccess; }
cudaError_t cudaGetDeviceCount(int *count) { return *count = 1, cudaSuccess; }
cudaError_t cudaSetDevice(int device) { return emu_error(device ? cudaErrorInvalidValue : cudaSuccess); }
cudaError_t cudaGetDevice(int *device) { return *device = 0, cudaSuccess; }
cudaError_t cudaGetDeviceProperties(struct cudaDeviceProp *p, int device) {
	if (device) return emu_error(cudaErrorInvalidValue);
	*p = (struct cudaDeviceProp){.name = "a GPU emulated on the host", .totalGlobalMem = TOTAL_MEMORY, .sharedMemPerBlock = 48 << 10,
	                             .sharedMemPerBlockOptin = EMU_SHARED_MAX, .major = 9, .minor = 0,
	                             .multiProcessorCount = processors ? processors : PROCESSORS, .l2CacheSize = 50 << 20};
	return cudaSuccess;
}
cudaError_t cudaFuncSetAttribute(const void *, cudaFuncAttribute attribute, int value) {
	bool fits = attribute != cudaFuncAttributeMaxDynamicSharedMemorySize || (value >= 0 && value <= EMU_SHARED_MAX);
	return emu_error(fits ? cudaSuccess : cudaErrorInvalidValue);
}

/* ---- memory ---- */

struct piece {
	char *map, *data; /* data: the last ALIGNMENT multiple from which BYTES fit in front of the guard page */
	size_t bytes, mapped;
};

static std::vector<struct piece> pieces;
static std::vector<std::pair<char *, size_t>> pinned;
static size_t in_use, limit;
static size_t launches, replays;
static int captures; /* streams that capture now */

int emu_allocations(void) { return (int)(pieces.size() + pinned.size()); }
size_t emu_launches(void) { return launches; }
size_t emu_replays(void) { return replays; }
void emu_memory_limit(size_t bytes) { limit = bytes; }
void emu_count_launch() { launches++; }

static size_t round_up(size_t n, size_t to) { return (n + to - 1) / to * to; }

cudaError_t cudaMalloc(void **p, size_t bytes) {
	*p = NULL;
	if (captures) return emu_error(cudaErrorStreamCaptureUnsupported);
	if (bytes > TOTAL_MEMORY || in_use + bytes > (limit ? limit : TOTAL_MEMORY)) return emu_error(cudaErrorMemoryAllocation);
	struct piece a = {.map = NULL, .data = NULL, .bytes = bytes, .mapped = round_up(round_up(bytes, ALIGNMENT), PAGE) + 2 * PAGE};
	a.map = (char *)mmap(NULL, a.mapped, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (a.map == MAP_FAILED || mprotect(a.map + PAGE, a.mapped - 2 * PAGE, PROT_READ | PROT_WRITE))
		return emu_error(cudaErrorMemoryAllocation);
	a.data = a.map + a.mapped - PAGE - round_up(bytes, ALIGNMENT);
	memset(a.map + PAGE, 0xff, a.mapped - 2 * PAGE);
	pieces.push_back(a);
	in_use += bytes;
	*p = a.data;
	return cudaSuccess;
}

static void piece_check(const struct piece *a) {
	for (const char *p = a->map + PAGE; p < a->map + a->mapped - PAGE; p++) {
		if (p == a->data) p += a->bytes;
		if (p < a->map + a->mapped - PAGE && (unsigned char)*p != 0xff) {
			fprintf(stderr, "cuda_host: somebody wrote %td bytes from the start of device memory of %zu bytes, outside of it\n", p - a->data, a->bytes);
			abort();
		}
	}
}

static void run_everything();

/* Waits, as the GPU's. */
cudaError_t cudaFree(void *p) {
	if (!p) return cudaSuccess;
	run_everything();
	for (size_t i = 0; i < pieces.size(); i++) {
		if (pieces[i].data != p) continue;
		piece_check(&pieces[i]);
		munmap(pieces[i].map, pieces[i].mapped);
		in_use -= pieces[i].bytes;
		pieces.erase(pieces.begin() + (long)i);
		return cudaSuccess;
	}
	return emu_error(cudaErrorInvalidValue);
}

cudaError_t cudaMallocHost(void **p, size_t bytes) {
	if (posix_memalign(p, ALIGNMENT, bytes)) return emu_error(cudaErrorMemoryAllocation);
	memset(*p, 0xff, bytes);
	pinned.push_back({(char *)*p, bytes});
	return cudaSuccess;
}
cudaError_t cudaFreeHost(void *p) {
	if (!p) return cudaSuccess;
	for (size_t i = 0; i < pinned.size(); i++) {
		if (pinned[i].first != p) continue;
		free(p);
		pinned.erase(pinned.begin() + (long)i);
		return cudaSuccess;
	}
	return emu_error(cudaErrorInvalidValue);
}
cudaError_t cudaMemGetInfo(size_t *free_bytes, size_t *total_bytes) {
	*total_bytes = limit ? limit : TOTAL_MEMORY;
	*free_bytes = *total_bytes - in_use;
	return cudaSuccess;
}

bool memory_holds(const void *p, size_t bytes) {
	const char *at = (const char *)p;
	for (const struct piece &a : pieces)
		if (at >= a.data && at + bytes <= a.data + a.bytes) return true;
	return false;
}
bool memory_is_pinned(const void *p) {
	for (const auto &a : pinned)
		if ((const char *)p >= a.first && (const char *)p <= a.first + a.second) return true;
	return false;
}
void memory_describe(char *out, size_t size, const void *p) {
	const char *at = (const char *)p;
	for (const struct piece &a : pieces) {
		if (at < a.map || at >= a.map + a.mapped) continue;
		ptrdiff_t behind = at - (a.data + a.bytes), front = a.data - at;
		if (front > 0)
			snprintf(out, size, "%td bytes in front of device memory of %zu bytes", front, a.bytes);
		else if (behind >= 0)
			snprintf(out, size, "%td bytes behind the end of device memory of %zu bytes", behind, a.bytes);
		else
			snprintf(out, size, "in device memory of %zu bytes", a.bytes);
		return;
	}
	snprintf(out, size, "%s", at < (const char *)PAGE ? "near NULL" : "no device memory (the host's, or freed)");
}

/* ---- streams, events, graphs ---- */

struct emu_stream {
	bool capturing;
	std::vector<std::function<void()>> captured;
	std::deque<std::function<void()>> queue; /* emu_lazy(): what nobody has waited for */
};
struct emu_graph {
	std::vector<std::function<void()>> work;
};
struct emu_event {
	struct emu_stream *stream; /* of the last record */
	int recorded, passed;      /* records queued and run */
	double ms;
};

static std::vector<struct emu_stream *> streams;
static bool lazy;

void emu_lazy(bool on) { lazy = on; }

static void run_one(struct emu_stream *s) {
	std::function<void()> work = std::move(s->queue.front());
	s->queue.pop_front();
	work();
}
static void run_all(struct emu_stream *s) {
	while (!s->queue.empty()) run_one(s);
}
static void run_everything() {
	for (struct emu_stream *s : streams) run_all(s);
}

void emu_enqueue(cudaStream_t stream, std::function<void()> work) {
	if (!stream) return work();
	if (stream->capturing)
		stream->captured.push_back(std::move(work));
	else
		stream->queue.push_back(std::move(work));
	if (!lazy) run_all(stream);
}

static bool is_hosts(const void *p) { return !memory_holds(p, 0) && !memory_is_pinned(p); }

/* From and to memory that the GPU can't reach by itself, the runtime waits. */
static cudaError_t copy(const void *to, const void *from, cudaStream_t stream, std::function<void()> work) {
	emu_enqueue(stream, std::move(work));
	if (stream && !stream->capturing && (is_hosts(to) || is_hosts(from))) run_all(stream);
	return cudaSuccess;
}
cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, cudaMemcpyKind, cudaStream_t stream) {
	return copy(to, from, stream, [=] { memcpy(to, from, bytes); });
}
cudaError_t cudaMemcpy(void *to, const void *from, size_t bytes, cudaMemcpyKind kind) { return cudaMemcpyAsync(to, from, bytes, kind, NULL); }
cudaError_t cudaMemcpy2DAsync(void *to, size_t to_pitch, const void *from, size_t from_pitch, size_t width, size_t height, cudaMemcpyKind,
                              cudaStream_t stream) {
	if (width > to_pitch || width > from_pitch) return emu_error(cudaErrorInvalidValue);
	return copy(to, from, stream, [=] {
		for (size_t y = 0; y < height; y++) memcpy((char *)to + y * to_pitch, (const char *)from + y * from_pitch, width);
	});
}
/* Device memory only, as on the GPU. */
cudaError_t cudaMemsetAsync(void *p, int value, size_t bytes, cudaStream_t stream) {
	if (!memory_holds(p, bytes)) return emu_error(cudaErrorInvalidValue);
	emu_enqueue(stream, [=] { memset(p, value, bytes); });
	return cudaSuccess;
}
cudaError_t cudaMemset(void *p, int value, size_t bytes) { return cudaMemsetAsync(p, value, bytes, NULL); }

cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned) {
	streams.push_back(*stream = new emu_stream());
	return cudaSuccess;
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
	run_all(stream);
	captures -= stream->capturing;
	streams.erase(std::find(streams.begin(), streams.end(), stream));
	delete stream;
	return cudaSuccess;
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
	if (stream && stream->capturing) return emu_error(cudaErrorStreamCaptureUnsupported);
	if (stream) run_all(stream);
	return cudaSuccess;
}
cudaError_t cudaDeviceSynchronize(void) {
	if (captures) return emu_error(cudaErrorStreamCaptureUnsupported);
	run_everything();
	return cudaSuccess;
}

/* Until the first RECORDS of the event have passed. */
static void event_wait(cudaEvent_t event, int records) {
	while (event->passed < records) run_one(event->stream);
}
cudaError_t cudaEventCreate(cudaEvent_t *event) { return *event = new emu_event(), cudaSuccess; }
cudaError_t cudaEventCreateWithFlags(cudaEvent_t *event, unsigned) { return cudaEventCreate(event); }
cudaError_t cudaEventDestroy(cudaEvent_t event) {
	event_wait(event, event->recorded);
	delete event;
	return cudaSuccess;
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
	event->stream = stream;
	event->recorded++;
	emu_enqueue(stream, [=] {
		struct timespec now;
		clock_gettime(CLOCK_MONOTONIC, &now);
		event->ms = (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
		event->passed++;
	});
	return cudaSuccess;
}
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned) {
	int records = event->recorded;
	emu_enqueue(stream, [=] { event_wait(event, records); });
	return cudaSuccess;
}
cudaError_t cudaEventSynchronize(cudaEvent_t event) { return event_wait(event, event->recorded), cudaSuccess; }
cudaError_t cudaEventQuery(cudaEvent_t event) { return event->passed < event->recorded ? cudaErrorNotReady : cudaSuccess; }
cudaError_t cudaEventElapsedTime(float *ms, cudaEvent_t from, cudaEvent_t to) { return *ms = (float)(to->ms - from->ms), cudaSuccess; }

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode) {
	if (!stream || stream->capturing) return emu_error(cudaErrorInvalidValue);
	stream->capturing = true;
	captures++;
	return cudaSuccess;
}
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t *graph) {
	*graph = NULL;
	if (!stream || !stream->capturing) return emu_error(cudaErrorInvalidValue);
	stream->capturing = false;
	captures--;
	*graph = new emu_graph{std::exchange(stream->captured, {})};
	return cudaSuccess;
}
static bool graphs_fail;
void emu_graphs_fail(bool on) { graphs_fail = on; }
cudaError_t cudaGraphInstantiate(cudaGraphExec_t *exec, cudaGraph_t graph, unsigned long long) {
	if (graphs_fail) return *exec = nullptr, emu_error(cudaErrorMemoryAllocation);
	return *exec = new emu_graph(*graph), cudaSuccess;
}
cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t stream) {
	for (const auto &work : exec->work) emu_enqueue(stream, work);
	replays++;
	return cudaSuccess;
}
cudaError_t cudaGraphDestroy(cudaGraph_t graph) { return delete graph, cudaSuccess; }
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec) { return delete exec, cudaSuccess; }
