/* app/progress.h -- how far a long command is: training in the foreground, and whatever else takes long.
 *
 * On a terminal one line is rewritten; elsewhere a line comes every 10 % or 10 s. It goes to the notes, the result to the output.
 * Threads: main thread (or the worker that runs its commands), but for what says otherwise. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/snapshot.h"

struct app;
struct view_progress;

/* Waits until training stops by itself, or a signal stops it: then it is paused and the result is ERR_CANCELLED. */
int progress_wait(struct app *a);
/* "step 120 of 2000: semseg 2.31, instance 0.92, rgb 0.41, total 3.64". As snprintf. */
size_t progress_result(const struct snapshot *s, char *out, size_t capacity);
/* "1:02:03", "4:05" */
void duration_format(double seconds, char *out, size_t capacity);
double seconds_monotonic(void);
/* A long command tells how far it is, as often as it likes: DONE of OF, counted in UNIT ("samples"); progress_end() when it is over, however. The
 * workbench shows a bar above its prompt; a plain prompt on a terminal rewrites a line once it takes longer than a moment. Any thread. */
void progress_tell(struct app *a, const char *what, const char *unit, int64_t done, int64_t of);
void progress_end(struct app *a);
/* What was told last, with rate and time left. Any thread. */
void progress_look(struct app *a, struct view_progress *out);
/* Training that was begun at a prompt has stopped by itself: true once, with what is to be said of it. */
bool progress_announce(struct app *a, char *out, size_t capacity);
