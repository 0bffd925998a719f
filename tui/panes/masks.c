/* The masks of a sample at a step: its picture, and for each granularity the final mask with every masked patch marked by the sources that hold it, or the three
 * source masks beside it; then what was asked for and what came of it. */
#include <stdio.h>
#include <string.h>

#include "tui/pane.h"
#include "tui/picture.h"

enum setting { SHOW, GRANULARITY, PICTURE };

static const char *const show_words[] = {"final", "sources", NULL};
static const char *const granularity_words[] = {"all", "semseg", "instance", "rgb", NULL};
static const char *const switch_words[] = {"off", "on", NULL};

/* One map: a source's mask, or (SOURCE < 0) the final one. */
struct tile { const struct scene *scene; struct look look; enum granularity granularity; int source; };

/* Bits of the sources that mask PATCH. */
static int held(const struct mask_draw *d, enum granularity g, int patch) {
	int bits = 0;
	for (int j = 0; j < SOURCES; j++) bits |= (d->source[g][j][patch] != 0) << j;
	return bits;
}

/* The colour of the picture's part that PATCH covers: its middle. */
static uint32_t patch_colour(const struct scene *s, int patch) {
	const struct image *im = &s->picture;
	int side = s->draw.side, x = (2 * (patch % side) + 1) * im->width / (2 * side), y = (2 * (patch / side) + 1) * im->height / (2 * side);
	const uint8_t *p = im->pixels + 3 * ((size_t)y * (size_t)im->width + (size_t)x);
	return (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
}

/* s, i, r: one source; + two; # all; ? none (a patch that only fills up the number). A visible patch shows the picture. */
static void paint(const void *context, int patch, uint32_t *rune, struct style *style) {
	static const char marks[HELD_SETS] = {'?', 's', 'i', '+', 'r', '+', '+', '#'};
	const struct tile *t = context;
	const struct mask_draw *d = &t->scene->draw;
	bool masked = t->source < 0 ? d->final[t->granularity][patch] : d->source[t->granularity][t->source][patch];
	int bits = held(d, t->granularity, patch);
	if (!masked) {
		*rune = t->look.colours >= COLOURS_256 ? ' ' : '.';
		*style = t->look.colours >= COLOURS_256 ? (struct style){COLOUR_DEFAULT, patch_colour(t->scene, patch), 0} : theme_dim;
		return;
	}
	*rune = (uint32_t)(t->source < 0 ? marks[bits] : theme_source_letter[t->source]);
	*style = t->source >= 0 ? theme_source[t->source]
	         : bits == 1    ? theme_source[SOURCE_SEMANTIC]
	         : bits == 2    ? theme_source[SOURCE_INSTANCE]
	         : bits == 4    ? theme_source[SOURCE_RANDOM]
	                        : style_plain;
}

/* Tiles from left to right, then below. */
struct flow { struct grid *g; int x, y, row, gap; };

/* Where a tile of that size stands; false: no room. */
static bool flow_place(struct flow *f, int width, int height, struct grid *out) {
	if (f->x > 0 && f->x + width > f->g->width) f->x = 0, f->y += f->row, f->row = 0;
	if (f->x + width > f->g->width || f->y + height > f->g->height) return false;
	*out = grid_part(f->g, f->x, f->y, width, height);
	f->x += width + f->gap;
	if (height > f->row) f->row = height;
	return true;
}

static void tile_draw(struct flow *f, const struct tile *t, int wide) {
	const struct mask_draw *d = &t->scene->draw;
	struct grid part;
	char title[64];
	if (!flow_place(f, d->side * wide, d->side + 1, &part)) return;
	if (t->source < 0) snprintf(title, sizeof title, "%s %d of %d", theme_granularity_short[t->granularity], d->visible[t->granularity], d->patches);
	else snprintf(title, sizeof title, "%s %.3s", theme_granularity_short[t->granularity], mask_source_name[t->source]);
	grid_text(&part, 0, 0, t->source < 0 ? theme_granularity[t->granularity] : theme_source[t->source], title);
	picture_patches(grid_part(&part, 0, 1, part.width, part.height - 1), d->side, wide, paint, t);
}

/* Effective mix and what was realised, all granularities together; then the regions: asked / masked of patches. */
static void numbers_draw(const struct view *v, const struct scene *s, struct grid g) {
	const struct mask_counts *all = &s->stats.counts[GRANULARITIES];
	double masked = all->masked > 0 ? (double)all->masked : 1;
	int y = 0;
	grid_textf(&g, 0, y++, style_plain, "asked    a %.2f b %.2f g %.2f", s->mix[0], s->mix[1], s->mix[2]);
	grid_textf(&g, 0, y++, style_plain, "realised a %.2f b %.2f g %.2f", s->stats.realised[GRANULARITIES][0], s->stats.realised[GRANULARITIES][1], s->stats.realised[GRANULARITIES][2]);
	grid_textf(&g, 0, y++, style_plain, "held by  s %.0f%% i %.0f%% r %.0f%% several %.0f%%", 100 * (double)all->held[1] / masked, 100 * (double)all->held[2] / masked,
	           100 * (double)all->held[4] / masked, 100 * (double)(all->held[3] + all->held[5] + all->held[6] + all->held[7]) / masked);
	grid_textf(&g, 0, y++, style_plain, "objects  %lld of %lld masked", (long long)all->object_masked, (long long)all->object);
	if (s->regions && y < g.height) grid_text(&g, 0, y++, theme_dim, "region          size  asked/masked  sem  ins  rgb");
	for (int i = 0; i < s->regions && y < g.height; i++, y++) {
		const struct scene_region *r = &s->region[i];
		int x = 29;
		grid_textf(&g, 0, y, style_plain, "%-14.14s %5lld", r->name, (long long)r->region.patches);
		for (int k = 0; k < GRANULARITIES; k++, x += 8)
			if (v->active[k]) grid_textf(&g, x, y, theme_granularity[k], "%lld/%lld", (long long)r->region.quota[k], (long long)r->region.masked[k]);
	}
}

static void draw(const struct view *v, const int *setting, struct look look, struct grid g) {
	const struct scene *s = v->scene;
	if (!s->valid) {
		grid_text(&g, 0, 0, theme_dim, *s->sentence ? s->sentence : "drawing ...");
		return;
	}
	int side = s->draw.side, wide = g.width >= 2 * side * 2 + 1 ? 2 : 1, rows = g.height;
	struct flow f = {.g = &g, .gap = 1};
	struct grid part;
	if (setting[PICTURE] && flow_place(&f, side * wide, side + 1 < rows ? side + 1 : rows, &part)) {
		grid_text(&part, 0, 0, theme_title, s->sample);
		picture_draw(grid_part(&part, 0, 1, part.width, part.height - 1), look, &s->picture);
	}
	for (int i = 0; i < GRANULARITIES; i++) {
		if (!s->draw.active[i] || (setting[GRANULARITY] && setting[GRANULARITY] != 1 + i)) continue;
		for (int j = 0; setting[SHOW] == 1 && j < SOURCES; j++) tile_draw(&f, &(struct tile){s, look, (enum granularity)i, j}, wide);
		tile_draw(&f, &(struct tile){s, look, (enum granularity)i, -1}, wide);
	}
	/* The numbers: beside the last tile where there is room, else below. */
	if (g.width - f.x >= 36 && f.row > 0) numbers_draw(v, s, grid_part(&g, f.x, f.y, g.width - f.x, g.height - f.y));
	else numbers_draw(v, s, grid_part(&g, 0, f.y + f.row, g.width, g.height - f.y - f.row));
}

static void state(const struct view *v, const int *setting, char *out, int capacity) {
	const struct scene *s = v->scene;
	(void)setting;
	if (!s->valid) return;
	snprintf(out, (size_t)capacity, "%s step %lld%s%s", s->sample, (long long)s->step, s->used ? " (in its batch)" : "", s->edit ? ", EDIT" : "");
}

const struct pane pane_masks = {
	.name = "masks", .title = "masks", .digit = '3', .priority = 3, .least_width = 18, .least_height = 6, .draw = draw, .state = state,
	.settings = {{"show", "the final mask, or the sources beside it", show_words, 0, 0, 0},
	             {"granularity", "one, or all", granularity_words, 0, 0, 0},
	             {"picture", "the sample itself", switch_words, 0, 0, 1}},
	.keys = {{KEY_K_RIGHT, "look by=1", "the next sample"}, {KEY_K_LEFT, "look by=-1", "the one before"}, {'n', "look by=1", "the next sample"},
	         {'p', "look by=-1", "the one before"}, {'>', "goto by=1", "the next step"}, {'<', "goto by=-1", "the step before"}, {'0', "goto now", "back to the run"},
	         {'m', "pane masks show next", "final mask or sources"}, {'g', "pane masks granularity next", "one granularity, or all"},
	         {'i', "pane masks picture toggle", "the picture"}, {'R', "look reseed", "draws with another seed"}, {'t', "look trained", "training's own masks"}, {0}},
};
