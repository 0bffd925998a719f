/* engine/data/codec.h -- PNG and JPEG from bytes in memory: what image_file.h does, without the file. For this room, and the fuzzers.
 *
 * NAME stands in the sentence. Results, errors and threads as in image_file.h. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/data/image_file.h"

bool png_is(const uint8_t *bytes, size_t length); /* by its first bytes */
int png_decode_size(const uint8_t *bytes, size_t length, const char *name, int *width, int *height);
int png_decode_rgb(struct image *out, const uint8_t *bytes, size_t length, const char *name);
int png_decode_labels(struct label_map *out, const uint8_t *bytes, size_t length, const char *name);
int png_decode_text(const uint8_t *bytes, size_t length, const char *name, const char *key, char **value);

bool jpeg_is(const uint8_t *bytes, size_t length);
int jpeg_decode_size(const uint8_t *bytes, size_t length, const char *name, int *width, int *height);
int jpeg_decode_rgb(struct image *out, const uint8_t *bytes, size_t length, const char *name);

int image_decode(struct image *out, const uint8_t *bytes, size_t length, const char *name);

/* The limits of image_file.h. CEILING: the most pixels that the file's bytes could unpack to. */
int image_check_size(const char *name, int64_t width, int64_t height, double ceiling);

/* The whole of a regular file, at most LIMIT bytes, with a 0 after the last. *OUT is the caller's: free(). */
int file_read(uint8_t **out, size_t *length, const char *path, size_t limit);
