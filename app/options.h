/* app/options.h -- the settings table: every option of `set`, its type, range, default and when a change takes effect.
 *
 * A value that may be `auto` follows another: visible, batch, lr and total_steps follow the preset, classes the data set. So `set preset=base`
 * changes those that are still auto, and leaves those that the user gave; `set batch=auto` gives one back.
 * Threads: main thread only. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "app/command.h"
#include "app/value.h"
#include "engine/train/trainer.h"

enum option_id {
	OPTION_PRESET, OPTION_VISIBLE, OPTION_BATCH, OPTION_LR, OPTION_TOTAL_STEPS, OPTION_SEED, OPTION_DEVICE, OPTION_PRECISION, OPTION_THREADS,
	OPTION_LOADER_THREADS, OPTION_CLASSES, OPTION_INSTANCES, OPTION_GRANULARITIES, OPTION_DECODER, OPTION_CASCADE, OPTION_CROSS_ATTENTION,
	OPTION_STAGE_ORDER, OPTION_NORM_PIX, OPTION_LOSS_WEIGHTS, OPTION_GENERATOR, OPTION_BLEND, OPTION_RHO, OPTION_DIRICHLET,
	OPTION_CLASS_WEIGHTS, OPTION_WARMUP, OPTION_WARMUP_LR, OPTION_WEIGHT_DECAY, OPTION_BETA1, OPTION_BETA2, OPTION_EPSILON,
	OPTION_EVAL_EVERY, OPTION_EVAL_SAMPLES, OPTION_SAVE_EVERY, OPTIONS
};

enum option_effect {
	EFFECT_FIXED,   /* stands for the whole run: only before its first step */
	EFFECT_LIVE,    /* applies before the next step */
};

struct option {
	const char *name;
	struct value_rule rule;
	const char *initial;      /* the default as it would be typed */
	const char *unit;         /* "" if none */
	enum option_effect effect;
	const char *help;
};

const struct option *option_at(enum option_id id);
int option_find(const char *name);                /* its id, or ERR_ARGUMENT with the nearest suggestion */

struct options {
	struct value value[OPTIONS];
	bool given[OPTIONS];      /* by the user (or a checkpoint): not the table's default */
};

void options_default(struct options *o);
/* NAME=VALUE for every key from word FIRST on, all or nothing: ranges are checked, then the whole (options_resolve()). CLASSES: the data
 * set's number, 0 when none is open. Words without a key are left to the caller. */
int options_set(struct options *o, const struct words *w, int first, int classes);

/* What the trainer needs, `auto` worked out. ERR_ARGUMENT when the values don't go together. */
int options_resolve(const struct options *o, const struct curriculum *curriculum, int classes, struct trainer_fixed *fixed,
                    struct trainer_live *live);
/* The first fixed option in which A (with its data set's CLASSES) differs from B, auto worked out; -1 if none. */
int options_fixed_change(const struct options *a, int classes_a, const struct options *b, int classes_b);

/* An option's value as text, `auto` worked out when RESOLVED; OUT holds VALUE_TEXT_BYTES. */
void option_text(const struct options *o, enum option_id id, bool resolved, int classes, char *out);
/* One `set NAME=VALUE ...` line of every option, auto worked out save what belongs to the machine (device, threads). As snprintf. */
size_t options_line(const struct options *o, int classes, char *out, size_t capacity);
