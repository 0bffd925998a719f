#include "viewer/attended.h"

#include <stdlib.h>
#include <string.h>

struct ranked { float weight; int patch; };

static int heaviest_first(const void *a, const void *b) {
	const struct ranked *x = a, *y = b;
	return (x->weight < y->weight) - (x->weight > y->weight);
}

/* Equal weights have the same before: a contour takes all of them or none. */
void attended_rank(struct attended_keys *k, int patches) {
	struct ranked order[PATCHES_MAX];
	double sum = 0, held = 0;
	int n = 0;
	for (int i = 0; i < patches; i++)
		if (k->present[i]) sum += k->weight[i], order[n++] = (struct ranked){k->weight[i], i};
	qsort(order, (size_t)n, sizeof *order, heaviest_first);
	for (int i = 0, equal = 0; i < n; i++) {
		if (order[i].weight < order[equal].weight)
			for (; equal < i; equal++) held += order[equal].weight;
		k->before[order[i].patch] = sum > 0 ? (float)(held / sum) : 1;
	}
}

bool attended_inside(const struct attended_keys *k, int n, int share) { return k->present[n] && k->before[n] < share / 100.0; }

/* ---- the choice ------------------------------------------------------------------------------------------------------------------ */

static const struct attended_layer *layer_of(const struct attended_choice *c, const struct attended_layers *l) { return &l->of[c->layer]; }

void attended_settle(struct attended_choice *c, const struct attended_layers *l) {
	if (c->layer < 0 || c->layer >= l->count) c->layer = l->last;
	const struct attended_layer *layer = layer_of(c, l);
	if (c->head >= layer->heads || (c->head == ATTENDED_ROLLOUT && !layer->encoder)) c->head = ATTENDED_MEAN;
	if (c->asker == ASKER_GLOBAL && !layer->encoder) c->asker = ASKER_MEAN;
	if (c->asker == ASKER_PATCH && !layer->encoder) c->of = layer->stage;
}

static enum attended_asker usual(const struct attended_layer *layer) { return layer->encoder ? ASKER_GLOBAL : ASKER_MEAN; }

/* Between encoder and decoder the usual query stays the usual one. */
void attended_step_layer(struct attended_choice *c, const struct attended_layers *l, int by) {
	attended_settle(c, l);
	bool was_usual = c->asker == usual(layer_of(c, l));
	c->layer = (c->layer + by + l->count) % l->count;
	if (was_usual) c->asker = usual(layer_of(c, l));
	attended_settle(c, l);
}

void attended_step_head(struct attended_choice *c, const struct attended_layers *l, int by) {
	attended_settle(c, l);
	const struct attended_layer *layer = layer_of(c, l);
	int first = layer->encoder ? 2 : 1, count = layer->heads + first; /* mean, rollout, 0, ...: by their places in that order */
	int at = c->head >= 0 ? c->head + first : c->head == ATTENDED_ROLLOUT;
	at = (at + by + count) % count;
	c->head = at >= first ? at - first : at ? ATTENDED_ROLLOUT : ATTENDED_MEAN;
}

void attended_step_share(struct attended_choice *c) { c->share = c->share >= 50 && c->share < 90 ? c->share / 10 * 10 + 10 : 50; }

void attended_pick(struct attended_choice *c, const struct attended_layers *l, enum granularity of, int patch) {
	attended_settle(c, l);
	const struct attended_layer *layer = layer_of(c, l);
	if (!layer->encoder) of = layer->stage;
	if (c->asker == ASKER_PATCH && c->of == of && c->patch == patch) c->asker = usual(layer);
	else c->asker = ASKER_PATCH, c->of = of, c->patch = patch;
}
