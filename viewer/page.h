/* viewer/page.h -- a figure in the viewer's window: the whole of it or a part, drawn by the figure's own code at the window's resolution.
 *
 * Zoom, pan and size change what part is asked for. A thread of the page's own draws it; until it is there the last one stands in, moved and stretched.
 * So neither a key nor a frame waits for a drawing. viewer/window.h puts a page on a screen; a test needs none.
 * Threads: one thread, but for what page_figure says. */
#pragma once

#include <stdatomic.h>

#include "viewer/drawing.h"
#include "viewer/gallery.h"
#include "viewer/surface.h"

/* A figure that several hold at once, on any thread: who shows it, who draws it, who saves it. Its data don't change. The last to drop it frees it. */
struct page_figure {
	const struct drawing *drawing;
	const void *data;
	const char *font;                                /* figure_output's */
	void (*free)(struct page_figure *f);
	atomic_int holders;
};
struct page_figure *page_figure_hold(struct page_figure *f);
void page_figure_drop(struct page_figure *f);           /* NULL is fine */

struct page;

/* ERR_MEMORY, ERR_STATE (a build without Cairo; no thread). */
int page_new(struct page **out);
void page_free(struct page *p);                         /* waits for the drawing in hand; NULL is fine */

void page_show(struct page *p, struct page_figure *f);  /* held by the page from now on; another takes its place */
void page_title(struct page *p, const char *words);
void page_state(struct page *p, const char *words);     /* beside the title */
void page_note(struct page *p, const char *words);      /* below, until a key or a button is pressed */

void page_press(struct page *p, int key, int with);
void page_pointer(struct page *p, int x, int y);
void page_button(struct page *p, enum gallery_button b, bool down);
void page_wheel(struct page *p, double steps, int with);

/* What was asked for that the page can't do itself. */
enum page_wish { PAGE_NOTHING, PAGE_REFRESH, PAGE_HOLD, PAGE_SAVE, PAGE_CLOSE, PAGE_WISHES };
enum page_wish page_wish(struct page *p);

bool page_changed(struct page *p);                      /* since it was drawn last */
void page_draw(struct page *p, struct surface *c);
bool page_sharp(struct page *p);                        /* what was drawn last is no stand-in. For tests. */
