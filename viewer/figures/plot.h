/* viewer/figures/plot.h -- axes, and lines drawn against them.
 * Threads: the figure's. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "viewer/figures/figure.h"

struct axis { double low, high; bool log; const char *label; int ticks; /* about so many, where it is linear; 0: 5 */ };
struct plot { double x, y, width, height; struct axis across, up; }; /* the box inside the axes */

enum dash { DASH_SOLID, DASH_LONG, DASH_DOTS, DASHES };

double plot_x(const struct plot *p, double value);
double plot_y(const struct plot *p, double value);
/* Widens LOW..HIGH to round numbers (log: by a little, in proportion). An empty or unsound range becomes 0..1. */
void axis_round(struct axis *a);
/* Round numbers from end to end; returns how many. */
enum { TICKS_MAX = 32 };
int axis_ticks(const struct axis *a, double tick[TICKS_MAX]);
/* Grid, both axes with numbers and labels; the box itself stays open above and to the right. NUMBERS false: the lower axis has no numbers and no label. */
void plot_axes(struct figure *f, const struct plot *p, bool numbers);
/* COUNT points; a NaN parts the line. SHARE below 1: paler. */
void plot_line(struct figure *f, const struct plot *p, const double *x, const double *y, int64_t count, enum figure_colour colour, double width,
               enum dash dash, double share);

/* A name at the right end of a line; plot_names() moves those that would overlap apart and draws them right of the box. */
struct plot_name { double y; enum figure_colour colour; char text[64]; };
void plot_names(struct figure *f, const struct plot *p, struct plot_name *names, int count);
