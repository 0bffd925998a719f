#include "engine/model/parameters.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/rng.h"

enum { ALIGN_FLOATS = 16 }; /* 64 bytes */

/* Where the next names stand: "encoder.3", "decoder.stages.rgb.blocks.0", ... */
struct place { struct layout *l; char prefix[40]; };

static struct place at(struct layout *l, const char *format, ...) __attribute__((format(printf, 2, 3)));
static struct place at(struct layout *l, const char *format, ...) {
	struct place p = {.l = l};
	va_list args;
	va_start(args, format);
	vsnprintf(p.prefix, sizeof p.prefix, format, args);
	va_end(args);
	return p;
}

/* The one function that makes rows. SHAPE ends with 0; PARTS: matrices stacked along the rows of a Xavier weight. */
static int add(const struct place *p, const char *name, enum parameter_init init, int parts, const int *shape) {
	assert(p->l->count < PARAMETERS_MAX);
	struct parameter *row = &p->l->rows[p->l->count];
	*row = (struct parameter){.init = init, .parts = parts, .decay = init == INIT_XAVIER, .count = 1};
	int n = snprintf(row->name, sizeof row->name, "%s%s%s", p->prefix, p->prefix[0] ? "." : "", name);
	assert(n > 0 && n < (int)sizeof row->name);
	(void)n;
	for (; shape[row->ndim]; row->ndim++) {
		row->shape[row->ndim] = shape[row->ndim];
		row->count *= (size_t)shape[row->ndim];
	}
	return p->l->count++;
}

/* A weight [out, ...] and its bias [out]; SHAPE beyond `out` multiplies to `in`. */
static struct linear add_weight_bias(const struct place *p, const char *name, int parts, const int *shape, int in) {
	char full[48];
	struct linear l = {.in = in, .out = shape[0]};
	snprintf(full, sizeof full, "%s.weight", name);
	l.weight = add(p, full, INIT_XAVIER, parts, shape);
	snprintf(full, sizeof full, "%s.bias", name);
	l.bias = add(p, full, INIT_ZERO, 1, (int[]){shape[0], 0});
	return l;
}

static struct linear add_linear(const struct place *p, const char *name, int in, int out, int parts) {
	return add_weight_bias(p, name, parts, (int[]){out, in, 0}, in);
}

static struct norm add_norm(const struct place *p, const char *name, int width) {
	char full[48];
	struct norm n = {.width = width};
	snprintf(full, sizeof full, "%s.weight", name);
	n.weight = add(p, full, INIT_ONE, 1, (int[]){width, 0});
	snprintf(full, sizeof full, "%s.bias", name);
	n.bias = add(p, full, INIT_ZERO, 1, (int[]){width, 0});
	return n;
}

static struct mlp add_mlp(const struct place *p, int width) {
	struct mlp m;
	m.fc1 = add_linear(p, "mlp.fc1", width, MLP_RATIO * width, 1);
	m.fc2 = add_linear(p, "mlp.fc2", MLP_RATIO * width, width, 1);
	return m;
}

static struct block add_block(const struct place *p, int width) {
	struct block b;
	b.norm1 = add_norm(p, "norm1", width);
	b.qkv = add_linear(p, "attn.qkv", width, 3 * width, 3);
	b.proj = add_linear(p, "attn.proj", width, width, 1);
	b.norm2 = add_norm(p, "norm2", width);
	b.mlp = add_mlp(p, width);
	return b;
}

static struct adapter add_adapter(struct layout *l, const struct model_config *c, enum granularity g) {
	struct place p = at(l, "input_adapters.%s", granularity_name[g]);
	struct adapter a = {.class_emb = -1};
	if (g == RGB) {
		a.proj = add_weight_bias(&p, "proj", 1, (int[]){c->width, 3, c->patch, c->patch, 0}, 3 * c->patch * c->patch);
		return a;
	}
	int rows = g == SEMSEG ? c->classes + 1 : c->instances; /* row C: unlabelled, zero */
	a.class_emb = add(&p, "class_emb.weight", INIT_NORMAL, 1, (int[]){rows, CLASS_WIDTH, 0});
	a.proj = add_weight_bias(&p, "proj", 1, (int[]){c->width, CLASS_WIDTH, CELLS_SIDE, CELLS_SIDE, 0}, CLASS_WIDTH * CELLS);
	return a;
}

static struct stage add_stage(struct layout *l, const struct model_config *c, enum granularity g) {
	struct place p = at(l, "decoder.stages.%s", granularity_name[g]);
	int d = c->decoder_width;
	struct stage s = {.granularity = g};
	if (c->cross_attention) {
		s.query_norm = add_norm(&p, "query_norm", d);
		s.context_norm = add_norm(&p, "context_norm", d);
		s.q = add_linear(&p, "cross.q", d, d, 1);
		s.kv = add_linear(&p, "cross.kv", d, 2 * d, 2);
		s.proj = add_linear(&p, "cross.proj", d, d, 1);
	}
	s.out_norm = add_norm(&p, "out_norm", d);
	s.mlp = add_mlp(&p, d);
	for (int i = 0; i < STAGE_BLOCKS; i++) {
		struct place inner = at(l, "decoder.stages.%s.blocks.%d", granularity_name[g], i);
		s.blocks[i] = add_block(&inner, d);
	}
	s.head = add_linear(&p, "head", d, config_out(c, g), 1);
	return s;
}

/* Decayed rows first, every start on 64 bytes; the gaps stay zero. */
static void place_rows(struct layout *l) {
	size_t next = 0;
	for (int pass = 0; pass < 2; pass++) {
		for (int i = 0; i < l->count; i++) {
			struct parameter *p = &l->rows[i];
			if (p->decay != (pass == 0)) continue;
			p->offset = next;
			next += (p->count + ALIGN_FLOATS - 1) / ALIGN_FLOATS * ALIGN_FLOATS;
		}
		if (pass == 0) l->decayed = next;
	}
	l->size = next;
}

void layout_build(struct layout *l, const struct model_config *c) {
	static const enum granularity token_order[GRANULARITIES] = {RGB, INSTANCE, SEMSEG};
	*l = (struct layout){.groups = 0, .group = {-1, -1, -1}};
	for (int i = 0; i < GRANULARITIES; i++) {
		enum granularity g = token_order[i];
		if (!c->active[g]) continue;
		l->group[g] = l->groups;
		l->sequence[l->groups++] = g;
		l->adapter[g] = add_adapter(l, c, g);
	}
	struct place root = {.l = l};
	l->global_tokens = add(&root, "global_tokens", INIT_NORMAL, 1, (int[]){1, 1, c->width, 0});
	for (int i = 0; i < c->depth; i++) {
		struct place p = at(l, "encoder.%d", i);
		l->encoder[i] = add_block(&p, c->width);
	}
	struct place decoder = at(l, "decoder"), task = at(l, "decoder.task_embeddings");
	l->proj_context = add_linear(&decoder, "proj_context", c->width, c->decoder_width, 1);
	l->mask_token = add(&decoder, "mask_token", INIT_ZERO, 1, (int[]){1, 1, c->decoder_width, 0});
	for (int i = 0; i < l->groups; i++)
		l->task[l->sequence[i]] =
		        add(&task, granularity_name[l->sequence[i]], INIT_NORMAL, 1, (int[]){1, 1, c->decoder_width, 0});
	for (int i = 0; i < c->stages; i++) l->stages[i] = add_stage(l, c, c->stage[i]);
	place_rows(l);
}

/* Xavier (Glorot) uniform: +-sqrt(6 / (fan_in + fan_out)), each stacked part with a fan-out of its own. 24 bits a number. */
static void draw_xavier(const struct parameter *p, struct rng *r, float *out) {
	double fan_out = p->shape[0] / (double)p->parts, fan_in = (double)p->count / p->shape[0];
	double bound = sqrt(6.0 / (fan_in + fan_out));
	for (size_t i = 0; i < p->count; i++) out[i] = (float)(bound * (((rng_u32(r) >> 8) + 0.5) / 8388608.0 - 1.0));
}

/* Normal with standard deviation 0.02, cut at two of them. */
static void draw_normal(const struct parameter *p, struct rng *r, float *out) {
	for (size_t i = 0; i < p->count; i++) {
		double z;
		do z = rng_normal(r);
		while (fabs(z) > 2.0);
		out[i] = (float)(0.02 * z);
	}
}

void parameter_draw(const struct layout *l, int i, uint64_t seed, float *out) {
	const struct parameter *p = &l->rows[i];
	struct rng r;
	rng_init(&r, seed, RNG_INIT, 0, (uint32_t)i);
	switch (p->init) {
	case INIT_ZERO: memset(out, 0, p->count * sizeof *out); break;
	case INIT_ONE:
		for (size_t k = 0; k < p->count; k++) out[k] = 1;
		break;
	case INIT_XAVIER: draw_xavier(p, &r, out); break;
	case INIT_NORMAL: draw_normal(p, &r, out); break;
	}
	if (l->group[SEMSEG] >= 0 && i == l->adapter[SEMSEG].class_emb)
		memset(out + p->count - CLASS_WIDTH, 0, CLASS_WIDTH * sizeof *out);
}

void positions_sincos(float *out, int side, int width) {
	int quarter = width / 4;
	for (int y = 0; y < side; y++)
		for (int x = 0; x < side; x++, out += width)
			for (int i = 0; i < quarter; i++) {
				double omega = pow(10000.0, -(double)i / quarter);
				out[i] = (float)sin(y * omega);
				out[quarter + i] = (float)cos(y * omega);
				out[2 * quarter + i] = (float)sin(x * omega);
				out[3 * quarter + i] = (float)cos(x * omega);
			}
}
