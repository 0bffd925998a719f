/* viewer/figures/schedule_layout.h -- the measures of the curriculum's figure, in figure units. */
#pragma once

#include "viewer/figures/schedule.h"

enum { SCHEDULE_PHASE = 16 /* the phases' names */, SCHEDULE_CURVES = 150, SCHEDULE_AXIS = 46, SCHEDULE_NAMES = 40 /* what the curves' names need beyond the last column */ };

double schedule_drop(const struct schedule *s); /* how far below its own place the table of masks stands */
