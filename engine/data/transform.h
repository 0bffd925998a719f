/* engine/data/transform.h -- from a stored sample to what the model sees (spec.md section 2).
 *
 * Training: RandomResizedCrop(scale 0.2..1, ratio 3/4..4/3; torchvision's ten tries, then the centre), flip with probability 0.5, the same
 * geometry for the three maps. Validation: short side to S * 256/224, centre crop S. RGB bicubic with antialiasing,
 * byte for byte Pillow's resize(box=...) (a = -0.5, support scaled when shrinking; the filter may look past the crop, not past the
 * image); a label cell takes the source pixel under its centre, at stride P/4.
 * Instances get their canonical numbering after the crop: by descending area in the label grid, ties by first cell in raster order,
 * beyond instances - 1 folded into instances - 1.
 * Threads: pure. */
#pragma once

#include <stdint.h>

#include "engine/base/rng.h"
#include "engine/data/dataset.h"

struct sample_shape {
	int image_size, patch;   /* S, P */
	int instances;           /* K, background included */
};

/* The crop in source pixels, and the flip: drawn once, applied to all three maps. */
struct crop { double x, y, width, height; bool flip; };

struct crop crop_train(int width, int height, struct rng *r);
struct crop crop_val(int width, int height);

/* RGB [3,S,S] bytes; INSTANCE, SEMSEG [4 S/P, 4 S/P] bytes. ERR_MEMORY. */
int transform_apply(const struct raw_sample *raw, const struct crop *c, const struct sample_shape *shape, uint8_t *rgb, uint8_t *instance,
                    uint8_t *semseg);

/* A patch's label: the most frequent of its 4 x 4 cells, ties to the smaller. CELLS_GRID [4 side, 4 side], OUT [side, side]. */
void patch_labels(const uint8_t *cells_grid, int side, uint8_t *out);
