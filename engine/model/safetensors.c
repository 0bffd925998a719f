/* The reader. A file is a claim: everything it says is compared with everything else it says, and with its size. */
#include "engine/model/safetensors.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/base/json.h"

enum { HEADER_MAX = 100000000 /* the format's own limit */, LENGTH_BYTES = 8, SHOWN = 80 /* characters of a name in a sentence */ };

static const struct { const char *name; size_t bytes; } types[TENSOR_TYPES] = {
	[TENSOR_F32] = {"F32", 4}, [TENSOR_I32] = {"I32", 4}, [TENSOR_U8] = {"U8", 1}, [TENSOR_I64] = {"I64", 8},
	[TENSOR_F64] = {"F64", 8}, [TENSOR_F16] = {"F16", 2}, [TENSOR_BF16] = {"BF16", 2},
};

const char *tensor_type_name(enum tensor_type t) { return types[t].name; }
size_t tensor_type_bytes(enum tensor_type t) { return types[t].bytes; }

struct tensor_info tensor_of(const char *name, enum tensor_type type, int ndim, const int64_t *shape, const void *data) {
	struct tensor_info t = {.name = name, .type = type, .ndim = ndim, .count = 1, .data = data};
	for (int i = 0; i < ndim; i++) {
		t.shape[i] = shape[i];
		t.count *= (size_t)shape[i];
	}
	t.bytes = t.count * types[type].bytes;
	return t;
}

int tensor_shape_format(const struct tensor_info *t, char *out, size_t capacity) {
	size_t at = 0;
	for (int i = 0; i < t->ndim; i++)
		at += (size_t)snprintf(out + (at < capacity ? at : capacity), at < capacity ? capacity - at : 0, "%s%lld",
		                       i ? ", " : "[", (long long)t->shape[i]);
	at += (size_t)snprintf(out + (at < capacity ? at : capacity), at < capacity ? capacity - at : 0, t->ndim ? "]" : "[]");
	return (int)at;
}

struct safetensors {
	char *path;
	const uint8_t *data;       /* the whole file */
	size_t size;
	bool mapped;
	struct jv *header;         /* names and metadata are borrowed from it */
	const uint8_t *tensors;    /* where offsets count from ... */
	size_t tensors_bytes;      /* ... to the file's end */
	int count;
	struct tensor_info *info;
};

/* A tensor's name for a sentence: quoted, escaped (a file may carry terminal codes), cut. */
static const char *shown(const char *name, char out[SHOWN]) {
	jv_quote(out, SHOWN, name);
	return out;
}

static int read_length(struct safetensors *f, size_t *length) {
	uint64_t n = 0;
	if (f->size < LENGTH_BYTES)
		return err_set(ERR_FORMAT, "%s is not a safetensors file (it has %zu bytes, fewer than the 8 of its header length)",
		               f->path, f->size);
	for (int i = 0; i < LENGTH_BYTES; i++) n |= (uint64_t)f->data[i] << 8 * i;
	if (n > HEADER_MAX)
		return err_set(ERR_FORMAT, "%s is not a safetensors file (it claims a header of %llu bytes; the format allows %d)",
		               f->path, (unsigned long long)n, HEADER_MAX);
	if (n > f->size - LENGTH_BYTES)
		return err_set(ERR_FORMAT,
		               "%s is cut short or not a safetensors file (it claims a header of %llu bytes and has %zu in all)",
		               f->path, (unsigned long long)n, f->size);
	*length = (size_t)n;
	return 0;
}

static int read_type(struct safetensors *f, struct tensor_info *t, const struct jv *value) {
	char name[SHOWN], word[SHOWN];
	const char *type = jv_string(jv_get(value, "dtype"));
	for (int i = 0; type && i < TENSOR_TYPES; i++)
		if (strcmp(type, types[i].name) == 0) {
			t->type = (enum tensor_type)i;
			return 0;
		}
	if (!type) return err_set(ERR_FORMAT, "%s: tensor %s has no dtype", f->path, shown(t->name, name));
	return err_set(ERR_FORMAT, "%s: tensor %s has the dtype %s (known are F32, F16, BF16, F64, I32, I64, U8)", f->path,
	               shown(t->name, name), shown(type, word));
}

static int read_shape(struct safetensors *f, struct tensor_info *t, const struct jv *value) {
	char name[SHOWN];
	const struct jv *shape = jv_get(value, "shape");
	if (!jv_is_array(shape)) return err_set(ERR_FORMAT, "%s: tensor %s has no shape", f->path, shown(t->name, name));
	if (jv_length(shape) > TENSOR_DIMS)
		return err_set(ERR_FORMAT, "%s: tensor %s has %zu dimensions (at most %d are read)", f->path, shown(t->name, name),
		               jv_length(shape), TENSOR_DIMS);
	t->ndim = (int)jv_length(shape);
	t->count = 1;
	for (int i = 0; i < t->ndim; i++) {
		int64_t n;
		if (!jv_integer(jv_at(shape, (size_t)i), &n) || n < 0)
			return err_set(ERR_FORMAT, "%s: tensor %s has a shape that is not made of whole numbers", f->path,
			               shown(t->name, name));
		if (__builtin_mul_overflow(t->count, (size_t)n, &t->count))
			return err_set(ERR_FORMAT, "%s: tensor %s has a shape of more elements than can be counted", f->path,
			               shown(t->name, name));
		t->shape[i] = n;
	}
	if (__builtin_mul_overflow(t->count, types[t->type].bytes, &t->bytes))
		return err_set(ERR_FORMAT, "%s: tensor %s has a shape of more bytes than can be counted", f->path,
		               shown(t->name, name));
	return 0;
}

static int read_offsets(struct safetensors *f, struct tensor_info *t, const struct jv *value) {
	char name[SHOWN];
	const struct jv *offsets = jv_get(value, "data_offsets");
	int64_t begin, end;
	if (!jv_is_array(offsets) || jv_length(offsets) != 2 || !jv_integer(jv_at(offsets, 0), &begin) ||
	    !jv_integer(jv_at(offsets, 1), &end))
		return err_set(ERR_FORMAT, "%s: tensor %s has no data_offsets (two whole numbers)", f->path, shown(t->name, name));
	if (begin < 0 || end < begin || (uint64_t)end > f->tensors_bytes)
		return err_set(ERR_FORMAT,
		               "%s: tensor %s claims the bytes %lld to %lld of %zu (the file is cut short or its header lies)",
		               f->path, shown(t->name, name), (long long)begin, (long long)end, f->tensors_bytes);
	if ((uint64_t)(end - begin) != t->bytes)
		return err_set(ERR_FORMAT, "%s: tensor %s has %lld bytes, but its shape and type need %zu", f->path,
		               shown(t->name, name), (long long)(end - begin), t->bytes);
	t->data = f->tensors + begin;
	return 0;
}

static int string_only(const char *key, const struct jv *value, void *context) {
	struct safetensors *f = context;
	char name[SHOWN];
	return jv_string(value) ? 0 : err_set(ERR_FORMAT, "%s: the metadata %s is not a string", f->path, shown(key, name));
}

static int read_member(const char *key, const struct jv *value, void *context) {
	struct safetensors *f = context;
	char name[SHOWN];
	int rc;
	if (!jv_is_object(value)) return err_set(ERR_FORMAT, "%s: %s in the header is not an object", f->path, shown(key, name));
	if (strcmp(key, "__metadata__") == 0) return jv_each(value, string_only, f);
	struct tensor_info *t = &f->info[f->count];
	*t = (struct tensor_info){.name = key};
	if ((rc = read_type(f, t, value)) || (rc = read_shape(f, t, value)) || (rc = read_offsets(f, t, value))) return rc;
	f->count++;
	return 0;
}

/* By place in the data; an empty tensor stands before the one that begins where it does. */
static int by_data(const void *a, const void *b) {
	const struct tensor_info *x = a, *y = b;
	if (x->data != y->data) return x->data < y->data ? -1 : 1;
	if (x->bytes != y->bytes) return x->bytes < y->bytes ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* The tensors tile the data: no overlap, no gap, nothing behind the last. */
static int check_tiling(struct safetensors *f) {
	size_t next = 0;
	char name[SHOWN];
	qsort(f->info, (size_t)f->count, sizeof *f->info, by_data);
	for (int i = 0; i < f->count; i++) {
		const struct tensor_info *t = &f->info[i];
		size_t begin = (size_t)((const uint8_t *)t->data - f->tensors);
		if (begin != next)
			return err_set(ERR_FORMAT, "%s: tensor %s begins at byte %zu, where the one before it ends at %zu (%s)",
			               f->path, shown(t->name, name), begin, next,
			               begin < next ? "they overlap" : "there is a gap");
		next += t->bytes;
	}
	if (next != f->tensors_bytes)
		return err_set(ERR_FORMAT, "%s: the tensors end at byte %zu of %zu (bytes are left that belong to none)", f->path,
		               next, f->tensors_bytes);
	return 0;
}

static int parse(struct safetensors *f) {
	size_t length = 0;
	int rc = read_length(f, &length);
	if (rc) return rc;
	char what[256];
	snprintf(what, sizeof what, "the header of %s", f->path);
	if ((rc = jv_parse(&f->header, (const char *)f->data + LENGTH_BYTES, length, what))) return rc;
	if (!jv_is_object(f->header)) return err_set(ERR_FORMAT, "%s is not an object", what);
	f->tensors = f->data + LENGTH_BYTES + length;
	f->tensors_bytes = f->size - LENGTH_BYTES - length;
	f->info = calloc(jv_length(f->header) + 1, sizeof *f->info);
	if (!f->info) return err_set(ERR_MEMORY, "no memory for the tensor table of %s", f->path);
	if ((rc = jv_each(f->header, read_member, f))) return rc;
	return check_tiling(f);
}

static int open_parsed(struct safetensors **out, struct safetensors *f) {
	int rc = parse(f);
	if (rc) safetensors_close(f);
	else *out = f;
	return rc;
}

static struct safetensors *new_file(const char *path) {
	struct safetensors *f = calloc(1, sizeof *f);
	if (f) f->path = strdup(path);
	if (f && f->path) return f;
	free(f);
	err_set(ERR_MEMORY, "no memory to open %s", path);
	return NULL;
}

int safetensors_open_memory(struct safetensors **out, const void *data, size_t size, const char *what) {
	*out = NULL;
	struct safetensors *f = new_file(what);
	if (!f) return ERR_MEMORY;
	f->data = data;
	f->size = size;
	return open_parsed(out, f);
}

/* Maps PATH; O_NONBLOCK so that a FIFO is refused rather than waited for. */
static int map(struct safetensors *f) {
	struct stat st;
	int fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), rc = 0;
	if (fd < 0) return err_set(ERR_FILE, "can't read %s (%s; check the path)", f->path, strerror(errno));
	if (fstat(fd, &st) != 0) rc = err_set(ERR_FILE, "can't read %s (%s)", f->path, strerror(errno));
	else if (!S_ISREG(st.st_mode)) rc = err_set(ERR_FILE, "can't read %s (it is not a regular file)", f->path);
	else if (st.st_size > 0) {
		void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (p == MAP_FAILED) rc = err_set(ERR_FILE, "can't map %s (%s)", f->path, strerror(errno));
		else f->data = p, f->size = (size_t)st.st_size, f->mapped = true;
	}
	close(fd);
	return rc;
}

int safetensors_open(struct safetensors **out, const char *path) {
	*out = NULL;
	struct safetensors *f = new_file(path);
	if (!f) return ERR_MEMORY;
	int rc = map(f);
	if (rc == 0) return open_parsed(out, f);
	safetensors_close(f);
	return rc;
}

void safetensors_close(struct safetensors *f) {
	if (!f) return;
	if (f->mapped) munmap((void *)f->data, f->size);
	jv_free(f->header);
	free(f->info);
	free(f->path);
	free(f);
}

const char *safetensors_path(const struct safetensors *f) { return f->path; }
int safetensors_count(const struct safetensors *f) { return f->count; }
const struct tensor_info *safetensors_at(const struct safetensors *f, int i) { return &f->info[i]; }

const struct tensor_info *safetensors_find(const struct safetensors *f, const char *name) {
	for (int i = 0; i < f->count; i++)
		if (strcmp(f->info[i].name, name) == 0) return &f->info[i];
	return NULL;
}

const char *safetensors_meta(const struct safetensors *f, const char *key) {
	return jv_string(jv_get(jv_get(f->header, "__metadata__"), key));
}

/* IEEE half to float: subnormals and infinities included. */
static float half_float(uint16_t h) {
	uint32_t sign = (uint32_t)(h & 0x8000) << 16, exponent = h >> 10 & 31, fraction = h & 1023, bits;
	float f;
	if (exponent == 0) {
		f = (float)fraction / 16777216.0f; /* 2^-24 a unit */
		return sign ? -f : f;
	}
	bits = sign | (exponent == 31 ? 255u : exponent + 112) << 23 | fraction << 13;
	memcpy(&f, &bits, sizeof f);
	return f;
}

int safetensors_floats(const struct tensor_info *t, float *out) {
	const uint8_t *from = t->data;
	char name[SHOWN];
	for (size_t i = 0; i < t->count; i++, from += types[t->type].bytes) {
		uint16_t half;
		double wide;
		switch (t->type) {
		case TENSOR_F32: memcpy(&out[i], from, sizeof *out); break;
		case TENSOR_F64: memcpy(&wide, from, sizeof wide), out[i] = (float)wide; break;
		case TENSOR_F16: memcpy(&half, from, sizeof half), out[i] = half_float(half); break;
		case TENSOR_BF16:
			memcpy(&half, from, sizeof half), memcpy(&out[i], &(uint32_t){(uint32_t)half << 16}, sizeof *out);
			break;
		default:
			return err_set(ERR_FORMAT, "tensor %s is of type %s, not of floating point", shown(t->name, name),
			               types[t->type].name);
		}
	}
	return 0;
}
