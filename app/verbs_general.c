/* app/verbs_general.c -- help, set, status, memory, log, source, reset, quit. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/progress.h"
#include "app/verbs.h"
#include "engine/base/err.h"

int verb_help(struct app *a, const struct call *c) {
	char name[2 * VALUE_TEXT_BYTES + 2];
	if (!call_given(c, "NAME")) return command_help_list(a->out), 0;
	snprintf(name, sizeof name, "%s %s", call_text(c, "NAME"), call_given(c, "MORE") ? call_text(c, "MORE") : "");
	return command_help(a->out, name);
}

/* ---- set ---------------------------------------------------------------------------------------------------------------- */

static void print_option(struct app *a, enum option_id id, bool with_help) {
	const struct option *o = option_at(id);
	char value[VALUE_TEXT_BYTES], resolved[VALUE_TEXT_BYTES], shown[2 * VALUE_TEXT_BYTES], allowed[512];
	option_text(&a->options, id, false, app_classes(a), value);
	option_text(&a->options, id, true, app_classes(a), resolved);
	snprintf(shown, sizeof shown, "%s%s%s%s", strcmp(value, resolved) ? resolved : value, strcmp(value, resolved) ? " (auto)" : "",
	        *o->unit ? " " : "", o->unit);
	fprintf(a->out, "%-16s %-26s default %-20s %s\n", o->name, shown, o->initial, o->effect == EFFECT_FIXED ? "fixed" : "live");
	value_describe(&o->rule, allowed, sizeof allowed);
	if (with_help) fprintf(a->out, "  %s (%s)\n", o->help, allowed);
}

int verb_set(struct app *a, const struct call *c) {
	const struct words *w = c->words;
	struct options next = a->options;
	char what[LINE_BYTES];
	int keys = 0;
	int rc = options_set(&next, w, c->first, app_classes(a));
	if (rc) return rc;
	for (int i = c->first; i < w->count; i++) keys += w->word[i].key != NULL;
	words_text(w, what, sizeof what);
	if (keys && (rc = app_configure(a, &next, &a->curriculum, what))) return rc;
	a->record = keys > 0;
	for (int i = c->first; i < w->count; i++)
		if (!w->word[i].key) print_option(a, (enum option_id)option_find(w->word[i].text), true);
	for (int i = 0; w->count == c->first && i < OPTIONS; i++) print_option(a, (enum option_id)i, false);
	return 0;
}

/* ---- status --------------------------------------------------------------------------------------------------------------- */

static const char *const state_word[] = {
        [TRAINER_PAUSED] = "paused", [TRAINER_RUNNING] = "training", [TRAINER_FINISHED] = "finished", [TRAINER_FAILED] = "failed"};

static void print_losses(struct app *a, const char *label, const double loss[GRANULARITIES]) {
	fprintf(a->out, "%-10s semseg %.4f, instance %.4f, rgb %.4f", label, loss[SEMSEG], loss[INSTANCE], loss[RGB]);
}

static void print_progress(struct app *a, const struct snapshot *s) {
	if (s->last.total != 0) {
		print_losses(a, "losses", s->smooth_total > 0 ? s->smooth : s->last.loss);
		fprintf(a->out, ", total %.4f (%s)\n", s->smooth_total > 0 ? s->smooth_total : s->last.total,
		        s->smooth_total > 0 ? "mean of about 20 steps" : "last step");
		print_losses(a, "at first", s->first.loss);
		fprintf(a->out, ", total %.4f\n", s->first.total);
	}
	for (int k = 0; s->val_step >= 0 && k < SOURCES; k++) {
		char label[32];
		snprintf(label, sizeof label, "val %.3s", mask_source_name[k]);
		print_losses(a, label, s->val[k]);
		fprintf(a->out, " (%s masks, step %lld)\n", mask_source_name[k], (long long)s->val_step);
	}
	if (s->steps_per_s > 0)
		fprintf(a->out, "%-10s %.1f steps/s, %.0f images/s, %.1f ms a step, of it %.1f waiting for data\n", "speed", s->steps_per_s,
		        s->images_per_s, s->step_ms, s->wait_ms);
}

int verb_status(struct app *a, const struct call *c) {
	struct snapshot s = {.val_step = -1};
	struct trainer_fixed fixed;
	struct trainer_live live;
	double mix[SOURCES];
	char line[PATH_MAX + 64], left[32];
	(void)c;
	struct trainer *t;
	int rc = *a->loaded ? app_trainer(a, false, &t) : 0;
	if (!rc) rc = app_resolve(a, &fixed, &live);
	if (rc) return rc;
	if (a->trainer) trainer_snapshot(a->trainer, &s);
	curriculum_at(&live.curriculum, (double)s.step / (double)live.total_steps, mix);
	duration_format(s.steps_per_s > 0 ? (double)(s.target - s.step) / s.steps_per_s : 0, left, sizeof left);
	fprintf(a->out, "%-10s %s at step %lld of %lld", "state", state_word[s.state], (long long)s.step, (long long)live.total_steps);
	if (s.state == TRAINER_RUNNING) fprintf(a->out, ", to step %lld, %s left", (long long)s.target, left);
	fprintf(a->out, "\n%-10s %s: alpha %.3f, beta %.3f, gamma %.3f; lr %.4g\n", "phase",
	        mask_source_name[curriculum_phase(&live.curriculum, (double)s.step / (double)live.total_steps)], mix[0], mix[1], mix[2],
	        trainer_lr(&live, s.step));
	print_progress(a, &s);
	fprintf(a->out, "%-10s %s: %d px, patch %d, width %d, depth %d; V %d of %d, batch %d\n", "model", fixed.model.preset,
	        fixed.model.image_size, fixed.model.patch, fixed.model.width, fixed.model.depth, fixed.visible,
	        fixed.model.stages * config_patches(&fixed.model), fixed.batch);
	app_data_line(a, line, sizeof line);
	fprintf(a->out, "%-10s %s\n%-10s %s", "data", line, "device", a->trainer ? s.device : fixed.device);
	fprintf(a->out, a->trainer ? "\n" : ", %s\n", fixed.precision);
	if (*a->loaded) fprintf(a->out, "%-10s %s\n", "weights", a->loaded);
	fprintf(a->out, "%-10s %s\n", "run",
	        a->session.script ? a->session.dir
	        : *a->session.dir ? a->session.dir
	                          : "(its folder is made at the first training)");
	if (*s.message) fprintf(a->out, "%-10s %s\n", "note", s.message);
	return 0;
}

/* ---- memory, log -------------------------------------------------------------------------------------------------------------- */

static void print_tensor(const char *name, size_t bytes, void *out) { fprintf(out, "  %-40s %12.3f MB\n", name, (double)bytes / 1e6); }

static void print_memory(FILE *out, const char *name, size_t bytes) { fprintf(out, "%-42s %12.3f MB\n", name, (double)bytes / 1e6); }

/* A model and its training step, made or not, by name. */
static int plan_memory(FILE *out, const struct trainer_fixed *f, size_t act_bytes) {
	size_t model, step;
	fprintf(out, "model\n");
	int rc = model_plan(&f->model, act_bytes, true, print_tensor, out, &model);
	if (rc) return rc;
	fprintf(out, "training step (batch %d, V %d, activations of %zu bytes)\n", f->batch, f->visible, act_bytes);
	rc = workspace_plan(&f->model, act_bytes, f->batch, f->visible, true, print_tensor, out, &step);
	if (!rc) print_memory(out, "together", model + step);
	return rc;
}

/* On the trainer thread: what the live model and its training step take, and what the device has. */
static int list_memory(struct trainer_access *access, void *out) {
	struct device *d = model_device(access->model);
	size_t available, total;
	int rc = plan_memory(out, access->fixed, d->act_bytes);
	if (rc) return rc;
	if (!access->workspace) fprintf(out, "(the training step's memory is taken at the first step)\n");
	device_available(d, &available, &total);
	print_memory(out, "free now", available);
	fprintf(out, "  of %.3f MB of %s\n", (double)total / 1e6, d->name);
	return 0;
}

/* Bytes of an activation in a run with these options; where both follow the machine, the machine is asked. */
static int planned_act_bytes(const struct trainer_fixed *f, size_t *out) {
	bool automatic = !strcmp(f->precision, "auto");
	struct device *d;
	*out = !strcmp(f->device, "cpu") || !(automatic || !strcmp(f->precision, "bf16")) ? sizeof(float) : sizeof(float) / 2;
	if (!automatic || strcmp(f->device, "auto") != 0) return 0;
	int rc = device_open(&d, f->device, f->precision, f->threads);
	if (rc) return rc;
	*out = d->act_bytes;
	device_close(d);
	return 0;
}

/* With options: what a run of that kind would need; nothing is made and nothing set. */
static int plan_options(struct app *a, const struct call *c) {
	struct options options = a->options;
	struct trainer_fixed fixed;
	struct trainer_live live;
	size_t act_bytes;
	for (int i = c->first; i < c->words->count; i++)
		if (!c->words->word[i].key)
			return err_set(ERR_ARGUMENT, "memory takes options as NAME=VALUE (memory preset=base batch=2048 precision=bf16)");
	int rc = options_set(&options, c->words, c->first, app_classes(a));
	if (!rc) rc = options_resolve(&options, &a->curriculum, app_classes(a), &fixed, &live);
	if (!rc) rc = planned_act_bytes(&fixed, &act_bytes);
	return rc ? rc : plan_memory(a->out, &fixed, act_bytes);
}

int verb_memory(struct app *a, const struct call *c) {
	struct trainer *t;
	if (c->words->count > c->first) return plan_options(a, c);
	int rc = app_trainer(a, false, &t);
	return rc ? rc : app_call(a, t, list_memory, a->out, NULL);
}

enum { LOG_LINES = 1000 };

int verb_log(struct app *a, const struct call *c) {
	char path[PATH_MAX], *line = NULL, *ring[LOG_LINES] = {NULL};
	size_t capacity = 0;
	int64_t last = call_int(c, "last", 20), n = 0;
	if (!a->session.script) return err_set(ERR_STATE, "there is no log yet (the first training begins it)");
	int rc = session_path(&a->session, "log.txt", path);
	if (rc) return rc;
	FILE *f = fopen(path, "r");
	if (!f) return err_set(ERR_FILE, "can't read %s (%s)", path, strerror(errno));
	for (; getline(&line, &capacity, f) > 0; n++) {
		free(ring[n % last]);
		ring[n % last] = strdup(line);
	}
	fclose(f);
	free(line);
	for (int64_t i = n > last ? n - last : 0; i < n; i++)
		if (ring[i % last]) fputs(ring[i % last], a->out);
	for (int i = 0; i < LOG_LINES; i++) free(ring[i]);
	return 0;
}

/* ---- source, reset, quit -------------------------------------------------------------------------------------------------------- */

int verb_source(struct app *a, const struct call *c) { return command_run_file(a, call_text(c, "FILE")); }

int verb_reset(struct app *a, const struct call *c) {
	char lines[RUN_LINES_BYTES];
	struct curriculum standard;
	int rc = curriculum_preset(&standard, "sg-ig-rd");
	if (!rc) rc = app_leave(a); /* what was trained is saved, not thrown away */
	if (rc) return rc;
	app_drop_trainer(a);
	a->loaded[0] = '\0';
	a->named[0] = '\0';
	a->loaded_step = 0;
	a->saved_step = -1;
	if (call_given(c, "all")) {
		options_default(&a->options);
		a->curriculum = standard;
		app_forget_data(a);
	}
	app_run_lines(a, true, lines, sizeof lines);
	session_restart(&a->session, lines);
	fprintf(a->out, "back at step 0%s\n", call_given(c, "all") ? ", with default options, curriculum and data" : "");
	return 0;
}

int verb_quit(struct app *a, const struct call *c) {
	(void)c;
	a->quit = true;
	return 0;
}
