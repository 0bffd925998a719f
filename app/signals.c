#include "app/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/err.h"

enum { INTERRUPT = 2 };
static const int ending[] = {SIGTERM, SIGHUP, [INTERRUPT] = SIGINT}; /* graver first */
static atomic_int count[3], resized, stopped; /* read by more threads than the one that handles signals */
static int wake[2] = {-1, -1};
static void (*restore)(void);    /* of a screen; set before the handlers that call it */

static void handle(int number) {
	int saved = errno;
	if (number == SIGWINCH) resized = 1;
	if (number == SIGTSTP) stopped = 1;
	for (int i = 0; i < 3; i++) {
		if (ending[i] != number || ++count[i] < 3 || (restore && number == SIGINT)) continue;
		if (restore) restore();
		_exit(128 + number);
	}
	ssize_t wrote = write(wake[1], "", 1); /* a full pipe wakes just as well */
	(void)wrote;
	errno = saved;
}

int signals_init(void) {
	if (pipe2(wake, O_CLOEXEC | O_NONBLOCK)) return err_set(ERR_FILE, "can't make a pipe for signals (%s)", strerror(errno));
	struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};
	sigemptyset(&action.sa_mask);
	for (int i = 0; i < 3; i++) {
		struct sigaction before;
		if (sigaction(ending[i], NULL, &before) == 0 && before.sa_handler == SIG_IGN) continue; /* nohup, or a shell's background job */
		sigaction(ending[i], &action, NULL);
	}
	sigaction(SIGWINCH, &action, NULL);
	signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error of write, not the end */
	return 0;
}

int signals_fd(void) { return wake[0]; }

int signals_pending(void) {
	for (int i = 0; i < 3; i++)
		if (count[i]) return ending[i];
	return 0;
}

void signals_drain(void) {
	char bytes[64];
	while (wake[0] >= 0 && read(wake[0], bytes, sizeof bytes) > 0) {}
}

int signals_take(void) {
	int number = signals_pending();
	signals_drain();
	for (int i = 0; i < 3; i++) count[i] = 0;
	return number;
}

void signals_take_interrupt(void) { count[INTERRUPT] = 0; }

bool signals_resized(void) { return atomic_exchange(&resized, 0); }
bool signals_stopped(void) { return atomic_exchange(&stopped, 0); }

void signals_catch_stop(bool catch) {
	struct sigaction action = {.sa_handler = catch ? handle : SIG_DFL, .sa_flags = SA_RESTART};
	sigemptyset(&action.sa_mask);
	sigaction(SIGTSTP, &action, NULL);
}

void signals_stop(void) {
	signals_catch_stop(false);
	raise(SIGTSTP);
	signals_catch_stop(true);
}

/* ---- what ends the process at once -------------------------------------------------------------------------------------------- */

static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGQUIT};
enum { FATALS = sizeof fatal / sizeof *fatal, STACK_BYTES = 64 << 10 };
static struct sigaction before[FATALS];

/* The handler of before takes over: a fault happens again as soon as this returns (and shows where), what was sent is sent again. */
static void handle_fatal(int number, siginfo_t *info, void *context) {
	(void)context;
	if (restore) restore();
	for (int i = 0; i < FATALS; i++)
		if (fatal[i] == number) sigaction(number, &before[i], NULL);
	if (number == SIGABRT || number == SIGQUIT || info->si_code <= 0) raise(number);
}

void signals_screen(void (*give_back)(void)) {
	static char stack[STACK_BYTES]; /* the fault may be a stack that is full */
	struct sigaction action = {.sa_sigaction = handle_fatal, .sa_flags = SA_SIGINFO | SA_ONSTACK};
	sigemptyset(&action.sa_mask);
	if (give_back) sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, NULL);
	if (give_back) restore = give_back;
	for (int i = 0; i < FATALS; i++) sigaction(fatal[i], give_back ? &action : &before[i], give_back ? &before[i] : NULL);
	if (!give_back) restore = NULL;
}

void signals_block(sigset_t *old) {
	sigset_t set;
	sigemptyset(&set);
	for (int i = 0; i < 3; i++) sigaddset(&set, ending[i]);
	sigaddset(&set, SIGWINCH);
	sigaddset(&set, SIGTSTP);
	pthread_sigmask(SIG_BLOCK, &set, old);
}

void signals_unblock(const sigset_t *old) { pthread_sigmask(SIG_SETMASK, old, NULL); }
