/* app/attending.h -- which attention is meant, from words and back: shared by attend, figure attention and the window's explorer.
 * Threads: pure. */
#pragma once

#include <stddef.h>

#include "engine/train/attend.h"

/* "mean", "rollout" or a head's number. ERR_ARGUMENT. */
int attending_head(const char *text, int *head);
void attending_head_name(int head, char *out, size_t capacity);
/* "global", "mean" or a patch's number in raster order, "12" or "semseg:12"; NULL: the usual query of C's layer (in the encoder the global token,
 * in a stage the mean over its queries). C's layer and granularity are set before; its query is answered. ERR_ARGUMENT. */
int attending_query(const char *text, const struct model_config *config, struct attend_choice *c);
void attending_query_name(const struct attend_query *q, char *out, size_t capacity);
/* What must be captured for it: its layer, behind a rollout's other blocks. Returns how many. */
int attending_captures(const struct attend_choice *c, struct attention_layer out[ATTENTION_LAYERS_MAX]);
