/* engine/mask/mask_file.h -- a mask made by hand, as a file and in memory.
 *
 * Text, so that it can be written in an editor: `mask SIDE`, then for each granularity its name on a line and SIDE lines of SIDE characters,
 * `#` masked, `.` visible. `;` at the beginning of a line makes it a comment. A granularity that is absent is masked everywhere.
 * Threads: pure. */
#pragma once

#include <stdint.h>
#include <stdio.h>

#include "engine/base/types.h"

struct given_mask {
	int side;                                          /* patches along an edge */
	uint8_t final[GRANULARITIES][PATCHES_MAX];         /* 1 = masked, raster */
};

/* ERR_FILE, ERR_FORMAT with the line; *OUT is then unchanged. */
int mask_file_read(const char *path, struct given_mask *out);
/* Text in memory, SIZE bytes; NAME stands in sentences. */
int mask_file_parse(const char *name, const char *text, size_t size, struct given_mask *out);
/* Written beside and renamed. ERR_FILE. */
int mask_file_write(const char *path, const struct given_mask *mask);
