/* The CPU's op table. */
#include "engine/op/attention.h"
#include "engine/op/embed.h"
#include "engine/op/layernorm.h"
#include "engine/op/linear.h"
#include "engine/op/loss.h"
#include "engine/op/op.h"
#include "engine/op/optimizer.h"
#include "engine/op/sequence.h"

const struct ops ops_cpu = {
	.linear_forward = linear_forward_cpu,
	.linear_backward = linear_backward_cpu,
	.linear_gelu_forward = linear_gelu_forward_cpu,
	.linear_gelu_backward = linear_gelu_backward_cpu,
	.layernorm_forward = layernorm_forward_cpu,
	.residual_layernorm_forward = residual_layernorm_forward_cpu,
	.layernorm_backward = layernorm_backward_cpu,
	.add = add_cpu,
	.attention_forward = attention_forward_cpu,
	.attention_backward = attention_backward_cpu,
	.attention_map = attention_map_cpu,
	.normalise = normalise_cpu,
	.gather_pixels = gather_pixels_cpu,
	.gather_classes = gather_classes_cpu,
	.gather_classes_backward = gather_classes_backward_cpu,
	.tokens_forward = tokens_forward_cpu,
	.tokens_backward = tokens_backward_cpu,
	.sequence_forward = sequence_forward_cpu,
	.sequence_backward = sequence_backward_cpu,
	.rows_copy = rows_copy_cpu,
	.rows_add = rows_add_cpu,
	.cross_entropy = cross_entropy_cpu,
	.pixel_loss = pixel_loss_cpu,
	.adamw = adamw_cpu,
	.sum_squares = sum_squares_cpu,
	.convert = convert_cpu,
	.widen = widen_cpu,
};
