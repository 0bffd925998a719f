#include "tui/pane.h"

extern const struct pane pane_status, pane_curriculum, pane_masks, pane_losses, pane_speed, pane_validation, pane_log;

const struct pane *const panes[] = {&pane_status, &pane_curriculum, &pane_masks, &pane_losses, &pane_speed, &pane_validation, &pane_log, NULL};
