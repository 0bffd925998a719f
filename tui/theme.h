/* tui/theme.h -- the few styles and marks that all panes share. Never colour alone: each source has a letter, each state a word.
 * Blue, orange and grey are told apart by every kind of colour vision (Okabe and Ito 2008). */
#pragma once

#include "engine/base/types.h"
#include "tui/grid.h"

enum { THEME_SOURCES = 3 };
extern const struct style theme_title, theme_dim, theme_focus, theme_error, theme_good, theme_cursor, theme_key;
extern const struct style theme_source[THEME_SOURCES];         /* semantic, instance, random */
extern const char theme_source_letter[THEME_SOURCES];          /* s i r */
extern const struct style theme_granularity[GRANULARITIES];    /* semseg, instance, rgb: the curves */
extern const char *const theme_granularity_short[GRANULARITIES]; /* "sem", "ins", "rgb" */

/* What the terminal can show; chosen once by screen.c, given to whoever draws. */
enum charset { CHARSET_ASCII, CHARSET_HALF_BLOCK, CHARSET_BRAILLE };
enum colours { COLOURS_NONE, COLOURS_16, COLOURS_256, COLOURS_TRUE };
struct look { enum charset charset; enum colours colours; };
