/* A sorted array: a few hundred keys, a look-up is nine comparisons. */
#include "engine/op/plans.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 512 };

/* ---- the array ---- */

/* Where KEY is, or would stand. */
static int place_of(const struct plans *p, const int32_t *key) {
	int low = 0, high = p->count;
	while (low < high) {
		int middle = (low + high) / 2;
		if (memcmp(p->plan[middle].key, key, sizeof p->plan->key) < 0) low = middle + 1;
		else high = middle;
	}
	return low;
}

struct plan *plans_find(const struct plans *p, const int32_t key[PLAN_KEY]) {
	int at = place_of(p, key);
	return at < p->count && !memcmp(p->plan[at].key, key, sizeof p->plan->key) ? &p->plan[at] : NULL;
}

/* KEY must not be there. */
static struct plan *plan_insert(struct plans *p, const struct plan *fresh) {
	if (p->count == PLANS_MAX) return NULL;
	if (p->count == p->room) {
		int room = p->room ? 2 * p->room : 64;
		struct plan *more = realloc(p->plan, sizeof *more * (size_t)room);
		if (!more) return NULL;
		p->plan = more;
		p->room = room;
	}
	int at = place_of(p, fresh->key);
	memmove(p->plan + at + 1, p->plan + at, sizeof *p->plan * (size_t)(p->count++ - at));
	p->plan[at] = *fresh;
	return &p->plan[at];
}

/* ---- the file ---- */

/* "8 integers : 128 digits" and the line's end. */
static bool line_parse(struct plan *out, const char *s) {
	char *end;
	*out = (struct plan){0};
	for (int i = 0; i < PLAN_KEY; i++, s = end) {
		errno = 0;
		long value = strtol(s, &end, 10);
		if (end == s || errno || value != (int32_t)value) return false;
		out->key[i] = (int32_t)value;
	}
	if (strncmp(s, " : ", 3)) return false;
	s += 3;
	for (int i = 0; i < PLAN_BYTES; i++, s += 2) {
		char pair[3] = {s[0], s[0] ? s[1] : '\0', '\0'};
		if (!isxdigit((unsigned char)pair[0]) || !isxdigit((unsigned char)pair[1])) return false;
		out->bytes[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return !strcmp(s, "\n");
}

void plans_read(struct plans *p, FILE *f) {
	char line[LINE_MAX_BYTES];
	size_t head = strlen(p->head);
	if (!fgets(line, sizeof line, f) || strncmp(line, p->head, head) || strcmp(line + head, "\n")) return;
	while (p->count < PLANS_MAX && fgets(line, sizeof line, f)) {
		struct plan fresh;
		if (line_parse(&fresh, line) && !plans_find(p, fresh.key)) plan_insert(p, &fresh);
	}
}

static void file_read(struct plans *p) {
	FILE *f = p->path[0] ? fopen(p->path, "r") : NULL;
	if (!f) return;
	plans_read(p, f);
	fclose(f);
}

static void line_print(const struct plan *plan, FILE *f) {
	for (int i = 0; i < PLAN_KEY; i++) fprintf(f, i ? " %d" : "%d", plan->key[i]);
	fputs(" : ", f);
	for (int i = 0; i < PLAN_BYTES; i++) fprintf(f, "%02x", plan->bytes[i]);
	fputc('\n', f);
}

/* The folders above PATH, as far as they can be made. */
static void folders_make(const char *path) {
	char folder[sizeof((struct plans *)0)->path];
	snprintf(folder, sizeof folder, "%s", path);
	for (char *slash = strchr(folder + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(folder, 0777);
		*slash = '/';
	}
}

/* Beside its place, then renamed: a reader sees the old file or the new one. */
static void file_write(const struct plans *p) {
	char beside[sizeof p->path + 32];
	if (!p->path[0]) return;
	snprintf(beside, sizeof beside, "%s.%ld", p->path, (long)getpid());
	FILE *f = fopen(beside, "w");
	if (!f) return;
	fprintf(f, "%s\n", p->head);
	for (int i = 0; i < p->count; i++) line_print(&p->plan[i], f);
	bool sound = !ferror(f);
	if (fclose(f) || !sound || rename(beside, p->path)) remove(beside);
}

/* Held from reading the file to writing it, so that two processes that time the same key agree. Negative: no lock, and it is done without. */
static int file_lock(const struct plans *p) {
	char lock[sizeof p->path + 8];
	if (!p->path[0]) return -1;
	snprintf(lock, sizeof lock, "%s.lock", p->path);
	folders_make(p->path);
	int fd = open(lock, O_CREAT | O_RDWR | O_CLOEXEC, 0666);
	if (fd >= 0) flock(fd, LOCK_EX);
	return fd;
}

/* ---- what others call ---- */

static void name_print(char *out, size_t size, const char *name) {
	snprintf(out, size, "%s", name);
	for (char *c = out; *c; c++)
		if (!isalnum((unsigned char)*c)) *c = '-';
}

void plans_path(char *out, size_t size, const char *name, const char *version) {
	const char *own = getenv("C2F_PLANS"), *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	char plain[128];
	int n = 0;
	name_print(plain, sizeof plain, name);
	if (own && own[0]) n = snprintf(out, size, "%s", own);
	else if (cache && cache[0]) n = snprintf(out, size, "%s/c2f/plans-%s-%s.txt", cache, plain, version);
	else if (home && home[0]) n = snprintf(out, size, "%s/.cache/c2f/plans-%s-%s.txt", home, plain, version);
	if (n <= 0 || (size_t)n >= size) out[0] = '\0';
}

void plans_open(struct plans *p, const char *path, const char *head) {
	*p = (struct plans){0};
	if (strlen(path) < sizeof p->path) strcpy(p->path, path);
	snprintf(p->head, sizeof p->head, "%s", head);
	file_read(p);
}

void plans_close(struct plans *p) {
	free(p->plan);
	*p = (struct plans){0};
}

struct plan *plans_keep(struct plans *p, const struct plan *fresh, bool instead) {
	int lock = file_lock(p);
	file_read(p);
	struct plan *kept = plans_find(p, fresh->key);
	if (kept && instead) *kept = *fresh;
	if (!kept) kept = plan_insert(p, fresh);
	if (kept) file_write(p);
	if (lock >= 0) close(lock);
	return kept;
}
