/* engine/base/image.h -- plain pictures, for the data room, the figures and the screens.
 * Threads: plain data; whoever holds one owns it. */
#pragma once

#include <stdint.h>

/* 8-bit RGB, interleaved rows [height, width, 3], top row first. */
struct image {
	int width, height;
	uint8_t *pixels;
};

/* Allocates WIDTH x HEIGHT black pixels; image_free() by the caller. ERR_ARGUMENT, ERR_MEMORY. */
int image_new(struct image *out, int width, int height);
void image_free(struct image *im); /* frees the pixels, zeroes *IM; a zeroed image is fine */
