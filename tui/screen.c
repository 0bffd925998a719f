#include "tui/screen.h"

#include "engine/base/err.h"

#ifndef HAVE_NCURSES

int screen_open(struct screen **out, const char *charset, const char *colours, bool mouse) {
	(void)charset, (void)colours, (void)mouse;
	*out = NULL;
	return err_set(ERR_STATE, "this build has no panes (it was made without ncurses; install libncurses-dev and build again)");
}

void screen_close(struct screen *s) { (void)s; }
struct look screen_look(const struct screen *s) { return (void)s, (struct look){CHARSET_ASCII, COLOURS_NONE}; }
void screen_size(struct screen *s, int *width, int *height) { (void)s, *width = 80, *height = 24; }
void screen_show(struct screen *s, const struct grid *frame, int x, int y) { (void)s, (void)frame, (void)x, (void)y; }
void screen_forget(struct screen *s) { (void)s; }
void screen_suspend(struct screen *s) { (void)s; }
void screen_resume(struct screen *s) { (void)s; }
void screen_bell(struct screen *s) { (void)s; }
int screen_fd(const struct screen *s) { return (void)s, -1; }
int screen_read(struct screen *s, char *out, size_t capacity) { return (void)s, (void)out, (void)capacity, -1; }
int screen_capture(struct screen *s, int *fd) { return (void)s, *fd = -1, err_set(ERR_STATE, "no screen is open"); }
void screen_emergency(void) {}

#else

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <term.h> /* terminfo; after the others, because its short macros would change them */

#include "tui/picture.h"

enum { STUCK_MS = 1000, WIDTH_MAX = 1000, HEIGHT_MAX = 500, PIPE_BYTES = 256 << 10, EMERGENCY_BYTES = 512 };

/* What terminfo tells us, by its names. */
enum capability { CUP, CLEAR, EL, SGR0, REV, BOLD_ON, DIM_ON, SMUL, SETAF, SETAB, SMCUP, RMCUP, SMKX, RMKX, CIVIS, CNORM, SMAM, RMAM, BEL, CAPABILITIES };
static const char *const capability_name[CAPABILITIES] = {"cup",   "clear", "el",   "sgr0", "rev",   "bold",  "dim",  "smul", "setaf", "setab",
                                                           "smcup", "rmcup", "smkx", "rmkx", "civis", "cnorm", "smam", "rmam", "bel"};
static const char mouse_on[] = "\033[?1002h\033[?1006h", mouse_off[] = "\033[?1006l\033[?1002l"; /* xterm: press, release and drag, in decimal */

/* A cell as it stands on the terminal. FG, BG: what the terminal takes (0xRRGGBB, or a number of its palette), or COLOUR_DEFAULT. */
struct shown { uint32_t rune, combining[2], fg, bg, attributes; };
static const struct shown shown_blank = {' ', {0, 0}, COLOUR_DEFAULT, COLOUR_DEFAULT, 0};

struct screen {
	int fd;                          /* the terminal, non-blocking, a description of our own */
	struct termios shell, ours;
	bool taken;                      /* ours are in force */
	struct look look;
	char *strings[CAPABILITIES];     /* NULL: the terminal can't */
	char *enter, *leave;
	bool mouse, few_colours;         /* 8 colours: the bright ones by bold */
	bool corner_scrolls;             /* a character in the last cell would scroll */
	unsigned not_with_colour;        /* attributes that a colour would hide */
	int width, height;
	struct shown *now, *next;        /* [height][width] what is there, and what shall be */
	bool forgotten, stuck, torn, gone;
	struct shown pen;                /* the style in force */
	int x, y;                        /* the cursor; x -1: not known */
	int cursor_shown;                /* 1, 0; -1: not known */
	char *out;                       /* the frame's bytes */
	size_t length, capacity;
	bool out_failed;
	int pipe, saved[2];              /* captured: the reading end, and what 1 and 2 were; else -1 */
};

/* ---- fatal signals: all that a handler needs, and nothing that could move under it --------------------------------------- */

static struct {
	volatile sig_atomic_t armed;
	int fd, pipe, saved[2];
	struct termios shell;
	char text[EMERGENCY_BYTES];
	size_t length;
} emergency = {.pipe = -1, .saved = {-1, -1}};

/* Writes all, or what goes out within STUCK_MS of silence. Only functions that a signal handler may call. */
static bool write_all(int fd, const char *text, size_t length) {
	while (length > 0) {
		ssize_t n = write(fd, text, length);
		if (n > 0) {
			text += n, length -= (size_t)n;
			continue;
		}
		if (n < 0 && errno == EINTR) continue;
		if (n < 0 && errno != EAGAIN) return false;
		struct pollfd p = {.fd = fd, .events = POLLOUT};
		if (poll(&p, 1, STUCK_MS) <= 0) {
			errno = EAGAIN;
			return false;
		}
	}
	return true;
}

static void drain(int pipe, int fd) {
	char text[4096];
	for (ssize_t n; (n = read(pipe, text, sizeof text)) > 0;)
		if (!write_all(fd, text, (size_t)n)) return;
}

void screen_emergency(void) {
	int error = errno;
	if (!emergency.armed) return;
	emergency.armed = 0;
	write_all(emergency.fd, emergency.text, emergency.length);
	tcsetattr(emergency.fd, TCSANOW, &emergency.shell);
	for (int i = 0; i < 2; i++)
		if (emergency.saved[i] >= 0) dup2(emergency.saved[i], i + 1);
	if (emergency.pipe >= 0) drain(emergency.pipe, emergency.fd);
	errno = error;
}

static void emergency_arm(const struct screen *s) {
	size_t length = strlen(s->leave);
	emergency.fd = s->fd, emergency.shell = s->shell;
	memcpy(emergency.text, s->leave, length < EMERGENCY_BYTES ? length : EMERGENCY_BYTES);
	emergency.length = length < EMERGENCY_BYTES ? length : EMERGENCY_BYTES;
	emergency.armed = 1;
}

/* ---- bytes for the terminal ---------------------------------------------------------------------------------------------- */

static void send_bytes(struct screen *s, const char *text, size_t n) {
	if (n == 0) return;
	if (s->length + n > s->capacity && !s->out_failed) {
		size_t capacity = s->capacity ? s->capacity : 16384;
		while (capacity < s->length + n) capacity *= 2;
		char *out = realloc(s->out, capacity);
		if (out) s->out = out, s->capacity = capacity;
		else s->out_failed = true;
	}
	if (s->out_failed) return;
	memcpy(s->out + s->length, text, n);
	s->length += n;
}

/* A string of terminfo without its waits ("$<5>"), which terminals that we meet over a network or a kernel do not need. */
static void send_string(struct screen *s, const char *text) {
	for (const char *end; text && *text; text = end) {
		const char *close;
		end = strstr(text, "$<");
		if (!end || !(close = strchr(end, '>'))) end = text + strlen(text), close = NULL;
		send_bytes(s, text, (size_t)(end - text));
		if (close) end = close + 1;
	}
}

static void send_capability(struct screen *s, enum capability c) { send_string(s, s->strings[c]); }

__attribute__((format(printf, 2, 3))) static void send_format(struct screen *s, const char *format, ...) {
	char text[64];
	va_list args;
	va_start(args, format);
	int n = vsnprintf(text, sizeof text, format, args);
	va_end(args);
	send_bytes(s, text, (size_t)n);
}

/* One write for all that was collected. False: the terminal is stuck or gone, and what it shows is not known any more. */
static bool flush_bytes(struct screen *s) {
	bool written = !s->out_failed && write_all(s->fd, s->out, s->length);
	if (!written) {
		s->forgotten = true;
		if (!s->out_failed && errno == EAGAIN) s->stuck = s->torn = true;
		else if (!s->out_failed) s->gone = true;
	}
	s->length = 0, s->out_failed = false;
	return written;
}

/* ---- what the terminal can do -------------------------------------------------------------------------------------------- */

static bool begins(const char *text, const char *with) { return strncmp(text, with, strlen(with)) == 0; }

static const char *environment(const char *name) {
	const char *value = getenv(name);
	return value ? value : "";
}

static int charset_choose(enum charset *out, const char *word, const char *term) {
	static const char *const words[] = {"ascii", "half", "braille"};
	const char *codeset = nl_langinfo(CODESET);
	bool vt = begins(term, "vt") && term[2] >= '0' && term[2] <= '9';
	bool utf8 = !strcasecmp(codeset, "UTF-8") || !strcasecmp(codeset, "UTF8");
	*out = !utf8 || vt ? CHARSET_ASCII : begins(term, "linux") ? CHARSET_HALF_BLOCK : CHARSET_BRAILLE; /* the console's fonts have no braille */
	for (int i = 0; word && i < 3; i++)
		if (!strcmp(word, words[i])) return *out = (enum charset)i, 0;
	return word ? err_set(ERR_ARGUMENT, "charset=%s is unknown (braille, half, ascii)", word) : 0;
}

static bool true_colour(const char *term) {
	const char *word = environment("COLORTERM");
	/* GNU screen takes no 24-bit colour, and hands on what its outer terminal said. */
	bool handed_on = begins(term, "screen") && !*environment("TMUX");
	if (!handed_on && (!strcmp(word, "truecolor") || !strcmp(word, "24bit"))) return true;
	const char *rgb = tigetstr("setrgbf");
	return (rgb && rgb != (char *)-1) || tigetflag("RGB") == 1 || tigetflag("Tc") == 1 || tigetnum("RGB") > 0;
}

static int colours_choose(struct screen *s, const char *word, const char *term) {
	static const char *const words[] = {"none", "16", "256", "true"};
	int n = tigetnum("colors");
	if (!s->strings[SETAF] || !s->strings[SETAB]) n = 0;
	s->look.colours = n >= 256 ? COLOURS_256 : n >= 8 ? COLOURS_16 : COLOURS_NONE;
	if (n >= 8 && true_colour(term)) s->look.colours = COLOURS_TRUE;
	if (*environment("NO_COLOR")) s->look.colours = COLOURS_NONE;
	if (word) {
		int i = 3;
		while (i >= 0 && strcmp(word, words[i]) != 0) i--;
		if (i < 0) return err_set(ERR_ARGUMENT, "colours=%s is unknown (true, 256, 16, none)", word);
		s->look.colours = (enum colours)i;
	}
	/* Told to, we send xterm's sequences where terminfo has none. */
	if (s->look.colours == COLOURS_256 && n < 256) {
		free(s->strings[SETAF]), free(s->strings[SETAB]);
		s->strings[SETAF] = strdup("\033[38;5;%p1%dm"), s->strings[SETAB] = strdup("\033[48;5;%p1%dm");
	}
	if (s->look.colours == COLOURS_16 && n < 8) {
		free(s->strings[SETAF]), free(s->strings[SETAB]);
		s->strings[SETAF] = strdup("\033[3%p1%dm"), s->strings[SETAB] = strdup("\033[4%p1%dm");
	}
	s->few_colours = n < 16;
	int hidden = tigetnum("ncv");
	if (hidden > 0) s->not_with_colour = (hidden & 2 ? UNDERLINE : 0) | (hidden & 4 ? REVERSE : 0) | (hidden & 16 ? DIM : 0) | (hidden & 32 ? BOLD : 0);
	return 0;
}

/* A terminal that this machine has no description of is taken for the relative that it names itself after. */
static bool find_description(const char *term, int fd) {
	static const char *const relatives[][2] = {{"xterm", "xterm-256color"}, {"screen", "screen"}, {"tmux", "screen"}, {"rxvt", "xterm"}, {"alacritty", "xterm-256color"},
	                                           {"foot", "xterm-256color"}, {"kitty", "xterm-256color"}, {"wezterm", "xterm-256color"}, {"st-", "xterm-256color"}};
	int error;
	if (!*term) return false;
	if (setupterm(term, fd, &error) == 0) return true;
	for (size_t i = 0; i < sizeof relatives / sizeof *relatives; i++)
		if (begins(term, relatives[i][0]) && setupterm(relatives[i][1], fd, &error) == 0) return true;
	return false;
}

static char *joined(struct screen *s, const enum capability *list, const char *before, const char *after) {
	s->length = 0;
	send_bytes(s, before, strlen(before));
	for (; *list != CAPABILITIES; list++) send_capability(s, *list);
	send_bytes(s, after, strlen(after) + 1);
	s->length = 0;
	return s->out_failed ? NULL : strdup(s->out);
}

static int describe(struct screen *s, const char *charset, const char *colours, bool mouse) {
	const char *term = environment("TERM");
	TERMINAL *others = cur_term; /* readline has its own */
	if (!find_description(term, s->fd)) {
		set_curterm(others);
		return err_set(ERR_STATE, "no panes here (%s%s is not in this machine's terminfo; set TERM to a terminal that is)", *term ? "TERM=" : "TERM", term);
	}
	for (int i = 0; i < CAPABILITIES; i++) {
		const char *string = tigetstr(capability_name[i]);
		if (string && string != (char *)-1) s->strings[i] = strdup(string);
	}
	const char *click = tigetstr("kmous"), *wide_click = tigetstr("XM");
	s->mouse = mouse && ((click && click != (char *)-1 && begins(click, "\033[")) || (wide_click && wide_click != (char *)-1));
	s->corner_scrolls = tigetflag("am") == 1 && tigetflag("xenl") != 1 && !(s->strings[SMAM] && s->strings[RMAM]);
	bool placed = s->strings[CUP] && s->strings[CLEAR] && tigetflag("hc") != 1;
	int code = charset_choose(&s->look.charset, charset, term);
	if (code == 0) code = colours_choose(s, colours, term);
	TERMINAL *mine = cur_term;
	set_curterm(others);
	del_curterm(mine);
	if (code != 0) return code;
	if (!placed) return err_set(ERR_STATE, "no panes here (TERM=%s can't place a cursor; the plain prompt has every command)", term);
	static const enum capability enter[] = {SMCUP, SMKX, RMAM, CAPABILITIES}, leave[] = {SGR0, SMAM, CNORM, RMKX, RMCUP, CAPABILITIES},
	                             leave_in_place[] = {SGR0, SMAM, CNORM, RMKX, CLEAR, CAPABILITIES};
	s->enter = joined(s, enter, "", s->mouse ? mouse_on : "");
	s->leave = joined(s, s->strings[RMCUP] ? leave : leave_in_place, s->mouse ? mouse_off : "", "");
	return s->enter && s->leave ? 0 : err_set(ERR_MEMORY, "no memory for the screen");
}

/* ---- taking the terminal and giving it back -------------------------------------------------------------------------------- */

/* From the background this would stop us, also while we end: SIGTTOU is held off. */
static void set_termios(struct screen *s, const struct termios *t) {
	sigset_t held, before;
	sigemptyset(&held);
	sigaddset(&held, SIGTTOU);
	pthread_sigmask(SIG_BLOCK, &held, &before);
	while (tcsetattr(s->fd, TCSANOW, t) != 0 && errno == EINTR) continue;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void take(struct screen *s) {
	if (s->taken) return;
	emergency_arm(s);
	set_termios(s, &s->ours);
	send_string(s, s->enter);
	s->taken = true, s->stuck = false;
	flush_bytes(s);
	screen_forget(s);
}

static void give(struct screen *s) {
	if (!s->taken) return;
	if (s->torn) send_bytes(s, "\030", 1); /* CAN ends a sequence that was cut */
	send_string(s, s->leave);
	flush_bytes(s);
	if (s->mouse) tcflush(s->fd, TCIFLUSH); /* its last reports are no input for a shell */
	set_termios(s, &s->shell);
	s->taken = false;
	emergency.armed = 0;
}

static bool is_open; /* a process has one terminal */

static int open_terminal(void) {
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	const char *name = fd < 0 ? ttyname(0) : NULL; /* a terminal that is not ours to control, as under docker exec */
	if (name) fd = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	return fd;
}

int screen_open(struct screen **out, const char *charset, const char *colours, bool mouse) {
	*out = NULL;
	if (is_open) return err_set(ERR_STATE, "a screen is open already");
	struct screen *s = calloc(1, sizeof *s);
	if (!s) return err_set(ERR_MEMORY, "no memory for the screen");
	s->pipe = s->saved[0] = s->saved[1] = -1;
	s->fd = open_terminal();
	int code = 0, width, height;
	if (s->fd < 0 || tcgetattr(s->fd, &s->shell) != 0) code = err_set(ERR_STATE, "no panes here (there is no terminal; %s)", strerror(errno));
	if (code == 0) code = describe(s, charset, colours, mouse);
	if (code == 0) {
		screen_size(s, &width, &height);
		if (!s->now) code = err_set(ERR_MEMORY, "no memory for a screen of %d x %d", width, height);
	}
	if (code != 0) {
		screen_close(s);
		return code;
	}
	s->ours = s->shell;
	s->ours.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ECHOE | ECHOK | ECHONL | IEXTEN);
	s->ours.c_iflag &= ~(tcflag_t)(IXON | ICRNL | INLCR | IGNCR | ISTRIP);
	s->ours.c_cc[VINTR] = _POSIX_VDISABLE;
	s->ours.c_cc[VMIN] = 1, s->ours.c_cc[VTIME] = 0;
	take(s);
	is_open = true;
	*out = s;
	return 0;
}

void screen_suspend(struct screen *s) { give(s); }
void screen_resume(struct screen *s) { take(s); }

static void release(struct screen *s) {
	if (s->pipe < 0) return;
	fflush(stdout);
	fflush(stderr);
	emergency.pipe = emergency.saved[0] = emergency.saved[1] = -1;
	for (int i = 0; i < 2; i++) dup2(s->saved[i], i + 1), close(s->saved[i]);
	drain(s->pipe, s->fd);
	close(s->pipe);
}

void screen_close(struct screen *s) {
	if (!s) return;
	is_open = false;
	give(s);
	release(s);
	if (s->fd >= 0) close(s->fd);
	for (int i = 0; i < CAPABILITIES; i++) free(s->strings[i]);
	free(s->enter);
	free(s->leave);
	free(s->now);
	free(s->next);
	free(s->out);
	free(s);
}

int screen_capture(struct screen *s, int *fd) {
	int ends[2];
	*fd = -1;
	if (s->pipe >= 0) return err_set(ERR_STATE, "the output is captured already");
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return err_set(ERR_FILE, "can't make a pipe for what is printed (%s)", strerror(errno));
	fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES); /* if not, then less */
	fflush(stdout);
	fflush(stderr);
	for (int i = 0; i < 2; i++) s->saved[i] = fcntl(i + 1, F_DUPFD_CLOEXEC, 10);
	if (s->saved[0] < 0 || s->saved[1] < 0 || dup2(ends[1], 1) < 0 || dup2(ends[1], 2) < 0) {
		int code = err_set(ERR_FILE, "can't take the output (%s)", strerror(errno));
		for (int i = 0; i < 2; i++) {
			if (s->saved[i] < 0) continue;
			dup2(s->saved[i], i + 1), close(s->saved[i]);
			s->saved[i] = -1;
		}
		close(ends[0]), close(ends[1]);
		return code;
	}
	close(ends[1]);
	s->pipe = *fd = ends[0];
	emergency.saved[0] = s->saved[0], emergency.saved[1] = s->saved[1], emergency.pipe = s->pipe;
	return 0;
}

/* ---- small ones ------------------------------------------------------------------------------------------------------------ */

struct look screen_look(const struct screen *s) { return s->look; }
int screen_fd(const struct screen *s) { return s->fd; }

void screen_forget(struct screen *s) {
	s->forgotten = true;
	s->x = s->cursor_shown = -1;
}

void screen_size(struct screen *s, int *width, int *height) {
	struct winsize size;
	int w = 80, h = 24;
	if (ioctl(s->fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) w = size.ws_col, h = size.ws_row;
	if (w > WIDTH_MAX) w = WIDTH_MAX;
	if (h > HEIGHT_MAX) h = HEIGHT_MAX;
	if (w != s->width || h != s->height) {
		size_t cells = (size_t)w * (size_t)h;
		struct shown *now = malloc(cells * sizeof *now), *next = malloc(cells * sizeof *next);
		if (now && next) {
			free(s->now);
			free(s->next);
			s->now = now, s->next = next, s->width = w, s->height = h;
			screen_forget(s);
		} else {
			free(now);
			free(next);
		}
	}
	*width = s->width, *height = s->height;
}

void screen_bell(struct screen *s) {
	if (!s->taken || s->gone || s->stuck) return;
	if (s->strings[BEL]) send_capability(s, BEL);
	else send_bytes(s, "\a", 1);
	flush_bytes(s);
}

int screen_read(struct screen *s, char *out, size_t capacity) {
	if (s->gone || capacity == 0) return s->gone ? -1 : 0;
	ssize_t n = read(s->fd, out, capacity < 1 << 30 ? capacity : 1 << 30);
	if (n > 0) return (int)n;
	if (n < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
	s->gone = true;
	return -1;
}

/* ---- cells for this terminal ------------------------------------------------------------------------------------------------ */

/* The nearest of ASCII, for a terminal without more. */
static uint32_t ascii_of(uint32_t rune) {
	static const char latin[] = "AAAAAAACEEEEIIIIDNOOOOOxOUUUUYTsaaaaaaaceeeeiiiidnooooo/ouuuuyty"; /* U+00C0 to U+00FF */
	static const struct { uint32_t first, last; char ascii; } others[] = {
		{0xA0, 0xA0, ' '}, {0xB0, 0xB0, 'o'}, {0xB7, 0xB7, '.'}, {0x2010, 0x2015, '-'}, {0x2018, 0x201A, '\''}, {0x201C, 0x201E, '"'}, {0x2022, 0x2022, '*'},
		{0x2026, 0x2026, '~'}, {0x2190, 0x2190, '<'}, {0x2191, 0x2191, '^'}, {0x2192, 0x2192, '>'}, {0x2193, 0x2193, 'v'}, {0x2500, 0x2501, '-'},
		{0x2502, 0x2503, '|'}, {0x2504, 0x2505, '-'}, {0x2506, 0x2507, '|'}, {0x2508, 0x2509, '-'}, {0x250A, 0x250B, '|'}, {0x2550, 0x2550, '='},
		{0x2551, 0x2551, '|'}, {0x250C, 0x257F, '+'}, {0x2580, 0x2580, '"'}, {0x2581, 0x2584, '_'}, {0x2585, 0x2593, '#'}, {0x25B2, 0x25B3, '^'},
		{0x25B6, 0x25BB, '>'}, {0x25BC, 0x25BD, 'v'}, {0x25C0, 0x25C5, '<'}, {0x25A0, 0x25FF, 'o'}, {0x2801, 0x28FF, '*'}, {0x2800, 0x2800, ' '},
	};
	if (rune < 0x80) return rune;
	if (rune >= 0xC0 && rune <= 0xFF) return (unsigned char)latin[rune - 0xC0];
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (rune >= others[i].first && rune <= others[i].last) return (unsigned char)others[i].ascii;
	return '?';
}

static uint32_t colour_of(const struct screen *s, uint32_t rgb) {
	if (rgb >= COLOUR_DEFAULT || s->look.colours == COLOURS_NONE) return COLOUR_DEFAULT;
	if (s->look.colours == COLOURS_TRUE) return rgb;
	return (uint32_t)(s->look.colours == COLOURS_256 ? colour_256(rgb) : colour_16(rgb));
}

/* BEFORE: a style that RESOLVED was made of; neighbours often share one. */
static void resolve_style(const struct screen *s, struct shown *to, const struct style *style, const struct style *before, const struct shown *resolved) {
	to->fg = before->fg == style->fg ? resolved->fg : colour_of(s, style->fg);
	to->bg = before->bg == style->bg ? resolved->bg : colour_of(s, style->bg);
	to->attributes = style->attributes & (BOLD | DIM | UNDERLINE | REVERSE);
	static const enum capability needed[] = {BOLD_ON, DIM_ON, SMUL, REV};
	for (int i = 0; i < 4; i++)
		if (!s->strings[needed[i]]) to->attributes &= ~(1u << i);
	if (to->fg != COLOUR_DEFAULT || to->bg != COLOUR_DEFAULT) to->attributes &= ~s->not_with_colour;
}

/* Row Y of the frame as the terminal shall show it: every wide character with its right half, no control characters, no marks without a base. */
static void resolve_row(struct screen *s, const struct grid *frame, int y, struct shown *to) {
	int length = y >= frame->height ? 0 : frame->width < s->width ? frame->width : s->width;
	const struct cell *from = length > 0 ? frame->cells + (ptrdiff_t)y * frame->stride : NULL;
	bool ascii = s->look.charset == CHARSET_ASCII;
	const struct style *before = &style_plain;
	const struct shown *resolved = &shown_blank;
	for (int x = length; x < s->width; x++) to[x] = shown_blank;
	for (int x = 0; x < length; x++) {
		const struct cell *c = &from[x];
		uint32_t rune = c->rune == 0 ? ' ' : c->rune < 0x20 || (c->rune >= 0x7F && c->rune < 0xA0) || c->rune > 0x10FFFF ? '.' : c->rune;
		int wide = rune < 0x300 ? 1 : utf8_columns(rune);
		if (wide == 0 || (wide == 2 && (x + 1 >= length || from[x + 1].rune != 0))) wide = 1, rune = ' ';
		resolve_style(s, &to[x], &c->style, before, resolved);
		before = &c->style, resolved = &to[x];
		to[x].rune = ascii ? ascii_of(rune) : rune;
		for (int i = 0; i < 2; i++) to[x].combining[i] = !ascii && rune > ' ' && c->combining[i] >= 0x300 && utf8_columns(c->combining[i]) == 0 ? c->combining[i] : 0;
		if (wide < 2) continue;
		to[x + 1] = to[x];
		to[x + 1].rune = ascii ? ' ' : 0;
		x++;
	}
}

/* ---- drawing ------------------------------------------------------------------------------------------------------------------ */

static void send_colour(struct screen *s, enum capability c, uint32_t colour) {
	if (colour == COLOUR_DEFAULT) return;
	if (s->look.colours == COLOURS_TRUE)
		send_format(s, "\033[%d;2;%d;%d;%dm", c == SETAF ? 38 : 48, (int)(colour >> 16 & 255), (int)(colour >> 8 & 255), (int)(colour & 255));
	else send_string(s, tparm(s->strings[c], (long)(s->few_colours && s->look.colours == COLOURS_16 ? colour & 7 : colour), 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L));
}

/* With 8 colours the bright ones are made by bold, which only letters can be. */
static unsigned attributes_of(const struct screen *s, const struct shown *c) {
	bool bright = s->look.colours == COLOURS_16 && s->few_colours && c->fg != COLOUR_DEFAULT && c->fg >= 8;
	return c->attributes | (bright ? BOLD : 0);
}

static void send_pen(struct screen *s, const struct shown *c) {
	static const enum capability on[] = {BOLD_ON, DIM_ON, SMUL, REV};
	unsigned have = attributes_of(s, &s->pen), want = attributes_of(s, c);
	bool fresh = have != want || (c->fg == COLOUR_DEFAULT && s->pen.fg != COLOUR_DEFAULT) || (c->bg == COLOUR_DEFAULT && s->pen.bg != COLOUR_DEFAULT);
	if (fresh) {
		send_capability(s, SGR0);
		for (int i = 0; i < 4; i++)
			if (want >> i & 1) send_capability(s, on[i]);
	}
	if (fresh || c->fg != s->pen.fg) send_colour(s, SETAF, c->fg);
	if (fresh || c->bg != s->pen.bg) send_colour(s, SETAB, c->bg);
	s->pen = *c;
}

static void send_cursor(struct screen *s, int x, int y) {
	if (s->x == x && s->y == y) return;
	send_string(s, tparm(s->strings[CUP], (long)y, (long)x, 0L, 0L, 0L, 0L, 0L, 0L, 0L));
	s->x = x, s->y = y;
}

static void send_cell(struct screen *s, const struct shown *c, int x, int y) {
	char text[5];
	if (c->rune == 0) return; /* its left half brings it */
	send_cursor(s, x, y);
	send_pen(s, c);
	send_bytes(s, text, (size_t)utf8_put(text, c->rune));
	for (int i = 0; i < 2; i++)
		if (c->combining[i]) send_bytes(s, text, (size_t)utf8_put(text, c->combining[i]));
	/* Where terminals and we may count columns differently, and behind the last column, the place is not known any more. */
	bool sure = !c->combining[0] && (c->rune < 0x300 || (c->rune >= 0x2500 && c->rune <= 0x25FF) || (c->rune >= 0x2800 && c->rune <= 0x28FF));
	s->x = sure && x + 1 < s->width ? x + 1 : -1;
}

static bool same_style(const struct shown *a, const struct shown *b) { return a->fg == b->fg && a->bg == b->bg && a->attributes == b->attributes; }
static bool same(const struct shown *a, const struct shown *b) { return memcmp(a, b, sizeof *a) == 0; }

/* The column from which ROW is blank to its end. */
static int blank_from(const struct screen *s, const struct shown *row) {
	int x = s->width;
	while (x > 0 && same(&row[x - 1], &shown_blank)) x--;
	return x;
}

static void send_row(struct screen *s, int y) {
	enum { SHORT = 8 };
	struct shown *now = s->now + (size_t)y * (size_t)s->width, *next = s->next + (size_t)y * (size_t)s->width;
	int end = blank_from(s, next), last = blank_from(s, now);
	bool erase = s->strings[EL] && last > end + SHORT;
	for (int x = 0; x < (erase ? end : s->width); x++) {
		if (same(&now[x], &next[x]) || (s->corner_scrolls && x == s->width - 1 && y == s->height - 1)) continue;
		/* Three cells that stay are shorter than a jump over them. */
		if (s->y == y && s->x >= 0 && x > s->x && x - s->x <= 3)
			for (int i = s->x; i < x && s->x == i && next[i].rune && same_style(&next[i], &s->pen); i++) send_cell(s, &next[i], i, y);
		send_cell(s, &next[x], x, y);
	}
	if (erase) {
		send_cursor(s, end, y);
		send_pen(s, &shown_blank);
		send_capability(s, EL);
	}
}

static void send_all(struct screen *s) {
	if (s->torn) send_bytes(s, "\030", 1); /* CAN ends a sequence that was cut */
	send_capability(s, SGR0);
	send_capability(s, CLEAR);
	s->pen = shown_blank;
	s->x = s->y = 0;
	s->cursor_shown = -1;
	for (size_t i = 0; i < (size_t)s->width * (size_t)s->height; i++) s->now[i] = shown_blank;
}

void screen_show(struct screen *s, const struct grid *frame, int x, int y) {
	struct pollfd p = {.fd = s->fd, .events = POLLOUT};
	if (!s->taken || s->gone || (s->stuck && poll(&p, 1, 0) <= 0)) return;
	s->stuck = false;
	for (int row = 0; row < s->height; row++) resolve_row(s, frame, row, s->next + (size_t)row * (size_t)s->width);
	bool whole = s->forgotten;
	if (whole) send_all(s);
	if (whole || memcmp(s->now, s->next, (size_t)s->width * (size_t)s->height * sizeof *s->now) != 0) {
		if (s->cursor_shown != 0) send_capability(s, CIVIS), s->cursor_shown = 0; /* it would be seen running about */
		for (int row = 0; row < s->height; row++) send_row(s, row);
	}
	bool shown = x >= 0 && y >= 0 && x < s->width && y < s->height;
	if (shown) send_cursor(s, x, y);
	if (s->cursor_shown != shown) send_capability(s, shown ? CNORM : CIVIS), s->cursor_shown = shown;
	struct shown *now = s->now;
	s->now = s->next, s->next = now;
	s->forgotten = false;
	if (s->length > 0 && flush_bytes(s) && whole) s->torn = false;
}

#endif
