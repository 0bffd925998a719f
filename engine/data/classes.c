#include "engine/data/classes.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/data/codec.h"

enum { FIELDS = 6, FILE_BYTES_MAX = 1 << 20 };

static const char *const field_name[FIELDS] = {"index", "name", "r", "g", "b", "thing"};

struct line {
	const char *at;
	size_t length;
	const char *source;
	int number;
};

/* Cuts the line at its tabs; the number of fields, at most FIELDS + 1 counted. */
static int cut(const struct line *l, const char *field[FIELDS], size_t length[FIELDS]) {
	int n = 0;
	const char *at = l->at, *end = l->at + l->length;
	for (;;) {
		const char *tab = memchr(at, '\t', (size_t)(end - at));
		const char *stop = tab ? tab : end;
		if (n < FIELDS) field[n] = at, length[n] = (size_t)(stop - at);
		n++;
		if (!tab || n > FIELDS) return n;
		at = tab + 1;
	}
}

static int parse_number(const struct line *l, int i, const char *text, size_t length, int max, int *out) {
	int value = 0;
	bool fits = length >= 1 && length <= 3;
	for (size_t k = 0; fits && k < length; k++) {
		fits = text[k] >= '0' && text[k] <= '9';
		value = value * 10 + (text[k] - '0');
	}
	if (!fits || value > max)
		return err_set(ERR_FORMAT, "%s line %d: %s is \"%.*s\" (a whole number from 0 to %d is due)", l->source, l->number, field_name[i],
		               (int)(length < 40 ? length : 40), text, max);
	*out = value;
	return 0;
}

static int parse_line(const struct line *l, int due, struct class_info *out) {
	const char *field[FIELDS];
	size_t length[FIELDS];
	int value[FIELDS] = {0}, n = cut(l, field, length);
	static const int max[FIELDS] = {CLASSES_MAX - 1, 0, 255, 255, 255, 1};
	if (n != FIELDS)
		return err_set(ERR_FORMAT, "%s line %d has %s%d fields (6 between tabs are due: index, name, r, g, b, thing)", l->source, l->number,
		               n > FIELDS ? "more than " : "", n > FIELDS ? FIELDS : n);
	for (int i = 0; i < FIELDS; i++) {
		int rc = i == 1 ? 0 : parse_number(l, i, field[i], length[i], max[i], &value[i]);
		if (rc != 0) return rc;
	}
	if (value[0] != due)
		return err_set(ERR_FORMAT, "%s line %d: index %d where %d is due (indices count from 0 without gaps)", l->source, l->number,
		               value[0], due);
	if (length[1] < 1 || length[1] >= sizeof out->name)
		return err_set(ERR_FORMAT, "%s line %d: a name of %zu bytes (1 to %zu)", l->source, l->number, length[1], sizeof out->name - 1);
	for (size_t k = 0; k < length[1]; k++)
		if ((unsigned char)field[1][k] < ' ' || field[1][k] == 127)
			return err_set(ERR_FORMAT, "%s line %d: the name holds a control character (byte %d)", l->source, l->number, field[1][k]);
	*out = (struct class_info){.r = (uint8_t)value[2], .g = (uint8_t)value[3], .b = (uint8_t)value[4], .thing = value[5] == 1};
	memcpy(out->name, field[1], length[1]);
	return 0;
}

int classes_parse(struct class_table *out, const char *text, size_t length, const char *name) {
	struct line l = {.source = name};
	*out = (struct class_table){0};
	for (size_t at = 0; at < length; at += l.length + 1) {
		const char *end = memchr(text + at, '\n', length - at);
		l.at = text + at;
		l.length = end ? (size_t)(end - l.at) : length - at;
		l.number++;
		struct line row = l;
		if (row.length > 0 && row.at[row.length - 1] == '\r') row.length--;
		bool header = l.number == 1 && row.length >= 5 && memcmp(row.at, "index", 5) == 0;
		if (header || row.length == 0) continue;
		if (out->count == CLASSES_MAX)
			return err_set(ERR_FORMAT, "%s lists more than %d classes (255 stands for unlabelled cells)", name, CLASSES_MAX);
		int rc = parse_line(&row, out->count, &out->row[out->count]);
		if (rc != 0) return rc;
		out->count++;
	}
	if (out->count == 0) return err_set(ERR_FORMAT, "%s lists no classes (a line a class: index, name, r, g, b, thing between tabs)", name);
	return 0;
}

int classes_read(struct class_table *out, const char *path) {
	uint8_t *text;
	size_t length;
	*out = (struct class_table){0};
	int rc = file_read(&text, &length, path, FILE_BYTES_MAX);
	if (rc != 0) return rc;
	rc = classes_parse(out, (const char *)text, length, path);
	free(text);
	return rc;
}
