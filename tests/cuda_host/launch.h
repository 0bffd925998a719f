/* tests/cuda_host/launch.h -- launch() and what synchronises threads, on the host: blocks run in a loop, a block's threads as fibers of one
 * thread of the operating system. Included by engine/op/cuda.h under CUDA_HOST.
 *
 * It checks indexing, barriers and arithmetic. These end the program with a sentence that names kernel, block and thread:
 *   - a barrier or warp function that some thread of the block or lane of the warp never reaches, or where it waits at another line;
 *   - a touch of memory behind an allocation's end or behind the shared memory that the launch asked for, or of no memory at all;
 *   - writes in front of either (found when the block or the allocation ends);
 *   - a pointer to something else than device memory as a kernel's argument (what lies inside structs is not looked at);
 *   - ldmatrix and cp.async on addresses that are not 16-byte aligned or not in the right kind of memory.
 * Dynamic shared memory holds NaN when a block starts, and device memory when it is allocated: a sum over what nobody wrote shows.
 * emu_backwards() runs threads and blocks in the other order, and warps apart: results that change are races.
 *
 * It does not check speed, the memory model and races that neither order shows, static __shared__ arrays' bounds and first contents (one
 * array serves all blocks), registers and __launch_bounds__, nor the real tensor cores' rounding (mma_host.h). */
#pragma once

#include <type_traits>

/* One lane's share of a warp function: what it brings, and finds behind it. */
enum { EMU_LANE_BYTES = 64 };
struct emu_lane {
	alignas(16) unsigned char bytes[EMU_LANE_BYTES];
};

#define EMU_HERE const char *file = __builtin_FILE(), int line = __builtin_LINE()

[[noreturn]] void emu_fail(const char *format, ...) __attribute__((format(printf, 1, 2))); /* the sentence of the thread that runs */
void emu_block_meet(const char *file, int line);
/* The 32 lanes bring BYTES each and leave when all have come; the last one runs ALL (may be NULL) over what they brought. The result holds
 * until the warp meets twice more. */
struct emu_lane *emu_warp_meet(const char *what, const void *in, size_t bytes, void (*all)(struct emu_lane lane[32]), const char *file, int line);
int emu_lane_here();
void *emu_shared();                        /* the block's dynamic shared memory */
bool emu_is_shared(const void *p, size_t bytes); /* that, or no device memory: a static array */
bool emu_is_device(const void *p);
void emu_name(const char *launch, const char *file, int line);
void emu_launch(cudaStream_t stream, dim3 grid, dim3 block, size_t shared_bytes, std::function<void()> thread);
void emu_argument(int i, const void *p);

#define SHARED(type, name) type *name = (type *)emu_shared()

template <typename A> static inline void emu_check_argument(int i, const A &argument) {
	if constexpr (std::is_pointer_v<A>) emu_argument(i, (const void *)argument);
}

/* As the GPU's launch() of engine/op/cuda.h. */
template <typename... P, typename... A>
static inline void launch(struct device *d, void (*kernel)(P...), dim3 grid, dim3 block, size_t shared_bytes, A... arguments) {
	if (grid.x == 0 || grid.y == 0 || grid.z == 0) return;
	if (shared_bytes > 48 * 1024 &&
	    cuda_failed(d, cudaFuncSetAttribute((const void *)kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, (int)shared_bytes), "shared memory"))
		return;
	int i = 0;
	(emu_check_argument(i++, arguments), ...);
	emu_launch(cuda_of(d)->compute, grid, block, shared_bytes, [=] { kernel(P(arguments)...); });
	cuda_failed(d, cudaGetLastError(), "a kernel's launch");
}
#define launch(...) (emu_name(#__VA_ARGS__, __FILE__, __LINE__), launch(__VA_ARGS__))

/* ---- barriers and warp functions ---- */

static inline void __syncthreads(EMU_HERE) { emu_block_meet(file, line); }
static inline void __syncwarp(unsigned mask = ~0u, EMU_HERE) {
	if (mask != ~0u) emu_fail("__syncwarp() of some lanes only (mask 0x%x, %s:%d)", mask, file, line);
	emu_warp_meet("__syncwarp()", NULL, 0, NULL, file, line);
}

/* X of lane FROM. */
template <typename T> static inline T emu_shuffle(const char *what, unsigned mask, T x, int from, const char *file, int line) {
	static_assert(sizeof x <= EMU_LANE_BYTES && std::is_trivially_copyable_v<T>);
	if (mask != ~0u) emu_fail("%s of some lanes only (mask 0x%x, %s:%d)", what, mask, file, line);
	const struct emu_lane *lane = emu_warp_meet(what, &x, sizeof x, NULL, file, line);
	memcpy(&x, lane[from].bytes, sizeof x);
	return x;
}
/* The PTX ISA's shfl: lanes beyond the segment of WIDTH give the lane's own value. */
template <typename T> static inline T __shfl_sync(unsigned mask, T x, int from, int width = 32, EMU_HERE) {
	int first = emu_lane_here() & ~(width - 1);
	return emu_shuffle("__shfl_sync()", mask, x, first | (from & (width - 1)), file, line);
}
template <typename T> static inline T __shfl_xor_sync(unsigned mask, T x, int bits, int width = 32, EMU_HERE) {
	int lane = emu_lane_here(), last = lane | (width - 1), from = lane ^ bits;
	return emu_shuffle("__shfl_xor_sync()", mask, x, from <= last ? from : lane, file, line);
}
template <typename T> static inline T __shfl_down_sync(unsigned mask, T x, unsigned by, int width = 32, EMU_HERE) {
	int lane = emu_lane_here(), last = lane | (width - 1), from = lane + (int)by;
	return emu_shuffle("__shfl_down_sync()", mask, x, from <= last ? from : lane, file, line);
}
template <typename T> static inline T __shfl_up_sync(unsigned mask, T x, unsigned by, int width = 32, EMU_HERE) {
	int lane = emu_lane_here(), first = lane & ~(width - 1), from = lane - (int)by;
	return emu_shuffle("__shfl_up_sync()", mask, x, from >= first ? from : lane, file, line);
}

static inline unsigned emu_ballot(const char *what, unsigned mask, int predicate, const char *file, int line) {
	unsigned char yes = predicate != 0;
	if (mask != ~0u) emu_fail("%s of some lanes only (mask 0x%x, %s:%d)", what, mask, file, line);
	const struct emu_lane *lane = emu_warp_meet(what, &yes, 1, NULL, file, line);
	unsigned votes = 0;
	for (int i = 0; i < 32; i++) votes |= (unsigned)lane[i].bytes[0] << i;
	return votes;
}
static inline unsigned __ballot_sync(unsigned mask, int predicate, EMU_HERE) { return emu_ballot("__ballot_sync()", mask, predicate, file, line); }
static inline int __any_sync(unsigned mask, int predicate, EMU_HERE) { return emu_ballot("__any_sync()", mask, predicate, file, line) != 0; }
static inline int __all_sync(unsigned mask, int predicate, EMU_HERE) { return emu_ballot("__all_sync()", mask, predicate, file, line) == ~0u; }
