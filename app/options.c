#include "app/options.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"

enum { PRESETS_MAX = 16, CLASSES_DEFAULT = 133 /* COCO's, and the scenes' */ };

static const char *const *preset_names(void) {
	static const char *names[PRESETS_MAX + 1];
	for (int i = 0; i < PRESETS_MAX && model_presets[i].name; i++) names[i] = model_presets[i].name;
	return names;
}

static const char *const *generator_names(void) {
	static const char *names[MASK_GENERATORS + 1];
	for (int i = 0; i < MASK_GENERATORS; i++) names[i] = mask_generator_name[i];
	return names;
}

VALUE_CHOICES(devices, "auto", "cpu", "cuda")
VALUE_CHOICES(precisions, "auto", "fp32", "tf32", "bf16")
VALUE_CHOICES(granularities, "semseg", "instance", "rgb")
VALUE_CHOICES(decoders, "cascade", "parallel")
VALUE_CHOICES(cascades, "previous", "cumulative")
VALUE_CHOICES(stages, "S", "I", "R") /* in the order of enum granularity */
VALUE_CHOICES(blends, "topk", "sample")

#define INT(lo, hi) {.type = VALUE_INT, .min = lo, .max = hi}
#define INT_AUTO(lo, hi) {.type = VALUE_INT, .min = lo, .max = hi, .automatic = true}
#define REAL(lo, hi) {.type = VALUE_REAL, .min = lo, .max = hi}
#define ONE_OF(names) {.type = VALUE_ENUM, .choices = names}
#define ON_OFF {.type = VALUE_BOOL}

static const struct option table[OPTIONS] = {
	[OPTION_PRESET] = {"preset", ONE_OF(preset_names), "tiny", "", EFFECT_FIXED,
		"the model's size; visible, batch, lr and total_steps follow it while they are auto"},
	[OPTION_VISIBLE] = {"visible", INT_AUTO(1, 3 * PATCHES_MAX), "auto", "tokens", EFFECT_FIXED,
		"V, visible tokens of an image over all granularities; auto: the preset's"},
	[OPTION_BATCH] = {"batch", INT_AUTO(1, BATCH_MAX), "auto", "images", EFFECT_FIXED,
		"images of an optimizer step; auto: the preset's"},
	[OPTION_LR] = {"lr", {.type = VALUE_REAL, .min = 1e-12, .max = 10, .automatic = true}, "auto", "", EFFECT_LIVE,
		"peak learning rate; auto: the preset's, or 1e-4 * batch/256"},
	[OPTION_TOTAL_STEPS] = {"total_steps", INT_AUTO(1, 1e9), "auto", "steps", EFFECT_LIVE,
		"the run's length, on which curriculum, warm-up and cosine stand; auto: the preset's"},
	[OPTION_SEED] = {"seed", INT(0, 9007199254740991.0), "0", "", EFFECT_FIXED, "of weights, sample order, crops and masks"},
	[OPTION_DEVICE] = {"device", ONE_OF(devices), "auto", "", EFFECT_FIXED,
		"where the model computes; auto: a GPU where one answers, else the CPU (`status` says which)"},
	[OPTION_PRECISION] = {"precision", ONE_OF(precisions), "auto", "", EFFECT_FIXED,
		"of the computation; auto: bf16 on a GPU, fp32 on a CPU; tf32: a GPU's, of the linear layers' operands; bf16 on a CPU likewise, for AVX512_BF16 "
		"or AMX"},
	[OPTION_THREADS] = {"threads", INT_AUTO(1, 1024), "auto", "threads", EFFECT_FIXED, "CPU threads of the model; auto: all cores"},
	[OPTION_LOADER_THREADS] = {"loader_threads", INT_AUTO(1, 256), "auto", "threads", EFFECT_FIXED,
		"threads that read and crop samples; auto: chosen for the machine"},
	[OPTION_CLASSES] = {"classes", INT_AUTO(1, CLASSES_MAX), "auto", "classes", EFFECT_FIXED,
		"C, semantic classes; auto: the data set's, 133 without data"},
	[OPTION_INSTANCES] = {"instances", INT(2, INSTANCES_MAX), "32", "ids", EFFECT_FIXED,
		"K, instance ids of an image, background included"},
	[OPTION_GRANULARITIES] = {"granularities", {.type = VALUE_WORDS, .choices = granularities}, "semseg,instance,rgb", "", EFFECT_FIXED,
		"which take part, as input and as target"},
	[OPTION_DECODER] = {"decoder", ONE_OF(decoders), "cascade", "", EFFECT_FIXED,
		"cascade: a stage sees what the stage before predicted; parallel: it does not"},
	[OPTION_CASCADE] = {"cascade", ONE_OF(cascades), "previous", "", EFFECT_FIXED,
		"previous: a stage sees the stage before it (Eq. 2); cumulative: all before it"},
	[OPTION_CROSS_ATTENTION] = {"cross_attention", ON_OFF, "on", "", EFFECT_FIXED, "off: a stage begins with its own queries"},
	[OPTION_STAGE_ORDER] = {"stage_order", {.type = VALUE_WORDS, .choices = stages}, "S,I,R", "", EFFECT_FIXED,
		"order of the decoder's stages: semseg, instance, rgb"},
	[OPTION_NORM_PIX] = {"norm_pix", ON_OFF, "off", "", EFFECT_FIXED, "rgb targets normalised per patch, as in MAE"},
	[OPTION_LOSS_WEIGHTS] = {"loss_weights", {.type = VALUE_REALS, .min = 0, .max = 1e6, .count = GRANULARITIES}, "1,1,1", "", EFFECT_LIVE,
		"w_s,w_i,w_r: semseg, instance, rgb"},
	[OPTION_GENERATOR] = {"generator", ONE_OF(generator_names), "curriculum", "", EFFECT_LIVE, "where training's masks come from"},
	[OPTION_BLEND] = {"blend", ONE_OF(blends), "topk", "", EFFECT_LIVE,
		"topk: the highest alpha M_s + beta M_i + gamma M_r (Eq. 10, 11); sample: one of the three a draw"},
	[OPTION_RHO] = {"rho", REAL(0, 1), "0.75", "", EFFECT_LIVE, "share of an instance-guided mask that lies on objects"},
	[OPTION_DIRICHLET] = {"dirichlet", REAL(0.01, 1000), "1", "", EFFECT_LIVE,
		"concentration of the visible tokens' draw over the granularities"},
	[OPTION_CLASS_WEIGHTS] = {"class_weights", {.type = VALUE_TEXT}, "none", "", EFFECT_LIVE,
		"of semantic-guided masks: CLASS:WEIGHT,... (CLASS an index, or unlabelled); others 1"},
	[OPTION_WARMUP] = {"warmup", REAL(0, 1), "0.1", "of total_steps", EFFECT_LIVE, "share of the run in which lr rises"},
	[OPTION_WARMUP_LR] = {"warmup_lr", REAL(0, 10), "1e-6", "", EFFECT_LIVE, "lr at the first step of warm-up"},
	[OPTION_WEIGHT_DECAY] = {"weight_decay", REAL(0, 10), "0.05", "", EFFECT_LIVE, "AdamW's, on matrices only"},
	[OPTION_BETA1] = {"beta1", REAL(0, 0.999999), "0.9", "", EFFECT_LIVE, "AdamW's"},
	[OPTION_BETA2] = {"beta2", REAL(0, 0.999999), "0.95", "", EFFECT_LIVE, "AdamW's"},
	[OPTION_EPSILON] = {"epsilon", REAL(1e-30, 1), "1e-8", "", EFFECT_LIVE, "AdamW's"},
	[OPTION_EVAL_EVERY] = {"eval_every", INT(0, 1e9), "100", "steps", EFFECT_LIVE,
		"between validations on frozen images and masks; 0: none"},
	[OPTION_EVAL_SAMPLES] = {"eval_samples", INT(1, 4096), "32", "images", EFFECT_LIVE, "of a validation"},
	[OPTION_SAVE_EVERY] = {"save_every", INT(0, 1e9), "0", "steps", EFFECT_LIVE, "between checkpoints; 0: when asked, and at the end"},
};

const struct option *option_at(enum option_id id) { return &table[id]; }

int option_find(const char *name) {
	char label[128];
	struct nearest near = {.word = name};
	for (int i = 0; i < OPTIONS; i++) {
		if (!strcmp(table[i].name, name)) return i;
		nearest_offer(&near, table[i].name);
	}
	value_label("", ' ', name, label, sizeof label);
	return err_set(ERR_ARGUMENT, "unknown option %s (`set` lists them%s)", label, nearest_hint(&near));
}

void options_default(struct options *o) {
	*o = (struct options){0};
	for (int i = 0; i < OPTIONS; i++)
		if (value_parse(&table[i].rule, table[i].name, table[i].initial, &o->value[i])) abort(); /* our own table */
}

int options_set(struct options *o, const struct words *w, int first, int classes) {
	struct options next = *o;
	bool seen[OPTIONS] = {0};
	for (int i = first; i < w->count; i++) {
		char label[256];
		if (!w->word[i].key) continue;
		int id = option_find(w->word[i].key);
		if (id < 0) return id;
		value_label(w->word[i].key, '=', w->word[i].text, label, sizeof label);
		if (seen[id]) return err_set(ERR_ARGUMENT, "%s was given before in the same command (give it once)", label);
		int rc = value_parse(&table[id].rule, label, w->word[i].text, &next.value[id]);
		if (rc) return rc;
		seen[id] = true;
		next.given[id] = !next.value[id].automatic;
	}
	struct trainer_fixed fixed;
	struct trainer_live live;
	struct curriculum any = {.count = 1, .knots = {{0, {1, 0, 0}}}};
	int rc = options_resolve(&next, &any, classes, &fixed, &live);
	if (!rc) *o = next;
	return rc;
}

/* ---- auto worked out ---------------------------------------------------------------------------------------------- */

static const struct model_preset *preset_of(const struct options *o) { return &model_presets[o->value[OPTION_PRESET].integer]; }

static int64_t whole(const struct options *o, enum option_id id, int classes) {
	if (!o->value[id].automatic) return o->value[id].integer;
	switch (id) {
	case OPTION_VISIBLE: return preset_of(o)->visible;
	case OPTION_BATCH: return preset_of(o)->batch;
	case OPTION_TOTAL_STEPS: return preset_of(o)->total_steps;
	case OPTION_CLASSES: return classes ? classes : CLASSES_DEFAULT;
	default: return 0; /* threads: the engine chooses */
	}
}

/* The preset's rate is for the preset's batch; another batch scales it (the linear rule: 1e-4 * batch/256 where the preset has no rate of its own). */
static double peak_lr(const struct options *o) {
	const struct model_preset *p = preset_of(o);
	if (!o->value[OPTION_LR].automatic) return o->value[OPTION_LR].real;
	double rate = p->lr > 0 ? p->lr : 1e-4 * p->batch / 256;
	return rate * (double)whole(o, OPTION_BATCH, 0) / p->batch;
}

void option_text(const struct options *o, enum option_id id, bool resolved, int classes, char *out) {
	struct value v = o->value[id];
	if (resolved && v.automatic && id != OPTION_THREADS && id != OPTION_LOADER_THREADS) {
		v.automatic = false;
		if (id == OPTION_LR) v.real = peak_lr(o);
		else v.integer = whole(o, id, classes);
	}
	value_format(&table[id].rule, &v, out);
}

size_t options_line(const struct options *o, int classes, char *out, size_t capacity) {
	size_t at = (size_t)snprintf(out, capacity, "set");
	for (int i = 0; i < OPTIONS; i++) {
		char text[VALUE_TEXT_BYTES], quoted[2 * VALUE_TEXT_BYTES];
		option_text(o, (enum option_id)i, true, classes, text);
		word_quote(text, quoted, sizeof quoted);
		at += (size_t)snprintf(at < capacity ? out + at : NULL, at < capacity ? capacity - at : 0, " %s=%s", table[i].name, quoted);
	}
	return at;
}

/* ---- what the trainer needs ----------------------------------------------------------------------------------------- */

static int resolve_model(const struct options *o, int classes, struct model_config *m) {
	const struct value *v = o->value, *order = &v[OPTION_STAGE_ORDER], *active = &v[OPTION_GRANULARITIES];
	*m = model_config_of(preset_of(o));
	m->classes = (int)whole(o, OPTION_CLASSES, classes);
	m->instances = (int)v[OPTION_INSTANCES].integer;
	m->cascade = v[OPTION_DECODER].integer == 0;
	m->cumulative = v[OPTION_CASCADE].integer == 1;
	m->cross_attention = v[OPTION_CROSS_ATTENTION].integer;
	m->norm_pix = v[OPTION_NORM_PIX].integer;
	for (int g = 0; g < GRANULARITIES; g++) m->active[g] = false;
	for (int i = 0; i < active->count; i++) m->active[(int)active->list[i]] = true;
	m->stages = 0;
	for (int i = 0; i < order->count; i++)
		if (m->active[(int)order->list[i]]) m->stage[m->stages++] = (enum granularity)order->list[i];
	if (m->stages < active->count)
		return err_set(ERR_ARGUMENT,
		        "stage_order leaves out a granularity that takes part (name each of S,I,R once, or take it out of granularities)");
	return model_config_check(m);
}

/* "3:0.5,unlabelled:0" */
static int resolve_class_weights(const struct options *o, int classes, double weight[CLASSES_MAX + 1]) {
	static const struct value_rule rule = {.type = VALUE_REAL, .min = 0, .max = 1e6};
	const char *text = o->value[OPTION_CLASS_WEIGHTS].text;
	for (int c = 0; c <= CLASSES_MAX; c++) weight[c] = 1;
	while (strcmp(text, "none") != 0) {
		char item[64], *colon;
		size_t length = strcspn(text, ",");
		snprintf(item, sizeof item, "%.*s", (int)(length < sizeof item ? length : sizeof item - 1), text);
		struct value w;
		long index = -1;
		if ((colon = strchr(item, ':'))) {
			char *end;
			*colon = '\0';
			index = !strcmp(item, "unlabelled") ? classes : strtol(item, &end, 10);
			if (index != classes && (end == item || *end || index >= classes)) index = -1;
		}
		if (index < 0 || index > classes)
			return err_set(ERR_ARGUMENT, "class_weights has no class '%.40s' (give INDEX:WEIGHT, INDEX 0 to %d or unlabelled)",
			        item, classes - 1);
		int rc = value_parse(&rule, "a weight of class_weights", colon + 1, &w);
		if (rc) return rc;
		weight[index] = w.real;
		if (!*(text += length)) break;
		text++;
	}
	return 0;
}

static int resolve_mask(const struct options *o, const struct trainer_fixed *f, struct mask_options *m) {
	const struct value *v = o->value;
	mask_options_default(m);
	m->side = config_side(&f->model);
	memcpy(m->active, f->model.active, sizeof m->active);
	m->visible = f->visible;
	m->classes = f->model.classes;
	m->dirichlet = v[OPTION_DIRICHLET].real;
	m->rho = v[OPTION_RHO].real;
	m->blend = v[OPTION_BLEND].integer ? BLEND_SAMPLE : BLEND_TOPK;
	m->generator = (enum mask_generator)v[OPTION_GENERATOR].integer;
	m->seed = f->seed;
	int rc = resolve_class_weights(o, f->model.classes, m->class_weight);
	return rc ? rc : mask_options_check(m);
}

int options_resolve(const struct options *o, const struct curriculum *curriculum, int classes, struct trainer_fixed *fixed,
                    struct trainer_live *live) {
	const struct value *v = o->value;
	*fixed = (struct trainer_fixed){0};
	*live = (struct trainer_live){0};
	fixed->batch = (int)whole(o, OPTION_BATCH, classes);
	fixed->visible = (int)whole(o, OPTION_VISIBLE, classes);
	fixed->seed = (uint64_t)v[OPTION_SEED].integer;
	snprintf(fixed->device, sizeof fixed->device, "%s", devices()[v[OPTION_DEVICE].integer]);
	fixed->threads = (int)whole(o, OPTION_THREADS, classes);
	fixed->loader_threads = (int)whole(o, OPTION_LOADER_THREADS, classes);
	snprintf(fixed->precision, sizeof fixed->precision, "%s", precisions()[v[OPTION_PRECISION].integer]);
	if (!v[OPTION_CLASSES].automatic && classes > v[OPTION_CLASSES].integer)
		return err_set(ERR_ARGUMENT, "classes=%lld is less than the data set's %d (set classes=auto)",
		        (long long)v[OPTION_CLASSES].integer, classes);
	int rc = resolve_model(o, classes, &fixed->model);
	if (rc) return rc;
	int tokens = fixed->model.stages * config_patches(&fixed->model);
	if (fixed->visible > tokens)
		return err_set(ERR_ARGUMENT, "visible=%d is more than the %d tokens of preset %s (set visible=auto, or fewer)",
		        fixed->visible, tokens, preset_of(o)->name);

	live->total_steps = whole(o, OPTION_TOTAL_STEPS, classes);
	live->lr = peak_lr(o);
	live->warmup = v[OPTION_WARMUP].real;
	live->warmup_lr = v[OPTION_WARMUP_LR].real;
	live->beta1 = v[OPTION_BETA1].real;
	live->beta2 = v[OPTION_BETA2].real;
	live->epsilon = v[OPTION_EPSILON].real;
	live->decay = v[OPTION_WEIGHT_DECAY].real;
	for (int g = 0; g < GRANULARITIES; g++) live->loss_weights[g] = v[OPTION_LOSS_WEIGHTS].list[g];
	live->curriculum = *curriculum;
	live->eval_every = (int)v[OPTION_EVAL_EVERY].integer;
	live->eval_samples = (int)v[OPTION_EVAL_SAMPLES].integer;
	live->save_every = (int)v[OPTION_SAVE_EVERY].integer;
	return resolve_mask(o, fixed, &live->mask);
}

int options_fixed_change(const struct options *a, int classes_a, const struct options *b, int classes_b) {
	for (int i = 0; i < OPTIONS; i++) {
		char x[VALUE_TEXT_BYTES], y[VALUE_TEXT_BYTES];
		option_text(a, (enum option_id)i, true, classes_a, x);
		option_text(b, (enum option_id)i, true, classes_b, y);
		if (table[i].effect == EFFECT_FIXED && strcmp(x, y) != 0) return i;
	}
	return -1;
}
