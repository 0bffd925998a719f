/* app/paging.h -- a figure in the viewer's window: `figure NAME ...` without a file. It is filled anew as the run goes on, and saved with its recipe.
 *
 *     commands         paging_open() fills it for the first time, so that what is wrong with it is said at once (the thread that runs commands)
 *     paging_work()    the same thread, between commands: fills it again, or saves it
 *     paging_turn()    main thread: hands the window what was filled, and takes what was asked for there; waits for nobody
 * Threads: as said; what the two threads share stands under a lock. */
#pragma once

#include "app/app.h"
#include "app/command.h"

struct paging;
struct window;

struct paging *paging_new(void);           /* NULL: no memory */
void paging_free(struct paging *p);        /* after the window */

/* For commands. */
int paging_open(struct app *a, const struct call *c);
bool paging_wanted(const struct app *a);
void paging_refresh(struct app *a);        /* from the weights as they are */
void paging_hold(struct app *a, bool held);
void paging_close(struct app *a);

bool paging_work(struct app *a);           /* true: there was something to do */
/* W NULL: there is no window any more. SAID gets a sentence for the log, unless one stands there. */
void paging_turn(struct app *a, struct window *w, char *said, size_t capacity);
