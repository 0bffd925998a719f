#include "app/progress.h"

#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "app/app.h"
#include "app/signals.h"
#include "engine/base/err.h"
#include "tui/view.h"

static const double FIRST_S = 0.5 /* before a line is shown */, REWRITE_S = 0.1 /* on a terminal */, LINE_S = 10 /* in a log */;

double seconds_monotonic(void) {
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

void duration_format(double seconds, char *out, size_t capacity) {
	long long s = seconds < 0 ? 0 : seconds > 1e9 ? 1000000000 : (long long)(seconds + 0.5);
	if (s >= 3600) snprintf(out, capacity, "%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
	else snprintf(out, capacity, "%lld:%02lld", s / 60, s % 60);
}

/* ---- any long command ------------------------------------------------------------------------------------------------------ */

static void look(const struct progress_told *t, struct view_progress *out) {
	double took = seconds_monotonic() - t->began;
	*out = (struct view_progress){.active = t->active, .done = t->done, .of = t->of};
	memcpy(out->what, t->what, sizeof out->what);
	memcpy(out->unit, t->unit, sizeof out->unit);
	if (t->done > 0 && took > 0) out->rate = (double)t->done / took;
	if (out->rate > 0) out->left_s = (double)(t->of - t->done) / out->rate;
}

void progress_look(struct app *a, struct view_progress *out) {
	pthread_mutex_lock(&a->progress_lock);
	look(&a->progress, out);
	pthread_mutex_unlock(&a->progress_lock);
}

void progress_tell(struct app *a, const char *what, const char *unit, int64_t done, int64_t of) {
	struct progress_told *t = &a->progress;
	struct view_progress now;
	double clock = seconds_monotonic();
	pthread_mutex_lock(&a->progress_lock);
	if (!t->active || strcmp(t->what, what) != 0) {
		*t = (struct progress_told){.active = true, .began = clock, .shown = clock + FIRST_S - REWRITE_S};
		snprintf(t->what, sizeof t->what, "%s", what);
	}
	snprintf(t->unit, sizeof t->unit, "%s", unit);
	t->done = done;
	t->of = of;
	bool line = !a->ui && clock - t->shown >= REWRITE_S && isatty(fileno(a->notes));
	if (line) t->shown = clock;
	look(t, &now);
	pthread_mutex_unlock(&a->progress_lock);
	if (!line) return;
	char left[32];
	duration_format(now.left_s, left, sizeof left);
	fprintf(a->notes, "\r\033[K%s: %lld of %lld %s, %.1f a second, %s left", now.what, (long long)now.done, (long long)now.of, now.unit, now.rate, left);
	fflush(a->notes);
}

void progress_end(struct app *a) {
	pthread_mutex_lock(&a->progress_lock);
	bool line = a->progress.active && a->progress.shown > a->progress.began + FIRST_S - REWRITE_S;
	a->progress.active = false;
	pthread_mutex_unlock(&a->progress_lock);
	if (line) fprintf(a->notes, "\r\033[K");
}

/* ---- training ---------------------------------------------------------------------------------------------------------------- */

size_t progress_result(const struct snapshot *s, char *out, size_t capacity) {
	return (size_t)snprintf(out, capacity, "step %lld of %lld: semseg %.4f, instance %.4f, rgb %.4f, total %.4f", (long long)s->step,
	        (long long)s->total_steps, s->last.loss[SEMSEG], s->last.loss[INSTANCE], s->last.loss[RGB], s->last.total);
}

bool progress_announce(struct app *a, char *out, size_t capacity) {
	struct snapshot s;
	if (!a->trainer || !a->announce) return false;
	trainer_snapshot(a->trainer, &s);
	if (s.state == TRAINER_RUNNING) return false;
	a->announce = false;
	session_reached(&a->session, s.step);
	if (s.state == TRAINER_FAILED) {
		snprintf(out, capacity, "training stopped: %s", s.message);
		return true;
	}
	size_t at = (size_t)snprintf(out, capacity, "%s", s.state == TRAINER_FINISHED ? "finished: " : "");
	if (*s.break_text)
		at += (size_t)snprintf(out + at, capacity - at, "break if %s (%.4g) behind step %lld; `break show` lists its batch\n", s.break_text, s.break_value, (long long)s.step - 1);
	progress_result(&s, out + at, capacity - at);
	if (s.state == TRAINER_FINISHED) a->saved_step = s.step;
	return true;
}

struct progress {
	double began, shown;
	int64_t from, shown_step;
	bool terminal, drawn;
};

static void show(struct app *a, struct progress *p, const struct snapshot *s) {
	char left[32], line[512];
	struct winsize size = {0};
	double now = seconds_monotonic();
	int64_t tenth = (s->target - p->from) / 10;
	bool due = p->terminal ? now - p->shown >= REWRITE_S
	                       : now - p->shown >= LINE_S || (tenth > 0 && s->step - p->shown_step >= tenth && now - p->shown >= 1);
	if (!due || s->step == p->shown_step) return;
	duration_format(s->steps_per_s > 0 ? (double)(s->target - s->step) / s->steps_per_s : 0, left, sizeof left);
	snprintf(line, sizeof line, "step %lld/%lld  semseg %.3f  instance %.3f  rgb %.3f  %.1f steps/s  %.0f images/s  %s left",
	        (long long)s->step, (long long)s->target, s->smooth[SEMSEG], s->smooth[INSTANCE], s->smooth[RGB], s->steps_per_s,
	        s->images_per_s, left);
	if (p->terminal && ioctl(fileno(a->notes), TIOCGWINSZ, &size) == 0 && size.ws_col > 1 && size.ws_col <= sizeof line)
		line[size.ws_col - 1] = '\0';
	fprintf(a->notes, p->terminal ? "\r\033[K%s" : "%s\n", line);
	fflush(a->notes);
	p->shown = now;
	p->shown_step = s->step;
	p->drawn = p->terminal;
}

static int conclude(struct app *a, const struct progress *p, const struct snapshot *s) {
	char result[256];
	double took = seconds_monotonic() - p->began;
	int64_t steps = s->step - p->from;
	if (p->drawn) fprintf(a->notes, "\r\033[K");
	session_reached(&a->session, s->step);
	if (s->state == TRAINER_FAILED) return err_set(ERR_STATE, "training stopped: %s", s->message);
	progress_result(s, result, sizeof result);
	if (*s->break_text) fprintf(a->out, "break if %s (%.4g) behind step %lld\n", s->break_text, s->break_value, (long long)s->step - 1);
	double rate = took > 0 ? (double)steps / took : 0;
	fprintf(a->out, "%s%s (%.1f s, %.1f steps/s, %.0f images/s)\n", s->state == TRAINER_FINISHED ? "finished: " : "", result, took, rate,
	        rate * trainer_fixed(a->trainer)->batch);
	return 0;
}

int progress_wait(struct app *a) {
	struct snapshot s;
	struct pollfd fds[2] = {{.fd = trainer_fd(a->trainer), .events = POLLIN}, {.fd = signals_fd(), .events = POLLIN}};
	trainer_snapshot(a->trainer, &s);
	struct progress p = {.began = seconds_monotonic(), .shown = seconds_monotonic(), .from = s.step, .shown_step = s.step,
	                     .terminal = isatty(fileno(a->notes))};
	while (s.state == TRAINER_RUNNING && !app_interrupted()) {
		poll(fds, 2, 1000);
		trainer_drain(a->trainer);
		trainer_snapshot(a->trainer, &s);
		show(a, &p, &s);
		if (a->ui) progress_tell(a, "training", "steps", s.step - p.from, s.target - p.from);
	}
	progress_end(a);
	bool interrupted = s.state == TRAINER_RUNNING;
	if (interrupted) {
		int rc = app_pause(a);
		if (rc) return rc;
		trainer_snapshot(a->trainer, &s);
	}
	if (!interrupted && s.state == TRAINER_FINISHED && a->session.script)
		a->saved_step = s.step; /* the trainer saves at the end of a run */
	int rc = conclude(a, &p, &s);
	return rc || !interrupted ? rc : err_set(ERR_CANCELLED, "training was stopped by a signal at step %lld", (long long)s.step);
}
