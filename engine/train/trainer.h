/* engine/train/trainer.h -- the training thread, and the only door to it.
 *
 * The trainer thread owns device, model, loader and workspaces. Others post requests; between two steps the trainer takes them in order and
 * answers each: applied at step s, or rejected with a sentence. After every step it publishes a snapshot
 * and writes a byte to the wake pipe. A what-if (predict, trace) is a request that runs on the live weights and changes
 * nothing: weights, moments, data order and random streams stay as they are.
 * Threads: every function here may be called from one controlling thread (the main loop's); none waits for a step except trainer_wait(),
 * trainer_new() and trainer_free(). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/snapshot.h"
#include "engine/data/dataset.h"
#include "engine/mask/curriculum.h"
#include "engine/mask/mask.h"
#include "engine/model/config.h"
#include "engine/model/model.h"
#include "engine/train/condition.h"

/* What stands for the whole run. */
struct trainer_fixed {
	struct model_config model;
	int batch, visible;
	uint64_t seed;
	char device[16];         /* auto, cpu, cuda */
	char precision[8];       /* auto (cpu: fp32, cuda: bf16), fp32, tf32, bf16 */
	int threads;             /* 0: all cores */
	int loader_threads;      /* 0: chosen */
};

/* What may change between two steps; the change is recorded with its step. */
struct trainer_live {
	int64_t total_steps;
	double lr;               /* peak */
	double warmup;           /* share of total_steps, 0.1 */
	double warmup_lr;        /* where warm-up starts, 1e-6 */
	double beta1, beta2, epsilon, decay;
	double loss_weights[GRANULARITIES];
	struct mask_options mask; /* side, active, visible, classes and seed are taken from trainer_fixed */
	struct curriculum curriculum;
	int eval_every, eval_samples;   /* 0: no validation */
	int save_every;                 /* checkpoint every so many steps; 0: only when asked and at the end */
};

struct trainer;

/* Memory for one sample's forward pass, kept from one what-if to the next. */
struct spare { struct workspace *workspace; int visible; };

/* What a request's work may touch, on the trainer thread, between two steps. */
struct trainer_access {
	struct trainer *trainer;
	struct model *model;
	struct workspace *workspace;      /* training's; NULL before the first step */
	struct spare *spare;
	struct dataset *dataset;
	const struct trainer_fixed *fixed;
	const struct trainer_live *live;
	int64_t step;
	const struct batch_sample *last;  /* [fixed->batch] of step - 1; NULL: no step was made since the trainer stands */
};
typedef int (*trainer_work)(struct trainer_access *a, void *context);

struct answer {
	uint64_t ticket;
	int code;                /* 0: applied; negative: rejected */
	int64_t step;            /* the step before which it was applied */
	char message[1024];      /* the sentence, when rejected */
};

enum stop_kind { STOP_AT_STEP, STOP_AT_PHASE, STOP_IF /* behind the first step whose numbers fulfil the condition */ };
struct stop { enum stop_kind kind; int64_t step; enum mask_source phase; struct condition condition; };

enum { BREAKS_MAX = 8 };

/* One sample of the last step's batch: which, and its own losses. */
struct batch_sample { int32_t index, epoch; float loss[GRANULARITIES]; };

/* Opens device and model (parameters drawn from the seed), starts the thread, paused at step 0. Borrows DATASET for its life; NULL: no
 * data, so no training; load, trace and export work. RUN is the run's folder: metrics.jsonl and checkpoints/ go
 * there; NULL: nothing is written until trainer_set_run(). */
int trainer_new(struct trainer **out, struct dataset *dataset, const struct trainer_fixed *fixed, const struct trainer_live *live, const char *run);
/* Stops after the step in hand, closes files, joins. NULL is fine. */
void trainer_free(struct trainer *t);

int trainer_fd(const struct trainer *t);              /* readable when something was published or answered */
void trainer_drain(struct trainer *t);                /* empties the pipe */
void trainer_snapshot(struct trainer *t, struct snapshot *out);
/* The run's steps so far, oldest first: copies up to CAPACITY rows from row FIRST; returns how many. */
int trainer_history(struct trainer *t, int64_t first, struct metric *out, int capacity);
int64_t trainer_history_count(struct trainer *t);
const struct trainer_fixed *trainer_fixed(const struct trainer *t);
void trainer_live_copy(struct trainer *t, struct trainer_live *out);

/* Requests: each returns a ticket (> 0); its answer comes through trainer_answer() or trainer_wait(). */
uint64_t trainer_run(struct trainer *t, const struct stop *until); /* train until STOP (or total_steps) */
uint64_t trainer_pause(struct trainer *t);
uint64_t trainer_configure(struct trainer *t, const struct trainer_live *live, const char *what); /* WHAT: for the run's log */
/* Training pauses behind a step that fulfils one of them (at most BREAKS_MAX); the snapshot says which. */
uint64_t trainer_breaks(struct trainer *t, const struct condition *conditions, int count);
uint64_t trainer_call(struct trainer *t, trainer_work work, void *context); /* CONTEXT stays the caller's, untouched until answered */
uint64_t trainer_save(struct trainer *t, const char *path, const char *options); /* a checkpoint; OPTIONS: the `set` line that rebuilds this run */
uint64_t trainer_restore(struct trainer *t, const char *path);     /* a checkpoint (everything) or plain weights (weights only) */
uint64_t trainer_export(struct trainer *t, const char *path);      /* weights alone */
/* Names the run's folder (made if missing) and the `set` line kept in automatic checkpoints; again with the same RUN: only the line is replaced. */
uint64_t trainer_set_run(struct trainer *t, const char *run, const char *options);

bool trainer_answer(struct trainer *t, struct answer *out);        /* the oldest unread answer; false if none */
/* Waits until TICKET is answered, at most TIMEOUT_MS (-1: for ever); false on time-out. Other answers stay unread. */
bool trainer_wait(struct trainer *t, uint64_t ticket, int timeout_ms, struct answer *out);

/* What was in force at STEP: every change is kept with the step it was applied at. Steps to come: what is in force now. */
void trainer_live_at(struct trainer *t, int64_t step, struct trainer_live *out);

/* The mask options of a run: LIVE's, with what FIXED decides filled in. */
struct mask_options trainer_mask_options(const struct trainer_fixed *fixed, const struct trainer_live *live);
/* alpha, beta, gamma of optimizer step STEP: the curriculum at t = STEP / total_steps. */
void trainer_mix(const struct trainer_live *live, int64_t step, double mix[SOURCES]);
/* The learning rate of optimizer step STEP (0-based): linear warm-up, then cosine to 0. */
double trainer_lr(const struct trainer_live *live, int64_t step);
