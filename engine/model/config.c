#include "engine/model/config.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/err.h"

const struct model_preset model_presets[] = {
	{.name = "tiny", .image_size = 64, .patch = 8, .width = 192, .depth = 4, .heads = 3,
	 .decoder_width = 96, .decoder_heads = 3, .visible = 32, .batch = 16, .total_steps = 5000, .lr = 1e-3, .help = "trains live on a laptop's CPU"},
	{.name = "small", .image_size = 224, .patch = 16, .width = 384, .depth = 12, .heads = 6,
	 .decoder_width = 256, .decoder_heads = 8, .visible = 98, .batch = 64, .total_steps = 100000, .lr = 0, .help = "ViT-S"},
	{.name = "base", .image_size = 224, .patch = 16, .width = 768, .depth = 12, .heads = 12,
	 .decoder_width = 256, .decoder_heads = 8, .visible = 98, .batch = 64, .total_steps = 100000, .lr = 0, .help = "ViT-B, the paper's"},
	{.name = "large", .image_size = 224, .patch = 16, .width = 1024, .depth = 24, .heads = 16,
	 .decoder_width = 256, .decoder_heads = 8, .visible = 98, .batch = 64, .total_steps = 100000, .lr = 0, .help = "ViT-L"},
	{.name = NULL},
};

const struct model_preset *model_preset_find(const char *name) {
	for (const struct model_preset *p = model_presets; p->name; p++)
		if (strcmp(p->name, name) == 0) return p;
	return NULL;
}

struct model_config model_config_of(const struct model_preset *p) {
	struct model_config c = {
		.image_size = p->image_size, .patch = p->patch, .width = p->width, .depth = p->depth, .heads = p->heads,
		.decoder_width = p->decoder_width, .decoder_heads = p->decoder_heads, .classes = 133, .instances = 32,
		.active = {true, true, true}, .stages = GRANULARITIES, .stage = {SEMSEG, INSTANCE, RGB},
		.cascade = true, .cross_attention = true,
	};
	snprintf(c.preset, sizeof c.preset, "%s", p->name);
	return c;
}

static int check_attention(const char *what, int width, int heads) {
	if (width < 4 || width > 8192 || width % 4)
		return err_set(ERR_ARGUMENT, "%s width %d can't be used (its positions need a multiple of 4, from 4 to 8192)", what,
		               width);
	if (heads < 1 || heads > width || width % heads)
		return err_set(ERR_ARGUMENT, "%d heads don't divide the %s width %d (take a divisor)", heads, what, width);
	return 0;
}

static int check_image(const struct model_config *c) {
	if (c->patch < CELLS_SIDE || c->patch > 64 || c->patch % CELLS_SIDE)
		return err_set(ERR_ARGUMENT,
		               "patch size %d can't be used (a patch holds 4 x 4 label cells; take a multiple of 4, from 4 to 64)",
		               c->patch);
	if (c->image_size < c->patch || c->image_size % c->patch)
		return err_set(ERR_ARGUMENT, "image size %d is not a multiple of the patch size %d", c->image_size, c->patch);
	if (config_side(c) > 32) /* PATCHES_MAX = 32 x 32 */
		return err_set(ERR_ARGUMENT, "an image of %d x %d patches is too large (at most %d patches: take larger patches or "
		               "smaller images)", config_side(c), config_side(c), PATCHES_MAX);
	return 0;
}

/* Every active granularity has one stage, and no other has one. */
static int check_stages(const struct model_config *c) {
	bool seen[GRANULARITIES] = {false};
	int active = 0;
	for (int g = 0; g < GRANULARITIES; g++) active += c->active[g];
	if (active == 0) return err_set(ERR_ARGUMENT, "no granularity is active (name at least one of semseg, instance, rgb)");
	if (c->stages != active)
		return err_set(ERR_ARGUMENT, "%d decoder stages for %d active granularities (one stage each)", c->stages, active);
	for (int i = 0; i < c->stages; i++) {
		enum granularity g = c->stage[i];
		if ((unsigned)g >= GRANULARITIES || !c->active[g] || seen[g])
			return err_set(ERR_ARGUMENT, "decoder stage %d is not an active granularity of its own (one stage each)",
			               i + 1);
		seen[g] = true;
	}
	return 0;
}

int model_config_check(const struct model_config *c) {
	int rc;
	if ((rc = check_image(c))) return rc;
	if ((rc = check_attention("encoder", c->width, c->heads))) return rc;
	if ((rc = check_attention("decoder", c->decoder_width, c->decoder_heads))) return rc;
	if (c->depth < 1 || c->depth > DEPTH_MAX)
		return err_set(ERR_ARGUMENT, "encoder depth %d can't be used (1 to %d blocks)", c->depth, DEPTH_MAX);
	if (c->classes < 1 || c->classes > CLASSES_MAX)
		return err_set(ERR_ARGUMENT, "%d classes can't be used (1 to %d)", c->classes, CLASSES_MAX);
	if (c->instances < 2 || c->instances > INSTANCES_MAX)
		return err_set(ERR_ARGUMENT, "%d instances can't be used (2 to %d, background included)", c->instances,
		               INSTANCES_MAX);
	return check_stages(c);
}
