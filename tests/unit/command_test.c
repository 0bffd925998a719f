/* tests/unit/command_test.c -- the command language: words, names and prefixes, arguments checked from the table, Tab, help, and every
 * example of the table run on an empty folder. */
#include <unistd.h>

#include "app/app.h"
#include "app/command.h"
#include "data_make.h"
#include "engine/base/err.h"
#include "engine/model/safetensors.h"

/* ---- words -------------------------------------------------------------------------------------------------------------- */

static struct words w;

static int split(const char *text) {
	int line = 1;
	const char *cursor = text;
	return words_next(&cursor, &line, &w);
}

static void words_and_keys(void **state) {
	(void)state;
	assert_int_equal(split("  predict val/3  mask=random out=\"my sheet.png\" # a comment"), 1);
	assert_int_equal(w.count, 4);
	assert_string_equal(w.word[0].text, "predict");
	assert_string_equal(w.word[1].text, "val/3");
	assert_null(w.word[1].key);
	assert_string_equal(w.word[2].key, "mask");
	assert_string_equal(w.word[2].text, "random");
	assert_string_equal(w.word[3].key, "out");
	assert_string_equal(w.word[3].text, "my sheet.png");
}

static void quotes_escapes_and_odd_signs(void **state) {
	(void)state;
	assert_int_equal(split("load \"a=b;c #d\" \"say \\\"x\\\" \\\\ \\n\" a#b dir/x=1 =x k="), 1);
	assert_int_equal(w.count, 7);
	assert_null(w.word[1].key); /* a quoted word is no key */
	assert_true(w.word[1].quoted);
	assert_string_equal(w.word[1].text, "a=b;c #d");
	assert_string_equal(w.word[2].text, "say \"x\" \\ \\n");
	assert_string_equal(w.word[3].text, "a#b");
	assert_null(w.word[4].key); /* a path is no name */
	assert_string_equal(w.word[4].text, "dir/x=1");
	assert_null(w.word[5].key);
	assert_string_equal(w.word[5].text, "=x");
	assert_string_equal(w.word[6].key, "k");
	assert_string_equal(w.word[6].text, "");
	assert_int_equal(split("load \"\""), 1);
	assert_int_equal(w.count, 2);
}

static void commands_end_and_lines_count(void **state) {
	(void)state;
	const char *cursor = "# nothing\n\n;; a ;b#c\r\n\"x y\"";
	int line = 1;
	const char *want[] = {"a", "b#c", "x y"};
	int lines[] = {3, 3, 4};
	for (int i = 0; i < 3; i++) {
		assert_int_equal(words_next(&cursor, &line, &w), 1);
		assert_int_equal(w.count, 1);
		assert_string_equal(w.word[0].text, want[i]);
		assert_int_equal(w.line, lines[i]);
	}
	assert_int_equal(words_next(&cursor, &line, &w), 0);
}

static void bad_words(void **state) {
	(void)state;
	const char *cursor = "goto \"5\nstatus";
	int line = 1;
	assert_says(words_next(&cursor, &line, &w), ERR_ARGUMENT, "quote is not closed");
	assert_int_equal(words_next(&cursor, &line, &w), 1); /* the next line is read as usual */
	assert_string_equal(w.word[0].text, "status");
	assert_int_equal(line, 2);
	static char text[3 * LINE_BYTES];
	memset(text, 'x', sizeof text - 1);
	assert_says(split(text), ERR_ARGUMENT, "longer than");
	for (size_t i = 0; i < sizeof text - 1; i++) text[i] = i % 2 ? ' ' : 'x';
	assert_says(split(text), ERR_ARGUMENT, "more than");
}

static void a_quoted_word_reads_back(void **state) {
	(void)state;
	const char *samples[] = {"plain", "", "two words", "a\"b\\c", "\\", "x=1", "#x", "a;b", "tab\there", "\\\"", "ü/é"};
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
		char text[64];
		assert_true(word_quote(samples[i], text, sizeof text) < sizeof text);
		assert_int_equal(split(text), 1);
		assert_int_equal(w.count, 1);
		assert_string_equal(w.word[0].text, samples[i]);
	}
	char small[4];
	assert_int_equal(word_quote("abcdef", small, sizeof small), 6);
	assert_string_equal(small, "abc");
}

/* ---- names and arguments ----------------------------------------------------------------------------------------------------- */

static struct call bound;

static int bind(const char *text) {
	if (split(text) != 1) fail_msg("%s: %s", text, err_message());
	return command_bind(&w, &bound);
}

static void names_and_prefixes(void **state) {
	(void)state;
	static const struct { const char *text, *name; } cases[] = {
		{"train", "train"}, {"trai", "train"}, {"q", "quit"}, {"data", "data"}, {"da", "data"}, {"data open x", "data open"},
		 {"da o x", "data open"},
		{"data s", "data scenes"}, {"mask train/7", "mask"}, {"mask st", "mask stats"}, {"curriculum", "curriculum"}, {"cur p "
		         "sg", "curriculum preset"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		if (bind(cases[i].text)) fail_msg("%s: %s", cases[i].text, err_message());
		assert_string_equal(bound.command->name, cases[i].name);
	}
}

static void unknown_and_ambiguous(void **state) {
	(void)state;
	assert_says(bind("trian"), ERR_ARGUMENT, "unknown command 'trian'", "'train'");
	assert_says(bind("xyzzyx"), ERR_ARGUMENT, "unknown command");
	assert_null(strstr(err_message(), "did you mean"));
	assert_says(bind("tra"), ERR_ARGUMENT, "train", "trace");
	assert_says(bind("s"), ERR_ARGUMENT, "status", "set");
	assert_says(bind("data opne x"), ERR_ARGUMENT, "'opne'", "'open'");
	assert_says(bind("curriculum s x"), ERR_ARGUMENT, "'s'");
	assert_says(bind("lr=3"), ERR_ARGUMENT, "set NAME=VALUE");
	assert_says(bind("\"train\""), ERR_ARGUMENT, "begins with its name");
	assert_says(bind("tr\x01\x1b[31min"), ERR_ARGUMENT, "unknown command");
	for (const char *c = err_message(); *c; c++) assert_true((unsigned char)*c >= 0x20); /* nothing that could spoil a terminal */
}

static void arguments_are_checked(void **state) {
	(void)state;
	static const struct { const char *text, *says; } cases[] = {
		{"train steps=0", "steps=0 is out of range"}, {"train steps=-1", "out of range"}, {"train steps=1000000001", "out of range"},
		{"train steps=99999999999999999999999", "out of range"}, {"train steps=1e999", "not a whole number"}, {"train steps=",
		 "not a whole number"},
		{"train steps=1.5", "not a whole number"}, {"train steps=\" 5\"", "not a whole number"}, {"train steps=0x10", "not a whole number"},
		{"train setps=5", "did you mean 'steps'"}, {"train 5", "takes no word '5'"}, {"train steps=1 steps=2", "given before"},
		{"goto t=nan", "not a number"}, {"goto t=inf", "not a number"}, {"goto t=1e999", "out of range"}, {"goto t=0x1p3", "not a number"},
		{"goto t=2", "out of range"}, {"goto t=", "not a number"}, {"goto 1 2", "takes no word '2'"},
		{"predict", "needs SAMPLE"}, {"predict val", "not a sample"}, {"predict val/", "not a sample"}, {"predict test/3", "not a sample"},
		{"predict val/-1", "not a sample"}, {"predict val/3x", "not a sample"}, {"predict val/99999999999", "out of range"},
		{"attend drift mask=semantc", "did you mean 'semantic'"}, {"predict val/3 count=65", "out of range"}, {"predict val/3 "
		         "out=", "is empty"},
		{"trace a", "needs OUT"}, {"trace a b \"grads\"", "takes no word"}, {"trace a b grad", "did you mean 'grads'"},
		{"curriculum set t=0.5 mix=0.5,0.5", "too few"}, {"curriculum set t=0.5 mix=0,0,0,1", "too many"}, {"curriculum set "
		         "mix=0,,1", "not a number"},
		{"set lr", NULL}, {"set nonsense", "unknown option"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int rc = bind(cases[i].text);
		if (!cases[i].says ? rc != 0 : rc != ERR_ARGUMENT || !strstr(err_message(), cases[i].says)) fail_msg("%s: %d, %s",
		 cases[i].text, rc, err_message());
	}
	char text[2200] = "load ";
	memset(text + 5, 'x', 2100);
	assert_says(bind(text), ERR_ARGUMENT, "too long");
}

static void values_and_defaults(void **state) {
	(void)state;
	assert_int_equal(bind("predict train/12 mask=none"), 0);
	assert_int_equal(call_value(&bound, "SAMPLE")->split, TRAIN);
	assert_int_equal(call_int(&bound, "SAMPLE", 0), 12);
	assert_string_equal(call_text(&bound, "mask"), "none");
	assert_int_equal(call_int(&bound, "count", 0), 1); /* the table's */
	assert_null(call_value(&bound, "step"));
	assert_false(call_given(&bound, "out"));
	assert_int_equal(bind("trace a grads b"), 0);
	assert_true(call_given(&bound, "grads"));
	assert_string_equal(call_text(&bound, "OUT"), "b");
	assert_int_equal(bind("goto t=0.25"), 0);
	assert_true(call_value(&bound, "t")->real == 0.25);
}

/* ---- Tab ------------------------------------------------------------------------------------------------------------------------ */

static void completes(const char *line, size_t start, const char *const *want) {
	struct candidates c;
	int n = 0;
	command_complete(line, &c);
	for (; want[n]; n++) {
		bool found = false;
		for (int i = 0; i < c.count; i++) found = found || !strcmp(c.word[i], want[n]);
		if (!found) fail_msg("'%s' does not offer '%s'", line, want[n]);
	}
	if (c.count != n) fail_msg("'%s' offers %d words, not %d; the first is '%s'", line, c.count, n, c.count ? c.word[0] : "");
	assert_int_equal(c.start, start);
	candidates_free(&c);
}

#define COMPLETES(line, start, ...) completes(line, start, (const char *const[]){__VA_ARGS__, NULL})

static void completion(void **state) {
	(void)state;
	make_file("tab/one.png", "", 0);
	make_file("tab/once/x", "", 0);
	COMPLETES("tra", 0, "train", "trace");
	COMPLETES("status; cur", 8, "curriculum");
	COMPLETES("data o", 5, "open");
	COMPLETES("train ", 6, "steps=");
	COMPLETES("until phase=se", 6, "phase=semantic");
	COMPLETES("set preset=", 4, "preset=tiny", "preset=small", "preset=base", "preset=large");
	COMPLETES("set lr=0.1 cross", 11, "cross_attention=");
	COMPLETES("set cross_attention=o", 4, "cross_attention=on", "cross_attention=off");
	COMPLETES("set granularities=semseg,i", 4, "granularities=semseg,instance");
	COMPLETES("predict tr", 8, "train/");
	COMPLETES("predict val/3 out=tab/on", 14, "out=tab/one.png", "out=tab/once/");
	COMPLETES("load tab/one", 5, "tab/one.png");
	COMPLETES("trace a b gr", 10, "grads");
	COMPLETES("help pred", 5, "predict");
	completes("nonsense x", 9, (const char *const[]){NULL});
	completes("load \"unclosed ", 5, (const char *const[]){NULL});
}

/* ---- help --------------------------------------------------------------------------------------------------------------------------- */

static char *captured;
static size_t captured_bytes;

static const char *help(const char *name, int want) {
	free(captured);
	FILE *f = open_memstream(&captured, &captured_bytes);
	assert_int_equal(command_help(f, name), want);
	fclose(f);
	return captured;
}

static void help_covers_the_table(void **state) {
	(void)state;
	for (const struct command *c = commands; c->name; c++) {
		assert_null(c->arguments[ARGUMENTS].name); /* the row ends */
		assert_non_null(strstr(help(c->name, 0), c->help));
		assert_non_null(c->run);
		assert_non_null(c->example);
		assert_non_null(c->prints);
		for (const struct command *d = commands; d < c; d++) assert_string_not_equal(c->name, d->name);
	}
	assert_non_null(strstr(help("data", 0), "data scenes"));
	assert_non_null(strstr(help("da sc", 0), "data scenes"));
	assert_non_null(strstr(help("weight_decay", 0), "AdamW"));
	assert_says(command_help(stderr, "nonsense"), ERR_ARGUMENT, "unknown command");
	free(captured);
	captured = NULL;
}

/* ---- every example ---------------------------------------------------------------------------------------------------------------------- */

/* PATTERN's parts between `...` stand in TEXT in this order, the first at its beginning and the last at its end; white space at both ends aside. */
static bool matches(const char *text, const char *pattern) {
	char part[1024];
	size_t end = strlen(text);
	while (end && strchr(" \n", text[end - 1])) end--;
	for (bool first = true;; first = false) {
		const char *gap = strstr(pattern, "...");
		size_t n = gap ? (size_t)(gap - pattern) : strlen(pattern);
		if (!gap)
			while (n && pattern[n - 1] == '\n') n--;
		snprintf(part, sizeof part, "%.*s", (int)n, pattern);
		if (!gap && n <= end && !memcmp(text + end - n, part, n)) return !first || n == end;
		const char *found = gap ? strstr(text, part) : NULL;
		if (!found || (first && found != text)) return false;
		end -= (size_t)(found - text) + n;
		text = found + n;
		pattern = gap + 3;
	}
}

static void the_matcher_can_say_no(void **state) {
	(void)state;
	assert_true(matches("a b c\n", "a...c"));
	assert_true(matches("a b c\n", "a b c"));
	assert_true(matches("", ""));
	assert_false(matches("a b c d", "a...c"));
	assert_false(matches("x a b c", "a...c"));
	assert_false(matches("a c", "a...b...c"));
	assert_false(matches("a", ""));
	assert_false(matches("ab", "ab...b"));
}

/* What the examples read: a script, a folder of samples, a batch to trace. */
static void make_fixtures(void) {
	static const char classes[] = "index\tname\tr\tg\tb\tthing\n0\tsky\t0\t0\t255\t0\n1\tcar\t255\t0\t0\t1\n2\troad\t90\t90\t90\t0\n";
	static const char *const names[] = {"train/%s/a/1.png", "train/%s/a/2.png", "val/%s/a/3.png"};
	static uint16_t rgb[3 * 96 * 96], labels[96 * 96];
	make_file("example.c2f", "goto 10\n", 8);
	static const char metrics[] = "{\"step\": 0, \"train\": {\"semseg\": 5, \"instance\": 4, \"rgb\": 3, \"total\": 12}, \"lr\": 1e-06}\n"
	                              "{\"step\": 1, \"train\": {\"semseg\": 4, \"instance\": null, \"rgb\": 2, \"total\": null}}\n"
	                              "{\"step\": 2, \"train\": {\"semseg\": 3, \"instance\": 3, \"rgb\": 1, \"total\": 7}}\n"
	                              "{\"step\": 3, \"val\": {\"random\": {\"semseg\": 3}}}\n{\"step\": 3, \"tr";
	make_file("example-run/metrics.jsonl", metrics, sizeof metrics - 1);
	make_file("example-data/classes.tsv", classes, sizeof classes - 1);
	for (int i = 0; i < 96 * 96; i++) labels[i] = i / 96 / 32, rgb[3 * i] = rgb[3 * i + 1] = (uint16_t)(i % 96), rgb[3 * i + 2] = 128;
	for (int i = 0; i < 3; i++) {
		char inner[64], path[128];
		size_t n;
		uint8_t *bytes = make_png(&(struct make_png){.width = 96, .height = 96, .depth = 8, .type = 2, .values = rgb}, &n);
		snprintf(inner, sizeof inner, names[i], "rgb");
		snprintf(path, sizeof path, "example-data/%s", inner);
		make_file(path, bytes, n);
		free(bytes);
		for (int k = 0; k < 2; k++) {
			snprintf(inner, sizeof inner, names[i], k ? "instance" : "semseg");
			snprintf(path, sizeof path, "example-data/%s", inner);
			make_map(path, 96, 96, k ? 16 : 8, labels);
		}
	}
	enum { S = 64, N = 64, CELLS_ALL = 32 * 32 };
	static float pixels[3 * S * S];
	static int32_t cells[CELLS_ALL], mask[3][N];
	for (int g = 0; g < 3; g++)
		for (int i = 0; i < N; i++) mask[g][i] = i >= 10 + (g == 0);
	struct tensor_info t[6] = {{"rgb", TENSOR_F32, 4, {1, 3, S, S}, 3 * S * S, sizeof pixels, pixels}};
	static const char *const labels_name[] = {"instance", "semseg"}, *const mask_name[] = {"mask.rgb", "mask.instance", "mask.semseg"};
	for (int k = 0; k < 2; k++) t[1 + k] = (struct tensor_info){labels_name[k], TENSOR_I32, 3, {1, 32, 32}, CELLS_ALL, sizeof cells, cells};
	for (int g = 0; g < 3; g++) t[3 + g] = (struct tensor_info){mask_name[g], TENSOR_I32, 2, {1, N}, N, sizeof mask[g], mask[g]};
	assert_int_equal(safetensors_write("example-batch.safetensors", t, 6, NULL, 0), 0);
}

static void every_example_prints_what_its_row_says(void **state) {
	(void)state;
	int failures = 0;
	make_fixtures();
	for (const struct command *c = commands; c->name; c++) {
		static struct app app;
		char *output;
		size_t bytes;
		FILE *out = open_memstream(&output, &bytes), *notes = fopen("/dev/null", "w");
		assert_int_equal(app_init(&app, out, notes), 0);
		int rc = command_run_text(&app, c->example, NULL);
		app_fini(&app);
		fclose(out);
		fclose(notes);
		if (rc == ERR_STATE && strstr(err_message(), "this build has no")) {
			print_message("%s is left out: %s\n", c->name, err_message());
		} else if (rc || !matches(output, c->prints)) {
			print_error("%s: %s\n%s--- but the table says ---\n%s\n", c->name, rc ? err_message() : "it prints", output, c->prints);
			failures++;
		}
		free(output);
	}
	assert_int_equal(failures, 0);
}

static void scripts(void **state) {
	(void)state;
	static struct app app;
	FILE *null = fopen("/dev/null", "w");
	assert_int_equal(app_init(&app, null, null), 0);
	make_file("good.c2f", "goto 1\n# comment\nsource inner.c2f\n", 34);
	make_file("inner.c2f", "goto 2; goto 3\n\nset lr=0\n", 25);
	make_file("circle.c2f", "source circle.c2f\n", 18);
	make_file("zero.c2f", "goto 1\n\0goto 2\n", 15);
	assert_says(command_run_file(&app, "good.c2f"), ERR_ARGUMENT, "good.c2f:3: inner.c2f:3: lr=0 is out of range");
	assert_says(command_run_file(&app, "circle.c2f"), ERR_STATE, "circle");
	assert_says(command_run_file(&app, "absent.c2f"), ERR_FILE, "absent.c2f");
	assert_says(command_run_file(&app, "zero.c2f"), ERR_FORMAT, "zero byte");
	assert_says(command_run_file(&app, "."), ERR_FILE, "can't read");
	assert_int_equal(app.depth, 0);
	app_fini(&app);
	fclose(null);
}

static int begin(void **state) { return make_begin(state) || chdir(make_root); }
static int end(void **state) { return chdir("/") || make_end(state); }

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_and_keys),
		cmocka_unit_test(quotes_escapes_and_odd_signs),
		cmocka_unit_test(commands_end_and_lines_count),
		cmocka_unit_test(bad_words),
		cmocka_unit_test(a_quoted_word_reads_back),
		cmocka_unit_test(names_and_prefixes),
		cmocka_unit_test(unknown_and_ambiguous),
		cmocka_unit_test(arguments_are_checked),
		cmocka_unit_test(values_and_defaults),
		cmocka_unit_test(completion),
		cmocka_unit_test(help_covers_the_table),
		cmocka_unit_test(the_matcher_can_say_no),
		cmocka_unit_test(every_example_prints_what_its_row_says),
		cmocka_unit_test(scripts),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
