/* tests/unit/panes_test.c -- whole frames from a fixed view as golden screens, and every pane at every size, whatever the view holds. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/golden_grid.h"
#include "tui/layout.h"
#include "tui/log.h"
#include "tui/panes/parts.h"

enum { STEPS = 240, TOTAL = 400 };

static const struct look true_colour = {CHARSET_BRAILLE, COLOURS_TRUE}, mono = {CHARSET_ASCII, COLOURS_NONE};

/* ---- a fixed view ------------------------------------------------------------------------------------------------------------------- */

/* Labels of a made-up sample: sky above, road below, two cars on it. */
static void make_cells(int side, uint8_t *semantic, uint8_t *instance) {
	int n = CELLS_SIDE * side;
	for (int y = 0; y < n; y++)
		for (int x = 0; x < n; x++) {
			bool left = x > n / 8 && x < n * 3 / 8 && y > n / 2 && y < n * 7 / 8, right = x > n * 5 / 8 && y > n * 3 / 8 && y < n * 3 / 4;
			semantic[y * n + x] = left || right ? 2 : y > n * 5 / 8 ? 1 : x > n * 7 / 8 ? UNLABELLED : 0;
			instance[y * n + x] = left ? 1 : right ? 2 : 0;
		}
}

static void make_picture(struct scene *s, int size) {
	assert_int_equal(image_new(&s->picture, size, size), 0);
	for (int y = 0; y < size; y++)
		for (int x = 0; x < size; x++) {
			uint8_t *p = s->picture.pixels + 3 * (y * size + x);
			p[0] = (uint8_t)(255 * x / size), p[1] = (uint8_t)(255 * y / size), p[2] = (uint8_t)(255 - 255 * y / size);
		}
}

static struct scene *scene_make(int side, const bool active[GRANULARITIES]) {
	static const char *const names[] = {"sky", "road", "car"};
	static uint8_t semantic[CELLS * PATCHES_MAX], instance[CELLS * PATCHES_MAX];
	struct scene *s = calloc(1, sizeof *s);
	struct mask_options o;
	assert_non_null(s);
	mask_options_default(&o);
	o.side = side;
	o.visible = side * side / 2;
	o.classes = 3;
	memcpy(o.active, active, sizeof o.active);
	assert_int_equal(mask_options_check(&o), 0);
	assert_int_equal(curriculum_preset(&s->curriculum, "sg-ig-rd"), 0);
	make_cells(side, semantic, instance);
	s->step = 200;
	s->total_steps = TOTAL;
	curriculum_at(&s->curriculum, 0.55, s->mix);
	s->phase = curriculum_phase(&s->curriculum, 0.55);
	mask_draw(&o, s->mix, 0, 7, semantic, instance, &s->draw);
	mask_stats_of(&o, &s->draw, &s->stats);
	for (int i = 0; i < s->stats.regions; i++) {
		struct scene_region *r = &s->region[s->regions++];
		r->region = s->stats.region[i];
		snprintf(r->name, sizeof r->name, "%s", r->region.label < 3 ? names[r->region.label] : "unlabelled");
	}
	make_picture(s, 16 * side);
	snprintf(s->sample, sizeof s->sample, "train/7");
	s->valid = s->used = true;
	return s;
}

static void fill_metric(struct metric *m, int i, double worse) {
	*m = (struct metric){.step = i, .lr = i < 40 ? 1e-3 * i / 40 : 1e-3 * (TOTAL - i) / (TOTAL - 40), .grad_norm = 1 + 20.0 / (1 + i), .images_per_s = 50 + i % 7};
	for (int g = 0; g < GRANULARITIES; g++) {
		m->loss[g] = worse * (5 - g) / (1 + i / 40.0) + 0.2 + 0.02 * (i * 7 % 11);
		m->total += m->loss[g];
	}
	m->mix[SOURCE_SEMANTIC] = 1 - i / (double)TOTAL, m->mix[SOURCE_INSTANCE] = i / (double)TOTAL;
	m->effective[0] = 0.04, m->effective[1] = 0.1, m->effective[2] = i < 50 ? NAN : 0.02, m->effective[3] = 0.84;
	if (i < 10) m->effective[0] = NAN;
	m->evaluated = i % 20 == 0;
	for (int k = 0; k < SOURCES; k++)
		for (int g = 0; g < GRANULARITIES; g++) m->val[k][g] = m->loss[g] * (1.1 + 0.05 * k);
}

static void fill_history(struct history *h, int64_t count, double worse) {
	struct metric m;
	for (int i = 0; i < count; i++) {
		fill_metric(&m, i, worse);
		history_add(h, &m);
	}
}

static void fill_snapshot(struct snapshot *s, enum trainer_state state) {
	*s = (struct snapshot){.serial = 5, .state = state, .step = STEPS, .total_steps = TOTAL, .target = TOTAL, .val_step = STEPS - 20, .step_ms = 302.5, .wait_ms = 14.2,
	                       .steps_per_s = 3.3, .images_per_s = 52.9, .smooth_total = 3.21, .smooth = {1.61, 0.92, 0.68}, .kind = "cpu", .precision = "fp32"};
	fill_metric(&s->first, 0, 1);
	fill_metric(&s->last, STEPS - 1, 1);
	snprintf(s->device, sizeof s->device, "A processor, 2 threads, fp32");
}

static void fill_requests(struct view *v) {
	static const struct view_mark marks[] = {{60, 's', "set lr=0.002"}, {150, 'c', "curriculum set t=0.5 mix=0,1,0"}};
	static const struct view_request requests[] = {{REQUEST_APPLIED, 150, "curriculum set t=0.5 mix=0,1,0", ""},
	                                               {REQUEST_REJECTED, -1, "set preset=base", "preset is fixed for the run (`reset` drops the run)"},
	                                               {REQUEST_QUEUED, -1, "predict val/3 count=8", ""}};
	v->mark_count = 2, v->request_count = 3;
	memcpy(v->mark, marks, sizeof marks);
	memcpy(v->request, requests, sizeof requests);
}

static struct view *view_make(int side, int64_t rows, const bool active[GRANULARITIES]) {
	struct view *v = calloc(1, sizeof *v);
	assert_non_null(v);
	v->scene = scene_make(side, active);
	v->has_trainer = true;
	v->cursor = -1;
	v->batch = 16, v->visible = side * side / 2, v->classes = 3, v->instances = 32;
	memcpy(v->active, active, sizeof v->active);
	v->model_bytes = 57 << 20, v->step_bytes = 119 << 20, v->rss_bytes = 321 << 20;
	snprintf(v->run, sizeof v->run, "runs/lr-2e-3"), snprintf(v->data, sizeof v->data, "scenes");
	snprintf(v->preset, sizeof v->preset, "tiny"), snprintf(v->precision, sizeof v->precision, "auto");
	snprintf(v->breaks, sizeof v->breaks, "nan; jump.total>3");
	fill_snapshot(&v->snapshot, TRAINER_RUNNING);
	fill_history(&v->history, rows, 1);
	fill_requests(v);
	v->log = log_new();
	log_addf(v->log, LOG_COMMAND, "> set total_steps=400; train\n");
	log_addf(v->log, LOG_OUT, "training to step 400 in the background (pause, status, loss)\n");
	log_addf(v->log, LOG_NOTE, "run folder: runs/lr-2e-3\n");
	log_addf(v->log, LOG_ERROR, "error: preset is fixed for the run, which is at step 212 (`reset` drops the run)\n");
	return v;
}

static void view_free(struct view *v) {
	history_free(&v->history);
	for (int i = 0; i < v->others; i++) history_free(&v->other[i]);
	image_free(&v->scene->picture);
	log_free(v->log);
	free(v->scene);
	free(v);
}

static const bool all_active[] = {true, true, true};

static void begin_edit(struct scene *s) {
	static const double mix[] = {0, 0.6, 0.4};
	s->edited = s->curriculum;
	assert_int_equal(curriculum_set_knot(&s->edited, 0.5, mix), 0);
	s->edit = true;
	s->knot = 1;
}

/* ---- golden screens -------------------------------------------------------------------------------------------------------------------- */

static void screen(const struct ui *u, const struct view *v, struct look look, int width, int height, const char *name) {
	static const struct frame_prompt prompt = {.prompt = "c2f[training 240 ins]> ", .text = "predict val/3", .cursor = 13};
	struct guard g = guard_new(width, height);
	struct frame frame;
	frame_draw(u, v, look, &prompt, &g.part, &frame);
	guard_check(&g);
	golden_compare(&g.part, name);
	guard_free(&g);
}

static void golden_screens(void **state) {
	(void)state;
	struct view *v = view_make(8, STEPS, all_active);
	struct ui u;
	ui_default(&u);
	screen(&u, v, true_colour, 80, 24, "panes_80x24");
	screen(&u, v, true_colour, 120, 40, "panes_120x40");
	screen(&u, v, true_colour, 40, 10, "panes_40x10");
	screen(&u, v, mono, 80, 24, "panes_80x24_mono");
	screen(&u, v, mono, 120, 40, "panes_120x40_mono");
	screen(&u, v, mono, 40, 10, "panes_40x10_mono");
	view_free(v);
}

/* A step back, an edit, another run, a long command, single keys and their help. */
static void golden_while_one_works(void **state) {
	(void)state;
	struct view *v = view_make(8, STEPS, all_active);
	struct ui u;
	ui_default(&u);
	v->cursor = 130;
	begin_edit(v->scene);
	fill_history(&v->other[0], STEPS + 40, 1.4);
	snprintf(v->other[0].name, sizeof v->other[0].name, "lr-1e-3");
	v->others = 1;
	v->progress = (struct view_progress){true, "mask stats", "samples", 300, 1000, 40, 17.5};
	screen(&u, v, true_colour, 120, 40, "panes_120x40_edit");
	screen(&u, v, mono, 120, 40, "panes_120x40_edit_mono");
	u.keys = u.help = true;
	u.focus = pane_find("curriculum");
	screen(&u, v, true_colour, 80, 24, "panes_80x24_help");
	view_free(v);
}

static void golden_one_pane(void **state) {
	(void)state;
	struct view *v = view_make(14, STEPS, all_active);
	struct ui u;
	ui_default(&u);
	screen(&u, v, true_colour, 120, 40, "panes_120x40_base");
	u.layout = LAYOUT_ONE;
	u.focus = pane_find("masks");
	screen(&u, v, mono, 80, 24, "panes_80x24_masks_base_mono");
	screen(&u, v, true_colour, 40, 10, "panes_40x10_masks_base");
	u.setting[u.focus][0] = 1;
	screen(&u, v, mono, 200, 30, "panes_200x30_sources_mono");
	view_free(v);
}

/* What went wrong comes first, and stands there whole. */
static void golden_failure(void **state) {
	(void)state;
	static const bool one[] = {false, false, true};
	struct view *v = view_make(8, STEPS, one);
	struct ui u;
	ui_default(&u);
	v->snapshot.state = TRAINER_FAILED;
	snprintf(v->snapshot.message, sizeof v->snapshot.message, "step 240: the loss is not finite (rgb; a smaller lr or a longer warm-up helps); weights stayed as they were");
	for (int64_t i = STEPS - 30; i < STEPS; i += 3) v->history.loss[RGB][i] = v->history.total[i] = NAN;
	v->snapshot.last.loss[RGB] = v->snapshot.last.total = NAN;
	screen(&u, v, true_colour, 80, 24, "panes_80x24_failed");
	view_free(v);
}

/* ---- any size, any view ------------------------------------------------------------------------------------------------------------------ */

static const struct look looks[] = {{CHARSET_BRAILLE, COLOURS_TRUE}, {CHARSET_HALF_BLOCK, COLOURS_256}, {CHARSET_HALF_BLOCK, COLOURS_16}, {CHARSET_ASCII, COLOURS_NONE},
                                    {CHARSET_BRAILLE, COLOURS_NONE}};

/* Each pane by itself, with each of its settings at its ends, and whole frames in all layouts. */
static void at_all_sizes(const struct view *v, int step) {
	static const struct frame_prompt prompt = {.prompt = "c2f> ", .text = "x", .cursor = 1};
	int count = 0;
	for (int width = 0; width <= 130; width += 1 + (count * step) % 13)
		for (int height = 0; height <= 45; height += 1 + (count * step) % 7, count++) {
			struct look look = looks[count % 5];
			struct ui u;
			ui_default(&u);
			u.layout = (enum layout)(count % LAYOUTS);
			u.focus = count % pane_count();
			u.keys = count % 3 == 0, u.help = count % 2;
			u.scroll = count % 9;
			for (int i = 0; panes[i]; i++)
				for (int k = 0; panes[i]->settings[k].name; k++) {
					const struct pane_setting *t = &panes[i]->settings[k];
					int words = 0;
					while (t->words && t->words[words]) words++;
					u.setting[i][k] = t->words ? (count + k) % words : count % 3 == 0 ? t->least : count % 3 == 1 ? t->most : t->initial;
				}
			struct guard g = guard_new(width, height);
			struct frame frame;
			frame_draw(&u, v, look, &prompt, &g.part, &frame);
			guard_check(&g);
			for (int i = 0; panes[i]; i++) {
				if (g.part.width > 0) grid_clear(&g.part, style_plain);
				char state[128] = "", command[256] = "";
				if (panes[i]->state) panes[i]->state(v, u.setting[i], state, sizeof state);
				panes[i]->draw(v, u.setting[i], look, g.part);
				for (int m = MOUSE_PRESS; panes[i]->mouse && m <= MOUSE_WHEEL_DOWN; m++) panes[i]->mouse(v, u.setting[i], &g.part, &(struct mouse){width / 2, 1, m, 0}, command, sizeof command);
				guard_check(&g);
			}
			guard_free(&g);
		}
}

static void empty_view(void **state) {
	(void)state;
	struct scene nothing = {0};
	struct view *v = calloc(1, sizeof *v);
	v->scene = &nothing;
	v->cursor = -1;
	at_all_sizes(v, 1);
	nothing.valid = true; /* all zeros, and said to be something */
	at_all_sizes(v, 2);
	free(v);
}

static void full_view(void **state) {
	(void)state;
	struct view *v = view_make(8, STEPS, all_active);
	for (int i = 0; i < VIEW_RUNS; i++) fill_history(&v->other[v->others++], 50 * i, 1 + i);
	v->cursor = 100;
	begin_edit(v->scene);
	v->progress = (struct view_progress){true, "mask stats", "samples", 10, 0, 0, 0};
	at_all_sizes(v, 1);
	view_free(v);
}

static void large_view(void **state) {
	(void)state;
	struct view *v = view_make(32, 100000, all_active);
	v->snapshot.total_steps = v->snapshot.step = v->scene->total_steps = 100000;
	memset(v->run, 'x', sizeof v->run - 1), memset(v->data, 'y', sizeof v->data - 1), memset(v->breaks, 'z', sizeof v->breaks - 1);
	memset(v->snapshot.message, 'm', sizeof v->snapshot.message - 1);
	v->mark_count = VIEW_MARKS, v->request_count = VIEW_REQUESTS;
	at_all_sizes(v, 5);
	view_free(v);
}

static void broken_numbers(void **state) {
	(void)state;
	static const bool one[] = {false, true, false};
	static const double odd[] = {NAN, INFINITY, -INFINITY, 0, -1, 1e308, 5e-324};
	struct view *v = view_make(14, STEPS, one);
	for (int64_t i = 0; i < STEPS; i++) {
		v->history.total[i] = odd[i % 7], v->history.lr[i] = odd[(i + 1) % 7], v->history.grad_norm[i] = odd[(i + 2) % 7], v->history.images_per_s[i] = odd[(i + 3) % 7];
		for (int g = 0; g < GRANULARITIES; g++) v->history.loss[g][i] = odd[(i + g) % 7];
		for (int k = 0; k <= SOURCES; k++) v->history.effective[k][i] = odd[(i + k) % 7];
	}
	for (int64_t i = 0; i < v->history.val_count; i++) v->history.val[0][1][i] = odd[i % 7];
	v->snapshot.steps_per_s = v->snapshot.images_per_s = v->snapshot.step_ms = v->snapshot.wait_ms = NAN;
	v->snapshot.smooth_total = INFINITY;
	v->snapshot.target = INT64_MAX, v->snapshot.step = INT64_MAX / 2;
	v->cursor = INT64_MAX / 4;
	v->scene->step = -5, v->scene->mix[0] = NAN;
	v->scene->knot = KNOTS_MAX, v->scene->edit = true;
	v->progress = (struct view_progress){true, "", "", INT64_MAX, -1, INFINITY, NAN};
	at_all_sizes(v, 1);
	view_free(v);
}

/* ---- the parts ---------------------------------------------------------------------------------------------------------------------------- */

static void parts_are_whole_or_absent(void **state) {
	(void)state;
	struct guard g = guard_new(10, 3);
	assert_int_equal(part_text(&g.part, 0, 0, style_plain, "%d", 12345), 7);
	assert_int_equal(part_text(&g.part, 7, 0, style_plain, "abcd"), 10);
	assert_int_equal(g.part.cells[7].rune, ' ');
	assert_int_equal(part_text(&g.part, 10, 0, style_plain, "e"), 10);
	assert_int_equal(part_wrapped(&g.part, 1, style_plain, "a sentence of words"), 3);
	assert_int_equal(g.part.cells[g.part.stride].rune, 'a');
	assert_int_equal(g.part.cells[g.part.stride * 2].rune, 's');
	guard_check(&g);
	guard_free(&g);
}

static void phases_are_the_curriculums(void **state) {
	(void)state;
	static const int64_t totals[] = {1, 2, 7, 400, 100000};
	for (size_t n = 0; n < sizeof totals / sizeof *totals; n++)
		for (int p = 0; curriculum_presets()[p]; p++) {
			struct curriculum c;
			struct phase phase[PHASES_MAX];
			int64_t total = totals[n];
			assert_int_equal(curriculum_preset(&c, curriculum_presets()[p]), 0);
			int count = part_phases(&c, total, phase);
			assert_true(count >= 1 && phase[0].from == 0 && phase[count - 1].to == total);
			for (int i = 0; i < count; i++) {
				if (i > 0) assert_int_equal(phase[i].from, phase[i - 1].to);
				assert_true(phase[i].to > phase[i].from);
				assert_int_equal(curriculum_phase(&c, (double)phase[i].from / (double)total), phase[i].source);
				assert_int_equal(curriculum_phase(&c, (double)(phase[i].to - 1) / (double)total), phase[i].source);
			}
		}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_are_whole_or_absent), cmocka_unit_test(phases_are_the_curriculums), cmocka_unit_test(golden_screens),
		cmocka_unit_test(golden_while_one_works),    cmocka_unit_test(golden_one_pane),             cmocka_unit_test(golden_failure),
		cmocka_unit_test(empty_view),                cmocka_unit_test(full_view),                  cmocka_unit_test(large_view),
		cmocka_unit_test(broken_numbers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
