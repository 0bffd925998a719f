/* tests/ui/pty.h -- a program on a pseudo-terminal: keys in, a screen out (terminal.h). Used by the tests and by the benchmark of the user interface.
 *
 * Nothing here waits without an end: what does not come in time is reported on stderr, with the screen as it stands, and answered with false. */
#pragma once

#include <stdio.h>
#include <sys/types.h>
#include <termios.h>

#include "terminal.h"

struct pty_start {
	int width, height;
	const char *term;                /* NULL: TERM is not set */
	const char *locale;              /* LC_ALL; NULL: C.UTF-8 */
	const char *const *environment;  /* "NAME=VALUE"s, NULL-terminated; NULL: none */
	const char *folder;              /* where it runs; its HOME too */
	bool under_shell;                /* in a process group of its own below a session leader, so that it can be stopped; else it leads the session */
};

struct pty;

/* False: machines without pseudo-terminals. */
bool pty_possible(void);
/* ARGV[0] is the program's path. NULL with a sentence on stderr. Variables that would change what is shown are taken out of the environment. */
struct pty *pty_start(const struct pty_start *how, const char *const *argv);
void pty_free(struct pty *p);                        /* kills it if it runs */

struct terminal *pty_screen(struct pty *p);
pid_t pty_pid(const struct pty *p);
bool pty_send(struct pty *p, const char *bytes, size_t n);       /* reads what comes meanwhile; false: not taken for 20 s */
bool pty_type(struct pty *p, const char *text);                  /* pty_send of a string */
void pty_resize(struct pty *p, int width, int height);           /* the kernel sends SIGWINCH */
/* Reads what comes for up to MS; returns at the first bytes: how many, 0 none, -1 the program has closed the terminal. */
int pty_read(struct pty *p, int ms);
void pty_settle(struct pty *p, int quiet_ms);                    /* until nothing came for so long, or 10 s are over */
void pty_rest(struct pty *p, int ms);                            /* reads for so long */
bool pty_wait(struct pty *p, const char *text, double seconds);  /* until TEXT stands in a row */
bool pty_wait_gone(struct pty *p, const char *text, double seconds);
void pty_hang_up(struct pty *p);                                 /* the terminal goes away */
/* Until it has ended: true and waitpid()'s STATUS. */
bool pty_ended(struct pty *p, double seconds, int *status);
bool pty_running(struct pty *p);
bool pty_stopped(struct pty *p, double seconds);                 /* until it was stopped by a signal */
void pty_go_on(struct pty *p, bool foreground);                  /* fg or bg, as the shell above does them */
struct termios pty_modes(const struct pty *p);                   /* as the program has set them */
void pty_print(struct pty *p, FILE *out);
int pty_bytes(const struct pty *p);                              /* received so far, in all */
double pty_seconds(void);                                        /* monotonic */
