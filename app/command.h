/* app/command.h -- the command language (spec.md section 8): words, the table's row, and what walks the table.
 *
 * Grammar: COMMAND ARG... KEY=VALUE... ; a newline or `;` ends a command; `#` at the start of a word begins a comment; double quotes hold
 * spaces, and inside them \" and \\ stand for themselves; a backslash elsewhere is itself. A command's name is one word or two
 * ("data open"); unambiguous prefixes of each are accepted.
 * A command either succeeds, or fails with a sentence and has changed nothing: everything the table knows is checked before the
 * handler runs.
 * Threads: main thread only. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "app/value.h"

struct app;
struct call;

/* ---- a row of the table (commands.c) -------------------------------------------------------------------------------- */

enum argument_form {
	ARGUMENT_WORD = 1,   /* by its place: SAMPLE */
	ARGUMENT_KEY,        /* steps=200 */
	ARGUMENT_FLAG,       /* the word itself: grads */
};

struct argument {
	const char *name;
	enum argument_form form;    /* 0 ends the list */
	bool required;
	struct value_rule rule;
	const char *initial;        /* the default as it would be typed; NULL: none */
	const char *help;
};

enum { ARGUMENTS = 24, WORDS = 96, LINE_BYTES = 8192 };

struct command {
	const char *name;           /* "train", "data open" */
	const char *group;
	int (*run)(struct app *a, const struct call *c);
	struct argument arguments[ARGUMENTS + 1];
	bool settings;              /* NAME=VALUE and NAME for every row of the settings table */
	bool recorded;              /* into session.c2f, when it succeeded; training stands there by its effect (`until step=S`) */
	bool screen;                /* concerns the workbench's screen alone: runs at once, even beside a command that takes long */
	bool repeats;               /* at a prompt, an empty line runs it again */
	const char *help;           /* one line */
	const char *more;           /* the long help */
	const char *example;        /* a script that runs as it stands on an empty folder */
	const char *prints;         /* what it prints; `...` stands for anything */
};

extern const struct command commands[];     /* ends with name == NULL; group by group */

/* ---- words ---------------------------------------------------------------------------------------------------------- */

struct word {
	const char *key;            /* NULL: a positional word */
	const char *text;
	bool quoted;                /* began with a quote: never a flag or a second name */
};

struct words {
	int count, line;            /* LINE: where it begins, from 1 */
	struct word word[WORDS];
	char buffer[LINE_BYTES];
};

/* Reads the next command that has a word from *CURSOR and moves it behind; *LINE counts newlines. 1, or 0 at the end of the text, or
 * ERR_ARGUMENT, and then *CURSOR is at the next line. */
int words_next(const char **cursor, int *line, struct words *out);
/* WORD as it must be typed: quoted where needed. As snprintf. */
size_t word_quote(const char *word, char *out, size_t capacity);
/* The whole command on one line, as it could be typed. As snprintf. */
size_t words_text(const struct words *w, char *out, size_t capacity);

/* ---- a checked command, as its handler sees it ------------------------------------------------------------------------ */

struct call {
	const struct command *command;
	const struct words *words;
	int first;                                  /* the first word behind the name */
	bool given[ARGUMENTS];
	struct value value[ARGUMENTS];
};

/* By the argument's NAME, which must stand in the row. */
bool call_given(const struct call *c, const char *name);
/* The value given, or the row's default; NULL when there is neither. */
const struct value *call_value(const struct call *c, const char *name);
const char *call_text(const struct call *c, const char *name);              /* TEXT, FILE, ENUM: as text; NULL likewise */
int64_t call_int(const struct call *c, const char *name, int64_t otherwise);

/* The row that the words begin with. *USED: how many words are its name. ERR_ARGUMENT with the nearest suggestion. */
int command_find(const struct words *w, const struct command **out, int *used);
/* Finds, binds and checks; runs nothing. */
int command_bind(const struct words *w, struct call *out);
/* Binds, runs, records. */
int command_run(struct app *a, const struct words *w);
/* Every command of TEXT until the first failure, or quit. SOURCE (a file's name) goes before the sentence with the line's number; NULL: neither. */
int command_run_text(struct app *a, const char *text, const char *source);
int command_run_file(struct app *a, const char *path);

/* ---- help, from the table ------------------------------------------------------------------------------------------------ */

void command_usage(const struct command *c, char *out, size_t capacity);    /* "train [steps=N]" */
void command_help_list(FILE *out);
int command_help(FILE *out, const char *name);                              /* every row whose first word is NAME, or that is NAME */
void command_markdown(FILE *out);                                           /* docs/commands.md, whole */

/* ---- Tab ------------------------------------------------------------------------------------------------------------------- */

struct candidates {
	size_t start;               /* what they replace begins at this byte of the line */
	int count;
	char **word;                /* the caller's: candidates_free() */
};
/* What may stand at the end of LINE. */
void command_complete(const char *line, struct candidates *out);
void candidates_free(struct candidates *c);
