/* viewer/drawing.h -- every kind of figure, drawn by the same two functions: into a file (.png, .pdf, .svg), or into memory for a window.
 *
 * A kind is its plain data (the struct named beside it) and its drawing. A build without Cairo has both functions, and they answer ERR_STATE.
 * Threads: two figures may be drawn at once. */
#pragma once

#include "engine/base/image.h"
#include "viewer/output.h"

struct drawing;
extern const struct drawing drawing_sheet;      /* struct sheet, figures/sheet.h */
extern const struct drawing drawing_panels;     /* struct panels, figures/panels.h */
extern const struct drawing drawing_schedule;   /* struct schedule, figures/schedule.h */
extern const struct drawing drawing_curves;     /* struct curves, figures/curves.h */
extern const struct drawing drawing_coverage;   /* struct coverage, figures/coverage.h */

/* Nothing at PATH changes on failure. ERR_ARGUMENT (ending, size), ERR_FILE, ERR_MEMORY, ERR_STATE. */
int drawing_write(const struct drawing *d, const void *data, const char *path, const struct figure_output *o);
/* The same picture, WIDTH pixels wide; *OUT is the caller's: image_free(). */
int drawing_render(const struct drawing *d, const void *data, int width, struct image *out);

/* Its natural size, in units of 1/96 inch, with the words in FONT (figure_output). ERR_ARGUMENT: the font is not installed. */
int drawing_size(const struct drawing *d, const void *data, const char *font, double *width, double *height);
/* What of it a window shows: WIDTH x HEIGHT pixels, from the place (X, Y) in units on, SCALE pixels a unit. White beyond its edges. */
struct drawing_part { double x, y, scale; int width, height; const char *font; };
int drawing_render_part(const struct drawing *d, const void *data, const struct drawing_part *part, struct image *out);
