#include "app/repl.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "app/progress.h"
#include "app/signals.h"
#include "app/viewing.h"
#include "engine/base/err.h"
#include "tui/prompt.h"
#include "tui/view.h"

/* ---- the prompt ------------------------------------------------------------------------------------------------------- */

struct repl {
	struct app *app;
	char again[LINE_BYTES];         /* the last command that an empty line repeats; "" if none */
	struct candidates candidates;
	double drawn;                   /* when the prompt's step was last drawn */
};

static const char *const state_word[] = {
        [TRAINER_PAUSED] = "paused", [TRAINER_RUNNING] = "training", [TRAINER_FINISHED] = "finished", [TRAINER_FAILED] = "failed"};

void repl_prompt_text(const struct app *a, const struct view *v, int waiting, char *out, size_t capacity) {
	(void)a;
	size_t at = (size_t)snprintf(out, capacity, "c2f");
	if (v->has_trainer && v->scene->valid)
		at += (size_t)snprintf(out + at, capacity - at, "[%s %lld %.3s]", state_word[v->snapshot.state], (long long)v->snapshot.step,
		                       mask_source_name[curriculum_phase(&v->scene->curriculum, (double)v->snapshot.step / (double)v->snapshot.total_steps)]);
	if (v->cursor >= 0) at += (size_t)snprintf(out + at, capacity - at, "@%lld", (long long)v->cursor);
	if (waiting > 1) at += (size_t)snprintf(out + at, capacity - at, " (%d wait)", waiting - 1);
	snprintf(out + at, capacity - at, "%s", waiting ? "... " : "> ");
}

/* c2f[paused 120 sem]> */
static void prompt_of(const struct app *a, char *out, size_t capacity) {
	struct trainer_fixed fixed;
	struct trainer_live live;
	struct snapshot s;
	snprintf(out, capacity, "c2f> ");
	if (!a->trainer || app_resolve(a, &fixed, &live)) return;
	trainer_snapshot(a->trainer, &s);
	snprintf(out, capacity, "c2f[%s %lld %.3s]> ", state_word[s.state], (long long)s.step,
	         mask_source_name[curriculum_phase(&live.curriculum, (double)s.step / (double)live.total_steps)]);
}

/* At most once a second, so that a training step is not spent on drawing. */
static void refresh(struct repl *r, bool now) {
	char text[128];
	if (!now && seconds_monotonic() - r->drawn < 1) return;
	prompt_of(r->app, text, sizeof text);
	prompt_text(text);
	r->drawn = seconds_monotonic();
}

static bool blank(const char *line) { return line[strspn(line, " \t")] == '\0'; }

/* The command is kept when its row says that an empty line repeats it. */
static void keep(struct repl *r, const char *line) {
	struct words w;
	const struct command *row;
	const char *cursor = line;
	int number = 1, used;
	bool repeats = words_next(&cursor, &number, &w) == 1 && command_find(&w, &row, &used) == 0 && row->repeats;
	snprintf(r->again, sizeof r->again, "%s", repeats ? line : "");
}

static void take_line(void *context, const char *line) {
	struct repl *r = context;
	struct app *a = r->app;
	if (!line) {
		a->quit = true;
		return;
	}
	if (!blank(line)) keep(r, line);
	if (command_run_text(a, blank(line) ? r->again : line, NULL)) fprintf(a->notes, "error: %s\n", err_message());
	fflush(a->out);
	int number = signals_pending();
	if (number == SIGINT) signals_take(); /* it stopped a command, not the program */
	refresh(r, true);
}

static int offer(void *context, const char *line, size_t *start, char *const **words) {
	struct repl *r = context;
	candidates_free(&r->candidates);
	command_complete(line, &r->candidates);
	*start = r->candidates.start;
	*words = r->candidates.word;
	return r->candidates.count;
}

/* Training that was begun at the prompt has stopped by itself: said once, above the prompt. */
static void announce(struct app *a) {
	char text[1200];
	if (a->trainer) trainer_drain(a->trainer);
	if (progress_announce(a, text, sizeof text)) prompt_above(text);
}

const char *repl_history_file(char *out, size_t capacity) {
	const char *own = getenv("C2F_HISTORY"), *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	if (own) snprintf(out, capacity, "%s", own);
	else if (state && *state) snprintf(out, capacity, "%s/c2f/history", state);
	else if (home && *home) snprintf(out, capacity, "%s/.local/state/c2f/history", home);
	else return NULL;
	return *out ? out : NULL;
}

/* The viewer's window: asked for by this thread, computed between steps by the trainer's; true while it stands. */
static bool turn_window(struct app *a) {
	char said[1200];
	viewing_work(a, 0);
	bool open = viewing_turn(a, said, sizeof said);
	if (viewing_waits(a)) viewing_work(a, 0); /* a stroke waits for no timer; its answer wakes the loop */
	if (*said) prompt_above(said);
	return open;
}

int repl_prompt(struct app *a) {
	enum { WINDOW_MS = 16, REST_MS = 1000 };
	bool window = false;
	struct repl r = {.app = a};
	char text[128], history[PATH_MAX];
	a->interactive = true;
	prompt_of(a, text, sizeof text);
	prompt_open(&(struct prompt_hooks){&r, take_line, offer}, text, repl_history_file(history, sizeof history));
	while (!a->quit) {
		struct pollfd fds[3] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = signals_fd(), .events = POLLIN},
		                        {.fd = a->trainer ? trainer_fd(a->trainer) : -1, .events = POLLIN}};
		if (poll(fds, 3, window ? WINDOW_MS : REST_MS) < 0 && errno != EINTR) break;
		int number = signals_pending();
		if (number == SIGINT) signals_take(), prompt_interrupt();
		else if (number) break; /* main takes it */
		if (signals_resized()) prompt_resize();
		announce(a);
		refresh(&r, false);
		if (fds[0].revents & (POLLIN | POLLHUP)) prompt_feed();
		else if (fds[0].revents) break; /* the terminal is gone */
		window = turn_window(a);
	}
	prompt_close();
	candidates_free(&r.candidates);
	a->interactive = false;
	return 0;
}

/* ---- a pipe ------------------------------------------------------------------------------------------------------------ */

/* Waits for input or a signal: 1 input, 0 a signal. */
static int wait_input(void) {
	struct pollfd fds[2] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = signals_fd(), .events = POLLIN}};
	for (;;) {
		if (signals_pending()) return 0;
		if (poll(fds, 2, -1) > 0 && fds[0].revents) return 1;
	}
}

static int run_line(struct app *a, const char *line, int number) {
	int rc = command_run_text(a, line, NULL);
	return rc ? err_set(rc, "stdin:%d: %s", number, err_message()) : 0;
}

int repl_lines(struct app *a) {
	char *text = malloc(LINE_BYTES + 1);
	size_t n = 0;
	int number = 0, rc = text ? 0 : err_set(ERR_MEMORY, "no memory for standard input");
	while (!rc && !a->quit) {
		if (!wait_input()) rc = err_set(ERR_CANCELLED, "stopped by a signal");
		ssize_t got = rc ? 0 : read(STDIN_FILENO, text + n, LINE_BYTES - n);
		if (got < 0 && errno == EINTR) continue;
		if (rc || got <= 0) break;
		n += (size_t)got;
		for (char *end; !rc && !a->quit && (end = memchr(text, '\n', n));) {
			size_t used = (size_t)(end - text) + 1;
			*end = '\0';
			rc = strlen(text) + 1 < used ? err_set(ERR_FORMAT, "stdin:%d: the line has a zero byte", number + 1)
			                             : run_line(a, text, number + 1);
			number++;
			memmove(text, text + used, n -= used);
		}
		if (!rc && n == LINE_BYTES)
			rc = err_set(ERR_ARGUMENT, "stdin:%d: a line is longer than %d bytes (split it)", number + 1, LINE_BYTES);
	}
	if (!rc && !a->quit && n) {
		text[n] = '\0';
		rc = run_line(a, text, number + 1);
	}
	free(text);
	return rc;
}
