/* tests/unit/sheet_test.c -- the prediction sheet: colours, contents and places, in memory and in files. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/err.h"
#include "engine/base/rng.h"
#include "viewer/figures/sheet.h"

enum { SIDE = 4, PATCH = 8, SIZE = SIDE * PATCH, CELL_SIDE = SIDE * CELLS_SIDE, CLASSES = 7, SCALE = 2 };

static const struct paint_class classes[CLASSES] = {
	{"person", 220, 20, 60, true},      {"car", 0, 0, 142, true},          {"sky", 70, 130, 180, false},  {"gr\xffss <&>", 107, 142, 35, false},
	{"never seen", 250, 170, 30, true}, {"predicted", 0, 226, 252, false}, {"nor this", 153, 69, 1, false},
};

struct fixture {
	struct sheet sheet;
	uint8_t labels[2][CELL_SIDE * CELL_SIDE], predicted[2][CELL_SIDE * CELL_SIDE], mask[GRANULARITIES][SIDE * SIDE];
	struct image target, prediction;
	char folder[64];
};

static const uint8_t *at(const struct image *im, int x, int y) { return im->pixels + 3 * (y * im->width + x); }

/* Labels 0..3, one predicted as 5 throughout the masked part; pixels that are all different. */
static int setup(void **state) {
	struct fixture *f = calloc(1, sizeof *f);
	assert_int_equal(sheet_init(&f->sheet, 2, classes, CLASSES), 0);
	assert_int_equal(image_new(&f->target, SIZE, SIZE), 0);
	assert_int_equal(image_new(&f->prediction, SIZE, SIZE), 0);
	struct rng r;
	rng_init(&r, 5, RNG_SCENE, 0, 0);
	for (int i = 0; i < 3 * SIZE * SIZE; i++) f->target.pixels[i] = (uint8_t)rng_u32(&r), f->prediction.pixels[i] = (uint8_t)rng_u32(&r);
	for (int i = 0; i < CELL_SIDE * CELL_SIDE; i++) {
		f->labels[SEMSEG][i] = (uint8_t)rng_below(&r, 4);
		f->predicted[SEMSEG][i] = f->labels[SEMSEG][i] == 1 ? 5 : f->labels[SEMSEG][i];
		f->labels[INSTANCE][i] = (uint8_t)rng_below(&r, 32);
		f->predicted[INSTANCE][i] = (uint8_t)rng_below(&r, 32);
	}
	f->labels[SEMSEG][0] = UNLABELLED;
	for (int g = 0; g < GRANULARITIES; g++)
		for (int i = 0; i < SIDE * SIDE; i++) f->mask[g][i] = rng_below(&r, 4) != 0;
	f->mask[SEMSEG][0] = 1;
	for (int i = 0; i < 2; i++) {
		for (int g = 0; g < RGB; g++) assert_int_equal(sheet_labels(&f->sheet, i, g, SIDE, f->labels[g], f->predicted[g], f->mask[g]), 0);
		assert_int_equal(sheet_pixels(&f->sheet, i, SIDE, &f->target, &f->prediction, f->mask[RGB]), 0);
		snprintf(f->sheet.sample[i].name, sizeof f->sheet.sample[i].name, "val/%d", i);
		snprintf(f->sheet.sample[i].detail, sizeof f->sheet.sample[i].detail, "a detail so long that it can't fit: %0120d", 7);
		f->sheet.sample[i].row[SEMSEG].loss = 1.5;
	}
	snprintf(f->sheet.title, sizeof f->sheet.title, "A title");
	snprintf(f->sheet.subtitle, sizeof f->sheet.subtitle, "a subtitle with \xc3\xa9 and \xe2\x82 broken");
	snprintf(f->folder, sizeof f->folder, "/tmp/c2f_sheet_XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	*state = f;
	return 0;
}

static int teardown(void **state) {
	struct fixture *f = *state;
	sheet_fini(&f->sheet);
	image_free(&f->target);
	image_free(&f->prediction);
	rmdir(f->folder); /* a test removes what it wrote: what it left is seen by the next run of `ls` */
	free(f);
	return 0;
}

/* The colour that the sheet must show at cell-relative (u, v) in 0..1 of a granularity's column. */
static void expected(const struct fixture *f, enum granularity g, bool prediction, double u, double v, uint8_t rgb[3]) {
	if (g == RGB) {
		memcpy(rgb, at(prediction ? &f->prediction : &f->target, (int)(u * SIZE), (int)(v * SIZE)), 3);
		return;
	}
	int label = (prediction ? f->predicted : f->labels)[g][(int)(v * CELL_SIDE) * CELL_SIDE + (int)(u * CELL_SIDE)];
	if (g == INSTANCE) paint_instance_colour(label, rgb);
	else if (label == UNLABELLED) memset(rgb, PAINT_UNLABELLED, 3);
	else rgb[0] = classes[label].r, rgb[1] = classes[label].g, rgb[2] = classes[label].b;
}

static bool is_hidden(const uint8_t *p) { /* between the hatch's two light greys, and the white grid */
	return p[0] >= 195 && p[1] >= 195 && p[2] >= 195 && abs(p[0] - p[2]) <= 10;
}

/* Walks the centres of the SIZE x SIZE picture elements of one cell in a picture drawn at SCALE pixels a unit. */
static void check_cell(const struct fixture *f, const struct image *im, double scale, int sample, enum granularity g, enum sheet_column column) {
	struct sheet_box b = sheet_cell(&f->sheet, sample, g, column);
	for (int y = 0; y < SIZE; y++)
		for (int x = 0; x < SIZE; x++) {
			double u = (x + 0.5) / SIZE, v = (y + 0.5) / SIZE;
			const uint8_t *p = at(im, (int)((b.x + u * b.size) * scale), (int)((b.y + v * b.size) * scale));
			bool masked = f->mask[g][y / PATCH * SIDE + x / PATCH];
			if (column == SHEET_MASKED && masked) {
				assert_true(is_hidden(p));
				continue;
			}
			uint8_t want[3];
			expected(f, g, column == SHEET_PREDICTION || (column == SHEET_COMPOSITE && masked), u, v, want);
			assert_memory_equal(p, want, 3);
		}
}

static void need_cairo(void) {
#ifndef HAVE_CAIRO
	print_message("skipped: built without Cairo\n");
	skip();
#endif
}

static int natural_width(const struct sheet *s) { /* from a first cell to a last one, mirrored margins: the layout's width in units */
	struct sheet_box last = sheet_cell(s, s->across > 1 ? s->across - 1 : 0, RGB, SHEET_TARGET);
	return (int)(last.x + last.size) + 24;
}

static void every_cell_shows_its_pixels(void **state) {
	struct fixture *f = *state;
	need_cairo();
	for (f->sheet.across = 1; f->sheet.across <= 2; f->sheet.across++) {
		struct image im;
		assert_int_equal(sheet_render(&f->sheet, SCALE * natural_width(&f->sheet), &im), 0);
		for (int s = 0; s < 2; s++)
			for (int g = 0; g < GRANULARITIES; g++)
				for (int c = 0; c < SHEET_COLUMNS; c++) check_cell(f, &im, SCALE, s, g, c);
		image_free(&im);
	}
}

/* At an odd size the picture elements are of unequal width, but their centres stay right where nothing is drawn over them. */
static void odd_sizes_stay_sharp(void **state) {
	struct fixture *f = *state;
	need_cairo();
	struct image im;
	int width = 2999;
	assert_int_equal(sheet_render(&f->sheet, width, &im), 0);
	assert_int_equal(im.width, width);
	for (int g = 0; g < GRANULARITIES; g++) {
		check_cell(f, &im, (double)width / natural_width(&f->sheet), 1, g, SHEET_PREDICTION);
		check_cell(f, &im, (double)width / natural_width(&f->sheet), 1, g, SHEET_TARGET);
	}
	/* No blends: each pixel inside is one of the map's own colours. */
	struct sheet_box b = sheet_cell(&f->sheet, 0, INSTANCE, SHEET_TARGET);
	double scale = (double)width / natural_width(&f->sheet);
	uint8_t colour[32][3];
	for (int id = 0; id < 32; id++) paint_instance_colour(id, colour[id]);
	for (int y = (int)(b.y * scale) + 2; y < (int)((b.y + b.size) * scale) - 2; y++)
		for (int x = (int)(b.x * scale) + 2; x < (int)((b.x + b.size) * scale) - 2; x++) {
			bool known = false;
			for (int id = 0; id < 32 && !known; id++) known = memcmp(colour[id], at(&im, x, y), 3) == 0;
			assert_true(known);
		}
	image_free(&im);
}

/* The layout in numbers: margins 24, title 28, subtitle 22, heads 26, caption 26; labels 108, gaps 10, lane 48. */
static void cells_lie_where_they_should(void **state) {
	struct fixture *f = *state;
	static const double x[SHEET_COLUMNS] = {132, 334, 574, 776, 978};
	for (int s = 0; s < 2; s++)
		for (int g = 0; g < GRANULARITIES; g++)
			for (int c = 0; c < SHEET_COLUMNS; c++) {
				struct sheet_box b = sheet_cell(&f->sheet, s, g, c);
				assert_true(b.size == 192 && b.x == x[c] && b.y == 126 + 202 * g + s * (26 + 3 * 192 + 2 * 10 + 18));
			}
	f->sheet.across = 2;
	assert_true(sheet_cell(&f->sheet, 1, RGB, SHEET_INPUT).x == 132 + 1146 + 36);
}

static int64_t count_colour(const struct image *im, const struct paint_class *c, int from_row) {
	int64_t n = 0;
	for (int y = from_row; y < im->height; y++)
		for (int x = 0; x < im->width; x++) n += at(im, x, y)[0] == c->r && at(im, x, y)[1] == c->g && at(im, x, y)[2] == c->b;
	return n;
}

static void legend_lists_what_is_there(void **state) {
	struct fixture *f = *state;
	need_cairo();
	struct image im;
	assert_int_equal(sheet_render(&f->sheet, SCALE * natural_width(&f->sheet), &im), 0);
	struct sheet_box last = sheet_cell(&f->sheet, 1, RGB, SHEET_TARGET);
	int below = (int)(SCALE * (last.y + last.size + 2));
	static const int wanted[CLASSES] = {1, 1, 1, 1, 0, 1, 0};
	for (int c = 0; c < CLASSES; c++) assert_int_equal(count_colour(&im, &classes[c], below) >= 20 * 20, wanted[c]);
	image_free(&im);
}

static void shares_and_counts(void **state) {
	struct fixture *f = *state;
	int of = 0, right = 0, ones = 0;
	for (int i = 0; i < CELL_SIDE * CELL_SIDE; i++) {
		ones += f->labels[SEMSEG][i] == 1;
		if (f->labels[SEMSEG][i] == UNLABELLED || !f->mask[SEMSEG][i / CELL_SIDE / CELLS_SIDE * SIDE + i % CELL_SIDE / CELLS_SIDE]) continue;
		of++;
		right += f->labels[SEMSEG][i] == f->predicted[SEMSEG][i];
	}
	assert_true(right < of);
	assert_true(fabs(f->sheet.sample[1].row[SEMSEG].right - (double)right / of) < 1e-12);
	assert_true(isnan(f->sheet.sample[1].row[RGB].right));
	assert_int_equal(f->sheet.cells[0][1], 2 * ones);
	assert_int_equal(f->sheet.cells[1][5], 2 * ones);
	assert_int_equal(f->sheet.cells[1][1], 0);
	assert_int_equal(f->sheet.cells[0][CLASSES_MAX], 2);
}

/* Rows that are absent leave no hole; orders and options of every kind draw. */
static void fewer_rows_and_other_orders(void **state) {
	struct fixture *f = *state;
	need_cairo();
	static const enum granularity orders[3][GRANULARITIES] = {{RGB, INSTANCE, SEMSEG}, {SEMSEG, RGB, INSTANCE}, {INSTANCE, SEMSEG, RGB}};
	struct image im;
	for (int o = 0; o < 3; o++) {
		memcpy(f->sheet.stage, orders[o], sizeof f->sheet.stage);
		f->sheet.cumulative = o == 1, f->sheet.cascade = o != 2, f->sheet.norm_pix = true;
		assert_int_equal(sheet_render(&f->sheet, 900, &im), 0);
		image_free(&im);
	}
	struct sheet one;
	assert_int_equal(sheet_init(&one, 1, classes, CLASSES), 0);
	one.stages = 1, one.stage[0] = RGB;
	assert_int_equal(sheet_pixels(&one, 0, SIDE, &f->target, &f->prediction, f->mask[RGB]), 0);
	assert_int_equal(sheet_render(&one, SCALE * natural_width(&one), &im), 0);
	struct sheet_box b = sheet_cell(&one, 0, RGB, SHEET_TARGET);
	assert_true(im.height / SCALE < b.y + b.size + 80);
	struct fixture lone = *f;
	lone.sheet = one;
	check_cell(&lone, &im, SCALE, 0, RGB, SHEET_COMPOSITE);
	image_free(&im);
	sheet_fini(&one);
}

/* Nothing masked, everything masked: no hatch, nothing but hatch. */
static void extreme_masks(void **state) {
	struct fixture *f = *state;
	need_cairo();
	for (int masked = 0; masked < 2; masked++) {
		memset(f->mask, masked, sizeof f->mask);
		for (int s = 0; s < 2; s++)
			for (int g = 0; g < GRANULARITIES; g++) memcpy(f->sheet.sample[s].row[g].mask, f->mask[g], sizeof f->mask[g]);
		struct image im;
		assert_int_equal(sheet_render(&f->sheet, SCALE * natural_width(&f->sheet), &im), 0);
		for (int c = 0; c < SHEET_COLUMNS; c++) check_cell(f, &im, SCALE, 1, INSTANCE, c);
		image_free(&im);
	}
}

/* A cell is a whole multiple of its picture, near 192 units. */
static void cells_are_whole_multiples(void **state) {
	(void)state;
	static const int edges[][2] = {{64, 192}, {224, 224}, {96, 192}, {128, 256}, {32, 192}, {448, 448}};
	for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
		struct sheet s;
		struct image im;
		uint8_t mask[1] = {1};
		assert_int_equal(sheet_init(&s, 1, classes, CLASSES), 0);
		assert_int_equal(image_new(&im, edges[i][0], edges[i][0]), 0);
		assert_int_equal(sheet_pixels(&s, 0, 1, &im, &im, mask), 0);
		assert_true(sheet_cell(&s, 0, RGB, SHEET_INPUT).size == edges[i][1]);
		image_free(&im);
		sheet_fini(&s);
	}
}

/* Forty samples stay within what can be drawn, at any setting of across. */
static void many_samples_fit(void **state) {
	struct fixture *f = *state;
	need_cairo();
	struct sheet s;
	char path[128];
	assert_int_equal(sheet_init(&s, 40, classes, CLASSES), 0);
	for (int i = 0; i < s.samples; i++)
		for (int g = 0; g < RGB; g++) assert_int_equal(sheet_labels(&s, i, g, SIDE, f->labels[g], f->predicted[g], f->mask[g]), 0);
	assert_true(sheet_cell(&s, 3, SEMSEG, SHEET_INPUT).x > sheet_cell(&s, 0, SEMSEG, SHEET_TARGET).x);
	assert_true(sheet_cell(&s, 4, SEMSEG, SHEET_INPUT).x == sheet_cell(&s, 0, SEMSEG, SHEET_INPUT).x);
	s.across = 1;
	snprintf(path, sizeof path, "%s/many.png", f->folder);
	assert_int_equal(sheet_write(&s, path, &(struct figure_output){0}), 0);
	unlink(path);
	sheet_fini(&s);
}

static void instance_colours_differ(void **state) {
	(void)state;
	uint8_t c[32][3];
	for (int i = 0; i < 32; i++) paint_instance_colour(i, c[i]);
	for (int i = 0; i < 32; i++)
		for (int j = 0; j < i; j++) {
			int d = abs(c[i][0] - c[j][0]) + abs(c[i][1] - c[j][1]) + abs(c[i][2] - c[j][2]);
			assert_true(d >= (i < 9 ? 100 : 30));
		}
	for (int i = 1; i < INSTANCES_MAX; i++) { /* none is taken for the background */
		uint8_t p[3];
		paint_instance_colour(i, p);
		assert_true(abs(p[0] - c[0][0]) + abs(p[1] - c[0][1]) + abs(p[2] - c[0][2]) >= 110);
	}
}

static void bad_arguments_are_sentences(void **state) {
	struct fixture *f = *state;
	struct sheet s;
	struct image im = {0};
	assert_int_equal(sheet_init(&s, 0, classes, CLASSES), ERR_ARGUMENT);
	sheet_fini(&s);
	assert_int_equal(sheet_labels(&f->sheet, 2, SEMSEG, SIDE, f->labels[0], f->predicted[0], f->mask[0]), ERR_ARGUMENT);
	assert_int_equal(sheet_pixels(&f->sheet, 0, 5, &f->target, &f->prediction, f->mask[0]), ERR_ARGUMENT);
	assert_int_equal(image_new(&im, SIZE, SIZE + PATCH), 0);
	assert_int_equal(sheet_pixels(&f->sheet, 0, SIDE, &f->target, &im, f->mask[0]), ERR_ARGUMENT);
	image_free(&im);
	need_cairo();
	char path[128];
	struct figure_output o = {0};
	snprintf(path, sizeof path, "%s/sheet.gif", f->folder);
	assert_int_equal(sheet_write(&f->sheet, path, &o), ERR_ARGUMENT);
	assert_non_null(strstr(err_message(), ".png, .pdf or .svg"));
	static const char *const endings[] = {"png", "pdf", "svg"};
	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof path, "%s/none/sheet.%s", f->folder, endings[i]);
		assert_int_equal(sheet_write(&f->sheet, path, &o), ERR_FILE);
		assert_non_null(strstr(err_message(), "none/sheet"));
	}
	snprintf(path, sizeof path, "%s/sheet.png", f->folder);
	static const struct figure_output wrong[] = {{.pixels = 3}, {.pixels = 1000000000}, {.inches = 1e9}, {.inches = 1e-3}, {.dpi = 1e6}};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) assert_int_equal(sheet_write(&f->sheet, path, &wrong[i]), ERR_ARGUMENT);
	snprintf(path, sizeof path, "%s/sheet.pdf", f->folder);
	assert_int_equal(sheet_write(&f->sheet, path, &wrong[2]), ERR_ARGUMENT);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(sheet_render(&f->sheet, 0, &im), ERR_ARGUMENT);
	assert_null(im.pixels);
}

static void png_holds_picture_and_text(void **state) {
	struct fixture *f = *state;
	need_cairo();
	char path[128], *value;
	snprintf(path, sizeof path, "%s/sheet.PNG", f->folder);
	struct png_text text = {"Description", "predict val/3 out=sheet.png"};
	struct figure_output o = {.pixels = SCALE * natural_width(&f->sheet), .text = &text, .texts = 1};
	struct image im;
	assert_int_equal(sheet_write(&f->sheet, path, &o), 0);
	assert_int_equal(image_read(&im, path), 0);
	for (int c = 0; c < SHEET_COLUMNS; c++) check_cell(f, &im, SCALE, 0, RGB, c);
	image_free(&im);
	assert_int_equal(png_read_text(path, "Description", &value), 0);
	assert_string_equal(value, text.value);
	free(value);
	unlink(path);
}

/* A binary PPM (P6), as pdftoppm writes it. */
static void read_ppm(struct image *out, const char *path) {
	int width, height;
	FILE *file = fopen(path, "rb");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "P6 %d %d 255", &width, &height), 2);
	fgetc(file);
	assert_int_equal(image_new(out, width, height), 0);
	assert_int_equal(fread(out->pixels, 3, (size_t)width * (size_t)height, file), (size_t)width * (size_t)height);
	fclose(file);
}

static bool have_program(const char *name) {
	char command[128];
	snprintf(command, sizeof command, "command -v %s >/dev/null 2>&1", name);
	return system(command) == 0;
}

static void pdf_opens_and_shows_the_same(void **state) {
	struct fixture *f = *state;
	need_cairo();
	char path[128], command[512];
	struct png_text text = {"Title", "A sheet"};
	struct figure_output o = {.inches = natural_width(&f->sheet) / 96.0, .text = &text, .texts = 1};
	snprintf(path, sizeof path, "%s/sheet.pdf", f->folder);
	FILE *old = fopen(path, "w"); /* a file that is there is replaced */
	fclose(old);
	assert_int_equal(sheet_write(&f->sheet, path, &o), 0);
	if (!have_program("pdftoppm")) {
		unlink(path);
		print_message("skipped: pdftoppm is not installed\n");
		skip();
	}
	snprintf(command, sizeof command, "pdftoppm -r %d -singlefile %s %s/page", 96 * SCALE, path, f->folder);
	assert_int_equal(system(command), 0);
	unlink(path);
	snprintf(path, sizeof path, "%s/page.ppm", f->folder);
	struct image im;
	read_ppm(&im, path);
	unlink(path);
	assert_true(abs(im.width - SCALE * natural_width(&f->sheet)) <= 1);
	for (int g = 0; g < GRANULARITIES; g++) {
		check_cell(f, &im, SCALE, 1, g, SHEET_INPUT);
		check_cell(f, &im, SCALE, 1, g, SHEET_PREDICTION);
	}
	image_free(&im);
}

static void svg_is_whole(void **state) {
	struct fixture *f = *state;
	need_cairo();
	char path[128], command[512];
	struct figure_output o = {0};
	snprintf(path, sizeof path, "%s/sheet.svg", f->folder);
	assert_int_equal(sheet_write(&f->sheet, path, &o), 0);
	FILE *file = fopen(path, "rb");
	char head[200] = {0}, tail[16] = {0};
	assert_true(fread(head, 1, sizeof head - 1, file) > 100);
	fseek(file, -8, SEEK_END);
	assert_true(fread(tail, 1, 8, file) == 8);
	fclose(file);
	assert_non_null(strstr(head, "<svg"));
	assert_non_null(strstr(tail, "</svg>"));
	if (!have_program("rsvg-convert")) {
		unlink(path);
		print_message("skipped: rsvg-convert is not installed\n");
		skip();
	}
	snprintf(command, sizeof command, "rsvg-convert -w %d -o %s/page.png %s", SCALE * natural_width(&f->sheet), f->folder, path);
	assert_int_equal(system(command), 0);
	unlink(path);
	snprintf(path, sizeof path, "%s/page.png", f->folder);
	struct image im;
	assert_int_equal(image_read(&im, path), 0);
	unlink(path);
	check_cell(f, &im, SCALE, 1, SEMSEG, SHEET_PREDICTION);
	image_free(&im);
}

/* A disk that is full in the middle: the sentence comes, the old file stays, nothing is left behind. */
static void a_failed_write_leaves_the_old_file(void **state) {
	struct fixture *f = *state;
	need_cairo();
	char path[128], kept[8] = {0};
	struct figure_output o = {0};
	snprintf(path, sizeof path, "%s/sheet.svg", f->folder);
	FILE *file = fopen(path, "w");
	fputs("old", file);
	fclose(file);
	assert_int_equal(chmod(f->folder, 0500), 0);
	if (geteuid() == 0) { /* root may write anywhere: a folder in the file's place must do */
		chmod(f->folder, 0700);
		unlink(path);
		assert_int_equal(mkdir(path, 0700), 0);
		assert_int_equal(sheet_write(&f->sheet, path, &o), ERR_FILE);
		assert_int_equal(rmdir(path), 0);
	} else {
		assert_int_equal(sheet_write(&f->sheet, path, &o), ERR_FILE);
		chmod(f->folder, 0700);
		file = fopen(path, "r");
		assert_true(fread(kept, 1, 7, file) == 3);
		fclose(file);
		assert_string_equal(kept, "old");
		unlink(path);
	}
	assert_int_equal(rmdir(f->folder), 0); /* empty: no temporary file was left */
}

static void a_build_without_cairo_says_so(void **state) {
	struct fixture *f = *state;
#ifdef HAVE_CAIRO
	(void)f;
	print_message("skipped: built with Cairo\n");
	skip();
#else
	struct image im;
	assert_int_equal(sheet_write(&f->sheet, "/tmp/never.png", &(struct figure_output){0}), ERR_STATE);
	assert_non_null(strstr(err_message(), "libcairo2-dev"));
	assert_int_equal(sheet_render(&f->sheet, 800, &im), ERR_STATE);
	assert_null(im.pixels);
#endif
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_cell_shows_its_pixels, setup, teardown),
		cmocka_unit_test_setup_teardown(odd_sizes_stay_sharp, setup, teardown),
		cmocka_unit_test_setup_teardown(cells_lie_where_they_should, setup, teardown),
		cmocka_unit_test_setup_teardown(legend_lists_what_is_there, setup, teardown),
		cmocka_unit_test_setup_teardown(shares_and_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(fewer_rows_and_other_orders, setup, teardown),
		cmocka_unit_test_setup_teardown(extreme_masks, setup, teardown),
		cmocka_unit_test_setup_teardown(many_samples_fit, setup, teardown),
		cmocka_unit_test(cells_are_whole_multiples),
		cmocka_unit_test(instance_colours_differ),
		cmocka_unit_test_setup_teardown(bad_arguments_are_sentences, setup, teardown),
		cmocka_unit_test_setup_teardown(png_holds_picture_and_text, setup, teardown),
		cmocka_unit_test_setup_teardown(pdf_opens_and_shows_the_same, setup, teardown),
		cmocka_unit_test_setup_teardown(svg_is_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(a_failed_write_leaves_the_old_file, setup, teardown),
		cmocka_unit_test_setup_teardown(a_build_without_cairo_says_so, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
