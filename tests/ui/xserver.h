/* tests/ui/xserver.h -- an X server without a screen (Xvfb), real keys and mouse (xdotool), and what stands on it, read from the server's own memory.
 * For the tests of the window and its benchmarks. Linux; one at a time. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/image.h"

struct xserver;

/* What is missing here for one ("Xvfb", "xdotool"); NULL: nothing. */
const char *xserver_lacks(void);
/* Sets DISPLAY for this process and those it starts. NULL with a sentence on stderr. */
struct xserver *xserver_start(int width, int height);
void xserver_free(struct xserver *x);                      /* ends it; NULL is fine */
/* One line of xdotool's language ("key r mousemove 10 20 click 1"), done while this returns. */
void xserver_do(struct xserver *x, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* 0x00RRGGBB at (X, Y) of the screen, this very moment. */
uint32_t xserver_pixel(const struct xserver *x, int at_x, int at_y);
/* What stands in a box now, as a number: another number, other pixels. */
uint64_t xserver_hash(const struct xserver *x, int left, int top, int width, int height);
int xserver_image(const struct xserver *x, struct image *out); /* the whole screen; image_free() by the caller */
