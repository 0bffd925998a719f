/* app/provenance.c -- where a figure comes from: the words that go into its file. */
#include <string.h>
#include <unistd.h>

#include "app/figures.h"
#include "engine/base/err.h"
#include "engine/model/weights.h"

int weights_name_of(struct trainer_access *access, void *name) {
	struct weights_name *n = name;
	n->step = access->step;
	return weights_hash(access->model, &n->hash);
}

void weights_name_text(const struct weights_name *n, char out[WEIGHTS_NAME_BYTES]) {
	snprintf(out, WEIGHTS_NAME_BYTES, "%016llx (fnv-1a of the weights), step %lld", (unsigned long long)n->hash, (long long)n->step);
}

/* The file that holds the weights of STEP; "" if they were never saved. */
static void weights_file(const struct app *a, int64_t step, char *path, size_t capacity) {
	char name[96], saved[PATH_MAX];
	*path = '\0';
	snprintf(name, sizeof name, "checkpoints/step-%06lld.safetensors", (long long)step);
	if (*a->loaded && a->loaded_step == step) snprintf(path, capacity, "%s", a->loaded);
	else if (a->saved_step == step && step > 0 && session_path(&a->session, name, saved) == 0 && access(saved, R_OK) == 0) snprintf(path, capacity, "%s", saved);
	else if (*a->named && a->named_step == step) snprintf(path, capacity, "%s", a->named);
}

static void write_recipe(const struct app *a, const struct weights_name *weights, struct provenance *p) {
	char file[PATH_MAX], quoted[2 * PATH_MAX];
	weights_file(a, weights ? weights->step : app_step(a), file, sizeof file);
	word_quote(file, quoted, sizeof quoted);
	size_t n = app_run_lines(a, true, p->recipe, RUN_LINES_BYTES);
	if (n >= RUN_LINES_BYTES) n = 0; /* a curriculum too long to keep: the command alone */
	if (*file) n += (size_t)snprintf(p->recipe + n, sizeof p->recipe - n, "load %s\n", quoted);
	else if (weights && weights->step > 0) n += (size_t)snprintf(p->recipe + n, sizeof p->recipe - n, "# the weights of step %lld were not saved\n", (long long)weights->step);
	snprintf(p->recipe + n, sizeof p->recipe - n, "%s\n", p->command);
}

static void add(struct provenance *p, const char *key, const char *value) { p->text[p->texts++] = (struct png_text){key, value}; }

int provenance_of(struct app *a, const struct call *c, const struct weights_name *weights, struct provenance *p) {
	struct trainer_fixed fixed;
	struct trainer_live live;
	int rc = app_resolve(a, &fixed, &live);
	if (rc) return rc;
	if (a->trainer) fixed = *trainer_fixed(a->trainer);
	p->texts = 0;
	snprintf(p->software, sizeof p->software, "C2F Workbench %s", session_version());
	words_text(c->words, p->command, sizeof p->command);
	write_recipe(a, weights, p);
	snprintf(p->seed, sizeof p->seed, "%llu", (unsigned long long)fixed.seed);
	add(p, "Software", p->software);
	add(p, "Command", p->command);
	add(p, "Recipe", p->recipe);
	add(p, "Seed", p->seed);
	if (!weights) return 0;
	weights_name_text(weights, p->weights);
	add(p, "Weights", p->weights);
	return 0;
}
