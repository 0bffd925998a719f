#include "viewer/text.h"

#include <cairo/cairo.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"

enum { KEPT = 512, WORDS_BYTES = 200 };

struct drawn { char words[WORDS_BYTES]; enum surface_style style; int width; cairo_surface_t *surface; };

struct text {
	struct drawn kept[KEPT];            /* by a hash of words and style */
	cairo_surface_t *scratch;
	cairo_t *cr;
};

static const struct { double size; bool bold; } styles[SURFACE_STYLES] = {
	[STYLE_TITLE] = {15, true}, [STYLE_HEAD] = {13, true}, [STYLE_PLAIN] = {12.5, false}, [STYLE_SMALL] = {11, false}};

int text_line(enum surface_style style) { return (int)ceil(styles[style].size * 1.35); }

static void choose_font(cairo_t *cr, enum surface_style style) {
	cairo_select_font_face(cr, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, styles[style].bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
	cairo_set_font_size(cr, styles[style].size);
}

int text_possible(void) { return 0; }

int text_new(struct text **out) {
	struct text *t = *out = calloc(1, sizeof *t);
	if (!t) return err_set(ERR_MEMORY, "no memory for the window's text");
	t->scratch = cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1);
	t->cr = cairo_create(t->scratch);
	return 0;
}

void text_free(struct text *t) {
	if (!t) return;
	for (int i = 0; i < KEPT; i++)
		if (t->kept[i].surface) cairo_surface_destroy(t->kept[i].surface);
	cairo_destroy(t->cr);
	cairo_surface_destroy(t->scratch);
	free(t);
}

/* Length of the UTF-8 character at S, 0 if it is none. */
static int character(const char *s) {
	const unsigned char *u = (const unsigned char *)s;
	int n = *u < 0x80 ? 1 : *u >> 5 == 6 ? 2 : *u >> 4 == 14 ? 3 : *u >> 3 == 30 ? 4 : 0;
	for (int i = 1; i < n; i++)
		if (u[i] >> 6 != 2) return 0;
	return n;
}

static void copy_clean(char *out, const char *words) {
	size_t at = 0;
	while (*words && at + 5 < WORDS_BYTES) {
		int n = character(words);
		if (n) memcpy(out + at, words, (size_t)n), at += (size_t)n, words += n;
		else out[at++] = '?', words++;
	}
	out[at] = '\0';
}

static void draw_words(struct text *t, struct drawn *d, enum surface_style style, const char *words) {
	cairo_text_extents_t e;
	if (d->surface) cairo_surface_destroy(d->surface);
	d->style = style;
	memcpy(d->words, words, WORDS_BYTES);
	choose_font(t->cr, style);
	cairo_text_extents(t->cr, words, &e);
	d->width = (int)ceil(e.x_advance);
	d->surface = cairo_image_surface_create(CAIRO_FORMAT_A8, d->width + 2, text_line(style));
	cairo_t *cr = cairo_create(d->surface);
	choose_font(cr, style);
	cairo_move_to(cr, 0, round(styles[style].size));
	cairo_show_text(cr, words);
	cairo_destroy(cr);
	cairo_surface_flush(d->surface);
}

static const struct drawn *find(struct text *t, enum surface_style style, const char *words) {
	char clean[WORDS_BYTES] = "";
	uint32_t hash = 2166136261u + (uint32_t)style;
	copy_clean(clean, words);
	for (const char *s = clean; *s; s++) hash = (hash ^ (unsigned char)*s) * 16777619u;
	struct drawn *d = &t->kept[hash % KEPT];
	if (!d->surface || d->style != style || strcmp(d->words, clean) != 0) draw_words(t, d, style, clean);
	return d;
}

int text_width(struct text *t, enum surface_style style, const char *words) { return find(t, style, words)->width; }

int text_draw(struct text *t, struct surface *c, struct box clip, enum surface_style style, int x, int y, double align, uint32_t colour, const char *words) {
	const struct drawn *d = find(t, style, words);
	cairo_surface_t *s = d->surface;
	if (cairo_surface_status(s) != CAIRO_STATUS_SUCCESS) return d->width;
	surface_stencil(c, clip, x - (int)lround(align * d->width), y, cairo_image_surface_get_data(s), cairo_image_surface_get_width(s),
	               cairo_image_surface_get_height(s), cairo_image_surface_get_stride(s), colour);
	return d->width;
}
