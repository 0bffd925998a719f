#include "viewer/paint.h"

#include <math.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/types.h"

static uint8_t *pixel_at(const struct image *im, int x, int y) { return im->pixels + 3 * ((size_t)y * (size_t)im->width + (size_t)x); }

int paint_classes(struct image *out, const uint8_t *labels, int width, int height, const struct paint_class *classes, int count) {
	int rc = image_new(out, width, height);
	if (rc) return rc;
	for (size_t i = 0; i < (size_t)width * (size_t)height; i++) {
		uint8_t *p = out->pixels + 3 * i;
		if (labels[i] < count) {
			const struct paint_class *c = &classes[labels[i]];
			p[0] = c->r, p[1] = c->g, p[2] = c->b;
		} else
			memset(p, PAINT_UNLABELLED, 3);
	}
	return 0;
}

/* OKLCH (Ottosson 2020) to linear sRGB; lightness 0..1, hue in radians. */
static void oklch_to_linear(double lightness, double chroma, double hue, double out[3]) {
	double a = chroma * cos(hue), b = chroma * sin(hue);
	double l = lightness + 0.3963377774 * a + 0.2158037573 * b;
	double m = lightness - 0.1055613458 * a - 0.0638541728 * b;
	double s = lightness - 0.0894841775 * a - 1.2914855480 * b;
	l = l * l * l, m = m * m * m, s = s * s * s;
	out[0] = 4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s;
	out[1] = -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s;
	out[2] = -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s;
}

static bool in_gamut(const double v[3]) {
	for (int i = 0; i < 3; i++)
		if (!(v[i] >= 0 && v[i] <= 1)) return false;
	return true;
}

void paint_instance_colour(int id, uint8_t rgb[3]) {
	if (id <= 0) {
		rgb[0] = 40, rgb[1] = 46, rgb[2] = 58;
		return;
	}
	/* The golden angle keeps every next hue away from the ones before it; four lightnesses part the hues that come close again. */
	static const double lightness[4] = {0.76, 0.62, 0.86, 0.54};
	double hue = 0.3 + 2.39996322972865332 * (id - 1), chroma = 0.15, v[3];
	oklch_to_linear(lightness[(id - 1) % 4], chroma, hue, v);
	while (!in_gamut(v) && chroma > 0) oklch_to_linear(lightness[(id - 1) % 4], chroma -= 0.005, hue, v);
	for (int i = 0; i < 3; i++) rgb[i] = (uint8_t)lround(255 * (v[i] <= 0.0031308 ? 12.92 * v[i] : 1.055 * pow(v[i], 1 / 2.4) - 0.055));
}

int paint_instances(struct image *out, const uint8_t *ids, int width, int height) {
	int rc = image_new(out, width, height);
	if (rc) return rc;
	uint8_t colour[INSTANCES_MAX][3];
	for (int i = 0; i < INSTANCES_MAX; i++) paint_instance_colour(i, colour[i]);
	for (size_t i = 0; i < (size_t)width * (size_t)height; i++) memcpy(out->pixels + 3 * i, colour[ids[i]], 3);
	return 0;
}

int paint_planes(struct image *out, const uint8_t *rgb, int size) {
	int rc = image_new(out, size, size);
	if (rc) return rc;
	size_t plane = (size_t)size * (size_t)size;
	for (size_t i = 0; i < plane; i++)
		for (size_t c = 0; c < 3; c++) out->pixels[3 * i + c] = rgb[c * plane + i];
	return 0;
}

int paint_composite(struct image *out, const struct image *target, const struct image *prediction, const uint8_t *mask, int side) {
	if (target->width != prediction->width || target->height != prediction->height || side < 1 || target->width % side || target->height % side)
		return err_set(ERR_ARGUMENT, "a prediction of %d x %d pixels can't be pasted on a target of %d x %d in %d x %d patches (the sizes must be equal, "
			"and a multiple of the patches)", prediction->width, prediction->height, target->width, target->height, side, side);
	int rc = image_new(out, target->width, target->height);
	if (rc) return rc;
	int w = target->width / side, h = target->height / side;
	for (int y = 0; y < target->height; y++)
		for (int x = 0; x < target->width; x++)
			memcpy(pixel_at(out, x, y), pixel_at(mask[y / h * side + x / w] ? prediction : target, x, y), 3);
	return 0;
}

void paint_weights(struct image *im, int side, const float *weight, const bool *present, double least, double most, enum colour_map map, bool plain) {
	static const double picture = 0.38, absent = 0.35, white = 236, hatch = 0.87; /* shares: of the grey picture, also where no key is; of light on a slanted line */
	int patch = im->width / side, period = patch > 8 ? patch / 2 : patch;
	for (int y = 0; y < im->height; y++)
		for (int x = 0; x < im->width; x++) {
			uint8_t *p = pixel_at(im, x, y), colour[3];
			int n = y / patch * side + x / patch;
			double grey = 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2], share = plain ? 0 : present[n] ? picture : absent;
			double light = (x + y) % period * 8 < period ? white * hatch : white;
			colour_map_at(map, most > least ? (weight[n] - least) / (most - least) : 0, colour);
			for (int c = 0; c < 3; c++) p[c] = (uint8_t)lround(share * grey + (1 - share) * (present[n] ? colour[c] : light));
		}
}
