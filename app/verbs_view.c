/* app/verbs_view.c -- view: the window that shows samples through the live weights while training goes on. */
#include <string.h>

#include "app/app.h"
#include "app/paging.h"
#include "app/verbs.h"
#include "app/viewing.h"
#include "engine/base/err.h"
#include "viewer/window.h"

static void take_arguments(const struct call *c, struct viewing_ask *ask) {
	const struct value *sample = call_value(c, "SAMPLE"), *what = call_value(c, "what");
	if (sample) ask->split = sample->split, ask->first = (int)sample->integer;
	ask->count = (int)call_int(c, "count", ask->count);
	ask->every = (int)call_int(c, "every", ask->every);
	ask->mask = (enum whatif_mask)call_int(c, "mask", ask->mask);
	if (call_given(c, "mask")) ask->step = -1, ask->visible = 0;
	ask->step = call_int(c, "step", ask->step);
	ask->visible = (int)call_int(c, "visible", ask->visible);
	if (!what) return;
	memset(ask->column, 0, sizeof ask->column);
	for (int i = 0; i < what->count; i++) ask->column[(int)what->list[i]] = true;
}

/* Without a prompt nobody would look: said, and a recorded session goes on. */
static bool nobody_looks(struct app *a) {
	if (!a->interactive) fprintf(a->out, "no window without a prompt (start the program on a terminal; `predict val/0 out=sheet.png` draws into a file)\n");
	return !a->interactive;
}

int verb_view(struct app *a, const struct call *c) {
	struct viewing_ask ask;
	struct dataset *d;
	struct trainer *t;
	viewing_asked(a, &ask);
	take_arguments(c, &ask);
	if (nobody_looks(a)) return 0;
	int rc = window_possible();
	if (!rc) rc = app_data(a, &d);
	if (rc) return rc;
	int count = dataset_count(d, ask.split);
	if (ask.first >= count) return err_set(ERR_ARGUMENT, "there is no sample %s/%d (%s has %d samples)", split_name[ask.split], ask.first, split_name[ask.split], count);
	if (ask.first + ask.count > count) ask.count = count - ask.first;
	if ((rc = app_trainer(a, true, &t))) return rc;
	words_text(c->words, ask.command, sizeof ask.command);
	viewing_open(a, &ask);
	fprintf(a->out, "the window shows %s/%d to %s/%d, mask %s", split_name[ask.split], ask.first, split_name[ask.split], ask.first + ask.count - 1, whatif_mask_name[ask.mask]);
	if (ask.every) fprintf(a->out, ", every %d steps (? in it lists its keys)\n", ask.every);
	else fprintf(a->out, ", again on `view refresh` (? in it lists its keys)\n");
	return 0;
}

static int need_window(struct app *a) { return viewing_wanted(a) || paging_wanted(a) ? 0 : err_set(ERR_STATE, "no window is open (`view` opens it)"); }

int verb_view_refresh(struct app *a, const struct call *c) {
	(void)c;
	if (nobody_looks(a)) return 0;
	int rc = need_window(a);
	if (!rc) viewing_refresh(a), paging_refresh(a);
	return rc;
}

int verb_view_hold(struct app *a, const struct call *c) {
	(void)c;
	if (nobody_looks(a)) return 0;
	int rc = need_window(a);
	if (!rc) viewing_hold(a, true), paging_hold(a, true);
	return rc;
}

int verb_view_close(struct app *a, const struct call *c) {
	(void)c;
	if (nobody_looks(a)) return 0;
	int rc = need_window(a);
	if (!rc) viewing_close(a), paging_close(a);
	return rc;
}
