/* viewer/output.h -- how large a figure comes out, and what is written into its file beside the picture.
 *
 * A figure draws in units of 1/96 inch at its natural size. A zeroed struct figure_output means: natural size, PNG at 192 dpi.
 * Threads: plain data. */
#pragma once

#include "engine/data/image_file.h"

struct figure_output {
	int pixels;                  /* PNG: exactly this wide; PDF, SVG: so many 1/96 inch; 0: from inches and dpi */
	double inches;               /* width; 0: natural */
	double dpi;                  /* PNG only; 0: 300 when inches are given, else 192 (two pixels a unit; 96 where that is too large) */
	const char *font;            /* family; NULL: DejaVu Sans. One that is not installed is ERR_ARGUMENT */
	const struct png_text *text; /* key, value: PNG text chunks; PDF takes Title, Author, Software, and Description or Command as its subject; SVG none */
	int texts;
};
