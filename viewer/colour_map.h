/* viewer/colour_map.h -- numbers as colours: maps that keep their order in grey and for every kind of colour vision.
 * viridis (van der Walt, Smith 2015) and cividis (Nunez, Anderton, Renslow 2018) by ten of their colours, joined by straight lines.
 * Threads: pure. */
#pragma once

#include <stdint.h>

enum colour_map { MAP_CIVIDIS, MAP_VIRIDIS, MAP_GREY, MAP_BLUE_ORANGE /* diverging: 0.5 is white */, COLOUR_MAPS };
extern const char *const colour_map_name[COLOUR_MAPS]; /* "cividis", ..., "blue-orange" */

/* T in 0..1, clamped; NaN is mid grey. */
void colour_map_at(enum colour_map map, double t, uint8_t rgb[3]);
