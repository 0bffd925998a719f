#include "app/curves.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/app.h"
#include "engine/base/err.h"
#include "engine/base/json.h"

enum { LINE_BYTES_MAX = 1 << 16 };

/* Absent and null: NaN. False: something else than a number. */
static bool number_at(const struct jv *object, const char *key, double *out) {
	const struct jv *v = jv_get(object, key);
	bool flag;
	*out = NAN;
	if (!v || jv_number(v, out)) return true;
	*out = NAN;
	return !jv_string(v) && !jv_is_object(v) && !jv_is_array(v) && !jv_boolean(v, &flag);
}

static bool numbers_at(const struct jv *object, const char *const *keys, int count, double *out) {
	bool right = true;
	for (int i = 0; i < count; i++) right = number_at(object, keys[i], &out[i]) && right;
	return right;
}

static bool read_row(const struct jv *line, struct metric *m) {
	static const char *const losses[] = {"semseg", "instance", "rgb", "total"}, *const greek[] = {"alpha", "beta", "gamma"};
	static const char *const kinds[] = {"semantic", "instance", "random", "several"};
	const struct jv *train = jv_get(line, "train"), *val = jv_get(line, "val");
	double loss[GRANULARITIES + 1];
	bool right = jv_integer(jv_get(line, "step"), &m->step) && m->step >= 0 && numbers_at(train, losses, GRANULARITIES + 1, loss) &&
	             numbers_at(line, greek, SOURCES, m->mix) && numbers_at(jv_get(line, "effective"), kinds, SOURCES + 1, m->effective) &&
	             number_at(line, "lr", &m->lr) && number_at(line, "grad_norm", &m->grad_norm) && number_at(line, "images_per_s", &m->images_per_s);
	memcpy(m->loss, loss, sizeof m->loss);
	m->total = loss[GRANULARITIES];
	m->evaluated = val != NULL;
	for (int k = 0; k < SOURCES; k++) right = numbers_at(jv_get(val, kinds[k]), losses, GRANULARITIES, m->val[k]) && right;
	return right;
}

static int take_line(struct history *h, const char *text, size_t length, const char *what, long long number) {
	char name[PATH_MAX + 32];
	struct jv *line;
	struct metric m = {0};
	snprintf(name, sizeof name, "%s:%lld", what, number);
	int rc = jv_parse(&line, text, length, name);
	if (rc) return rc;
	bool trained = jv_get(line, "train") != NULL, right = jv_is_object(line) && read_row(line, &m);
	jv_free(line);
	if (!right || (!trained && !m.evaluated)) return err_set(ERR_FORMAT, "%s is not a row of metrics (a step with train or val was expected)", name);
	int64_t before = h->count, val_before = h->val_count;
	if (trained) history_add(h, &m);
	else history_add_val(h, &m);
	bool added = trained ? h->count > 0 && h->step[h->count - 1] == (double)m.step : h->val_count > 0 && h->val_step[h->val_count - 1] == (double)m.step;
	return added || h->count < before || h->val_count < val_before ? 0 : err_set(ERR_MEMORY, "no memory for the curves of %s", what);
}

int curves_read(struct history *out, FILE *f, const char *what) {
	char *text = malloc(LINE_BYTES_MAX);
	int rc = text ? 0 : err_set(ERR_MEMORY, "no memory for a line of %s", what);
	for (long long number = 1; !rc && fgets(text, LINE_BYTES_MAX, f); number++) {
		size_t n = strlen(text);
		if (n == 0 || text[n - 1] != '\n') {
			if (n == LINE_BYTES_MAX - 1) rc = err_set(ERR_FORMAT, "%s:%lld is too long for a row of metrics", what, number);
			else if (fgetc(f) != EOF) rc = err_set(ERR_FORMAT, "%s:%lld is not text", what, number);
			break; /* the last line is being written */
		}
		rc = take_line(out, text, n, what, number);
		if (!rc && (rc = app_interrupted())) err_set(rc, "reading %s was stopped by a signal", what);
	}
	if (!rc && ferror(f)) rc = err_set(ERR_FILE, "can't read %s (%s)", what, strerror(errno));
	free(text);
	if (rc) history_free(out);
	return rc;
}

int curves_open(struct history *out, const char *dir) {
	char path[PATH_MAX];
	struct stat st;
	if (stat(dir, &st)) return err_set(ERR_FILE, "can't read %s (%s; a run's folder holds metrics.jsonl)", dir, strerror(errno));
	if (snprintf(path, sizeof path, S_ISDIR(st.st_mode) ? "%s/metrics.jsonl" : "%s", dir) >= (int)sizeof path) return err_set(ERR_ARGUMENT, "the folder's path is too long");
	FILE *f = fopen(path, "rb");
	if (!f) return err_set(ERR_FILE, "can't read %s (%s; it is made by a run's first step)", path, strerror(errno));
	int rc = curves_read(out, f, path);
	fclose(f);
	if (!rc && out->count == 0 && out->val_count == 0) rc = err_set(ERR_STATE, "%s has no step yet", path);
	if (rc) history_free(out);
	return rc;
}

int curves_own(struct app *a, struct history *out) {
	struct trainer *t;
	int rc = *a->loaded ? app_trainer(a, false, &t) : 0; /* a checkpoint's history comes with its weights */
	if (rc) return rc;
	int64_t count = a->trainer ? trainer_history_count(a->trainer) : 0;
	struct metric *rows = count > 0 ? malloc((size_t)count * sizeof *rows) : NULL;
	if (count > 0 && !rows) return err_set(ERR_MEMORY, "no memory for %lld steps of losses", (long long)count);
	int n = rows ? trainer_history(a->trainer, 0, rows, (int)count) : 0;
	for (int i = 0; i < n; i++) history_add(out, &rows[i]);
	free(rows);
	return 0;
}
