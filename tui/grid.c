#include "tui/grid.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "engine/base/err.h"
#include "tui/theme.h"

enum { SIDE_MAX = 10000, TEXT_BYTES_MAX = 4096 };

const struct style style_plain = {COLOUR_DEFAULT, COLOUR_DEFAULT, 0};

/* ---- characters ---------------------------------------------------------------------------------------------------- */

struct span { uint32_t first, last; };

static bool within(const struct span *spans, int count, uint32_t rune) {
	for (int i = 0; i < count; i++)
		if (rune >= spans[i].first && rune <= spans[i].last) return true;
	return false;
}

/* Characters without a shape of their own, which steer the text around them (joiners, direction marks, variants). Terminals disagree
 * about them, so they are left out. */
static bool steers(uint32_t rune) {
	static const struct span spans[] = {{0x00AD, 0x00AD}, {0x061C, 0x061C}, {0x180E, 0x180E}, {0x200B, 0x200F}, {0x202A, 0x202E},
	                                    {0x2060, 0x206F}, {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE0FFF}};
	return rune >= 0xAD && within(spans, sizeof spans / sizeof *spans, rune);
}

/* What wcwidth() would say; for locales in which it knows nothing of this character. */
static int width_without_locale(uint32_t rune) {
	static const struct span marks[] = {{0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x064B, 0x065F}, {0x1AB0, 0x1AFF},
	                                    {0x1DC0, 0x1DFF}, {0x20D0, 0x20FF}, {0x302A, 0x302D}, {0x3099, 0x309A}, {0xFE20, 0xFE2F}};
	static const struct span wide[] = {{0x1100, 0x115F},  {0x231A, 0x231B},   {0x2E80, 0x303E},   {0x3041, 0x33FF},
	                                   {0x3400, 0x4DBF},  {0x4E00, 0x9FFF},   {0xA000, 0xA4CF},   {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},
	                                   {0xFE30, 0xFE6F},  {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},   {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF},
	                                   {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};
	if (within(marks, sizeof marks / sizeof *marks, rune)) return 0;
	return within(wide, sizeof wide / sizeof *wide, rune) ? 2 : 1;
}

int utf8_columns(uint32_t rune) {
	/* What we draw ourselves (rules, blocks, braille) is narrow in every locale. */
	if (rune < 0x300 || (rune >= 0x2500 && rune <= 0x25FF) || (rune >= 0x2800 && rune <= 0x28FF)) return 1;
	int w = wcwidth((wchar_t)rune);
	return w < 0 || w > 2 ? width_without_locale(rune) : w;
}

/* The character that begins at P, which a NUL ends somewhere; its bytes, 0 where they are broken. */
static int sequence(const unsigned char *p, uint32_t *rune) {
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	int bytes = *p < 0x80 ? 1 : *p < 0xC2 ? 0 : *p < 0xE0 ? 2 : *p < 0xF0 ? 3 : *p < 0xF5 ? 4 : 0;
	if (bytes <= 1) {
		*rune = *p;
		return bytes;
	}
	uint32_t r = *p & (0x7Fu >> bytes);
	for (int i = 1; i < bytes; i++) {
		if ((p[i] & 0xC0) != 0x80) return 0;
		r = r << 6 | (p[i] & 0x3Fu);
	}
	*rune = r;
	return r < least[bytes] || r > 0x10FFFF || (r >= 0xD800 && r <= 0xDFFF) ? 0 : bytes;
}

uint32_t utf8_next(const char **utf8, int *columns) {
	uint32_t rune;
	*columns = 1;
	for (;;) {
		int bytes = sequence((const unsigned char *)*utf8, &rune);
		if (bytes == 1 && rune == 0) {
			*columns = 0;
			return 0;
		}
		*utf8 += bytes > 0 ? bytes : 1;
		if (bytes == 0) return '?';
		if (rune < 0x20 || (rune >= 0x7F && rune < 0xA0) || rune == 0x2028 || rune == 0x2029) return '.';
		if (!steers(rune)) break;
	}
	*columns = utf8_columns(rune);
	return rune;
}

int utf8_put(char out[5], uint32_t rune) {
	int bytes;
	if (rune > 0x10FFFF || (rune >= 0xD800 && rune <= 0xDFFF)) rune = '?';
	if (rune < 0x80) {
		out[0] = (char)rune;
		bytes = 1;
	} else {
		bytes = rune < 0x800 ? 2 : rune < 0x10000 ? 3 : 4;
		for (int i = bytes - 1; i > 0; i--, rune >>= 6) out[i] = (char)(0x80 | (rune & 0x3F));
		out[0] = (char)((0xF00u >> bytes & 0xFF) | rune);
	}
	out[bytes] = '\0';
	return bytes;
}

int grid_columns(const char *utf8) {
	int columns, sum = 0;
	while (utf8_next(&utf8, &columns)) sum += columns;
	return sum;
}

/* ---- cells --------------------------------------------------------------------------------------------------------- */

static void blank(struct cell *cells, int count, struct style s) {
	const struct cell c = {' ', {0, 0}, s};
	for (int i = 0; i < count; i++) cells[i] = c;
}

int grid_new(struct grid *g, int width, int height) {
	*g = (struct grid){0};
	if (width < 1 || height < 1) return 0;
	if (width > SIDE_MAX || height > SIDE_MAX) return err_set(ERR_MEMORY, "a grid of %d x %d cells is too large (each side at most %d)", width, height, SIDE_MAX);
	struct cell *cells = malloc((size_t)width * (size_t)height * sizeof *cells);
	if (!cells) return err_set(ERR_MEMORY, "no memory for a grid of %d x %d cells", width, height);
	*g = (struct grid){width, height, width, cells};
	grid_clear(g, style_plain);
	return 0;
}

/* Cuts FROM .. FROM + LENGTH to 0 .. LIMIT, in 64 bits: any numbers are fine. */
static void cut(int *from, int *length, int limit) {
	int64_t a = *from, b = a + (*length > 0 ? *length : 0);
	if (a < 0) a = 0;
	if (b > limit) b = limit;
	*from = (int)(b > a ? a : 0), *length = (int)(b > a ? b - a : 0);
}

struct grid grid_part(const struct grid *g, int x, int y, int width, int height) {
	cut(&x, &width, g->width);
	cut(&y, &height, g->height);
	if (width < 1 || height < 1) return (struct grid){0};
	return (struct grid){width, height, g->stride, g->cells + (ptrdiff_t)y * g->stride + x};
}

void grid_clear(struct grid *g, struct style s) {
	for (int y = 0; y < g->height; y++) blank(g->cells + (ptrdiff_t)y * g->stride, g->width, s);
}

/* Column X of ROW is about to be written: a wide character that has one half there loses the other. */
static void split(struct cell *row, int width, int x) {
	if (row[x].rune == 0 && x > 0) row[x - 1].rune = ' ', row[x - 1].combining[0] = row[x - 1].combining[1] = 0;
	if (x + 1 < width && row[x + 1].rune == 0) row[x + 1].rune = ' ';
}

static void put(struct grid *g, int64_t x, int y, uint32_t rune, int columns, struct style s) {
	if (y < 0 || y >= g->height || x >= g->width || x + columns <= 0) return;
	struct cell *row = g->cells + (ptrdiff_t)y * g->stride;
	bool whole = x >= 0 && x + columns <= g->width;
	for (int64_t i = x; i < x + columns; i++) {
		if (i < 0 || i >= g->width) continue;
		split(row, g->width, (int)i);
		row[i] = (struct cell){!whole ? ' ' : i == x ? rune : 0, {0, 0}, s};
	}
}

void grid_put(struct grid *g, int x, int y, uint32_t rune, struct style s) {
	char bytes[5];
	int columns;
	utf8_put(bytes, rune ? rune : ' ');
	const char *at = bytes;
	rune = utf8_next(&at, &columns);
	if (columns > 0) put(g, x, y, rune, columns, s); /* a mark has nothing to stand on here */
}

/* A mark goes onto the character that begins at column X; the third and later ones are left out. */
static void combine(struct grid *g, int64_t x, int y, uint32_t mark) {
	if (y < 0 || y >= g->height || x < 0 || x >= g->width) return;
	struct cell *c = g->cells + (ptrdiff_t)y * g->stride + x;
	if (c->rune > ' ' && !c->combining[1]) c->combining[c->combining[0] != 0] = mark;
}

int grid_text(struct grid *g, int x, int y, struct style s, const char *utf8) {
	int columns;
	int64_t at = x, base = -1;
	for (uint32_t rune; (rune = utf8_next(&utf8, &columns)); at += columns) {
		if (columns > 0) put(g, at, y, rune, columns, s), base = at;
		else combine(g, base, y, rune);
	}
	return (int)(at - x);
}

int grid_textf(struct grid *g, int x, int y, struct style s, const char *format, ...) {
	char text[TEXT_BYTES_MAX];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	return grid_text(g, x, y, s, text);
}

int grid_text_right(struct grid *g, int x, int y, struct style s, const char *utf8) {
	return grid_text(g, x - grid_columns(utf8) + 1, y, s, utf8);
}

void grid_fill(struct grid *g, int x, int y, int width, int height, uint32_t rune, struct style s) {
	cut(&x, &width, g->width);
	cut(&y, &height, g->height);
	int columns = utf8_columns(rune) > 1 ? 2 : 1;
	for (int row = y; row < y + height; row++)
		for (int i = x; i < x + width; i += columns) grid_put(g, i, row, i + columns <= x + width ? rune : ' ', s);
}

/* ---- frames -------------------------------------------------------------------------------------------------------- */

/* TEXT in at most WIDTH columns; what is cut ends in "~" or an ellipsis. */
static void text_cut(struct grid *g, int x, int width, struct style s, const char *text, bool unicode) {
	struct grid room = grid_part(g, x, 0, width, 1);
	if (grid_text(&room, 0, 0, s, text) > room.width) grid_put(&room, room.width - 1, 0, unicode ? 0x2026 : '~', s);
}

struct grid grid_frame(struct grid *g, const char *title, const char *right, bool focused, bool unicode) {
	/* Rules and marks that the Linux console's fonts have too: light and double lines, a triangle. */
	uint32_t rule = unicode ? (focused ? 0x2550 : 0x2500) : focused ? '=' : '-';
	struct style line = focused ? theme_focus : theme_dim, name = focused ? theme_focus : theme_title;
	grid_fill(g, 0, 0, g->width, 1, rule, line);
	int margin = g->width >= 24 ? 2 : g->width >= 8 ? 1 : 0, at = margin, end = g->width - margin;
	if (right && *right) {
		int columns = grid_columns(right);
		if (end - columns - 2 - at >= grid_columns(title) + 6) {
			end -= columns + 2;
			grid_put(g, end, 0, ' ', line);
			grid_text(g, end + 1, 0, focused ? style_plain : theme_dim, right);
			grid_put(g, end + 1 + columns, 0, ' ', line);
		}
	}
	if (focused && end - at >= 6) {
		grid_put(g, at++, 0, ' ', line);
		grid_put(g, at++, 0, unicode ? 0x25BA : '>', theme_focus);
	}
	int columns = grid_columns(title), room = end - at - 2;
	if (columns > 0 && room > 0) {
		if (columns > room) columns = room;
		grid_put(g, at, 0, ' ', line);
		text_cut(g, at + 1, columns, name, title, unicode);
		grid_put(g, at + 1 + columns, 0, ' ', line);
	}
	return grid_part(g, 0, 1, g->width, g->height - 1);
}
