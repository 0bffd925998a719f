/* app/words.c -- a command line into words (command.h has the grammar). */
#include <ctype.h>
#include <string.h>

#include "app/command.h"
#include "engine/base/err.h"

struct reader {
	const char *at;
	size_t used;       /* bytes of the buffer */
	struct words *out;
};

static bool ends_command(char c) { return c == '\0' || c == '\n' || c == ';'; }

static int put(struct reader *r, char c) {
	if (r->used == LINE_BYTES) return err_set(ERR_ARGUMENT, "a command is longer than %d bytes (split it)", LINE_BYTES);
	r->out->buffer[r->used++] = c;
	return 0;
}

/* Behind the opening quote, to behind the closing one. */
static int read_quoted(struct reader *r) {
	for (;; r->at++) {
		int rc;
		if (*r->at == '\0' || *r->at == '\n') return err_set(ERR_ARGUMENT, "a quote is not closed (add \" before the end of the line)");
		if (*r->at == '"') return r->at++, 0;
		if (*r->at == '\\' && (r->at[1] == '"' || r->at[1] == '\\')) r->at++;
		if ((rc = put(r, *r->at))) return rc;
	}
}

static bool key_character(char c) { return isalnum((unsigned char)c) || c == '_' || c == '.' || c == '-'; }

/* One word; a key is what stands before the first '=' outside quotes, when it looks like a name. */
static int read_word(struct reader *r) {
	struct words *w = r->out;
	if (w->count == WORDS) return err_set(ERR_ARGUMENT, "a command has more than %d words (split it)", WORDS);
	struct word *word = &w->word[w->count];
	*word = (struct word){.text = w->buffer + r->used, .quoted = *r->at == '"'};
	bool may_be_key = !word->quoted;
	int rc = 0;
	while (!rc && !ends_command(*r->at) && !isspace((unsigned char)*r->at)) {
		if (*r->at == '"') {
			r->at++;
			may_be_key = false;
			rc = read_quoted(r);
		} else if (*r->at == '=' && may_be_key && w->buffer + r->used > word->text) {
			r->at++;
			may_be_key = false;
			word->key = word->text;
			rc = put(r, '\0');
			word->text = w->buffer + r->used;
		} else {
			may_be_key = may_be_key && key_character(*r->at);
			rc = put(r, *r->at++);
		}
	}
	if (!rc) rc = put(r, '\0');
	if (!rc) w->count++;
	return rc;
}

int words_next(const char **cursor, int *line, struct words *out) {
	struct reader r = {.at = *cursor, .out = out};
	int rc = 0;
	out->count = 0;
	out->line = *line;
	while (!rc) {
		if (*r.at == '#') r.at += strcspn(r.at, "\n");
		if (ends_command(*r.at)) {
			bool end = *r.at == '\0';
			if (*r.at == '\n') ++*line;
			if (!end) r.at++;
			if (out->count || end) break;
			out->line = *line;
		} else if (isspace((unsigned char)*r.at)) {
			r.at++;
		} else {
			rc = read_word(&r);
		}
	}
	if (rc) {
		r.at += strcspn(r.at, "\n");
		if (*r.at) r.at++, ++*line;
	}
	*cursor = r.at;
	return rc ? rc : out->count > 0;
}

static void emit(char *out, size_t capacity, size_t *at, char c) {
	if (*at + 1 < capacity) out[*at] = c;
	++*at;
}

size_t word_quote(const char *word, char *out, size_t capacity) {
	bool quotes = !*word || strpbrk(word, " \t\n\v\f\r;\"#=");
	size_t at = 0;
	if (quotes) emit(out, capacity, &at, '"');
	for (const char *s = word; *s; s++) {
		if (quotes && (*s == '"' || *s == '\\')) emit(out, capacity, &at, '\\');
		emit(out, capacity, &at, *s);
	}
	if (quotes) emit(out, capacity, &at, '"');
	if (capacity) out[at < capacity ? at : capacity - 1] = '\0';
	return at;
}

size_t words_text(const struct words *w, char *out, size_t capacity) {
	size_t at = 0;
	for (int i = 0; i < w->count; i++) {
		const struct word *word = &w->word[i];
		char quoted[2 * LINE_BYTES];
		word_quote(word->text, quoted, sizeof quoted);
		at += (size_t)snprintf(at < capacity ? out + at : NULL, at < capacity ? capacity - at : 0, "%s%s%s%s", i ? " " : "",
		        word->key ? word->key : "", word->key ? "=" : "", quoted);
	}
	return at;
}
