/* app/viewing_parts.h -- what viewing.c (requests and window) and viewing_controls.c (the side panel), viewing_attention.c (the explorer) and viewing_files.c share. */
#pragma once

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>

#include "app/drifts.h"
#include "app/viewing.h"
#include "viewer/window.h"

enum { SAID_BYTES = 1200 };

/* What-ifs of one request, one after another between the same two steps: so what they show is one step's. */
struct batch {
	int count, taken;                    /* TAKEN: handed over already */
	int row[BOARD_ROWS];
	struct whatif whatif[BOARD_ROWS];
	struct given_mask given[BOARD_ROWS]; /* what they borrow */
	struct attention_layer layers[ATTENTION_LAYERS_MAX];
	int captures;                        /* of LAYERS, for */
	struct attended_choice attend;
	char checkpoint[PATH_MAX];           /* whose weights; "": the live ones */
	uint64_t serial;
	char failed[BOARD_ROWS][200];        /* why; "": it did not */
	atomic_int done;
	atomic_bool hurry;                   /* something else is wanted sooner: those that are not done are not begun */
};

struct viewing {
	pthread_mutex_t lock;
	/* --- under LOCK --- */
	bool wanted, held;
	struct viewing_ask ask;
	uint64_t serial;                     /* grows when other samples are asked for */
	bool arranged;                       /* the window knows how many rows and which columns */
	bool hungry;                         /* something became stale since the command thread looked */
	bool stale[BOARD_ROWS];              /* to be computed, ... */
	bool urgent[BOARD_ROWS];             /* ... and before all others: a stroke */
	bool broken[BOARD_ROWS];             /* failed where others did not (a file that can't be read): not tried again until it is asked for */
	int64_t made[BOARD_ROWS];            /* the weights' step of what was computed last, -1: nothing yet; */
	int64_t placed[BOARD_ROWS];          /* the curriculum's position, */
	struct given_mask mask[BOARD_ROWS];  /* and the masks */
	int next;                            /* where a batch begins, so that none starves */
	struct board_row *fresh[BOARD_ROWS]; /* computed and not yet taken by the window */
	bool flipped;                        /* ASK.versus in place of the live weights */
	bool compared[BOARD_ROWS];           /* computed with those weights, under MASK */
	struct board_row *other[BOARD_ROWS];
	int64_t other_step;                  /* of those weights */
	struct board_head head;
	int side, budget, patches;           /* patches along an edge; the run's V; patches of all granularities */
	bool headed;                         /* HEAD is new */
	bool painted[BOARD_ROWS];            /* by hand: */
	struct given_mask hand[BOARD_ROWS];
	bool handed[BOARD_ROWS];             /* HAND comes from a file: the window is to be told */
	struct drift_curve drift;
	bool drift_of_run;                   /* asked for: its checkpoints */
	char run[PATH_MAX];                  /* the run's folder; "": none yet */
	char said[SAID_BYTES], noted[SAID_BYTES];

	/* --- the command thread's; ticket 0: no batch is under way --- */
	uint64_t ticket;
	struct batch batch;
	struct drifting drifting;
	bool drifts;                         /* what is under way is of the drift, no batch */

	/* --- the main thread's --- */
	struct window *window;
	struct controls controls;
	struct control checkpoints;          /* their names, */
	double listed;                       /* and when they were read */
};

/* Under LOCK: what is shown becomes ASK; of what was painted and computed all stays that has nothing to do with the change. */
void viewing_change(struct viewing *v, const struct viewing_ask *ask);
/* Into the log. */
void viewing_say(struct viewing *v, const char *sentence);

/* viewing_attention.c: the explorer. */
bool viewing_question_changed(const struct viewing_ask *was, const struct viewing_ask *ask);
void viewing_question(struct viewing *v, const struct model_config *config); /* into the batch; command thread, under LOCK */
bool viewing_post_drift(struct app *a, struct viewing *v, const struct snapshot *s); /* where the window is up to date; command thread */
void viewing_take_drift(struct viewing *v, const struct answer *answer);
void viewing_forget_drift(struct viewing *v);                /* before the trainer goes */
void viewing_attend(struct viewing *v);                      /* a hand has changed the choice in the window; main thread, as those below */
void viewing_fill_attention(struct viewing *v, struct controls *out);
void viewing_control_attention(struct viewing *v, const struct control *k);

/* viewing_files.c: what the window saves and loads, in the run's folder or where the program stands. Main thread. */
void viewing_save(struct app *a);                            /* the view, as a PNG with the command that shows it */
void viewing_save_mask(struct app *a, int row);
void viewing_load_mask(struct app *a, int row);              /* the newest one */

/* viewing_controls.c: the side panel's what-if section. Main thread. */
void viewing_fill(struct app *a, struct viewing *v, struct controls *out);
void viewing_control(struct app *a, struct viewing *v, const struct control *k); /* a hand has changed K */
