#include "engine/mask/mask.h"

#include <math.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/data/transform.h"
#include "engine/mask/parts.h"

const char *const mask_generator_name[MASK_GENERATORS] = {"curriculum", "semantic", "instance", "random", "block", "tube"};
const char *const mask_blend_name[MASK_BLENDS] = {"topk", "sample"};

_Static_assert(MASK_RANDOM - MASK_SEMANTIC == SOURCE_RANDOM, "one generator a source, in the sources' order");

static const double DIRICHLET_MIN = 0.01, DIRICHLET_MAX = 1000;
enum { SIDE_MAX = 32 };
_Static_assert(SIDE_MAX * SIDE_MAX == PATCHES_MAX, "the largest grid");

void mask_options_default(struct mask_options *o) {
	*o = (struct mask_options){
		.side = 8,
		.active = {true, true, true},
		.visible = 32,
		.classes = 133,
		.dirichlet = 1,
		.rho = 0.75,
		.blend = BLEND_TOPK,
		.generator = MASK_CURRICULUM,
	};
	for (int c = 0; c <= CLASSES_MAX; c++) o->class_weight[c] = 1;
}

int mask_options_check(const struct mask_options *o) {
	int tokens = 0;
	if (o->side < 1 || o->side > SIDE_MAX) return err_set(ERR_ARGUMENT, "%d patches a side are out of range (1 to %d)", o->side, SIDE_MAX);
	for (int g = 0; g < GRANULARITIES; g++) tokens += o->active[g] ? o->side * o->side : 0;
	if (tokens == 0) return err_set(ERR_ARGUMENT, "no granularity is active (choose from semseg, instance, rgb)");
	if (o->visible < 1 || o->visible >= tokens)
		return err_set(ERR_ARGUMENT, "%d visible tokens are out of range (1 to %d: of %d tokens at least one is masked)", o->visible, tokens - 1, tokens);
	if (o->classes < 1 || o->classes > CLASSES_MAX) return err_set(ERR_ARGUMENT, "%d classes are out of range (1 to %d)", o->classes, CLASSES_MAX);
	if (!(o->dirichlet >= DIRICHLET_MIN && o->dirichlet <= DIRICHLET_MAX))
		return err_set(ERR_ARGUMENT, "a Dirichlet parameter of %g is out of range (%g to %g)", o->dirichlet, DIRICHLET_MIN, DIRICHLET_MAX);
	if (!(o->rho >= 0 && o->rho <= 1)) return err_set(ERR_ARGUMENT, "rho = %g is out of range (0 to 1)", o->rho);
	if ((unsigned)o->blend >= MASK_BLENDS || (unsigned)o->generator >= MASK_GENERATORS)
		return err_set(ERR_ARGUMENT, "unknown blend or mask generator (blend %d, generator %d)", (int)o->blend, (int)o->generator);
	for (int c = 0; c <= o->classes; c++)
		if (!(o->class_weight[c] >= 0 && isfinite(o->class_weight[c])))
			return err_set(ERR_ARGUMENT, "the weight of class %d is %g (a number of 0 or more is needed)", c, o->class_weight[c]);
	return 0;
}

static void read_labels(const struct mask_options *o, const uint8_t *semantic_cells, const uint8_t *instance_cells, struct mask_draw *out) {
	patch_labels(semantic_cells, o->side, out->semantic);
	patch_labels(instance_cells, o->side, out->instance);
	for (int p = 0; p < out->patches; p++)
		if (out->semantic[p] >= o->classes) out->semantic[p] = UNLABELLED;
}

static void draw_sources(const struct mask_options *o, uint32_t epoch, uint32_t index, struct mask_draw *out) {
	struct mask_groups regions, objects;
	struct rng semantic, instance, random;
	mask_group(out->semantic, out->patches, &regions);
	mask_group(out->instance, out->patches, &objects);
	rng_init(&semantic, o->seed, RNG_MASK_SEMANTIC, epoch, index);
	rng_init(&instance, o->seed, RNG_MASK_INSTANCE, epoch, index);
	rng_init(&random, o->seed, RNG_MASK_RANDOM, epoch, index);
	for (int g = 0; g < GRANULARITIES; g++) {
		int k = out->patches - out->visible[g];
		if (!out->active[g]) {
			memset(out->source[g], 1, sizeof out->source[g]);
			continue;
		}
		mask_semantic(o, &regions, k, &semantic, out->source[g][SOURCE_SEMANTIC]);
		mask_instance(o, &objects, k, &instance, out->source[g][SOURCE_INSTANCE]);
		mask_random(out->patches, k, &random, out->source[g][SOURCE_RANDOM]);
	}
}

/* What a generator needs once for the whole sample, before any granularity. */
struct final {
	struct rng rng;
	uint16_t order[PATCHES_MAX]; /* tube's */
	int source;                  /* whose mask is taken whole; -1: none's */
};

static void final_init(struct final *f, const struct mask_options *o, uint32_t epoch, uint32_t index, struct mask_draw *out) {
	bool other = o->generator == MASK_BLOCK || o->generator == MASK_TUBE;
	rng_init(&f->rng, o->seed, other ? RNG_MASK_OTHER : RNG_MASK_TIES, epoch, index);
	f->source = -1;
	if (o->generator >= MASK_SEMANTIC && o->generator <= MASK_RANDOM) f->source = (int)(o->generator - MASK_SEMANTIC);
	if (o->generator == MASK_CURRICULUM && o->blend == BLEND_SAMPLE) f->source = out->chosen = mask_blend_sample(out->mix, &f->rng);
	if (o->generator == MASK_TUBE) {
		int order[PATCHES_MAX];
		for (int p = 0; p < out->patches; p++) order[p] = p;
		rng_shuffle(&f->rng, order, out->patches);
		for (int p = 0; p < out->patches; p++) f->order[p] = (uint16_t)order[p];
	}
}

static void final_draw(struct final *f, enum mask_generator generator, enum granularity g, struct mask_draw *out) {
	int k = out->patches - out->visible[g];
	if (f->source >= 0)
		memcpy(out->final[g], out->source[g][f->source], (size_t)out->patches);
	else if (generator == MASK_BLOCK)
		mask_block(out->side, k, &f->rng, out->final[g]);
	else if (generator == MASK_TUBE)
		mask_tube(f->order, k, out->final[g]);
	else
		mask_blend_topk(out->mix, out->source[g], out->patches, k, &f->rng, out->final[g]);
}

void mask_draw(const struct mask_options *o, const double mix[SOURCES], uint32_t epoch, uint32_t index, const uint8_t *semantic_cells,
               const uint8_t *instance_cells, struct mask_draw *out) {
	struct rng budget;
	struct final final;
	*out = (struct mask_draw){.side = o->side, .patches = o->side * o->side, .chosen = -1};
	memcpy(out->active, o->active, sizeof out->active);
	for (int j = 0; j < SOURCES; j++)
		out->mix[j] = o->generator == MASK_CURRICULUM ? mix[j] : (int)o->generator == (int)MASK_SEMANTIC + j;
	read_labels(o, semantic_cells, instance_cells, out);
	rng_init(&budget, o->seed, RNG_BUDGET, epoch, index);
	mask_budget(o, &budget, out->visible);
	draw_sources(o, epoch, index, out);
	final_init(&final, o, epoch, index, out);
	for (int g = 0; g < GRANULARITIES; g++) {
		if (out->active[g])
			final_draw(&final, o->generator, g, out);
		else
			memset(out->final[g], 1, (size_t)out->patches);
	}
}
