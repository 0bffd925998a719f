#include "pty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct pty {
	int master, keeper_pipe;         /* keeper_pipe: what became of the program, under a shell; -1 without one */
	pid_t child, program;            /* child: ours, the keeper or the program itself */
	struct terminal *screen;
	bool ended, stopped, closed;
	int status, bytes;
};

struct news { pid_t pid; int status; };

double pty_seconds(void) {
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int open_master(char *name, size_t capacity) {
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (master < 0 || grantpt(master) || unlockpt(master) || ptsname_r(master, name, capacity)) {
		if (master >= 0) close(master);
		return -1;
	}
	return master;
}

bool pty_possible(void) {
	char name[128];
	int master = open_master(name, sizeof name), slave = master < 0 ? -1 : open(name, O_RDWR | O_NOCTTY);
	if (slave >= 0) close(slave);
	if (master >= 0) close(master);
	return slave >= 0;
}

/* ---- in the child ------------------------------------------------------------------------------------------------------------- */

static void set_environment(const struct pty_start *how) {
	static const char *const out[] = {"COLORTERM", "NO_COLOR", "TMUX", "STY", "LINES", "COLUMNS", "C2F_CHARSET", "C2F_COLOURS", "LANG", "LC_CTYPE", "LANGUAGE",
	                                  "XDG_STATE_HOME", "TERM", "ONEDNN_VERBOSE"};
	for (size_t i = 0; i < sizeof out / sizeof *out; i++) unsetenv(out[i]);
	if (how->term) setenv("TERM", how->term, 1);
	setenv("LC_ALL", how->locale ? how->locale : "C.UTF-8", 1);
	setenv("HOME", how->folder, 1);
	setenv("INPUTRC", "/dev/null", 1);
	char history[4096];
	snprintf(history, sizeof history, "%s/history", how->folder);
	setenv("C2F_HISTORY", history, 1);
	for (const char *const *e = how->environment; e && *e; e++) putenv((char *)*e);
}

static void default_signals(void) {
	static const int numbers[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU, SIGPIPE, SIGCHLD, SIGWINCH};
	sigset_t none;
	sigemptyset(&none);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) signal(numbers[i], SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void run_program(const struct pty_start *how, const char *const *argv) {
	default_signals();
	set_environment(how);
	if (chdir(how->folder) == 0) execv(argv[0], (char *const *)argv);
	dprintf(2, "can't run %s (%s)\n", argv[0], strerror(errno));
	_exit(127);
}

/* Stands for the shell: leads the session, gives the program the terminal and takes it back, tells what becomes of it. SIGUSR1 is fg, SIGUSR2 is bg. */
static void keep(const struct pty_start *how, const char *const *argv, int report) {
	struct news news = {0};
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGHUP, SIG_IGN);
	signal(SIGTTOU, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	pid_t pid = news.pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		tcsetpgrp(0, getpid());
		close(report);
		run_program(how, argv);
	}
	setpgid(pid, pid);
	bool told = pid > 0 && write(report, &news, sizeof news) == sizeof news;
	while (told && (news.status == 0 || WIFSTOPPED(news.status))) {
		int number = sigwaitinfo(&set, NULL);
		if (number == SIGUSR1) tcsetpgrp(0, pid);
		if (number == SIGUSR1 || number == SIGUSR2) kill(-pid, SIGCONT);
		if (number != SIGCHLD || waitpid(pid, &news.status, WUNTRACED | WNOHANG) != pid) continue;
		tcsetpgrp(0, getpgrp());
		told = write(report, &news, sizeof news) == sizeof news && !WIFEXITED(news.status);
	}
	_exit(0);
}

static void become(const struct pty_start *how, const char *const *argv, const char *slave_name, int master, int report) {
	struct winsize size = {.ws_col = (unsigned short)how->width, .ws_row = (unsigned short)how->height};
	close(master); /* a keeper that held it would keep the terminal alive */
	setsid();
	int slave = open(slave_name, O_RDWR);
	if (slave < 0) _exit(126);
	ioctl(slave, TIOCSCTTY, 0);
	ioctl(slave, TIOCSWINSZ, &size);
	for (int i = 0; i < 3; i++) dup2(slave, i);
	if (slave > 2) close(slave);
	if (report >= 0) keep(how, argv, report);
	run_program(how, argv);
}

/* ---- here ------------------------------------------------------------------------------------------------------------------------ */

static struct pty *refuse(struct pty *p, const char *what) {
	fprintf(stderr, "%s (%s)\n", what, strerror(errno));
	if (p) free(p);
	return NULL;
}

struct pty *pty_start(const struct pty_start *how, const char *const *argv) {
	char name[128];
	int report[2] = {-1, -1};
	struct pty *p = calloc(1, sizeof *p);
	const char *locale = how->locale ? how->locale : "C.UTF-8";
	if (!p || (p->master = open_master(name, sizeof name)) < 0) return refuse(p, "no pseudo-terminal");
	if (how->under_shell && pipe2(report, O_CLOEXEC | O_NONBLOCK)) return refuse(p, "no pipe");
	p->screen = terminal_new(how->width, how->height, strstr(locale, "UTF-8") || strstr(locale, "utf8"));
	p->keeper_pipe = report[0];
	fflush(NULL);
	p->child = p->program = fork();
	if (p->child == 0) become(how, argv, name, p->master, report[1]);
	if (p->child < 0) return refuse(p, "can't start a process");
	if (report[1] < 0) return p;
	close(report[1]);
	struct news news = {0};
	struct pollfd f = {.fd = report[0], .events = POLLIN};
	if (poll(&f, 1, 10000) == 1 && read(report[0], &news, sizeof news) == sizeof news) p->program = news.pid;
	return p;
}

/* What became of the program, without waiting. */
static void look(struct pty *p) {
	struct news news;
	int status;
	if (p->keeper_pipe < 0) {
		pid_t got = p->ended ? 0 : waitpid(p->child, &status, WNOHANG | WUNTRACED);
		if (got <= 0) return;
		p->stopped = WIFSTOPPED(status);
		p->ended = !p->stopped;
		p->status = status;
		return;
	}
	while (!p->ended && read(p->keeper_pipe, &news, sizeof news) == sizeof news) {
		p->stopped = WIFSTOPPED(news.status);
		p->ended = !p->stopped;
		p->status = news.status;
	}
}

int pty_read(struct pty *p, int ms) {
	static char bytes[65536];
	struct pollfd f = {.fd = p->closed ? -1 : p->master, .events = POLLIN};
	poll(&f, 1, ms);
	if (p->closed) return -1;
	ssize_t n = read(p->master, bytes, sizeof bytes);
	if (n > 0) {
		const char *log = getenv("PTY_LOG");
		FILE *f2 = log ? fopen(log, "a") : NULL;
		if (f2) fwrite(bytes, 1, (size_t)n, f2), fclose(f2);
		terminal_feed(p->screen, bytes, (size_t)n);
		p->bytes += (int)n;
		return (int)n;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
	if (pty_running(p)) { /* between two owners of the terminal */
		poll(NULL, 0, ms < 10 ? ms : 10);
		return 0;
	}
	return -1;
}

bool pty_send(struct pty *p, const char *bytes, size_t n) {
	double until = pty_seconds() + 20;
	while (n > 0) {
		ssize_t sent = write(p->master, bytes, n > 1024 ? 1024 : n);
		if (sent > 0) {
			bytes += sent, n -= (size_t)sent;
			until = pty_seconds() + 20;
		} else if (sent < 0 && errno != EAGAIN && errno != EINTR) {
			return false;
		}
		pty_read(p, sent > 0 ? 0 : 5);
		if (pty_seconds() > until || !pty_running(p)) {
			if (pty_running(p)) fprintf(stderr, "the program takes no keys any more\n"), pty_print(p, stderr);
			return false;
		}
	}
	return true;
}

bool pty_type(struct pty *p, const char *text) { return pty_send(p, text, strlen(text)); }

void pty_resize(struct pty *p, int w, int h) {
	struct winsize size = {.ws_col = (unsigned short)w, .ws_row = (unsigned short)h};
	terminal_resize(p->screen, w, h);
	ioctl(p->master, TIOCSWINSZ, &size);
}

void pty_settle(struct pty *p, int quiet_ms) {
	double until = pty_seconds() + 10, last = pty_seconds();
	while (pty_seconds() < until && pty_seconds() - last < quiet_ms * 1e-3) {
		int n = pty_read(p, quiet_ms);
		if (n > 0) last = pty_seconds();
		if (n < 0) return;
	}
}

void pty_rest(struct pty *p, int ms) {
	double until = pty_seconds() + ms * 1e-3;
	for (double left = ms * 1e-3; left > 0 && pty_read(p, (int)(left * 1000) + 1) >= 0; left = until - pty_seconds()) continue;
}

static bool wait_for(struct pty *p, const char *text, double seconds, bool there) {
	double until = pty_seconds() + seconds;
	while (terminal_shows(p->screen, text) != there) {
		if (pty_seconds() > until || pty_read(p, 50) < 0) {
			while (pty_read(p, 0) > 0) continue;
			if (terminal_shows(p->screen, text) == there) return true;
			fprintf(stderr, "'%s' %s within %.0f s%s:\n", text, there ? "did not appear" : "did not go", seconds, pty_running(p) ? "" : " (the program has ended)");
			pty_print(p, stderr);
			return false;
		}
	}
	return true;
}

bool pty_wait(struct pty *p, const char *text, double seconds) { return wait_for(p, text, seconds, true); }
bool pty_wait_gone(struct pty *p, const char *text, double seconds) { return wait_for(p, text, seconds, false); }

void pty_hang_up(struct pty *p) {
	while (pty_read(p, 0) > 0) continue;
	close(p->master);
	p->master = -1;
	p->closed = true;
}

bool pty_running(struct pty *p) {
	look(p);
	return !p->ended;
}

bool pty_ended(struct pty *p, double seconds, int *status) {
	for (double until = pty_seconds() + seconds; pty_running(p) && pty_seconds() < until;) pty_read(p, 20);
	for (int i = 0; i < 10 && pty_read(p, 5) > 0; i++) continue; /* its last words */
	*status = p->status;
	if (!p->ended) fprintf(stderr, "the program did not end within %.0f s\n", seconds), pty_print(p, stderr);
	return p->ended;
}

bool pty_stopped(struct pty *p, double seconds) {
	for (double until = pty_seconds() + seconds; pty_running(p) && !p->stopped && pty_seconds() < until;) pty_read(p, 20);
	bool was = p->stopped;
	p->stopped = false;
	return was;
}

void pty_go_on(struct pty *p, bool foreground) {
	if (p->keeper_pipe >= 0) kill(p->child, foreground ? SIGUSR1 : SIGUSR2);
	else kill(p->program, SIGCONT);
}

void pty_free(struct pty *p) {
	if (!p) return;
	look(p);
	if (!p->ended && p->program > 0) kill(p->program, SIGKILL);
	if (p->master >= 0) close(p->master);
	if (p->keeper_pipe >= 0 || !p->ended) waitpid(p->child, NULL, 0);
	if (p->keeper_pipe >= 0) close(p->keeper_pipe);
	terminal_free(p->screen);
	free(p);
}

struct terminal *pty_screen(struct pty *p) { return p->screen; }
pid_t pty_pid(const struct pty *p) { return p->program; }
int pty_bytes(const struct pty *p) { return p->bytes; }

struct termios pty_modes(const struct pty *p) {
	struct termios t = {0};
	tcgetattr(p->master, &t);
	return t;
}

void pty_print(struct pty *p, FILE *out) {
	const struct grid *g = terminal_grid(p->screen);
	int x, y;
	terminal_cursor(p->screen, &x, &y);
	fprintf(out, "---- %d x %d, cursor %d,%d%s%s ----\n", g->width, g->height, x, y, terminal_cursor_shown(p->screen) ? "" : " hidden",
	        terminal_alternate(p->screen) ? ", alternate screen" : "");
	for (int row = 0; row < g->height; row++) fprintf(out, "%s\n", terminal_row(p->screen, row));
	fprintf(out, "----\n");
}
