/* app/figure_models.c -- what-ifs for figures: of the live weights, and of checkpoints beside them. */
#include <stdlib.h>
#include <string.h>

#include "app/figures.h"
#include "app/progress.h"
#include "engine/base/err.h"

/* ---- one model -------------------------------------------------------------------------------------------------------------------------- */

struct run { struct app *app; struct whatif *whatif; int count; const char *checkpoint, *what; struct weights_name *name; };

static int run_all(struct trainer_access *access, void *context) {
	struct run *r = context;
	int rc = r->name ? weights_name_of(access, r->name) : 0;
	for (int i = 0; !rc && i < r->count; i++) {
		progress_tell(r->app, r->what, "predictions", i, r->count);
		rc = whatif_run(access, &r->whatif[i]);
		if (!rc && (rc = app_interrupted())) err_set(rc, "%s was stopped by a signal after %d of %d predictions", r->what, i + 1, r->count);
	}
	progress_end(r->app);
	return rc;
}

static int run_with(struct trainer_access *access, void *context) {
	struct run *r = context;
	return r->checkpoint ? whatif_with(access, r->checkpoint, run_all, r) : run_all(access, r);
}

int figure_whatifs(struct app *a, struct whatif *w, int count, const char *checkpoint, const char *what, struct weights_name *name) {
	struct run run = {a, w, count, checkpoint, what, name};
	struct trainer *t;
	int rc = app_trainer(a, true, &t);
	return rc ? rc : app_call(a, t, run_with, &run, NULL);
}

/* ---- several ---------------------------------------------------------------------------------------------------------------------------- */

bool figure_next_part(const char **list, char *out, size_t capacity) {
	size_t n = strcspn(*list, ",");
	if (!**list) return false;
	snprintf(out, capacity, "%.*s", (int)n, *list);
	*list += n + ((*list)[n] == ',');
	return true;
}

int figure_models(struct figure_job *job) {
	const char *files = call_given(job->call, "checkpoints") ? call_text(job->call, "checkpoints") : "";
	job->models = 1;
	while (job->models < FIGURE_MODELS && figure_next_part(&files, job->model[job->models], sizeof job->model[0])) job->models++;
	return *files ? err_set(ERR_ARGUMENT, "a figure holds at most %d checkpoints (name fewer)", FIGURE_MODELS - 1) : 0;
}

/* "step 300"; of a file its name without folder and ending, and its step where that doesn't say it: "early, step 150". */
static void name_model(const char *file, const struct whatif *w, char *out, size_t capacity) {
	static const char ending[] = ".safetensors";
	const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file;
	char step[32];
	size_t n = strlen(name), m = strlen(ending);
	snprintf(step, sizeof step, "%lld", (long long)w->trained);
	if (!*file) return (void)snprintf(out, capacity, "step %s", step);
	snprintf(out, capacity, "%.*s", (int)(n > m && strcmp(name + n - m, ending) == 0 ? n - m : n), name);
	if (w->trained > 0 && !strstr(out, step)) n = strlen(out), snprintf(out + n, capacity - n, ", step %s", step);
}

static void free_whatifs(struct whatif *w, int count) {
	for (int i = 0; w && i < count; i++) whatif_free(&w[i]);
	free(w);
}

int figure_each_model(struct figure_job *job, const struct model_filler *filler, void *context) {
	const struct value *list = call_value(job->call, "samples");
	int count = list->count * filler->per, rc = 0;
	for (int m = 0; !rc && m < job->models; m++) {
		char name[64];
		struct whatif *w = calloc((size_t)count, sizeof *w);
		if (!w) return err_set(ERR_MEMORY, "no memory for %d predictions", count);
		for (int i = 0; i < count; i++) {
			w[i] = (struct whatif){.split = list->split, .index = (int)list->list[i / filler->per], .step = -1};
			filler->ask(job, context, &w[i], i % filler->per);
		}
		rc = figure_whatifs(job->app, w, count, m ? job->model[m] : NULL, "figure", m ? NULL : &job->weights);
		if (!rc) name_model(job->model[m], w, name, sizeof name);
		if (!rc) rc = filler->fill(job, context, w, m, name);
		free_whatifs(w, count);
	}
	return rc;
}
