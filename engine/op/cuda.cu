/* The GPU's op table. A name in the list is a function NAME_cuda() of the op's own type, in C++ linkage: a wrong signature does not link. */
#include "engine/op/cuda.h"

#define OPS(row)                                                                                                                  \
	row(linear_forward) row(linear_backward) row(linear_gelu_forward) row(linear_gelu_backward)                                   \
	row(layernorm_forward) row(residual_layernorm_forward) row(layernorm_backward) row(add)                                       \
	row(attention_forward) row(attention_backward) row(attention_map)                                                             \
	row(normalise) row(gather_pixels) row(gather_classes) row(gather_classes_backward) row(tokens_forward) row(tokens_backward)   \
	row(sequence_forward) row(sequence_backward) row(rows_copy) row(rows_add)                                                     \
	row(cross_entropy) row(pixel_loss)                                                                                            \
	row(adamw) row(sum_squares) row(convert) row(widen)

#define DECLARED(name) __typeof__(*ops_cpu.name) name##_cuda;
OPS(DECLARED)

#define ENTRY(name) .name = name##_cuda,
extern "C" const struct ops ops_cuda = {OPS(ENTRY)};
