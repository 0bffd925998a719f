#include "app/attending.h"

#include <stdio.h>
#include <string.h>

#include "app/value.h"
#include "engine/base/err.h"

int attending_head(const char *text, int *head) {
	const struct value_rule rule = {.type = VALUE_INT, .min = 0, .max = ATTEND_HEADS_MAX - 1};
	struct value v;
	if (strcmp(text, "mean") == 0) return *head = ATTEND_MEAN, 0;
	if (strcmp(text, "rollout") == 0) return *head = ATTEND_ROLLOUT, 0;
	int rc = value_parse(&rule, "head", text, &v);
	if (!rc) *head = (int)v.integer;
	return rc ? err_set(rc, "head=%.40s is none (a number from 0, mean or rollout)", text) : 0;
}

void attending_head_name(int head, char *out, size_t capacity) {
	if (head < 0) snprintf(out, capacity, "%s", head == ATTEND_MEAN ? "mean" : "rollout");
	else snprintf(out, capacity, "%d", head);
}

int attending_query(const char *text, const struct model_config *config, struct attend_choice *c) {
	bool encoder = c->layer.kind == ATTENTION_ENCODER;
	int patches = config_patches(config);
	const struct value_rule rule = {.type = VALUE_INT, .min = 0, .max = patches - 1};
	struct attend_query *q = &c->query;
	struct value v;
	*q = (struct attend_query){.kind = encoder ? ATTEND_GLOBAL : ATTEND_TOKENS, .granularity = encoder ? c->granularity : c->layer.stage};
	if (!text) return 0;
	if (strcmp(text, "global") == 0 || strcmp(text, "mean") == 0) return q->kind = *text == 'g' ? ATTEND_GLOBAL : ATTEND_TOKENS, 0;
	q->kind = ATTEND_PATCH;
	for (int g = 0; g < GRANULARITIES; g++) {
		size_t n = strlen(granularity_name[g]);
		if (strncmp(text, granularity_name[g], n) || text[n] != ':') continue;
		q->granularity = (enum granularity)g;
		text += n + 1;
		break;
	}
	int rc = value_parse(&rule, "query", text, &v);
	if (!rc) q->patch = (int)v.integer;
	return rc ? err_set(rc, "query=%.40s is none (global, mean, or a patch: 0 to %d, semseg:5)", text, patches - 1) : 0;
}

void attending_query_name(const struct attend_query *q, char *out, size_t capacity) {
	if (q->kind == ATTEND_PATCH) snprintf(out, capacity, "%s:%d", granularity_name[q->granularity], q->patch);
	else snprintf(out, capacity, "%s", q->kind == ATTEND_GLOBAL ? "global" : "mean");
}

int attending_captures(const struct attend_choice *c, struct attention_layer out[ATTENTION_LAYERS_MAX]) {
	int n = 0;
	if (c->head == ATTEND_ROLLOUT && c->layer.kind == ATTENTION_ENCODER)
		for (; n < c->layer.block; n++) out[n] = (struct attention_layer){.kind = ATTENTION_ENCODER, .block = n};
	out[n] = c->layer;
	return n + 1;
}
