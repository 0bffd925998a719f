/* engine/train/trainer.c -- the controlling thread's side: start, stop, requests, answers, copies of what was published. */
#include "engine/train/trainer.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/train/internal.h"

double trainer_lr(const struct trainer_live *live, int64_t step) {
	double total = (double)live->total_steps, warm = floor(total * live->warmup), s = (double)step;
	if (s < warm) return live->warmup_lr + (live->lr - live->warmup_lr) * s / warm;
	if (s >= total) return 0;
	return 0.5 * live->lr * (1 + cos(M_PI * (s - warm) / (total - warm)));
}

void trainer_mix(const struct trainer_live *live, int64_t step, double mix[SOURCES]) {
	curriculum_at(&live->curriculum, (double)step / (double)live->total_steps, mix);
}

struct mask_options trainer_mask_options(const struct trainer_fixed *fixed, const struct trainer_live *live) {
	struct mask_options o = live->mask;
	o.side = config_side(&fixed->model);
	for (int g = 0; g < GRANULARITIES; g++) o.active[g] = fixed->model.active[g];
	o.visible = fixed->visible;
	o.classes = fixed->model.classes;
	o.seed = fixed->seed;
	return o;
}

void request_append(struct request_list *l, struct request *r) {
	r->next = NULL;
	if (l->tail) l->tail->next = r;
	else l->head = r;
	l->tail = r;
}

struct request *request_take(struct request_list *l) {
	struct request *r = l->head;
	if (!r) return NULL;
	l->head = r->next;
	if (!l->head) l->tail = NULL;
	return r;
}

static void request_free_all(struct request_list *l) {
	for (struct request *r; (r = request_take(l));) free(r);
}

static void trainer_dispose(struct trainer *t) {
	request_free_all(&t->queue);
	request_free_all(&t->answers);
	free(t->history);
	free(t->changes);
	if (t->wake[0] >= 0) close(t->wake[0]);
	if (t->wake[1] >= 0) close(t->wake[1]);
	pthread_mutex_destroy(&t->lock);
	pthread_cond_destroy(&t->posted);
	pthread_cond_destroy(&t->answered);
	free(t);
}

/* The thread, and every thread that it starts (OpenMP's, the loader's), leaves the signals to the main loop. */
static int start_thread(struct trainer *t) {
	sigset_t block, old;
	sigemptyset(&block);
	const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP};
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) sigaddset(&block, signals[i]);
	pthread_sigmask(SIG_BLOCK, &block, &old);
	int rc = pthread_create(&t->thread, NULL, trainer_main, t);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return rc == 0 ? 0 : err_set(ERR_STATE, "the training thread could not be started (%s)", strerror(rc));
}

int trainer_new(struct trainer **out, struct dataset *dataset, const struct trainer_fixed *fixed, const struct trainer_live *live, const char *run) {
	*out = NULL;
	struct trainer *t = calloc(1, sizeof *t);
	if (!t) return err_set(ERR_MEMORY, "no memory for the trainer");
	t->fixed = *fixed;
	t->live = *live;
	t->dataset = dataset;
	t->wake[0] = t->wake[1] = -1;
	pthread_mutex_init(&t->lock, NULL);
	pthread_condattr_t monotonic;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&t->posted, &monotonic);
	pthread_cond_init(&t->answered, &monotonic);
	pthread_condattr_destroy(&monotonic);

	int rc = 0;
	t->changes = malloc(sizeof *t->changes);
	if (!t->changes) rc = err_set(ERR_MEMORY, "no memory for the trainer");
	else if (pipe2(t->wake, O_NONBLOCK | O_CLOEXEC) != 0) rc = err_set(ERR_FILE, "no wake pipe (%s)", strerror(errno));
	if (!rc) {
		t->changes[0] = (struct live_change){0, *live};
		t->change_count = 1;
		rc = start_thread(t);
	}
	if (rc) {
		trainer_dispose(t);
		return rc;
	}
	pthread_mutex_lock(&t->lock);
	while (!t->ready) pthread_cond_wait(&t->answered, &t->lock);
	rc = t->start_code;
	pthread_mutex_unlock(&t->lock);
	if (rc) {
		pthread_join(t->thread, NULL);
		rc = err_set(rc, "%s", t->start_message);
		trainer_dispose(t);
		return rc;
	}
	*out = t;
	if (run) trainer_set_run(t, run, "");
	return 0;
}

void trainer_free(struct trainer *t) {
	if (!t) return;
	pthread_mutex_lock(&t->lock);
	t->quit = true;
	pthread_cond_signal(&t->posted);
	pthread_mutex_unlock(&t->lock);
	pthread_join(t->thread, NULL);
	trainer_dispose(t);
}

int trainer_fd(const struct trainer *t) { return t->wake[0]; }

void trainer_drain(struct trainer *t) {
	char sink[256];
	while (read(t->wake[0], sink, sizeof sink) > 0) continue;
}

void trainer_snapshot(struct trainer *t, struct snapshot *out) {
	pthread_mutex_lock(&t->lock);
	*out = t->snapshot;
	pthread_mutex_unlock(&t->lock);
}

int64_t trainer_history_count(struct trainer *t) {
	pthread_mutex_lock(&t->lock);
	int64_t n = t->history_count;
	pthread_mutex_unlock(&t->lock);
	return n;
}

int trainer_history(struct trainer *t, int64_t first, struct metric *out, int capacity) {
	pthread_mutex_lock(&t->lock);
	int64_t n = first < 0 || first >= t->history_count ? 0 : t->history_count - first;
	if (n > capacity) n = capacity;
	if (n > 0) memcpy(out, t->history + first, (size_t)n * sizeof *out);
	pthread_mutex_unlock(&t->lock);
	return (int)n;
}

const struct trainer_fixed *trainer_fixed(const struct trainer *t) { return &t->fixed; }

void trainer_live_at(struct trainer *t, int64_t step, struct trainer_live *out) {
	pthread_mutex_lock(&t->lock);
	int i = t->change_count - 1;
	while (i > 0 && t->changes[i].step > step) i--;
	*out = t->changes[i].live;
	pthread_mutex_unlock(&t->lock);
}

void trainer_live_copy(struct trainer *t, struct trainer_live *out) { trainer_live_at(t, INT64_MAX, out); }

/* --- requests --- */

static uint64_t post(struct trainer *t, const struct request *request) {
	struct request *r = malloc(sizeof *r);
	if (!r) return 0; /* ticket 0 is never answered: trainer_wait() says so */
	*r = *request;
	pthread_mutex_lock(&t->lock);
	uint64_t ticket = ++t->tickets;
	r->answer = (struct answer){.ticket = ticket};
	request_append(&t->queue, r);
	pthread_cond_signal(&t->posted);
	pthread_mutex_unlock(&t->lock);
	return ticket;
}

static uint64_t post_text(struct trainer *t, enum request_kind kind, const char *path, const char *text) {
	struct request r = {.kind = kind};
	snprintf(r.path, sizeof r.path, "%s", path ? path : "");
	snprintf(r.text, sizeof r.text, "%s", text ? text : "");
	return post(t, &r);
}

uint64_t trainer_run(struct trainer *t, const struct stop *until) { return post(t, &(struct request){.kind = REQUEST_RUN, .stop = *until}); }
uint64_t trainer_pause(struct trainer *t) { return post(t, &(struct request){.kind = REQUEST_PAUSE}); }

uint64_t trainer_configure(struct trainer *t, const struct trainer_live *live, const char *what) {
	struct request r = {.kind = REQUEST_CONFIGURE, .live = *live};
	snprintf(r.text, sizeof r.text, "%s", what ? what : "");
	return post(t, &r);
}

uint64_t trainer_breaks(struct trainer *t, const struct condition *conditions, int count) {
	struct request r = {.kind = REQUEST_BREAKS, .break_count = count};
	memcpy(r.breaks, conditions, sizeof *conditions * (size_t)count);
	return post(t, &r);
}

uint64_t trainer_call(struct trainer *t, trainer_work work, void *context) {
	return post(t, &(struct request){.kind = REQUEST_CALL, .work = work, .context = context});
}

uint64_t trainer_save(struct trainer *t, const char *path, const char *options) { return post_text(t, REQUEST_SAVE, path, options); }
uint64_t trainer_restore(struct trainer *t, const char *path) { return post_text(t, REQUEST_RESTORE, path, NULL); }
uint64_t trainer_export(struct trainer *t, const char *path) { return post_text(t, REQUEST_EXPORT, path, NULL); }
uint64_t trainer_set_run(struct trainer *t, const char *run, const char *options) { return post_text(t, REQUEST_SET_RUN, run, options); }

bool trainer_answer(struct trainer *t, struct answer *out) {
	pthread_mutex_lock(&t->lock);
	struct request *r = request_take(&t->answers);
	pthread_mutex_unlock(&t->lock);
	if (!r) return false;
	*out = r->answer;
	free(r);
	return true;
}

/* Takes TICKET's answer out of the list, wherever it stands; under LOCK. */
static struct request *take_ticket(struct request_list *l, uint64_t ticket) {
	struct request_list kept = {0};
	struct request *found = NULL;
	for (struct request *r; (r = request_take(l));) {
		if (r->answer.ticket == ticket) found = r;
		else request_append(&kept, r);
	}
	*l = kept;
	return found;
}

bool trainer_wait(struct trainer *t, uint64_t ticket, int timeout_ms, struct answer *out) {
	if (ticket == 0) {
		*out = (struct answer){.code = ERR_MEMORY, .message = "no memory to ask the trainer"};
		return true;
	}
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += timeout_ms / 1000;
	until.tv_nsec += timeout_ms % 1000 * 1000000L;
	if (until.tv_nsec >= 1000000000L) until.tv_sec++, until.tv_nsec -= 1000000000L;
	struct request *r;
	pthread_mutex_lock(&t->lock);
	while (!(r = take_ticket(&t->answers, ticket))) {
		int rc = timeout_ms < 0 ? pthread_cond_wait(&t->answered, &t->lock) : pthread_cond_timedwait(&t->answered, &t->lock, &until);
		if (rc == ETIMEDOUT) break;
	}
	pthread_mutex_unlock(&t->lock);
	if (!r) return false;
	*out = r->answer;
	free(r);
	return true;
}
