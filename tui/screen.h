/* tui/screen.h -- the terminal: a grid shown on it with as few bytes as may be, and its input.
 *
 * The terminal is driven through terminfo (ncurses' library) and not through curses windows, because those can't show 24-bit colour where TERM is
 * xterm-256color, nor share the keyboard with readline. The last frame is kept and only cells that changed are sent, in one write().
 * Output goes to /dev/tty, so file descriptors 1 and 2 can be taken away from libraries that print (screen_capture()).
 * Threads: main thread only. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "tui/theme.h"

struct screen;

/* Takes the terminal: alternate screen, no echo, no line buffering, keys as bytes. Ctrl-\ and Ctrl-Z stay signals; Ctrl-C is a byte (3)
 * in its place among the others, because with the signal the kernel throws away what is on its way to and from the terminal. ERR_STATE with a sentence where
 * there is no terminal, or one that can't place a cursor (TERM=dumb, no terminfo), or where a screen is open already: the plain prompt is then the way.
 * CHARSET, COLOURS: NULL, or "braille", "half", "ascii"; "true", "256", "16", "none" (ERR_ARGUMENT for other words) override what is found out: the
 * locale (setlocale() first), TERM, COLORTERM, NO_COLOR. With the charset ASCII other characters are sent as the nearest of ASCII. */
int screen_open(struct screen **out, const char *charset, const char *colours, bool mouse);
void screen_close(struct screen *s);             /* gives the terminal back as it was; NULL is fine */
struct look screen_look(const struct screen *s);
void screen_size(struct screen *s, int *width, int *height);      /* asks the terminal; after SIGWINCH */
/* Shows FRAME (of the size that screen_size() gave; of another: what fits); the cursor goes to (X, Y), or is hidden for x < 0. A terminal that takes
 * nothing for a second loses the frame; later ones are skipped until it takes bytes again, and then sent whole. */
void screen_show(struct screen *s, const struct grid *frame, int x, int y);
void screen_forget(struct screen *s);            /* the next frame is sent whole: after Ctrl-L or a foreign write */
void screen_suspend(struct screen *s);           /* SIGTSTP: as close, but kept; ... */
void screen_resume(struct screen *s);            /* ... and taken again */
void screen_bell(struct screen *s);
int screen_fd(const struct screen *s);           /* to poll for input */
/* What was typed: up to CAPACITY bytes, without waiting; 0: none now, -1: the terminal is gone. */
int screen_read(struct screen *s, char *out, size_t capacity);
/* For a handler of SIGSEGV, SIGABRT and the like, which the app installs: gives the terminal back as it was and shows what was captured and not read.
 * Async-signal-safe; does nothing where no screen is open. The handler then restores the default action and raises the signal again. */
void screen_emergency(void);

/* File descriptors 1 and 2 lead into a pipe from now on (until screen_close()): *FD is its reading end, borrowed, non-blocking. What was printed and not
 * read is written to the terminal by screen_close(), so that a last sentence is not lost. The writing end does not block either: what does not fit
 * (256 KiB) while nobody reads is lost, instead of stopping the thread that prints. ERR_STATE, ERR_FILE. */
int screen_capture(struct screen *s, int *fd);

/* A key as the single-key mode knows it: a character, or one of these. */
enum key { KEY_NONE = 0, KEY_ESCAPE = 27, KEY_BASE = 0x110000, KEY_K_UP, KEY_K_DOWN, KEY_K_LEFT, KEY_K_RIGHT, KEY_K_HOME, KEY_K_END, KEY_K_PAGE_UP, KEY_K_PAGE_DOWN,
           KEY_K_SHIFT_LEFT, KEY_K_SHIFT_RIGHT, KEY_K_DELETE, KEY_K_TAB_BACK, KEY_K_MOUSE };
struct mouse { int x, y; enum { MOUSE_PRESS, MOUSE_RELEASE, MOUSE_DRAG, MOUSE_WHEEL_UP, MOUSE_WHEEL_DOWN } what; int button; };
/* Decodes one key at the beginning of BYTES [n]: bytes used; 0: incomplete (an escape sequence that may go on). MOUSE filled for KEY_K_MOUSE. A lone escape
 * byte is incomplete unless LAST. Any bytes are safe. */
int key_decode(const char *bytes, int n, bool last, int *key, struct mouse *mouse);
/* "C-x", "Left", "PgUp", "Space": what help shows. */
const char *key_name(int key, char out[16]);
