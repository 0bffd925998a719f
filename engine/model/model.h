/* engine/model/model.h -- C2FMAE: parameters, forward, losses, backward, written once over the op table.
 *
 * A model holds parameters (and, for training, gradients and AdamW moments) in flat buffers cut by a table of names and
 * shapes (spec.md section 7). A workspace holds everything that depends on batch and visible count: activations, index arrays,
 * staging memory; nothing is allocated after workspace_new().
 * Several workspaces may stand on one model (training, what-ifs); each call uses one.
 * Threads: a model and its workspaces belong to one thread at a time (the trainer's). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/types.h"
#include "engine/device/device.h"
#include "engine/model/config.h"

enum parameter_init { INIT_ZERO, INIT_ONE, INIT_XAVIER, INIT_NORMAL };

struct parameter {
	char name[64];            /* "encoder.3.attn.qkv.weight" */
	int ndim, shape[4];
	size_t offset, count;     /* in floats, in every flat buffer */
	enum parameter_init init;
	int parts;                /* INIT_XAVIER: matrices stacked along the rows (qkv 3, kv 2), each with a fan-out of its own */
	bool decay;               /* matrices: they come first in the flat buffer */
};

struct model;
struct workspace;

/* Host memory, batch samples back to back; the workspace copies what it needs. */
struct model_input {
	int batch;                                /* at most the workspace's */
	const uint8_t *rgb;                       /* [B,3,S,S] bytes; or NULL and */
	const float *rgb_normalised;              /* [B,3,S,S] */
	const uint8_t *labels[2];                 /* [SEMSEG], [INSTANCE]: [B, 4 side, 4 side]; semseg >= classes is unlabelled */
	const uint8_t *mask[GRANULARITIES];       /* [B,N], 1 = masked; every sample has exactly the workspace's visible zeros
	                                           * over the active granularities */
};

struct model_losses {
	double total, of[GRANULARITIES];          /* 0 for an inactive granularity or one without a valid masked cell */
};

/* *OUT is the caller's: model_free(). Parameters are drawn from SEED (RNG_INIT, row). TRAINING false: no gradients or moments. */
int model_new(struct model **out, struct device *d, const struct model_config *c, uint64_t seed, bool training);
void model_free(struct model *m);
const struct model_config *model_config(const struct model *m);
struct device *model_device(const struct model *m);

int model_parameters(const struct model *m);
const struct parameter *model_parameter(const struct model *m, int i);
int model_find(const struct model *m, const char *name);     /* row, or -1 */

/* The flat buffers, model_size() floats each; device memory. */
enum model_buffer { WEIGHTS, GRADIENTS, MOMENT1, MOMENT2, MODEL_BUFFERS };
size_t model_size(const struct model *m);
size_t model_decayed(const struct model *m);                  /* the first so many floats take weight decay */
float *model_buffer(struct model *m, enum model_buffer which); /* NULL if not training */
/* One parameter between a buffer and host memory. model_set of WEIGHTS keeps the compute copy in step. */
void model_get(struct model *m, enum model_buffer which, int i, float *host);
void model_set(struct model *m, enum model_buffer which, int i, const float *host);
/* The encoder's positions of granularity G, [N, D] in host memory. Set NULL: back to the fixed sin-cos ones. Get (HOST may be NULL)
 * says whether they are foreign, that is set by a loaded file. ERR_MEMORY. */
int model_set_positions(struct model *m, enum granularity g, const float *host);
bool model_get_positions(struct model *m, enum granularity g, float *host);
/* Each named tensor of the model's own memory, for the `memory` command. */
typedef void (*each_tensor)(const char *name, size_t bytes, void *context);
void model_each(const struct model *m, each_tensor each, void *context);
/* The same of a model that is not made, on a device whose activations have ACT_BYTES; EACH may be NULL. *BYTES: all together. ERR_MEMORY. */
int model_plan(const struct model_config *c, size_t act_bytes, bool training, each_tensor each, void *context, size_t *bytes);

/* BACKWARD false: memory for forward and losses only. VISIBLE: V, total over the active granularities, 1 .. active * N.
 * ERR_MEMORY says what was needed, what is free, and the largest batch that would fit. */
int workspace_new(struct workspace **out, struct model *m, int batch, int visible, bool backward);
void workspace_free(struct workspace *w);
size_t workspace_bytes(const struct workspace *w);
void workspace_each(const struct workspace *w, each_tensor each, void *context);
int workspace_plan(const struct model_config *c, size_t act_bytes, int batch, int visible, bool backward, each_tensor each, void *context,
                   size_t *bytes); /* as model_plan() */

/* A step: load, forward, losses, backward, guard, update. All but model_loss() only queue work; device_sync() waits for it.
 *
 * Uploads INPUT and builds the index arrays; model_forward() brings it into use, and it stays in use until the next forward that follows a
 * load. A second load before that replaces the first. ERR_ARGUMENT if a sample's visible count is not the workspace's; nothing is loaded then.
 * A workspace with BACKWARD has two sets of inputs and loads into the one that is not in use, past the work that is queued: so the next
 * step's input may be loaded while this step's work runs, once the step before it is over (a device_sync() in every step sees to that).
 * INPUT's arrays must then stay as they are until device_ahead_done() or device_sync(). Floats (rgb_normalised) wait for the queue, and are
 * in use at once. Without BACKWARD there is one set, and INPUT is done with on return. */
int workspace_load(struct workspace *w, const struct model_input *input);
int model_forward(struct workspace *w);
/* In the forwards of W that follow, D_g of granularity G is that of OTHER's last forward (same model, same batch): its head and what comes
 * downstream of it read that. OTHER must live until then; NULL: W's own again. For what-ifs: W without BACKWARD. */
void workspace_substitute(struct workspace *w, enum granularity g, const struct workspace *other);
/* Losses of the batch in use against WEIGHTS (w_s, w_i, w_r, indexed by granularity); once between two syncs. GRADIENT: the predictions
 * are replaced by their gradients, ready for model_backward(). */
int model_loss_queue(struct workspace *w, const double weights[GRANULARITIES], bool gradient);
/* After device_sync(), and before the next forward: the means. SAMPLE [GRANULARITIES][batch] receives each sample's own loss when it is
 * not NULL. */
void model_loss_read(const struct workspace *w, struct model_losses *out, float *sample[GRANULARITIES]);
/* Both, with device_sync() between. */
int model_loss(struct workspace *w, const double weights[GRANULARITIES], bool gradient, struct model_losses *out,
               float *sample[GRANULARITIES]);
int model_backward(struct workspace *w);
/* Whether the step is sound is found out on the device: the sums of squares of the gradients and of the samples' losses, which
 * model_update() looks at before it changes anything. */
int model_guard_queue(struct workspace *w);
/* After device_sync(). *NORM: the gradients' L2 norm over all parameters. False: something was not finite, and the update that followed
 * the guard left weights and moments as they were. */
bool model_guard_read(const struct workspace *w, double *norm);

/* Copies to host memory. PREDICTION [B,N,out] before model_loss(gradient); ENCODED [B,V+1,D]. */
void workspace_prediction(struct workspace *w, enum granularity g, float *host);
void workspace_encoded(struct workspace *w, float *host);

struct optimizer_config { double lr, beta1, beta2, epsilon, decay; };
/* One AdamW step from the gradients buffer; STEP counts from 1. The last guard decides whether it is made; before the first it is. */
int model_update(struct model *m, const struct optimizer_config *c, int64_t step);
