/* app/exploring.h -- the window's attention explorer in the program: from a what-if's maps to the board's plain data, its section of the side panel.
 * Threads: pure, but for what a panel's caller holds. */
#pragma once

#include "app/attending.h"
#include "app/drifts.h"
#include "viewer/board.h"
#include "viewer/panel.h"

/* What there is to ask for in this model. */
void exploring_layers(const struct model_config *c, struct attended_layers *out);
/* The question of the window as the engine's; over the patches of no granularity yet. C: settled in what there is. */
void exploring_question(const struct model_config *config, const struct attended_choice *c, struct attend_choice *out);
/* The words of `view attend=LAYER head= query=` into *C, which keeps what is NULL. ERR_ARGUMENT; *C is unchanged then. */
int exploring_read(const struct model_config *config, const char *layer, const char *head, const char *query, struct attended_choice *c);
/* And back: "attend=encoder.3 head=mean query=rgb:12 mass=50"; C settled. */
void exploring_words(const struct attended_layers *l, const struct attended_choice *c, char *out, size_t capacity);
/* Into ROW, whose parts stand. A query that is not there is no error: the row says why. ERR_MEMORY. */
int exploring_fill(const struct whatif *w, const struct attended_choice *c, struct board_row *row);

/* ---- the side panel's section (exploring_panel.c) ---- */
enum { EXPLORE_LAYER = 300, EXPLORE_HEAD, EXPLORE_QUERY, EXPLORE_MAP, EXPLORE_SHARE, EXPLORE_BARS, EXPLORE_RUN }; /* its controls */
/* Appends choices, and the numbers of R, the selected sample: NULL, or not asked: none. Q is settled. */
void exploring_controls(struct controls *c, const struct board_head *h, const struct attended_choice *q, const struct board_row *r, const struct drift_curve *drift);
/* A control that was changed, into the choice. False: it is none of these. */
bool exploring_take(const struct control *k, const struct attended_layers *l, struct attended_choice *c);
