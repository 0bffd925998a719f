/* app/curves.h -- metrics.jsonl (spec.md section 7) of any run, also one that is being trained now, read as curves.
 *
 * A run that was taken up again goes back in its file: the later row of a step holds. null and what a run did not measure become NaN. A last line without
 * its end is being written, and is left out; any other broken line is an error that names it.
 * Threads: plain data. */
#pragma once

#include <stdio.h>

#include "tui/view.h"

struct app;

/* WHAT names the source in sentences. OUT must be empty and stays so on failure: ERR_FORMAT, ERR_FILE, ERR_MEMORY, ERR_CANCELLED. */
int curves_read(struct history *out, FILE *f, const char *what);
/* The folder DIR's metrics.jsonl; a path to the file itself is fine. */
int curves_open(struct history *out, const char *dir);
/* The present run's, from the trainer; empty without one. */
int curves_own(struct app *a, struct history *out);
