#include "app/viewing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/app.h"
#include "app/exploring.h"
#include "app/paging.h"
#include "app/viewing_parts.h"
#include "app/whatifs.h"
#include "engine/base/err.h"

enum { WIDTH = 1360, HEIGHT = 860 };

struct viewing *viewing_new(void) {
	struct viewing *v = calloc(1, sizeof *v);
	if (!v) return NULL;
	pthread_mutex_init(&v->lock, NULL);
	for (int r = 0; r < BOARD_ROWS; r++) v->made[r] = -1;
	v->ask = (struct viewing_ask){.count = 6, .like = {.split = VAL, .step = -1}, .every = 10, .attend = {.layer = -1, .head = ATTENDED_MEAN, .share = 50},
		.column = {[BOARD_MASKED] = true, [BOARD_PREDICTION] = true, [BOARD_TARGET] = true, [BOARD_ERROR] = true}};
	viewing_samples(&v->ask, 0);
	return v;
}

void viewing_free(struct viewing *v) {
	if (!v) return;
	window_close(v->window);
	drifting_fini(&v->drifting);
	for (int r = 0; r < BOARD_ROWS; r++) board_row_free(v->fresh[r]), board_row_free(v->other[r]);
	free(v);
}

/* ---- what is asked for ---------------------------------------------------------------------------------------------------------------- */

/* What is under way gives way to it. */
static void mark_stale(struct viewing *v) {
	for (int r = 0; r < BOARD_ROWS; r++) v->stale[r] = true, v->broken[r] = false;
	v->batch.hurry = v->hungry = true;
}

static void mark_others(struct viewing *v) {
	memset(v->compared, 0, sizeof v->compared);
	v->hungry = true;
}

/* Other masks: what was painted goes. */
static void drop_paint(struct viewing *v) {
	memset(v->painted, 0, sizeof v->painted);
	mark_stale(v);
}

/* Other samples: what is under way is no longer wanted. */
static void show_others(struct viewing *v) {
	v->serial++;
	for (int r = 0; r < BOARD_ROWS; r++) v->made[r] = -1;
	drop_paint(v);
	mark_others(v);
}

void viewing_asked(const struct app *a, struct viewing_ask *out) {
	pthread_mutex_lock(&a->viewing->lock);
	*out = a->viewing->ask;
	pthread_mutex_unlock(&a->viewing->lock);
}

static bool same_samples(const struct viewing_ask *a, const struct viewing_ask *b) {
	return a->like.split == b->like.split && a->count == b->count && !memcmp(a->sample, b->sample, sizeof *a->sample * (size_t)a->count);
}

static bool same_masks(const struct viewing_ask *a, const struct viewing_ask *b) {
	const struct whatif *x = &a->like, *y = &b->like;
	return x->mask == y->mask && x->step == y->step && x->visible == y->visible && x->seeded == y->seeded && x->seed == y->seed && !strcmp(a->file, b->file) &&
	       (x->mask != WHATIF_GIVEN || !memcmp(&a->given, &b->given, sizeof a->given));
}

void viewing_change(struct viewing *v, const struct viewing_ask *ask) {
	const struct viewing_ask was = v->ask;
	v->ask = *ask;
	if (!v->wanted || !same_samples(&was, ask)) show_others(v);
	else if (!same_masks(&was, ask)) drop_paint(v);
	else if (memcmp(&was.like.substitute, &ask->like.substitute, sizeof was.like.substitute)) mark_stale(v);
	if (viewing_question_changed(&was, ask)) mark_stale(v), mark_others(v);
	if (strcmp(was.versus, ask->versus) != 0) mark_others(v), v->flipped = *ask->versus;
}

void viewing_open(struct app *a, const struct viewing_ask *ask) {
	struct viewing *v = a->viewing;
	paging_close(a);
	pthread_mutex_lock(&v->lock);
	viewing_change(v, ask);
	v->wanted = v->hungry = true;
	v->held = false;
	v->arranged = false;
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

void viewing_flip(struct app *a, bool flipped) {
	struct viewing *v = a->viewing;
	pthread_mutex_lock(&v->lock);
	v->flipped = flipped && *v->ask.versus;
	v->batch.hurry = v->hungry = true;
	if (flipped && !*v->ask.versus) snprintf(v->noted, sizeof v->noted, "no checkpoint to flip to (choose one in the panel: w; or `view versus=FILE`)");
	pthread_mutex_unlock(&v->lock);
}

/* Under LOCK. */
static int need_row(const struct viewing *v, int row) {
	if (row >= 0 && row < v->ask.count && v->made[row] >= 0) return 0;
	return err_set(ERR_STATE, "that sample's masks are not drawn yet (try again)");
}

int viewing_mask_load(struct app *a, const char *path, int row) {
	struct viewing *v = a->viewing;
	struct given_mask given;
	int rc = mask_file_read(path, &given);
	if (rc) return rc;
	pthread_mutex_lock(&v->lock);
	rc = need_row(v, row);
	if (!rc) rc = whatif_given_fits(&given, path, v->side, v->head.stages, v->head.stage);
	if (!rc) {
		v->hand[row] = given;
		v->painted[row] = v->handed[row] = true;
		v->batch.hurry = v->urgent[row] = v->stale[row] = v->hungry = true;
	}
	pthread_mutex_unlock(&v->lock);
	return rc;
}

int viewing_mask_save(struct app *a, const char *path, int row) {
	struct viewing *v = a->viewing;
	pthread_mutex_lock(&v->lock);
	int rc = need_row(v, row);
	const struct given_mask given = !rc && v->painted[row] ? v->hand[row] : v->mask[rc ? 0 : row];
	pthread_mutex_unlock(&v->lock);
	return rc ? rc : mask_file_write(path, &given);
}

bool viewing_waits(const struct app *a) {
	pthread_mutex_lock(&a->viewing->lock);
	bool waits = a->viewing->wanted && a->viewing->hungry;
	pthread_mutex_unlock(&a->viewing->lock);
	return waits;
}

void viewing_close(struct app *a) {
	pthread_mutex_lock(&a->viewing->lock);
	a->viewing->wanted = false;
	pthread_mutex_unlock(&a->viewing->lock);
}

void viewing_samples(struct viewing_ask *ask, int first) {
	for (int r = 0; r < BOARD_ROWS; r++) ask->sample[r] = first + r;
}

static bool shows_from(const struct viewing_ask *ask, int first) {
	for (int r = 0; r < ask->count; r++)
		if (ask->sample[r] != first + r) return false;
	return true;
}

/* As many samples, behind those shown or before them: the split's last or first ones at its ends, and from there to the other end. */
static void go_on(struct viewing *v, int by) {
	pthread_mutex_lock(&v->lock);
	struct viewing_ask *ask = &v->ask;
	int last = v->head.samples[ask->like.split] - ask->count, first = by > 0 ? ask->sample[ask->count - 1] + 1 : ask->sample[0] - ask->count;
	if (first > last) first = shows_from(ask, last) ? 0 : last;
	if (first < 0) first = shows_from(ask, 0) ? last : 0;
	viewing_samples(ask, first > 0 ? first : 0);
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

/* Lines: the mask's kind, where in the curriculum, and what is not usual about it. */
static void describe(const struct whatif *w, char *out, size_t capacity) {
	const struct whatif_substitute *s = &w->substitute;
	size_t at = (size_t)snprintf(out, capacity, "mask %s\nat step %lld", whatif_mask_name[w->mask], (long long)w->step);
	if (w->seeded && at < capacity) at += (size_t)snprintf(out + at, capacity - at, "\nseed %llu", (unsigned long long)w->seed);
	if (w->visible && at < capacity) at += (size_t)snprintf(out + at, capacity - at, "\nV = %d", w->visible);
	if (s->on && at < capacity) snprintf(out + at, capacity - at, "\n%s from %s/%d", granularity_name[s->stage], split_name[s->split], s->index);
}

static void name_weights(struct board_row *r, const char *checkpoint) {
	const char *last = strrchr(checkpoint, '/');
	snprintf(r->weights, sizeof r->weights, "%.63s", last ? last + 1 : checkpoint);
}

static int make_row(const struct whatif *w, const struct attended_choice *attend, struct board_row **out) {
	struct board_row *r = *out = calloc(1, sizeof *r);
	if (!r) return err_set(ERR_MEMORY, "no memory for the viewer's pictures");
	snprintf(r->name, sizeof r->name, "%s/%d", split_name[w->split], w->index);
	describe(w, r->detail, sizeof r->detail);
	r->trained = w->trained;
	r->sourced = w->mask <= WHATIF_RANDOM;
	int rc = 0;
	for (int g = 0; !rc && g < GRANULARITIES; g++)
		if (w->config.active[g]) rc = fill_part(w, (enum granularity)g, &r->part[g]);
	if (!rc && w->captures) rc = exploring_fill(w, attend, r);
	if (rc) board_row_free(r), *out = NULL;
	return rc;
}

static void make_head(const struct app *a, const struct model_config *c, struct board_head *h) {
	const char *name = dataset_name(a->data), *last = strrchr(name, '/');
	*h = (struct board_head){.stages = c->stages, .cascade = c->cascade, .class_count = dataset_classes(a->data)};
	snprintf(h->title, sizeof h->title, "C2FMAE %s on %s", c->preset, last && last[1] ? last + 1 : name);
	memcpy(h->stage, c->stage, sizeof h->stage);
	exploring_layers(c, &h->layers);
	for (int s = 0; s < SPLITS; s++) h->samples[s] = dataset_count(a->data, (enum split)s);
	for (int i = 0; i < h->class_count; i++) {
		const struct class_info *k = dataset_class(a->data, i);
		h->classes[i] = (struct paint_class){.r = k->r, .g = k->g, .b = k->b, .thing = k->thing};
		snprintf(h->classes[i].name, sizeof h->classes[i].name, "%s", k->name);
	}
}

/* ---- what-ifs, a batch at a time ------------------------------------------------------------------------------------------------------------ */

void viewing_say(struct viewing *v, const char *sentence) {
	pthread_mutex_lock(&v->lock);
	snprintf(v->said, sizeof v->said, "view: %.1180s", sentence);
	pthread_mutex_unlock(&v->lock);
}

/* On the trainer thread. A sample that fails does not keep the others: it is an error where none succeeds. */
static int run_each(struct trainer_access *a, void *batch) {
	struct batch *b = batch;
	int succeeded = 0, last = 0;
	for (; b->done < b->count && (b->done == 0 || !b->hurry); b->done++) {
		int rc = whatif_run(a, &b->whatif[b->done]);
		snprintf(b->failed[b->done], sizeof b->failed[0], "%.*s", (int)sizeof b->failed[0] - 1, rc ? err_message() : "");
		if (rc) last = rc;
		else succeeded++;
	}
	return succeeded ? 0 : last;
}

static int run_batch(struct trainer_access *a, void *batch) {
	struct batch *b = batch;
	return *b->checkpoint ? whatif_with(a, b->checkpoint, run_each, b) : run_each(a, b);
}

/* Live weights that went on far enough make every row stale; and at rest every row that is not of the present step. Under LOCK. */
static void follow(struct viewing *v, const struct snapshot *s) {
	bool due = false;
	if (!v->ask.every || v->held || v->flipped) return;
	for (int r = 0; r < v->ask.count; r++)
		due = due || (!v->broken[r] && v->made[r] != s->step && (s->state != TRAINER_RUNNING || llabs(s->step - v->made[r]) >= v->ask.every));
	for (int r = 0; due && r < v->ask.count; r++) v->stale[r] = v->stale[r] || (!v->broken[r] && v->made[r] != s->step);
}

/* The rows of WHICH, from the one behind the last batch on. */
static int choose(struct viewing *v, const bool which[BOARD_ROWS]) {
	struct batch *b = &v->batch;
	b->count = 0;
	for (int i = 0; i < v->ask.count; i++) {
		int row = (v->next + i) % v->ask.count;
		if (which[row]) b->row[b->count++] = row;
	}
	return b->count;
}

/* A row as it is asked for; with a checkpoint's weights, under the masks that it has. */
static void ask_row(struct viewing *v, int i) {
	struct batch *b = &v->batch;
	int row = b->row[i];
	struct whatif *w = &b->whatif[i];
	*w = v->ask.like;
	w->index = v->ask.sample[row];
	w->given = &b->given[i];
	w->layers = b->layers;
	w->captures = b->captures;
	bool other = *b->checkpoint, painted = v->painted[row];
	if (other) b->given[i] = v->mask[row], w->step = v->placed[row];
	else b->given[i] = painted ? v->hand[row] : v->ask.given;
	if (other || painted) w->mask = WHATIF_GIVEN;
	if (!other) v->stale[row] = v->urgent[row] = false;
}

/* Fills the batch with what is to be computed next: what was painted, what is stale, and what the checkpoint makes of it. Under LOCK. */
static int fill_batch(struct viewing *v, const struct snapshot *s) {
	struct batch *b = &v->batch;
	bool others[BOARD_ROWS];
	for (int r = 0; r < BOARD_ROWS; r++) others[r] = v->flipped && !v->compared[r] && !v->broken[r];
	*b->checkpoint = '\0';
	b->taken = 0;
	b->done = 0;
	b->hurry = v->hungry = false;
	if (!v->wanted) return 0;
	follow(v, s);
	if (!choose(v, v->urgent) && !choose(v, v->stale) && choose(v, others)) snprintf(b->checkpoint, sizeof b->checkpoint, "%s", v->ask.versus);
	for (int i = 0; i < b->count; i++) ask_row(v, i);
	b->serial = v->serial;
	return b->count;
}

/* Masks by hand and from files are of no use to a model with other patches. */
static void fit_masks(struct viewing *v, int side) {
	if (v->side && v->side != side) drop_paint(v);
	if (v->ask.like.mask == WHATIF_GIVEN && v->ask.given.side != side) v->ask.like.mask = WHATIF_TRAINING;
	v->side = side;
}

/* False: there is nothing to do. */
static bool post_next(struct app *a, struct viewing *v) {
	struct snapshot s;
	if (!a->trainer || !a->trainer_has_data) return false;
	trainer_snapshot(a->trainer, &s);
	pthread_mutex_lock(&v->lock);
	v->budget = trainer_fixed(a->trainer)->visible;
	fit_masks(v, config_side(&trainer_fixed(a->trainer)->model));
	snprintf(v->run, sizeof v->run, "%s", a->session.script ? a->session.dir : "");
	viewing_question(v, &trainer_fixed(a->trainer)->model);
	int count = fill_batch(v, &s);
	pthread_mutex_unlock(&v->lock);
	if (!count) return viewing_post_drift(a, v, &s);
	v->ticket = trainer_call(a->trainer, run_batch, &v->batch);
	return true;
}

/* Under LOCK. The masks that the row has now are those that a checkpoint is to be looked at under. */
static void keep_row(struct viewing *v, int row, const struct whatif *w, struct board_row *made) {
	struct board_row **place = *v->batch.checkpoint ? &v->other[row] : &v->fresh[row];
	board_row_free(*place);
	*place = made;
	v->compared[row] = *v->batch.checkpoint;
	if (v->compared[row]) v->other_step = made->trained;
	if (v->compared[row]) return;
	v->made[row] = made->trained;
	v->placed[row] = w->step;
	whatif_mask_given(w, &v->mask[row]);
	v->next = row + 1;
	v->patches = w->config.stages * config_patches(&w->config);
}

/* A row of words alone. */
static void deliver_failure(struct viewing *v, int i) {
	struct batch *b = &v->batch;
	struct board_row *r = calloc(1, sizeof *r);
	viewing_say(v, b->failed[i]);
	if (!r) return;
	snprintf(r->name, sizeof r->name, "%s/%d", split_name[b->whatif[i].split], b->whatif[i].index);
	snprintf(r->detail, sizeof r->detail, "can't be shown\n(the log says why)");
	r->trained = b->whatif[i].trained;
	pthread_mutex_lock(&v->lock);
	bool wanted = v->wanted && b->serial == v->serial;
	if (wanted) {
		board_row_free(v->fresh[b->row[i]]);
		v->fresh[b->row[i]] = r;
		v->broken[b->row[i]] = true;
		v->made[b->row[i]] = -1;
	}
	pthread_mutex_unlock(&v->lock);
	if (!wanted) board_row_free(r);
}

static void deliver(struct app *a, struct viewing *v, int i) {
	struct batch *b = &v->batch;
	struct board_row *made;
	if (*b->failed[i]) return deliver_failure(v, i);
	struct board_head *head = malloc(sizeof *head);
	if (!head || make_row(&b->whatif[i], &b->attend, &made)) {
		free(head);
		viewing_say(v, err_message());
		return;
	}
	if (*b->checkpoint) name_weights(made, b->checkpoint);
	make_head(a, &b->whatif[i].config, head);
	pthread_mutex_lock(&v->lock);
	bool wanted = v->wanted && b->serial == v->serial;
	if (wanted) {
		keep_row(v, b->row[i], &b->whatif[i], made);
		v->head = *head;
		v->headed = true;
	}
	pthread_mutex_unlock(&v->lock);
	if (!wanted) board_row_free(made);
	free(head);
}

/* What is done so far. */
static void take_rows(struct app *a, struct viewing *v) {
	struct batch *b = &v->batch;
	for (int done = b->done; b->taken < done; b->taken++) {
		deliver(a, v, b->taken);
		whatif_free(&b->whatif[b->taken]);
	}
}

/* What was not begun is still to be done; what failed is not tried again until it is asked for. */
static void take_answer(struct app *a, struct viewing *v, const struct answer *answer) {
	struct batch *b = &v->batch;
	if (v->drifts) return viewing_take_drift(v, answer);
	v->ticket = 0;
	if (!answer->code) take_rows(a, v);
	pthread_mutex_lock(&v->lock);
	for (int i = b->taken; !*b->checkpoint && i < b->count; i++) v->stale[b->row[i]] = !answer->code;
	if (answer->code) snprintf(v->noted, sizeof v->noted, "%s", answer->message);
	if (answer->code && *b->checkpoint) v->flipped = false, *v->ask.versus = '\0';
	else if (answer->code) v->held = true;
	pthread_mutex_unlock(&v->lock);
	if (answer->code) viewing_say(v, answer->message);
}

bool viewing_work(struct app *a, int wait_ms) {
	struct viewing *v = a->viewing;
	struct answer answer;
	bool paged = paging_work(a);
	if (!v->ticket && !post_next(a, v)) return paged;
	if (trainer_wait(a->trainer, v->ticket, wait_ms, &answer)) take_answer(a, v, &answer);
	else if (!v->drifts) take_rows(a, v);
	return true;
}

void viewing_settle(struct app *a) {
	struct viewing *v = a->viewing;
	struct answer answer;
	if (!v) return;
	v->batch.hurry = true;
	if (v->ticket) trainer_wait(a->trainer, v->ticket, -1, &answer), take_answer(a, v, &answer);
	viewing_refresh(a); /* other weights, perhaps of the same step */
	viewing_forget_drift(v);
}

/* ---- the window --------------------------------------------------------------------------------------------------------------------------------- */

/* What the window has painted is what is computed, unless a command or the panel asked for other masks since. */
static void match_paint(struct viewing *v, struct gallery *g, int row) {
	if (v->handed[row]) gallery_paint(g, row, (const uint8_t(*)[PATCHES_MAX])v->hand[row].final);
	else if (!v->painted[row]) gallery_unpaint(g, row);
	v->handed[row] = false;
}

static void hand_over(struct viewing *v, struct gallery *g) {
	pthread_mutex_lock(&v->lock);
	bool asked = !v->arranged; /* by a command: what was noted before is past */
	if (asked) gallery_rows(g, v->ask.count), gallery_columns(g, v->ask.column), gallery_attend(g, &v->ask.attend);
	v->arranged = true;
	if (v->headed) gallery_head(g, &v->head);
	v->headed = false;
	bool ready = v->ask.count > 0; /* every row that is seen has its other */
	for (int r = 0; r < v->ask.count; r++) {
		if (v->fresh[r]) gallery_row(g, r, v->fresh[r]), v->fresh[r] = NULL;
		if (v->other[r]) gallery_other_row(g, r, v->other[r]), v->other[r] = NULL;
		match_paint(v, g, r);
		ready = ready && (v->compared[r] || v->broken[r]);
	}
	if (!v->flipped || ready) gallery_flip(g, v->flipped);
	if (*v->noted || asked) gallery_note(g, v->noted);
	*v->noted = '\0';
	pthread_mutex_unlock(&v->lock);
}

/* What is asked of every sample. */
static void tell_masks(const struct viewing_ask *ask, char *out, size_t capacity) {
	char substitute[64];
	const struct whatif *w = &ask->like;
	const char *last = strrchr(ask->file, '/'), *file = last ? last + 1 : ask->file;
	size_t at = (size_t)snprintf(out, capacity, "mask %.60s", w->mask == WHATIF_GIVEN ? file : whatif_mask_name[w->mask]);
	if (w->step >= 0 && at < capacity) at += (size_t)snprintf(out + at, capacity - at, " at step %lld", (long long)w->step);
	if (w->visible && at < capacity) at += (size_t)snprintf(out + at, capacity - at, ", V = %d", w->visible);
	if (w->seeded && at < capacity) at += (size_t)snprintf(out + at, capacity - at, ", seed %llu", (unsigned long long)w->seed);
	whatif_substitute_text(&w->substitute, substitute, sizeof substitute);
	if (w->substitute.on && at < capacity) snprintf(out + at, capacity - at, ", substitute %s", substitute);
}

static void tell_state(struct app *a, struct viewing *v, struct gallery *g) {
	static const char *const state[] = {[TRAINER_PAUSED] = "paused", [TRAINER_RUNNING] = "training", [TRAINER_FINISHED] = "finished", [TRAINER_FAILED] = "failed"};
	struct snapshot s;
	char words[400], follows[96], what[200];
	int got;
	int64_t count;
	if (!app_peek(a, &s, 0, NULL, 0, &got, &count)) return gallery_state(g, "no model: the run was dropped (`view` or `train` makes one)");
	pthread_mutex_lock(&v->lock);
	snprintf(follows, sizeof follows, v->ask.every == 1 ? "follows every step" : "follows every %d steps", v->ask.every);
	if (v->held || !v->ask.every) snprintf(follows, sizeof follows, "held (x computes again%s)", v->held && v->ask.every ? ", t follows" : "");
	if (v->flipped) snprintf(follows, sizeof follows, "waits (v: back to the live weights)");
	tell_masks(&v->ask, what, sizeof what);
	pthread_mutex_unlock(&v->lock);
	snprintf(words, sizeof words, "%s, step %lld of %lld   %s   %s", state[s.state], (long long)s.step, (long long)s.total_steps, follows, what);
	gallery_state(g, words);
}

/* The masks painted on ROW, or its drawn ones again: to be computed first of all. */
static void take_hand(struct viewing *v, struct gallery *g, int row) {
	pthread_mutex_lock(&v->lock);
	struct given_mask *hand = &v->hand[row];
	v->painted[row] = gallery_mask(g, row, SEMSEG) != NULL;
	hand->side = v->side;
	for (int of = 0; v->painted[row] && of < GRANULARITIES; of++) memcpy(hand->final[of], gallery_mask(g, row, (enum granularity)of), sizeof hand->final[of]);
	v->batch.hurry = v->urgent[row] = v->stale[row] = v->hungry = true;
	pthread_mutex_unlock(&v->lock);
}

static void drop_hands(struct viewing *v) {
	pthread_mutex_lock(&v->lock);
	for (int r = 0; r < BOARD_ROWS; r++)
		if (v->painted[r]) v->painted[r] = false, v->stale[r] = v->hungry = true;
	pthread_mutex_unlock(&v->lock);
}

static void take_control(struct app *a, struct viewing *v, const struct control *k) {
	if (k && k->section == SECTION_ATTENTION) viewing_control_attention(v, k);
	else viewing_control(a, v, k);
}

static void grant(struct app *a, struct viewing *v, enum gallery_wish wish, int row) {
	bool held, flipped;
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
	case GALLERY_SAVE: viewing_save(a); break;
	case GALLERY_FLIP:
		pthread_mutex_lock(&v->lock);
		flipped = v->flipped;
		pthread_mutex_unlock(&v->lock);
		viewing_flip(a, !flipped);
		break;
	case GALLERY_SAVE_MASK: viewing_save_mask(a, row); break;
	case GALLERY_LOAD_MASK: viewing_load_mask(a, row); break;
	case GALLERY_CONTROL: take_control(a, v, gallery_control(window_gallery(v->window), row)); break;
	case GALLERY_ATTEND: viewing_attend(v); break;
	case GALLERY_CLOSE: viewing_close(a); break;
	default: break;
	}
}

/* Opens or closes the window as is wanted. */
static void arrange(struct app *a, struct viewing *v) {
	bool wanted = viewing_wanted(a) || paging_wanted(a);
	if (wanted && !v->window) {
		if (window_open(&v->window, "C2F Workbench", WIDTH, HEIGHT)) {
			viewing_say(v, err_message());
			viewing_close(a);
			paging_close(a);
		}
		v->arranged = false;
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
		viewing_fill(a, v, &v->controls);
		viewing_fill_attention(v, &v->controls);
		gallery_controls(g, &v->controls);
		if (!window_turn(v->window)) viewing_close(a), paging_close(a);
		if (window_lost()) viewing_say(v, "the display went away, and the window with it; training goes on");
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
