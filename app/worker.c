#include "app/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/draws.h"
#include "app/command.h"
#include "app/paging.h"
#include "app/progress.h"
#include "app/signals.h"
#include "app/viewing.h"
#include "engine/base/err.h"

enum { TEXT_BYTES = 1 << 20, CHATTER_BYTES = 64 << 10, LOOK_MS = 1000, VIEW_MS = 20 };

/* What a command printed: runs of bytes of one kind, oldest first. */
struct piece { struct piece *next; enum log_kind kind; size_t n; char text[]; };

struct outlet { struct worker *worker; enum log_kind kind; };

struct posted { char *line; bool ran; /* by the screen: only to be recorded */ };

struct worker {
	struct app *app;
	pthread_t thread;
	int wake[2];
	struct outlet outlets[2];
	FILE *streams[2];

	pthread_mutex_t lock;
	pthread_cond_t posted;
	/* --- under LOCK --- */
	struct posted line[WORKER_LINES];    /* waiting; [0] is the next */
	int lines;
	bool busy, quit, end, nudged;
	char chatter[CHATTER_BYTES];         /* of libraries, not in log.txt yet */
	size_t chatter_bytes;
	bool has_run;                        /* a run folder is open, ... */
	int64_t saved_step;                  /* ... and its last checkpoint */
	struct piece *first, **last;
	size_t text_bytes;
	struct scene *scene;
	struct view_request request[VIEW_REQUESTS];
	int requests;
	struct view_mark mark[VIEW_MARKS];
	int marks;
	char run[128], data[64], preset[16], precision[8];
	int batch, visible, classes, instances;
	bool active[GRANULARITIES];
	int64_t cursor, model_bytes, step_bytes;
	char breaks[256];
	struct overlay *overlay;             /* other runs' curves, not yet taken */

	/* --- the worker thread's --- */
	struct sample_masks *sample;         /* the sample read last, so that only its masks are drawn again */
	char sample_key[128];
	int64_t scene_step;
	struct trainer_fixed planned;        /* what model_bytes and step_bytes are for */
	uint64_t compared_serial;            /* the runs that were handed over last */
};

static void wake(struct worker *w) {
	ssize_t ignored = write(w->wake[1], "!", 1);
	(void)ignored;
}

int worker_fd(const struct worker *w) { return w->wake[0]; }

void worker_drain(struct worker *w) {
	char bytes[256];
	while (read(w->wake[0], bytes, sizeof bytes) > 0) {}
}

/* ---- what is printed ------------------------------------------------------------------------------------------------------------ */

static void say(struct worker *w, enum log_kind kind, const char *text, size_t n) {
	struct piece *p = malloc(sizeof *p + n);
	if (!p) return;
	*p = (struct piece){.kind = kind, .n = n};
	memcpy(p->text, text, n);
	pthread_mutex_lock(&w->lock);
	if (w->text_bytes + n > TEXT_BYTES) { /* the screen is stopped (SIGTSTP): what it can't take is not kept for ever */
		free(p);
	} else {
		*w->last = p;
		w->last = &p->next;
		w->text_bytes += n;
	}
	pthread_mutex_unlock(&w->lock);
	wake(w);
}

static ssize_t print(void *cookie, const char *text, size_t n) {
	struct outlet *o = cookie;
	say(o->worker, o->kind, text, n);
	return (ssize_t)n;
}

size_t worker_text(struct worker *w, enum log_kind *kind, char *out, size_t capacity) {
	size_t n = 0;
	pthread_mutex_lock(&w->lock);
	struct piece *p = w->first;
	if (p) {
		n = p->n < capacity - 1 ? p->n : capacity - 1;
		*kind = p->kind;
		memcpy(out, p->text, n);
		w->text_bytes -= n;
		memmove(p->text, p->text + n, p->n -= n);
		if (p->n == 0) {
			w->first = p->next;
			if (!w->first) w->last = &w->first;
			free(p);
		}
	}
	pthread_mutex_unlock(&w->lock);
	out[n] = '\0';
	return n;
}

/* ---- the scene ------------------------------------------------------------------------------------------------------------------- */

void scene_free(struct scene *s) {
	if (!s) return;
	image_free(&s->picture);
	free(s);
}

static int copy_picture(struct scene *s, const struct sample_masks *one, int size) {
	int rc = image_new(&s->picture, size, size);
	size_t plane = (size_t)size * (size_t)size;
	for (size_t i = 0; !rc && i < plane; i++)
		for (size_t c = 0; c < 3; c++) s->picture.pixels[3 * i + c] = one->rgb[c * plane + i];
	return rc;
}

static void copy_regions(struct scene *s, struct dataset *d) {
	for (int i = 0; i < s->stats.regions && s->regions < SCENE_REGIONS; i++) {
		struct scene_region *r = &s->region[s->regions++];
		int label = s->stats.region[i].label;
		r->region = s->stats.region[i];
		snprintf(r->name, sizeof r->name, "%.31s", label < dataset_classes(d) ? dataset_class(d, label)->name : "unlabelled");
	}
}

/* Reads the sample unless it is the one that was read last. */
static int read_sample(struct worker *w, const struct place *p, const struct looking *l, int epoch) {
	char key[sizeof w->sample_key];
	snprintf(key, sizeof key, "%p %d %d %d %d %llu", (void *)p->data, l->split, l->index, epoch, p->shape.image_size, (unsigned long long)p->fixed.seed);
	if (w->sample && !strcmp(key, w->sample_key)) return sample_masks_redraw(w->sample, p, l->index, epoch), 0;
	sample_masks_free(w->sample);
	w->sample = NULL;
	int rc = sample_masks_new(&w->sample, p);
	if (!rc) rc = sample_masks_draw(w->sample, p, l->split, l->index, epoch);
	if (rc) {
		sample_masks_free(w->sample);
		w->sample = NULL;
		return rc;
	}
	snprintf(w->sample_key, sizeof w->sample_key, "%s", key);
	return 0;
}

static int fill_scene(struct worker *w, struct scene *s) {
	struct app *a = w->app;
	const struct looking *l = &a->looking;
	struct place p = {0};
	int rc = place_at(a, l->cursor >= 0 ? l->cursor : app_step(a), &p);
	if (rc) return rc;
	s->curriculum = p.live.curriculum;
	s->edited = l->edited;
	s->edit = l->edited.count > 0;
	s->knot = l->knot;
	if (s->edit) p.live.curriculum = l->edited, trainer_mix(&p.live, p.step, p.mix);
	if (l->reseeded) p.options.seed = l->seed;
	rc = place_sample(&p, l->split, l->index, &s->epoch, &s->used);
	if (!rc) rc = read_sample(w, &p, l, s->epoch);
	if (!rc) rc = copy_picture(s, w->sample, p.shape.image_size);
	if (rc) return rc;
	snprintf(s->sample, sizeof s->sample, "%s/%d", split_name[l->split], l->index);
	s->step = p.step;
	s->total_steps = p.live.total_steps;
	s->seed = p.options.seed;
	memcpy(s->mix, p.mix, sizeof s->mix);
	s->phase = curriculum_phase(&p.live.curriculum, p.t);
	s->draw = w->sample->draw;
	s->stats = w->sample->stats;
	copy_regions(s, p.data);
	return 0;
}

/* What a run with these options takes on its device; worked out again only when they change. */
static void plan_memory(struct worker *w, const struct trainer_fixed *f) {
	struct snapshot s = {0};
	size_t model, step;
	if (w->app->trainer) trainer_snapshot(w->app->trainer, &s);
	struct trainer_fixed used = *f;
	snprintf(used.precision, sizeof used.precision, "%s", *s.precision ? s.precision : f->precision);
	if (!memcmp(&used, &w->planned, sizeof used)) return;
	size_t act_bytes = !strcmp(used.precision, "bf16") ? sizeof(float) / 2 : sizeof(float);
	bool known = !model_plan(&f->model, act_bytes, true, NULL, NULL, &model) && !workspace_plan(&f->model, act_bytes, f->batch, f->visible, true, NULL, NULL, &step);
	w->planned = used;
	pthread_mutex_lock(&w->lock);
	w->model_bytes = known ? (int64_t)model : 0;
	w->step_bytes = known ? (int64_t)step : 0;
	pthread_mutex_unlock(&w->lock);
}

/* As many of the conditions as fit whole. */
static void tell_breaks(const struct app *a, char *out, size_t capacity) {
	size_t at = 0;
	*out = '\0';
	for (int i = 0; i < a->break_count; i++) {
		size_t n = strlen(a->breaks[i].text) + (i ? 2 : 0);
		if (at + n >= capacity) return;
		at += (size_t)snprintf(out + at, capacity - at, "%s%s", i ? "; " : "", a->breaks[i].text);
	}
}

static void tell_run(struct worker *w) {
	struct app *a = w->app;
	struct trainer_fixed f;
	struct trainer_live live;
	if (app_resolve(a, &f, &live)) return;
	plan_memory(w, &f);
	pthread_mutex_lock(&w->lock);
	snprintf(w->run, sizeof w->run, "%.127s", a->session.dir);
	snprintf(w->data, sizeof w->data, "%s", a->choice.folder ? strrchr(a->choice.root, '/') + 1 : "scenes");
	snprintf(w->preset, sizeof w->preset, "%s", f.model.preset);
	snprintf(w->precision, sizeof w->precision, "%s", f.precision);
	w->batch = f.batch;
	w->visible = f.visible;
	w->classes = f.model.classes;
	w->instances = f.model.instances;
	memcpy(w->active, f.model.active, sizeof w->active);
	w->cursor = a->looking.cursor;
	tell_breaks(a, w->breaks, sizeof w->breaks);
	pthread_mutex_unlock(&w->lock);
}

/* Other runs' curves, copied whole for the screen, when `compare` changed them. */
static void tell_compared(struct worker *w) {
	const struct app *a = w->app;
	struct overlay *o;
	if (w->compared_serial == a->compared_serial || !(o = calloc(1, sizeof *o))) return;
	w->compared_serial = a->compared_serial;
	for (int i = 0; i < a->compared_count; i++)
		if (history_copy(&o->run[o->count], &a->compared[i].history)) o->count++;
	pthread_mutex_lock(&w->lock);
	struct overlay *old = w->overlay;
	w->overlay = o;
	pthread_mutex_unlock(&w->lock);
	overlay_free(old);
}

static void make_scene(struct worker *w) {
	struct scene *s = calloc(1, sizeof *s);
	if (!s) return;
	if (fill_scene(w, s)) snprintf(s->sentence, sizeof s->sentence, "%s", err_message());
	else s->valid = true;
	tell_run(w);
	tell_compared(w);
	w->scene_step = s->step;
	pthread_mutex_lock(&w->lock);
	struct scene *old = w->scene;
	w->scene = s;
	pthread_mutex_unlock(&w->lock);
	scene_free(old);
	wake(w);
}

struct scene *worker_scene(struct worker *w) {
	pthread_mutex_lock(&w->lock);
	struct scene *s = w->scene;
	w->scene = NULL;
	pthread_mutex_unlock(&w->lock);
	return s;
}

/* ---- lines --------------------------------------------------------------------------------------------------------------------- */

/* Under the lock: the newest request of that text that still waits. */
static struct view_request *find_request(struct worker *w, const char *line) {
	for (int i = 0; i < w->requests; i++)
		if (w->request[i].state == REQUEST_QUEUED && !strncmp(w->request[i].command, line, sizeof w->request[i].command - 1)) return &w->request[i];
	return NULL;
}

static void add_request(struct worker *w, const char *line) {
	if (w->requests == VIEW_REQUESTS) memmove(w->request, w->request + 1, sizeof *w->request * (size_t)--w->requests);
	struct view_request *r = &w->request[w->requests++];
	*r = (struct view_request){.state = REQUEST_QUEUED, .step = -1};
	snprintf(r->command, sizeof r->command, "%s", line);
}

static void add_mark(struct worker *w, int64_t step, const char *line) {
	if (w->marks == VIEW_MARKS) memmove(w->mark, w->mark + 1, sizeof *w->mark * (size_t)--w->marks);
	struct view_mark *m = &w->mark[w->marks++];
	*m = (struct view_mark){.step = step, .letter = *line};
	snprintf(m->text, sizeof m->text, "%s", line);
}

/* What became of it: applied (and when), rejected (and why), or nothing that the run would know of. */
static void settle_request(struct worker *w, const char *line, int rc, int64_t applied) {
	pthread_mutex_lock(&w->lock);
	struct view_request *r = find_request(w, line);
	if (r && rc) {
		r->state = REQUEST_REJECTED;
		snprintf(r->why, sizeof r->why, "%s", err_message());
	} else if (r && applied >= 0) {
		r->state = REQUEST_APPLIED;
		r->step = applied;
	} else if (r) {
		memmove(r, r + 1, sizeof *r * (size_t)(&w->request[--w->requests] - r));
	}
	if (!rc && applied >= 0 && (!strncmp(line, "set ", 4) || !strncmp(line, "curriculum ", 11) || !strncmp(line, "edit ", 5) || !strncmp(line, "load ", 5)))
		add_mark(w, applied, line);
	pthread_mutex_unlock(&w->lock);
}

static void run_line(struct worker *w, const char *line) {
	struct app *a = w->app;
	char error[1200];
	a->applied = -1;
	int rc = command_run_text(a, line, NULL);
	if (rc) {
		int n = snprintf(error, sizeof error, "error: %s\n", err_message());
		fflush(a->out);
		say(w, LOG_ERROR, error, (size_t)(n < (int)sizeof error ? n : (int)sizeof error - 1));
	}
	progress_end(a);
	settle_request(w, line, rc, a->applied);
	struct trainer *t;
	if (*a->loaded && !a->trainer && app_trainer(a, false, &t)) /* so that a run that was loaded is seen before it goes on */
		say(w, LOG_ERROR, error, (size_t)snprintf(error, sizeof error, "error: %s\n", err_message()));
	fflush(a->out);
	fflush(a->notes);
}

static void announce(struct worker *w) {
	char text[1200];
	if (!progress_announce(w->app, text, sizeof text - 1)) return;
	strcat(text, "\n");
	say(w, LOG_NOTE, text, strlen(text));
}

/* Under the lock: until a line or a nudge comes, or LOOK_MS are over (false). Meanwhile the viewer's window gets its what-ifs. */
static bool wait_posted(struct worker *w) {
	struct timespec until;
	double end = seconds_monotonic() + LOOK_MS / 1000.0;
	while (!w->lines && !w->nudged && !w->end && seconds_monotonic() < end) {
		pthread_mutex_unlock(&w->lock);
		bool busy = viewing_work(w->app, VIEW_MS);
		if (busy) wake(w); /* what was made is shown at once */
		long wait_ns = (viewing_wanted(w->app) || paging_wanted(w->app) ? VIEW_MS : LOOK_MS) * 1000000L;
		pthread_mutex_lock(&w->lock);
		if (busy || w->lines || w->nudged || w->end) continue;
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += wait_ns;
		until.tv_sec += until.tv_nsec / 1000000000L;
		until.tv_nsec %= 1000000000L;
		pthread_cond_timedwait(&w->posted, &w->lock, &until);
	}
	bool posted = w->lines || w->nudged || w->end;
	w->nudged = false;
	return posted;
}

/* Whole lines of what libraries printed, into log.txt, marked and dated as the trainer's are; with LAST what has no end yet, too. */
static void write_chatter(struct worker *w, bool last) {
	char path[PATH_MAX], when[32], text[CHATTER_BYTES];
	time_t now = time(NULL);
	struct tm tm;
	if (!w->app->session.script || session_path(&w->app->session, "log.txt", path)) return;
	pthread_mutex_lock(&w->lock);
	size_t n = w->chatter_bytes;
	while (!last && n > 0 && w->chatter[n - 1] != '\n') n--;
	if (n == 0 && w->chatter_bytes == sizeof w->chatter) n = w->chatter_bytes;
	memcpy(text, w->chatter, n);
	memmove(w->chatter, w->chatter + n, w->chatter_bytes -= n);
	pthread_mutex_unlock(&w->lock);
	FILE *f = n > 0 ? fopen(path, "ae") : NULL;
	if (!f) return; /* the log pane has it */
	strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", localtime_r(&now, &tm));
	for (const char *at = text, *end = text + n; at < end;) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		int length = (int)((stop ? stop : end) - at);
		fprintf(f, "%s printed: %.*s\n", when, length, at);
		at += length + 1;
	}
	fclose(f);
}

void worker_chatter(struct worker *w, const char *text, size_t n) {
	pthread_mutex_lock(&w->lock);
	size_t room = sizeof w->chatter - w->chatter_bytes;
	if (n > room) n = room; /* before there is a run: the beginning is kept */
	memcpy(w->chatter + w->chatter_bytes, text, n);
	w->chatter_bytes += n;
	pthread_mutex_unlock(&w->lock);
}

/* Between two commands. */
static void look_around(struct worker *w) {
	announce(w);
	write_chatter(w, false);
	pthread_mutex_lock(&w->lock);
	w->has_run = w->app->session.script != NULL;
	w->saved_step = w->app->saved_step;
	pthread_mutex_unlock(&w->lock);
}

bool worker_unsaved(struct worker *w, const struct snapshot *s) {
	pthread_mutex_lock(&w->lock);
	bool unsaved = w->has_run && s->step > 0 && s->step != w->saved_step && s->state != TRAINER_FAILED;
	pthread_mutex_unlock(&w->lock);
	return unsaved || s->state == TRAINER_RUNNING;
}

static void *work(void *context) {
	struct worker *w = context;
	pthread_mutex_lock(&w->lock);
	for (bool looked = false; !w->end;) {
		if (w->lines == 0 && looked) {
			bool posted = wait_posted(w);
			looked = posted || w->app->looking.cursor >= 0; /* a run that went on has new masks to show */
			pthread_mutex_unlock(&w->lock);
			look_around(w);
			if (!looked) looked = app_step(w->app) == w->scene_step;
			pthread_mutex_lock(&w->lock);
			continue;
		}
		struct posted next = w->lines ? w->line[0] : (struct posted){0};
		char *line = next.line;
		if (line) memmove(w->line, w->line + 1, sizeof *w->line * (size_t)--w->lines);
		w->busy = line != NULL;
		pthread_mutex_unlock(&w->lock);
		if (next.ran) session_record(&w->app->session, line, app_step(w->app));
		else if (line) run_line(w, line);
		pthread_mutex_lock(&w->lock);
		if (line) signals_take_interrupt(); /* a later one is not this command's: the main thread asks under this lock whether one is in hand */
		w->busy = false;
		pthread_mutex_unlock(&w->lock);
		look_around(w);
		if (worker_waiting(w) == 0) make_scene(w), looked = true;
		free(line);
		pthread_mutex_lock(&w->lock);
		if (w->app->quit) w->quit = true, w->app->quit = false; /* the main thread may ask, and stay */
		wake(w);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

void worker_look(struct worker *w) {
	pthread_mutex_lock(&w->lock);
	pthread_cond_signal(&w->posted);
	pthread_mutex_unlock(&w->lock);
}

void worker_nudge(struct worker *w) {
	pthread_mutex_lock(&w->lock);
	w->nudged = true;
	pthread_cond_signal(&w->posted);
	pthread_mutex_unlock(&w->lock);
}

static bool post(struct worker *w, const char *line, bool ran) {
	char *copy = strdup(line);
	pthread_mutex_lock(&w->lock);
	bool taken = copy && w->lines < WORKER_LINES;
	if (taken) {
		int at = w->lines;
		if (!strncmp(line, "pause", 5)) at = 0;
		memmove(w->line + at + 1, w->line + at, sizeof *w->line * (size_t)(w->lines - at));
		w->line[at] = (struct posted){copy, ran};
		w->lines++;
		if (!ran) add_request(w, line);
	}
	pthread_cond_signal(&w->posted);
	pthread_mutex_unlock(&w->lock);
	if (!taken) free(copy);
	return taken;
}

bool worker_post(struct worker *w, const char *line) { return post(w, line, false); }
void worker_record(struct worker *w, const char *line) { post(w, line, true); }

static void drop_lines(struct worker *w) {
	while (w->lines > 0) {
		struct view_request *r = find_request(w, w->line[--w->lines].line);
		if (r) r->state = REQUEST_REJECTED, snprintf(r->why, sizeof r->why, "dropped by Ctrl-C");
		free(w->line[w->lines].line);
	}
}

bool worker_cancel(struct worker *w, int *dropped) {
	pthread_mutex_lock(&w->lock);
	if (dropped) *dropped = w->lines, drop_lines(w);
	bool busy = w->busy;
	if (!busy) signals_take_interrupt();
	pthread_mutex_unlock(&w->lock);
	return busy;
}

int worker_waiting(struct worker *w) {
	pthread_mutex_lock(&w->lock);
	int n = w->lines + w->busy;
	pthread_mutex_unlock(&w->lock);
	return n;
}

bool worker_quit(struct worker *w) {
	pthread_mutex_lock(&w->lock);
	bool quit = w->quit;
	w->quit = false;
	pthread_mutex_unlock(&w->lock);
	return quit;
}

void worker_tell(struct worker *w, struct view *v) {
	pthread_mutex_lock(&w->lock);
	memcpy(v->run, w->run, sizeof v->run);
	memcpy(v->data, w->data, sizeof v->data);
	memcpy(v->preset, w->preset, sizeof v->preset);
	memcpy(v->precision, w->precision, sizeof v->precision);
	memcpy(v->active, w->active, sizeof v->active);
	memcpy(v->request, w->request, sizeof v->request);
	memcpy(v->mark, w->mark, sizeof v->mark);
	v->request_count = w->requests;
	v->mark_count = w->marks;
	v->batch = w->batch;
	v->visible = w->visible;
	v->classes = w->classes;
	v->instances = w->instances;
	v->cursor = w->cursor;
	v->model_bytes = w->model_bytes;
	v->step_bytes = w->step_bytes;
	memcpy(v->breaks, w->breaks, sizeof v->breaks);
	struct overlay *o = w->overlay;
	w->overlay = NULL;
	pthread_mutex_unlock(&w->lock);
	if (o) view_overlay(v, o);
	overlay_free(o);
	progress_look(w->app, &v->progress);
}

/* ---- beginning and end ------------------------------------------------------------------------------------------------------------ */

int worker_new(struct worker **out, struct app *a) {
	static const cookie_io_functions_t functions = {.write = print};
	sigset_t old;
	struct worker *w = *out = calloc(1, sizeof *w);
	if (!w) return err_set(ERR_MEMORY, "no memory for the thread that runs commands");
	w->app = a;
	w->last = &w->first;
	w->scene_step = -1;
	w->cursor = w->saved_step = -1;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->posted, NULL);
	for (int i = 0; i < 2; i++) {
		w->outlets[i] = (struct outlet){w, i ? LOG_NOTE : LOG_OUT};
		w->streams[i] = fopencookie(&w->outlets[i], "w", functions);
	}
	int rc = pipe2(w->wake, O_CLOEXEC | O_NONBLOCK);
	if (rc || !w->streams[0] || !w->streams[1]) return err_set(ERR_MEMORY, "can't begin the thread that runs commands (%m)");
	setvbuf(w->streams[1], NULL, _IOLBF, 1024);
	a->out = w->streams[0];
	a->notes = w->streams[1];
	signals_block(&old);
	rc = pthread_create(&w->thread, NULL, work, w);
	signals_unblock(&old);
	return rc ? err_set(ERR_STATE, "can't begin the thread that runs commands (%s)", strerror(rc)) : 0;
}

void worker_free(struct worker *w) {
	pthread_mutex_lock(&w->lock);
	w->end = true;
	drop_lines(w);
	pthread_cond_signal(&w->posted);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	write_chatter(w, true);
	w->app->out = stdout;
	w->app->notes = stderr;
	for (int i = 0; i < 2; i++) {
		fclose(w->streams[i]);
		close(w->wake[i]);
	}
	for (struct piece *p = w->first, *next; p; p = next) {
		next = p->next;
		free(p);
	}
	scene_free(w->scene);
	overlay_free(w->overlay);
	sample_masks_free(w->sample);
	free(w);
}
