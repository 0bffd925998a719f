/* app/verbs_files.c -- save, load, export, trace. */
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "app/verbs.h"
#include "engine/base/err.h"
#include "engine/model/trace.h"
#include "engine/train/checkpoint.h"

int verb_save(struct app *a, const struct call *c) {
	const char *path = call_text(c, "FILE");
	int rc = app_save(a, path);
	if (rc) return rc;
	if (path) fprintf(a->out, "saved step %lld: %s\n", (long long)a->saved_step, path);
	else fprintf(a->out, "saved step %lld: %s/checkpoints/last.safetensors\n", (long long)a->saved_step, a->session.dir);
	return 0;
}

int verb_export(struct app *a, const struct call *c) {
	struct trainer *t;
	int rc = app_trainer(a, false, &t);
	if (!rc) rc = app_wait(a, trainer_export(t, call_text(c, "FILE")), NULL);
	if (!rc) fprintf(a->out, "wrote the weights of step %lld: %s\n", (long long)a->applied, call_text(c, "FILE"));
	return rc;
}

/* ---- load ------------------------------------------------------------------------------------------------------------- */

/* A checkpoint says by which commands its run is rebuilt. It is a file from anywhere, so only `data` and `set` are taken from it, and what the
 * user chose stands: his data set, and every option that he gave. */
struct rebuild { struct options options; struct data_choice choice; bool has_data; };

static int read_data_line(const struct words *w, struct rebuild *r) {
	struct call c;
	int rc = command_bind(w, &c);
	if (rc) return rc;
	r->has_data = true;
	r->choice = (struct data_choice){0};
	if (!strcmp(c.command->name, "data open")) {
		r->choice.folder = true;
		snprintf(r->choice.root, sizeof r->choice.root, "%s", call_text(&c, "DIR"));
	} else if (!strcmp(c.command->name, "data scenes")) {
		r->choice.count[TRAIN] = (int)call_int(&c, "train", 0);
		r->choice.count[VAL] = (int)call_int(&c, "val", 0);
		r->choice.seed = (uint64_t)call_int(&c, "seed", 0);
	} else {
		r->has_data = false;
	}
	return 0;
}

static int read_set_line(const struct app *a, const struct words *w, struct rebuild *r) {
	struct options theirs;
	options_default(&theirs);
	int rc = options_set(&theirs, w, 1, 0);
	if (rc) return rc;
	for (int i = 0; i < OPTIONS; i++)
		if (!a->options.given[i]) r->options.value[i] = theirs.value[i];
	return 0;
}

static int read_rebuild(const struct app *a, const char *path, const char *text, struct rebuild *r) {
	struct words w;
	int line = 1, more;
	while ((more = words_next(&text, &line, &w)) == 1) {
		int rc = 0;
		if (!strcmp(w.word[0].text, "set")) rc = read_set_line(a, &w, r);
		else if (!strcmp(w.word[0].text, "data")) rc = read_data_line(&w, r);
		else rc = err_set(ERR_FORMAT, "'%.40s' is neither set nor data", w.word[0].text);
		if (rc) more = rc;
		if (rc) break;
	}
	return more ? err_set(ERR_FORMAT, "%s: its options can't be used: %s", path, err_message()) : 0;
}

/* A checkpoint keeps the knots; the name is the preset's that has them. */
static void name_curriculum(struct curriculum *c) {
	for (const char *const *name = curriculum_presets(); *name; name++) {
		struct curriculum preset;
		bool same = curriculum_preset(&preset, *name) == 0 && preset.count == c->count && preset.interpolation == c->interpolation;
		for (int i = 0; same && i < c->count; i++)
			same = preset.knots[i].t == c->knots[i].t && !memcmp(preset.knots[i].mix, c->knots[i].mix, sizeof preset.knots[i].mix);
		if (!same) continue;
		*c = preset;
		return;
	}
	snprintf(c->name, sizeof c->name, "edited");
}

/* last.safetensors points at the newest checkpoint; the script must name the one that was loaded. */
static void record_target(struct app *a, const char *path) {
	char target[PATH_MAX], whole[2 * PATH_MAX], quoted[4 * PATH_MAX];
	ssize_t n = readlink(path, target, sizeof target - 1);
	if (n <= 0) return;
	target[n] = '\0';
	const char *slash = strrchr(path, '/');
	int folder = slash && *target != '/' ? (int)(slash - path) + 1 : 0;
	snprintf(whole, sizeof whole, "%.*s%s", folder, path, target);
	word_quote(whole, quoted, sizeof quoted);
	snprintf(a->record_as, sizeof a->record_as, "load %s", quoted);
}

/* Whatever stands now may go: nothing was trained since it was loaded or begun. */
static int load_allowed(struct app *a) {
	struct snapshot s = {0};
	if (a->trainer) trainer_snapshot(a->trainer, &s);
	if (s.state == TRAINER_RUNNING || s.step > a->loaded_step)
		return err_set(
		        ERR_STATE, "a run stands at step %lld, which loading would drop (`reset` saves and drops it)", (long long)s.step);
	return 0;
}

/* Another precision goes on with the same weights and other rounding: no longer the run that the file would have become. */
static void tell_precision(struct app *a, const struct checkpoint_info *info) {
	struct snapshot s;
	trainer_snapshot(a->trainer, &s);
	if (*info->precision && strcmp(info->precision, s.precision) != 0)
		fprintf(a->notes, "it was trained in %s (%s) and goes on in %s (%s)\n", info->precision, info->device, s.precision, s.kind);
}

int verb_load(struct app *a, const struct call *c) {
	static struct checkpoint_info info; /* main thread only; large */
	const char *path = call_text(c, "FILE");
	struct rebuild r = {.options = a->options};
	int rc = load_allowed(a);
	if (!rc) rc = checkpoint_read_info(path, &info);
	if (!rc && info.full) rc = read_rebuild(a, path, info.options, &r);
	if (rc) return rc;
	if (info.full) name_curriculum(&info.curriculum);
	if ((rc = app_load(a, path, &r.options, info.full ? &info.curriculum : &a->curriculum))) return rc;
	if (info.full) tell_precision(a, &info);
	bool chosen = a->chosen;
	if (r.has_data && !chosen && app_choose_data(a, &r.choice)) fprintf(a->notes, "its data set is left out: %s\n", err_message());
	a->chosen = chosen;
	record_target(a, path);
	if (info.full) fprintf(a->out, "loaded %s: step %lld, curriculum %s\n", path, (long long)info.step, info.curriculum.name);
	else fprintf(a->out, "loaded the weights of %s\n", path);
	return 0;
}

/* ---- trace -------------------------------------------------------------------------------------------------------------- */

struct trace { const char *batch, *out; bool gradients; };

static int run_trace(struct trainer_access *access, void *context) {
	struct trace *t = context;
	return trace_run(access->model, t->batch, t->out, access->live->loss_weights, t->gradients);
}

int verb_trace(struct app *a, const struct call *c) {
	struct trace trace = {call_text(c, "BATCH"), call_text(c, "OUT"), call_given(c, "grads")};
	struct trainer *t;
	int rc = app_trainer(a, false, &t);
	if (!rc) rc = app_call(a, t, run_trace, &trace, NULL);
	if (!rc) fprintf(a->out, "wrote the trace of %s: %s\n", trace.batch, trace.out);
	return rc;
}
