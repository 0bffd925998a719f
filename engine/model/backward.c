/* The backward pass: forward.c read from its end. Every parameter's gradient is written once, into w->gradients. */
#include "engine/base/err.h"
#include "engine/model/internal.h"

/* Whether later stages read D_i: the next one's key/values, or all later ones' (cumulative). */
static bool reads_output(const struct workspace *w, int i) {
	const struct model_config *c = &w->model->config;
	return c->cross_attention && c->cascade && i + 1 < w->model->layout.groups;
}

/* w->dx: on entry d(cross-attention's output), on exit what its key/values say about D_{i-1}. dz gains the gradients of queries and
 * key/values. */
static void cross_attention(const struct workspace *w, int i, const struct block_shape *s) {
	struct device *d = workspace_device(w);
	const struct layout *l = &w->model->layout;
	const struct stage *p = &l->stages[i];
	const struct stage_acts *a = &w->stages[i];
	struct attention_shape attention = cross_shape(w);
	size_t rows = sequence_rows(w);
	int tokens = l->groups * s->tokens;
	bool last = i + 1 == l->groups, alone = !last && i > 0 && !w->model->config.cumulative && w->model->config.cascade;
	linear_back(w, &p->proj, w->dy, w->dx, a->o, s->rows, false);
	act *dq = w->dhidden;
	d->op->attention_backward(d, dq, w->dkv, act_at(d, w->dkv, (size_t)s->width), w->dy, a->o, a->lse, a->q, a->kv,
	                          act_at(d, a->kv, (size_t)s->width), &attention);
	linear_back(w, &p->kv, w->dkn, w->dkv, a->context.y, rows, false);
	linear_back(w, &p->q, w->dy, dq, a->query.y, s->rows, false);
	/* Where the previous stage needs this stage's key/value gradient alone, it can't be summed into dz at once. */
	act *dkey = alone ? w->dkv : w->dz, *dquery = w->dhidden;
	norm_back(w, &p->context_norm, &a->context, dkey, w->dkn, last || alone ? NULL : w->dz, rows);
	norm_back(w, &p->query_norm, &a->query, dquery, w->dy, NULL, s->rows);
	if (i > 0 && w->model->config.cascade) {
		int previous = l->group[l->stages[i - 1].granularity] * s->tokens;
		d->op->rows_copy(d, w->dx, dkey, previous, s->tokens, tokens, w->batch, s->width);
	}
	if (alone) d->op->add(d, w->dz, w->dz, dkey, (int64_t)rows * s->width);
	d->op->rows_add(d, w->dz, dquery, l->group[p->granularity] * s->tokens, s->tokens, tokens, w->batch, s->width);
}

/* On entry w->dx holds what later stages say about D_i (if anything); on exit, what this one says about D_{i-1}. */
static void stage(const struct workspace *w, int i) {
	struct device *d = workspace_device(w);
	const struct layout *l = &w->model->layout;
	const struct stage *p = &l->stages[i];
	const struct stage_acts *a = &w->stages[i];
	struct block_shape s = decoder_shape(w);
	linear_back(w, &p->head, w->dx, a->prediction, a->out, s.rows, reads_output(w, i));
	for (int j = STAGE_BLOCKS - 1; j >= 0; j--) block_back(w, &p->blocks[j], &a->blocks[j], &s, w->dx);
	mlp_back(w, &p->out_norm, &p->mlp, &a->mlp, w->dx, s.rows);
	if (w->model->config.cross_attention) cross_attention(w, i, &s);
	else
		d->op->rows_add(d, w->dz, w->dx, l->group[p->granularity] * s.tokens, s.tokens, l->groups * s.tokens, w->batch,
		                s.width);
}

/* From dz to d(encoded), in w->dx. */
static void sequence(const struct workspace *w) {
	struct device *d = workspace_device(w);
	const struct model *m = w->model;
	const struct layout *l = &m->layout;
	float *dtask[GRANULARITIES] = {NULL};
	for (int i = 0; i < l->groups; i++) dtask[i] = workspace_gradient(w, l->task[l->sequence[i]]);
	d->op->sequence_backward(d, w->dcontext, workspace_gradient(w, l->mask_token), dtask, w->dz,
	                         w->in->index + 3 * (size_t)w->batch * (size_t)w->visible, w->batch, l->groups,
	                         config_patches(&m->config), w->visible, m->config.decoder_width);
	linear_back(w, &l->proj_context, w->dx, w->dcontext, w->encoded, encoder_shape(w).rows, false);
}

/* DROWS: d(embedded), packed; with no visible row the gradients become zero. */
static void embed(const struct workspace *w, enum granularity g, act *drows) {
	struct device *d = workspace_device(w);
	const struct model_config *c = &w->model->config;
	const struct adapter *a = &w->model->layout.adapter[g];
	struct patch_shape shape = workspace_patches(w);
	const struct input_set *in = w->in;
	act *dy = act_at(d, drows, (size_t)in->first[g] * (size_t)c->width), *dpatches = g == RGB ? NULL : w->dhidden;
	linear_back(w, &a->proj, dpatches, dy, workspace_patch_rows(w, g), (size_t)in->count[g], false);
	if (g == RGB) return;
	d->op->gather_classes_backward(d, workspace_gradient(w, a->class_emb), dpatches, in->labels[g], in->index + in->first[g],
	                               in->count[g], config_labels(c, g), w->model->layout.rows[a->class_emb].shape[0], CLASS_WIDTH,
	                               &shape);
}

static void encode(const struct workspace *w) {
	struct device *d = workspace_device(w);
	const struct model *m = w->model;
	const struct layout *l = &m->layout;
	struct block_shape s = encoder_shape(w);
	for (int i = m->config.depth - 1; i >= 0; i--) block_back(w, &l->encoder[i], &w->encoder[i], &s, w->dx);
	d->op->tokens_backward(d, w->dy, workspace_gradient(w, l->global_tokens), w->dx,
	                       w->in->index + (size_t)w->batch * (size_t)w->visible, w->batch, w->visible, m->config.width);
}

/* All behind the adapters, from the predictions' gradients to d(embedded) in w->dy. */
static void recorded_part(const struct workspace *w) {
	struct device *d = workspace_device(w);
	if (!w->model->config.cross_attention)
		d->op->add(d, w->dz, w->zeros, w->zeros, (int64_t)sequence_rows(w) * w->model->config.decoder_width);
	for (int i = w->model->layout.groups - 1; i >= 0; i--) stage(w, i);
	sequence(w);
	encode(w);
}

int model_backward(struct workspace *w) {
	const struct layout *l = &w->model->layout;
	if (!w->backward || !w->gradients)
		return err_set(ERR_STATE, "this workspace has no memory for gradients (make it with backward)");
	if (w->batch == 0) return err_set(ERR_STATE, "no batch is loaded (workspace_load comes before model_backward)");
	for (bool go = recording_begin(w, RECORD_BACKWARD, (uintptr_t)w->gradients); go; go = recording_end(w, RECORD_BACKWARD)) recorded_part(w);
	for (int i = 0; i < l->groups; i++) embed(w, l->sequence[i], w->dy);
	return 0;
}
