#include "engine/data/transform.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"

/* --- geometry: torchvision.transforms.RandomResizedCrop.get_params --- */

static const double scale_low = 0.2, scale_high = 1.0, ratio_low = 3.0 / 4.0, ratio_high = 4.0 / 3.0;

static struct crop crop_fallback(int width, int height) {
	double ratio = (double)width / height, w = width, h = height;
	if (ratio < ratio_low) h = rint(width / ratio_low);
	else if (ratio > ratio_high) w = rint(height * ratio_high);
	return (struct crop){.x = floor((width - w) / 2), .y = floor((height - h) / 2), .width = w, .height = h};
}

struct crop crop_train(int width, int height, struct rng *r) {
	struct crop c = crop_fallback(width, height);
	for (int i = 0; i < 10; i++) {
		double area = (double)width * height * rng_range(r, scale_low, scale_high);
		double ratio = exp(rng_range(r, log(ratio_low), log(ratio_high)));
		double w = rint(sqrt(area * ratio)), h = rint(sqrt(area / ratio));
		if (w < 1 || w > width || h < 1 || h > height) continue;
		c.y = rng_below(r, (uint32_t)(height - (int)h) + 1);
		c.x = rng_below(r, (uint32_t)(width - (int)w) + 1);
		c.width = w;
		c.height = h;
		break;
	}
	c.flip = rng_uniform(r) < 0.5;
	return c;
}

/* Short side to S * 256/224, then the centre S: of the source that is a square of 224/256 of the short side. */
struct crop crop_val(int width, int height) {
	double side = (width < height ? width : height) * (224.0 / 256.0);
	return (struct crop){.x = (width - side) / 2, .y = (height - side) / 2, .width = side, .height = side};
}

/* --- bicubic with antialiasing: Pillow's libImaging/Resample.c, its fixed-point arithmetic included, so that the bytes are the same --- */

enum { FRACTION_BITS = 32 - 8 - 2 }; /* of a weight: a byte times weights that sum to less than 2 fits in 32 bits */

static double cubic(double x) {
	const double a = -0.5;
	x = fabs(x);
	if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
	if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
	return 0;
}

/* The weights of one axis: output i is the sum over t < count[i] of weight[i * taps + t] * source[first[i] + t]. */
struct axis {
	int taps;        /* at most */
	int low, high;   /* the source positions that any output touches: [low, high) */
	int *first, *count;
	int32_t *weight;
};

static int axis_taps(double extent, int outputs) { return (int)ceil(2 * fmax(extent / outputs, 1)) * 2 + 1; }

/* SOURCE positions, of which START .. START + EXTENT become OUTPUTS. The filter may look past the crop, not past the image. */
static void axis_fill(struct axis *a, int source, double start, double extent, int outputs) {
	double scale = extent / outputs, stretch = fmax(scale, 1), support = 2 * stretch;
	a->low = source, a->high = 0;
	for (int i = 0; i < outputs; i++) {
		double centre = start + (i + 0.5) * scale, sum = 0;
		int from = (int)(centre - support + 0.5), to = (int)(centre + support + 0.5);
		if (from < 0) from = 0;
		if (to > source) to = source;
		for (int t = 0; t < to - from; t++) sum += cubic((t + from - centre + 0.5) / stretch);
		for (int t = 0; t < to - from; t++) {
			double w = cubic((t + from - centre + 0.5) / stretch) / sum * (1 << FRACTION_BITS);
			a->weight[i * a->taps + t] = (int32_t)(w < 0 ? w - 0.5 : w + 0.5);
		}
		a->first[i] = from;
		a->count[i] = to - from;
		if (from < a->low) a->low = from;
		if (to > a->high) a->high = to;
	}
}

enum { BAND = 64, SQUARE = 16 }; /* bytes */

/* OUT[BAND] = the weighted sum of COUNT rows of BAND bytes that lie STRIDE apart. Both passes end here: the sums stay in registers. */
static void weigh(uint8_t *restrict out, const uint8_t *restrict rows, size_t stride, const int32_t *restrict weight, int count) {
	int32_t sum[BAND];
	for (int i = 0; i < BAND; i++) sum[i] = 1 << (FRACTION_BITS - 1);
	for (int t = 0; t < count; t++) {
		const uint8_t *row = rows + (size_t)t * stride;
		int32_t w = weight[t];
		for (int i = 0; i < BAND; i++) sum[i] += w * row[i];
	}
	for (int i = 0; i < BAND; i++) {
		int32_t v = sum[i] >> FRACTION_BITS;
		out[i] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
	}
}

typedef uint8_t bytes16 __attribute__((vector_size(SQUARE)));

static inline bytes16 zip_low(bytes16 a, bytes16 b) {
	return (bytes16){a[0], b[0], a[1], b[1], a[2], b[2], a[3], b[3], a[4], b[4], a[5], b[5], a[6], b[6], a[7], b[7]};
}

static inline bytes16 zip_high(bytes16 a, bytes16 b) {
	return (bytes16){a[8], b[8], a[9], b[9], a[10], b[10], a[11], b[11], a[12], b[12], a[13], b[13], a[14], b[14], a[15], b[15]};
}

/* Turns 16 x 16 bytes. A zip of the upper with the lower half of the rows rotates the 8 bits of (row, column) by one place; four swap them. */
static void turn_square(uint8_t *out, size_t out_stride, bytes16 v[SQUARE]) {
	for (int round = 0; round < 4; round++) {
		bytes16 u[SQUARE];
		for (int i = 0; i < SQUARE / 2; i++) {
			u[2 * i] = zip_low(v[i], v[i + SQUARE / 2]);
			u[2 * i + 1] = zip_high(v[i], v[i + SQUARE / 2]);
		}
		for (int i = 0; i < SQUARE; i++) v[i] = u[i];
	}
	for (int i = 0; i < SQUARE; i++) memcpy(out + (size_t)i * out_stride, &v[i], SQUARE);
}

/* OUT [COLUMNS rounded up to 16, BAND] = IN [ROWS <= BAND, COLUMNS] turned; what lies beyond ROWS is 0. Reads IN alone, no byte more. */
static void turn_band(uint8_t *out, size_t out_stride, const uint8_t *in, size_t in_stride, int rows, int columns) {
	for (int x = 0; x < columns; x += SQUARE)
		for (int y = 0; y < BAND; y += SQUARE) {
			bytes16 v[SQUARE] = {0};
			size_t n = (size_t)(columns - x < SQUARE ? columns - x : SQUARE);
			for (int i = 0; i < SQUARE && y + i < rows; i++) memcpy(&v[i], in + (size_t)(y + i) * in_stride + x, n);
			turn_square(out + (size_t)x * out_stride + y, out_stride, v);
		}
}

static size_t round_up(size_t n) { return (n + BAND - 1) & ~(size_t)(BAND - 1); }

/* One block of memory for a resize, cut in the order of use. */
struct work {
	struct axis x, y;
	uint8_t *turned;      /* [source columns * 3, BAND]: a band of rows, turned: the channels come apart by themselves */
	uint8_t *narrowed;    /* [side rounded up, BAND]: one channel of it, SIDE columns */
	uint8_t *upright;     /* [3, source rows rounded up, side_stride]: turned back */
	size_t rows_rounded, side_stride;
	void *memory;
};

static void axis_cut(struct axis *a, int outputs, uint8_t **at) {
	a->first = (int *)*at, *at += round_up((size_t)outputs * sizeof(int));
	a->count = (int *)*at, *at += round_up((size_t)outputs * sizeof(int));
	a->weight = (int32_t *)*at, *at += round_up((size_t)outputs * (size_t)a->taps * sizeof(int32_t));
}

static int work_new(struct work *w, const struct raw_sample *raw, const struct crop *c, int side) {
	w->x.taps = axis_taps(c->width, side);
	w->y.taps = axis_taps(c->height, side);
	size_t weights = (size_t)side * (size_t)(w->x.taps + w->y.taps + 4) * sizeof(int32_t) + 6 * BAND;
	/* the crop and what the filter sees around it, at most the image */
	size_t columns = (size_t)fmin(raw->width, c->width + w->x.taps + 1), rows = (size_t)fmin(raw->height, c->height + w->y.taps + 1);
	size_t turned = round_up(columns * 3) * BAND;
	w->rows_rounded = round_up(rows);
	w->side_stride = round_up((size_t)side);
	w->memory = aligned_alloc(BAND, round_up(weights + turned + w->side_stride * BAND + 3 * w->rows_rounded * w->side_stride));
	if (!w->memory) return err_set(ERR_MEMORY, "no memory to resize an image of %d x %d pixels", raw->width, raw->height);
	uint8_t *at = w->memory;
	axis_cut(&w->x, side, &at);
	axis_cut(&w->y, side, &at);
	w->turned = at;
	w->narrowed = w->turned + turned;
	w->upright = w->narrowed + w->side_stride * BAND;
	return 0;
}

/* Columns: ROWS source rows from Y on, a band of them, into their place in UPRIGHT. */
static void narrow_band(struct work *w, const struct raw_sample *raw, const struct crop *c, int side, int y, int rows) {
	size_t stride = (size_t)raw->width * 3;
	turn_band(w->turned, BAND, raw->rgb + (size_t)(w->y.low + y) * stride + (size_t)w->x.low * 3, stride, rows, (w->x.high - w->x.low) * 3);
	for (int channel = 0; channel < 3; channel++) {
		for (int i = 0; i < side; i++)
			weigh(w->narrowed + (size_t)(c->flip ? side - 1 - i : i) * BAND,
			      w->turned + ((size_t)(w->x.first[i] - w->x.low) * 3 + (size_t)channel) * BAND, 3 * BAND, w->x.weight + i * w->x.taps,
			      w->x.count[i]);
		uint8_t *out = w->upright + ((size_t)channel * w->rows_rounded + (size_t)y) * w->side_stride;
		for (size_t x = 0; x < w->side_stride; x += BAND) turn_band(out + x, w->side_stride, w->narrowed + x * BAND, BAND, BAND, BAND);
	}
}

/* Columns first, then rows, as Pillow does (its bytes between the passes are rounded too). Both passes weigh runs of BAND bytes,
 * so a band of the image is turned before the first and back after it. OUT [3, side, side]. */
static void resize_rgb(struct work *w, const struct raw_sample *raw, const struct crop *c, int side, uint8_t *out) {
	axis_fill(&w->x, raw->width, c->x, c->width, side);
	axis_fill(&w->y, raw->height, c->y, c->height, side);
	int rows = w->y.high - w->y.low;
	for (int y = 0; y < rows; y += BAND) narrow_band(w, raw, c, side, y, rows - y < BAND ? rows - y : BAND);
	for (int channel = 0; channel < 3; channel++)
		for (int i = 0; i < side; i++, out += side) {
			const uint8_t *first = w->upright + ((size_t)channel * w->rows_rounded + (size_t)(w->y.first[i] - w->y.low)) * w->side_stride;
			for (int x = 0; x < side; x += BAND) {
				uint8_t run[BAND];
				weigh(run, first + x, w->side_stride, w->y.weight + i * w->y.taps, w->y.count[i]);
				memcpy(out + x, run, (size_t)(side - x < BAND ? side - x : BAND));
			}
		}
}

/* --- labels --- */

/* The source position below the centre of each of GRID cells. */
static void cell_centres(int *at, int grid, int source, double start, double extent) {
	for (int i = 0; i < grid; i++) {
		int p = (int)floor(start + (i + 0.5) * extent / grid);
		at[i] = p < 0 ? 0 : p >= source ? source - 1 : p;
	}
}

struct object {
	int area, first; /* cells; the first of them in raster order */
	uint16_t id;
};

static int by_area(const void *a, const void *b) {
	const struct object *p = a, *q = b;
	return p->area != q->area ? q->area - p->area : p->first - q->first;
}

/* Canonical numbering (spec.md section 2): OUT[i] = the rank of IDS[i]'s object by area, at most INSTANCES - 1; 0 stays 0.
 * OBJECTS and SLOT (65536, all 0, and left so) are the caller's memory. */
static void number_instances(const uint16_t *ids, int cells, int instances, uint8_t *out, struct object *objects, uint16_t *slot) {
	int n = 0;
	for (int i = 0; i < cells; i++) {
		uint16_t id = ids[i];
		if (id == 0) continue;
		if (slot[id] == 0) {
			objects[n++] = (struct object){0, i, id};
			slot[id] = (uint16_t)n;
		}
		objects[slot[id] - 1].area++;
	}
	qsort(objects, (size_t)n, sizeof *objects, by_area);
	for (int i = 0; i < n; i++) slot[objects[i].id] = (uint16_t)(i + 1 < instances ? i + 1 : instances - 1);
	for (int i = 0; i < cells; i++) out[i] = (uint8_t)slot[ids[i]];
	for (int i = 0; i < n; i++) slot[objects[i].id] = 0;
}

static int sample_labels(const struct raw_sample *raw, const struct crop *c, int grid, int instances, uint8_t *instance, uint8_t *semseg) {
	size_t cells = (size_t)grid * (size_t)grid;
	int *x = malloc(2 * (size_t)grid * sizeof *x), *y = x + grid;
	uint16_t *ids = malloc(cells * sizeof *ids), *slot = calloc(65536, sizeof *slot);
	struct object *objects = malloc(cells * sizeof *objects);
	int rc = x && ids && slot && objects ? 0 : err_set(ERR_MEMORY, "no memory for %zu label cells", cells);
	if (rc == 0) {
		cell_centres(x, grid, raw->width, c->x, c->width);
		cell_centres(y, grid, raw->height, c->y, c->height);
		for (int i = 0; i < grid; i++)
			for (int j = 0; j < grid; j++) {
				size_t from = (size_t)y[i] * (size_t)raw->width + (size_t)x[c->flip ? grid - 1 - j : j];
				size_t to = (size_t)i * (size_t)grid + (size_t)j;
				ids[to] = raw->instance[from];
				semseg[to] = raw->semseg[from];
			}
		number_instances(ids, (int)cells, instances, instance, objects, slot);
	}
	free(objects);
	free(slot);
	free(ids);
	free(x);
	return rc;
}

int transform_apply(const struct raw_sample *raw, const struct crop *c, const struct sample_shape *shape, uint8_t *rgb, uint8_t *instance,
                    uint8_t *semseg) {
	assert(shape->patch > 0 && shape->image_size % shape->patch == 0 && shape->instances >= 1 && shape->instances <= INSTANCES_MAX);
	struct work w = {0};
	int rc = work_new(&w, raw, c, shape->image_size);
	if (rc != 0) return rc;
	resize_rgb(&w, raw, c, shape->image_size, rgb);
	free(w.memory);
	return sample_labels(raw, c, shape->image_size / shape->patch * CELLS_SIDE, shape->instances, instance, semseg);
}

void patch_labels(const uint8_t *cells_grid, int side, uint8_t *out) {
	uint8_t count[256] = {0};
	for (int p = 0; p < side * side; p++) {
		const uint8_t *corner = cells_grid + (p / side * CELLS_SIDE * side + p % side) * CELLS_SIDE;
		int best = 0;
		for (int k = 0; k < CELLS; k++) {
			int label = corner[k / CELLS_SIDE * side * CELLS_SIDE + k % CELLS_SIDE];
			count[label]++;
			if (count[label] > count[best] || (count[label] == count[best] && label < best) || k == 0) best = label;
		}
		for (int k = 0; k < CELLS; k++) count[corner[k / CELLS_SIDE * side * CELLS_SIDE + k % CELLS_SIDE]] = 0;
		out[p] = (uint8_t)best;
	}
}
