/* engine/op/sequence.h -- the decoder's full sequence and its granularities' rows (spec.md section 3, decoder 2 and 3; paper eq. 2).
 *
 *     z[b, g N + n] = (visible ? context[b, slot] : mask_token) + position[n] + task[g]
 *     dmask_token = sum over masked rows of dz,   dtask[g] = sum over rows of granularity g of dz
 *
 * Contracts: op.h. */
#pragma once

#include "engine/op/op.h"

void sequence_forward_cpu(struct device *d, act *z, const act *context, const act *mask_token, const act *const task[GRANULARITIES],
                          const float *position, const int32_t *slot, int batch, int groups, int patches, int visible, int width);
void sequence_backward_cpu(struct device *d, act *dcontext, float *dmask_token, float *const dtask[GRANULARITIES], const act *dz, const int32_t *slot,
                           int batch, int groups, int patches, int visible, int width);
void rows_copy_cpu(struct device *d, act *out, const act *z, int first, int n, int tokens, int batch, int width);
void rows_add_cpu(struct device *d, act *z, const act *x, int first, int n, int tokens, int batch, int width);
