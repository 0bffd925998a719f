#include "viewer/surface.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"

enum { SURFACE_SIDE_MAX = 16384 };

int surface_size(struct surface *c, int width, int height) {
	if (c->pixels && c->width == width && c->height == height) return 0;
	if (width < 1 || height < 1 || width > SURFACE_SIDE_MAX || height > SURFACE_SIDE_MAX)
		return err_set(ERR_ARGUMENT, "a window of %d x %d pixels can't be drawn (each side must be 1 to %d)", width, height, SURFACE_SIDE_MAX);
	uint32_t *pixels = calloc((size_t)width * (size_t)height, sizeof *pixels);
	if (!pixels) return err_set(ERR_MEMORY, "no memory for a window of %d x %d pixels", width, height);
	free(c->pixels);
	*c = (struct surface){width, height, pixels};
	return 0;
}

void surface_free(struct surface *c) {
	free(c->pixels);
	*c = (struct surface){0};
}

struct box box_common(struct box a, struct box b) {
	int x = a.x > b.x ? a.x : b.x, y = a.y > b.y ? a.y : b.y;
	int right = a.x + a.width < b.x + b.width ? a.x + a.width : b.x + b.width;
	int bottom = a.y + a.height < b.y + b.height ? a.y + a.height : b.y + b.height;
	return (struct box){x, y, right > x ? right - x : 0, bottom > y ? bottom - y : 0};
}

bool box_holds(struct box b, int x, int y) { return x >= b.x && y >= b.y && x < b.x + b.width && y < b.y + b.height; }

static struct box inside(const struct surface *c, struct box b) { return box_common(b, (struct box){0, 0, c->width, c->height}); }

static uint32_t *row_at(struct surface *c, int x, int y) { return c->pixels + (size_t)y * (size_t)c->width + (size_t)x; }

void surface_fill(struct surface *c, struct box b, uint32_t colour) {
	b = inside(c, b);
	for (int y = 0; y < b.height; y++) {
		uint32_t *p = row_at(c, b.x, b.y + y);
		for (int x = 0; x < b.width; x++) p[x] = colour;
	}
}

static uint32_t mix(uint32_t under, uint32_t over, uint32_t alpha) {
	uint32_t out = 0;
	for (int shift = 0; shift < 24; shift += 8) {
		uint32_t a = under >> shift & 255, b = over >> shift & 255;
		out |= (a * (255 - alpha) + b * alpha + 127) / 255 << shift;
	}
	return out;
}

void surface_shade(struct surface *c, struct box b, uint32_t colour, int alpha) {
	b = inside(c, b);
	for (int y = 0; y < b.height; y++) {
		uint32_t *p = row_at(c, b.x, b.y + y);
		for (int x = 0; x < b.width; x++) p[x] = mix(p[x], colour, (uint32_t)alpha);
	}
}

void surface_frame(struct surface *c, struct box b, int thick, uint32_t colour) {
	surface_fill(c, (struct box){b.x - thick, b.y - thick, b.width + 2 * thick, thick}, colour);
	surface_fill(c, (struct box){b.x - thick, b.y + b.height, b.width + 2 * thick, thick}, colour);
	surface_fill(c, (struct box){b.x - thick, b.y, thick, b.height}, colour);
	surface_fill(c, (struct box){b.x + b.width, b.y, thick, b.height}, colour);
}

/* The box that the whole picture covers. */
static struct box covered(const struct image *im, double x, double y, double scale) {
	int left = (int)lround(x), top = (int)lround(y);
	return (struct box){left, top, (int)lround(x + im->width * scale) - left, (int)lround(y + im->height * scale) - top};
}

static int clamp(int i, int n) { return i < 0 ? 0 : i < n ? i : n - 1; }

void surface_picture(struct surface *c, struct box b, const struct image *im, double x, double y, double scale) {
	static _Thread_local int column[SURFACE_SIDE_MAX];
	b = box_common(inside(c, b), covered(im, x, y, scale));
	for (int i = 0; i < b.width; i++) column[i] = 3 * clamp((int)floor((b.x + i + 0.5 - x) / scale), im->width);
	for (int j = 0, above = -1; j < b.height; j++) {
		int from = clamp((int)floor((b.y + j + 0.5 - y) / scale), im->height);
		uint32_t *out = row_at(c, b.x, b.y + j);
		const uint8_t *in = im->pixels + 3 * (size_t)from * (size_t)im->width;
		if (from == above) memcpy(out, out - c->width, (size_t)b.width * sizeof *out); /* magnified: the same line again */
		else
			for (int i = 0; i < b.width; i++) out[i] = (uint32_t)in[column[i]] << 16 | (uint32_t)in[column[i] + 1] << 8 | in[column[i] + 2];
		above = from;
	}
}

void surface_stencil(struct surface *c, struct box clip, int x, int y, const uint8_t *alpha, int width, int height, int stride, uint32_t colour) {
	struct box b = box_common(inside(c, clip), (struct box){x, y, width, height});
	for (int j = b.y; j < b.y + b.height; j++) {
		uint32_t *p = row_at(c, b.x, j);
		const uint8_t *a = alpha + (size_t)(j - y) * (size_t)stride + (size_t)(b.x - x);
		for (int i = 0; i < b.width; i++)
			if (a[i]) p[i] = mix(p[i], colour, a[i]);
	}
}

/* The mean over rows [Y0, Y1) and columns [X0, X1). */
static void mean_of(const struct image *im, int x0, int x1, int y0, int y1, uint8_t out[3]) {
	uint32_t sum[3] = {0}, count = (uint32_t)((x1 - x0) * (y1 - y0));
	for (int y = y0; y < y1; y++)
		for (int x = x0; x < x1; x++)
			for (int k = 0; k < 3; k++) sum[k] += im->pixels[3 * ((size_t)y * (size_t)im->width + (size_t)x) + (size_t)k];
	for (int k = 0; k < 3; k++) out[k] = (uint8_t)((sum[k] + count / 2) / count);
}

int image_shrink(struct image *out, const struct image *im, int width, int height) {
	int rc = image_new(out, width, height);
	for (int y = 0; !rc && y < height; y++)
		for (int x = 0; x < width; x++) {
			int x0 = x * im->width / width, x1 = (x + 1) * im->width / width, y0 = y * im->height / height, y1 = (y + 1) * im->height / height;
			mean_of(im, x0, x1 > x0 ? x1 : x0 + 1, y0, y1 > y0 ? y1 : y0 + 1, out->pixels + 3 * ((size_t)y * (size_t)width + (size_t)x));
		}
	return rc;
}

int surface_image(const struct surface *c, struct image *out) {
	int rc = image_new(out, c->width, c->height);
	for (size_t i = 0; !rc && i < (size_t)c->width * (size_t)c->height; i++)
		for (int k = 0; k < 3; k++) out->pixels[3 * i + (size_t)k] = (uint8_t)(c->pixels[i] >> (16 - 8 * k));
	return rc;
}
