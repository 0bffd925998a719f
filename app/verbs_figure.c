/* app/verbs_figure.c -- figure NAME, figure redo: pictures for a page, from the present run, with the words that make them again inside. */
#include <stdlib.h>
#include <string.h>

#include "app/figures.h"
#include "app/paging.h"
#include "app/verbs.h"
#include "engine/base/err.h"
#include "viewer/window.h"

static void free_panels(struct figure_job *job) { panels_fini(&job->data.panels); }
static void free_schedule(struct figure_job *job) { schedule_fini(&job->data.schedule); }
static void free_curves(struct figure_job *job) { curves_fini(&job->data.curves); }
static void free_nothing(struct figure_job *job) { (void)job; }

static const struct figure_row figures[] = {
	{"figure reconstruction", &drawing_panels, figure_reconstruction, free_panels, true},
	{"figure crossmodal", &drawing_panels, figure_crossmodal, free_panels, true},
	{"figure sparse", &drawing_panels, figure_sparse, free_panels, true},
	{"figure attention", &drawing_panels, figure_attention, free_panels, true},
	{"figure dataset", &drawing_panels, figure_dataset, free_panels, false},
	{"figure masks", &drawing_panels, figure_masks, free_panels, false},
	{"figure curriculum", &drawing_schedule, figure_curriculum, free_schedule, false},
	{"figure losses", &drawing_curves, figure_losses, free_curves, false},
	{"figure drift", &drawing_curves, figure_drift, free_curves, false},
	{"figure coverage", &drawing_coverage, figure_coverage, free_nothing, false},
};

static const struct figure_row *row_of(const struct call *c) {
	const struct figure_row *row = figures;
	while (strcmp(row->command, c->command->name) != 0) row++; /* every `figure NAME` of the command table stands there */
	return row;
}

static void free_made(struct page_figure *shown) {
	struct figure_made *m = (struct figure_made *)shown; /* its first member */
	m->row->fini(&m->job);
	free(m);
}

int figure_make(struct app *a, const struct call *c, struct figure_made **out) {
	struct figure_made *m = *out = calloc(1, sizeof *m);
	if (!m) return err_set(ERR_MEMORY, "no memory for a figure");
	m->row = row_of(c);
	if (call_given(c, "font")) snprintf(m->font, sizeof m->font, "%s", call_text(c, "font"));
	m->shown = (struct page_figure){m->row->drawing, &m->job.data, *m->font ? m->font : NULL, free_made, 1};
	m->job.app = a, m->job.call = c, m->job.panels = &m->job.data.panels;
	m->step = app_step(a);
	int rc = m->row->fill(&m->job);
	if (!rc && m->row->weights) m->step = m->job.weights.step;
	if (!rc) rc = provenance_of(a, c, m->row->weights ? &m->job.weights : NULL, &m->from);
	if (!rc) return 0;
	page_figure_drop(&m->shown);
	*out = NULL;
	return rc;
}

int figure_write(const struct figure_made *m, const struct call *c, const char *path) {
	const struct value *dpi = call_value(c, "dpi"), *inches = call_value(c, "inches");
	const struct figure_output o = {.pixels = (int)call_int(c, "width", 0), .inches = inches ? inches->real : 0, .dpi = dpi ? dpi->real : 0,
		.font = m->shown.font, .text = m->from.text, .texts = m->from.texts};
	return drawing_write(m->row->drawing, &m->job.data, path, &o);
}

/* Without a file: into the window. */
static int open_window(struct app *a, const struct call *c) {
	const char *name = strchr(c->command->name, ' ') + 1;
	int every = (int)call_int(c, "every", 0);
	a->record = false;
	if (!a->interactive) {
		fprintf(a->out, "no window without a prompt (start the program on a terminal; `%s %s.png` draws into a file)\n", c->command->name, name);
		return 0;
	}
	int rc = window_possible();
	if (!rc) rc = paging_open(a, c);
	if (rc) return rc;
	fprintf(a->out, "the window shows %s, drawn again ", c->command->name);
	if (every > 1) fprintf(a->out, "every %d steps (? in it lists its keys)\n", every);
	else fprintf(a->out, every ? "every step (? in it lists its keys)\n" : "on `view refresh` (? in it lists its keys)\n");
	return 0;
}

int verb_figure(struct app *a, const struct call *c) {
	struct figure_made *made;
	if (!call_given(c, "OUT")) return open_window(a, c);
	int rc = figure_make(a, c, &made);
	if (rc) return rc;
	rc = figure_write(made, c, call_text(c, "OUT"));
	page_figure_drop(&made->shown);
	if (!rc) fprintf(a->out, "wrote %s\n", call_text(c, "OUT"));
	return rc;
}

/* ---- redo ------------------------------------------------------------------------------------------------------------------------------- */

/* A file from anywhere: it may say what data, options, curriculum and weights it was made with, and nothing else. */
static bool may_restore(const char *name) { return !strcmp(name, "data") || !strcmp(name, "set") || !strcmp(name, "curriculum") || !strcmp(name, "load"); }

/* Into a program in which nothing was trained or loaded yet, without a word. */
static int restore(struct app *a, const char *path, const char *recipe) {
	struct words *w = malloc(sizeof *w);
	FILE *out = a->out, *silence = fopen("/dev/null", "w");
	int line = 1, more = 0, rc = w && silence ? 0 : err_set(ERR_MEMORY, "no memory for a recipe");
	if (silence) a->out = silence;
	while (!rc && (more = words_next(&recipe, &line, w)) == 1) {
		if (may_restore(w->word[0].text) && (rc = command_run(a, w))) err_set(rc, "the recipe of %s can't be followed: %s", path, err_message());
	}
	a->out = out;
	if (silence) fclose(silence);
	free(w);
	return rc ? rc : more;
}

/* The command of FILE, bound, but for where it writes: INNER and WORDS hold it. */
static int read_command(const char *path, const char *out, struct words *words, struct call *inner) {
	char *text;
	int line = 1, rc = png_read_text(path, "Command", &text);
	if (rc) return rc;
	const char *cursor = text;
	rc = words_next(&cursor, &line, words) == 1 ? command_bind(words, inner) : ERR_FORMAT;
	if (!rc && inner->command->run != verb_figure && inner->command->run != verb_predict) rc = ERR_FORMAT;
	if (rc) err_set(ERR_FORMAT, "%s can't be made again (its command is no figure of this program: %.200s)", path, text);
	free(text);
	for (int i = 0; !rc && inner->command->arguments[i].form; i++)
		if (!strcasecmp(inner->command->arguments[i].name, "out")) {
			inner->given[i] = true;
			snprintf(inner->value[i].text, sizeof inner->value[i].text, "%s", out);
		}
	return rc ? ERR_FORMAT : 0;
}

/* Says so where the weights are others than FILE's. */
static int tell_weights(struct app *a, const char *path) {
	struct weights_name name;
	struct trainer *t;
	char *theirs, ours[WEIGHTS_NAME_BYTES];
	if (png_read_text(path, "Weights", &theirs)) return 0; /* it shows nothing of the model */
	int rc = app_trainer(a, false, &t);
	if (!rc) rc = app_call(a, t, weights_name_of, &name, NULL);
	if (!rc) weights_name_text(&name, ours);
	if (!rc && strcmp(theirs, ours) != 0)
		fprintf(a->notes, "%s was drawn with the weights %s; these are %s (its text Recipe says how it was made)\n", path, theirs, ours);
	free(theirs);
	return rc;
}

int verb_figure_redo(struct app *a, const struct call *c) {
	const char *path = call_text(c, "FILE"), *out = call_given(c, "OUT") ? call_text(c, "OUT") : path;
	struct words *words = malloc(sizeof *words);
	struct call *inner = malloc(sizeof *inner);
	char *recipe = NULL;
	int rc = words && inner ? read_command(path, out, words, inner) : err_set(ERR_MEMORY, "no memory for a command");
	if (!rc && !app_touched(a) && png_read_text(path, "Recipe", &recipe) == 0) rc = restore(a, path, recipe);
	if (!rc) rc = tell_weights(a, path);
	if (!rc) rc = inner->command->run(a, inner);
	free(recipe);
	free(inner);
	free(words);
	return rc;
}
