/* app/whatifs.h -- a what-if from a command's words: for every command that takes a sample under a mask. Its row holds WHATIF_ARGUMENTS.
 * Threads: main thread only. */
#pragma once

#include "app/command.h"
#include "engine/train/whatif.h"

/* A mask from the file PATH suits a model with SIDE x SIDE patches of these STAGES: ERR_ARGUMENT where it does not, or leaves nothing visible. */
int whatif_given_fits(const struct given_mask *m, const char *path, int side, int stages, const enum granularity *stage);
/* Fills *W, zeroed, from SAMPLE, mask, step, visible, seed and substitute; its mask from a file is read into *GIVEN, which must live as long. */
int whatif_take(const struct call *c, struct whatif *w, struct given_mask *given);
/* Only what the words name is changed; another mask begins with the run's own step, V and seed. On failure *W may be changed in part. */
int whatif_change(const struct call *c, struct whatif *w, struct given_mask *given);
/* "instance", "instance:next", "instance:val/5", "none": as it would be typed. As snprintf. */
size_t whatif_substitute_text(const struct whatif_substitute *s, char *out, size_t capacity);
/* "mask semantic at step 0" and what is not usual about it. As snprintf. */
size_t whatif_describe(const struct whatif *w, char *out, size_t capacity);
