/* engine/model/safetensors.h -- the file format of weights, checkpoints and traces
 * (github.com/huggingface/safetensors: 8 bytes little-endian header length, JSON header, tensor bytes).
 *
 * Reading trusts nothing: header length, JSON, types, shapes, offsets, overlaps, gaps and the file's size are checked before any
 * tensor is handed out. Writing goes to a temporary file beside the target, is synced, then renamed: a full disk or
 * a crash leaves the old file whole.
 * Threads: a file belongs to the thread that opened it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum tensor_type { TENSOR_F32, TENSOR_I32, TENSOR_U8, TENSOR_I64, TENSOR_F64, TENSOR_F16, TENSOR_BF16, TENSOR_TYPES };

enum { TENSOR_DIMS = 8 };

struct tensor_info {
	const char *name;
	enum tensor_type type;
	int ndim;
	int64_t shape[TENSOR_DIMS];
	size_t count, bytes;
	const void *data;             /* reading: into the file's mapping, of any alignment: copy out; writing: the caller's memory */
};

const char *tensor_type_name(enum tensor_type t);   /* "F32", the file's word */
size_t tensor_type_bytes(enum tensor_type t);
/* Fills a row for writing; SHAPE has NDIM entries. */
struct tensor_info tensor_of(const char *name, enum tensor_type type, int ndim, const int64_t *shape, const void *data);
/* "[2, 3, 4]" for sentences; snprintf-like. */
int tensor_shape_format(const struct tensor_info *t, char *out, size_t capacity);

/* --- reading --- */
struct safetensors;

/* *OUT is the caller's: safetensors_close(). The file is mapped: it must not shrink meanwhile. ERR_FILE, ERR_FORMAT, ERR_MEMORY. */
int safetensors_open(struct safetensors **out, const char *path);
/* The same over SIZE bytes that the caller keeps until the close; WHAT names them in sentences. */
int safetensors_open_memory(struct safetensors **out, const void *data, size_t size, const char *what);
void safetensors_close(struct safetensors *f);                                            /* NULL is fine */
const char *safetensors_path(const struct safetensors *f);                                /* for sentences; borrowed */
int safetensors_count(const struct safetensors *f);
const struct tensor_info *safetensors_at(const struct safetensors *f, int i);             /* in the order of their data */
const struct tensor_info *safetensors_find(const struct safetensors *f, const char *name); /* NULL if absent */
const char *safetensors_meta(const struct safetensors *f, const char *key);               /* __metadata__; NULL if absent */
/* TENSOR_F32, F16, BF16 or F64 into floats; other types ERR_FORMAT. OUT holds count floats. */
int safetensors_floats(const struct tensor_info *t, float *out);

/* --- writing --- */
struct safetensors_meta_pair { const char *key, *value; };

/* Streams tensors in the given order; META may be NULL when METAS is 0. Nothing at PATH changes on failure. ERR_FILE, ERR_MEMORY. */
int safetensors_write(const char *path, const struct tensor_info *tensors, int n, const struct safetensors_meta_pair *meta,
                      int metas);

/* The same in pieces, for tensors that are not all in host memory: create (data pointers are ignored), then put every tensor's bytes
 * in order, in pieces of any size, then commit. Commit or abandon frees the writer; before a successful commit PATH is untouched. */
struct safetensors_writer;
int safetensors_create(struct safetensors_writer **out, const char *path, const struct tensor_info *tensors, int n,
                       const struct safetensors_meta_pair *meta, int metas);
int safetensors_put(struct safetensors_writer *w, const void *data, size_t bytes);
int safetensors_commit(struct safetensors_writer *w);
void safetensors_abandon(struct safetensors_writer *w); /* NULL is fine */
