/* app/workbench.h -- the terminal workbench: panes over a prompt, beside the training thread (tui/), and the one loop that drives it.
 *
 *     main thread       keys -> readline or single keys -> lines for the worker; snapshots and scenes -> panes; draws
 *     worker thread     runs the commands (worker.h)
 *     trainer thread    trains
 * The main thread computes nothing and waits for nobody but poll().
 * Threads: main thread. */
#pragma once

struct app;

/* Until quit, Ctrl-D, SIGTERM or SIGHUP. ERR_STATE, with the terminal as it was, where panes can't be shown (TERM=dumb, no readline, ...): the plain prompt
 * is then the way. */
int workbench_run(struct app *a);
