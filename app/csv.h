/* app/csv.h -- a CSV file on its way: written beside its place, then renamed.
 * Threads: whoever opened it. */
#pragma once

#include <limits.h>
#include <stdio.h>

struct csv { FILE *f; const char *path; char fresh[PATH_MAX]; };

/* Borrows PATH. ERR_FILE, ERR_ARGUMENT. */
int csv_open(struct csv *csv, const char *path);
/* RC: how the writing went. On failure the file at PATH is what it was. Returns RC, or ERR_FILE. */
int csv_close(struct csv *csv, int rc);
