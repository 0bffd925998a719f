/* A workspace: its memory, and the shapes of what is loaded into it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/model/internal.h"

/* Sizes of the largest batch: tokens B T, queries B N, sequence B G N; widths D and d. */
struct sizes { size_t batch, visible, tokens, patches, queries, sequence, width, decoder; };

/* ---- the arena: every tensor of a step ---- */

/* Names of layers exist where backward needs every layer's activations; else all layers share one. */
struct namer { struct workspace *w; size_t rows, width, heads; char name[32]; };

static void take(const struct namer *n, void *pointer, size_t width, const char *name) {
	arena_take(&n->w->arena, pointer, workspace_device(n->w)->act_bytes, n->rows, width, "%s.%s", n->name, name);
}

static void take_statistic(const struct namer *n, float **pointer, size_t width, const char *name) {
	arena_take(&n->w->arena, pointer, sizeof(float), n->rows, width, "%s.%s", n->name, name);
}

/* INPUT NULL: the norm's input is another tensor. */
static void take_norm(const struct namer *n, struct norm_acts *a, const char *input, const char *output) {
	char mean[32], rstd[32];
	snprintf(mean, sizeof mean, "%s.mean", output);
	snprintf(rstd, sizeof rstd, "%s.rstd", output);
	if (input) take(n, &a->x, n->width, input);
	take(n, &a->y, n->width, output);
	take_statistic(n, &a->mean, 1, mean);
	take_statistic(n, &a->rstd, 1, rstd);
}

static void take_mlp(const struct namer *n, struct mlp_acts *a) {
	take_norm(n, &a->norm, "x2", "norm2");
	take(n, &a->pre, MLP_RATIO * n->width, "mlp.pre");
	take(n, &a->hidden, MLP_RATIO * n->width, "mlp.hidden");
}

static void take_block(const struct namer *n, struct block_acts *a) {
	take_norm(n, &a->norm, "x1", "norm1");
	take(n, &a->qkv, 3 * n->width, "qkv");
	take(n, &a->o, n->width, "attention");
	take_statistic(n, &a->lse, n->heads, "lse");
	take_mlp(n, &a->mlp);
}

static void take_stage(struct workspace *w, const struct sizes *s, int i) {
	const struct model_config *c = &w->model->config;
	struct stage_acts *a = &w->stages[i];
	const char *name = granularity_name[c->stage[i]];
	struct namer n = {w, s->queries, s->decoder, (size_t)c->decoder_heads, "stage"};
	if (w->backward) snprintf(n.name, sizeof n.name, "%s", name);
	struct namer context = n;
	context.rows = s->sequence;
	if (c->cross_attention) {
		take_norm(&n, &a->query, "query", "query_norm");
		take_norm(&context, &a->context, c->cascade && i > 0 ? "context" : NULL, "context_norm");
		take(&n, &a->q, s->decoder, "cross.q");
		take(&context, &a->kv, 2 * s->decoder, "cross.kv");
		take(&n, &a->o, s->decoder, "cross.attention");
		take_statistic(&n, &a->lse, n.heads, "cross.lse");
	}
	take_mlp(&n, &a->mlp);
	for (int j = 0; j < STAGE_BLOCKS; j++) {
		struct namer inner = n;
		snprintf(inner.name, sizeof inner.name, w->backward ? "%s.%d" : "block", name, j);
		take_block(&inner, &a->blocks[j]);
	}
	struct namer kept = {w, s->queries, s->decoder, 0, ""};
	snprintf(kept.name, sizeof kept.name, "%s", name);
	take(&kept, &a->out, s->decoder, "out");
	take(&kept, &a->prediction, (size_t)config_out(c, c->stage[i]), "prediction");
}

static void take_inputs(struct workspace *w, const struct sizes *s) {
	const struct model_config *c = &w->model->config;
	struct arena *a = &w->arena;
	size_t pixels = 3 * (size_t)c->image_size * (size_t)c->image_size, cells = s->patches * CELLS;
	for (int k = 0; k < w->sets; k++) {
		struct input_set *in = &w->set[k];
		if (c->active[RGB]) arena_take(a, &in->rgb_bytes, 1, s->batch, pixels, "input.%d.rgb bytes", k);
		for (int g = 0; g < GRANULARITIES; g++) {
			if (!c->active[g]) continue;
			if (g != RGB) arena_take(a, &in->labels[g], 1, s->batch, cells, "input.%d.%s", k, granularity_name[g]);
			arena_take(a, &in->mask[g], 1, s->batch, s->patches, "input.%d.mask.%s", k, granularity_name[g]);
		}
		arena_take(a, &in->index, sizeof(int32_t), 1, 3 * s->batch * s->visible + s->sequence, "input.%d.index", k);
		arena_take(a, &in->weight, sizeof(float), GRANULARITIES, s->batch, "input.%d.loss weight", k);
	}
	if (c->active[RGB]) arena_take(a, &w->rgb, sizeof(float), s->batch, pixels, "rgb");
	arena_take(a, &w->sample_loss, sizeof(float), (size_t)c->stages, s->batch, "loss.sample");
}

/* Scratch is taken by every size that uses it; the arena keeps the largest. What forward alone needs and what backward alone needs have one
 * name, and so one place: "embedded / dx". */
static void take_scratch(struct workspace *w, const struct sizes *s) {
	const struct model_config *c = &w->model->config;
	struct arena *a = &w->arena;
	size_t bytes = workspace_device(w)->act_bytes, cells = CLASS_WIDTH * CELLS, pixels = 3 * (size_t)(c->patch * c->patch);
	arena_take(a, &w->patches, bytes, s->batch * s->visible, pixels > cells ? pixels : cells, "patches");
	arena_take(a, &w->embedded, bytes, s->batch * s->visible, s->width, "embedded / dx");
	arena_take(a, &w->encoded, bytes, s->tokens, s->width, "encoded");
	arena_take(a, &w->context, bytes, s->tokens, s->decoder, "context / dkv");
	arena_take(a, &w->z, bytes, s->sequence, s->decoder, "decoder.z");
	const size_t rows[2] = {s->tokens, s->queries}, width[2] = {s->width, s->decoder};
	for (int i = 0; i < 2; i++) {
		arena_take(a, &w->residual, bytes, rows[i], width[i], "residual / dy");
		if (!w->backward) continue;
		arena_take(a, &w->dx, bytes, rows[i], width[i], "embedded / dx");
		arena_take(a, &w->dy, bytes, rows[i], width[i], "residual / dy");
		arena_take(a, &w->dhidden, bytes, rows[i], MLP_RATIO * width[i], "scratch.dhidden");
	}
	if (!w->backward) return;
	arena_take(a, &w->dhidden, bytes, s->batch * s->visible, cells, "scratch.dhidden");
	arena_take(a, &w->dcontext, bytes, s->tokens, s->decoder, "context / dkv"); /* comes when every stage is done with dkv */
	arena_take(a, &w->dz, bytes, s->sequence, s->decoder, "scratch.dz");
	if (!c->cross_attention) {
		arena_take(a, &w->zeros, bytes, s->sequence, s->decoder, "zeros");
		return;
	}
	arena_take(a, &w->dkv, bytes, s->sequence, 2 * s->decoder, "context / dkv");
	arena_take(a, &w->dkn, bytes, s->sequence, s->decoder, "scratch.dkn");
}

static void take_all(struct workspace *w) {
	const struct model_config *c = &w->model->config;
	size_t batch = (size_t)w->batch_max, visible = (size_t)w->visible, patches = (size_t)config_patches(c);
	struct sizes s = {.batch = batch, .visible = visible, .tokens = batch * (visible + 1), .patches = patches,
	                  .queries = batch * patches, .sequence = batch * patches * (size_t)w->model->layout.groups,
	                  .width = (size_t)c->width, .decoder = (size_t)c->decoder_width};
	take_inputs(w, &s);
	take_scratch(w, &s);
	for (int i = 0; i < c->depth; i++) {
		struct namer n = {w, s.tokens, s.width, (size_t)c->heads, "block"};
		if (w->backward) snprintf(n.name, sizeof n.name, "encoder.%d", i);
		take_block(&n, &w->encoder[i]);
	}
	for (int i = 0; i < c->stages; i++) take_stage(w, &s, i);
}

static int sets(bool backward) { return backward ? INPUT_SETS : 1; }
static const char *purpose(const struct workspace *w) { return w->backward ? "a training step" : "a forward pass"; }

int workspace_plan(const struct model_config *c, size_t act_bytes, int batch, int visible, bool backward, each_tensor each, void *context,
                   size_t *bytes) {
	struct device device = {.act_bytes = act_bytes};
	struct model *m = calloc(1, sizeof *m);
	struct workspace *w = calloc(1, sizeof *w);
	int rc = m && w ? 0 : err_set(ERR_MEMORY, "no memory to plan a workspace");
	*bytes = 0;
	if (!rc) {
		*m = (struct model){.device = &device, .config = *c, .layout.groups = c->stages};
		*w = (struct workspace){.model = m, .batch_max = batch, .visible = visible, .backward = backward, .sets = sets(backward)};
		take_all(w);
		rc = arena_plan(&w->arena, purpose(w));
		if (!rc) arena_each(&w->arena, each, context);
		*bytes = w->arena.bytes;
		arena_fini(&w->arena);
	}
	free(w);
	free(m);
	return rc;
}

/* The device had no memory for it: what it needs, what there is, what would fit. Memory grows with the batch. */
static int explain(const struct workspace *w) {
	const struct model_config *c = &w->model->config;
	struct device *d = workspace_device(w);
	size_t available, total, bytes;
	int low = 0, high = w->batch_max;
	device_available(d, &available, &total);
	if (!total) return ERR_MEMORY; /* the allocation's own sentence stands */
	while (high - low > 1) {
		int middle = low + (high - low) / 2;
		int rc = workspace_plan(c, d->act_bytes, middle, w->visible, w->backward, NULL, NULL, &bytes);
		if (rc) return rc;
		if (bytes <= available) low = middle;
		else high = middle;
	}
	char advice[96] = "not even one image fits: choose a smaller preset";
	if (low > 0) snprintf(advice, sizeof advice, "a batch of %d would fit: set batch=%d, or a smaller preset", low, low);
	return err_set(ERR_MEMORY, "%s of batch %d needs %.1f GB beside the model, and %.1f of the %.1f GB of this %s are free (%s)", purpose(w),
	               w->batch_max, (double)w->arena.bytes / 1e9, (double)available / 1e9, (double)total / 1e9,
	               strcmp(d->kind, "cpu") ? "GPU" : "machine", advice);
}

static int allocate(struct workspace *w) {
	arena_init(&w->arena, workspace_device(w));
	take_all(w);
	int rc = arena_commit(&w->arena, purpose(w));
	if (rc == ERR_MEMORY && w->arena.bytes) rc = explain(w);
	if (rc) return rc;
	for (int i = 0; i < w->model->config.stages; i++)
		if (!w->stages[i].context.x) w->stages[i].context.x = w->z;
	return 0;
}

/* Host memory that is uploaded or fetched every step, and the counts behind the loss weights. */
static int allocate_host(struct workspace *w) {
	struct device *d = workspace_device(w);
	size_t batch = (size_t)w->batch_max, patches = (size_t)config_patches(&w->model->config);
	size_t indices = 3 * batch * (size_t)w->visible + batch * patches * (size_t)w->model->layout.groups;
	bool ok = (w->taken = calloc(batch, sizeof *w->taken)) != NULL;
	ok = (w->host_loss = d->memory->host_alloc(d, GRANULARITIES * batch * sizeof *w->host_loss)) && ok;
	ok = (w->host_guard = d->memory->host_alloc(d, 2 * sizeof *w->host_guard)) && ok;
	for (int k = 0; k < w->sets; k++) {
		struct input_set *in = &w->set[k];
		ok = (in->host_index = d->memory->host_alloc(d, indices * sizeof *in->host_index)) && ok;
		ok = (in->host_weight = d->memory->host_alloc(d, GRANULARITIES * batch * sizeof *in->host_weight)) && ok;
		for (int g = 0; g < GRANULARITIES; g++) ok = (in->valid[g] = calloc(batch, sizeof *in->valid[g])) && ok;
	}
	return ok ? 0 : err_set(ERR_MEMORY, "no host memory for the indices of a batch of %d", w->batch_max);
}

int workspace_new(struct workspace **out, struct model *m, int batch, int visible, bool backward) {
	*out = NULL;
	int all = m->layout.groups * config_patches(&m->config);
	if (batch < 1 || batch > BATCH_MAX)
		return err_set(ERR_ARGUMENT, "a batch of %d can't be computed (1 to %d)", batch, BATCH_MAX);
	if (visible < 1 || visible > all)
		return err_set(ERR_ARGUMENT, "%d visible tokens can't be chosen from %d patches (1 to %d)", visible, all, all);
	struct workspace *w = calloc(1, sizeof *w);
	if (!w) return err_set(ERR_MEMORY, "no memory for a workspace");
	w->model = m;
	w->batch_max = batch;
	w->visible = visible;
	w->backward = backward;
	w->sets = sets(backward);
	w->in = &w->set[w->sets - 1]; /* the first input goes into set 0 */
	w->gradients = m->buffer[GRADIENTS];
	int rc;
	if ((rc = allocate(w)) || (rc = allocate_host(w))) {
		workspace_free(w);
		return rc;
	}
	*out = w;
	return 0;
}

void workspace_free(struct workspace *w) {
	if (!w) return;
	struct device *d = workspace_device(w);
	void *host[] = {w->host_loss, w->host_guard, w->set[0].host_index, w->set[0].host_weight, w->set[1].host_index, w->set[1].host_weight};
	arena_fini(&w->arena); /* waits for what is queued */
	for (size_t i = 0; i < sizeof host / sizeof *host; i++)
		if (host[i]) d->memory->host_free(d, host[i]);
	for (int k = 0; k < INPUT_SETS; k++) {
		for (int i = 0; i < RECORDINGS; i++) device_graph_free(d, w->set[k].graph[i]);
		for (int g = 0; g < GRANULARITIES; g++) free(w->set[k].valid[g]);
	}
	free(w->taken);
	free(w);
}

size_t workspace_bytes(const struct workspace *w) { return w->arena.bytes; }
void workspace_each(const struct workspace *w, each_tensor each, void *context) { arena_each(&w->arena, each, context); }

void workspace_substitute(struct workspace *w, enum granularity g, const struct workspace *other) {
	for (int i = 0; i < w->model->layout.groups; i++)
		if (w->model->layout.stages[i].granularity == g) w->substitute[i] = other;
}

/* ---- shapes of the loaded batch ---- */

struct block_shape encoder_shape(const struct workspace *w) {
	const struct model_config *c = &w->model->config;
	return (struct block_shape){(size_t)w->batch * (size_t)(w->visible + 1), c->width, c->heads, w->batch, w->visible + 1};
}

struct block_shape decoder_shape(const struct workspace *w) {
	const struct model_config *c = &w->model->config;
	return (struct block_shape){(size_t)w->batch * (size_t)config_patches(c), c->decoder_width, c->decoder_heads, w->batch,
	                            config_patches(c)};
}

struct attention_shape cross_shape(const struct workspace *w) {
	const struct model_config *c = &w->model->config;
	int d = c->decoder_width, patches = config_patches(c);
	return (struct attention_shape){.batch = w->batch,
	                                .heads = c->decoder_heads,
	                                .head_dim = d / c->decoder_heads,
	                                .queries = patches,
	                                .keys = w->model->layout.groups * patches,
	                                .q_stride = d,
	                                .k_stride = 2 * d,
	                                .v_stride = 2 * d};
}

struct attention_shape self_shape(const struct block_shape *s) {
	int stride = 3 * s->width;
	return (struct attention_shape){.batch = s->batch, .heads = s->heads, .head_dim = s->width / s->heads, .queries = s->tokens,
	                                .keys = s->tokens, .q_stride = stride, .k_stride = stride, .v_stride = stride};
}

struct patch_shape workspace_patches(const struct workspace *w) {
	return (struct patch_shape){w->batch, config_side(&w->model->config), w->model->config.patch};
}

act *workspace_patch_rows(const struct workspace *w, enum granularity g) {
	const struct layout *l = &w->model->layout;
	size_t at = 0;
	for (int i = 0; l->sequence[i] != g; i++)
		at += (size_t)w->in->count[l->sequence[i]] * (size_t)l->adapter[l->sequence[i]].proj.in;
	return act_at(workspace_device(w), w->patches, at);
}
