/* engine/train/metrics.h -- metrics.jsonl: one JSON object a line, appended (spec.md section 7).
 * Threads: a file belongs to the trainer thread. */
#pragma once

#include <stdio.h>

#include "engine/base/snapshot.h"

/* Writes M as one line; numbers that JSON can't hold (nan, inf) become null. Inactive granularities are left out. VAL_ONLY: a row without
 * training losses (the validation after the last step). Negative if the disk refused. */
int metrics_write(FILE *f, const struct metric *m, const bool active[GRANULARITIES], bool val_only);
