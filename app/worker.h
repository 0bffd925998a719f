/* app/worker.h -- the thread that runs commands, so that the screen never waits for one.
 *
 * Once it runs, struct app is the worker's. The main thread posts lines; they run in order, one at a time. What they print comes back as
 * pieces of text with their kind. Between commands the worker makes the scene (tui/view.h) that is looked at: the sample, its masks and the curriculum.
 * pause is let past the queue: it is what one types when something is wrong.
 * Threads: every function is the main thread's and returns at once, but for worker_free(). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "tui/log.h"
#include "tui/view.h"

struct app;
struct worker;

enum { WORKER_LINES = 1024 };

/* APP's out and notes are the worker's until worker_free(). ERR_MEMORY, ERR_STATE. */
int worker_new(struct worker **out, struct app *a);
void worker_free(struct worker *w);                     /* waits for the command in hand; those that wait are dropped */

int worker_fd(const struct worker *w);                  /* readable when something came */
void worker_drain(struct worker *w);
/* False: too many wait already (WORKER_LINES), and LINE is not taken. */
bool worker_post(struct worker *w, const char *line);
void worker_record(struct worker *w, const char *line); /* a command that the screen ran itself: into session.c2f, in its turn */
void worker_chatter(struct worker *w, const char *text, size_t n); /* what libraries printed: into the run's log.txt, as soon as there is a run */
void worker_look(struct worker *w);                     /* the viewer's window asks for something: not in a while, now */
void worker_nudge(struct worker *w);                    /* training has stopped: it says so, once */
/* Ctrl-C: lines that wait are dropped, and counted in *DROPPED (NULL: none are). True: a command is in hand, which sees the signal, and at whose end the worker takes it. */
bool worker_cancel(struct worker *w, int *dropped);
int worker_waiting(struct worker *w);                   /* lines that wait or run */
bool worker_quit(struct worker *w);                     /* a command said quit since the last call */
bool worker_unsaved(struct worker *w, const struct snapshot *s); /* leaving now would lose steps: training runs, or none were saved since */

/* The next piece of what was printed, at most CAPACITY - 1 bytes; 0: none. */
size_t worker_text(struct worker *w, enum log_kind *kind, char *out, size_t capacity);
struct scene *worker_scene(struct worker *w);           /* the newest scene, the caller's: scene_free(); NULL: none since the last call */
void scene_free(struct scene *s);
/* What is told of the run and of the requests, into V. */
void worker_tell(struct worker *w, struct view *v);
