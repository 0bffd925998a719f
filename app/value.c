#include "app/value.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"

enum { SHOWN_BYTES = 60 /* of a bad word in a sentence */ };

void value_label(const char *name, char joint, const char *text, char *out, size_t capacity) {
	char shown[SHOWN_BYTES + 4];
	size_t n = 0;
	for (; text[n] && n < SHOWN_BYTES; n++) {
		unsigned char c = (unsigned char)text[n];
		shown[n] = c < 0x20 || c == 0x7f ? '?' : (char)c;
	}
	if (text[n]) {
		while (n && ((unsigned char)text[n] & 0xc0) == 0x80) n--; /* not inside a UTF-8 sequence */
		memcpy(shown + n, "...", 3), n += 3;
	}
	shown[n] = '\0';
	if (*name) snprintf(out, capacity, "%s%c%s", name, joint, shown);
	else snprintf(out, capacity, "'%s'", shown);
}

void real_format(double x, char *out, size_t capacity) {
	snprintf(out, capacity, "%.6g", x);
	if (strtod(out, NULL) != x) snprintf(out, capacity, "%.17g", x);
}

/* ---- what a rule allows ---------------------------------------------------------------------------------------- */

static void describe_choices(const struct value_rule *r, const char *joint, char *out, size_t capacity) {
	const char *const *choices = r->choices();
	size_t at = 0;
	for (int i = 0; choices[i] && at < capacity; i++)
		at += (size_t)snprintf(out + at, capacity - at, "%s%s", i ? joint : "", choices[i]);
}

void value_describe(const struct value_rule *r, char *out, size_t capacity) {
	char min[32], max[32];
	size_t at = r->automatic && r->type != VALUE_ENUM ? (size_t)snprintf(out, capacity, "auto or ") : 0;
	out += at, capacity -= at;
	real_format(r->min, min, sizeof min);
	real_format(r->max, max, sizeof max);
	switch (r->type) {
	case VALUE_INT: snprintf(out, capacity, "%.0f to %.0f", r->min, r->max); break;
	case VALUE_REAL: snprintf(out, capacity, "%s to %s", min, max); break;
	case VALUE_BOOL: snprintf(out, capacity, "on|off"); break;
	case VALUE_ENUM: describe_choices(r, "|", out, capacity); break;
	case VALUE_WORDS:
		at = (size_t)snprintf(out, capacity, "some of ");
		describe_choices(r, ",", out + at, capacity - at);
		break;
	case VALUE_REALS: snprintf(out, capacity, "%d numbers, %s to %s", r->count, min, max); break;
	case VALUE_TEXT: snprintf(out, capacity, "text"); break;
	case VALUE_FILE: snprintf(out, capacity, "a path"); break;
	case VALUE_SAMPLE: snprintf(out, capacity, "train/INDEX or val/INDEX"); break;
	}
}

static int refuse(const struct value_rule *r, const char *label, const char *why) {
	char allowed[512];
	value_describe(r, allowed, sizeof allowed);
	return err_set(ERR_ARGUMENT, "%s %s (give %s)", label, why, allowed);
}

/* ---- reading ------------------------------------------------------------------------------------------------------ */

static int parse_int(const struct value_rule *r, const char *label, const char *text, struct value *v) {
	char *end;
	errno = 0;
	long long n = strtoll(text, &end, 10);
	if (end == text || *end || strchr(" \t\n\v\f\r", *text)) return refuse(r, label, "is not a whole number");
	if (errno == ERANGE || !((double)n >= r->min && (double)n <= r->max)) return refuse(r, label, "is out of range");
	v->integer = n;
	v->real = (double)n;
	return 0;
}

/* Reads a number from the LENGTH bytes at TEXT. Hexadecimal, inf and nan, which strtod() takes, are no numbers here. */
static int parse_number(const struct value_rule *r, const char *label, const char *text, size_t length, double *out) {
	char number[64], *end;
	if (length == 0 || length >= sizeof number || strspn(text, "0123456789+-.eE") < length) return refuse(r, label, "is not a number");
	memcpy(number, text, length);
	number[length] = '\0';
	double x = strtod(number, &end);
	if (*end) return refuse(r, label, "is not a number");
	if (!(x >= r->min && x <= r->max)) return refuse(r, label, "is out of range");
	*out = x;
	return 0;
}

static int parse_reals(const struct value_rule *r, const char *label, const char *text, struct value *v) {
	for (v->count = 0;; text++) {
		size_t length = strcspn(text, ",");
		if (v->count == r->count) return refuse(r, label, "has too many numbers");
		int rc = parse_number(r, label, text, length, &v->list[v->count++]);
		if (rc) return rc;
		if (!*(text += length)) break;
	}
	return v->count == r->count ? 0 : refuse(r, label, "has too few numbers");
}

static int find_choice(const struct value_rule *r, const char *label, const char *text, size_t length) {
	const char *const *choices = r->choices();
	for (int i = 0; choices[i]; i++)
		if (strlen(choices[i]) == length && !memcmp(choices[i], text, length)) return i;
	char word[SHOWN_BYTES];
	snprintf(word, sizeof word, "%.*s", (int)(length < sizeof word ? length : sizeof word - 1), text);
	struct nearest near = {.word = word};
	for (int i = 0; choices[i]; i++) nearest_offer(&near, choices[i]);
	char allowed[512];
	value_describe(r, allowed, sizeof allowed);
	return err_set(ERR_ARGUMENT, "%s is unknown (give %s%s)", label, allowed, nearest_hint(&near));
}

static int parse_words(const struct value_rule *r, const char *label, const char *text, struct value *v) {
	for (v->count = 0;; text++) {
		size_t length = strcspn(text, ",");
		int choice = find_choice(r, label, text, length);
		if (choice < 0) return choice;
		for (int i = 0; i < v->count; i++)
			if ((int)v->list[i] == choice) return refuse(r, label, "names one twice");
		if (v->count == VALUE_LIST) return refuse(r, label, "has too many names");
		v->list[v->count++] = choice;
		if (!*(text += length)) return 0;
	}
}

static int parse_bool(const struct value_rule *r, const char *label, const char *text, struct value *v) {
	static const char *const words[] = {"off", "on", "false", "true", "no", "yes", "0", "1"};
	for (int i = 0; i < 8; i++)
		if (!strcmp(text, words[i])) return v->integer = i % 2, 0;
	return refuse(r, label, "is neither on nor off");
}

static int parse_sample(const struct value_rule *r, const char *label, const char *text, struct value *v) {
	size_t length = strcspn(text, "/");
	for (int s = 0; s < SPLITS; s++) {
		if (strlen(split_name[s]) != length || memcmp(split_name[s], text, length) || !text[length]) continue;
		const char *digits = text + length + 1;
		if (!*digits || strspn(digits, "0123456789") < strlen(digits)) break;
		if (strlen(digits) > 9) return refuse(r, label, "is out of range");
		v->split = (enum split)s;
		v->integer = atoi(digits);
		return 0;
	}
	return refuse(r, label, "is not a sample");
}

static int parse_text(const struct value_rule *r, const char *label, const char *text, struct value *v) {
	if (!*text) return refuse(r, label, "is empty");
	if (strlen(text) >= sizeof v->text) return err_set(ERR_ARGUMENT, "%s is too long (at most %zu bytes)", label, sizeof v->text - 1);
	memcpy(v->text, text, strlen(text) + 1);
	return 0;
}

int value_parse(const struct value_rule *r, const char *label, const char *text, struct value *out) {
	struct value v = {0};
	int rc = 0;
	if (r->automatic && r->type != VALUE_ENUM && !strcmp(text, "auto")) {
		v.automatic = true;
	} else {
		switch (r->type) {
		case VALUE_INT: rc = parse_int(r, label, text, &v); break;
		case VALUE_REAL: rc = parse_number(r, label, text, strlen(text), &v.real); break;
		case VALUE_BOOL: rc = parse_bool(r, label, text, &v); break;
		case VALUE_ENUM: rc = find_choice(r, label, text, strlen(text)), v.integer = rc, rc = rc < 0 ? rc : 0; break;
		case VALUE_WORDS: rc = parse_words(r, label, text, &v); break;
		case VALUE_REALS: rc = parse_reals(r, label, text, &v); break;
		case VALUE_SAMPLE: rc = parse_sample(r, label, text, &v); break;
		case VALUE_TEXT:
		case VALUE_FILE: rc = parse_text(r, label, text, &v); break;
		}
	}
	if (rc) return rc;
	*out = v;
	return 0;
}

/* ---- writing ------------------------------------------------------------------------------------------------------ */

void value_format(const struct value_rule *r, const struct value *v, char *out) {
	size_t at = 0;
	if (v->automatic) {
		snprintf(out, VALUE_TEXT_BYTES, "auto");
		return;
	}
	switch (r->type) {
	case VALUE_INT: snprintf(out, VALUE_TEXT_BYTES, "%lld", (long long)v->integer); break;
	case VALUE_REAL: real_format(v->real, out, VALUE_TEXT_BYTES); break;
	case VALUE_BOOL: snprintf(out, VALUE_TEXT_BYTES, "%s", v->integer ? "on" : "off"); break;
	case VALUE_ENUM: snprintf(out, VALUE_TEXT_BYTES, "%s", r->choices()[v->integer]); break;
	case VALUE_SAMPLE: snprintf(out, VALUE_TEXT_BYTES, "%s/%lld", split_name[v->split], (long long)v->integer); break;
	case VALUE_TEXT:
	case VALUE_FILE: snprintf(out, VALUE_TEXT_BYTES, "%s", v->text); break;
	case VALUE_WORDS:
		for (int i = 0; i < v->count; i++)
			at += (size_t)snprintf(out + at, VALUE_TEXT_BYTES - at, "%s%s", i ? "," : "", r->choices()[(int)v->list[i]]);
		break;
	case VALUE_REALS:
		for (int i = 0; i < v->count; i++) {
			char number[32];
			real_format(v->list[i], number, sizeof number);
			at += (size_t)snprintf(out + at, VALUE_TEXT_BYTES - at, "%s%s", i ? "," : "", number);
		}
		break;
	}
}

bool value_equal(const struct value_rule *r, const struct value *a, const struct value *b) {
	char x[VALUE_TEXT_BYTES], y[VALUE_TEXT_BYTES];
	value_format(r, a, x);
	value_format(r, b, y);
	return !strcmp(x, y);
}

/* ---- the nearest word --------------------------------------------------------------------------------------------- */

enum { WORD_MAX = 32 /* longer words have no neighbours here */ };

/* Edits from A to B: insert, delete, replace, swap two neighbours (optimal string alignment). */
static int edits(const char *a, const char *b) {
	int d[WORD_MAX + 1][WORD_MAX + 1];
	int n = (int)strlen(a), m = (int)strlen(b);
	for (int i = 0; i <= n; i++) d[i][0] = i;
	for (int j = 0; j <= m; j++) d[0][j] = j;
	for (int i = 1; i <= n; i++)
		for (int j = 1; j <= m; j++) {
			int best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
			if (d[i - 1][j] + 1 < best) best = d[i - 1][j] + 1;
			if (d[i][j - 1] + 1 < best) best = d[i][j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && d[i - 2][j - 2] + 1 < best)
				best = d[i - 2][j - 2] + 1;
			d[i][j] = best;
		}
	return d[n][m];
}

void nearest_offer(struct nearest *n, const char *candidate) {
	size_t length = strlen(n->word);
	if (length > WORD_MAX || strlen(candidate) > WORD_MAX) return;
	bool begins = length > 1 && !strncmp(n->word, candidate, length);
	int distance = begins ? 0 : edits(n->word, candidate), limit = length < 4 ? 1 : length < 6 ? 2 : (int)length / 3;
	if (distance > limit || distance >= (int)length || (n->best && distance >= n->distance)) return;
	n->best = candidate;
	n->distance = distance;
}

const char *nearest_hint(const struct nearest *n) {
	static _Thread_local char hint[WORD_MAX + 32];
	if (!n->best) return "";
	snprintf(hint, sizeof hint, "; did you mean '%s'?", n->best);
	return hint;
}
