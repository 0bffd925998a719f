/* tests/unit/figures_test.c -- the figures from made-up data: places by pixels, the whole by golden files that forgive how a font is drawn, files in other
 * programs. UPDATE=1 rewrites the golden files (make golden). */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/err.h"
#include "engine/base/rng.h"
#include "viewer/colour_map.h"
#include "viewer/figures/coverage.h"
#include "viewer/figures/curves.h"
#include "viewer/figures/panels.h"
#include "viewer/figures/schedule.h"
#include "viewer/figures/schedule_layout.h"

enum { SIDE = 4, SIZE = 32, SCALE = 2 /* pixels a unit */, POINTS = 200, BLOCK = 16 /* pixels of a golden file's block */, EXACT = 3, TOLERANCE = 20 /* of 255 */ };

static const struct paint_class classes[] = {{"person", 220, 20, 60, true}, {"sky", 70, 130, 180, false}};

static void need_cairo(void) {
#ifndef HAVE_CAIRO
	print_message("skipped: built without Cairo\n");
	skip();
#endif
}

/* ---- made-up data ------------------------------------------------------------------------------------------------------ */

/* Patch (x, y) of panel K has a colour of its own. */
static void patch_colour(int k, int x, int y, uint8_t rgb[3]) { rgb[0] = (uint8_t)(30 + 40 * x), rgb[1] = (uint8_t)(30 + 40 * y), rgb[2] = (uint8_t)(20 * k); }

static void make_panel(struct panel *p, int k, enum panel_look look) {
	p->look = look;
	p->side = SIDE;
	assert_int_equal(image_new(&p->picture, SIZE, SIZE), 0);
	for (int y = 0; y < SIZE; y++)
		for (int x = 0; x < SIZE; x++) patch_colour(k, x * SIDE / SIZE, y * SIDE / SIZE, p->picture.pixels + 3 * (y * SIZE + x));
	for (int i = 0; i < SIDE * SIDE; i++) p->mask[i] = (uint8_t)(i % 5); /* visible, masked, masked by each of the sources */
}

static void make_panels(struct panels *p) {
	static const enum panel_look looks[3] = {PANEL_PLAIN, PANEL_MASKED, PANEL_PASTED};
	assert_int_equal(panels_init(p, 2, 3), 0);
	for (int i = 0; i < 6; i++) make_panel(panels_at(p, i / 3, i % 3), i, looks[i % 3]);
	for (int c = 0; c < 3; c++) snprintf(p->column[c].text, sizeof p->column[c].text, "column %d", c);
	snprintf(p->column[0].group, sizeof p->column[0].group, "inputs");
	snprintf(p->column[1].group, sizeof p->column[1].group, "a group of two");
	snprintf(p->row[0].text, sizeof p->row[0].text, "val/0");
	snprintf(p->row[1].note, sizeof p->row[1].note, "4 of 16 patches");
	snprintf(p->title, sizeof p->title, "A title");
	snprintf(p->caption, sizeof p->caption, "a caption");
	p->classes = classes, p->class_count = 2, p->cells[0][0] = 5, p->cells[0][1] = 7;
	p->legend = p->sources = p->instances = true;
}

static void make_schedule(struct schedule *s) {
	*s = (struct schedule){.points = SCHEDULE_POINTS, .phases = 2};
	for (int i = 0; i < s->points; i++) {
		double t = s->t[i] = (double)i / (s->points - 1);
		s->mix[0][i] = 1 - t, s->mix[1][i] = t, s->mix[2][i] = 0;
	}
	s->phase[0].begin = 0, s->phase[0].end = s->phase[1].begin = 0.5, s->phase[1].end = 1;
	s->phase[0].source = 0, s->phase[1].source = 1;
	make_panels(&s->panels);
	*s->panels.title = '\0';
}

static void make_curves(struct curves *c) {
	double x[POINTS], y[POINTS];
	assert_int_equal(curves_init(c, 2, 2), 0);
	for (int r = 0; r < 2; r++)
		for (int k = 0; k < 2; k++) {
			struct curve curve = {.row = r, .column = k, .hue = r, .dash = k};
			snprintf(curve.name, sizeof curve.name, "line %d", r);
			for (int i = 0; i < POINTS; i++) x[i] = i, y[i] = i == 50 ? NAN : 1 + (k + 1) * exp(-i / 40.0);
			assert_int_equal(curves_add(c, &curve, x, y, POINTS), 0);
		}
	snprintf(c->across, sizeof c->across, "step");
	snprintf(c->legend[0], sizeof c->legend[0], "a run");
	snprintf(c->legend[1], sizeof c->legend[1], "another");
	snprintf(c->row[0], sizeof c->row[0], "training");
	snprintf(c->row[1], sizeof c->row[1], "validation");
	snprintf(c->column[0], sizeof c->column[0], "one");
	snprintf(c->column[1], sizeof c->column[1], "two");
}

static void make_coverage(struct coverage *c) {
	*c = (struct coverage){.maps = 2, .map = {SEMSEG, RGB}, .side = SIDE, .classes = 2};
	for (int i = 0; i < SIDE * SIDE; i++) c->share[SEMSEG][i] = 0.5 + 0.02 * i, c->share[RGB][i] = 0.8;
	c->mean[SEMSEG] = 0.65, c->mean[RGB] = 0.8;
	for (int i = 0; i < 2; i++) {
		snprintf(c->of[i].name, sizeof c->of[i].name, "%.47s", classes[i].name);
		c->of[i].area = 0.3;
		c->of[i].masked[SEMSEG] = 0.6 + 0.2 * i, c->of[i].masked[INSTANCE] = NAN, c->of[i].masked[RGB] = 0.9;
	}
}

/* ---- looking ------------------------------------------------------------------------------------------------------------- */

static const uint8_t *at(const struct image *im, double x, double y) { return im->pixels + 3 * ((int)(y * SCALE) * im->width + (int)(x * SCALE)); }
static bool near_to(const uint8_t *p, int r, int g, int b, int by) { return abs(p[0] - r) <= by && abs(p[1] - g) <= by && abs(p[2] - b) <= by; }

static void render(const struct drawing *d, const void *data, struct image *im) {
	double width, height;
	assert_int_equal(drawing_size(d, data, NULL, &width, &height), 0);
	assert_int_equal(drawing_render(d, data, (int)lround(SCALE * width), im), 0);
}

/* Where a kind has pictures and lines without text: in units. */
struct place { double x, y, width, height; };
enum { PLACES = 8 };

static int panels_places(const struct panels *p, double drop, struct place out[PLACES]) {
	int n = p->rows * p->columns;
	for (int i = 0; i < n; i++) {
		struct panels_box b = panels_cell(p, i / p->columns, i % p->columns);
		out[i] = (struct place){b.x, b.y + drop, b.size, b.size};
	}
	return n;
}

/* The means of BLOCK x BLOCK pixels. */
static void block_mean(const struct image *im, int x, int y, uint8_t mean[3]) {
	for (int c = 0; c < 3; c++) {
		long sum = 0;
		for (int i = 0; i < BLOCK * BLOCK; i++) sum += im->pixels[3 * ((y * BLOCK + i / BLOCK) * im->width + x * BLOCK + i % BLOCK) + c];
		mean[c] = (uint8_t)(sum / (BLOCK * BLOCK));
	}
}

static void write_golden(const struct image *im, FILE *f) {
	fprintf(f, "%d %d\n", im->width, im->height);
	for (int y = 0; y < im->height / BLOCK; y++, fputc('\n', f))
		for (int x = 0; x < im->width / BLOCK; x++) {
			uint8_t mean[3];
			block_mean(im, x, y, mean);
			fprintf(f, "%02x%02x%02x", mean[0], mean[1], mean[2]);
		}
}

static bool holds_block(const struct place *places, int count, double scale, int x, int y) {
	for (int i = 0; i < count; i++) {
		const struct place *p = &places[i];
		if (x * BLOCK >= p->x * scale && (x + 1) * BLOCK <= (p->x + p->width) * scale && y * BLOCK >= p->y * scale && (y + 1) * BLOCK <= (p->y + p->height) * scale) return true;
	}
	return false;
}

/* The largest difference of a block: INSIDE of the places, and elsewhere, where text may be drawn by another font. */
struct difference { int inside, elsewhere; };

static struct difference differ(const struct image *im, FILE *f, const struct place *places, int count, double scale) {
	int width, height;
	struct difference d = {0};
	assert_int_equal(fscanf(f, "%d %d", &width, &height), 2);
	assert_int_equal(im->width, width);
	if (abs(im->height - height) > BLOCK) fail_msg("%d pixels tall, golden %d", im->height, height); /* a legend's lines depend on the font */
	for (int y = 0; y < height / BLOCK && y < im->height / BLOCK; y++)
		for (int x = 0; x < width / BLOCK; x++) {
			uint8_t mean[3];
			int *worst = holds_block(places, count, scale, x, y) ? &d.inside : &d.elsewhere;
			block_mean(im, x, y, mean);
			for (int c = 0; c < 3; c++) {
				unsigned golden;
				assert_int_equal(fscanf(f, "%2x", &golden), 1);
				if (abs(mean[c] - (int)golden) > *worst) *worst = abs(mean[c] - (int)golden);
			}
		}
	return d;
}

/* ---- panels ---------------------------------------------------------------------------------------------------------------- */

static void every_panel_stands_in_its_place(void **state) {
	(void)state;
	need_cairo();
	struct panels p;
	struct image im;
	make_panels(&p);
	render(&drawing_panels, &p, &im);
	for (int i = 0; i < 6; i++) {
		struct panels_box b = panels_cell(&p, i / 3, i % 3);
		const struct panel *panel = panels_at(&p, i / 3, i % 3);
		assert_true(b.size == 112); /* 7 pixels each at two pixels a unit: sharp */
		for (int n = 0; n < SIDE * SIDE; n++) {
			uint8_t want[3];
			double x = b.x + (n % SIDE + 0.5) * b.size / SIDE, y = b.y + (n / SIDE + 0.5) * b.size / SIDE;
			patch_colour(i, n % SIDE, n / SIDE, want);
			bool hidden = panel->look == PANEL_MASKED && panel->mask[n];
			if (hidden == near_to(at(&im, x, y), want[0], want[1], want[2], 1)) fail_msg("panel %d, patch %d", i, n);
		}
	}
	image_free(&im);
	panels_fini(&p);
}

/* The mean over a masked patch tells its source: blue, orange, grey. */
static void masked_patches_have_their_sources_colours(void **state) {
	(void)state;
	need_cairo();
	struct panels p;
	struct image im;
	make_panels(&p);
	render(&drawing_panels, &p, &im);
	struct panels_box b = panels_cell(&p, 0, 1);
	for (int n = 0; n < SIDE * SIDE; n++) {
		int mask = panels_at(&p, 0, 1)->mask[n];
		double mean[3] = {0}, patch = b.size / SIDE;
		for (int i = 0; mask && i < 400; i++)
			for (int c = 0; c < 3; c++) mean[c] += at(&im, b.x + (n % SIDE + 0.1 + i % 20 * 0.04) * patch, b.y + (n / SIDE + 0.1 + i / 20 * 0.04) * patch)[c] / 400.0;
		if (mask == 1 || mask == 4) assert_true(fabs(mean[0] - mean[2]) < 12);
		if (mask == 2) assert_true(mean[2] > mean[0] + 25);
		if (mask == 3) assert_true(mean[0] > mean[2] + 25);
	}
	image_free(&im);
	panels_fini(&p);
}

static void groups_stand_apart(void **state) {
	(void)state;
	struct panels p;
	make_panels(&p);
	struct panels_box a = panels_cell(&p, 0, 0), b = panels_cell(&p, 0, 1), c = panels_cell(&p, 0, 2), d = panels_cell(&p, 1, 0);
	assert_true(b.x - a.x == a.size + 18 && c.x - b.x == a.size + 5);
	assert_true(d.x == a.x && d.y - a.y == a.size + 5);
	assert_true(panels_foot(&p) == d.y + d.size);
	panels_fini(&p);
	assert_int_equal(panels_init(&p, 0, 3), ERR_ARGUMENT);
	assert_int_equal(panels_init(&p, 3, 257), ERR_ARGUMENT);
}

/* ---- schedule, curves, coverage ----------------------------------------------------------------------------------------------- */

static void curves_run_over_their_columns(void **state) {
	(void)state;
	struct schedule s;
	make_schedule(&s);
	struct schedule_box b = schedule_curves(&s);
	struct panels_box first = panels_cell(&s.panels, 0, 0), last = panels_cell(&s.panels, 0, 2);
	assert_true(b.x == first.x + first.size / 2 && b.x + b.width == last.x + last.size / 2);
	need_cairo();
	struct image im;
	render(&drawing_schedule, &s, &im);
	for (int i = 1; i < 10; i++) { /* on the falling curve: Okabe and Ito's blue; on the rising one: orange */
		double t = i / 10.0;
		if (i == 5) continue; /* they cross */
		assert_true(near_to(at(&im, b.x + t * b.width, b.y + t * b.height), 0, 114, 178, 40));
		assert_true(near_to(at(&im, b.x + t * b.width, b.y + (1 - t) * b.height), 230, 159, 0, 40));
	}
	image_free(&im);
	schedule_fini(&s);
}

static void lines_go_through_their_points(void **state) {
	(void)state;
	struct curves c;
	double low, high;
	make_curves(&c);
	assert_true(curves_range(&c, 0, &low, &high));
	assert_true(high == 2 && low > 1 && low < 1.01);
	struct curves_box a = curves_plot(&c, 0, 0), b = curves_plot(&c, 1, 1);
	assert_true(a.width == b.width && a.height == b.height && b.x > a.x + a.width && b.y > a.y + a.height);
	need_cairo();
	struct image im;
	render(&drawing_curves, &c, &im);
	for (int i = 10; i < POINTS; i += 30) { /* axes 1..2 and 0..200 */
		double y = 1 + exp(-i / 40.0);
		const uint8_t *p = at(&im, a.x + a.width * i / 200, a.y + a.height * (2 - y));
		if (i != 50) assert_true(near_to(p, 0, 114, 178, 60));
	}
	image_free(&im);
	for (int i = 4; i < CURVES_MAX; i++) assert_int_equal(curves_add(&c, &(struct curve){.row = 0}, &low, &high, 1), 0);
	assert_int_equal(curves_add(&c, &(struct curve){.row = 0}, &low, &high, 1), ERR_ARGUMENT);
	curves_fini(&c);
}

/* A scale has numbers however narrow it is, and one point is seen. */
static void a_single_point_is_drawn(void **state) {
	(void)state;
	need_cairo();
	struct curves c;
	struct image im;
	double x = 0, y = 5.02;
	assert_int_equal(curves_init(&c, 1, 1), 0);
	c.log = true;
	assert_int_equal(curves_add(&c, &(struct curve){.hue = 0}, &x, &y, 1), 0);
	render(&drawing_curves, &c, &im);
	struct curves_box b = curves_plot(&c, 0, 0);
	assert_true(near_to(at(&im, b.x + 0.8, b.y + b.height / 2), 0, 114, 178, 60));
	int ink = 0;
	for (int i = 0; i < (int)(b.height * SCALE); i++)
		for (int k = 4; k < 40 * SCALE; k++) ink += at(&im, b.x - 2, b.y)[3 * (i * im.width - k)] < 128;
	assert_true(ink > 40); /* numbers left of the axis */
	image_free(&im);
	curves_fini(&c);
}

static void heat_maps_share_a_scale(void **state) {
	(void)state;
	struct coverage c;
	double low, high;
	make_coverage(&c);
	coverage_scale(&c, &low, &high);
	assert_true(fabs(low - 0.5) < 1e-9 && fabs(high - 0.8) < 1e-9);
	assert_true(coverage_least(&c) == 0.6);
	need_cairo();
	struct image im;
	struct coverage_box b = coverage_map(&c, 0), bars = coverage_bars(&c);
	render(&drawing_coverage, &c, &im);
	for (int n = 0; n < SIDE * SIDE; n++) {
		uint8_t want[3];
		colour_map_at(MAP_CIVIDIS, (c.share[SEMSEG][n] - low) / (high - low), want);
		assert_true(near_to(at(&im, b.x + (n % SIDE + 0.5) * b.width / SIDE, b.y + (n / SIDE + 0.5) * b.height / SIDE), want[0], want[1], want[2], 1));
	}
	for (int i = 0; i < 2; i++) { /* green, vermilion: the dots of semseg and rgb, on an axis from 0.6 to 1 */
		assert_true(near_to(at(&im, bars.x + bars.width * (c.of[i].masked[SEMSEG] - 0.6) / 0.4, coverage_bar_y(&c, i)), 0, 158, 115, 8));
		assert_true(near_to(at(&im, bars.x + bars.width * 0.75, coverage_bar_y(&c, i)), 213, 94, 0, 8));
	}
	image_free(&im);
}

/* ---- the whole ------------------------------------------------------------------------------------------------------------------ */

static struct panels panels;
static struct schedule schedule;
static struct curves curves;
static struct coverage coverage;

static int places_of_panels(struct place out[PLACES]) { return panels_places(&panels, 0, out); }

static int places_of_schedule(struct place out[PLACES]) {
	struct schedule_box b = schedule_curves(&schedule);
	int n = panels_places(&schedule.panels, schedule_drop(&schedule), out);
	out[n] = (struct place){b.x, b.y, b.width, b.height};
	return n + 1;
}

static int places_of_curves(struct place out[PLACES]) {
	for (int i = 0; i < 4; i++) {
		struct curves_box b = curves_plot(&curves, i / 2, i % 2);
		out[i] = (struct place){b.x, b.y, b.width, b.height};
	}
	return 4;
}

static int places_of_coverage(struct place out[PLACES]) {
	struct coverage_box bars = coverage_bars(&coverage);
	for (int i = 0; i < 2; i++) {
		struct coverage_box b = coverage_map(&coverage, i);
		out[i] = (struct place){b.x, b.y, b.width, b.height};
	}
	out[2] = (struct place){bars.x, bars.y, bars.width, bars.height};
	return 3;
}

static const struct { const char *name; const struct drawing *drawing; const void *data; int (*places)(struct place out[PLACES]); } kinds[] = {
	{"panels", &drawing_panels, &panels, places_of_panels}, {"schedule", &drawing_schedule, &schedule, places_of_schedule},
	{"curves", &drawing_curves, &curves, places_of_curves}, {"coverage", &drawing_coverage, &coverage, places_of_coverage}};
enum { KINDS = sizeof kinds / sizeof *kinds };

static struct difference difference_of(int kind, const struct image *im) {
	char path[128];
	struct place places[PLACES];
	double width, height;
	bool update = getenv("UPDATE") != NULL;
	struct difference d = {0};
	snprintf(path, sizeof path, "tests/golden/figures/%s.txt", kinds[kind].name);
	FILE *f = fopen(path, update ? "w" : "r");
	if (!f) fail_msg("no %s (make golden writes it)", path);
	assert_int_equal(drawing_size(kinds[kind].drawing, kinds[kind].data, NULL, &width, &height), 0);
	if (update) write_golden(im, f);
	else d = differ(im, f, places, kinds[kind].places(places), im->width / width);
	fclose(f);
	return d;
}

static void compare_golden(int kind, const struct image *im, int inside) {
	struct difference d = difference_of(kind, im);
	if (d.inside > inside || d.elsewhere > TOLERANCE)
		fail_msg("%s differs from its golden file by %d of 255 in a block of a picture, %d elsewhere", kinds[kind].name, d.inside, d.elsewhere);
}

static int make_all(void **state) {
	(void)state;
	make_panels(&panels);
	make_schedule(&schedule);
	make_curves(&curves);
	make_coverage(&coverage);
	return 0;
}

static int free_all(void **state) {
	(void)state;
	panels_fini(&panels);
	schedule_fini(&schedule);
	curves_fini(&curves);
	return 0;
}

static void every_kind_is_its_golden_file(void **state) {
	(void)state;
	need_cairo();
	for (int i = 0; i < KINDS; i++) {
		struct image im, again;
		assert_int_equal(drawing_render(kinds[i].drawing, kinds[i].data, 1000, &im), 0);
		assert_int_equal(drawing_render(kinds[i].drawing, kinds[i].data, 1000, &again), 0);
		assert_memory_equal(im.pixels, again.pixels, 3 * (size_t)im.width * (size_t)im.height);
		compare_golden(i, &im, EXACT);
		image_free(&im);
		image_free(&again);
	}
}

static int inside_of(int kind) {
	struct image im;
	assert_int_equal(drawing_render(kinds[kind].drawing, kinds[kind].data, 1000, &im), 0);
	int inside = difference_of(kind, &im).inside;
	image_free(&im);
	return inside;
}

/* What a reader would see must not pass: each is done, seen, and undone. */
static void golden_files_notice(void **state) {
	(void)state;
	need_cairo();
	if (getenv("UPDATE")) skip();
	struct panel *p = panels_at(&panels, 1, 0), saved = *p;
	uint8_t *pixels = p->picture.pixels;
	size_t bytes = 3 * SIZE * SIZE;
	uint8_t *kept = malloc(bytes);
	assert_non_null(kept);
	memcpy(kept, pixels, bytes);

	p->look = PANEL_NONE; /* a picture is missing */
	assert_true(inside_of(0) > EXACT);
	*p = saved;
	memmove(pixels + 3, pixels, bytes - 3); /* moved by one of its 32 pixels */
	assert_true(inside_of(0) > EXACT);
	memcpy(pixels, kept, bytes);
	for (size_t i = 0; i < bytes; i += 3) pixels[i] = (uint8_t)(pixels[i] + 6); /* a little redder */
	assert_true(inside_of(0) > EXACT);
	memcpy(pixels, kept, bytes);
	p = panels_at(&panels, 0, 1);
	p->mask[6] = 3; /* masked by another source */
	assert_true(inside_of(0) > EXACT);
	p->mask[6] = 6 % 5;
	assert_true(inside_of(0) <= EXACT);
	free(kept);

	for (int i = 0; i < schedule.points; i++) schedule.mix[1][i] *= 0.9; /* a lower curve */
	assert_true(inside_of(1) > EXACT);
	for (int i = 0; i < schedule.points; i++) schedule.mix[1][i] /= 0.9;
	curves.curve[0].hue++; /* another colour */
	assert_true(inside_of(2) > EXACT);
	curves.curve[0].hue--;
	coverage.of[1].masked[RGB] -= 0.02; /* a dot elsewhere */
	assert_true(inside_of(3) > EXACT);
	coverage.of[1].masked[RGB] += 0.02;
}

/* Draws kind I into FOLDER and has COMMAND (of the file's and the PNG's path) turn it into PNG: the same blocks. */
static void opens_elsewhere(const char *program, const char *ending, const char *command_format) {
	char folder[] = "/tmp/c2f_figures_XXXXXX", path[96], page[96], command[512];
	need_cairo();
	snprintf(command, sizeof command, "command -v %s >/dev/null 2>&1", program);
	if (system(command) != 0) {
		print_message("skipped: %s is not installed\n", program);
		skip();
	}
	assert_non_null(mkdtemp(folder));
	snprintf(page, sizeof page, "%s/page.png", folder);
	for (int i = 0; i < KINDS; i++) {
		struct image im;
		snprintf(path, sizeof path, "%s/figure.%s", folder, ending);
		assert_int_equal(drawing_write(kinds[i].drawing, kinds[i].data, path, &(struct figure_output){0}), 0);
		snprintf(command, sizeof command, command_format, path, page);
		assert_int_equal(system(command), 0);
		assert_int_equal(image_read(&im, page), 0);
		assert_int_equal(im.width, 1000);
		compare_golden(i, &im, TOLERANCE);
		image_free(&im);
		unlink(path);
		unlink(page);
	}
	rmdir(folder);
}

static void pdf_opens_elsewhere(void **state) {
	(void)state;
	if (getenv("UPDATE")) skip();
	opens_elsewhere("pdftoppm", "pdf", "pdftoppm -png -scale-to-x 1000 -scale-to-y -1 -singlefile %s > %s");
}

static void svg_opens_elsewhere(void **state) {
	(void)state;
	if (getenv("UPDATE")) skip();
	opens_elsewhere("rsvg-convert", "svg", "rsvg-convert -w 1000 %s -o %s");
}

static void a_build_without_cairo_says_so(void **state) {
	(void)state;
#ifdef HAVE_CAIRO
	print_message("skipped: built with Cairo\n");
	skip();
#else
	for (int i = 0; i < KINDS; i++) {
		struct image im;
		assert_int_equal(drawing_write(kinds[i].drawing, kinds[i].data, "/tmp/never.png", &(struct figure_output){0}), ERR_STATE);
		assert_non_null(strstr(err_message(), "libcairo2-dev"));
		assert_int_equal(drawing_render(kinds[i].drawing, kinds[i].data, 800, &im), ERR_STATE);
	}
#endif
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_panel_stands_in_its_place),
		cmocka_unit_test(masked_patches_have_their_sources_colours),
		cmocka_unit_test(groups_stand_apart),
		cmocka_unit_test(curves_run_over_their_columns),
		cmocka_unit_test(lines_go_through_their_points),
		cmocka_unit_test(a_single_point_is_drawn),
		cmocka_unit_test(heat_maps_share_a_scale),
		cmocka_unit_test(every_kind_is_its_golden_file),
		cmocka_unit_test(golden_files_notice),
		cmocka_unit_test(pdf_opens_elsewhere),
		cmocka_unit_test(svg_opens_elsewhere),
		cmocka_unit_test(a_build_without_cairo_says_so),
	};
	return cmocka_run_group_tests(tests, make_all, free_all);
}
