#include "app/app.h"

#include <stdarg.h>
#include <string.h>

#include "app/paging.h"
#include "app/signals.h"
#include "app/viewing.h"
#include "engine/base/err.h"

int app_init(struct app *a, FILE *out, FILE *notes) {
	*a = (struct app){.out = out, .notes = notes, .choice = {.count = {SCENES_TRAIN, SCENES_VAL}}, .saved_step = -1, .applied = -1};
	a->looking.cursor = -1;
	pthread_mutex_init(&a->trainer_lock, NULL);
	pthread_mutex_init(&a->ui_lock, NULL);
	pthread_mutex_init(&a->progress_lock, NULL);
	if (!(a->viewing = viewing_new()) || !(a->paging = paging_new())) return err_set(ERR_MEMORY, "no memory for the program's state");
	options_default(&a->options);
	session_init(&a->session);
	return curriculum_preset(&a->curriculum, "sg-ig-rd");
}

void app_fini(struct app *a) {
	app_drop_trainer(a);
	app_forget_data(a);
	session_close(&a->session);
	viewing_free(a->viewing);
	paging_free(a->paging);
	a->viewing = NULL;
	for (int i = 0; i < a->compared_count; i++) history_free(&a->compared[i].history);
}

int app_interrupted(void) { return signals_pending() ? ERR_CANCELLED : 0; }

/* ---- data ----------------------------------------------------------------------------------------------------------- */

int app_classes(const struct app *a) { return a->data ? dataset_classes(a->data) : 0; }

static int image_size(const struct app *a) { return model_presets[a->options.value[OPTION_PRESET].integer].image_size; }

static int open_choice(const struct app *a, const struct data_choice *c, struct dataset **out) {
	sigset_t old;
	signals_block(&old);
	int rc = c->folder ? dataset_open_folder(out, c->root) : dataset_open_scenes(out, c->seed, image_size(a), c->count);
	signals_unblock(&old);
	return rc;
}

int app_data(struct app *a, struct dataset **out) {
	/* Scenes are drawn for the preset's size, which is fixed: no run holds them. */
	if (a->data && !a->choice.folder && a->data_size != image_size(a)) {
		app_drop_trainer(a);
		dataset_free(a->data);
		a->data = NULL;
	}
	if (!a->data) {
		int rc = open_choice(a, &a->choice, &a->data);
		if (rc) return a->data = NULL, rc;
		a->data_size = image_size(a);
	}
	*out = a->data;
	return 0;
}

static bool same_choice(const struct data_choice *a, const struct data_choice *b) {
	if (a->folder != b->folder) return false;
	if (a->folder) return !strcmp(a->root, b->root);
	return a->count[TRAIN] == b->count[TRAIN] && a->count[VAL] == b->count[VAL] && a->seed == b->seed;
}

int app_choose_data(struct app *a, const struct data_choice *choice) {
	struct dataset *d = NULL;
	struct trainer_fixed fixed;
	struct trainer_live live;
	if (a->data && same_choice(&a->choice, choice)) return a->chosen = true, 0;
	if (app_step(a) > a->loaded_step || (app_touched(a) && !*a->loaded))
		return err_set(ERR_STATE, "the data set is fixed for the run, which is at step %lld (`reset` drops the run)",
		        (long long)app_step(a));
	int rc = open_choice(a, choice, &d);
	if (rc) return rc;
	rc = options_resolve(&a->options, &a->curriculum, dataset_classes(d), &fixed, &live);
	if (!rc && *a->loaded && options_fixed_change(&a->options, app_classes(a), &a->options, dataset_classes(d)) >= 0)
		rc = err_set(ERR_STATE, "the loaded weights are for %d classes, the data set has %d (`reset` drops the weights)",
		        a->built_classes ? a->built_classes : 133, dataset_classes(d));
	if (rc) {
		dataset_free(d);
		return rc;
	}
	app_drop_trainer(a);
	app_forget_data(a);
	a->data = d;
	a->data_size = image_size(a);
	a->choice = *choice;
	a->chosen = true;
	return 0;
}

size_t app_data_line(const struct app *a, char *out, size_t capacity) {
	char quoted[2 * PATH_MAX + 8];
	const struct data_choice *c = &a->choice;
	if (!c->folder)
		return (size_t)snprintf(out, capacity, "data scenes train=%d val=%d seed=%llu", c->count[TRAIN], c->count[VAL],
		        (unsigned long long)c->seed);
	word_quote(c->root, quoted, sizeof quoted);
	return (size_t)snprintf(out, capacity, "data open %s", quoted);
}

struct text { char *out; size_t capacity, at; };

static void add(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct text *t, const char *format, ...) {
	va_list args;
	va_start(args, format);
	t->at += (size_t)vsnprintf(t->at < t->capacity ? t->out + t->at : NULL, t->at < t->capacity ? t->capacity - t->at : 0, format, args);
	va_end(args);
}

/* A preset by its name; else knot by knot, over a preset that has one knot, which goes if the curriculum has none there. */
static void add_curriculum(struct text *t, const struct curriculum *c) {
	struct curriculum base;
	bool kept = false;
	if (curriculum_preset(&base, c->name) == 0) {
		add(t, "curriculum preset %s\n", c->name);
		return;
	}
	curriculum_preset(&base, "sg");
	add(t, "curriculum preset sg\ncurriculum set interpolation=%s\n", interpolation_name[c->interpolation]);
	for (int i = 0; i < c->count; i++) {
		const struct knot *k = &c->knots[i];
		add(t, "curriculum set t=%.17g mix=%.17g,%.17g,%.17g\n", k->t, k->mix[0], k->mix[1], k->mix[2]);
		kept = kept || k->t == base.knots[0].t;
	}
	if (!kept) add(t, "curriculum remove t=%.17g\n", base.knots[0].t);
}

size_t app_run_lines(const struct app *a, bool curriculum, char *out, size_t capacity) {
	char part[2 * PATH_MAX + 32];
	struct text t = {out, capacity, 0};
	app_data_line(a, part, sizeof part);
	add(&t, "%s\n", part);
	options_line(&a->options, app_classes(a), part, sizeof part);
	add(&t, "%s\n", part);
	if (curriculum) add_curriculum(&t, &a->curriculum);
	return t.at;
}

/* ---- the trainer ------------------------------------------------------------------------------------------------------ */

int app_resolve(const struct app *a, struct trainer_fixed *fixed, struct trainer_live *live) {
	return options_resolve(&a->options, &a->curriculum, app_classes(a), fixed, live);
}

void app_forget_data(struct app *a) {
	if (a->data) dataset_free(a->data);
	a->data = NULL;
	a->choice = (struct data_choice){.count = {SCENES_TRAIN, SCENES_VAL}};
	a->chosen = false;
}

/* The pointer changes under the lock; what takes time is done outside of it. */
static void swap_trainer(struct app *a, struct trainer *t) {
	viewing_settle(a);
	pthread_mutex_lock(&a->trainer_lock);
	struct trainer *old = a->trainer;
	a->trainer = t;
	pthread_mutex_unlock(&a->trainer_lock);
	trainer_free(old);
}

void app_drop_trainer(struct app *a) { swap_trainer(a, NULL); }

bool app_peek(struct app *a, struct snapshot *s, int64_t first, struct metric *rows, int capacity, int *got, int64_t *count) {
	pthread_mutex_lock(&a->trainer_lock);
	bool there = a->trainer != NULL;
	if (there) {
		trainer_drain(a->trainer);
		trainer_snapshot(a->trainer, s);
		*count = trainer_history_count(a->trainer);
		*got = trainer_history(a->trainer, first, rows, capacity);
	}
	pthread_mutex_unlock(&a->trainer_lock);
	return there;
}

/* options.json, and what the trainer's own checkpoints say. */
static int tell_run(struct app *a) {
	char lines[RUN_LINES_BYTES];
	if (!a->session.script) return 0;
	struct snapshot used;
	if (a->trainer) trainer_snapshot(a->trainer, &used);
	app_run_lines(a, false, lines, sizeof lines);
	int rc = session_options(&a->session, lines, &a->options, app_classes(a), a->trainer ? &used : NULL);
	return rc || !a->trainer ? rc : app_wait(a, trainer_set_run(a->trainer, a->session.dir, lines), NULL);
}

/* A GPU that can't be used is not passed over in silence. */
static void tell_passed_over(struct app *a) {
	struct snapshot s;
	trainer_snapshot(a->trainer, &s);
	if (!a->passed_over_told && *s.passed_over) fprintf(a->notes, "the GPU is not used: %s\n", s.passed_over);
	a->passed_over_told = true;
}

static int build_trainer(struct app *a, struct dataset *data) {
	struct trainer_fixed fixed;
	struct trainer_live live;
	sigset_t old;
	int rc = app_resolve(a, &fixed, &live);
	if (rc) return rc;
	app_drop_trainer(a);
	signals_block(&old); /* the threads that it starts inherit the mask */
	struct trainer *fresh = NULL;
	rc = trainer_new(&fresh, data, &fixed, &live, NULL);
	signals_unblock(&old);
	if (rc) return rc;
	swap_trainer(a, fresh);
	a->built = a->options;
	a->built_classes = app_classes(a);
	a->trainer_has_data = data != NULL;
	tell_passed_over(a);
	rc = tell_run(a);
	return rc ? rc : app_tell_breaks(a);
}

int app_trainer(struct app *a, bool with_data, struct trainer **out) {
	struct dataset *data = a->data;
	int rc = with_data ? app_data(a, &data) : 0;
	if (rc) return rc;
	if (!a->trainer || (with_data && !a->trainer_has_data)) {
		rc = build_trainer(a, data);
		if (!rc && *a->loaded) rc = app_wait(a, trainer_restore(a->trainer, a->loaded), NULL);
		if (rc) return app_drop_trainer(a), rc;
	}
	*out = a->trainer;
	return 0;
}

int app_tell_breaks(struct app *a) { return a->trainer ? app_wait(a, trainer_breaks(a->trainer, a->breaks, a->break_count), NULL) : 0; }

int64_t app_step(const struct app *a) {
	struct snapshot s = {.step = a->loaded_step}; /* a trainer that is to be rebuilt will load its file again */
	if (a->trainer) trainer_snapshot(a->trainer, &s);
	return s.step;
}

int app_load(struct app *a, const char *path, const struct options *options, const struct curriculum *curriculum) {
	struct options old_options = a->options;
	struct curriculum old_curriculum = a->curriculum;
	char old_path[PATH_MAX];
	struct trainer *t;
	memcpy(old_path, a->loaded, sizeof old_path);
	app_drop_trainer(a);
	a->options = *options;
	a->curriculum = *curriculum;
	snprintf(a->loaded, sizeof a->loaded, "%s", path);
	int rc = app_trainer(a, false, &t);
	if (rc) {
		a->options = old_options;
		a->curriculum = old_curriculum;
		memcpy(a->loaded, old_path, sizeof old_path);
		return rc;
	}
	a->loaded_step = a->saved_step = a->session.position = app_step(a);
	a->applied = a->loaded_step;
	return 0;
}

bool app_touched(const struct app *a) {
	struct snapshot s = {0};
	if (a->trainer) trainer_snapshot(a->trainer, &s);
	return *a->loaded || s.step > 0 || (a->trainer && s.state == TRAINER_RUNNING);
}

int app_wait(struct app *a, uint64_t ticket, struct answer *answer) {
	struct answer got;
	trainer_wait(a->trainer, ticket, -1, &got);
	if (answer) *answer = got;
	if (got.code) return err_set(got.code, "%s", got.message);
	a->applied = got.step;
	return 0;
}

int app_call(struct app *a, struct trainer *t, trainer_work work, void *context, struct answer *answer) {
	return app_wait(a, trainer_call(t, work, context), answer);
}

/* ---- options ------------------------------------------------------------------------------------------------------------ */

int app_configure(struct app *a, const struct options *options, const struct curriculum *curriculum, const char *what) {
	struct trainer_fixed fixed;
	struct trainer_live live;
	struct answer answer;
	int rc = options_resolve(options, curriculum, app_classes(a), &fixed, &live);
	int change = options_fixed_change(&a->options, app_classes(a), options, app_classes(a));
	int64_t step = app_step(a);
	if (rc) return rc;
	if (change >= 0 && app_touched(a))
		return err_set(ERR_STATE, "%s is fixed for the run, which is at step %lld%s (`reset` drops the run)",
		        option_at((enum option_id)change)->name, (long long)step, *a->loaded ? " with loaded weights" : "");
	if (live.total_steps < step)
		return err_set(ERR_ARGUMENT, "total_steps=%lld is behind the run, which is at step %lld (give more)",
		        (long long)live.total_steps, (long long)step);
	if (change >= 0) app_drop_trainer(a);
	if (a->trainer) {
		if ((rc = app_wait(a, trainer_configure(a->trainer, &live, what), &answer))) return rc;
		if (app_touched(a)) fprintf(a->out, "applies at step %lld: %s\n", (long long)answer.step, what);
	}
	int64_t applied = a->applied;
	a->options = *options;
	a->curriculum = *curriculum;
	rc = tell_run(a);
	a->applied = applied; /* what is told to the run is answered steps later; the script needs the step of the change */
	return rc;
}

/* ---- the run folder ------------------------------------------------------------------------------------------------------- */

int app_run_folder(struct app *a) {
	bool had = a->session.script != NULL;
	if (had) return 0;
	const char *data = a->choice.folder ? a->choice.root : "scenes";
	int rc = session_open(&a->session, data, model_presets[a->options.value[OPTION_PRESET].integer].name);
	if (!rc) fprintf(a->notes, "run folder: %s\n", a->session.dir);
	struct snapshot s;
	if (!rc && a->trainer) {
		trainer_snapshot(a->trainer, &s);
		fprintf(a->notes, "computing on %s\n", s.device);
	}
	return rc ? rc : tell_run(a);
}

int app_save(struct app *a, const char *path) {
	char lines[RUN_LINES_BYTES];
	struct trainer *t;
	struct answer answer;
	int rc = app_trainer(a, false, &t);
	if (!rc && !path) rc = app_run_folder(a);
	if (rc) return rc;
	app_run_lines(a, false, lines, sizeof lines);
	if ((rc = app_wait(a, trainer_save(t, path ? path : "", lines), &answer))) return rc;
	a->saved_step = answer.step;
	if (path) snprintf(a->named, sizeof a->named, "%s", path), a->named_step = answer.step;
	return 0;
}

int app_pause(struct app *a) {
	struct snapshot s;
	if (!a->trainer) return 0;
	int rc = app_wait(a, trainer_pause(a->trainer), NULL);
	trainer_snapshot(a->trainer, &s);
	if (!rc) session_reached(&a->session, s.step);
	return rc;
}

int app_leave(struct app *a) {
	struct snapshot s;
	if (!a->trainer) return 0;
	trainer_snapshot(a->trainer, &s);
	if (s.state == TRAINER_FAILED) return 0;
	int rc = app_pause(a);
	if (rc || !a->session.script || app_step(a) == 0 || app_step(a) == a->saved_step) return rc;
	if ((rc = app_save(a, NULL))) return rc;
	fprintf(a->notes, "step %lld is saved: %s/checkpoints/last.safetensors (`load` goes on with it)\n", (long long)a->saved_step,
	        a->session.dir);
	return 0;
}
