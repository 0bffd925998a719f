/* app/app.h -- what the program holds: options, curriculum, data set, trainer, run folder; and the rules by which they change together.
 *
 * Nothing is opened before it is needed: the data set at the first use of a sample, the trainer at the first use of the model.
 * What is fixed for a run may change as long as the run has no step and no loaded weights: the trainer is then dropped, and built again
 * at its next use. Later it is refused with a sentence that names `reset`.
 * Threads: main thread only. It talks to the training thread by requests (trainer.h). */
#pragma once

#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "app/options.h"
#include "app/session.h"
#include "engine/data/dataset.h"
#include "engine/mask/curriculum.h"
#include "engine/train/trainer.h"
#include "tui/view.h"

enum { SCENES_TRAIN = 4096, SCENES_VAL = 256, RUN_LINES_BYTES = 16384 };

/* Which data set: opened when a sample or its classes are first needed. */
struct data_choice {
	bool folder;
	char root[PATH_MAX];              /* folder: as an absolute path */
	int count[SPLITS];                /* scenes */
	uint64_t seed;
};

/* What the workbench's panes look at, beside the run itself: changed by goto, look and edit; training knows nothing of it. */
struct looking {
	int64_t cursor;                   /* the step; -1: where the run is */
	enum split split;
	int index;                        /* the sample */
	bool reseeded;                    /* masks drawn with SEED in place of the run's */
	uint64_t seed;
	struct curriculum edited;         /* an edit that is not applied; count 0: none */
	int knot;                         /* of the edited (or present) curriculum: the one that keys change */
};

/* How far a long command in the foreground is. */
struct progress_told { bool active; char what[64], unit[16]; int64_t done, of; double began, shown; };

/* Another run, whose curves stand beside the present one's (`compare`). */
struct compared { char dir[PATH_MAX]; struct history history; };

struct viewing;
struct paging;

struct app {
	FILE *out, *notes;                /* results; notes, progress and errors */
	struct options options;
	struct curriculum curriculum;

	struct data_choice choice;
	bool chosen;                      /* by the user: a checkpoint then leaves it alone */
	struct dataset *data;             /* NULL: not opened yet */
	int data_size;                    /* the image size that scenes were opened for */

	struct trainer *trainer;          /* NULL: not built yet */
	pthread_mutex_t trainer_lock;     /* around every change of TRAINER, so that the screen may look at it (app_peek) */
	bool trainer_has_data;
	bool passed_over_told;            /* why `auto` did not take a GPU that is there */
	struct options built;             /* what it was built from */
	int built_classes;
	char loaded[PATH_MAX];            /* the file whose weights stand in it; "" for fresh ones */
	int64_t loaded_step;              /* the step that it was at; 0 for plain weights */
	int64_t saved_step;               /* of the last checkpoint; -1: none */
	char named[PATH_MAX];             /* the last checkpoint that was saved under a name of the user's, */
	int64_t named_step;               /* and its step */

	struct condition breaks[BREAKS_MAX]; /* what pauses training */
	int break_count;

	int64_t applied;                  /* the step at which the command in hand was applied; -1: it asked nothing of the trainer */

	bool record;                      /* the command in hand goes into session.c2f; a handler may say no, */
	char record_as[4 * PATH_MAX + 16];/* or how; "": as it was given */

	struct looking looking;
	struct compared compared[VIEW_RUNS];
	int compared_count;
	uint64_t compared_serial;         /* grows with every change of COMPARED */

	pthread_mutex_t ui_lock;          /* around UI: view commands come from the screen and from scripts */
	struct ui *ui;                    /* the workbench's; NULL without one, and then view commands are checked and do nothing */

	pthread_mutex_t progress_lock;    /* around PROGRESS: any thread may tell, the screen reads */
	struct progress_told progress;

	struct viewing *viewing;          /* the viewer's window (viewing.h) */
	struct paging *paging;            /* a figure in it (paging.h) */
	struct session session;
	bool interactive;                 /* a prompt stands: training goes on in the background */
	bool announce;                    /* training was begun at the prompt: its end is said there */
	int depth;                        /* of scripts being run */
	bool quit;
};

int app_init(struct app *a, FILE *out, FILE *notes);
void app_fini(struct app *a);           /* stops training at the next step; saves nothing */

/* The data set, opened now if it was not. Borrowed. */
int app_data(struct app *a, struct dataset **out);
/* Replaces it; nothing changes on failure or when the run forbids it. */
int app_choose_data(struct app *a, const struct data_choice *choice);
void app_forget_data(struct app *a);    /* back to the default scenes; the trainer must have been dropped */
int app_classes(const struct app *a);   /* of the open data set; 0 when none is open */
/* `data open "/photos"` or `data scenes train=N val=N seed=N`. As snprintf. */
size_t app_data_line(const struct app *a, char *out, size_t capacity);
/* The commands that rebuild this run, a line each: data, options, and with CURRICULUM (a checkpoint keeps its own) the curriculum's. As snprintf. */
size_t app_run_lines(const struct app *a, bool curriculum, char *out, size_t capacity);

/* The trainer, built now if it was not. WITH_DATA: it must be able to train; weights loaded before are loaded again where it has to be rebuilt. */
int app_trainer(struct app *a, bool with_data, struct trainer **out);
void app_drop_trainer(struct app *a);
bool app_touched(const struct app *a);  /* a step was made, weights were loaded, or training runs */
int64_t app_step(const struct app *a);
/* For another thread: the trainer's snapshot and its history from row FIRST on, at most CAPACITY rows (*ROWS: how many there are in all). False: no trainer. */
bool app_peek(struct app *a, struct snapshot *s, int64_t first, struct metric *rows, int capacity, int *got, int64_t *count);
/* Loads PATH into a trainer built from OPTIONS and CURRICULUM; nothing changes on failure. */
int app_load(struct app *a, const char *path, const struct options *options, const struct curriculum *curriculum);
/* Replaces options and curriculum, tells the trainer; says on OUT when it applies. Nothing changes on failure. */
int app_configure(struct app *a, const struct options *options, const struct curriculum *curriculum, const char *what);
/* The values that hold now, auto worked out. */
int app_resolve(const struct app *a, struct trainer_fixed *fixed, struct trainer_live *live);

/* Waits for a ticket's answer and passes on its code and sentence; a signal cuts it short with ERR_CANCELLED. ANSWER may be NULL. */
int app_wait(struct app *a, uint64_t ticket, struct answer *answer);
/* app_wait(trainer_call(...)). */
int app_call(struct app *a, struct trainer *t, trainer_work work, void *context, struct answer *answer);

/* The trainer, if there is one, learns the conditions of BREAKS. */
int app_tell_breaks(struct app *a);

/* Makes the run folder if there is none and tells the trainer. */
int app_run_folder(struct app *a);
/* Writes a checkpoint; PATH NULL: checkpoints/last.safetensors of the run. */
int app_save(struct app *a, const char *path);
/* Pauses training and waits until it stands. */
int app_pause(struct app *a);
/* At the end of the program: pauses, saves what would be lost, says where. */
int app_leave(struct app *a);

/* ERR_CANCELLED if SIGINT, SIGTERM or SIGHUP came since the command began, else 0 (signals.h). */
int app_interrupted(void);
