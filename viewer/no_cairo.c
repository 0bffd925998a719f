/* viewer/no_cairo.c -- the figures of a build without Cairo: the same functions, and a sentence. */
#ifndef HAVE_CAIRO

#include <stddef.h>

#include "engine/base/err.h"
#include "viewer/drawing.h"
#include "viewer/text.h"

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

int drawing_size(const struct drawing *d, const void *data, const char *font, double *width, double *height) {
	(void)d, (void)data, (void)font;
	*width = *height = 0;
	return absent();
}

int drawing_render_part(const struct drawing *d, const void *data, const struct drawing_part *part, struct image *out) {
	(void)part;
	return drawing_render(d, data, 0, out);
}

int text_possible(void) {
	return err_set(ERR_STATE, "this build has no window (its text is drawn by Cairo, which was missing; install libcairo2-dev and make again)");
}

int text_new(struct text **out) {
	*out = NULL;
	return text_possible();
}

/* Never reached: there is no text to draw with. */
void text_free(struct text *t) { (void)t; }
int text_width(struct text *t, enum surface_style style, const char *words) { return (void)t, (void)style, (void)words, 0; }
int text_line(enum surface_style style) { return (void)style, 0; }

int text_draw(struct text *t, struct surface *c, struct box clip, enum surface_style style, int x, int y, double align, uint32_t colour, const char *words) {
	(void)t, (void)c, (void)clip, (void)style, (void)x, (void)y, (void)align, (void)colour, (void)words;
	return 0;
}

#else
typedef int no_cairo_is_empty; /* ISO C wants a declaration in every file */
#endif
