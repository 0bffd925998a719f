/* engine/train/step.c -- one optimizer step: batch, masks, forward, losses, backward, AdamW; then what is told of it.
 *
 * A device may compute while this thread goes on, so a step is queued whole, and while it runs the next one is prepared: its batch taken from
 * the loader, its masks drawn, both on their way into the workspace's other input set. Then the thread waits, once. What was prepared is
 * used if nothing it depends on has changed by then; else masks are drawn again over the same batch. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/mask/stats.h"
#include "engine/train/internal.h"
#include "engine/train/metrics.h"

static const double BUSY_MS = 0.05; /* a device that was waited for longer was still at work */

/* Batches and masks lie in memory that uploads fast. */
static void *host_alloc(void *device, size_t bytes) { return ((struct device *)device)->memory->host_alloc(device, bytes); }
static void host_free(void *device, void *p) { ((struct device *)device)->memory->host_free(device, p); }

int step_prepare(struct trainer *t) {
	if (t->workspace) return 0;
	const struct trainer_fixed *f = &t->fixed;
	const struct loader_config lc = {.seed = f->seed, .batch = f->batch, .threads = f->loader_threads,
		.shape = {f->model.image_size, f->model.patch, f->model.instances},
		.alloc = host_alloc, .free = host_free, .context = t->device};
	int rc = 0;
	for (int g = 0; !rc && g < GRANULARITIES; g++) {
		t->mask[g] = host_alloc(t->device, (size_t)f->batch * (size_t)config_patches(&f->model));
		if (!t->mask[g]) rc = err_set(ERR_MEMORY, "no memory for the masks of a batch of %d", f->batch);
	}
	if (!rc) rc = loader_new(&t->loader, t->dataset, &lc, t->step);
	if (!rc && (!(t->last = calloc(2 * (size_t)f->batch, sizeof *t->last)) || !(t->sample = calloc(GRANULARITIES * (size_t)f->batch, sizeof *t->sample)))) rc = err_set(ERR_MEMORY, "no memory for the losses of a batch of %d", f->batch);
	if (!rc) t->next = t->last + f->batch;
	if (!rc) rc = workspace_new(&t->workspace, t->model, f->batch, f->visible, true);
	if (rc) step_release(t);
	return rc;
}

void step_release(struct trainer *t) {
	if (t->device) device_sync(t->device); /* an upload may still read what is freed here */
	workspace_free(t->workspace);
	workspace_free(t->spare.workspace);
	loader_free(t->loader);
	probe_free(t->probe);
	t->workspace = t->spare.workspace = NULL;
	t->loader = NULL;
	t->probe = NULL;
	free(t->last < t->next ? t->last : t->next);
	free(t->sample);
	t->last = t->next = NULL;
	t->sample = NULL;
	t->stepped = false;
	t->batch = NULL;
	t->prepared = false;
	for (int g = 0; g < GRANULARITIES; g++) {
		if (t->mask[g]) host_free(t->device, t->mask[g]);
		t->mask[g] = NULL;
	}
}

int step_seek(struct trainer *t) {
	t->batch = NULL;
	t->prepared = false;
	return loader_seek(t->loader, t->step);
}

/* Adds the masked patches of one granularity to HELD, by the set of sources that masks them. */
static void count_held(const struct mask_draw *d, enum granularity g, int64_t held[HELD_SETS]) {
	for (int n = 0; n < d->patches; n++) {
		int set = 0;
		for (int s = 0; s < SOURCES; s++) set |= (d->source[g][s][n] != 0) << s;
		held[set] += d->final[g][n] != 0;
	}
}

/* The effective mix of the batch in hand: what its final masks hold of each source alone, and of several (spec.md section 6). */
static void tell_masks(struct trainer *t, const int64_t held[HELD_SETS], const int64_t visible[GRANULARITIES]) {
	double masked = 0, alone = 0;
	for (int set = 0; set < HELD_SETS; set++) masked += (double)held[set];
	for (int s = 0; s < SOURCES; s++) {
		t->effective[s] = masked > 0 ? (double)held[1 << s] / masked : 0;
		alone += (double)held[1 << s];
	}
	t->effective[SOURCES] = masked > 0 ? (masked - alone - (double)held[0]) / masked : 0;
	for (int g = 0; g < GRANULARITIES; g++) t->visible[g] = (double)visible[g] / t->fixed.batch;
}

/* Of the batch in hand, for step STEP. */
static void draw_masks(struct trainer *t, int64_t step) {
	const struct batch *b = t->batch;
	double mix[SOURCES];
	trainer_mix(&t->live, step, mix);
	const struct mask_options options = trainer_mask_options(&t->fixed, &t->live);
	int patches = config_patches(&t->fixed.model), side = config_cells_side(&t->fixed.model), cells = side * side;
	int64_t held[HELD_SETS] = {0}, visible[GRANULARITIES] = {0};
#pragma omp parallel for schedule(static) reduction(+ : held, visible)
	for (int i = 0; i < b->count; i++) {
		struct mask_draw draw;
		mask_draw(&options, mix, (uint32_t)b->epoch[i], (uint32_t)b->index[i], b->labels[SEMSEG] + (size_t)i * (size_t)cells,
		          b->labels[INSTANCE] + (size_t)i * (size_t)cells, &draw);
		for (int g = 0; g < GRANULARITIES; g++) {
			memcpy(t->mask[g] + (size_t)i * (size_t)patches, draw.final[g], (size_t)patches);
			visible[g] += draw.visible[g];
			if (draw.active[g]) count_held(&draw, (enum granularity)g, held);
		}
		t->next[i] = (struct batch_sample){.index = b->index[i], .epoch = b->epoch[i]};
	}
	tell_masks(t, held, visible);
}

int step_evaluate(struct trainer *t, struct metric *m) {
	if (!t->probe && !t->probe_tried) {
		t->probe_tried = true;
		int rc = probe_new(&t->probe, t->dataset, &t->fixed, t->live.eval_samples);
		if (rc == ERR_STATE) trainer_log(t, "%s", err_message());
		else if (rc) return rc;
	}
	if (!t->probe) return 0;
	t->prepared = false; /* the probe loads its own images */
	int rc = probe_run(t->probe, t->workspace, m->val);
	m->evaluated = rc == 0;
	if (rc) return rc;
	pthread_mutex_lock(&t->lock);
	memcpy(t->snapshot.val, m->val, sizeof m->val);
	t->snapshot.val_step = m->step;
	pthread_mutex_unlock(&t->lock);
	return 0;
}

/* Makes STEP's input ready: batch, masks, workspace, as far as that is not done yet. No earlier upload may be under way (device_ahead_done()):
 * the loader takes the old batch back. WAITED_MS grows by how long the loader had none. */
static int prepare(struct trainer *t, int64_t step, double *waited_ms) {
	double waited = 0;
	char complaint[1024];
	int rc = t->batch ? 0 : loader_next(t->loader, &t->batch, &waited);
	*waited_ms += waited;
	if (rc || t->prepared) return rc;
	while (loader_complaint(t->loader, complaint, sizeof complaint)) {
		trainer_log(t, "%s", complaint);
		trainer_publish(t, complaint);
	}
	draw_masks(t, step);
	struct model_input in = {.batch = t->batch->count, .rgb = t->batch->rgb, .labels = {t->batch->labels[0], t->batch->labels[1]}};
	for (int g = 0; g < GRANULARITIES; g++) in.mask[g] = t->mask[g];
	rc = workspace_load(t->workspace, &in);
	t->prepared = rc == 0;
	return rc;
}

/* The prepared batch to gradients to weights, queued. The device itself leaves the weights alone where a loss or gradient is not finite. */
static int queue(struct trainer *t, const struct metric *m) {
	const struct optimizer_config o = {m->lr, t->live.beta1, t->live.beta2, t->live.epsilon, t->live.decay};
	struct batch_sample *made = t->last;
	t->last = t->next; /* what is prepared from now on is another batch's */
	t->next = made;
	t->batch = NULL;
	t->prepared = false;
	int rc = model_forward(t->workspace);
	if (!rc) rc = model_loss_queue(t->workspace, t->live.loss_weights, true);
	if (!rc) rc = model_backward(t->workspace);
	if (!rc) rc = model_guard_queue(t->workspace);
	return rc ? rc : model_update(t->model, &o, t->step + 1);
}

/* Losses and gradient norm of the step that is done, into M. */
static int read_results(struct trainer *t, struct metric *m) {
	struct model_losses losses;
	float *sample[GRANULARITIES] = {t->sample, t->sample + t->fixed.batch, t->sample + 2 * t->fixed.batch};
	model_loss_read(t->workspace, &losses, sample);
	for (int i = 0; i < t->fixed.batch; i++)
		for (int g = 0; g < GRANULARITIES; g++) t->last[i].loss[g] = sample[g][i];
	t->stepped = true;
	bool sound = model_guard_read(t->workspace, &m->grad_norm);
	memcpy(m->loss, losses.of, sizeof m->loss);
	m->total = losses.total;
	if (sound) return 0;
	return err_set(ERR_STATE, "step %lld gave a loss of %g and a gradient norm of %g (the weights are those before it; lower lr, or load a checkpoint)",
	               (long long)t->step, m->total, m->grad_norm);
}

/* One step on the device, and the next one's input beside it. WAITED_MS grows by what the loader cost beyond the device's own time: a wait
 * that the device was still busy behind cost nothing. */
static int compute(struct trainer *t, struct metric *m, double *waited_ms) {
	double hidden = 0;
	int rc = queue(t, m);
	if (!rc) rc = device_ahead_done(t->device);
	/* A batch that can't be had is the next step's failure: asked again, the loader says it again. */
	if (!rc && !trainer_reached(t, t->step + 1)) prepare(t, t->step + 1, &hidden);
	double began = seconds_now();
	int failed = device_sync(t->device);
	if (1000 * (seconds_now() - began) < BUSY_MS) *waited_ms += hidden;
	if (rc || failed) return rc ? rc : failed;
	return read_results(t, m);
}

/* Room for one more row of history, made before the step so that a step once done is always recorded. Grows by doubling. */
static int reserve(struct trainer *t) {
	if (t->history_count < t->history_capacity) return 0;
	int64_t capacity = t->history_capacity ? 2 * t->history_capacity : 4096;
	pthread_mutex_lock(&t->lock);
	struct metric *more = realloc(t->history, (size_t)capacity * sizeof *more);
	if (more) t->history = more, t->history_capacity = capacity;
	pthread_mutex_unlock(&t->lock);
	return more ? 0 : err_set(ERR_MEMORY, "no memory for the loss history of %lld steps", (long long)t->step);
}

static double blend(double old, double fresh, bool first) { return first ? fresh : old + (fresh - old) / 20; }

/* Records the step, and puts it into the snapshot. */
static void tell(struct trainer *t, const struct metric *m, double step_ms, double wait_ms) {
	pthread_mutex_lock(&t->lock);
	t->history[t->history_count++] = *m;
	struct snapshot *s = &t->snapshot;
	bool first = s->step_ms == 0;
	t->met = t->stop.kind == STOP_IF && condition_holds(&t->stop.condition, m, s->smooth, s->smooth_total);
	for (int i = 0; i < t->break_count && !*s->break_text; i++) {
		if (!condition_holds(&t->breaks[i], m, s->smooth, s->smooth_total)) continue;
		snprintf(s->break_text, sizeof s->break_text, "%s", t->breaks[i].text);
		s->break_value = condition_value(&t->breaks[i], m, s->smooth, s->smooth_total);
		t->running = false;
	}
	if (m->step == 0 || t->history_count == 1) s->first = *m;
	s->last = *m;
	for (int g = 0; g < GRANULARITIES; g++) s->smooth[g] = blend(s->smooth[g], m->loss[g], first);
	s->smooth_total = blend(s->smooth_total, m->total, first);
	s->step_ms = blend(s->step_ms, step_ms, first);
	s->wait_ms = blend(s->wait_ms, wait_ms, first);
	s->steps_per_s = 1000 / s->step_ms;
	s->images_per_s = t->fixed.batch * s->steps_per_s;
	pthread_mutex_unlock(&t->lock);
}

int step_once(struct trainer *t) {
	double began = seconds_now(), wait_ms = 0;
	struct metric m = {.step = t->step, .lr = trainer_lr(&t->live, t->step)};
	int rc = reserve(t);
	if (!rc && t->live.eval_every > 0 && t->step % t->live.eval_every == 0) rc = step_evaluate(t, &m);
	double training = seconds_now();
	if (rc) return rc;
	trainer_mix(&t->live, t->step, m.mix);
	rc = prepare(t, t->step, &wait_ms);
	memcpy(m.effective, t->effective, sizeof m.effective);
	memcpy(m.visible, t->visible, sizeof m.visible);
	if (!rc) rc = compute(t, &m, &wait_ms);
	if (rc) {
		char why[512];
		snprintf(why, sizeof why, "%s", err_message());
		step_seek(t); /* the batch stays the step's: training again would see it again */
		return err_set(rc, "%s", why);
	}
	double now = seconds_now();
	t->time_s += now - began;
	m.time_s = t->time_s;
	m.images_per_s = t->fixed.batch / (now - training);
	if (t->metrics && metrics_write(t->metrics, &m, t->fixed.model.active, false)) trainer_publish(t, err_message());
	tell(t, &m, 1000 * (now - training), wait_ms);
	t->step++;
	trainer_publish(t, NULL);
	return 0;
}
