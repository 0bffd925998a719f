/* viewer/figures/patches.h -- what lies over a picture that is cut into patches: the masked ones hidden, or the seams between masked and visible.
 * Threads: the figure's. */
#pragma once

#include "viewer/figures/figure.h"

/* MASK [side, side]: 0 visible, 1 masked, 2 + s masked by source s (semantic, instance, random), over the square at X, Y. */
struct patches { int side; const uint8_t *mask; double x, y, size; };

/* Hatches the masked patches (grey, or the source's colour), and parts all patches by faint lines. */
void patches_hide(struct figure *f, const struct patches *p);
/* The borders between masked and visible, so that one sees what was given and what was made up. */
void patches_seams(struct figure *f, const struct patches *p);
/* A frame around one patch. */
void patches_mark(struct figure *f, const struct patches *p, int patch);
