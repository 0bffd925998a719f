/* tests/unit/golden_grid.h -- a grid as text: its characters, then a letter for each cell's style ('.': plain), then what the letters mean. Compared with
 * tests/screens/NAME.txt; UPDATE=1 (make golden) writes that file instead, for review as a diff. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/grid.h"

enum { GOLDEN_STYLES = 52 };

struct golden_text { char *text; size_t length; };

static void golden_add(struct golden_text *t, const char *text) {
	size_t n = strlen(text);
	t->text = realloc(t->text, t->length + n + 1);
	assert_non_null(t->text);
	memcpy(t->text + t->length, text, n + 1);
	t->length += n;
}

static void golden_trim(struct golden_text *t, char blank) {
	while (t->length > 0 && t->text[t->length - 1] == blank) t->text[--t->length] = '\0';
	golden_add(t, "\n");
}

static void golden_add_rune(struct golden_text *t, uint32_t rune) {
	char text[5];
	utf8_put(text, rune);
	if (rune) golden_add(t, text);
}

static int golden_style(const struct style *s, struct style *styles, int *count) {
	for (int i = 0; i < *count; i++)
		if (styles[i].fg == s->fg && styles[i].bg == s->bg && styles[i].attributes == s->attributes) return i;
	if (*count == GOLDEN_STYLES) return -1;
	styles[*count] = *s;
	return (*count)++;
}

static char *golden_dump(const struct grid *g) {
	struct golden_text t = {0};
	struct style styles[GOLDEN_STYLES] = {style_plain};
	int count = 1;
	for (int y = 0; y < g->height; y++) {
		for (int x = 0; x < g->width; x++) {
			const struct cell *c = &g->cells[(size_t)y * (size_t)g->stride + (size_t)x];
			golden_add_rune(&t, c->rune);
			golden_add_rune(&t, c->combining[0]);
			golden_add_rune(&t, c->combining[1]);
		}
		golden_trim(&t, ' ');
	}
	golden_add(&t, "--- styles\n");
	for (int y = 0; y < g->height; y++) {
		for (int x = 0; x < g->width; x++) {
			int i = golden_style(&g->cells[(size_t)y * (size_t)g->stride + (size_t)x].style, styles, &count);
			golden_add_rune(&t, i < 0 ? '?' : i == 0 ? '.' : i <= 26 ? 'a' + (uint32_t)i - 1 : 'A' + (uint32_t)i - 27);
		}
		golden_trim(&t, '.');
	}
	for (int i = 1; i < count; i++) {
		char line[96], fg[16] = "default", bg[16] = "default";
		if (styles[i].fg != COLOUR_DEFAULT) snprintf(fg, sizeof fg, "#%06x", styles[i].fg);
		if (styles[i].bg != COLOUR_DEFAULT) snprintf(bg, sizeof bg, "#%06x", styles[i].bg);
		snprintf(line, sizeof line, "%c %s on %s%s%s%s%s\n", i <= 26 ? 'a' + i - 1 : 'A' + i - 27, fg, bg, styles[i].attributes & BOLD ? " bold" : "",
		         styles[i].attributes & DIM ? " dim" : "", styles[i].attributes & UNDERLINE ? " underline" : "", styles[i].attributes & REVERSE ? " reverse" : "");
		golden_add(&t, line);
	}
	return t.text;
}

static char *golden_read(const char *path) {
	FILE *f = fopen(path, "rb");
	if (!f) return NULL;
	struct golden_text t = {0};
	char part[4096];
	golden_add(&t, "");
	for (size_t n; (n = fread(part, 1, sizeof part - 1, f)) > 0;) part[n] = '\0', golden_add(&t, part);
	fclose(f);
	return t.text;
}

__attribute__((unused)) static void golden_compare(const struct grid *g, const char *name) {
	char path[256];
	snprintf(path, sizeof path, "tests/screens/%s.txt", name);
	char *now = golden_dump(g), *then = getenv("UPDATE") ? NULL : golden_read(path);
	if (getenv("UPDATE")) {
		FILE *f = fopen(path, "wb");
		assert_non_null(f);
		fputs(now, f);
		fclose(f);
	} else if (!then) {
		fail_msg("no %s (make golden writes it)", path);
	} else if (strcmp(now, then) != 0) {
		printf("--- %s\n%s--- now\n%s", path, then, now);
		fail_msg("%s is not what is drawn now", path);
	}
	free(now);
	free(then);
}

/* A part of a larger grid whose other cells are watched: guard_check() fails if one was touched, or if a wide character in the part lost a half. */
struct guard { struct grid whole, part; };

static const struct cell guard_cell = {'~', {'!', '?'}, {0x123456, 0x654321, 0xF00}};

__attribute__((unused)) static struct guard guard_new(int width, int height) {
	enum { EDGE = 3 };
	struct guard g;
	assert_int_equal(grid_new(&g.whole, width + 2 * EDGE, height + 2 * EDGE), 0);
	for (int i = 0; i < g.whole.width * g.whole.height; i++) g.whole.cells[i] = guard_cell;
	g.part = grid_part(&g.whole, EDGE, EDGE, width, height);
	if (g.part.width > 0) grid_clear(&g.part, style_plain);
	return g;
}

__attribute__((unused)) static void guard_check(const struct guard *g) {
	ptrdiff_t from = g->part.width > 0 ? g->part.cells - g->whole.cells : 0;
	int left = (int)(from % g->whole.stride), top = (int)(from / g->whole.stride);
	for (int y = 0; y < g->whole.height; y++)
		for (int x = 0; x < g->whole.width; x++) {
			const struct cell *c = &g->whole.cells[y * g->whole.stride + x];
			bool inside = x >= left && x < left + g->part.width && y >= top && y < top + g->part.height;
			if (!inside) {
				if (memcmp(c, &guard_cell, sizeof *c) != 0) fail_msg("cell %d, %d outside of %d x %d was written", x - left, y - top, g->part.width, g->part.height);
				continue;
			}
			bool is_wide = c->rune && utf8_columns(c->rune) == 2;
			if (is_wide && (x + 1 >= left + g->part.width || c[1].rune != 0)) fail_msg("half a wide character at %d, %d", x - left, y - top);
			if (c->rune == 0 && (x == left || utf8_columns(c[-1].rune) != 2)) fail_msg("a right half alone at %d, %d", x - left, y - top);
			if (c->rune && (c->rune < 0x20 || (c->rune >= 0x7F && c->rune < 0xA0))) fail_msg("a control character at %d, %d", x - left, y - top);
		}
}

__attribute__((unused)) static void guard_free(struct guard *g) { free(g->whole.cells); }
