#include "viewer/window.h"

#include <setjmp.h>
#include <stdlib.h>

#include "engine/base/err.h"
#include "viewer/text.h"

#ifdef HAVE_SDL2
#include <SDL2/SDL.h>
#include <dlfcn.h>

struct window {
	SDL_Window *window;
	struct gallery *gallery;
	struct page *page;                  /* shown in place of the gallery; NULL: none */
	struct surface surface;
	bool exposed;
};

/* The display went away; a turn is being made, and where it begins. One window at a time. */
static bool gone, turning;
static jmp_buf before_turn;

int window_possible(void) {
	const char *driver = getenv("SDL_VIDEODRIVER");
	int rc = text_possible();
	if (rc) return rc;
	if (gone) return err_set(ERR_STATE, "no window can be opened (the display went away; start the program again, `save` keeps the run)");
	if (getenv("DISPLAY") || getenv("WAYLAND_DISPLAY") || driver) return 0;
	return err_set(ERR_STATE, "no window can be opened (neither DISPLAY nor WAYLAND_DISPLAY is set; `predict val/0 out=sheet.png` draws into a file)");
}

/* Xlib ends the program when a display goes away, unless its handler never returns: so SDL's call is left by a jump, and SDL is not called again. */
static int note_loss(void *display) {
	(void)display;
	gone = true;
	if (turning) longjmp(before_turn, 1);
	return 0;
}

/* SDL loads Xlib itself: the handler is set in that one, where there is one. */
static void outlive_display(void) {
	typedef int handler(void *display);
	typedef handler *set_handler(handler *h);
	void *xlib = dlopen("libX11.so.6", RTLD_NOW | RTLD_NOLOAD);
	set_handler *set = xlib ? (set_handler *)dlsym(xlib, "XSetIOErrorHandler") : NULL;
	if (set) set(note_loss);
	if (xlib) dlclose(xlib);
}

static int open_window(struct window *w, const char *title, int width, int height) {
	SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
	SDL_SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1");
	SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0"); /* the surface is drawn here; over ssh there is nothing else either */
	if (SDL_InitSubSystem(SDL_INIT_VIDEO)) return err_set(ERR_STATE, "no window can be opened (%s)", SDL_GetError());
	w->window = SDL_CreateWindow(title, SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED, width, height, SDL_WINDOW_RESIZABLE);
	if (!w->window) return err_set(ERR_STATE, "no window can be opened (%s)", SDL_GetError());
	SDL_SetWindowMinimumSize(w->window, 320, 240);
	SDL_StartTextInput();
	outlive_display();
	w->exposed = true;
	return 0;
}

int window_open(struct window **out, const char *title, int width, int height) {
	*out = NULL;
	int rc = window_possible();
	if (rc) return rc;
	struct window *w = calloc(1, sizeof *w);
	if (!w) return err_set(ERR_MEMORY, "no memory for a window");
	rc = gallery_new(&w->gallery);
	if (!rc) rc = open_window(w, title, width, height);
	if (rc) return window_close(w), rc;
	*out = w;
	return 0;
}

void window_close(struct window *w) {
	if (!w) return;
	if (w->window && !gone) SDL_DestroyWindow(w->window);
	if (!gone && SDL_WasInit(SDL_INIT_VIDEO)) SDL_QuitSubSystem(SDL_INIT_VIDEO);
	gallery_free(w->gallery);
	surface_free(&w->surface);
	free(w);
}

struct gallery *window_gallery(struct window *w) { return w->gallery; }

void window_page(struct window *w, struct page *p) {
	w->page = p;
	w->exposed = true;
}

/* ---- keys and mouse --------------------------------------------------------------------------------------------------------------------- */

static void press(struct window *w, int key, int with) {
	if (w->page) page_press(w->page, key, with);
	else gallery_press(w->gallery, key, with);
}

static void point(struct window *w, int x, int y) {
	if (w->page) page_pointer(w->page, x, y);
	else gallery_pointer(w->gallery, x, y);
}

static void click(struct window *w, enum gallery_button b, bool down, int clicks, int with) {
	if (w->page) page_button(w->page, b, down);
	else gallery_button(w->gallery, b, down, clicks, with);
}

static void turn_wheel(struct window *w, double steps, int with) {
	if (w->page) page_wheel(w->page, steps, with);
	else gallery_wheel(w->gallery, steps, with);
}

static int modifiers(void) {
	SDL_Keymod m = SDL_GetModState();
	return (m & KMOD_SHIFT ? WITH_SHIFT : 0) | (m & KMOD_CTRL ? WITH_CTRL : 0);
}

/* Keys that are no characters; characters come as text, in the case and layout of the keyboard. */
static int special_key(SDL_Keycode k) {
	static const struct { SDL_Keycode sym; int key; } keys[] = {{SDLK_BACKSPACE, KEY_BACK}, {SDLK_TAB, KEY_NEXT_COLUMN}, {SDLK_RETURN, KEY_ENTER},
		{SDLK_KP_ENTER, KEY_ENTER}, {SDLK_ESCAPE, KEY_ESCAPE}, {SDLK_LEFT, KEY_TO_LEFT}, {SDLK_RIGHT, KEY_TO_RIGHT}, {SDLK_UP, KEY_TO_TOP},
		{SDLK_DOWN, KEY_TO_BOTTOM}, {SDLK_PAGEUP, KEY_PAGE_BACK}, {SDLK_PAGEDOWN, KEY_PAGE_ON}};
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (keys[i].sym == k) return keys[i].key;
	return 0;
}

static void take_key(struct window *w, const SDL_KeyboardEvent *e) {
	SDL_Keycode k = e->keysym.sym;
	int with = (e->keysym.mod & KMOD_SHIFT ? WITH_SHIFT : 0) | (e->keysym.mod & KMOD_CTRL ? WITH_CTRL : 0), key = special_key(k);
	if (k == SDLK_LSHIFT || k == SDLK_RSHIFT) gallery_shift(w->gallery, e->type == SDL_KEYDOWN);
	if (e->type != SDL_KEYDOWN) return;
	if (key) press(w, key, with);
	else if (with & WITH_CTRL && k < 128) press(w, (int)k, with);
	else if (k >= SDLK_0 && k <= SDLK_9) press(w, (int)k, with); /* Shift+digit is another character on every keyboard */
}

static void take_text(struct window *w, const char *text) {
	unsigned char c = (unsigned char)*text;
	if (c >= ' ' && c < 127 && !(c >= '0' && c <= '9') && !text[1]) press(w, c, 0);
}

static enum gallery_button button_of(int b) { return b == SDL_BUTTON_LEFT ? BUTTON_LEFT : b == SDL_BUTTON_RIGHT ? BUTTON_RIGHT : BUTTON_MIDDLE; }

static void take_window_event(struct window *w, const SDL_WindowEvent *e, bool *open) {
	if (e->event == SDL_WINDOWEVENT_CLOSE) *open = false;
	if (e->event == SDL_WINDOWEVENT_FOCUS_LOST) gallery_shift(w->gallery, false);
	if (e->event == SDL_WINDOWEVENT_EXPOSED || e->event == SDL_WINDOWEVENT_SIZE_CHANGED) w->exposed = true;
}

static void take_event(struct window *w, const SDL_Event *e, bool *open) {
	switch (e->type) {
	case SDL_QUIT: *open = false; break;
	case SDL_WINDOWEVENT: take_window_event(w, &e->window, open); break;
	case SDL_KEYDOWN: case SDL_KEYUP: take_key(w, &e->key); break;
	case SDL_TEXTINPUT: take_text(w, e->text.text); break;
	case SDL_MOUSEMOTION: point(w, e->motion.x, e->motion.y); break;
	case SDL_MOUSEWHEEL: turn_wheel(w, e->wheel.y, modifiers()); break;
	case SDL_MOUSEBUTTONDOWN: case SDL_MOUSEBUTTONUP:
		point(w, e->button.x, e->button.y);
		click(w, button_of(e->button.button), e->type == SDL_MOUSEBUTTONDOWN, e->button.clicks, modifiers());
		break;
	}
}

/* ---- drawing -------------------------------------------------------------------------------------------------------------------------------- */

static int present(struct window *w) {
	int width, height;
	SDL_GetWindowSize(w->window, &width, &height);
	SDL_Surface *screen = SDL_GetWindowSurface(w->window);
	if (!screen || surface_size(&w->surface, width, height)) return -1;
	if (w->page) page_draw(w->page, &w->surface);
	else gallery_draw(w->gallery, &w->surface);
	SDL_Surface *ours = SDL_CreateRGBSurfaceWithFormatFrom(w->surface.pixels, width, height, 32, width * 4, SDL_PIXELFORMAT_RGB888);
	if (!ours) return -1;
	int rc = SDL_BlitSurface(ours, NULL, screen, NULL);
	SDL_FreeSurface(ours);
	return rc ? rc : SDL_UpdateWindowSurface(w->window);
}

static bool turn(struct window *w) {
	bool open = true;
	SDL_Event e;
	while (SDL_PollEvent(&e)) take_event(w, &e, &open);
	bool changed = w->page ? page_changed(w->page) : gallery_changed(w->gallery);
	if (open && (w->exposed || changed)) w->exposed = present(w) != 0;
	return open;
}

bool window_turn(struct window *w) {
	if (setjmp(before_turn)) return turning = false;
	turning = true;
	bool open = turn(w);
	turning = false;
	return open && !gone;
}

bool window_lost(void) { return gone; }

int window_save(struct window *w, const char *path, const struct png_text *text, int texts) {
	struct image im;
	int rc = surface_image(&w->surface, &im);
	if (!rc) rc = png_write(path, &im, text, texts);
	image_free(&im);
	return rc;
}

#else

static int absent(void) { return err_set(ERR_STATE, "this build has no window (SDL2 was missing; install libsdl2-dev and make again)"); }

int window_possible(void) { return absent(); }

int window_open(struct window **out, const char *title, int width, int height) {
	(void)title, (void)width, (void)height;
	*out = NULL;
	return absent();
}

void window_close(struct window *w) { (void)w; }
struct gallery *window_gallery(struct window *w) { return (void)w, NULL; }
void window_page(struct window *w, struct page *p) { (void)w, (void)p; }
bool window_turn(struct window *w) { return (void)w, false; }
bool window_lost(void) { return false; }

int window_save(struct window *w, const char *path, const struct png_text *text, int texts) {
	(void)w, (void)path, (void)text, (void)texts;
	return absent();
}
#endif
