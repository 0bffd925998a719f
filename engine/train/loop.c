/* engine/train/loop.c -- the trainer thread: take requests, answer them, run steps in between, publish. */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/model/weights.h"
#include "engine/train/internal.h"
#include "engine/train/metrics.h"

double seconds_now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void trainer_wake(struct trainer *t) {
	ssize_t ignored = write(t->wake[1], "!", 1); /* full: the reader will wake anyway */
	(void)ignored;
}

void trainer_log(struct trainer *t, const char *format, ...) {
	if (!t->log) return;
	char when[32];
	time_t now = time(NULL);
	struct tm tm;
	strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", localtime_r(&now, &tm));
	fprintf(t->log, "%s step %lld: ", when, (long long)t->step);
	va_list args;
	va_start(args, format);
	vfprintf(t->log, format, args);
	va_end(args);
	fputc('\n', t->log);
	fflush(t->log);
}

static int64_t stop_step(const struct trainer *t) {
	return t->running && t->stop.kind == STOP_AT_STEP ? t->stop.step : t->running ? t->live.total_steps : t->step;
}

void trainer_publish(struct trainer *t, const char *message) {
	pthread_mutex_lock(&t->lock);
	struct snapshot *s = &t->snapshot;
	s->serial++;
	if (s->state != TRAINER_FAILED || t->running)
		s->state = t->running ? TRAINER_RUNNING : t->step >= t->live.total_steps ? TRAINER_FINISHED : TRAINER_PAUSED;
	s->step = t->step;
	s->total_steps = t->live.total_steps;
	s->target = stop_step(t);
	if (message) snprintf(s->message, sizeof s->message, "%s", message);
	pthread_mutex_unlock(&t->lock);
	trainer_wake(t);
}

/* Training stops here because something went wrong; the weights are those before the step. */
static void fail(struct trainer *t) {
	t->running = false;
	trainer_log(t, "stopped: %s", err_message());
	pthread_mutex_lock(&t->lock);
	t->snapshot.state = TRAINER_FAILED;
	pthread_mutex_unlock(&t->lock);
	trainer_publish(t, err_message());
}

/* --- the run's folder --- */

static int make_folder(const char *path) {
	if (mkdir(path, 0777) == 0 || errno == EEXIST) return 0;
	return err_set(ERR_FILE, "can't make the folder %s (%s)", path, strerror(errno));
}

static int set_run(struct trainer *t, const char *run, const char *options) {
	snprintf(t->options, sizeof t->options, "%s", options);
	if (strcmp(run, t->run) == 0) return 0;
	char inner[1100];
	int rc = make_folder(run);
	for (int i = 0; !rc && i < 2; i++) {
		snprintf(inner, sizeof inner, "%s/%s", run, i ? "figures" : "checkpoints");
		rc = make_folder(inner);
	}
	if (rc) return rc;
	snprintf(inner, sizeof inner, "%s/metrics.jsonl", run);
	FILE *metrics = fopen(inner, "ae");
	if (!metrics) return err_set(ERR_FILE, "can't append to %s (%s)", inner, strerror(errno));
	snprintf(inner, sizeof inner, "%s/log.txt", run);
	FILE *log = fopen(inner, "ae");
	if (!log) {
		rc = err_set(ERR_FILE, "can't append to %s (%s)", inner, strerror(errno));
		fclose(metrics);
		return rc;
	}
	if (t->metrics) fclose(t->metrics);
	if (t->log) fclose(t->log);
	t->metrics = metrics;
	t->log = log;
	snprintf(t->run, sizeof t->run, "%s", run);
	trainer_log(t, "computes on %s", t->device->name);
	if (*t->device->passed_over) trainer_log(t, "the GPU is not used: %s", t->device->passed_over);
	return 0;
}

static int save(struct trainer *t, const char *path, const char *options) {
	static struct checkpoint_info info; /* the trainer thread's alone; too large for a stack */
	info = (struct checkpoint_info){.full = true, .step = t->step, .seed = t->fixed.seed, .batch = t->fixed.batch, .time_s = t->time_s,
		.curriculum = t->live.curriculum};
	snprintf(info.device, sizeof info.device, "%s", t->device->kind);
	snprintf(info.precision, sizeof info.precision, "%s", t->device->precision);
	snprintf(info.options, sizeof info.options, "%s", options);
	/* Only this thread writes the history, so reading it needs no lock. */
	int rc = checkpoint_save(t->model, path, &info, t->history, t->history_count);
	if (!rc) trainer_log(t, "saved %s", path);
	return rc;
}

/* checkpoints/step-000120.safetensors, and last.safetensors pointing at it. */
static int save_in_run(struct trainer *t) {
	if (!t->run[0]) return 0;
	char name[64], path[1100], link[1100], fresh[1110];
	snprintf(name, sizeof name, "step-%06lld.safetensors", (long long)t->step);
	snprintf(path, sizeof path, "%s/checkpoints/%s", t->run, name);
	int rc = save(t, path, t->options);
	if (rc) return rc;
	snprintf(link, sizeof link, "%s/checkpoints/last.safetensors", t->run);
	snprintf(fresh, sizeof fresh, "%s.new", link);
	unlink(fresh);
	if (symlink(name, fresh) != 0 || rename(fresh, link) != 0)
		return err_set(ERR_FILE, "%s was saved, but %s can't point at it (%s)", path, link, strerror(errno));
	return 0;
}

/* --- requests --- */

static int keep_change(struct trainer *t, const struct trainer_live *live) {
	pthread_mutex_lock(&t->lock);
	struct live_change *last = &t->changes[t->change_count - 1];
	int rc = 0;
	if (last->step == t->step) {
		last->live = *live;
	} else {
		struct live_change *more = realloc(t->changes, ((size_t)t->change_count + 1) * sizeof *more);
		if (more) {
			t->changes = more;
			t->changes[t->change_count++] = (struct live_change){t->step, *live};
		} else {
			rc = ERR_MEMORY;
		}
	}
	pthread_mutex_unlock(&t->lock);
	if (rc) return err_set(rc, "no memory to record the change (nothing was changed)");
	t->live = *live;
	return 0;
}

static int configure(struct trainer *t, const struct trainer_live *live, const char *what) {
	if (live->total_steps < t->step || live->total_steps < 1)
		return err_set(ERR_ARGUMENT, "total_steps=%lld is less than the %lld steps already done (give a larger one)", (long long)live->total_steps, (long long)t->step);
	struct mask_options mask = trainer_mask_options(&t->fixed, live);
	int rc = mask_options_check(&mask);
	if (!rc) rc = keep_change(t, live);
	if (rc) return rc;
	t->prepared = false; /* the next step's masks are drawn again: it sees the change */
	if (live->eval_samples != t->live.eval_samples) probe_free(t->probe), t->probe = NULL, t->probe_tried = false;
	trainer_log(t, "%s", what);
	return 0;
}

bool trainer_reached(const struct trainer *t, int64_t step) {
	if (step >= t->live.total_steps) return true;
	if (t->stop.kind == STOP_AT_STEP) return step >= t->stop.step;
	if (t->stop.kind == STOP_IF) return t->met && step == t->step;
	return curriculum_phase(&t->live.curriculum, (double)step / (double)t->live.total_steps) == t->stop.phase;
}

static int start_running(struct trainer *t, const struct stop *stop) {
	if (!t->dataset) return err_set(ERR_STATE, "there is no data to train on (data open DIR, or data scenes)");
	if (t->step >= t->live.total_steps)
		return err_set(ERR_STATE, "the run's %lld steps are done (set total_steps=N to go on)", (long long)t->live.total_steps);
	struct stop before = t->stop;
	t->stop = *stop;
	t->met = false;
	if (trainer_reached(t, t->step)) {
		t->stop = before;
		if (stop->kind == STOP_AT_STEP) return err_set(ERR_STATE, "step %lld is already reached (the run is at step %lld)", (long long)stop->step, (long long)t->step);
		return err_set(ERR_STATE, "the run is already in phase %s", mask_source_name[stop->phase]);
	}
	int rc = step_prepare(t);
	if (rc) return rc;
	t->running = true;
	pthread_mutex_lock(&t->lock);
	t->snapshot.break_text[0] = '\0';
	pthread_mutex_unlock(&t->lock);
	trainer_log(t, "training");
	return 0;
}

static void forget_measurements(struct snapshot *s) {
	s->smooth_total = s->step_ms = s->wait_ms = s->steps_per_s = s->images_per_s = 0;
	for (int g = 0; g < GRANULARITIES; g++) s->smooth[g] = 0;
	s->val_step = -1;
}

static void adopt_history(struct trainer *t, struct metric *history, int64_t count) {
	pthread_mutex_lock(&t->lock);
	free(t->history);
	t->history = history;
	t->history_count = t->history_capacity = count;
	struct snapshot *s = &t->snapshot;
	forget_measurements(s);
	s->first = count ? history[0] : (struct metric){0};
	s->last = count ? history[count - 1] : (struct metric){0};
	for (int64_t i = count; i-- > 0;) {
		if (!history[i].evaluated) continue;
		s->val_step = history[i].step;
		memcpy(s->val, history[i].val, sizeof s->val);
		break;
	}
	if (s->state == TRAINER_FAILED) s->state = TRAINER_PAUSED, s->message[0] = '\0';
	pthread_mutex_unlock(&t->lock);
}

static int restore(struct trainer *t, const char *path) {
	static struct checkpoint_info info;
	int rc = checkpoint_read_info(path, &info);
	if (rc) return rc;
	if (!info.full) return weights_load(t->model, path);
	if (info.seed != t->fixed.seed || info.batch != t->fixed.batch)
		return err_set(ERR_STATE, "%s was made with seed=%llu batch=%d, this run has seed=%llu batch=%d (set them so, or export its weights)", path,
		               (unsigned long long)info.seed, info.batch, (unsigned long long)t->fixed.seed, t->fixed.batch);
	if (info.step > t->live.total_steps)
		return err_set(ERR_STATE, "%s is at step %lld, past this run's total_steps=%lld (set total_steps first)", path, (long long)info.step, (long long)t->live.total_steps);
	struct metric *history;
	int64_t count;
	rc = checkpoint_restore(t->model, path, &history, &count);
	if (rc) return rc;
	adopt_history(t, history, count);
	t->running = false;
	t->step = info.step;
	t->time_s = info.time_s;
	struct trainer_live live = t->live;
	live.curriculum = info.curriculum;
	pthread_mutex_lock(&t->lock);
	t->change_count = 1;
	t->changes[0] = (struct live_change){0, live};
	pthread_mutex_unlock(&t->lock);
	t->live = live;
	if (t->loader) rc = step_seek(t);
	trainer_log(t, "continues from %s", path);
	return rc;
}

static int call(struct trainer *t, trainer_work work, void *context) {
	struct trainer_access a = {t, t->model, t->workspace, &t->spare, t->dataset, &t->fixed, &t->live, t->step, t->stepped ? t->last : NULL};
	return work(&a, context);
}

static int handle(struct trainer *t, struct request *r) {
	switch (r->kind) {
	case REQUEST_RUN: return start_running(t, &r->stop);
	case REQUEST_PAUSE:
		if (t->running) trainer_log(t, "paused");
		t->running = false;
		return 0;
	case REQUEST_CONFIGURE: return configure(t, &r->live, r->text);
	case REQUEST_CALL: return call(t, r->work, r->context);
	case REQUEST_SAVE: return r->path[0] ? save(t, r->path, r->text) : save_in_run(t);
	case REQUEST_RESTORE: return restore(t, r->path);
	case REQUEST_EXPORT: return weights_save(t->model, r->path);
	case REQUEST_BREAKS:
		memcpy(t->breaks, r->breaks, sizeof t->breaks);
		t->break_count = r->break_count;
		return 0;
	case REQUEST_SET_RUN: return set_run(t, r->path, r->text);
	}
	return err_set(ERR_STATE, "an unknown request");
}

static void answer_all(struct trainer *t, struct request_list *taken) {
	for (struct request *r; (r = request_take(taken));) {
		int rc = handle(t, r);
		r->answer.code = rc;
		r->answer.step = t->step;
		if (rc) snprintf(r->answer.message, sizeof r->answer.message, "%s", err_message());
		/* Published first: whoever reads the answer also sees what it did. */
		trainer_publish(t, NULL);
		pthread_mutex_lock(&t->lock);
		request_append(&t->answers, r);
		pthread_cond_broadcast(&t->answered);
		pthread_mutex_unlock(&t->lock);
		trainer_wake(t);
	}
}

/* --- the thread --- */

static void finish(struct trainer *t) {
	t->running = false;
	bool whole = t->step >= t->live.total_steps;
	if (whole && t->live.eval_every > 0) {
		struct metric m = {.step = t->step, .time_s = t->time_s};
		if (step_evaluate(t, &m)) trainer_log(t, "%s", err_message());
		else if (m.evaluated && t->metrics) metrics_write(t->metrics, &m, t->fixed.model.active, true);
	}
	trainer_log(t, whole ? "finished" : "reached the step asked for");
	int rc = whole ? save_in_run(t) : 0;
	trainer_publish(t, rc ? err_message() : NULL);
}

static int open_all(struct trainer *t) {
	int rc = device_open(&t->device, t->fixed.device, t->fixed.precision, t->fixed.threads);
	if (!rc) rc = model_new(&t->model, t->device, &t->fixed.model, t->fixed.seed, true);
	pthread_mutex_lock(&t->lock);
	t->ready = true;
	t->start_code = rc;
	if (rc) snprintf(t->start_message, sizeof t->start_message, "%s", err_message());
	else {
		struct snapshot *s = &t->snapshot;
		snprintf(s->device, sizeof s->device, "%s", t->device->name);
		snprintf(s->kind, sizeof s->kind, "%s", t->device->kind);
		snprintf(s->precision, sizeof s->precision, "%s", t->device->precision);
		snprintf(s->passed_over, sizeof s->passed_over, "%s", t->device->passed_over);
	}
	t->snapshot.val_step = -1;
	t->snapshot.total_steps = t->live.total_steps;
	pthread_cond_broadcast(&t->answered);
	pthread_mutex_unlock(&t->lock);
	return rc;
}

static void close_all(struct trainer *t) {
	step_release(t);
	model_free(t->model);
	device_close(t->device);
	if (t->metrics) fclose(t->metrics);
	if (t->log) fclose(t->log);
}

void *trainer_main(void *trainer) {
	struct trainer *t = trainer;
	int rc = open_all(t);
	while (!rc) {
		pthread_mutex_lock(&t->lock);
		while (!t->quit && !t->queue.head && !t->running) pthread_cond_wait(&t->posted, &t->lock);
		bool quit = t->quit;
		struct request_list taken = t->queue;
		t->queue = (struct request_list){0};
		pthread_mutex_unlock(&t->lock);
		answer_all(t, &taken);
		if (quit) break;
		if (!t->running) continue;
		if (step_once(t)) fail(t);
		else if (trainer_reached(t, t->step)) finish(t);
		else if (t->live.save_every > 0 && t->step % t->live.save_every == 0 && save_in_run(t)) trainer_publish(t, err_message());
	}
	close_all(t);
	return NULL;
}
