/* tests/cuda_host/memory.h -- what launch.cpp asks runtime.cpp about device memory. */
#pragma once

#include <stddef.h>

enum { EMU_SHARED_MAX = 227 * 1024 }; /* dynamic shared memory of a block: compute capability 9.0 */

/* Whether BYTES at P (0: or its end) lie in one piece of device memory. */
bool memory_holds(const void *p, size_t bytes);
bool memory_is_pinned(const void *p);
/* Where P lies: "4 bytes behind the end of ...". */
void memory_describe(char *out, size_t size, const void *p);
void emu_count_launch();
