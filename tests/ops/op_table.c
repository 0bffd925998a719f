#include "tests/ops/op_table.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

extern const struct op_row linear_rows[], layernorm_rows[], attention_rows[], embed_rows[], sequence_rows[], loss_rows[], optimizer_rows[];
const struct op_row *const op_groups[] = {linear_rows, layernorm_rows, attention_rows, embed_rows, sequence_rows, loss_rows, optimizer_rows, NULL};

const struct op_row *op_row_find(const char *name) {
	for (int g = 0; op_groups[g]; g++)
		for (const struct op_row *r = op_groups[g]; r->name; r++)
			if (!strcmp(r->name, name)) return r;
	return NULL;
}

double *operand_put(struct call *c, const char *name, enum operand_role role, enum operand_type type, int64_t count) {
	int i = c->operands++;
	assert(i < OPERANDS_MAX);
	c->operand[i] = (struct operand){.name = name, .role = role, .type = type, .count = count};
	if (role == ABSENT) return NULL;
	double *v = calloc((size_t)count, sizeof *v);
	assert(v);
	if (role != OUT)
		for (int64_t j = 0; j < count; j++) v[j] = (double)(float)(rng_uniform(&c->rng) + rng_uniform(&c->rng) + rng_uniform(&c->rng) - 1.5) * 2;
	c->operand[i].value = c->v[i] = v;
	return v;
}

void call_new(struct call *c, const struct op_row *row, const int n[SHAPE_MAX], uint32_t seed) {
	*c = (struct call){.row = row, .plain = true};
	memcpy(c->n, n, sizeof c->n);
	rng_init(&c->rng, 20260101, RNG_PROBE, 0, seed);
	row->setup(c);
	for (int i = 0; i < c->operands; i++) {
		struct operand *o = &c->operand[i];
		if (o->type == ACT || o->type == F32)
			for (int64_t j = 0; o->value && j < o->count; j++) o->value[j] = (float)o->value[j];
	}
}

void call_free(struct call *c) {
	for (int i = 0; i < c->operands; i++) free(c->operand[i].value);
}

static size_t type_bytes(const struct device *d, enum operand_type type) {
	const size_t bytes[] = {[ACT] = d->act_bytes, [F32] = 4, [F64] = 8, [U8] = 1, [I32] = 4};
	return bytes[type];
}

/* Host doubles as the elements of TYPE; ACT travels as float and is converted on the device. */
static void elements_from(void *out, const double *v, enum operand_type type, int64_t n) {
	for (int64_t j = 0; j < n; j++) switch (type) {
		case ACT: case F32: ((float *)out)[j] = (float)v[j]; break;
		case F64: ((double *)out)[j] = v[j]; break;
		case U8: ((uint8_t *)out)[j] = (uint8_t)v[j]; break;
		case I32: ((int32_t *)out)[j] = (int32_t)v[j]; break;
	}
}

static void elements_to(double *v, const void *in, enum operand_type type, int64_t n) {
	for (int64_t j = 0; j < n; j++) switch (type) {
		case ACT: case F32: v[j] = ((const float *)in)[j]; break;
		case F64: v[j] = ((const double *)in)[j]; break;
		case U8: v[j] = ((const uint8_t *)in)[j]; break;
		case I32: v[j] = ((const int32_t *)in)[j]; break;
	}
}

static int operand_load(struct operand *o, struct device *d, int garbage) {
	size_t size = (size_t)o->count * 8;
	char *host = malloc(size + 8);
	void *wide = NULL;
	int rc = device_alloc(d, &o->device, (size_t)o->count * type_bytes(d, o->type), o->name); /* no more: a touch beyond is found */
	if (rc == 0 && o->type == ACT) rc = device_alloc(d, &wide, (size_t)o->count * 4, o->name);
	if (rc || !host) goto done;
	if (o->role == OUT) {
		memset(host, garbage, size);
		device_upload(d, o->device, host, (size_t)o->count * type_bytes(d, o->type));
	} else {
		elements_from(host, o->value, o->type, o->count);
		device_upload(d, o->type == ACT ? wide : o->device, host, (size_t)o->count * (o->type == ACT ? 4 : type_bytes(d, o->type)));
		if (o->type == ACT) d->op->convert(d, o->device, wide, o->count);
	}
	rc = device_sync(d);
done:
	device_free(d, wide);
	free(host);
	return rc;
}

int call_load(struct call *c, struct device *d, int garbage) {
	for (int i = 0; i < c->operands; i++) {
		if (c->operand[i].role == ABSENT) continue;
		int rc = operand_load(&c->operand[i], d, garbage);
		c->p[i] = c->operand[i].device;
		if (rc) return rc;
	}
	return 0;
}

void call_unload(struct call *c, struct device *d) {
	for (int i = 0; i < c->operands; i++) {
		device_free(d, c->operand[i].device);
		c->operand[i].device = c->p[i] = NULL;
	}
}

double *call_read(const struct call *c, struct device *d, int i) {
	const struct operand *o = &c->operand[i];
	double *v = calloc((size_t)o->count + 1, sizeof *v);
	void *host = malloc((size_t)o->count * 8 + 8), *wide = c->p[i];
	assert(v && host);
	if (o->type == ACT) {
		int rc = device_alloc(d, &wide, (size_t)o->count * 4, o->name);
		assert(rc == 0);
		(void)rc;
		d->op->widen(d, wide, c->p[i], o->count);
	}
	device_download(d, host, wide, (size_t)o->count * (o->type == ACT ? 4 : type_bytes(d, o->type)));
	elements_to(v, host, o->type, o->count);
	if (o->type == ACT) device_free(d, wide);
	free(host);
	return v;
}

int call_find(const struct call *c, const char *name) {
	for (int i = 0; i < c->operands; i++)
		if (!strcmp(c->operand[i].name, name)) return i;
	return -1;
}

int *rows_order_new(struct call *c, int n) {
	int *order = malloc((size_t)n * sizeof *order);
	assert(order);
	for (int i = 0; i < n; i++) order[i] = i;
	rng_shuffle(&c->rng, order, n);
	return order;
}

double relative_l2(const double *got, const double *want, int64_t n) {
	double difference = 0, norm = 0;
	for (int64_t j = 0; j < n; j++) {
		difference += (got[j] - want[j]) * (got[j] - want[j]);
		norm += want[j] * want[j];
	}
	return sqrt(difference) / (sqrt(norm) + 1e-30); /* nothing wanted: nothing may come */
}
