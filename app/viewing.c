#include "app/viewing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/app.h"
#include "app/paging.h"
#include "engine/base/err.h"
#include "viewer/window.h"

enum { WIDTH = 1360, HEIGHT = 860, SAID_BYTES = 1200 };

struct viewing {
	pthread_mutex_t lock;
	/* --- under LOCK --- */
	bool wanted, held;
	struct viewing_ask ask;
	uint64_t serial;                     /* grows with ASK */
	bool stale[BOARD_ROWS];              /* to be computed */
	int64_t made[BOARD_ROWS];            /* the weights' step of what was computed last */
	struct board_row *fresh[BOARD_ROWS]; /* computed and not yet taken by the window */
	struct board_head head;
	int side;                            /* patches along an edge */
	bool headed;                         /* HEAD is new */
	bool painted[BOARD_ROWS];            /* by hand: */
	struct given_mask hand[BOARD_ROWS];
	char folder[PATH_MAX];               /* where a view is saved */
	char said[SAID_BYTES];

	/* --- the command thread's --- */
	uint64_t ticket;                     /* 0: no what-if is under way */
	struct whatif whatif;
	struct given_mask given;             /* what it borrows */
	int row;
	uint64_t row_serial;

	/* --- the main thread's --- */
	struct window *window;
	uint64_t shown;                      /* the SERIAL that the window was told of */
};

struct viewing *viewing_new(void) {
	struct viewing *v = calloc(1, sizeof *v);
	if (!v) return NULL;
	pthread_mutex_init(&v->lock, NULL);
	v->ask = (struct viewing_ask){.split = VAL, .count = 6, .step = -1, .every = 10,
		.column = {[BOARD_MASKED] = true, [BOARD_PREDICTION] = true, [BOARD_TARGET] = true, [BOARD_ERROR] = true}};
	return v;
}

void viewing_free(struct viewing *v) {
	if (!v) return;
	window_close(v->window);
	for (int r = 0; r < BOARD_ROWS; r++) board_row_free(v->fresh[r]);
	free(v);
}

/* ---- what is asked for ---------------------------------------------------------------------------------------------------------------- */

static void mark_stale(struct viewing *v) {
	for (int r = 0; r < BOARD_ROWS; r++) v->stale[r] = true;
}

/* Other samples, or other masks: what was painted goes, what is under way is no longer wanted. */
static void show_others(struct viewing *v) {
	v->serial++;
	memset(v->painted, 0, sizeof v->painted);
	mark_stale(v);
}

void viewing_asked(const struct app *a, struct viewing_ask *out) {
	pthread_mutex_lock(&a->viewing->lock);
	*out = a->viewing->ask;
	pthread_mutex_unlock(&a->viewing->lock);
}

void viewing_open(struct app *a, const struct viewing_ask *ask) {
	struct viewing *v = a->viewing;
	paging_close(a);
	pthread_mutex_lock(&v->lock);
	v->ask = *ask;
	v->wanted = true;
	v->held = false;
	show_others(v);
	pthread_mutex_unlock(&v->lock);
}

bool viewing_wanted(const struct app *a) {
	pthread_mutex_lock(&a->viewing->lock);
	bool wanted = a->viewing->wanted;
	pthread_mutex_unlock(&a->viewing->lock);
	return wanted;
}

void viewing_refresh(struct app *a) {
	pthread_mutex_lock(&a->viewing->lock);
	mark_stale(a->viewing);
	pthread_mutex_unlock(&a->viewing->lock);
}

void viewing_hold(struct app *a, bool held) {
	pthread_mutex_lock(&a->viewing->lock);
	a->viewing->held = held;
	pthread_mutex_unlock(&a->viewing->lock);
}

void viewing_close(struct app *a) {
	pthread_mutex_lock(&a->viewing->lock);
	a->viewing->wanted = false;
	pthread_mutex_unlock(&a->viewing->lock);
}

/* The next or previous samples; their number stays, but for the split's end. */
static void go_on(struct viewing *v, int by) {
	pthread_mutex_lock(&v->lock);
	int64_t count = v->head.samples[v->ask.split], first = v->ask.first + (int64_t)by * v->ask.count;
	if (first >= count) first = 0;
	if (first < 0) first = (count - 1) / v->ask.count * v->ask.count;
	v->ask.first = (int)first;
	show_others(v);
	pthread_mutex_unlock(&v->lock);
}

/* ---- from a what-if to plain data -------------------------------------------------------------------------------------------------------- */

/* -ln p(target) of each cell: the softmax of its logits, in the layout of the prediction [N, classes, 16]. */
static void fill_cost(const struct whatif *w, enum granularity g, struct board_part *p) {
	int classes = config_labels(&w->config, g), cells = p->edge;
	for (int i = 0; i < cells * cells; i++) {
		int y = i / cells, x = i % cells, cell = y % CELLS_SIDE * CELLS_SIDE + x % CELLS_SIDE;
		const float *logits = w->prediction[g] + (size_t)(y / CELLS_SIDE * p->side + x / CELLS_SIDE) * (size_t)(classes * CELLS) + cell;
		double most = -INFINITY, sum = 0;
		for (int k = 0; k < classes; k++) most = fmax(most, logits[k * CELLS]);
		for (int k = 0; k < classes; k++) sum += exp(logits[k * CELLS] - most);
		p->cost[i] = p->target[i] < classes ? (float)(most + log(sum) - logits[p->target[i] * CELLS]) : NAN;
	}
}

static int fill_part(const struct whatif *w, enum granularity g, struct board_part *p) {
	int side = config_side(&w->config), edge = g == RGB ? w->config.image_size : config_cells_side(&w->config);
	size_t plane = (size_t)edge * (size_t)edge;
	int rc = board_part_init(p, g, side, edge);
	if (rc) return rc;
	p->visible = w->draw.visible[g];
	p->loss = w->losses.of[g];
	memcpy(p->mask, w->draw.final[g], (size_t)(side * side));
	for (int i = 0; i < side * side; i++)
		for (int s = 0; s < SOURCES; s++) p->sources[i] |= (uint8_t)(w->draw.source[g][s][i] << s);
	if (g != RGB) {
		memcpy(p->target, w->labels[g], plane);
		whatif_labels(w, g, p->prediction);
		fill_cost(w, g, p);
		return 0;
	}
	for (size_t i = 0; i < plane; i++)
		for (size_t c = 0; c < 3; c++) p->target[3 * i + c] = w->rgb[c * plane + i];
	whatif_pixels(w, p->prediction);
	return 0;
}

static int make_row(const struct whatif *w, struct board_row **out) {
	struct board_row *r = *out = calloc(1, sizeof *r);
	if (!r) return err_set(ERR_MEMORY, "no memory for the viewer's pictures");
	snprintf(r->name, sizeof r->name, "%s/%d", split_name[w->split], w->index);
	snprintf(r->detail, sizeof r->detail, "mask %s, step %lld", whatif_mask_name[w->mask], (long long)w->step);
	r->trained = w->trained;
	r->sourced = w->mask <= WHATIF_RANDOM;
	int rc = 0;
	for (int g = 0; !rc && g < GRANULARITIES; g++)
		if (w->config.active[g]) rc = fill_part(w, (enum granularity)g, &r->part[g]);
	if (rc) board_row_free(r), *out = NULL;
	return rc;
}

static void make_head(const struct app *a, const struct model_config *c, struct board_head *h) {
	const char *name = dataset_name(a->data), *last = strrchr(name, '/');
	*h = (struct board_head){.stages = c->stages, .cascade = c->cascade, .class_count = dataset_classes(a->data)};
	snprintf(h->title, sizeof h->title, "C2FMAE %s on %s", c->preset, last && last[1] ? last + 1 : name);
	memcpy(h->stage, c->stage, sizeof h->stage);
	for (int s = 0; s < SPLITS; s++) h->samples[s] = dataset_count(a->data, (enum split)s);
	for (int i = 0; i < h->class_count; i++) {
		const struct class_info *k = dataset_class(a->data, i);
		h->classes[i] = (struct paint_class){.r = k->r, .g = k->g, .b = k->b, .thing = k->thing};
		snprintf(h->classes[i].name, sizeof h->classes[i].name, "%s", k->name);
	}
}

/* ---- what-ifs, one at a time ---------------------------------------------------------------------------------------------------------------- */

/* The row that is to be computed next, -1: none; under LOCK. Live weights that went on far enough make a row stale. */
static int next_row(struct viewing *v, int64_t step) {
	for (int r = 0; r < v->ask.count; r++)
		if (v->stale[r]) return r;
	for (int r = 0; r < v->ask.count; r++)
		if (v->ask.every > 0 && !v->held && llabs(step - v->made[r]) >= v->ask.every) return r;
	return -1;
}

static void say(struct viewing *v, const char *sentence) {
	pthread_mutex_lock(&v->lock);
	snprintf(v->said, sizeof v->said, "view: %.1180s", sentence);
	pthread_mutex_unlock(&v->lock);
}

/* False: there is nothing to do. */
static bool post_next(struct app *a, struct viewing *v) {
	struct snapshot s;
	if (!a->trainer || !a->trainer_has_data) return false;
	trainer_snapshot(a->trainer, &s);
	pthread_mutex_lock(&v->lock);
	int row = v->wanted ? next_row(v, s.step) : -1;
	if (row >= 0) {
		v->stale[row] = false;
		v->row = row;
		v->row_serial = v->serial;
		v->whatif = (struct whatif){.split = v->ask.split, .index = v->ask.first + row, .step = v->ask.step, .mask = v->ask.mask, .visible = v->ask.visible};
		if (v->painted[row]) v->given = v->hand[row], v->whatif.mask = WHATIF_GIVEN, v->whatif.given = &v->given;
		if (!a->session.script || session_path(&a->session, "figures", v->folder)) snprintf(v->folder, sizeof v->folder, ".");
	}
	pthread_mutex_unlock(&v->lock);
	if (row >= 0) v->ticket = trainer_call(a->trainer, whatif_run, &v->whatif);
	return row >= 0;
}

static void deliver(struct app *a, struct viewing *v) {
	struct board_row *made;
	struct board_head *head = malloc(sizeof *head);
	if (!head || make_row(&v->whatif, &made)) {
		free(head);
		say(v, err_message());
		return;
	}
	make_head(a, &v->whatif.config, head);
	pthread_mutex_lock(&v->lock);
	bool wanted = v->wanted && v->row_serial == v->serial;
	if (wanted) {
		board_row_free(v->fresh[v->row]);
		v->fresh[v->row] = made;
		v->made[v->row] = made->trained;
		v->head = *head;
		v->headed = true;
		v->side = config_side(&v->whatif.config);
	}
	pthread_mutex_unlock(&v->lock);
	if (!wanted) board_row_free(made);
	free(head);
}

static void take_answer(struct app *a, struct viewing *v, const struct answer *answer) {
	v->ticket = 0;
	if (!answer->code) deliver(a, v);
	else say(v, answer->message), viewing_hold(a, true); /* not again until it is asked for */
	whatif_free(&v->whatif);
}

bool viewing_work(struct app *a, int wait_ms) {
	struct viewing *v = a->viewing;
	struct answer answer;
	bool paged = paging_work(a);
	if (!v->ticket && !post_next(a, v)) return paged;
	if (trainer_wait(a->trainer, v->ticket, wait_ms, &answer)) take_answer(a, v, &answer);
	return true;
}

void viewing_settle(struct app *a) {
	struct viewing *v = a->viewing;
	struct answer answer;
	if (!v || !v->ticket) return;
	trainer_wait(a->trainer, v->ticket, -1, &answer);
	take_answer(a, v, &answer);
	viewing_refresh(a);
}

/* ---- the window --------------------------------------------------------------------------------------------------------------------------------- */

static void hand_over(struct viewing *v, struct gallery *g) {
	pthread_mutex_lock(&v->lock);
	if (v->shown != v->serial) {
		v->shown = v->serial;
		gallery_rows(g, v->ask.count);
		gallery_columns(g, v->ask.column);
	}
	if (v->headed) gallery_head(g, &v->head);
	v->headed = false;
	for (int r = 0; r < BOARD_ROWS; r++)
		if (v->fresh[r]) gallery_row(g, r, v->fresh[r]), v->fresh[r] = NULL;
	pthread_mutex_unlock(&v->lock);
}

static void tell_state(struct app *a, struct viewing *v, struct gallery *g) {
	static const char *const state[] = {[TRAINER_PAUSED] = "paused", [TRAINER_RUNNING] = "training", [TRAINER_FINISHED] = "finished", [TRAINER_FAILED] = "failed"};
	struct snapshot s;
	char words[160], follows[48];
	int got;
	int64_t count;
	if (!app_peek(a, &s, 0, NULL, 0, &got, &count)) return gallery_state(g, "no model (the run was dropped)");
	pthread_mutex_lock(&v->lock);
	snprintf(follows, sizeof follows, v->ask.every == 1 ? "follows every step" : "follows every %d steps", v->ask.every);
	if (v->held || !v->ask.every) snprintf(follows, sizeof follows, "held (x computes again%s)", v->held && v->ask.every ? ", t follows" : "");
	pthread_mutex_unlock(&v->lock);
	snprintf(words, sizeof words, "%s, step %lld of %lld   %s", state[s.state], (long long)s.step, (long long)s.total_steps, follows);
	gallery_state(g, words);
}

static void save(struct viewing *v) {
	char path[PATH_MAX + 64], step[32], note[SAID_BYTES], stamp[32];
	time_t now = time(NULL);
	struct tm parts;
	struct viewing_ask ask;
	pthread_mutex_lock(&v->lock);
	ask = v->ask;
	strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", localtime_r(&now, &parts));
	snprintf(path, sizeof path, "%s/view-%s-%d-%s.png", v->folder, split_name[ask.split], ask.first, stamp);
	snprintf(step, sizeof step, "%lld", (long long)v->made[0]);
	pthread_mutex_unlock(&v->lock);
	const struct png_text text[] = {{"Command", ask.command}, {"Step", step}, {"Software", "C2F Workbench"}};
	if (window_save(v->window, path, text, 3)) snprintf(note, sizeof note, "%s", err_message());
	else snprintf(note, sizeof note, "saved %.1000s", path);
	gallery_note(window_gallery(v->window), note);
	say(v, note);
}

/* The masks painted on ROW, or its drawn ones again: to be computed first of all. */
static void take_hand(struct viewing *v, struct gallery *g, int row) {
	pthread_mutex_lock(&v->lock);
	struct given_mask *hand = &v->hand[row];
	v->painted[row] = gallery_mask(g, row, SEMSEG) != NULL;
	hand->side = v->side;
	for (int of = 0; v->painted[row] && of < GRANULARITIES; of++) memcpy(hand->final[of], gallery_mask(g, row, (enum granularity)of), sizeof hand->final[of]);
	v->stale[row] = true;
	pthread_mutex_unlock(&v->lock);
}

static void drop_hands(struct viewing *v) {
	pthread_mutex_lock(&v->lock);
	for (int r = 0; r < BOARD_ROWS; r++)
		if (v->painted[r]) v->painted[r] = false, v->stale[r] = true;
	pthread_mutex_unlock(&v->lock);
}

static void grant(struct app *a, struct viewing *v, enum gallery_wish wish, int row) {
	bool held;
	switch (wish) {
	case GALLERY_NEXT: go_on(v, 1); break;
	case GALLERY_PREVIOUS: go_on(v, -1); break;
	case GALLERY_REFRESH: viewing_refresh(a); break;
	case GALLERY_HOLD:
		pthread_mutex_lock(&v->lock);
		held = v->held = !v->held;
		pthread_mutex_unlock(&v->lock);
		gallery_note(window_gallery(v->window), held ? "these weights are held" : "follows the live weights");
		break;
	case GALLERY_STROKE: take_hand(v, window_gallery(v->window), row); break;
	case GALLERY_REDRAW: drop_hands(v); break;
	case GALLERY_SAVE: save(v); break;
	case GALLERY_CLOSE: viewing_close(a); break;
	default: break;
	}
}

/* Opens or closes the window as is wanted. */
static void arrange(struct app *a, struct viewing *v) {
	bool wanted = viewing_wanted(a) || paging_wanted(a);
	if (wanted && !v->window) {
		if (window_open(&v->window, "C2F Workbench", WIDTH, HEIGHT)) {
			say(v, err_message());
			viewing_close(a);
			paging_close(a);
		}
		v->shown = 0;
	} else if (!wanted && v->window) {
		paging_turn(a, NULL, NULL, 0);
		window_close(v->window);
		v->window = NULL;
	}
}

bool viewing_turn(struct app *a, char *said, size_t capacity) {
	struct viewing *v = a->viewing;
	int row;
	arrange(a, v);
	if (v->window) {
		struct gallery *g = window_gallery(v->window);
		hand_over(v, g);
		tell_state(a, v, g);
		if (!window_turn(v->window)) viewing_close(a), paging_close(a);
		if (window_lost()) say(v, "the display went away, and the window with it; training goes on");
		for (enum gallery_wish w; (w = gallery_wish(g, &row));) grant(a, v, w, row);
		arrange(a, v);
	}
	pthread_mutex_lock(&v->lock);
	snprintf(said, capacity, "%s", v->said);
	*v->said = '\0';
	pthread_mutex_unlock(&v->lock);
	paging_turn(a, v->window, said, capacity);
	return v->window != NULL;
}
