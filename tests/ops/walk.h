/* tests/ops/walk.h -- one op at one shape on one device, looked at from all sides: against its truth in double precision, the same bits
 * twice, the same bits in place. Of no test harness: what is wrong is a sentence. ops_test.c (CPU), tests/cuda_host and tests/gpu walk
 * the op table with it.
 *
 * The truth sees the inputs as the device holds them, bf16 where that is what it holds: what is judged is the op, not the rounding of its inputs. */
#pragma once

#include "tests/ops/op_table.h"

enum walk_check { WALK_AGREES = 1, WALK_REPEATS = 2, WALK_IN_PLACE = 4, WALK_ALL = 7 };

struct walk {
	struct device *d;
	int checks;                /* of enum walk_check */
	void (*other_way)(bool);   /* called with true in front of the second of two runs that must give the same bits, with false behind; or NULL */
	void (*seen)(const struct call *c, const struct operand *o, double error, double allowed); /* each comparison; or NULL */
};

/* NULL, or what is wrong with ROW at N: a sentence that holds until the next call. */
const char *walk_op(const struct walk *w, const struct op_row *row, const int n[SHAPE_MAX]);
/* The same at every shape of the row. */
const char *walk_row(const struct walk *w, const struct op_row *row);
/* AdamW leaves everything as it is where its guard isn't finite. */
const char *walk_guard(struct device *d);

/* For a program's own looks. A call whose inputs that are another op's outputs (mean, rstd, o, lse) are what that op gives, and all of
 * whose inputs are as D holds them (D NULL: float). */
void walk_call(struct call *c, const struct op_row *row, const int n[SHAPE_MAX], const struct device *d);
/* The forward call that belongs to the backward call C: same shape, same inputs, its truth. */
void walk_forward(struct call *f, const struct call *c);
/* Relative L2 that operand O of C may be off by on D. */
double walk_allowed(const struct call *c, const struct device *d, const struct operand *o);
double walk_bf16(double v); /* V as bf16 holds it: 8 bits, to nearest, ties to even */
static inline bool walk_is_output(const struct operand *o) { return o->role == OUT || o->role == INOUT; }
/* More shapes that every device must pass: no rows, whose gradients are zero. Ends with a NULL op. */
struct walk_shape { const char *op; int n[SHAPE_MAX]; };
extern const struct walk_shape walk_no_rows[];
