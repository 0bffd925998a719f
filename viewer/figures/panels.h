/* viewer/figures/panels.h -- a table of pictures with heads and labels: the figures reconstruction (paper Fig. 4), crossmodal (Fig. 5), sparse (Fig. 6),
 * dataset and masks (spec.md section 9), which differ in what stands in it alone.
 *
 * Make one with panels_init(), fill heads and panels; drawing_panels (drawing.h) draws it.
 * Threads: plain data. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/image.h"
#include "engine/base/types.h"
#include "viewer/drawing.h"
#include "viewer/paint.h"

enum panel_look { PANEL_NONE, PANEL_PLAIN, PANEL_MASKED /* masked patches hidden */, PANEL_PASTED /* seams between given and predicted */, PANEL_GIVEN /* framed as what goes in */ };

struct panel {
	enum panel_look look;
	struct image picture;                 /* square; owned */
	int side;                             /* patches along an edge */
	uint8_t mask[PATCHES_MAX];            /* patches.h: 0 visible, 1 masked, 2 + s masked by source s */
	int marked;                           /* 1 + a patch that is framed; 0: none */
};

/* Of a row or a column. */
struct panels_head {
	char text[48], note[48];              /* either may be empty */
	char group[64];                       /* "" goes on with the group before it; else a head over this column and those that follow, or a bold name of rows */
};

struct panels {
	char title[160], caption[240];        /* either may be empty */
	int rows, columns;
	struct panels_head *row, *column;
	struct panel *panel;                  /* [rows, columns] */
	const struct paint_class *classes;    /* borrowed */
	int class_count;
	int64_t cells[2][CLASSES_MAX + 1];    /* legend.h */
	bool legend, sources, instances;      /* a legend; of the sources' colours; of the instances' background */
	char scale[2][48];                    /* what stands at the ends of a bar of cividis below the pictures; "": no bar */
};

int panels_init(struct panels *p, int rows, int columns); /* 1 .. 256 of each; ERR_ARGUMENT, ERR_MEMORY */
void panels_fini(struct panels *p);                       /* a zeroed one is fine */
struct panel *panels_at(const struct panels *p, int row, int column);

/* ---- places, in figure units ---- */
struct panels_box { double x, y, size; };
struct panels_box panels_cell(const struct panels *p, int row, int column);
double panels_width(const struct panels *p);              /* of the pictures, or of what caption and legend need */
double panels_foot(const struct panels *p);               /* below the last row: caption and legend follow */
