/* viewer/paint.h -- from label grids and pixel arrays to pictures; plain arithmetic, no library.
 *
 * Grids are [height, width] bytes. Every int function makes a new picture in *OUT, the caller's to image_free(); ERR_MEMORY, ERR_ARGUMENT.
 * Threads: pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/image.h"
#include "viewer/colour_map.h"

struct paint_class {
	char name[48];
	uint8_t r, g, b;
	bool thing;
};

enum { PAINT_UNLABELLED = 0 /* a cell without a class is black, as label maps commonly show it */ };

/* A label >= COUNT is unlabelled. */
int paint_classes(struct image *out, const uint8_t *labels, int width, int height, const struct paint_class *classes, int count);
/* 0 is the dark background; ids take colours of equal weight, far apart for small ids (paint_instance_colour). */
int paint_instances(struct image *out, const uint8_t *ids, int width, int height);
void paint_instance_colour(int id, uint8_t rgb[3]);

/* Planar bytes [3, SIZE, SIZE], as the loader gives them. */
int paint_planes(struct image *out, const uint8_t *rgb, int size);

/* The prediction where MASK [side, side] is 1, the target elsewhere. Both pictures are of one size, a multiple of SIDE. */
int paint_composite(struct image *out, const struct image *target, const struct image *prediction, const uint8_t *mask, int side);

/* IM, a picture of SIDE x SIDE patches, becomes what attention looks at: the picture in grey under WEIGHT's colours, or with PLAIN the colours alone.
 * LEAST, MOST: the weights at the map's ends. Where PRESENT is false no key stands for the patch: light, with slanted lines. */
void paint_weights(struct image *im, int side, const float *weight, const bool *present, double least, double most, enum colour_map map, bool plain);
