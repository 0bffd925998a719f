#include "viewer/page.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "viewer/text.h"

static const double ZOOM_STEP = 1.25, UNIT_MOST = 64 /* pixels a unit */, PAN_STEP = 0.1 /* of the window */;
enum { BACK = 0x14171c, BAND = 0x1b1f26, INK = 0xe9ebee, GREY = 0xa3a9b4, RULE = 0x30363f, ACCENT = 0x5aa9f0, FLIP = 0xf0a04b, PAPER = 0xffffff };
enum { TOP = 34, BOTTOM = 28, MARGIN = 12, WORDS_BYTES = 300, LABEL = 150 /* of the list of keys */ };

enum fit { FIT_WIDTH, FIT_WHOLE, FIT_NONE };

struct page {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t posted;
	/* --- under LOCK --- */
	struct page_figure *figure;         /* to be drawn; NULL: none yet */
	struct drawing_part want;
	bool wanted, busy, end;             /* BUSY: it is being drawn */
	struct image drawn;                 /* of DRAWN_PART, not yet taken */
	struct drawing_part drawn_part;
	bool ready;
	char failed[WORDS_BYTES];

	/* --- the window's --- */
	struct text *text;
	struct image shown;                 /* what was drawn of SHOWN_PART */
	struct drawing_part shown_part, asked;
	bool stale, changed, help, dragging; /* STALE: the figure or its part is another than was asked for */
	double across, down;                /* the figure's size in units */
	double x, y, scale;                 /* the place in the area's upper left corner, in units; pixels a unit */
	enum fit fit;
	int width, height;                  /* of the surface that was drawn last */
	int at_x, at_y;                     /* the pointer */
	char title[WORDS_BYTES], state[WORDS_BYTES], note[WORDS_BYTES];
	unsigned wishes;                    /* a bit each */
};

/* ---- figures ---------------------------------------------------------------------------------------------------------------------------- */

struct page_figure *page_figure_hold(struct page_figure *f) {
	atomic_fetch_add(&f->holders, 1);
	return f;
}

void page_figure_drop(struct page_figure *f) {
	if (f && atomic_fetch_sub(&f->holders, 1) == 1) f->free(f);
}

/* ---- the drawing thread ----------------------------------------------------------------------------------------------------------------- */

/* Under LOCK, which it gives up while it draws. */
static void draw_wanted(struct page *p) {
	struct page_figure *f = page_figure_hold(p->figure);
	struct drawing_part part = p->want;
	struct image im;
	part.font = f->font;
	p->wanted = false, p->busy = true;
	pthread_mutex_unlock(&p->lock);
	int rc = drawing_render_part(f->drawing, f->data, &part, &im);
	page_figure_drop(f);
	pthread_mutex_lock(&p->lock);
	if (rc) snprintf(p->failed, sizeof p->failed, "%.*s", WORDS_BYTES - 1, err_message());
	else image_free(&p->drawn), p->drawn = im, p->drawn_part = part;
	p->busy = false, p->ready = true;
}

static void *draw_parts(void *context) {
	struct page *p = context;
	pthread_mutex_lock(&p->lock);
	while (!p->end) {
		if (p->wanted && p->figure) draw_wanted(p);
		else pthread_cond_wait(&p->posted, &p->lock);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

/* Signals are the main thread's. */
static int start(struct page *p) {
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int rc = pthread_create(&p->thread, NULL, draw_parts, p);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc ? err_set(ERR_STATE, "no thread can be had for a figure's drawing (%s)", strerror(rc)) : 0;
}

int page_new(struct page **out) {
	struct page *p = *out = calloc(1, sizeof *p);
	if (!p) return err_set(ERR_MEMORY, "no memory for a figure's window");
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->posted, NULL);
	p->scale = 1, p->changed = true;
	int rc = text_new(&p->text);
	if (!rc) rc = start(p);
	if (!rc) return 0;
	text_free(p->text);
	free(p);
	*out = NULL;
	return rc;
}

void page_free(struct page *p) {
	if (!p) return;
	pthread_mutex_lock(&p->lock);
	p->end = true;
	pthread_cond_signal(&p->posted);
	pthread_mutex_unlock(&p->lock);
	pthread_join(p->thread, NULL);
	pthread_cond_destroy(&p->posted);
	pthread_mutex_destroy(&p->lock);
	page_figure_drop(p->figure);
	image_free(&p->drawn);
	image_free(&p->shown);
	text_free(p->text);
	free(p);
}

/* ---- where it stands -------------------------------------------------------------------------------------------------------------------- */

static struct box area_of(const struct page *p) { return (struct box){0, TOP, p->width, p->height - TOP - BOTTOM}; }

static double within(double x, double least, double most) { return x < least ? least : x > most ? most : x; }

/* The first unit that is shown along an edge: the figure stands in the middle where there is room, and else leaves none at its ends. */
static double place(double at, double units, double shown) { return units < shown ? (units - shown) / 2 : within(at, 0, units - shown); }

static void settle(struct page *p) {
	struct box a = area_of(p);
	if (!(p->across > 0) || a.width < 1 || a.height < 1) return;
	double wide = a.width / p->across, whole = fmin(wide, a.height / p->down);
	if (p->fit != FIT_NONE) p->scale = p->fit == FIT_WIDTH ? wide : whole;
	p->scale = within(p->scale, fmin(whole, 1), fmax(wide, UNIT_MOST));
	p->x = place(p->x, p->across, a.width / p->scale);
	p->y = place(p->y, p->down, a.height / p->scale);
	p->changed = true;
}

static void fit_to(struct page *p, enum fit fit) {
	p->fit = fit;
	p->x = p->y = 0;
	settle(p);
}

/* What lies at (X, Y) of the window stays there. */
static void zoom_at(struct page *p, double factor, int x, int y) {
	struct box a = area_of(p);
	double u = p->x + (x - a.x) / p->scale, v = p->y + (y - a.y) / p->scale;
	p->fit = FIT_NONE;
	p->scale *= factor;
	settle(p);
	p->x = u - (x - a.x) / p->scale;
	p->y = v - (y - a.y) / p->scale;
	settle(p);
}

/* By whole pixels, so that what stands in is the very picture. */
static void pan(struct page *p, double dx, double dy) {
	p->x += round(dx) / p->scale;
	p->y += round(dy) / p->scale;
	settle(p);
}

void page_show(struct page *p, struct page_figure *f) {
	double across, down;
	page_figure_hold(f);
	pthread_mutex_lock(&p->lock);
	struct page_figure *before = p->figure;
	p->figure = f;
	pthread_mutex_unlock(&p->lock);
	page_figure_drop(before);
	if (drawing_size(f->drawing, f->data, f->font, &across, &down)) return page_note(p, err_message());
	p->across = across, p->down = down;
	p->stale = true;
	settle(p);
}

static void take_words(struct page *p, char out[WORDS_BYTES], const char *words) {
	if (strncmp(out, words, WORDS_BYTES - 1) == 0) return;
	snprintf(out, WORDS_BYTES, "%s", words);
	p->changed = true;
}

void page_title(struct page *p, const char *words) { take_words(p, p->title, words); }
void page_state(struct page *p, const char *words) { take_words(p, p->state, words); }
void page_note(struct page *p, const char *words) { take_words(p, p->note, words); }

/* ---- keys and mouse --------------------------------------------------------------------------------------------------------------------- */

static void wish(struct page *p, enum page_wish w) { p->wishes |= 1u << w; }

enum page_wish page_wish(struct page *p) {
	for (int w = PAGE_NOTHING + 1; w < PAGE_WISHES; w++)
		if (p->wishes >> w & 1) return p->wishes &= ~(1u << w), (enum page_wish)w;
	return PAGE_NOTHING;
}

static void press_ctrl(struct page *p, int key) {
	if (key == 's') wish(p, PAGE_SAVE);
	if (key == 'w') wish(p, PAGE_CLOSE);
}

void page_press(struct page *p, int key, int with) {
	struct box a = area_of(p);
	int x = a.x + a.width / 2, y = a.y + a.height / 2;
	double across = PAN_STEP * a.width, down = PAN_STEP * a.height;
	page_note(p, "");
	if (with & WITH_CTRL) return press_ctrl(p, key);
	switch (key) {
	case '+': zoom_at(p, ZOOM_STEP, x, y); break;
	case '-': zoom_at(p, 1 / ZOOM_STEP, x, y); break;
	case '=': zoom_at(p, 1 / p->scale, x, y); break;
	case 'f': fit_to(p, FIT_WHOLE); break;
	case 'r': fit_to(p, FIT_WIDTH); break;
	case 'h': case KEY_TO_LEFT: pan(p, -across, 0); break;
	case 'l': case KEY_TO_RIGHT: pan(p, across, 0); break;
	case 'k': case KEY_TO_TOP: pan(p, 0, -down); break;
	case 'j': case KEY_TO_BOTTOM: pan(p, 0, down); break;
	case KEY_PAGE_BACK: pan(p, 0, 1.0 * down - a.height); break;
	case KEY_PAGE_ON: pan(p, 0, a.height - 1.0 * down); break;
	case 'x': wish(p, PAGE_REFRESH); break;
	case 't': wish(p, PAGE_HOLD); break;
	case '?': p->help = !p->help, p->changed = true; break;
	case KEY_ESCAPE: case 'q':
		if (p->help) p->help = false, p->changed = true;
		else wish(p, PAGE_CLOSE);
	}
}

void page_pointer(struct page *p, int x, int y) {
	if (p->dragging) pan(p, p->at_x - x, p->at_y - y);
	p->at_x = x, p->at_y = y;
}

void page_button(struct page *p, enum gallery_button b, bool down) {
	page_note(p, "");
	if (b == BUTTON_LEFT || b == BUTTON_MIDDLE) p->dragging = down;
}

void page_wheel(struct page *p, double steps, int with) {
	if (with & WITH_SHIFT) pan(p, 0, -60 * steps);
	else zoom_at(p, pow(ZOOM_STEP, steps), p->at_x, p->at_y);
}

/* ---- drawing ---------------------------------------------------------------------------------------------------------------------------- */

bool page_changed(struct page *p) {
	pthread_mutex_lock(&p->lock);
	bool ready = p->ready;
	pthread_mutex_unlock(&p->lock);
	return ready || p->changed;
}

static bool same_part(const struct drawing_part *a, const struct drawing_part *b) {
	return a->x == b->x && a->y == b->y && a->scale == b->scale && a->width == b->width && a->height == b->height;
}

/* Takes what was drawn, and asks for what is to be shown now if that is another part or another figure. */
static void exchange(struct page *p) {
	struct box a = area_of(p);
	const struct drawing_part part = {.x = p->x, .y = p->y, .scale = p->scale, .width = a.width, .height = a.height};
	pthread_mutex_lock(&p->lock);
	if (p->ready && p->drawn.pixels) {
		image_free(&p->shown);
		p->shown = p->drawn, p->shown_part = p->drawn_part;
		p->drawn = (struct image){0};
	}
	p->ready = false;
	if (*p->failed) take_words(p, p->note, p->failed), *p->failed = '\0';
	if (p->figure && a.height > 0 && (p->stale || !same_part(&part, &p->asked))) {
		p->want = p->asked = part;
		p->wanted = true, p->stale = false;
		pthread_cond_signal(&p->posted);
	}
	pthread_mutex_unlock(&p->lock);
}

bool page_sharp(struct page *p) {
	pthread_mutex_lock(&p->lock);
	bool sharp = !p->wanted && !p->busy && !p->ready && !p->stale && p->shown.pixels && same_part(&p->shown_part, &p->asked);
	pthread_mutex_unlock(&p->lock);
	return sharp;
}

static void draw_figure(struct page *p, struct surface *c) {
	struct box a = area_of(p), paper = {a.x + (int)lround(-p->x * p->scale), a.y + (int)lround(-p->y * p->scale), (int)lround(p->across * p->scale), (int)lround(p->down * p->scale)};
	paper = box_common(a, paper);
	surface_fill(c, paper, PAPER);
	if (!p->shown.pixels) return;
	double left = a.x + (p->shown_part.x - p->x) * p->scale, top = a.y + (p->shown_part.y - p->y) * p->scale;
	surface_picture(c, paper, &p->shown, left, top, p->scale / p->shown_part.scale);
}

static int words(struct page *p, struct surface *c, enum surface_style style, int x, int y, double align, uint32_t colour, const char *text) {
	return text_draw(p->text, c, (struct box){0, 0, c->width, c->height}, style, x, y, align, colour, text);
}

static void draw_bands(struct page *p, struct surface *c) {
	char zoom[32];
	int y = c->height - BOTTOM, right = c->width - MARGIN;
	surface_fill(c, (struct box){0, 0, c->width, TOP}, BAND);
	surface_fill(c, (struct box){0, TOP - 1, c->width, 1}, RULE);
	surface_fill(c, (struct box){0, y, c->width, BOTTOM}, BAND);
	surface_fill(c, (struct box){0, y, c->width, 1}, RULE);
	int x = MARGIN + words(p, c, STYLE_TITLE, MARGIN, 7, 0, INK, p->title) + 24;
	words(p, c, STYLE_PLAIN, x, 9, 0, GREY, p->state);
	snprintf(zoom, sizeof zoom, "%.0f %%", 100 * p->scale);
	words(p, c, STYLE_PLAIN, right, y + 6, 1, GREY, zoom);
	const char *hint = p->shown.pixels ? "wheel zooms, drag pans, x draws again, Ctrl+S saves, ? keys, q back" : "the figure is being drawn ...";
	words(p, c, STYLE_PLAIN, MARGIN, y + 6, 0, *p->note ? FLIP : GREY, *p->note ? p->note : hint);
}

static void draw_help(struct page *p, struct surface *c) {
	static const char *const lines[][2] = {{"wheel, + -", "zoom at the pointer, in the middle"}, {"drag, h j k l", "pan; PgUp, PgDn and Shift+wheel scroll"},
		{"=  f  r", "100 % (96 pixels an inch), the whole figure, the window's width"}, {"x", "draw it again from the present weights"},
		{"t", "hold what is shown, or follow the run again"}, {"Ctrl+S", "save what is shown (PNG with its recipe, into the run's figures/)"},
		{"q, Escape, Ctrl+W", "back to the samples, or close the window"}};
	int n = (int)(sizeof lines / sizeof *lines), line = text_line(STYLE_PLAIN) + 4, wide = 0;
	for (int i = 0; i < n; i++) wide = (int)fmax(wide, text_width(p->text, STYLE_PLAIN, lines[i][1]));
	struct box b = {0, 0, wide + LABEL + 2 * 24, (n + 2) * line};
	b.x = (c->width - b.width) / 2, b.y = (c->height - b.height) / 2;
	surface_shade(c, (struct box){0, 0, c->width, c->height}, BACK, 150);
	surface_fill(c, b, BAND);
	surface_frame(c, b, 1, GREY);
	for (int i = 0; i < n; i++) {
		words(p, c, STYLE_PLAIN, b.x + 24, b.y + (i + 1) * line, 0, ACCENT, lines[i][0]);
		words(p, c, STYLE_PLAIN, b.x + 24 + LABEL, b.y + (i + 1) * line, 0, INK, lines[i][1]);
	}
}

void page_draw(struct page *p, struct surface *c) {
	if (p->width != c->width || p->height != c->height) p->width = c->width, p->height = c->height, settle(p);
	exchange(p);
	surface_fill(c, (struct box){0, 0, c->width, c->height}, BACK);
	draw_figure(p, c);
	draw_bands(p, c);
	if (p->help) draw_help(p, c);
	p->changed = false;
}
