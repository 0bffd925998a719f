/* tests/unit/log_test.c -- the scrollback: pieces of text into lines, bounds, wrapping, search; and the loss history's columns. */
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/rng.h"
#include "tui/grid.h"
#include "tui/log.h"

static void add(struct log *l, enum log_kind kind, const char *text) { log_add(l, kind, text, strlen(text)); }

static void assert_lines(const struct log *l, const char *want) {
	char have[4096] = "";
	for (int64_t i = log_first(l); i <= log_last(l); i++) snprintf(have + strlen(have), sizeof have - strlen(have), "%s%s", i > log_first(l) ? "|" : "", log_line(l, i, NULL));
	assert_string_equal(have, want);
}

static void text_becomes_lines(void **state) {
	(void)state;
	static const struct { const char *text, *lines; } rows[] = {
		{"", ""}, {"one", "one"}, {"one\n", "one"}, {"one\ntwo\n\nthree", "one|two||three"}, {"\n", ""},
		{"a\tb\tc", "a       b       c"}, {"12345678\tx", "12345678        x"}, {"é\tx", "é       x"},
		{"10 %\r20 %\r30 %\n", "30 %"}, {"windows\r\nlines\r\n", "windows|lines"}, {"bar\r", "bar"}, {"bar\r\rx", "x"},
		{"abc\b\bX", "aX"}, {"é\bx", "x"}, {"\bx", "x"},
		{"\x1B[31mred\x1B[0m", "red"}, {"\x1B]0;title\x07text", "text"}, {"\x1B]0;title\x1B\\text", "text"}, {"\x1B(Btext", "text"}, {"a\x1B" "Mb", "ab"}, {"\x1B[31\nnext", "|next"},
		{"bell\a nul", "bell nul"}, {"\x1BP1$r0m\x1B\\x", "x"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (size_t piece = 1; piece < 5; piece++) { /* however it is cut */
			struct log *l = log_new();
			size_t n = strlen(rows[i].text);
			for (size_t at = 0; at < n; at += piece) log_add(l, LOG_OUT, rows[i].text + at, n - at < piece ? n - at : piece);
			assert_lines(l, rows[i].lines);
			log_free(l);
		}
}

static void kinds_do_not_mix(void **state) {
	(void)state;
	struct log *l = log_new();
	enum log_kind kind;
	add(l, LOG_CHATTER, "library: 10 %\x1B[3");
	add(l, LOG_OUT, "an answer\n");
	add(l, LOG_CHATTER, "1m\rlibrary: 20 %");
	add(l, LOG_ERROR, "a ");
	add(l, LOG_NOTE, "a note");
	add(l, LOG_ERROR, "failure");
	assert_lines(l, "library: 20 %|an answer|a failure|a note");
	log_line(l, 2, &kind);
	assert_int_equal(kind, LOG_ERROR);
	log_end(l, LOG_CHATTER);
	log_addf(l, LOG_CHATTER, "%d%s", 7, "\n");
	assert_lines(l, "library: 20 %|an answer|a failure|a note|7");
	assert_null(log_line(l, 5, NULL));
	assert_null(log_line(l, -1, NULL));
	log_free(l);
	log_free(NULL);
}

static void bounds_are_kept(void **state) {
	(void)state;
	struct log *l = log_new();
	for (int i = 0; i < LOG_LINES + 500; i++) log_addf(l, LOG_OUT, "line %d\n", i);
	assert_int_equal(log_first(l), 500);
	assert_int_equal(log_last(l), LOG_LINES + 499);
	assert_string_equal(log_line(l, 500, NULL), "line 500");
	assert_null(log_line(l, 499, NULL));
	add(l, LOG_NOTE, "unfinished");
	int64_t unfinished = log_last(l);
	for (int i = 0; i < LOG_LINES; i++) log_addf(l, LOG_OUT, "%d\n", i);
	assert_null(log_line(l, unfinished, NULL));
	add(l, LOG_NOTE, " and gone"); /* a line of its own: the beginning is no more */
	assert_string_equal(log_line(l, log_last(l), NULL), " and gone");
	char *big = malloc(LOG_LINE_BYTES * 3);
	memset(big, 'x', LOG_LINE_BYTES * 3);
	for (int i = 0; i < 200; i++) log_add(l, LOG_OUT, big, LOG_LINE_BYTES * 3), add(l, LOG_OUT, "\n");
	int64_t bytes = 0;
	for (int64_t i = log_first(l); i <= log_last(l); i++) {
		assert_true(strlen(log_line(l, i, NULL)) <= LOG_LINE_BYTES);
		bytes += (int64_t)strlen(log_line(l, i, NULL));
	}
	assert_true(bytes > LOG_BYTES / 3 && bytes <= LOG_BYTES);
	free(big);
	log_free(l);
}

static void assert_view(const struct log *l, int width, int height, int64_t scroll, const char *want) {
	struct log_row rows[64];
	char have[4096] = "";
	int n = log_view(l, width, height, scroll, rows);
	for (int i = 0; i < n; i++) snprintf(have + strlen(have), sizeof have - strlen(have), "%s%s%.*s", i ? "|" : "", rows[i].begins ? "" : ">", rows[i].length, rows[i].text);
	assert_string_equal(have, want);
}

static void windows(void **state) {
	(void)state;
	struct log *l = log_new();
	assert_view(l, 10, 5, 0, "");
	add(l, LOG_OUT, "first\nsecond line here\n\n中文中文中文\nlast");
	assert_view(l, 40, 9, 0, "first|second line here||中文中文中文|last");
	assert_view(l, 40, 2, 0, "中文中文中文|last");
	assert_view(l, 40, 2, 1, "|中文中文中文");
	assert_view(l, 40, 2, 100, "first|second line here");
	assert_view(l, 40, 9, 100, "first|second line here||中文中文中文|last");
	assert_view(l, 12, 9, 0, "first|second line |>here||中文中文中文|last");
	assert_view(l, 7, 9, 0, "first|second |>line |>here||中文中|>文中文|last");
	assert_view(l, 7, 2, 1, "中文中|>文中文");
	assert_view(l, 7, 3, 2, ">here||中文中");
	assert_view(l, 1, 3, 0, ">a|>s|>t");
	assert_int_equal(log_rows(l, 7, 0), 8);
	assert_int_equal(log_rows(l, 7, 3), 3);
	assert_int_equal(log_rows(l, 0, 0), 0);
	assert_view(l, 0, 3, 0, "");
	log_free(l);
}

/* At any width the rows of all windows together are the text, none wider than the window, and scrolling by one moves by one row. */
static void any_window(void **state) {
	(void)state;
	static const char *const parts[] = {"word ", "é", "中", "\n", "a-rather-long-word", "\t", "e\xCC\x81", "\xFF", "  ", "\n\n", "\xF0\x9F\x98\x80"};
	struct rng r;
	rng_init(&r, 1, RNG_SCENE, 0, 0);
	for (int i = 0; i < 300; i++) {
		struct log *l = log_new();
		for (int k = 0; k < 60; k++) add(l, LOG_OUT, parts[rng_below(&r, sizeof parts / sizeof *parts)]);
		int width = 2 + (int)rng_below(&r, 30), height = 1 + (int)rng_below(&r, 20);
		int64_t all = log_rows(l, width, 0), line = log_first(l);
		int at = 0;
		struct log_row rows[20];
		for (int64_t scroll = all - height; scroll >= 0 && all > height; scroll--) {
			int n = log_view(l, width, height, scroll, rows);
			assert_int_equal(n, height);
			for (int k = 0; k < n && (scroll == 0 || k == 0); k++) {
				assert_int_equal(rows[k].line, line);
				assert_ptr_equal(rows[k].text, log_line(l, line, NULL) + at);
				assert_int_equal(rows[k].begins, at == 0);
				char text[256];
				snprintf(text, sizeof text, "%.*s", rows[k].length, rows[k].text);
				assert_true(grid_columns(text) <= width + 1 && (grid_columns(text) <= width || text[strlen(text) - 1] == ' '));
				at += rows[k].length;
				if (log_line(l, line, NULL)[at] == '\0') line++, at = 0;
			}
			for (int64_t k = log_first(l); k <= log_last(l) && scroll == 0; k++) { /* each line can be brought into the window */
				int64_t to = log_scroll_to(l, width, height, k);
				bool seen = false;
				for (int m = log_view(l, width, height, to, rows) - 1; m >= 0; m--) seen |= rows[m].line == k && rows[m].begins;
				assert_true(seen);
			}
		}
		if (all > height) assert_int_equal(line, log_last(l) + 1);
		log_free(l);
	}
}

static void searching(void **state) {
	(void)state;
	struct log *l = log_new();
	int bytes;
	assert_int_equal(log_search(l, "x", -1, true), -1);
	add(l, LOG_OUT, "Loss 0.3\nnothing\nÄrger und loss\nLOSS\nend\n");
	assert_int_equal(log_search(l, "loss", -1, true), 0);
	assert_int_equal(log_search(l, "loss", 0, true), 2);
	assert_int_equal(log_search(l, "loss", 2, true), 3);
	assert_int_equal(log_search(l, "loss", 3, true), 0); /* round */
	assert_int_equal(log_search(l, "loss", -1, false), 3);
	assert_int_equal(log_search(l, "loss", 0, false), 3);
	assert_int_equal(log_search(l, "ärger", 0, true), 2);
	assert_int_equal(log_search(l, "END", 4, true), 4); /* the only one is found again */
	assert_int_equal(log_search(l, "absent", 0, true), -1);
	assert_int_equal(log_search(l, "", 0, true), -1);
	assert_int_equal(log_match("xxÄrger", 8, "ärg", &bytes), 2);
	assert_int_equal(bytes, 4);
	assert_int_equal(log_match("loss", 3, "loss", &bytes), -1); /* the row ends before it does */
	assert_int_equal(log_match("aab", 3, "ab", &bytes), 1);
	log_free(l);
}

static void any_bytes(void **state) {
	(void)state;
	static const char likely[] = "ab \n\r\t\b\x1B[]()m;\\\a\xC3\xA9\xE4\xFF";
	struct rng r;
	rng_init(&r, 2, RNG_SCENE, 0, 0);
	struct log *l = log_new();
	struct log_row rows[10];
	for (int i = 0; i < 100000; i++) {
		char text[40];
		size_t n = rng_below(&r, sizeof text);
		for (size_t k = 0; k < n; k++) text[k] = rng_below(&r, 4) ? likely[rng_below(&r, sizeof likely - 1)] : (char)rng_below(&r, 256);
		log_add(l, (enum log_kind)rng_below(&r, LOG_CHATTER + 1), text, n);
		if (rng_below(&r, 50) == 0) log_end(l, (enum log_kind)rng_below(&r, LOG_CHATTER + 1));
		if (i % 10 == 0) log_view(l, 1 + (int)rng_below(&r, 80), 1 + (int)rng_below(&r, 10), i % 100 ? 0 : (int64_t)rng_below(&r, 100), rows);
		if (i % 1000 == 0) log_search(l, "ab", (int64_t)rng_below(&r, 10000), i % 2000);
	}
	for (int64_t i = log_first(l); i <= log_last(l); i++)
		for (const char *p = log_line(l, i, NULL); *p; p++) assert_true((unsigned char)*p >= 0x20 && *p != 0x7F);
	log_free(l);
}

/* ---- the history ---------------------------------------------------------------------------------------------------------- */

static void add_step(struct history *h, int64_t step, bool evaluated) {
	struct metric m = {.step = step, .loss = {1.0 + (double)step, 2, 3}, .total = 6, .lr = 0.1, .grad_norm = 1, .images_per_s = 9, .mix = {0.5, 0.25, 0.25}, .evaluated = evaluated};
	for (int k = 0; k < SOURCES; k++)
		for (int g = 0; g < GRANULARITIES; g++) m.val[k][g] = (double)(10 * step) + 3 * k + g;
	history_add(h, &m);
}

static void history_grows_and_is_cut(void **state) {
	(void)state;
	struct history h = {0};
	history_cut(&h, 0);
	for (int64_t i = 0; i < 10000; i++) add_step(&h, i, i % 100 == 0);
	assert_int_equal(h.count, 10000);
	assert_int_equal(h.val_count, 100);
	assert_true(h.capacity >= 10000 && h.capacity < 20000);
	assert_true(h.step[9999] == 9999 && h.loss[SEMSEG][9999] == 10000 && h.mix[0][5000] == 0.5 && h.images_per_s[7] == 9 && h.grad_norm[0] == 1 && h.lr[9] == 0.1 && h.total[1] == 6);
	assert_true(h.val_step[99] == 9900 && h.val[2][1][99] == 99007);
	history_cut(&h, 501); /* steps 0 .. 500 stay */
	assert_int_equal(h.count, 501);
	assert_int_equal(h.val_count, 6);
	history_cut(&h, 500);
	assert_int_equal(h.val_count, 5);
	history_cut(&h, 9999);
	assert_int_equal(h.count, 500);
	add_step(&h, 500, true);
	assert_int_equal(h.val_count, 6);
	add_step(&h, 250, false); /* restored: what came after is gone */
	assert_int_equal(h.count, 251);
	assert_int_equal(h.val_count, 3);
	assert_true(history_reserve(&h, 100000));
	assert_int_equal(h.count, 251);
	assert_false(history_reserve(&h, INT64_MAX));
	assert_true(h.step[250] == 250);
	history_free(&h);
	history_free(&h);
	assert_null(h.step);
}

int main(void) {
	setlocale(LC_ALL, "C.UTF-8");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_becomes_lines),
		cmocka_unit_test(kinds_do_not_mix),
		cmocka_unit_test(bounds_are_kept),
		cmocka_unit_test(windows),
		cmocka_unit_test(any_window),
		cmocka_unit_test(searching),
		cmocka_unit_test(any_bytes),
		cmocka_unit_test(history_grows_and_is_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
