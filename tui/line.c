#include "tui/line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"

#ifdef HAVE_READLINE

#include <poll.h>
#include <readline/history.h>
#include <readline/readline.h>
#include <unistd.h>

enum { MATCHES_MAX = 200 };

static struct prompt_hooks hooks;
static FILE *nowhere;
static const char *fed;
static int fed_left;
static enum line_wish wished;
static char *match[MATCHES_MAX];
static int matches;

/* ---- what readline is given in place of a terminal ---------------------------------------------------------------------------- */

static int next_byte(FILE *f) {
	(void)f;
	if (fed_left == 0) return EOF; /* a function that wants more than was typed gives up */
	fed_left--;
	return (unsigned char)*fed++;
}

static int input_available(void) { return fed_left > 0; }
static void nothing(void) {}
static void prepare(int meta) { (void)meta; }

static void forget_matches(void) {
	for (int i = 0; i < matches; i++) free(match[i]);
	matches = 0;
}

/* MATCHES [1..COUNT]. */
static void keep_matches(char **found, int count, int longest) {
	(void)longest;
	forget_matches();
	for (int i = 1; i <= count && matches < MATCHES_MAX; i++)
		if ((match[matches] = strdup(found[i]))) matches++;
}

static char **complete(const char *text, int start, int end) {
	return prompt_complete(&hooks, text, start, end);
}

static void finished(char *line) {
	forget_matches();
	if (line) prompt_remember(line);
	hooks.line(hooks.context, line);
	free(line);
}

static int wish(int count, int key) {
	(void)count;
	wished = key == 's' ? WISH_KEYS : key == 'o' ? WISH_NEXT_PANE : key == '1' ? WISH_ONE : key == '2' ? WISH_ALL : WISH_REDRAW;
	return 0;
}

int line_open(const struct prompt_hooks *h, const char *history) {
	static const char *const sequences[] = {"\\C-xs", "\\C-xo", "\\C-x1", "\\C-x2", "\\C-l"};
	hooks = *h;
	if (!nowhere && !(nowhere = fopen("/dev/null", "r+e"))) return err_set(ERR_FILE, "can't open /dev/null (%m)");
	rl_readline_name = "c2f";
	rl_catch_signals = 0;
	rl_catch_sigwinch = 0;
	rl_change_environment = 0;
	rl_instream = nowhere;
	rl_outstream = nowhere;
	rl_getc_function = next_byte;
	rl_input_available_hook = input_available;
	rl_prep_term_function = prepare;
	rl_deprep_term_function = nothing;
	rl_redisplay_function = nothing;
	rl_attempted_completion_function = complete;
	rl_completion_display_matches_hook = keep_matches;
	rl_completer_word_break_characters = " \t\n;";
	rl_completer_quote_characters = "";
	rl_completion_query_items = 0;
	rl_initialize();
	rl_variable_bind("enable-bracketed-paste", "off");
	rl_variable_bind("show-all-if-ambiguous", "on");
	rl_variable_bind("bell-style", "none");
	for (size_t i = 0; i < sizeof sequences / sizeof *sequences; i++) rl_bind_keyseq(sequences[i], wish);
	prompt_history_read(history);
	rl_callback_handler_install("", finished);
	return 0;
}

void line_close(void) {
	forget_matches();
	rl_callback_handler_remove();
	prompt_history_write();
	/* The plain prompt may come after: it wants the terminal itself. */
	rl_instream = stdin;
	rl_outstream = stdout;
	rl_getc_function = rl_getc;
	rl_input_available_hook = NULL;
	rl_prep_term_function = rl_prep_terminal;
	rl_deprep_term_function = rl_deprep_terminal;
	rl_redisplay_function = rl_redisplay;
	rl_completion_display_matches_hook = NULL;
}

void line_feed(const char *bytes, int n) {
	fed = bytes;
	fed_left = n;
	while (fed_left > 0) {
		bool leaves = RL_ISSTATE(RL_STATE_ISEARCH) && *fed == 'X' - '@';
		if (*fed != '\t') forget_matches();
		rl_callback_read_char();
		if (leaves && !RL_ISSTATE(RL_STATE_ISEARCH)) fed--, fed_left++; /* Ctrl-X has ended the search (prompt_history_read), and begins its sequence now */
	}
}

void line_interrupt(void) {
	forget_matches();
	rl_callback_sigcleanup();
	rl_free_line_state();
	rl_callback_handler_remove();
	rl_replace_line("", 1);
	rl_point = 0;
	rl_callback_handler_install("", finished); /* as every line begins: vi mode in insert mode, no half of a key sequence */
}

const char *line_text(int *cursor) {
	*cursor = rl_point;
	return rl_line_buffer ? rl_line_buffer : "";
}

const char *line_prompt(void) { return RL_ISSTATE(RL_STATE_ISEARCH | RL_STATE_NSEARCH) ? rl_display_prompt : NULL; }

enum line_wish line_wish(void) {
	enum line_wish w = wished;
	wished = WISH_NONE;
	return w;
}

int line_matches(char *const **out) {
	*out = match;
	return matches;
}

bool line_busy(void) { return RL_ISSTATE(RL_STATE_MOREINPUT | RL_STATE_MULTIKEY | RL_STATE_METANEXT); }

#else

int line_open(const struct prompt_hooks *h, const char *history) {
	(void)h, (void)history;
	return err_set(ERR_STATE, "the panes need GNU readline, which this program was built without (install libreadline-dev and build again; the plain prompt works)");
}
void line_close(void) {}
void line_feed(const char *bytes, int n) { (void)bytes, (void)n; }
void line_interrupt(void) {}
const char *line_text(int *cursor) { return *cursor = 0, ""; }
const char *line_prompt(void) { return NULL; }
enum line_wish line_wish(void) { return WISH_NONE; }
int line_matches(char *const **out) { return *out = NULL, 0; }
bool line_busy(void) { return false; }

#endif
