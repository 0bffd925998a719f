#include "tui/layout.h"

#include <stdio.h>
#include <string.h>

#include "tui/chart.h"
#include "tui/log.h"
#include "tui/panes/parts.h"

const char *const layout_name[LAYOUTS] = {"auto", "wide", "tall", "one"};

enum { TWO_COLUMNS = 78, THREE_COLUMNS = 190, MATCH_ROWS = 8, LOG_LEAST = 3, LOG_MOST = 12, HELP_COLUMN = 40 };

int pane_count(void) {
	int n = 0;
	while (panes[n]) n++;
	return n;
}

int pane_find(const char *name) {
	for (int i = 0; panes[i]; i++)
		if (!strcmp(panes[i]->name, name)) return i;
	return -1;
}

void ui_default(struct ui *u) {
	*u = (struct ui){.layout = LAYOUT_AUTO};
	for (int i = 0; panes[i]; i++) {
		u->shown[i] = true;
		for (int s = 0; panes[i]->settings[s].name; s++) u->setting[i][s] = panes[i]->settings[s].initial;
	}
}

static bool is_log(int pane) { return !strcmp(panes[pane]->name, "log"); }

/* ---- which panes, where -------------------------------------------------------------------------------------------------- */

struct area { int x, y, width, height; };
struct need { int pane, least, wish; }; /* rows, the frame's included */

static struct need need_of(const struct ui *u, const struct view *v, int pane, int width) {
	int least = panes[pane]->least_height, wish = least;
	if (panes[pane]->rows) panes[pane]->rows(v, u->setting[pane], width, &least, &wish);
	return (struct need){pane, least + 1, (wish > least ? wish : least) + 1};
}

/* Deals HEIGHT rows over COUNT panes of a column: each its least, then all in step towards their wish, then the elastic ones what is left. False: no room. */
static bool deal(const struct need *need, int count, int height, int *rows) {
	int left = height, elastic = 0;
	for (int i = 0; i < count; i++) left -= rows[i] = need[i].least, elastic += panes[need[i].pane]->elastic;
	if (left < 0) return false;
	for (bool more = true; left > 0 && more;) {
		more = false;
		for (int i = 0; i < count && left > 0; i++)
			if (rows[i] < need[i].wish) rows[i]++, left--, more = true;
	}
	for (int i = 0; left > 0; i = (i + 1) % count)
		if (elastic == 0 || panes[need[i].pane]->elastic) rows[i]++, left--;
	return true;
}

/* Puts the panes CHOSEN into COLUMNS columns of AREA, in their order: of all ways the one whose fullest column wishes least. False: they don't fit. */
static bool put(const struct ui *u, const struct view *v, const struct area *area, const int *chosen, int count, int columns, struct area *place) {
	struct need need[PANES_MAX];
	int width = (area->width - columns + 1) / columns, best_end[3] = {count, count, count}, best = -1, rows[PANES_MAX];
	for (int i = 0; i < count; i++) {
		need[i] = need_of(u, v, chosen[i], width);
		if (width < panes[chosen[i]]->least_width) return false;
	}
	for (int first = 1; first <= count; first++)
		for (int second = first; second <= count; second++) {
			int end[3] = {columns > 1 ? first : count, columns > 2 ? second : count, count}, from = 0, most = 0;
			bool fits = true;
			for (int c = 0; c < columns && fits; c++) {
				int wish = 0;
				fits = end[c] > from && deal(need + from, end[c] - from, area->height, rows);
				for (int i = from; i < end[c]; i++) wish += need[i].wish;
				if (wish > most) most = wish;
				from = end[c];
			}
			if (fits && (best < 0 || most < best)) best = most, memcpy(best_end, end, sizeof end);
		}
	if (best < 0) return false;
	for (int c = 0, from = 0; c < columns; from = best_end[c++]) {
		int x = area->width * c / columns + (c > 0), right = area->width * (c + 1) / columns, y = area->y;
		deal(need + from, best_end[c] - from, area->height, rows);
		for (int i = from; i < best_end[c]; y += rows[i - from], i++) place[i] = (struct area){area->x + x, y, right - x, rows[i - from]};
	}
	return true;
}

static int columns_of(const struct ui *u, const struct area *area) {
	if (u->layout == LAYOUT_TALL || u->layout == LAYOUT_ONE) return 1;
	if (area->width >= THREE_COLUMNS) return 3;
	return area->width >= TWO_COLUMNS || u->layout == LAYOUT_WIDE ? 2 : 1;
}

/* The pane that goes first where room is short: of the largest priority number, the focused one last of all. */
static int least_wanted(const struct ui *u, const int *chosen, int count) {
	int worst = -1;
	for (int i = 0; i < count; i++) {
		if (chosen[i] == u->focus) continue;
		if (worst < 0 || panes[chosen[i]]->priority > panes[chosen[worst]]->priority) worst = i;
	}
	return worst < 0 ? 0 : worst;
}

/* Fills CHOSEN and PLACE; returns how many panes stand in AREA. */
static int arrange(const struct ui *u, const struct view *v, const struct area *area, int *chosen, struct area *place) {
	int count = 0;
	for (int i = 0; panes[i]; i++)
		if (!is_log(i) && (u->layout == LAYOUT_ONE ? i == u->focus : u->shown[i])) chosen[count++] = i;
	while (count > 0) {
		int columns = columns_of(u, area);
		for (columns = columns < count ? columns : count; columns > 0; columns--)
			if (put(u, v, area, chosen, count, columns, place)) return count;
		int gone = least_wanted(u, chosen, count);
		memmove(chosen + gone, chosen + gone + 1, sizeof *chosen * (size_t)(--count - gone));
	}
	return 0;
}

/* ---- the parts of a frame ---------------------------------------------------------------------------------------------------- */

static const char *const state_word[] = {
	[TRAINER_PAUSED] = "paused", [TRAINER_RUNNING] = "training", [TRAINER_FINISHED] = "finished", [TRAINER_FAILED] = "FAILED"};

/* What does not fit whole is left out; what the run is stands at the right. */
static void bar_draw(const struct view *v, struct grid g) {
	const struct snapshot *s = &v->snapshot;
	struct style bar = {theme_title.fg, theme_title.bg, theme_title.attributes | REVERSE};
	grid_fill(&g, 0, 0, g.width, 1, ' ', bar);
	int x = part_text(&g, 1, 0, bar, "C2F %s", v->has_trainer ? state_word[s->state] : "ready");
	if (s->total_steps > 0) x = part_text(&g, x, 0, bar, "step %lld/%lld", (long long)s->step, (long long)s->total_steps);
	if (s->step > 0) x = part_text(&g, x, 0, bar, "loss %.3f", s->smooth_total > 0 ? s->smooth_total : s->last.total);
	if (s->images_per_s > 0) x = part_text(&g, x, 0, bar, "%.0f img/s", s->images_per_s);
	if (s->step_ms > 0) x = part_text(&g, x, 0, bar, "%.0f ms/step", s->step_ms);
	const char *precision = *s->precision ? s->precision : v->precision, *run = strrchr(v->run, '/');
	char text[256];
	for (int detail = 2; detail > 0; detail--) {
		if (detail == 2) snprintf(text, sizeof text, "%s %s  %s ", v->preset, precision, run && run[1] ? run + 1 : v->run);
		else snprintf(text, sizeof text, "%s %s ", v->preset, precision);
		if (x + grid_columns(text) > g.width) continue;
		grid_text_right(&g, g.width - 1, 0, bar, text);
		break;
	}
}

/* STATE's parts, cut behind a comma until they stand beside TITLE (grid_frame() leaves out what is too long). */
static void state_fit(char *state, int room) {
	while (*state && grid_columns(state) > room) {
		char *comma = NULL;
		for (char *at = state; (at = strstr(at, ", ")); at++) comma = at;
		*(comma ? comma : state) = '\0';
	}
}

static void pane_draw(const struct ui *u, const struct view *v, struct look look, int pane, struct grid g) {
	char state[128] = "", title[64];
	if (panes[pane]->state) panes[pane]->state(v, u->setting[pane], state, sizeof state);
	if (u->keys) snprintf(title, sizeof title, "%c %s", panes[pane]->digit, panes[pane]->title);
	else snprintf(title, sizeof title, "%s", panes[pane]->title);
	if (grid_columns(title) + 8 > g.width) snprintf(title, sizeof title, "%s", panes[pane]->name);
	state_fit(state, g.width - grid_columns(title) - 12);
	struct grid inside = grid_frame(&g, title, state, pane == u->focus, look.charset != CHARSET_ASCII);
	panes[pane]->draw(v, u->setting[pane], look, inside);
}

static void key_draw(struct grid *g, const struct pane_key *k) {
	char name[16];
	struct grid text = grid_part(g, 9, 0, g->width - 9, 1);
	grid_text(g, 0, 0, theme_key, key_name(k->key, name));
	part_text(&text, 0, 0, style_plain, "%s", k->help);
}

/* The keys of the focused pane and those of all, over whatever is there; in as many columns as it takes. */
static void help_draw(const struct ui *u, struct look look, struct grid g) {
	const struct pane *p = panes[u->focus];
	const struct pane_key *key[64];
	int own = 0, all = 0;
	while (p->keys[own].key) key[own] = &p->keys[own], own++;
	all = own;
	for (const struct pane_key *k = common_keys; k->key; k++) {
		bool hidden = false;
		for (int i = 0; i < own; i++) hidden = hidden || key[i]->key == k->key;
		if (!hidden) key[all++] = k;
	}
	int room = g.height - 4, most = g.width / HELP_COLUMN > 0 ? g.width / HELP_COLUMN : 1, columns = room > 0 ? (all + room - 1) / room : 1;
	if (columns > most) columns = most;
	int rows = (all + columns - 1) / columns, width = g.width < HELP_COLUMN ? g.width : HELP_COLUMN;
	if (rows > room) rows = room > 0 ? room : 0;
	struct grid box = grid_part(&g, g.width - columns * width, 1, columns * width, rows + 2);
	grid_clear(&box, style_plain);
	struct grid inside = grid_frame(&box, p->title, "keys", true, look.charset != CHARSET_ASCII);
	for (int i = 0; i < all && rows > 0 && i / rows < columns; i++) {
		struct grid cell = grid_part(&inside, i / rows * width + 1, i % rows, width - 2, 1);
		key_draw(&cell, key[i]);
	}
	int left = all - rows * columns;
	if (left > 0) grid_textf(&inside, 1, rows, theme_dim, "%d more in a larger window", left);
	else part_words(&inside, 1, rows, theme_dim, "digits show and hide panes, other characters go to the prompt");
}

/* How far a long command is, above the prompt. */
static void progress_draw(const struct view_progress *p, struct look look, struct grid g) {
	char text[160], left[32];
	double share = p->of > 0 ? (double)p->done / (double)p->of : 0;
	part_duration(p->left_s, left, sizeof left);
	int n = snprintf(text, sizeof text, "%s", p->what), at = n;
	n += snprintf(text + n, sizeof text - (size_t)n, "  %lld of %lld %s", (long long)p->done, (long long)p->of, p->unit);
	if (n + 2 <= g.width) at = n;
	if (p->rate > 0) {
		n += snprintf(text + n, sizeof text - (size_t)n, "  %.*f/s  %s left", p->rate < 10 ? 1 : 0, p->rate, left);
		if (n + 2 <= g.width) at = n;
	}
	n += snprintf(text + n, sizeof text - (size_t)n, "  (Ctrl-C stops it)");
	if (n + 2 <= g.width) at = n;
	text[at] = '\0';
	chart_bar(g, look, theme_focus, share, text);
}

static void log_draw(const struct ui *u, const struct view *v, struct grid g) {
	static const struct style *const styles[] = {
		[LOG_OUT] = &style_plain, [LOG_NOTE] = &theme_dim, [LOG_ERROR] = &theme_error, [LOG_COMMAND] = &theme_key, [LOG_CHATTER] = &theme_dim};
	struct log_row rows[512];
	int height = g.height < 512 ? g.height : 512, n = v->log ? log_view(v->log, g.width, height, u->scroll, rows) : 0;
	for (int i = 0; i < n; i++) {
		char text[2048];
		int bytes, at = *u->search ? log_match(rows[i].text, rows[i].length, u->search, &bytes) : -1, y = g.height - n + i;
		snprintf(text, sizeof text, "%.*s", rows[i].length, rows[i].text);
		grid_text(&g, 0, y, *styles[rows[i].kind], text);
		if (at < 0 || at >= (int)sizeof text) continue;
		char found[256];
		text[at] = '\0';
		snprintf(found, sizeof found, "%.*s", bytes, rows[i].text + at);
		grid_text(&g, grid_columns(text), y, theme_cursor, found);
	}
	if (u->scroll > 0 && g.width > 24) grid_textf(&g, g.width - 22, 0, theme_cursor, " %d lines below (End) ", u->scroll);
}

/* Candidates in columns above the prompt, at the bottom of G. */
static void matches_draw(const struct frame_prompt *p, struct grid g) {
	int width = 1;
	for (int i = 0; i < p->match_count; i++)
		if (grid_columns(p->matches[i]) + 2 > width) width = grid_columns(p->matches[i]) + 2;
	int columns = g.width / width > 0 ? g.width / width : 1, rows = (p->match_count + columns - 1) / columns, most = g.height < MATCH_ROWS ? g.height : MATCH_ROWS;
	int shown = rows < most ? rows : most;
	grid_fill(&g, 0, g.height - shown, g.width, shown, ' ', style_plain);
	for (int i = 0; i < p->match_count && i / columns < shown; i++)
		grid_text(&g, i % columns * width, g.height - shown + i / columns, theme_key, p->matches[i]);
	if (rows <= shown || shown < 1) return;
	grid_fill(&g, 0, g.height - 1, g.width, 1, ' ', style_plain);
	grid_textf(&g, 0, g.height - 1, theme_dim, "... %d more", p->match_count - (shown - 1) * columns);
}

/* The end of a long line is what is seen: the text is shifted left until the cursor fits. */
static void prompt_draw(const struct frame_prompt *p, struct grid g, int *cursor_x) {
	int room = g.width - 1, head = grid_columns(p->prompt), before = 0;
	const char *from = p->text, *at = p->text, *end = p->text + p->cursor;
	if (head > room / 2) head = 0;
	else grid_text(&g, 0, 0, theme_title, p->prompt);
	while (at < end) {
		int columns;
		if (!utf8_next(&at, &columns)) break;
		for (before += columns; before > room - head;) {
			int gone;
			utf8_next(&from, &gone);
			before -= gone;
		}
	}
	struct grid rest = grid_part(&g, head, 0, g.width - head, 1);
	grid_text(&rest, 0, 0, style_plain, from);
	*cursor_x = head + before;
}

/* Rows of the log: a quarter, but less where a pane is to fill the screen, and none where the focused pane has no room otherwise. */
static int log_rows_of(const struct ui *u, const struct view *v, int width, int height) {
	int log = pane_find("log"), rows = height / 4 < LOG_LEAST ? LOG_LEAST : height / 4 > LOG_MOST ? LOG_MOST : height / 4;
	bool focused = u->focus == log;
	if (u->layout == LAYOUT_ONE) rows = focused ? height : LOG_LEAST;
	if (!u->shown[log] && !(focused && u->layout == LAYOUT_ONE)) return 0;
	if (!focused && (u->layout == LAYOUT_ONE || u->shown[u->focus]) && height - rows < need_of(u, v, u->focus, width).least) return 0;
	return rows < height ? rows : height;
}

static void log_pane_draw(const struct ui *u, const struct view *v, struct look look, struct grid g) {
	int log = pane_find("log");
	char right[64] = "", title[16];
	if (*u->search) snprintf(right, sizeof right, "/%.50s", u->search);
	snprintf(title, sizeof title, u->keys ? "%c log" : "log", panes[log]->digit);
	log_draw(u, v, g.height > 1 ? grid_frame(&g, title, right, u->focus == log, look.charset != CHARSET_ASCII) : g);
}

void frame_draw(const struct ui *u, const struct view *v, struct look look, const struct frame_prompt *p, struct grid *g, struct frame *out) {
	int chosen[PANES_MAX];
	struct area place[PANES_MAX];
	*out = (struct frame){.cursor_x = -1};
	grid_clear(g, style_plain);
	if (g->height <= 0) return;
	struct grid bottom = grid_part(g, 0, g->height - 1, g->width, 1);
	prompt_draw(p, bottom, &out->cursor_x);
	out->cursor_y = g->height - 1;
	if (u->keys) out->cursor_x = -1;
	if (g->height < 2) return;
	bar_draw(v, grid_part(g, 0, 0, g->width, 1));
	bool progress = v->progress.active && g->height >= 3;
	int height = g->height - 2 - progress, log_height = log_rows_of(u, v, g->width, height);
	if (progress) progress_draw(&v->progress, look, grid_part(g, 0, g->height - 2, g->width, 1));
	struct area area = {0, 1, g->width, height - log_height};
	int count = arrange(u, v, &area, chosen, place);
	if (count == 0) log_height = height;
	for (int i = 0; i < count; i++) {
		struct grid part = grid_part(g, place[i].x, place[i].y, place[i].width, place[i].height);
		pane_draw(u, v, look, chosen[i], part);
		out->placed[out->count++] = (struct placed){chosen[i], part};
	}
	if (log_height > 0) {
		struct grid part = grid_part(g, 0, 1 + height - log_height, g->width, log_height);
		log_pane_draw(u, v, look, part);
		out->placed[out->count++] = (struct placed){pane_find("log"), part};
	}
	if (p->match_count > 0) matches_draw(p, grid_part(g, 0, 1, g->width, g->height - 2));
	if (u->help) help_draw(u, look, grid_part(g, 0, 0, g->width, g->height - 1));
}
