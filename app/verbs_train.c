/* app/verbs_train.c -- train, pause, step, until, goto. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/progress.h"
#include "app/verbs.h"
#include "engine/base/err.h"

/* A prompt goes on while training runs; a script or -c waits for it. */
static int run_until(struct app *a, const struct stop *stop) {
	struct trainer *t;
	struct snapshot s;
	int rc = app_trainer(a, true, &t);
	if (!rc) rc = app_run_folder(a);
	if (!rc) rc = app_wait(a, trainer_run(t, stop), NULL);
	if (rc) return rc;
	if (!a->interactive || a->depth > 0) return progress_wait(a);
	a->announce = true;
	trainer_snapshot(t, &s);
	fprintf(a->out, "training to step %lld in the background (pause, status, loss)\n", (long long)s.target);
	return 0;
}

static int train_more(struct app *a, int64_t steps) {
	struct trainer_fixed fixed;
	struct trainer_live live;
	int rc = app_resolve(a, &fixed, &live);
	if (rc) return rc;
	int64_t step = app_step(a), end = live.total_steps;
	if (step >= end) return err_set(ERR_STATE, "the run is complete at step %lld (set total_steps=N to go on)", (long long)step);
	if (steps > end - step)
		fprintf(a->notes, "the run ends at step %lld (total_steps), so %lld steps are left\n", (long long)end,
		        (long long)(end - step));
	return run_until(a, &(struct stop){.kind = STOP_AT_STEP, .step = steps > end - step ? end : step + steps});
}

int verb_train(struct app *a, const struct call *c) {
	struct trainer_fixed fixed;
	struct trainer_live live;
	int rc = app_resolve(a, &fixed, &live);
	return rc ? rc : train_more(a, call_given(c, "steps") ? call_int(c, "steps", 0) : live.total_steps - app_step(a));
}

int verb_step(struct app *a, const struct call *c) { return train_more(a, call_int(c, "N", 1)); }

int verb_pause(struct app *a, const struct call *c) {
	struct snapshot s = {0};
	(void)c;
	int rc = app_pause(a);
	if (rc) return rc;
	a->announce = false;
	if (a->trainer) trainer_snapshot(a->trainer, &s);
	fprintf(a->out, "paused at step %lld\n", (long long)s.step);
	return 0;
}

/* ---- phases ----------------------------------------------------------------------------------------------------------- */

static enum mask_source phase_at(const struct trainer_live *live, int64_t step) {
	return curriculum_phase(&live->curriculum, (double)step / (double)live->total_steps);
}

/* The first step after FROM whose phase is another one; total_steps if none. Long runs are searched in strides, then inside one. */
static int64_t phase_end(const struct trainer_live *live, int64_t from) {
	enum mask_source phase = phase_at(live, from);
	int64_t stride = 1 + live->total_steps / 200000, step = from;
	while (step < live->total_steps && phase_at(live, step) == phase) step += stride;
	if (step > live->total_steps) step = live->total_steps;
	while (step - 1 > from && phase_at(live, step - 1) != phase) step--;
	return step;
}

int verb_until(struct app *a, const struct call *c) {
	struct trainer_fixed fixed;
	struct trainer_live live;
	int rc = app_resolve(a, &fixed, &live);
	if (rc) return rc;
	int64_t step = app_step(a);
	if (call_given(c, "step") + call_given(c, "phase") + call_given(c, "EXPR") != 1)
		return err_set(ERR_ARGUMENT, "until needs one of step=N, phase=NAME and a condition (until step=200, until loss.rgb<0.3)");
	if (call_given(c, "EXPR")) {
		struct stop stop = {.kind = STOP_IF};
		return (rc = condition_parse(&stop.condition, call_text(c, "EXPR"))) ? rc : run_until(a, &stop);
	}
	if (call_given(c, "step")) {
		int64_t target = call_int(c, "step", 0);
		if (target <= step)
			return err_set(
			        ERR_STATE, "step %lld is already reached (the run is at step %lld)", (long long)target, (long long)step);
		return train_more(a, target - step);
	}
	if (call_int(c, "phase", 0) == SOURCES) { /* next */
		int64_t end = phase_end(&live, step);
		return train_more(a, (end > live.total_steps ? live.total_steps : end) - step);
	}
	enum mask_source phase = (enum mask_source)call_int(c, "phase", 0);
	if (phase_at(&live, step) == phase)
		return err_set(ERR_STATE, "the run is already in phase %s (at step %lld)", mask_source_name[phase], (long long)step);
	while (step < live.total_steps && phase_at(&live, step) != phase) step = phase_end(&live, step);
	if (step >= live.total_steps)
		return err_set(ERR_STATE, "phase %s does not come after step %lld (`curriculum` shows the run's phases)",
		        mask_source_name[phase], (long long)app_step(a));
	return run_until(a, &(struct stop){.kind = STOP_AT_PHASE, .phase = phase});
}

int verb_goto(struct app *a, const struct call *c) {
	struct trainer_fixed fixed;
	struct trainer_live live;
	double mix[SOURCES];
	int rc = app_resolve(a, &fixed, &live);
	if (rc) return rc;
	if (call_given(c, "STEP") + call_given(c, "t") + call_given(c, "by") + call_given(c, "now") != 1)
		return err_set(ERR_ARGUMENT, "goto needs one of STEP, t=X, by=N and now (goto t=0.5)");
	int64_t total = live.total_steps, here = a->looking.cursor >= 0 ? a->looking.cursor : app_step(a), step = app_step(a);
	if (call_given(c, "STEP")) step = call_int(c, "STEP", 0);
	else if (call_given(c, "t")) step = (int64_t)(call_value(c, "t")->real * (double)total);
	else if (call_given(c, "by")) step = here + call_int(c, "by", 0) < 0 ? 0 : here + call_int(c, "by", 0) > total ? total : here + call_int(c, "by", 0);
	if (step > total)
		return err_set(ERR_ARGUMENT, "step %lld is behind the run's end at %lld (total_steps)", (long long)step, (long long)total);
	curriculum_at(&live.curriculum, (double)step / (double)total, mix);
	a->looking.cursor = call_given(c, "now") ? -1 : step;
	fprintf(a->out, "step %lld of %lld (t = %.4g): alpha %.4g, beta %.4g, gamma %.4g; phase %s; lr %.4g\n", (long long)step,
	        (long long)total, (double)step / (double)total, mix[SOURCE_SEMANTIC], mix[SOURCE_INSTANCE], mix[SOURCE_RANDOM],
	        mask_source_name[phase_at(&live, step)], trainer_lr(&live, step));
	fprintf(a->out, "phases:");
	for (int64_t from = 0, end; from < total; from = end) {
		end = phase_end(&live, from);
		fprintf(a->out, "%s %s from step %lld", from ? "," : "", mask_source_name[phase_at(&live, from)], (long long)from);
	}
	fprintf(a->out, "\n");
	return 0;
}

/* ---- break ---------------------------------------------------------------------------------------------------------------- */

static int list_breaks(struct app *a) {
	if (a->break_count == 0) fprintf(a->out, "no conditions are set\n");
	for (int i = 0; i < a->break_count; i++) fprintf(a->out, "%d  break if %s\n", i + 1, a->breaks[i].text);
	return 0;
}

int verb_break(struct app *a, const struct call *c) {
	(void)c;
	return list_breaks(a);
}

int verb_break_if(struct app *a, const struct call *c) {
	struct condition fresh;
	int rc = condition_parse(&fresh, call_text(c, "EXPR"));
	if (!rc && a->break_count == BREAKS_MAX) rc = err_set(ERR_STATE, "%d conditions are set already (break remove N)", BREAKS_MAX);
	if (rc) return rc;
	a->breaks[a->break_count++] = fresh;
	rc = app_tell_breaks(a);
	return rc ? rc : list_breaks(a);
}

int verb_break_remove(struct app *a, const struct call *c) {
	int n = (int)call_int(c, "N", 0);
	if (n > a->break_count) return err_set(ERR_ARGUMENT, "there is no condition %d (break lists them)", n);
	if (n) memmove(a->breaks + n - 1, a->breaks + n, sizeof *a->breaks * (size_t)(a->break_count - n));
	a->break_count = n ? a->break_count - 1 : 0;
	int rc = app_tell_breaks(a);
	return rc ? rc : list_breaks(a);
}

/* The samples of the step made last, the largest loss first. */
struct batch_list { struct batch_sample *sample; int count; int64_t step; };

static int copy_batch(struct trainer_access *access, void *context) {
	struct batch_list *l = context;
	if (!access->last) return err_set(ERR_STATE, "no step was made since the program began (`step` makes one)");
	l->count = access->fixed->batch;
	l->step = access->step - 1;
	l->sample = malloc(sizeof *l->sample * (size_t)l->count);
	if (!l->sample) return err_set(ERR_MEMORY, "no memory for a batch of %d", l->count);
	memcpy(l->sample, access->last, sizeof *l->sample * (size_t)l->count);
	return 0;
}

static float loss_sum(const struct batch_sample *s) { return s->loss[0] + s->loss[1] + s->loss[2]; }
static int by_loss(const void *a, const void *b) {
	float x = loss_sum(a), y = loss_sum(b);
	return isnan(x) ? -1 : isnan(y) ? 1 : (x < y) - (x > y);
}

int verb_break_show(struct app *a, const struct call *c) {
	struct batch_list l = {0};
	struct snapshot s;
	if (!a->trainer) return err_set(ERR_STATE, "no step was made since the program began (`step` makes one)");
	int rc = app_call(a, a->trainer, copy_batch, &l, NULL);
	if (rc) return rc;
	trainer_snapshot(a->trainer, &s);
	qsort(l.sample, (size_t)l.count, sizeof *l.sample, by_loss);
	fprintf(a->out, "step %lld: semseg %.4f, instance %.4f, rgb %.4f, total %.4f, gradient norm %.4g, lr %.4g\n", (long long)l.step, s.last.loss[SEMSEG],
	        s.last.loss[INSTANCE], s.last.loss[RGB], s.last.total, s.last.grad_norm, s.last.lr);
	for (int i = 0; i < l.count && i < call_int(c, "last", 8); i++)
		fprintf(a->out, "      train/%-8d epoch %-5d semseg %.4f, instance %.4f, rgb %.4f   look train/%d; goto %lld\n", l.sample[i].index, l.sample[i].epoch,
		        l.sample[i].loss[SEMSEG], l.sample[i].loss[INSTANCE], l.sample[i].loss[RGB], l.sample[i].index, (long long)l.step);
	free(l.sample);
	return 0;
}
