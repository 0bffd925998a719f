/* A folder in MultiMAE's layout as a data set: listed and matched when it is opened, decoded when a sample is read. */
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "engine/base/err.h"
#include "engine/data/backend.h"
#include "engine/data/classes.h"
#include "engine/data/image_file.h"

#define LAYOUT "ROOT/{train,val}/{rgb,instance,semseg}/SUBDIR/NAME.EXT"

enum { PATH_MAX_BYTES = 4096, EXTENSION_BYTES = 6 };

/* --- listing one granularity of one split --- */

struct file {
	char *name;                      /* "SUBDIR/NAME", or "NAME" directly below rgb/, instance/, semseg/ */
	char extension[EXTENSION_BYTES]; /* as written: "jpg", "PNG" */
};

struct listing {
	struct file *file;
	int count, capacity;
};

static void listing_free(struct listing *l) {
	for (int i = 0; i < l->count; i++) free(l->file[i].name);
	free(l->file);
	*l = (struct listing){0};
}

static int join(char out[PATH_MAX_BYTES], const char *a, const char *b) {
	int n = snprintf(out, PATH_MAX_BYTES, "%s/%s", a, b);
	return n < PATH_MAX_BYTES ? 0 : err_set(ERR_FILE, "can't open %.200s... (the path is longer than %d bytes)", a, PATH_MAX_BYTES - 1);
}

static int out_of_memory(void) { return err_set(ERR_MEMORY, "no memory for the list of samples"); }

/* NAME's extension if a file of granularity G may have it, else NULL: what else lies there (notes, thumbnails) is not ours. */
static const char *fit_extension(const char *name, enum granularity g) {
	static const char *const fit[] = {"png", "jpg", "jpeg"};
	const char *dot = strrchr(name, '.');
	int n = g == RGB ? 3 : 1;
	for (int i = 0; dot && dot != name && i < n; i++)
		if (strcasecmp(dot + 1, fit[i]) == 0) return dot + 1;
	return NULL;
}

static int add_file(struct listing *l, const char *subdir, const char *name, const char *extension) {
	if (l->count == l->capacity) {
		int capacity = l->capacity ? l->capacity * 2 : 256;
		struct file *more = realloc(l->file, (size_t)capacity * sizeof *more);
		if (!more) return out_of_memory();
		l->file = more;
		l->capacity = capacity;
	}
	int stem = (int)(extension - name) - 1;
	size_t bytes = strlen(subdir) + (size_t)stem + 2;
	struct file *f = &l->file[l->count];
	f->name = malloc(bytes);
	if (!f->name) return out_of_memory();
	snprintf(f->name, bytes, "%s%s%.*s", subdir, *subdir ? "/" : "", stem, name);
	snprintf(f->extension, sizeof f->extension, "%s", extension);
	l->count++;
	return 0;
}

/* Adds the files of folder BASE/SUBDIR, and of the folders in it where SUBDIR is "". */
static int list_folder(struct listing *l, const char *base, const char *subdir, enum granularity g) {
	char folder[PATH_MAX_BYTES], path[PATH_MAX_BYTES];
	int rc = join(folder, base, subdir);
	if (rc != 0) return rc;
	DIR *dir = opendir(*subdir ? folder : base);
	if (!dir) return err_set(ERR_FILE, "can't open %s (%s; the layout is " LAYOUT ")", *subdir ? folder : base, strerror(errno));
	const struct dirent *e;
	while (rc == 0 && (e = readdir(dir)) != NULL) {
		struct stat st;
		if (e->d_name[0] == '.') continue;
		if ((rc = join(path, *subdir ? folder : base, e->d_name)) != 0) break;
		bool is_folder = e->d_type == DT_DIR;
		if (e->d_type != DT_DIR && e->d_type != DT_REG) { /* a link, or a file system that doesn't say */
			if (stat(path, &st) != 0) rc = err_set(ERR_FILE, "can't read %s (%s)", path, strerror(errno));
			else is_folder = S_ISDIR(st.st_mode);
		}
		const char *extension = is_folder ? NULL : fit_extension(e->d_name, g);
		if (rc != 0) break;
		if (is_folder && *subdir) rc = err_set(ERR_FORMAT, "%s is a folder too deep (the layout is " LAYOUT ")", path);
		else if (is_folder) rc = list_folder(l, base, e->d_name, g);
		else if (extension) rc = add_file(l, subdir, e->d_name, extension);
	}
	closedir(dir);
	return rc;
}

static int by_name(const void *a, const void *b) { return strcmp(((const struct file *)a)->name, ((const struct file *)b)->name); }

static int list_granularity(struct listing *l, const char *base, enum granularity g) {
	int rc = list_folder(l, base, "", g);
	if (rc != 0) return rc;
	if (l->count > 0) qsort(l->file, (size_t)l->count, sizeof *l->file, by_name);
	for (int i = 1; i < l->count; i++)
		if (strcmp(l->file[i - 1].name, l->file[i].name) == 0)
			return err_set(ERR_FORMAT, "%s/%s is there twice, as .%s and .%s (keep one)", base, l->file[i].name, l->file[i - 1].extension,
			               l->file[i].extension);
	return 0;
}

/* --- matching the three --- */

struct entry {
	char *name; /* as file.name */
	char extension[GRANULARITIES][EXTENSION_BYTES];
	int label;
};

struct folder {
	char *root;
	struct entry *entry[SPLITS];
	int count[SPLITS];
	char **label;
	int labels;
	struct class_table classes;
};

/* Sorted by name, the three listings must be equal. Says the first name that one of them lacks, and how many more. */
static int check_partners(const struct listing l[GRANULARITIES], const char *split_path) {
	int at[GRANULARITIES] = {0}, missing = 0, lacks = 0, has = 0;
	const char *first = NULL;
	for (;;) {
		const char *name = NULL;
		for (int g = 0; g < GRANULARITIES; g++)
			if (at[g] < l[g].count && (!name || strcmp(l[g].file[at[g]].name, name) < 0)) name = l[g].file[at[g]].name;
		if (!name) break;
		for (int g = 0; g < GRANULARITIES; g++) {
			bool here = at[g] < l[g].count && strcmp(l[g].file[at[g]].name, name) == 0;
			at[g] += here;
			if (here && (missing == 0 || first == name)) has = g;
			if (!here && missing++ == 0) first = name, lacks = g;
		}
	}
	if (missing == 0) return 0;
	char more[60] = "";
	if (missing > 1) snprintf(more, sizeof more, "; %d more such", missing - 1);
	return err_set(ERR_FORMAT, "%s/%s/%s.%s is missing, though %s has one (names must match in rgb, instance and semseg%s)", split_path,
	               granularity_name[lacks], first, lacks == RGB ? "jpg or .png" : "png", granularity_name[has], more);
}

/* Moves the names out of the rgb listing; the other two give their extensions. */
static int take_entries(struct folder *f, enum split s, struct listing l[GRANULARITIES]) {
	int n = l[RGB].count;
	if (n == 0) return 0;
	struct entry *e = calloc((size_t)n, sizeof *e);
	if (!e) return out_of_memory();
	for (int i = 0; i < n; i++) {
		e[i].name = l[RGB].file[i].name;
		l[RGB].file[i].name = NULL;
		for (int g = 0; g < GRANULARITIES; g++) memcpy(e[i].extension[g], l[g].file[i].extension, EXTENSION_BYTES);
	}
	f->entry[s] = e;
	f->count[s] = n;
	return 0;
}

static int open_split(struct folder *f, enum split s) {
	char split_path[PATH_MAX_BYTES], base[PATH_MAX_BYTES];
	struct listing l[GRANULARITIES] = {0};
	struct stat st;
	int rc = join(split_path, f->root, split_name[s]);
	if (rc != 0) return rc;
	if (s == VAL && stat(split_path, &st) != 0 && errno == ENOENT) return 0;
	/* rgb first: where a folder is not a data set at all, that is what is missed. */
	for (int g = RGB; rc == 0 && g >= 0; g--) {
		rc = join(base, split_path, granularity_name[g]);
		if (rc == 0) rc = list_granularity(&l[g], base, (enum granularity)g);
		if (rc == 0 && g == RGB && s == TRAIN && l[g].count == 0)
			rc = err_set(ERR_FORMAT, "%s holds no images (.jpg, .jpeg or .png; the layout is " LAYOUT ")", base);
	}
	if (rc == 0) rc = check_partners(l, split_path);
	if (rc == 0) rc = take_entries(f, s, l);
	for (int g = 0; g < GRANULARITIES; g++) listing_free(&l[g]);
	return rc;
}

/* --- labels: the SUBDIRs of both splits, sorted; "." for images in none --- */

static int by_string(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static size_t subdir_length(const char *name) {
	const char *slash = strchr(name, '/');
	return slash ? (size_t)(slash - name) : 0;
}

static int add_label(struct folder *f, const char *name, size_t length) {
	char **more = realloc(f->label, (size_t)(f->labels + 1) * sizeof *more);
	if (!more) return out_of_memory();
	f->label = more;
	more[f->labels] = length ? strndup(name, length) : strdup(".");
	if (!more[f->labels]) return out_of_memory();
	f->labels++;
	return 0;
}

static bool same_subdir(const char *a, const char *b) {
	size_t n = subdir_length(a);
	return n == subdir_length(b) && memcmp(a, b, n) == 0;
}

static int name_labels(struct folder *f) {
	for (int s = 0; s < SPLITS; s++)
		for (int i = 0; i < f->count[s]; i++) {
			const char *name = f->entry[s][i].name;
			if (i > 0 && same_subdir(f->entry[s][i - 1].name, name)) continue;
			int rc = add_label(f, name, subdir_length(name));
			if (rc != 0) return rc;
		}
	qsort(f->label, (size_t)f->labels, sizeof *f->label, by_string);
	int kept = 1;
	for (int i = 1; i < f->labels; i++)
		if (strcmp(f->label[kept - 1], f->label[i]) == 0) free(f->label[i]);
		else f->label[kept++] = f->label[i];
	f->labels = kept;
	return 0;
}

static void set_labels(struct folder *f) {
	for (int s = 0; s < SPLITS; s++)
		for (int i = 0; i < f->count[s]; i++) {
			struct entry *e = &f->entry[s][i];
			if (i > 0 && same_subdir(e[-1].name, e->name)) {
				e->label = e[-1].label;
				continue;
			}
			char subdir[PATH_MAX_BYTES], *key = subdir;
			size_t n = subdir_length(e->name);
			snprintf(subdir, sizeof subdir, "%.*s", n ? (int)n : 1, n ? e->name : ".");
			char **found = bsearch(&key, f->label, (size_t)f->labels, sizeof *f->label, by_string);
			assert(found);
			e->label = (int)(found - f->label);
		}
}

/* --- the backend --- */

static void folder_free(void *self) {
	struct folder *f = self;
	for (int s = 0; s < SPLITS; s++) {
		for (int i = 0; i < f->count[s]; i++) free(f->entry[s][i].name);
		free(f->entry[s]);
	}
	for (int i = 0; i < f->labels; i++) free(f->label[i]);
	free(f->label);
	free(f->root);
	free(f);
}

static int sample_path(const struct folder *f, enum split s, int index, enum granularity g, char out[PATH_MAX_BYTES]) {
	const struct entry *e = &f->entry[s][index];
	int n = snprintf(out, PATH_MAX_BYTES, "%s/%s/%s/%s.%s", f->root, split_name[s], granularity_name[g], e->name, e->extension[g]);
	return n < PATH_MAX_BYTES ? 0 : err_set(ERR_FILE, "can't open %.200s... (the path is longer than %d bytes)", out, PATH_MAX_BYTES - 1);
}

static int read_map(const struct folder *f, enum split s, int index, enum granularity g, const struct image *im, struct label_map *out,
                    char path[PATH_MAX_BYTES]) {
	*out = (struct label_map){0};
	int rc = sample_path(f, s, index, g, path);
	if (rc == 0) rc = png_read_labels(out, path);
	if (rc != 0) return rc;
	if (out->width == im->width && out->height == im->height) return 0;
	return err_set(ERR_FORMAT, "%s has %d x %d pixels, its image %d x %d (a label map has its image's size)", path, out->width, out->height,
	               im->width, im->height);
}

/* 16-bit cells to the 8 bits of classes. */
static int narrow_classes(const struct folder *f, const struct label_map *m, const char *path, uint8_t *out) {
	size_t n = (size_t)m->width * (size_t)m->height;
	for (size_t i = 0; i < n; i++) {
		int c = m->cells[i];
		if (c >= f->classes.count && c != UNLABELLED)
			return err_set(ERR_FORMAT, "%s holds class %d at column %d, row %d (classes.tsv lists 0 to %d; %d is unlabelled)", path, c,
			               (int)(i % (size_t)m->width), (int)(i / (size_t)m->width), f->classes.count - 1, UNLABELLED);
		out[i] = (uint8_t)c;
	}
	return 0;
}

static int folder_read(const void *self, enum split s, int index, struct raw_sample *out) {
	const struct folder *f = self;
	char path[PATH_MAX_BYTES];
	struct image im = {0};
	struct label_map instance = {0}, semseg = {0};
	uint8_t *classes = NULL;
	int rc = sample_path(f, s, index, RGB, path);
	if (rc == 0) rc = image_read(&im, path);
	if (rc == 0) rc = read_map(f, s, index, INSTANCE, &im, &instance, path);
	if (rc == 0) rc = read_map(f, s, index, SEMSEG, &im, &semseg, path);
	if (rc == 0 && !(classes = malloc((size_t)im.width * (size_t)im.height))) rc = err_set(ERR_MEMORY, "no memory for %s", path);
	if (rc == 0) rc = narrow_classes(f, &semseg, path, classes);
	label_map_free(&semseg);
	if (rc != 0) {
		free(classes);
		image_free(&im);
		label_map_free(&instance);
		return rc;
	}
	*out = (struct raw_sample){im.width, im.height, im.pixels, instance.cells, classes, f->entry[s][index].label};
	return 0;
}

static void folder_describe(const void *self, enum split s, int index, char *out, int capacity) {
	const struct folder *f = self;
	const struct entry *e = &f->entry[s][index];
	snprintf(out, (size_t)capacity, "%s/%s/rgb/%s.%s", f->root, split_name[s], e->name, e->extension[RGB]);
}

static const char *folder_label(const void *self, int label) { return ((const struct folder *)self)->label[label]; }

static const struct backend folder_backend = {folder_read, folder_describe, folder_label, folder_free};

static int open_all(struct folder *f) {
	char path[PATH_MAX_BYTES];
	int rc = 0;
	for (int s = 0; rc == 0 && s < SPLITS; s++) rc = open_split(f, (enum split)s);
	if (rc == 0) rc = join(path, f->root, "classes.tsv");
	if (rc == 0) rc = classes_read(&f->classes, path);
	if (rc == 0) rc = name_labels(f);
	if (rc == 0) set_labels(f);
	return rc;
}

int dataset_open_folder(struct dataset **out, const char *root) {
	struct stat st;
	*out = NULL;
	if (stat(root, &st) != 0) return err_set(ERR_FILE, "can't open %s (%s)", root, strerror(errno));
	if (!S_ISDIR(st.st_mode)) return err_set(ERR_FILE, "can't open %s (it is not a folder; the layout is " LAYOUT ")", root);
	size_t length = strlen(root);
	while (length > 1 && root[length - 1] == '/') length--;
	struct folder *f = calloc(1, sizeof *f);
	if (!f || !(f->root = strndup(root, length))) {
		free(f);
		return out_of_memory();
	}
	int rc = open_all(f);
	if (rc != 0) {
		folder_free(f);
		return rc;
	}
	return dataset_new(out, &(struct backing){
		.backend = &folder_backend, .self = f, .name = f->root, .count = {f->count[TRAIN], f->count[VAL]},
		.classes = f->classes.count, .labels = f->labels, .class = f->classes.row});
}
