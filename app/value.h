/* app/value.h -- typed values: what an option or an argument may be, read from a word, checked, printed back.
 *
 * One rule serves the settings table (options.h) and the command table (command.h), so that a number out of range gets
 * the same sentence everywhere. Numbers are read and written in the C locale.
 * Threads: plain data; main thread only. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/types.h"

enum value_type {
	VALUE_INT, VALUE_REAL,
	VALUE_BOOL,    /* on | off */
	VALUE_ENUM,    /* one of choices */
	VALUE_WORDS,   /* some of choices, separated by commas, none twice */
	VALUE_REALS,   /* numbers separated by commas */
	VALUE_TEXT,
	VALUE_FILE,    /* a path */
	VALUE_SAMPLE,  /* train/INDEX or val/INDEX */
	VALUE_SAMPLES, /* several of one split: val/3,7,12 */
};

struct value_rule {
	enum value_type type;
	double min, max;                 /* INT, REAL, each of REALS: both ends included */
	int count;                       /* REALS: how many */
	bool automatic;                  /* the word `auto` is accepted too */
	const char *const *(*choices)(void); /* ENUM, WORDS: names, NULL-terminated; TEXT: for Tab alone */
};

enum { VALUE_LIST = 16, VALUE_TEXT_BYTES = 1024 };

struct value {
	bool automatic;
	int64_t integer;                 /* INT; BOOL: 0 or 1; ENUM: the choice's index; SAMPLE: INDEX */
	double real;                     /* REAL; INT as well */
	enum split split;                /* SAMPLE, SAMPLES */
	int count;
	double list[VALUE_LIST];         /* REALS; WORDS: the choices' indices in the order given; SAMPLES: INDEX */
	char text[VALUE_TEXT_BYTES];     /* TEXT, FILE */
};

/* A function for value_rule.choices. */
#define VALUE_CHOICES(name, ...) static const char *const *name(void) { static const char *const v[] = {__VA_ARGS__, NULL}; return v; }

/* Reads TEXT. LABEL names it in the sentence: "steps=0", "STEP 0" (value_label()). ERR_ARGUMENT; *OUT is then unchanged. */
int value_parse(const struct value_rule *r, const char *label, const char *text, struct value *out);
/* The value as it would be typed (unquoted). OUT holds VALUE_TEXT_BYTES. */
void value_format(const struct value_rule *r, const struct value *v, char *out);
/* "1 to 8192", "on|off", "auto or 1e-09 to 10". */
void value_describe(const struct value_rule *r, char *out, size_t capacity);
bool value_equal(const struct value_rule *r, const struct value *a, const struct value *b);

/* The shortest of %.6g and %.17g that reads back as X. */
void real_format(double x, char *out, size_t capacity);

/* NAME and TEXT as a sentence shows them: "name=text" (joint '=') or "name text" (joint ' '); control characters and overlong text are
 * cut, so that bad input can't spoil the screen. */
void value_label(const char *name, char joint, const char *text, char *out, size_t capacity);

/* The nearest of the candidates to a mistyped word: start with {word}, offer each candidate, then ask. */
struct nearest { const char *word; const char *best; int distance; };
void nearest_offer(struct nearest *n, const char *candidate);
/* "; did you mean 'train'?", or "" when nothing is near. Borrowed until the next call. */
const char *nearest_hint(const struct nearest *n);
