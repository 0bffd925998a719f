/* The forward pass: spec.md section 3; paper section III-B (adapters, encoder), III-C (cascaded decoder, Eq. 1 to 4). */
#include "engine/base/err.h"
#include "engine/model/internal.h"

/* The visible patches of one granularity, packed over the batch, to rows of width D. */
static void embed(const struct workspace *w, enum granularity g) {
	struct device *d = workspace_device(w);
	const struct model_config *c = &w->model->config;
	const struct adapter *a = &w->model->layout.adapter[g];
	struct patch_shape shape = workspace_patches(w);
	const struct input_set *in = w->in;
	const int32_t *index = in->index + in->first[g];
	act *rows = workspace_patch_rows(w, g), *out = act_at(d, w->embedded, (size_t)in->first[g] * (size_t)c->width);
	if (in->count[g] == 0) return;
	if (g == RGB) d->op->gather_pixels(d, rows, w->rgb, index, in->count[g], &shape);
	else
		d->op->gather_classes(d, rows, workspace_weight(w, a->class_emb), in->labels[g], index, in->count[g],
		                      config_labels(c, g), CLASS_WIDTH, &shape);
	linear_run(w, &a->proj, out, rows, (size_t)in->count[g]);
}

static void encode(const struct workspace *w) {
	struct device *d = workspace_device(w);
	const struct model *m = w->model;
	const struct layout *l = &m->layout;
	struct block_shape s = encoder_shape(w);
	size_t tokens = (size_t)w->batch * (size_t)w->visible;
	act *x = w->encoder[0].norm.x;
	d->op->tokens_forward(d, x, w->embedded, w->in->index + tokens, m->positions, w->in->index + 2 * tokens,
	                      workspace_weight(w, l->global_tokens), w->batch, w->visible, m->config.width);
	struct stream stream = {x, NULL};
	for (int i = 0; i < m->config.depth; i++) {
		block_run(w, &l->encoder[i], &w->encoder[i], &s, &stream);
		capture_block(w, (struct attention_layer){.kind = ATTENTION_ENCODER, .block = i}, &w->encoder[i], &s);
	}
	d->op->add(d, w->encoded, stream.x, stream.r, (int64_t)s.rows * s.width);
}

/* Z: the projected token where visible, the mask token where masked, plus position and task. */
static void sequence(const struct workspace *w) {
	struct device *d = workspace_device(w);
	const struct model *m = w->model;
	const struct layout *l = &m->layout;
	const act *task[GRANULARITIES] = {NULL};
	linear_run(w, &l->proj_context, w->context, w->encoded, encoder_shape(w).rows);
	for (int i = 0; i < l->groups; i++) task[i] = workspace_weight(w, l->task[l->sequence[i]]);
	d->op->sequence_forward(d, w->z, w->context, workspace_weight(w, l->mask_token), task, m->decoder_positions,
	                        w->in->index + 3 * (size_t)w->batch * (size_t)w->visible, w->batch, l->groups,
	                        config_patches(&m->config), w->visible, m->config.decoder_width);
}

/* KV_i = Z + scatter(D_{i-1}), or + every earlier D (cumulative); a parallel decoder and the first stage read Z itself. */
static void context(const struct workspace *w, int i) {
	struct device *d = workspace_device(w);
	const struct model *m = w->model;
	const struct layout *l = &m->layout;
	int patches = config_patches(&m->config), tokens = l->groups * patches, width = m->config.decoder_width;
	act *x = w->stages[i].context.x;
	if (x == w->z) return;
	d->op->rows_copy(d, x, w->z, 0, tokens, tokens, w->batch, width);
	for (int j = m->config.cumulative ? 0 : i - 1; j < i; j++)
		d->op->rows_add(d, x, w->stages[j].out, l->group[l->stages[j].granularity] * patches, patches, tokens, w->batch,
		                width);
}

/* x = CrossAttention(LN(Q), LN(KV)), without a residual around it (MultiMAE). */
static void cross_attention(const struct workspace *w, int i, const struct block_shape *s) {
	struct device *d = workspace_device(w);
	const struct stage *p = &w->model->layout.stages[i];
	const struct stage_acts *a = &w->stages[i];
	struct attention_shape attention = cross_shape(w);
	context(w, i);
	norm_run(w, &p->query_norm, &a->query, &(struct stream){a->query.x, NULL}, s->rows);
	norm_run(w, &p->context_norm, &a->context, &(struct stream){a->context.x, NULL}, sequence_rows(w));
	linear_run(w, &p->q, a->q, a->query.y, s->rows);
	linear_run(w, &p->kv, a->kv, a->context.y, sequence_rows(w));
	d->op->attention_forward(d, a->o, a->lse, a->q, a->kv, act_at(d, a->kv, (size_t)s->width), &attention);
	capture_layer(w, (struct attention_layer){.kind = ATTENTION_CROSS, .stage = p->granularity}, a->q, a->kv, &attention);
	linear_run(w, &p->proj, a->mlp.norm.x, a->o, s->rows);
}

static void stage(const struct workspace *w, int i) {
	struct device *d = workspace_device(w);
	const struct model_config *c = &w->model->config;
	const struct layout *l = &w->model->layout;
	const struct stage *p = &l->stages[i];
	const struct stage_acts *a = &w->stages[i];
	struct block_shape s = decoder_shape(w);
	act *query = c->cross_attention ? a->query.x : a->mlp.norm.x;
	d->op->rows_copy(d, query, w->z, l->group[p->granularity] * s.tokens, s.tokens, l->groups * s.tokens, w->batch, s.width);
	if (c->cross_attention) cross_attention(w, i, &s);
	struct stream stream = {a->mlp.norm.x, NULL};
	mlp_run(w, &p->out_norm, &p->mlp, &a->mlp, &stream, s.rows);
	for (int j = 0; j < STAGE_BLOCKS; j++) {
		block_run(w, &p->blocks[j], &a->blocks[j], &s, &stream);
		capture_block(w, (struct attention_layer){ATTENTION_STAGE, p->granularity, j}, &a->blocks[j], &s);
	}
	d->op->add(d, a->out, stream.x, stream.r, (int64_t)s.rows * s.width);
	if (w->substitute[i]) d->op->rows_copy(d, a->out, w->substitute[i]->stages[i].out, 0, s.tokens, s.tokens, w->batch, s.width);
	linear_run(w, &p->head, a->prediction, a->out, s.rows);
}

/* What was loaded last comes into use. */
static void switch_input(struct workspace *w) {
	if (w->next) w->in = w->next;
	w->next = NULL;
	w->batch = w->in->batch;
}

/* The adapters' rows vary with the masks, granularity by granularity; everything behind them has the same shape in every step. */
int model_forward(struct workspace *w) {
	struct device *d = workspace_device(w);
	const struct model_config *c = &w->model->config;
	const struct layout *l = &w->model->layout;
	switch_input(w);
	if (w->batch == 0) return err_set(ERR_STATE, "no batch is loaded (workspace_load comes before model_forward)");
	if (c->active[RGB] && !w->in->normalised) d->op->normalise(d, w->rgb, w->in->rgb_bytes, w->batch, c->image_size);
	for (int i = 0; i < l->groups; i++) embed(w, l->sequence[i]);
	for (bool go = recording_begin(w, RECORD_FORWARD, 0); go; go = recording_end(w, RECORD_FORWARD)) {
		encode(w);
		sequence(w);
		for (int i = 0; i < l->groups; i++) stage(w, i);
	}
	return 0;
}
