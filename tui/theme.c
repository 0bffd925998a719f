#include "tui/theme.h"

#define INK(RGB, ATTRIBUTES) {RGB, COLOUR_DEFAULT, ATTRIBUTES}

/* Hues of Okabe and Ito 2008, "Color Universal Design", moved to a middle lightness: each has a contrast of 3 or more on white and of 5 or more on
 * black (grid_test checks it), so that the background can stay the terminal's own. */
enum { BLUE = 0x2F87CC, ORANGE = 0xC08000, GREY = 0x868686, GREEN = 0x0A9A70, PURPLE = 0xC0659B, VERMILION = 0xE05A33 };

const struct style theme_title = INK(COLOUR_DEFAULT, BOLD);
const struct style theme_dim = INK(GREY, 0);
const struct style theme_focus = INK(BLUE, BOLD);
const struct style theme_error = INK(VERMILION, BOLD);
const struct style theme_good = INK(GREEN, 0);
const struct style theme_cursor = INK(COLOUR_DEFAULT, REVERSE);
const struct style theme_key = INK(BLUE, BOLD);

const struct style theme_source[THEME_SOURCES] = {INK(BLUE, 0), INK(ORANGE, 0), INK(GREY, 0)};
const char theme_source_letter[THEME_SOURCES] = {'s', 'i', 'r'};
const struct style theme_granularity[GRANULARITIES] = {INK(GREEN, 0), INK(PURPLE, 0), INK(VERMILION, 0)};
const char *const theme_granularity_short[GRANULARITIES] = {"sem", "ins", "rgb"};
