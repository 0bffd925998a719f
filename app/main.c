/* app/main.c -- start, one way in, stop. The only exit status of the program comes from here: 0; 1 at the first error of a headless run; 2 for wrong
 * program options; 128 + N when signal N ended it. */
#include <locale.h>
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "app/repl.h"
#include "app/signals.h"
#include "app/workbench.h"
#include "engine/base/err.h"
#include "engine/device/spin.h"

#ifndef C2F_VERSION
#define C2F_VERSION "unknown"
#endif

static const char usage[] =
	"usage: c2f [--run DIR] [--plain] [FILE | -c COMMANDS]\n"
	"  FILE              runs a script and ends\n"
	"  -c COMMANDS       runs commands (separated by ; or newlines) and ends\n"
	"  --run DIR         the run's folder; without it runs/DATE-DATA-PRESET is made at the first training\n"
	"  --plain           the plain prompt, without panes\n"
	"  --print-commands  writes the command reference (docs/commands.md)\n"
	"  --version, --help\n"
	"Without FILE and -c it reads commands from the terminal, or from a pipe. `c2f -c help` lists the commands.\n";

struct arguments { const char *run, *commands, *file; bool plain; };

enum { GO_ON = -1 };

static int refuse(const char *what, const char *argument) {
	fprintf(stderr, "error: %s %s (c2f --help)\n", what, argument);
	return 2;
}

/* The value of an option given as `NAME VALUE` or `NAME=VALUE`; NULL if argument *I is not NAME. */
static const char *value_of(const char *name, int argc, char **argv, int *i) {
	size_t n = strlen(name);
	if (strncmp(argv[*i], name, n) != 0) return NULL;
	if (argv[*i][n] == '=' && n > 2) return argv[*i] + n + 1;
	return argv[*i][n] == '\0' && *i + 1 < argc ? argv[++*i] : NULL;
}

/* GO_ON, or the exit status. */
static int parse(int argc, char **argv, struct arguments *out) {
	for (int i = 1; i < argc; i++) {
		const char *argument = argv[i], *value;
		if (!strcmp(argument, "--help") || !strcmp(argument, "-h")) return fputs(usage, stdout), 0;
		if (!strcmp(argument, "--version")) return puts("c2f " C2F_VERSION), 0;
		if (!strcmp(argument, "--print-commands")) return command_markdown(stdout), 0;
		if (!strcmp(argument, "--plain")) {
			out->plain = true;
			continue;
		}
		if ((value = value_of("--run", argc, argv, &i))) out->run = value;
		else if ((value = value_of("-c", argc, argv, &i))) out->commands = value;
		else if (!strcmp(argument, "--run") || !strcmp(argument, "-c")) return refuse("a value is missing behind", argument);
		else if (argument[0] == '-') return refuse("unknown option", argument);
		else if (out->file) return refuse("more than one script:", argument);
		else out->file = argument;
	}
	return out->file && out->commands ? refuse("a script and -c together:", out->file) : GO_ON;
}

static void greet(struct app *a) {
	fprintf(a->out, "C2F Workbench %s: trains C2FMAE, a masked autoencoder that predicts classes, then objects, then pixels.\n",
	        C2F_VERSION);
	char preset[VALUE_TEXT_BYTES], device[VALUE_TEXT_BYTES];
	option_text(&a->options, OPTION_PRESET, true, 0, preset);
	option_text(&a->options, OPTION_DEVICE, true, 0, device);
	fprintf(a->out, "Preset %s, device %s, data: procedural scenes; `set preset=...` and `data open DIR` change that.\n", preset, device);
	fprintf(a->out, "Type `train` to begin (the prompt stays usable), then `status`, `loss`, `predict val/0 out=a.png`; `help` lists all.\n");
	fflush(a->out);
}

/* --run names a folder that holds a run already: nothing of it is overwritten, and the way to go on with it is told. */
static int name_run(struct app *a, const char *dir) {
	char last[PATH_MAX];
	int rc = session_name(&a->session, dir);
	if (rc) return rc;
	rc = session_path(&a->session, "checkpoints/last.safetensors", last);
	if (!rc && access(last, F_OK) == 0)
		fprintf(a->notes, "%s holds a run: `load %s` goes on with it; a new one is appended to its metrics.jsonl and session.c2f\n",
		        a->session.dir, last);
	return rc;
}

static int run(struct app *a, const struct arguments *arguments) {
	int rc = arguments->run ? name_run(a, arguments->run) : 0;
	if (rc) return rc;
	if (arguments->commands) return command_run_text(a, arguments->commands, NULL);
	if (arguments->file) return command_run_file(a, arguments->file);
	if (!isatty(STDIN_FILENO)) return repl_lines(a);
	if (!arguments->plain && isatty(STDOUT_FILENO) && workbench_run(a) == 0) return 0;
	if (!arguments->plain) fprintf(a->notes, "%s\n", err_message());
	greet(a);
	return repl_prompt(a);
}

int main(int argc, char **argv) {
	static struct app app;
	struct arguments arguments = {0};
	spin_briefly(argv);
	setlocale(LC_ALL, "");
	setlocale(LC_NUMERIC, "C"); /* numbers are read and written with a point */
	int status = parse(argc, argv, &arguments);
	if (status != GO_ON) return status;
	int rc = signals_init();
	if (!rc) rc = app_init(&app, stdout, stderr);
	if (!rc) rc = run(&app, &arguments);
	int number = signals_take();
	if (rc) fprintf(stderr, number ? "%s\n" : "error: %s\n", err_message());
	int left = app_leave(&app);
	if (left) fprintf(stderr, "error: %s\n", err_message());
	app_fini(&app);
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "error: the output could not be written (%m)\n");
		left = ERR_FILE;
	}
	return number ? 128 + number : rc || left ? 1 : 0;
}
