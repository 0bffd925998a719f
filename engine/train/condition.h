/* engine/train/condition.h -- conditions on a step's numbers: `until loss.rgb<0.3`, `break if "grad_norm>50 or jump.total>1.5"`.
 *
 *     EXPR = TERM [and|or TERM]...      from left to right, no precedence
 *     TERM = QUANTITY <|<=|>|>= NUMBER, or nan
 * QUANTITY: loss.G and smooth.G (G: semseg, instance, rgb, total), jump.G = loss / smooth before the step, grad_norm, lr, step, images_per_s,
 * visible.semseg|instance|rgb (mean over the batch), val.KIND.G. nan: a loss or the gradient norm is not finite.
 * A comparison with a quantity that is not there (no validation yet) is false. Threads: plain data. */
#pragma once

#include <stdbool.h>

#include "engine/base/snapshot.h"

enum { CONDITION_TERMS = 8, CONDITION_BYTES = 160 };

enum comparison { LESS, LESS_EQUAL, GREATER, GREATER_EQUAL, IS_NAN };

struct condition {
	char text[CONDITION_BYTES];
	int terms;
	struct condition_term { int quantity; enum comparison comparison; double value; bool or; } term[CONDITION_TERMS]; /* OR: joined to what stands before by or */
};

/* ERR_ARGUMENT with what was expected and where; nothing changes on failure. */
int condition_parse(struct condition *out, const char *text);
/* M: the step; SMOOTH, SMOOTH_TOTAL: the means before it (0: none yet). */
bool condition_holds(const struct condition *c, const struct metric *m, const double smooth[GRANULARITIES], double smooth_total);
/* The value of the first quantity, for the sentence that says why training stopped. */
double condition_value(const struct condition *c, const struct metric *m, const double smooth[GRANULARITIES], double smooth_total);
const char *const *condition_quantities(void); /* names, NULL-terminated, for Tab and help */
