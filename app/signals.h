/* app/signals.h -- SIGINT, SIGTERM, SIGHUP and SIGWINCH as data for the one poll loop.
 *
 * A handler sets a flag and writes a byte, nothing more. The three that end things are pending until signals_take(); a third one while a
 * first is still pending ends the process at once, so that a stuck program can be stopped.
 * Threads: signals_init() and signals_take() by the main thread; other threads are started between signals_block() and signals_unblock(). */
#pragma once

#include <signal.h>
#include <stdbool.h>

int signals_init(void);          /* 0 or ERR_FILE */
int signals_fd(void);            /* readable when one came */
int signals_pending(void);       /* SIGINT, SIGTERM or SIGHUP, 0 if none; the graver one first */
int signals_take(void);          /* the same, and clears it; empties the pipe */
void signals_take_interrupt(void); /* SIGINT alone, whatever else is pending; any thread */
void signals_drain(void);         /* empties the pipe, clears nothing */
bool signals_resized(void);      /* SIGWINCH since the last call */
bool signals_stopped(void);       /* SIGTSTP since the last call, once signals_catch_stop(true) was called */
void signals_catch_stop(bool catch);
/* Stops the process as SIGTSTP would, and returns when it goes on. Where nobody could let it go on (no shell above), it is not stopped. */
void signals_stop(void);
/* While a screen stands: RESTORE gives the terminal back (a function for signal handlers). It is called before a third SIGTERM or SIGHUP ends the process, and by
 * SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT and SIGQUIT, which then do what they always do. SIGINT never ends the process. NULL: no screen any more. */
void signals_screen(void (*restore)(void));
void signals_block(sigset_t *old);
void signals_unblock(const sigset_t *old);
