#include "engine/train/checkpoint.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/model/safetensors.h"
#include "engine/model/weights.h"

static const char format_name[] = "c2f-checkpoint-1";
static const char history_name[] = "history";
static const struct { enum model_buffer buffer; const char *prefix; } moments[] = {{MOMENT1, "optimizer.m."}, {MOMENT2, "optimizer.v."}};
enum { MOMENTS = 2, NAME_BYTES = 96 };

/* A metric as a row of doubles, and back: one order for both. */
enum { HISTORY_COLUMNS = 1 + 1 + GRANULARITIES + 1 + 3 + SOURCES + 1 + SOURCES * GRANULARITIES };
static void history_row(double row[HISTORY_COLUMNS], struct metric *m, bool write) {
	int n = 0;
	double step = (double)m->step, evaluated = m->evaluated;
	double *fields[] = {&step, &m->time_s, &m->loss[0], &m->loss[1], &m->loss[2], &m->total, &m->lr, &m->grad_norm, &m->images_per_s,
		&m->mix[0], &m->mix[1], &m->mix[2], &evaluated, &m->val[0][0], &m->val[0][1], &m->val[0][2], &m->val[1][0], &m->val[1][1], &m->val[1][2],
		&m->val[2][0], &m->val[2][1], &m->val[2][2]};
	_Static_assert(sizeof fields / sizeof *fields == HISTORY_COLUMNS, "a metric's fields and the history's columns differ");
	for (; n < HISTORY_COLUMNS; n++)
		if (write) row[n] = *fields[n];
		else *fields[n] = row[n];
	m->step = (int64_t)step;
	m->evaluated = evaluated != 0;
}

static bool meta_integer(const struct safetensors *f, const char *key, int64_t low, int64_t *out) {
	const char *text = safetensors_meta(f, key);
	char *end;
	if (!text || !*text) return false;
	*out = strtoll(text, &end, 10);
	return *end == '\0' && *out >= low;
}

static int read_info(const struct safetensors *f, const char *path, struct checkpoint_info *out) {
	const char *format = safetensors_meta(f, "format");
	*out = (struct checkpoint_info){.full = format && strcmp(format, format_name) == 0};
	if (!out->full) return 0;
	const char *options = safetensors_meta(f, "options"), *curriculum = safetensors_meta(f, "curriculum"), *seed = safetensors_meta(f, "seed");
	const char *time = safetensors_meta(f, "time_s"), *device = safetensors_meta(f, "device"), *precision = safetensors_meta(f, "precision");
	int64_t batch;
	if (!meta_integer(f, "step", 0, &out->step) || !meta_integer(f, "batch", 1, &batch) || batch > BATCH_MAX || !seed || !options || !curriculum ||
	    strlen(options) >= OPTIONS_TEXT)
		return err_set(ERR_FORMAT, "%s calls itself a checkpoint but lacks its step, seed, batch, options or curriculum (load another one)", path);
	out->batch = (int)batch;
	out->seed = strtoull(seed, NULL, 10);
	out->time_s = time ? strtod(time, NULL) : 0;
	snprintf(out->device, sizeof out->device, "%s", device ? device : "");
	snprintf(out->precision, sizeof out->precision, "%s", precision ? precision : "");
	snprintf(out->options, sizeof out->options, "%s", options);
	return curriculum_parse(&out->curriculum, curriculum, path);
}

int checkpoint_read_info(const char *path, struct checkpoint_info *out) {
	struct safetensors *f;
	int rc = safetensors_open(&f, path);
	if (rc) return rc;
	rc = read_info(f, path, out);
	safetensors_close(f);
	return rc;
}

int checkpoint_save(struct model *m, const char *path, const struct checkpoint_info *info, const struct metric *history, int64_t count) {
	double *rows = malloc(((size_t)count * HISTORY_COLUMNS + 1) * sizeof(double));
	if (!rows) return err_set(ERR_MEMORY, "no memory to gather a history of %" PRId64 " steps (nothing was written)", count);
	for (int64_t i = 0; i < count; i++) {
		struct metric row = history[i];
		history_row(rows + i * HISTORY_COLUMNS, &row, true);
	}
	const struct tensor_info table = {.name = history_name, .type = TENSOR_F64, .ndim = 2, .shape = {count, HISTORY_COLUMNS},
		.count = (size_t)count * HISTORY_COLUMNS, .bytes = (size_t)count * HISTORY_COLUMNS * sizeof(double), .data = rows};
	char curriculum[8192], step[24], seed[24], batch[24], time[32];
	curriculum_format(&info->curriculum, curriculum, sizeof curriculum);
	snprintf(step, sizeof step, "%" PRId64, info->step);
	snprintf(seed, sizeof seed, "%" PRIu64, info->seed);
	snprintf(batch, sizeof batch, "%d", info->batch);
	snprintf(time, sizeof time, "%.3f", info->time_s);
	const struct safetensors_meta_pair meta[] = {{"format", format_name}, {"step", step}, {"seed", seed}, {"batch", batch}, {"time_s", time},
		{"device", info->device}, {"precision", info->precision}, {"options", info->options}, {"curriculum", curriculum}};
	int rc = weights_save_with(m, path, &(struct weights_extra){.moments = true, .tensors = &table, .count = 1, .meta = meta, .metas = sizeof meta / sizeof *meta});
	free(rows);
	return rc;
}

/* The moments of F into HOST (two families, one after the other), each checked against the model's table. */
static int read_moments(const struct safetensors *f, struct model *m, const char *path, float *host) {
	for (int k = 0; k < MOMENTS; k++) {
		for (int i = 0; i < model_parameters(m); i++) {
			const struct parameter *p = model_parameter(m, i);
			char name[NAME_BYTES];
			snprintf(name, sizeof name, "%s%s", moments[k].prefix, p->name);
			const struct tensor_info *t = safetensors_find(f, name);
			if (!t || t->count != p->count)
				return err_set(ERR_FORMAT, "%s holds no %s of %zu numbers (it is not a checkpoint of this model)", path, name, p->count);
			int rc = safetensors_floats(t, host + (size_t)k * model_size(m) + p->offset);
			if (rc) return rc;
		}
	}
	return 0;
}

static int read_history(const struct safetensors *f, const char *path, struct metric **history, int64_t *count) {
	const struct tensor_info *t = safetensors_find(f, history_name);
	if (!t || t->type != TENSOR_F64 || t->ndim != 2 || t->shape[1] != HISTORY_COLUMNS)
		return err_set(ERR_FORMAT, "%s holds no metric history of %d columns (it is not a checkpoint of this version)", path, HISTORY_COLUMNS);
	*count = t->shape[0];
	*history = calloc((size_t)*count + 1, sizeof **history);
	if (!*history) return err_set(ERR_MEMORY, "no memory for a history of %lld steps", (long long)*count);
	for (int64_t i = 0; i < *count; i++) {
		double row[HISTORY_COLUMNS];
		memcpy(row, (const char *)t->data + (size_t)i * sizeof row, sizeof row);
		history_row(row, &(*history)[i], false);
	}
	return 0;
}

int checkpoint_restore(struct model *m, const char *path, struct metric **history, int64_t *count) {
	*history = NULL;
	*count = 0;
	struct safetensors *f;
	int rc = safetensors_open(&f, path);
	if (rc) return rc;
	float *host = malloc(MOMENTS * model_size(m) * sizeof(float));
	if (!host) rc = err_set(ERR_MEMORY, "no memory to read a checkpoint of %zu parameters", model_size(m));
	if (!rc) rc = read_moments(f, m, path, host);
	if (!rc) rc = read_history(f, path, history, count);
	if (!rc) rc = weights_load(m, path); /* verifies all, then copies all: the last thing that can fail */
	for (int k = 0; !rc && k < MOMENTS; k++)
		for (int i = 0; i < model_parameters(m); i++)
			model_set(m, moments[k].buffer, i, host + (size_t)k * model_size(m) + model_parameter(m, i)->offset);
	if (rc) {
		free(*history);
		*history = NULL;
		*count = 0;
	}
	free(host);
	safetensors_close(f);
	return rc;
}
