/* tests/unit/capture_test.c -- captured attention is the fused path's own: p v gives its o, rows sum to 1, tokens are named right, and the
 * forward pass is the same to the bit. And substituted stages: what stands before is untouched, what follows changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/model/capture.h"
#include "engine/model/internal.h"
#include "tests/unit/model_fixture.h"

enum { VISIBLE = 11 };

struct bench { struct device *device; struct model *model; struct workspace *lean, *kept; struct micro_batch batch; };

static struct bench bench_new(const struct model_config *c) {
	struct bench b;
	OK(device_open(&b.device, "cpu", "fp32", 2));
	OK(model_new(&b.model, b.device, c, 3, true));
	micro_perturb(b.model, 0.2f, 4);
	b.batch = micro_batch_new(c, 1, VISIBLE, 5);
	OK(workspace_new(&b.lean, b.model, 1, VISIBLE, false));
	OK(workspace_new(&b.kept, b.model, 1, VISIBLE, true));
	OK(workspace_load(b.lean, &b.batch.input));
	OK(workspace_load(b.kept, &b.batch.input));
	return b;
}

static void bench_free(struct bench *b) {
	workspace_free(b->lean);
	workspace_free(b->kept);
	model_free(b->model);
	device_close(b->device);
	micro_batch_free(&b->batch);
}

/* What the fused path of LAYER put out, and the v that it read, in a workspace that keeps every layer. */
static void fused(const struct bench *b, struct attention_layer l, const float **o, const float **v, int *stride) {
	const struct model_config *c = model_config(b->model);
	int stage = 0, width = l.kind == ATTENTION_ENCODER ? c->width : c->decoder_width;
	while (c->stage[stage] != l.stage) stage++;
	const struct stage_acts *s = &b->kept->stages[stage];
	const struct block_acts *a = l.kind == ATTENTION_ENCODER ? &b->kept->encoder[l.block] : &s->blocks[l.block];
	bool cross = l.kind == ATTENTION_CROSS;
	*o = cross ? s->o : a->o;
	*v = cross ? (const float *)s->kv + width : (const float *)a->qkv + 2 * width;
	*stride = cross ? 2 * width : 3 * width;
}

static void check_map(const struct bench *b, const struct attention_map *m) {
	const float *o, *v;
	int stride, width = m->layer.kind == ATTENTION_ENCODER ? model_config(b->model)->width : model_config(b->model)->decoder_width, dim = width / m->heads;
	double error = 0, size = 0;
	fused(b, m->layer, &o, &v, &stride);
	for (int h = 0; h < m->heads; h++)
		for (int q = 0; q < m->queries; q++) {
			const float *row = m->values + ((size_t)h * (size_t)m->queries + (size_t)q) * (size_t)m->keys;
			double sum = 0;
			for (int k = 0; k < m->keys; k++) sum += row[k];
			assert_true(fabs(sum - 1) <= 1e-6);
			for (int i = 0; i < dim; i++) {
				double x = 0, want = o[q * width + h * dim + i];
				for (int k = 0; k < m->keys; k++) x += row[k] * (double)v[k * stride + h * dim + i];
				error += (x - want) * (x - want), size += want * want;
			}
		}
	assert_true(sqrt(error / size) <= 1e-6);
}

static void check_tokens(const struct bench *b, const struct attention_map *m) {
	int patches = config_patches(model_config(b->model)), at = 0;
	for (int g = RGB; g >= SEMSEG; g--)
		for (int n = 0; n < patches; n++) {
			bool there = m->layer.kind == ATTENTION_ENCODER ? !b->batch.mask[g][n] : m->layer.kind == ATTENTION_CROSS || g == (int)m->layer.stage;
			if (!there) continue;
			assert_int_equal(m->key[at].granularity, g);
			assert_int_equal(m->key[at++].patch, n);
		}
	if (m->layer.kind == ATTENTION_ENCODER) assert_int_equal(m->key[at++].granularity, GLOBAL_TOKEN);
	assert_int_equal(at, m->keys);
	for (int q = 0; q < m->queries; q++) {
		if (m->layer.kind == ATTENTION_ENCODER) assert_memory_equal(&m->query[q], &m->key[q], sizeof *m->key);
		else assert_true(m->query[q].granularity == (int)m->layer.stage && m->query[q].patch == q);
	}
}

static void predictions(struct workspace *w, float *out) {
	const struct model_config *c = model_config(w->model);
	for (int g = 0; g < GRANULARITIES; g++) {
		workspace_prediction(w, (enum granularity)g, out);
		out += config_patches(c) * config_out(c, (enum granularity)g);
	}
}

static void captured_attention_is_the_fused_path_s(void **state) {
	(void)state;
	struct model_config c = micro_config();
	struct bench b = bench_new(&c);
	struct attention_layer layers[ATTENTION_LAYERS_MAX];
	struct attention_map maps[ATTENTION_LAYERS_MAX];
	int n = attention_layers(&c, layers);
	size_t out = 0;
	assert_int_equal(n, 2 + 3 * 3);
	for (int g = 0; g < GRANULARITIES; g++) out += (size_t)(config_patches(&c) * config_out(&c, (enum granularity)g));
	float *with = malloc(out * sizeof *with), *without = malloc(out * sizeof *without);
	OK(capture_forward(b.lean, layers, n, maps));
	predictions(b.lean, with);
	OK(model_forward(b.kept));
	OK(model_forward(b.lean));
	predictions(b.lean, without);
	assert_memory_equal(with, without, out * sizeof *with);
	for (int i = 0; i < n; i++) {
		check_map(&b, &maps[i]);
		check_tokens(&b, &maps[i]);
		attention_map_free(&maps[i]);
	}
	free(with), free(without);
	bench_free(&b);
}

static void layers_have_names(void **state) {
	(void)state;
	struct model_config c = micro_config();
	struct attention_layer layers[ATTENTION_LAYERS_MAX], found;
	int n = attention_layers(&c, layers);
	for (int i = 0; i < n; i++) {
		char name[ATTENTION_NAME_BYTES];
		attention_layer_name(layers[i], name);
		OK(attention_layer_parse(&c, name, &found));
		assert_true(attention_layer_same(found, layers[i]));
	}
	OK(attention_layer_parse(&c, "last", &found));
	assert_true(found.kind == ATTENTION_ENCODER && found.block == 1);
	OK(attention_layer_parse(&c, "0", &found));
	assert_true(found.kind == ATTENTION_ENCODER && found.block == 0);
	OK(attention_layer_parse(&c, "instance", &found));
	assert_true(found.kind == ATTENTION_CROSS && found.stage == INSTANCE);
	c.cross_attention = false;
	const char *const wrong[] = {"2", "-1", "rgb", "rgb.cross", "rgb.2", "encoder", ""};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		assert_int_equal(attention_layer_parse(&c, wrong[i], &found), ERR_ARGUMENT);
		assert_non_null(strstr(err_message(), "there is no layer"));
	}
}

static void a_substituted_stage_changes_what_follows(void **state) {
	(void)state;
	struct model_config c = micro_config();
	struct bench b = bench_new(&c);
	struct micro_batch other = micro_batch_new(&c, 1, VISIBLE + 1, 6);
	struct workspace *w;
	size_t first = (size_t)(config_patches(&c) * config_out(&c, SEMSEG)), second = (size_t)(config_patches(&c) * config_out(&c, INSTANCE)),
	       all = first + second + (size_t)(config_patches(&c) * config_out(&c, RGB));
	float *own = malloc(all * sizeof *own), *now = malloc(all * sizeof *now);
	OK(workspace_new(&w, b.model, 1, VISIBLE + 1, false));
	OK(workspace_load(w, &other.input));
	OK(model_forward(w));
	OK(model_forward(b.lean));
	OK(model_forward(b.kept));
	predictions(b.lean, own);
	workspace_substitute(b.lean, INSTANCE, b.kept); /* of the same input: nothing changes */
	OK(model_forward(b.lean));
	predictions(b.lean, now);
	assert_memory_equal(own, now, all * sizeof *own);
	workspace_substitute(b.lean, INSTANCE, w);
	OK(model_forward(b.lean));
	predictions(b.lean, now);
	assert_memory_equal(own, now, first * sizeof *own);
	assert_memory_not_equal(own + first, now + first, second * sizeof *own);
	assert_memory_not_equal(own + first + second, now + first + second, (all - first - second) * sizeof *own);
	workspace_prediction(w, INSTANCE, own);
	assert_memory_equal(own, now + first, second * sizeof *own); /* the head reads what stands there */
	free(own), free(now);
	workspace_free(w);
	micro_batch_free(&other);
	bench_free(&b);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(captured_attention_is_the_fused_path_s),
		cmocka_unit_test(layers_have_names),
		cmocka_unit_test(a_substituted_stage_changes_what_follows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
