#include "engine/op/gemm.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/op/cpu.h"

#if defined HAVE_DNNL && defined _OPENMP
#include <dnnl.h>

/* 2.x holds a layout by value, 3.x behind a handle; otherwise the two differ only in the calls of this block. */
#if DNNL_VERSION_MAJOR >= 3
typedef const_dnnl_memory_desc_t layout;
#define LAYOUT(l) (l)

static dnnl_status_t layout_new(dnnl_memory_desc_t *out, int rows, int columns, int row_step, int column_step, dnnl_data_type_t type) {
	dnnl_dims_t size = {rows, columns}, step = {row_step, column_step};
	return row_step ? dnnl_memory_desc_create_with_strides(out, 2, size, type, step)
	                : dnnl_memory_desc_create_with_tag(out, 2, size, type, dnnl_format_tag_any);
}

static void layout_free(dnnl_memory_desc_t *l) { dnnl_memory_desc_destroy(*l); }

static dnnl_status_t matmul_describe(dnnl_primitive_desc_t *out, dnnl_engine_t engine, dnnl_memory_desc_t *a, dnnl_memory_desc_t *b,
                                     dnnl_memory_desc_t *c, dnnl_primitive_attr_t attributes) {
	return dnnl_matmul_primitive_desc_create(out, engine, *a, *b, NULL, *c, attributes);
}

static dnnl_status_t add_to_output(dnnl_post_ops_t after) { return dnnl_post_ops_append_sum(after, 1, 0, dnnl_data_type_undef); }
#else
typedef const dnnl_memory_desc_t *layout;
#define LAYOUT(l) (&(l))

static dnnl_status_t layout_new(dnnl_memory_desc_t *out, int rows, int columns, int row_step, int column_step, dnnl_data_type_t type) {
	dnnl_dims_t size = {rows, columns}, step = {row_step, column_step};
	return row_step ? dnnl_memory_desc_init_by_strides(out, 2, size, type, step)
	                : dnnl_memory_desc_init_by_tag(out, 2, size, type, dnnl_format_tag_any);
}

static void layout_free(dnnl_memory_desc_t *l) { (void)l; }

static dnnl_status_t matmul_describe(dnnl_primitive_desc_t *out, dnnl_engine_t engine, dnnl_memory_desc_t *a, dnnl_memory_desc_t *b,
                                     dnnl_memory_desc_t *c, dnnl_primitive_attr_t attributes) {
	dnnl_matmul_desc_t matmul;
	dnnl_status_t status = dnnl_matmul_desc_init(&matmul, a, b, NULL, c);
	return status ? status : dnnl_primitive_desc_create(out, &matmul, attributes, engine, NULL);
}

static dnnl_status_t add_to_output(dnnl_post_ops_t after) { return dnnl_post_ops_append_sum(after, 1); }
#endif

enum buffer { PACKED = BF16_OPERANDS, LIBRARY, TAIL, BUFFERS };
enum role { LEFT, RIGHT, RIGHT_PACKED, OUTPUT, WORK, ROLES };

struct shape { int transpose_a, transpose_b, m, n, k, accumulate; };

/* A product of one shape, and the reorder that packs its right side as it likes it. */
struct product {
	struct product *next;
	struct shape shape;
	dnnl_primitive_desc_t matmul_desc, pack_desc;
	dnnl_primitive_t matmul, pack;
	dnnl_memory_t memory[ROLES];
	size_t packed_bytes, work_bytes;
};

struct bf16_state {
	dnnl_engine_t engine;
	dnnl_stream_t stream;
	struct product *products;
	struct { void *at; size_t bytes; } buffer[BUFFERS];
};

static void product_free(struct product *p) {
	for (int i = 0; i < ROLES; i++)
		if (p->memory[i]) dnnl_memory_destroy(p->memory[i]);
	if (p->matmul) dnnl_primitive_destroy(p->matmul);
	if (p->pack) dnnl_primitive_destroy(p->pack);
	if (p->matmul_desc) dnnl_primitive_desc_destroy(p->matmul_desc);
	if (p->pack_desc) dnnl_primitive_desc_destroy(p->pack_desc);
	free(p);
}

void bf16_close(struct bf16_state *b) {
	if (!b) return;
	for (struct product *p = b->products, *next; p; p = next) {
		next = p->next;
		product_free(p);
	}
	if (b->stream) dnnl_stream_destroy(b->stream);
	if (b->engine) dnnl_engine_destroy(b->engine);
	for (int i = 0; i < BUFFERS; i++) free(b->buffer[i].at);
	free(b);
}

int bf16_open(struct bf16_state **out) {
	*out = NULL;
	if ((dnnl_get_effective_cpu_isa() & dnnl_cpu_isa_avx512_core_bf16) != dnnl_cpu_isa_avx512_core_bf16)
		return err_set(ERR_DEVICE, "precision=bf16 needs a processor with AVX512_BF16 or AMX (set precision=fp32)");
	struct bf16_state *b = calloc(1, sizeof *b);
	if (!b) return err_set(ERR_MEMORY, "can't open the CPU in bf16 (out of memory)");
	if (dnnl_engine_create(&b->engine, dnnl_cpu, 0) || dnnl_stream_create(&b->stream, b->engine, dnnl_stream_default_flags)) {
		bf16_close(b);
		return err_set(ERR_DEVICE, "precision=bf16 needs a oneDNN that answers (set precision=fp32)");
	}
	*out = b;
	return 0;
}

/* BYTES at least; buffers only grow. NULL, and the device told, when memory is short. */
static void *reserve(struct device *d, int buffer, size_t bytes) {
	struct cpu_state *state = d->state;
	struct bf16_state *b = state->bf16;
	if (bytes <= b->buffer[buffer].bytes) return b->buffer[buffer].at;
	void *fresh = d->memory->alloc(d, bytes);
	if (!fresh) return state->refused = bytes, NULL;
	free(b->buffer[buffer].at);
	b->buffer[buffer].at = fresh;
	b->buffer[buffer].bytes = bytes;
	return fresh;
}

/* Rows are processed in so many at a time. */
static int step_of(int rows) {
	int step = 32;
	while (step < rows / 32) step *= 2;
	return step;
}

static int whole_steps(int rows) {
	int step = step_of(rows);
	return (rows + step - 1) / step * step;
}

/* To nearest, ties to even; NaN stays NaN. */
static void round_span(bf16 *restrict to, const float *restrict from, int64_t first, int64_t last) {
#pragma omp simd
	for (int64_t i = first; i < last; i++) {
		union { float f; uint32_t u; } x = {.f = from[i]};
		uint32_t nearest = (x.u + 0x7fff + (x.u >> 16 & 1)) >> 16;
		to[i] = (bf16)(x.f == x.f ? nearest : 0x7fc0);
	}
}

const bf16 *bf16_round(struct device *d, enum bf16_operand operand, const float *x, int rows, int width) {
	int64_t n = (int64_t)rows * width, whole = (int64_t)whole_steps(rows) * width;
	bf16 *to = reserve(d, operand, sizeof *to * (size_t)(whole ? whole : 1));
	if (!to) return NULL;
	threads_apply(d);
#pragma omp parallel
	{
		struct span span = thread_span(n);
		round_span(to, x, span.first, span.last);
	}
	memset(to + n, 0, sizeof *to * (size_t)(whole - n));
	return to;
}

static dnnl_status_t product_make(struct product *p, dnnl_engine_t engine, dnnl_memory_desc_t side[WORK], dnnl_primitive_attr_t attributes) {
	dnnl_status_t s;
	if ((s = matmul_describe(&p->matmul_desc, engine, &side[LEFT], &side[RIGHT_PACKED], &side[OUTPUT], attributes)) ||
	    (s = dnnl_primitive_create(&p->matmul, p->matmul_desc)))
		return s;
	layout packed = dnnl_primitive_desc_query_md(p->matmul_desc, dnnl_query_weights_md, 0);
	layout work = dnnl_primitive_desc_query_md(p->matmul_desc, dnnl_query_scratchpad_md, 0);
	p->packed_bytes = dnnl_memory_desc_get_size(packed);
	p->work_bytes = dnnl_memory_desc_get_size(work);
	if ((s = dnnl_reorder_primitive_desc_create(&p->pack_desc, LAYOUT(side[RIGHT]), engine, packed, engine, NULL)) ||
	    (s = dnnl_primitive_create(&p->pack, p->pack_desc)))
		return s;
	const layout of[ROLES] = {LAYOUT(side[LEFT]), LAYOUT(side[RIGHT]), packed, LAYOUT(side[OUTPUT]), work};
	for (int i = 0; !s && i < ROLES; i++) s = dnnl_memory_create(&p->memory[i], of[i], engine, DNNL_MEMORY_NONE);
	return s;
}

static struct product *product_new(struct bf16_state *b, const struct shape *s) {
	struct product *p = calloc(1, sizeof *p);
	dnnl_memory_desc_t side[WORK];
	dnnl_primitive_attr_t attributes;
	dnnl_post_ops_t after;
	if (!p) return NULL;
	p->shape = *s;
	dnnl_status_t status = dnnl_success;
	const struct { int rows, columns, row_step, column_step; dnnl_data_type_t type; } sides[WORK] = {
		[LEFT] = {s->m, s->k, s->transpose_a ? 1 : s->k, s->transpose_a ? s->m : 1, dnnl_bf16},
		[RIGHT] = {s->k, s->n, s->transpose_b ? 1 : s->n, s->transpose_b ? s->k : 1, dnnl_bf16},
		[RIGHT_PACKED] = {s->k, s->n, 0, 0, dnnl_bf16}, /* as the library likes it */
		[OUTPUT] = {s->m, s->n, s->n, 1, dnnl_f32},
	};
	int sides_made = 0;
	for (; !status && sides_made < WORK; sides_made += !status)
		status = layout_new(&side[sides_made], sides[sides_made].rows, sides[sides_made].columns, sides[sides_made].row_step,
		                    sides[sides_made].column_step, sides[sides_made].type);
	if (!status) status = dnnl_primitive_attr_create(&attributes);
	if (!status) {
		status = dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user);
		if (!status && s->accumulate && !(status = dnnl_post_ops_create(&after))) {
			if (!(status = add_to_output(after))) status = dnnl_primitive_attr_set_post_ops(attributes, after);
			dnnl_post_ops_destroy(after);
		}
		if (!status) status = product_make(p, b->engine, side, attributes);
		dnnl_primitive_attr_destroy(attributes);
	}
	while (sides_made) layout_free(&side[--sides_made]);
	if (!status) {
		p->next = b->products;
		return b->products = p;
	}
	product_free(p);
	return NULL;
}

static struct product *product_of(struct device *d, const struct shape *s) {
	struct cpu_state *state = d->state;
	for (struct product *p = state->bf16->products; p; p = p->next)
		if (!memcmp(&p->shape, s, sizeof *s)) return p;
	struct product *p = product_new(state->bf16, s);
	if (!p) state->failed = "oneDNN could not make a product in bf16 (out of memory, or a shape it lacks; set precision=fp32)";
	return p;
}

/* PACK: the right side is not yet packed as P likes it. */
static void product_run(struct device *d, struct product *p, const bf16 *a, const bf16 *b, float *c, bool pack) {
	struct cpu_state *state = d->state;
	dnnl_stream_t stream = state->bf16->stream;
	void *packed = reserve(d, PACKED, p->packed_bytes), *work = reserve(d, LIBRARY, p->work_bytes + 1);
	if (!packed || !work) return;
	void *const at[ROLES] = {(void *)a, (void *)b, packed, c, work};
	dnnl_status_t s = dnnl_success;
	for (int i = 0; !s && i < ROLES; i++) s = dnnl_memory_set_data_handle(p->memory[i], at[i]);
	const dnnl_exec_arg_t packing[] = {{DNNL_ARG_FROM, p->memory[RIGHT]}, {DNNL_ARG_TO, p->memory[RIGHT_PACKED]}};
	const dnnl_exec_arg_t product[] = {{DNNL_ARG_SRC, p->memory[LEFT]}, {DNNL_ARG_WEIGHTS, p->memory[RIGHT_PACKED]},
	                                   {DNNL_ARG_DST, p->memory[OUTPUT]}, {DNNL_ARG_SCRATCHPAD, p->memory[WORK]}};
	if (!s && pack) s = dnnl_primitive_execute(p->pack, stream, 2, packing);
	if (!s) s = dnnl_primitive_execute(p->matmul, stream, 4, product);
	if (!s) s = dnnl_stream_wait(stream);
	if (s) state->failed = "oneDNN could not run a product in bf16 (set precision=fp32)";
}

static bool same_packing(const struct product *p, const struct product *q) {
	return p && q && dnnl_memory_desc_equal(dnnl_primitive_desc_query_md(p->matmul_desc, dnnl_query_weights_md, 0),
	                                        dnnl_primitive_desc_query_md(q->matmul_desc, dnnl_query_weights_md, 0));
}

void gemm_bf16(struct device *d, bool transpose_a, bool transpose_b, int m, int n, int k, const bf16 *a, const bf16 *b, bool accumulate, float *c) {
	threads_apply(d);
	if (m == 0) return;
	if (k == 0) {
		if (!accumulate) memset(c, 0, sizeof *c * (size_t)m * (size_t)n);
		return;
	}
	struct shape s = {transpose_a, transpose_b, m, n, transpose_a ? whole_steps(k) : k, accumulate};
	int whole = whole_steps(m), step = step_of(m);
	if (transpose_a || whole == m) {
		struct product *p = product_of(d, &s);
		if (p) product_run(d, p, a, b, c, true);
		return;
	}
	/* whole steps go straight into C; the last, which A's zeros fill up, through a buffer */
	struct product *head = NULL;
	int first = whole - step;
	if (first) {
		s.m = first;
		if (!(head = product_of(d, &s))) return;
		product_run(d, head, a, b, c, true);
	}
	s.m = step, s.accumulate = false;
	struct product *last = product_of(d, &s);
	float *rows = reserve(d, TAIL, sizeof *rows * (size_t)step * (size_t)n), *to = c + (size_t)first * n;
	if (!last || !rows) return;
	product_run(d, last, a + (size_t)first * k, b, rows, !same_packing(head, last));
	size_t left = (size_t)(m - first) * (size_t)n;
	for (size_t i = 0; i < left; i++) to[i] = accumulate ? to[i] + rows[i] : rows[i];
}

#else

int bf16_open(struct bf16_state **out) {
	*out = NULL;
	return err_set(ERR_DEVICE, "precision=bf16 needs oneDNN and OpenMP, without which this program was built (set precision=fp32)");
}

void bf16_close(struct bf16_state *b) { (void)b; }

const bf16 *bf16_round(struct device *d, enum bf16_operand operand, const float *x, int rows, int width) {
	(void)d, (void)operand, (void)x, (void)rows, (void)width;
	return NULL;
}

void gemm_bf16(struct device *d, bool transpose_a, bool transpose_b, int m, int n, int k, const bf16 *a, const bf16 *b, bool accumulate, float *c) {
	(void)d, (void)transpose_a, (void)transpose_b, (void)m, (void)n, (void)k, (void)a, (void)b, (void)accumulate, (void)c;
}

#endif
