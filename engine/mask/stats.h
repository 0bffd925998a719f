/* engine/mask/stats.h -- what masks really did, for one draw and summed over many (spec.md section 6), as numbers, text and CSV.
 *
 * Requested: the curriculum's alpha, beta, gamma. Realised: the alpha, beta, gamma whose blend of the three source masks comes nearest the
 * final mask: the w >= 0 with sum 1 that minimises |final - sum_j w_j source_j|^2 over the patches. [D] A plain count of agreement would
 * not be honest: with five sixths masked, any two independent masks agree on five sixths of what they mask. The
 * least squares see only the patches on which the sources differ. Where the sources can't be told apart (equal masks),
 * realised falls back on requested.
 * Effective mix: of the final masked patches, how many are held (masked) by which set of sources.
 * Threads: pure; a summary belongs to one thread at a time. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "engine/mask/mask.h"

/* A set of sources: bit j stands for source j. */
enum { HELD_SETS = 1 << SOURCES };
extern const char *const mask_held_name[HELD_SETS]; /* "none", "semantic", "instance", "semantic+instance", ... "all" */

/* Row GRANULARITIES of an array [MASK_ROWS] is all active granularities together. */
enum { MASK_ROWS = GRANULARITIES + 1 };

struct mask_region {
	int label;                             /* the class, or UNLABELLED */
	int64_t patches;                       /* |P_c| */
	int64_t quota[GRANULARITIES];          /* patches that semantic guidance asks for */
	int64_t masked[GRANULARITIES];         /* of the final mask */
};

/* Patches of one granularity (or of all). */
struct mask_counts {
	int64_t visible, masked;               /* n_g, K_g */
	int64_t held[HELD_SETS];               /* of the masked: by exactly this set of sources; sums to masked */
	int64_t sets[HELD_SETS];               /* of all patches, masked or not: held by exactly this set; sums to N */
	int64_t object, object_quota, object_masked; /* patches on objects; what instance guidance asks for; masked in the final */
	int64_t background, background_masked;
	int64_t components, largest;           /* 4-connected sets of masked patches: how many, the largest's size; mean size = masked / components */
};

/* One draw's, or a sum over many: then every number is a sum, but largest, which is the largest, and realised, which is one
 * least-squares fit over all patches of all draws (so that draws which can't tell the sources apart don't count). */
struct mask_stats {
	int64_t draws;
	bool active[GRANULARITIES];
	bool blended;                          /* false for block and tube: realised means nothing */
	double requested[SOURCES], realised[MASK_ROWS][SOURCES];
	struct mask_counts counts[MASK_ROWS];  /* zeros where inactive */
	int regions;
	struct mask_region region[CLASSES_MAX + 1]; /* ascending label */
};

/* O: the options D was drawn with. */
void mask_stats_of(const struct mask_options *o, const struct mask_draw *d, struct mask_stats *out);

/* --- many draws --- */
/* About 80 KiB; zero-initialised it is empty. Add only draws of the same options, but for the mix. */
struct mask_summary {
	struct mask_stats total;               /* region[c] is class c's, [classes] the unlabelled's: rows without patches too */
	int side, patches;
	int64_t chosen[SOURCES];               /* draws of blend=sample that took this source */
	int64_t largest_sum[MASK_ROWS];        /* over draws, so that the mean largest component = largest_sum / draws */
	int64_t visible[GRANULARITIES][PATCHES_MAX + 1];  /* histogram of n_g */
	int64_t position[GRANULARITIES][PATCHES_MAX];     /* coverage: draws that masked this position */
};
void mask_summary_add(struct mask_summary *s, const struct mask_options *o, const struct mask_draw *d, const struct mask_stats *st);

/* --- printing --- */
/* Class names, for this room knows no data set: name(context, class), borrowed until the next call. NULL names: "class 12". */
struct mask_names {
	const char *(*name)(const void *context, int label);
	const void *context;
};

/* "sky", "unlabelled", or "class 12" when NAMES is NULL or has no name for it. */
void mask_label_name(const struct mask_names *names, int label, char *out, size_t capacity);

/* One draw, at most 80 columns for grids of up to 32 x 32: the label maps, per granularity the three source masks and the final one, then
 * the numbers. UNICODE off: ASCII alone. COLOUR: ANSI escapes, never the only sign. */
void mask_print(FILE *f, const struct mask_draw *d, const struct mask_stats *st, const struct mask_names *names, bool unicode, bool colour);
/* The same for a summary: means, the histogram of visible counts, coverage by position and by class. */
void mask_summary_print(FILE *f, const struct mask_summary *s, const struct mask_names *names, bool unicode);

/* One row a patch: granularity,row,col,semantic_label,instance_label,m_semantic,m_instance,m_random,final; the active granularities in
 * order; unlabelled is 255. ERR_FILE. */
int mask_csv(FILE *f, const struct mask_draw *d);
/* Long form, one row a number: step,granularity,quantity,key,value. granularity is a name or "all"; quantities, keys and units are listed in
 * docs/masks.md. ERR_FILE. */
int mask_summary_csv(FILE *f, const struct mask_summary *s, const struct mask_names *names, int64_t step);
