/* viewer/surface.h -- the pixels of a window, and the few things that are painted there; plain arithmetic, no library.
 * A box beyond the surface is cut. Colours are 0xRRGGBB. Threads: a surface belongs to one thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/image.h"

struct box { int x, y, width, height; };
struct surface { int width, height; uint32_t *pixels; }; /* 0x00RRGGBB, row after row */

int surface_size(struct surface *c, int width, int height); /* new pixels where the size changed; ERR_ARGUMENT, ERR_MEMORY */
void surface_free(struct surface *c);

struct box box_common(struct box a, struct box b);
bool box_holds(struct box b, int x, int y);

void surface_fill(struct surface *c, struct box b, uint32_t colour);
void surface_shade(struct surface *c, struct box b, uint32_t colour, int alpha);      /* ALPHA of 255 */
void surface_frame(struct surface *c, struct box b, int thick, uint32_t colour);      /* outside of B */
/* IM with its upper left corner at (X, Y) and each of its pixels SCALE >= 1 wide, as much of it as lies in B: nearest neighbour. */
void surface_picture(struct surface *c, struct box b, const struct image *im, double x, double y, double scale);
/* COLOUR through ALPHA [height, stride], its upper left corner at (X, Y), inside CLIP. */
void surface_stencil(struct surface *c, struct box clip, int x, int y, const uint8_t *alpha, int width, int height, int stride, uint32_t colour);
/* The mean of the pixels that each new one covers. WIDTH, HEIGHT no larger than IM's. ERR_MEMORY. */
int image_shrink(struct image *out, const struct image *im, int width, int height);
int surface_image(const struct surface *c, struct image *out);
