/* app/exploring_panel.c -- the attention explorer's section of the side panel: what is chosen, and the numbers of the selected sample. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/exploring.h"

_Static_assert((int)CONTROL_NAMES >= (int)ATTENDED_LAYERS && (int)CONTROL_NAMES >= (int)ATTENDED_HEADS + 2, "every layer and head has a name in the panel");

enum { LINE_CHARS = 42, SHARE_LEAST = 10, SHARE_MOST = 90 };

static struct control *add(struct controls *c, enum control_kind kind, int id, const char *label) { return controls_add(c, kind, SECTION_ATTENTION, id, label); }

/* A sentence over several lines. */
static void add_sentence(struct controls *c, const char *text) {
	while (*text) {
		size_t n = strlen(text), cut = n;
		if (n > LINE_CHARS)
			for (cut = LINE_CHARS; cut > 0 && text[cut] != ' ';) cut--;
		if (!cut) cut = LINE_CHARS;
		struct control *k = add(c, CONTROL_TEXT, 0, "");
		snprintf(k->text, sizeof k->text, "%.*s", (int)cut, text);
		text += cut;
		text += *text == ' ';
	}
}

/* ---- what is chosen: heads and queries by their places in the lists --------------------------------------------------------------------- */

static int first_head(const struct attended_layer *layer) { return layer->encoder ? 2 : 1; } /* behind mean, rollout */

static void add_choices(struct controls *c, const struct attended_layers *l, const struct attended_choice *q) {
	const struct attended_layer *layer = &l->of[q->layer];
	char text[48];
	struct control *k = add(c, CONTROL_CHOICE, EXPLORE_LAYER, "layer");
	for (int i = 0; i < l->count; i++) control_add_name(k, l->of[i].name);
	k->value = q->layer;
	k = add(c, CONTROL_CHOICE, EXPLORE_HEAD, "head");
	control_add_name(k, "mean");
	if (layer->encoder) control_add_name(k, "rollout");
	for (int h = 0; h < layer->heads; h++) snprintf(text, sizeof text, "%d", h), control_add_name(k, text);
	k->value = q->head >= 0 ? q->head + first_head(layer) : q->head == ATTENDED_ROLLOUT;
	k = add(c, CONTROL_CHOICE, EXPLORE_QUERY, "query");
	if (layer->encoder) control_add_name(k, "global token");
	control_add_name(k, layer->encoder ? "mean of tokens" : "mean of patches");
	snprintf(text, sizeof text, "%s:%d", granularity_name[q->of], q->patch);
	if (q->asker == ASKER_PATCH) control_add_name(k, text);
	k->value = q->asker == ASKER_PATCH ? k->most : q->asker == ASKER_MEAN && layer->encoder;
	k = add(c, CONTROL_CHOICE, EXPLORE_MAP, "map");
	control_add_name(k, "over the picture");
	control_add_name(k, "plain");
	k->value = q->plain;
	k = add(c, CONTROL_SLIDER, EXPLORE_SHARE, "contour around");
	snprintf(k->text, sizeof k->text, "%d %% of the mass", q->share);
	k->value = q->share, k->least = SHARE_LEAST, k->most = SHARE_MOST, k->mark = 50;
	add(c, CONTROL_TEXT, 0, "click a patch: it asks; again: as usual");
}

bool exploring_take(const struct control *k, const struct attended_layers *l, struct attended_choice *c) {
	attended_settle(c, l);
	const struct attended_layer *layer = &l->of[c->layer];
	int first = first_head(layer);
	switch (k->id) {
	case EXPLORE_LAYER: attended_step_layer(c, l, k->value - c->layer); break;
	case EXPLORE_HEAD: c->head = k->value >= first ? k->value - first : k->value ? ATTENDED_ROLLOUT : ATTENDED_MEAN; break;
	case EXPLORE_BARS: c->head = k->value; break;
	case EXPLORE_QUERY: c->asker = k->value == 0 && layer->encoder ? ASKER_GLOBAL : k->value <= layer->encoder ? ASKER_MEAN : ASKER_PATCH; break;
	case EXPLORE_MAP: c->plain = k->value; break;
	case EXPLORE_SHARE: c->share = k->value; break;
	default: return false;
	}
	attended_settle(c, l);
	return true;
}

/* ---- numbers -------------------------------------------------------------------------------------------------------------------------------- */

/* Where the query's attention goes: one bar a granularity, and one for the global token. */
static void add_mass(struct controls *c, const struct board_head *h, const struct board_row *r) {
	struct control *k = add(c, CONTROL_BARS, 0, "");
	size_t at = (size_t)snprintf(k->label, sizeof k->label, "mass:");
	for (int s = 0; s < h->stages; s++) {
		const struct attended_keys *keys = r->part[h->stage[s]].keys;
		if (!keys) continue;
		k->of[k->values++] = (float)keys->mass;
		at += (size_t)snprintf(k->label + at, sizeof k->label - at, " %s,", granularity_name[h->stage[s]]);
	}
	k->of[k->values++] = (float)r->attended.global;
	snprintf(k->label + at, sizeof k->label - at, " global token");
}

static void add_numbers(struct controls *c, enum granularity g, const struct attended_keys *k) {
	struct control *t = add(c, CONTROL_TEXT, 0, granularity_name[g]);
	if (!k->present_count) return (void)snprintf(t->text, sizeof t->text, "no keys");
	size_t at = (size_t)snprintf(t->text, sizeof t->text, "mass %.3f", k->mass);
	if (isnan(k->objects)) return;
	snprintf(t->text + at, sizeof t->text - at, ", objects %.3f (%.3f)", k->objects, k->object_area);
	t = add(c, CONTROL_TEXT, 0, "");
	snprintf(t->text, sizeof t->text, "half on %.3f, entropy %.3f nats (%.3f)", k->area50, k->entropy, k->relative);
}

/* Of the finest granularity that has keys. */
static void add_distances(struct controls *c, const struct board_head *h, const struct board_row *r) {
	enum granularity of = RGB;
	const struct attended_keys *keys = NULL;
	for (int s = 0; s < h->stages; s++) {
		const struct attended_keys *k = r->part[h->stage[s]].keys;
		if (k && k->present_count) keys = k, of = h->stage[s];
	}
	if (!keys) return;
	char label[64];
	snprintf(label, sizeof label, "distance by head, %s", granularity_name[of]);
	struct control *k = add(c, CONTROL_BARS, EXPLORE_BARS, label);
	double sum = 0;
	int n = 0;
	for (k->values = 0; k->values < r->attended.heads; k->values++) {
		double d = keys->distance[k->values];
		k->of[k->values] = (float)d;
		if (isfinite(d)) sum += d, n++;
	}
	k->value = k->mark = r->attended.choice.head >= 0 ? r->attended.choice.head : CONTROL_NONE;
	if (k->mark >= 0 && k->mark < k->values) sum = keys->distance[k->mark], n = isfinite(sum);
	if (n) snprintf(k->text, sizeof k->text, "%.2f patches", sum / n);
}

static void add_drift(struct controls *c, const struct drift_curve *d) {
	struct control *k = add(c, CONTROL_CURVE, 0, "drift: on objects / even");
	double first = d->count ? d->step[0] : 0, last = d->count ? d->step[d->count - 1] : 0;
	k->values = d->count > 1 ? CONTROL_VALUES : d->count;
	for (int i = 0; i < k->values; i++) k->of[i] = (float)drift_curve_at(d, first + (last - first) * i / (CONTROL_VALUES - 1));
	if (d->count) snprintf(k->text, sizeof k->text, "%.3f at %.0f", d->ratio[d->count - 1], last);
	k = add(c, CONTROL_TEXT, 0, "");
	if (d->count > 1) snprintf(k->text, sizeof k->text, "%d points, steps %.0f to %.0f, rgb alone", d->count, first, last);
	else if (d->count) snprintf(k->text, sizeof k->text, "one point so far, rgb alone");
	else snprintf(k->text, sizeof k->text, "collected while the weights are followed");
	add(c, CONTROL_BUTTON, EXPLORE_RUN, "drift from the run's checkpoints");
}

static void add_sample(struct controls *c, const struct board_head *h, const struct board_row *r) {
	struct control *t = add(c, CONTROL_TEXT, 0, "");
	snprintf(t->text, sizeof t->text, "%s", r->attended.what);
	if (!r->attended.known) return add_sentence(c, r->attended.why);
	add_mass(c, h, r);
	for (int s = 0; s < h->stages; s++)
		if (r->part[h->stage[s]].keys) add_numbers(c, h->stage[s], r->part[h->stage[s]].keys);
	t = add(c, CONTROL_TEXT, 0, "global token");
	snprintf(t->text, sizeof t->text, "mass %.3f", r->attended.global);
	add_sentence(c, "in brackets: objects if it were even, entropy as a share of even attention's");
	add_distances(c, h, r);
}

void exploring_controls(struct controls *c, const struct board_head *h, const struct attended_choice *q, const struct board_row *r, const struct drift_curve *drift) {
	if (!h->layers.count) return;
	char heading[64];
	snprintf(heading, sizeof heading, r ? "Attention of %s" : "Attention", r ? r->name : "");
	add(c, CONTROL_HEADING, 0, heading);
	add_choices(c, &h->layers, q);
	if (r && r->attended.asked) add_sample(c, h, r);
	add_drift(c, drift);
}
