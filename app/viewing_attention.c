/* app/viewing_attention.c -- the window's attention explorer: what is captured for it, its section of the panel, and the drift collected beside it. */
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "app/exploring.h"
#include "app/viewing_parts.h"
#include "engine/base/err.h"

/* Another contour or look is no other question. */
bool viewing_question_changed(const struct viewing_ask *was, const struct viewing_ask *ask) {
	const struct attended_choice *x = &was->attend, *y = &ask->attend;
	if (!ask->column[BOARD_ATTENTION]) return false;
	return !was->column[BOARD_ATTENTION] || x->layer != y->layer || x->head != y->head || x->asker != y->asker || x->of != y->of || x->patch != y->patch;
}

void viewing_question(struct viewing *v, const struct model_config *config) {
	struct batch *b = &v->batch;
	struct attended_layers all;
	struct attend_choice question;
	b->captures = 0;
	if (!v->ask.column[BOARD_ATTENTION]) return;
	exploring_layers(config, &all);
	attended_settle(&v->ask.attend, &all);
	b->attend = v->ask.attend;
	exploring_question(config, &b->attend, &question);
	b->captures = attending_captures(&question, b->layers);
}

/* ---- by hand ---------------------------------------------------------------------------------------------------------------------------- */

void viewing_attend(struct viewing *v) {
	static struct viewing_ask ask;
	const struct attended_choice *c = gallery_attended(window_gallery(v->window));
	pthread_mutex_lock(&v->lock);
	ask = v->ask;
	ask.column[BOARD_ATTENTION] = c != NULL;
	if (c) ask.attend = *c;
	viewing_change(v, &ask);
	pthread_mutex_unlock(&v->lock);
}

void viewing_fill_attention(struct viewing *v, struct controls *out) {
	struct gallery *g = window_gallery(v->window);
	const struct attended_choice *c = gallery_attended(g);
	if (!c) return;
	pthread_mutex_lock(&v->lock);
	const struct drift_curve drift = v->drift;
	pthread_mutex_unlock(&v->lock);
	exploring_controls(out, gallery_headed(g), c, gallery_selected(g), &drift);
}

void viewing_control_attention(struct viewing *v, const struct control *k) {
	struct gallery *g = window_gallery(v->window);
	const struct attended_choice *was = gallery_attended(g);
	if (!was) return;
	struct attended_choice choice = *was;
	if (k->id == EXPLORE_RUN) {
		pthread_mutex_lock(&v->lock);
		v->drift_of_run = v->hungry = true;
		pthread_mutex_unlock(&v->lock);
	} else if (exploring_take(k, &gallery_headed(g)->layers, &choice)) {
		gallery_attend(g, &choice);
		viewing_attend(v);
	}
}

/* ---- drift -------------------------------------------------------------------------------------------------------------------------------- */

bool viewing_post_drift(struct app *a, struct viewing *v, const struct snapshot *s) {
	enum { CURVE = 64 /* points of a whole run */ };
	char folder[PATH_MAX];
	pthread_mutex_lock(&v->lock);
	bool wanted = v->wanted && v->ask.column[BOARD_ATTENTION], run = wanted && v->drift_of_run, follows = v->ask.every > 0 && !v->held;
	int64_t spacing = s->total_steps / CURVE > v->ask.every ? s->total_steps / CURVE : v->ask.every;
	int rc = run && !*v->run ? err_set(ERR_STATE, "this run has no folder yet, and so no checkpoints (train, or save)") : 0;
	if (run && !rc) snprintf(folder, sizeof folder, "%.4000s/checkpoints", v->run);
	v->drift_of_run = false;
	pthread_mutex_unlock(&v->lock);
	if (!wanted) return false;
	if (run && (rc || drifting_run(&v->drifting, folder))) viewing_say(v, err_message());
	v->ticket = drifting_post(&v->drifting, a->trainer, dataset_count(a->data, VAL), s->step, follows ? spacing : 0);
	return v->drifts = v->ticket != 0;
}

void viewing_take_drift(struct viewing *v, const struct answer *answer) {
	v->ticket = 0;
	v->drifts = false;
	pthread_mutex_lock(&v->lock);
	bool fine = drifting_take(&v->drifting, answer, &v->drift);
	pthread_mutex_unlock(&v->lock);
	if (!fine) viewing_say(v, err_message());
}

void viewing_forget_drift(struct viewing *v) {
	drifting_fini(&v->drifting);
	pthread_mutex_lock(&v->lock);
	v->drift.count = 0;
	pthread_mutex_unlock(&v->lock);
}
