#include "tests/ops/walk.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"

enum { GARBAGE = 0xff /* NaN */ };

static const double BF16_ROUNDING = 1.0 / 256; /* of one element, to nearest, at most; 1.7e-3 in L2 of many */

static char sentence[512];

/* Keeps the sentence, with the shape: "OP at 1 2 3: ...". */
static const char *wrong(const struct op_row *row, const int *n, const char *format, ...) {
	int last = SHAPE_MAX - 1, at = snprintf(sentence, sizeof sentence, "%s at", row->name);
	va_list args;
	while (last > 0 && n[last] == 0) last--;
	for (int i = 0; i <= last; i++) at += snprintf(sentence + at, sizeof sentence - (size_t)at, " %d", n[i]);
	at += snprintf(sentence + at, sizeof sentence - (size_t)at, ": ");
	va_start(args, format);
	vsnprintf(sentence + at, sizeof sentence - (size_t)at, format, args);
	va_end(args);
	return sentence;
}

/* ---- calls ---- */

double walk_bf16(double v) {
	int exponent;
	double m = frexp(v, &exponent);
	return ldexp(nearbyint(ldexp(m, 8)), exponent - 8);
}

static void as_held(struct call *c, const struct device *d) {
	for (int i = 0; d && d->act_bytes == 2 && i < c->operands; i++) {
		struct operand *o = &c->operand[i];
		for (int64_t k = 0; o->type == ACT && o->value && k < o->count; k++) o->value[k] = walk_bf16(o->value[k]);
	}
}

void walk_forward(struct call *f, const struct call *c) {
	call_new(f, op_row_find(c->row->forward), c->n, 1);
	for (int i = 0; i < f->operands; i++) {
		int j = call_find(c, f->operand[i].name);
		if (f->operand[i].role == IN && j >= 0) memcpy(f->v[i], c->v[j], sizeof(double) * (size_t)f->operand[i].count);
	}
	f->row->truth(f);
}

void walk_call(struct call *c, const struct op_row *row, const int n[SHAPE_MAX], const struct device *d) {
	struct call f;
	call_new(c, row, n, 0);
	as_held(c, d);
	if (!row->forward || op_row_find(row->forward) == row) return;
	walk_forward(&f, c);
	for (int i = 0; i < f.operands; i++) {
		int j = call_find(c, f.operand[i].name);
		if (f.operand[i].role != OUT || j < 0) continue;
		for (int64_t k = 0; k < f.operand[i].count; k++) c->v[j][k] = (float)f.v[i][k];
	}
	call_free(&f);
	as_held(c, d);
}

/* fp32 on the CPU: the row's tolerance. On a GPU sums run in another order, a thread's terms first: four times as much.
 * tf32: both operands of a linear's products lose 13 bits, 2^-11 of each when rounded, 2^-10 when cut; db too, where the library's product
 * sums it on the way; everything else is fp32.
 * bf16: one rounding of the result; half as much again where the op rounds on its way (softmax weights, a GELU's derivative, the residual's
 * sum). Copies are exact. Statistics and gradients of parameters are sums in fp32 of exact products, also then. */
double walk_allowed(const struct call *c, const struct device *d, const struct operand *o) {
	const struct op_row *row = c->row;
	bool linear = !strncmp(row->name, "linear_", 7), once = row->tolerance <= 3e-7;
	bool copy = !strncmp(row->name, "gather_classes", 14) || !strcmp(row->name, "rows_copy");
	double base = row->tolerance * (row->tolerance_grows ? c->n[row->tolerance_grows] : 1) * (strcmp(d->kind, "cpu") ? 4 : 1);
	if (!strcmp(d->precision, "tf32") && linear) return 2e-3;
	if (d->act_bytes == 4) return linear && !strcmp(d->precision, "bf16") ? 1.5 * BF16_ROUNDING : base; /* the CPU rounds a product's operands */
	if (o->type == ACT && !copy) return base + (once ? 1 : 1.5) * BF16_ROUNDING;
	if (!strcmp(row->name, "residual_layernorm_forward")) return 1.5 * BF16_ROUNDING;
	return linear ? 2e-5 : base;
}

/* Runs C on fresh memory that holds bytes of GARBAGE; OUT receives its outputs. Operand ALIAS takes the memory of operand OF, or -1. */
static const char *outputs_new(double *out[OPERANDS_MAX], struct call *c, struct device *d, int garbage, int alias, int of) {
	memset(out, 0, sizeof(*out) * OPERANDS_MAX);
	int rc = call_load(c, d, garbage);
	if (rc == 0) {
		if (alias >= 0) c->p[alias] = c->p[of];
		c->row->run(d, c);
		rc = device_sync(d);
	}
	for (int i = 0; rc == 0 && i < c->operands; i++)
		if (walk_is_output(&c->operand[i])) out[i] = call_read(c, d, i);
	call_unload(c, d);
	return rc ? wrong(c->row, c->n, "%s", err_message()) : NULL;
}

static void outputs_free(double *out[OPERANDS_MAX]) {
	for (int i = 0; i < OPERANDS_MAX; i++) free(out[i]);
}

/* ---- the looks ---- */

static const char *agrees(const struct walk *w, struct call *c, double *const got[OPERANDS_MAX]) {
	const char *first = NULL;
	c->row->truth(c);
	for (int i = 0; i < c->operands; i++) {
		const struct operand *o = &c->operand[i];
		if (!got[i]) continue;
		double error = relative_l2(got[i], c->v[i], o->count), allowed = walk_allowed(c, w->d, o);
		if (w->seen) w->seen(c, o, error, allowed);
		if (!(error <= allowed) && !first)
			first = wrong(c->row, c->n, "%s is off by %.3g, allowed %.3g (%s, %s, %d threads)", o->name, error, allowed, w->d->kind, w->d->precision,
			              w->d->threads);
	}
	return first;
}

/* Another run, with other garbage in the outputs, gives the bits of FIRST. */
static const char *repeats(const struct walk *w, struct call *c, double *const first[OPERANDS_MAX], int alias, int of) {
	double *again[OPERANDS_MAX];
	if (w->other_way) w->other_way(true);
	const char *failed = outputs_new(again, c, w->d, 0, alias, of);
	if (w->other_way) w->other_way(false);
	for (int i = 0; i < c->operands && !failed; i++)
		if (first[i] && memcmp(first[i], again[i], sizeof(double) * (size_t)c->operand[i].count))
			failed = wrong(c->row, c->n, "%s differs in its bits from one run to the next%s%s (%s, %s)", c->operand[i].name,
			               alias >= 0 ? " in place of " : "", alias >= 0 ? c->operand[of].name : "", w->d->kind, w->d->precision);
	outputs_free(again);
	return failed;
}

static const char *works_in_place(const struct walk *w, struct call *c, double *const first[OPERANDS_MAX]) {
	const char *failed = NULL;
	for (int i = 0; i < ALIASES_MAX && c->row->alias[i][0] && !failed; i++) {
		int a = call_find(c, c->row->alias[i][0]), of = call_find(c, c->row->alias[i][1]);
		bool there = c->operand[a].role != ABSENT && c->operand[of].role != ABSENT;
		bool one_size = w->d->act_bytes == 4 || c->operand[a].type == c->operand[of].type;
		if (there && one_size) failed = repeats(w, c, first, a, of);
	}
	return failed;
}

const char *walk_op(const struct walk *w, const struct op_row *row, const int n[SHAPE_MAX]) {
	struct call c;
	double *first[OPERANDS_MAX];
	walk_call(&c, row, n, w->d);
	const char *failed = outputs_new(first, &c, w->d, GARBAGE, -1, -1);
	if (!failed && (w->checks & WALK_REPEATS)) failed = repeats(w, &c, first, -1, -1);
	if (!failed && (w->checks & WALK_IN_PLACE)) failed = works_in_place(w, &c, first);
	if (!failed && (w->checks & WALK_AGREES)) failed = agrees(w, &c, first); /* the last: the truth overwrites what went in and comes out */
	outputs_free(first);
	call_free(&c);
	return failed;
}

const char *walk_row(const struct walk *w, const struct op_row *row) {
	const char *failed = NULL;
	for (int s = 0; s < SHAPES_MAX && row->shapes[s][0] && !failed; s++) failed = walk_op(w, row, row->shapes[s]);
	return failed;
}

const char *walk_guard(struct device *d) {
	static const double guards[][2] = {{INFINITY, 1}, {1, NAN}, {-INFINITY, NAN}};
	const struct op_row *row = op_row_find("adamw");
	const int n[SHAPE_MAX] = {33};
	const char *failed = NULL;
	for (int g = 0; g < 3 && !failed; g++) {
		struct call c;
		double *out[OPERANDS_MAX];
		call_new(&c, row, n, 0);
		memcpy(c.v[call_find(&c, "guard")], guards[g], sizeof guards[g]);
		failed = outputs_new(out, &c, d, 0, -1, -1);
		for (int i = 0; i < c.operands && !failed; i++)
			if (out[i] && c.operand[i].role == INOUT && memcmp(out[i], c.v[i], sizeof(double) * 33))
				failed = wrong(row, n, "%s changed although the guard is %g, %g", c.operand[i].name, guards[g][0], guards[g][1]);
		outputs_free(out);
		call_free(&c);
	}
	return failed;
}

const struct walk_shape walk_no_rows[] = {
	{"linear_forward", {0, 33, 99, 0, 1}}, {"linear_backward", {0, 3, 2, 0, 1}}, {"linear_backward", {0, 33, 99, 2, 1}},
	{"linear_gelu_forward", {0, 33, 99, 0, 1}}, {"linear_gelu_backward", {0, 33, 99, 0, 1}}, {"gather_pixels", {1, 1, 4, 0}},
	{"gather_classes", {1, 1, 4, 0, 3, 1, 3}}, {"gather_classes_backward", {1, 1, 4, 0, 3, 1, 3}}, {NULL, {0}},
};
