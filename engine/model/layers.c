/* Linear, norm, MLP and transformer block over the op table; pre-norm:
 *     x = x + Attention(LN(x));  x = x + MLP(LN(x))
 * The sum of a residual connection is taken by the norm that follows it (struct stream). */
#include <assert.h>

#include "engine/model/internal.h"

void linear_run(const struct workspace *w, const struct linear *l, act *y, const act *x, size_t rows) {
	struct device *d = workspace_device(w);
	d->op->linear_forward(d, y, x, workspace_weight(w, l->weight), workspace_weight(w, l->bias), (int)rows, l->in, l->out);
}

void linear_back(const struct workspace *w, const struct linear *l, act *dx, const act *dy, const act *x, size_t rows,
                 bool accumulate) {
	struct device *d = workspace_device(w);
	d->op->linear_backward(d, dx, workspace_gradient(w, l->weight), workspace_gradient(w, l->bias), dy, x,
	                       workspace_weight(w, l->weight), (int)rows, l->in, l->out, accumulate);
}

void norm_run(const struct workspace *w, const struct norm *n, const struct norm_acts *a, struct stream *s, size_t rows) {
	struct device *d = workspace_device(w);
	const act *gamma = workspace_weight(w, n->weight), *beta = workspace_weight(w, n->bias);
	assert(s->r || s->x == a->x);
	if (s->r) d->op->residual_layernorm_forward(d, a->x, a->y, a->mean, a->rstd, s->x, s->r, gamma, beta, (int)rows, n->width);
	else d->op->layernorm_forward(d, a->y, a->mean, a->rstd, s->x, gamma, beta, (int)rows, n->width);
	*s = (struct stream){a->x, NULL};
}

void norm_back(const struct workspace *w, const struct norm *n, const struct norm_acts *a, act *dx, const act *dy, const act *add,
               size_t rows) {
	struct device *d = workspace_device(w);
	d->op->layernorm_backward(d, dx, workspace_gradient(w, n->weight), workspace_gradient(w, n->bias), dy, a->x, a->mean,
	                          a->rstd, workspace_weight(w, n->weight), add, (int)rows, n->width);
}

void mlp_run(const struct workspace *w, const struct norm *n, const struct mlp *m, const struct mlp_acts *a, struct stream *s,
             size_t rows) {
	struct device *d = workspace_device(w);
	norm_run(w, n, &a->norm, s, rows);
	d->op->linear_gelu_forward(d, a->hidden, a->pre, a->norm.y, workspace_weight(w, m->fc1.weight),
	                           workspace_weight(w, m->fc1.bias), (int)rows, m->fc1.in, m->fc1.out);
	linear_run(w, &m->fc2, w->residual, a->hidden, rows);
	s->r = w->residual;
}

void mlp_back(const struct workspace *w, const struct norm *n, const struct mlp *m, const struct mlp_acts *a, act *dx,
              size_t rows) {
	struct device *d = workspace_device(w);
	d->op->linear_gelu_backward(d, w->dhidden, workspace_gradient(w, m->fc2.weight), workspace_gradient(w, m->fc2.bias), dx, a->hidden,
	                            workspace_weight(w, m->fc2.weight), a->pre, (int)rows, m->fc2.in, m->fc2.out);
	linear_back(w, &m->fc1, w->dy, w->dhidden, a->norm.y, rows, false);
	norm_back(w, n, &a->norm, dx, w->dy, dx, rows);
}

/* q, k or v (PART 0, 1, 2) inside qkv [rows, 3 width]. */
static act *part(const struct device *d, act *qkv, const struct block_shape *s, int index) {
	return act_at(d, qkv, (size_t)(index * s->width));
}

void block_run(const struct workspace *w, const struct block *b, const struct block_acts *a, const struct block_shape *s,
               struct stream *stream) {
	struct device *d = workspace_device(w);
	struct attention_shape attention = self_shape(s);
	norm_run(w, &b->norm1, &a->norm, stream, s->rows);
	linear_run(w, &b->qkv, a->qkv, a->norm.y, s->rows);
	d->op->attention_forward(d, a->o, a->lse, part(d, a->qkv, s, 0), part(d, a->qkv, s, 1), part(d, a->qkv, s, 2), &attention);
	linear_run(w, &b->proj, w->residual, a->o, s->rows);
	stream->r = w->residual;
	mlp_run(w, &b->norm2, &b->mlp, &a->mlp, stream, s->rows);
}

void block_back(const struct workspace *w, const struct block *b, const struct block_acts *a, const struct block_shape *s,
                act *dx) {
	struct device *d = workspace_device(w);
	struct attention_shape attention = self_shape(s);
	mlp_back(w, &b->norm2, &b->mlp, &a->mlp, dx, s->rows);
	linear_back(w, &b->proj, w->dy, dx, a->o, s->rows, false);
	act *dqkv = w->dhidden; /* free since the MLP's backward */
	d->op->attention_backward(d, part(d, dqkv, s, 0), part(d, dqkv, s, 1), part(d, dqkv, s, 2), w->dy, a->o, a->lse,
	                          part(d, a->qkv, s, 0), part(d, a->qkv, s, 1), part(d, a->qkv, s, 2), &attention);
	linear_back(w, &b->qkv, w->dy, dqkv, a->norm.y, s->rows, false);
	norm_back(w, &b->norm1, &a->norm, dx, w->dy, dx, s->rows);
}
