/* app/verbs_train.c -- train, pause, step, until, goto. */
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
	if (call_given(c, "step") == call_given(c, "phase"))
		return err_set(ERR_ARGUMENT, "until needs one of step=N and phase=NAME (until step=200)");
	if (call_given(c, "step")) {
		int64_t target = call_int(c, "step", 0);
		if (target <= step)
			return err_set(
			        ERR_STATE, "step %lld is already reached (the run is at step %lld)", (long long)target, (long long)step);
		return train_more(a, target - step);
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
	int64_t total = live.total_steps, from = a->looking.cursor >= 0 ? a->looking.cursor : app_step(a), step = app_step(a);
	if (call_given(c, "STEP")) step = call_int(c, "STEP", 0);
	else if (call_given(c, "t")) step = (int64_t)(call_value(c, "t")->real * (double)total);
	else if (call_given(c, "by")) step = from + call_int(c, "by", 0) < 0 ? 0 : from + call_int(c, "by", 0) > total ? total : from + call_int(c, "by", 0);
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
