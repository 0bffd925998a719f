#include "engine/data/image_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/err.h"
#include "engine/data/codec.h"

void label_map_free(struct label_map *m) {
	free(m->cells);
	*m = (struct label_map){0};
}

int image_check_size(const char *name, int64_t width, int64_t height, double ceiling) {
	if (width < 1 || height < 1 || width > IMAGE_SIDE_MAX || height > IMAGE_SIDE_MAX || width * height > IMAGE_PIXELS_MAX)
		return err_set(ERR_FORMAT, "%s says it has %lld x %lld pixels (a side must be 1 to %d, and all of them at most %d)", name,
		               (long long)width, (long long)height, IMAGE_SIDE_MAX, IMAGE_PIXELS_MAX);
	if ((double)(width * height) > ceiling)
		return err_set(ERR_FORMAT, "%s says it has %lld x %lld pixels, more than its bytes can hold (it is truncated or lies)", name,
		               (long long)width, (long long)height);
	return 0;
}

int file_read(uint8_t **out, size_t *length, const char *path, size_t limit) {
	uint8_t *bytes = NULL;
	struct stat st;
	int rc = 0;
	*out = NULL;
	*length = 0;
	/* The kind first: opening a pipe would wait for its writer. */
	if (stat(path, &st) != 0) return err_set(ERR_FILE, "can't read %s (%s)", path, strerror(errno));
	if (!S_ISREG(st.st_mode)) return err_set(ERR_FILE, "can't read %s (it is not a regular file)", path);
	if ((uint64_t)st.st_size > limit)
		return err_set(ERR_FORMAT, "%s has %lld bytes (at most %zu are read)", path, (long long)st.st_size, limit);
	size_t size = (size_t)st.st_size;
	FILE *f = fopen(path, "rb");
	if (!f) return err_set(ERR_FILE, "can't read %s (%s)", path, strerror(errno));
	bytes = malloc(size + 1);
	if (!bytes) {
		rc = err_set(ERR_MEMORY, "no memory for %zu bytes of %s", size, path);
	} else if (fread(bytes, 1, size, f) != size) {
		rc = err_set(ERR_FILE, "can't read %s (%s)", path, ferror(f) ? strerror(errno) : "it shrank while it was read");
		free(bytes);
	} else {
		bytes[size] = 0;
		*out = bytes;
		*length = size;
	}
	fclose(f);
	return rc;
}

static int unknown(const char *name, size_t length) {
	if (length == 0) return err_set(ERR_FORMAT, "%s is empty (0 bytes)", name);
	return err_set(ERR_FORMAT, "%s is neither PNG nor JPEG (its first bytes say so; convert it)", name);
}

int image_decode(struct image *out, const uint8_t *bytes, size_t length, const char *name) {
	*out = (struct image){0};
	if (png_is(bytes, length)) return png_decode_rgb(out, bytes, length, name);
	if (jpeg_is(bytes, length)) return jpeg_decode_rgb(out, bytes, length, name);
	return unknown(name, length);
}

int image_read(struct image *out, const char *path) {
	uint8_t *bytes;
	size_t length;
	*out = (struct image){0};
	int rc = file_read(&bytes, &length, path, IMAGE_BYTES_MAX);
	if (rc != 0) return rc;
	rc = image_decode(out, bytes, length, path);
	free(bytes);
	return rc;
}

int image_size(const char *path, int *width, int *height) {
	uint8_t *bytes;
	size_t length;
	*width = *height = 0;
	int rc = file_read(&bytes, &length, path, IMAGE_BYTES_MAX);
	if (rc != 0) return rc;
	if (png_is(bytes, length)) rc = png_decode_size(bytes, length, path, width, height);
	else if (jpeg_is(bytes, length)) rc = jpeg_decode_size(bytes, length, path, width, height);
	else rc = unknown(path, length);
	free(bytes);
	return rc;
}

int png_read_labels(struct label_map *out, const char *path) {
	uint8_t *bytes;
	size_t length;
	*out = (struct label_map){0};
	int rc = file_read(&bytes, &length, path, IMAGE_BYTES_MAX);
	if (rc != 0) return rc;
	if (length == 0) rc = unknown(path, length);
	else rc = png_decode_labels(out, bytes, length, path);
	free(bytes);
	return rc;
}

int png_read_text(const char *path, const char *key, char **value) {
	uint8_t *bytes;
	size_t length;
	*value = NULL;
	int rc = file_read(&bytes, &length, path, IMAGE_BYTES_MAX);
	if (rc != 0) return rc;
	rc = png_decode_text(bytes, length, path, key, value);
	free(bytes);
	return rc;
}
