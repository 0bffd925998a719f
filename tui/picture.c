#include "tui/picture.h"

#include <math.h>
#include <stdlib.h>

/* ---- the nearest of few colours ------------------------------------------------------------------------------------ */

/* The eye's unequal weights for red, green and blue differences; each channel can then be searched by itself. */
enum { WEIGHT_R = 2, WEIGHT_G = 4, WEIGHT_B = 3 };

static int red(uint32_t rgb) { return rgb >> 16 & 255; }
static int green(uint32_t rgb) { return rgb >> 8 & 255; }
static int blue(uint32_t rgb) { return rgb & 255; }

static int distance(uint32_t a, uint32_t b) {
	int r = red(a) - red(b), g = green(a) - green(b), l = blue(a) - blue(b);
	return WEIGHT_R * r * r + WEIGHT_G * g * g + WEIGHT_B * l * l;
}

/* Colours 16 to 231 of xterm are a cube with these levels, 232 to 255 a ramp of grey from 8 in steps of 10; those below 16 are the user's. */
static const uint8_t levels[6] = {0, 95, 135, 175, 215, 255};

static int level(int v) { return v < 48 ? 0 : v < 115 ? 1 : (v - 35) / 40; }

int colour_256(uint32_t rgb) {
	int r = level(red(rgb)), g = level(green(rgb)), b = level(blue(rgb));
	uint32_t in_cube = (uint32_t)levels[r] << 16 | (uint32_t)levels[g] << 8 | levels[b];
	/* The sum of squares over a grey v is least at the weighted mean: the ramp's nearest to it. */
	int mean = (WEIGHT_R * red(rgb) + WEIGHT_G * green(rgb) + WEIGHT_B * blue(rgb)) / (WEIGHT_R + WEIGHT_G + WEIGHT_B);
	int step = mean < 8 ? 0 : mean > 238 ? 23 : (mean - 8 + 5) / 10;
	uint32_t in_ramp = (uint32_t)(8 + 10 * step) * 0x010101;
	return distance(rgb, in_ramp) < distance(rgb, in_cube) ? 232 + step : 16 + 36 * r + 6 * g + b;
}

/* Among 16 colours hue counts for more than how strong it is: they are compared in Oklab (B. Ottosson 2020) with the square root of the chroma. */
struct lab { float l, a, b; };

static float linear(int v) { return v <= 10 ? (float)v / (255 * 12.92f) : powf(((float)v / 255 + 0.055f) / 1.055f, 2.4f); }

static struct lab lab_of(uint32_t rgb) {
	float r = linear(red(rgb)), g = linear(green(rgb)), b = linear(blue(rgb));
	float l = cbrtf(0.4122214708f * r + 0.5363325363f * g + 0.0514459929f * b);
	float m = cbrtf(0.2119034982f * r + 0.6806995451f * g + 0.1073969566f * b);
	float s = cbrtf(0.0883024619f * r + 0.2817188376f * g + 0.6299787005f * b);
	float alpha = 1.9779984951f * l - 2.4285922050f * m + 0.4505937099f * s, beta = 0.0259040371f * l + 0.7827717662f * m - 0.8086757660f * s;
	float chroma = sqrtf(alpha * alpha + beta * beta), by = chroma > 1e-4f ? 1 / sqrtf(chroma) : 0;
	return (struct lab){0.2104542553f * l + 0.7936177850f * m - 0.0040720468f * s, alpha * by, beta * by};
}

int colour_16(uint32_t rgb) {
	/* lab_of() of xterm's 16 colours; picture_test finds each of them again. */
	static const struct lab palette[16] = {
		{0, 0, 0}, {0.5327f, 0.4080f, 0.2283f}, {0.7350f, -0.3967f, 0.3045f}, {0.8212f, -0.1431f, 0.3981f},
		{0.4290f, -0.0565f, -0.5423f}, {0.5952f, 0.4453f, -0.2744f}, {0.7681f, -0.3501f, -0.0923f}, {0.9219f, 0, 0},
		{0.5965f, 0, 0}, {0.6280f, 0.4430f, 0.2479f}, {0.8664f, -0.4307f, 0.3306f}, {0.9680f, -0.1554f, 0.4323f},
		{0.5754f, 0.0514f, -0.4820f}, {0.7017f, 0.4835f, -0.2979f}, {0.9054f, -0.3801f, -0.1002f}, {1, 0, 0},
	};
	struct lab c = lab_of(rgb);
	int best = 0;
	float least = INFINITY;
	for (int i = 0; i < 16; i++) {
		float l = c.l - palette[i].l, a = c.a - palette[i].a, b = c.b - palette[i].b, d = l * l + a * a + b * b;
		if (d < least) least = d, best = i;
	}
	return best;
}

/* ---- pictures ------------------------------------------------------------------------------------------------------ */

/* The mean of the pixels that the output pixel (X, Y) of WIDTH x HEIGHT covers, as 0xRRGGBB. Squares are averaged and not values: sRGB's curve is near a
 * square, so dark and light details keep their share of light. One pixel keeps its value. */
static uint32_t box(const struct image *im, int width, int height, int x, int y) {
	int x0 = (int)((int64_t)x * im->width / width), x1 = (int)(((int64_t)(x + 1) * im->width + width - 1) / width);
	int y0 = (int)((int64_t)y * im->height / height), y1 = (int)(((int64_t)(y + 1) * im->height + height - 1) / height);
	if (im->width <= width) x0 = (int)((2 * (int64_t)x + 1) * im->width / (2 * (int64_t)width)), x1 = x0 + 1; /* enlarged: the nearest */
	if (im->height <= height) y0 = (int)((2 * (int64_t)y + 1) * im->height / (2 * (int64_t)height)), y1 = y0 + 1;
	double sum[3] = {0, 0, 0};
	for (int j = y0; j < y1; j++) {
		const uint8_t *p = im->pixels + ((int64_t)j * im->width + x0) * 3;
		uint32_t row[3] = {0, 0, 0}; /* 65535 x 255^2 fits */
		for (int i = x0; i < x1; i++, p += 3)
			for (int k = 0; k < 3; k++) row[k] += (uint32_t)p[k] * p[k];
		for (int k = 0; k < 3; k++) sum[k] += row[k];
	}
	double pixels = (double)(x1 - x0) * (y1 - y0);
	uint32_t rgb = 0;
	for (int k = 0; k < 3; k++) rgb = rgb << 8 | (uint32_t)lrint(sqrt(sum[k] / pixels));
	return rgb;
}

static uint32_t grey_character(uint32_t rgb) {
	static const char ramp[] = " .:-=+*#%@";
	double light = 0.2126 * red(rgb) * red(rgb) + 0.7152 * green(rgb) * green(rgb) + 0.0722 * blue(rgb) * blue(rgb);
	int i = (int)(sqrt(light) / 256 * (sizeof ramp - 1));
	return (unsigned char)ramp[i];
}

struct grid picture_draw(struct grid g, struct look look, const struct image *im) {
	if (g.width < 1 || g.height < 1 || !im->pixels || im->width < 1 || im->height < 1) return grid_part(&g, 0, 0, 0, 0);
	/* In units of half a cell's height, in which pixels are square. */
	double scale = fmin((double)g.width / im->width, 2.0 * g.height / im->height);
	int width = (int)lrint(im->width * scale), half_rows = (int)lrint(im->height * scale);
	width = width < 1 ? 1 : width > g.width ? g.width : width;
	half_rows = half_rows < 1 ? 1 : half_rows > 2 * g.height ? 2 * g.height : half_rows;
	int rows = (half_rows + 1) / 2;
	bool blocks = look.charset != CHARSET_ASCII && look.colours != COLOURS_NONE;
	for (int y = 0; y < rows; y++)
		for (int x = 0; x < width; x++) {
			struct style s = style_plain;
			if (blocks) {
				s.fg = box(im, width, half_rows, x, 2 * y);
				if (2 * y + 1 < half_rows) s.bg = box(im, width, half_rows, x, 2 * y + 1);
				grid_put(&g, x, y, 0x2580, s);
			} else if (look.colours != COLOURS_NONE) {
				s.bg = box(im, width, rows, x, y);
				grid_put(&g, x, y, ' ', s);
			} else {
				grid_put(&g, x, y, grey_character(box(im, width, rows, x, y)), s);
			}
		}
	return grid_part(&g, 0, 0, width, rows);
}

void picture_patches(struct grid g, int side, int cells_wide, picture_patch paint, const void *context) {
	for (int row = 0; row < side && row < g.height; row++)
		for (int column = 0; column < side && (int64_t)column * cells_wide < g.width; column++) {
			uint32_t rune = ' ';
			struct style s = style_plain;
			paint(context, row * side + column, &rune, &s);
			grid_fill(&g, column * cells_wide, row, cells_wide, 1, rune, s);
		}
}
