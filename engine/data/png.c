#include "engine/data/codec.h"

#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/err.h"

static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

bool png_is(const uint8_t *bytes, size_t length) { return length >= 8 && memcmp(bytes, signature, 8) == 0; }

static uint32_t u32(const uint8_t *p) { return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]; }

/* The header by hand, before libpng: signature 8, length 4, "IHDR", width 4, height 4, depth 1, colour type 1, ... */
int png_decode_size(const uint8_t *bytes, size_t length, const char *name, int *width, int *height) {
	if (!png_is(bytes, length)) return err_set(ERR_FORMAT, "%s is not a PNG (its first bytes say so)", name);
	if (length < 33 || memcmp(bytes + 12, "IHDR", 4) != 0) return err_set(ERR_FORMAT, "%s is a broken PNG (it has no header)", name);
	static const int channels[7] = {1, 0, 3, 1, 2, 0, 4};
	int depth = bytes[24], type = bytes[25];
	if (type > 6 || channels[type] == 0 || depth < 1 || depth > 16)
		return err_set(ERR_FORMAT, "%s is a broken PNG (no such colour type: %d with %d bits)", name, type, depth);
	/* deflate shrinks by 1032 at most (258 bytes in two bits) */
	double ceiling = 1032.0 * 8.0 * (double)length / (depth * channels[type]);
	int rc = image_check_size(name, u32(bytes + 16), u32(bytes + 20), ceiling);
	if (rc != 0) return rc;
	*width = (int)u32(bytes + 16);
	*height = (int)u32(bytes + 20);
	return 0;
}

#if HAVE_PNG
#include <png.h>

/* Every chunk lies within the file, up to the last, IEND: libpng takes memory by a chunk's claimed length, 2 GB for a file of 117
 * bytes. A chunk: length 4, type 4, data, checksum 4. */
static bool chunks_fit(const uint8_t *bytes, size_t length) {
	for (size_t at = 8; length - at >= 12;) {
		size_t n = u32(bytes + at);
		if (n > length - at - 12) return false;
		if (memcmp(bytes + at + 4, "IEND", 4) == 0) return true;
		at += n + 12;
	}
	return false;
}

/* One reading: what libpng's callbacks and the steps share. */
struct reading {
	png_structp png;
	png_infop info;
	const uint8_t *bytes;
	size_t length, at;
	int width, height;
	void *out;              /* what the steps fill: pixels, cells, or the text's value */
	const char *key;
	int code;               /* of the failure */
	char why[200];
	jmp_buf failed;
};

static void fail(png_structp png, png_const_charp why) {
	struct reading *r = png_get_error_ptr(png);
	snprintf(r->why, sizeof r->why, "%s", why);
	longjmp(r->failed, 1);
}

static void ignore_warning(png_structp png, png_const_charp why) { (void)png, (void)why; }

static void take_bytes(png_structp png, png_bytep out, size_t n) {
	struct reading *r = png_get_io_ptr(png);
	if (n > r->length - r->at) png_error(png, "it ends too early");
	memcpy(out, r->bytes + r->at, n);
	r->at += n;
}

/* FIRST NULL: the rows are decoded and dropped. */
static void read_rows(struct reading *r, uint8_t *first, size_t stride, int passes) {
	for (int pass = 0; pass < passes; pass++)
		for (int y = 0; y < r->height; y++) png_read_row(r->png, first ? first + (size_t)y * stride : NULL, NULL);
	png_read_end(r->png, r->info); /* the rest counts too: a file without its end was cut */
}

static void read_rgb(struct reading *r) {
	png_read_info(r->png, r->info);
	png_set_scale_16(r->png);
	png_set_expand(r->png); /* palettes to RGB, gray to 8 bits */
	png_set_strip_alpha(r->png);
	png_set_gray_to_rgb(r->png);
	int passes = png_set_interlace_handling(r->png);
	png_read_update_info(r->png, r->info);
	if (png_get_rowbytes(r->png, r->info) != (size_t)r->width * 3) png_error(r->png, "its colour type is not understood");
	read_rows(r, r->out, (size_t)r->width * 3, passes);
}

static void read_cells(struct reading *r) {
	png_read_info(r->png, r->info);
	int depth = png_get_bit_depth(r->png, r->info);
	if (png_get_channels(r->png, r->info) != 1) {
		snprintf(r->why, sizeof r->why, "a label map has one channel of 8 or 16 bits, or a palette; this one has %d channels",
		         png_get_channels(r->png, r->info));
		longjmp(r->failed, 1);
	}
	png_set_packing(r->png); /* 1, 2 and 4 bits: a byte each, not scaled */
	if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) png_set_swap(r->png);
	int passes = png_set_interlace_handling(r->png);
	png_read_update_info(r->png, r->info);
	size_t n = (size_t)r->width * (size_t)r->height;
	uint16_t *cells = r->out;
	if (depth == 16) {
		read_rows(r, r->out, (size_t)r->width * 2, passes);
		return;
	}
	/* Bytes go to the second half of the cells' memory and are widened upwards: cell i is written at 2i, never past byte n + i. */
	uint8_t *bytes = (uint8_t *)cells + n;
	read_rows(r, bytes, (size_t)r->width, passes);
	for (size_t i = 0; i < n; i++) {
		uint8_t value = bytes[i];
		cells[i] = value;
	}
}

static void read_text(struct reading *r) {
	png_textp text;
	png_read_info(r->png, r->info);
	int passes = png_set_interlace_handling(r->png);
	png_read_update_info(r->png, r->info);
	read_rows(r, NULL, 0, passes); /* texts may also stand after the pixels */
	int n = png_get_text(r->png, r->info, &text, NULL);
	for (int i = 0; i < n; i++)
		if (strcmp(text[i].key, r->key) == 0) {
			char *value = strdup(text[i].text ? text[i].text : "");
			*(char **)r->out = value;
			if (!value) r->code = ERR_MEMORY, png_error(r->png, "no memory");
			return;
		}
	snprintf(r->why, sizeof r->why, "it carries no text named %.80s", r->key);
	longjmp(r->failed, 1);
}

/* Runs STEPS over the file; libpng's errors end here. */
static int run(struct reading *r, const char *name, void (*steps)(struct reading *r)) {
	if (!chunks_fit(r->bytes, r->length)) return err_set(ERR_FORMAT, "can't read %s as PNG (it ends too early)", name);
	r->code = ERR_FORMAT;
	r->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, r, fail, ignore_warning);
	r->info = r->png ? png_create_info_struct(r->png) : NULL;
	if (!r->info) {
		png_destroy_read_struct(&r->png, NULL, NULL);
		return err_set(ERR_MEMORY, "no memory to read %s", name);
	}
	if (setjmp(r->failed)) {
		png_destroy_read_struct(&r->png, &r->info, NULL);
		return err_set(r->code, "can't read %s as PNG (%s)", name, r->why);
	}
	png_set_read_fn(r->png, r, take_bytes);
	png_set_user_limits(r->png, IMAGE_SIDE_MAX, IMAGE_SIDE_MAX);
	png_set_chunk_malloc_max(r->png, 8 << 20); /* a text or a profile of more is an attack */
	png_set_chunk_cache_max(r->png, 256);
	png_set_benign_errors(r->png, 1);
	steps(r);
	png_destroy_read_struct(&r->png, &r->info, NULL);
	return 0;
}

int png_decode_rgb(struct image *out, const uint8_t *bytes, size_t length, const char *name) {
	struct reading r = {.bytes = bytes, .length = length};
	*out = (struct image){0};
	int rc = png_decode_size(bytes, length, name, &r.width, &r.height);
	if (rc == 0) rc = image_new(out, r.width, r.height);
	if (rc != 0) return rc;
	r.out = out->pixels;
	rc = run(&r, name, read_rgb);
	if (rc != 0) image_free(out);
	return rc;
}

int png_decode_labels(struct label_map *out, const uint8_t *bytes, size_t length, const char *name) {
	struct reading r = {.bytes = bytes, .length = length};
	*out = (struct label_map){0};
	int rc = png_decode_size(bytes, length, name, &r.width, &r.height);
	if (rc != 0) return rc;
	uint16_t *cells = malloc((size_t)r.width * (size_t)r.height * sizeof *cells);
	if (!cells) return err_set(ERR_MEMORY, "no memory for the %d x %d cells of %s", r.width, r.height, name);
	r.out = cells;
	rc = run(&r, name, read_cells);
	if (rc != 0) free(cells);
	else *out = (struct label_map){r.width, r.height, cells};
	return rc;
}

int png_decode_text(const uint8_t *bytes, size_t length, const char *name, const char *key, char **value) {
	struct reading r = {.bytes = bytes, .length = length, .out = value, .key = key};
	*value = NULL;
	int rc = png_decode_size(bytes, length, name, &r.width, &r.height);
	return rc != 0 ? rc : run(&r, name, read_text);
}

/* --- writing --- */

struct writing {
	png_structp png;
	png_infop info;
	FILE *file;
	char why[200];
	jmp_buf failed;
};

static void fail_writing(png_structp png, png_const_charp why) {
	struct writing *w = png_get_error_ptr(png);
	snprintf(w->why, sizeof w->why, "%s", ferror(w->file) ? strerror(errno) : why);
	longjmp(w->failed, 1);
}

static bool is_ascii(const char *s) {
	for (; *s; s++)
		if ((unsigned char)*s >= 0x80) return false;
	return true;
}

/* tEXt is Latin-1, which agrees with UTF-8 on ASCII alone: the rest is iTXt. */
static void set_texts(struct writing *w, const struct png_text *text, int texts) {
	for (int i = 0; i < texts; i++) {
		png_text t = {
			.compression = is_ascii(text[i].value) ? PNG_TEXT_COMPRESSION_NONE : PNG_ITXT_COMPRESSION_NONE,
			.key = (char *)text[i].key,
			.text = (char *)text[i].value,
			.text_length = strlen(text[i].value),
		};
		png_set_text(w->png, w->info, &t, 1);
	}
}

static int encode(struct writing *w, const struct image *im, const struct png_text *text, int texts) {
	w->png = png_create_write_struct(PNG_LIBPNG_VER_STRING, w, fail_writing, ignore_warning);
	w->info = w->png ? png_create_info_struct(w->png) : NULL;
	if (!w->info) {
		png_destroy_write_struct(&w->png, NULL);
		snprintf(w->why, sizeof w->why, "no memory");
		return ERR_MEMORY;
	}
	if (setjmp(w->failed)) {
		png_destroy_write_struct(&w->png, &w->info);
		return ERR_FILE;
	}
	png_init_io(w->png, w->file);
	png_set_IHDR(w->png, w->info, (png_uint_32)im->width, (png_uint_32)im->height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
	             PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	set_texts(w, text, texts);
	png_write_info(w->png, w->info);
	for (int y = 0; y < im->height; y++) png_write_row(w->png, im->pixels + (size_t)y * (size_t)im->width * 3);
	png_write_end(w->png, w->info);
	png_destroy_write_struct(&w->png, &w->info);
	return 0;
}

static bool key_is_fit(const char *key) {
	size_t n = strlen(key);
	bool spaced = n >= 1 && key[0] != ' ' && key[n - 1] != ' ' && !strstr(key, "  ");
	for (size_t i = 0; i < n; i++) spaced = spaced && key[i] >= ' ' && key[i] != 127;
	return spaced && n <= PNG_KEY_MAX && is_ascii(key);
}

int png_write(const char *path, const struct image *im, const struct png_text *text, int texts) {
	struct writing w = {0};
	char beside[4096];
	for (int i = 0; i < texts; i++)
		if (!key_is_fit(text[i].key))
			return err_set(ERR_ARGUMENT, "a PNG can't hold a text named \"%s\" (1 to %d ASCII letters, single spaces inside)", text[i].key,
			               PNG_KEY_MAX);
	int n = snprintf(beside, sizeof beside, "%s.%ld.part", path, (long)getpid());
	if (n < 0 || (size_t)n >= sizeof beside) return err_set(ERR_ARGUMENT, "can't write %s (the name is too long)", path);
	w.file = fopen(beside, "wb");
	if (!w.file) return err_set(ERR_FILE, "can't write %s (%s)", path, strerror(errno));
	int rc = encode(&w, im, text, texts);
	if (fclose(w.file) != 0 && rc == 0) snprintf(w.why, sizeof w.why, "%s", strerror(errno)), rc = ERR_FILE;
	if (rc == 0 && rename(beside, path) != 0) snprintf(w.why, sizeof w.why, "%s", strerror(errno)), rc = ERR_FILE;
	if (rc == 0) return 0;
	remove(beside);
	return err_set(rc, "can't write %s (%s)", path, w.why);
}

#else /* without libpng */

static int absent(const char *name) { return err_set(ERR_STATE, "can't open %s (built without libpng; install it and build again)", name); }

int png_decode_rgb(struct image *out, const uint8_t *bytes, size_t length, const char *name) {
	(void)bytes, (void)length;
	*out = (struct image){0};
	return absent(name);
}

int png_decode_labels(struct label_map *out, const uint8_t *bytes, size_t length, const char *name) {
	(void)bytes, (void)length;
	*out = (struct label_map){0};
	return absent(name);
}

int png_decode_text(const uint8_t *bytes, size_t length, const char *name, const char *key, char **value) {
	(void)bytes, (void)length, (void)key;
	*value = NULL;
	return absent(name);
}

int png_write(const char *path, const struct image *im, const struct png_text *text, int texts) {
	(void)im, (void)text, (void)texts;
	return absent(path);
}
#endif
