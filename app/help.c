/* app/help.c -- help and docs/commands.md, written from the tables (command.h, options.h). */
#include <string.h>

#include "app/command.h"
#include "app/options.h"
#include "engine/base/err.h"

/* A value in a usage line; choices stand for themselves. */
static const char *const stands_for[] = {
	[VALUE_INT] = "N", [VALUE_REAL] = "X", [VALUE_REALS] = "X,...", [VALUE_TEXT] = "TEXT", [VALUE_FILE] = "FILE", [VALUE_SAMPLE] = "SAMPLE", [VALUE_SAMPLES] = "SAMPLE,..."};

void command_usage(const struct command *c, char *out, size_t capacity) {
	size_t at = (size_t)snprintf(out, capacity, "%s", c->name);
	for (const struct argument *a = c->arguments; a->form && at < capacity; a++) {
		char word[256], allowed[192];
		value_describe(&a->rule, allowed, sizeof allowed);
		if (a->form == ARGUMENT_KEY) snprintf(word, sizeof word, "%.32s=%s", a->name,
		 stands_for[a->rule.type] ? stands_for[a->rule.type] : allowed);
		else snprintf(word, sizeof word, "%s", a->name);
		at += (size_t)snprintf(out + at, capacity - at, a->required ? " %s" : " [%s]", word);
	}
	if (c->settings && at < capacity) snprintf(out + at, capacity - at, " [NAME=VALUE | NAME]...");
}

void command_help_list(FILE *out) {
	const char *group = "";
	for (const struct command *c = commands; c->name; c++) {
		if (strcmp(group, c->group) != 0) fprintf(out, "%s%s\n", *group ? "\n" : "", c->group);
		group = c->group;
		fprintf(out, "  %-17s %s\n", c->name, c->help);
	}
	fprintf(out, "\nCOMMAND ARG... KEY=VALUE...; a newline or ; ends a command, # begins a comment. `help NAME` tells all about one.\n");
}

static void print_argument(FILE *out, const struct argument *a) {
	char allowed[512] = "";
	if (a->form != ARGUMENT_FLAG) value_describe(&a->rule, allowed, sizeof allowed);
	fprintf(out, "    %-14s %s%s%s%s%s%s\n", a->name, a->help, *allowed ? " (" : "", allowed, a->initial ? "; default " : "",
	        a->initial ? a->initial : "", *allowed ? ")" : "");
}

static void print_row(FILE *out, const struct command *c) {
	char usage[256];
	command_usage(c, usage, sizeof usage);
	fprintf(out, "%s\n  %s.\n", usage, c->help);
	for (const struct argument *a = c->arguments; a->form; a++) print_argument(out, a);
	if (c->more) fprintf(out, "  %s\n", c->more);
	fprintf(out, "  example: %s\n", c->example);
}

int command_help(FILE *out, const char *name) {
	struct words w;
	const char *cursor = name;
	const struct command *c;
	int line = 1, used, found = 0;
	if (words_next(&cursor, &line, &w) != 1) return err_set(ERR_ARGUMENT, "help takes a command's name (`help` lists them)");
	size_t length = strlen(w.word[0].text);
	for (c = commands; w.count == 1 && c->name; c++) /* a first word shows all its rows */
		if (!strncmp(c->name, w.word[0].text, length) && strchr(" ", c->name[length])) print_row(out, c),
		 found++; /* strchr finds the end too */
	if (found) return 0;
	int option = w.count == 1 ? option_find(w.word[0].text) : -1;
	if (option >= 0) {
		const struct option *o = option_at((enum option_id)option);
		char allowed[512];
		value_describe(&o->rule, allowed, sizeof allowed);
		fprintf(out, "set %s=VALUE\n  %s (%s; default %s; %s).\n", o->name, o->help, allowed, o->initial,
		        o->effect == EFFECT_FIXED ? "fixed for the run" : "applies before the next step");
		return 0;
	}
	int rc = command_find(&w, &c, &used);
	if (rc) return rc;
	print_row(out, c);
	return 0;
}

/* ---- docs/commands.md --------------------------------------------------------------------------------------------------- */

static void cell(FILE *out, const char *text) { /* a bar would end the cell */
	for (; *text; text++) fprintf(out, *text == '|' ? "\\|" : "%c", *text);
}

static void markdown_row(FILE *out, const struct command *c) {
	char text[512];
	command_usage(c, text, sizeof text);
	fprintf(out, "\n### %s\n\n`%s`\n\n%s.%s%s\n", c->name, text, c->help, c->more ? " " : "", c->more ? c->more : "");
	if (c->arguments[0].form) fprintf(out, "\n| argument | values | default | |\n|---|---|---|---|\n");
	for (const struct argument *a = c->arguments; a->form; a++) {
		text[0] = '\0';
		if (a->form != ARGUMENT_FLAG) value_describe(&a->rule, text, sizeof text);
		fprintf(out, "| `%s` | ", a->name);
		cell(out, text);
		fprintf(out, " | %s | ", a->initial ? a->initial : a->required ? "(required)" : "");
		cell(out, a->help);
		fprintf(out, " |\n");
	}
	fprintf(out, "\n```\n%s\n```\n\nprints\n\n```\n%s\n```\n", c->example, c->prints);
}

void command_markdown(FILE *out) {
	const char *group = "";
	fprintf(out, "# Commands\n\n"
	             "Written by `make golden` from the command table (app/commands.c) and the settings table (app/options.c); a test "
	         "keeps it current.\n\n"
	             "Grammar: `COMMAND ARG... KEY=VALUE...`; a newline or `;` ends a command, `#` at the start of a word begins a "
	         "comment, double quotes "
	             "hold spaces, and unambiguous prefixes of a command's words are accepted. A command either succeeds, or prints one line "
	             "`error: WHAT (WHY; HOW TO MEND)` and has changed nothing. In the examples' output `...` stands for what differs "
	         "from run to run.\n");
	for (const struct command *c = commands; c->name; c++) {
		if (strcmp(group, c->group) != 0) fprintf(out, "\n## %s\n", c->group);
		group = c->group;
		markdown_row(out, c);
	}
	fprintf(out, "\n## Options\n\n`set NAME=VALUE`. *Fixed* options stand for the whole run: they can be set before its first step "
	         "(`reset` drops a run). "
	             "*Live* ones apply before the next step. An option that is `auto` follows its preset or data set until it is given a value, "
	             "and again after `set NAME=auto`.\n\n"
	             "| option | values | default | effect | |\n|---|---|---|---|---|\n");
	for (int i = 0; i < OPTIONS; i++) {
		const struct option *o = option_at((enum option_id)i);
		char allowed[512];
		value_describe(&o->rule, allowed, sizeof allowed);
		fprintf(out, "| `%s` | ", o->name);
		cell(out, allowed);
		fprintf(out, "%s%s | %s | %s | ", *o->unit ? " " : "", o->unit, o->initial, o->effect == EFFECT_FIXED ? "fixed" : "live");
		cell(out, o->help);
		fprintf(out, " |\n");
	}
}
