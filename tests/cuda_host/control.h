/* tests/cuda_host/control.h -- what a test asks of the emulated GPU and tells it. Plain C. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

int emu_allocations(void);          /* pieces of device and pinned memory that are not freed */
size_t emu_launches(void);          /* kernels run since the start, replays of graphs included */
void emu_graphs_fail(bool on);       /* cudaGraphInstantiate() fails */
size_t emu_replays(void);           /* graphs launched since the start */
void emu_memory_limit(size_t bytes); /* cudaMalloc() fails beyond; 0: none */
void emu_processors(int n);         /* multiprocessors that the next device_open() sees; 0: the usual number */

/* The other order: blocks, and each block's threads, from the last to the first, and a warp as far ahead of the others as barriers let it
 * go instead of beside them; asynchronous copies arrive at once instead of at the wait. A result that depends on it is a race. */
void emu_backwards(bool on);
/* Work waits in its stream until somebody waits for it, as late as can be, instead of running when it is queued. */
void emu_lazy(bool on);

#ifdef __cplusplus
}
#endif
