/* app/exploring.h -- the window's attention explorer in the program: from a what-if's maps to the board's plain data, its section of the side panel.
 * Threads: pure, but for what a panel's caller holds. */
#pragma once

#include "app/attending.h"
#include "viewer/board.h"
#include "viewer/panel.h"

/* What there is to ask for in this model. */
void exploring_layers(const struct model_config *c, struct attended_layers *out);
/* The question of the window as the engine's; over the patches of no granularity yet. C: settled in what there is. */
void exploring_question(const struct model_config *config, const struct attended_choice *c, struct attend_choice *out);
/* The words of `view attend=LAYER head= query=` into *C, which keeps what is NULL. ERR_ARGUMENT; *C is unchanged then. */
int exploring_read(const struct model_config *config, const char *layer, const char *head, const char *query, struct attended_choice *c);
/* Into ROW, whose parts stand. A query that is not there is no error: the row says why. ERR_MEMORY. */
int exploring_fill(const struct whatif *w, const struct attended_choice *c, struct board_row *row);

