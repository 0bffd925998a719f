/* engine/data/classes.h -- classes.tsv: the names and colours of a folder's semantic classes (spec.md section 2).
 *
 * A line a class, six fields between tabs: index, name, r, g, b, thing (1) or stuff (0). The first line may be a header that starts
 * with "index". Indices count 0, 1, 2, ... in the file's order; at most CLASSES_MAX. Threads: pure. */
#pragma once

#include <stddef.h>

#include "engine/data/dataset.h"

struct class_table {
	int count;
	struct class_info row[CLASSES_MAX];
};

/* NAME names the source in the sentence. ERR_FORMAT says line, field and why. */
int classes_parse(struct class_table *out, const char *text, size_t length, const char *name);
int classes_read(struct class_table *out, const char *path);
