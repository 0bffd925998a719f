/* tests/bench/ui_bench.c -- how the workbench feels, and what it costs: from a key to its character on the (emulated) screen, while nothing, tiny and base
 * train on the CPU; and training's speed beside the workbench at rest, and with arrow keys, against the same training without one.
 *
 * usage: ui_bench PROGRAM [KEYS] [STEPS] [ROUNDS]    500 keys a case; STEPS of tiny a run, after a tenth to warm up; ROUNDS of headless, at rest, moving
 * Needs an idle machine; the load average stands beside the figures. */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/rng.h"
#include "tests/ui/pty.h"

enum { KEYS_MAX = 100000, ROUNDS_MAX = 100, LINE_LENGTH = 30 };
static const double LATENCY_TARGET_MS = 30, REST_TARGET = 1, MOVING_TARGET = 3; /* percent */

static char program[PATH_MAX], folder[] = "/tmp/c2f-ui-bench-XXXXXX";
static double took[KEYS_MAX];

static int by_size(const void *a, const void *b) {
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double quantile(double *v, int n, double q) {
	qsort(v, (size_t)n, sizeof *v, by_size);
	int i = (int)ceil(q * n) - 1;
	return v[i < 0 ? 0 : i];
}

static void die(const char *what) {
	fprintf(stderr, "ui_bench: %s\n", what);
	exit(1);
}

static struct pty *begin(const char *run) {
	struct pty *p = pty_start(&(struct pty_start){.width = 120, .height = 40, .term = "xterm-256color", .folder = folder},
	                          (const char *[]){program, "--run", run, NULL});
	if (!p || !pty_wait(p, "c2f>", 30)) die("the workbench does not begin");
	return p;
}

static void finish(struct pty *p) {
	int status;
	pty_type(p, "\003");
	pty_rest(p, 200);
	pty_type(p, "\004");
	pty_rest(p, 200);
	if (pty_running(p)) pty_type(p, "a");
	pty_ended(p, 60, &status);
	pty_free(p);
}

/* ---- latency ---------------------------------------------------------------------------------------------------------------- */

/* The prompt's row ends with LINE: the prompt before it tells the step, and may grow meanwhile. */
static bool stands(struct pty *p, const char *line) {
	const char *row = terminal_row(pty_screen(p), terminal_grid(pty_screen(p))->height - 1);
	size_t n = strlen(row), length = strlen(line);
	return n >= length && !strcmp(row + n - length, line);
}

/* Seconds from the key, the last of LINE, to its character. */
static double key_time(struct pty *p, const char *line) {
	double began = pty_seconds();
	if (!pty_send(p, line + strlen(line) - 1, 1)) die("a key was not taken");
	while (!stands(p, line))
		if (pty_read(p, 100) < 0 || pty_seconds() - began > 10) die("a key did not appear within 10 s");
	return pty_seconds() - began;
}

static void latency(const char *name, const char *setup, int keys) {
	struct rng r;
	rng_init(&r, 1, RNG_INIT, 0, 0);
	struct pty *p = begin(name);
	if (*setup) {
		pty_type(p, setup);
		if (!pty_wait(p, "c2f[training", 60)) die("training does not begin");
		pty_rest(p, 8000);
	}
	char line[LINE_LENGTH + 3] = "> ";
	for (int i = 0; i < keys; i++) { /* one at a time, at intervals that are in step with nothing */
		int at = 2 + i % LINE_LENGTH;
		if (at == 2) pty_type(p, "\025"), pty_rest(p, 300);
		line[at] = (char)('a' + rng_below(&r, 26));
		line[at + 1] = '\0';
		pty_rest(p, 20 + (int)rng_below(&r, 100));
		took[i] = 1e3 * key_time(p, line);
	}
	double p50 = quantile(took, keys, 0.5), p99 = quantile(took, keys, 0.99), most = took[keys - 1];
	printf("%-22s %5d keys   p50 %6.2f ms   p99 %6.2f ms   max %6.2f ms   (p99 below %g ms: %s)\n", name, keys, p50, p99, most, LATENCY_TARGET_MS,
	       p99 < LATENCY_TARGET_MS ? "yes" : "NO");
	fflush(stdout);
	finish(p);
}

/* ---- throughput ------------------------------------------------------------------------------------------------------------------ */

/* Steps a second between the steps FIRST and LAST, by the run's own clock. */
static double rate_of(const char *run, int first, int last) {
	char path[PATH_MAX], line[4096];
	double at[2] = {NAN, NAN};
	snprintf(path, sizeof path, "%s/%s/metrics.jsonl", folder, run);
	FILE *f = fopen(path, "r");
	if (!f) die("no metrics.jsonl");
	while (fgets(line, sizeof line, f)) {
		long step;
		double time_s;
		const char *t = strstr(line, "\"time_s\":");
		if (!t || sscanf(line, "{\"step\": %ld", &step) != 1 || sscanf(t + 9, " %lf", &time_s) != 1) continue;
		if (step == first) at[0] = time_s;
		if (step == last) at[1] = time_s;
	}
	fclose(f);
	return (last - first) / (at[1] - at[0]);
}

static const char *training(int steps) {
	static char text[256];
	snprintf(text, sizeof text, "set preset=tiny total_steps=%d eval_every=0; data scenes train=256 val=4; train", steps);
	return text;
}

static double headless(int round, int steps) {
	char run[32], command[2 * PATH_MAX + 512];
	snprintf(run, sizeof run, "headless%d", round);
	snprintf(command, sizeof command, "cd %s && %s --run %s -c '%s' >/dev/null 2>&1 </dev/null", folder, program, run, training(steps));
	if (system(command)) die("the headless run failed");
	return rate_of(run, steps / 10, steps - 1);
}

static double beside_workbench(int round, int steps, bool moving) {
	char run[32];
	static const char *const arrows[] = {"\033[C", "\033[C", "\033[C", "\033[D", "\033[B", "\033[A"};
	snprintf(run, sizeof run, "%s%d", moving ? "moving" : "rest", round);
	struct pty *p = begin(run);
	if (moving) pty_type(p, "focus curriculum\r"); /* its arrows move through the run: masks and curves follow */
	pty_type(p, training(steps));
	pty_type(p, "\r");
	if (!pty_wait(p, "c2f[training", 60)) die("training does not begin");
	if (moving) pty_type(p, "keys on\r");
	double until = pty_seconds() + 600;
	for (int i = 0; !terminal_shows(pty_screen(p), "C2F finished"); i++) {
		if (moving) pty_type(p, arrows[i % 6]);
		pty_rest(p, 200);
		if (pty_seconds() > until) die("the run does not end");
	}
	finish(p);
	return rate_of(run, steps / 10, steps - 1);
}

static void report(const char *name, double *cost, int n, double target) {
	double least = quantile(cost, n, 0), median = n % 2 ? cost[n / 2] : (cost[n / 2 - 1] + cost[n / 2]) / 2;
	printf("%-22s costs %+.2f %% of training's speed, median of %d pairs (%+.2f to %+.2f)   (below %g %%: %s)\n", name, median, n, least, cost[n - 1], target,
	       median < target ? "yes" : "NO");
}

static void throughput(int steps, int rounds) {
	double rest[ROUNDS_MAX], moving[ROUNDS_MAX];
	for (int i = 0; i < rounds; i++) {
		double alone = headless(i, steps), with = beside_workbench(i, steps, false), busy = beside_workbench(i, steps, true);
		printf("round %d: headless %.2f steps/s, workbench at rest %.2f, moving %.2f\n", i + 1, alone, with, busy);
		fflush(stdout);
		rest[i] = 100 * (1 - with / alone);
		moving[i] = 100 * (1 - busy / alone);
	}
	report("at rest", rest, rounds, REST_TARGET);
	report("5 arrow keys a second", moving, rounds, MOVING_TARGET);
}

static void print_machine(void) {
	double load[3] = {0};
	getloadavg(load, 3);
	printf("%ld cores, load average %.2f before the first case%s\n", sysconf(_SC_NPROCESSORS_ONLN), load[0], load[0] > 1 ? " (DISTURBED: the machine is not idle)" : "");
	fflush(stdout);
}

int main(int argc, char **argv) {
	int keys = argc > 2 ? atoi(argv[2]) : 500, steps = argc > 3 ? atoi(argv[3]) : 200, rounds = argc > 4 ? atoi(argv[4]) : 5;
	char command[128];
	if (argc < 2 || !realpath(argv[1], program) || keys < 1 || keys > KEYS_MAX || steps < 20 || rounds < 0 || rounds > ROUNDS_MAX)
		die("usage: ui_bench PROGRAM [KEYS] [STEPS] [ROUNDS]");
	if (!pty_possible() || !mkdtemp(folder)) die("no pseudo-terminal, or no /tmp");
	print_machine();
	latency("idle", "", keys);
	latency("tiny trains", "set preset=tiny total_steps=1000000 eval_every=0; data scenes train=256 val=4; train\r", keys);
	latency("base trains, batch 8", "set preset=base batch=8 eval_every=0; data scenes train=256 val=4; train\r", keys);
	if (rounds > 0) throughput(steps, rounds);
	snprintf(command, sizeof command, "rm -rf %s", folder);
	return system(command) != 0;
}
