/* The masks of a sample at a step: its picture, and for each granularity the final mask with every masked patch marked by the sources that hold it, or the three
 * source masks beside it; then what was asked for and what came of it.
 * Patches are as large as they can be while picture and granularities stand side by side: 2 columns, 1 column, or half a row where colour tells the sources. */
#include <stdio.h>
#include <string.h>

#include "tui/pane.h"
#include "tui/panes/parts.h"
#include "tui/picture.h"

enum setting { SHOW, GRANULARITY, PICTURE };
enum { NUMBERS_WIDTH = 23, NUMBERS_HEIGHT = 4, TILES_MAX = 1 + GRANULARITIES * (SOURCES + 1) };

static const char *const show_words[] = {"final", "sources", NULL};
static const char *const granularity_words[] = {"all", "semseg", "instance", "rgb", NULL};
static const char *const switch_words[] = {"off", "on", NULL};

/* Patches that several sources hold, where only colour can say so: two, all. */
enum { COLOUR_TWO = 0xB4B4B4, COLOUR_ALL = 0xF0F0F0 };
static const char marks[HELD_SETS] = {'?', 's', 'i', '+', 'r', '+', '+', '#'};

/* One map: a source's mask, or (SOURCE < 0) the final one; the picture (GRANULARITY < 0). */
struct tile { int granularity, source; };

/* How a patch is drawn. */
enum detail { HALF_ROW, ONE_COLUMN, TWO_COLUMNS };

struct drawing { const struct scene *scene; struct look look; struct tile tile; };

/* ---- a patch ------------------------------------------------------------------------------------------------------------------- */

/* Bits of the sources that mask PATCH. */
static int held(const struct mask_draw *d, int g, int patch) {
	int bits = 0;
	for (int j = 0; j < SOURCES; j++) bits |= (d->source[g][j][patch] != 0) << j;
	return bits;
}

static bool is_masked(const struct drawing *w, int patch) {
	const struct mask_draw *d = &w->scene->draw;
	return w->tile.source < 0 ? d->final[w->tile.granularity][patch] : d->source[w->tile.granularity][w->tile.source][patch];
}

/* The mean colour of the picture's part (X, Y) of ACROSS x DOWN, from 4 x 4 of its pixels. */
static uint32_t part_colour(const struct image *im, int x_part, int y_part, int across, int down) {
	int sum[3] = {0, 0, 0};
	for (int k = 0; k < 16; k++) {
		int x = (8 * x_part + 2 * (k % 4) + 1) * im->width / (8 * across), y = (8 * y_part + 2 * (k / 4) + 1) * im->height / (8 * down);
		const uint8_t *p = im->pixels + 3 * ((size_t)y * (size_t)im->width + (size_t)x);
		for (int c = 0; c < 3; c++) sum[c] += p[c];
	}
	return (uint32_t)(sum[0] / 16) << 16 | (uint32_t)(sum[1] / 16) << 8 | (uint32_t)(sum[2] / 16);
}

static uint32_t patch_colour(const struct scene *s, int patch) {
	int side = s->draw.side;
	return s->picture.pixels ? part_colour(&s->picture, patch % side, patch / side, side, side) : COLOUR_DEFAULT;
}

/* The picture as wide and as high as the maps beside it, so that the eye finds a patch again: a map of one column a patch is twice as high as wide. */
static void picture_beside(struct grid g, struct look look, const struct scene *s, enum detail detail) {
	enum { SIDE_MAX = 32 };
	uint8_t pixels[3 * SIDE_MAX * 2 * SIDE_MAX];
	int side = s->draw.side < SIDE_MAX ? s->draw.side : SIDE_MAX;
	struct image high = {.width = side, .height = 2 * side, .pixels = pixels};
	if (detail != ONE_COLUMN || !s->picture.pixels) {
		picture_draw(g, look, &s->picture);
		return;
	}
	for (int i = 0; i < 2 * side * side; i++) {
		uint32_t rgb = part_colour(&s->picture, i % side, i / side, side, 2 * side);
		for (int c = 0; c < 3; c++) pixels[3 * i + c] = (uint8_t)(rgb >> (16 - 8 * c));
	}
	picture_draw(g, look, &high);
}

static struct style masked_style(const struct drawing *w, int patch) {
	if (w->tile.source >= 0) return theme_source[w->tile.source];
	switch (held(&w->scene->draw, w->tile.granularity, patch)) {
	case 1 << SOURCE_SEMANTIC: return theme_source[SOURCE_SEMANTIC];
	case 1 << SOURCE_INSTANCE: return theme_source[SOURCE_INSTANCE];
	case 1 << SOURCE_RANDOM: return theme_source[SOURCE_RANDOM];
	case HELD_SETS - 1: return theme_title;
	default: return style_plain;
	}
}

/* s, i, r: one source; + two; # all; ? none (a patch that only fills up the number). A visible patch shows the picture. */
static void paint(const void *context, int patch, uint32_t *rune, struct style *style) {
	const struct drawing *w = context;
	bool picture = w->look.colours >= COLOURS_256;
	if (is_masked(w, patch)) {
		int bits = held(&w->scene->draw, w->tile.granularity, patch);
		*rune = (uint32_t)(w->tile.source < 0 ? marks[bits] : theme_source_letter[w->tile.source]);
		*style = masked_style(w, patch);
	} else {
		*rune = picture ? ' ' : '.';
		*style = picture ? (struct style){COLOUR_DEFAULT, patch_colour(w->scene, patch), 0} : theme_dim;
	}
}

/* The colour of a patch half a row high; COLOUR_DEFAULT: visible, and no picture can be shown. */
static uint32_t half_colour(const struct drawing *w, int patch) {
	if (!is_masked(w, patch)) return w->look.colours >= COLOURS_256 ? patch_colour(w->scene, patch) : COLOUR_DEFAULT;
	int bits = w->tile.source >= 0 ? 1 << w->tile.source : held(&w->scene->draw, w->tile.granularity, patch);
	if (bits == HELD_SETS - 1) return COLOUR_ALL;
	return marks[bits] == '+' || bits == 0 ? COLOUR_TWO : masked_style(w, patch).fg;
}

/* Two patches, one above the other. */
static void paint_halves(const struct drawing *w, int top, int bottom, uint32_t *rune, struct style *style) {
	bool up = is_masked(w, top), down = bottom >= 0 && is_masked(w, bottom), ascii = w->look.charset == CHARSET_ASCII;
	uint32_t above = half_colour(w, top), below = bottom >= 0 ? half_colour(w, bottom) : COLOUR_DEFAULT;
	*style = style_plain;
	if (ascii || w->look.colours == COLOURS_NONE) {
		static const char letters[] = {'.', '^', '_', '#'};
		static const uint32_t blocks[] = {0xB7, 0x2580, 0x2584, 0x2588};
		*rune = ascii ? (uint32_t)letters[up + 2 * down] : blocks[up + 2 * down];
		*style = up ? masked_style(w, top) : down ? masked_style(w, bottom) : theme_dim;
	} else if (above == COLOUR_DEFAULT) {
		*rune = below == COLOUR_DEFAULT ? ' ' : 0x2584;
		style->fg = below;
	} else {
		*rune = 0x2580;
		style->fg = above;
		style->bg = below;
	}
}

static void draw_halves(struct grid g, int side, const struct drawing *w) {
	for (int row = 0; row < side; row += 2)
		for (int x = 0; x < side; x++) {
			uint32_t rune;
			struct style style;
			paint_halves(w, row * side + x, row + 1 < side ? (row + 1) * side + x : -1, &rune, &style);
			grid_put(&g, x, row / 2, rune, style);
		}
}

/* ---- tiles ------------------------------------------------------------------------------------------------------------------------ */

static int tiles_of(const struct scene *s, const int *setting, struct tile out[TILES_MAX]) {
	int n = 0;
	if (setting[PICTURE]) out[n++] = (struct tile){-1, -1};
	for (int g = 0; g < GRANULARITIES; g++) {
		if (!s->draw.active[g] || (setting[GRANULARITY] && setting[GRANULARITY] != 1 + g)) continue;
		for (int j = 0; setting[SHOW] == 1 && j < SOURCES; j++) out[n++] = (struct tile){g, j};
		out[n++] = (struct tile){g, -1};
	}
	return n;
}

struct size { int width, height; }; /* the title's row included */

static struct size tile_size(int side, enum detail d) {
	return (struct size){d == TWO_COLUMNS ? 2 * side : side, 1 + (d == HALF_ROW ? (side + 1) / 2 : side)};
}

struct arrangement { enum detail detail; int across, rows; }; /* tiles in a row, rows of tiles */

static struct arrangement arrangement_of(int side, enum detail d, int tiles, int width) {
	struct size s = tile_size(side, d);
	int across = (width + 1) / (s.width + 1);
	if (across < 1) across = 1;
	return (struct arrangement){d, across < tiles ? across : tiles, (tiles + across - 1) / across};
}

/* Whether the tiles stand in WIDTH x HEIGHT, and (NUMBERS) leave room for the numbers beside or below. */
static bool arrangement_fits(const struct arrangement *a, int side, int width, int height, bool numbers) {
	struct size s = tile_size(side, a->detail);
	int used = a->across * (s.width + 1) - 1;
	if (used > width || a->rows * s.height > height) return false;
	return !numbers || width - used - 2 >= NUMBERS_WIDTH || height - a->rows * s.height >= NUMBERS_HEIGHT;
}

/* The most legible that fits: in one row before several, patches of a column or more before half rows. */
static struct arrangement arrange(int side, int tiles, int width, int height) {
	static const struct { enum detail detail; bool numbers, one_row; } wishes[] = {
		{TWO_COLUMNS, true, true}, {ONE_COLUMN, true, true}, {TWO_COLUMNS, false, true}, {ONE_COLUMN, false, true}, {TWO_COLUMNS, true, false},
		{ONE_COLUMN, true, false}, {ONE_COLUMN, false, false}, {HALF_ROW, true, true}, {HALF_ROW, false, true}};
	for (size_t i = 0; i < sizeof wishes / sizeof *wishes; i++) {
		struct arrangement a = arrangement_of(side, wishes[i].detail, tiles, width);
		if ((a.rows == 1 || !wishes[i].one_row) && arrangement_fits(&a, side, width, height, wishes[i].numbers)) return a;
	}
	return arrangement_of(side, HALF_ROW, tiles, width);
}

static void tile_draw(const struct scene *s, struct look look, struct tile t, enum detail detail, struct grid g) {
	const struct mask_draw *d = &s->draw;
	struct grid inside = grid_part(&g, 0, 1, g.width, g.height - 1);
	struct drawing w = {s, look, t};
	char title[64];
	if (t.granularity < 0) {
		const char *slash = strchr(s->sample, '/');
		grid_text(&g, 0, 0, theme_title, grid_columns(s->sample) <= g.width || !slash ? s->sample : slash + 1);
		picture_beside(inside, look, s, detail);
		return;
	}
	struct style style = t.source < 0 ? theme_granularity[t.granularity] : theme_source[t.source];
	const char *name = theme_granularity_short[t.granularity];
	style.attributes |= BOLD;
	if (t.source >= 0) snprintf(title, sizeof title, "%s %.*s", name, g.width >= 13 ? 8 : 3, mask_source_name[t.source]);
	else snprintf(title, sizeof title, g.width >= 16 ? "%s %d visible" : g.width >= 8 ? "%s %d" : "%s", name, d->visible[t.granularity]);
	grid_text(&g, 0, 0, style, title);
	if (detail == HALF_ROW) draw_halves(inside, d->side, &w);
	else picture_patches(inside, d->side, detail == TWO_COLUMNS ? 2 : 1, paint, &w);
}

/* Returns how many were drawn: whole tiles, but for the first row, which may be cut. */
static int tiles_draw(const struct scene *s, struct look look, const struct tile *tiles, int count, const struct arrangement *a, struct grid *g) {
	struct size size = tile_size(s->draw.side, a->detail);
	int drawn = 0;
	for (int i = 0; i < count; i++) {
		int x = i % a->across * (size.width + 1), y = i / a->across * size.height;
		if ((y + size.height > g->height && (y > 0 || g->height < 4)) || x + size.width > g->width) continue;
		tile_draw(s, look, tiles[i], a->detail, grid_part(g, x, y, size.width, size.height));
		drawn++;
	}
	return drawn;
}

/* ---- numbers ----------------------------------------------------------------------------------------------------------------------- */

static void shares_draw(struct grid *g, int y, const char *name, const double *share, int count, bool percent) {
	grid_text(g, 0, y, theme_dim, name);
	for (int j = 0; j < count; j++)
		grid_textf(g, 8 + 5 * j, y, j < SOURCES ? theme_source[j] : style_plain, percent ? "%4.0f%%" : "%5.2f", percent ? 100 * share[j] : share[j]);
}

/* The mix: what the curriculum asks for, whose blend the masks are, and by which sources the masked patches are held. */
static int mix_draw(const struct scene *s, struct grid *g, int y) {
	const struct mask_counts *all = &s->stats.counts[GRANULARITIES];
	double masked = all->masked > 0 ? (double)all->masked : 1, several = 0, shares[SOURCES + 1];
	for (int set = 1; set < HELD_SETS; set++)
		if (marks[set] == '+' || marks[set] == '#') several += (double)all->held[set] / masked;
	for (int j = 0; j < SOURCES; j++) shares[j] = (double)all->held[1 << j] / masked;
	shares[SOURCES] = several;
	grid_text(g, 0, y, theme_dim, "mix       sem  ins  rnd");
	if (g->width >= 28) grid_text(g, 25, y, theme_dim, "two+");
	shares_draw(g, y + 1, "asked", s->mix, SOURCES, false);
	if (s->stats.blended) shares_draw(g, y + 2, "realised", s->stats.realised[GRANULARITIES], SOURCES, false);
	else grid_text(g, 0, y + 2, theme_dim, "realised  not a blend");
	shares_draw(g, y + 3, "held by", shares, g->width >= 28 ? SOURCES + 1 : SOURCES, true);
	return y + 4;
}

/* Largest first, by number of patches. */
static int regions_sorted(const struct scene *s, int out[SCENE_REGIONS]) {
	for (int i = 0; i < s->regions; i++) {
		int k = i;
		while (k > 0 && s->region[out[k - 1]].region.patches < s->region[i].region.patches) out[k] = out[k - 1], k--;
		out[k] = i;
	}
	return s->regions;
}

/* Of each region: its patches, and for each granularity (or all together where there is no room for each) how many of them the semantic quota asks for and
 * how many are masked. */
static void regions_draw(const struct view *v, const struct scene *s, struct grid *g, int y) {
	enum { CELL = 8, LEAST = 6, MOST = 24 };
	int order[SCENE_REGIONS], n = regions_sorted(s, order), columns = 0, room = g->height - y - 1;
	for (int k = 0; k < GRANULARITIES; k++) columns += v->active[k];
	bool each = g->width - 5 - CELL * columns >= LEAST;
	int name = g->width - 5 - CELL * (each ? columns : 1);
	if (room < 1 || n == 0 || name < LEAST) return;
	if (name > MOST) name = MOST;
	grid_text(g, 0, y, theme_dim, each ? "quota/masked" : "region");
	if (!each) grid_text_right(g, name + 4 + CELL, y, theme_dim, "q/masked");
	for (int k = 0, x = name + 5; each && k < GRANULARITIES; k++)
		if (v->active[k]) grid_text_right(g, x + CELL - 1, y, theme_granularity[k], theme_granularity_short[k]), x += CELL;
	int shown = n <= room ? n : room - 1;
	for (int i = 0; i < shown; i++) {
		const struct mask_region *r = &s->region[order[i]].region;
		struct grid cell = grid_part(g, 0, ++y, name, 1);
		int64_t quota = 0, masked = 0;
		char text[48];
		grid_text(&cell, 0, 0, style_plain, s->region[order[i]].name);
		snprintf(text, sizeof text, "%4lld", (long long)r->patches);
		grid_text_right(g, name + 3, y, theme_dim, text);
		for (int k = 0, x = name + 5; k < GRANULARITIES; k++) {
			if (!v->active[k]) continue;
			quota += r->quota[k], masked += r->masked[k];
			snprintf(text, sizeof text, "%lld/%lld", (long long)r->quota[k], (long long)r->masked[k]);
			if (each) grid_text_right(g, x + CELL - 1, y, theme_granularity[k], text), x += CELL;
		}
		snprintf(text, sizeof text, "%lld/%lld", (long long)quota, (long long)masked);
		if (!each) grid_text_right(g, name + 4 + CELL, y, style_plain, text);
	}
	if (shown < n) grid_textf(g, 0, y + 1, theme_dim, "... %d smaller", n - shown);
}

static void numbers_draw(const struct view *v, const struct scene *s, struct grid g) {
	const struct mask_counts *all = &s->stats.counts[GRANULARITIES];
	if (g.height < NUMBERS_HEIGHT || g.width < NUMBERS_WIDTH) return;
	int y = mix_draw(s, &g, 0);
	if (y < g.height) {
		int x = part_text(&g, 0, y, style_plain, g.width >= 28 ? "objects %lld of %lld masked" : "objects %lld/%lld", (long long)all->object_masked, (long long)all->object);
		part_text(&g, x, y, theme_dim, "quota %lld", (long long)all->object_quota);
	}
	regions_draw(v, s, &g, y + 1);
}

/* What the marks mean, as far as there is room. */
static void legend_draw(struct look look, enum detail detail, struct grid g) {
	static const char *const words[] = {"semantic", "instance", "random"};
	bool blocks = detail == HALF_ROW && look.charset != CHARSET_ASCII && look.colours != COLOURS_NONE;
	if (detail == HALF_ROW && !blocks) {
		part_text(&g, 0, 0, theme_dim, look.charset == CHARSET_ASCII ? "masked: ^ upper, _ lower, # both patches" : "a block: masked, two patches a row");
		return;
	}
	int x = 0;
	for (int j = 0; j < SOURCES && x < g.width; j++) {
		if (blocks) grid_put(&g, x, 0, 0x2588, theme_source[j]);
		else grid_put(&g, x, 0, (unsigned char)theme_source_letter[j], theme_source[j]);
		x = part_text(&g, x + 2, 0, theme_source[j], "%s", words[j]);
	}
	if (!blocks) {
		x = part_text(&g, x, 0, style_plain, "+ two");
		x = part_text(&g, x, 0, theme_title, "# all");
		part_text(&g, x, 0, style_plain, "? none");
		return;
	}
	if (x + 7 > g.width) return;
	grid_put(&g, x, 0, 0x2588, (struct style){COLOUR_TWO, COLOUR_DEFAULT, 0});
	x = part_text(&g, x + 2, 0, style_plain, "two");
	if (x + 5 > g.width) return;
	grid_put(&g, x, 0, 0x2588, (struct style){COLOUR_ALL, COLOUR_DEFAULT, 0});
	part_text(&g, x + 2, 0, style_plain, "all");
}

/* ---- the pane ------------------------------------------------------------------------------------------------------------------------ */

static void draw(const struct view *v, const int *setting, struct look look, struct grid g) {
	const struct scene *s = v->scene;
	struct tile tiles[TILES_MAX];
	if (!s->valid || s->draw.side < 1) {
		part_wrapped(&g, 0, theme_dim, *s->sentence ? s->sentence : "drawing ...");
		return;
	}
	int count = tiles_of(s, setting, tiles);
	struct arrangement a = arrange(s->draw.side, count, g.width, g.height);
	int drawn = tiles_draw(s, look, tiles, count, &a, &g);
	struct size size = tile_size(s->draw.side, a.detail);
	int used = a.across * (size.width + 1) - 1, rows = (drawn + a.across - 1) / (a.across > 0 ? a.across : 1) * size.height;
	bool is_beside = g.width - used - 2 >= NUMBERS_WIDTH;
	struct grid below = grid_part(&g, 0, rows, is_beside ? used : g.width, g.height - rows), beside = grid_part(&g, used + 2, 0, g.width - used - 2, g.height);
	if (below.height > 0 && drawn < count) {
		grid_textf(&below, 0, 0, theme_dim, "%d more: g shows one, z all", count - drawn);
		below = grid_part(&below, 0, 1, below.width, below.height - 1);
	} else if (below.height > 0) {
		legend_draw(look, a.detail, below);
		below = grid_part(&below, 0, 1, below.width, below.height - 1);
	}
	numbers_draw(v, s, is_beside ? beside : below);
}

static void state(const struct view *v, const int *setting, char *out, int capacity) {
	const struct scene *s = v->scene;
	(void)setting;
	if (!s->valid) return;
	snprintf(out, (size_t)capacity, "%s, step %lld%s%s, seed %llu", s->sample, (long long)s->step, s->edit ? ", under the EDIT" : "", s->used ? ", in its batch" : "",
	         (unsigned long long)s->seed);
}

/* The least: all tiles side by side, if WIDTH allows; the wish: numbers too. */
static void rows(const struct view *v, const int *setting, int width, int *least, int *wish) {
	struct tile tiles[TILES_MAX];
	if (!v->scene->valid || v->scene->draw.side < 1) return;
	int side = v->scene->draw.side, count = tiles_of(v->scene, setting, tiles);
	struct arrangement a = arrangement_of(side, ONE_COLUMN, count, width);
	struct size size = tile_size(side, ONE_COLUMN);
	if (a.rows == 1 && size.width <= width && size.height <= 16) *least = size.height;
	bool beside = width - a.across * (size.width + 1) - 1 >= NUMBERS_WIDTH;
	*wish = a.rows * size.height + (beside ? 1 : 10);
}

const struct pane pane_masks = {
	.name = "masks", .title = "masks", .digit = '3', .priority = 3, .least_width = 18, .least_height = 5, .draw = draw, .state = state, .rows = rows,
	.settings = {{"show", "the final mask, or the sources beside it", show_words, 0, 0, 0},
	             {"granularity", "one, or all", granularity_words, 0, 0, 0},
	             {"picture", "the sample itself", switch_words, 0, 0, 1}},
	.keys = {{KEY_K_RIGHT, "look by=1", "the next sample"}, {KEY_K_LEFT, "look by=-1", "the one before"}, {'n', "look by=1", "the next sample"},
	         {'p', "look by=-1", "the one before"}, {'>', "goto by=1", "the next step"}, {'<', "goto by=-1", "the step before"}, {'0', "goto now", "back to the run"},
	         {'m', "pane masks show next", "final mask or sources"}, {'g', "pane masks granularity next", "one granularity, or all"},
	         {'i', "pane masks picture toggle", "the picture"}, {'R', "look reseed", "draws with another seed"}, {'t', "look trained", "training's own masks"}, {0}},
};
