/* What was said: drawn by layout.c, which gives it the bottom of the screen. Here are its keys. */
#include "tui/pane.h"

static void draw(const struct view *v, const int *setting, struct look look, struct grid g) { (void)v, (void)setting, (void)look, (void)g; }

const struct pane pane_log = {
	.name = "log", .title = "log", .digit = '7', .priority = 2, .least_width = 10, .least_height = 1, .draw = draw,
	.keys = {{'k', "scroll up lines=1", "one line up"}, {'j', "scroll down lines=1", "one line down"}, {KEY_K_UP, "scroll up lines=1", "one line up"},
	         {KEY_K_DOWN, "scroll down lines=1", "one line down"}, {'g', "scroll top", "to the beginning"}, {'G', "scroll end", "to the end"},
	         {KEY_K_HOME, "scroll top", "to the beginning"}, {KEY_K_END, "scroll end", "to the end"}, {0}},
};
