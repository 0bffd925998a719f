/* engine/train/internal.h -- the trainer's insides, shared by trainer.c (the controlling thread's side) and loop.c (the trainer thread's).
 *
 * Threads: fields under LOCK are read and written only while holding it; the rest belongs to the trainer thread once it runs. */
#pragma once

#include <pthread.h>
#include <stdio.h>

#include "engine/data/loader.h"
#include "engine/train/checkpoint.h"
#include "engine/train/probe.h"
#include "engine/train/trainer.h"

enum request_kind { REQUEST_RUN, REQUEST_PAUSE, REQUEST_CONFIGURE, REQUEST_CALL, REQUEST_SAVE, REQUEST_RESTORE, REQUEST_EXPORT, REQUEST_SET_RUN, REQUEST_BREAKS };

/* A request on its way in, then the same node on its way out as an answer. */
struct request {
	struct request *next;
	enum request_kind kind;
	struct stop stop;
	struct trainer_live live;
	trainer_work work;
	void *context;
	struct condition breaks[BREAKS_MAX];
	int break_count;
	char path[1024], text[OPTIONS_TEXT];
	struct answer answer;
};

struct request_list { struct request *head, *tail; };
void request_append(struct request_list *l, struct request *r);
struct request *request_take(struct request_list *l); /* NULL when empty */

/* What was in force from STEP on. */
struct live_change { int64_t step; struct trainer_live live; };

struct trainer {
	struct trainer_fixed fixed;      /* set before the thread starts, then constant */
	struct dataset *dataset;         /* borrowed; NULL: no data */
	pthread_t thread;
	int wake[2];                     /* the wake pipe; the main loop reads [0] */

	pthread_mutex_t lock;
	pthread_cond_t posted, answered;
	/* --- under LOCK --- */
	struct request_list queue, answers;
	uint64_t tickets;
	bool quit, ready;
	int start_code;                  /* how opening the device and the model went */
	char start_message[1024];
	struct snapshot snapshot;
	struct metric *history;
	int64_t history_count, history_capacity;
	struct live_change *changes;     /* changes[0] is the run's beginning; the last is in force */
	int change_count;

	/* --- the trainer thread's --- */
	struct device *device;
	struct model *model;
	struct loader *loader;
	struct workspace *workspace;
	struct spare spare;              /* the what-ifs' */
	const struct batch *batch;       /* taken from the loader for the next step; NULL: not taken yet */
	bool prepared;                   /* its masks are drawn as `live` says, and it is loaded into the workspace */
	struct probe *probe;
	bool probe_tried;                /* so that a data set without val split is said once */
	uint8_t *mask[GRANULARITIES];    /* [batch, N], of the batch in hand; memory that uploads fast */
	struct batch_sample *last, *next; /* [batch]: of the step made last, and of the batch in hand */
	float *sample;                   /* [3, batch]: scratch of reading losses */
	bool stepped;                    /* LAST holds one */
	double effective[SOURCES + 1], visible[GRANULARITIES]; /* of the masks of the batch in hand */
	struct condition breaks[BREAKS_MAX];
	int break_count;
	bool met;                        /* the last step met the present `until`'s condition */
	struct trainer_live live;        /* a copy of the last change */
	int64_t step;
	double time_s;
	bool running;
	struct stop stop;
	char run[1024], options[OPTIONS_TEXT];
	FILE *metrics, *log;
};

void *trainer_main(void *trainer);   /* loop.c: the thread's function */

/* loop.c's helpers that step.c needs, and back. */
int step_prepare(struct trainer *t);                 /* loader, workspace, masks: made at the first training step */
int step_once(struct trainer *t);                    /* one optimizer step; publishes */
int step_evaluate(struct trainer *t, struct metric *m); /* the probe, into M */
void step_release(struct trainer *t);
int step_seek(struct trainer *t);                    /* the loader goes to t->step; what was taken from it is dropped */
bool trainer_reached(const struct trainer *t, int64_t step); /* whether the present `train` ends at STEP */

void trainer_publish(struct trainer *t, const char *message); /* snapshot of the trainer thread's state; MESSAGE NULL: keep the last */
void trainer_log(struct trainer *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void trainer_wake(struct trainer *t);
double seconds_now(void);            /* monotonic */
