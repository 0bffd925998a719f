/* app/viewing_controls.c -- the side panel's what-if section: what may be asked of the same images, filled from what is asked, and taken from it. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/progress.h"
#include "app/viewing_parts.h"

enum { ASK_MASK = 1, ASK_STEP, ASK_HERE, ASK_VISIBLE, ASK_RESEED, ASK_OWN_SEED, ASK_STAGE, ASK_FROM, ASK_VERSUS, ASK_FLIP };
enum { FROM_OWN, FROM_NEXT, FROM_NAMED };

static struct control *add(struct controls *out, enum control_kind kind, int id, const char *label) {
	return controls_add(out, kind, SECTION_WHATIF, id, label);
}

static bool has_budget(const struct whatif *w) { return w->mask != WHATIF_NONE && w->mask != WHATIF_GIVEN; }
static bool only(const struct whatif *w) { return w->mask >= WHATIF_ONLY_SEMSEG && w->mask <= WHATIF_ONLY_RGB; }

static int stages(const struct viewing *v) { return v->head.stages ? v->head.stages : 1; }

/* V's range: of the only granularity all; of all of them all but one, which is predicted; and what the run (or the kind of mask) has. */
static int most_visible(const struct viewing *v) {
	return only(&v->ask.like) ? v->patches / stages(v) : v->patches - (v->patches > 0 && whatif_kind_drawn(v->ask.like.mask));
}
static int usual_visible(const struct viewing *v) { return only(&v->ask.like) ? most_visible(v) : v->budget; }

static void fill_masks(const struct viewing *v, const struct snapshot *s, struct controls *out) {
	const struct whatif *w = &v->ask.like;
	struct control *k = add(out, CONTROL_CHOICE, ASK_MASK, "mask");
	for (int i = 0; i < WHATIF_MASKS; i++) control_add_name(k, whatif_mask_name[i]);
	if (*v->ask.file) control_add_name(k, strrchr(v->ask.file, '/') ? strrchr(v->ask.file, '/') + 1 : v->ask.file);
	k->value = (int)w->mask;
	k = add(out, CONTROL_SLIDER, ASK_STEP, "curriculum at step");
	k->most = (int)s->total_steps;
	k->mark = (int)s->step;
	k->value = (int)(w->step < 0 ? s->step : w->step < s->total_steps ? w->step : s->total_steps);
	if (w->step < 0) snprintf(k->text, sizeof k->text, "%lld, where the run is", (long long)s->step);
	else snprintf(k->text, sizeof k->text, "%lld (t = %.2f)", (long long)w->step, s->total_steps ? (double)w->step / (double)s->total_steps : 0);
	add(out, CONTROL_BUTTON, w->step >= 0 ? ASK_HERE : 0, "where the run is");
	k = add(out, CONTROL_SLIDER, has_budget(w) ? ASK_VISIBLE : 0, "visible patches V");
	k->least = 1;
	k->most = most_visible(v);
	k->mark = usual_visible(v);
	k->value = w->visible ? w->visible : usual_visible(v);
	if (w->mask == WHATIF_NONE) k->value = k->most;
	snprintf(k->text, sizeof k->text, w->mask == WHATIF_GIVEN ? "the file's" : w->visible || w->mask == WHATIF_NONE ? "%d of %d" : only(w) ? "all %d" : "%d, the run's", k->value, k->most);
	k = add(out, CONTROL_TEXT, 0, "seed of the masks");
	snprintf(k->text, sizeof k->text, w->seeded ? "%llu" : "the run's own", (unsigned long long)w->seed);
	char label[64];
	snprintf(label, sizeof label, "draw other masks (seed %llu)", (unsigned long long)(w->seeded ? w->seed + 1 : 1));
	add(out, CONTROL_BUTTON, has_budget(w) ? ASK_RESEED : 0, label);
	add(out, CONTROL_BUTTON, w->seeded ? ASK_OWN_SEED : 0, "the run's own seed");
}

static void fill_substitute(const struct viewing *v, struct controls *out) {
	const struct whatif_substitute *s = &v->ask.like.substitute;
	char named[48];
	add(out, CONTROL_HEADING, 0, "hand a stage another map");
	struct control *k = add(out, CONTROL_CHOICE, v->head.cascade ? ASK_STAGE : 0, "stage");
	control_add_name(k, "none");
	for (int i = 0; i < v->head.stages; i++) control_add_name(k, granularity_name[v->head.stage[i]]);
	for (int i = 0; s->on && i < v->head.stages; i++)
		if (v->head.stage[i] == s->stage) k->value = i + 1;
	k = add(out, CONTROL_CHOICE, s->on ? ASK_FROM : 0, "whose map");
	control_add_name(k, "its own (truth)");
	control_add_name(k, "the next sample's");
	snprintf(named, sizeof named, "%s/%d", split_name[s->split], s->index);
	if (s->on && !s->relative) control_add_name(k, named);
	k->value = !s->on ? FROM_OWN : !s->relative ? FROM_NAMED : s->index ? FROM_NEXT : FROM_OWN;
}

static int by_name(const struct dirent **a, const struct dirent **b) { return strverscmp((*a)->d_name, (*b)->d_name); }

/* "step-000020" of a path, which names the file in a list. */
static void short_name(const char *path, char out[48]) {
	const char *last = strrchr(path, '/'), *from = last ? last + 1 : path, *end = strrchr(from, '.');
	snprintf(out, 48, "%.*s", end && !strcmp(end, ".safetensors") ? (int)(end - from) : (int)strlen(from), from);
}

/* The run's checkpoints, the newest last, so many as there are names for; read once a second. */
static void list_checkpoints(struct viewing *v) {
	char folder[PATH_MAX];
	struct dirent **found;
	if (seconds_monotonic() - v->listed < 1) return;
	v->listed = seconds_monotonic();
	v->checkpoints = (struct control){0};
	control_add_name(&v->checkpoints, "live");
	if (!*v->run || snprintf(folder, sizeof folder, "%s/checkpoints", v->run) >= PATH_MAX) return;
	int n = scandir(folder, &found, drifts_named, by_name);
	for (int i = 0; i < n; i++) {
		char name[48];
		short_name(found[i]->d_name, name);
		if (i >= n - (CONTROL_NAMES - 2)) control_add_name(&v->checkpoints, name);
		free(found[i]);
	}
	if (n >= 0) free(found);
}

static void fill_versus(struct viewing *v, struct controls *out) {
	const char *versus = v->ask.versus;
	char last[48];
	short_name(versus, last);
	add(out, CONTROL_HEADING, 0, "another checkpoint, same masks");
	struct control *k = add(out, CONTROL_CHOICE, ASK_VERSUS, "weights");
	list_checkpoints(v);
	memcpy(k->name, v->checkpoints.name, sizeof k->name);
	k->most = v->checkpoints.most;
	for (int i = 1; i <= k->most; i++)
		if (!strcmp(last, k->name[i])) k->value = i;
	if (*versus && !k->value) control_add_name(k, last), k->value = k->most;
	add(out, CONTROL_BUTTON, *versus ? ASK_FLIP : 0, v->flipped ? "back to the live weights (v)" : "flip to it (v)");
}

void viewing_fill(struct app *a, struct viewing *v, struct controls *out) {
	struct snapshot s = {0};
	int got;
	int64_t count;
	out->count = 0;
	if (!app_peek(a, &s, 0, NULL, 0, &got, &count)) return;
	pthread_mutex_lock(&v->lock);
	add(out, CONTROL_HEADING, 0, "What if");
	fill_masks(v, &s, out);
	fill_substitute(v, out);
	fill_versus(v, out);
	pthread_mutex_unlock(&v->lock);
}

/* ---- taken ------------------------------------------------------------------------------------------------------------------------------------ */

static void take_stage(const struct viewing *v, const struct control *k, struct whatif_substitute *s) {
	struct whatif_substitute was = *s;
	*s = (struct whatif_substitute){0};
	if (k->value == 0) return;
	*s = was.on ? was : (struct whatif_substitute){.on = true, .relative = true};
	s->stage = v->head.stage[k->value - 1];
}

static void take_from(const struct control *k, struct whatif_substitute *s) {
	if (k->value == FROM_NAMED) return;
	s->relative = true;
	s->split = TRAIN;
	s->index = k->value == FROM_NEXT;
}

static void take_versus(const struct viewing *v, const struct control *k, struct viewing_ask *ask) {
	char last[48];
	short_name(v->ask.versus, last);
	if (k->value == 0) *ask->versus = '\0';
	else if (strcmp(last, k->name[k->value]) != 0) snprintf(ask->versus, sizeof ask->versus, "%.3900s/checkpoints/%s.safetensors", v->run, k->name[k->value]);
}

void viewing_control(struct app *a, struct viewing *v, const struct control *k) {
	static struct viewing_ask ask;
	pthread_mutex_lock(&v->lock);
	ask = v->ask;
	struct whatif *w = &ask.like;
	bool flip = v->flipped;
	switch (k ? k->id : 0) {
	case ASK_MASK:
		w->mask = (enum whatif_mask)k->value;
		w->visible = 0;
		break;
	case ASK_STEP: w->step = k->value; break;
	case ASK_HERE: w->step = -1; break;
	case ASK_VISIBLE: w->visible = k->value == usual_visible(v) ? 0 : k->value; break;
	case ASK_RESEED: w->seed = w->seeded ? w->seed + 1 : 1, w->seeded = true; break;
	case ASK_OWN_SEED: w->seeded = false; break;
	case ASK_STAGE: take_stage(v, k, &w->substitute); break;
	case ASK_FROM: take_from(k, &w->substitute); break;
	case ASK_VERSUS: take_versus(v, k, &ask); break;
	case ASK_FLIP: flip = !flip; break;
	default: break;
	}
	viewing_change(v, &ask);
	pthread_mutex_unlock(&v->lock);
	if (k && k->id == ASK_FLIP) viewing_flip(a, flip);
}
