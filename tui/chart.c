/* How a chart comes about: layout (which depends on the size only) -> ranges -> one trace a series: for each column of dots the rows it reaches -> the
 * dots of all traces in a canvas of cells -> the grid, with lines behind the curves and marks before them -> axes and legend. */
#include "tui/chart.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER = 6, GUTTER = NUMBER + 1, TICKS_MAX = 48 };
static const double LARGEST = 1e300; /* what is beyond counts as infinite: differences then never are */

static bool usable(double v, bool log) { return fabs(v) <= LARGEST && (!log || v > 0); }
static double clamp(double v, double least, double most) { return v >= least ? (v <= most ? v : most) : least; }

/* ---- numbers ------------------------------------------------------------------------------------------------------- */

/* "1.500" -> "1.5", "2.0" -> "2" */
static void strip_zeros(char *text) {
	if (!strchr(text, '.')) return;
	size_t n = strlen(text);
	while (text[n - 1] == '0') n--;
	if (text[n - 1] == '.') n--;
	text[n] = '\0';
}

static void with_exponent(char *out, size_t capacity, double a, int room) {
	for (int digits = 1; digits >= 0; digits--) {
		char mantissa[32];
		snprintf(mantissa, sizeof mantissa, "%.*e", digits, a);
		char *e = strchr(mantissa, 'e');
		*e = '\0';
		strip_zeros(mantissa);
		if (snprintf(out, capacity, "%se%d", mantissa, atoi(e + 1)) <= room) return;
	}
	snprintf(out, capacity, "0"); /* below 1e-99 */
}

static void positive_number(char *out, size_t capacity, double a, int room) {
	if (a < 0.00095 || a >= 999.5e12) {
		with_exponent(out, capacity, a, room);
		return;
	}
	if (a < 999.95) {
		for (int decimals = 4; decimals >= 0; decimals--) /* four digits that count, where there is room */
			if (snprintf(out, capacity, "%.*f", decimals, a) <= room && (decimals == 0 || a * pow(10, decimals) < 9999.5)) break;
		strip_zeros(out);
		return;
	}
	const char *suffix = "kMGT";
	for (a /= 1e3; a >= 999.5 && suffix[1]; suffix++) a /= 1e3;
	snprintf(out, capacity, "%.*f", a < 9.995 ? 2 : a < 99.95 ? 1 : 0, a);
	strip_zeros(out);
	size_t n = strlen(out);
	if (n + 1 < capacity) out[n] = *suffix, out[n + 1] = '\0';
}

void chart_number(char *out, int capacity, double v) {
	char text[32];
	if (isnan(v)) snprintf(text, sizeof text, "nan");
	else if (isinf(v)) snprintf(text, sizeof text, "inf");
	else if (v == 0) snprintf(text, sizeof text, "0");
	else positive_number(text, sizeof text, fabs(v), v < 0 ? NUMBER - 1 : NUMBER);
	snprintf(out, (size_t)capacity, "%s%s", v < 0 && strcmp(text, "0") != 0 ? "-" : "", text);
}

/* A tick's number in ROOM columns: as many decimals as its neighbours, STEP apart, have; thousands as "1.5k" where that tells neighbours apart. */
static void tick_number(char *out, int capacity, double v, double step, int room) {
	double scale = 1;
	const char *suffix = " kMGT";
	for (; fabs(v) >= 1e3 * scale && suffix[1]; suffix++) scale *= 1e3;
	int decimals = (int)clamp(ceil(-log10(step / scale) - 1e-9), 0, 9), width;
	if (scale > 1 && decimals > 1 && step >= 1 && snprintf(out, (size_t)capacity, "%.0f", v) <= room) return;
	width = snprintf(out, (size_t)capacity, "%.*f", decimals, v / scale);
	if (scale > 1 && width < capacity - 1) {
		strip_zeros(out);
		width = (int)strlen(out) + 1;
		out[width - 1] = *suffix, out[width] = '\0';
	}
	if (v == 0 || decimals > 4 || width > room) chart_number(out, capacity, v);
}

/* An x that is looked at: a step in full. */
static void exact_number(char *out, int capacity, double v) {
	if (fabs(v) < 1e9 && v == floor(v)) snprintf(out, (size_t)capacity, "%.0f", v);
	else chart_number(out, capacity, v);
}

/* The smallest of 1, 2, 5, 10, 20 ... that is LEAST or more. */
static double nice_step(double least) {
	if (!(least > 1e-300)) return 1e-300;
	double magnitude = pow(10, floor(log10(least))), share = least / magnitude;
	return magnitude * (share <= 1 + 1e-9 ? 1 : share <= 2 + 1e-9 ? 2 : share <= 5 + 1e-9 ? 5 : 10);
}

void chart_smooth(double *out, const double *y, int64_t count, double window) {
	double keep = window > 1 ? 1 - 1 / window : 0, mean = 0, weight = 0;
	for (int64_t i = 0; i < count; i++) {
		double v = y[i];
		if (usable(v, false)) {
			mean = keep * mean + (1 - keep) * v, weight = keep * weight + (1 - keep);
			v = mean / weight;
		}
		out[i] = v;
	}
}

/* ---- layout -------------------------------------------------------------------------------------------------------- */

struct layout {
	int left, top, columns, rows;        /* the plot; the y axis is left of it where left > 0 */
	int legend_row, axis_row, label_row; /* -1: none */
};

static struct layout layout_of(int width, int height, bool legend) {
	struct layout l = {0, 0, 0, 0, -1, -1, -1};
	if (width < 1 || height < 1) return l;
	int bottom = height;
	if (legend && height >= 5) l.legend_row = 0, l.top = 1;
	if (width >= 12 && height >= 4) l.label_row = --bottom;
	if (width >= 12 && height >= 9) l.axis_row = --bottom;
	if (width >= 20) l.left = GUTTER;
	l.columns = width - l.left, l.rows = bottom - l.top;
	return l;
}

/* The shown range of x; an empty one becomes one wide. */
static void x_range(const struct chart *c, double *x0, double *x1) {
	*x0 = usable(c->x0, false) ? c->x0 : 0;
	*x1 = usable(c->x1, false) ? c->x1 : *x0;
	if (*x1 > *x0 && *x1 - *x0 > 1e-12 * fabs(*x0)) return;
	double half = fmax(0.5, 1e-9 * fabs(*x0));
	*x1 = *x0 + half, *x0 -= half;
}

/* Where x lies among N equal columns, as a real number. */
static double position(double x, double x0, double x1, int n) { return (x - x0) / (x1 - x0) * n; }

static int column_of(double at, int n) { return at >= n ? n - 1 : (int)at; }

int chart_column(const struct chart *c, const struct grid *g, double x) {
	struct layout l = layout_of(g->width, g->height, false);
	double x0, x1;
	x_range(c, &x0, &x1);
	return l.columns > 0 && x >= x0 && x <= x1 ? l.left + column_of(position(x, x0, x1, l.columns), l.columns) : -1;
}

double chart_x(const struct chart *c, const struct grid *g, int column) {
	struct layout l = layout_of(g->width, g->height, false);
	double x0, x1;
	x_range(c, &x0, &x1);
	if (l.columns < 1) return x0;
	return clamp(x0 + (x1 - x0) * ((column - l.left + 0.5) / l.columns), x0, x1);
}

/* ---- the range of y ------------------------------------------------------------------------------------------------ */

/* The first index whose x is not below (PAST: is above) X. */
static int64_t index_of(const struct series *s, double x, bool past) {
	int64_t low = 0, high = s->count;
	while (low < high) {
		int64_t middle = low + (high - low) / 2;
		if (past ? s->x[middle] <= x : s->x[middle] < x) low = middle + 1;
		else high = middle;
	}
	return low;
}

struct range { double least, most; };

static struct range y_values(const struct series *s, int64_t from, int64_t to, bool log, struct range r) {
	for (int64_t i = from; i < to; i++) {
		double v = s->y[i];
		if (!usable(v, log)) continue;
		if (v < r.least) r.least = v;
		if (v > r.most) r.most = v;
	}
	return r;
}

/* Of all values shown, or, when the range holds none, of those just beside it. */
static struct range y_shown(const struct chart *c, double x0, double x1, const struct series *series, int count) {
	struct range r = {INFINITY, -INFINITY};
	for (int wider = 0; wider < 2 && !(r.least <= r.most); wider++)
		for (int i = 0; i < count; i++) {
			int64_t from = index_of(&series[i], x0, false) - wider, to = index_of(&series[i], x1, true) + wider;
			r = y_values(&series[i], from > 0 ? from : 0, to < series[i].count ? to : series[i].count, c->log, r);
		}
	return r;
}

struct scale { double low, high; bool log; }; /* of log10(y) on a log axis */

static double scaled(const struct scale *s, double y) { return s->log ? log10(y) : y; }
static double unscaled(const struct scale *s, double v) { return s->log ? pow(10, v) : v; }

/* A range that is given; a log axis can't begin at 0. */
static struct range y_fixed(const struct chart *c, struct range shown) {
	struct range r = {c->y0, c->y1};
	if (c->log && r.least <= 0) r.least = shown.least < r.most ? shown.least : r.most / 1e3;
	return r;
}

static struct scale scale_of(const struct chart *c, double x0, double x1, const struct series *series, int count) {
	struct scale s = {0, 1, c->log};
	struct range r = y_shown(c, x0, x1, series, count);
	bool any = r.least <= r.most, fixed = c->y0 < c->y1 && usable(c->y0, false) && usable(c->y1, c->log);
	if (fixed) r = y_fixed(c, r);
	if (!any && !fixed) r = c->log ? (struct range){0.1, 10} : (struct range){0, 1};
	s.low = scaled(&s, r.least), s.high = scaled(&s, r.most);
	double length = s.high - s.low, size = fmax(fabs(s.low), fabs(s.high));
	if (any && !fixed) {
		double room = length > 1e-9 * size ? 0.04 * length : s.log ? 0.3 : size > 0 ? 0.1 * size : 1;
		bool positive = !s.log && s.low >= 0;
		s.low -= room, s.high += room;
		if (positive && s.low < 0) s.low = 0;
	}
	if (!(s.high > s.low)) s.low -= 0.5, s.high += 0.5; /* the last bits of a double were not enough */
	return s;
}

/* ---- traces: what a series reaches in each column of dots ----------------------------------------------------------- */

struct trace {
	int columns, rows;
	int *top, *bottom; /* [columns] rows of dots; top > bottom: nothing */
};

/* A value's row of dots as a real number, held near the plot, so that it fits an int. */
static double row_of(const struct scale *s, int rows, double y) {
	double at = (s->high - scaled(s, y)) / (s->high - s->low) * rows;
	if (at >= rows && at < rows + 1e-6 * rows) return rows - 0.5; /* the lowest value is still inside */
	return clamp(at, -1e6, 1e6);
}

static void stroke(struct trace *t, int column, double from, double to) {
	if (column < 0 || column >= t->columns) return;
	int a = (int)floor(fmin(from, to)), b = (int)floor(fmax(from, to));
	if (b < 0 || a >= t->rows) return;
	if (a < 0) a = 0;
	if (b >= t->rows) b = t->rows - 1;
	if (a < t->top[column]) t->top[column] = a;
	if (b > t->bottom[column]) t->bottom[column] = b;
}

struct run { /* points that fall into one column without a gap between them */
	int column;
	double first, least, most, last;     /* y */
	double first_at, last_at;            /* position in columns */
};

/* A line from the last point of A to the first of B: each column has the row at its middle, and half the way to its neighbours' rows. */
static void join(struct trace *t, const struct scale *s, const struct run *a, const struct run *b) {
	double from = row_of(s, t->rows, a->last), to = row_of(s, t->rows, b->first), slope = (to - from) / (b->first_at - a->last_at);
	int begin = a->column < -1 ? -1 : a->column, end = b->column > t->columns ? t->columns : b->column;
	if (!isfinite(slope)) slope = 0;
	double before = begin == a->column ? from : from + slope * (begin + 0.5 - a->last_at);
	for (int k = begin + 1; k <= end; k++) {
		double here = k == b->column ? to : from + slope * (k + 0.5 - a->last_at);
		double step = floor(here) - floor(before), middle = floor(before) + floor(step / 2);
		if (step < -1) middle = floor(here) + floor(-step / 2);
		if (fabs(step) <= 1) {
			stroke(t, k - 1, before, before);
			stroke(t, k, here, here);
		} else {
			stroke(t, k - 1, before, step > 0 ? middle : middle + 1);
			stroke(t, k, step > 0 ? middle + 1 : middle, here);
		}
		before = here;
	}
}

static void finish(struct trace *t, const struct scale *s, const struct run *before, const struct run *r) {
	if (r->column >= 0 && r->column < t->columns) stroke(t, r->column, row_of(s, t->rows, r->most), row_of(s, t->rows, r->least));
	if (before && before->column < r->column) join(t, s, before, r);
}

static void trace_line(struct trace *t, const struct series *s, const struct scale *scale, double x0, double x1) {
	int64_t from = index_of(s, x0, false), to = index_of(s, x1, true);
	if (from > 0) from--; /* the line comes in from outside and goes out */
	if (to < s->count) to++;
	struct run before = {0}, r = {0};
	bool joined = false, open = false;
	for (int64_t i = from; i < to; i++) {
		double y = s->y[i], at = clamp(position(s->x[i], x0, x1, t->columns), -1e6, 1e6);
		if (!usable(y, scale->log) || isnan(s->x[i])) {
			if (open) finish(t, scale, joined ? &before : NULL, &r);
			joined = open = false;
			continue;
		}
		int column = s->x[i] == x1 ? t->columns - 1 : (int)floor(at);
		if (open && column == r.column) {
			if (y < r.least) r.least = y;
			if (y > r.most) r.most = y;
			r.last = y, r.last_at = at;
			continue;
		}
		if (open) {
			finish(t, scale, joined ? &before : NULL, &r);
			before = r, joined = true;
		}
		r = (struct run){column, y, y, y, y, at, at}, open = true;
	}
	if (open) finish(t, scale, joined ? &before : NULL, &r);
}

/* ---- the canvas: dots of all series ---------------------------------------------------------------------------------- */

struct spot { uint8_t dots, most; int16_t owner[2]; }; /* the series that a cell's colour comes from; of its upper and lower half for half blocks */

struct canvas {
	int columns, rows;           /* cells */
	int across, down;            /* dots a cell */
	enum charset charset;
	struct spot *spots;          /* [rows][columns] */
	struct trace trace;          /* of the series in work */
};

static bool canvas_init(struct canvas *v, int columns, int rows, enum charset charset) {
	*v = (struct canvas){.columns = columns, .rows = rows, .across = 1, .down = 1, .charset = charset};
	if (charset == CHARSET_BRAILLE) v->across = 2, v->down = 4;
	if (charset == CHARSET_HALF_BLOCK) v->down = 2;
	v->trace.columns = columns * v->across, v->trace.rows = rows * v->down;
	v->spots = calloc((size_t)columns * (size_t)rows, sizeof *v->spots);
	v->trace.top = malloc((size_t)v->trace.columns * 2 * sizeof *v->trace.top);
	v->trace.bottom = v->trace.top ? v->trace.top + v->trace.columns : NULL;
	return v->spots && v->trace.top;
}

static void canvas_fini(struct canvas *v) {
	free(v->spots);
	free(v->trace.top);
}

/* The dots of one column of cells, row of cells ROW: braille's bits are 1 2 3 7 downwards on the left, 4 5 6 8 on the right. */
static unsigned dots_of(const struct canvas *v, int column, int row) {
	static const uint8_t braille[2][4] = {{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}};
	unsigned dots = 0;
	for (int i = 0; i < v->across; i++) {
		int k = column * v->across + i, first = row * v->down;
		for (int j = 0; j < v->down; j++)
			if (first + j >= v->trace.top[k] && first + j <= v->trace.bottom[k]) dots |= v->charset == CHARSET_BRAILLE ? braille[i][j] : 1u << j;
	}
	return dots;
}

static void canvas_add(struct canvas *v, int series) {
	const struct trace *t = &v->trace;
	for (int column = 0; column < v->columns; column++) {
		int top = t->rows, bottom = -1;
		for (int k = column * v->across; k < (column + 1) * v->across; k++) {
			if (t->top[k] < top) top = t->top[k];
			if (t->bottom[k] > bottom) bottom = t->bottom[k];
		}
		for (int row = top / v->down; row <= bottom / v->down && bottom >= 0; row++) {
			struct spot *s = &v->spots[row * v->columns + column];
			unsigned dots = dots_of(v, column, row), count = (unsigned)__builtin_popcount(dots);
			if (v->charset == CHARSET_HALF_BLOCK) {
				for (int half = 0; half < 2; half++)
					if ((dots & ~s->dots) >> half & 1) s->owner[half] = (int16_t)series;
			} else if (count > s->most) {
				s->most = (uint8_t)count, s->owner[0] = (int16_t)series;
			}
			s->dots |= (uint8_t)dots;
		}
	}
}

static struct style canvas_cell(const struct canvas *v, const struct spot *s, const struct series *series, uint32_t *rune) {
	struct style first = series[s->owner[0]].style;
	if (v->charset == CHARSET_BRAILLE) {
		*rune = 0x2800u + s->dots;
	} else if (v->charset == CHARSET_ASCII) {
		*rune = series[s->owner[0]].mark ? (unsigned char)series[s->owner[0]].mark : '*';
	} else if (s->dots != 3) {
		*rune = s->dots == 1 ? 0x2580 : 0x2584;
		if (s->dots == 2) first = series[s->owner[1]].style;
	} else {
		*rune = 0x2588;
		struct style second = series[s->owner[1]].style;
		if (second.fg != first.fg) *rune = 0x2580, first.bg = second.fg;
	}
	return first;
}

/* ---- drawing --------------------------------------------------------------------------------------------------------- */

struct drawing {
	const struct chart *chart;
	const struct series *series;
	int count;
	struct grid grid, plot;
	struct layout layout;
	struct look look;
	double x0, x1;
	struct scale scale;
	struct canvas canvas;
};

static uint32_t glyph(const struct drawing *d, uint32_t unicode, char ascii) { return d->look.charset == CHARSET_ASCII ? (unsigned char)ascii : unicode; }

/* The plot's column of x, -1 outside. */
static int plot_column(const struct drawing *d, double x) {
	return x >= d->x0 && x <= d->x1 ? column_of(position(x, d->x0, d->x1, d->plot.width), d->plot.width) : -1;
}

static void draw_line_column(struct drawing *d, double x, struct style s) {
	int column = plot_column(d, x);
	if (column >= 0) grid_fill(&d->plot, column, 0, 1, d->plot.height, glyph(d, 0x2502, '|'), s);
}

static void draw_curves(struct drawing *d) {
	struct canvas *v = &d->canvas;
	for (int i = 0; i < d->count; i++) {
		if (d->series[i].points) continue;
		for (int k = 0; k < v->trace.columns; k++) v->trace.top[k] = v->trace.rows, v->trace.bottom[k] = -1;
		trace_line(&v->trace, &d->series[i], &d->scale, d->x0, d->x1);
		canvas_add(v, i);
	}
	for (int row = 0; row < v->rows; row++)
		for (int column = 0; column < v->columns; column++) {
			const struct spot *s = &v->spots[row * v->columns + column];
			uint32_t rune;
			if (!s->dots) continue;
			struct style style = canvas_cell(v, s, d->series, &rune);
			grid_put(&d->plot, column, row, rune, style);
		}
}

/* The cell of a point; false where it is not shown. */
static bool cell_of(const struct drawing *d, const struct series *s, int64_t i, int *column, int *row) {
	if (!usable(s->y[i], d->scale.log) || (*column = plot_column(d, s->x[i])) < 0) return false;
	double at = row_of(&d->scale, d->canvas.trace.rows, s->y[i]);
	if (at < 0 || at >= d->canvas.trace.rows) return false;
	*row = (int)at / d->canvas.down;
	return true;
}

static void draw_points(struct drawing *d) {
	for (int k = 0; k < d->count; k++) {
		const struct series *s = &d->series[k];
		if (!s->points) continue;
		struct style style = s->style;
		style.attributes |= BOLD;
		uint32_t mark = s->mark ? (unsigned char)s->mark : glyph(d, 0x2022, 'o');
		int64_t to = index_of(s, d->x1, true);
		int column, row;
		for (int64_t i = index_of(s, d->x0, false); i < to; i++)
			if (cell_of(d, s, i, &column, &row)) grid_put(&d->plot, column, row, mark, style);
	}
}

/* A line's mark stands at its last point that is shown; where another mark stands already, a row lower or higher. */
static void draw_end_marks(struct drawing *d) {
	static const int moves[] = {0, 1, -1, 2, -2};
	enum { MARKS = 32 };
	int taken[MARKS][2], marks = 0;
	if (d->look.charset == CHARSET_ASCII) return; /* every dot is a mark there */
	for (int k = 0; k < d->count && marks < MARKS; k++) {
		const struct series *s = &d->series[k];
		if (s->points || !s->mark) continue;
		int column = -1, row = -1;
		int64_t from = index_of(s, d->x0, false), i = index_of(s, d->x1, true) - 1;
		while (i >= from && !cell_of(d, s, i, &column, &row)) i--;
		if (i < from) continue;
		for (size_t m = 0; m < sizeof moves / sizeof *moves; m++) {
			int y = row + moves[m];
			bool is_free = y >= 0 && y < d->plot.height;
			for (int n = 0; n < marks; n++) is_free = is_free && !(taken[n][0] == column && taken[n][1] == y);
			if (!is_free) continue;
			struct style style = s->style;
			style.attributes |= BOLD;
			grid_put(&d->plot, column, y, (unsigned char)s->mark, style);
			taken[marks][0] = column, taken[marks++][1] = y;
			break;
		}
	}
}

/* Whether nothing stands in the plot there. */
static bool is_empty(const struct drawing *d, int column, int row, int width) {
	if (column < 0 || row < 0 || row >= d->plot.height || column + width > d->plot.width) return false;
	for (int i = column; i < column + width; i++)
		if (d->plot.cells[(ptrdiff_t)row * d->plot.stride + i].rune != ' ') return false;
	return true;
}

/* Marks of the vertical lines at the top; labels beside them, at the top or the bottom, where nothing is covered. */
static void draw_line_labels(struct drawing *d) {
	for (int i = 0; i < d->chart->line_count; i++) {
		const struct chart_line *l = &d->chart->lines[i];
		int column = plot_column(d, l->x);
		if (column < 0) continue;
		if (l->mark) grid_put(&d->plot, column, 0, (unsigned char)l->mark, l->style);
		if (!l->label || !*l->label || d->plot.height < 3) continue;
		int width = grid_columns(l->label);
		const int places[4][2] = {{column + 2, 0}, {column + 2, d->plot.height - 1}, {column - 1 - width, 0}, {column - 1 - width, d->plot.height - 1}};
		for (int k = 0; k < 4; k++) {
			if (!is_empty(d, places[k][0], places[k][1], width)) continue;
			grid_text(&d->plot, places[k][0], places[k][1], theme_dim, l->label);
			break;
		}
	}
}

static void draw_crosshair(struct drawing *d) {
	int column = plot_column(d, d->chart->crosshair);
	uint32_t line = glyph(d, 0x2502, '|');
	if (column < 0) return;
	for (int row = 0; row < d->plot.height; row++) {
		struct cell *c = &d->plot.cells[(ptrdiff_t)row * d->plot.stride + column];
		bool dots = d->canvas.spots[row * d->canvas.columns + column].dots;
		if (!dots && (c->rune == ' ' || c->rune == line)) grid_put(&d->plot, column, row, line, theme_title);
		else c->style.attributes |= REVERSE;
	}
}

/* ---- axes -------------------------------------------------------------------------------------------------------------- */

struct ticks { int count; struct tick { int at; double value; char label[16]; } tick[TICKS_MAX]; };

/* A tick of the y axis, unless it comes nearer than two rows to another. */
static void y_tick(const struct drawing *d, struct ticks *t, double y, double step) {
	double at = row_of(&d->scale, d->plot.height, y);
	if (t->count >= TICKS_MAX || at < 0 || at >= d->plot.height) return;
	for (int i = 0; i < t->count; i++)
		if (abs(t->tick[i].at - (int)at) < 2) return;
	struct tick *tick = &t->tick[t->count++];
	tick->at = (int)at, tick->value = y;
	if (step > 0) tick_number(tick->label, sizeof tick->label, y, step, NUMBER);
	else chart_number(tick->label, sizeof tick->label, y);
}

static void linear_ticks(const struct drawing *d, struct ticks *t) {
	double low = unscaled(&d->scale, d->scale.low), high = unscaled(&d->scale, d->scale.high);
	int apart = d->plot.height > 24 ? 4 : 2;
	double step = nice_step((high - low) * apart / d->plot.height), first = ceil(low / step - 1e-9);
	for (int k = 0; k < 2 * TICKS_MAX && (first + k) * step <= high + 1e-9 * step; k++) y_tick(d, t, (first + k) * step, step);
}

/* Where the range is so small beside its values that the labels read the same: what the ticks are above the first. */
static void tell_apart(struct ticks *t) {
	if (t->count < 2 || strcmp(t->tick[0].label, t->tick[1].label) != 0) return;
	for (int i = 1; i < t->count; i++) {
		t->tick[i].label[0] = '+';
		chart_number(t->tick[i].label + 1, NUMBER, t->tick[i].value - t->tick[0].value);
	}
}

static void log_ticks(const struct drawing *d, struct ticks *t) {
	double decade = d->plot.height / (d->scale.high - d->scale.low); /* in rows */
	double every = fmax(1, ceil(2 / decade)), first = ceil(d->scale.low / every - 1e-9) * every;
	for (int k = 0; k < TICKS_MAX && first + k * every <= d->scale.high + 1e-9; k++) y_tick(d, t, pow(10, first + k * every), 0);
	static const double between[] = {5, 2, 3, 7};
	for (int i = 0; i < (decade >= 14 ? 4 : decade >= 6 ? 2 : 0); i++)
		for (double k = floor(d->scale.low); k <= d->scale.high; k++) y_tick(d, t, between[i] * pow(10, k), 0);
}

static void draw_y_axis(struct drawing *d) {
	struct ticks t = {0};
	if (d->layout.left < 1) return;
	if (d->scale.log) log_ticks(d, &t);
	if (t.count < 2) linear_ticks(d, &t), tell_apart(&t);
	if (t.count < 2) { /* too low for round numbers: the ends */
		t.count = 0;
		double length = d->scale.high - d->scale.low, half = length * 0.5 / d->plot.height;
		y_tick(d, &t, unscaled(&d->scale, d->scale.high - half), 0);
		y_tick(d, &t, unscaled(&d->scale, d->scale.low + half), 0);
	}
	struct grid g = grid_part(&d->grid, 0, d->layout.top, d->layout.left, d->plot.height);
	grid_fill(&g, g.width - 1, 0, 1, g.height, glyph(d, 0x2502, '|'), theme_dim);
	for (int i = 0; i < t.count; i++) {
		grid_text_right(&g, g.width - 2, t.tick[i].at, theme_dim, t.tick[i].label);
		grid_put(&g, g.width - 1, t.tick[i].at, glyph(d, 0x2524, '+'), theme_dim);
	}
}

/* Where a text of WIDTH columns begins in a row of LIMIT, so that its middle is at COLUMN. */
static int centred(int column, int width, int limit) {
	int at = column - width / 2;
	if (at + width > limit) at = limit - width;
	return at > 0 ? at : 0;
}

static void draw_x_axis(struct drawing *d) {
	const struct layout *l = &d->layout;
	if (l->label_row < 0) return;
	struct grid labels = grid_part(&d->grid, 0, l->label_row, d->grid.width, 1), axis = {0};
	if (l->axis_row >= 0) {
		axis = grid_part(&d->grid, l->left, l->axis_row, d->plot.width, 1);
		grid_fill(&axis, 0, 0, axis.width, 1, glyph(d, 0x2500, '-'), theme_dim);
		if (l->left > 0) grid_put(&d->grid, l->left - 1, l->axis_row, glyph(d, 0x2514, '+'), theme_dim);
	}
	char text[32];
	int cross = plot_column(d, d->chart->crosshair), cross_at = -2, cross_end = -2;
	if (cross >= 0) {
		exact_number(text, sizeof text, d->chart->crosshair);
		cross_at = centred(l->left + cross, (int)strlen(text), labels.width);
		cross_end = cross_at + grid_text(&labels, cross_at, 0, theme_cursor, text);
	}
	double step = nice_step((d->x1 - d->x0) * 10 / d->plot.width), first = ceil(d->x0 / step - 1e-9);
	int end = -1; /* the column behind the last label */
	for (int k = 0; k < 1000 && (first + k) * step <= d->x1 + 1e-9 * step; k++) {
		double x = (first + k) * step;
		tick_number(text, sizeof text, fabs(x) < 1e-9 * step ? 0 : x, step, 9);
		int width = (int)strlen(text), column = plot_column(d, clamp(x, d->x0, d->x1)), at = centred(l->left + column, width, labels.width);
		if (at <= end || (at <= cross_end && at + width >= cross_at)) continue;
		grid_text(&labels, at, 0, theme_dim, text);
		grid_put(&axis, column, 0, glyph(d, 0x252C, '+'), theme_dim);
		end = at + width;
	}
	if (cross_end > end) end = cross_end;
	if (d->chart->x_name && end + 2 + grid_columns(d->chart->x_name) <= labels.width) grid_text_right(&labels, labels.width - 1, 0, theme_dim, d->chart->x_name);
}

/* ---- legend ------------------------------------------------------------------------------------------------------------ */

/* The value of S at the crosshair, that of the last point up to it; without a crosshair the last one shown. NaN: none. */
static double legend_value(const struct drawing *d, const struct series *s) {
	double x = plot_column(d, d->chart->crosshair) >= 0 ? d->chart->crosshair : d->x1;
	int64_t i = index_of(s, x, true) - 1;
	return i >= 0 ? s->y[i] : NAN;
}

static int64_t gaps(const struct drawing *d, const struct series *s) {
	int64_t n = 0, to = index_of(s, d->x1, true);
	for (int64_t i = index_of(s, d->x0, false); i < to; i++) n += !usable(s->y[i], d->scale.log);
	return n;
}

/* One series from column AT on. DETAIL 3: "-s name 0.412 (2 gaps)", 2: "s name 0.412", 1: "s 0.412", 0: "s name". Returns the column behind it. */
static int draw_legend_entry(struct drawing *d, struct grid *g, int at, const struct series *s, int detail) {
	struct style bold = s->style;
	bold.attributes |= BOLD;
	bool named = detail != 1 || !s->mark;
	if (detail == 3 && !s->points) grid_put(g, at++, 0, glyph(d, 0x2500, '-'), s->style);
	if (s->mark) grid_put(g, at++, 0, (unsigned char)s->mark, bold);
	if (s->mark || (detail == 3 && !s->points)) at++;
	if (named) at += grid_text(g, at, 0, s->style, s->name);
	if (detail > 0) {
		char number[16];
		chart_number(number, sizeof number, legend_value(d, s));
		at += named;
		at += grid_text(g, at, 0, style_plain, number);
	}
	int64_t n = gaps(d, s);
	if (n > 0 && detail == 3) at += grid_textf(g, at, 0, theme_error, " (%lld gap%s)", (long long)n, n > 1 ? "s" : "");
	else if (n > 0) at += grid_text(g, at, 0, theme_error, "!");
	return at;
}

/* Returns the columns that it needs. */
static int draw_legend(struct drawing *d, struct grid *g, int detail) {
	int at = 0, apart = detail == 3 ? 3 : 1;
	if (d->chart->y_name && detail == 3) at = grid_text(g, 0, 0, theme_dim, d->chart->y_name);
	if (plot_column(d, d->chart->crosshair) >= 0) {
		char number[32];
		exact_number(number, sizeof number, d->chart->crosshair);
		at += at > 0 ? apart : 0;
		at += grid_textf(g, at, 0, theme_cursor, "@%s", number);
	}
	for (int i = 0; i < d->count; i++)
		if (d->series[i].name) at = draw_legend_entry(d, g, at > 0 ? at + apart : 0, &d->series[i], detail);
	return at;
}

static void draw_head(struct drawing *d) {
	if (d->layout.legend_row < 0) return;
	struct grid g = grid_part(&d->grid, 0, d->layout.legend_row, d->grid.width, 1), nothing = {0};
	int detail = 3;
	while (detail > 0 && draw_legend(d, &nothing, detail) > g.width) detail--;
	draw_legend(d, &g, detail);
}

void chart_draw(const struct chart *c, struct grid g, struct look look, const struct series *series, int count) {
	struct drawing d = {.chart = c, .series = series, .count = count < INT16_MAX ? count : INT16_MAX, .grid = g, .look = look};
	bool legend = false;
	for (int i = 0; i < d.count; i++) legend |= series[i].name != NULL;
	grid_clear(&g, style_plain);
	d.layout = layout_of(g.width, g.height, legend);
	if (d.layout.columns < 1 || d.layout.rows < 1) return;
	d.plot = grid_part(&g, d.layout.left, d.layout.top, d.layout.columns, d.layout.rows);
	x_range(c, &d.x0, &d.x1);
	d.scale = scale_of(c, d.x0, d.x1, series, d.count);
	if (canvas_init(&d.canvas, d.plot.width, d.plot.height, look.charset)) {
		for (int i = 0; i < c->line_count; i++) draw_line_column(&d, c->lines[i].x, c->lines[i].style);
		draw_curves(&d);
		draw_points(&d);
		draw_end_marks(&d);
		draw_line_labels(&d);
		draw_crosshair(&d);
		draw_y_axis(&d);
		draw_x_axis(&d);
		draw_head(&d);
	}
	canvas_fini(&d.canvas);
}

/* ---- small ones -------------------------------------------------------------------------------------------------------- */

void chart_spark(struct grid g, struct look look, struct style s, const double *y, int64_t count) {
	static const uint32_t eighths[] = {0x2581, 0x2582, 0x2583, 0x2584, 0x2585, 0x2586, 0x2587, 0x2588}, halves[] = {'_', 0x2584, 0x2588};
	static const uint32_t ascii[] = {'.', ':', '-', '=', '+', '*', '#'};
	const uint32_t *ramp = look.charset == CHARSET_BRAILLE ? eighths : look.charset == CHARSET_HALF_BLOCK ? halves : ascii;
	int levels = look.charset == CHARSET_BRAILLE ? 8 : look.charset == CHARSET_HALF_BLOCK ? 3 : 7;
	grid_fill(&g, 0, 0, g.width, 1, ' ', s);
	if (g.width < 1 || g.height < 1 || count < 1) return;
	int columns = count < g.width ? (int)count : g.width;
	struct range r = {INFINITY, -INFINITY};
	for (int pass = 0; pass < 2; pass++)
		for (int i = 0; i < columns; i++) {
			double sum = 0;
			int64_t n = 0, to = (int64_t)((double)count * (i + 1) / columns);
			for (int64_t k = (int64_t)((double)count * i / columns); k < to; k++)
				if (usable(y[k], false)) sum += y[k] / (double)count, n++; /* divided first: the sum stays finite */
			if (n == 0) continue;
			double mean = sum * ((double)count / (double)n);
			if (pass == 0) {
				r.least = fmin(r.least, mean), r.most = fmax(r.most, mean);
				continue;
			}
			double share = r.most > r.least ? (mean - r.least) / (r.most - r.least) : 0.5;
			grid_put(&g, i, 0, ramp[(int)clamp(share * levels, 0, levels - 1)], s);
		}
}

void chart_bar(struct grid g, struct look look, struct style s, double share, const char *text) {
	struct style filled = s, rest = theme_dim;
	filled.attributes |= REVERSE;
	int full = (int)lrint(clamp(share, 0, 1) * g.width);
	if (full == 0 && share > 0 && g.width > 0) full = 1;
	grid_fill(&g, 0, 0, full, 1, ' ', filled);
	grid_fill(&g, full, 0, g.width - full, 1, look.charset == CHARSET_ASCII ? '.' : 0xB7, rest);
	if (!text) return;
	struct grid done = grid_part(&g, 0, 0, full, 1), todo = grid_part(&g, full, 0, g.width - full, 1);
	grid_text(&done, 1, 0, filled, text);
	grid_text(&todo, 1 - full, 0, s, text);
}
