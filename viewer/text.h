/* viewer/text.h -- text on a surface, in the figures' font. Drawn once by Cairo, then copied: a window draws the same words again and again.
 * Bytes that are no UTF-8 print as '?'. Threads: one text belongs to one thread. */
#pragma once

#include "viewer/surface.h"

enum surface_style { STYLE_TITLE, STYLE_HEAD, STYLE_PLAIN, STYLE_SMALL, SURFACE_STYLES };

struct text;
int text_possible(void);                /* 0, or ERR_STATE and the sentence of a build that draws no text */
int text_new(struct text **out);        /* ERR_MEMORY */
void text_free(struct text *t);         /* NULL is fine */
int text_width(struct text *t, enum surface_style style, const char *words);
int text_line(enum surface_style style); /* from a line to the next */
/* With its upper left corner at (X, Y), inside CLIP. ALIGN 0: X is the left end, 0.5 the centre, 1 the right end. Returns the width. */
int text_draw(struct text *t, struct surface *c, struct box clip, enum surface_style style, int x, int y, double align, uint32_t colour, const char *words);
