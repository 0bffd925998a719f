#include "engine/train/attend.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"

/* ---- one query's weights ---- */

static const struct attention_map *find_map(const struct whatif *w, struct attention_layer layer) {
	for (int i = 0; i < w->captures; i++)
		if (attention_layer_same(w->maps[i].layer, layer)) return &w->maps[i];
	return NULL;
}

static int missing(struct attention_layer layer) {
	char name[ATTENTION_NAME_BYTES];
	attention_layer_name(layer, name);
	return err_set(ERR_ARGUMENT, "the attention of %s was not captured (it must be among the what-if's layers)", name);
}

static const float *row_of(const struct attention_map *m, int head, int query) {
	return m->values + ((size_t)head * (size_t)m->queries + (size_t)query) * (size_t)m->keys;
}

/* The queries' own weights, [queries]: one of them, or all alike. */
static int weigh_queries(const struct attention_map *m, const struct attend_query *q, double *weight) {
	int global = q->kind == ATTEND_GLOBAL;
	for (int i = 0; i < m->queries; i++) weight[i] = q->kind == ATTEND_TOKENS ? 1.0 / m->queries : 0;
	if (q->kind == ATTEND_TOKENS) return 0;
	for (int i = 0; i < m->queries; i++) {
		const struct attention_token *t = &m->query[i];
		if (global ? t->granularity != GLOBAL_TOKEN : t->granularity != (int)q->granularity || t->patch != q->patch) continue;
		weight[i] = 1;
		return 0;
	}
	if (global) return err_set(ERR_ARGUMENT, "a decoder stage has no global token (ask for query=mean, or for a patch)");
	if (m->layer.kind != ATTENTION_ENCODER)
		return err_set(ERR_ARGUMENT, "patch %d of %s asks nothing in this layer (a stage's queries are its own granularity's patches)", q->patch,
		               granularity_name[q->granularity]);
	return err_set(ERR_ARGUMENT, "patch %d of %s is masked (the encoder has no token of it: choose a visible one, or mask=none)", q->patch,
	               granularity_name[q->granularity]);
}

/* OUT [keys] = IN [queries] times the map of HEAD, or of the mean over heads. */
static void apply_map(const struct attention_map *m, int head, const double *in, double *out) {
	int first = head < 0 ? 0 : head, last = head < 0 ? m->heads - 1 : head;
	for (int k = 0; k < m->keys; k++) out[k] = 0;
	for (int h = first; h <= last; h++)
		for (int q = 0; q < m->queries; q++) {
			const float *row = row_of(m, h, q);
			double share = in[q] / (last - first + 1);
			for (int k = 0; share > 0 && k < m->keys; k++) out[k] += share * row[k];
		}
}

/* A row vector from the left through A_n ... A_1, A = 0.5 mean over heads + 0.5 I: so the matrices themselves need not be multiplied. */
static int roll_out(const struct whatif *w, int block, double *weight, double *scratch) {
	for (; block >= 0; block--) {
		const struct attention_layer layer = {.kind = ATTENTION_ENCODER, .block = block};
		const struct attention_map *m = find_map(w, layer);
		if (!m) return missing(layer);
		apply_map(m, ATTEND_MEAN, weight, scratch);
		for (int k = 0; k < m->keys; k++) weight[k] = 0.5 * weight[k] + 0.5 * scratch[k];
	}
	return 0;
}

/* *OUT [keys], the caller's. */
static int weigh_keys(const struct whatif *w, const struct attention_map *m, const struct attend_choice *c, double **out) {
	size_t most = (size_t)(m->keys > m->queries ? m->keys : m->queries);
	double *queries = malloc(2 * most * sizeof *queries), *keys = queries + most;
	int rc = queries ? weigh_queries(m, &c->query, queries) : err_set(ERR_MEMORY, "no memory to read an attention map");
	if (!rc && c->head == ATTEND_ROLLOUT) {
		rc = roll_out(w, m->layer.block, queries, keys);
		keys = queries;
	} else if (!rc) apply_map(m, c->head, queries, keys);
	if (!rc) memmove(queries, keys, (size_t)m->keys * sizeof *keys);
	if (rc) free(queries);
	else *out = queries;
	return rc;
}

/* ---- numbers ---- */

/* The share of patch N's cells that belong to an object. */
static float object_share(const struct whatif *w, int n) {
	int side = config_side(&w->config), cells = config_cells_side(&w->config), objects = 0;
	for (int i = 0; i < CELLS; i++)
		objects += w->labels[INSTANCE][(n / side * CELLS_SIDE + i / CELLS_SIDE) * cells + n % side * CELLS_SIDE + i % CELLS_SIDE] > 0;
	return (float)objects / CELLS;
}

static int descending(const void *a, const void *b) {
	float x = *(const float *)a, y = *(const float *)b;
	return (x < y) - (x > y);
}

/* The weights of the patches present, largest first; returns their sum. */
static double sorted_weights(const struct attend_view *v, float out[PATCHES_MAX]) {
	double sum = 0;
	int n = 0;
	for (int p = 0; p < v->patches; p++)
		if (v->present[p]) sum += out[n++] = v->weight[p];
	qsort(out, (size_t)n, sizeof *out, descending);
	return sum;
}

/* The last patch counts by the part of it that is needed. */
static double area_of_half(const struct attend_view *v, const float *sorted, double sum) {
	double held = 0;
	int n = 0;
	while (n < v->present_count - 1 && held + sorted[n] < sum / 2) held += sorted[n++];
	return (n + (sum / 2 - held) / sorted[n]) / v->present_count;
}

static void measure(const struct attend_view *v, struct attend_numbers *n) {
	float sorted[PATCHES_MAX];
	double sum = sorted_weights(v, sorted);
	n->objects = n->object_area = n->area50 = n->entropy = n->relative = NAN;
	if (v->present_count == 0 || !(sum > 0)) return;
	n->objects = n->object_area = n->entropy = 0;
	for (int p = 0; p < v->patches; p++) {
		if (!v->present[p]) continue;
		double share = v->weight[p] / sum, object = v->object[p];
		n->objects += share * object;
		n->object_area += object / v->present_count;
		if (share > 0) n->entropy -= share * log(share);
	}
	n->area50 = area_of_half(v, sorted, sum);
	if (v->present_count > 1) n->relative = n->entropy / log(v->present_count);
}

/* From one query to the keys of granularity G; NAN where these have no weight. */
static double query_distance(const struct attention_map *m, int head, int query, enum granularity g, int side) {
	const float *row = row_of(m, head, query);
	int from = m->query[query].patch;
	double sum = 0, distance = 0;
	for (int k = 0; k < m->keys; k++) {
		if (m->key[k].granularity != (int)g) continue;
		int to = m->key[k].patch;
		sum += row[k];
		distance += row[k] * hypot(from % side - to % side, from / side - to / side);
	}
	return sum > 0 ? distance / sum : NAN;
}

static void measure_distances(const struct attention_map *m, const struct attend_choice *c, int side, struct attend_numbers *n) {
	const struct attend_query *q = &c->query;
	n->heads = m->heads;
	for (int h = 0; h < m->heads; h++) {
		double sum = 0;
		int count = 0;
		for (int i = 0; i < m->queries; i++) {
			const struct attention_token *t = &m->query[i];
			if (t->granularity == GLOBAL_TOKEN) continue;
			if (q->kind == ATTEND_PATCH && (t->granularity != (int)q->granularity || t->patch != q->patch)) continue;
			sum += query_distance(m, h, i, c->granularity, side);
			count++;
		}
		n->distance[h] = count ? sum / count : NAN;
	}
}

static int check_head(const struct attention_map *m, int head) {
	if (m->heads > ATTEND_HEADS_MAX) return err_set(ERR_ARGUMENT, "attention of %d heads can't be shown (at most %d)", m->heads, ATTEND_HEADS_MAX);
	if (head == ATTEND_ROLLOUT && m->layer.kind != ATTENTION_ENCODER)
		return err_set(ERR_ARGUMENT, "rollout goes through the encoder's blocks (a decoder stage has none: take a head or the mean)");
	if (head < ATTEND_ROLLOUT || head >= m->heads) return err_set(ERR_ARGUMENT, "there is no head %d (0 to %d, mean or rollout)", head, m->heads - 1);
	return 0;
}

int attend_view(const struct whatif *w, const struct attend_choice *c, struct attend_view *out) {
	const struct attention_map *m = find_map(w, c->layer);
	double *weight;
	int rc = m ? check_head(m, c->head) : missing(c->layer);
	if (!rc) rc = weigh_keys(w, m, c, &weight);
	if (rc) return rc;
	*out = (struct attend_view){.side = config_side(&w->config), .patches = config_patches(&w->config)};
	for (int n = 0; n < out->patches; n++) {
		out->masked[n] = w->draw.final[c->granularity][n];
		out->object[n] = object_share(w, n);
	}
	for (int k = 0; k < m->keys; k++) {
		const struct attention_token *t = &m->key[k];
		*(t->granularity == GLOBAL_TOKEN ? &out->numbers.global : &out->numbers.mass[t->granularity]) += weight[k];
		if (t->granularity != (int)c->granularity) continue;
		out->weight[t->patch] = (float)weight[k];
		out->present[t->patch] = true;
		out->present_count++;
	}
	free(weight);
	measure(out, &out->numbers);
	measure_distances(m, c, out->side, &out->numbers);
	return 0;
}

float attend_threshold(const struct attend_view *v, double share) {
	float sorted[PATCHES_MAX];
	double sum = sorted_weights(v, sorted), held = 0;
	int n = 0;
	if (!(sum > 0)) return 0;
	while (n < v->present_count - 1 && held + sorted[n] < share * sum) held += sorted[n++];
	return sorted[n];
}

/* ---- attention drift ---- */

struct attend_choice attend_drift_choice(const struct model_config *c) {
	return (struct attend_choice){.layer = {.kind = ATTENTION_ENCODER, .block = c->depth - 1}, .head = ATTEND_MEAN, .query = {.kind = ATTEND_GLOBAL}, .granularity = RGB};
}

void attend_drift_add(struct attend_drift *d, const struct attend_numbers *n) {
	double *means[] = {&d->objects, &d->object_area, &d->area50, &d->relative};
	const double of[] = {n->objects, n->object_area, n->area50, n->relative};
	if (!(n->object_area > 0 && n->object_area < 1)) return;
	d->samples++;
	for (int i = 0; i < 4; i++) *means[i] += (of[i] - *means[i]) / (double)d->samples;
}

static int drift_sample(struct trainer_access *a, const struct attend_drift_request *r, int index, struct attend_numbers *out) {
	const struct attend_choice choice = attend_drift_choice(&a->fixed->model);
	struct whatif w = {.split = VAL, .index = index, .step = -1, .mask = r->mask, .layers = &choice.layer, .captures = 1};
	struct attend_view view;
	int rc = whatif_run(a, &w);
	if (rc) return rc;
	rc = attend_view(&w, &choice, &view);
	*out = view.numbers;
	whatif_free(&w);
	return rc;
}

static int drift(struct trainer_access *a, void *request) {
	struct attend_drift_request *r = request;
	int count = a->dataset ? dataset_count(a->dataset, VAL) : 0, rc = 0;
	r->result = (struct attend_drift){.step = a->step};
	for (int i = 0; !rc && i < r->samples && i < count; i++) {
		struct attend_numbers n;
		rc = drift_sample(a, r, i, &n);
		if (!rc) attend_drift_add(&r->result, &n);
	}
	if (!rc && !r->result.samples) rc = err_set(ERR_STATE, "no validation image among the first %d shows objects on a background (take more samples)", r->samples);
	return rc;
}

int attend_drift_run(struct trainer_access *a, void *request) {
	const struct attend_drift_request *r = request;
	return r->checkpoint ? whatif_with(a, r->checkpoint, drift, request) : drift(a, request);
}
