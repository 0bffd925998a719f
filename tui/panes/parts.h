/* tui/panes/parts.h -- what several panes draw alike.
 * Threads: pure. */
#pragma once

#include "engine/mask/curriculum.h"
#include "tui/grid.h"

/* The text at column X if it fits whole; else nothing, so that no number is ever cut. Returns where the next part goes, two columns behind, and
 * g->width where something was left out, so that what comes after is left out too. */
int part_text(struct grid *g, int x, int y, struct style s, const char *format, ...) __attribute__((format(printf, 5, 6)));
/* As many whole words of TEXT as fit, with " ..." behind them if some are left. Returns as part_text(). */
int part_words(struct grid *g, int x, int y, struct style s, const char *text);
/* Over as many rows from Y on as it needs, broken at blanks; returns the row behind it. */
int part_wrapped(struct grid *g, int y, struct style s, const char *text);
void part_duration(double seconds, char *out, int capacity);    /* "4:05", "1:02:03" */
void part_bytes(int64_t bytes, char *out, int capacity);        /* "1.23 GB" */

/* The curriculum's phases along a run of TOTAL steps, at most PHASES_MAX: first step, first step of the next (the last one's: TOTAL). */
enum { PHASES_MAX = 16 };
struct phase { enum mask_source source; int64_t from, to; };
int part_phases(const struct curriculum *c, int64_t total, struct phase out[PHASES_MAX]);
