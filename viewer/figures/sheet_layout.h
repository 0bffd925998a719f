/* viewer/figures/sheet_layout.h -- the sheet's measures, in figure units; viewer/sheet_data.c computes places, sheet.c draws there.
 *
 *   margin | labels | input gap masked | lane | prediction gap composite gap target | margin
 * One such block per sample: a caption, then a row per granularity; blocks stand `across` side by side; column heads over the first
 * row of blocks; the legend under the last. */
#pragma once

#include "viewer/figures/sheet.h"

enum {
	SHEET_MARGIN = 24,
	SHEET_LABELS = 108,    /* the rows' names and numbers */
	SHEET_CELL = 192,      /* a cell's edge is the multiple of the picture's edge nearest to this: 64 -> 192, 224 -> 224 */
	SHEET_GAP = 10,
	SHEET_LANE = 48,       /* between what went in and what came out: the stages' numbers and arrows */
	SHEET_BLOCK_GAP = 36,  /* between samples side by side */
	SHEET_TITLE = 28, SHEET_SUBTITLE = 22, SHEET_HEAD = 26, SHEET_CAPTION = 26,
	SHEET_SAMPLE_GAP = 18, /* below a sample */
};

double sheet_cell_size(const struct sheet *s);
double sheet_block_width(const struct sheet *s);
double sheet_block_height(const struct sheet *s);
/* The upper left corner of a sample's block, which begins with its caption. */
struct sheet_box sheet_block(const struct sheet *s, int sample);
int sheet_across(const struct sheet *s);
/* Which granularities any sample has: rows of the block, in listing order; the row of G, or -1. */
int sheet_rows(const struct sheet *s);
int sheet_row_of(const struct sheet *s, enum granularity g);
double sheet_heads_y(const struct sheet *s); /* the column heads' baseline lies just above the first captions */
double sheet_legend_y(const struct sheet *s);
