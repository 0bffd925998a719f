/* viewer/window.h -- a gallery, or a page over it, in a window of the screen (SDL2); SDL is named in viewer/window.c alone.
 *
 * SDL is started when a window is opened and not before, without signal handlers, and ended with it. Keys and mouse go to the gallery; what it
 * can't do itself is asked for through gallery_wish(). Drawing waits for nobody: window_turn() takes what has happened, draws if something
 * changed, and returns.
 * Threads: the one that opened it. */
#pragma once

#include <stdbool.h>

#include "engine/data/image_file.h"
#include "viewer/gallery.h"
#include "viewer/page.h"

struct window;

/* ERR_STATE with a sentence: built without SDL2 or Cairo, no display, X refuses. */
int window_open(struct window **out, const char *title, int width, int height);
void window_close(struct window *w);            /* NULL is fine */
struct gallery *window_gallery(struct window *w); /* borrowed */
/* In place of the gallery P is shown, and gets keys and mouse; borrowed. NULL: the gallery again. */
void window_page(struct window *w, struct page *p);
/* False: there is no window any more (closed by its cross, or the display went away). */
bool window_turn(struct window *w);
bool window_lost(void);                         /* the display went away: no window can be opened any more */
/* Whether a window could be opened, as far as that can be told without opening one. ERR_STATE. */
int window_possible(void);
/* What is shown, as a PNG. */
int window_save(struct window *w, const char *path, const struct png_text *text, int texts);
