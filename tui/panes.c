#include "tui/pane.h"

const struct pane_key common_keys[] = {
	{' ', "pause", "pauses, or trains on"}, {'s', "step", "one step"}, {'c', "train", "trains on"}, {'o', "focus next", "the next pane"}, {'\t', "focus next", "the next pane"},
	{KEY_K_TAB_BACK, "focus previous", "the pane before"}, {'z', "layout toggle", "this pane alone, or all"}, {'L', "layout next", "the next layout"},
	{KEY_K_PAGE_UP, "scroll up", "back in the log"}, {KEY_K_PAGE_DOWN, "scroll down", "on in the log"}, {'?', "keys help=toggle", "this list"},
	{'q', "keys off", "back to the prompt"}, {KEY_ESCAPE, "keys off", "back to the prompt"}, {0}};

extern const struct pane pane_status, pane_curriculum, pane_masks, pane_losses, pane_speed, pane_validation, pane_log;

const struct pane *const panes[] = {&pane_status, &pane_curriculum, &pane_masks, &pane_losses, &pane_speed, &pane_validation, &pane_log, NULL};
