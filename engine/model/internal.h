/* engine/model/internal.h -- what a model and a workspace are made of; for the files of this room only.
 *
 * Sizes: B batch, V visible, T = V + 1 encoder tokens, N patches, G active granularities, D encoder width, d decoder width.
 * Memory of a step lies in the workspace's arena. Activations that backward needs have a name per layer; scratch, and everything in
 * a workspace without backward, is shared by name. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/model/arena.h"
#include "engine/model/capture.h"
#include "engine/model/parameters.h"
#include "engine/op/op.h"

struct model {
	struct device *device;
	struct model_config config;
	struct layout layout;
	struct arena arena;
	float *buffer[MODEL_BUFFERS];       /* [size] each; NULL if not training, but for WEIGHTS */
	act *compute;                       /* [size]: the weights that ops read; WEIGHTS itself where activations are floats */
	float *positions;                   /* [3, N, D], by granularity */
	float *decoder_positions;           /* [N, d] */
	double *guard;                      /* [2] in device memory: sums of squares of the gradients and of the samples' losses */
	bool foreign_positions[GRANULARITIES]; /* set by model_set_positions(), not sin-cos */
};

/* Writes granularity G's positions [N, D] and says whether they are foreign (model_set_positions() without its own memory). */
void model_place(struct model *m, enum granularity g, const float *host, bool foreign);

/* The residual stream before a norm: its value is x + r. The sum is left to the norm, which reads both anyway; r NULL: x alone. */
struct stream { const act *x, *r; };

struct norm_acts { act *x, *y; float *mean, *rstd; };   /* input, output [rows, width]; statistics [rows] */
struct mlp_acts { struct norm_acts norm; act *pre, *hidden; };
struct block_acts { struct norm_acts norm; act *qkv, *o; float *lse; struct mlp_acts mlp; };

struct stage_acts {
	struct norm_acts query, context;    /* [B N, d], [B G N, d]; context.x is Z itself where nothing was added to it */
	act *q, *kv, *o;                    /* [B N, d], [B G N, 2 d], [B N, d] */
	float *lse;
	struct mlp_acts mlp;                /* its norm is out_norm */
	struct block_acts blocks[STAGE_BLOCKS];
	act *out, *prediction;              /* D_i [B N, d]; [B N, out] */
};

/* Tokens, width and attention of a stack of blocks. */
struct block_shape { size_t rows; int width, heads, batch, tokens; };

/* What a step reads, in device memory, with the host's copies that are uploaded. A workspace that trains has two, so that the next step's
 * input is made while the device works on this one's. */
enum { INPUT_SETS = 2 };

/* The parts of a step that are the same every time, and recorded (device_record()). */
enum recording { RECORD_FORWARD, RECORD_LOSS, RECORD_BACKWARD, RECORDINGS };

struct input_set {
	int batch;                          /* 0: holds nothing */
	bool normalised;                    /* rgb came as floats, and is in place */
	uint8_t *rgb_bytes;                 /* [B, 3, S, S] */
	uint8_t *labels[2], *mask[GRANULARITIES];
	int32_t *index, *host_index;        /* index, row, place [B V] each, slot [B G N], back to back */
	int count[GRANULARITIES], first[GRANULARITIES]; /* visible rows of a granularity, and where they begin in `index` */
	float *weight, *host_weight;        /* [3, B]: of the losses' gradients */
	int *valid[GRANULARITIES];          /* host, [B]: masked cells or values that have a target */
	struct device_graph *graph[RECORDINGS];
};

struct workspace {
	struct model *model;
	struct arena arena;
	int batch_max, visible;
	int batch;                          /* of the input in use; 0 before the first */
	bool backward;
	float *gradients;                   /* where model_backward() writes: the model's, or a buffer of a trace's own */

	int sets;
	struct input_set set[INPUT_SETS];
	struct input_set *in, *next;        /* in use; loaded and not in use yet (NULL: none) */
	int *taken;                         /* host, [B]: tokens placed while indexing */

	float *rgb;                         /* [B, 3, S, S] normalised */
	float *sample_loss, *host_loss;     /* [G, B], by stage */
	double *host_guard;                 /* [2]: of model->guard */
	double loss_weights[GRANULARITIES]; /* those that the losses were queued with */

	/* activations */
	act *patches, *embedded;            /* packed rows: [B V, 3PP or 1024], [B V, D] */
	struct block_acts encoder[DEPTH_MAX];
	act *encoded, *context, *z;         /* [B T, D], [B T, d], [B G N, d] */
	struct stage_acts stages[GRANULARITIES];

	struct capture *capture;            /* within capture_forward() */
	const struct workspace *substitute[GRANULARITIES]; /* by stage: whose output stands in for its own; NULL: none */

	/* scratch, and gradients of activations */
	act *residual;                      /* a sublayer's output on its way into the next norm [rows, width] */
	act *dx, *dy, *dhidden;             /* [rows, width] twice, [rows, 4 width] */
	act *dcontext, *dz, *dkv, *dkn;     /* [B T, d], [B G N, d], [B G N, 2 d], [B G N, d] */
	act *zeros;                         /* [B G N, d], without cross-attention only */
};

static inline struct device *workspace_device(const struct workspace *w) { return w->model->device; }
static inline const act *workspace_weight(const struct workspace *w, int row) {
	return act_at(w->model->device, w->model->compute, w->model->layout.rows[row].offset);
}
static inline float *workspace_gradient(const struct workspace *w, int row) {
	return w->gradients + w->model->layout.rows[row].offset;
}

/* The work of PART stands in for (bool go = recording_begin(...); go; go = recording_end(...)), as device_record() wants it. Only the full batches of a training workspace are recorded. KEY: device_record()'s, beside the input set and the part. */
static inline bool recording_wanted(const struct workspace *w) { return w->sets == INPUT_SETS && w->batch == w->batch_max; }
static inline bool recording_begin(const struct workspace *w, enum recording part, uint64_t key) {
	return !recording_wanted(w) || device_record(workspace_device(w), &w->in->graph[part], key);
}
static inline bool recording_end(const struct workspace *w, enum recording part) {
	return recording_wanted(w) && device_record_end(workspace_device(w), w->in->graph[part]);
}

struct block_shape encoder_shape(const struct workspace *w);
struct block_shape decoder_shape(const struct workspace *w);
struct attention_shape cross_shape(const struct workspace *w);
struct attention_shape self_shape(const struct block_shape *s);
struct patch_shape workspace_patches(const struct workspace *w);
act *workspace_patch_rows(const struct workspace *w, enum granularity g); /* where G's packed rows begin in w->patches */
static inline size_t sequence_rows(const struct workspace *w) { /* B G N */
	return (size_t)w->batch * (size_t)(w->model->layout.groups * config_patches(&w->model->config));
}

/* --- layers.c: parts that encoder and decoder share; each _back() is given d(output) and leaves d(input) --- */
void linear_run(const struct workspace *w, const struct linear *l, act *y, const act *x, size_t rows);
void linear_back(const struct workspace *w, const struct linear *l, act *dx, const act *dy, const act *x, size_t rows,
                 bool accumulate);
/* The stream's value goes to a->x (where it is already when s->r is NULL), its norm to a->y; the stream becomes a->x alone. */
void norm_run(const struct workspace *w, const struct norm *n, const struct norm_acts *a, struct stream *s, size_t rows);
void norm_back(const struct workspace *w, const struct norm *n, const struct norm_acts *a, act *dx, const act *dy, const act *add,
               size_t rows);
void mlp_run(const struct workspace *w, const struct norm *n, const struct mlp *m, const struct mlp_acts *a, struct stream *s,
             size_t rows);
void mlp_back(const struct workspace *w, const struct norm *n, const struct mlp *m, const struct mlp_acts *a, act *dx, size_t rows);
void block_run(const struct workspace *w, const struct block *b, const struct block_acts *a, const struct block_shape *s,
               struct stream *stream);
void block_back(const struct workspace *w, const struct block *b, const struct block_acts *a, const struct block_shape *s, act *dx);

/* --- capture.c: the maps of a layer whose q and k were just used, if somebody wants them --- */
void capture_layer(const struct workspace *w, struct attention_layer layer, const act *q, const act *k, const struct attention_shape *s);
void capture_block(const struct workspace *w, struct attention_layer layer, const struct block_acts *a, const struct block_shape *s);
