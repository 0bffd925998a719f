/* tests/ops/op_table.h -- one row per op of engine/op/op.h: its operands, how to call it, and what it computes, said once more in
 * plain double loops. The table drives the check against double precision, the gradient check, the checks of repeatability and
 * aliasing (ops_test.c) and the benchmark (tests/bench/ops_bench.c).
 *
 * A call is one op at one shape N[] (its meaning: the row's `shape`). Operands stand in the order of the op's arguments. All host values
 * are doubles; call_load() rounds them to what the device holds, so that the op and its truth see the same inputs.
 * A backward op names its forward row: operand "dy" is the cotangent of "y", "dx" the gradient of "x", other names mean the same thing. */
#pragma once

#include <stdbool.h>

#include "engine/base/rng.h"
#include "engine/op/op.h"

enum operand_type { ACT, F32, F64, U8, I32 };
enum operand_role { IN, OUT, INOUT, ABSENT /* a NULL argument */ };

struct operand {
	const char *name;
	enum operand_role role;
	enum operand_type type;
	int64_t count;
	double *value;       /* inputs; the truth's outputs */
	void *device;
};

enum { SHAPE_MAX = 8, OPERANDS_MAX = 10, SHAPES_MAX = 10, ALIASES_MAX = 2 };

struct call {
	const struct op_row *row;
	int n[SHAPE_MAX];
	struct operand operand[OPERANDS_MAX];
	int operands;
	struct rng rng;
	double objective;    /* loss ops: what their gradient output is the gradient of */
	bool plain;          /* no argument that the forward does not know (accumulate, add): the gradient check applies */
	double *v[OPERANDS_MAX];   /* the operands' values ... */
	void *p[OPERANDS_MAX];     /* ... and device pointers, for the row's functions */
};

struct op_row {
	const char *name, *shape;
	const char *forward;                                 /* backward ops: the row of the forward */
	double tolerance;                                    /* relative L2 of each output in float32 */
	int tolerance_grows;                                 /* the number of N[] that multiplies it; 0: none */
	void (*setup)(struct call *c);                       /* declares the operands and fills special inputs */
	void (*run)(struct device *d, struct call *c);       /* NULL: a truth without an op of its own */
	void (*truth)(struct call *c);
	double (*flops)(const int *n);                       /* NULL: counts as memory traffic only */
	const char *alias[ALIASES_MAX][2];                   /* an output that may be an input's memory */
	int shapes[SHAPES_MAX][SHAPE_MAX];                   /* awkward sizes for the tests; ends with n[0] == 0 */
};

extern const struct op_row *const op_groups[];           /* the rows by header of engine/op; each group ends with a NULL name */
const struct op_row *op_row_find(const char *name);

void call_new(struct call *c, const struct op_row *row, const int n[SHAPE_MAX], uint32_t seed);
void call_free(struct call *c);
/* Device memory for the operands; outputs hold bytes of GARBAGE. */
int call_load(struct call *c, struct device *d, int garbage);
void call_unload(struct call *c, struct device *d);
/* Operand I as the device has it, as doubles: the caller's, free(). */
double *call_read(const struct call *c, struct device *d, int i);
int call_find(const struct call *c, const char *name);   /* operand's index, or -1 */

/* For setup: the next operand, normal random values if an input; returns its values. */
double *operand_put(struct call *c, const char *name, enum operand_role role, enum operand_type type, int64_t count);

/* 0 .. n-1 in random order: the caller's, free(). */
int *rows_order_new(struct call *c, int n);

/* |got - want| / |want|, L2; NaN if anything is NaN. */
double relative_l2(const double *got, const double *want, int64_t n);
