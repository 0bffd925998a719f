/* engine/model/trace.h -- the outside world's way to check the engine (spec.md section 8).
 *
 * BATCH holds rgb [B,3,S,S] f32 (normalised), instance and semseg [B, 4 side, 4 side] i32 (unlabelled: C or 255), and mask.rgb,
 * mask.instance, mask.semseg [B,N] i32 (1 = masked), with the same number of visible tokens in every sample; what belongs to an
 * inactive granularity may be absent and is not read.
 * OUT receives encoded [B,V+1,D], pred.G [B,N,out], loss.G and loss.total [1] (0 for an inactive granularity), and with GRADIENTS
 * grad.NAME for every parameter, all f32.
 * It computes in a workspace and a gradient buffer of its own: weights, gradients and moments stay as they are.
 * Threads: as the model's. */
#pragma once

#include <stdbool.h>

#include "engine/model/model.h"

/* LOSS_WEIGHTS as in model_loss(). ERR_FORMAT names what is wrong with BATCH; on failure OUT is what it was. */
int trace_run(struct model *m, const char *batch_path, const char *out_path, const double loss_weights[GRANULARITIES],
              bool gradients);
