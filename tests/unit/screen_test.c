/* tests/unit/screen_test.c -- the terminal's side: what screen.c sends is read by a small terminal emulator behind a pseudo-terminal, and must give exactly
 * the frame that was shown, whatever stood there before; and the terminal is given back as it was. */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/err.h"
#include "engine/base/rng.h"
#include "tui/picture.h"
#include "tui/screen.h"

#ifndef HAVE_NCURSES

static void no_screen(void **state) {
	(void)state;
	struct screen *s;
	assert_int_equal(screen_open(&s, NULL, NULL, true), ERR_STATE);
	assert_null(s);
	screen_close(s);
	screen_emergency();
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(no_screen)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

/* ---- the emulator ---------------------------------------------------------------------------------------------------------- */

enum { SIDE = 400, PARAMETERS = 16, MODES = 2100 };

struct spot { uint32_t rune, combining[2], fg, bg; unsigned attributes; };

static struct {
	int width, height, x, y;
	bool pending;                    /* a character stands in the last column; the next one would wrap */
	struct spot spots[SIDE][SIDE], pen;
	bool mode[MODES];                /* CSI ? n h */
	bool keypad, scrolled;
	long foreign;                    /* sequences that it does not know */
	char bytes[4096];                /* an unfinished sequence or character */
	size_t held;
} term;

static const struct spot erased = {' ', {0, 0}, COLOUR_DEFAULT, COLOUR_DEFAULT, 0};

static uint32_t palette(int i) { return 0x2000000u + (uint32_t)i; }

static void erase(int y, int from, int to) {
	for (int x = from; x < to; x++) term.spots[y][x] = erased, term.spots[y][x].bg = term.pen.bg;
}

static void term_reset(int width, int height) {
	memset(&term, 0, sizeof term);
	term.width = width, term.height = height, term.pen = erased;
	term.mode[7] = term.mode[25] = true;
	for (int y = 0; y < SIDE; y++) erase(y, 0, SIDE);
}

static void put_rune(uint32_t rune) {
	int columns = utf8_columns(rune);
	if (columns == 0) {
		int x = term.pending ? term.x : term.x - 1;
		while (x > 0 && term.spots[term.y][x].rune == 0) x--;
		if (x >= 0) term.spots[term.y][x].combining[term.spots[term.y][x].combining[0] != 0] = rune;
		return;
	}
	if (term.pending || term.x + columns > term.width) {
		if (term.mode[7]) { /* wraps, and scrolls at the end */
			term.scrolled |= term.y == term.height - 1;
			term.x = 0, term.y += term.y < term.height - 1;
		} else {
			term.x = term.width - columns;
		}
		term.pending = false;
	}
	for (int i = 0; i < columns; i++) {
		struct spot *s = &term.spots[term.y][term.x + i];
		if (s->rune == 0 && term.x + i > 0 && i == 0) term.spots[term.y][term.x - 1].rune = ' ';
		if (term.x + i + 1 < term.width && s[1].rune == 0) s[1].rune = ' ';
		*s = term.pen, s->rune = i == 0 ? rune : 0;
	}
	term.x += columns;
	if (term.x >= term.width) term.x = term.width - 1, term.pending = true;
}

static void select_style(const int *p, int n) {
	for (int i = 0; i < n; i++) {
		int v = p[i];
		uint32_t *colour = v == 48 || (v >= 40 && v <= 49) || v >= 100 ? &term.pen.bg : &term.pen.fg;
		if (v == 0) term.pen = erased;
		else if (v == 1) term.pen.attributes |= BOLD;
		else if (v == 2) term.pen.attributes |= DIM;
		else if (v == 4) term.pen.attributes |= UNDERLINE;
		else if (v == 7 || v == 3) term.pen.attributes |= v == 7 ? REVERSE : 0;
		else if ((v == 38 || v == 48) && i + 2 < n && p[i + 1] == 5) *colour = palette(p[i + 2]), i += 2;
		else if ((v == 38 || v == 48) && i + 4 < n && p[i + 1] == 2) *colour = (uint32_t)p[i + 2] << 16 | (uint32_t)p[i + 3] << 8 | (uint32_t)p[i + 4], i += 4;
		else if (v == 39 || v == 49) *colour = COLOUR_DEFAULT;
		else if ((v >= 30 && v <= 37) || (v >= 40 && v <= 47)) *colour = palette(v % 10);
		else if ((v >= 90 && v <= 97) || (v >= 100 && v <= 107)) *colour = palette(8 + v % 10);
		else term.foreign++;
	}
}

static void control(const char *text, size_t n) {
	int p[PARAMETERS] = {0}, count = 0;
	char private = text[2] == '?' ? '?' : 0, final = text[n - 1];
	for (size_t i = 2 + (private != 0); i + 1 < n && count < PARAMETERS; i++) {
		if (text[i] == ';') count++;
		else p[count] = 10 * p[count] + (text[i] - '0');
	}
	count++;
	if (final == 'H') {
		term.y = (p[0] ? p[0] : 1) - 1, term.x = (p[1] ? p[1] : 1) - 1, term.pending = false;
		assert_true(term.y < term.height && term.x < term.width);
	} else if (final == 'J') {
		for (int y = p[0] == 2 ? 0 : term.y; y < term.height; y++) erase(y, p[0] == 2 || y > term.y ? 0 : term.x, term.width);
	} else if (final == 'K' && p[0] == 0) {
		erase(term.y, term.x, term.width);
	} else if (final == 'm' && !private) {
		select_style(p, count);
	} else if (private && (final == 'h' || final == 'l')) {
		for (int i = 0; i < count; i++)
			if (p[i] < MODES) term.mode[p[i]] = final == 'h';
	} else if (!(final == 'c' && private) && final != 't' && final != 'h' && final != 'l') {
		term.foreign++; /* ESC [ ? n c and ESC [ 34 h are cursors of the Linux console and of screen; 22;0;0t xterm's title */
	}
}

/* One whole thing at the beginning of TEXT: its length, 0 where more is needed. */
static size_t feed_one(const char *text, size_t n) {
	unsigned char c = (unsigned char)text[0];
	if (c == 27) {
		if (n < 2) return 0;
		if (text[1] == '[') {
			for (size_t i = 2; i < n; i++)
				if (text[i] >= 0x40) return control(text, i + 1), i + 1;
			return 0;
		}
		if (text[1] == '(' || text[1] == ')') return n < 3 ? 0 : 3;
		if (text[1] == '=' || text[1] == '>') term.keypad = text[1] == '=';
		else if (text[1] != '7' && text[1] != '8') term.foreign++;
		return 2;
	}
	if (c < 0x20) {
		if (c == '\r') term.x = 0, term.pending = false;
		else if (c == '\n') term.y += term.y < term.height - 1;
		else if (c != 15 && c != 14 && c != 7 && c != 24) term.foreign++;
		return 1;
	}
	size_t need = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
	char rune[5] = {0};
	int columns;
	if (n < need) return 0;
	memcpy(rune, text, need);
	const char *at = rune;
	put_rune(utf8_next(&at, &columns));
	return need;
}

static void term_feed(const char *text, size_t n) {
	for (size_t i = 0; i < n; i++) {
		assert_true(term.held < sizeof term.bytes);
		term.bytes[term.held++] = text[i];
		if (feed_one(term.bytes, term.held)) term.held = 0;
	}
}

/* ---- the pseudo-terminal: a thread reads what comes, so that no write waits ------------------------------------------------------ */

static struct {
	int master;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	char *bytes;
	size_t length, capacity, total;
	bool stopped, running;
} line = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void *reader(void *context) {
	(void)context;
	for (;;) {
		char part[8192];
		pthread_mutex_lock(&line.lock);
		while (line.stopped && line.running) pthread_cond_wait(&line.changed, &line.lock);
		bool running = line.running;
		pthread_mutex_unlock(&line.lock);
		if (!running) return NULL;
		struct pollfd p = {.fd = line.master, .events = POLLIN};
		if (poll(&p, 1, 20) <= 0) continue;
		ssize_t n = read(line.master, part, sizeof part);
		if (n <= 0) return NULL;
		pthread_mutex_lock(&line.lock);
		if (line.length + (size_t)n > line.capacity) {
			line.capacity = 2 * (line.length + (size_t)n);
			line.bytes = realloc(line.bytes, line.capacity);
		}
		memcpy(line.bytes + line.length, part, (size_t)n);
		line.length += (size_t)n, line.total += (size_t)n;
		pthread_cond_broadcast(&line.changed);
		pthread_mutex_unlock(&line.lock);
	}
}

static void line_stop(bool stop) {
	pthread_mutex_lock(&line.lock);
	line.stopped = stop;
	pthread_cond_broadcast(&line.changed);
	pthread_mutex_unlock(&line.lock);
	if (stop) usleep(50000);
}

/* Everything that was sent until now: what comes before a mark that we send behind it. TEXT (may be NULL) gets what is no sequence. */
static size_t sync_terminal(char *text, size_t capacity) {
	static const char mark[] = "\005MARK\005"; /* nothing else sends ENQ */
	int fd = open("/dev/tty", O_WRONLY | O_NOCTTY);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, mark, sizeof mark - 1), sizeof mark - 1);
	close(fd);
	pthread_mutex_lock(&line.lock);
	char *end;
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 20;
	while (!(end = line.length ? memmem(line.bytes, line.length, mark, sizeof mark - 1) : NULL))
		if (pthread_cond_timedwait(&line.changed, &line.lock, &until) != 0) break;
	size_t n = end ? (size_t)(end - line.bytes) : 0;
	if (end) term_feed(line.bytes, n);
	if (text) snprintf(text, capacity, "%.*s", (int)n, line.bytes);
	line.length = 0;
	pthread_mutex_unlock(&line.lock);
	assert_non_null(end);
	return n;
}

static struct screen *screen; /* closed by the teardown where a test fails */

static int after(void **state) {
	(void)state;
	screen_close(screen);
	screen = NULL;
	line_stop(false);
	for (const char *const *name = (const char *const[]){"COLORTERM", "NO_COLOR", "TMUX", NULL}; *name; name++) unsetenv(*name);
	return 0;
}

static void resize(int width, int height) {
	struct winsize size = {.ws_col = (unsigned short)width, .ws_row = (unsigned short)height};
	assert_int_equal(ioctl(line.master, TIOCSWINSZ, &size), 0);
	term.width = width, term.height = height;
}

static void open_on(const char *name, const char *charset, const char *colours, bool mouse, int width, int height) {
	setenv("TERM", name, 1);
	sync_terminal(NULL, 0);
	term_reset(width, height);
	resize(width, height);
	if (screen_open(&screen, charset, colours, mouse) == 0) return;
	printf("skipped: TERM=%s: %s\n", name, err_message());
	skip();
}

/* ---- frames ------------------------------------------------------------------------------------------------------------------- */

static const uint32_t inks[] = {COLOUR_DEFAULT, COLOUR_DEFAULT, 0x2F87CC, 0xC08000, 0x868686, 0x0A9A70, 0x000000, 0xFFFFFF, 0x123456};

static struct style random_style(struct rng *r) {
	struct style s = {inks[rng_below(r, 9)], inks[rng_below(r, 2) ? 0 : rng_below(r, 9)], rng_below(r, 2) ? 0 : rng_below(r, 16)};
	return s;
}

static void change_frame(struct grid *g, struct rng *r) {
	static const char *const texts[] = {"plain text", "中文字", "e\xCC\x81" "a\xCC\x82\xCC\x83", "⣿⡇⠈⣀", "▀▄█─│┤", "\xF0\x9F\x98\x80", "Ärger • … ►", "x", "                    "};
	for (int n = (int)rng_below(r, 30); n > 0; n--) {
		int x = (int)rng_below(r, (uint32_t)g->width + 4) - 4, y = (int)rng_below(r, (uint32_t)g->height);
		struct style s = random_style(r);
		switch (rng_below(r, 8)) {
		case 0: grid_fill(g, x, y, (int)rng_below(r, 60), (int)rng_below(r, 5), " #─⣿"[0] + (uint32_t)rng_below(r, 2) * 3, s); break;
		case 1: grid_fill(g, x, y, g->width, 1, ' ', style_plain); break;
		case 2: grid_put(g, g->width - 1, g->height - 1, 'a' + rng_below(r, 26), s); break;
		case 3: if (rng_below(r, 4) == 0) grid_clear(g, s); break;
		case 4: { /* a part that begins inside a wide character leaves half of it: the screen has to mend that */
			struct grid p = grid_part(g, x, y, 7, 2);
			grid_clear(&p, s);
			break;
		}
		default: grid_text(g, x, y, s, texts[rng_below(r, sizeof texts / sizeof *texts)]);
		}
	}
}

static uint32_t expected_colour(uint32_t rgb, struct look look, bool few) {
	if (rgb == COLOUR_DEFAULT || look.colours == COLOURS_NONE) return COLOUR_DEFAULT;
	if (look.colours == COLOURS_TRUE) return rgb;
	int i = look.colours == COLOURS_256 ? colour_256(rgb) : colour_16(rgb);
	return palette(few ? i & 7 : i);
}

/* What the emulator shows is FRAME. FEW: 8 colours, LACKS: attributes that this terminal has not (with colour: or hides). */
static void assert_shown(const struct grid *frame, struct look look, bool few, unsigned lacks, unsigned hidden) {
	for (int y = 0; y < frame->height; y++)
		for (int x = 0; x < frame->width; x++) {
			const struct cell *c = &frame->cells[y * frame->stride + x];
			const struct spot *s = &term.spots[y][x];
			bool right = c->rune == 0 && x > 0 && utf8_columns(c[-1].rune) == 2;
			bool half = (c->rune == 0 && !right) || (c->rune && utf8_columns(c->rune) == 2 && (x + 1 == frame->width || c[1].rune != 0));
			uint32_t rune = half ? ' ' : c->rune;
			const struct style *style = right ? &c[-1].style : &c->style; /* both halves have the left one's */
			if (look.charset == CHARSET_ASCII) {
				if (s->rune < 0x20 || s->rune > 0x7E || (rune && rune < 0x80 && s->rune != rune)) fail_msg("%d, %d shows U+%04X for U+%04X", x, y, s->rune, rune);
			} else if (s->rune != rune || s->combining[0] != (half ? 0 : c->combining[0]) || s->combining[1] != (half ? 0 : c->combining[1])) {
				fail_msg("%d, %d shows U+%04X for U+%04X", x, y, s->rune, rune);
			}
			uint32_t fg = expected_colour(style->fg, look, few), bg = expected_colour(style->bg, look, few);
			unsigned attributes = style->attributes & ~lacks;
			if (fg != COLOUR_DEFAULT || bg != COLOUR_DEFAULT) attributes &= ~hidden;
			if (few && fg != COLOUR_DEFAULT && colour_16(style->fg) >= 8) attributes |= BOLD;
			if (s->fg != fg || s->bg != bg || s->attributes != attributes)
				fail_msg("%d, %d (U+%04X): %x on %x, %x; not %x on %x, %x", x, y, rune, s->fg, s->bg, s->attributes, fg, bg, attributes);
		}
	assert_false(term.scrolled);
	assert_int_equal(term.foreign, 0);
}

static void show_random_frames(const char *name, const char *charset, const char *colours, unsigned lacks, unsigned hidden) {
	struct rng r;
	rng_init(&r, 1, RNG_SCENE, 0, 0);
	open_on(name, charset, colours, true, 80, 24);
	struct look look = screen_look(screen);
	bool few = look.colours == COLOURS_16 && strcmp(name, "xterm-256color") != 0;
	struct grid g = {0};
	for (int i = 0; i < 400; i++) {
		int w, h;
		if (i % 40 == 0) {
			if (i) resize(1 + (int)rng_below(&r, i % 80 ? 100 : 300), 1 + (int)rng_below(&r, i % 80 ? 30 : 100));
			if (i == 80) resize(1, 1);
			for (int y = 0; y < SIDE; y++) /* a terminal keeps or moves what it likes then */
				for (int x = 0; x < SIDE; x++) term.spots[y][x] = erased, term.spots[y][x].rune = '%';
			free(g.cells);
			screen_size(screen, &w, &h);
			assert_int_equal(grid_new(&g, w, h), 0);
		}
		change_frame(&g, &r);
		if (rng_below(&r, 50) == 0) screen_forget(screen);
		int x = rng_below(&r, 4) ? (int)rng_below(&r, (uint32_t)g.width) : -1, y = (int)rng_below(&r, (uint32_t)g.height);
		screen_show(screen, &g, x, y);
		sync_terminal(NULL, 0);
		assert_shown(&g, look, few, lacks, hidden);
		if (x >= 0) {
			assert_int_equal(term.x, x);
			assert_int_equal(term.y, y);
		}
		if (strcmp(name, "vt100") != 0) assert_int_equal(term.mode[25], x >= 0);
		if (i % 10 == 0) { /* the same again costs nothing */
			screen_show(screen, &g, x, y);
			assert_int_equal(sync_terminal(NULL, 0), 0);
		}
	}
	free(g.cells);
}

static void frames_xterm(void **state) { (void)state; show_random_frames("xterm-256color", NULL, NULL, 0, 0); }
static void frames_true_colour(void **state) { (void)state; setenv("COLORTERM", "truecolor", 1); show_random_frames("xterm-256color", NULL, NULL, 0, 0); }
static void frames_16(void **state) { (void)state; show_random_frames("xterm-256color", NULL, "16", 0, 0); }
static void frames_mono(void **state) { (void)state; setenv("NO_COLOR", "1", 1); show_random_frames("xterm-256color", NULL, NULL, 0, 0); }
static void frames_ascii(void **state) { (void)state; show_random_frames("xterm-256color", "ascii", NULL, 0, 0); }
static void frames_screen(void **state) { (void)state; show_random_frames("screen", NULL, NULL, 0, 0); }
static void frames_tmux(void **state) { (void)state; show_random_frames("tmux", NULL, NULL, 0, 0); }
static void frames_linux(void **state) { (void)state; show_random_frames("linux", NULL, NULL, 0, UNDERLINE | DIM); }
static void frames_vt100(void **state) { (void)state; show_random_frames("vt100", NULL, NULL, DIM, 0); }

/* ---- what is found out ----------------------------------------------------------------------------------------------------------- */

static void looks_are_found(void **state) {
	(void)state;
	static const struct { const char *term, *colorterm, *no_color, *tmux, *charset, *colours; enum charset want; enum colours found; } rows[] = {
		{"xterm-256color", "", "", "", NULL, NULL, CHARSET_BRAILLE, COLOURS_256},   {"xterm-256color", "truecolor", "", "", NULL, NULL, CHARSET_BRAILLE, COLOURS_TRUE},
		{"xterm-256color", "24bit", "", "", NULL, NULL, CHARSET_BRAILLE, COLOURS_TRUE}, {"xterm-256color", "truecolor", "1", "", NULL, NULL, CHARSET_BRAILLE, COLOURS_NONE},
		{"xterm-256color", "", "1", "", NULL, "256", CHARSET_BRAILLE, COLOURS_256}, {"xterm", "", "", "", NULL, NULL, CHARSET_BRAILLE, COLOURS_16},
		{"screen", "", "", "", NULL, NULL, CHARSET_BRAILLE, COLOURS_16},            {"screen-256color", "truecolor", "", "", NULL, NULL, CHARSET_BRAILLE, COLOURS_256},
		{"screen-256color", "truecolor", "", "/tmp/x,1,0", NULL, NULL, CHARSET_BRAILLE, COLOURS_TRUE}, {"linux", "", "", "", NULL, NULL, CHARSET_HALF_BLOCK, COLOURS_16},
		{"vt100", "", "", "", NULL, NULL, CHARSET_ASCII, COLOURS_NONE},             {"vt100", "truecolor", "", "", NULL, NULL, CHARSET_ASCII, COLOURS_NONE},
		{"xterm-256color", "", "", "", "half", "none", CHARSET_HALF_BLOCK, COLOURS_NONE}, {"linux", "", "", "", "braille", "true", CHARSET_BRAILLE, COLOURS_TRUE},
		{"xterm-no-such-terminal", "", "", "", NULL, NULL, CHARSET_BRAILLE, COLOURS_256},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		setenv("COLORTERM", rows[i].colorterm, 1), setenv("NO_COLOR", rows[i].no_color, 1), setenv("TMUX", rows[i].tmux, 1);
		setenv("TERM", rows[i].term, 1);
		int code = screen_open(&screen, rows[i].charset, rows[i].colours, false);
		if (code == ERR_STATE && strstr(err_message(), "terminfo")) continue; /* not on this machine */
		assert_int_equal(code, 0);
		struct look look = screen_look(screen);
		if (look.charset != rows[i].want || look.colours != rows[i].found) fail_msg("row %zu (%s): charset %d, colours %d", i, rows[i].term, look.charset, look.colours);
		screen_close(screen);
		screen = NULL;
	}
	setlocale(LC_ALL, "C");
	setenv("TERM", "xterm-256color", 1);
	int code = screen_open(&screen, NULL, NULL, false);
	enum charset charset = code == 0 ? screen_look(screen).charset : CHARSET_BRAILLE;
	setlocale(LC_ALL, "C.UTF-8");
	assert_int_equal(charset, CHARSET_ASCII);
	sync_terminal(NULL, 0);
}

static void refusals_leave_the_terminal_alone(void **state) {
	(void)state;
	static const struct { const char *term, *charset, *colours; int code; const char *says; } rows[] = {
		{"dumb", NULL, NULL, ERR_STATE, "TERM=dumb"}, {"no-such-terminal", NULL, NULL, ERR_STATE, "terminfo"}, {"", NULL, NULL, ERR_STATE, "TERM"},
		{"xterm", "utf9", NULL, ERR_ARGUMENT, "braille, half, ascii"}, {"xterm", NULL, "many", ERR_ARGUMENT, "true, 256, 16, none"},
	};
	struct termios before = {0}, now = {0}; /* it has padding */
	sync_terminal(NULL, 0);
	tcgetattr(line.master, &before);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		setenv("TERM", rows[i].term, 1);
		assert_int_equal(screen_open(&screen, rows[i].charset, rows[i].colours, true), rows[i].code);
		assert_null(screen);
		if (!strstr(err_message(), rows[i].says)) fail_msg("row %zu says: %s", i, err_message());
	}
	tcgetattr(line.master, &now);
	assert_memory_equal(&before, &now, sizeof now);
	assert_int_equal(sync_terminal(NULL, 0), 0);
	open_on("xterm-256color", NULL, NULL, false, 80, 24);
	struct screen *second;
	assert_int_equal(screen_open(&second, NULL, NULL, false), ERR_STATE);
	assert_null(second);
}

static void assert_given_back(const struct termios *before) {
	struct termios now = {0};
	tcgetattr(line.master, &now);
	assert_memory_equal(before, &now, sizeof now);
	assert_false(term.mode[1049] || term.mode[1002] || term.mode[1006] || term.mode[1] || term.keypad);
	assert_true(term.mode[25] && term.mode[7]);
	assert_int_equal(term.pen.fg, COLOUR_DEFAULT);
	assert_int_equal(term.pen.attributes, 0);
}

static void the_terminal_is_given_back(void **state) {
	(void)state;
	struct termios before = {0}, now = {0}; /* it has padding */
	struct grid g;
	tcgetattr(line.master, &before);
	open_on("xterm-256color", NULL, NULL, true, 40, 10);
	sync_terminal(NULL, 0);
	assert_true(term.mode[1049] && term.mode[1002] && term.mode[1006] && term.keypad && !term.mode[7]);
	tcgetattr(line.master, &now);
	assert_int_equal(now.c_lflag & (ICANON | ECHO | IEXTEN), 0);
	assert_int_equal(now.c_lflag & ISIG, ISIG);
	assert_int_equal(now.c_iflag & (ICRNL | IXON), 0);
	assert_int_equal(grid_new(&g, 40, 10), 0);
	grid_text(&g, 0, 0, (struct style){0xC08000, COLOUR_DEFAULT, BOLD}, "something");
	screen_show(screen, &g, -1, 0);
	for (int i = 0; i < 3; i++) {
		screen_suspend(screen);
		screen_suspend(screen);
		sync_terminal(NULL, 0);
		assert_given_back(&before);
		screen_show(screen, &g, 0, 0); /* not ours: nothing happens */
		screen_bell(screen);
		assert_int_equal(sync_terminal(NULL, 0), 0);
		screen_resume(screen);
		screen_show(screen, &g, 3, 4);
		sync_terminal(NULL, 0);
		assert_shown(&g, screen_look(screen), false, 0, 0);
		assert_true(term.mode[1049] && term.mode[1002]);
	}
	screen_close(screen);
	screen = NULL;
	sync_terminal(NULL, 0);
	assert_given_back(&before);
	free(g.cells);
}

static void an_emergency_gives_it_back_too(void **state) {
	(void)state;
	struct termios before = {0};
	int fd;
	char text[512];
	tcgetattr(line.master, &before);
	screen_emergency(); /* nothing is open: nothing happens */
	open_on("xterm-256color", NULL, NULL, true, 40, 10);
	assert_int_equal(screen_capture(screen, &fd), 0);
	dprintf(2, "assertion failed\n");
	sync_terminal(NULL, 0);
	screen_emergency();
	screen_emergency();
	sync_terminal(text, sizeof text);
	assert_given_back(&before);
	assert_non_null(strstr(text, "assertion failed"));
	assert_int_equal(isatty(fd), 0);
}

static void output_is_captured(void **state) {
	(void)state;
	int fd, again;
	char text[512] = "";
	open_on("xterm-256color", NULL, NULL, false, 40, 10);
	assert_int_equal(screen_capture(screen, &fd), 0);
	assert_int_equal(screen_capture(screen, &again), ERR_STATE);
	assert_int_equal(again, -1);
	ssize_t none = read(fd, text, sizeof text);
	int error = errno;
	printf("from stdio, ");
	fflush(stdout);
	dprintf(2, "from a library\n");
	ssize_t n = read(fd, text, sizeof text - 1);
	bool lost = false;
	for (int i = 0; i < 100000 && !lost; i++) lost = write(1, "0123456789abcdef", 16) < 0 && errno == EAGAIN; /* full: not a wait */
	char rest[4096];
	while (read(fd, rest, sizeof rest) > 0) continue;
	printf("the last sentence\n"); /* still in stdio's hands */
	screen_close(screen);
	screen = NULL;
	assert_true(none < 0 && error == EAGAIN);
	text[n > 0 ? n : 0] = '\0';
	assert_string_equal(text, "from stdio, from a library\n");
	assert_true(lost);
	sync_terminal(text, sizeof text);
	char *end = strstr(text, "the last sentence\r\n"); /* with the terminal's own line ends again */
	assert_non_null(end);
	assert_true(strstr(text, "\033[?1049l") < end);
}

static void keys_come_as_bytes(void **state) {
	(void)state;
	char in[64];
	open_on("xterm-256color", NULL, NULL, true, 40, 10);
	sync_terminal(NULL, 0);
	assert_int_equal(screen_read(screen, in, sizeof in), 0);
	assert_int_equal(write(line.master, "a\r\x16\x13\xC3\xA9\033[A", 9), 9);
	struct pollfd p = {.fd = screen_fd(screen), .events = POLLIN};
	assert_int_equal(poll(&p, 1, 5000), 1);
	usleep(20000);
	assert_int_equal(screen_read(screen, in, 4), 4);
	assert_int_equal(screen_read(screen, in + 4, sizeof in - 4), 5);
	assert_memory_equal(in, "a\r\x16\x13\xC3\xA9\033[A", 9);
	assert_int_equal(sync_terminal(NULL, 0), 0); /* no echo */
	screen_bell(screen);
	assert_int_equal(sync_terminal(NULL, 0), 1);
}

static double seconds(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Somebody holds the terminal (Ctrl-S, a network that hangs): at most a second is lost, once; afterwards it is right again. */
static void a_stuck_terminal_is_left_alone(void **state) {
	(void)state;
	struct rng r;
	struct grid g;
	rng_init(&r, 3, RNG_SCENE, 0, 0);
	open_on("xterm-256color", NULL, "true", true, 200, 60);
	assert_int_equal(grid_new(&g, 200, 60), 0);
	sync_terminal(NULL, 0);
	line_stop(true);
	double longest = 0, late = 0;
	for (int i = 0; i < 40; i++) {
		grid_clear(&g, style_plain);
		for (int y = 0; y < 60; y++)
			for (int x = 0; x < 200; x++) grid_put(&g, x, y, 'a' + rng_below(&r, 26), (struct style){rng_below(&r, 1 << 24), COLOUR_DEFAULT, 0});
		double from = seconds();
		screen_show(screen, &g, 0, 0);
		double took = seconds() - from;
		if (took > longest) longest = took;
		if (i >= 20 && took > late) late = took;
	}
	if (!(longest >= 0.9 && longest <= 3)) fail_msg("the longest frame took %.3f s", longest);
	if (!(late <= 0.5)) fail_msg("a late frame took %.3f s", late);
	line_stop(false);
	usleep(300000);
	term.foreign = 0;
	screen_show(screen, &g, 5, 5);
	sync_terminal(NULL, 0);
	term.foreign = 0; /* the sequence that was cut */
	assert_shown(&g, screen_look(screen), false, 0, 0);
	free(g.cells);
}

static void a_closed_terminal_is_noticed(void **state) {
	(void)state;
	struct grid g;
	char in[16];
	open_on("xterm-256color", NULL, NULL, true, 40, 10);
	assert_int_equal(grid_new(&g, 40, 10), 0);
	sync_terminal(NULL, 0);
	pthread_mutex_lock(&line.lock);
	line.running = false;
	pthread_mutex_unlock(&line.lock);
	pthread_join(line.thread, NULL);
	close(line.master);
	screen_show(screen, &g, 0, 0);
	assert_int_equal(screen_read(screen, in, sizeof in), -1);
	assert_int_equal(screen_read(screen, in, sizeof in), -1);
	screen_show(screen, &g, 0, 0);
	screen_bell(screen);
	screen_suspend(screen);
	screen_resume(screen);
	double from = seconds();
	screen_close(screen);
	screen = NULL;
	assert_true(seconds() - from <= 0.5);
	free(g.cells);
}

/* A session of our own, with the pseudo-terminal as its terminal; /dev/tty is it. */
static int take_terminal(void) {
	line.master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (line.master < 0 || grantpt(line.master) != 0 || unlockpt(line.master) != 0 || setsid() < 0) return -1;
	int slave = open(ptsname(line.master), O_RDWR | O_CLOEXEC); /* stays open, so that the line does not hang up between two screens */
	if (slave < 0 || ioctl(slave, TIOCSCTTY, 0) != 0) return -1;
	signal(SIGHUP, SIG_IGN);
	line.running = true;
	return pthread_create(&line.thread, NULL, reader, NULL);
}

int main(void) {
	pid_t child = fork();
	if (child > 0) {
		int status = 0;
		while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
		return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
	}
	setlocale(LC_ALL, "C.UTF-8");
	if (child < 0 || take_terminal() != 0) {
		printf("no pseudo-terminal here (%s)\n", strerror(errno));
		return 1;
	}
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(frames_xterm, after),
		cmocka_unit_test_teardown(frames_true_colour, after),
		cmocka_unit_test_teardown(frames_16, after),
		cmocka_unit_test_teardown(frames_mono, after),
		cmocka_unit_test_teardown(frames_ascii, after),
		cmocka_unit_test_teardown(frames_screen, after),
		cmocka_unit_test_teardown(frames_tmux, after),
		cmocka_unit_test_teardown(frames_linux, after),
		cmocka_unit_test_teardown(frames_vt100, after),
		cmocka_unit_test_teardown(looks_are_found, after),
		cmocka_unit_test_teardown(refusals_leave_the_terminal_alone, after),
		cmocka_unit_test_teardown(the_terminal_is_given_back, after),
		cmocka_unit_test_teardown(an_emergency_gives_it_back_too, after),
		cmocka_unit_test_teardown(output_is_captured, after),
		cmocka_unit_test_teardown(keys_come_as_bytes, after),
		cmocka_unit_test_teardown(a_stuck_terminal_is_left_alone, after),
		cmocka_unit_test_teardown(a_closed_terminal_is_noticed, after), /* the last one: it takes the line away */
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
