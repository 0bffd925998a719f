/* engine/mask/curriculum.h -- alpha, beta, gamma over the run (spec.md section 5; paper section III-D, Fig. 3).
 * Threads: plain data. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The three sources of a blended mask; alpha, beta, gamma in this order. */
enum mask_source { SOURCE_SEMANTIC, SOURCE_INSTANCE, SOURCE_RANDOM, SOURCES };
extern const char *const mask_source_name[SOURCES]; /* "semantic", "instance", "random": also the phases' names */

/* Between two knots: straight; (1 - cos(pi u)) / 2; or the earlier knot's mix until the later one's t is reached. Before the first and
 * after the last knot their mix holds. */
enum interpolation { INTERPOLATE_LINEAR, INTERPOLATE_COSINE, INTERPOLATE_STEP, INTERPOLATIONS };
extern const char *const interpolation_name[INTERPOLATIONS]; /* "linear", "cosine", "step" */

enum { KNOTS_MAX = 64 };

struct knot { double t, mix[SOURCES]; }; /* mix sums to 1 */

struct curriculum {
	char name[32];              /* the preset's, the file's, or "edited" */
	enum interpolation interpolation;
	int count;                  /* >= 1, t ascending, distinct */
	struct knot knots[KNOTS_MAX];
};

/* sg-ig-rd (default), ig-sg-rd, rd-ig-sg, sg, ig, rd. ERR_ARGUMENT lists them. */
int curriculum_preset(struct curriculum *out, const char *name);
const char *const *curriculum_presets(void);            /* names, NULL-terminated */

/* alpha, beta, gamma at progress T (clamped to 0..1); they sum to 1. */
void curriculum_at(const struct curriculum *c, double t, double mix[SOURCES]);
/* The phase: the source with the largest share, ties to the later one. */
enum mask_source curriculum_phase(const struct curriculum *c, double t);

/* The text format: `interpolation linear`, then lines `T ALPHA BETA GAMMA`; # comments. parse checks everything and changes nothing
 * on failure (ERR_FORMAT names the line; WHAT names the source). The name is WHAT without folders and ".txt". format is
 * snprintf-like; what it writes parses back to the same bits. save writes a new file and renames it. ERR_FILE as well. */
int curriculum_parse(struct curriculum *out, const char *text, const char *what);
size_t curriculum_format(const struct curriculum *c, char *out, size_t capacity);
int curriculum_load(struct curriculum *out, const char *path);
int curriculum_save(const struct curriculum *c, const char *path);

/* Adds the knot at T, or replaces the one there; removes it. The mix must be non-negative and sum to 1 within 1e-6 (it is then scaled
 * to sum to 1). Two t nearer than 1e-9 are the same. The curriculum is then called "edited". ERR_ARGUMENT; nothing changes on failure. */
int curriculum_set_knot(struct curriculum *c, double t, const double mix[SOURCES]);
int curriculum_remove_knot(struct curriculum *c, double t);
