/* engine/data/scenes_paint.h -- the rasteriser under the scenes: a linear-light canvas with label maps, band-limited value noise, and
 * polygons with exact area coverage, shaded span by span.
 *
 * Screen points are in pixels. Colours are linear light, 1 = the display's white; colour() reads an sRGB hex. Private to scenes*.c.
 * Threads: a canvas belongs to one thread. */
#pragma once

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* fminf() and fmaxf() are calls that keep a loop from being vectorised, because of NaN; these are not. */
static inline float minf(float a, float b) { return a < b ? a : b; }
static inline float maxf(float a, float b) { return a > b ? a : b; }

/* Before a loop over pixels: its rows don't overlap, so that it may be vectorised. */
#define PIXELS_APART _Pragma("GCC ivdep")

/* A point or direction in metres (x right, y up, z away from the viewer), or a linear colour r, g, b. */
struct vec { float x, y, z; };

static inline struct vec vec(float x, float y, float z) { return (struct vec){x, y, z}; }
static inline struct vec vec_add(struct vec a, struct vec b) { return vec(a.x + b.x, a.y + b.y, a.z + b.z); }
static inline struct vec vec_sub(struct vec a, struct vec b) { return vec(a.x - b.x, a.y - b.y, a.z - b.z); }
static inline struct vec vec_scale(struct vec a, float k) { return vec(a.x * k, a.y * k, a.z * k); }
static inline struct vec vec_times(struct vec a, struct vec b) { return vec(a.x * b.x, a.y * b.y, a.z * b.z); }
static inline struct vec vec_mix(struct vec a, struct vec b, float t) { return vec_add(a, vec_scale(vec_sub(b, a), t)); }
static inline float vec_dot(struct vec a, struct vec b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
static inline struct vec vec_cross(struct vec a, struct vec b) {
	return vec(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x);
}
static inline struct vec vec_unit(struct vec a) { return vec_scale(a, 1.0f / sqrtf(maxf(vec_dot(a, a), 1e-20f))); }

static inline float clampf(float x, float lo, float hi) { return minf(maxf(x, lo), hi); }
static inline float mixf(float a, float b, float t) { return a + (b - a) * t; }
static inline float smooth(float lo, float hi, float x) {
	float t = clampf((x - lo) / (hi - lo), 0.0f, 1.0f);
	return t * t * (3.0f - 2.0f * t);
}

struct vec colour(uint32_t srgb); /* 0xRRGGBB */

/* ---- noise: value noise on the integer lattice, in -1 .. 1, a pure function of (x, y, seed) ---- */

static inline uint32_t noise_hash(int32_t x, int32_t y, uint32_t seed) {
	uint32_t h = (uint32_t)x * 0x8da6b343u ^ (uint32_t)y * 0xd8163841u ^ seed;
	h = (h ^ h >> 15) * 0x2c1b3c6du;
	h = (h ^ h >> 12) * 0x297a2d39u;
	return h ^ h >> 15;
}
static inline float noise_lattice(int32_t x, int32_t y, uint32_t seed) {
	return (float)(int32_t)noise_hash(x, y, seed) * (1.0f / 2147483648.0f);
}
__attribute__((always_inline)) static inline float noise(float x, float y, uint32_t seed) {
	float fx = floorf(x), fy = floorf(y), u = x - fx, v = y - fy;
	int32_t i = (int32_t)fx, j = (int32_t)fy;
	u = u * u * (3.0f - 2.0f * u);
	v = v * v * (3.0f - 2.0f * v);
	float a = noise_lattice(i, j, seed), b = noise_lattice(i + 1, j, seed);
	float c = noise_lattice(i, j + 1, seed), d = noise_lattice(i + 1, j + 1, seed);
	return mixf(mixf(a, b, u), mixf(c, d, u), v);
}
/* OUT[i] = sum over OCTAVES of noise at doubling frequency and halving amplitude; an octave finer than the pixel's FOOTPRINT (the larger
 * step of x or y from one pixel to the next) fades out. */
void noise_row(float *out, const float *x, const float *y, int n, int octaves, float footprint, uint32_t seed);
/* The share of a pixel of width FOOT at U that lies in stripes [0, width) of every PERIOD. */
float stripes(float u, float period, float width, float foot);

/* ---- the canvas ---- */

struct canvas {
	int width, height;
	float scale;         /* pixels per unit; a unit is the image's short side */
	float *r, *g, *b;    /* [H, W] linear light */
	float *shade;        /* [H, W] how much of the light a cast shadow takes, 0 .. 1 */
	uint16_t *instance;  /* [H, W] */
	uint8_t *semseg;     /* [H, W] */
	float *cover;        /* scratch: coverage of the polygon in hand */
	float *rows;         /* scratch: CANVAS_ROWS rows of WIDTH floats */
};
enum { CANVAS_ROWS = 16 };

/* ERR_MEMORY. INSTANCE (all 0) and SEMSEG (all UNLABELLED) are malloc'd and may be taken over before canvas_fini(), which frees the rest. */
int canvas_init(struct canvas *c, int width, int height);
void canvas_fini(struct canvas *c);
static inline float *canvas_row(struct canvas *c, int k) { return c->rows + (int64_t)k * c->width; }

/* ---- light ---- */

struct light {
	struct vec to_sun, sun, sky, bounce;     /* direction; the light of the sun, from above and from below */
	struct vec zenith, middle, horizon;      /* the sky's own colours, bottom to top */
	struct vec cloud_lit, cloud_dark;
	struct vec haze;                         /* what distance fades into */
	float density;                           /* of haze, per metre */
	float clouds;                            /* share of sky covered, 0 .. 1 */
	float wet, rain, snow;                   /* 0 .. 1 */
	float cast;                              /* strength of cast shadows, 0 .. 1 */
	float lamps;                             /* lit windows and lamps, 0 .. 1 */
	float dapple;                            /* cloud shadows on the ground, 0 .. 1 */
	uint32_t seed;
};

/* ---- paint ---- */

enum form { FLAT, TUBE, BALL }; /* how the surface bulges over (u, v) in -1 .. 1: not, across u, both */

struct paint;
/* Changes the albedo of N pixels at (u, v); a pixel is DU x DV large. */
typedef void texture(const struct paint *p, int n, const float *u, const float *v, float du, float dv, float *r, float *g, float *b);

struct paint {
	struct vec albedo;    /* the colour in full sun */
	enum form form;
	texture *texture;     /* may be NULL */
	struct vec second;    /* a texture's other colour */
	float k[4];           /* a texture's numbers */
	uint32_t seed;
	float gloss;          /* strength of the highlight */
	float glow;           /* light of its own, in albedos */
	float thin;           /* share of light that shines through: sails, leaves */
	float alpha;          /* 0 counts as 1 */
	/* Filled in by the brush (scenes_world.h): */
	float m[9];                  /* pixel -> (u, v): ((m0 x + m1 y + m2) / w, (m3 x + m4 y + m5) / w), w = m6 x + m7 y + m8 */
	struct vec axis_u, axis_v, normal;
	const struct light *light;
	float haze;                  /* 0 .. 1 */
};

struct box { int x0, y0, x1, y1; }; /* pixels, half open */

/* Coverage of a closed polygon of N points into c->cover, row stride box.x1 - box.x0 + 2; false when nothing is covered. */
bool canvas_cover(struct canvas *c, const float (*p)[2], int n, struct box *box);
/* Paints what canvas_cover() left; writes labels where at least half is covered. INSTANCE < 0: no labels. */
void canvas_fill(struct canvas *c, const struct box *box, const struct paint *p, int instance, int semseg);
/* Adds to the shadow map. */
void canvas_darken(struct canvas *c, const struct box *box, float strength);
/* Paints a reflection: fainter, shifted row by row by ripples of AMPLITUDE pixels. */
void canvas_mirror(struct canvas *c, const struct box *box, const struct paint *p, float alpha, float amplitude);
/* Blends one row of N pixels at (x, y) by COVER and writes labels. */
void canvas_blend(struct canvas *c, int x, int y, int n, const float *r, const float *g, const float *b, const float *cover, int instance,
                  int semseg);
