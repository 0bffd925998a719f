#include "tui/prompt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct prompt_hooks hooks;
static bool ended;

bool prompt_ended(void) { return ended; }

#ifdef HAVE_READLINE

#include <readline/history.h>
#include <readline/readline.h>

enum { HISTORY_LINES = 5000 };

static char history_path[4096], shown[256];
static bool in_handler;

/* A line that was given before moves to the end, so that none stands twice. */
void prompt_remember(const char *line) {
	if (!*line || *line == ' ') return;
	for (int i = history_length - 1; i >= 0; i--) {
		HIST_ENTRY *e = history_get(history_base + i);
		if (e && !strcmp(e->line, line)) free_history_entry(remove_history(i));
	}
	add_history(line);
}

static void finished(char *line) {
	if (line) prompt_remember(line);
	else ended = true, fputc('\n', rl_outstream);
	in_handler = true;
	hooks.line(hooks.context, line);
	in_handler = false;
	free(line);
	if (ended) rl_callback_handler_remove();
}

/* ---- Tab: readline asks for the words one by one ------------------------------------------------------------------------ */

static char *const *offered;
static int offered_count;

static char *next_word(const char *text, int state) {
	static int at;
	(void)text;
	if (state == 0) at = 0;
	return at < offered_count ? strdup(offered[at++]) : NULL;
}

char **prompt_complete(const struct prompt_hooks *h, const char *text, int start, int end) {
	char before[8192];
	size_t from;
	rl_attempted_completion_over = 1; /* never file names of readline's own */
	snprintf(before, sizeof before, "%.*s", end, rl_line_buffer);
	offered_count = h->complete(h->context, before, &from, &offered);
	if (offered_count == 0 || (int)from != start) return NULL;
	/* "steps=" and "folder/" go on; other words end with a space. */
	size_t length = offered_count == 1 ? strlen(offered[0]) : 0;
	rl_completion_append_character = length && strchr("=/,", offered[0][length - 1]) ? '\0' : ' ';
	return rl_completion_matches(text, next_word);
}

static char **complete(const char *text, int start, int end) {
	return prompt_complete(&hooks, text, start, end);
}

static void make_folders(const char *path) {
	char part[4096];
	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(part, sizeof part, "%.*s", (int)(slash - path), path);
		mkdir(part, 0700);
	}
}

void prompt_history_read(const char *history) {
	snprintf(history_path, sizeof history_path, "%s", history ? history : "");
	using_history();
	stifle_history(HISTORY_LINES);
	/* readline 8.2 crashes on what follows Ctrl-X in a search: Ctrl-X ends the search, as Escape does. After the user's inputrc. */
	rl_initialize();
	rl_variable_bind("isearch-terminators", "\\e\\C-j\\C-x");
	if (*history_path) read_history(history_path); /* the first time there is none */
}

void prompt_history_write(void) {
	if (!*history_path) return;
	make_folders(history_path);
	write_history(history_path); /* a folder that can't be written costs the history, nothing else */
}

void prompt_open(const struct prompt_hooks *h, const char *text, const char *history) {
	hooks = *h;
	ended = false;
	snprintf(shown, sizeof shown, "%s", text);
	rl_readline_name = "c2f";
	rl_catch_signals = 0;
	rl_catch_sigwinch = 0;
	rl_change_environment = 0;
	rl_attempted_completion_function = complete;
	rl_completer_word_break_characters = " \t\n;";
	rl_completer_quote_characters = "";
	prompt_history_read(history);
	rl_callback_handler_install(shown, finished);
}

void prompt_close(void) {
	if (!ended) {
		rl_clear_visible_line();
		rl_callback_handler_remove();
	}
	prompt_history_write();
}

void prompt_text(const char *text) {
	if (!strcmp(text, shown)) return;
	snprintf(shown, sizeof shown, "%s", text);
	rl_set_prompt(shown);
	if (!in_handler && !ended) rl_redisplay();
}

void prompt_feed(void) { rl_callback_read_char(); }

void prompt_interrupt(void) {
	rl_callback_sigcleanup();
	rl_free_line_state();
	fputs("^C\n", rl_outstream);
	rl_replace_line("", 1);
	rl_on_new_line();
	rl_redisplay();
}

void prompt_resize(void) { rl_resize_terminal(); }

void prompt_above(const char *line) {
	rl_clear_visible_line();
	fprintf(rl_outstream, "%s\n", line);
	rl_on_new_line();
	rl_redisplay();
}

#else /* lines as the terminal gives them */

enum { LINE_MAX_BYTES = 8192 };
static char shown[256], pending[LINE_MAX_BYTES];
static size_t filled;

static void show(void) {
	fputs(shown, stdout);
	fflush(stdout);
}

void prompt_open(const struct prompt_hooks *h, const char *text, const char *history) {
	(void)history;
	hooks = *h;
	ended = false;
	filled = 0;
	snprintf(shown, sizeof shown, "%s", text);
	show();
}

void prompt_close(void) {}
void prompt_text(const char *text) { snprintf(shown, sizeof shown, "%s", text); }

void prompt_feed(void) {
	ssize_t n = read(STDIN_FILENO, pending + filled, sizeof pending - 1 - filled);
	if (n < 0 && (errno == EINTR || errno == EAGAIN)) return;
	if (n <= 0) {
		ended = true;
		hooks.line(hooks.context, NULL);
		return;
	}
	filled += (size_t)n;
	pending[filled] = '\0';
	char *end = strchr(pending, '\n');
	if (!end && filled < sizeof pending - 1) return;
	if (end) *end = '\0';
	hooks.line(hooks.context, pending);
	size_t used = end ? (size_t)(end - pending) + 1 : filled;
	memmove(pending, pending + used, filled - used);
	filled -= used;
	show();
}

void prompt_interrupt(void) {
	fputs("\n", stdout);
	show();
}

void prompt_resize(void) {}

void prompt_above(const char *line) {
	printf("\n%s\n", line);
	show();
}

#endif
