#include "engine/mask/mask_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"

enum { TEXT_BYTES_MAX = 64 << 10 };

/* The text, line by line, without comments and empty lines. */
struct reader { const char *name, *at, *end, *line; size_t length; int number; };

static bool next_line(struct reader *r) {
	while (r->at < r->end) {
		const char *stop = memchr(r->at, '\n', (size_t)(r->end - r->at));
		r->line = r->at;
		r->length = (size_t)((stop ? stop : r->end) - r->at);
		r->at = stop ? stop + 1 : r->end;
		r->number++;
		while (r->length && strchr(" \t\r", r->line[r->length - 1])) r->length--;
		if (r->length && *r->line != ';') return true;
	}
	return false;
}

static bool line_is(const struct reader *r, const char *text) { return r->length == strlen(text) && memcmp(r->line, text, r->length) == 0; }

static int parse_side(struct reader *r, int *side) {
	char copy[32] = "";
	bool some = next_line(r);
	if (some && r->length < sizeof copy) memcpy(copy, r->line, r->length);
	if (sscanf(copy, "mask %2d", side) == 1 && *side >= 1 && *side * *side <= PATCHES_MAX) return 0;
	return err_set(ERR_FORMAT, "%s is not a mask (it begins with `mask SIDE`, SIDE from 1 to 32 patches)", r->name);
}

static int parse_rows(struct reader *r, int side, enum granularity g, uint8_t *mask) {
	for (int y = 0; y < side; y++) {
		bool some = next_line(r);
		if (!some || r->length != (size_t)side)
			return err_set(ERR_FORMAT, "%s line %d: row %d of %s is not %d characters long", r->name, r->number, y, granularity_name[g], side);
		for (int x = 0; x < side; x++) {
			if (r->line[x] != '#' && r->line[x] != '.')
				return err_set(ERR_FORMAT, "%s line %d: column %d of %s is neither # (masked) nor . (visible)", r->name, r->number, x, granularity_name[g]);
			mask[y * side + x] = r->line[x] == '#';
		}
	}
	return 0;
}

int mask_file_parse(const char *name, const char *text, size_t size, struct given_mask *out) {
	struct reader r = {.name = name, .at = text, .end = text + size};
	struct given_mask m;
	bool seen[GRANULARITIES] = {false};
	int rc = parse_side(&r, &m.side);
	memset(m.final, 1, sizeof m.final);
	while (!rc && next_line(&r)) {
		int g = 0;
		while (g < GRANULARITIES && !line_is(&r, granularity_name[g])) g++;
		if (g == GRANULARITIES || seen[g])
			return err_set(ERR_FORMAT, "%s line %d: a granularity that was not there yet is expected (semseg, instance or rgb)", name, r.number);
		seen[g] = true;
		rc = parse_rows(&r, m.side, (enum granularity)g, m.final[g]);
	}
	if (!rc) *out = m;
	return rc;
}

int mask_file_read(const char *path, struct given_mask *out) {
	FILE *f = fopen(path, "rb");
	char *text = malloc(TEXT_BYTES_MAX);
	int rc = 0;
	if (!f) rc = err_set(ERR_FILE, "can't read the mask %s (%s)", path, strerror(errno));
	else if (!text) rc = err_set(ERR_MEMORY, "can't read the mask %s (out of memory)", path);
	if (!rc) {
		size_t size = fread(text, 1, TEXT_BYTES_MAX, f);
		if (ferror(f)) rc = err_set(ERR_FILE, "can't read the mask %s (%s)", path, strerror(errno));
		else if (size == TEXT_BYTES_MAX) rc = err_set(ERR_FORMAT, "%s is not a mask (text of less than %d KiB expected)", path, TEXT_BYTES_MAX >> 10);
		else rc = mask_file_parse(path, text, size, out);
	}
	if (f) fclose(f);
	free(text);
	return rc;
}

static void write_rows(FILE *f, const struct given_mask *m) {
	fprintf(f, "; a mask made by hand: # masked, . visible\nmask %d\n", m->side);
	for (int g = 0; g < GRANULARITIES; g++) {
		fprintf(f, "%s\n", granularity_name[g]);
		for (int n = 0; n < m->side * m->side; n++) fprintf(f, "%c%s", m->final[g][n] ? '#' : '.', n % m->side == m->side - 1 ? "\n" : "");
	}
}

int mask_file_write(const char *path, const struct given_mask *m) {
	char fresh[4096];
	if (snprintf(fresh, sizeof fresh, "%s.new", path) >= (int)sizeof fresh) return err_set(ERR_FILE, "can't write the mask (its path is too long)");
	FILE *f = fopen(fresh, "wb");
	if (!f) return err_set(ERR_FILE, "can't write the mask %s (%s; check the folder)", path, strerror(errno));
	write_rows(f, m);
	bool failed = ferror(f) != 0;
	if (fclose(f) == 0 && !failed && rename(fresh, path) == 0) return 0;
	int why = errno;
	remove(fresh);
	return err_set(ERR_FILE, "can't write the mask %s (%s)", path, strerror(why));
}
