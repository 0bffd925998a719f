/* tests/unit/keys_test.c -- what terminals send for keys and the mouse; torn, broken and foreign sequences. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/rng.h"
#include "tui/screen.h"

static const struct { const char *bytes; int key; } keys[] = {
	{"a", 'a'}, {" ", ' '}, {"\r", '\r'}, {"\n", '\n'}, {"\t", '\t'}, {"\x7F", 127}, {"\x08", 8}, {"\x18", 24},
	{"\xC3\xA9", 0xE9}, {"\xE4\xB8\xAD", 0x4E2D}, {"\xF0\x9F\x98\x80", 0x1F600},
	/* xterm, tmux, screen: plain and after smkx */
	{"\x1B[A", KEY_K_UP}, {"\x1B[B", KEY_K_DOWN}, {"\x1B[C", KEY_K_RIGHT}, {"\x1B[D", KEY_K_LEFT}, {"\x1BOA", KEY_K_UP}, {"\x1BOB", KEY_K_DOWN}, {"\x1BOC", KEY_K_RIGHT},
	{"\x1BOD", KEY_K_LEFT}, {"\x1B[H", KEY_K_HOME}, {"\x1BOH", KEY_K_HOME}, {"\x1B[F", KEY_K_END}, {"\x1BOF", KEY_K_END}, {"\x1B[1~", KEY_K_HOME}, {"\x1B[4~", KEY_K_END},
	{"\x1B[7~", KEY_K_HOME}, {"\x1B[8~", KEY_K_END}, {"\x1B[5~", KEY_K_PAGE_UP}, {"\x1B[6~", KEY_K_PAGE_DOWN}, {"\x1B[3~", KEY_K_DELETE}, {"\x1B[Z", KEY_K_TAB_BACK},
	/* modifiers: shift, control, alt, with numbers */
	{"\x1B[1;2D", KEY_K_SHIFT_LEFT}, {"\x1B[1;2C", KEY_K_SHIFT_RIGHT}, {"\x1B[1;6C", KEY_K_SHIFT_RIGHT}, {"\x1B[1;5D", KEY_K_LEFT}, {"\x1B[1;3A", KEY_K_UP},
	{"\x1B[5;5~", KEY_K_PAGE_UP}, {"\x1BO2D", KEY_K_SHIFT_LEFT}, {"\x1B[c", KEY_K_SHIFT_RIGHT}, {"\x1B[d", KEY_K_SHIFT_LEFT}, {"\x1B[3$", KEY_K_DELETE}, {"\x1B[3^", KEY_K_DELETE},
	/* the keypad in application mode */
	{"\x1BOM", '\r'}, {"\x1BOp", '0'}, {"\x1BOy", '9'}, {"\x1BOk", '+'}, {"\x1BOm", '-'}, {"\x1BOj", '*'}, {"\x1BOo", '/'}, {"\x1BOn", '.'},
	/* keys that nobody asked for, and what else comes in: all of it taken, none of it a key */
	{"\x1BOP", KEY_NONE}, {"\x1B[11~", KEY_NONE}, {"\x1B[24~", KEY_NONE}, {"\x1B[2~", KEY_NONE}, {"\x1B[[A", KEY_NONE}, {"\x1B[200~", KEY_NONE}, {"\x1B[201~", KEY_NONE},
	{"\x1B[I", KEY_NONE}, {"\x1B[O", KEY_NONE}, {"\x1B[?1;2c", KEY_NONE}, {"\x1B[>0;276;0c", KEY_NONE}, {"\x1B[12;40R", KEY_NONE}, {"\x1B[?1$y", KEY_NONE},
	{"\x1B[27;5;9~", KEY_NONE}, {"\x1B[97u", 'a'}, {"\x1B[97;5u", KEY_NONE}, {"\x1B[99999999999999999999~", KEY_NONE}, {"\x1B[1;2;3;4;5;6;7;8A", KEY_K_UP},
	/* broken characters are no keys: one byte each */
	{"\x80", KEY_NONE}, {"\xFF", KEY_NONE}, {"\xC0", KEY_NONE}, {"", KEY_NONE},
};

static void every_key(void **state) {
	(void)state;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		int n = (int)strlen(keys[i].bytes), key = -1;
		struct mouse mouse;
		for (int last = 0; last < 2; last++) {
			int used = key_decode(keys[i].bytes, n, last, &key, &mouse);
			if (used != n || key != keys[i].key) fail_msg("row %zu: %d of %d bytes are key %d, not %d", i, used, n, key, keys[i].key);
		}
		for (int part = 1; part < n; part++) { /* torn apart it waits for the rest */
			if (key_decode(keys[i].bytes, part, false, &key, &mouse) != 0 || key != KEY_NONE) fail_msg("row %zu: %d of %d bytes are taken for a key", i, part, n);
			assert_true(key_decode(keys[i].bytes, part, true, &key, &mouse) > 0);
		}
		char more[64];
		snprintf(more, sizeof more, "%sq", keys[i].bytes); /* what follows stays */
		if (n > 0) assert_int_equal(key_decode(more, n + 1, false, &key, &mouse), n);
	}
}

static void escape_alone_and_before_others(void **state) {
	(void)state;
	struct mouse mouse;
	int key;
	assert_int_equal(key_decode("\x1B", 1, false, &key, &mouse), 0);
	assert_int_equal(key_decode("\x1B", 1, true, &key, &mouse), 1);
	assert_int_equal(key, KEY_ESCAPE);
	assert_int_equal(key_decode("\x1Bx", 2, false, &key, &mouse), 1); /* Alt-x: Esc and x */
	assert_int_equal(key, KEY_ESCAPE);
	assert_int_equal(key_decode("\x1B[", 2, true, &key, &mouse), 1); /* Esc and [ */
	assert_int_equal(key, KEY_ESCAPE);
	assert_int_equal(key_decode("\x1B[12;", 5, true, &key, &mouse), 5); /* a torn sequence is no text */
	assert_int_equal(key, KEY_NONE);
	assert_int_equal(key_decode("\x1B[12\x1B[A", 7, false, &key, &mouse), 4); /* broken off by the next one */
	assert_int_equal(key, KEY_NONE);
	assert_int_equal(key_decode("\xE4\xB8x", 3, false, &key, &mouse), 1);
	assert_int_equal(key, KEY_NONE);
}

static void the_mouse(void **state) {
	(void)state;
	static const struct { const char *bytes; int n, key, x, y, what, button; } rows[] = {
		{"\x1B[<0;10;5M", 10, KEY_K_MOUSE, 9, 4, MOUSE_PRESS, 1}, {"\x1B[<0;10;5m", 10, KEY_K_MOUSE, 9, 4, MOUSE_RELEASE, 1}, {"\x1B[<2;300;100M", 13, KEY_K_MOUSE, 299, 99, MOUSE_PRESS, 3},
		{"\x1B[<32;1;1M", 10, KEY_K_MOUSE, 0, 0, MOUSE_DRAG, 1}, {"\x1B[<64;3;4M", 10, KEY_K_MOUSE, 2, 3, MOUSE_WHEEL_UP, 0}, {"\x1B[<65;3;4M", 10, KEY_K_MOUSE, 2, 3, MOUSE_WHEEL_DOWN, 0},
		{"\x1B[<16;3;4M", 10, KEY_K_MOUSE, 2, 3, MOUSE_PRESS, 1}, {"\x1B[<35;3;4M", 10, KEY_NONE, 0, 0, 0, 0}, {"\x1B[<66;3;4M", 10, KEY_NONE, 0, 0, 0, 0},
		{"\x1B[<0;0;4M", 9, KEY_NONE, 0, 0, 0, 0}, {"\x1B[<0;3M", 7, KEY_NONE, 0, 0, 0, 0},
		{"\x1B[M !!", 6, KEY_K_MOUSE, 0, 0, MOUSE_PRESS, 1}, {"\x1B[M#*$", 6, KEY_K_MOUSE, 9, 3, MOUSE_RELEASE, 0}, {"\x1B[M`!\xFF", 6, KEY_K_MOUSE, 0, 222, MOUSE_WHEEL_UP, 0},
		{"\x1B[M\x01\x01\x01", 6, KEY_NONE, 0, 0, 0, 0},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mouse m = {-1, -1, MOUSE_PRESS, -1};
		int key;
		assert_int_equal(key_decode(rows[i].bytes, rows[i].n, false, &key, &m), rows[i].n);
		if (key != rows[i].key) fail_msg("row %zu is key %d", i, key);
		for (int part = 1; part < rows[i].n; part++) assert_int_equal(key_decode(rows[i].bytes, part, false, &(int){0}, &(struct mouse){0}), 0);
		if (key != KEY_K_MOUSE) continue;
		if (m.x != rows[i].x || m.y != rows[i].y || (int)m.what != rows[i].what || m.button != rows[i].button) fail_msg("row %zu: %d, %d what %d button %d", i, m.x, m.y, (int)m.what, m.button);
	}
}

static void any_bytes_go_on(void **state) {
	(void)state;
	static const char likely[] = "\x1B[O<;0123456789MmA~$?\x80\xC3\xE4\xF0 ";
	struct rng r;
	rng_init(&r, 1, RNG_SCENE, 0, 0);
	for (int i = 0; i < 200000; i++) {
		int n = (int)rng_below(&r, i % 100 ? 12 : 200), at = 0, key;
		char *bytes = malloc((size_t)n + 1);
		struct mouse m;
		for (int k = 0; k < n; k++) bytes[k] = rng_below(&r, 3) ? likely[rng_below(&r, sizeof likely - 1)] : (char)rng_below(&r, 256);
		while (at < n) {
			int used = key_decode(bytes + at, n - at, false, &key, &m);
			if (used == 0) used = key_decode(bytes + at, n - at, true, &key, &m);
			assert_true(used >= 1 && used <= n - at);
			assert_true(key >= 0 && key <= KEY_K_MOUSE);
			at += used;
		}
		free(bytes);
	}
}

static void names(void **state) {
	(void)state;
	static const struct { int key; const char *name; } rows[] = {{'a', "a"}, {' ', "Space"}, {24, "C-x"}, {1, "C-a"}, {KEY_K_LEFT, "Left"}, {KEY_K_PAGE_UP, "PgUp"}, {KEY_ESCAPE, "Esc"}, {'\r', "Enter"},
		{127, "Backspace"}, {KEY_K_SHIFT_LEFT, "S-Left"}, {0xE9, "\xC3\xA9"}, {KEY_NONE, ""}, {28, "C-\\"}, {31, "C-_"}, {-7, ""}, {KEY_K_MOUSE + 1, ""}};
	char text[16];
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) assert_string_equal(key_name(rows[i].key, text), rows[i].name);
	for (int key = -5; key < KEY_K_MOUSE + 5; key++) assert_true(strlen(key_name(key, text)) < sizeof text);
}

int main(void) {
	setlocale(LC_ALL, "C.UTF-8");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key),
		cmocka_unit_test(escape_alone_and_before_others),
		cmocka_unit_test(the_mouse),
		cmocka_unit_test(any_bytes_go_on),
		cmocka_unit_test(names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
