/* tests/unit/model_parameters_test.c -- the parameter table (names, shapes, counts, initial values), positions, and the configuration's
 * checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/model/parameters.h"
#include "tests/unit/model_fixture.h"

static struct layout *layout_of(const struct model_config *c) {
	struct layout *l = malloc(sizeof *l);
	OK(model_config_check(c));
	layout_build(l, c);
	return l;
}

static const struct parameter *find(const struct layout *l, const char *name) {
	for (int i = 0; i < l->count; i++)
		if (strcmp(l->rows[i].name, name) == 0) return &l->rows[i];
	return NULL;
}

static void names_and_shapes(void **state) {
	(void)state;
	struct model_config c = model_config_of(model_preset_find("base"));
	struct layout *l = layout_of(&c);
	static const struct { const char *name; int ndim, shape[4]; bool decay; } want[] = {
		{"input_adapters.rgb.proj.weight", 4, {768, 3, 16, 16}, true},
		{"input_adapters.rgb.proj.bias", 1, {768}, false},
		{"input_adapters.semseg.class_emb.weight", 2, {134, 64}, false},
		{"input_adapters.semseg.proj.weight", 4, {768, 64, 4, 4}, true},
		{"input_adapters.instance.class_emb.weight", 2, {32, 64}, false},
		{"input_adapters.instance.proj.weight", 4, {768, 64, 4, 4}, true},
		{"global_tokens", 3, {1, 1, 768}, false},
		{"encoder.0.norm1.weight", 1, {768}, false},
		{"encoder.11.attn.qkv.weight", 2, {2304, 768}, true},
		{"encoder.11.attn.proj.bias", 1, {768}, false},
		{"encoder.5.mlp.fc1.weight", 2, {3072, 768}, true},
		{"encoder.5.mlp.fc2.weight", 2, {768, 3072}, true},
		{"decoder.proj_context.weight", 2, {256, 768}, true},
		{"decoder.mask_token", 3, {1, 1, 256}, false},
		{"decoder.task_embeddings.instance", 3, {1, 1, 256}, false},
		{"decoder.stages.semseg.query_norm.bias", 1, {256}, false},
		{"decoder.stages.semseg.context_norm.weight", 1, {256}, false},
		{"decoder.stages.semseg.cross.q.weight", 2, {256, 256}, true},
		{"decoder.stages.instance.cross.kv.weight", 2, {512, 256}, true},
		{"decoder.stages.rgb.cross.proj.bias", 1, {256}, false},
		{"decoder.stages.rgb.out_norm.weight", 1, {256}, false},
		{"decoder.stages.rgb.mlp.fc1.weight", 2, {1024, 256}, true},
		{"decoder.stages.rgb.blocks.1.attn.qkv.weight", 2, {768, 256}, true},
		{"decoder.stages.rgb.blocks.0.norm2.weight", 1, {256}, false},
		{"decoder.stages.semseg.head.weight", 2, {2128, 256}, true},
		{"decoder.stages.instance.head.weight", 2, {512, 256}, true},
		{"decoder.stages.rgb.head.weight", 2, {768, 256}, true},
	};
	for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
		const struct parameter *p = find(l, want[i].name);
		if (!p) fail_msg("no %s", want[i].name);
		assert_int_equal(p->ndim, want[i].ndim);
		for (int k = 0; k < p->ndim; k++) assert_int_equal(p->shape[k], want[i].shape[k]);
		assert_int_equal(p->decay, want[i].decay);
	}
	free(l);
}

/* ViT-B's 12 blocks have 85 054 464 parameters: 12 (12 D^2 + 13 D). */
static void counts(void **state) {
	(void)state;
	struct model_config c = model_config_of(model_preset_find("base"));
	struct layout *l = layout_of(&c);
	size_t encoder = 0, decoder = 0, rest = 0;
	for (int i = 0; i < l->count; i++) {
		const char *name = l->rows[i].name;
		size_t *part = strncmp(name, "encoder.", 8) == 0 ? &encoder : strncmp(name, "decoder.", 8) == 0 ? &decoder : &rest;
		*part += l->rows[i].count;
	}
	size_t d = 256, stage = 2 * 2 * d + (d * d + d) + (2 * d * d + 2 * d) + (d * d + d) + 2 * d + (8 * d * d + 5 * d) +
	                        2 * (12 * d * d + 13 * d);
	assert_int_equal(encoder, 85054464);
	assert_int_equal(decoder, 768 * d + d + 4 * d + 3 * stage + (d + 1) * (2128 + 512 + 768));
	assert_int_equal(rest, 768 * 768 + 768 + 2 * (1024 * 768 + 768) + 134 * 64 + 32 * 64 + 768);
	free(l);
}

/* Decayed rows first, each on 64 bytes, none on another; names differ. */
static void flat_buffer(void **state) {
	(void)state;
	struct model_config c = micro_config();
	struct layout *l = layout_of(&c);
	size_t sum = 0;
	for (int i = 0; i < l->count; i++) {
		const struct parameter *p = &l->rows[i];
		assert_int_equal(p->offset % 16, 0);
		assert_true(p->decay ? p->offset + p->count <= l->decayed : p->offset >= l->decayed);
		assert_true(p->offset + p->count <= l->size);
		for (int j = 0; j < i; j++) {
			const struct parameter *q = &l->rows[j];
			assert_true(p->offset >= q->offset + q->count || q->offset >= p->offset + p->count);
			assert_string_not_equal(p->name, q->name);
		}
		sum += (p->count + 15) / 16 * 16;
	}
	assert_int_equal(sum, l->size);
	free(l);
}

static void ablations_leave_unused_parts_out(void **state) {
	(void)state;
	struct model_config c = micro_config();
	c.cross_attention = false;
	c.active[INSTANCE] = false;
	c.stages = 2, c.stage[0] = RGB, c.stage[1] = SEMSEG;
	struct layout *l = layout_of(&c);
	for (int i = 0; i < l->count; i++) {
		assert_null(strstr(l->rows[i].name, "instance"));
		assert_null(strstr(l->rows[i].name, "cross"));
		assert_null(strstr(l->rows[i].name, "query_norm"));
		assert_null(strstr(l->rows[i].name, "context_norm"));
	}
	assert_non_null(find(l, "decoder.stages.rgb.out_norm.weight"));
	assert_int_equal(l->groups, 2);
	assert_int_equal(l->sequence[0], RGB);
	assert_int_equal(l->sequence[1], SEMSEG);
	free(l);
}

/* Bounds and moments of the starting values; BOUND 0: a cut normal of deviation 0.02. */
static void check_drawn(const struct layout *l, const char *name, double bound) {
	const struct parameter *p = find(l, name);
	float *w = malloc(p->count * sizeof *w);
	double square = 0, most = 0, sum = 0;
	parameter_draw(l, (int)(p - l->rows), 1, w);
	for (size_t i = 0; i < p->count; i++) {
		sum += w[i];
		square += (double)w[i] * w[i];
		most = fmax(most, fabs(w[i]));
	}
	/* a normal cut at two deviations keeps 0.8796 of its own */
	double deviation = sqrt(square / (double)p->count), want = bound > 0 ? bound / sqrt(3) : 0.02 * 0.8796;
	assert_true(most <= (bound > 0 ? bound : 0.04) && most > 0.9 * (bound > 0 ? bound : 0.04));
	assert_true(fabs(deviation / want - 1) < 0.04);
	assert_true(fabs(sum / (double)p->count) < 4 * deviation / sqrt((double)p->count));
	free(w);
}

static void initial_values(void **state) {
	(void)state;
	struct model_config c = model_config_of(model_preset_find("tiny"));
	struct layout *l = layout_of(&c);
	check_drawn(l, "encoder.1.attn.qkv.weight", sqrt(6.0 / (192 + 192))); /* q, k and v separately */
	check_drawn(l, "decoder.stages.rgb.cross.kv.weight", sqrt(6.0 / (96 + 96)));
	check_drawn(l, "encoder.0.mlp.fc1.weight", sqrt(6.0 / (192 + 768)));
	check_drawn(l, "input_adapters.rgb.proj.weight", sqrt(6.0 / (3 * 64 + 192)));
	check_drawn(l, "input_adapters.semseg.proj.weight", sqrt(6.0 / (1024 + 192)));
	check_drawn(l, "input_adapters.instance.class_emb.weight", 0);
	float table[134 * 64], one[192];
	parameter_draw(l, (int)(find(l, "input_adapters.semseg.class_emb.weight") - l->rows), 1, table);
	for (int i = 0; i < 64; i++) assert_true(table[133 * 64 + i] == 0);
	parameter_draw(l, (int)(find(l, "encoder.0.norm1.weight") - l->rows), 1, one);
	for (int i = 0; i < 192; i++) assert_true(one[i] == 1);
	free(l);
}

/* Row first (MultiMAE): at row 1, column 0 only the first half moves away from sin 0, cos 0. */
static void positions(void **state) {
	(void)state;
	float p[9 * 8];
	positions_sincos(p, 3, 8);
	const float *at = p + 3 * 8; /* y 1, x 0 */
	const double want[8] = {sin(1), sin(0.01), cos(1), cos(0.01), 0, 0, 1, 1};
	for (int i = 0; i < 8; i++) assert_true(fabs(at[i] - want[i]) < 1e-6);
	at = p + 2 * 8; /* y 0, x 2 */
	const double right[8] = {0, 0, 1, 1, sin(2), sin(0.02), cos(2), cos(0.02)};
	for (int i = 0; i < 8; i++) assert_true(fabs(at[i] - right[i]) < 1e-6);
}

static void bad_configurations(void **state) {
	(void)state;
	static const struct { size_t field; int value; const char *says;
	} bad[] = {
#define FIELD(f) offsetof(struct model_config, f)
	        {FIELD(image_size), 18, "not a multiple"},
	        {FIELD(image_size), 0, "not a multiple"},
	        {FIELD(image_size), 4096, "too large"},
	        {FIELD(patch), 0, "patch size"},
	        {FIELD(patch), 6, "patch size"},
	        {FIELD(width), 30, "width 30"},
	        {FIELD(width), -4, "width -4"},
	        {FIELD(heads), 0, "heads"},
	        {FIELD(heads), 3, "3 heads"},
	        {FIELD(decoder_width), 2, "decoder width"},
	        {FIELD(decoder_heads), 7, "7 heads"},
	        {FIELD(depth), 0, "depth"},
	        {FIELD(depth), 1000000000, "depth"},
	        {FIELD(classes), 0, "classes"},
	        {FIELD(classes), 256, "classes"},
	        {FIELD(instances), 1, "instances"},
	        {FIELD(instances), 257, "instances"},
	        {FIELD(stages), 2, "stages"},
	        {FIELD(stage[1]), SEMSEG, "stage 2"},
	        {FIELD(stage[0]), 7, "stage 1"},
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct model_config c = micro_config();
		memcpy((char *)&c + bad[i].field, &bad[i].value, sizeof(int));
		assert_int_equal(model_config_check(&c), ERR_ARGUMENT);
		if (!strstr(err_message(), bad[i].says)) fail_msg("'%s' does not say '%s'", err_message(), bad[i].says);
	}
	struct model_config c = micro_config();
	memset(c.active, 0, sizeof c.active);
	assert_int_equal(model_config_check(&c), ERR_ARGUMENT);
	for (const struct model_preset *p = model_presets; p->name; p++) {
		c = model_config_of(p);
		OK(model_config_check(&c));
	}
	assert_null(model_preset_find("huge"));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_shapes),
		cmocka_unit_test(counts),
		cmocka_unit_test(flat_buffer),
		cmocka_unit_test(ablations_leave_unused_parts_out),
		cmocka_unit_test(initial_values),
		cmocka_unit_test(positions),
		cmocka_unit_test(bad_configurations),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
