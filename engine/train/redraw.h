/* engine/train/redraw.h -- which epoch a step sees a sample in, so that its crop and masks can be drawn again alone.
 * Threads: pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Sample INDEX of COUNT at STEP of a run with SEED and BATCH. *USED: the step's batch held it. *EPOCH: the one it was (or, if not used,
 * would have been) drawn in. A batch may span the end of an epoch; then a used sample's own position decides. ERR_MEMORY. */
int redraw_epoch(uint64_t seed, int count, int batch, int64_t step, int index, int *epoch, bool *used);
