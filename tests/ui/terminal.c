#include "terminal.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARAMETERS = 32, SEQUENCE = 256, ROW_BYTES = 16384 };
enum state { GROUND, ESCAPE, CHARSET_0, CHARSET_1, CONTROL, STRING, STRING_END, HASH };


struct terminal {
	bool utf8;
	struct grid page[2];             /* main, alternate */
	int shown;
	int x, y, saved_x, saved_y;
	bool behind;                     /* a character stands in the last column; the next one wraps first */
	int top, bottom;                 /* scroll region, [top, bottom) */
	struct style style;
	bool line_drawing[2];
	int charset;
	bool cursor, wrap, mouse;
	long unknown, colours;
	char unknown_text[64];

	enum state state;
	char sequence[SEQUENCE];         /* of a control sequence: what stands after ESC [ */
	int length;
	char pending[5];                 /* of a character in UTF-8 */
	int pending_bytes;
	char row[ROW_BYTES];
};

static const struct cell blank_cell = {' ', {0, 0}, {COLOUR_DEFAULT, COLOUR_DEFAULT, 0}};

/* ---- pages --------------------------------------------------------------------------------------------------------------- */

static struct grid *page(const struct terminal *t) { return (struct grid *)&t->page[t->shown]; }
static int width(const struct terminal *t) { return page(t)->width; }
static int height(const struct terminal *t) { return page(t)->height; }
static struct cell *cell(const struct terminal *t, int x, int y) { return page(t)->cells + (ptrdiff_t)y * page(t)->stride + x; }

static void erase(struct terminal *t, int x0, int x1, int y) {
	struct cell c = blank_cell;
	c.style.bg = t->style.bg; /* as xterm */
	for (int x = x0 < 0 ? 0 : x0; x < x1 && x < width(t); x++) *cell(t, x, y) = c;
}

static void erase_rows(struct terminal *t, int y0, int y1) {
	for (int y = y0; y < y1; y++) erase(t, 0, width(t), y);
}

/* Rows of [FROM, TO) move up by N (down: N < 0). */
static void scroll(struct terminal *t, int from, int to, int n) {
	size_t row = sizeof(struct cell) * (size_t)width(t);
	for (int i = 0; i < to - from; i++) {
		int y = n > 0 ? from + i : to - 1 - i, source = y + n;
		if (source >= from && source < to) memcpy(cell(t, 0, y), cell(t, 0, source), row);
		else erase(t, 0, width(t), y);
	}
}

static void blank_grid(struct grid *g, int w, int h) {
	if (grid_new(g, w, h)) abort();
	for (int i = 0; i < w * h; i++) g->cells[i] = blank_cell;
}

struct terminal *terminal_new(int w, int h, bool utf8) {
	struct terminal *t = calloc(1, sizeof *t);
	if (!t) return NULL;
	*t = (struct terminal){.utf8 = utf8, .bottom = h, .style = blank_cell.style, .cursor = true, .wrap = true};
	for (int i = 0; i < 2; i++) blank_grid(&t->page[i], w, h);
	return t;
}

void terminal_free(struct terminal *t) {
	if (!t) return;
	for (int i = 0; i < 2; i++) free(t->page[i].cells);
	free(t);
}

static void place(struct terminal *t, int x, int y) {
	t->x = x < 0 ? 0 : x >= width(t) ? width(t) - 1 : x;
	t->y = y < 0 ? 0 : y >= height(t) ? height(t) - 1 : y;
	t->behind = false;
}

void terminal_resize(struct terminal *t, int w, int h) {
	for (int i = 0; i < 2; i++) {
		struct grid old = t->page[i];
		blank_grid(&t->page[i], w, h);
		for (int y = 0; y < h && y < old.height; y++)
			memcpy(t->page[i].cells + (ptrdiff_t)y * w, old.cells + (ptrdiff_t)y * old.stride, sizeof *old.cells * (size_t)(w < old.width ? w : old.width));
		free(old.cells);
	}
	t->top = 0;
	t->bottom = h;
	place(t, t->x, t->y);
}

/* ---- what is asked for ------------------------------------------------------------------------------------------------------ */

static void not_known(struct terminal *t, const char *kind, const char *text, char final) {
	t->unknown++;
	snprintf(t->unknown_text, sizeof t->unknown_text, "%s%.40s%c", kind, text, final ? final : ' ');
}

static void line_feed(struct terminal *t) {
	if (t->y == t->bottom - 1) scroll(t, t->top, t->bottom, 1);
	else if (t->y < height(t) - 1) t->y++;
}

static uint32_t drawn_line(uint32_t c) {
	static const uint32_t set[] = {['j'] = 0x2518, ['k'] = 0x2510, ['l'] = 0x250C, ['m'] = 0x2514, ['n'] = 0x253C, ['q'] = 0x2500, ['t'] = 0x251C,
	                               ['u'] = 0x2524, ['v'] = 0x2534, ['w'] = 0x252C, ['x'] = 0x2502, ['a'] = 0x2592, ['`'] = 0x25C6};
	return c < sizeof set / sizeof *set && set[c] ? set[c] : c;
}

static void put(struct terminal *t, uint32_t rune) {
	if (t->line_drawing[t->charset]) rune = drawn_line(rune);
	int columns = rune < 0x300 ? 1 : utf8_columns(rune);
	if (columns == 0) { /* a mark: on the character before */
		struct cell *c = cell(t, t->behind || t->x == 0 ? t->x : t->x - 1, t->y);
		if (c->rune == 0 && c > cell(t, 0, t->y)) c--;
		c->combining[c->combining[0] != 0] = rune;
		return;
	}
	if (t->behind || (columns == 2 && t->x == width(t) - 1)) {
		if (t->wrap) t->x = 0, line_feed(t);
		t->behind = false;
	}
	if (columns > width(t) - t->x) return;
	struct cell c = {rune, {0, 0}, t->style};
	/* Half of a wide character that is written over leaves a blank. */
	if (cell(t, t->x, t->y)->rune == 0 && t->x > 0) cell(t, t->x - 1, t->y)->rune = ' ';
	if (t->x + columns < width(t) && cell(t, t->x + columns, t->y)->rune == 0) cell(t, t->x + columns, t->y)->rune = ' ';
	*cell(t, t->x, t->y) = c;
	if (columns == 2) c.rune = 0, *cell(t, t->x + 1, t->y) = c;
	t->x += columns;
	if (t->x >= width(t)) t->x = width(t) - 1, t->behind = true;
}

static uint32_t palette(int n) {
	static const uint32_t first[16] = {0x000000, 0xCD0000, 0x00CD00, 0xCDCD00, 0x0000EE, 0xCD00CD, 0x00CDCD, 0xE5E5E5,
	                                   0x7F7F7F, 0xFF0000, 0x00FF00, 0xFFFF00, 0x5C5CFF, 0xFF00FF, 0x00FFFF, 0xFFFFFF};
	static const uint32_t level[6] = {0, 95, 135, 175, 215, 255};
	if (n < 16) return first[n & 15];
	if (n < 232) return level[(n - 16) / 36] << 16 | level[(n - 16) / 6 % 6] << 8 | level[(n - 16) % 6];
	return (uint32_t)(8 + 10 * (n - 232)) * 0x010101u;
}

static void sgr(struct terminal *t, const int *p, int n) {
	for (int i = 0; i < n; i++) {
		int v = p[i];
		uint32_t *colour = v / 10 % 2 ? &t->style.fg : &t->style.bg; /* 3x and 9x; 4x and 10x */
		t->colours += (v >= 30 && v <= 38) || (v >= 40 && v <= 48) || (v >= 90 && v <= 107);
		if (v == 0) t->style = blank_cell.style;
		else if (v == 1) t->style.attributes |= BOLD;
		else if (v == 2) t->style.attributes |= DIM;
		else if (v == 4) t->style.attributes |= UNDERLINE;
		else if (v == 7) t->style.attributes |= REVERSE;
		else if (v == 22) t->style.attributes &= ~(unsigned)(BOLD | DIM);
		else if (v == 24) t->style.attributes &= ~(unsigned)UNDERLINE;
		else if (v == 27) t->style.attributes &= ~(unsigned)REVERSE;
		else if (v == 39) t->style.fg = COLOUR_DEFAULT;
		else if (v == 49) t->style.bg = COLOUR_DEFAULT;
		else if ((v == 38 || v == 48) && i + 2 < n && p[i + 1] == 5) *colour = palette(p[i + 2]), i += 2;
		else if ((v == 38 || v == 48) && i + 4 < n && p[i + 1] == 2) *colour = (uint32_t)(p[i + 2] << 16 | p[i + 3] << 8 | p[i + 4]), i += 4;
		else if ((v >= 30 && v <= 37) || (v >= 40 && v <= 47)) *colour = palette(v % 10);
		else if ((v >= 90 && v <= 97)) t->style.fg = palette(v - 90 + 8);
		else if ((v >= 100 && v <= 107)) t->style.bg = palette(v - 100 + 8);
		else if (v != 10 && v != 11 && v != 12) not_known(t, "SGR ", t->sequence, 'm'); /* fonts: not seen here */
	}
}

static void alternate(struct terminal *t, bool on, bool clear, bool keep_cursor) {
	if (on && keep_cursor) t->saved_x = t->x, t->saved_y = t->y;
	t->shown = on;
	if (on && clear) erase_rows(t, 0, height(t));
	if (!on && keep_cursor) place(t, t->saved_x, t->saved_y);
}

static void mode(struct terminal *t, int number, bool on) {
	switch (number) {
	case 1: case 4: case 12: case 34: return;       /* cursor keys, slow scrolling, blinking: nothing that is seen here */
	case 3: place(t, 0, 0); return;
	case 7: t->wrap = on; return;
	case 25: t->cursor = on; return;
	case 47: alternate(t, on, false, false); return;
	case 1047: alternate(t, on, on, false); return;
	case 1049: alternate(t, on, true, true); return;
	case 1000: case 1002: case 1003: t->mouse = on; return;
	case 1006: return;
	default: t->sequence[t->length] = '\0', not_known(t, "mode ", t->sequence, on ? 'h' : 'l');
	}
}

static void control(struct terminal *t, char final) {
	int p[PARAMETERS] = {0}, n = 1;
	const char *at = t->sequence;
	t->sequence[t->length] = '\0';
	char private = *at >= '<' && *at <= '?' ? *at++ : '\0';
	for (; *at; at++) {
		if (*at >= '0' && *at <= '9') p[n - 1] = p[n - 1] > 9999 ? p[n - 1] : 10 * p[n - 1] + (*at - '0');
		else if ((*at == ';' || *at == ':') && n < PARAMETERS) n++;
		else if (*at < '0') { /* an intermediate byte: soft reset and the like */
			if (!(*at == '!' && final == 'p')) not_known(t, "CSI ", t->sequence, final);
			return;
		}
	}
	int one = p[0] > 0 ? p[0] : 1, w = width(t), h = height(t);
	if (private) {
		if (private == '?' && (final == 'h' || final == 'l'))
			for (int i = 0; i < n; i++) mode(t, p[i], final == 'h');
		else if (!(private == '?' && final == 'c')) not_known(t, "CSI ", t->sequence, final); /* the console's cursor shape */
		return;
	}
	switch (final) {
	case 'A': place(t, t->x, t->y - one); break;
	case 'B': case 'e': place(t, t->x, t->y + one); break;
	case 'C': case 'a': place(t, t->x + one, t->y); break;
	case 'D': place(t, t->x - one, t->y); break;
	case 'E': place(t, 0, t->y + one); break;
	case 'F': place(t, 0, t->y - one); break;
	case 'G': case '`': place(t, one - 1, t->y); break;
	case 'd': place(t, t->x, one - 1); break;
	case 'H': case 'f': place(t, p[1] > 0 ? p[1] - 1 : 0, one - 1); break;
	case 'J':
		if (p[0] == 0) erase(t, t->x, w, t->y), erase_rows(t, t->y + 1, h);
		else if (p[0] == 1) erase_rows(t, 0, t->y), erase(t, 0, t->x + 1, t->y);
		else erase_rows(t, 0, h);
		break;
	case 'K': erase(t, p[0] == 0 ? t->x : 0, p[0] == 1 ? t->x + 1 : w, t->y); break;
	case 'X': erase(t, t->x, t->x + one, t->y); break;
	case '@': case 'P': {
		int by = one < w - t->x ? one : w - t->x;
		struct cell *from = cell(t, t->x, t->y);
		size_t rest = sizeof *from * (size_t)(w - t->x - by);
		if (final == 'P') memmove(from, from + by, rest), erase(t, w - by, w, t->y);
		else memmove(from + by, from, rest), erase(t, t->x, t->x + by, t->y);
		break;
	}
	case 'L': if (t->y >= t->top && t->y < t->bottom) scroll(t, t->y, t->bottom, -one); break;
	case 'M': if (t->y >= t->top && t->y < t->bottom) scroll(t, t->y, t->bottom, one); break;
	case 'S': scroll(t, t->top, t->bottom, one); break;
	case 'T': scroll(t, t->top, t->bottom, -one); break;
	case 'r':
		t->top = one - 1 < h ? one - 1 : 0;
		t->bottom = p[1] > t->top && p[1] <= h ? p[1] : h;
		place(t, 0, 0);
		break;
	case 'm': sgr(t, p, n); break;
	case 's': t->saved_x = t->x, t->saved_y = t->y; break;
	case 'u': place(t, t->saved_x, t->saved_y); break;
	case 'h': case 'l': if (p[0] != 4 && p[0] != 20 && p[0] != 34) not_known(t, "CSI ", t->sequence, final); break;
	case 'g': case 't': break;                      /* tabs, the window */
	default: not_known(t, "CSI ", t->sequence, final);
	}
}

static void reset(struct terminal *t) {
	erase_rows(t, 0, height(t));
	t->style = blank_cell.style;
	t->top = 0, t->bottom = height(t), t->charset = 0;
	t->line_drawing[0] = t->line_drawing[1] = false;
	t->cursor = t->wrap = true;
	place(t, 0, 0);
}

static void escape(struct terminal *t, char c) {
	t->state = GROUND;
	switch (c) {
	case '[': t->state = CONTROL, t->length = 0; break;
	case '(': t->state = CHARSET_0; break;
	case ')': t->state = CHARSET_1; break;
	case '#': t->state = HASH; break;
	case ']': case 'P': case '_': case '^': case 'k': t->state = STRING; break;
	case '7': t->saved_x = t->x, t->saved_y = t->y; break;
	case '8': place(t, t->saved_x, t->saved_y); break;
	case 'D': line_feed(t); break;
	case 'E': t->x = 0, line_feed(t); break;
	case 'M':
		if (t->y == t->top) scroll(t, t->top, t->bottom, -1);
		else place(t, t->x, t->y - 1);
		break;
	case 'c': reset(t); break;
	case '=': case '>': case '\\': case 'H': break;
	default: not_known(t, "ESC ", "", c);
	}
}

static void ground(struct terminal *t, unsigned char c) {
	if (c >= 0x80 && t->utf8) {
		if (c >= 0xC0) t->pending_bytes = 0;
		t->pending[t->pending_bytes++] = (char)c;
		int need = (unsigned char)t->pending[0] >= 0xF0 ? 4 : (unsigned char)t->pending[0] >= 0xE0 ? 3 : (unsigned char)t->pending[0] >= 0xC0 ? 2 : 1;
		if (t->pending_bytes < need) return;
		t->pending[t->pending_bytes] = '\0';
		t->pending_bytes = 0;
		const char *at = t->pending;
		int columns;
		uint32_t rune = utf8_next(&at, &columns);
		if (need == 1 || *at) not_known(t, "broken UTF-8 ", "", 0);
		else put(t, rune);
		return;
	}
	if (t->pending_bytes > 0) not_known(t, "broken UTF-8 ", "", 0), t->pending_bytes = 0;
	switch (c) {
	case '\0': case '\a': case 0x7F: break;
	case '\b': place(t, t->x - 1, t->y); break;
	case '\t': place(t, (t->x / 8 + 1) * 8, t->y); break;
	case '\n': case '\v': case '\f': line_feed(t), t->behind = false; break;
	case '\r': place(t, 0, t->y); break;
	case 0x0E: t->charset = 1; break;
	case 0x0F: t->charset = 0; break;
	default:
		if (c < 0x20) not_known(t, "control ", "", (char)('@' + c));
		else put(t, c);
	}
}

static void take(struct terminal *t, unsigned char c) {
	if (c == 0x18 || c == 0x1A) { /* ends a sequence that was cut */
		t->state = GROUND, t->pending_bytes = 0;
		return;
	}
	if (c == 0x1B && t->state != STRING) {
		t->state = ESCAPE;
		return;
	}
	switch (t->state) {
	case GROUND: ground(t, c); break;
	case ESCAPE: escape(t, (char)c); break;
	case CHARSET_0: case CHARSET_1: t->line_drawing[t->state == CHARSET_1] = c == '0', t->state = GROUND; break;
	case HASH: t->state = GROUND; break;
	case CONTROL:
		if (c >= 0x40 && c < 0x7F) t->state = GROUND, control(t, (char)c);
		else if (c < 0x20) ground(t, c); /* carried out in between */
		else if (t->length < SEQUENCE - 1) t->sequence[t->length++] = (char)c;
		break;
	case STRING: t->state = c == '\a' ? GROUND : c == 0x1B ? STRING_END : STRING; break;
	case STRING_END: t->state = GROUND; break;
	}
}

void terminal_feed(struct terminal *t, const char *bytes, size_t n) {
	for (size_t i = 0; i < n; i++) take(t, (unsigned char)bytes[i]);
}

/* ---- what is seen --------------------------------------------------------------------------------------------------------- */

const struct grid *terminal_grid(const struct terminal *t) { return page(t); }
void terminal_cursor(const struct terminal *t, int *x, int *y) { *x = t->x, *y = t->y; }
bool terminal_alternate(const struct terminal *t) { return t->shown; }
bool terminal_cursor_shown(const struct terminal *t) { return t->cursor; }
bool terminal_mouse(const struct terminal *t) { return t->mouse; }
bool terminal_plain_style(const struct terminal *t) { return memcmp(&t->style, &blank_cell.style, sizeof t->style) == 0 && !t->line_drawing[t->charset]; }
long terminal_colours(const struct terminal *t) { return t->colours; }

long terminal_unknown(const struct terminal *t, char last[64]) {
	if (last) memcpy(last, t->unknown_text, 64);
	return t->unknown;
}

const char *terminal_row(const struct terminal *t, int y) {
	char *row = ((struct terminal *)t)->row;
	int n = 0, end = 0;
	for (int x = 0; y >= 0 && y < height(t) && x < width(t) && n < ROW_BYTES - 16; x++) {
		const struct cell *c = cell(t, x, y);
		if (c->rune == 0) continue;
		n += utf8_put(row + n, c->rune);
		for (int i = 0; i < 2; i++)
			if (c->combining[i]) n += utf8_put(row + n, c->combining[i]);
		if (c->rune != ' ') end = n;
	}
	row[end] = '\0';
	return row;
}

bool terminal_shows(const struct terminal *t, const char *text) {
	for (int y = 0; y < height(t); y++)
		if (strstr(terminal_row(t, y), text)) return true;
	return false;
}
