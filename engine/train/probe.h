/* engine/train/probe.h -- the frozen probe set: fixed validation images, each with one frozen mask of every kind (spec.md section 6).
 *
 * A training loss is not comparable across phases, because the masks change with them; the probe's is. Its masks come from streams of
 * their own (RNG_PROBE) and from the default mask options, so that no edit of a run moves its ruler.
 * Threads: the trainer's. */
#pragma once

#include "engine/data/dataset.h"
#include "engine/mask/curriculum.h"
#include "engine/model/model.h"
#include "engine/train/trainer.h"

struct probe;

/* The first SAMPLES validation images (fewer if there are fewer). ERR_STATE when the data set has no validation split. */
int probe_new(struct probe **out, struct dataset *d, const struct trainer_fixed *fixed, int samples);
void probe_free(struct probe *p);
/* Mean losses per kind of mask and granularity, over the samples that have a valid masked cell. W is the training workspace. */
int probe_run(struct probe *p, struct workspace *w, double val[SOURCES][GRANULARITIES]);
