/* app/verbs_view.c -- view: the window that shows samples through the live weights while training goes on. */
#include <string.h>

#include "app/app.h"
#include "app/exploring.h"
#include "app/paging.h"
#include "app/verbs.h"
#include "app/viewing.h"
#include "app/whatifs.h"
#include "engine/base/err.h"
#include "engine/train/checkpoint.h"
#include "viewer/window.h"

/* Several samples: these. One: COUNT from it on. */
static int take_samples(const struct call *c, struct viewing_ask *ask) {
	const struct value *samples = call_value(c, "SAMPLES");
	bool several = samples && samples->count > 1;
	int count = (int)call_int(c, "count", several ? samples->count : ask->count);
	if (several && count != samples->count) return err_set(ERR_ARGUMENT, "%d samples are named, and count=%d (name one sample, or leave count out)", samples->count, count);
	if (samples) ask->like.split = samples->split, viewing_samples(ask, (int)samples->integer);
	else if (call_given(c, "count")) viewing_samples(ask, ask->sample[0]);
	for (int r = 0; several && r < count; r++) ask->sample[r] = (int)samples->list[r];
	ask->count = count;
	return 0;
}

/* What the words name; the rest stays. */
static int take_arguments(const struct call *c, struct viewing_ask *ask) {
	const struct value *what = call_value(c, "what");
	const char *mask = call_text(c, "mask"), *versus = call_text(c, "versus");
	struct checkpoint_info info;
	int rc = whatif_change(c, &ask->like, &ask->given);
	if (rc) return rc;
	if (mask) snprintf(ask->file, sizeof ask->file, "%s", ask->like.mask == WHATIF_GIVEN ? mask : "");
	if ((rc = take_samples(c, ask))) return rc;
	ask->every = (int)call_int(c, "every", ask->every);
	if (versus && !strcmp(versus, "none")) *ask->versus = '\0';
	else if (versus && (rc = checkpoint_read_info(versus, &info))) return rc;
	else if (versus) snprintf(ask->versus, sizeof ask->versus, "%s", versus);
	if (!what) return 0;
	memset(ask->column, 0, sizeof ask->column);
	for (int i = 0; i < what->count; i++) ask->column[(int)what->list[i]] = true;
	return 0;
}

/* What the trainer would refuse row by row is refused at once. */
static int check(const struct viewing_ask *ask, struct dataset *d, const struct model_config *m) {
	const struct whatif *w = &ask->like;
	const struct whatif_substitute *s = &w->substitute;
	int tokens = m->stages * config_patches(m), most = whatif_kind_drawn(w->mask) ? tokens - 1 : tokens;
	int count = dataset_count(d, w->split), others = s->on && !s->relative ? dataset_count(d, s->split) : 0;
	for (int r = 0; r < ask->count; r++)
		if (ask->sample[r] >= count) return err_set(ERR_ARGUMENT, "there is no sample %s/%d (%s has %d samples)", split_name[w->split], ask->sample[r], split_name[w->split], count);
	if (others && s->index >= others) return err_set(ERR_ARGUMENT, "there is no sample %s/%d (%s has %d samples)", split_name[s->split], s->index, split_name[s->split], others);
	if (w->visible > most) return err_set(ERR_ARGUMENT, "visible=%d is out of range (1 to %d of the model's %d patches)", w->visible, most, tokens);
	if (s->on && !m->active[s->stage]) return err_set(ERR_ARGUMENT, "%s has no stage in this model to substitute", granularity_name[s->stage]);
	if (s->on && !m->cascade) return err_set(ERR_ARGUMENT, "nothing follows from a substituted stage (decoder=parallel: no stage reads another)");
	return w->mask == WHATIF_GIVEN ? whatif_given_fits(&ask->given, ask->file, config_side(m), m->stages, m->stage) : 0;
}

/* attend=, head= and query= show the column; attend=off, or what= without it, hides it. */
static int take_attention(const struct call *c, const struct model_config *config, struct viewing_ask *ask) {
	const char *layer = call_text(c, "attend"), *head = call_text(c, "head"), *query = call_text(c, "query");
	bool off = layer && strcmp(layer, "off") == 0;
	if (layer || head || query) ask->column[BOARD_ATTENTION] = !off;
	ask->attend.share = (int)call_int(c, "mass", ask->attend.share);
	return exploring_read(config, off ? NULL : layer, head, query, &ask->attend);
}

/* Without a prompt nobody would look: said, and a recorded session goes on. */
static bool nobody_looks(struct app *a) {
	if (!a->interactive) fprintf(a->out, "no window without a prompt (start the program on a terminal; `predict val/0 out=sheet.png` draws into a file)\n");
	return !a->interactive;
}

/* Samples that were not named end with the split. */
static void fit_count(const struct call *c, struct viewing_ask *ask, int count) {
	const struct value *samples = call_value(c, "SAMPLES");
	bool several = samples && samples->count > 1;
	if (!several && ask->sample[0] < count && ask->sample[0] + ask->count > count) ask->count = count - ask->sample[0];
}

int verb_view(struct app *a, const struct call *c) {
	static struct viewing_ask ask;
	struct dataset *d;
	struct trainer *t;
	viewing_asked(a, &ask);
	int rc = take_arguments(c, &ask);
	if (rc || nobody_looks(a)) return rc;
	rc = window_possible();
	if (!rc) rc = app_data(a, &d);
	if (!rc) rc = app_trainer(a, true, &t);
	if (!rc) fit_count(c, &ask, dataset_count(d, ask.like.split));
	if (!rc) rc = check(&ask, d, &trainer_fixed(t)->model);
	if (!rc) rc = take_attention(c, &trainer_fixed(t)->model, &ask);
	if (rc) return rc;
	viewing_open(a, &ask);
	fprintf(a->out, "the window shows %s/", split_name[ask.like.split]);
	for (int r = 0; r < ask.count; r++) fprintf(a->out, "%s%d", r ? "," : "", ask.sample[r]);
	fprintf(a->out, ", mask %s", ask.like.mask == WHATIF_GIVEN ? ask.file : whatif_mask_name[ask.like.mask]);
	if (ask.every) fprintf(a->out, ", every %d steps (? in it lists its keys)\n", ask.every);
	else fprintf(a->out, ", again on `view refresh` (? in it lists its keys)\n");
	return 0;
}

static int need_window(struct app *a) { return viewing_wanted(a) || paging_wanted(a) ? 0 : err_set(ERR_STATE, "no window is open (`view` opens it)"); }

int verb_view_refresh(struct app *a, const struct call *c) {
	(void)c;
	if (nobody_looks(a)) return 0;
	int rc = need_window(a);
	if (!rc && viewing_wanted(a) && !a->trainer) rc = err_set(ERR_STATE, "there is no model: the run was dropped (`view` or `train` makes one)");
	if (!rc) viewing_refresh(a), paging_refresh(a);
	return rc;
}

/* -1: none. */
static int row_of(const struct viewing_ask *ask, const struct value *sample) {
	int row = sample->split == ask->like.split ? 0 : ask->count;
	while (row < ask->count && ask->sample[row] != (int)sample->integer) row++;
	return row < ask->count ? row : -1;
}

int verb_view_mask(struct app *a, const struct call *c) {
	struct viewing_ask ask;
	const struct value *sample = call_value(c, "SAMPLE");
	const char *path = call_text(c, "FILE");
	bool save = call_given(c, "save");
	if (nobody_looks(a)) return 0;
	int rc = need_window(a);
	if (rc) return rc;
	viewing_asked(a, &ask);
	int row = 0;
	if (sample && (row = row_of(&ask, sample)) < 0) return err_set(ERR_STATE, "%s/%d is not shown (view shows it)", split_name[sample->split], (int)sample->integer);
	if ((rc = save ? viewing_mask_save(a, path, row) : viewing_mask_load(a, path, row))) return rc;
	fprintf(a->out, "%s the mask of %s/%d: %s\n", save ? "saved" : "loaded", split_name[ask.like.split], ask.sample[row], path);
	return 0;
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
