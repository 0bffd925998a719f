/* app/verbs_screen.c -- what the workbench shows: pane, focus, layout, keys, scroll, find, look. Every key of the workbench is one of these or a command that
 * trains. Without a workbench they are checked and change nothing, so that a recorded session replays anywhere. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/verbs.h"
#include "engine/base/err.h"
#include "tui/layout.h"

/* The workbench's settings under their lock, or a copy of the defaults that nobody sees. */
static struct ui *ui_take(struct app *a) {
	static struct ui unseen;
	pthread_mutex_lock(&a->ui_lock);
	if (a->ui) return a->ui;
	ui_default(&unseen);
	return &unseen;
}

static int ui_give(struct app *a, int rc) {
	pthread_mutex_unlock(&a->ui_lock);
	return rc;
}

/* VALUE as typed: a number, or what becomes of the present one: +N, -N, *N, /N. */
static int number_of(const char *what, const char *value, int least, int most, int *out) {
	char *end;
	bool times = *value == '*' || *value == '/', relative = times || *value == '+' || (*value == '-' && least >= 0);
	long n = strtol(value + times, &end, 10), now = *out;
	if (!value[times] || *end || n < -INT_MAX || n > INT_MAX || (times && n < 1))
		return err_set(ERR_ARGUMENT, "%s is a number from %d to %d, or +N, -N, *N, /N, not '%s'", what, least, most, value);
	if (relative) n = *value == '*' ? now * n : *value == '/' ? now / n : now + n;
	*out = n < least ? least : n > most ? most : (int)n;
	return relative || (n >= least && n <= most) ? 0 : err_set(ERR_ARGUMENT, "%s %ld is out of range (%d to %d)", what, n, least, most);
}

/* One of WORDS, or next. */
static int word_of(const char *what, const char *value, const char *const *words, int *out) {
	char list[256] = "";
	int n = 0;
	for (; words[n]; n++) {
		if (!strcmp(words[n], value)) return *out = n, 0;
		snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", n ? ", " : "", words[n]);
	}
	if (!strcmp(value, "next") || !strcmp(value, "toggle")) return *out = (*out + 1) % n, 0;
	return err_set(ERR_ARGUMENT, "%s is one of %s or next, not '%s'", what, list, value);
}

static const char *const switch_words[] = {"off", "on", NULL};

static int print_pane(struct app *a, const struct ui *u, int i) {
	const struct pane *p = panes[i];
	fprintf(a->out, "%-12s shown %s%s\n", p->name, switch_words[u->shown[i]], u->focus == i ? ", has the focus" : "");
	for (int s = 0; p->settings[s].name; s++) {
		const struct pane_setting *t = &p->settings[s];
		if (t->words) fprintf(a->out, "  %-10s %-10s %s\n", t->name, t->words[u->setting[i][s]], t->help);
		else fprintf(a->out, "  %-10s %-10d %s\n", t->name, u->setting[i][s], t->help);
	}
	return 0;
}

static int change_pane(struct ui *u, int i, const char *name, const char *value) {
	const struct pane *p = panes[i];
	int shown = u->shown[i];
	if (!strcmp(name, "shown")) {
		int rc = word_of("shown", value, switch_words, &shown);
		return u->shown[i] = shown, rc;
	}
	for (int s = 0; p->settings[s].name; s++) {
		const struct pane_setting *t = &p->settings[s];
		if (strcmp(t->name, name)) continue;
		return t->words ? word_of(name, value, t->words, &u->setting[i][s]) : number_of(name, value, t->least, t->most, &u->setting[i][s]);
	}
	return err_set(ERR_ARGUMENT, "pane %s has no setting '%s' (`pane %s` lists them)", p->name, name, p->name);
}

int verb_pane(struct app *a, const struct call *c) {
	const char *name = call_text(c, "NAME"), *setting = call_text(c, "SETTING"), *value = call_text(c, "VALUE");
	struct ui *u = ui_take(a);
	if (!name) {
		for (int i = 0; panes[i]; i++) print_pane(a, u, i);
		return ui_give(a, 0);
	}
	int i = (int)call_int(c, "NAME", 0);
	if (!setting) return ui_give(a, print_pane(a, u, i));
	return ui_give(a, value ? change_pane(u, i, setting, value) : err_set(ERR_ARGUMENT, "pane %s %s needs a value (pane %s %s VALUE)", name, setting, name, setting));
}

/* The next pane that is shown, from AT in steps of BY. */
static int neighbour(const struct ui *u, int at, int by) {
	int n = pane_count();
	for (int i = 1; i <= n; i++)
		if (u->shown[(at + by * i + n * n) % n]) return (at + by * i + n * n) % n;
	return at;
}

int verb_focus(struct app *a, const struct call *c) {
	const char *name = call_text(c, "PANE");
	struct ui *u = ui_take(a);
	int to = !strcmp(name, "next") ? neighbour(u, u->focus, 1) : !strcmp(name, "previous") ? neighbour(u, u->focus, -1) : pane_find(name);
	u->focus = to;
	u->shown[to] = true;
	return ui_give(a, 0);
}

int verb_layout(struct app *a, const struct call *c) {
	const char *name = call_text(c, "NAME");
	struct ui *u = ui_take(a);
	if (!strcmp(name, "toggle")) u->layout = u->layout == LAYOUT_ONE ? LAYOUT_AUTO : LAYOUT_ONE;
	if (!strcmp(name, "next")) u->layout = (enum layout)((u->layout + 1) % LAYOUTS);
	for (int i = 0; i < LAYOUTS; i++)
		if (!strcmp(layout_name[i], name)) u->layout = (enum layout)i;
	return ui_give(a, 0);
}

int verb_keys(struct app *a, const struct call *c) {
	const char *state = call_text(c, "STATE"), *help = call_text(c, "help");
	int keys, shown, rc = 0;
	struct ui *u = ui_take(a);
	keys = u->keys;
	shown = u->help;
	if (state) rc = word_of("keys", state, switch_words, &keys);
	if (!rc && help) rc = word_of("help", help, switch_words, &shown);
	u->keys = keys;
	u->help = shown && keys;
	return ui_give(a, rc);
}

int verb_scroll(struct app *a, const struct call *c) {
	enum { PAGE = 10, MOST = 1000000 };
	const char *to = call_text(c, "TO");
	struct ui *u = ui_take(a);
	int n = (int)call_int(c, "lines", PAGE);
	u->scroll += !strcmp(to, "up") ? n : !strcmp(to, "down") ? -n : 0;
	if (!strcmp(to, "end") || u->scroll < 0) u->scroll = 0;
	if (!strcmp(to, "top") || u->scroll > MOST) u->scroll = MOST;
	return ui_give(a, 0);
}

int verb_find(struct app *a, const struct call *c) {
	const char *text = call_text(c, "TEXT");
	struct ui *u = ui_take(a);
	snprintf(u->search, sizeof u->search, "%s", text ? text : "");
	return ui_give(a, 0);
}

/* ---- what is looked at ------------------------------------------------------------------------------------------------------------- */

int verb_look(struct app *a, const struct call *c) {
	struct looking l = a->looking;
	struct dataset *d;
	const struct value *sample = call_value(c, "SAMPLE"), *by = call_value(c, "by");
	int rc = app_data(a, &d);
	if (rc) return rc;
	if (sample) l.split = sample->split, l.index = (int)sample->integer;
	int count = dataset_count(d, l.split);
	if (sample && l.index >= count)
		return err_set(ERR_ARGUMENT, "there is no sample %s/%d (%s has %d samples)", split_name[l.split], l.index, split_name[l.split], count);
	if (by && count > 0) l.index = (int)(((l.index + by->integer) % count + count) % count);
	if (call_given(c, "seed")) l.seed = (uint64_t)call_int(c, "seed", 0), l.reseeded = true;
	if (call_given(c, "reseed")) l.seed = (l.reseeded ? l.seed : (uint64_t)a->options.value[OPTION_SEED].integer) + 1, l.reseeded = true;
	if (call_given(c, "trained")) l.reseeded = false;
	a->looking = l;
	fprintf(a->out, "looking at %s/%d%s\n", split_name[l.split], l.index, l.reseeded ? ", masks of another seed (`look trained` shows training's own)" : "");
	return 0;
}
