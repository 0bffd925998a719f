/* tests/unit/data_make.h -- what the data room's tests need: a folder to write in, PNGs of every kind, sentences checked.
 * The PNGs are made by hand (stored deflate blocks), so that the reader is not tested against its own library. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/err.h"

#define UNUSED __attribute__((unused))

/* --- files --- */

static char make_root[64]; /* the folder that all paths below are in */

static UNUSED int make_begin(void **state) {
	(void)state;
	snprintf(make_root, sizeof make_root, "/tmp/c2f-data-XXXXXX");
	return mkdtemp(make_root) ? 0 : -1;
}

static UNUSED int make_end(void **state) {
	(void)state;
	char command[128];
	snprintf(command, sizeof command, "rm -rf %s", make_root);
	return system(command);
}

static UNUSED const char *make_path(const char *relative) {
	static char path[4][512];
	static int turn;
	char *p = path[turn++ % 4];
	snprintf(p, sizeof path[0], "%s/%s", make_root, relative);
	return p;
}

/* Writes the file, and the folders above it. */
static UNUSED void make_file(const char *relative, const void *bytes, size_t length) {
	char folder[512];
	for (const char *slash = strchr(relative, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(folder, sizeof folder, "%s/%.*s", make_root, (int)(slash - relative), relative);
		mkdir(folder, 0777);
	}
	FILE *f = fopen(make_path(relative), "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, length, f), length);
	assert_int_equal(fclose(f), 0);
}

/* A file of the repository, whole. */
static UNUSED size_t make_read(const char *path, uint8_t *out, size_t capacity) {
	FILE *f = fopen(path, "rb");
	assert_non_null(f);
	size_t n = fread(out, 1, capacity, f);
	assert_true(n < capacity);
	fclose(f);
	return n;
}

/* The last call failed with CODE, and the sentence holds each of the words. */
#define assert_says(rc, code, ...) says_((rc), (code), (const char *const[]){__VA_ARGS__, NULL}, __FILE__, __LINE__)
static UNUSED void says_(int rc, int code, const char *const *words, const char *file, int line) {
	_assert_int_equal((LargestIntegralType)(long long)rc, (LargestIntegralType)(long long)code, file, line);
	for (; *words; words++)
		if (!strstr(err_message(), *words)) {
			print_error("\"%s\" is not in: %s\n", *words, err_message());
			_fail(file, line);
		}
}

/* --- PNG --- */

struct make_png {
	int width, height, depth, type; /* type: 0 gray, 2 rgb, 3 palette, 4 gray and alpha, 6 rgb and alpha */
	bool interlaced;
	const uint16_t *values;         /* [height, width, channels] */
	const char *late_text;          /* "key\0value" of a tEXt after the pixels, or NULL */
	size_t late_length;
};

static UNUSED int make_channels(int type) { return type == 2 ? 3 : type == 4 ? 2 : type == 6 ? 4 : 1; }

struct make_bytes {
	uint8_t *at;
	size_t n;
};

static UNUSED void put(struct make_bytes *b, const void *bytes, size_t n) {
	b->at = realloc(b->at, b->n + n + 1);
	if (n) memcpy(b->at + b->n, bytes, n);
	b->n += n;
}

static UNUSED void put32(struct make_bytes *b, uint32_t v) {
	put(b, (uint8_t[]){(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v}, 4);
}

static UNUSED void put_chunk(struct make_bytes *b, const char *type, const void *data, size_t n) {
	put32(b, (uint32_t)n);
	size_t from = b->n;
	put(b, type, 4);
	put(b, data, n);
	uint32_t crc = ~0u;
	for (size_t i = from; i < b->n; i++) {
		crc ^= b->at[i];
		for (int k = 0; k < 8; k++) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
	}
	put32(b, ~crc);
}

/* The rows of one pass: from (x0, y0) every (dx, dy). */
static UNUSED void put_pass(struct make_bytes *b, const struct make_png *p, int x0, int y0, int dx, int dy) {
	int channels = make_channels(p->type);
	for (int y = y0; y < p->height && x0 < p->width; y += dy) {
		put(b, "", 1); /* filter: none */
		unsigned bits = 0;
		int have = 0;
		for (int x = x0; x < p->width; x += dx)
			for (int c = 0; c < channels; c++) {
				uint16_t v = p->values[(y * p->width + x) * channels + c];
				if (p->depth == 16) put(b, (uint8_t[]){(uint8_t)(v >> 8), (uint8_t)v}, 2);
				if (p->depth == 8) put(b, (uint8_t[]){(uint8_t)v}, 1);
				if (p->depth >= 8) continue;
				bits = bits << p->depth | v;
				have += p->depth;
				if (have == 8) put(b, (uint8_t[]){(uint8_t)bits}, 1), bits = 0, have = 0;
			}
		if (have) put(b, (uint8_t[]){(uint8_t)(bits << (8 - have))}, 1);
	}
}

/* The file's bytes; free(). A palette is 2^depth grays and their opposites: entry i = (i, 255 - i, 7 i mod 256). */
static UNUSED uint8_t *make_png(const struct make_png *p, size_t *length) {
	struct make_bytes raw = {0}, z = {0}, out = {0}, head = {0};
	static const int adam7[7][4] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
	if (!p->interlaced) put_pass(&raw, p, 0, 0, 1, 1);
	for (int i = 0; p->interlaced && i < 7; i++) put_pass(&raw, p, adam7[i][0], adam7[i][1], adam7[i][2], adam7[i][3]);
	put(&z, "\x78\x01", 2);
	for (size_t at = 0; at < raw.n; at += 65535) {
		size_t n = raw.n - at < 65535 ? raw.n - at : 65535;
		put(&z, (uint8_t[]){at + n == raw.n, (uint8_t)n, (uint8_t)(n >> 8), (uint8_t)~n, (uint8_t)(~n >> 8)}, 5);
		put(&z, raw.at + at, n);
	}
	uint32_t a = 1, b = 0;
	for (size_t i = 0; i < raw.n; i++) a = (a + raw.at[i]) % 65521, b = (b + a) % 65521;
	put32(&z, b << 16 | a);
	put(&out, "\x89PNG\r\n\x1a\n", 8);
	put32(&head, (uint32_t)p->width);
	put32(&head, (uint32_t)p->height);
	put(&head, (uint8_t[]){(uint8_t)p->depth, (uint8_t)p->type, 0, 0, p->interlaced}, 5);
	put_chunk(&out, "IHDR", head.at, head.n);
	uint8_t palette[256][3];
	for (int i = 0; i < 256; i++) palette[i][0] = (uint8_t)i, palette[i][1] = (uint8_t)(255 - i), palette[i][2] = (uint8_t)(7 * i);
	if (p->type == 3) put_chunk(&out, "PLTE", palette, 3u << p->depth);
	put_chunk(&out, "IDAT", z.at, z.n);
	if (p->late_text) put_chunk(&out, "tEXt", p->late_text, p->late_length);
	put_chunk(&out, "IEND", NULL, 0);
	free(raw.at);
	free(z.at);
	free(head.at);
	*length = out.n;
	return out.at;
}

/* A gray PNG of 8 or 16 bits at RELATIVE. */
static UNUSED void make_map(const char *relative, int width, int height, int depth, const uint16_t *values) {
	size_t n;
	uint8_t *bytes = make_png(&(struct make_png){.width = width, .height = height, .depth = depth, .values = values}, &n);
	make_file(relative, bytes, n);
	free(bytes);
}
