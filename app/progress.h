/* app/progress.h -- training in the foreground: waits, tells how far it is, and says what came of it.
 *
 * On a terminal one line is rewritten; elsewhere a line comes every 10 % or 10 s. It goes to the notes, the result to the output.
 * Threads: main thread only. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/snapshot.h"

struct app;

/* Waits until training stops by itself, or a signal stops it: then it is paused and the result is ERR_CANCELLED. */
int progress_wait(struct app *a);
/* "step 120 of 2000: semseg 2.31, instance 0.92, rgb 0.41, total 3.64". As snprintf. */
size_t progress_result(const struct snapshot *s, char *out, size_t capacity);
/* "1:02:03", "4:05" */
void duration_format(double seconds, char *out, size_t capacity);
double seconds_monotonic(void);
/* Training that was begun at a prompt has stopped by itself: true once, with what is to be said of it. */
bool progress_announce(struct app *a, char *out, size_t capacity);
