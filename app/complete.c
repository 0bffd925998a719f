/* app/complete.c -- what Tab offers, from the tables: names, arguments, choices, file names, samples. */
#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/command.h"
#include "app/options.h"

enum { CANDIDATES = 1000 };

/* Offers HEAD + NAME + TAIL if it begins with WORD. */
static void offer(struct candidates *c, const char *word, const char *head, const char *name, const char *tail) {
	char text[LINE_BYTES];
	snprintf(text, sizeof text, "%s%s%s", head, name, tail);
	if (strncmp(text, word, strlen(word)) != 0 || c->count >= CANDIDATES) return;
	for (int i = 0; i < c->count; i++)
		if (!strcmp(c->word[i], text)) return;
	if ((c->word[c->count] = strdup(text))) c->count++;
}

/* The files whose path begins as what stands behind HEAD in WORD; folders end in '/'. */
static void offer_files(struct candidates *c, const char *word, const char *head) {
	char folder[LINE_BYTES], path[2 * LINE_BYTES], prefix[2 * LINE_BYTES];
	const char *typed = word + strlen(head), *slash = strrchr(typed, '/');
	snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - typed + 1) : 0, typed);
	snprintf(prefix, sizeof prefix, "%s%s", head, folder);
	DIR *d = opendir(*folder ? folder : ".");
	for (struct dirent *e; d && (e = readdir(d));) {
		struct stat st;
		snprintf(path, sizeof path, "%s%s", folder, e->d_name);
		if (e->d_name[0] == '.' && (!slash || slash[1] != '.') && typed[0] != '.') continue;
		offer(c, word, prefix, e->d_name, stat(path, &st) == 0 && S_ISDIR(st.st_mode) ? "/" : "");
	}
	if (d) closedir(d);
}

/* A list's last element is the one being typed. */
static void offer_words(struct candidates *c, const struct value_rule *r, const char *word, const char *head) {
	char before[LINE_BYTES];
	const char *typed = word + strlen(head), *comma = strrchr(typed, ',');
	snprintf(before, sizeof before, "%s%.*s", head, comma ? (int)(comma - typed + 1) : 0, typed);
	const char *const *choices = r->choices();
	for (int i = 0; choices[i]; i++) offer(c, word, before, choices[i], "");
}

static void offer_values(struct candidates *c, const struct value_rule *r, const char *word, const char *head) {
	if (r->automatic) offer(c, word, head, "auto", "");
	switch (r->type) {
	case VALUE_ENUM:
	case VALUE_WORDS: offer_words(c, r, word, head); break;
	case VALUE_TEXT: if (r->choices) offer_words(c, r, word, head); break;
	case VALUE_BOOL: offer(c, word, head, "on", ""), offer(c, word, head, "off", ""); break;
	case VALUE_FILE: offer_files(c, word, head); break;
	case VALUE_SAMPLE:
	case VALUE_SAMPLES: offer(c, word, head, "train", "/"), offer(c, word, head, "val", "/"); break;
	default: break;
	}
}

static void offer_options(struct candidates *c, const char *word) {
	const char *equals = strchr(word, '=');
	for (int i = 0; i < OPTIONS; i++) {
		const struct option *o = option_at((enum option_id)i);
		char head[64];
		snprintf(head, sizeof head, "%s=", o->name);
		if (!equals) offer(c, word, head, "", "");
		else if (!strncmp(head, word, strlen(head))) offer_values(c, &o->rule, word, head);
	}
}

/* PLACE: how many positional words stand before. */
static void offer_arguments(struct candidates *c, const struct command *row, const char *word, int place) {
	for (const struct argument *a = row->arguments; a->form; a++) {
		char head[64];
		snprintf(head, sizeof head, "%s=", a->name);
		if (a->form == ARGUMENT_FLAG) offer(c, word, a->name, "", "");
		else if (a->form == ARGUMENT_WORD && place-- == 0) offer_values(c, &a->rule, word, "");
		else if (a->form == ARGUMENT_KEY && !strncmp(head, word, strlen(head))) offer_values(c, &a->rule, word, head);
		else if (a->form == ARGUMENT_KEY && !strchr(word, '=')) offer(c, word, head, "", "");
	}
}

static size_t first_length(const char *name) { return strcspn(name, " "); }

static void offer_names(struct candidates *c, const char *word) {
	for (const struct command *row = commands; row->name; row++) {
		char first[64];
		snprintf(first, sizeof first, "%.*s", (int)first_length(row->name), row->name);
		offer(c, word, first, "", "");
	}
}

static void offer_second_names(struct candidates *c, const struct command *found, const char *word) {
	size_t n = first_length(found->name);
	for (const struct command *row = commands; row->name; row++)
		if (first_length(row->name) == n && !strncmp(row->name, found->name, n) && row->name[n])
			offer(c, word, row->name + n + 1, "", "");
}

/* Where the last command of LINE begins, and where its last word does. */
static void find_starts(const char *line, size_t *command, size_t *word) {
	bool quoted = false;
	*command = *word = 0;
	for (size_t i = 0; line[i]; i++) {
		if (line[i] == '"') quoted = !quoted;
		if (quoted) continue;
		if (line[i] == ';' || line[i] == '\n') *command = *word = i + 1;
		else if (isspace((unsigned char)line[i])) *word = i + 1;
	}
}

void command_complete(const char *line, struct candidates *out) {
	size_t command, start;
	const struct command *row;
	int used, number = 1;
	*out = (struct candidates){.word = calloc(CANDIDATES + 1, sizeof *out->word)};
	struct words *w = malloc(sizeof *w);
	find_starts(line, &command, &start);
	out->start = start;
	char *before = strndup(line + command, start - command);
	if (out->word && w && before && strlen(line) < LINE_BYTES) {
		const char *cursor = before, *word = line + start;
		int more = words_next(&cursor, &number, w);
		if (more == 0) {
			offer_names(out, word);
		} else if (more == 1) {
			int rc = command_find(w, &row, &used);
			if (w->count == 1 && rc == 0) offer_second_names(out, row, word);
			int place = 0;
			for (int i = used; rc == 0 && i < w->count; i++) place += !w->word[i].key;
			if (rc == 0 && row->settings) offer_options(out, word);
			else if (rc == 0) offer_arguments(out, row, word, place);
		}
	}
	free(before);
	free(w);
}

void candidates_free(struct candidates *c) {
	for (int i = 0; i < c->count; i++) free(c->word[i]);
	free(c->word);
	*c = (struct candidates){0};
}
