/* app/verbs_loss.c -- loss: the recent losses as a table, the run as a line of bars, then and now, validation per kind of mask. */
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/verbs.h"
#include "engine/base/err.h"

enum { CHART_COLUMNS = 60, SERIES = GRANULARITIES + 1 };

static double series(const struct metric *m, int i) { return i < GRANULARITIES ? m->loss[i] : m->total; }
static const char *series_name(int i) { return i < GRANULARITIES ? granularity_name[i] : "total"; }

/* Means of at most CHART_COLUMNS equal parts, as bars between the least and the greatest. */
static void print_chart(struct app *a, const struct metric *m, int n, int which) {
	static const char *const blocks[] = {"\u2581", "\u2582", "\u2583", "\u2584", "\u2585", "\u2586", "\u2587", "\u2588"};
	static const char *const plain[] = {"_", ".", ",", "-", "~", "=", "+", "#"};
	const char *const *bar = strcmp(nl_langinfo(CODESET), "UTF-8") ? plain : blocks;
	int columns = n < CHART_COLUMNS ? n : CHART_COLUMNS;
	double mean[CHART_COLUMNS] = {0}, least = 0, greatest = 0;
	for (int c = 0; c < columns; c++) {
		int from = (int)((int64_t)n * c / columns), to = (int)((int64_t)n * (c + 1) / columns);
		mean[c] = 0;
		for (int i = from; i < to; i++) mean[c] += series(&m[i], which) / (to - from);
		if (c == 0 || mean[c] < least) least = mean[c];
		if (c == 0 || mean[c] > greatest) greatest = mean[c];
	}
	fprintf(a->out, "%-9s %9.4f ", series_name(which), mean[0]);
	for (int c = 0; c < columns; c++) fputs(bar[greatest > least ? (int)((mean[c] - least) / (greatest - least) * 7.999) : 0], a->out);
	fprintf(a->out, " %.4f\n", mean[columns - 1]);
}

static void print_table(struct app *a, const struct metric *m, int n, int rows) {
	fprintf(a->out, "%9s %9s %9s %9s %9s %10s\n", "step", "semseg", "instance", "rgb", "total", "lr");
	for (int i = n > rows ? n - rows : 0; i < n; i++)
		fprintf(a->out, "%9lld %9.4f %9.4f %9.4f %9.4f %10.3g\n", (long long)m[i].step, m[i].loss[SEMSEG], m[i].loss[INSTANCE],
		        m[i].loss[RGB], m[i].total, m[i].lr);
}

/* Of the first and the last tenth (at least one step, at most 20). */
static void print_change(struct app *a, const struct metric *m, int n) {
	int part = n / 10 < 1 ? 1 : n / 10 > 20 ? 20 : n / 10;
	fprintf(a->out, "\n%-9s %9s %9s %9s   (means of %d step%s)\n", "", "first", "now", "ratio", part, part == 1 ? "" : "s");
	for (int w = 0; w < SERIES; w++) {
		double first = 0, now = 0;
		for (int i = 0; i < part; i++) first += series(&m[i], w) / part, now += series(&m[n - 1 - i], w) / part;
		fprintf(a->out, "%-9s %9.4f %9.4f", series_name(w), first, now);
		if (first > 0) fprintf(a->out, " %9.3f", now / first);
		fprintf(a->out, "\n");
	}
}

static void print_validation(struct app *a, const struct metric *m, int n) {
	int first = 0, last = n - 1;
	while (first < n && !m[first].evaluated) first++;
	while (last >= 0 && !m[last].evaluated) last--;
	if (last < 0) return;
	fprintf(a->out, "\n%-9s %20s %20s %20s   (steps %lld -> %lld, frozen images and masks)\n", "val masks", "semseg", "instance", "rgb",
	        (long long)m[first].step, (long long)m[last].step);
	for (int k = 0; k < SOURCES; k++) {
		fprintf(a->out, "%-9s", mask_source_name[k]);
		for (int g = 0; g < GRANULARITIES; g++) fprintf(a->out, "   %7.4f -> %7.4f", m[first].val[k][g], m[last].val[k][g]);
		fprintf(a->out, "\n");
	}
}

int verb_loss(struct app *a, const struct call *c) {
	int64_t count = a->trainer ? trainer_history_count(a->trainer) : 0;
	if (count < 1) return err_set(ERR_STATE, "there are no losses yet (train first)");
	struct metric *m = malloc((size_t)count * sizeof *m);
	if (!m) return err_set(ERR_MEMORY, "no memory for %lld steps of losses", (long long)count);
	int n = trainer_history(a->trainer, 0, m, (int)count);
	print_table(a, m, n, (int)call_int(c, "last", 10));
	fprintf(a->out, "\n");
	for (int w = 0; w < SERIES; w++) print_chart(a, m, n, w);
	print_change(a, m, n);
	print_validation(a, m, n);
	free(m);
	return 0;
}
