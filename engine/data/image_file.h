/* engine/data/image_file.h -- PNG and JPEG files to plain memory and back; libpng and libjpeg are named in this room only.
 *
 * A failure leaves *OUT empty and its sentence names the file: ERR_FILE (can't be read or written), ERR_FORMAT (broken, truncated, not
 * what was asked for, beyond the limits below), ERR_MEMORY. A header is never believed: a size that the file's bytes could not unpack
 * to is refused before any memory is taken for it. Built without libjpeg, a JPEG is ERR_STATE.
 * Pixels are as stored: gamma, colour profiles and EXIF's orientation are not applied, because label maps align with the stored pixels.
 * Threads: any; nothing is shared. */
#pragma once

#include "engine/base/image.h"

enum {
	IMAGE_SIDE_MAX = 16384,     /* pixels of a side */
	IMAGE_PIXELS_MAX = 1 << 26, /* pixels in all: 67 million, 201 MB as RGB */
	IMAGE_BYTES_MAX = 1 << 28,  /* bytes of a file */
	PNG_KEY_MAX = 79,           /* bytes of a text's key (PNG 1.2, section 4.2.3) */
};

/* A single-channel map [height, width] of values as stored: gray of 1 to 16 bits unscaled, or palette indices. */
struct label_map {
	int width, height;
	uint16_t *cells;
};
void label_map_free(struct label_map *m); /* frees the cells, zeroes *M; a zeroed map is fine */

/* A line of text inside a PNG: the recipe of a figure, the command that made a sheet. UTF-8. */
struct png_text {
	const char *key, *value;
};

/* PNG or JPEG by its first bytes, whatever the name ends in. PNG: any colour type; 16 bits are rounded to 8, gray and palettes become
 * RGB, alpha is dropped (not blended). JPEG: gray, YCbCr, RGB, CMYK and YCCK, baseline or progressive; damaged or truncated data is an
 * error, not a gray rest. *OUT is the caller's: image_free(). */
int image_read(struct image *out, const char *path);
int image_size(const char *path, int *width, int *height); /* from the header alone: the pixels may still be broken */

/* Single-channel PNGs alone; colour or alpha is ERR_FORMAT. *OUT is the caller's: label_map_free(). */
int png_read_labels(struct label_map *out, const char *path);

/* Writes PATH whole or not at all: into a file beside it, then renamed over it. TEXT (TEXTS of them; NULL with 0) goes before the
 * pixels. ERR_ARGUMENT (a key that PNG can't hold), ERR_FILE. */
int png_write(const char *path, const struct image *im, const struct png_text *text, int texts);
/* The value of KEY, wherever in the file it stands; *VALUE is the caller's: free(). No such text is ERR_FORMAT. */
int png_read_text(const char *path, const char *key, char **value);
