/* tests/unit/session_test.c -- the run folder and its script: what is recorded, that it replays to the same bits, that checkpoints go on, what
 * is fixed for a run. A tiny model, batch 2, a few steps. */
#include <unistd.h>

#include "app/app.h"
#include "data_make.h"
#include "engine/base/json.h"
#include "tests/unit/reading.h"

static struct app app;
static char *output;
static size_t output_bytes;

static void start(const char *run) {
	assert_int_equal(app_init(&app, open_memstream(&output, &output_bytes), fopen("/dev/null", "w")), 0);
	if (run) assert_int_equal(session_name(&app.session, run), 0);
}

static void stop(void) {
	if (app_leave(&app)) fail_msg("%s", err_message());
	FILE *out = app.out, *notes = app.notes;
	app_fini(&app);
	fclose(out);
	fclose(notes);
	free(output);
}

static void does(const char *script) {
	if (command_run_text(&app, script, NULL)) fail_msg("%s: %s", script, err_message());
}

/* A script that reads a file of weights: without the JSON library the test ends here. */
static void reads(const char *script) {
	int code = command_run_text(&app, script, NULL);
	if (code) stop();
	skip_unless_read(code, err_message());
}

static void refuses(const char *script, const char *says) {
	int rc = command_run_text(&app, script, NULL);
	if (rc >= 0 || !strstr(err_message(), says)) fail_msg("%s: %d, %s", script, rc, err_message());
}

static char text[65536];

static const char *file(const char *path) {
	text[make_read(path, (uint8_t *)text, sizeof text - 1)] = '\0';
	return text;
}

static void holds(const char *path, const char *part) {
	if (!strstr(file(path), part)) fail_msg("%s lacks '%s':\n%s", path, part, text);
}

static void same_files(const char *a, const char *b) {
	char command[512];
	snprintf(command, sizeof command, "cmp %s %s", a, b);
	assert_int_equal(system(command), 0);
}

#ifdef HAVE_CAIRO
#define PREDICT "predict val/1 out=p.png"
#else
#define PREDICT "export p.png"
#endif
#define SMALL "set preset=tiny batch=2 threads=1 loader_threads=1 eval_every=0 total_steps=20; data scenes train=8 val=4; "

static void a_run_folder_holds_what_happened(void **state) {
	(void)state;
	start("one/");
	does(SMALL "help train; goto 3");
	assert_int_equal(access("one", F_OK), -1); /* nothing was trained yet */
	does("train steps=2; set lr");
	stop();
	static const char *const parts[] = {"options.json", "metrics.jsonl", "session.c2f", "checkpoints/last.safetensors", "figures", "log.txt"};
	for (int i = 0; i < 6; i++) {
		char path[64];
		snprintf(path, sizeof path, "one/%s", parts[i]);
		assert_int_equal(access(path, F_OK), 0);
	}
	assert_null(strstr(file("one/session.c2f"), "help")); /* what only looks is not in the script */
	assert_null(strstr(text, "set lr"));
}

static void the_script_replays_to_the_same_bits(void **state) {
	(void)state;
	start("a");
	does(SMALL "train steps=2; set lr=0.002; curriculum set t=0.5 mix=0,0.5,0.5; step; " PREDICT "; "
	     "set loss_weights=1,2,1; train steps=2; save; export w1.safetensors");
	refuses("set lr=0", "out of range"); /* not recorded */
	stop();
	holds("a/session.c2f", "until step=2\nset lr=0.002  # step 2\ncurriculum set t=0.5 mix=0,0.5,0.5  # step 2\n"
	                         "until step=3\n" PREDICT "  # step 3\n");
	holds("a/session.c2f", "until step=5\nsave  # step 5\n");
	assert_null(strstr(file("a/session.c2f"), "lr=0 "));
	assert_null(strstr(text, "train steps"));
	assert_int_equal(rename("w1.safetensors", "first.safetensors"), 0);
	start("b");
	if (command_run_file(&app, "a/session.c2f")) fail_msg("%s", err_message());
	stop();
	same_files("w1.safetensors", "first.safetensors");
	same_files("a/checkpoints/step-000005.safetensors", "a/checkpoints/last.safetensors");
}

static void options_json_is_json(void **state) {
	(void)state;
	struct jv *v;
	file("a/options.json");
	skip_unless_read(jv_parse(&v, text, strlen(text), "options.json"), err_message());
	int64_t batch;
	double lr;
	bool cross;
	const struct jv *options = jv_get(v, "options");
	assert_true(jv_integer(jv_get(options, "batch"), &batch) && batch == 2);
	assert_true(jv_number(jv_get(options, "lr"), &lr) && lr == 0.002);
	assert_true(jv_boolean(jv_get(options, "cross_attention"), &cross) && cross);
	assert_string_equal(jv_string(jv_get(options, "preset")), "tiny");
	assert_int_equal(jv_length(options), OPTIONS);
	/* what auto came to, beside the options as they were given */
	assert_string_equal(jv_string(jv_get(options, "precision")), "auto");
	bool gpu = !strcmp(jv_string(jv_get(jv_get(v, "used"), "device")), "cuda");
	assert_string_equal(jv_string(jv_get(jv_get(v, "used"), "precision")), gpu ? "bf16" : "fp32");
	assert_non_null(strstr(jv_string(jv_get(v, "commands")), "data scenes train=8 val=4"));
	jv_free(v);
}

static void a_checkpoint_goes_on_bit_for_bit(void **state) {
	(void)state;
	start("whole");
	does(SMALL "train steps=3; curriculum preset rd; train steps=3; export whole.safetensors");
	stop();
	start("part");
	does(SMALL "train steps=3; curriculum preset rd; step; save part.safetensors");
	stop();
	start(NULL);
	reads("load part.safetensors"); /* nothing else is told: the checkpoint says it all */
	assert_int_equal(app_step(&app), 4);
	assert_string_equal(app.curriculum.name, "rd");
	does("status; train steps=2; export joined.safetensors");
	assert_non_null(app.data);
	assert_int_equal(dataset_count(app.data, TRAIN), 8);
	char script[PATH_MAX];
	assert_int_equal(session_path(&app.session, "session.c2f", script), 0);
	holds(script, "load part.safetensors  # step 4\nuntil step=6\n");
	stop();
	same_files("whole.safetensors", "joined.safetensors");
}

/* The weights are the same to the bit, what follows is rounded differently, and that is said. */
static void a_checkpoint_moves_between_precisions(void **state) {
	(void)state;
	static char *notes;
	static size_t bytes;
	struct trainer *t;
	start(NULL);
	does("set device=cpu precision=fp32; " SMALL "step; save moves.safetensors; export moves-before.safetensors");
	stop();
	start(NULL);
	does("set device=cpu precision=bf16");
	if (app_trainer(&app, false, &t)) {
		print_message("skipped: %s\n", err_message());
		stop();
		skip();
	}
	fclose(app.notes);
	app.notes = open_memstream(&notes, &bytes);
	reads("load moves.safetensors; export moves-after.safetensors");
	fflush(app.notes);
	assert_non_null(strstr(notes, "trained in fp32 (cpu) and goes on in bf16 (cpu)"));
	does("step");
	stop();
	free(notes);
	same_files("moves-before.safetensors", "moves-after.safetensors");
}

static void the_user_stands_over_the_checkpoint(void **state) {
	(void)state;
	start(NULL);
	reads("set lr=0.5; data scenes train=4 val=2; load part.safetensors");
	struct trainer_fixed fixed;
	struct trainer_live live;
	assert_int_equal(app_resolve(&app, &fixed, &live), 0);
	assert_true(live.lr == 0.5);
	assert_int_equal(fixed.batch, 2);
	assert_int_equal(dataset_count(app.data, TRAIN), 4);
	does("load part.safetensors"); /* again: nothing was trained since */
	does("step");
	refuses("load part.safetensors", "reset");
	stop();
}

static void what_is_fixed_is_refused_with_the_way_out(void **state) {
	(void)state;
	start("fixed");
	does(SMALL "export fresh.safetensors; set batch=3"); /* untouched: rebuilt silently */
	does("step; set lr=0.01; set batch=3");               /* the same value is no change */
	refuses("set batch=4", "reset");
	refuses("set lr=0.5 seed=1", "seed is fixed");
	refuses("set total_steps=0", "out of range");
	refuses("data scenes train=4 val=2", "reset");
	does("data scenes train=8 val=4"); /* the same */
	struct trainer_fixed fixed;
	struct trainer_live live;
	assert_int_equal(app_resolve(&app, &fixed, &live), 0);
	assert_true(live.lr == 0.01 && fixed.seed == 0 && fixed.batch == 3);
	does("step 2");
	refuses("set total_steps=2", "total_steps");
	refuses("until step=3", "already");
	refuses("until phase=semantic", "already in phase");
	refuses("goto 21", "end");
	refuses("goto", "one of");
	refuses("goto 1 t=0.5", "one of");
	does("reset; set batch=4; step");
	assert_string_equal(app.session.dir, "fixed-2"); /* the first run's folder is left alone */
	does("reset all");
	assert_int_equal(app.options.given[OPTION_BATCH], false);
	stop();
	holds("fixed-2/session.c2f", "batch=3");
	holds("fixed-2/session.c2f", "set batch=4");
}

static void loaded_weights_are_a_run_too(void **state) {
	(void)state;
	start(NULL);
	reads("set preset=tiny batch=2; load fresh.safetensors");
	refuses("set batch=3", "loaded weights");
	does("data scenes train=4 val=2; memory"); /* other data under the same weights: they are loaded again */
	does("export again.safetensors");
	refuses("load absent.safetensors", "absent.safetensors");
	refuses("set total_steps=5; load first", "first");
	stop();
	same_files("fresh.safetensors", "again.safetensors");
}

static void an_old_folder_is_appended_to(void **state) {
	(void)state;
	start("a");
	does(SMALL "step");
	stop();
	holds("a/session.c2f", "\nreset all\nset preset=tiny");
	int lines = 0;
	for (const char *c = file("a/metrics.jsonl"); *c; c++) lines += *c == '\n';
	assert_int_equal(lines, 5 + 1);
}

static void the_end_of_a_run(void **state) {
	(void)state;
	start("end");
	does(SMALL "set total_steps=3; train steps=1000000000");
	assert_int_equal(app_step(&app), 3);
	refuses("train", "complete");
	refuses("step", "complete");
	does("set total_steps=4; train");
	does("set rho=0.5; pause; loss");
	stop();
	holds("end/session.c2f", "until step=3\nset total_steps=4  # step 3\nuntil step=4\n");
}

static void names_of_folders(void **state) {
	(void)state;
	struct session s;
	char long_name[5000];
	session_init(&s);
	make_file("plain", "x", 1);
	assert_says(session_name(&s, "plain"), ERR_FILE, "not a folder");
	assert_says(session_name(&s, ""), ERR_ARGUMENT, "--run");
	memset(long_name, 'x', sizeof long_name - 1);
	long_name[sizeof long_name - 1] = '\0';
	assert_says(session_name(&s, long_name), ERR_ARGUMENT, "--run");
	assert_int_equal(session_name(&s, "plain/below"), 0);
	assert_says(session_open(&s, "scenes", "tiny"), ERR_FILE, "can't make the folder");
	session_init(&s);
	assert_int_equal(session_open(&s, "/some/where/my photos", "base"), 0);
	assert_non_null(strstr(s.dir, "-my-photos-base"));
	session_close(&s);
}

static int begin(void **state) { return make_begin(state) || chdir(make_root); }
static int end(void **state) { return chdir("/") || make_end(state); }

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_folder_holds_what_happened),
		cmocka_unit_test(the_script_replays_to_the_same_bits),
		cmocka_unit_test(options_json_is_json),
		cmocka_unit_test(a_checkpoint_goes_on_bit_for_bit),
		cmocka_unit_test(a_checkpoint_moves_between_precisions),
		cmocka_unit_test(the_user_stands_over_the_checkpoint),
		cmocka_unit_test(what_is_fixed_is_refused_with_the_way_out),
		cmocka_unit_test(loaded_weights_are_a_run_too),
		cmocka_unit_test(an_old_folder_is_appended_to),
		cmocka_unit_test(the_end_of_a_run),
		cmocka_unit_test(names_of_folders),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
