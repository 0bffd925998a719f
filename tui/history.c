#include <stdlib.h>
#include <string.h>

#include "tui/view.h"

enum { COLUMNS = 5 + GRANULARITIES + SOURCES + SOURCES + 1, VAL_COLUMNS = 1 + SOURCES * GRANULARITIES, FIRST_ROWS = 256 };

/* Every column of doubles of H, in a fixed order; the validation's apart, because it has fewer rows. */
static void columns(struct history *h, double **out[COLUMNS]) {
	int n = 0;
	out[n++] = &h->step, out[n++] = &h->total, out[n++] = &h->lr, out[n++] = &h->grad_norm, out[n++] = &h->images_per_s;
	for (int i = 0; i < GRANULARITIES; i++) out[n++] = &h->loss[i];
	for (int i = 0; i < SOURCES; i++) out[n++] = &h->mix[i];
	for (int i = 0; i < SOURCES + 1; i++) out[n++] = &h->effective[i];
}

static void val_columns(struct history *h, double **out[VAL_COLUMNS]) {
	int n = 0;
	out[n++] = &h->val_step;
	for (int k = 0; k < SOURCES; k++)
		for (int i = 0; i < GRANULARITIES; i++) out[n++] = &h->val[k][i];
}

/* A column that could grow stays grown: it holds what it held, and CAPACITY says what all of them have. */
static bool grow(double **const column[], int count, int64_t *capacity, int64_t rows) {
	int64_t wanted = *capacity > 0 ? *capacity : FIRST_ROWS;
	if (rows <= *capacity) return true;
	if (rows > INT64_MAX / 4 / (int64_t)sizeof(double)) return false;
	while (wanted < rows) wanted *= 2;
	for (int i = 0; i < count; i++) {
		double *grown = realloc(*column[i], (size_t)wanted * sizeof **column[i]);
		if (!grown) return false;
		*column[i] = grown;
	}
	*capacity = wanted;
	return true;
}

bool history_reserve(struct history *h, int64_t count) {
	double **column[COLUMNS];
	columns(h, column);
	return grow(column, COLUMNS, &h->capacity, count);
}

void history_add_val(struct history *h, const struct metric *m) {
	double **column[VAL_COLUMNS];
	while (h->val_count > 0 && h->val_step[h->val_count - 1] >= (double)m->step) h->val_count--;
	val_columns(h, column);
	if (!grow(column, VAL_COLUMNS, &h->val_capacity, h->val_count + 1)) return;
	int64_t i = h->val_count++;
	h->val_step[i] = (double)m->step;
	for (int k = 0; k < SOURCES; k++)
		for (int g = 0; g < GRANULARITIES; g++) h->val[k][g][i] = m->val[k][g];
}

void history_add(struct history *h, const struct metric *m) {
	int64_t i = h->count;
	while (i > 0 && h->step[i - 1] >= (double)m->step) i--; /* a step that is done again replaces what came of it: x stays ascending */
	if (i < h->count) history_cut(h, i);
	if (!history_reserve(h, i + 1)) return;
	h->step[i] = (double)m->step, h->total[i] = m->total, h->lr[i] = m->lr, h->grad_norm[i] = m->grad_norm, h->images_per_s[i] = m->images_per_s;
	for (int g = 0; g < GRANULARITIES; g++) h->loss[g][i] = m->loss[g];
	for (int k = 0; k < SOURCES; k++) h->mix[k][i] = m->mix[k];
	for (int k = 0; k < SOURCES + 1; k++) h->effective[k][i] = m->effective[k];
	h->count++;
	if (m->evaluated) history_add_val(h, m);
}

void history_cut(struct history *h, int64_t count) {
	if (count < 0) count = 0;
	if (count >= h->count) return;
	double first_gone = h->step[count];
	h->count = count;
	while (h->val_count > 0 && h->val_step[h->val_count - 1] >= first_gone) h->val_count--;
}

bool history_copy(struct history *to, const struct history *from) {
	double **column[2][COLUMNS], **val[2][VAL_COLUMNS];
	struct history *both[2] = {to, (struct history *)from}; /* only its columns are looked up */
	for (int i = 0; i < 2; i++) columns(both[i], column[i]), val_columns(both[i], val[i]);
	memcpy(to->name, from->name, sizeof to->name);
	if (!history_reserve(to, from->count) || !grow(val[0], VAL_COLUMNS, &to->val_capacity, from->val_count)) return history_free(to), false;
	to->count = from->count, to->val_count = from->val_count;
	for (int i = 0; i < COLUMNS && from->count > 0; i++) memcpy(*column[0][i], *column[1][i], sizeof(double) * (size_t)from->count);
	for (int i = 0; i < VAL_COLUMNS && from->val_count > 0; i++) memcpy(*val[0][i], *val[1][i], sizeof(double) * (size_t)from->val_count);
	return true;
}

void history_free(struct history *h) {
	double **column[COLUMNS], **val[VAL_COLUMNS];
	columns(h, column);
	val_columns(h, val);
	for (int i = 0; i < COLUMNS; i++) free(*column[i]);
	for (int i = 0; i < VAL_COLUMNS; i++) free(*val[i]);
	*h = (struct history){0};
}

void overlay_free(struct overlay *o) {
	for (int i = 0; o && i < o->count; i++) history_free(&o->run[i]);
	free(o);
}

void view_overlay(struct view *v, struct overlay *o) {
	struct overlay had = {.count = v->others};
	memcpy(had.run, v->other, sizeof had.run);
	memcpy(v->other, o->run, sizeof v->other);
	v->others = o->count;
	*o = had;
}
