/* viewer/figures/curves_layout.h -- the measures of a table of plots, in figure units. */
#pragma once

#include "viewer/figures/curves.h"

enum { CURVES_MARGIN = 16, CURVES_TITLE = 30, CURVES_HEAD = 24, CURVES_AXIS = 58 /* numbers and label left of a plot */, CURVES_NAMES = 66,
	CURVES_WIDTH = 232, CURVES_HEIGHT = 170, CURVES_GAP = 26, CURVES_FOOT = 42 };
