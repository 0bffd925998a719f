/* engine/data/scenes.h -- the embedded data set: procedural scenes with exact instance and semantic maps (spec.md section 2).
 *
 * Sample (seed, split, index) is one scene, whatever the image size: everything random is drawn from the stream RNG_SCENE (seed,
 * epoch = split, index) in scene coordinates, and the size only decides how finely it is rasterised. The short side is 1.5 x IMAGE_SIZE
 * pixels; the aspect is mostly 4:3, also 3:2, 1:1 and portrait.
 * Classes are COCO panoptic's. Every object drawn has an instance id of its own (1 .. in the order of painting), trees and houses too,
 * although COCO counts them as stuff; ground, water, sky, distant hills and woods are background (0). An instance has one class.
 * RGB is antialiased; the label maps are hard: a pixel belongs to what covers at least half of it.
 * Threads: pure; any number at once. */
#pragma once

#include <stdint.h>

#include "engine/data/dataset.h"

/* *OUT is the caller's: raw_sample_free(). OUT->label is the scene's type. ERR_ARGUMENT for an image size outside 8 .. 2048 or a
 * negative index, ERR_MEMORY. */
int scenes_render(uint64_t seed, enum split split, int index, int image_size, struct raw_sample *out);

extern const struct class_info scenes_classes[133];

/* The scene types: the labels of probes. */
int scenes_labels(void);
const char *scenes_label(int label);
