/* engine/data/sample_cache.h -- decoded samples kept in memory, so that later epochs cost a copy.
 *
 * Policy: what is read first stays, until the budget is full; then nothing is added and nothing goes. Training visits every sample
 * once an epoch in a new order, and there this keeps the share that fits, where "least recently used" would keep almost nothing.
 * Threads: any, at once (a lock for many readers). */
#pragma once

#include "engine/data/dataset.h"

struct sample_cache;

int cache_new(struct sample_cache **out, int64_t bytes);
void cache_free(struct sample_cache *c);                       /* NULL is fine */
void cache_set_budget(struct sample_cache *c, int64_t bytes);  /* a smaller budget empties the cache */

/* A copy of the sample into *OUT (raw_sample_free()); false if it isn't kept, or no memory is left for a copy. */
bool cache_get(struct sample_cache *c, enum split s, int index, struct raw_sample *out);
/* Keeps a copy if the budget has room. */
void cache_put(struct sample_cache *c, enum split s, int index, const struct raw_sample *r);
