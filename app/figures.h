/* app/figures.h -- what figures are filled from: what-ifs, masks, history, curriculum; and the words that a figure's file carries.
 * Threads: main thread only. */
#pragma once

#include "app/app.h"
#include "app/command.h"
#include "engine/train/whatif.h"
#include "viewer/figures/coverage.h"
#include "viewer/figures/curves.h"
#include "viewer/figures/panels.h"
#include "viewer/figures/schedule.h"
#include "viewer/page.h"

/* Which weights a figure shows. */
struct weights_name { uint64_t hash; int64_t step; };

enum { FIGURE_MODELS = 6, FIGURE_TITLE_BYTES = 160 /* of every kind's title */ };

/* A figure in the making. */
struct figure_job {
	struct app *app;
	struct weights_name weights;              /* of the live ones */
	int models;                               /* shown side by side: the live weights, then checkpoints (figure_models) */
	char model[FIGURE_MODELS][VALUE_TEXT_BYTES]; /* "": the live weights */
	const struct call *call;
	struct paint_class classes[CLASSES_MAX];  /* of the data set; borrowed by what is filled */
	int class_count;
	struct panels *panels;                    /* those being filled: data.panels, or a part of it */
	union { struct panels panels; struct schedule schedule; struct curves curves; struct coverage coverage; } data;
};

/* A row of the table of figures (verbs_figure.c); its options and help stand in the command table. */
struct figure_row {
	const char *command;                      /* "figure masks" */
	const struct drawing *drawing;
	int (*fill)(struct figure_job *job);
	void (*fini)(struct figure_job *job);     /* also after a fill that failed */
	bool weights;                             /* it shows what the model does: the file names the weights */
};

/* figure_pictures.c */
int figure_reconstruction(struct figure_job *job);
int figure_crossmodal(struct figure_job *job);
int figure_sparse(struct figure_job *job);
int figure_dataset(struct figure_job *job);
int figure_masks(struct figure_job *job);
int figure_curriculum(struct figure_job *job);
/* figure_attention.c */
int figure_attention(struct figure_job *job);
/* figure_drift.c */
int figure_drift(struct figure_job *job);
/* figure_curves.c */
int figure_losses(struct figure_job *job);
int figure_coverage(struct figure_job *job);

/* CLASSES gets the data set's classes; returns how many. */
int figure_classes(const struct dataset *d, struct paint_class classes[CLASSES_MAX]);
/* All between the same two steps, on the trainer thread; CHECKPOINT: with that file's weights in place of the live ones (NULL). WHAT: for progress and sentences.
 * NAME: gets the weights' name; NULL: not wanted. */
int figure_whatifs(struct app *a, struct whatif *w, int count, const char *checkpoint, const char *what, struct weights_name *name);
/* The call's checkpoints= into the job. ERR_ARGUMENT: too many. */
int figure_models(struct figure_job *job);
/* What figure_each_model() has done for each model: PER what-ifs for each sample of the call's samples=, one sample's together; ASK sets what the I-th of a
 * sample asks; they run, and FILL gets the answers. NAME: the model's, for a head. */
struct model_filler {
	int per;
	void (*ask)(const struct figure_job *job, const void *context, struct whatif *w, int i);
	int (*fill)(struct figure_job *job, void *context, const struct whatif *w, int model, const char *name);
};
int figure_each_model(struct figure_job *job, const struct model_filler *filler, void *context);
bool figure_next_part(const char **list, char *out, size_t capacity); /* of a list with commas; false at its end */
/* Parts of a table of pictures. figure_panel() takes over IM; MASK may be NULL. */
extern const char *const figure_shown_name[GRANULARITIES]; /* "semantic", "instance", "RGB" */
extern const enum whatif_mask figure_only[GRANULARITIES];
void figure_head(struct panels_head *h, const char *group, const char *text, const char *note);
void figure_name_sample(char out[48], const struct value *list, int i);
void figure_panel(struct panel *p, enum panel_look look, struct image *im, int side, const uint8_t *mask);
int figure_target(struct figure_job *job, const struct whatif *w, enum granularity g, struct image *out); /* the sample's own map */
void figure_take_title(const struct figure_job *job, char title[FIGURE_TITLE_BYTES]); /* the call's, if it has one */
void figure_dress(struct figure_job *job, struct panels *p, bool instances); /* classes, title, legend as the call has them */

/* ---- what a file carries (provenance.c) ---- */
enum { PROVENANCE_TEXTS = 6, WEIGHTS_NAME_BYTES = 96 };
struct provenance {
	struct png_text text[PROVENANCE_TEXTS];
	int texts;
	char command[3 * LINE_BYTES], recipe[RUN_LINES_BYTES + 3 * LINE_BYTES + PATH_MAX], weights[WEIGHTS_NAME_BYTES], seed[32], software[128];
};
/* Software, Command (the call's words as typed), Recipe (the commands that make it from nothing), Seed, and Weights (step and hash; NULL: it shows nothing of them).
 * The struct holds the texts: it must stay in place. */
int provenance_of(struct app *a, const struct call *c, const struct weights_name *weights, struct provenance *out);
int weights_name_of(struct trainer_access *access, void *name); /* a trainer_work: the model's */
void weights_name_text(const struct weights_name *n, char out[WEIGHTS_NAME_BYTES]);

/* ---- from a command to a figure (verbs_figure.c) ---- */
struct figure_made {
	struct page_figure shown;                 /* its holders hold the whole */
	struct figure_job job;
	const struct figure_row *row;
	char font[VALUE_TEXT_BYTES];              /* "": the usual one */
	struct provenance from;
	int64_t step;                             /* where the run was */
};
/* Filled by the call, a `figure NAME`; the caller's to page_figure_drop(). */
int figure_make(struct app *a, const struct call *c, struct figure_made **out);
/* Into PATH, with the call's width, inches and dpi. */
int figure_write(const struct figure_made *m, const struct call *c, const char *path);
