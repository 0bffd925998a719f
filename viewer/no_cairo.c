/* viewer/no_cairo.c -- the figures of a build without Cairo: the same functions, and a sentence. */
#ifndef HAVE_CAIRO

#include "engine/base/err.h"
#include "viewer/figures/sheet.h"

static int absent(void) { return err_set(ERR_STATE, "this build has no figures (Cairo was missing; install libcairo2-dev and make again)"); }

int sheet_write(const struct sheet *s, const char *path, const struct figure_output *o) {
	(void)s, (void)path, (void)o;
	return absent();
}

int sheet_render(const struct sheet *s, int width, struct image *out) {
	(void)s, (void)width;
	*out = (struct image){0};
	return absent();
}

#else
typedef int no_cairo_is_empty; /* ISO C wants a declaration in every file */
#endif
