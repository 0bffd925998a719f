/* tui/picture.h -- pictures in a grid: two pixels a cell (upper half block), or one character of grey where there is no colour.
 * Threads: pure. */
#pragma once

#include "engine/base/image.h"
#include "tui/theme.h"

/* IM scaled (box filter down, nearest up) into the grid, its proportions kept (a cell is twice as high as wide), top left.
 * Without colour: grey as characters " .:-=+*#%@". Returns the cells that it covers. */
struct grid picture_draw(struct grid g, struct look look, const struct image *im);
/* A square of SIDE x SIDE patches, each CELLS_WIDE (2 best) columns and one row: PAINT says its character and style. */
typedef void (*picture_patch)(const void *context, int patch, uint32_t *rune, struct style *style);
void picture_patches(struct grid g, int side, int cells_wide, picture_patch paint, const void *context);
/* The nearest of the 256 colours of xterm, of the 16, and whether grey: for screen.c and the tests. */
int colour_256(uint32_t rgb);
int colour_16(uint32_t rgb);
