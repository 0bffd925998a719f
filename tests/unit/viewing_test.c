/* tests/unit/viewing_test.c -- what fills the viewer's window, without one: rows of one step, strokes first, what-ifs changed, a checkpoint under
 * the same masks, masks on disk. A tiny model, batch 2, a few steps. */
#include <unistd.h>

#include "app/app.h"
#include "app/viewing_parts.h"
#include "data_make.h"
#include "tests/unit/reading.h"

enum { ROWS = 3 };

static struct app app;
static struct viewing *v;
static struct viewing_ask ask;
static char *output;
static size_t output_bytes;

static void does(const char *script) {
	if (command_run_text(&app, script, NULL)) fail_msg("%s: %s", script, err_message());
}

/* Until nothing is left to do. */
static void work(void) {
	while (viewing_work(&app, 1000)) {}
}

static void ask_for(void) { viewing_open(&app, &ask); }

static int start(void **state) {
	(void)state;
	struct trainer *t;
	assert_int_equal(app_init(&app, open_memstream(&output, &output_bytes), fopen("/dev/null", "w")), 0);
	v = app.viewing;
	does("set preset=tiny batch=2 threads=1 loader_threads=1 eval_every=0 total_steps=40; data scenes train=8 val=6");
	assert_int_equal(app_trainer(&app, true, &t), 0);
	viewing_asked(&app, &ask);
	ask.count = ROWS;
	ask.every = 2;
	ask_for();
	work();
	return 0;
}

static int stop(void **state) {
	(void)state;
	FILE *out = app.out, *notes = app.notes;
	app_fini(&app);
	fclose(out);
	fclose(notes);
	free(output);
	return 0;
}

static void all_made(int64_t step) {
	for (int r = 0; r < ROWS; r++) assert_int_equal(v->made[r], step);
}

static void same_mask(const struct board_row *a, const struct board_row *b) {
	for (int of = 0; of < GRANULARITIES; of++) assert_memory_equal(a->part[of].mask, b->part[of].mask, sizeof a->part[of].mask);
}

/* ---- which rows, when ------------------------------------------------------------------------------------------------------------------------ */

static void at_rest_every_row_is_of_the_present_step(void **state) {
	(void)state;
	all_made(0);
	ask.every = 1000;
	ask_for();
	does("step 3");
	work();
	all_made(3);
	viewing_hold(&app, true);
	does("step 1");
	work();
	all_made(3);
	viewing_refresh(&app);
	work();
	all_made(4);
	ask.every = 0;
	ask_for(); /* releases the hold, but follows no more */
	does("step 1");
	work();
	all_made(4);
}

static void a_refresh_is_of_one_step(void **state) {
	(void)state;
	ask.every = 1;
	ask_for();
	work();
	app.interactive = true;
	does("step 30");
	app.interactive = false;
	int batches = 0;
	for (int64_t last = -1; viewing_work(&app, 1000) || app_step(&app) < 30;) {
		if (v->ticket) continue;
		for (int r = 1; r < ROWS; r++) assert_int_equal(v->made[r], v->made[0]);
		batches += v->made[0] != last;
		last = v->made[0];
	}
	assert_true(batches > 1);
	all_made(30);
}

static void what_is_painted_goes_first_and_alone(void **state) {
	(void)state;
	struct given_mask given = {.side = v->side};
	assert_int_equal(mask_file_write("one.mask", &given), 0);
	viewing_refresh(&app);
	assert_int_equal(viewing_mask_load(&app, "one.mask", 2), 0);
	assert_true(viewing_waits(&app));
	assert_true(viewing_work(&app, 0));
	assert_false(viewing_waits(&app));
	assert_int_equal(v->batch.count, 1);
	assert_int_equal(v->batch.row[0], 2);
	work();
	assert_int_equal(v->fresh[2]->part[RGB].visible, v->side * v->side);
	assert_true(v->fresh[1]->part[RGB].visible < v->side * v->side);
	assert_int_equal(viewing_mask_save(&app, "two.mask", 2), 0);
	assert_int_equal(system("cmp one.mask two.mask"), 0);
	assert_true(viewing_mask_load(&app, "one.mask", ROWS) < 0);
	assert_true(viewing_mask_load(&app, "none.mask", 0) < 0);
	given.side++;
	assert_int_equal(mask_file_write("large.mask", &given), 0);
	assert_true(viewing_mask_load(&app, "large.mask", 0) < 0);
	ask.like.substitute = (struct whatif_substitute){.on = true, .stage = INSTANCE, .relative = true, .index = 1};
	ask_for(); /* under the mask by hand */
	work();
	assert_true(v->painted[2] && strstr(v->fresh[2]->detail, "instance from val/3"));
	ask.like.step = 20;
	ask_for(); /* other masks */
	work();
	assert_true(!v->painted[2] && strstr(v->fresh[2]->detail, "at step 20"));
}

static void a_what_if_changes_the_masks_it_says(void **state) {
	(void)state;
	struct given_mask drawn = v->mask[0];
	int patches = v->patches;
	ask.like.seeded = true, ask.like.seed = 5, ask.like.visible = 7;
	ask_for();
	work();
	int visible = 0;
	for (int of = 0; of < GRANULARITIES; of++) visible += v->fresh[0]->part[of].visible;
	assert_int_equal(visible, 7);
	assert_true(strstr(v->fresh[0]->detail, "seed 5") && patches == 3 * v->side * v->side);
	ask.like.seeded = false, ask.like.visible = 0;
	ask_for();
	work();
	assert_memory_equal(&drawn, &v->mask[0], sizeof drawn);
}

/* Four samples a split, the third of val with a truncated picture. */
static void write_folder(void) {
	enum { EDGE = 8 };
	static const char *const split[] = {"train", "val"};
	static const char classes[] = "index\tname\tr\tg\tb\tthing\n0\tsky\t1\t2\t3\t0\n";
	uint16_t grey[EDGE * EDGE] = {0};
	make_file("data/classes.tsv", classes, strlen(classes));
	for (int i = 0; i < 8; i++) {
		char path[96];
		snprintf(path, sizeof path, "data/%s/rgb/all/%d.png", split[i % 2], i / 2);
		make_map(path, EDGE, EDGE, 8, grey);
		if (i == 5) make_file(path, "\x89PNG\r\n\x1a\n", 8);
		snprintf(path, sizeof path, "data/%s/instance/all/%d.png", split[i % 2], i / 2);
		make_map(path, EDGE, EDGE, 16, grey);
		snprintf(path, sizeof path, "data/%s/semseg/all/%d.png", split[i % 2], i / 2);
		make_map(path, EDGE, EDGE, 8, grey);
	}
}

static void a_broken_sample_does_not_keep_the_others(void **state) {
	(void)state;
	struct trainer *t;
	write_folder();
	does("reset; data open data");
	assert_int_equal(app_trainer(&app, true, &t), 0);
	ask.every = 1;
	ask_for();
	viewing_refresh(&app);
	work();
	assert_true(v->broken[2] && !v->held && v->made[2] < 0);
	assert_non_null(strstr(v->said, "val/rgb/all/2.png"));
	assert_true(strstr(v->fresh[2]->detail, "can't be shown") && !v->fresh[2]->part[RGB].used);
	assert_true(v->fresh[0]->part[RGB].used && v->fresh[1]->part[RGB].used);
	*v->said = '\0';
	does("step 1");
	work();
	assert_int_equal(v->made[1], 1);
	assert_string_equal(v->said, ""); /* not tried again, ... */
	viewing_refresh(&app);
	work();
	assert_non_null(strstr(v->said, "2.png")); /* ... but on request */
	ask.count = 1, ask.sample[0] = 2;
	ask_for();
	work();
	assert_true(v->held && strstr(v->noted, "2.png"));
}

/* ---- another checkpoint ------------------------------------------------------------------------------------------------------------------------ */

static void a_checkpoint_is_seen_under_the_same_masks(void **state) {
	(void)state;
	static struct board_row *live[ROWS];
	does("step 1; save early.safetensors; step 4");
	work();
	all_made(5);
	for (int r = 0; r < ROWS; r++) live[r] = v->fresh[r], v->fresh[r] = NULL;
	snprintf(ask.versus, sizeof ask.versus, "early.safetensors");
	ask_for();
	work();
	skip_unless_read(v->flipped ? 0 : ERR_STATE, v->said);
	for (int r = 0; r < ROWS; r++) {
		assert_non_null(v->other[r]);
		assert_null(v->fresh[r]); /* what is live was not computed again */
		same_mask(live[r], v->other[r]);
		assert_int_equal(v->other[r]->trained, 1);
		assert_string_equal(v->other[r]->weights, "early.safetensors");
		assert_true(v->other[r]->part[RGB].loss > live[r]->part[RGB].loss || v->other[r]->part[SEMSEG].loss > live[r]->part[SEMSEG].loss);
		board_row_free(live[r]);
	}
	does("step 2");
	work();
	all_made(5); /* live updates wait */
	viewing_flip(&app, false);
	work();
	all_made(7);
}

static void a_file_that_does_not_fit_changes_nothing(void **state) {
	(void)state;
	for (int r = 0; r < ROWS; r++) board_row_free(v->fresh[r]), v->fresh[r] = NULL;
	does("set granularities=semseg,rgb; export small.safetensors; reset; set granularities=semseg,instance,rgb; step 1");
	ask.every = 0;
	ask_for();
	viewing_refresh(&app);
	work();
	all_made(1);
	snprintf(ask.versus, sizeof ask.versus, "small.safetensors");
	ask_for();
	work();
	assert_false(v->flipped);
	assert_true(*v->noted && *v->said && !*v->ask.versus && !v->held);
	all_made(1);
	viewing_flip(&app, true);
	assert_true(!v->flipped && strstr(v->noted, "no checkpoint"));
}

static int begin(void **state) { return make_begin(state) || chdir(make_root); }
static int end(void **state) { return chdir("/") || make_end(state); }

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(at_rest_every_row_is_of_the_present_step, start, stop), cmocka_unit_test_setup_teardown(a_refresh_is_of_one_step, start, stop),
		cmocka_unit_test_setup_teardown(what_is_painted_goes_first_and_alone, start, stop), cmocka_unit_test_setup_teardown(a_what_if_changes_the_masks_it_says, start, stop),
		cmocka_unit_test_setup_teardown(a_broken_sample_does_not_keep_the_others, start, stop),
		cmocka_unit_test_setup_teardown(a_checkpoint_is_seen_under_the_same_masks, start, stop), cmocka_unit_test_setup_teardown(a_file_that_does_not_fit_changes_nothing, start, stop),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
