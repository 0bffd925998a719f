/* The writer: a temporary file beside the target, synced and renamed over it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/base/json.h"
#include "engine/model/safetensors.h"

enum { DATA_ALIGN = 64 /* the header is padded with spaces to it */ };

struct safetensors_writer {
	int fd;
	char *path, *temporary;
	size_t expected, written; /* bytes of tensors */
};

/* Text that measures itself: with OUT NULL only the length is counted. */
struct text { char *out; size_t length; };

static void put(struct text *t, const char *s) {
	size_t n = strlen(s);
	if (t->out) memcpy(t->out + t->length, s, n);
	t->length += n;
}

static void put_quoted(struct text *t, const char *s) {
	size_t n = jv_quote(NULL, 0, s);
	if (t->out) jv_quote(t->out + t->length, n + 1, s);
	t->length += n;
}

static void put_header(struct text *t, const struct tensor_info *tensors, int n, const struct safetensors_meta_pair *meta,
                       int metas) {
	char number[160];
	size_t at = 0;
	put(t, "{");
	for (int i = 0; i < metas; i++) {
		put(t, i ? "," : "\"__metadata__\":{");
		put_quoted(t, meta[i].key);
		put(t, ":");
		put_quoted(t, meta[i].value);
	}
	if (metas) put(t, "}");
	for (int i = 0; i < n; i++) {
		if (i || metas) put(t, ",");
		put_quoted(t, tensors[i].name);
		snprintf(number, sizeof number, ":{\"dtype\":\"%s\",\"shape\":[", tensor_type_name(tensors[i].type));
		put(t, number);
		for (int k = 0; k < tensors[i].ndim; k++) {
			snprintf(number, sizeof number, "%s%lld", k ? "," : "", (long long)tensors[i].shape[k]);
			put(t, number);
		}
		snprintf(number, sizeof number, "],\"data_offsets\":[%zu,%zu]}", at, at + tensors[i].bytes);
		put(t, number);
		at += tensors[i].bytes;
	}
	put(t, "}");
}

/* 8 bytes of length and the padded header; free() by the caller. */
static char *header_new(const struct tensor_info *tensors, int n, const struct safetensors_meta_pair *meta, int metas,
                        size_t *bytes) {
	struct text measured = {NULL, 0};
	put_header(&measured, tensors, n, meta, metas);
	size_t total = (8 + measured.length + DATA_ALIGN - 1) / DATA_ALIGN * DATA_ALIGN, length = total - 8;
	char *out = malloc(total + 1); /* jv_quote ends with a zero */
	if (!out) return NULL;
	memset(out, ' ', total);
	for (int i = 0; i < 8; i++) out[i] = (char)(length >> 8 * i);
	put_header(&(struct text){out + 8, 0}, tensors, n, meta, metas);
	if (length > measured.length) out[8 + measured.length] = ' '; /* over that zero */
	*bytes = total;
	return out;
}

static int write_all(struct safetensors_writer *w, const void *data, size_t bytes) {
	const char *p = data;
	while (bytes) {
		ssize_t n = write(w->fd, p, bytes < 1u << 30 ? bytes : 1u << 30);
		if (n < 0 && errno == EINTR) continue;
		if (n <= 0)
			return err_set(ERR_FILE, "can't write %s (%s; what was there before is unchanged)", w->path,
			               strerror(n ? errno : ENOSPC));
		p += n;
		bytes -= (size_t)n;
	}
	return 0;
}

/* A rename replaces whatever stands at PATH: never a device or a folder. */
static int check_target(const char *path) {
	struct stat st;
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return err_set(ERR_FILE, "can't write %s (it is not a regular file)", path);
	return 0;
}

int safetensors_create(struct safetensors_writer **out, const char *path, const struct tensor_info *tensors, int n,
                       const struct safetensors_meta_pair *meta, int metas) {
	*out = NULL;
	int rc = check_target(path);
	if (rc) return rc;
	size_t bytes = 0, room = strlen(path) + 32;
	char *header = header_new(tensors, n, meta, metas, &bytes);
	struct safetensors_writer *w = calloc(1, sizeof *w);
	if (w) *w = (struct safetensors_writer){.fd = -1, .path = strdup(path), .temporary = malloc(room)};
	if (!header || !w || !w->path || !w->temporary) {
		rc = err_set(ERR_MEMORY, "no memory to write %s", path);
		goto fail;
	}
	for (int i = 0; i < n; i++) w->expected += tensors[i].bytes;
	snprintf(w->temporary, room, "%s.%ld.tmp", path, (long)getpid());
	w->fd = open(w->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (w->fd < 0) {
		rc = err_set(ERR_FILE, "can't write %s (%s)", path, strerror(errno));
		goto fail;
	}
	if ((rc = write_all(w, header, bytes))) goto fail;
	free(header);
	*out = w;
	return 0;
fail:
	free(header);
	safetensors_abandon(w);
	return rc;
}

int safetensors_put(struct safetensors_writer *w, const void *data, size_t bytes) {
	w->written += bytes;
	if (w->written > w->expected) return err_set(ERR_STATE, "more bytes than %s was created for", w->path);
	return write_all(w, data, bytes);
}

/* The folder's entry is synced too, so that the new name survives a crash; a folder that can't be synced is no failure. */
static void sync_folder(const char *path) {
	char folder[4096];
	snprintf(folder, sizeof folder, "%s", path);
	char *slash = strrchr(folder, '/');
	if (slash) slash[slash == folder] = '\0';
	int fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) return;
	fsync(fd);
	close(fd);
}

int safetensors_commit(struct safetensors_writer *w) {
	int rc = 0;
	if (w->written != w->expected) rc = err_set(ERR_STATE, "%s got %zu of its %zu bytes", w->path, w->written, w->expected);
	else if (fsync(w->fd) != 0)
		rc = err_set(ERR_FILE, "can't write %s (%s; what was there before is unchanged)", w->path, strerror(errno));
	else if (rename(w->temporary, w->path) != 0) rc = err_set(ERR_FILE, "can't put %s in place (%s)", w->path, strerror(errno));
	else {
		sync_folder(w->path);
		w->temporary[0] = '\0'; /* renamed: nothing to remove */
	}
	safetensors_abandon(w);
	return rc;
}

void safetensors_abandon(struct safetensors_writer *w) {
	if (!w) return;
	if (w->fd >= 0) close(w->fd);
	if (w->fd >= 0 && w->temporary[0]) unlink(w->temporary);
	free(w->path);
	free(w->temporary);
	free(w);
}

int safetensors_write(const char *path, const struct tensor_info *tensors, int n, const struct safetensors_meta_pair *meta,
                      int metas) {
	struct safetensors_writer *w;
	int rc = safetensors_create(&w, path, tensors, n, meta, metas);
	for (int i = 0; rc == 0 && i < n; i++) rc = safetensors_put(w, tensors[i].data, tensors[i].bytes);
	if (rc == 0) return safetensors_commit(w);
	safetensors_abandon(w);
	return rc;
}
