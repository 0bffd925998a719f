#include "engine/model/weights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/json.h"
#include "engine/model/internal.h"

enum { NAME_BYTES = 96, SHAPE_BYTES = 120 };

static const struct { enum model_buffer buffer; const char *prefix; } families[] = {
	{WEIGHTS, ""}, {MOMENT1, "optimizer.m."}, {MOMENT2, "optimizer.v."}};

/* ---- saving ---- */

struct plan { /* the tensors of a file; names[i] backs tensors[i].name */
	struct tensor_info *tensors;
	char (*names)[NAME_BYTES];
	int count;
};

static void plan_add(struct plan *p, const char *prefix, const char *name, int ndim, const int *shape) {
	int64_t wide[TENSOR_DIMS];
	for (int i = 0; i < ndim; i++) wide[i] = shape[i];
	snprintf(p->names[p->count], NAME_BYTES, "%s%s", prefix, name);
	p->tensors[p->count] = tensor_of(p->names[p->count], TENSOR_F32, ndim, wide, NULL);
	p->count++;
}

/* MultiMAE's order [1, D, side, side] of positions [N, D]; the inverse with BACK. */
static void positions_transpose(const struct model_config *c, float *out, const float *in, bool back) {
	size_t patches = (size_t)config_patches(c), width = (size_t)c->width;
	for (size_t n = 0; n < patches; n++)
		for (size_t i = 0; i < width; i++)
			if (back) out[n * width + i] = in[i * patches + n];
			else out[i * patches + n] = in[n * width + i];
}

static int put_positions(struct model *m, struct safetensors_writer *w, float *host) {
	const struct model_config *c = &m->config;
	size_t count = (size_t)config_patches(c) * (size_t)c->width;
	int rc = 0;
	for (int g = 0; rc == 0 && g < GRANULARITIES; g++) {
		if (!c->active[g] || !model_get_positions(m, g, host)) continue;
		positions_transpose(c, host + count, host, false);
		rc = safetensors_put(w, host + count, count * sizeof *host);
	}
	return rc;
}

static int plan_make(struct model *m, struct plan *p, int family_count, const struct weights_extra *extra) {
	const struct model_config *c = &m->config;
	int n = model_parameters(m), room = family_count * n + GRANULARITIES + (extra ? extra->count : 0);
	p->tensors = calloc((size_t)room, sizeof *p->tensors);
	p->names = calloc((size_t)room, NAME_BYTES);
	if (!p->tensors || !p->names) return ERR_MEMORY;
	for (int k = 0; k < family_count; k++)
		for (int i = 0; i < n; i++)
			plan_add(p, families[k].prefix, m->layout.rows[i].name, m->layout.rows[i].ndim, m->layout.rows[i].shape);
	for (int g = 0; g < GRANULARITIES; g++) {
		char name[NAME_BYTES];
		snprintf(name, sizeof name, "input_adapters.%s.pos_emb", granularity_name[g]);
		if (c->active[g] && m->foreign_positions[g])
			plan_add(p, "", name, 4, (int[]){1, c->width, config_side(c), config_side(c)});
	}
	for (int i = 0; extra && i < extra->count; i++) p->tensors[p->count++] = extra->tensors[i];
	return 0;
}

/* Room for the largest parameter, or for positions twice and a class token. */
static float *buffer_new(const struct model *m) {
	size_t most = (2 * (size_t)config_patches(&m->config) + 1) * (size_t)m->config.width;
	for (int i = 0; i < m->layout.count; i++)
		if (m->layout.rows[i].count > most) most = m->layout.rows[i].count;
	return malloc(most * sizeof(float));
}

int weights_save_with(struct model *m, const char *path, const struct weights_extra *extra) {
	struct plan p = {.count = 0};
	struct safetensors_writer *w = NULL;
	float *host = buffer_new(m);
	int family_count = extra && extra->moments ? 3 : 1, rc = 0;
	if (!host || plan_make(m, &p, family_count, extra)) {
		rc = err_set(ERR_MEMORY, "no memory to write %s", path);
		goto done;
	}
	if ((rc = safetensors_create(&w, path, p.tensors, p.count, extra ? extra->meta : NULL, extra ? extra->metas : 0)))
		goto done;
	for (int k = 0; k < family_count; k++)
		for (int i = 0; i < model_parameters(m); i++) {
			model_get(m, families[k].buffer, i, host);
			if ((rc = safetensors_put(w, host, m->layout.rows[i].count * sizeof *host))) goto done;
		}
	if ((rc = put_positions(m, w, host))) goto done;
	for (int i = 0; extra && i < extra->count; i++)
		if ((rc = safetensors_put(w, extra->tensors[i].data, extra->tensors[i].bytes))) goto done;
	rc = safetensors_commit(w);
	w = NULL;
done:
	safetensors_abandon(w);
	free(p.tensors);
	free(p.names);
	free(host);
	return rc;
}

int weights_save(struct model *m, const char *path) { return weights_save_with(m, path, NULL); }

/* ---- loading: first everything is checked ... ---- */

static bool is_floating(const struct tensor_info *t) {
	return t->type == TENSOR_F32 || t->type == TENSOR_F16 || t->type == TENSOR_BF16 || t->type == TENSOR_F64;
}

static bool same_shape(const struct tensor_info *t, int ndim, const int *shape) {
	if (t->ndim != ndim) return false;
	for (int i = 0; i < ndim; i++)
		if (t->shape[i] != shape[i]) return false;
	return true;
}

static int check_parameter(const struct safetensors *f, const struct parameter *p) {
	char has[SHAPE_BYTES], wants[SHAPE_BYTES];
	struct tensor_info want = {.ndim = p->ndim};
	for (int i = 0; i < p->ndim; i++) want.shape[i] = p->shape[i];
	tensor_shape_format(&want, wants, sizeof wants);
	const struct tensor_info *t = safetensors_find(f, p->name);
	if (!t)
		return err_set(ERR_FORMAT,
		               "%s has no %s %s (it was written for another model; set the options it was trained with)",
		               safetensors_path(f), p->name, wants);
	tensor_shape_format(t, has, sizeof has);
	if (!same_shape(t, p->ndim, p->shape))
		return err_set(ERR_FORMAT,
		               "%s: %s is %s, not %s (it was written for another model; set the options it was trained with)",
		               safetensors_path(f), p->name, has, wants);
	if (!is_floating(t))
		return err_set(ERR_FORMAT, "%s: %s is of type %s, not of floating point", safetensors_path(f), p->name,
		               tensor_type_name(t->type));
	return 0;
}

/* Where granularity G's positions are in the file, NULL for none; *SKIP: leading floats that belong to MAE's class token. */
static const struct tensor_info *find_positions(const struct safetensors *f, const struct model_config *c, enum granularity g,
                                                size_t *skip) {
	char name[NAME_BYTES];
	snprintf(name, sizeof name, "input_adapters.%s.pos_emb", granularity_name[g]);
	const struct tensor_info *t = safetensors_find(f, name);
	*skip = 0;
	if (t) return t;
	t = safetensors_find(f, "pos_embed");
	if (t && t->ndim == 3 && t->shape[1] == 1 + config_patches(c)) *skip = (size_t)c->width;
	return t;
}

static int check_positions(const struct safetensors *f, const struct model_config *c, enum granularity g) {
	size_t skip;
	char has[SHAPE_BYTES];
	int n = config_patches(c), d = c->width, side = config_side(c);
	const struct tensor_info *t = find_positions(f, c, g, &skip);
	if (!t || (is_floating(t) && (same_shape(t, 4, (int[]){1, d, side, side}) || same_shape(t, 2, (int[]){n, d}) ||
	                              same_shape(t, 3, (int[]){1, n, d}) || same_shape(t, 3, (int[]){1, n + 1, d}))))
		return 0;
	tensor_shape_format(t, has, sizeof has);
	return err_set(ERR_FORMAT, "%s: the positions %s are %s of type %s, not [1, %d, %d, %d] or [1, %d, %d] of floating point",
	               safetensors_path(f), t->name, has, tensor_type_name(t->type), d, side, side, n, d);
}

static bool has_name(const struct layout *l, const char *name) {
	for (int i = 0; i < l->count; i++)
		if (strcmp(l->rows[i].name, name) == 0) return true;
	return false;
}

/* Positions, or what a checkpoint adds. */
static bool is_known_extra(const char *name) {
	for (int g = 0; g < GRANULARITIES; g++) {
		char positions[NAME_BYTES];
		snprintf(positions, sizeof positions, "input_adapters.%s.pos_emb", granularity_name[g]);
		if (strcmp(name, positions) == 0) return true;
	}
	return strcmp(name, "pos_embed") == 0 || strcmp(name, "history") == 0 || strncmp(name, "optimizer.", 10) == 0;
}

/* The table of the same model with nothing switched off; free() by the caller, NULL when out of memory. */
static struct layout *layout_of_all(const struct model_config *c) {
	struct layout *l = malloc(sizeof *l);
	struct model_config all = *c;
	for (int g = 0; g < GRANULARITIES; g++) {
		all.active[g] = true;
		all.stage[g] = (enum granularity)g;
	}
	all.stages = GRANULARITIES;
	all.cross_attention = true;
	if (l) layout_build(l, &all);
	return l;
}

static int check_extras(const struct safetensors *f, struct model *m) {
	struct layout *all = layout_of_all(&m->config);
	int rc = all ? 0 : err_set(ERR_MEMORY, "no memory to read %s", safetensors_path(f));
	for (int i = 0; rc == 0 && i < safetensors_count(f); i++) {
		char shown[NAME_BYTES]; /* escaped: a file may carry terminal codes */
		const char *name = safetensors_at(f, i)->name;
		jv_quote(shown, sizeof shown, name);
		if (!has_name(all, name) && !is_known_extra(name))
			rc = err_set(ERR_FORMAT,
			             "%s holds %s, which this model does not have (set the options it was trained with)",
			             safetensors_path(f), shown);
	}
	free(all);
	return rc;
}

static int check_file(const struct safetensors *f, struct model *m) {
	int rc = 0;
	for (int i = 0; rc == 0 && i < m->layout.count; i++) rc = check_parameter(f, &m->layout.rows[i]);
	for (int g = 0; rc == 0 && g < GRANULARITIES; g++)
		if (m->config.active[g]) rc = check_positions(f, &m->config, g);
	return rc ? rc : check_extras(f, m);
}

/* ---- ... then copied, which can't fail ---- */

static void copy_parameter(const struct safetensors *f, struct model *m, int i, float *host) {
	const struct parameter *p = &m->layout.rows[i];
	safetensors_floats(safetensors_find(f, p->name), host);
	if (m->config.active[SEMSEG] && i == m->layout.adapter[SEMSEG].class_emb)
		memset(host + p->count - CLASS_WIDTH, 0, CLASS_WIDTH * sizeof *host);
	model_set(m, WEIGHTS, i, host);
}

static void copy_positions(const struct safetensors *f, struct model *m, enum granularity g, float *host) {
	const struct model_config *c = &m->config;
	size_t skip, count = (size_t)config_patches(c) * (size_t)c->width;
	const struct tensor_info *t = find_positions(f, c, g, &skip);
	if (!t) {
		positions_sincos(host, config_side(c), c->width);
		model_place(m, g, host, false);
		return;
	}
	safetensors_floats(t, host);
	if (t->ndim == 4) positions_transpose(c, host + count, host, true);
	model_place(m, g, t->ndim == 4 ? host + count : host + skip, true);
}

int weights_load(struct model *m, const char *path) {
	struct safetensors *f;
	int rc = safetensors_open(&f, path);
	if (rc) return rc;
	float *host = NULL;
	if ((rc = check_file(f, m))) goto done;
	host = buffer_new(m);
	if (!host) {
		rc = err_set(ERR_MEMORY, "no memory to read %s", path);
		goto done;
	}
	for (int i = 0; i < m->layout.count; i++) copy_parameter(f, m, i, host);
	for (int g = 0; g < GRANULARITIES; g++)
		if (m->config.active[g]) copy_positions(f, m, g, host);
done:
	free(host);
	safetensors_close(f);
	return rc;
}

static uint64_t fnv(uint64_t h, const void *data, size_t bytes) {
	for (const uint8_t *p = data, *end = p + bytes; p < end; p++) h = (h ^ *p) * 0x100000001b3;
	return h;
}

int weights_hash(struct model *m, uint64_t *out) {
	float *host = buffer_new(m);
	if (!host) return err_set(ERR_MEMORY, "no memory to read the weights");
	*out = 0xcbf29ce484222325;
	for (int i = 0; i < model_parameters(m); i++) {
		const struct parameter *p = model_parameter(m, i);
		model_get(m, WEIGHTS, i, host);
		*out = fnv(fnv(*out, p->name, strlen(p->name)), host, p->count * sizeof *host);
	}
	free(host);
	return 0;
}
