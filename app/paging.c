#include "app/paging.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/figures.h"
#include "engine/base/err.h"
#include "viewer/window.h"

enum { SAID_BYTES = 1200 };

/* A command as if it had named a file, which its recipe then does too. */
struct paged { struct words words; struct call call; };

struct paging {
	pthread_mutex_t lock;
	/* --- under LOCK --- */
	bool wanted, held, stale, save;
	int every;                           /* steps; 0: on request */
	struct figure_made *made;            /* the newest; held */
	bool fresh;                          /* the page has not seen it */
	char said[SAID_BYTES];

	/* --- the command thread's --- */
	struct paged *asked;

	/* --- the main thread's --- */
	struct page *page;
};

struct paging *paging_new(void) {
	struct paging *p = calloc(1, sizeof *p);
	if (p) pthread_mutex_init(&p->lock, NULL);
	return p;
}

static void drop(struct figure_made *m) {
	if (m) page_figure_drop(&m->shown);
}

void paging_free(struct paging *p) {
	if (!p) return;
	page_free(p->page);
	drop(p->made);
	free(p->asked);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

/* ---- what is asked for ------------------------------------------------------------------------------------------------------------------ */

bool paging_wanted(const struct app *a) {
	pthread_mutex_lock(&a->paging->lock);
	bool wanted = a->paging->wanted;
	pthread_mutex_unlock(&a->paging->lock);
	return wanted;
}

static void set(struct paging *p, bool *flag, bool value) {
	pthread_mutex_lock(&p->lock);
	*flag = value;
	pthread_mutex_unlock(&p->lock);
}

void paging_refresh(struct app *a) { set(a->paging, &a->paging->stale, true); }
void paging_hold(struct app *a, bool held) { set(a->paging, &a->paging->held, held); }
void paging_close(struct app *a) { set(a->paging, &a->paging->wanted, false); }

/* `figure masks places=3` becomes `figure masks masks.png places=3`. */
static int read_paged(const struct call *c, struct paged **out) {
	char text[3 * LINE_BYTES], *rest = text;
	char line[sizeof text + 64];
	const char *name = strchr(c->command->name, ' ') + 1, *cursor = line;
	struct paged *p = *out = malloc(sizeof *p);
	int number = 1;
	if (!p) return err_set(ERR_MEMORY, "no memory for a figure's command");
	words_text(c->words, text, sizeof text);
	for (int i = 0; i < c->first; i++) rest += strcspn(rest, " "), rest += strspn(rest, " ");
	snprintf(line, sizeof line, "figure %s %s.png %s", name, name, rest);
	int rc = words_next(&cursor, &number, &p->words);
	return rc < 0 ? rc : command_bind(&p->words, &p->call);
}

static void deliver(struct paging *p, struct figure_made *made) {
	pthread_mutex_lock(&p->lock);
	struct figure_made *before = p->made;
	p->made = made;
	p->fresh = true;
	p->stale = false;
	pthread_mutex_unlock(&p->lock);
	drop(before);
}

static void say(struct paging *p, const char *sentence) {
	pthread_mutex_lock(&p->lock);
	snprintf(p->said, sizeof p->said, "%.*s", SAID_BYTES - 1, sentence);
	pthread_mutex_unlock(&p->lock);
}

/* The run's figures/attention-000120.png; a name that is not taken. */
static int name_file(struct app *a, const struct figure_made *m, char *path, size_t capacity) {
	char folder[PATH_MAX], count[16] = "";
	int rc = app_run_folder(a);
	if (!rc) rc = session_path(&a->session, "figures", folder);
	for (int i = 2; !rc && i < 1000; i++) {
		snprintf(path, capacity, "%s/%s-%06lld%s.png", folder, strchr(m->row->command, ' ') + 1, (long long)m->step, count);
		if (access(path, F_OK) != 0) return 0;
		snprintf(count, sizeof count, "-%d", i);
	}
	return rc ? rc : err_set(ERR_FILE, "can't write %s (a thousand of its name stand there; take some away)", path);
}

static void save(struct app *a, struct paging *p) {
	char path[PATH_MAX + 64], note[SAID_BYTES];
	int rc = name_file(a, p->made, path, sizeof path);
	if (!rc) rc = figure_write(p->made, &p->asked->call, path);
	if (rc) snprintf(note, sizeof note, "%.*s", SAID_BYTES - 1, err_message());
	else snprintf(note, sizeof note, "saved %.1000s", path);
	say(p, note);
}

/* What Ctrl+S asked for, also when the page was put away since. */
static bool save_asked(struct app *a, struct paging *p) {
	pthread_mutex_lock(&p->lock);
	bool asked = p->save;
	p->save = false;
	pthread_mutex_unlock(&p->lock);
	if (asked) save(a, p);
	return asked;
}

int paging_open(struct app *a, const struct call *c) {
	struct paging *p = a->paging;
	struct paged *asked;
	struct figure_made *made;
	int rc = read_paged(c, &asked);
	if (!rc) rc = figure_make(a, &asked->call, &made);
	if (rc) return free(asked), rc;
	save_asked(a, p); /* of the figure before */
	deliver(p, made);
	free(p->asked);
	p->asked = asked;
	pthread_mutex_lock(&p->lock);
	p->every = (int)call_int(c, "every", 0);
	p->wanted = true;
	p->held = false;
	pthread_mutex_unlock(&p->lock);
	return 0;
}

/* ---- between commands ------------------------------------------------------------------------------------------------------------------- */

static void fill_again(struct app *a, struct paging *p) {
	struct figure_made *made;
	if (!figure_make(a, &p->asked->call, &made)) return deliver(p, made);
	say(p, err_message());
	paging_hold(a, true); /* not again until it is asked for */
	set(p, &p->stale, false);
}

bool paging_work(struct app *a) {
	struct paging *p = a->paging;
	bool saved = save_asked(a, p);
	pthread_mutex_lock(&p->lock);
	bool due = p->wanted && (p->stale || (p->every > 0 && !p->held && a->trainer && llabs(app_step(a) - p->made->step) >= p->every));
	pthread_mutex_unlock(&p->lock);
	if (due) fill_again(a, p);
	return saved || due;
}

/* ---- the window -------------------------------------------------------------------------------------------------------------------------- */

static void tell(struct app *a, struct paging *p) {
	struct snapshot s;
	char words[200], follows[64];
	int got;
	int64_t count, step = 0;
	if (app_peek(a, &s, 0, NULL, 0, &got, &count)) step = s.step;
	pthread_mutex_lock(&p->lock);
	snprintf(follows, sizeof follows, p->every == 1 ? "drawn again every step" : "drawn again every %d steps", p->every);
	if (p->held || !p->every) snprintf(follows, sizeof follows, "held (x draws it again%s)", p->held && p->every ? ", t follows" : "");
	snprintf(words, sizeof words, "of step %lld   the run is at step %lld; %s", (long long)p->made->step, (long long)step, follows);
	page_title(p->page, p->made->row->command);
	if (p->fresh) page_show(p->page, &p->made->shown);
	p->fresh = false;
	pthread_mutex_unlock(&p->lock);
	page_state(p->page, words);
}

static void grant(struct app *a, struct paging *p, enum page_wish wish) {
	if (wish == PAGE_REFRESH) paging_refresh(a), page_note(p->page, "being drawn again ...");
	if (wish == PAGE_SAVE) set(p, &p->save, true), page_note(p->page, "being saved ...");
	if (wish == PAGE_CLOSE) paging_close(a);
	if (wish != PAGE_HOLD) return;
	pthread_mutex_lock(&p->lock);
	bool held = p->held = !p->held;
	pthread_mutex_unlock(&p->lock);
	page_note(p->page, held ? "this figure is held" : "follows the run");
}

static void put_away(struct paging *p, struct window *w) {
	if (w) window_page(w, NULL);
	page_free(p->page);
	p->page = NULL;
}

/* Opens or puts away the page as is wanted. */
static void arrange(struct app *a, struct paging *p, struct window *w) {
	bool wanted = w && paging_wanted(a);
	if (p->page && !wanted) put_away(p, w);
	if (p->page || !wanted) return;
	if (page_new(&p->page)) {
		say(p, err_message());
		return paging_close(a);
	}
	set(p, &p->fresh, true);
	window_page(w, p->page);
}

void paging_turn(struct app *a, struct window *w, char *said, size_t capacity) {
	struct paging *p = a->paging;
	arrange(a, p, w);
	if (p->page) {
		tell(a, p);
		for (enum page_wish wish; (wish = page_wish(p->page));) grant(a, p, wish);
	}
	pthread_mutex_lock(&p->lock);
	if (*p->said && p->page) page_note(p->page, p->said);
	if (*p->said && said && !*said) snprintf(said, capacity, "figure: %.1100s", p->said), *p->said = 0;
	pthread_mutex_unlock(&p->lock);
}
