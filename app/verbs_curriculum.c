/* app/verbs_curriculum.c -- curriculum, curriculum show|preset|load|save|set|remove. An edit applies before the next step, and is logged with it. */
#include <string.h>

#include "app/app.h"
#include "app/verbs.h"
#include "engine/base/err.h"

enum { CURRICULUM_TEXT = 8192, BAR = 20 /* columns of a bar */ };

/* The curve in ASCII: at eleven places, how much of each source. */
static void print_curve(struct app *a, const struct trainer_live *live) {
	fprintf(a->out, "%6s %9s  %-*s %-*s %-*s\n", "t", "step", BAR, "alpha (semantic)", BAR, "beta (instance)", BAR, "gamma (random)");
	for (int i = 0; i <= 10; i++) {
		double mix[SOURCES], t = i / 10.0;
		curriculum_at(&live->curriculum, t, mix);
		fprintf(a->out, "%6.2g %9lld ", t, (long long)(t * (double)live->total_steps));
		for (int s = 0; s < SOURCES; s++) {
			int n = (int)(mix[s] * (BAR - 6) + 0.5);
			fprintf(a->out, " %4.2f %.*s%*s", mix[s], n, "##############", BAR - 5 - n, "");
		}
		fprintf(a->out, "\n");
	}
}

int verb_curriculum_show(struct app *a, const struct call *c) {
	struct trainer_fixed fixed;
	struct trainer_live live;
	char text[CURRICULUM_TEXT];
	double mix[SOURCES];
	(void)c;
	int rc = app_resolve(a, &fixed, &live);
	if (rc) return rc;
	double t = (double)app_step(a) / (double)live.total_steps;
	curriculum_format(&live.curriculum, text, sizeof text);
	curriculum_at(&live.curriculum, t, mix);
	fprintf(a->out, "curriculum %s\n%s", live.curriculum.name, text);
	print_curve(a, &live);
	fprintf(a->out, "at step %lld (t = %.4g): alpha %.4g, beta %.4g, gamma %.4g; phase %s\n", (long long)app_step(a), t,
	        mix[SOURCE_SEMANTIC], mix[SOURCE_INSTANCE], mix[SOURCE_RANDOM], mask_source_name[curriculum_phase(&live.curriculum, t)]);
	return 0;
}

static int use(struct app *a, const struct curriculum *next, const char *what) {
	int rc = app_configure(a, &a->options, next, what);
	if (!rc) fprintf(a->out, "curriculum %s: %d knot%s\n", next->name, next->count, next->count == 1 ? "" : "s");
	return rc;
}

int verb_curriculum_preset(struct app *a, const struct call *c) {
	struct curriculum next;
	char what[VALUE_TEXT_BYTES + 32];
	int rc = curriculum_preset(&next, call_text(c, "NAME"));
	snprintf(what, sizeof what, "curriculum preset %s", call_text(c, "NAME"));
	return rc ? rc : use(a, &next, what);
}

int verb_curriculum_load(struct app *a, const struct call *c) {
	struct curriculum next;
	char what[VALUE_TEXT_BYTES + 32];
	int rc = curriculum_load(&next, call_text(c, "FILE"));
	snprintf(what, sizeof what, "curriculum load %s", call_text(c, "FILE"));
	return rc ? rc : use(a, &next, what);
}

int verb_curriculum_save(struct app *a, const struct call *c) {
	int rc = curriculum_save(&a->curriculum, call_text(c, "FILE"));
	if (!rc) fprintf(a->out, "saved the curriculum: %s\n", call_text(c, "FILE"));
	return rc;
}

int verb_curriculum_set(struct app *a, const struct call *c) {
	struct curriculum next = a->curriculum;
	char what[128];
	int rc = 0;
	if (!call_given(c, "t") && !call_given(c, "interpolation"))
		return err_set(ERR_ARGUMENT, "curriculum set needs a knot or an interpolation (curriculum set t=0.5 mix=0,1,0)");
	if (call_given(c, "t") != call_given(c, "mix")) return err_set(ERR_ARGUMENT, "a knot needs both t=T and mix=ALPHA,BETA,GAMMA");
	if (call_given(c, "interpolation"))
		next.interpolation = (enum interpolation)call_int(c, "interpolation", 0), strcpy(next.name, "edited");
	if (call_given(c, "t")) {
		const double *mix = call_value(c, "mix")->list;
		rc = curriculum_set_knot(&next, call_value(c, "t")->real, mix);
		snprintf(what, sizeof what, "curriculum set t=%.6g mix=%.6g,%.6g,%.6g", call_value(c, "t")->real, mix[0], mix[1], mix[2]);
	} else {
		snprintf(what, sizeof what, "curriculum set interpolation=%s", call_text(c, "interpolation"));
	}
	return rc ? rc : use(a, &next, what);
}

int verb_curriculum_remove(struct app *a, const struct call *c) {
	struct curriculum next = a->curriculum;
	char what[64];
	int rc = curriculum_remove_knot(&next, call_value(c, "t")->real);
	snprintf(what, sizeof what, "curriculum remove t=%.6g", call_value(c, "t")->real);
	return rc ? rc : use(a, &next, what);
}

/* ---- edit: knots changed in place, seen before they are applied ------------------------------------------------------------------------- */

static struct curriculum *edited(struct app *a) {
	struct looking *l = &a->looking;
	if (l->edited.count == 0) l->edited = a->curriculum;
	if (l->knot >= l->edited.count) l->knot = l->edited.count - 1;
	return &l->edited;
}

/* The source's share grows by BY; the others keep their proportions. */
static void raise_share(struct knot *k, int source, double by) {
	double share = k->mix[source] + by, rest = 1 - k->mix[source];
	share = share < 0 ? 0 : share > 1 ? 1 : share;
	for (int j = 0; j < SOURCES; j++)
		if (j != source) k->mix[j] = rest > 0 ? k->mix[j] * (1 - share) / rest : (1 - share) / (SOURCES - 1);
	k->mix[source] = share;
}

static int print_edit(struct app *a) {
	const struct curriculum *c = edited(a);
	const struct knot *k = &c->knots[a->looking.knot];
	fprintf(a->out, "edit: knot %d of %d at t %.4g: alpha %.3g, beta %.3g, gamma %.3g (not applied: `edit apply`, `edit drop`)\n", a->looking.knot + 1, c->count, k->t,
	        k->mix[0], k->mix[1], k->mix[2]);
	return 0;
}

int verb_edit_knot(struct app *a, const struct call *c) {
	const char *which = call_text(c, "WHICH");
	struct curriculum *e = edited(a);
	int *knot = &a->looking.knot;
	*knot = !strcmp(which, "next") ? (*knot + 1) % e->count : (*knot + e->count - 1) % e->count;
	return print_edit(a);
}

int verb_edit_raise(struct app *a, const struct call *c) {
	struct curriculum *e = edited(a);
	raise_share(&e->knots[a->looking.knot], (int)call_int(c, "SOURCE", 0), call_value(c, "by")->real);
	snprintf(e->name, sizeof e->name, "edited");
	return print_edit(a);
}

int verb_edit_move(struct app *a, const struct call *c) {
	struct curriculum *e = edited(a), fresh = *e;
	struct knot k = e->knots[a->looking.knot];
	double t = k.t + call_value(c, "by")->real;
	t = t < 0 ? 0 : t > 1 ? 1 : t;
	for (int i = 0; i < e->count; i++)
		if (i != a->looking.knot && e->knots[i].t > t - 1e-9 && e->knots[i].t < t + 1e-9)
			return err_set(ERR_ARGUMENT, "there is a knot at t %.4g already (move by another amount, or remove it)", t);
	int rc = fresh.count > 1 ? curriculum_remove_knot(&fresh, k.t) : 0;
	if (!rc && fresh.count == 1 && e->count == 1) fresh.knots[0].t = t;
	else if (!rc) rc = curriculum_set_knot(&fresh, t, k.mix);
	if (rc) return rc;
	*e = fresh;
	for (int i = 0; i < e->count; i++)
		if (e->knots[i].t > t - 1e-9 && e->knots[i].t < t + 1e-9) a->looking.knot = i;
	return print_edit(a);
}

int verb_edit_add(struct app *a, const struct call *c) {
	struct curriculum *e = edited(a);
	struct trainer_fixed fixed;
	struct trainer_live live;
	double mix[SOURCES];
	int rc = app_resolve(a, &fixed, &live);
	if (rc) return rc;
	int64_t step = a->looking.cursor >= 0 ? a->looking.cursor : app_step(a);
	double t = call_given(c, "t") ? call_value(c, "t")->real : (double)step / (double)live.total_steps;
	curriculum_at(e, t, mix);
	if ((rc = curriculum_set_knot(e, t, mix))) return rc;
	for (int i = 0; i < e->count; i++)
		if (e->knots[i].t > t - 1e-9 && e->knots[i].t < t + 1e-9) a->looking.knot = i;
	return print_edit(a);
}

int verb_edit_remove(struct app *a, const struct call *c) {
	struct curriculum *e = edited(a);
	(void)c;
	int rc = curriculum_remove_knot(e, e->knots[a->looking.knot].t);
	return rc ? rc : print_edit(a);
}

int verb_edit_apply(struct app *a, const struct call *c) {
	(void)c;
	if (a->looking.edited.count == 0) return err_set(ERR_STATE, "there is no edit to apply (`edit knot next` begins one)");
	int rc = app_configure(a, &a->options, &a->looking.edited, "curriculum edited");
	if (!rc) a->looking.edited.count = 0;
	return rc;
}

int verb_edit_drop(struct app *a, const struct call *c) {
	(void)c;
	fprintf(a->out, a->looking.edited.count ? "the edit is dropped\n" : "there is no edit\n");
	a->looking.edited.count = 0;
	return 0;
}
