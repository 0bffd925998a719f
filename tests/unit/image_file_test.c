/* tests/unit/image_file_test.c -- PNG and JPEG: every kind read exactly, every broken one a sentence. */
#include "tests/unit/data_make.h"

#include "engine/data/codec.h"
#include "engine/data/image_file.h"

enum { W = 13, H = 9 };

/* Values that use all bits of DEPTH and differ by channel. */
static const uint16_t *values(int depth, int channels) {
	static uint16_t v[W * H * 4];
	for (int i = 0; i < W * H * channels; i++) v[i] = (uint16_t)((uint32_t)(i * 40503 + 977) >> 3 & ((1u << depth) - 1));
	return v;
}

static const struct { int type, depth; } kinds[] = {
	{0, 1}, {0, 2}, {0, 4}, {0, 8}, {0, 16}, {2, 8}, {2, 16}, {3, 1}, {3, 2}, {3, 4}, {3, 8}, {4, 8}, {4, 16}, {6, 8}, {6, 16},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static void labels_are_the_values_as_stored(void **state) {
	(void)state;
	for (int k = 0; k < KINDS * 2; k++) {
		int type = kinds[k / 2].type, depth = kinds[k / 2].depth;
		const uint16_t *v = values(depth, make_channels(type));
		struct label_map m;
		size_t n;
		struct make_png p = {.width = W, .height = H, .depth = depth, .type = type, .interlaced = k & 1, .values = v};
		uint8_t *bytes = make_png(&p, &n);
		int rc = png_decode_labels(&m, bytes, n, "a.png");
		free(bytes);
		if (type != 0 && type != 3) {
			assert_says(rc, ERR_FORMAT, "a.png", "one channel");
			assert_null(m.cells);
			continue;
		}
		assert_int_equal(rc, 0);
		assert_int_equal(m.width, W);
		assert_int_equal(m.height, H);
		for (int i = 0; i < W * H; i++) assert_int_equal(m.cells[i], v[i]);
		label_map_free(&m);
	}
}

static int want_rgb(int type, int depth, const uint16_t *v, int i, int c) {
	int n = make_channels(type), value = v[i * n + (type == 2 || type == 6 ? c : 0)];
	if (type == 3) return (int[]){value, 255 - value, 7 * value % 256}[c];
	return (int)(value * 255.0 / ((1 << depth) - 1) + 0.5);
}

static void every_colour_type_becomes_rgb(void **state) {
	(void)state;
	for (int k = 0; k < KINDS * 2; k++) {
		int type = kinds[k / 2].type, depth = kinds[k / 2].depth;
		const uint16_t *v = values(depth, make_channels(type));
		struct image im;
		size_t n;
		struct make_png p = {.width = W, .height = H, .depth = depth, .type = type, .interlaced = k & 1, .values = v};
		uint8_t *bytes = make_png(&p, &n);
		assert_int_equal(image_decode(&im, bytes, n, "a.png"), 0);
		assert_int_equal(im.width, W);
		assert_int_equal(im.height, H);
		for (int i = 0; i < W * H * 3; i++) assert_int_equal(im.pixels[i], want_rgb(type, depth, v, i / 3, i % 3));
		image_free(&im);
		free(bytes);
	}
}

static void a_png_written_is_read_back_with_its_recipe(void **state) {
	(void)state;
	struct image im, back;
	assert_int_equal(image_new(&im, 37, 21), 0);
	for (int i = 0; i < 37 * 21 * 3; i++) im.pixels[i] = (uint8_t)(i * i >> 3);
	const struct png_text text[] = {
		{"recipe", "predict val/3 mask=random out=sheet.png\nset preset=tiny"},
		{"Title", "\xc3\x89" "bauche \xe2\x86\x92 semseg"},
		{"empty", ""},
	};
	const char *path = make_path("sheet.png");
	make_file("sheet.png", "what was here before", 20);
	assert_int_equal(png_write(path, &im, text, 3), 0);
	assert_int_equal(image_read(&back, path), 0);
	assert_int_equal(back.width, 37);
	assert_memory_equal(back.pixels, im.pixels, 37 * 21 * 3);
	for (int i = 0; i < 3; i++) {
		char *value;
		assert_int_equal(png_read_text(path, text[i].key, &value), 0);
		assert_string_equal(value, text[i].value);
		free(value);
	}
	char *value;
	assert_says(png_read_text(path, "seed", &value), ERR_FORMAT, path, "seed");
	assert_null(value);
	image_free(&im);
	image_free(&back);
}

static void a_text_after_the_pixels_is_found(void **state) {
	(void)state;
	size_t n;
	struct make_png p = {.width = W, .height = H, .depth = 8, .values = values(8, 1), .late_text = "recipe\0masks", .late_length = 12};
	uint8_t *bytes = make_png(&p, &n);
	char *value;
	assert_int_equal(png_decode_text(bytes, n, "a.png", "recipe", &value), 0);
	assert_string_equal(value, "masks");
	free(value);
	free(bytes);
}

static void writing_is_whole_or_not_at_all(void **state) {
	(void)state;
	struct image im;
	assert_int_equal(image_new(&im, 4, 4), 0);
	assert_says(png_write(make_path("nowhere/a.png"), &im, NULL, 0), ERR_FILE, "nowhere/a.png", "No such file");
	/* The rename fails, for a folder is in the way: it stays, and nothing lies beside it. */
	make_file("way/a.png/inside", "x", 1);
	assert_says(png_write(make_path("way/a.png"), &im, NULL, 0), ERR_FILE, "way/a.png");
	char part[600];
	snprintf(part, sizeof part, "%s.%ld.part", make_path("way/a.png"), (long)getpid());
	assert_int_not_equal(access(part, F_OK), 0);
	assert_int_equal(access(make_path("way/a.png/inside"), F_OK), 0);
	static const char *const unfit[] = {"", " recipe", "recipe ", "a  b", "caf\xc3\xa9", "a\nb",
		"a key of eighty letters, which is one more than a PNG can hold: .................."};
	for (size_t i = 0; i < sizeof unfit / sizeof unfit[0]; i++)
		assert_says(png_write(make_path("key.png"), &im, &(struct png_text){unfit[i], "x"}, 1), ERR_ARGUMENT, "text named");
	assert_int_not_equal(access(make_path("key.png"), F_OK), 0);
	image_free(&im);
}

#if HAVE_JPEG
/* 24 x 16 pixels: (200, 40, 30), from column 16 on (20, 90, 220). Away from the edge JPEG keeps flat colours. */
static void every_jpeg_becomes_rgb(void **state) {
	(void)state;
	static const struct { const char *name; uint8_t left[3], right[3]; } files[] = {
		{"baseline", {200, 40, 30}, {20, 90, 220}},
		{"progressive", {200, 40, 30}, {20, 90, 220}},
		{"cmyk", {200, 40, 30}, {20, 90, 220}},
		{"gray", {87, 87, 87}, {84, 84, 84}},
	};
	for (size_t f = 0; f < sizeof files / sizeof files[0]; f++) {
		char path[200];
		struct image im;
		int width, height;
		snprintf(path, sizeof path, "tests/fuzz/corpus/jpeg/%s.jpg", files[f].name);
		assert_int_equal(image_size(path, &width, &height), 0);
		assert_int_equal(width, 24);
		assert_int_equal(height, 16);
		assert_int_equal(image_read(&im, path), 0);
		assert_int_equal(im.width, 24);
		assert_int_equal(im.height, 16);
		for (int y = 0; y < 16; y++)
			for (int c = 0; c < 3; c++) {
				assert_in_range(im.pixels[(y * 24 + 3) * 3 + c] + 3 - files[f].left[c], 0, 6);
				assert_in_range(im.pixels[(y * 24 + 22) * 3 + c] + 3 - files[f].right[c], 0, 6);
			}
		image_free(&im);
	}
}

static void a_jpeg_cut_anywhere_is_an_error(void **state) {
	(void)state;
	static const char *const files[] = {"tests/fuzz/corpus/jpeg/baseline.jpg", "tests/fuzz/corpus/jpeg/progressive.jpg"};
	uint8_t bytes[4096];
	for (int f = 0; f < 2; f++) {
		size_t n = make_read(files[f], bytes, sizeof bytes);
		for (size_t cut = 0; cut < n; cut++) {
			struct image im;
			assert_says(image_decode(&im, bytes, cut, "cut.jpg"), ERR_FORMAT, "cut.jpg");
			assert_null(im.pixels);
		}
	}
}

static void a_jpeg_that_claims_too_much_is_refused(void **state) {
	(void)state;
	int width, height;
	struct image im;
	assert_says(image_size("tests/fuzz/corpus/jpeg/huge.jpg", &width, &height), ERR_FORMAT, "huge.jpg", "16384 x 16384");
	uint8_t bytes[4096];
	size_t n = make_read("tests/fuzz/corpus/jpeg/baseline.jpg", bytes, sizeof bytes), at = 2;
	while (bytes[at + 1] != 0xc0) at += 2 + (size_t)(bytes[at + 2] << 8 | bytes[at + 3]);
	memcpy(bytes + at + 5, "\x08\x00\x08\x00", 4); /* 2048 x 2048 from 654 bytes */
	assert_says(image_decode(&im, bytes, n, "lies.jpg"), ERR_FORMAT, "lies.jpg", "more than its bytes can hold");
	assert_null(im.pixels);
}

static void a_damaged_jpeg_never_crashes(void **state) {
	(void)state;
	uint8_t good[4096], bytes[4096];
	size_t n = make_read("tests/fuzz/corpus/jpeg/progressive.jpg", good, sizeof good);
	for (size_t at = 0; at < n; at++)
		for (int bit = 0; bit < 8; bit += 3) {
			struct image im;
			memcpy(bytes, good, n);
			bytes[at] ^= (uint8_t)(1 << bit);
			int rc = image_decode(&im, bytes, n, "bad.jpg");
			assert_true(rc == 0 ? im.pixels != NULL : rc == ERR_FORMAT && im.pixels == NULL);
			image_free(&im);
		}
}
#else
static void a_jpeg_needs_libjpeg(void **state) {
	(void)state;
	struct image im;
	assert_says(image_read(&im, "tests/fuzz/corpus/jpeg/baseline.jpg"), ERR_STATE, "baseline.jpg", "libjpeg");
}
#endif

static void a_png_cut_anywhere_is_an_error(void **state) {
	(void)state;
	size_t n;
	uint8_t *bytes = make_png(&(struct make_png){.width = W, .height = H, .depth = 8, .values = values(8, 1)}, &n);
	for (size_t cut = 0; cut < n; cut++) {
		struct image im;
		struct label_map m;
		char *text;
		assert_says(image_decode(&im, bytes, cut, "cut.png"), ERR_FORMAT, "cut.png");
		assert_says(png_decode_labels(&m, bytes, cut, "cut.png"), ERR_FORMAT, "cut.png");
		assert_says(png_decode_text(bytes, cut, "cut.png", "recipe", &text), ERR_FORMAT, "cut.png");
		assert_null(im.pixels);
		assert_null(m.cells);
		assert_null(text);
	}
	free(bytes);
}

static void a_damaged_png_never_crashes(void **state) {
	(void)state;
	size_t n;
	uint8_t *good = make_png(&(struct make_png){.width = W, .height = H, .depth = 4, .type = 3, .values = values(4, 1)}, &n), *bytes = malloc(n);
	for (size_t at = 0; at < n; at++) {
		struct image im;
		memcpy(bytes, good, n);
		bytes[at] ^= 0x41;
		int rc = image_decode(&im, bytes, n, "bad.png");
		assert_true(rc == 0 ? im.pixels != NULL : rc == ERR_FORMAT && im.pixels == NULL);
		image_free(&im);
	}
	free(bytes);
	free(good);
}

static void a_png_that_claims_too_much_is_refused(void **state) {
	(void)state;
	static const struct { int width, height; const char *why; } claims[] = {
		{0, 5, "a side must be"}, {5, 0, "a side must be"}, {16385, 1, "a side must be"}, {1, 0x7fffffff, "a side must be"},
		{-1, -1, "a side must be"}, {16384, 16384, "all of them at most"}, {8000, 8000, "more than its bytes can hold"}, {16384, 1000, "more than its bytes can hold"},
	};
	size_t n;
	uint8_t *bytes = make_png(&(struct make_png){.width = W, .height = H, .depth = 8, .values = values(8, 1)}, &n);
	for (size_t i = 0; i < sizeof claims / sizeof claims[0]; i++) {
		struct image im;
		int sides[2] = {claims[i].width, claims[i].height};
		for (int k = 0; k < 8; k++) bytes[16 + k] = (uint8_t)((uint32_t)sides[k / 4] >> (24 - k % 4 * 8));
		assert_says(image_decode(&im, bytes, n, "lies.png"), ERR_FORMAT, "lies.png", claims[i].why);
		assert_null(im.pixels);
	}
	free(bytes);
}

static void what_is_no_image_is_said_by_name(void **state) {
	(void)state;
	struct image im;
	struct label_map m;
	int width, height;
	make_file("text.png", "not a picture at all", 20);
	make_file("empty.jpg", "", 0);
	assert_int_equal(mkfifo(make_path("pipe.png"), 0600), 0);
	assert_says(image_read(&im, make_path("text.png")), ERR_FORMAT, "text.png", "neither PNG nor JPEG");
	assert_says(image_size(make_path("text.png"), &width, &height), ERR_FORMAT, "text.png");
	assert_says(png_read_labels(&m, make_path("text.png")), ERR_FORMAT, "text.png", "not a PNG");
	assert_says(image_read(&im, make_path("empty.jpg")), ERR_FORMAT, "empty.jpg", "0 bytes");
	assert_says(png_read_labels(&m, make_path("empty.jpg")), ERR_FORMAT, "empty.jpg", "0 bytes");
	assert_says(image_read(&im, make_path("none.png")), ERR_FILE, "none.png", "No such file");
	assert_says(image_read(&im, make_root), ERR_FILE, "not a regular file");
	assert_says(image_read(&im, make_path("pipe.png")), ERR_FILE, "pipe.png", "not a regular file");
	assert_null(im.pixels);
	assert_null(m.cells);
}

static void the_first_bytes_decide_not_the_name(void **state) {
	(void)state;
	struct image im;
	int width, height;
	size_t n;
	uint8_t *bytes = make_png(&(struct make_png){.width = W, .height = H, .depth = 8, .values = values(8, 1)}, &n);
	make_file("really.jpg", bytes, n);
	free(bytes);
	assert_int_equal(image_read(&im, make_path("really.jpg")), 0);
	assert_int_equal(image_size(make_path("really.jpg"), &width, &height), 0);
	assert_true(im.width == W && width == W && height == H);
	image_free(&im);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_are_the_values_as_stored),
		cmocka_unit_test(every_colour_type_becomes_rgb),
		cmocka_unit_test(a_png_written_is_read_back_with_its_recipe),
		cmocka_unit_test(a_text_after_the_pixels_is_found),
		cmocka_unit_test(writing_is_whole_or_not_at_all),
#if HAVE_JPEG
		cmocka_unit_test(every_jpeg_becomes_rgb),
		cmocka_unit_test(a_jpeg_cut_anywhere_is_an_error),
		cmocka_unit_test(a_jpeg_that_claims_too_much_is_refused),
		cmocka_unit_test(a_damaged_jpeg_never_crashes),
#else
		cmocka_unit_test(a_jpeg_needs_libjpeg),
#endif
		cmocka_unit_test(a_png_cut_anywhere_is_an_error),
		cmocka_unit_test(a_damaged_png_never_crashes),
		cmocka_unit_test(a_png_that_claims_too_much_is_refused),
		cmocka_unit_test(what_is_no_image_is_said_by_name),
		cmocka_unit_test(the_first_bytes_decide_not_the_name),
	};
	return cmocka_run_group_tests(tests, make_begin, make_end);
}
