/* app/viewing.h -- the viewer's window in the program: what is asked to be shown, the what-ifs that fill it, and the window itself.
 *
 *     commands          `view ...` says what is wanted (the thread that runs commands)
 *     viewing_work()    the same thread, between commands: the what-ifs of all stale rows in one request, so that they show one step; taken as they are done
 *     viewing_turn()    main thread: opens and closes the window, hands it what was made, takes its keys; waits for nobody
 * Training knows nothing of it: what-ifs change nothing (engine/train/whatif.h), and nothing here waits for a step.
 * Threads: as said; what the two threads share stands under a lock. */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/train/whatif.h"
#include "viewer/board.h"

struct app;
struct viewing;

struct viewing_ask {
	int count, sample[BOARD_ROWS];     /* of LIKE's split, a row each */
	struct whatif like;                /* what is asked of each: mask, step, visible, seed, substitute */
	struct given_mask given;           /* LIKE's, from */
	char file[PATH_MAX];               /* that file; "": another mask */
	char versus[PATH_MAX];             /* a checkpoint to flip to; "": none */
	int every;                         /* steps from one picture of the live weights to the next; 0: on request */
	bool column[BOARD_COLUMNS];
	struct attended_choice attend;     /* while the column attention is shown */
};

struct viewing *viewing_new(void);         /* NULL: no memory */
void viewing_free(struct viewing *v);      /* closes the window */

void viewing_samples(struct viewing_ask *ask, int first); /* those that follow on each other from FIRST */

/* For commands. */
void viewing_asked(const struct app *a, struct viewing_ask *out);
void viewing_open(struct app *a, const struct viewing_ask *ask); /* or changes what is shown */
void viewing_flip(struct app *a, bool flipped); /* to ASK.versus's weights under the same masks, and back */
bool viewing_wanted(const struct app *a);
/* The masks of the ROW-th sample shown, from a file or into one. ERR_STATE, ERR_ARGUMENT, ERR_FILE. */
int viewing_mask_load(struct app *a, const char *path, int row);
int viewing_mask_save(struct app *a, const char *path, int row);
void viewing_refresh(struct app *a);       /* every sample again, from the weights as they are */
void viewing_hold(struct app *a, bool held);
void viewing_close(struct app *a);

/* Waits at most WAIT_MS for the what-ifs under way. True: there is more to do. */
bool viewing_work(struct app *a, int wait_ms);
/* Something was asked for in the window that viewing_work() has not seen yet. */
bool viewing_waits(const struct app *a);
/* The what-ifs under way end: before the trainer goes. */
void viewing_settle(struct app *a);

/* True while the window stands. SAID: a sentence for the log, "" if none. */
bool viewing_turn(struct app *a, char *said, size_t capacity);
