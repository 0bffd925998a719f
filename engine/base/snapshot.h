/* engine/base/snapshot.h -- what the trainer tells the world after a step: plain data, copied whole.
 * Threads: a snapshot is a value; trainer_snapshot() copies one under a lock. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/types.h"

enum { SNAPSHOT_SOURCES = 3 }; /* semantic, instance, random: mask/curriculum.h's order */

enum trainer_state { TRAINER_PAUSED, TRAINER_RUNNING, TRAINER_FINISHED /* step == total_steps */, TRAINER_FAILED };

/* One optimizer step's record: a line of metrics.jsonl. STEP counts from 0: the number of steps done before it; its masks are those of
 * `mask SAMPLE step=STEP`. */
struct metric {
	int64_t step;
	double time_s;                      /* training time since the run began, pauses left out */
	double loss[GRANULARITIES], total;
	double lr, grad_norm, images_per_s;
	double mix[SNAPSHOT_SOURCES];       /* alpha, beta, gamma */
	bool evaluated;                     /* val holds this step's validation (weights as before the step) */
	double val[SNAPSHOT_SOURCES][GRANULARITIES];
};

struct snapshot {
	uint64_t serial;                    /* grows with every publication */
	enum trainer_state state;
	int64_t step, total_steps;          /* optimizer steps done; the run's length */
	int64_t target;                     /* where the present `train` stops; == step when paused */
	struct metric last;                 /* of step - 1; zeros before the first step */
	struct metric first;                /* of the run's first step */
	double smooth[GRANULARITIES], smooth_total; /* exponential mean over about 20 steps */
	int64_t val_step;                   /* -1: not evaluated yet */
	double val[SNAPSHOT_SOURCES][GRANULARITIES];
	double step_ms, wait_ms;            /* smoothed: a whole step; of it, waiting for data */
	double steps_per_s, images_per_s;
	char device[128];                   /* for people: name, precision */
	char kind[8], precision[8];         /* what is in use, `auto` worked out: cpu or cuda; fp32, tf32 or bf16 */
	char passed_over[512];              /* why auto did not take a GPU that is there; "" if nothing */
	char message[512];                  /* why it failed, or the last thing worth telling; "" if none */
};
