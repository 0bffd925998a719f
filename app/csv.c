#include "app/csv.h"

#include <errno.h>
#include <string.h>

#include "engine/base/err.h"

int csv_open(struct csv *csv, const char *path) {
	csv->path = path;
	if (snprintf(csv->fresh, sizeof csv->fresh, "%s.new", path) >= (int)sizeof csv->fresh) return err_set(ERR_ARGUMENT, "the CSV file's path is too long");
	if ((csv->f = fopen(csv->fresh, "wb"))) return 0;
	return err_set(ERR_FILE, "can't write %s (%s; check the folder)", path, strerror(errno));
}

int csv_close(struct csv *csv, int rc) {
	if (ferror(csv->f) && !rc) rc = err_set(ERR_FILE, "can't write %s (%s)", csv->path, strerror(errno));
	if (fclose(csv->f) != 0 && !rc) rc = err_set(ERR_FILE, "can't write %s (%s)", csv->path, strerror(errno));
	if (!rc && rename(csv->fresh, csv->path) != 0) rc = err_set(ERR_FILE, "can't write %s (%s)", csv->path, strerror(errno));
	if (rc) remove(csv->fresh);
	return rc;
}
