/* One draw, and a summary of many, as text for a terminal of 80 columns. */
#include "engine/mask/stats.h"

#include <inttypes.h>
#include <string.h>


enum {
	COLUMNS = 80,
	MARGIN = 10,   /* left of the grids: what they are of */
	GAP = 2,       /* between grids */
	GRIDS = SOURCES + 1,
};

/* How a grid is drawn. CELL columns a patch: two where four grids fit, so that patches look square. */
struct style {
	bool unicode, colour;
	int side, cell, across; /* grids in a row */
	const char *masked, *visible;
};

static const char *masked_glyph(bool unicode) { return unicode ? "■" : "#"; }

static struct style style_of(int side, bool unicode, bool colour) {
	struct style s = {.unicode = unicode, .colour = colour, .side = side, .cell = 2, .across = GRIDS};
	if (MARGIN + GRIDS * (2 * side - 1) + (GRIDS - 1) * GAP > COLUMNS) s.cell = 1;
	while (s.across > 1 && MARGIN + s.across * side * s.cell + (s.across - 1) * GAP > COLUMNS + s.cell - 1) s.across /= 2;
	s.masked = masked_glyph(unicode);
	s.visible = unicode ? "·" : ".";
	return s;
}

static int grid_width(const struct style *s) { return s->side * s->cell - (s->cell - 1); }

/* --- one patch ------------------------------------------------------------------------------------------------------ */

/* Blue, yellow, magenta: told apart by every common kind of sight; a letter always says the same. */
static const char *const source_colour[SOURCES] = {"\033[34m", "\033[33m", "\033[35m"};
static const char dim[] = "\033[2m", plain[] = "\033[0m";

/* A final patch's glyph by the set of sources that hold it; held by all, it looks as it does in each. */
static const char held_glyph[HELD_SETS] = {'o', 's', 'i', '+', 'r', '+', '+', '#'};

static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/* Borrowed until the next call in this thread. */
static const char *one_char(char c) {
	static _Thread_local char text[2];
	text[0] = c;
	return text;
}

static void put(FILE *f, const struct style *s, const char *colour, const char *glyph) {
	if (s->colour && colour)
		fprintf(f, "%s%s%s", colour, glyph, plain);
	else
		fputs(glyph, f);
}

static void put_mask(FILE *f, const struct style *s, const struct mask_draw *d, int g, int grid, int p) {
	if (grid < SOURCES) {
		bool masked = d->source[g][grid][p];
		put(f, s, masked ? source_colour[grid] : dim, masked ? s->masked : s->visible);
		return;
	}
	if (!d->final[g][p]) {
		put(f, s, dim, s->visible);
		return;
	}
	int set = 0;
	for (int j = 0; j < SOURCES; j++) set |= d->source[g][j][p] << j;
	const char *colour = NULL;
	for (int j = 0; j < SOURCES; j++)
		if (set == 1 << j) colour = source_colour[j];
	put(f, s, colour, set == HELD_SETS - 1 ? s->masked : one_char(held_glyph[set]));
}

static char region_letter(const struct mask_stats *st, int label) {
	if (label == UNLABELLED) return '-';
	for (int i = 0; i < st->regions; i++)
		if (st->region[i].label == label) return i < (int)strlen(letters) ? letters[i] : '?';
	return '?';
}

/* Object ids: 1 to 9, then letters. */
static char object_letter(int id) { return id == 0 ? '.' : id <= 9 ? (char)('0' + id) : id - 10 < (int)strlen(letters) ? letters[id - 10] : '?'; }

/* --- grids ---------------------------------------------------------------------------------------------------------- */

static void print_titles(FILE *f, const struct style *s, const char *const *title, int count) {
	fprintf(f, "%*s", MARGIN, "");
	for (int i = 0; i < count; i++) fprintf(f, "%-*s", i < count - 1 ? grid_width(s) + GAP : 0, title[i]);
	putc('\n', f);
}

/* The label maps, with the legend of the masks beside them (below them when there is no room). */
static void print_labels(FILE *f, const struct style *s, const struct mask_draw *d, const struct mask_stats *st) {
	static const char *const title[] = {"regions", "objects"};
	enum { LINES = 4 };
	char legend[LINES][40] = {"final: masked by one source alone", "s semantic  i instance  r random", "", "n visible and K masked patches"};
	snprintf(legend[2], sizeof legend[2], "+ by two  %s by all three  o by none", s->masked);
	int used = MARGIN + 2 * (grid_width(s) + GAP);
	bool beside = used + 36 <= COLUMNS && s->side >= LINES;
	print_titles(f, s, title, 2);
	for (int y = 0; y < s->side; y++) {
		fprintf(f, "%-*s", MARGIN, y == 0 ? "labels" : "");
		for (int x = 0; x < s->side; x++) fprintf(f, "%s%c", x && s->cell == 2 ? " " : "", region_letter(st, d->semantic[y * s->side + x]));
		fprintf(f, "%*s", GAP, "");
		for (int x = 0; x < s->side; x++) fprintf(f, "%s%c", x && s->cell == 2 ? " " : "", object_letter(d->instance[y * s->side + x]));
		if (beside && y < LINES) fprintf(f, "%*s%s", GAP, "", legend[y]);
		putc('\n', f);
	}
	for (int i = 0; i < LINES && !beside; i++) fprintf(f, "%*s%s\n", MARGIN, "", legend[i]);
	putc('\n', f);
}

static void print_margin(FILE *f, const struct mask_draw *d, int g, int line) {
	char text[MARGIN + 1] = "";
	if (line == 0) snprintf(text, sizeof text, "%s", granularity_name[g]);
	if (line == 1) snprintf(text, sizeof text, "n %d", d->visible[g]);
	if (line == 2) snprintf(text, sizeof text, "K %d", d->patches - d->visible[g]);
	fprintf(f, "%-*s", MARGIN, text);
}

static void print_masks(FILE *f, const struct style *s, const struct mask_draw *d, int g) {
	static const char *const title[GRIDS] = {"semantic", "instance", "random", "final"};
	for (int first = 0; first < GRIDS; first += s->across) {
		print_titles(f, s, title + first, s->across);
		for (int y = 0; y < s->side; y++) {
			print_margin(f, d, g, first == 0 ? y : -1);
			for (int i = 0; i < s->across; i++) {
				for (int x = 0; x < s->side; x++) {
					if (x && s->cell == 2) putc(' ', f);
					put_mask(f, s, d, g, first + i, y * s->side + x);
				}
				if (i < s->across - 1) fprintf(f, "%*s", GAP, "");
			}
			putc('\n', f);
		}
	}
	putc('\n', f);
}

/* --- numbers: one draw's, or means over many ------------------------------------------------------------------------ */

enum { NAME_WIDTH = 26, NUMBER_WIDTH = 12 };

static double mean(int64_t sum, const struct mask_stats *st) { return (double)sum / (double)st->draws; }

/* What a row of the table says of one granularity's counts. */
struct quantity {
	const char *name;
	double (*value)(const struct mask_counts *c, const struct mask_stats *st);
	bool share;
};

static double share(int64_t part, int64_t whole) { return whole > 0 ? (double)part / (double)whole : -1; }
static double visible_of(const struct mask_counts *c, const struct mask_stats *st) { return mean(c->visible, st); }
static double masked_of(const struct mask_counts *c, const struct mask_stats *st) { return mean(c->masked, st); }
static double objects_of(const struct mask_counts *c, const struct mask_stats *st) { (void)st; return share(c->object_masked, c->object); }
static double objects_asked(const struct mask_counts *c, const struct mask_stats *st) { (void)st; return share(c->object_quota, c->object); }
static double background_of(const struct mask_counts *c, const struct mask_stats *st) { (void)st; return share(c->background_masked, c->background); }
static double background_asked(const struct mask_counts *c, const struct mask_stats *st) {
	(void)st;
	return share(c->masked - c->object_quota, c->background);
}
static double components_of(const struct mask_counts *c, const struct mask_stats *st) { return mean(c->components, st); }
static double size_of(const struct mask_counts *c, const struct mask_stats *st) { (void)st; return c->components ? (double)c->masked / (double)c->components : 0; }
static double largest_of(const struct mask_counts *c, const struct mask_stats *st) { (void)st; return (double)c->largest; }

static const struct quantity quantities[] = {
	{"visible n", visible_of, false},
	{"masked K", masked_of, false},
	{"of object masked", objects_of, true},
	{"  asked by instance", objects_asked, true},
	{"of background masked", background_of, true},
	{"  asked by instance", background_asked, true},
	{"connected components", components_of, false},
	{"  mean size", size_of, false},
	{"  largest", largest_of, false},
};

static void print_header(FILE *f, const struct mask_stats *st, const char *title) {
	fprintf(f, "%-*s", NAME_WIDTH, title);
	for (int g = 0; g < GRANULARITIES; g++)
		if (st->active[g]) fprintf(f, "%*s", NUMBER_WIDTH, granularity_name[g]);
	fprintf(f, "%*s\n", NUMBER_WIDTH, "all");
}

static void print_number(FILE *f, double v, bool percent) {
	if (percent && v < 0)
		fprintf(f, "%*s", NUMBER_WIDTH, "-");
	else if (percent)
		fprintf(f, "%*.1f%%", NUMBER_WIDTH - 1, 100 * v);
	else if (v == (double)(int64_t)v)
		fprintf(f, "%*" PRId64, NUMBER_WIDTH, (int64_t)v);
	else
		fprintf(f, "%*.1f", NUMBER_WIDTH, v);
}

static void print_mix(FILE *f, const struct mask_stats *st) {
	print_header(f, st, "mix");
	for (int j = 0; j < SOURCES; j++) {
		char name[32];
		snprintf(name, sizeof name, "realised %s", mask_source_name[j]);
		fprintf(f, "%-*s", NAME_WIDTH, name);
		for (int row = 0; row < MASK_ROWS; row++)
			if (row == GRANULARITIES || st->active[row]) fprintf(f, "%*.3f", NUMBER_WIDTH, st->realised[row][j]);
		fprintf(f, "\n");
	}
}

static void print_held(FILE *f, const struct mask_stats *st, bool unicode) {
	print_header(f, st, "effective mix: held by");
	for (int set = 1; set <= HELD_SETS; set++) { /* none comes last */
		int i = set % HELD_SETS;
		char name[40];
		if (st->counts[GRANULARITIES].held[i] == 0) continue;
		snprintf(name, sizeof name, "%s%s", mask_held_name[i], (i & (i - 1)) == 0 && i ? " alone" : "");
		fprintf(f, "%s %-*s", i == HELD_SETS - 1 ? masked_glyph(unicode) : one_char(held_glyph[i]), NAME_WIDTH - 2, name);
		for (int row = 0; row < MASK_ROWS; row++) {
			if (row < GRANULARITIES && !st->active[row]) continue;
			print_number(f, share(st->counts[row].held[i], st->counts[row].masked), true);
		}
		fprintf(f, "\n");
	}
}

static void print_quantities(FILE *f, const struct mask_stats *st) {
	print_header(f, st, st->draws > 1 ? "means" : "patches");
	for (size_t i = 0; i < sizeof quantities / sizeof *quantities; i++) {
		const struct quantity *q = &quantities[i];
		fprintf(f, "%-*s", NAME_WIDTH, q->name);
		for (int row = 0; row < MASK_ROWS; row++)
			if (row == GRANULARITIES || st->active[row]) print_number(f, q->value(&st->counts[row], st), q->share);
		fprintf(f, "\n");
	}
}

/* Per region, what semantic guidance asks for and what the final mask holds: of one draw in patches, of many in per cent. */
static void print_regions(FILE *f, const struct mask_stats *st, const struct mask_names *names, bool letter) {
	bool one = st->draws == 1;
	int64_t area = 0;
	for (int i = 0; i < st->regions; i++) area += st->region[i].patches;
	fprintf(f, "%-*s%*s", NAME_WIDTH - 6, "region: asked/masked", 6, one ? "|P|" : "area");
	for (int g = 0; g < GRANULARITIES; g++)
		if (st->active[g]) fprintf(f, "%*s", NUMBER_WIDTH, granularity_name[g]);
	fprintf(f, "\n");
	for (int i = 0; i < st->regions; i++) {
		const struct mask_region *r = &st->region[i];
		double patches = (double)r->patches;
		char name[64], text[32];
		if (r->patches == 0) continue;
		mask_label_name(names, r->label, name, sizeof name);
		snprintf(text, sizeof text, one ? "%.0f" : "%.1f%%", one ? patches : 100 * patches / (double)area);
		if (letter) fprintf(f, "%c ", region_letter(st, r->label));
		fprintf(f, "%-*.*s%6s", NAME_WIDTH - 6 - 2 * letter, NAME_WIDTH - 7 - 2 * letter, name, text);
		for (int g = 0; g < GRANULARITIES; g++) {
			double scale = one ? 1 : 100 / patches;
			if (!st->active[g]) continue;
			snprintf(text, sizeof text, one ? "%.0f/%.0f" : "%.0f/%.0f%%", scale * (double)r->quota[g], scale * (double)r->masked[g]);
			fprintf(f, "%*s", NUMBER_WIDTH, text);
		}
		fprintf(f, "\n");
	}
}

static void print_requested(FILE *f, const struct mask_stats *st) {
	fprintf(f, "requested");
	for (int j = 0; j < SOURCES; j++) fprintf(f, "  %s %.3f", mask_source_name[j], st->requested[j] / (double)st->draws);
	fprintf(f, "\n");
}

static void print_numbers(FILE *f, const struct mask_stats *st, const struct mask_names *names, bool letter, bool unicode) {
	if (st->blended) {
		print_requested(f, st);
		print_mix(f, st);
	}
	print_held(f, st, unicode);
	print_quantities(f, st);
	print_regions(f, st, names, letter);
}

void mask_print(FILE *f, const struct mask_draw *d, const struct mask_stats *st, const struct mask_names *names, bool unicode, bool colour) {
	struct style s = style_of(d->side, unicode, colour);
	print_labels(f, &s, d, st);
	for (int g = 0; g < GRANULARITIES; g++)
		if (d->active[g]) print_masks(f, &s, d, g);
	if (d->chosen >= 0) fprintf(f, "blend=sample drew %s\n", mask_source_name[d->chosen]);
	print_numbers(f, st, names, true, unicode);
}

void mask_label_name(const struct mask_names *names, int label, char *out, size_t capacity) {
	const char *name = names && label != UNLABELLED ? names->name(names->context, label) : NULL;
	if (label == UNLABELLED)
		snprintf(out, capacity, "unlabelled");
	else if (name)
		snprintf(out, capacity, "%s", name);
	else
		snprintf(out, capacity, "class %d", label);
}

/* --- a summary's own pictures --------------------------------------------------------------------------------------- */

enum { BARS = 32 };

/* The histogram of visible counts, 0 .. N in at most BARS bins, as one line a granularity. */
static void print_histograms(FILE *f, const struct mask_summary *s, bool unicode) {
	static const char *const blocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	static const char ascii[] = " .:-=+*#@";
	int width = (s->patches + BARS) / BARS, bins = s->patches / width + 1;
	fprintf(f, "visible n, 0 to %d, %d to a column\n", s->patches, width);
	for (int g = 0; g < GRANULARITIES; g++) {
		int64_t bin[PATCHES_MAX + 1] = {0}, most = 1;
		if (!s->total.active[g]) continue;
		for (int n = 0; n <= s->patches; n++) bin[n / width] += s->visible[g][n];
		for (int i = 0; i < bins; i++) most = bin[i] > most ? bin[i] : most;
		fprintf(f, "%-*s|", MARGIN, granularity_name[g]);
		for (int i = 0; i < bins; i++) {
			int level = (int)((bin[i] * 8 + most - 1) / most); /* a bin that holds anything shows */
			fputs(unicode ? blocks[level] : one_char(ascii[level]), f);
		}
		fprintf(f, "|\n");
	}
	putc('\n', f);
}

/* Coverage: how often each position was masked, in tenths (9: nine tenths and more). */
static void print_coverage(FILE *f, const struct mask_summary *s) {
	struct style style = style_of(s->side, false, false);
	const char *title[GRANULARITIES];
	int shown[GRANULARITIES], count = 0;
	for (int g = 0; g < GRANULARITIES; g++)
		if (s->total.active[g]) title[count] = granularity_name[g], shown[count++] = g;
	fprintf(f, "masked share of each position, in tenths\n");
	for (int first = 0; first < count; first += style.across) {
		int across = count - first < style.across ? count - first : style.across;
		print_titles(f, &style, title + first, across);
		for (int y = 0; y < s->side; y++) {
			fprintf(f, "%*s", MARGIN, "");
			for (int i = 0; i < across; i++) {
				for (int x = 0; x < s->side; x++) {
					int64_t tenths = 10 * s->position[shown[first + i]][y * s->side + x] / s->total.draws;
					fprintf(f, "%s%c", x && style.cell == 2 ? " " : "", (char)('0' + (tenths > 9 ? 9 : tenths)));
				}
				if (i < across - 1) fprintf(f, "%*s", GAP, "");
			}
			putc('\n', f);
		}
	}
	putc('\n', f);
}

static void print_chosen(FILE *f, const struct mask_summary *s) {
	if (s->chosen[0] + s->chosen[1] + s->chosen[2] == 0) return;
	fprintf(f, "drawn    ");
	for (int j = 0; j < SOURCES; j++) fprintf(f, "  %s %.3f", mask_source_name[j], (double)s->chosen[j] / (double)s->total.draws);
	fprintf(f, "   (blend=sample)\n");
}

void mask_summary_print(FILE *f, const struct mask_summary *s, const struct mask_names *names, bool unicode) {
	if (s->total.draws == 0) {
		fprintf(f, "no samples\n");
		return;
	}
	print_histograms(f, s, unicode);
	print_coverage(f, s);
	print_chosen(f, s);
	print_numbers(f, &s->total, names, false, unicode);
}
