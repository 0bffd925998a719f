#include "app/exploring.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"

_Static_assert((int)ATTENDED_MEAN == (int)ATTEND_MEAN && (int)ATTENDED_ROLLOUT == (int)ATTEND_ROLLOUT && (int)ATTENDED_HEADS == (int)ATTEND_HEADS_MAX, "heads are named alike");
_Static_assert((int)ATTENDED_LAYERS >= (int)ATTENTION_LAYERS_MAX, "every layer can be chosen");

void exploring_layers(const struct model_config *c, struct attended_layers *out) {
	struct attention_layer layers[ATTENTION_LAYERS_MAX];
	*out = (struct attended_layers){.count = attention_layers(c, layers), .last = c->depth - 1};
	for (int i = 0; i < out->count; i++) {
		bool encoder = layers[i].kind == ATTENTION_ENCODER;
		out->of[i] = (struct attended_layer){.encoder = encoder, .stage = layers[i].stage, .heads = encoder ? c->heads : c->decoder_heads};
		attention_layer_name(layers[i], out->of[i].name);
	}
}

void exploring_question(const struct model_config *config, const struct attended_choice *c, struct attend_choice *out) {
	static const enum attend_query_kind kind[] = {[ASKER_GLOBAL] = ATTEND_GLOBAL, [ASKER_MEAN] = ATTEND_TOKENS, [ASKER_PATCH] = ATTEND_PATCH};
	struct attention_layer layers[ATTENTION_LAYERS_MAX];
	attention_layers(config, layers);
	*out = (struct attend_choice){.layer = layers[c->layer], .head = c->head, .query = {kind[c->asker], c->of, c->patch}};
}

int exploring_read(const struct model_config *config, const char *layer, const char *head, const char *query, struct attended_choice *c) {
	static const enum attended_asker asker[] = {[ATTEND_GLOBAL] = ASKER_GLOBAL, [ATTEND_TOKENS] = ASKER_MEAN, [ATTEND_PATCH] = ASKER_PATCH};
	struct attended_layers all;
	struct attention_layer layers[ATTENTION_LAYERS_MAX], named;
	struct attend_choice q = {.granularity = RGB};
	struct attended_choice asked = *c;
	exploring_layers(config, &all);
	attention_layers(config, layers);
	int rc = layer ? attention_layer_parse(config, layer, &named) : 0;
	for (int i = 0; !rc && layer && i < all.count; i++)
		if (attention_layer_same(layers[i], named)) attended_step_layer(&asked, &all, i - (asked.layer < 0 ? all.last : asked.layer));
	attended_settle(&asked, &all);
	q.layer = layers[asked.layer];
	if (!rc && head) rc = attending_head(head, &asked.head);
	if (!rc && (asked.head >= all.of[asked.layer].heads || (asked.head == ATTENDED_ROLLOUT && !all.of[asked.layer].encoder)))
		rc = err_set(ERR_ARGUMENT, "%s has no head %s (0 to %d, mean%s)", all.of[asked.layer].name, head, all.of[asked.layer].heads - 1,
		             all.of[asked.layer].encoder ? ", rollout" : "; rollout goes through the encoder's blocks");
	if (!rc && query) rc = attending_query(query, config, &q);
	if (!rc && query && q.query.kind == ATTEND_GLOBAL && !all.of[asked.layer].encoder)
		rc = err_set(ERR_ARGUMENT, "a decoder stage has no global token (ask for query=mean, or for a patch)");
	if (rc) return rc;
	if (query) asked.asker = asker[q.query.kind], asked.of = q.query.granularity, asked.patch = q.query.patch;
	attended_settle(&asked, &all);
	*c = asked;
	return 0;
}

void exploring_words(const struct attended_layers *l, const struct attended_choice *c, char *out, size_t capacity) {
	char head[16], query[32];
	attending_head_name(c->head, head, sizeof head);
	if (c->asker == ASKER_PATCH) snprintf(query, sizeof query, "%s:%d", granularity_name[c->of], c->patch);
	else snprintf(query, sizeof query, "%s", c->asker == ASKER_GLOBAL ? "global" : "mean");
	snprintf(out, capacity, "attend=%s head=%s query=%s mass=%d", c->layer >= 0 && c->layer < l->count ? l->of[c->layer].name : "last", head, query, c->share);
}

/* ---- a row's weights and numbers ---------------------------------------------------------------------------------------------------- */

static void describe(const struct attend_choice *q, char *out, size_t capacity) {
	char layer[ATTENTION_NAME_BYTES], head[16], query[32];
	attention_layer_name(q->layer, layer);
	attending_head_name(q->head, head, sizeof head);
	attending_query_name(&q->query, query, sizeof query);
	snprintf(out, capacity, "%s, head %s, query %s", layer, head, query);
}

static void copy_view(const struct attend_view *v, enum granularity g, struct attended_keys *k) {
	const struct attend_numbers *n = &v->numbers;
	k->present_count = v->present_count;
	memcpy(k->weight, v->weight, sizeof k->weight);
	memcpy(k->present, v->present, sizeof k->present);
	attended_rank(k, v->patches);
	k->mass = n->mass[g];
	k->objects = n->objects, k->object_area = n->object_area;
	k->area50 = n->area50, k->entropy = n->entropy, k->relative = n->relative;
	for (int h = 0; h < ATTENDED_HEADS; h++) k->distance[h] = h < n->heads ? n->distance[h] : NAN;
}

/* One scale for a sample: its granularities can be compared. */
static void share_scale(struct board_row *row) {
	double least = INFINITY, most = 0;
	for (int g = 0; g < GRANULARITIES; g++) {
		const struct board_part *p = &row->part[g];
		for (int n = 0; p->keys && n < p->side * p->side; n++)
			if (p->keys->present[n]) least = fmin(least, p->keys->weight[n]), most = fmax(most, p->keys->weight[n]);
	}
	for (int g = 0; g < GRANULARITIES; g++)
		if (row->part[g].keys) row->part[g].keys->least = isfinite(least) ? least : 0, row->part[g].keys->most = most;
}

int exploring_fill(const struct whatif *w, const struct attended_choice *c, struct board_row *row) {
	struct attend_choice q;
	struct attend_view *v = malloc(sizeof *v);
	struct attended *a = &row->attended;
	*a = (struct attended){.asked = true, .known = true, .choice = *c};
	exploring_question(&w->config, c, &q);
	describe(&q, a->what, sizeof a->what);
	int rc = v ? 0 : err_set(ERR_MEMORY, "no memory for the viewer's pictures");
	for (int g = 0; !rc && g < GRANULARITIES; g++) {
		if (!row->part[g].used) continue;
		if (!(row->part[g].keys = calloc(1, sizeof *row->part[g].keys))) rc = err_set(ERR_MEMORY, "no memory for the viewer's pictures");
		q.granularity = (enum granularity)g;
		if (rc || !a->known) continue;
		a->known = attend_view(w, &q, v) == 0;
		if (!a->known) snprintf(a->why, sizeof a->why, "%s", err_message());
		else copy_view(v, (enum granularity)g, row->part[g].keys), a->heads = v->numbers.heads, a->global = v->numbers.global;
	}
	if (!rc) share_scale(row);
	free(v);
	return rc;
}
