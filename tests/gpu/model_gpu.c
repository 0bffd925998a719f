/* tests/gpu/model_gpu.c -- the whole model on the GPU against the CPU in fp32: predictions, losses, the gradient of every parameter and the
 * weights after three AdamW steps, for tiny with each of its options and for small.
 *
 * Both devices start from the same weights (moved away from their special starting values, zero biases and unit norms) and see the same
 * three batches. What is compared, and with what:
 *   predictions, weights   relative L2 a tensor
 *   losses                 relative, the total and each granularity's
 *   gradients              |got - want| / max(|want|, FLOOR): relative L2 a tensor, but for tensors that are nearly zero: of some (a granularity
 *                          without a visible patch; a key's bias, which cannot change a softmax) only rounding is left, with which no device can
 *                          agree. FLOOR is the norm that the tensor would have at a hundredth of the whole gradient's root mean square.
 *                          The whole gradient, as one vector, must keep the tolerance; of the tensors one in twenty may be beyond it, up to
 *                          FARTHEST, for a cross-attention's queries get theirs as small differences of large numbers while its
 *                          softmax is still flat. Rounding nothing but the linears' operands to bf16 (the CPU's bf16) puts those at up to 2e-2
 *                          here, float32 PyTorch with every activation and its gradient rounded at up to 3e-2, the emulated kernels at up to 4e-2.
 *                          How many are, and the farthest by name, with their own relative error and their size (root mean square, against
 *                          the whole gradient's), stand in the output.
 *   movement               of the weights, w(3) - w(0), relative L2 over all parameters: the weights barely move in three steps, so that their own
 *                          relative error would be small without any step at all. AdamW divides by the gradient's size, so that a small element
 *                          whose sign differs moves the other way, and in bf16 there are some. epsilon is 1e-6: what is rounding in fp32 stays.
 * Tolerances: fp32 1e-4 (the same sums in another order). bf16 2e-2, losses 1e-2: a rounding is off by 2^-8 at most and 2^-9.2 on average, and
 * those of 12 to 40 layers, several each, add as their square root. tf32 5e-3: operands with 11 bits, 8 times closer when rounded, 4 when cut. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/rng.h"
#include "engine/model/parameters.h"
#include "tests/bench/workload.h"
#include "tests/gpu/harness.h"

enum { STEPS = 3, LISTED = 3 };
static const double FLOOR = 0.01;

struct tolerance { const char *precision; double tensor, farthest, loss, movement; };
static const struct tolerance tolerances[] = {{"fp32", 1e-4, 1e-4, 1e-4, 1e-2}, {"tf32", 5e-3, 1e-2, 5e-3, 0.1}, {"bf16", 2e-2, 5e-2, 1e-2, 0.2}};

static const struct optimizer_config adamw = {.lr = 1e-4, .beta1 = 0.9, .beta2 = 0.95, .epsilon = 1e-6, .decay = 0.05};

/* A preset and what differs from it. */
struct variant {
	const char *name, *preset;
	int batch, visible;                /* visible 0: the preset's */
	const char *stages;                /* the active granularities in the order of their stages, by letter; NULL: S, I, R */
	bool parallel, cumulative, self_only, norm_pix;
	int classes, instances;            /* 0: the preset's */
};
static const struct variant variants[] = {
	{"tiny", "tiny", .batch = 5},
	{"tiny, decoder=parallel", "tiny", .batch = 3, .parallel = true},
	{"tiny, cascade=cumulative", "tiny", .batch = 3, .cumulative = true},
	{"tiny, cross_attention=off", "tiny", .batch = 3, .self_only = true},
	{"tiny, norm_pix=on", "tiny", .batch = 3, .norm_pix = true},
	{"tiny, stage_order=R,I,S", "tiny", .batch = 3, .stages = "RIS"},
	{"tiny, stage_order=I,R,S cumulative", "tiny", .batch = 3, .stages = "IRS", .cumulative = true},
	{"tiny, granularities=rgb", "tiny", .batch = 3, .visible = 16, .stages = "R"},
	{"tiny, granularities=semseg,rgb", "tiny", .batch = 3, .visible = 24, .stages = "SR"},
	{"tiny, granularities=instance,semseg", "tiny", .batch = 3, .visible = 24, .stages = "SI"},
	{"tiny, classes=31 instances=7 visible=99", "tiny", .batch = 3, .visible = 99, .classes = 31, .instances = 7},
	{"tiny, visible=1", "tiny", .batch = 4, .visible = 1},
	{"small", "small", .batch = 2},
};

static struct model_config config_of(const struct variant *v) {
	struct model_config c = model_config_of(model_preset_find(v->preset));
	const char *letters = "SIR"; /* by granularity */
	for (int g = 0; v->stages && g < GRANULARITIES; g++) c.active[g] = strchr(v->stages, letters[g]) != NULL;
	if (v->stages) c.stages = (int)strlen(v->stages);
	for (int i = 0; v->stages && i < c.stages; i++) c.stage[i] = (enum granularity)(strchr(letters, v->stages[i]) - letters);
	c.cascade = !v->parallel, c.cumulative = v->cumulative, c.cross_attention = !v->self_only, c.norm_pix = v->norm_pix;
	if (v->classes) c.classes = v->classes, c.instances = v->instances;
	return c;
}

/* Random input whose masks leave VISIBLE tokens of the active granularities; a tenth of the semantic cells is unlabelled, and the last of several
 * samples has no label at all. */
static struct model_input batch_new(const struct model_config *c, int batch, int visible, uint32_t step) {
	struct model_input in = input_new(c, batch, visible);
	int patches = config_patches(c), active[GRANULARITIES], count = 0;
	uint8_t *labels = (uint8_t *)in.labels[SEMSEG];
	struct rng r;
	rng_init(&r, 7, RNG_SCENE, 0, step);
	for (int64_t i = 0; i < (int64_t)batch * patches * CELLS; i++)
		if (rng_below(&r, 10) == 0 || (batch > 1 && i / patches / CELLS == batch - 1)) labels[i] = UNLABELLED;
	for (int g = 0; g < GRANULARITIES; g++) {
		memset((uint8_t *)in.mask[g], 1, (size_t)(batch * patches));
		if (c->active[g]) active[count++] = g;
	}
	int *order = malloc((size_t)(count * patches) * sizeof *order);
	for (int b = 0; b < batch; b++) {
		for (int i = 0; i < count * patches; i++) order[i] = i;
		rng_shuffle(&r, order, count * patches);
		for (int i = 0; i < visible; i++) ((uint8_t *)in.mask[active[order[i] / patches]])[b * patches + order[i] % patches] = 0;
	}
	free(order);
	return in;
}

/* ---- one device's results ---- */

struct result {
	size_t size;                              /* floats of a flat buffer */
	float *before, *gradient, *after;         /* of the first step; the weights after STEPS */
	float *prediction[GRANULARITIES];
	size_t predictions[GRANULARITIES];
	struct model_losses losses;
};

static void result_free(struct result *r) {
	free(r->before), free(r->gradient), free(r->after);
	for (int g = 0; g < GRANULARITIES; g++) free(r->prediction[g]);
}

static float *buffer_read(struct model *m, enum model_buffer which) {
	float *host = calloc(model_size(m), sizeof *host);
	for (int i = 0; i < model_parameters(m); i++) model_get(m, which, i, host + model_parameter(m, i)->offset);
	return host;
}

/* Away from zero biases and unit norms; the row of class_emb that stands for unlabelled cells stays zero. */
static void perturb(struct model *m) {
	for (int i = 0; i < model_parameters(m); i++) {
		const struct parameter *p = model_parameter(m, i);
		size_t moved = strcmp(p->name, "input_adapters.semseg.class_emb.weight") ? p->count : (size_t)model_config(m)->classes * CLASS_WIDTH;
		float *w = malloc(p->count * sizeof *w);
		struct rng r;
		rng_init(&r, 3, RNG_PROBE, 0, (uint32_t)i);
		model_get(m, WEIGHTS, i, w);
		for (size_t k = 0; k < moved; k++) w[k] += 0.02f * (float)rng_normal(&r);
		model_set(m, WEIGHTS, i, w);
		free(w);
	}
}

/* One step; the first one's results are kept. */
static int step(struct model *m, struct workspace *w, const struct model_input *in, int i, struct result *r) {
	static const double weights[GRANULARITIES] = {1, 0.7, 1.3};
	struct model_losses losses;
	int rc;
	if ((rc = workspace_load(w, in)) || (rc = model_forward(w))) return rc;
	for (enum granularity g = 0; i == 0 && g < GRANULARITIES; g++)
		if (model_config(m)->active[g]) {
			r->predictions[g] = (size_t)in->batch * (size_t)config_patches(model_config(m)) * (size_t)config_out(model_config(m), g);
			r->prediction[g] = malloc(r->predictions[g] * sizeof(float));
			workspace_prediction(w, g, r->prediction[g]);
		}
	if ((rc = model_loss(w, weights, true, &losses, NULL)) || (rc = model_backward(w))) return rc;
	if (i == 0) r->losses = losses, r->gradient = buffer_read(m, GRADIENTS);
	if ((rc = model_update(m, &adamw, i + 1))) return rc;
	return device_sync(model_device(m));
}

static int run(struct result *r, struct device *d, const struct model_config *c, const struct model_input batches[STEPS], int visible) {
	struct model *m = NULL;
	struct workspace *w = NULL;
	int rc;
	memset(r, 0, sizeof *r);
	if (!(rc = model_new(&m, d, c, 11, true)) && !(rc = workspace_new(&w, m, batches[0].batch, visible, true))) {
		perturb(m);
		r->size = model_size(m);
		r->before = buffer_read(m, WEIGHTS);
		for (int i = 0; i < STEPS && !rc; i++) rc = step(m, w, &batches[i], i, r);
		r->after = buffer_read(m, WEIGHTS);
	}
	workspace_free(w);
	model_free(m);
	return rc;
}

/* ---- the comparison ---- */

static double norm(const float *x, size_t n) {
	double sum = 0;
	for (size_t i = 0; i < n; i++) sum += (double)x[i] * x[i];
	return sqrt(sum);
}

static double distance(const float *a, const float *b, size_t n) {
	double sum = 0;
	for (size_t i = 0; i < n; i++) sum += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
	return sqrt(sum);
}

struct apart { const char *name; double own, judged, size; };

static int farthest_first(const void *a, const void *b) {
	const struct apart *x = a, *y = b;
	return (x->judged < y->judged) - (x->judged > y->judged);
}

/* Every parameter's gradient; LIST receives what is said of them. */
static void compare_gradients(const struct result *got, const struct result *want, const struct model *m, const struct tolerance *t, char *list,
                              size_t size) {
	static struct apart apart[PARAMETERS_MAX];
	int n = model_parameters(m), beyond = 0;
	double whole = norm(want->gradient, want->size), mean_root = whole / sqrt((double)want->size);
	for (int i = 0; i < n; i++) {
		const struct parameter *p = model_parameter(m, i);
		const float *g = got->gradient + p->offset, *h = want->gradient + p->offset;
		double off = distance(g, h, p->count), own = norm(h, p->count), floor = FLOOR * mean_root * sqrt((double)p->count);
		apart[i] = (struct apart){p->name, off / fmax(own, 1e-30), off / fmax(own, floor), own / sqrt((double)p->count) / mean_root};
		if (!(apart[i].judged <= t->farthest)) test_fail("gradient of %s: relative error %.3g, allowed %.3g", p->name, apart[i].judged, t->farthest);
		beyond += !(apart[i].judged <= t->tensor);
	}
	whole = distance(got->gradient, want->gradient, want->size) / whole;
	if (!(whole <= t->tensor)) test_fail("the whole gradient: relative error %.3g, allowed %.3g", whole, t->tensor);
	if (beyond * 20 > n) test_fail("the gradients of %d of %d parameters are off by more than %.3g", beyond, n, t->tensor);
	qsort(apart, (size_t)n, sizeof *apart, farthest_first);
	int at = snprintf(list, size, "gradient %.1e; of %d tensors %d beyond %.0e:", whole, n, beyond, t->tensor);
	for (int i = 0; i < LISTED; i++)
		at += snprintf(list + at, size - (size_t)at, " %s %.1e (itself %.1e, size %.2g)", apart[i].name, apart[i].judged, apart[i].own, apart[i].size);
}

static void compare(const struct result *got, const struct result *want, const struct model *m, const struct tolerance *t) {
	struct worst rest = {0}, loss = {0};
	char farthest[400];
	for (enum granularity g = 0; g < GRANULARITIES; g++) {
		if (!model_config(m)->active[g]) continue;
		double off = distance(got->prediction[g], want->prediction[g], want->predictions[g]);
		worst_see(&rest, off / norm(want->prediction[g], want->predictions[g]), t->tensor, "prediction of %s", granularity_name[g]);
		worst_see(&loss, fabs(got->losses.of[g] - want->losses.of[g]) / want->losses.of[g], t->loss, "loss of %s", granularity_name[g]);
	}
	worst_see(&loss, fabs(got->losses.total - want->losses.total) / want->losses.total, t->loss, "total loss");
	compare_gradients(got, want, m, t, farthest, sizeof farthest);
	for (int i = 0; i < model_parameters(m); i++) {
		const struct parameter *p = model_parameter(m, i);
		worst_see(&rest, distance(got->after + p->offset, want->after + p->offset, p->count) / norm(want->after + p->offset, p->count), t->tensor,
		          "%s after %d steps", p->name, STEPS);
	}
	double moved = distance(want->after, want->before, want->size), movement = distance(got->after, want->after, want->size) / moved;
	if (!(movement <= t->movement)) test_fail("the weights' movement: relative error %.3g, allowed %.3g", movement, t->movement);
	test_note("losses %.1e; %s %.1e; movement %.1e; %s", loss.error, rest.where, rest.error, movement, farthest);
}

static void check(const struct variant *v, struct device *d, struct device *cpu, const struct tolerance *t) {
	struct model_config c = config_of(v);
	int visible = v->visible ? v->visible : model_preset_find(v->preset)->visible;
	struct model_input batches[STEPS];
	struct result got, want;
	struct model *names = NULL;
	if (!test_begin("%s, batch %d, %s", v->name, v->batch, t->precision)) return;
	for (int i = 0; i < STEPS; i++) batches[i] = batch_new(&c, v->batch, visible, (uint32_t)i);
	if (!FAILS(model_new(&names, cpu, &c, 11, false)) && !FAILS(run(&want, cpu, &c, batches, visible))) {
		if (!FAILS(run(&got, d, &c, batches, visible))) compare(&got, &want, names, t);
		result_free(&got);
		result_free(&want);
	}
	model_free(names);
	for (int i = 0; i < STEPS; i++) input_free(&batches[i]);
	test_end();
}

int main(int argc, char **argv) {
	harness_begin(argc, argv);
	struct device *cpu = harness_reference();
	for (size_t i = 0; i < sizeof tolerances / sizeof *tolerances; i++) {
		struct device *d = harness_device(tolerances[i].precision);
		for (size_t v = 0; d && v < sizeof variants / sizeof *variants && !(harness.quick && v); v++) check(&variants[v], d, cpu, &tolerances[i]);
		device_close(d);
	}
	device_close(cpu);
	return harness_end();
}
