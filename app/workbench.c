#include "app/workbench.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "app/command.h"
#include "app/progress.h"
#include "app/repl.h"
#include "app/signals.h"
#include "app/viewing.h"
#include "app/worker.h"
#include "engine/base/err.h"
#include "tui/layout.h"
#include "tui/line.h"
#include "tui/log.h"

enum { INPUT_BYTES = 4096, HISTORY_ROWS = 512, ESCAPE_MS = 50, AWAY_MS = 500, WINDOW_MS = 16, CTRL_C = 'c' & 31, CTRL_D = 'd' & 31 };

static const double REST_S = 0.5, MOVING_S = 0.1, MOVED_FOR_S = 3; /* between frames: at rest, and for a while after a key */
static const double UNSEEN_S = 0.4; /* keys before a question that nobody expected can have been read are no answers */

enum question { ASK_NOTHING, ASK_LEAVE };

struct workbench {
	struct app *app;
	struct worker *worker;
	struct screen *screen;
	struct view view;
	struct ui ui, before;              /* as drawn; before full screen */
	struct grid grid;
	struct frame frame;
	struct scene nothing;              /* stands for the scene before there is one */
	int width, height, captured;       /* captured: what libraries print */
	uint64_t serial;                   /* of the snapshot that was drawn */
	bool dirty, prompt_dirty;          /* something is to be drawn; only the line is */
	double drawn, moved;
	char input[INPUT_BYTES];
	int input_bytes;
	char again[LINE_BYTES];
	struct candidates candidates;
	char prompt[128];
	bool leaving, was_running, window;
	bool away;                         /* in the background of a shell: the terminal is not ours */
	enum question question;
	char question_text[160];
	double answers_from;               /* what is typed earlier does not answer */
	bool cancelling;                   /* Ctrl-C came, and the command in hand has not given up yet */
	bool abandon;                      /* leaving without a checkpoint */
};

/* Resident memory: the second number of statm, in pages. */
static int64_t resident_bytes(void) {
	long long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");
	if (!f) return 0;
	if (fscanf(f, "%*s %lld", &pages) != 1) pages = 0;
	fclose(f);
	return pages * sysconf(_SC_PAGESIZE);
}

/* ---- from worker and trainer into the view --------------------------------------------------------------------------------------- */

static void take_history(struct workbench *b) {
	static struct metric rows[HISTORY_ROWS];
	struct view *v = &b->view;
	int got = 0;
	int64_t count = 0;
	do {
		if (!app_peek(b->app, &v->snapshot, v->history.count, rows, HISTORY_ROWS, &got, &count)) {
			v->has_trainer = false;
			memset(&v->snapshot, 0, sizeof v->snapshot);
			v->snapshot.val_step = -1;
			history_cut(&v->history, 0);
			return;
		}
		v->has_trainer = true;
		if (count < v->history.count) history_cut(&v->history, 0), got = HISTORY_ROWS; /* another run: from its beginning */
		else for (int i = 0; i < got; i++) history_add(&v->history, &rows[i]);
	} while (got == HISTORY_ROWS);
}

static void take_text(struct workbench *b) {
	char text[4096];
	enum log_kind kind;
	ssize_t n;
	while (worker_text(b->worker, &kind, text, sizeof text)) {
		log_add(b->view.log, kind, text, strlen(text));
		b->dirty = true;
	}
	while (b->captured >= 0 && (n = read(b->captured, text, sizeof text)) > 0) {
		log_add(b->view.log, LOG_CHATTER, text, (size_t)n);
		worker_chatter(b->worker, text, (size_t)n);
		b->dirty = true;
	}
}

/* The viewer's window: its keys, its pictures. */
static void turn_window(struct workbench *b) {
	char said[1200];
	b->window = viewing_turn(b->app, said, sizeof said);
	if (viewing_waits(b->app)) worker_look(b->worker);
	if (*said) log_addf(b->view.log, LOG_NOTE, "%s\n", said), b->dirty = true;
}

/* What commands have changed of the panes' settings. */
static void take_ui(struct workbench *b) {
	pthread_mutex_lock(&b->app->ui_lock);
	if (memcmp(&b->ui, b->app->ui, sizeof b->ui)) b->ui = *b->app->ui, b->dirty = true;
	pthread_mutex_unlock(&b->app->ui_lock);
}

static void take_all(struct workbench *b) {
	struct scene *s = worker_scene(b->worker);
	worker_drain(b->worker);
	take_text(b);
	take_history(b);
	bool was_active = b->view.progress.active;
	worker_tell(b->worker, &b->view);
	if (was_active || b->view.progress.active) b->dirty = true;
	if (s) {
		if (b->view.scene != &b->nothing) scene_free(b->view.scene);
		b->view.scene = s;
		b->dirty = true;
	}
	if (b->was_running && b->view.snapshot.state != TRAINER_RUNNING) worker_nudge(b->worker);
	b->was_running = b->view.snapshot.state == TRAINER_RUNNING;
	if (b->view.snapshot.serial != b->serial) b->serial = b->view.snapshot.serial, b->dirty = true;
	take_ui(b);
}

/* ---- lines and keys ---------------------------------------------------------------------------------------------------------------- */

static bool blank(const char *line) { return line[strspn(line, " \t")] == '\0'; }

/* Runs here what concerns the screen alone: it changes nothing but the settings under their lock. The worker records it, the script being the worker's. */
static void run_here(struct workbench *b, const struct words *w) {
	struct call c;
	char text[3 * LINE_BYTES]; /* at worst every byte is quoted */
	int rc = command_bind(w, &c);
	if (!rc) rc = c.command->run(b->app, &c);
	fflush(b->app->out);
	if (rc) {
		log_addf(b->view.log, LOG_ERROR, "error: %s\n", err_message());
	} else if (c.command->recorded) {
		words_text(w, text, sizeof text);
		worker_record(b->worker, text);
	}
	take_ui(b);
}

/* A line with nothing but a command of the screen runs at once, whatever the worker is doing. */
static void submit(struct workbench *b, const char *line) {
	struct words *w = malloc(sizeof *w);
	const struct command *row;
	const char *cursor = line;
	int number = 1, used;
	if (!w) return;
	log_addf(b->view.log, LOG_COMMAND, "> %s\n", line);
	bool screen = words_next(&cursor, &number, w) == 1 && command_find(w, &row, &used) == 0 && row->screen && blank(cursor);
	if (screen) run_here(b, w);
	else if (!worker_post(b->worker, line)) log_addf(b->view.log, LOG_ERROR, "error: not taken, because %d commands wait already (Ctrl-C drops them)\n", WORKER_LINES);
	free(w);
	b->dirty = true;
}

/* Quit or Ctrl-D: with a run that would be lost it is asked what to do. EXPECTED: by a key, so that what is typed next is an answer. */
static void leave(struct workbench *b, bool expected) {
	const struct snapshot *s = &b->view.snapshot;
	if (!b->view.has_trainer || !worker_unsaved(b->worker, s)) {
		b->leaving = true;
		return;
	}
	b->question = ASK_LEAVE;
	b->answers_from = expected ? 0 : seconds_monotonic() + UNSEEN_S;
	snprintf(b->question_text, sizeof b->question_text, "quit? c checkpoint, a abandon, s stay (%s at step %lld)",
	         s->state == TRAINER_RUNNING ? "training" : "not saved", (long long)s->step);
	b->dirty = true;
}

static void answer(struct workbench *b, int key) {
	if (seconds_monotonic() < b->answers_from) return;
	bool stay = key == 's' || key == KEY_ESCAPE;
	if (key != 'c' && key != 'a' && key != CTRL_D && !stay) return;
	b->question = ASK_NOTHING;
	b->abandon = key == 'a';
	b->leaving = !stay;
	b->dirty = true;
}

static void take_line(void *context, const char *line) {
	struct workbench *b = context;
	struct words *w;
	if (!line) {
		leave(b, true);
		return;
	}
	if (blank(line)) {
		if (*b->again) submit(b, b->again);
		return;
	}
	submit(b, line);
	if (!(w = malloc(sizeof *w))) return;
	const struct command *row;
	const char *cursor = line;
	int number = 1, used;
	bool repeats = words_next(&cursor, &number, w) == 1 && command_find(w, &row, &used) == 0 && row->repeats;
	snprintf(b->again, sizeof b->again, "%s", repeats ? line : "");
	free(w);
}

static int offer(void *context, const char *line, size_t *start, char *const **words) {
	struct workbench *b = context;
	candidates_free(&b->candidates);
	command_complete(line, &b->candidates);
	*start = b->candidates.start;
	*words = b->candidates.word;
	return b->candidates.count;
}

/* A key of the table of keys: the command it stands for. */
static const char *key_command(const struct workbench *b, int key) {
	static char text[64];
	const struct pane *p = panes[b->ui.focus];
	for (const struct pane_key *k = p->keys; k->key; k++)
		if (k->key == key) return k->command;
	if (key == ' ' && b->view.snapshot.state != TRAINER_RUNNING) return "train";
	for (const struct pane_key *k = common_keys; k->key; k++)
		if (k->key == key) return k->command;
	for (int i = 0; panes[i]; i++)
		if (panes[i]->digit == key) return snprintf(text, sizeof text, "pane %s shown toggle", panes[i]->name), text;
	return NULL;
}

static void click(struct workbench *b, const struct mouse *m) {
	char command[256] = "";
	if (m->what == MOUSE_WHEEL_UP || m->what == MOUSE_WHEEL_DOWN) snprintf(command, sizeof command, "scroll %s", m->what == MOUSE_WHEEL_UP ? "up" : "down");
	for (int i = 0; i < b->frame.count; i++) {
		const struct placed *p = &b->frame.placed[i];
		int x = (int)((p->grid.cells - b->grid.cells) % b->grid.stride), y = (int)((p->grid.cells - b->grid.cells) / b->grid.stride);
		if (m->x < x || m->x >= x + p->grid.width || m->y < y || m->y >= y + p->grid.height) continue;
		const struct pane *pane = panes[p->pane];
		struct grid inside = grid_part(&p->grid, 0, 1, p->grid.width, p->grid.height - 1);
		struct mouse local = {m->x - x, m->y - y - 1, m->what, m->button};
		if (m->what == MOUSE_PRESS && p->pane != b->ui.focus) snprintf(command, sizeof command, "focus %s", pane->name);
		else if (pane->mouse) *command = '\0', pane->mouse(&b->view, b->ui.setting[p->pane], &inside, &local, command, sizeof command);
	}
	if (*command) submit(b, command);
}

static void single_key(struct workbench *b, int key) {
	const char *command = key_command(b, key);
	char typed[8];
	if (command) {
		submit(b, command);
	} else if (key >= ' ' && key < KEY_BASE && key != 127) {
		submit(b, "keys off");
		line_feed(typed, utf8_put(typed, (uint32_t)key));
	}
}

static void wish(struct workbench *b) {
	static const char *const commands_of[] = {
		[WISH_KEYS] = "keys on", [WISH_NEXT_PANE] = "focus next", [WISH_ONE] = "layout one", [WISH_ALL] = "layout auto"};
	enum line_wish w = line_wish();
	if (w == WISH_REDRAW) screen_forget(b->screen);
	else if (w) submit(b, commands_of[w]);
}

/* Ctrl-C: no answer to a question, or the command in hand and those behind it, or the line. */
static void interrupt(struct workbench *b) {
	int dropped = 0;
	b->prompt_dirty = true;
	if (b->question) {
		signals_take_interrupt();
		b->question = ASK_NOTHING;
	} else if (!(b->cancelling = worker_cancel(b->worker, b->cancelling ? NULL : &dropped))) {
		line_interrupt();
	}
	if (dropped == 0) return;
	log_addf(b->view.log, LOG_NOTE, "Ctrl-C: %d command%s that waited %s dropped\n", dropped, dropped == 1 ? "" : "s", dropped == 1 ? "was" : "were");
	b->dirty = true;
}

/* Keys that the prompt leaves to the panes: the mouse, and pages of the log. */
static bool outside_prompt(int key) { return key == KEY_K_MOUSE || key == KEY_K_PAGE_UP || key == KEY_K_PAGE_DOWN; }

/* LAST: no more bytes came for a while, so that an escape byte is a key. */
static void take_input(struct workbench *b, bool last) {
	int at = 0;
	while (at < b->input_bytes && !b->leaving) {
		int key;
		struct mouse m;
		int used = key_decode(b->input + at, b->input_bytes - at, last, &key, &m);
		if (used == 0) break;
		if (key == CTRL_C) raise(SIGINT), interrupt(b); /* for the command in hand it is the signal */
		else if (b->question) answer(b, key);
		else if (key == KEY_K_MOUSE) click(b, &m);
		else if (b->ui.keys) single_key(b, key);
		else if (outside_prompt(key)) submit(b, key_command(b, key));
		else line_feed(b->input + at, used), wish(b);
		at += used;
	}
	memmove(b->input, b->input + at, (size_t)(b->input_bytes -= at));
	b->prompt_dirty = true;
	b->moved = seconds_monotonic();
}

/* ---- the frame ------------------------------------------------------------------------------------------------------------------- */

static void fit(struct workbench *b) {
	int width, height;
	screen_size(b->screen, &width, &height);
	if (width == b->width && height == b->height && b->grid.cells) return;
	free(b->grid.cells);
	if (grid_new(&b->grid, width, height)) b->grid = (struct grid){0};
	b->width = width;
	b->height = height;
	screen_forget(b->screen);
	b->dirty = true;
}

static void draw(struct workbench *b) {
	int cursor;
	char *const *matches;
	struct frame_prompt p = {.text = line_text(&cursor), .prompt = line_prompt()};
	p.cursor = cursor;
	p.match_count = line_matches(&matches);
	p.matches = matches;
	if (!p.prompt) {
		repl_prompt_text(b->app, &b->view, worker_waiting(b->worker), b->prompt, sizeof b->prompt);
		p.prompt = b->ui.keys ? "[keys: ? help, q back] " : b->prompt;
	}
	if (b->question) p = (struct frame_prompt){.prompt = "", .text = b->question_text};
	b->view.now_s = b->drawn = seconds_monotonic();
	b->view.rss_bytes = resident_bytes();
	b->view.gpu = !strcmp(b->view.snapshot.kind, "cuda");
	frame_draw(&b->ui, &b->view, screen_look(b->screen), &p, &b->grid, &b->frame);
	screen_show(b->screen, &b->grid, b->frame.cursor_x, b->frame.cursor_y);
	b->dirty = b->prompt_dirty = false;
}

/* Milliseconds until the next frame is due; 0: now; -1: nothing to draw. */
static int due(const struct workbench *b) {
	double now = seconds_monotonic(), period = now - b->moved < MOVED_FOR_S ? MOVING_S : REST_S;
	if (b->prompt_dirty) return 0;
	if (!b->dirty) return b->view.snapshot.state == TRAINER_RUNNING || worker_waiting(b->worker) ? (int)(REST_S * 1000) : 1000;
	double left = b->drawn + period - now;
	return left <= 0 ? 0 : (int)(left * 1000) + 1;
}

/* ---- the loop ------------------------------------------------------------------------------------------------------------------------ */

/* False: it is time to leave. */
static bool take_signals(struct workbench *b) {
	int number = signals_pending();
	signals_drain();
	if (signals_resized()) fit(b);
	if (number == SIGINT) interrupt(b);
	else b->cancelling = false;
	return number == 0 || number == SIGINT;
}

static bool in_foreground(const struct workbench *b) {
	pid_t group = tcgetpgrp(screen_fd(b->screen));
	return group < 0 || group == getpgrp(); /* a terminal that is not ours to control has no foreground */
}

static void come_back(struct workbench *b) {
	b->away = false;
	screen_resume(b->screen);
	fit(b);
	b->dirty = true;
}

/* Ctrl-Z. After `bg` training goes on, and the terminal is the shell's until `fg`. */
static void suspend(struct workbench *b) {
	if (b->away) return;
	screen_suspend(b->screen);
	signals_stop();
	b->away = true;
}

static void loop(struct workbench *b) {
	while (!b->leaving) {
		struct pollfd fds[4] = {{.fd = b->away ? -1 : screen_fd(b->screen), .events = POLLIN}, {.fd = signals_fd(), .events = POLLIN},
		                        {.fd = worker_fd(b->worker), .events = POLLIN}, {.fd = b->captured, .events = POLLIN}};
		int wait = b->away ? AWAY_MS : due(b);
		if (b->input_bytes > 0 && wait > ESCAPE_MS) wait = ESCAPE_MS;
		if (b->window && (wait < 0 || wait > WINDOW_MS)) wait = WINDOW_MS;
		if (poll(fds, 4, wait) < 0 && errno != EINTR) break;
		if (!take_signals(b)) break;
		if (signals_stopped()) suspend(b);
		if (b->away && in_foreground(b)) come_back(b);
		if (fds[0].revents) {
			int n = screen_read(b->screen, b->input + b->input_bytes, sizeof b->input - (size_t)b->input_bytes);
			if (n < 0) {
				raise(SIGHUP); /* the terminal is gone; whoever set it to be ignored gets the status 0 */
				break;
			}
			b->input_bytes += n;
			take_input(b, n == 0 || b->input_bytes == sizeof b->input);
		} else if (b->input_bytes > 0) {
			take_input(b, true);
		}
		take_all(b);
		turn_window(b);
		if (worker_quit(b->worker)) leave(b, false);
		if (!b->away && due(b) == 0) draw(b);
	}
}

static int open_all(struct workbench *b, struct ui *ui) {
	int rc = screen_open(&b->screen, getenv("C2F_CHARSET"), getenv("C2F_COLOURS"), true);
	if (rc) return rc;
	b->captured = -1;
	char history[PATH_MAX];
	if ((rc = line_open(&(struct prompt_hooks){b, take_line, offer}, repl_history_file(history, sizeof history)))) return rc;
	if (!(b->view.log = log_new())) return err_set(ERR_MEMORY, "no memory for the log");
	b->app->interactive = true;
	b->app->ui = ui;
	if ((rc = worker_new(&b->worker, b->app))) return rc;
	screen_capture(b->screen, &b->captured);
	return 0;
}

int workbench_run(struct app *a) {
	static struct workbench bench;
	static struct ui ui;
	struct workbench *b = &bench;
	*b = (struct workbench){.app = a, .captured = -1};
	b->view.scene = &b->nothing;
	b->view.cursor = -1;
	ui_default(&ui);
	b->ui = ui;
	int rc = open_all(b, &ui);
	if (!rc) {
		signals_catch_stop(true);
		signals_screen(screen_emergency);
		fit(b);
		loop(b);
		signals_catch_stop(false);
		bool hurry = worker_waiting(b->worker) && !signals_pending();
		if (hurry) raise(SIGINT); /* the command in hand gives up */
		worker_free(b->worker);
		if (hurry) signals_take_interrupt();
	} else if (b->worker) {
		worker_free(b->worker);
	}
	if (b->abandon) app_drop_trainer(a);
	a->interactive = false;
	a->ui = NULL;
	if (b->view.log) line_close();
	screen_close(b->screen);
	signals_screen(NULL);
	log_free(b->view.log);
	history_free(&b->view.history);
	for (int i = 0; i < b->view.others; i++) history_free(&b->view.other[i]);
	if (b->view.scene != &b->nothing) scene_free(b->view.scene);
	candidates_free(&b->candidates);
	free(b->grid.cells);
	return rc;
}
