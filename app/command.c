#include "app/command.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/options.h"
#include "app/session.h"
#include "engine/base/err.h"

/* ---- the row that is meant ------------------------------------------------------------------------------------------ */

/* A name is "first" or "first second". */
static size_t first_length(const char *name) { return strcspn(name, " "); }
static const char *second_of(const char *name) { return name[first_length(name)] ? name + first_length(name) + 1 : NULL; }

static bool same_first(const struct command *a, const struct command *b) {
	size_t n = first_length(a->name);
	return first_length(b->name) == n && !memcmp(a->name, b->name, n);
}

/* Rows with one first word stand together; this finds the group that WORD names or begins: its first row, or NULL with the sentence set. */
static const struct command *find_group(const char *word) {
	const struct command *found = NULL;
	char label[128], others[256] = "";
	struct nearest near = {.word = word};
	static _Thread_local char firsts[128][32]; /* the workbench looks commands up in two threads */
	for (const struct command *c = commands; c->name; c++) {
		if (c > commands && same_first(c, c - 1)) continue;
		char *first = firsts[c - commands];
		snprintf(first, sizeof firsts[0], "%.*s", (int)first_length(c->name), c->name);
		if (!strcmp(first, word)) return c;
		nearest_offer(&near, first);
		if (strncmp(first, word, strlen(word)) != 0) continue;
		size_t at = strlen(others);
		snprintf(others + at, sizeof others - at, "%s%s", found ? ", " : "", first);
		if (!found) found = c;
	}
	value_label("", ' ', word, label, sizeof label);
	if (!found) {
		err_set(ERR_ARGUMENT, "unknown command %s (`help` lists the commands%s)", label, nearest_hint(&near));
	} else if (strchr(others, ',')) {
		err_set(ERR_ARGUMENT, "%s may be %s (type more of it)", label, others);
		return NULL;
	}
	return found;
}

int command_find(const struct words *w, const struct command **out, int *used) {
	const struct command *group = w->word[0].key || w->word[0].quoted ? NULL : find_group(w->word[0].text), *found = NULL;
	if (!group && (w->word[0].key || w->word[0].quoted))
		return err_set(ERR_ARGUMENT, "a command begins with its name (`help` lists them; options are changed by `set NAME=VALUE`)");
	if (!group) return ERR_ARGUMENT;
	const struct command *bare = second_of(group->name) ? NULL : group;
	const struct word *second = w->count > 1 && !w->word[1].key && !w->word[1].quoted ? &w->word[1] : NULL;
	struct nearest near = {.word = second ? second->text : ""};
	char label[128];
	int matches = 0;
	for (const struct command *c = group; c->name && same_first(c, group); c++) {
		const char *name = second_of(c->name);
		if (!name || !second) continue;
		nearest_offer(&near, name);
		if (strncmp(name, second->text, strlen(second->text)) != 0) continue;
		found = c;
		if (!strcmp(name, second->text)) { matches = 1; break; }
		matches++;
	}
	*used = matches == 1 ? 2 : 1;
	*out = matches == 1 ? found : bare;
	if (matches == 1 || (matches == 0 && bare && (!second || bare->arguments[0].form == ARGUMENT_WORD))) return 0;
	if (!second) return err_set(ERR_ARGUMENT, "%s needs a second word (`help %s` lists them)", w->word[0].text, w->word[0].text);
	value_label("", ' ', second->text, label, sizeof label);
	if (matches == 0 && bare && group[1].name && !same_first(group + 1, group)) return 0; /* the bare row will refuse the word */
	return err_set(ERR_ARGUMENT, "%.*s does not know %s (`help %.*s` lists what it takes%s)", (int)first_length(group->name),
	        group->name, label, (int)first_length(group->name), group->name, nearest_hint(&near));
}

/* ---- its arguments ---------------------------------------------------------------------------------------------------- */

static int unknown_argument(const struct command *c, const char *word, bool key) {
	char label[128], usage[256];
	struct nearest near = {.word = word};
	for (const struct argument *a = c->arguments; a->form; a++)
		if (a->form != ARGUMENT_WORD) nearest_offer(&near, a->name);
	command_usage(c, usage, sizeof usage);
	value_label("", ' ', word, label, sizeof label);
	return err_set(ERR_ARGUMENT, "%s takes no %s%s (usage: %s%s)", c->name, key ? "argument " : "word ", label, usage, nearest_hint(&near));
}

/* The argument that WORD is: a key by its name, a flag by itself, else the next place; -1 if there is none. */
static int place_of(const struct command *c, const struct word *word, const struct call *out) {
	for (int i = 0; c->arguments[i].form; i++) {
		const struct argument *a = &c->arguments[i];
		if (a->form == ARGUMENT_KEY && word->key && !strcmp(a->name, word->key)) return i;
		if (a->form == ARGUMENT_FLAG && !word->key && !word->quoted && !strcmp(a->name, word->text)) return i;
	}
	for (int i = 0; !word->key && c->arguments[i].form; i++)
		if (c->arguments[i].form == ARGUMENT_WORD && !out->given[i]) return i;
	return -1;
}

static int bind_word(const struct command *c, const struct word *word, struct call *out) {
	char label[256];
	int i = place_of(c, word, out);
	if (i < 0) return unknown_argument(c, word->key ? word->key : word->text, word->key);
	const struct argument *a = &c->arguments[i];
	value_label(a->name, word->key ? '=' : ' ', word->text, label, sizeof label);
	if (out->given[i]) return err_set(ERR_ARGUMENT, "%s was given before in the same command (give it once)", label);
	int rc = a->form == ARGUMENT_FLAG ? 0 : value_parse(&a->rule, label, word->text, &out->value[i]);
	if (!rc) out->given[i] = true;
	return rc;
}

int command_bind(const struct words *w, struct call *out) {
	char usage[256];
	int rc = command_find(w, &out->command, &out->first);
	if (rc) return rc;
	const struct command *c = out->command;
	out->words = w;
	memset(out->given, 0, sizeof out->given);
	for (int i = out->first; i < w->count; i++) {
		if (c->settings) rc = w->word[i].key ? 0 : option_find(w->word[i].text);
		else rc = bind_word(c, &w->word[i], out);
		if (rc < 0) return rc;
	}
	for (int i = 0; c->arguments[i].form; i++) {
		const struct argument *a = &c->arguments[i];
		command_usage(c, usage, sizeof usage);
		if (a->required && !out->given[i]) return err_set(ERR_ARGUMENT, "%s needs %s (usage: %s)", c->name, a->name, usage);
		if (!out->given[i] && a->initial && value_parse(&a->rule, a->name, a->initial, &out->value[i])) abort(); /* our own table */
	}
	return 0;
}

static int argument_index(const struct call *c, const char *name) {
	for (int i = 0; c->command->arguments[i].form; i++)
		if (!strcmp(c->command->arguments[i].name, name)) return i;
	assert(!"an argument of the row");
	return 0;
}

bool call_given(const struct call *c, const char *name) { return c->given[argument_index(c, name)]; }

const struct value *call_value(const struct call *c, const char *name) {
	int i = argument_index(c, name);
	return c->given[i] || c->command->arguments[i].initial ? &c->value[i] : NULL;
}

const char *call_text(const struct call *c, const char *name) {
	const struct value *v = call_value(c, name);
	const struct value_rule *r = &c->command->arguments[argument_index(c, name)].rule;
	if (!v) return NULL;
	return r->type == VALUE_ENUM ? r->choices()[v->integer] : v->text;
}

int64_t call_int(const struct call *c, const char *name, int64_t otherwise) {
	const struct value *v = call_value(c, name);
	return v ? v->integer : otherwise;
}

/* ---- running ------------------------------------------------------------------------------------------------------------ */

int command_run(struct app *a, const struct words *w) {
	struct call c;
	int rc = command_bind(w, &c);
	if (rc) return rc;
	a->applied = -1;
	a->record = c.command->recorded;
	a->record_as[0] = '\0';
	rc = c.command->run(a, &c);
	fflush(a->out); /* whoever reads a pipe sees each answer when it is given */
	if (rc) return rc;
	if (!a->record) return 0;
	char text[3 * LINE_BYTES]; /* at worst every byte is quoted */
	words_text(w, text, sizeof text);
	session_record(&a->session, *a->record_as ? a->record_as : text, a->applied >= 0 ? a->applied : app_step(a));
	return 0;
}

int command_run_text(struct app *a, const char *text, const char *source) {
	int line = 1, rc = 0;
	struct words *w = malloc(sizeof *w); /* 10 KB a level: scripts may source scripts */
	if (!w) return err_set(ERR_MEMORY, "no memory for a command");
	while (!rc && !a->quit) {
		int more = words_next(&text, &line, w);
		if (!more) break;
		rc = more < 0 ? more : command_run(a, w);
		if (!rc && (rc = app_interrupted())) err_set(rc, "stopped by a signal");
		if (rc && source) err_set(rc, "%s:%d: %s", source, w->line, err_message());
	}
	free(w);
	return rc;
}

enum { SCRIPT_BYTES = 1 << 20, SCRIPT_DEPTH = 16 };

int command_run_file(struct app *a, const char *path) {
	int rc = 0;
	char *text = NULL;
	FILE *f = fopen(path, "rb");
	if (!f) return err_set(ERR_FILE, "can't read the script %s (%m; check the path)", path);
	size_t n = 0;
	if (a->depth == SCRIPT_DEPTH)
		rc = err_set(ERR_STATE, "%s: scripts source scripts more than %d deep (is there a circle?)", path, SCRIPT_DEPTH);
	else if (!(text = malloc(SCRIPT_BYTES + 1))) rc = err_set(ERR_MEMORY, "no memory for the script %s", path);
	else if ((n = fread(text, 1, SCRIPT_BYTES + 1, f)), ferror(f)) rc = err_set(ERR_FILE, "can't read the script %s (%m)", path);
	else if (n > SCRIPT_BYTES) rc = err_set(ERR_FORMAT, "%s is too long for a script (over %d bytes)", path, SCRIPT_BYTES);
	else if (text[n] = '\0', strlen(text) < n) rc = err_set(ERR_FORMAT, "%s is not a script (it has a zero byte)", path);
	fclose(f);
	if (!rc) {
		a->depth++;
		rc = command_run_text(a, text, path);
		a->depth--;
	}
	free(text);
	return rc;
}
