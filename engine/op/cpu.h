/* engine/op/cpu.h -- the CPU side of the ops: threads, and how work is dealt to them.
 *
 * An op is one or two parallel regions of the device's threads. Long work (matmuls, attention, losses) is cut into pieces that
 * depend on the shape and the number of threads only, and a thread takes the next piece when it is done with one: a neighbour
 * that takes a core for some milliseconds costs a piece, not the op. Short work is dealt in equal runs of rows. Sums over
 * rows are kept by piece or by run and added in their order, whoever made them: the same thread count gives the same bits. */
#pragma once

#ifdef _OPENMP
#include <omp.h>
#endif

#include <stdint.h>
#include <string.h>

#include "engine/device/cpu.h"

/* Parallel regions of the calling thread, ours and the math library's, have the device's threads from now on. */
static inline void threads_apply(const struct device *d) {
#ifdef _OPENMP
	if (omp_get_max_threads() != d->threads && !omp_in_parallel()) omp_set_num_threads(d->threads);
#else
	(void)d;
#endif
}

static inline int thread_index(void) {
#ifdef _OPENMP
	return omp_get_thread_num();
#else
	return 0;
#endif
}

static inline int thread_count(void) {
#ifdef _OPENMP
	return omp_get_num_threads();
#else
	return 1;
#endif
}

/* The calling thread's run of N things: [first, last). */
struct span { int64_t first, last; };
static inline struct span thread_span(int64_t n) {
	int64_t t = thread_index(), threads = thread_count();
	return (struct span){n * t / threads, n * (t + 1) / threads};
}

/* N things in pieces of equal size: the number of pieces is a power of two, at least twice the threads, so that they come out even. */
struct pieces { int count, size; };
struct pieces pieces_of(const struct device *d, int n, int size_max, int size_min);

/* SUMS [width] += the column sums of X [rows, width]. */
void column_sums_add(float *sums, const float *x, int rows, int width);
/* Inside a parallel region, after a barrier of the caller's: OUT [width] = SUMS [0] + SUMS [step] + ... in that order. */
void column_sums_fold(float *out, const float *sums, size_t step, int count, int width);

/* The threads' sums, in their scratch, which the op has reserved: begin gives WIDTH zeros; end, called by all threads, adds the threads'
 * sums [first, first + width) in thread order into OUT (it begins with a barrier). */
float *thread_sums_begin(const struct device *d, int width);
void thread_sums_end(const struct device *d, float *out, int first, int width);
