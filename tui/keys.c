/* What terminals send for keys: single bytes, UTF-8, and sequences after ESC of three shapes: ESC [ parameters final (ECMA-48), ESC O final
 * (keypads, after smkx), and the mouse (ESC [ M and three bytes of X10; ESC [ < of xterm's mode 1006). Nothing here allocates or trusts a length. */
#include <stdio.h>
#include <string.h>

#include "tui/grid.h"
#include "tui/screen.h"

enum { ESC = 27, SEQUENCE_MAX = 64 /* a longer one is garbage */, PARAMETERS = 4, COORDINATE_MAX = 9999 };
enum { SHIFT = 1, ALT = 2, CTRL = 4 };        /* a modifier parameter less 1 */

/* ---- the mouse ----------------------------------------------------------------------------------------------------- */

/* CODE as xterm sends it: bits 0-1 button (3: none), 4 shift, 8 meta, 16 control, 32 moved, 64 wheel. X, Y from 1. */
static int mouse_event(int code, int x, int y, bool release, struct mouse *mouse) {
	int button = code & 3;
	if (x < 1 || y < 1 || code >= 128) return KEY_NONE;
	*mouse = (struct mouse){.x = x - 1, .y = y - 1, .button = button + 1};
	if (code & 64) {
		if (button > 1) return KEY_NONE; /* the wheel sideways */
		mouse->what = button == 0 ? MOUSE_WHEEL_UP : MOUSE_WHEEL_DOWN;
		mouse->button = 0;
	} else if (button == 3 && code & 32) {
		return KEY_NONE; /* moved without a button */
	} else if (button == 3 || release) {
		mouse->what = MOUSE_RELEASE;
		if (button == 3) mouse->button = 0; /* X10 does not say which */
	} else {
		mouse->what = code & 32 ? MOUSE_DRAG : MOUSE_PRESS;
	}
	return KEY_K_MOUSE;
}

static int mouse_x10(const char *bytes, int n, bool last, int *key, struct mouse *mouse) {
	if (n < 6) return last ? n : 0;
	const unsigned char *p = (const unsigned char *)bytes + 3;
	if (p[0] >= 32) *key = mouse_event(p[0] - 32, p[1] - 32, p[2] - 32, false, mouse);
	return 6;
}

/* ---- sequences ----------------------------------------------------------------------------------------------------- */

static int modified(int key, int modifier) {
	int bits = modifier > 1 ? modifier - 1 : 0;
	if (key == KEY_K_LEFT && bits & SHIFT) return KEY_K_SHIFT_LEFT;
	if (key == KEY_K_RIGHT && bits & SHIFT) return KEY_K_SHIFT_RIGHT;
	return key;
}

static int letter_key(char final, int modifier) {
	switch (final) {
	case 'A': return KEY_K_UP;
	case 'B': return KEY_K_DOWN;
	case 'C': return modified(KEY_K_RIGHT, modifier);
	case 'D': return modified(KEY_K_LEFT, modifier);
	case 'H': return KEY_K_HOME;
	case 'F': return KEY_K_END;
	case 'Z': return KEY_K_TAB_BACK;
	case 'c': return KEY_K_SHIFT_RIGHT; /* rxvt's shifted arrows */
	case 'd': return KEY_K_SHIFT_LEFT;
	default: return KEY_NONE;
	}
}

static int number_key(int number) {
	static const int keys[] = {[1] = KEY_K_HOME, [3] = KEY_K_DELETE, [4] = KEY_K_END, [5] = KEY_K_PAGE_UP, [6] = KEY_K_PAGE_DOWN, [7] = KEY_K_HOME, [8] = KEY_K_END};
	return number >= 0 && number < (int)(sizeof keys / sizeof *keys) ? keys[number] : KEY_NONE;
}

/* "12;5" -> 12, 5; what is missing is 0. */
static void parameters(const char *p, const char *end, int out[PARAMETERS]) {
	memset(out, 0, PARAMETERS * sizeof *out);
	for (int i = 0; p < end && i < PARAMETERS; p++) {
		if (*p == ';') i++;
		else if (*p >= '0' && *p <= '9' && out[i] <= COORDINATE_MAX) out[i] = 10 * out[i] + (*p - '0');
	}
}

/* A sequence torn by the end of what was typed: kept waiting, or, when nothing more comes, dropped; after ESC alone what follows is typed text. */
static int torn(int n, bool last, int *key) {
	if (!last) return 0;
	if (n > 2) return n;
	*key = KEY_ESCAPE;
	return 1;
}

static int control_sequence(const char *bytes, int n, bool last, int *key, struct mouse *mouse) {
	int end = 2, p[PARAMETERS];
	if (n > 2 && bytes[2] == 'M') return mouse_x10(bytes, n, last, key, mouse);
	if (n > 2 && bytes[2] == '[') return n > 3 ? 4 : torn(n, last, key); /* the Linux console's F1 to F5 */
	while (end < n && end < SEQUENCE_MAX && bytes[end] >= 0x20 && bytes[end] <= 0x3F) {
		if (bytes[end] == '$' && end > 2 && bytes[2] != '?') break; /* rxvt ends shifted keys so */
		end++;
	}
	if (end == n) return torn(n, last, key);
	if (end == SEQUENCE_MAX || ((bytes[end] < 0x40 || bytes[end] > 0x7E) && bytes[end] != '$')) return end; /* garbage up to here */
	parameters(bytes + 2, bytes + end, p);
	char final = bytes[end];
	bool plain = end == 2 || (bytes[2] >= '0' && bytes[2] <= ';');
	if (bytes[2] == '<' && (final == 'M' || final == 'm')) *key = mouse_event(p[0], p[1], p[2], final == 'm', mouse);
	else if (!plain) *key = KEY_NONE;
	else if (final == '~' || final == '$' || final == '^' || final == '@') *key = number_key(p[0]);
	else if (final == 'u' && p[1] <= 2 && p[0] < 128) *key = p[0]; /* the terminals that send every key so */
	else *key = letter_key(final, p[1]);
	return end + 1;
}

static int keypad_sequence(const char *bytes, int n, bool last, int *key) {
	int end = 2, p[PARAMETERS];
	while (end < n && end < SEQUENCE_MAX && ((bytes[end] >= '0' && bytes[end] <= '9') || bytes[end] == ';')) end++;
	if (end == n) return torn(n, last, key);
	parameters(bytes + 2, bytes + end, p);
	char final = bytes[end];
	if (final < 0x20 || final > 0x7E) return end; /* garbage up to here */
	if (final == 'M') *key = '\r';
	else if (final >= 'j' && final <= 'y') *key = final - 'j' + '*';
	else if (final != 'Z' && final >= 'A' && final <= 'H') *key = letter_key(final, p[1] ? p[1] : p[0]);
	return end + 1;
}

/* ---- one key ------------------------------------------------------------------------------------------------------- */

static int character(const char *bytes, int n, bool last, int *key) {
	unsigned char first = (unsigned char)bytes[0];
	int need = first < 0xC2 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 1, have = 1, columns;
	while (have < need && have < n && ((unsigned char)bytes[have] & 0xC0) == 0x80) have++;
	if (have < need && have == n && !last) return 0;
	if (have < need || need == 1) return 1; /* a broken byte is no key */
	char text[5] = {0};
	memcpy(text, bytes, (size_t)need);
	const char *at = text;
	uint32_t rune = utf8_next(&at, &columns);
	if (rune >= 0x80 && at == text + need) *key = (int)rune; /* the other way round it was broken, a control character or a joiner */
	return at == text + need ? need : 1;
}

int key_decode(const char *bytes, int n, bool last, int *key, struct mouse *mouse) {
	*key = KEY_NONE;
	if (n < 1) return 0;
	unsigned char first = (unsigned char)bytes[0];
	if (first >= 0x80) return character(bytes, n, last, key);
	if (first != ESC) {
		*key = first;
		return 1;
	}
	if (n == 1) return torn(n, last, key);
	if (bytes[1] == '[') return control_sequence(bytes, n, last, key, mouse);
	if (bytes[1] == 'O') return keypad_sequence(bytes, n, last, key);
	*key = KEY_ESCAPE; /* Alt and a key: what follows is a key of its own */
	return 1;
}

const char *key_name(int key, char out[16]) {
	static const struct { int key; const char *name; } names[] = {
		{KEY_NONE, ""}, {KEY_ESCAPE, "Esc"}, {'\r', "Enter"}, {'\t', "Tab"}, {127, "Backspace"}, {' ', "Space"},
		{KEY_K_UP, "Up"}, {KEY_K_DOWN, "Down"}, {KEY_K_LEFT, "Left"}, {KEY_K_RIGHT, "Right"}, {KEY_K_HOME, "Home"}, {KEY_K_END, "End"},
		{KEY_K_PAGE_UP, "PgUp"}, {KEY_K_PAGE_DOWN, "PgDn"}, {KEY_K_SHIFT_LEFT, "S-Left"}, {KEY_K_SHIFT_RIGHT, "S-Right"}, {KEY_K_DELETE, "Del"},
		{KEY_K_TAB_BACK, "S-Tab"}, {KEY_K_MOUSE, "Mouse"},
	};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].key == key) return strcpy(out, names[i].name);
	if (key > 0 && key < 32) snprintf(out, 16, "C-%c", key <= 26 ? key + 'a' - 1 : key + '@');
	else if (key > 0 && key < KEY_BASE) utf8_put(out, (uint32_t)key);
	else out[0] = '\0';
	return out;
}
