/* engine/data/dataset.h -- samples by index: a folder in MultiMAE's layout, or the embedded procedural scenes (spec.md section 2).
 *
 * Threads: after opening, a data set is read-only; dataset_read() may be called from many threads at once. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/types.h"

/* One sample as stored: three aligned maps of the same size. */
struct raw_sample {
	int width, height;
	uint8_t *rgb;        /* [H, W, 3] */
	uint16_t *instance;  /* [H, W]; 0 = background */
	uint8_t *semseg;     /* [H, W]; class index or UNLABELLED */
	int label;           /* class label for probes: 0 .. dataset_labels() - 1 */
};
void raw_sample_free(struct raw_sample *r);

struct class_info {
	char name[48];
	uint8_t r, g, b;
	bool thing;
};

struct dataset;

/* ROOT/{train,val}/{rgb,instance,semseg}/SUBDIR/NAME.EXT and ROOT/classes.tsv. A missing val split is allowed (it is then empty);
 * an empty train split is not. Samples are ordered by SUBDIR/NAME; NAME directly below rgb/ has the label "."; what begins with a dot
 * or is neither .png nor .jpg, .jpeg is passed over. A NAME that one of the three folders lacks is ERR_FORMAT: the first is named, the
 * rest counted. *OUT is the caller's: dataset_free(). ERR_FILE, ERR_FORMAT say which file and why. */
int dataset_open_folder(struct dataset **out, const char *root);
/* The procedural data set (data/scenes.h): deterministic from (seed, split, index); rendered with a short side fit for images of
 * IMAGE_SIZE. COUNT[split] samples. */
int dataset_open_scenes(struct dataset **out, uint64_t seed, int image_size, const int count[SPLITS]);
void dataset_free(struct dataset *d);

const char *dataset_name(const struct dataset *d);                  /* "scenes", or the folder's path */
int dataset_count(const struct dataset *d, enum split s);
int dataset_classes(const struct dataset *d);                       /* C */
const struct class_info *dataset_class(const struct dataset *d, int c);
int dataset_labels(const struct dataset *d);                        /* probe labels (SUBDIRs) */
const char *dataset_label(const struct dataset *d, int label);
/* The file's path, or "scenes train/7": for people; written into OUT. */
void dataset_describe(const struct dataset *d, enum split s, int index, char *out, int capacity);

/* Decodes sample INDEX into *OUT (raw_sample_free()). A broken file, maps of other sizes than the image, or a class
 * index >= dataset_classes() is ERR_FORMAT with the file's path. Thread safe. Decoded samples are kept in a bounded
 * memory cache (dataset_cache()), so that later epochs cost a copy. */
int dataset_read(struct dataset *d, enum split s, int index, struct raw_sample *out);
void dataset_cache(struct dataset *d, int64_t bytes);               /* default 512 MiB; 0 switches it off; at any time */
