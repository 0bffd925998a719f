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

static const char *file(const char *name) {
	static char path[256];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	return path;
}

static int begin(void **state) {
	(void)state;
	strcpy(folder, "/tmp/c2f-ui-XXXXXX");
	p = NULL;
	if (!mkdtemp(folder)) return -1;
	return 0;
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

/* The end of what `status` says stands at the end of the log. */
static bool answered(void) {
	bool run = false;
	for (int y = 18; y <= 22; y++) run = (run || strstr(terminal_row(pty_screen(p), y), "run     ")) && !strstr(terminal_row(pty_screen(p), y), "unknown");
	return run;
}

/* Ctrl-C, back to the prompt, a command that can't have been given before: is it answered, and `status`? */
static bool answers_within(int rest_ms) {
	char word[32], answer[64];
	double until;
	pty_type(p, "\003");
	pty_rest(p, rest_ms);
	if (strstr(prompt_row(), "[keys")) pty_type(p, "q"), pty_rest(p, rest_ms);
	pty_type(p, "scroll end\rfind\rlayout auto\rpane log shown on\r"); /* keys may have hidden it */
	snprintf(word, sizeof word, "word%u", ++words_given);
	snprintf(answer, sizeof answer, "unknown command '%s'", word);
	pty_type(p, word);
	pty_type(p, "\r");
	for (until = pty_seconds() + 5; !terminal_shows(pty_screen(p), answer) && pty_seconds() < until;) pty_read(p, 50);
	if (!terminal_shows(pty_screen(p), answer)) return false;
	pty_type(p, "status\r");
	for (until = pty_seconds() + 5; !answered() && pty_seconds() < until;) pty_read(p, 50);
	return answered();
}

/* Whatever was going on. A slow machine, or a slow build, may still be busy with what was typed before: then again, later. */
static void answers(void) {
	char last[64];
	bool does = false;
	pty_resize(p, 80, 24);
	for (int rest_ms = 150; !does && rest_ms < 10000 && pty_running(p); rest_ms *= 4) does = answers_within(rest_ms);
	if (!does) {
		pty_print(p, stderr);
		fail_msg("%s", pty_running(p) ? "the prompt does not answer" : "the program has ended");
	}
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
	pty_rest(p, 100);
	pty_type(p, "\004");
	pty_rest(p, 100);
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
	for (int i = 0; i < 20; i++) pty_resize(p, 1 + i % 3, 1 + i % 2), pty_rest(p, 20);
	answers();
	leaves();
}

/* Random bytes: letters that make words, control characters, pieces of escape sequences, UTF-8 whole and broken, Enter. Never Ctrl-D, Ctrl-Z and Ctrl-\\, which
 * leave on purpose. */
static int random_bytes(struct rng *r, char *out, int capacity) {
	static const char *const pieces[] = {"\033", "\033[", "\033[A", "\033[B", "\033[C", "\033[D", "\033O", "\033[5~", "\033[6~", "\033[<0;10;5M", "\033[<64;3;3M",
		"\033[M !!", "\033[1;2C", "\033[999;999H", "\033]0;x", "\033P", "\x18s", "\x18o", "\x18" "1", "\x18" "2", "\r", "\t", "\t\t", "\x12", "\x0c", "\x16",
		"\xc3\xa9", "\xe4\xb8\xad", "\xf0\x9f\x98\x80", "\xff", "\xe4\xb8", "e\xcc\x81", "\x7f", "goto by=1\r", "look by=1\r", "pause\r", "train\r", "step\r",
		"status\r", "help\r", "mask train/1\r", "edit raise random\r", "layout ", "focus ", "keys on\r", "pane masks ", "set ", "\003"};
	int n = 0;
	while (n < capacity - 24) {
		uint32_t what = rng_below(r, 10);
		if (what < 4) {
			char c = (char)rng_below(r, 256);
			if (c != 4 && c != 26 && c != 28) out[n++] = c;
		} else if (what < 8) {
			out[n++] = (char)(' ' + rng_below(r, 95));
		} else {
			const char *piece = pieces[rng_below(r, sizeof pieces / sizeof *pieces)];
			memcpy(out + n, piece, strlen(piece));
			n += (int)strlen(piece);
		}
	}
	return n;
}

static void type_randomly(int total, uint32_t stream) {
	struct rng r;
	char bytes[256];
	rng_init(&r, 2, RNG_INIT, 0, stream);
	for (int typed = 0, next = 20000; typed < total;) {
		int n = random_bytes(&r, bytes, 25 + (int)rng_below(&r, 200));
		if (!pty_send(p, bytes, (size_t)n) && pty_running(p)) fail_msg("keys are not taken");
		if (!pty_running(p)) { /* "quit" was among it, or q and Enter: both are honest */
			ends(0);
			fail_msg("the program has left");
		}
		if (rng_below(&r, 4) == 0) pty_read(p, (int)rng_below(&r, 20));
		typed += n;
		if (typed > next) answers(), next += 20000;
	}
	answers();
}

static void keys_at_the_prompt(void **state) {
	(void)state;
	start();
	trains();
	type_randomly(full ? 50000 : 4000, 1);
	leaves();
}

static void single_keys(void **state) {
	(void)state;
	static const char keys[] = " scnoz?\t123456789<>[]SIRKXAe0npmgitly/+-\r";
	struct rng r;
	char bytes[64];
	rng_init(&r, 3, RNG_INIT, 0, 0);
	start();
	trains();
	for (int i = 0; i < (full ? 50000 : 2000);) {
		int n = 0;
		if (rng_below(&r, 8) == 0) pty_type(p, "\003");
		pty_type(p, "\030s"); /* in single-key mode already it is a step */
		while (n < 20) {
			if (rng_below(&r, 6) == 0) n += sprintf(bytes + n, "\033[%c", "ABCDHFZ"[rng_below(&r, 7)]);
			else bytes[n++] = keys[rng_below(&r, sizeof keys - 1)];
		}
		pty_send(p, bytes, (size_t)n);
		if (rng_below(&r, 3) == 0) pty_read(p, (int)rng_below(&r, 20));
		i += n;
	}
	type_randomly(full ? 5000 : 500, 4);
	leaves();
}

static int copy_screen(char out[65536]) {
	int at = 0;
	for (int y = 0; y < terminal_grid(pty_screen(p))->height; y++) at += snprintf(out + at, 65536 - (size_t)at, "%s\n", terminal_row(pty_screen(p), y));
	return at;
}

/* After all of it, what stands on the screen is what a fresh drawing shows: nothing was corrupted. What is still coming in (a slow machine draws a sample's
 * masks late) may change it between the two: then again, and a fault of drawing stays one. */
static void is_sound(void) {
	static char before[65536], after[65536];
	for (int attempt = 0; attempt < 4; attempt++) {
		pty_type(p, "\003pause\r");
		pty_settle(p, 650);
		copy_screen(before);
		pty_type(p, "\014");
		pty_settle(p, 200);
		copy_screen(after);
		if (!strcmp(before, after)) return;
	}
	for (const char *b = before, *a = after; *b && *a;) {
		int nb = (int)strcspn(b, "\n"), na = (int)strcspn(a, "\n");
		if (nb != na || strncmp(b, a, (size_t)nb)) fail_msg("what stood there:\n%.*s\nis not what a fresh drawing shows:\n%.*s", nb, b, na, a);
		b += nb + (b[nb] != 0), a += na + (a[na] != 0);
	}
}

/* A locale that few machines have installed, in the scratch folder. */
static bool make_latin(void) {
	char command[256];
	snprintf(command, sizeof command, "localedef -i en_US -f ISO-8859-1 %s/en_US.ISO-8859-1 >/dev/null 2>&1", folder);
	return system(command) == 0;
}

static void terminals(void **state) {
	(void)state;
	const struct pty_start as[] = {
		{.term = "xterm-256color"}, {.term = "screen"}, {.term = "linux"}, {.term = "vt100"}, {.term = "tmux-256color"},
		{.term = "xterm-256color", .locale = "C"}, {.term = "xterm-256color", .locale = "en_US.ISO-8859-1", .environment = (const char *const[]){"LOCPATH=.", NULL}}, {.term = "xterm", .width = 40, .height = 10},
		{.term = "xterm-256color", .environment = (const char *const[]){"NO_COLOR=1", NULL}},
		{.term = "xterm-256color", .environment = (const char *const[]){"COLORTERM=truecolor", NULL}, .width = 200, .height = 60},
		{.term = "xterm-of-some-other-kind"},
	};
	for (size_t i = 0; i < sizeof as / sizeof *as; i++) {
		if (as[i].locale && as[i].environment && !make_latin()) {
			print_message("skipped: no locale of ISO-8859-1 can be made here\n");
			continue;
		}
		start_as(&as[i]);
		shows("c2f>");
		bool no_colour = as[i].environment && !strncmp(as[i].environment[0], "NO_", 3);
		if (i == 0) trains();
		pty_type(p, "\033[A\033[Bgoto \xc3\xa9\xe4\xb8\xad\003");
		for (int size = 0; size < 10; size++) pty_resize(p, 1 + 17 * size, 1 + 5 * size), pty_rest(p, 10);
		answers();
		pty_resize(p, 100, 30);
		is_sound();
		bool mono = no_colour || !strcmp(as[i].term, "vt100");
		if (mono != (terminal_colours(pty_screen(p)) == 0)) fail_msg("TERM=%s: %ld colours", as[i].term, terminal_colours(pty_screen(p)));
		if (as[i].locale || !strcmp(as[i].term, "vt100"))
			for (int y = 0; y < 30; y++)
				for (const char *c = terminal_row(pty_screen(p), y); *c; c++)
					if (*c & 0x80) fail_msg("not ASCII: %s", terminal_row(pty_screen(p), y));
		leaves();
		pty_free(p);
		p = NULL;
	}
}

/* No panes there: it says so, and the plain prompt works. */
/* Ctrl-X in a search of the history ends the search and begins its sequence; readline 8.2 by itself would crash. */
static void searches(void **state) {
	(void)state;
	for (int plain = 0; plain < 2; plain++) {
		start_as(&(struct pty_start){.term = plain ? "dumb" : "xterm-256color"});
		shows("c2f>");
		pty_type(p, "\022\030|\022un\030|\022\030");
		pty_rest(p, 200);
		if (!plain) pty_type(p, "s"), shows("[keys"), pty_type(p, "q");
		pty_type(p, "\003");
		pty_rest(p, 200);
		pty_type(p, "unknown1\r");
		shows("unknown command 'unknown1'");
		pty_rest(p, 200);
		pty_type(p, "\004");
		ends(0);
		pty_free(p);
		p = NULL;
	}
}

static void plain_terminals(void **state) {
	(void)state;
	static const char *const terms[] = {"dumb", NULL, "a-terminal-nobody-knows"};
	for (int i = 0; i < 3; i++) {
		start_as(&(struct pty_start){.term = terms[i]});
		shows("no panes");
		shows("c2f>");
		pty_type(p, "unknown1\r");
		shows("unknown command 'unknown1'");
		pty_type(p, "status\r");
		shows("paused at step 0");
		assert_false(terminal_alternate(pty_screen(p)));
		pty_rest(p, 200); /* Ctrl-D must not come while a command has the terminal in line mode */
		pty_type(p, "\004");
		ends(0);
		restored();
		pty_free(p);
		p = NULL;
	}
}

static void pastes(void **state) {
	enum { BYTES = 1 << 20 };
	(void)state;
	char *text = malloc(BYTES + 1);
	assert_non_null(text);
	start();
	trains();
	for (int i = 0; i < BYTES; i++) text[i] = (char)(' ' + i % 94);
	text[BYTES] = '\0';
	assert_true(pty_send(p, text, BYTES)); /* one line of a megabyte */
	answers();
	for (int i = 0; i < BYTES; i++) text[i] = i % 13 == 12 ? '\r' : "goto 12345678"[i % 13];
	assert_true(pty_send(p, text, BYTES)); /* and 80,000 commands */
	answers();
	free(text);
	leaves();
}

static void stops_and_goes_on(void **state) {
	(void)state;
	start_as(&(struct pty_start){.term = "xterm-256color", .under_shell = true});
	trains();
	for (int i = 0; i < 3; i++) {
		if (i == 1) kill(pty_pid(p), SIGTSTP);
		else pty_type(p, "half a line\032");
		assert_true(pty_stopped(p, 10));
		pty_rest(p, 50);
		restored();
		if (i == 2) pty_resize(p, 100, 30); /* meanwhile */
		pty_go_on(p, true);
		shows("c2f[training");
		answers();
	}
	pty_type(p, "\032");
	assert_true(pty_stopped(p, 10));
	pty_rest(p, 50);
	int bytes = pty_bytes(p);
	pty_go_on(p, false); /* bg: training goes on, the terminal is left alone */
	pty_rest(p, 1200);
	restored();
	assert_int_equal(pty_bytes(p), bytes);
	pty_go_on(p, true);
	answers();
	leaves();
}

/* Nobody could let it go on: Ctrl-Z does nothing. */
static void no_shell_to_stop_for(void **state) {
	(void)state;
	start();
	trains();
	pty_type(p, "\032");
	pty_rest(p, 300);
	assert_false(pty_stopped(p, 0.2));
	answers();
	leaves();
}

static void ends_by(int number, bool shell) {
	char name[64];
	start_as(&(struct pty_start){.term = "xterm-256color", .under_shell = shell});
	trains();
	pty_type(p, "half a line");
	pty_rest(p, 50);
	kill(pty_pid(p), number);
	ends(128 + number);
	restored();
	assert_int_equal(access(file("live/checkpoints/last.safetensors"), F_OK), 0);
	snprintf(name, sizeof name, "is saved: live/checkpoints");
	if (!terminal_shows(pty_screen(p), name)) pty_print(p, stderr), fail();
	pty_free(p);
	p = NULL;
}

static void sigterm(void **state) { (void)state, ends_by(SIGTERM, false), ends_by(SIGTERM, true); }
static void sighup(void **state) { (void)state, ends_by(SIGHUP, true); }

static void hangs_up(bool shell) {
	int status;
	start_as(&(struct pty_start){.term = "xterm-256color", .under_shell = shell});
	trains();
	pty_hang_up(p);
	assert_true(pty_ended(p, 30, &status));
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 129);
	assert_int_equal(access(file("live/checkpoints/last.safetensors"), F_OK), 0);
	unlink(file("live/checkpoints/last.safetensors"));
	unlink(file("live/metrics.jsonl"));
	pty_free(p);
	p = NULL;
}

static void hangup(void **state) { (void)state, hangs_up(false), hangs_up(true); }

static void interrupts(void **state) {
	(void)state;
	start();
	trains();
	pty_type(p, "quit and much more");
	pty_rest(p, 100);
	pty_type(p, "\003");
	if (!pty_wait_gone(p, "much more", 5)) fail();
	pty_type(p, "mask stats samples=1000000\r");
	shows("]...");
	pty_rest(p, 300);
	pty_type(p, "\003");
	shows("stopped by a signal");
	pty_type(p, "status; mask stats samples=1000000\rstatus\rstatus\r");
	pty_rest(p, 300);
	pty_type(p, "\003");
	shows("Ctrl-C: 2 commands that waited were dropped");
	for (int i = 0; i < 30; i++) kill(pty_pid(p), SIGINT);
	for (int i = 0; i < 30; i++) pty_type(p, "\003");
	pty_type(p, "predict val/0 count=64 out=a.png\r");
	for (int i = 0; i < 10; i++) pty_type(p, "\003"), pty_rest(p, 5);
	answers();
	shows("c2f[training");
	leaves();
}

static void fails(void **state) {
	(void)state;
	start();
	shows("c2f>");
	pty_type(p, TINY "\r");
	pty_type(p, "set lr=10 weight_decay=10 warmup=0\r");
	pty_type(p, "train\r");
	shows("C2F FAILED");
	shows("c2f[failed");
	answers();
	pty_type(p, "\004");
	ends(0);
	restored();
}

static void dies(void **state) {
	static const int numbers[] = {SIGABRT, SIGQUIT, SIGSEGV};
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
	enum { NUMBERS = 2 }; /* the sanitizer has its own way to end at SIGSEGV */
#else
	enum { NUMBERS = 3 };
#endif
	(void)state;
	for (int i = 0; i < NUMBERS; i++) {
		start();
		trains();
		if (numbers[i] == SIGQUIT) pty_type(p, "\034");
		else kill(pty_pid(p), numbers[i]);
		ends(1000 + numbers[i]);
		restored();
		pty_free(p);
		p = NULL;
	}
}

static void asks(void **state) {
	(void)state;
	start();
	trains();
	pty_type(p, "\004");
	shows("quit? c checkpoint, a abandon, s stay (training");
	pty_type(p, "xyzs");
	if (!pty_wait_gone(p, "quit?", 5)) fail();
	answers();
	pty_type(p, "\004");
	shows("quit?");
	pty_type(p, "\003");
	if (!pty_wait_gone(p, "quit?", 5)) fail();
	pty_type(p, "\004");
	pty_type(p, "\004"); /* again: a checkpoint */
	ends(0);
	restored();
	shows("is saved: live/checkpoints");
	assert_int_equal(access(file("live/checkpoints/last.safetensors"), F_OK), 0);
	pty_free(p);
	unlink(file("live/checkpoints/last.safetensors"));

	start();
	shows("c2f>");
	pty_type(p, TINY "\rstep 3\r");
	shows("c2f[paused 3");
	pty_rest(p, 1200);
	pty_type(p, "quit\r");
	shows("quit? c checkpoint, a abandon, s stay (not saved at step 3)");
	pty_rest(p, 600);
	pty_type(p, "a");
	ends(0);
	restored();
	assert_int_not_equal(access(file("live/checkpoints/last.safetensors"), F_OK), 0);
}

/* What it saved when asked goes on: with nothing to lose, it doesn't ask. */
static void asks_no_more(void **state) {
	(void)state;
	start();
	shows("c2f>");
	pty_type(p, TINY "\rstep 3\r");
	shows("c2f[paused 3");
	pty_rest(p, 1200);
	pty_type(p, "quit\r");
	shows("quit?");
	pty_rest(p, 600);
	pty_type(p, "c");
	ends(0);
	assert_int_equal(access(file("live/checkpoints/last.safetensors"), F_OK), 0);
	pty_free(p);

	start();
	shows("c2f>");
	pty_type(p, "load live/checkpoints/last.safetensors\r");
#ifndef HAVE_JSON
	shows("has no JSON library");
	print_message("skipped: a build without the JSON library loads no checkpoint, and says so\n");
	skip();
#endif
	shows("c2f[paused 3");
	pty_type(p, "\004");
	ends(0);
}

/* What a library writes to 1 or 2, here through /proc, stands in the log pane and in log.txt, and nowhere else. */
static void chatter(void **state) {
	char path[64];
	(void)state;
	start();
	trains();
	for (int i = 1; i <= 2; i++) {
		snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pty_pid(p), i);
		FILE *f = fopen(path, "w");
		if (!f) skip();
		fprintf(f, "a library says %d\n\033[2J\033[Hwith \033[31mcolour\033[0m\n", i);
		fclose(f);
	}
	shows("a library says 2");
	shows("with colour");
	wait_file("live/log.txt", "printed: a library says 1\n");
	wait_file("live/log.txt", "printed: a library says 2\n");
	pty_type(p, "pause\r");
	is_sound();
	leaves();
}

int main(void) {
	const char *c2f = getenv("C2F"), *stress = getenv("STRESS");
	setenv("OMP_WAIT_POLICY", "passive", 0); /* as tests/run.sh */
	full = stress && !strcmp(stress, "full");
	if (!realpath(c2f ? c2f : "build/c2f", program)) return perror(c2f ? c2f : "build/c2f"), 1;
	if (!pty_possible()) fprintf(stderr, "skipped: no pseudo-terminal can be had here\n");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(begins_and_ends, begin, end),
		cmocka_unit_test_setup_teardown(sizes, begin, end),
		cmocka_unit_test_setup_teardown(keys_at_the_prompt, begin, end),
		cmocka_unit_test_setup_teardown(single_keys, begin, end),
		cmocka_unit_test_setup_teardown(terminals, begin, end),
		cmocka_unit_test_setup_teardown(plain_terminals, begin, end),
		cmocka_unit_test_setup_teardown(searches, begin, end),
		cmocka_unit_test_setup_teardown(pastes, begin, end),
		cmocka_unit_test_setup_teardown(stops_and_goes_on, begin, end),
		cmocka_unit_test_setup_teardown(no_shell_to_stop_for, begin, end),
		cmocka_unit_test_setup_teardown(sigterm, begin, end),
		cmocka_unit_test_setup_teardown(sighup, begin, end),
		cmocka_unit_test_setup_teardown(hangup, begin, end),
		cmocka_unit_test_setup_teardown(interrupts, begin, end),
		cmocka_unit_test_setup_teardown(fails, begin, end),
		cmocka_unit_test_setup_teardown(dies, begin, end),
		cmocka_unit_test_setup_teardown(asks, begin, end),
		cmocka_unit_test_setup_teardown(asks_no_more, begin, end),
		cmocka_unit_test_setup_teardown(chatter, begin, end),
	};
	if (getenv("ONLY")) cmocka_set_test_filter(getenv("ONLY"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
