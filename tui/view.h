/* tui/view.h -- what the panes show: plain data, filled by app/workbench.c and app/worker.c, read by tui/panes/. A pane asks nobody and waits for nothing.
 *
 * The main thread owns a view. What comes from the trainer (snapshot, history) is copied in under its lock; what has to be computed or read (masks, a
 * sample's picture, a curriculum) is made by the worker thread as a struct scene and handed over whole.
 * Threads: plain data; a scene belongs to one thread at a time. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/image.h"
#include "engine/base/snapshot.h"
#include "engine/mask/curriculum.h"
#include "engine/mask/stats.h"

enum { SCENE_REGIONS = 48, VIEW_MARKS = 64, VIEW_RUNS = 6, VIEW_REQUESTS = 32, CURVE_POINTS = 201 };

/* --- what the worker makes: one sample at one step under the curriculum in force there (or under an edit not yet applied) --- */
struct scene_region { char name[32]; struct mask_region region; };
struct scene {
	bool valid;
	char sentence[256];              /* why there is none */
	char sample[32];                 /* "train/7" */
	int64_t step, total_steps;       /* the position that is looked at, the run's length */
	int epoch;
	bool used;                       /* that step's batch holds the sample */
	uint64_t seed;
	double mix[SOURCES];
	enum mask_source phase;
	bool edit;                       /* drawn under an edit that is not applied */
	struct image picture;            /* [S, S] the sample after its crop */
	struct mask_draw draw;
	struct mask_stats stats;
	int regions;
	struct scene_region region[SCENE_REGIONS];
	struct curriculum curriculum, edited;    /* in force; the pending edit (count 0: none) */
	int knot;                        /* of the edit: the one that keys change */
};

/* --- the loss history, columns of doubles that charts read as they are --- */
struct history {
	char name[48];                   /* "" for the present run; else the folder's name */
	int64_t count, capacity;
	double *step, *loss[GRANULARITIES], *total, *lr, *grad_norm, *images_per_s, *mix[SOURCES], *effective[SOURCES + 1];
	int64_t val_count, val_capacity;
	double *val_step, *val[SOURCES][GRANULARITIES];  /* [kind of mask][granularity] */
};

struct overlay { int count; struct history run[VIEW_RUNS]; }; /* other runs, handed over whole */

/* Something that happened at a step: an edit, an option set, a break, a load. */
struct view_mark { int64_t step; char letter; char text[96]; };

enum request_state { REQUEST_QUEUED, REQUEST_APPLIED, REQUEST_REJECTED };
struct view_request { enum request_state state; int64_t step; char command[96], why[160]; };

/* --- a long piece of work in the foreground --- */
struct view_progress { bool active; char what[64], unit[16]; int64_t done, of; double rate /* units a second; 0: not known yet */, left_s; };

enum log_kind { LOG_OUT, LOG_NOTE, LOG_ERROR, LOG_COMMAND, LOG_CHATTER };
struct log;                          /* tui/log.h */

struct view {
	struct snapshot snapshot;        /* zeros without a trainer */
	bool has_trainer, gpu;
	char run[128], data[64], preset[16], precision[8];
	int batch, visible, classes, instances;
	bool active[GRANULARITIES];
	int64_t model_bytes, step_bytes; /* device memory: the model (weights, gradients, moments), a training step; 0: not known */
	int64_t rss_bytes;               /* of the process; 0: not known */
	struct history history, other[VIEW_RUNS];
	int others;
	struct scene *scene;             /* the last one made; never NULL (valid false at first) */
	int64_t cursor;                  /* the step that is looked at; -1: follow the run */
	int mark_count, request_count;
	struct view_mark mark[VIEW_MARKS];
	struct view_request request[VIEW_REQUESTS];  /* newest last */
	struct view_progress progress;
	struct log *log;
	char breaks[256];                /* the break conditions that are set, "" none */
	double now_s;                    /* the frame's time, monotonic: draw() has no clock of its own */
};

/* The position looked at: the cursor, or where the run is. */
static inline int64_t view_step(const struct view *v) { return v->cursor >= 0 ? v->cursor : v->snapshot.step; }

/* Room for COUNT rows; false: no memory, nothing changed. */
bool history_reserve(struct history *h, int64_t count);
void history_add(struct history *h, const struct metric *m);
void history_add_val(struct history *h, const struct metric *m); /* its validation alone */
void history_cut(struct history *h, int64_t count);   /* after a restore: the rows from COUNT on are gone */
bool history_copy(struct history *to, const struct history *from); /* TO empty; false: no memory, TO stays empty */
void history_free(struct history *h);
void overlay_free(struct overlay *o);                 /* NULL is fine */
void view_overlay(struct view *v, struct overlay *o); /* the view's other runs are O's from now on, O holds those it had */
