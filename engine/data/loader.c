/* A ring of batches. The threads take one sample position after another, in order, and fill it in; the trainer holds the oldest batch
 * (FLOOR) while those up to FLOOR + slots - 1 are made. A batch is done when none of its samples is LEFT. */
#include "engine/data/loader.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "engine/base/err.h"

enum {
	THREADS_MAX = 64,
	THREADS_CHOSEN_MAX = 16,
	AHEAD_MAX = 64,
	NICENESS = 10,             /* against a compute thread on the same core: a tenth of its share */
	COMPLAINTS = 32,
	SENTENCE_BYTES = 512,
	LARGE_BATCH_BYTES = 16 << 20,
};

struct slot {
	struct batch batch;
	int left;                  /* samples to be made yet; -1: holds no batch */
	int code;                  /* of the first sample that failed, and its sentence */
	char why[SENTENCE_BYTES];
};

struct loader {
	struct dataset *dataset;   /* borrowed; read-only here, as all up to SLOT */
	struct loader_config config;
	int samples, slots, threads;
	pthread_t *thread;
	atomic_bool stop;          /* give up the sample at work: its slot is about to go */
	atomic_uchar *broken;      /* [samples]: could not be read, and was complained of */

	pthread_mutex_t lock;      /* guards all below; a slot's buffers belong to the threads until LEFT is 0, then to the trainer */
	pthread_cond_t room, done, idle;
	struct slot *slot;         /* [slots]; step s in slot s % slots */
	struct order *order;
	int64_t taken;             /* the next sample position to be made */
	int64_t floor, next;       /* the oldest step that is in use or wanted; the step that loader_next() gives */
	int busy;                  /* threads at work on a sample */
	bool hold, quit;
	char complaint[COMPLAINTS][SENTENCE_BYTES];
	int complaints, complaints_given, complaints_dropped;
};

static size_t rgb_bytes(const struct sample_shape *s) { return (size_t)s->image_size * (size_t)s->image_size * 3; }

static size_t grid_bytes(const struct sample_shape *s) {
	size_t side = (size_t)(s->image_size / s->patch * CELLS_SIDE);
	return side * side;
}

/* --- a thread --- */

static void complain(struct loader *l, int index) {
	pthread_mutex_lock(&l->lock);
	/* Two threads may meet the same broken file at once: the first one speaks. */
	if (!atomic_exchange(&l->broken[index], 1)) {
		if (l->complaints - l->complaints_given < COMPLAINTS)
			snprintf(l->complaint[l->complaints++ % COMPLAINTS], SENTENCE_BYTES,
			         "train/%d is left out, the next sample takes its place: %s", index, err_message());
		else l->complaints_dropped++;
	}
	pthread_mutex_unlock(&l->lock);
}

/* Sample INDEX, or the first after it that can be read, into place J of the batch. */
static int make_sample(struct loader *l, struct batch *b, int j, int index, int epoch) {
	const struct sample_shape *shape = &l->config.shape;
	size_t pixels = rgb_bytes(shape), cells = grid_bytes(shape);
	for (int k = 0; k < l->samples; k++) {
		int at = (int)(((int64_t)index + k) % l->samples);
		if (atomic_load(&l->stop)) return err_set(ERR_CANCELLED, "loading was stopped");
		if (atomic_load(&l->broken[at])) continue;
		int rc = sample_load(l->dataset, TRAIN, at, epoch, l->config.seed, shape, b->rgb + (size_t)j * pixels,
		                     b->labels[INSTANCE] + (size_t)j * cells, b->labels[SEMSEG] + (size_t)j * cells);
		if (rc == 0) {
			b->index[j] = at;
			b->epoch[j] = epoch;
			return 0;
		}
		if (rc != ERR_FILE && rc != ERR_FORMAT) return rc; /* not the file's fault */
		complain(l, at);
	}
	return err_set(ERR_FORMAT, "none of the %d training samples of %s can be read (the log says why)", l->samples, dataset_name(l->dataset));
}

static bool may_take(const struct loader *l) { return !l->hold && l->taken / l->config.batch < l->floor + l->slots; }

/* Takes the next position and makes its sample; the lock is held at entry and at return, not between. */
static void work(struct loader *l) {
	int64_t position = l->taken++, step = position / l->config.batch;
	int j = (int)(position % l->config.batch), epoch, index = order_at(l->order, position, &epoch);
	struct slot *s = &l->slot[step % l->slots];
	if (j == 0) {
		s->batch.step = step;
		s->left = l->config.batch;
		s->code = 0;
	}
	l->busy++;
	pthread_mutex_unlock(&l->lock);
	int rc = make_sample(l, &s->batch, j, index, epoch);
	pthread_mutex_lock(&l->lock);
	if (rc != 0 && s->code == 0) {
		s->code = rc;
		snprintf(s->why, sizeof s->why, "%s", err_message());
	}
	if (--s->left == 0) pthread_cond_signal(&l->done);
	if (--l->busy == 0) pthread_cond_signal(&l->idle);
}

static void *thread_main(void *context) {
	struct loader *l = context;
	setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + NICENESS); /* on Linux: this thread alone */
	pthread_mutex_lock(&l->lock);
	for (;;) {
		while (!l->quit && !may_take(l)) pthread_cond_wait(&l->room, &l->lock);
		if (l->quit) break;
		work(l);
	}
	pthread_mutex_unlock(&l->lock);
	return NULL;
}

/* --- making and freeing --- */

static int count_cores(void) {
	cpu_set_t set;
	return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

static void *plain_alloc(void *context, size_t bytes) { return (void)context, malloc(bytes); }
static void plain_free(void *context, void *p) { (void)context, free(p); }

static void *slot_alloc(const struct loader *l, size_t bytes) { return l->config.alloc(l->config.context, bytes); }
static void slot_free(const struct loader *l, void *p) { if (p) l->config.free(l->config.context, p); }

static int slots_new(struct loader *l) {
	size_t n = (size_t)l->config.batch, pixels = rgb_bytes(&l->config.shape), cells = grid_bytes(&l->config.shape);
	l->slot = calloc((size_t)l->slots, sizeof *l->slot);
	for (int i = 0; l->slot && i < l->slots; i++) {
		struct batch *b = &l->slot[i].batch;
		l->slot[i].left = -1;
		*b = (struct batch){.count = l->config.batch, .rgb = slot_alloc(l, n * pixels), .labels = {slot_alloc(l, n * cells), slot_alloc(l, n * cells)},
		                    .index = malloc(n * sizeof *b->index), .epoch = malloc(n * sizeof *b->epoch)};
		if (!b->rgb || !b->index || !b->epoch || !b->labels[SEMSEG] || !b->labels[INSTANCE]) break;
		if (i == l->slots - 1) return 0;
	}
	return err_set(ERR_MEMORY, "no memory for %d batches of %d images (try a smaller batch)", l->slots, l->config.batch);
}

/* The threads inherit a mask that blocks every signal: the program's handlers run in its main thread. */
static int start_threads(struct loader *l) {
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int rc = 0, wanted = l->config.threads;
	l->thread = malloc((size_t)wanted * sizeof *l->thread);
	while (l->thread && l->threads < wanted && rc == 0) {
		rc = pthread_create(&l->thread[l->threads], NULL, thread_main, l);
		if (rc == 0) pthread_setname_np(l->thread[l->threads++], "loader");
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (l->threads > 0) return 0; /* fewer than wanted are slower, not wrong */
	return err_set(ERR_MEMORY, "no loader thread can be started (%s)", l->thread ? strerror(rc) : "no memory");
}

int loader_new(struct loader **out, struct dataset *dataset, const struct loader_config *c, int64_t first_step) {
	*out = NULL;
	assert(c->shape.patch > 0 && c->shape.image_size % c->shape.patch == 0);
	int n = dataset_count(dataset, TRAIN);
	if (c->batch < 1 || c->batch > BATCH_MAX) return err_set(ERR_ARGUMENT, "a batch of %d can't be loaded (1 to %d)", c->batch, BATCH_MAX);
	if (c->threads < 0 || c->threads > THREADS_MAX || c->ahead < 0 || c->ahead > AHEAD_MAX || first_step < 0)
		return err_set(ERR_ARGUMENT, "a loader with %d threads, %d batches ahead, from step %lld can't be made (0 to %d, 0 to %d, 0 on)",
		               c->threads, c->ahead, (long long)first_step, THREADS_MAX, AHEAD_MAX);
	struct loader *l = calloc(1, sizeof *l);
	if (!l) return err_set(ERR_MEMORY, "no memory for a loader");
	l->dataset = dataset;
	l->config = *c;
	if (!c->alloc) l->config.alloc = plain_alloc, l->config.free = plain_free;
	l->samples = n;
	int cores = count_cores();
	if (c->threads == 0) l->config.threads = cores < THREADS_CHOSEN_MAX ? cores : THREADS_CHOSEN_MAX;
	if (c->ahead == 0) l->config.ahead = (size_t)c->batch * rgb_bytes(&c->shape) < LARGE_BATCH_BYTES ? 4 : 2;
	l->slots = l->config.ahead + 1;
	l->floor = l->next = first_step;
	l->taken = first_step * c->batch;
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->room, NULL);
	pthread_cond_init(&l->done, NULL);
	pthread_cond_init(&l->idle, NULL);
	int rc = order_new(&l->order, c->seed, n);
	if (rc == 0 && !(l->broken = calloc((size_t)n, sizeof *l->broken))) rc = err_set(ERR_MEMORY, "no memory for a list of %d samples", n);
	if (rc == 0) rc = slots_new(l);
	if (rc == 0) rc = start_threads(l);
	if (rc != 0) loader_free(l);
	else *out = l;
	return rc;
}

void loader_free(struct loader *l) {
	if (!l) return;
	atomic_store(&l->stop, true);
	pthread_mutex_lock(&l->lock);
	l->quit = true;
	pthread_cond_broadcast(&l->room);
	pthread_mutex_unlock(&l->lock);
	for (int i = 0; i < l->threads; i++) pthread_join(l->thread[i], NULL);
	for (int i = 0; l->slot && i < l->slots; i++) {
		struct batch *b = &l->slot[i].batch;
		slot_free(l, b->rgb);
		slot_free(l, b->labels[SEMSEG]);
		slot_free(l, b->labels[INSTANCE]);
		free(b->index);
		free(b->epoch);
	}
	free(l->slot);
	free(l->thread);
	free(l->broken);
	order_free(l->order);
	pthread_cond_destroy(&l->idle);
	pthread_cond_destroy(&l->done);
	pthread_cond_destroy(&l->room);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

/* --- the trainer's side --- */

static double now_ms(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

int loader_next(struct loader *l, const struct batch **out, double *waited_ms) {
	double start = now_ms();
	*out = NULL;
	pthread_mutex_lock(&l->lock);
	struct slot *s = &l->slot[l->next % l->slots];
	if (l->floor != l->next) {
		l->floor = l->next;
		pthread_cond_broadcast(&l->room);
	}
	while (s->batch.step != l->next || s->left != 0) pthread_cond_wait(&l->done, &l->lock);
	int rc = s->code;
	if (rc == 0) {
		*out = &s->batch;
		l->next++;
	}
	pthread_mutex_unlock(&l->lock);
	if (waited_ms) *waited_ms = now_ms() - start;
	return rc == 0 ? 0 : err_set(rc, "%s", s->why);
}

int loader_seek(struct loader *l, int64_t step) {
	if (step < 0) return err_set(ERR_ARGUMENT, "the loader can't go to step %lld (steps count from 0)", (long long)step);
	atomic_store(&l->stop, true);
	pthread_mutex_lock(&l->lock);
	l->hold = true;
	while (l->busy > 0) pthread_cond_wait(&l->idle, &l->lock);
	for (int i = 0; i < l->slots; i++) l->slot[i].left = -1;
	l->floor = l->next = step;
	l->taken = step * l->config.batch;
	l->hold = false;
	atomic_store(&l->stop, false);
	pthread_cond_broadcast(&l->room);
	pthread_mutex_unlock(&l->lock);
	return 0;
}

bool loader_complaint(struct loader *l, char *out, int capacity) {
	pthread_mutex_lock(&l->lock);
	bool any = l->complaints_given < l->complaints || l->complaints_dropped > 0;
	if (l->complaints_given < l->complaints) {
		snprintf(out, (size_t)capacity, "%s", l->complaint[l->complaints_given++ % COMPLAINTS]);
	} else if (any) {
		snprintf(out, (size_t)capacity, "%d more training samples are left out", l->complaints_dropped);
		l->complaints_dropped = 0;
	}
	pthread_mutex_unlock(&l->lock);
	return any;
}
