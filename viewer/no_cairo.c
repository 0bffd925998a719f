/* viewer/no_cairo.c -- the figures of a build without Cairo: the same functions, and a sentence. */
#ifndef HAVE_CAIRO

#include "engine/base/err.h"
#include "viewer/drawing.h"

struct drawing { char none; };
const struct drawing drawing_sheet, drawing_panels, drawing_schedule, drawing_curves, drawing_coverage;

static int absent(void) { return err_set(ERR_STATE, "this build has no figures (Cairo was missing; install libcairo2-dev and make again)"); }

int drawing_write(const struct drawing *d, const void *data, const char *path, const struct figure_output *o) {
	(void)d, (void)data, (void)path, (void)o;
	return absent();
}

int drawing_render(const struct drawing *d, const void *data, int width, struct image *out) {
	(void)d, (void)data, (void)width;
	*out = (struct image){0};
	return absent();
}

#else
typedef int no_cairo_is_empty; /* ISO C wants a declaration in every file */
#endif
