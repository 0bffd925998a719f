/* app/viewing_files.c -- what the window saves and loads: a view with the command that shows it again, and masks. */
#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "app/app.h"
#include "app/exploring.h"
#include "app/viewing_parts.h"
#include "app/whatifs.h"
#include "engine/base/err.h"

struct words_out { char *at; size_t left; };

static void add(struct words_out *o, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct words_out *o, const char *format, ...) {
	va_list args;
	va_start(args, format);
	int n = vsnprintf(o->at, o->left, format, args);
	va_end(args);
	size_t used = n < 0 ? 0 : (size_t)n < o->left ? (size_t)n : o->left - 1;
	o->at += used;
	o->left -= used;
}

static void add_file(struct words_out *o, const char *key, const char *path) {
	char quoted[2 * PATH_MAX + 8];
	word_quote(path, quoted, sizeof quoted);
	add(o, " %s%s", key, quoted);
}

/* The command that shows what is seen, whatever led there: with the masks' own position in the curriculum. Under LOCK. */
static void write_command(const struct viewing *v, char *out, size_t capacity) {
	const struct viewing_ask *ask = &v->ask;
	const struct whatif *like = &ask->like;
	struct words_out o = {out, capacity};
	char substitute[64];
	add(&o, "view %s/", split_name[like->split]);
	for (int r = 0; r < ask->count; r++) add(&o, "%s%d", r ? "," : "", ask->sample[r]);
	add(&o, "%s every=%d", ask->count > 1 ? "" : " count=1", ask->every);
	if (like->mask == WHATIF_GIVEN) add_file(&o, "mask=", ask->file);
	else add(&o, " mask=%s", whatif_mask_name[like->mask]);
	add(&o, " step=%lld", (long long)(like->step >= 0 ? like->step : v->placed[0]));
	if (like->visible) add(&o, " visible=%d", like->visible);
	if (like->seeded) add(&o, " seed=%llu", (unsigned long long)like->seed);
	whatif_substitute_text(&like->substitute, substitute, sizeof substitute);
	if (like->substitute.on) add(&o, " substitute=%s", substitute);
	if (v->flipped) add_file(&o, "versus=", ask->versus);
	for (int c = 0, n = 0; c < BOARD_COLUMNS; c++)
		if (ask->column[c]) add(&o, "%s%s", n++ ? "," : " what=", board_column_name[c]);
	char question[128];
	exploring_words(&v->head.layers, &ask->attend, question, sizeof question);
	if (ask->column[BOARD_ATTENTION] && v->head.layers.count) add(&o, " %s", question);
}

static void stamp(char out[32]) {
	time_t now = time(NULL);
	struct tm parts;
	strftime(out, 32, "%Y%m%d-%H%M%S", localtime_r(&now, &parts));
}

/* The run's INNER folder, made if missing; without a run the one that the program stands in. */
static void folder_of(struct viewing *v, const char *inner, char out[PATH_MAX]) {
	pthread_mutex_lock(&v->lock);
	if (!*v->run || snprintf(out, PATH_MAX, "%s/%s", v->run, inner) >= PATH_MAX) snprintf(out, PATH_MAX, ".");
	pthread_mutex_unlock(&v->lock);
	if (strcmp(out, ".") != 0) mkdir(out, 0777);
}

static void tell(struct viewing *v, int rc, const char *what, const char *path) {
	char note[SAID_BYTES];
	if (rc) snprintf(note, sizeof note, "%.1100s", err_message());
	else snprintf(note, sizeof note, "%s %.1000s", what, path);
	gallery_note(window_gallery(v->window), note);
	viewing_say(v, note);
}

/* What was painted goes into files beside the picture, and into its command. */
static int write_painted(struct app *a, const char *base, char *command, size_t capacity) {
	struct viewing *v = a->viewing;
	size_t used = strlen(command);
	struct words_out o = {command + used, capacity - used};
	for (int r = 0; r < BOARD_ROWS; r++) {
		char path[PATH_MAX + 96], name[32];
		pthread_mutex_lock(&v->lock);
		bool painted = r < v->ask.count && v->painted[r];
		snprintf(name, sizeof name, "%s/%d", split_name[v->ask.like.split], v->ask.sample[r]);
		pthread_mutex_unlock(&v->lock);
		if (!painted) continue;
		snprintf(path, sizeof path, "%s-row%d.mask", base, r);
		int rc = viewing_mask_save(a, path, r);
		if (rc) return rc;
		add(&o, "; view mask");
		add_file(&o, "", path);
		add(&o, " %s", name);
	}
	return 0;
}

void viewing_save(struct app *a) {
	struct viewing *v = a->viewing;
	char folder[PATH_MAX], when[32], base[PATH_MAX + 64], path[PATH_MAX + 80], step[96], command[4 * PATH_MAX];
	folder_of(v, "figures", folder);
	stamp(when);
	pthread_mutex_lock(&v->lock);
	snprintf(base, sizeof base, "%s/view-%s-%d-%s", folder, split_name[v->ask.like.split], v->ask.sample[0], when);
	snprintf(step, sizeof step, "%lld", (long long)(v->flipped ? v->other_step : v->made[0]));
	write_command(v, command, sizeof command);
	pthread_mutex_unlock(&v->lock);
	snprintf(path, sizeof path, "%s.png", base);
	int rc = write_painted(a, base, command, sizeof command);
	const struct png_text text[] = {{"Command", command}, {"Step", step}, {"Software", "C2F Workbench"}};
	if (!rc) rc = window_save(v->window, path, text, 3);
	tell(v, rc, "saved", path);
}

void viewing_save_mask(struct app *a, int row) {
	struct viewing *v = a->viewing;
	char folder[PATH_MAX], when[32], path[PATH_MAX + 96];
	folder_of(v, "masks", folder);
	stamp(when);
	pthread_mutex_lock(&v->lock);
	snprintf(path, sizeof path, "%s/%s-%d-%s.mask", folder, split_name[v->ask.like.split], v->ask.sample[row], when);
	pthread_mutex_unlock(&v->lock);
	tell(v, viewing_mask_save(a, path, row), "saved the mask:", path);
}

/* The newest .mask in FOLDER; of two that are equally new the later name. False: there is none. */
static bool newest(const char *folder, char out[PATH_MAX]) {
	struct timespec best = {0};
	struct dirent *e;
	DIR *d = opendir(folder);
	*out = '\0';
	while (d && (e = readdir(d))) {
		char path[PATH_MAX + 256];
		struct stat st;
		size_t n = strlen(e->d_name);
		if (n < 6 || strcmp(e->d_name + n - 5, ".mask") != 0) continue;
		if (snprintf(path, sizeof path, "%s/%s", folder, e->d_name) >= PATH_MAX || stat(path, &st)) continue;
		bool later = st.st_mtim.tv_sec > best.tv_sec || (st.st_mtim.tv_sec == best.tv_sec && st.st_mtim.tv_nsec > best.tv_nsec);
		if (later || (st.st_mtim.tv_sec == best.tv_sec && st.st_mtim.tv_nsec == best.tv_nsec && strcmp(path, out) > 0)) best = st.st_mtim, memcpy(out, path, strlen(path) + 1);
	}
	if (d) closedir(d);
	return *out;
}

void viewing_load_mask(struct app *a, int row) {
	struct viewing *v = a->viewing;
	char folder[PATH_MAX], path[PATH_MAX];
	folder_of(v, "masks", folder);
	int rc = newest(folder, path) ? viewing_mask_load(a, path, row) : err_set(ERR_FILE, "no mask is saved in %s yet (s saves the selected row's)", folder);
	tell(v, rc, "loaded the mask:", path);
}
