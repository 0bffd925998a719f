/* viewer/panels_data.c -- the contents of a table of pictures and the places of its cells; no drawing, so that a build without Cairo has it too. */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "viewer/figures/panels.h"
#include "viewer/figures/panels_layout.h"

int panels_init(struct panels *p, int rows, int columns) {
	*p = (struct panels){0};
	if (rows < 1 || columns < 1 || rows > PANELS_MAX || columns > PANELS_MAX)
		return err_set(ERR_ARGUMENT, "a figure of %d x %d pictures can't be made (1 to %d each way)", rows, columns, PANELS_MAX);
	p->row = calloc((size_t)rows, sizeof *p->row);
	p->column = calloc((size_t)columns, sizeof *p->column);
	p->panel = calloc((size_t)rows * (size_t)columns, sizeof *p->panel);
	p->rows = rows, p->columns = columns;
	if (p->row && p->column && p->panel) return 0;
	panels_fini(p);
	return err_set(ERR_MEMORY, "no memory for a figure of %d x %d pictures", rows, columns);
}

void panels_fini(struct panels *p) {
	for (int i = 0; p->panel && i < p->rows * p->columns; i++) image_free(&p->panel[i].picture);
	free(p->row);
	free(p->column);
	free(p->panel);
	*p = (struct panels){0};
}

struct panel *panels_at(const struct panels *p, int row, int column) { return &p->panel[row * p->columns + column]; }

static int characters(const char *utf8) {
	int n = 0;
	for (; *utf8; utf8++) n += (*utf8 & 0xc0) != 0x80;
	return n;
}

/* The rows' names need so much: about 0.62 em a character, more where it is bold. */
static double label_width(const struct panels_head *h) {
	double text = 7.8 * characters(h->text), group = 9.2 * characters(h->group), note = 6.9 * characters(h->note);
	return fmin(fmax(text, fmax(group, note)) + 12, PANELS_LABELS_MOST);
}

static bool any_text(const struct panels_head *head, int count, size_t offset) {
	for (int i = 0; i < count; i++)
		if (((const char *)&head[i])[offset]) return true;
	return false;
}

/* The multiple (or half) of the largest picture's edge that is nearest to PANELS_CELL: sharp at two pixels a unit. */
static double cell_size(const struct panels *p) {
	int edge = 0;
	for (int i = 0; i < p->rows * p->columns; i++)
		if (p->panel[i].picture.width > edge) edge = p->panel[i].picture.width;
	return edge ? edge * fmax(1, round(2.0 * PANELS_CELL / edge)) / 2 : PANELS_CELL;
}

double panels_labels(const struct panels *p) {
	double width = 0;
	for (int i = 0; i < p->rows; i++) width = fmax(width, label_width(&p->row[i]));
	return width > 12 ? fmax(width, PANELS_LABELS) : p->legend ? PANELS_LABELS : 0;
}

double panels_top(const struct panels *p) { return PANELS_MARGIN + (*p->title ? PANELS_TITLE : 0); }

double panels_heads(const struct panels *p) {
	return (any_text(p->column, p->columns, offsetof(struct panels_head, group)) ? PANELS_GROUP : 0) +
	       (any_text(p->column, p->columns, offsetof(struct panels_head, text)) ? PANELS_HEAD : 0) +
	       (any_text(p->column, p->columns, offsetof(struct panels_head, note)) ? PANELS_NOTE : 0);
}

/* Where the I-th of COUNT stands: a wider gap before each group but the first. */
static double along(const struct panels_head *head, int i, double size) {
	double at = i * (size + PANELS_GAP);
	for (int k = 1; k <= i; k++) at += *head[k].group ? PANELS_APART - PANELS_GAP : 0;
	return at;
}

struct panels_box panels_cell(const struct panels *p, int row, int column) {
	double size = cell_size(p);
	return (struct panels_box){PANELS_MARGIN + panels_labels(p) + along(p->column, column, size),
	        panels_top(p) + panels_heads(p) + along(p->row, row, size), size};
}

double panels_width(const struct panels *p) {
	struct panels_box last = panels_cell(p, 0, p->columns - 1);
	bool foot = *p->caption || *p->title || p->legend;
	return fmax(last.x + last.size, foot ? PANELS_LEAST : 0) + PANELS_MARGIN;
}

double panels_foot(const struct panels *p) {
	struct panels_box last = panels_cell(p, p->rows - 1, 0);
	return last.y + last.size;
}
