/* tui/log.h -- the scrollback: what commands printed, notes, and what libraries wrote to stdout and stderr, as lines of a kind.
 *
 * Text comes in pieces that may end anywhere, also inside a character or an escape sequence; each kind has its own unfinished line. Escape sequences are
 * dropped, tabs become blanks, a carriage return makes the text after it replace the line (progress bars), a backspace takes a character back. Old lines
 * go when there are more than LOG_LINES, or more than LOG_BYTES of text; a line longer than LOG_LINE_BYTES goes on in the next.
 * Lines are numbered from 0 as long as the log lives; a number is never given twice. On no memory text is lost, nothing else.
 * Threads: main thread only. */
#pragma once

#include <stdint.h>

#include "tui/view.h"

enum { LOG_LINES = 10000, LOG_BYTES = 4 << 20, LOG_LINE_BYTES = 16 << 10 };

struct log *log_new(void);                         /* NULL: no memory */
void log_free(struct log *l);                      /* NULL is fine */
void log_add(struct log *l, enum log_kind kind, const char *text, size_t length);
void log_addf(struct log *l, enum log_kind kind, const char *format, ...) __attribute__((format(printf, 3, 4)));
void log_end(struct log *l, enum log_kind kind);   /* ends the unfinished line of that kind, if there is one */

/* The numbers of the lines kept: first <= line < end. */
int64_t log_first(const struct log *l);
int64_t log_last(const struct log *l);             /* -1: none */
const char *log_line(const struct log *l, int64_t line, enum log_kind *kind);  /* borrowed until the next log_add(); NULL: gone or not there yet */

/* One row of the pane: LENGTH bytes of a line, wrapped at blanks where there are some. */
struct log_row { enum log_kind kind; int64_t line; const char *text; int length; bool begins; /* the line's first row */ };
/* Fills ROWS [height] with what is seen when the newest row is SCROLL rows below the window: oldest first; returns how many there are. Borrowed until the next
 * log_add(). SCROLL is held inside. */
int log_view(const struct log *l, int width, int height, int64_t scroll, struct log_row *rows);
int64_t log_rows(const struct log *l, int width, int64_t from);        /* rows of the lines from number FROM on: what came since, and all (from 0) */
/* The scroll that shows LINE in the middle of a window. */
int64_t log_scroll_to(const struct log *l, int width, int height, int64_t line);

/* The next line that holds NEEDLE (no difference of case) after LINE (forward) or before it; goes round at the ends. -1: none. */
int64_t log_search(const struct log *l, const char *needle, int64_t line, bool forward);
/* Where NEEDLE stands in TEXT [length]: its offset, *BYTES long; -1: nowhere. For marking matches in a row. */
int log_match(const char *text, int length, const char *needle, int *bytes);
