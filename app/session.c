#include "app/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "app/command.h"
#include "app/options.h"
#include "engine/base/err.h"
#include "engine/base/json.h"

#ifndef C2F_VERSION
#define C2F_VERSION "unknown"
#endif

const char *session_version(void) { return C2F_VERSION; }

void session_init(struct session *s) { *s = (struct session){0}; }

int session_path(const struct session *s, const char *name, char *out) {
	int n = snprintf(out, PATH_MAX, "%s/%s", s->dir, name);
	return n < PATH_MAX ? 0 : err_set(ERR_ARGUMENT, "the path %s/%.60s is too long (name a shorter run folder)", s->dir, name);
}

int session_name(struct session *s, const char *dir) {
	struct stat st;
	if (!*dir || strlen(dir) > PATH_MAX - 256)
		return err_set(ERR_ARGUMENT, "--run needs the name of a folder (at most %d bytes)", PATH_MAX - 256);
	if (stat(dir, &st) == 0 && !S_ISDIR(st.st_mode)) return err_set(ERR_FILE, "%s is not a folder (give --run another name)", dir);
	snprintf(s->dir, sizeof s->dir, "%s", dir);
	for (size_t n = strlen(s->dir); n > 1 && s->dir[n - 1] == '/'; n--) s->dir[n - 1] = '\0';
	s->named = true;
	return 0;
}

/* ---- folders ---------------------------------------------------------------------------------------------------------- */

/* mkdir -p */
static int make_folders(const char *path) {
	char part[PATH_MAX];
	for (const char *end = path; *end; ) {
		end += strspn(end, "/");
		end += strcspn(end, "/");
		snprintf(part, sizeof part, "%.*s", (int)(end - path), path);
		if (mkdir(part, 0777) && errno != EEXIST) return err_set(ERR_FILE, "can't make the folder %s (%s)", part, strerror(errno));
	}
	return 0;
}

static bool exists(const char *path) { return access(path, F_OK) == 0; }

/* The last part of DATA's path, with what a file name should not have turned into '-'. */
static void name_folder(struct session *s, const char *data, const char *preset) {
	char stamp[32], label[64];
	time_t now = time(NULL);
	struct tm local;
	strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", localtime_r(&now, &local));
	const char *last = strrchr(data, '/');
	snprintf(label, sizeof label, "%.40s", last ? last + 1 : data);
	for (char *c = label; *c; c++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-", *c)) *c = '-';
	snprintf(s->dir, sizeof s->dir, "runs/%s-%s-%s", stamp, label, preset);
	for (int i = 2; exists(s->dir); i++) snprintf(s->dir, sizeof s->dir, "runs/%s-%s-%s-%d", stamp, label, preset, i);
}

/* ---- the script ----------------------------------------------------------------------------------------------------------- */

static void write_text(struct session *s, const char *text) {
	if (s->script) {
		fputs(text, s->script);
		fflush(s->script);
		return;
	}
	size_t more = strlen(text);
	char *grown = realloc(s->waiting, s->waiting_bytes + more + 1);
	if (!grown) return; /* out of memory: the script is the least of it */
	memcpy(grown + s->waiting_bytes, text, more + 1);
	s->waiting = grown;
	s->waiting_bytes += more;
}

int session_open(struct session *s, const char *data, const char *preset) {
	char path[PATH_MAX], stamp[64];
	if (s->script) return 0;
	if (!*s->dir) name_folder(s, data, preset);
	static const char *const inner[] = {"checkpoints", "figures"};
	for (int i = 0; i < 2; i++) {
		int rc = session_path(s, inner[i], path);
		if (rc || (rc = make_folders(path))) return rc;
	}
	int rc = session_path(s, "session.c2f", path);
	if (rc) return rc;
	bool again = exists(path);
	FILE *f = fopen(path, "a");
	if (!f) return err_set(ERR_FILE, "can't write %s (%s)", path, strerror(errno));
	time_t now = time(NULL);
	struct tm local;
	strftime(stamp, sizeof stamp, "%Y-%m-%d %H:%M:%S", localtime_r(&now, &local));
	fprintf(f, "# %s, c2f %s; `c2f %s` repeats it\n%s", stamp, C2F_VERSION, path, again ? "reset all\n" : "");
	s->script = f;
	if (s->waiting) write_text(s, s->waiting);
	free(s->waiting);
	s->waiting = NULL;
	s->waiting_bytes = 0;
	return 0;
}

void session_reached(struct session *s, int64_t step) {
	char line[64];
	if (step <= s->position) return;
	snprintf(line, sizeof line, "until step=%lld\n", (long long)step);
	write_text(s, line);
	s->position = step;
}

void session_record(struct session *s, const char *command, int64_t step) {
	char note[48];
	session_reached(s, step);
	snprintf(note, sizeof note, "  # step %lld\n", (long long)step);
	write_text(s, command);
	write_text(s, note);
}

void session_restart(struct session *s, const char *lines) {
	if (s->script) {
		fclose(s->script);
		s->script = NULL;
		char base[PATH_MAX];
		snprintf(base, sizeof base, "%s", s->dir);
		if (!s->named) s->dir[0] = '\0';
		for (int i = 2; s->named && exists(s->dir); i++) snprintf(s->dir, sizeof s->dir, "%.*s-%d", PATH_MAX - 16, base, i);
	}
	free(s->waiting);
	s->waiting = NULL;
	s->waiting_bytes = 0;
	s->position = 0;
	write_text(s, lines);
}

void session_close(struct session *s) {
	if (s->script) fclose(s->script);
	free(s->waiting);
	session_init(s);
}

/* ---- options.json ------------------------------------------------------------------------------------------------------------- */

static void write_used(FILE *f, const struct snapshot *used) {
	char name[4 * sizeof used->device];
	if (!used) return;
	jv_quote(name, sizeof name, used->device);
	fprintf(f, "  \"used\": {\"device\": \"%s\", \"precision\": \"%s\", \"name\": %s},\n", used->kind, used->precision, name);
}

int session_options(struct session *s, const char *lines, const struct options *o, int classes, const struct snapshot *used) {
	char path[PATH_MAX], text[VALUE_TEXT_BYTES], quoted[4 * LINE_BYTES];
	int rc = session_path(s, "options.json", path);
	if (rc) return rc;
	FILE *f = fopen(path, "w");
	if (!f) return err_set(ERR_FILE, "can't write %s (%s)", path, strerror(errno));
	jv_quote(quoted, sizeof quoted, lines);
	fprintf(f, "{\n  \"version\": \"%s\",\n  \"commands\": %s,\n", C2F_VERSION, quoted);
	write_used(f, used);
	fprintf(f, "  \"options\": {\n");
	for (int i = 0; i < OPTIONS; i++) {
		const struct option *option = option_at((enum option_id)i);
		option_text(o, (enum option_id)i, true, classes, text);
		bool bare = (option->rule.type == VALUE_INT || option->rule.type == VALUE_REAL) && strcmp(text, "auto") != 0;
		if (option->rule.type == VALUE_BOOL) snprintf(quoted, sizeof quoted, "%s", o->value[i].integer ? "true" : "false");
		else if (bare) snprintf(quoted, sizeof quoted, "%s", text);
		else jv_quote(quoted, sizeof quoted, text);
		fprintf(f, "    \"%s\": %s%s\n", option->name, quoted, i + 1 < OPTIONS ? "," : "");
	}
	fprintf(f, "  }\n}\n");
	bool failed = ferror(f);
	return fclose(f) || failed ? err_set(ERR_FILE, "can't write %s (%s)", path, strerror(errno)) : 0;
}
