#include "tui/layout.h"

#include <stdio.h>
#include <string.h>

#include "tui/log.h"

const char *const layout_name[LAYOUTS] = {"auto", "wide", "tall", "one"};

enum { WIDE_COLUMNS = 100, THREE_COLUMNS = 190, MATCH_ROWS = 8, LOG_LEAST = 3 };

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

/* Cuts AREA into COUNT parts in COLUMNS columns, filled column by column. */
static void cut(const struct area *area, int count, int columns, struct area *out) {
	int done = 0;
	for (int c = 0; c < columns; c++) {
		int rows = (count - done + columns - c - 1) / (columns - c), x0 = area->width * c / columns, x1 = area->width * (c + 1) / columns;
		for (int r = 0; r < rows; r++) {
			int y0 = area->height * r / rows, y1 = area->height * (r + 1) / rows;
			out[done++] = (struct area){area->x + x0 + (c > 0), area->y + y0, x1 - x0 - (c > 0), y1 - y0};
		}
	}
}

static bool fits(int pane, const struct area *a) { return a->width >= panes[pane]->least_width && a->height - 1 >= panes[pane]->least_height; }

static int columns_of(const struct ui *u, const struct area *area) {
	if (u->layout == LAYOUT_TALL || u->layout == LAYOUT_ONE) return 1;
	if (area->width >= THREE_COLUMNS) return 3;
	return area->width >= WIDE_COLUMNS || u->layout == LAYOUT_WIDE ? 2 : 1;
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
static int arrange(const struct ui *u, const struct area *area, int *chosen, struct area *place) {
	int count = 0;
	for (int i = 0; panes[i]; i++)
		if (!is_log(i) && (u->layout == LAYOUT_ONE ? i == u->focus || (is_log(u->focus) && i == 0) : u->shown[i])) chosen[count++] = i;
	while (count > 0) {
		int columns = columns_of(u, area);
		bool all = true;
		cut(area, count, columns < count ? columns : count, place);
		for (int i = 0; i < count; i++) all = all && fits(chosen[i], &place[i]);
		if (all) break;
		int gone = least_wanted(u, chosen, count);
		memmove(chosen + gone, chosen + gone + 1, sizeof *chosen * (size_t)(--count - gone));
	}
	return count;
}

/* ---- the parts of a frame ---------------------------------------------------------------------------------------------------- */

static const char *const state_word[] = {
	[TRAINER_PAUSED] = "paused", [TRAINER_RUNNING] = "training", [TRAINER_FINISHED] = "finished", [TRAINER_FAILED] = "FAILED"};

static void bar_draw(const struct view *v, struct look look, struct grid g) {
	const struct snapshot *s = &v->snapshot;
	struct style bar = {theme_title.fg, theme_title.bg, theme_title.attributes | REVERSE};
	char text[256], rate[64] = "";
	grid_fill(&g, 0, 0, g.width, 1, ' ', bar);
	if (s->images_per_s > 0) snprintf(rate, sizeof rate, "%.0f img/s  %.0f ms/step", s->images_per_s, s->step_ms);
	int x = grid_textf(&g, 1, 0, bar, "C2F %s", v->has_trainer ? state_word[s->state] : "ready") + 3;
	if (s->total_steps > 0) x += grid_textf(&g, x, 0, bar, "step %lld/%lld", (long long)s->step, (long long)s->total_steps) + 2;
	if (s->last.step > 0 || s->step > 0) x += grid_textf(&g, x, 0, bar, "loss %.3f", s->smooth_total > 0 ? s->smooth_total : s->last.total) + 2;
	if (*rate && x + grid_columns(rate) < g.width) x += grid_text(&g, x, 0, bar, rate) + 2;
	snprintf(text, sizeof text, "%s %s %s ", v->preset, v->precision, v->run);
	if (x + grid_columns(text) <= g.width) grid_text_right(&g, g.width - 1, 0, bar, text);
	(void)look;
}

static void pane_draw(const struct ui *u, const struct view *v, struct look look, int pane, struct grid g) {
	char state[96] = "";
	if (panes[pane]->state) panes[pane]->state(v, u->setting[pane], state, sizeof state);
	struct grid inside = grid_frame(&g, panes[pane]->title, state, pane == u->focus, look.charset != CHARSET_ASCII);
	panes[pane]->draw(v, u->setting[pane], look, inside);
}

/* The keys of the focused pane, over whatever is there. */
static void help_draw(const struct ui *u, struct look look, struct grid g) {
	const struct pane *p = panes[u->focus];
	int rows = 0, width = 0;
	char name[16];
	while (p->keys[rows].key) {
		int needed = 10 + grid_columns(p->keys[rows].help);
		if (needed > width) width = needed;
		rows++;
	}
	if (rows == 0) return;
	struct grid box = grid_part(&g, g.width - width - 2, 1, width + 2, rows + 2);
	grid_clear(&box, style_plain);
	struct grid inside = grid_frame(&box, p->title, "keys", true, look.charset != CHARSET_ASCII);
	for (int i = 0; i < rows; i++) {
		grid_text(&inside, 1, i, theme_key, key_name(p->keys[i].key, name));
		grid_text(&inside, 10, i, style_plain, p->keys[i].help);
	}
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

/* Candidates in columns above the prompt. Returns the rows taken. */
static int matches_draw(const struct frame_prompt *p, struct grid g) {
	int width = 1;
	for (int i = 0; i < p->match_count; i++)
		if (grid_columns(p->matches[i]) + 2 > width) width = grid_columns(p->matches[i]) + 2;
	int columns = g.width / width > 0 ? g.width / width : 1, rows = (p->match_count + columns - 1) / columns, most = g.height < MATCH_ROWS ? g.height : MATCH_ROWS;
	int shown = rows < most ? rows : most;
	for (int i = 0; i < p->match_count && i / columns < shown; i++)
		grid_text(&g, i % columns * width, g.height - shown + i / columns, theme_key, p->matches[i]);
	if (rows > shown && shown > 0) grid_textf(&g, 0, g.height - 1, theme_dim, "... %d more            ", p->match_count - (shown - 1) * columns);
	return shown;
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

void frame_draw(const struct ui *u, const struct view *v, struct look look, const struct frame_prompt *p, struct grid *g, struct frame *out) {
	int chosen[PANES_MAX], shown_log = pane_find("log");
	struct area place[PANES_MAX];
	*out = (struct frame){.cursor_x = -1};
	grid_clear(g, style_plain);
	if (g->height <= 0) return;
	struct grid bottom = grid_part(g, 0, g->height - 1, g->width, 1);
	prompt_draw(p, bottom, &out->cursor_x);
	out->cursor_y = g->height - 1;
	if (u->keys) out->cursor_x = -1;
	if (g->height < 2) return;
	bar_draw(v, look, grid_part(g, 0, 0, g->width, 1));
	int height = g->height - 2, log_height = height / 4 < LOG_LEAST ? LOG_LEAST : height / 4;
	if (u->layout == LAYOUT_ONE && u->focus == shown_log) log_height = height;
	if (log_height > height) log_height = height;
	bool log_shown = u->shown[shown_log];
	struct area area = {0, 1, g->width, height - (log_shown ? log_height : 0)};
	int count = arrange(u, &area, chosen, place);
	if (count == 0) log_height = height, log_shown = true;
	for (int i = 0; i < count; i++) {
		struct grid part = grid_part(g, place[i].x, place[i].y, place[i].width, place[i].height);
		pane_draw(u, v, look, chosen[i], part);
		out->placed[out->count++] = (struct placed){chosen[i], part};
	}
	if (log_shown && log_height > 0) {
		struct grid part = grid_part(g, 0, g->height - 1 - log_height, g->width, log_height);
		char right[64] = "";
		if (*u->search) snprintf(right, sizeof right, "/%.50s", u->search);
		struct grid inside = log_height > 1 ? grid_frame(&part, "log", right, u->focus == shown_log, look.charset != CHARSET_ASCII) : part;
		log_draw(u, v, inside);
		out->placed[out->count++] = (struct placed){shown_log, part};
	}
	if (p->match_count > 0) {
		struct grid above = grid_part(g, 0, 1, g->width, g->height - 2);
		int rows = (p->match_count < 1 ? 0 : MATCH_ROWS);
		struct grid box = grid_part(&above, 0, above.height - rows > 0 ? above.height - rows : 0, above.width, rows);
		grid_clear(&box, style_plain);
		matches_draw(p, box);
	}
	if (u->help) help_draw(u, look, *g);
}
