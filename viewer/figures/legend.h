/* viewer/figures/legend.h -- the classes that a figure's label maps hold, with their colours; and what else needs a key.
 * Threads: the figure's. */
#pragma once

#include <stdbool.h>

#include "engine/base/types.h"
#include "viewer/figures/figure.h"
#include "viewer/paint.h"

struct legend {
	const struct paint_class *classes;
	int count;
	const int64_t (*cells)[CLASSES_MAX + 1]; /* [2]: how many cells of each class in targets, in predictions; [..][CLASSES_MAX]: unlabelled */
	bool masked, instances;                  /* masked patches, an instance map stand in the figure */
	bool sources;                            /* the masked patches have their sources' colours */
};

/* From LEFT to RIGHT, the first line's baseline at Y, the heads of its lines left of LEFT. Returns the y below its last line; INK false: measures alone. */
double legend_draw(struct figure *f, const struct legend *l, double left, double right, double y, bool ink);
