/* tests/ui/stress_test.c -- the workbench from outside, on a pseudo-terminal: what no user should be able to break. Sizes, keys, pastes, signals, terminals, a
 * hangup, a training that fails. After each the prompt must still answer, and in the end the terminal must be as it was.
 * STRESS=full gives the full numbers (2,000 sizes, 100,000 keys); else the file takes less than a minute. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/rng.h"
#include "pty.h"

static char program[PATH_MAX], folder[64];
static bool full;
static struct pty *p;
static unsigned words_given;

#define TINY "set preset=tiny batch=2 threads=1 loader_threads=1 eval_every=0 total_steps=1000000; data scenes train=8 val=4"

/* ---- beginning and end --------------------------------------------------------------------------------------------------------- */

static int begin(void **state) {
	(void)state;
	strcpy(folder, "/tmp/c2f-ui-XXXXXX");
	p = NULL;
	return mkdtemp(folder) ? 0 : -1;
}

static int end(void **state) {
	char command[128];
	(void)state;
	pty_free(p);
	p = NULL;
	snprintf(command, sizeof command, "rm -rf %s", folder);
	return system(command);
}

static void start_as(const struct pty_start *how) {
	struct pty_start h = *how;
	if (!pty_possible()) skip();
	h.folder = folder;
	if (!h.width) h.width = 80, h.height = 24;
	const char *argv[] = {program, "--run", "live", NULL};
	p = pty_start(&h, argv);
	assert_non_null(p);
}

static void start(void) { start_as(&(struct pty_start){.term = "xterm-256color"}); }

static const char *file(const char *name) {
	static char path[256];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	return path;
}

static bool file_holds(const char *name, const char *text) {
	static char all[1 << 20];
	FILE *f = fopen(file(name), "r");
	if (!f) return false;
	all[fread(all, 1, sizeof all - 1, f)] = '\0';
	fclose(f);
	return strstr(all, text);
}

static void wait_file(const char *name, const char *text) {
	for (double until = pty_seconds() + 30; !file_holds(name, text);) {
		pty_read(p, 50);
		if (pty_seconds() > until) {
			pty_print(p, stderr);
			fail_msg("%s never held '%s'", name, text);
		}
	}
}

static void shows(const char *text) {
	if (!pty_wait(p, text, 30)) fail_msg("the screen does not show '%s'", text);
}

/* The last row that is not empty. */
static const char *prompt_row(void) {
	for (int y = terminal_grid(pty_screen(p))->height - 1; y > 0; y--)
		if (*terminal_row(pty_screen(p), y)) return terminal_row(pty_screen(p), y);
	return "";
}

/* Whatever was going on: Ctrl-C, then a command that can't have been given before is answered, and `status` is. */
static void answers(void) {
	char word[32], answer[64];
	if (!pty_running(p)) {
		int status;
		pty_ended(p, 1, &status);
		pty_print(p, stderr);
		fail_msg("the program has ended (status %x)", status);
	}
	pty_resize(p, 80, 24);
	pty_settle(p, 150);
	pty_type(p, "\003");
	pty_settle(p, 300);
	if (strstr(prompt_row(), "[keys")) pty_type(p, "q");
	pty_settle(p, 100);
	pty_type(p, "scroll end\rfind\r");
	snprintf(word, sizeof word, "word%u", ++words_given);
	snprintf(answer, sizeof answer, "unknown command '%s'", word);
	pty_type(p, word);
	pty_type(p, "\r");
	shows(answer);
	pty_type(p, "status\r");
	for (double until = pty_seconds() + 30; !strstr(terminal_row(pty_screen(p), 22), "run     ");) { /* its last line is the log's last row */
		pty_read(p, 50);
		if (pty_seconds() < until) continue;
		pty_print(p, stderr);
		fail_msg("status is not answered");
	}
	char last[64];
	if (terminal_unknown(pty_screen(p), last)) fail_msg("the terminal was sent what it does not know: %s", last);
}

/* As it was before: canonical, echo, no alternate screen, no mouse, a cursor, no colour left. */
static void restored(void) {
	struct termios t = pty_modes(p);
	struct terminal *s = pty_screen(p);
	assert_true(t.c_lflag & ICANON && t.c_lflag & ECHO && t.c_iflag & ICRNL);
	assert_false(terminal_alternate(s));
	assert_false(terminal_mouse(s));
	assert_true(terminal_cursor_shown(s));
	assert_true(terminal_plain_style(s));
}

static void ends(int want) {
	int status;
	assert_true(pty_ended(p, 60, &status));
	int got = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
	if (got != want) {
		pty_print(p, stderr);
		fail_msg("exit status %d, not %d", got, want);
	}
}

/* Ctrl-D, and what is asked. */
static void leaves(void) {
	pty_type(p, "\003");
	pty_settle(p, 100);
	pty_type(p, "\004");
	pty_settle(p, 100);
	if (pty_running(p)) pty_type(p, "\004");
	ends(0);
	restored();
}

static void trains(void) {
	shows("c2f>");
	pty_type(p, TINY "\r");
	pty_type(p, "train\r");
	wait_file("live/metrics.jsonl", "\"step\": 2,");
}

/* ---- tests --------------------------------------------------------------------------------------------------------------------- */

static void begins_and_ends(void **state) {
	(void)state;
	start();
	shows("c2f>");
	assert_true(terminal_alternate(pty_screen(p)));
	answers();
	pty_type(p, "\004");
	ends(0);
	restored();
}

static void sizes(void **state) {
	(void)state;
	struct rng r;
	rng_init(&r, 1, RNG_INIT, 0, 0);
	start();
	trains();
	for (int i = 0; i < (full ? 2000 : 200); i++) {
		pty_resize(p, 1 + (int)rng_below(&r, 300), 1 + (int)rng_below(&r, 100));
		if (rng_below(&r, 4)) pty_read(p, (int)rng_below(&r, 30));
		if (i % 100 == 99) answers();
	}
	for (int i = 0; i < 20; i++) pty_resize(p, 1 + i % 3, 1 + i % 2), pty_settle(p, 20);
	answers();
	leaves();
}

int main(void) {
	const char *c2f = getenv("C2F"), *stress = getenv("STRESS");
	full = stress && !strcmp(stress, "full");
	if (!realpath(c2f ? c2f : "build/c2f", program)) return perror(c2f ? c2f : "build/c2f"), 1;
	if (!pty_possible()) fprintf(stderr, "skipped: no pseudo-terminal can be had here\n");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(begins_and_ends, begin, end),
		cmocka_unit_test_setup_teardown(sizes, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
