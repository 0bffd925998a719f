/* app/provenance.c -- where a figure comes from: the words that go into its file. */
#include <string.h>
#include <unistd.h>

#include "app/figures.h"
#include "engine/base/err.h"
#include "engine/model/weights.h"

struct naming { uint64_t hash; int64_t step; };

static int name_weights(struct trainer_access *access, void *context) {
	struct naming *n = context;
	n->step = access->step;
	return weights_hash(access->model, &n->hash);
}

/* The file that holds the present weights; "" if they were never saved. */
static void weights_file(const struct app *a, char *path, size_t capacity) {
	char name[96], saved[PATH_MAX];
	int64_t step = app_step(a);
	*path = '\0';
	snprintf(name, sizeof name, "checkpoints/step-%06lld.safetensors", (long long)step);
	if (*a->loaded && a->loaded_step == step) snprintf(path, capacity, "%s", a->loaded);
	else if (a->saved_step == step && step > 0 && session_path(&a->session, name, saved) == 0 && access(saved, R_OK) == 0) snprintf(path, capacity, "%s", saved);
	else if (*a->named && a->named_step == step) snprintf(path, capacity, "%s", a->named);
}

static void write_recipe(const struct app *a, bool weights, struct provenance *p) {
	char file[PATH_MAX], quoted[2 * PATH_MAX];
	weights_file(a, file, sizeof file);
	word_quote(file, quoted, sizeof quoted);
	size_t n = app_run_lines(a, true, p->recipe, RUN_LINES_BYTES);
	if (n >= RUN_LINES_BYTES) n = 0; /* a curriculum too long to keep: the command alone */
	if (*file) n += (size_t)snprintf(p->recipe + n, sizeof p->recipe - n, "load %s\n", quoted);
	else if (weights && app_step(a) > 0) n += (size_t)snprintf(p->recipe + n, sizeof p->recipe - n, "# the weights of step %lld were not saved\n", (long long)app_step(a));
	snprintf(p->recipe + n, sizeof p->recipe - n, "%s\n", p->command);
}

static void add(struct provenance *p, const char *key, const char *value) { p->text[p->texts++] = (struct png_text){key, value}; }

int provenance_of(struct app *a, const struct call *c, bool weights, struct provenance *p) {
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
	struct naming n;
	struct trainer *t;
	rc = app_trainer(a, false, &t);
	if (!rc) rc = app_call(a, t, name_weights, &n, NULL);
	snprintf(p->weights, sizeof p->weights, "%016llx (fnv-1a of the weights), step %lld", (unsigned long long)n.hash, (long long)n.step);
	add(p, "Weights", p->weights);
	return rc;
}
