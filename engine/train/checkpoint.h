/* engine/train/checkpoint.h -- a checkpoint: a safetensors file with weights, both AdamW moments, the metric history, and in its metadata the
 * step, seed, batch, options and curriculum. Random streams are keyed on (seed, step), so seed and step are their whole state, and the data's
 * position; a resumed run goes on bit for bit on the same device in the same precision (spec.md section 7). Weights and moments are float32
 * whatever computed them, so a checkpoint goes on anywhere, in any precision, with other rounding.
 * Threads: save and restore run on the trainer thread; checkpoint_read_info() anywhere. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/snapshot.h"
#include "engine/mask/curriculum.h"
#include "engine/model/model.h"

enum { OPTIONS_TEXT = 4096 };

struct checkpoint_info {
	bool full;                       /* false: plain weights; nothing below is set then */
	int64_t step;
	uint64_t seed;
	int batch;
	double time_s;                   /* training time so far */
	char device[8], precision[8];    /* in use when it was written, `auto` worked out; "" in files that don't say */
	char options[OPTIONS_TEXT];      /* the `set` line that rebuilds the run */
	struct curriculum curriculum;
};

/* What a file is, without loading it. ERR_FILE, ERR_FORMAT. */
int checkpoint_read_info(const char *path, struct checkpoint_info *out);

/* HISTORY: COUNT rows. On failure the file at PATH is what it was. */
int checkpoint_save(struct model *m, const char *path, const struct checkpoint_info *info, const struct metric *history, int64_t count);
/* Weights, moments and history of a full checkpoint; *HISTORY is the caller's: free(). Everything is checked before anything is
 * changed. */
int checkpoint_restore(struct model *m, const char *path, struct metric **history, int64_t *count);
