/* app/viewing.h -- the viewer's window in the program: what is asked to be shown, the what-ifs that fill it, and the window itself.
 *
 *     commands          `view ...` says what is wanted (the thread that runs commands)
 *     viewing_work()    the same thread, between commands: one what-if of one sample at a time, asked of the trainer and taken when it is done
 *     viewing_turn()    main thread: opens and closes the window, hands it what was made, takes its keys; waits for nobody
 * Training knows nothing of it: what-ifs change nothing (engine/train/whatif.h), and nothing here waits for a step.
 * Threads: as said; what the two threads share stands under a lock. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/train/whatif.h"
#include "viewer/board.h"

struct app;
struct viewing;

struct viewing_ask {
	enum split split;
	int first, count;
	enum whatif_mask mask;
	int64_t step;                      /* of the curriculum; -1: where the run is */
	int visible;                       /* 0: the run's */
	int every;                         /* steps from one picture of the live weights to the next; 0: on request */
	bool column[BOARD_COLUMNS];
	struct attended_choice attend;     /* in use while the column attention is shown */
	char command[256];                 /* into the metadata of a view that is saved */
};

struct viewing *viewing_new(void);         /* NULL: no memory */
void viewing_free(struct viewing *v);      /* closes the window */

/* For commands. */
void viewing_asked(const struct app *a, struct viewing_ask *out);
void viewing_open(struct app *a, const struct viewing_ask *ask); /* or changes what is shown */
bool viewing_wanted(const struct app *a);
void viewing_refresh(struct app *a);       /* every sample again, from the weights as they are */
void viewing_hold(struct app *a, bool held);
void viewing_close(struct app *a);

/* Waits at most WAIT_MS for the what-if under way. True: there is more to do. */
bool viewing_work(struct app *a, int wait_ms);
/* The what-if under way ends: before the trainer goes. */
void viewing_settle(struct app *a);

/* True while the window stands. SAID: a sentence for the log, "" if none. */
bool viewing_turn(struct app *a, char *said, size_t capacity);
