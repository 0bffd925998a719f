/* app/verbs_compare.c -- compare, compare remove: other runs' curves beside the present one's. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/curves.h"
#include "app/verbs.h"
#include "engine/base/err.h"
#include "tui/chart.h"

enum { ROWS = 10, WINDOW = 20 };

static void list_runs(struct app *a) {
	if (a->compared_count == 0) fprintf(a->out, "no other run is shown (compare DIR adds one)\n");
	for (int i = 0; i < a->compared_count; i++) {
		const struct history *h = &a->compared[i].history;
		fprintf(a->out, "%d  %s: %lld steps, %lld validations (%s)\n", i + 1, h->name, (long long)h->count, (long long)h->val_count, a->compared[i].dir);
	}
}

/* ---- a table, where there is no pane ----------------------------------------------------------------------------------------------- */

/* The row of STEP, or -1. */
static int64_t row_of(const struct history *h, double step) {
	int64_t low = 0, high = h->count;
	while (low < high) {
		int64_t middle = low + (high - low) / 2;
		if (h->step[middle] < step) low = middle + 1;
		else high = middle;
	}
	return low < h->count && h->step[low] == step ? low : -1;
}

static void smooth(struct history *h) {
	for (int g = 0; g < GRANULARITIES; g++) chart_smooth(h->loss[g], h->loss[g], h->count, WINDOW);
}

static void print_row(FILE *out, const struct history *own, const struct history *other, int64_t i, int64_t k) {
	fprintf(out, "%9.0f", own->step[i]);
	for (int g = 0; g < GRANULARITIES; g++) fprintf(out, "   %8.4f %8.4f %5.2f", own->loss[g][i], other->loss[g][k], own->loss[g][i] / other->loss[g][k]);
	fputc('\n', out);
}

/* Both runs at (about) ROWS of the steps that both have, the last one included: smoothed losses and their ratios. */
static int print_table(struct app *a, const struct history *other) {
	struct history own = {0}, copy = {0};
	int64_t common = 0, printed = 0;
	int rc = curves_own(a, &own);
	if (!rc && !history_copy(&copy, other)) rc = err_set(ERR_MEMORY, "no memory for a table");
	smooth(&own), smooth(&copy);
	for (int64_t i = 0; !rc && i < own.count; i++) common += row_of(&copy, own.step[i]) >= 0;
	if (common > 0) {
		fprintf(a->out, "%9s", "step");
		for (int g = 0; g < GRANULARITIES; g++) fprintf(a->out, "   %8s %8.8s ratio", granularity_name[g], other->name);
		fprintf(a->out, "   (means of about %d steps)\n", WINDOW);
	} else if (!rc) {
		fprintf(a->out, own.count ? "the present run has no step in common with %s\n" : "the present run has no step yet; %s is kept beside it\n", other->name);
	}
	for (int64_t i = 0, seen = 0; common > 0 && i < own.count; i++) {
		int64_t k = row_of(&copy, own.step[i]);
		if (k < 0 || ++seen * ROWS < (printed + 1) * common) continue;
		print_row(a->out, &own, &copy, i, k);
		printed = seen * ROWS / common;
	}
	history_free(&own);
	history_free(&copy);
	return rc;
}

/* ---- the commands -------------------------------------------------------------------------------------------------------------------- */

/* Where the run of that folder stands, or will stand; -1: there are too many. */
static int place_of(const struct app *a, const char *dir) {
	for (int i = 0; i < a->compared_count; i++)
		if (!strcmp(a->compared[i].dir, dir)) return i;
	return a->compared_count < VIEW_RUNS ? a->compared_count : -1;
}

static void name_of(char *out, size_t capacity, const char *dir) {
	size_t n = strlen(dir);
	while (n > 1 && dir[n - 1] == '/') n--;
	const char *from = dir + n;
	while (from > dir && from[-1] != '/') from--;
	snprintf(out, capacity, "%.*s", (int)(dir + n - from), from);
}

int verb_compare(struct app *a, const struct call *c) {
	const char *given = call_text(c, "DIR"), *name = call_text(c, "name");
	char dir[PATH_MAX];
	struct history fresh = {0};
	if (!given && name) return err_set(ERR_ARGUMENT, "compare needs the folder of the run that is called %s (compare DIR name=%s)", name, name);
	if (!given) return list_runs(a), 0;
	if (!realpath(given, dir)) snprintf(dir, sizeof dir, "%s", given);
	int i = place_of(a, dir), rc = curves_open(&fresh, given);
	if (!rc && i < 0) rc = err_set(ERR_STATE, "%d other runs are shown already (compare remove N)", VIEW_RUNS);
	if (rc) return history_free(&fresh), rc;
	if (name) snprintf(fresh.name, sizeof fresh.name, "%s", name);
	else if (i < a->compared_count) memcpy(fresh.name, a->compared[i].history.name, sizeof fresh.name);
	else name_of(fresh.name, sizeof fresh.name, dir);
	if (i == a->compared_count) a->compared_count++;
	history_free(&a->compared[i].history);
	a->compared[i].history = fresh;
	memcpy(a->compared[i].dir, dir, sizeof dir);
	a->compared_serial++;
	list_runs(a);
	return a->ui ? 0 : print_table(a, &fresh);
}

int verb_compare_remove(struct app *a, const struct call *c) {
	int n = (int)call_int(c, "N", 0), from = n ? n - 1 : 0, to = n ? n : a->compared_count;
	if (n > a->compared_count) return err_set(ERR_ARGUMENT, "there is no run %d (compare lists them)", n);
	for (int i = from; i < to; i++) history_free(&a->compared[i].history);
	memmove(a->compared + from, a->compared + to, sizeof *a->compared * (size_t)(a->compared_count - to));
	a->compared_count -= to - from;
	memset(a->compared + a->compared_count, 0, sizeof *a->compared * (size_t)(to - from));
	a->compared_serial++;
	list_runs(a);
	return 0;
}
