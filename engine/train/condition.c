#include "engine/train/condition.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"

/* What a term is evaluated on. */
struct scope { const struct metric *m; const double *smooth; double smooth_total; };

enum { TOTAL = GRANULARITIES };

static double loss(const struct scope *s, int g) { return g == TOTAL ? s->m->total : s->m->loss[g]; }

static double smooth(const struct scope *s, int g) {
	double v = g == TOTAL ? s->smooth_total : s->smooth[g];
	return v > 0 ? v : NAN;
}

static double jump(const struct scope *s, int g) { return loss(s, g) / smooth(s, g); }
static double grad_norm(const struct scope *s, int g) { return (void)g, s->m->grad_norm; }
static double lr(const struct scope *s, int g) { return (void)g, s->m->lr; }
static double step(const struct scope *s, int g) { return (void)g, (double)s->m->step; }
static double images(const struct scope *s, int g) { return (void)g, s->m->images_per_s; }
static double visible(const struct scope *s, int g) { return s->m->visible[g]; }

/* INDEX: a granularity or TOTAL; of val: kind * GRANULARITIES + granularity. */
static double val(const struct scope *s, int index) {
	return s->m->evaluated ? s->m->val[index / GRANULARITIES][index % GRANULARITIES] : NAN;
}

static const struct { const char *name; double (*value)(const struct scope *s, int index); int index; } quantities[] = {
	{"loss.semseg", loss, SEMSEG}, {"loss.instance", loss, INSTANCE}, {"loss.rgb", loss, RGB}, {"loss.total", loss, TOTAL},
	{"smooth.semseg", smooth, SEMSEG}, {"smooth.instance", smooth, INSTANCE}, {"smooth.rgb", smooth, RGB}, {"smooth.total", smooth, TOTAL},
	{"jump.semseg", jump, SEMSEG}, {"jump.instance", jump, INSTANCE}, {"jump.rgb", jump, RGB}, {"jump.total", jump, TOTAL},
	{"grad_norm", grad_norm, 0}, {"lr", lr, 0}, {"step", step, 0}, {"images_per_s", images, 0},
	{"visible.semseg", visible, SEMSEG}, {"visible.instance", visible, INSTANCE}, {"visible.rgb", visible, RGB},
	{"val.semantic.semseg", val, 0}, {"val.semantic.instance", val, 1}, {"val.semantic.rgb", val, 2},
	{"val.instance.semseg", val, 3}, {"val.instance.instance", val, 4}, {"val.instance.rgb", val, 5},
	{"val.random.semseg", val, 6}, {"val.random.instance", val, 7}, {"val.random.rgb", val, 8},
};
enum { QUANTITIES = sizeof quantities / sizeof *quantities };

const char *const *condition_quantities(void) {
	static const char *names[QUANTITIES + 2];
	for (int i = 0; i < QUANTITIES; i++) names[i] = quantities[i].name;
	names[QUANTITIES] = "nan";
	return names;
}

static void skip(const char **at) {
	while (isspace((unsigned char)**at)) ++*at;
}

/* The word at *AT: letters, digits, dots and underscores; moves on. */
static int word(const char **at, char out[40]) {
	int n = 0;
	skip(at);
	while ((isalnum((unsigned char)**at) || **at == '_' || **at == '.') && n < 39) out[n++] = *(*at)++;
	out[n] = '\0';
	return n;
}

static int parse_term(const char **at, const char *text, struct condition_term *t) {
	static const struct { const char *sign; enum comparison comparison; } signs[] = {{"<=", LESS_EQUAL}, {">=", GREATER_EQUAL}, {"<", LESS}, {">", GREATER}};
	char name[40], *end;
	word(at, name);
	if (!strcmp(name, "nan")) return t->comparison = IS_NAN, 0;
	for (t->quantity = 0; t->quantity < QUANTITIES && strcmp(quantities[t->quantity].name, name); t->quantity++) {}
	if (t->quantity == QUANTITIES)
		return err_set(ERR_ARGUMENT, "'%s' in '%s' is no quantity (loss.rgb, smooth.total, jump.total, grad_norm, visible.rgb, val.random.rgb, nan, ...)", name, text);
	skip(at);
	size_t s = 0;
	while (s < 4 && strncmp(*at, signs[s].sign, strlen(signs[s].sign))) s++;
	if (s == 4) return err_set(ERR_ARGUMENT, "a comparison (<, <=, >, >=) must follow %s in '%s'", name, text);
	*at += strlen(signs[s].sign);
	t->comparison = signs[s].comparison;
	t->value = strtod(*at, &end);
	if (end == *at || !isfinite(t->value)) return err_set(ERR_ARGUMENT, "a number must follow %s%s in '%s'", name, signs[s].sign, text);
	*at = end;
	return 0;
}

int condition_parse(struct condition *out, const char *text) {
	struct condition c = {.terms = 0};
	char joint[40];
	const char *at = text;
	if (strlen(text) >= sizeof c.text) return err_set(ERR_ARGUMENT, "the condition is longer than %d characters", CONDITION_BYTES - 1);
	snprintf(c.text, sizeof c.text, "%s", text);
	for (bool or = false;; or = !strcmp(joint, "or")) {
		if (c.terms == CONDITION_TERMS) return err_set(ERR_ARGUMENT, "'%s' has more than %d comparisons", text, CONDITION_TERMS);
		c.term[c.terms].or = or;
		int rc = parse_term(&at, text, &c.term[c.terms++]);
		if (rc) return rc;
		skip(&at);
		if (*at == '\0') break;
		word(&at, joint);
		if (strcmp(joint, "and") && strcmp(joint, "or"))
			return err_set(ERR_ARGUMENT, "'and' or 'or' must join the comparisons of '%s' (write spaces in double quotes: break if \"lr<1 and nan\")", text);
	}
	*out = c;
	return 0;
}

static bool is_nan(const struct metric *m) {
	bool bad = !isfinite(m->total) || !isfinite(m->grad_norm);
	for (int g = 0; g < GRANULARITIES; g++) bad = bad || !isfinite(m->loss[g]);
	return bad;
}

static bool term_holds(const struct condition_term *t, const struct scope *s) {
	if (t->comparison == IS_NAN) return is_nan(s->m);
	double v = quantities[t->quantity].value(s, quantities[t->quantity].index);
	switch (t->comparison) {
	case LESS: return v < t->value;
	case LESS_EQUAL: return v <= t->value;
	case GREATER: return v > t->value;
	default: return v >= t->value;
	}
}

bool condition_holds(const struct condition *c, const struct metric *m, const double means[GRANULARITIES], double mean_total) {
	const struct scope s = {m, means, mean_total};
	bool holds = c->terms > 0 && term_holds(&c->term[0], &s);
	for (int i = 1; i < c->terms; i++) {
		bool next = term_holds(&c->term[i], &s);
		holds = c->term[i].or ? holds || next : holds && next;
	}
	return holds;
}

double condition_value(const struct condition *c, const struct metric *m, const double means[GRANULARITIES], double mean_total) {
	const struct scope s = {m, means, mean_total};
	if (c->terms == 0 || c->term[0].comparison == IS_NAN) return m->total;
	return quantities[c->term[0].quantity].value(&s, quantities[c->term[0].quantity].index);
}
