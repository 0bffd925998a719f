#include "engine/mask/curriculum.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"

enum {
	FILE_BYTES_MAX = 1 << 16,
	LINE_BYTES_MAX = 1024,
	TEXT_BYTES_MAX = 64 + KNOTS_MAX * (1 + SOURCES) * 25, /* a number has at most 24 characters and a separator */
};

static const double SAME = 1e-9; /* two t, or two shares, nearer than this are equal */
static const double SUM_TOLERANCE = 1e-6, SUM_EXACT = 1e-12;

const char *const mask_source_name[SOURCES] = {"semantic", "instance", "random"};
const char *const interpolation_name[INTERPOLATIONS] = {"linear", "cosine", "step"};

#define SG {1, 0, 0}
#define IG {0, 1, 0}
#define RD {0, 0, 1}

/* Section 5 of the specification; the orders are those of the paper's Table VI. Where the phases stand in time is ours [D]. */
static const struct curriculum presets[] = {
	{"sg-ig-rd", INTERPOLATE_LINEAR, 3, {{0, SG}, {0.5, IG}, {1, RD}}},
	{"ig-sg-rd", INTERPOLATE_LINEAR, 3, {{0, IG}, {0.5, SG}, {1, RD}}},
	{"rd-ig-sg", INTERPOLATE_LINEAR, 3, {{0, RD}, {0.5, IG}, {1, SG}}},
	{"sg", INTERPOLATE_LINEAR, 1, {{0, SG}}},
	{"ig", INTERPOLATE_LINEAR, 1, {{0, IG}}},
	{"rd", INTERPOLATE_LINEAR, 1, {{0, RD}}},
};
enum { PRESETS = sizeof presets / sizeof *presets };

int curriculum_preset(struct curriculum *out, const char *name) {
	char list[PRESETS * sizeof presets[0].name] = "";
	for (int i = 0; i < PRESETS; i++) {
		if (strcmp(presets[i].name, name) == 0) {
			*out = presets[i];
			return 0;
		}
		strcat(strcat(list, i ? ", " : ""), presets[i].name);
	}
	return err_set(ERR_ARGUMENT, "no curriculum preset %s (presets: %s)", name, list);
}

const char *const *curriculum_presets(void) {
	static const char *const names[PRESETS + 1] = {presets[0].name, presets[1].name, presets[2].name,
	                                               presets[3].name, presets[4].name, presets[5].name};
	_Static_assert(PRESETS == 6, "list the new preset's name");
	return names;
}

/* --- the mix at a time ---------------------------------------------------------------------------------------------- */

static double eased(enum interpolation how, double u) {
	switch (how) {
	case INTERPOLATE_COSINE: return 0.5 - 0.5 * cos(M_PI * u);
	case INTERPOLATE_STEP: return 0;
	default: return u;
	}
}

void curriculum_at(const struct curriculum *c, double t, double mix[SOURCES]) {
	t = t > 0 ? fmin(t, 1) : 0;
	int next = 0; /* the first knot after T */
	while (next < c->count && c->knots[next].t <= t) next++;
	const struct knot *b = &c->knots[next < c->count ? next : c->count - 1], *a = next > 0 ? &c->knots[next - 1] : b;
	double u = b->t > a->t ? eased(c->interpolation, (t - a->t) / (b->t - a->t)) : 0;
	for (int j = 0; j < SOURCES; j++) mix[j] = (1 - u) * a->mix[j] + u * b->mix[j];
}

enum mask_source curriculum_phase(const struct curriculum *c, double t) {
	double mix[SOURCES];
	curriculum_at(c, t, mix);
	int phase = 0;
	for (int j = 1; j < SOURCES; j++)
		if (mix[j] >= mix[phase] - SAME) phase = j;
	return phase;
}

/* --- knots ---------------------------------------------------------------------------------------------------------- */

/* Writes the checked knot to *OUT; on failure WHY says what is wrong with it. */
static bool knot_make(struct knot *out, double t, const double mix[SOURCES], char *why, size_t capacity) {
	double sum = 0;
	if (!(t >= 0 && t <= 1)) {
		snprintf(why, capacity, "t = %.9g is not in 0..1", t);
		return false;
	}
	for (int j = 0; j < SOURCES; j++) {
		if (!(mix[j] >= 0 && mix[j] <= 1 + SUM_TOLERANCE)) {
			snprintf(why, capacity, "the %s share %.9g is not in 0..1", mask_source_name[j], mix[j]);
			return false;
		}
		sum += mix[j];
	}
	if (!(fabs(sum - 1) <= SUM_TOLERANCE + SUM_EXACT)) { /* three times 0.333333 passes */
		snprintf(why, capacity, "alpha + beta + gamma is %.9g, not 1", sum);
		return false;
	}
	/* A sum that is 1 but for rounding is left alone, so that what was written reads back to the same bits. */
	double scale = fabs(sum - 1) <= SUM_EXACT ? 1 : sum;
	out->t = t + 0.0; /* -0 becomes 0 */
	for (int j = 0; j < SOURCES; j++) out->mix[j] = mix[j] / scale + 0.0;
	return true;
}

static int knot_find(const struct curriculum *c, double t) {
	for (int i = 0; i < c->count; i++)
		if (fabs(c->knots[i].t - t) <= SAME) return i;
	return -1;
}

static void mark_edited(struct curriculum *c) { strcpy(c->name, "edited"); }

int curriculum_set_knot(struct curriculum *c, double t, const double mix[SOURCES]) {
	struct knot knot;
	char why[96];
	if (!knot_make(&knot, t, mix, why, sizeof why)) return err_set(ERR_ARGUMENT, "can't set this knot (%s)", why);
	int at = knot_find(c, t);
	if (at < 0) {
		if (c->count == KNOTS_MAX) return err_set(ERR_ARGUMENT, "can't add a knot (%d is the most; remove one first)", KNOTS_MAX);
		for (at = 0; at < c->count && c->knots[at].t < t; at++) continue;
		memmove(&c->knots[at + 1], &c->knots[at], (size_t)(c->count - at) * sizeof *c->knots);
		c->count++;
	} else {
		knot.t = c->knots[at].t;
	}
	c->knots[at] = knot;
	mark_edited(c);
	return 0;
}

int curriculum_remove_knot(struct curriculum *c, double t) {
	int at = knot_find(c, t);
	if (at < 0) {
		char list[512] = "";
		for (int i = 0, n = 0; i < c->count && n < (int)sizeof list; i++)
			n += snprintf(list + n, sizeof list - (size_t)n, "%s%.6g", i ? ", " : "", c->knots[i].t);
		return err_set(ERR_ARGUMENT, "no knot at t = %.9g (knots stand at %s)", t, list);
	}
	if (c->count == 1) return err_set(ERR_ARGUMENT, "can't remove the only knot (a curriculum has at least one; set another first)");
	memmove(&c->knots[at], &c->knots[at + 1], (size_t)(c->count - at - 1) * sizeof *c->knots);
	c->knots[--c->count] = (struct knot){0};
	mark_edited(c);
	return 0;
}

/* --- text ----------------------------------------------------------------------------------------------------------- */

/* WHAT without folders and without ".txt", as far as it fits. */
static void name_from(char out[sizeof((struct curriculum *)0)->name], const char *what) {
	const char *slash = strrchr(what, '/'), *base = slash ? slash + 1 : what;
	size_t length = strlen(base), room = sizeof((struct curriculum *)0)->name - 1;
	if (length > 4 && strcmp(base + length - 4, ".txt") == 0) length -= 4;
	snprintf(out, room + 1, "%.*s", (int)(length < room ? length : room), base);
}

static int parse_interpolation(struct curriculum *c, char *word, bool *seen, const char *what, int line) {
	char *rest = NULL, *value = strtok_r(word, " \t\r", &rest), *extra = strtok_r(NULL, " \t\r", &rest);
	if (*seen) return err_set(ERR_FORMAT, "%s line %d: a second interpolation (keep one)", what, line);
	for (int i = 0; value && !extra && i < INTERPOLATIONS; i++) {
		if (strcmp(value, interpolation_name[i]) != 0) continue;
		c->interpolation = i;
		*seen = true;
		return 0;
	}
	return err_set(ERR_FORMAT, "%s line %d: unknown interpolation (linear, cosine or step)", what, line);
}

static int parse_knot(struct curriculum *c, const char *text, const char *what, int line) {
	double v[1 + SOURCES];
	char *end = NULL, why[96];
	for (int i = 0; i <= SOURCES; i++, text = end) {
		v[i] = strtod(text, &end);
		if (end == text || !isfinite(v[i]) || (*end && !strchr(" \t\r", *end)))
			return err_set(ERR_FORMAT, "%s line %d: not a knot (write four numbers: T ALPHA BETA GAMMA)", what, line);
	}
	if (end[strspn(end, " \t\r")]) return err_set(ERR_FORMAT, "%s line %d: more than a knot (write four numbers: T ALPHA BETA GAMMA)", what, line);
	if (c->count == KNOTS_MAX) return err_set(ERR_FORMAT, "%s line %d: more than %d knots (leave some out)", what, line, KNOTS_MAX);
	if (!knot_make(&c->knots[c->count], v[0], v + 1, why, sizeof why)) return err_set(ERR_FORMAT, "%s line %d: %s", what, line, why);
	if (c->count > 0 && !(v[0] > c->knots[c->count - 1].t + SAME))
		return err_set(ERR_FORMAT, "%s line %d: t = %.9g does not follow %.9g (knots go in ascending order)", what, line, v[0], c->knots[c->count - 1].t);
	c->count++;
	return 0;
}

int curriculum_parse(struct curriculum *out, const char *text, const char *what) {
	static const char word[] = "interpolation";
	struct curriculum c = {.interpolation = INTERPOLATE_LINEAR};
	bool seen = false;
	name_from(c.name, what);
	for (int line = 1; *text; line++) {
		char copy[LINE_BYTES_MAX];
		size_t length = strcspn(text, "\n"), used = strcspn(text, "#\n");
		if (used >= sizeof copy) return err_set(ERR_FORMAT, "%s line %d: %zu bytes long (%d at most)", what, line, used, LINE_BYTES_MAX - 1);
		memcpy(copy, text, used);
		copy[used] = '\0';
		char *start = copy + strspn(copy, " \t\r");
		int code = 0;
		if (strncmp(start, word, strlen(word)) == 0 && strchr(" \t\r", start[strlen(word)]))
			code = parse_interpolation(&c, start + strlen(word), &seen, what, line);
		else if (*start)
			code = parse_knot(&c, start, what, line);
		if (code) return code;
		text += length + (text[length] == '\n');
	}
	if (c.count == 0) return err_set(ERR_FORMAT, "%s: no knots (write at least one line: T ALPHA BETA GAMMA)", what);
	*out = c;
	return 0;
}

/* The shortest decimal that reads back to V. */
static int number_format(char *out, size_t capacity, double v) {
	int length = 0;
	for (int digits = 15; digits <= 17; digits++) {
		length = snprintf(out, capacity, "%.*g", digits, v);
		if (strtod(out, NULL) == v) break;
	}
	return length;
}

size_t curriculum_format(const struct curriculum *c, char *out, size_t capacity) {
	char text[TEXT_BYTES_MAX];
	size_t n = (size_t)snprintf(text, sizeof text, "interpolation %s\n", interpolation_name[c->interpolation]);
	for (int i = 0; i < c->count; i++) {
		const double v[] = {c->knots[i].t, c->knots[i].mix[0], c->knots[i].mix[1], c->knots[i].mix[2]};
		for (int j = 0; j <= SOURCES; j++) {
			n += (size_t)number_format(text + n, sizeof text - n, v[j]);
			text[n++] = j < SOURCES ? ' ' : '\n';
		}
	}
	text[n] = '\0';
	if (capacity) snprintf(out, capacity, "%s", text);
	return n;
}

int curriculum_load(struct curriculum *out, const char *path) {
	char *text = NULL;
	int code = 0;
	FILE *f = fopen(path, "rb");
	if (!f) return err_set(ERR_FILE, "can't read the curriculum %s (%s; check the path)", path, strerror(errno));
	if (!(text = malloc(FILE_BYTES_MAX + 1))) {
		code = err_set(ERR_MEMORY, "can't read the curriculum %s (out of memory)", path);
		goto cleanup;
	}
	size_t length = fread(text, 1, FILE_BYTES_MAX, f);
	text[length] = '\0';
	if (ferror(f))
		code = err_set(ERR_FILE, "can't read the curriculum %s (%s)", path, strerror(errno));
	else if (length == FILE_BYTES_MAX || memchr(text, '\0', length))
		code = err_set(ERR_FORMAT, "%s is not a curriculum (text of less than %d KiB expected)", path, FILE_BYTES_MAX / 1024);
	else
		code = curriculum_parse(out, text, path);
cleanup:
	free(text);
	fclose(f);
	return code;
}

int curriculum_save(const struct curriculum *c, const char *path) {
	char text[TEXT_BYTES_MAX], fresh[4096];
	curriculum_format(c, text, sizeof text);
	if (snprintf(fresh, sizeof fresh, "%s.new", path) >= (int)sizeof fresh)
		return err_set(ERR_FILE, "can't write the curriculum (its path is longer than %d bytes)", (int)sizeof fresh);
	FILE *f = fopen(fresh, "wb");
	if (!f) return err_set(ERR_FILE, "can't write the curriculum %s (%s; check the folder)", path, strerror(errno));
	bool failed = fprintf(f, "# %s: t alpha beta gamma (semantic, instance, random)\n%s", c->name, text) < 0;
	if (fclose(f) != 0 || failed || rename(fresh, path) != 0) {
		int why = errno;
		remove(fresh);
		return err_set(ERR_FILE, "can't write the curriculum %s (%s)", path, strerror(why));
	}
	return 0;
}
