/* app/verbs_attend.c -- attend, attend drift: what a layer looks at, in numbers and as a small map. Changes nothing of the run. */
#include <math.h>
#include <string.h>

#include "app/app.h"
#include "app/attending.h"
#include "app/csv.h"
#include "app/drifts.h"
#include "app/verbs.h"
#include "app/whatifs.h"
#include "engine/base/err.h"

/* ---- attend ---------------------------------------------------------------------------------------------------------------- */

struct looked { struct whatif whatif; const char *checkpoint; };

static int run_looked(struct trainer_access *access, void *context) {
	struct looked *l = context;
	return l->checkpoint ? whatif_with(access, l->checkpoint, whatif_run, &l->whatif) : whatif_run(access, &l->whatif);
}

static int take_choice(const struct call *c, const struct model_config *config, struct attend_choice *out) {
	*out = (struct attend_choice){.granularity = (enum granularity)call_int(c, "granularity", RGB)};
	if (!config->active[out->granularity]) return err_set(ERR_ARGUMENT, "%s is not in this model (granularities)", granularity_name[out->granularity]);
	int rc = attention_layer_parse(config, call_text(c, "layer"), &out->layer);
	if (!rc) rc = attending_head(call_text(c, "head"), &out->head);
	return rc ? rc : attending_query(call_text(c, "query"), config, out);
}

/* Tenths of the largest weight, - where the layer has no key; beside it the objects. */
static void print_map(FILE *f, const struct attend_view *v) {
	float most = 0;
	for (int n = 0; n < v->patches; n++) most = fmaxf(most, v->weight[n]);
	fprintf(f, "%-*s  objects (9: all of the patch)\n", 2 * v->side + 2, "weights (9: the largest)");
	for (int y = 0; y < v->side; y++) {
		int padding = 24 - 2 * v->side;
		for (int x = 0; x < v->side; x++) {
			int n = y * v->side + x;
			fprintf(f, " %c", v->present[n] ? '0' + (most > 0 ? (int)(9 * v->weight[n] / most + 0.5f) : 0) : '-');
		}
		fprintf(f, "%*s    ", padding > 2 ? padding - 2 : 0, "");
		for (int x = 0; x < v->side; x++) fprintf(f, " %c", v->object[y * v->side + x] > 0 ? '0' + (int)(9 * v->object[y * v->side + x] + 0.5f) : '.');
		fprintf(f, "\n");
	}
}

static void print_view(FILE *f, const struct looked *l, const struct attend_choice *c, const struct attend_view *v) {
	const struct attend_numbers *n = &v->numbers;
	char what[160], layer[ATTENTION_NAME_BYTES], query[32], head[16];
	whatif_describe(&l->whatif, what, sizeof what);
	attention_layer_name(c->layer, layer);
	attending_query_name(&c->query, query, sizeof query);
	attending_head_name(c->head, head, sizeof head);
	fprintf(f, "%s/%d, %s; weights of step %lld\n%s, head %s, query %s: mass", split_name[l->whatif.split], l->whatif.index, what, (long long)l->whatif.trained, layer, head, query);
	for (int g = 0; g < GRANULARITIES; g++)
		if (l->whatif.config.active[g]) fprintf(f, " %s %.3f,", granularity_name[g], n->mass[g]);
	fprintf(f, " global %.3f\n%s: %d of %d patches present\n", n->global, granularity_name[c->granularity], v->present_count, v->patches);
	if (!isnan(n->objects))
		fprintf(f, "on objects   %.3f of the mass (%.3f if it were uniform)\nhalf of it   on %.3f of the patches (0.5 if it were uniform)\n"
		           "entropy      %.3f nats, %.3f of uniform\n", n->objects, n->object_area, n->area50, n->entropy, n->relative);
	fprintf(f, "distance     ");
	for (int h = 0; h < n->heads; h++) fprintf(f, isnan(n->distance[h]) ? "- " : "%.2f ", n->distance[h]);
	fprintf(f, "patches, by head\n");
	print_map(f, v);
}

static int write_view(const char *path, const struct attend_choice *c, const struct attend_view *v) {
	struct csv csv;
	char layer[ATTENTION_NAME_BYTES], query[32], head[16];
	int rc = csv_open(&csv, path);
	if (rc) return rc;
	attention_layer_name(c->layer, layer);
	attending_query_name(&c->query, query, sizeof query);
	attending_head_name(c->head, head, sizeof head);
	fprintf(csv.f, "layer,head,query,granularity,row,col,masked,present,object,weight\n");
	for (int p = 0; p < v->patches; p++)
		fprintf(csv.f, "%s,%s,%s,%s,%d,%d,%d,%d,%.4f,%.8g\n", layer, head, query, granularity_name[c->granularity], p / v->side, p % v->side, v->masked[p],
		        v->present[p], v->object[p], v->weight[p]);
	return csv_close(&csv, 0);
}

int verb_attend(struct app *a, const struct call *c) {
	static struct given_mask given;
	struct attention_layer layers[ATTENTION_LAYERS_MAX];
	struct attend_choice choice;
	struct attend_view view;
	struct looked l = {.checkpoint = call_text(c, "checkpoint"), .whatif = {.layers = layers}};
	struct trainer *t;
	int rc = whatif_take(c, &l.whatif, &given);
	if (!rc) rc = app_trainer(a, true, &t);
	if (!rc) rc = take_choice(c, &trainer_fixed(t)->model, &choice);
	if (rc) return rc;
	l.whatif.captures = attending_captures(&choice, layers);
	rc = app_call(a, t, run_looked, &l, NULL);
	if (rc) return rc;
	rc = attend_view(&l.whatif, &choice, &view);
	if (!rc && call_given(c, "csv")) rc = write_view(call_text(c, "csv"), &choice, &view);
	if (!rc) {
		print_view(a->out, &l, &choice, &view);
		if (call_given(c, "csv")) fprintf(a->out, "wrote %s\n", call_text(c, "csv"));
	}
	whatif_free(&l.whatif);
	return rc;
}

/* ---- attend drift ------------------------------------------------------------------------------------------------------------ */

static int write_drifts(const char *path, const struct drifts *d) {
	struct csv csv;
	int rc = csv_open(&csv, path);
	if (rc) return rc;
	fprintf(csv.f, "step,mask,samples,objects,object_area,area50,relative_entropy\n");
	for (int i = 0; i < d->count; i++) {
		const struct attend_drift *r = &d->request[i].result;
		fprintf(csv.f, "%lld,%s,%d,%.6f,%.6f,%.6f,%.6f\n", (long long)r->step, whatif_mask_name[d->request[i].mask], (int)r->samples, r->objects, r->object_area, r->area50, r->relative);
	}
	return csv_close(&csv, 0);
}

static void print_drifts(FILE *f, const struct drifts *d) {
	fprintf(f, "the global token's attention in the encoder's last block, over rgb patches, mask %s\n", whatif_mask_name[d->request->mask]);
	fprintf(f, "%8s %8s %10s %9s %10s %9s\n", "step", "images", "on objects", "uniform", "half mass", "entropy");
	for (int i = 0; i < d->count; i++) {
		const struct attend_drift *r = &d->request[i].result;
		fprintf(f, "%8lld %8d %10.3f %9.3f %10.3f %9.3f\n", (long long)r->step, (int)r->samples, r->objects, r->object_area, r->area50, r->relative);
	}
}

int verb_attend_drift(struct app *a, const struct call *c) {
	struct drifts d = {0};
	struct trainer *t;
	int rc = app_trainer(a, true, &t);
	if (rc) return rc;
	struct trainer_live live;
	trainer_live_copy(t, &live);
	const struct attend_drift_request like = {.mask = (enum whatif_mask)call_int(c, "mask", WHATIF_ONLY_RGB), .samples = (int)call_int(c, "samples", live.eval_samples)};
	rc = drifts_collect(call_text(c, "CHECKPOINTS"), &like, &d);
	if (!rc) rc = drifts_evaluate(a, t, "attend drift", &d);
	if (!rc && call_given(c, "csv")) rc = write_drifts(call_text(c, "csv"), &d);
	if (!rc) print_drifts(a->out, &d);
	if (!rc && call_given(c, "csv")) fprintf(a->out, "wrote %s\n", call_text(c, "csv"));
	drifts_free(&d);
	return rc;
}
