/* tests/fuzz/keys_fuzz.c -- any bytes from a terminal become keys: each call goes on or asks for more, and none reads behind the end. Typed in two pieces, a
 * text without a torn end gives the same keys as in one. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/screen.h"

enum { KEYS_MAX = 4096 };

static void require(int holds, const char *what) {
	if (holds) return;
	fprintf(stderr, "keys_fuzz: %s\n", what);
	abort();
}

/* Decodes TEXT from *AT on as far as it goes. */
static int decode(const char *text, size_t n, size_t *at, bool last, int *keys, int count) {
	while (*at < n) {
		int key = -1;
		struct mouse m = {0};
		int used = key_decode(text + *at, (int)(n - *at), last, &key, &m);
		require(used >= 0 && (size_t)used <= n - *at, "the bytes used");
		require(key >= KEY_NONE && key <= KEY_K_MOUSE, "the key");
		require(used > 0 || !last, "the end is waited for");
		if (key == KEY_K_MOUSE) require(m.x >= 0 && m.y >= 0 && m.x < 100000 && m.y < 100000 && m.button >= 0 && m.button <= 3, "the mouse");
		if (used == 0) break;
		if (count < KEYS_MAX) keys[count++] = key;
		*at += (size_t)used;
	}
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	static int whole[KEYS_MAX], pieces[KEYS_MAX];
	if (size > 2000) return 0;
	char *text = malloc(size + 1); /* the sanitizer sees a step behind the end */
	require(text != NULL, "out of memory");
	memcpy(text, data, size);
	text = realloc(text, size ? size : 1);
	size_t at = 0, split = size / 2, from = 0;
	int count = decode(text, size, &at, false, whole, 0), other = decode(text, split, &from, false, pieces, 0);
	other = decode(text, size, &from, false, pieces, other);
	require(count == other && from == at && memcmp(whole, pieces, (size_t)count * sizeof *whole) == 0, "two pieces give other keys");
	decode(text, size, &at, true, whole, count);
	char name[16];
	for (int i = 0; i < count; i++) require(strlen(key_name(whole[i], name)) < sizeof name, "the name");
	free(text);
	return 0;
}
