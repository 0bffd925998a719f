/* The CPU as a device: host memory, work done before the call returns. */
#include "engine/device/cpu.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#ifdef _OPENMP
#include <omp.h>
#endif
#ifdef HAVE_DNNL
#include <dnnl.h>
#endif

#include "engine/base/err.h"
#include "engine/device/backend.h"
#include "engine/op/gemm.h"
#include "engine/op/op.h"

enum { ALIGN = 64, HUGE_PAGE = 2 << 20, THREADS_MAX = 1024, SCRATCH_START = 64 << 10 /* floats a thread */ };

static const size_t ADDRESSES = (size_t)1 << 47; /* bytes that a process can name at all */

/* Large blocks are aligned to huge pages, and ask for them: a step walks over gigabytes, and 4 KiB pages cost it TLB misses. */
static void *memory_alloc(struct device *d, size_t bytes) {
	(void)d;
	size_t align = bytes >= 2 * HUGE_PAGE ? HUGE_PAGE : ALIGN;
	if (bytes > ADDRESSES) return NULL;
	size_t size = (bytes + align - 1) / align * align;
	void *p = aligned_alloc(align, size ? size : align);
	if (!p) return NULL;
	if (align == HUGE_PAGE) madvise(p, size, MADV_HUGEPAGE);
	memset(p, 0, size);
	return p;
}

static void memory_free(struct device *d, void *p) {
	(void)d;
	free(p);
}

static void upload(struct device *d, void *dst, const void *src, size_t bytes) {
	(void)d;
	if (bytes) memcpy(dst, src, bytes);
}

static int ahead_done(struct device *d) {
	(void)d;
	return 0;
}

static bool record(struct device *d, struct device_graph **g, uint64_t key) {
	(void)d, (void)g, (void)key;
	return true;
}

static bool record_end(struct device *d, struct device_graph *g) {
	(void)d, (void)g;
	return false;
}

static void graph_nothing(struct device *d, struct device_graph *g) { (void)d, (void)g; }

static int sync_now(struct device *d) {
	struct cpu_state *state = d->state;
	size_t refused = state->refused;
	const char *failed = state->failed;
	state->refused = 0;
	state->failed = NULL;
	if (!refused) return failed ? err_set(ERR_DEVICE, "%s", failed) : 0;
	return err_set(ERR_MEMORY, "can't allocate %.1f MiB of scratch on the CPU (out of memory; choose a smaller batch or preset)",
	               (double)refused / 1048576);
}

bool cpu_scratch_reserve(struct device *d, size_t floats) {
	struct cpu_state *state = d->state;
	if (floats <= state->floats) return true;
	size_t rounded = (floats + 15) / 16 * 16, bytes;
	if (__builtin_mul_overflow(rounded, (size_t)d->threads * sizeof(float), &bytes)) bytes = SIZE_MAX;
	float *fresh = memory_alloc(d, bytes);
	if (!fresh) {
		state->refused = bytes;
		return false;
	}
	free(state->scratch);
	state->scratch = fresh;
	state->floats = rounded;
	return true;
}

/* The machine's, as Linux counts it: what could be had without swapping. */
static void available(struct device *d, size_t *free, size_t *total) {
	char line[128];
	(void)d;
	*free = *total = 0;
	FILE *f = fopen("/proc/meminfo", "r");
	if (!f) return;
	while (fgets(line, sizeof line, f)) {
		size_t kib;
		if (sscanf(line, "MemTotal: %zu", &kib) == 1) *total = kib << 10;
		if (sscanf(line, "MemAvailable: %zu", &kib) == 1) *free = kib << 10;
	}
	fclose(f);
}

static void cpu_close(struct device *d) {
	struct cpu_state *state = d->state;
	bf16_close(state->bf16);
	free(state->scratch);
	free(state);
	free(d);
}

static const struct device_memory cpu_memory = {
	.alloc = memory_alloc,
	.free = memory_free,
	.host_alloc = memory_alloc,
	.host_free = memory_free,
	.upload = upload,
	.upload_ahead = upload,
	.ahead_done = ahead_done,
	.download = upload,
	.fetch = upload,
	.sync = sync_now,
	.record = record,
	.record_end = record_end,
	.graph_free = graph_nothing,
	.available = available,
	.close = cpu_close,
};

/* The processor's own words, shortened by what the ends add: "AMD EPYC 9B14 96-Core Processor". */
static void processor_name(char *out, size_t size) {
	snprintf(out, size, "CPU");
	FILE *f = fopen("/proc/cpuinfo", "r");
	if (!f) return;
	char line[256];
	while (fgets(line, sizeof line, f)) {
		char *colon = strchr(line, ':');
		if (strncmp(line, "model name", 10) || !colon) continue;
		colon[strcspn(colon, "\n")] = 0;
		snprintf(out, size, "%.60s", colon + 1 + strspn(colon + 1, " "));
		break;
	}
	fclose(f);
}

static void name_make(struct device *d) {
	char processor[64], library[32] = "own matmul";
	processor_name(processor, sizeof processor);
#if defined HAVE_DNNL && defined _OPENMP
	const dnnl_version_t *v = dnnl_version();
	snprintf(library, sizeof library, "oneDNN %d.%d", v->major, v->minor);
#endif
	snprintf(d->name, sizeof d->name, "%s, %d thread%s, %s, %s", processor, d->threads, d->threads == 1 ? "" : "s", library,
	         d->precision);
}

static int threads_available(void) {
#ifdef _OPENMP
	return omp_get_num_procs();
#else
	return 1;
#endif
}

/* The math library packs its operands into megabytes that it takes from malloc() and gives back in every call. Left alone, glibc maps
 * and unmaps them, and the kernel clears their pages again each time: a third of a tiny step. So freed memory stays with us. */
static void keep_freed_memory(void) {
	mallopt(M_MMAP_THRESHOLD, 32 << 20); /* the largest that glibc takes */
	mallopt(M_TRIM_THRESHOLD, 1 << 30);
	mallopt(M_ARENA_MAX, 1);             /* other threads' arenas would still map and trim */
}

int cpu_open(struct device **out, const char *precision, int threads) {
	static const char *const precisions[] = {"fp32", "bf16"};
	bool half = !strcmp(precision, precisions[1]);
	int rc;
	*out = NULL;
	if (!half && strcmp(precision, precisions[0]) && strcmp(precision, "auto"))
		return err_set(ERR_DEVICE, "the CPU does not compute in precision=%s (it has no such unit; choose fp32 or bf16)", precision);
	if (threads < 0 || threads > THREADS_MAX)
		return err_set(ERR_ARGUMENT, "can't use %d threads (out of range; choose 1 to %d, or 0 for all cores)", threads, THREADS_MAX);
	struct device *d = calloc(1, sizeof *d);
	struct cpu_state *state = calloc(1, sizeof *state);
	if (!d || !state) goto memory;
#ifndef _OPENMP
	threads = 1;
#endif
	if (half && (rc = bf16_open(&state->bf16))) goto fail;
	keep_freed_memory();
	*d = (struct device){.kind = "cpu", .precision = precisions[half], .threads = threads ? threads : threads_available(),
	                     .act_bytes = sizeof(float), .op = &ops_cpu, .memory = &cpu_memory, .state = state};
	if (!cpu_scratch_reserve(d, SCRATCH_START)) goto memory;
	name_make(d);
	*out = d;
	return 0;
memory:
	rc = err_set(ERR_MEMORY, "can't open the CPU (out of memory)");
fail:
	if (state) bf16_close(state->bf16);
	free(d);
	free(state);
	return rc;
}
