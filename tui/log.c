#include "tui/log.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wctype.h>

#include "tui/grid.h"

enum { KINDS = LOG_CHATTER + 1, TAB = 8, FIRST_BYTES = 64 };

struct line {
	char *text;                     /* NUL-terminated */
	int length, capacity;
	enum log_kind kind;
	bool ascii;                     /* a byte is a column */
};

/* What a kind of text is in the middle of. */
struct writer {
	int64_t line;                   /* its unfinished line; -1: none */
	bool rewrite;                   /* after \r: the next character begins the line again */
	enum { TEXT, ESCAPED, SEQUENCE, STRING, STRING_ESCAPED, INTERMEDIATE } state;
};

struct log {
	struct line ring[LOG_LINES];    /* line number modulo LOG_LINES */
	int64_t first, end;
	int64_t bytes;                  /* capacity of all lines */
	struct writer writer[KINDS];
};

struct log *log_new(void) {
	struct log *l = calloc(1, sizeof *l);
	for (int k = 0; l && k < KINDS; k++) l->writer[k].line = -1;
	return l;
}

static struct line *line_at(const struct log *l, int64_t number) { return (struct line *)&l->ring[number % LOG_LINES]; }

static void drop_first(struct log *l) {
	struct line *oldest = line_at(l, l->first);
	l->bytes -= oldest->capacity;
	free(oldest->text);
	*oldest = (struct line){0};
	for (int k = 0; k < KINDS; k++)
		if (l->writer[k].line == l->first) l->writer[k].line = -1;
	l->first++;
}

void log_free(struct log *l) {
	if (!l) return;
	while (l->first < l->end) drop_first(l);
	free(l);
}

/* ---- lines come in ------------------------------------------------------------------------------------------------------- */

static struct line *begin_line(struct log *l, enum log_kind kind) {
	char *text = malloc(FIRST_BYTES);
	if (!text) return NULL;
	if (l->end - l->first == LOG_LINES) drop_first(l);
	struct line *line = line_at(l, l->end);
	*line = (struct line){text, 0, FIRST_BYTES, kind, true};
	text[0] = '\0';
	l->bytes += FIRST_BYTES;
	l->writer[kind] = (struct writer){l->end++, false, l->writer[kind].state};
	return line;
}

/* The line that a character of KIND goes to, with room for MORE bytes; NULL: no memory. */
static struct line *open_line(struct log *l, enum log_kind kind, int more) {
	struct writer *w = &l->writer[kind];
	struct line *line = w->line >= 0 ? line_at(l, w->line) : NULL;
	if (line && w->rewrite) line->length = 0, line->ascii = true, line->text[0] = '\0', w->rewrite = false;
	if (!line || line->length + more >= LOG_LINE_BYTES) line = begin_line(l, kind);
	if (!line) return NULL;
	if (line->length + more < line->capacity) return line;
	int capacity = line->capacity * 2 + more;
	char *text = realloc(line->text, (size_t)capacity);
	if (!text) return NULL;
	l->bytes += capacity - line->capacity;
	line->text = text, line->capacity = capacity;
	while (l->bytes > LOG_BYTES && line_at(l, l->first) != line) drop_first(l);
	return line;
}

static void add_byte(struct log *l, enum log_kind kind, char c) {
	struct line *line = open_line(l, kind, 1);
	if (!line) return;
	if ((unsigned char)c >= 0x80) line->ascii = false;
	line->text[line->length++] = c, line->text[line->length] = '\0';
}

static void add_tab(struct log *l, enum log_kind kind) {
	struct line *line = open_line(l, kind, TAB);
	if (!line) return;
	int at = line->ascii ? line->length : grid_columns(line->text);
	for (int n = TAB - at % TAB; n > 0; n--) add_byte(l, kind, ' ');
}

static void take_back(struct log *l, enum log_kind kind) {
	struct line *line = l->writer[kind].line >= 0 ? line_at(l, l->writer[kind].line) : NULL;
	if (!line || line->length == 0 || l->writer[kind].rewrite) return;
	do line->length--;
	while (line->length > 0 && ((unsigned char)line->text[line->length] & 0xC0) == 0x80);
	line->text[line->length] = '\0';
}

void log_end(struct log *l, enum log_kind kind) {
	l->writer[kind] = (struct writer){.line = -1};
}

static void add_character(struct log *l, enum log_kind kind, char c) {
	struct writer *w = &l->writer[kind];
	switch (c) {
	case '\n':
		if (w->line < 0) begin_line(l, kind); /* an empty line */
		w->line = -1, w->rewrite = false;
		return;
	case '\r': w->rewrite = true; return;
	case '\t': add_tab(l, kind); return;
	case '\b': take_back(l, kind); return;
	case 27: w->state = ESCAPED; return;
	default:
		if ((unsigned char)c >= 0x20 && c != 0x7F) add_byte(l, kind, c);
	}
}

/* The inside of an escape sequence: ESC [ ... letter, ESC ] ... BEL or ESC \, ESC ( B, ESC c. A new line ends a broken one. */
static void skip_character(struct log *l, enum log_kind kind, char c) {
	struct writer *w = &l->writer[kind];
	unsigned char u = (unsigned char)c;
	if (c == '\n' && w->state != STRING) {
		w->state = TEXT;
		add_character(l, kind, c);
		return;
	}
	switch (w->state) {
	case ESCAPED: w->state = c == '[' ? SEQUENCE : strchr("]PX^_", c) && c ? STRING : u >= 0x20 && u <= 0x2F ? INTERMEDIATE : c == 27 ? ESCAPED : TEXT; return;
	case SEQUENCE: w->state = c == 27 ? ESCAPED : u >= 0x40 && u <= 0x7E ? TEXT : SEQUENCE; return;
	case INTERMEDIATE: w->state = u >= 0x20 && u <= 0x2F ? INTERMEDIATE : TEXT; return;
	case STRING: w->state = c == 27 ? STRING_ESCAPED : c == '\a' || c == '\n' ? TEXT : STRING; return;
	case STRING_ESCAPED: w->state = c == '\\' ? TEXT : STRING; return;
	default: return;
	}
}

void log_add(struct log *l, enum log_kind kind, const char *text, size_t length) {
	for (size_t i = 0; i < length; i++) {
		if (l->writer[kind].state == TEXT) add_character(l, kind, text[i]);
		else skip_character(l, kind, text[i]);
	}
}

void log_addf(struct log *l, enum log_kind kind, const char *format, ...) {
	char text[4096];
	va_list args;
	va_start(args, format);
	int n = vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (n > 0) log_add(l, kind, text, n < (int)sizeof text ? (size_t)n : sizeof text - 1);
}

/* ---- lines are looked at -------------------------------------------------------------------------------------------------- */

int64_t log_first(const struct log *l) { return l->first; }
int64_t log_last(const struct log *l) { return l->end > l->first ? l->end - 1 : -1; }

const char *log_line(const struct log *l, int64_t line, enum log_kind *kind) {
	if (line < l->first || line >= l->end) return NULL;
	if (kind) *kind = line_at(l, line)->kind;
	return line_at(l, line)->text;
}

/* The bytes of TEXT [length] that a row of WIDTH columns takes, at least one character; it breaks behind the last blank unless that leaves it less than
 * two thirds full. */
static int row_bytes(const char *text, int length, bool ascii, int width) {
	const char *at = text, *blank = NULL;
	int used = 0, blank_at = 0;
	if (ascii && length <= width) return length;
	while (at < text + length) {
		const char *next = at;
		int columns;
		if (!utf8_next(&next, &columns)) return length; /* only what has no shape is left */
		if (used + columns > width) {
			if (next <= text + length && *at == ' ' && used == width) return (int)(next - text); /* the blank that would begin the next row */
			if (blank && blank_at * 3 >= width * 2) return (int)(blank - text);
			return at > text ? (int)(at - text) : (int)(next - text);
		}
		used += columns;
		if (*at == ' ') blank = next, blank_at = used;
		at = next;
	}
	return length;
}

static int64_t line_rows(const struct line *line, int width) {
	int64_t rows = 0;
	int at = 0;
	do rows++, at += row_bytes(line->text + at, line->length - at, line->ascii, width);
	while (at < line->length);
	return rows;
}

int64_t log_rows(const struct log *l, int width, int64_t from) {
	int64_t rows = 0;
	for (int64_t i = from > l->first ? from : l->first; i < l->end && width > 0; i++) rows += line_rows(line_at(l, i), width);
	return rows;
}

/* The last rows of LINE, SKIP of them left out, into ROWS from the end backwards; at most ROOM. Returns how many. */
static int rows_of(const struct line *line, int64_t number, int width, int64_t skip, struct log_row *end, int room) {
	int64_t rows = line_rows(line, width), index = 0;
	int at = 0, filled = (int)(rows - skip < room ? rows - skip : room);
	do {
		int bytes = row_bytes(line->text + at, line->length - at, line->ascii, width);
		int64_t back = rows - skip - index; /* its place counted from the end */
		if (back >= 1 && back <= filled) end[-back] = (struct log_row){line->kind, number, line->text + at, bytes, index == 0};
		at += bytes, index++;
	} while (at < line->length);
	return filled;
}

int log_view(const struct log *l, int width, int height, int64_t scroll, struct log_row *rows) {
	if (width < 1 || height < 1) return 0;
	int64_t line = l->end;
	if (scroll > 0) { /* no further than to the first row at the top */
		int64_t all = log_rows(l, width, 0);
		if (scroll > all - height) scroll = all > height ? all - height : 0;
	} else {
		scroll = 0;
	}
	int filled = 0;
	while (line > l->first && filled < height) {
		const struct line *newest = line_at(l, --line);
		int64_t have = scroll > 0 ? line_rows(newest, width) : 0;
		if (scroll > 0 && scroll >= have) {
			scroll -= have;
			continue;
		}
		filled += rows_of(newest, line, width, scroll, rows + height - filled, height - filled);
		scroll = 0;
	}
	memmove(rows, rows + height - filled, (size_t)filled * sizeof *rows);
	return filled;
}

int64_t log_scroll_to(const struct log *l, int width, int height, int64_t line) {
	int64_t below = log_rows(l, width, line), all = log_rows(l, width, 0), scroll = below - (height + 1) / 2;
	if (scroll > all - height) scroll = all - height;
	return scroll > 0 ? scroll : 0;
}

/* ---- search ----------------------------------------------------------------------------------------------------------------- */

int log_match(const char *text, int length, const char *needle, int *bytes) {
	if (!*needle) return -1;
	for (const char *from = text; from < text + length;) {
		const char *a = from, *b = needle, *next = from;
		int columns;
		while (*b && a < text + length) {
			uint32_t x = utf8_next(&a, &columns), y = utf8_next(&b, &columns);
			if (x != y && towlower((wint_t)x) != towlower((wint_t)y)) break;
			if (!*b && a <= text + length) return *bytes = (int)(a - from), (int)(from - text);
		}
		if (!utf8_next(&next, &columns)) return -1;
		from = next;
	}
	return -1;
}

int64_t log_search(const struct log *l, const char *needle, int64_t line, bool forward) {
	int64_t count = l->end - l->first;
	if (count < 1) return -1;
	if (line < l->first || line >= l->end) line = forward ? l->end - 1 : l->first; /* from an end: every line is looked at */
	for (int64_t i = 1; i <= count; i++) {
		int64_t at = l->first + ((line - l->first + (forward ? i : -i)) % count + count) % count;
		int bytes;
		if (log_match(line_at(l, at)->text, line_at(l, at)->length, needle, &bytes) >= 0) return at;
	}
	return -1;
}
