/* viewer/figures/coverage_layout.h -- the measures of the coverage figure, in figure units. */
#pragma once

#include "viewer/figures/coverage.h"

enum { COVERAGE_MARGIN = 16, COVERAGE_TITLE = 30, COVERAGE_HEAD = 40, COVERAGE_MAP = 208, COVERAGE_GAP = 20, COVERAGE_SCALE = 94 /* the colour bar with numbers and name */,
	COVERAGE_CLASS = 20, COVERAGE_LABELS = 206, COVERAGE_AXIS = 44 };
