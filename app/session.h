/* app/session.h -- the run folder and its script (spec.md section 7).
 *
 * DIR/{options.json, metrics.jsonl (the trainer's), checkpoints/, figures/, session.c2f}. The folder is --run's, or
 * runs/YYYYMMDD-HHMMSS-DATA-PRESET, made at the first training or save. session.c2f holds the commands that succeeded, in a form
 * that replays: training itself stands there as what happened, `until step=S`, before the command that came at
 * step S and at the end; so `c2f DIR/session.c2f` repeats the run, whenever the commands were given.
 * Threads: main thread only. */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct options;
struct snapshot;

struct session {
	char dir[PATH_MAX];         /* "" until it is named or made */
	bool named;                 /* by --run */
	FILE *script;               /* session.c2f; NULL until the folder is made */
	char *waiting;              /* commands given before that */
	size_t waiting_bytes;
	int64_t position;           /* the step to which the script has trained */
};

const char *session_version(void);             /* the program's, as git describes it */
void session_init(struct session *s);
/* --run DIR: checks it, makes nothing. ERR_FILE, ERR_ARGUMENT. */
int session_name(struct session *s, const char *dir);
/* Makes the folder (named after DATA and PRESET if it has no name), opens the script and writes what was waiting. Safe to call again. */
int session_open(struct session *s, const char *data, const char *preset);
/* options.json: the program's version, the commands that rebuild the run (LINES), every option by name, and the device and precision that
 * `auto` came to (USED; NULL: nothing was opened yet). The commands keep `auto`, so that they run on any machine. */
int session_options(struct session *s, const char *lines, const struct options *o, int classes, const struct snapshot *used);
/* Adds COMMAND, which came at STEP. */
void session_record(struct session *s, const char *command, int64_t step);
/* Adds `until step=STEP` if training went on since. */
void session_reached(struct session *s, int64_t step);
/* A new run begins, in a folder of its own, with the commands LINES. */
void session_restart(struct session *s, const char *lines);
void session_close(struct session *s);
/* DIR/NAME into OUT, PATH_MAX bytes. ERR_ARGUMENT if that is too long. */
int session_path(const struct session *s, const char *name, char *out);
