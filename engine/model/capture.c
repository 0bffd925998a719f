#include "engine/model/capture.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/model/internal.h"

/* ---- layers by name ---- */

int attention_layers(const struct model_config *c, struct attention_layer out[ATTENTION_LAYERS_MAX]) {
	int n = 0;
	for (int i = 0; i < c->depth; i++) out[n++] = (struct attention_layer){.kind = ATTENTION_ENCODER, .block = i};
	for (int i = 0; i < c->stages; i++) {
		if (c->cross_attention) out[n++] = (struct attention_layer){.kind = ATTENTION_CROSS, .stage = c->stage[i]};
		for (int j = 0; j < STAGE_BLOCKS; j++) out[n++] = (struct attention_layer){ATTENTION_STAGE, c->stage[i], j};
	}
	return n;
}

bool attention_layer_same(struct attention_layer a, struct attention_layer b) {
	return a.kind == b.kind && a.block == b.block && (a.kind == ATTENTION_ENCODER || a.stage == b.stage);
}

void attention_layer_name(struct attention_layer l, char out[ATTENTION_NAME_BYTES]) {
	if (l.kind == ATTENTION_ENCODER) snprintf(out, ATTENTION_NAME_BYTES, "encoder.%d", l.block);
	else if (l.kind == ATTENTION_CROSS) snprintf(out, ATTENTION_NAME_BYTES, "%s.cross", granularity_name[l.stage]);
	else snprintf(out, ATTENTION_NAME_BYTES, "%s.%d", granularity_name[l.stage], l.block);
}

/* Whether TEXT is NAME, or a short form of it. */
static bool layer_matches(const struct model_config *c, struct attention_layer l, const char *name, const char *text) {
	if (strcmp(text, name) == 0) return true;
	if (l.kind == ATTENTION_CROSS) return strcmp(text, granularity_name[l.stage]) == 0;
	if (l.kind != ATTENTION_ENCODER) return false;
	return strcmp(text, name + strlen("encoder.")) == 0 || (l.block == c->depth - 1 && strcmp(text, "last") == 0);
}

int attention_layer_parse(const struct model_config *c, const char *text, struct attention_layer *out) {
	struct attention_layer all[ATTENTION_LAYERS_MAX];
	char name[ATTENTION_NAME_BYTES];
	int n = attention_layers(c, all);
	for (int i = 0; i < n; i++) {
		attention_layer_name(all[i], name);
		if (!layer_matches(c, all[i], name, text)) continue;
		*out = all[i];
		return 0;
	}
	return err_set(ERR_ARGUMENT, "there is no layer '%.40s' (0 to %d or last: the encoder's blocks; %s%s.0 and .1: a stage's%s)", text, c->depth - 1,
	               c->cross_attention ? "semseg, instance, rgb: a stage's cross-attention; " : "", granularity_name[c->stage[0]], " own blocks");
}

void attention_map_free(struct attention_map *m) {
	free(m->values);
	free(m->query);
	free(m->key);
	*m = (struct attention_map){0};
}

/* ---- what the forward pass calls ---- */

struct capture { const struct attention_layer *layers; int count; struct attention_map *maps; float *scratch; };

void capture_layer(const struct workspace *w, struct attention_layer layer, const act *q, const act *k, const struct attention_shape *s) {
	const struct capture *c = w->capture;
	struct device *d = workspace_device(w);
	if (!c) return;
	for (int i = 0; i < c->count; i++) {
		if (!attention_layer_same(c->layers[i], layer)) continue;
		const struct attention_map *m = &c->maps[i];
		assert(m->heads == s->heads && m->queries == s->queries && m->keys == s->keys);
		d->op->attention_map(d, c->scratch, q, k, s);
		device_download(d, m->values, c->scratch, sizeof(float) * (size_t)m->heads * (size_t)m->queries * (size_t)m->keys);
	}
}

void capture_block(const struct workspace *w, struct attention_layer layer, const struct block_acts *a, const struct block_shape *s) {
	struct attention_shape shape = self_shape(s);
	capture_layer(w, layer, a->qkv, act_at(workspace_device(w), a->qkv, (size_t)s->width), &shape);
}

/* ---- a request ---- */

/* The encoder's tokens: each has its place in the position table, granularity * N + patch. */
static void name_encoder(const struct workspace *w, struct attention_token *t) {
	int patches = config_patches(&w->model->config);
	const struct input_set *in = w->next ? w->next : w->in;
	const int32_t *place = in->host_index + 2 * w->visible;
	for (int i = 0; i < w->visible; i++) t[i] = (struct attention_token){place[i] / patches, place[i] % patches};
	t[w->visible] = (struct attention_token){GLOBAL_TOKEN, 0};
}

static void name_patches(struct attention_token *t, enum granularity g, int patches) {
	for (int n = 0; n < patches; n++) t[n] = (struct attention_token){(int)g, n};
}

static void name_tokens(const struct workspace *w, const struct attention_map *m) {
	const struct layout *l = &w->model->layout;
	int patches = config_patches(&w->model->config);
	if (m->layer.kind == ATTENTION_ENCODER) {
		name_encoder(w, m->query);
		name_encoder(w, m->key);
		return;
	}
	name_patches(m->query, m->layer.stage, patches);
	if (m->layer.kind == ATTENTION_STAGE) name_patches(m->key, m->layer.stage, patches);
	for (int i = 0; i < l->groups && m->layer.kind == ATTENTION_CROSS; i++) name_patches(m->key + i * patches, l->sequence[i], patches);
}

static int map_new(struct attention_map *m, const struct workspace *w, struct attention_layer layer) {
	const struct model_config *c = &w->model->config;
	int tokens = layer.kind == ATTENTION_ENCODER ? w->visible + 1 : config_patches(c);
	*m = (struct attention_map){.layer = layer, .heads = layer.kind == ATTENTION_ENCODER ? c->heads : c->decoder_heads, .queries = tokens,
		.keys = layer.kind == ATTENTION_CROSS ? tokens * w->model->layout.groups : tokens};
	m->values = malloc(sizeof *m->values * (size_t)m->heads * (size_t)m->queries * (size_t)m->keys);
	m->query = malloc(sizeof *m->query * (size_t)m->queries);
	m->key = malloc(sizeof *m->key * (size_t)m->keys);
	if (!m->values || !m->query || !m->key) return err_set(ERR_MEMORY, "no memory for an attention map of %d x %d x %d", m->heads, m->queries, m->keys);
	name_tokens(w, m);
	return 0;
}

int capture_forward(struct workspace *w, const struct attention_layer *layers, int count, struct attention_map *maps) {
	struct device *d = workspace_device(w);
	struct capture c = {layers, count, maps, NULL};
	size_t largest = 0;
	int rc = 0, made = 0;
	assert(!w->backward && (w->next ? w->next : w->in)->batch <= 1);
	while (!rc && made < count) {
		struct attention_map *m = &maps[made];
		rc = map_new(m, w, layers[made++]);
		size_t values = (size_t)m->heads * (size_t)m->queries * (size_t)m->keys;
		if (values > largest) largest = values;
	}
	if (!rc && count) rc = device_alloc(d, (void **)&c.scratch, largest * sizeof(float), "an attention map");
	w->capture = count ? &c : NULL;
	if (!rc) rc = model_forward(w);
	if (!rc) rc = device_sync(d);
	w->capture = NULL;
	device_free(d, c.scratch);
	for (int i = 0; rc && i < made; i++) attention_map_free(&maps[i]);
	return rc;
}
