/* tests/ui/terminal.h -- a small terminal: bytes in, a screen of cells out. Enough of xterm, GNU screen, the Linux console and the vt100 for what terminfo
 * makes a program send: cursor addressing, erasing, inserting and deleting, scroll regions, SGR, the alternate screen, the line drawing set, modes.
 * What it does not know is counted, so that a test can say that nothing else was sent. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "tui/grid.h"

struct terminal;

/* UTF8: how bytes above 127 are read; else each is one character. NULL: no memory. */
struct terminal *terminal_new(int width, int height, bool utf8);
void terminal_free(struct terminal *t);
void terminal_resize(struct terminal *t, int width, int height);   /* what fits stays, at the top left */
void terminal_feed(struct terminal *t, const char *bytes, size_t n);

const struct grid *terminal_grid(const struct terminal *t);        /* what is seen now */
void terminal_cursor(const struct terminal *t, int *x, int *y);
bool terminal_alternate(const struct terminal *t);                 /* the alternate screen is shown */
bool terminal_cursor_shown(const struct terminal *t);
bool terminal_mouse(const struct terminal *t);                     /* reports of the mouse are switched on */
bool terminal_plain_style(const struct terminal *t);               /* text written now would have no attribute and no colour */
long terminal_colours(const struct terminal *t);                   /* SGR sequences so far that chose a colour */
long terminal_unknown(const struct terminal *t, char last[64]);    /* sequences so far that are not known, and the last one */

/* Row Y as UTF-8 without blanks at its end; the caller's until the next call. "" outside. */
const char *terminal_row(const struct terminal *t, int y);
bool terminal_shows(const struct terminal *t, const char *text);   /* in one row */
