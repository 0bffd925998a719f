/* app/verbs_data.c -- data, data open, data scenes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/verbs.h"
#include "engine/base/err.h"

int verb_data(struct app *a, const struct call *c) {
	struct dataset *d;
	(void)c;
	int rc = app_data(a, &d), things = 0;
	if (rc) return rc;
	for (int i = 0; i < dataset_classes(d); i++) things += dataset_class(d, i)->thing;
	fprintf(a->out, "%s: train %d, val %d samples\n%d classes (%d things, %d stuff):", dataset_name(d), dataset_count(d, TRAIN),
	        dataset_count(d, VAL), dataset_classes(d), things, dataset_classes(d) - things);
	for (int i = 0, width = 1000; i < dataset_classes(d); i++) {
		const char *name = dataset_class(d, i)->name;
		if ((width += (int)strlen(name) + 6) > 100) fprintf(a->out, "\n "), width = 0;
		fprintf(a->out, " %d %s%s", i, name, i + 1 < dataset_classes(d) ? "," : "\n");
	}
	fprintf(a->out, "%d labels for probes\n", dataset_labels(d));
	return 0;
}

static int opened(struct app *a, const struct data_choice *choice) {
	int rc = app_choose_data(a, choice);
	if (rc) return rc;
	fprintf(a->out, "%s: train %d, val %d samples, %d classes\n", dataset_name(a->data), dataset_count(a->data, TRAIN),
	        dataset_count(a->data, VAL), dataset_classes(a->data));
	if (dataset_count(a->data, VAL) == 0) fprintf(a->notes, "no val split: there will be no validation curve\n");
	return 0;
}

int verb_data_open(struct app *a, const struct call *c) {
	struct data_choice choice = {.folder = true};
	char *root = realpath(call_text(c, "DIR"), NULL);
	if (!root)
		return err_set(ERR_FILE, "can't open the data folder %s (%s; give the folder that holds train/)", call_text(c, "DIR"),
		        strerror(errno));
	int n = snprintf(choice.root, sizeof choice.root, "%s", root);
	free(root);
	if (n >= VALUE_TEXT_BYTES) return err_set(ERR_ARGUMENT, "the data folder's path is too long (at most %d bytes)", VALUE_TEXT_BYTES - 1);
	return opened(a, &choice);
}

int verb_data_scenes(struct app *a, const struct call *c) {
	const struct data_choice choice = {
	        .count = {(int)call_int(c, "train", 0), (int)call_int(c, "val", 0)}, .seed = (uint64_t)call_int(c, "seed", 0)};
	return opened(a, &choice);
}
