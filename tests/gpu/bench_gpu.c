/* tests/gpu/bench_gpu.c -- the GPU's ceilings, then every op of base's step, then whole steps: in one call, so that shares are of the same
 * machine in the same state.
 *
 * usage: bench_gpu [device=cuda|cpu] [json=FILE] [threads=N] [only=ceilings|ops|steps|loader|whatif|launch|memory] [--quick]
 *        bench_gpu predict     the ops' bytes, FLOPs and least times at an H200's ceilings as they were measured elsewhere; needs no device
 *   --quick: tiny sizes, for a look at the program itself (device=cpu).
 *
 * Ceilings: the largest of a few runs of a copy within the device's memory (bytes read and written), and of a product of 8192 x 8192 x 8192 random
 *   numbers through the op table, in each precision. (Zeros would be faster: they switch fewer transistors.)
 * Ops: beside each stands what it would take at the ceilings, its bytes at the copy's rate or its products at the matmul's, whichever is
 *   longer. Operands are those of a small batch, repeated until they are the step's size: random, and far larger than the cache. Time is a
 *   window of calls between two syncs, divided; the median of WINDOWS windows. Bytes: what the op must read and write, each element once.
 * Steps: driven as the trainer drives them (queue a step, load the next batch beside it, one sync). Without the loader: two batches of random bytes
 *   and masks in pinned memory, in turn. With it: the trainer itself on scenes (512 of them, kept decoded), crops, masks and history included.
 *   MFU: useful FLOPs (tests/bench/workload.h) over time, against the measured ceiling of the step's precision.
 * The JSON file gets a line for every number printed. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/device/spin.h"
#include "engine/op/op.h"
#include "engine/train/whatif.h"
#include "tests/bench/workload.h"

enum { WINDOWS = 5, SMALL_BATCH = 8, WARM_STEPS = 6 };

static struct { const char *device, *only; FILE *json; int threads; bool quick; } option = {.device = "cuda"};

enum { FP32, TF32, BF16, PRECISIONS };
static const char *const precision_name[PRECISIONS] = {"fp32", "tf32", "bf16"};
static struct { double copy_gb, tflop[PRECISIONS]; } ceiling;

static double now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b) { return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b); }

static bool wanted(const char *part) { return !option.only || !strcmp(option.only, part); }

static void json(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void json(const char *format, ...) {
	if (!option.json) return;
	va_list args;
	va_start(args, format);
	vfprintf(option.json, format, args);
	va_end(args);
	fputc('\n', option.json);
	fflush(option.json);
}

static struct device *device_at(const char *precision) {
	struct device *d;
	if (device_open(&d, option.device, precision, option.threads) == 0) return d;
	printf("skipped %s: %s\n", precision, err_message());
	return NULL;
}

/* Milliseconds of one call of WORK: the median of windows that are long enough. Negative: it failed. */
static double time_ms(struct device *d, void (*work)(struct device *d, void *context), void *context) {
	double window = option.quick ? 2 : 40, ms[WINDOWS];
	int calls = 1;
	for (int i = -1; i < WINDOWS;) {
		if (device_sync(d)) return -1;
		double start = now();
		for (int c = 0; c < calls; c++) work(d, context);
		if (device_sync(d)) return -1;
		double took = 1e3 * (now() - start);
		if (i < 0 && took < window && calls < 10000) {
			calls = took * 8 > window ? (int)ceil(calls * 1.2 * window / took) : calls * 8;
			continue;
		}
		if (i >= 0) ms[i] = took / calls;
		i++;
	}
	qsort(ms, WINDOWS, sizeof *ms, by_value);
	return ms[WINDOWS / 2];
}

/* ---- ceilings ---- */

struct copying { char *to, *from; size_t bytes; };
static void copy_work(struct device *d, void *context) {
	struct copying *c = context;
	device_fetch(d, c->to, c->from, c->bytes);
}

struct multiplying { act *y, *x, *w; int n; };
static void multiply_work(struct device *d, void *context) {
	struct multiplying *m = context;
	d->op->linear_forward(d, m->y, m->x, m->w, NULL, m->n, m->n, m->n);
}

/* N random numbers around zero as D's activations. */
static int random_acts(struct device *d, act *out, int64_t n) {
	float *host = malloc((size_t)n * sizeof *host), *wide;
	int rc = device_alloc(d, (void **)&wide, (size_t)n * sizeof *host, "random numbers");
	struct rng r;
	rng_init(&r, 1, RNG_PROBE, 0, 0);
	for (int64_t i = 0; host && i < n; i++) host[i] = (float)((double)rng_u32(&r) / 2147483648.0 - 1);
	if (rc == 0) {
		device_upload(d, wide, host, (size_t)n * sizeof *host);
		d->op->convert(d, out, wide, n);
		rc = device_sync(d);
	}
	device_free(d, wide);
	free(host);
	return rc;
}

static void measure_copy(struct device *d) {
	struct copying c = {.bytes = (size_t)(option.quick ? 16 : 4096) << 20};
	if (device_alloc(d, (void **)&c.to, c.bytes, "a copy") == 0 && device_alloc(d, (void **)&c.from, c.bytes, "a copy") == 0)
		ceiling.copy_gb = 2e-6 * (double)c.bytes / time_ms(d, copy_work, &c);
	device_free(d, c.to);
	device_free(d, c.from);
	printf("copy        %8.0f GB/s (%zu MiB, read and written)\n", ceiling.copy_gb, c.bytes >> 20);
	json("{\"bench\":\"ceiling\",\"what\":\"copy\",\"gb_s\":%.1f}", ceiling.copy_gb);
}

static void measure_product(int precision) {
	struct multiplying m = {.n = option.quick ? 256 : 8192};
	struct device *d = device_at(precision_name[precision]);
	if (!d) return;
	size_t bytes = (size_t)m.n * (size_t)m.n * d->act_bytes;
	if (device_alloc(d, &m.y, bytes, "a product") == 0 && device_alloc(d, &m.x, bytes, "a product") == 0 &&
	    device_alloc(d, &m.w, bytes, "a product") == 0 && random_acts(d, m.x, (int64_t)m.n * m.n) == 0 && random_acts(d, m.w, (int64_t)m.n * m.n) == 0) {
		double ms = time_ms(d, multiply_work, &m);
		ceiling.tflop[precision] = ms > 0 ? 2e-9 * m.n * m.n * m.n / ms : 0;
	}
	device_free(d, m.y), device_free(d, m.x), device_free(d, m.w);
	printf("matmul %-4s %8.1f TFLOP/s (%d x %d x %d, random)\n", precision_name[precision], ceiling.tflop[precision], m.n, m.n, m.n);
	json("{\"bench\":\"ceiling\",\"what\":\"matmul\",\"precision\":\"%s\",\"tflop_s\":%.2f}", precision_name[precision], ceiling.tflop[precision]);
	device_close(d);
}

/* ---- one op at a step's size ---- */

/* Host doubles as the elements of the device's TYPE. */
static void elements_pack(void *out, const double *v, enum operand_type type, size_t act_bytes, double shift, int64_t n) {
	for (int64_t i = 0; i < n; i++) {
		union { float f; uint32_t u; } x = {.f = (float)v[i]};
		if (type == ACT && act_bytes == 2) ((uint16_t *)out)[i] = (uint16_t)((x.u + 0x7fff + (x.u >> 16 & 1)) >> 16);
		else if (type == ACT || type == F32) ((float *)out)[i] = x.f;
		else if (type == F64) ((double *)out)[i] = v[i];
		else if (type == U8) ((uint8_t *)out)[i] = (uint8_t)v[i];
		else ((int32_t *)out)[i] = (int32_t)(v[i] + shift);
	}
}

static size_t type_bytes(enum operand_type type, size_t act_bytes) {
	const size_t bytes[] = {[ACT] = act_bytes, [F32] = 4, [F64] = 8, [U8] = 1, [I32] = 4};
	return bytes[type];
}

/* What TIMES more of the small batch adds to its indices: patches and rows of other samples. */
static double index_shift(const struct call *c, const char *name) {
	if (!strcmp(name, "index")) return (double)c->n[0] * c->n[1] * c->n[1];
	if (!strcmp(name, "row")) return (double)c->n[0] * c->n[1];
	return 0;
}

/* Operand O of the small call C, TIMES over. */
static int operand_repeat(struct device *d, const struct call *c, struct operand *o, int64_t times) {
	size_t element = type_bytes(o->type, d->act_bytes), tile = (size_t)o->count * element;
	int rc = device_alloc(d, &o->device, tile * (size_t)times, o->name);
	void *host = malloc(tile + 1);
	double shift = index_shift(c, o->name);
	for (int64_t t = 0; rc == 0 && o->role != OUT && t < times; t++) {
		if (t == 0 || shift) elements_pack(host, o->value, o->type, d->act_bytes, shift * (double)t, o->count);
		device_upload(d, (char *)o->device + (size_t)t * tile, host, tile);
	}
	free(host);
	return rc;
}

/* The share of operand NAME that the op touches: the heads' columns of attention's wide matrices, the patches and rows that are asked for. */
static double touched(const struct call *c, const char *name) {
	const char *op = c->row->name;
	const int *n = c->n;
	name += *name == 'd' && name[1]; /* a gradient is like what it is of */
	if (!strncmp(op, "rows_", 5) && !strcmp(name, "z")) return (double)n[1] / n[3];
	if (!strcmp(op, "gather_pixels") && !strcmp(name, "rgb")) return (double)n[3] / (n[0] * n[1] * n[1]);
	if (strncmp(op, "attention_", 10)) return 1;
	double width = (double)n[1] * n[2], pad = n[5];
	if (!strcmp(name, "q") || !strcmp(name, "k")) return width / (width + pad);
	return !strcmp(name, "v") ? width / (width + 2 * pad) : 1;
}

/* Bytes that the op must move: every element that it touches once, one that it adds to twice. */
static double moved_bytes(const struct call *c, const struct operand *o, size_t act_bytes) {
	bool twice = o->role == INOUT && strncmp(c->row->name, "attention_", 10); /* attention only leaves alone what is beside the heads */
	return (double)o->count * (double)type_bytes(o->type, act_bytes) * touched(c, o->name) * (twice ? 2 : 1);
}

static void call_work(struct device *d, void *context) {
	struct call *c = context;
	c->row->run(d, c);
}

/* An op of a step: its time, what it moves and computes, and how long that takes at the ceilings. */
struct timing { double ms, bytes, flops, roof_ms; };

/* E at a small batch, and twice that: what grows from the one to the other is repeated TIMES, numbers of the shape and operands alike.
 * D NULL: no time is taken, activations are bf16. */
static int time_entry(struct timing *out, struct device *d, const struct entry *e, const struct entry *twice, int64_t times) {
	struct call c, wider;
	int rc = 0;
	call_new(&c, op_row_find(e->op), e->n, 0);
	call_new(&wider, op_row_find(e->op), twice->n, 0);
	*out = (struct timing){0};
	for (int i = 0; i < c.operands && rc == 0; i++) {
		struct operand *o = &c.operand[i];
		if (o->role == ABSENT) continue;
		int64_t repeated = wider.operand[i].count > o->count ? times : 1;
		out->bytes += moved_bytes(&c, o, d ? d->act_bytes : 2) * (double)repeated;
		if (!d) continue;
		rc = operand_repeat(d, &c, o, repeated);
		c.p[i] = o->device;
	}
	for (int i = 0; i < SHAPE_MAX; i++) c.n[i] += (int)((int64_t)(twice->n[i] - e->n[i]) * (times - 1));
	out->flops = c.row->flops ? c.row->flops(c.n) : 0;
	out->roof_ms = fmax(1e-6 * out->bytes / ceiling.copy_gb, 1e-9 * out->flops / ceiling.tflop[BF16]);
	if (d && rc == 0) out->ms = time_ms(d, call_work, &c);
	if (out->ms < 0) rc = ERR_DEVICE;
	if (d) call_unload(&c, d);
	call_free(&c);
	call_free(&wider);
	return rc;
}

static void shape_print(char out[64], const struct entry *e, const struct entry *twice, int64_t times) {
	int last = SHAPE_MAX - 1, at = 0;
	while (last > 0 && e->n[last] == 0) last--;
	for (int i = 0; i <= last && at < 60; i++)
		at += snprintf(out + at, 64 - (size_t)at, "%s%lld", i ? " " : "", e->n[i] + (long long)(twice->n[i] - e->n[i]) * (times - 1));
}

static void op_show(const struct entry *e, const char *shape, const struct timing *t) {
	printf("%-10s %-27s %-30s %5d %8.1f %8.2f %9.0f", e->where, e->op, shape, e->times, 1e-6 * t->bytes, 1e-9 * t->flops, 1e3 * t->roof_ms * e->times);
	if (t->ms > 0) {
		double gb = 1e-6 * t->bytes / t->ms, tflop = 1e-9 * t->flops / t->ms;
		printf(" %8.1f %9.0f %8.0f %5.0f%%", 1e3 * t->ms, 1e3 * t->ms * e->times, gb, 100 * gb / ceiling.copy_gb);
		if (t->flops > 0) printf(" %8.1f %5.0f%%", tflop, 100 * tflop / ceiling.tflop[BF16]);
		json("{\"bench\":\"op\",\"where\":\"%s\",\"op\":\"%s\",\"shape\":\"%s\",\"times\":%d,\"ms\":%.5f,\"roof_ms\":%.5f,\"gb_s\":%.1f,"
		     "\"tflop_s\":%.2f}", e->where, e->op, shape, e->times, t->ms, t->roof_ms, gb, tflop);
	}
	printf("\n");
}

/* Every op of a step. D NULL: what the ceilings allow, and no times. */
static void bench_ops(struct device *d, const char *preset, int batch) {
	const struct model_preset *p = model_preset_find(preset);
	struct model_config config = model_config_of(p);
	struct plan plan, twice;
	struct timing sum = {0};
	plan_new(&plan, &config, SMALL_BATCH, p->visible);
	plan_new(&twice, &config, 2 * SMALL_BATCH, p->visible);
	printf("\nops of %s, batch %d, bf16; ceilings %.0f GB/s and %.0f TFLOP/s; MB and GFLOP of one call, us of all in a step\n", preset, batch,
	       ceiling.copy_gb, ceiling.tflop[BF16]);
	printf("%-10s %-27s %-30s %5s %8s %8s %9s %8s %9s %8s %6s %8s %6s\n", "where", "op", "shape", "times", "MB", "GFLOP", "roof us", d ? "us each" : "",
	       d ? "us" : "", d ? "GB/s" : "", "", d ? "TFLOP/s" : "", "");
	for (int i = 0; i < plan.entries; i++) {
		struct entry *e = &plan.entry[i], *t = &twice.entry[i];
		struct timing one;
		char shape[64];
		int64_t times = batch / SMALL_BATCH;
		if (!strcmp(e->where, "optimizer")) { /* grows with the model, not with the batch */
			times = e->n[0] >> 20 ? e->n[0] >> 20 : 1;
			e->n[0] = 1 << 20, t->n[0] = 2 << 20;
		}
		shape_print(shape, e, t, times);
		if (time_entry(&one, d, e, t, times)) {
			printf("%-10s %-27s %-30s skipped: %s\n", e->where, e->op, shape, err_message());
			continue;
		}
		op_show(e, shape, &one);
		sum.ms += one.ms * e->times, sum.flops += one.flops * e->times, sum.bytes += one.bytes * e->times, sum.roof_ms += one.roof_ms * e->times;
	}
	printf("%s, batch %d: %.0f GB, %.1f TFLOP; at the ceilings %.1f ms, %.0f images/s", preset, batch, 1e-9 * sum.bytes, 1e-12 * sum.flops, sum.roof_ms,
	       batch / sum.roof_ms * 1e3);
	if (d) printf("; by the sum of these times %.1f ms, %.0f images/s", sum.ms, batch / sum.ms * 1e3);
	printf("\n");
	json("{\"bench\":\"ops\",\"preset\":\"%s\",\"batch\":%d,\"ms\":%.4f,\"roof_ms\":%.4f}", preset, batch, sum.ms, sum.roof_ms);
}

/* ---- whole steps ---- */

/* A model, a workspace and two batches in memory that uploads fast. */
struct rig {
	struct device *d;
	struct model *m;
	struct workspace *w;
	struct model_input in[2];
	void *pinned[2][6];
	int pins, batch;
	int64_t step;
	double loss, gflop;
};

static const void *pin(struct rig *r, int set, const void *from, size_t bytes) {
	void *to = r->d->memory->host_alloc(r->d, bytes);
	if (to) memcpy(to, from, bytes);
	return r->pinned[set][r->pins++] = to;
}

/* The same random batch twice, in memory of its own. */
static int rig_input(struct rig *r, const struct model_config *c, int visible) {
	struct model_input in = input_new(c, r->batch, visible);
	size_t patches = (size_t)r->batch * (size_t)config_patches(c), pixels = (size_t)r->batch * 3 * (size_t)c->image_size * (size_t)c->image_size;
	bool missing = false;
	r->gflop = useful_gflop(c, &in, visible);
	for (int set = 0; set < 2; set++) {
		struct model_input *to = &r->in[set];
		r->pins = 0;
		*to = (struct model_input){.batch = r->batch, .rgb = pin(r, set, in.rgb, pixels)};
		for (int g = 0; g < 2; g++) to->labels[g] = pin(r, set, in.labels[g], patches * CELLS);
		for (int g = 0; g < GRANULARITIES; g++) to->mask[g] = pin(r, set, in.mask[g], patches);
		for (int i = 0; i < r->pins; i++) missing |= !r->pinned[set][i];
	}
	input_free(&in);
	return missing ? err_set(ERR_MEMORY, "no pinned memory for a batch of %d", r->batch) : 0;
}

static void rig_close(struct rig *r) {
	workspace_free(r->w);
	model_free(r->m);
	for (int s = 0; s < 2; s++)
		for (int i = 0; i < 6; i++)
			if (r->pinned[s][i]) r->d->memory->host_free(r->d, r->pinned[s][i]);
	device_close(r->d);
	memset(r, 0, sizeof *r);
}

static int rig_open(struct rig *r, const char *preset, int batch, const char *precision) {
	const struct model_preset *p = model_preset_find(preset);
	struct model_config c = model_config_of(p);
	int rc;
	*r = (struct rig){.batch = batch};
	if ((rc = device_open(&r->d, option.device, precision, option.threads))) return rc;
	if ((rc = model_new(&r->m, r->d, &c, 1, true)) || (rc = workspace_new(&r->w, r->m, batch, p->visible, true)) ||
	    (rc = rig_input(r, &c, p->visible)) || (rc = workspace_load(r->w, &r->in[0])))
		rig_close(r);
	return rc;
}

/* One step as engine/train/step.c makes it. *QUEUED grows by the milliseconds that queueing took. */
static int rig_step(struct rig *r, double *queued) {
	static const double ones[GRANULARITIES] = {1, 1, 1};
	static const struct optimizer_config adamw = {.lr = 1e-4, .beta1 = 0.9, .beta2 = 0.95, .epsilon = 1e-8, .decay = 0.05};
	struct model_losses losses;
	double start = now(), norm;
	int rc;
	if ((rc = model_forward(r->w)) || (rc = model_loss_queue(r->w, ones, true)) || (rc = model_backward(r->w)) || (rc = model_guard_queue(r->w)) ||
	    (rc = model_update(r->m, &adamw, r->step + 1)))
		return rc;
	*queued += 1e3 * (now() - start);
	if ((rc = device_ahead_done(r->d)) || (rc = workspace_load(r->w, &r->in[++r->step % 2])) || (rc = device_sync(r->d))) return rc;
	model_loss_read(r->w, &losses, NULL);
	r->loss = losses.total;
	return model_guard_read(r->w, &norm) ? 0 : err_set(ERR_STATE, "step %lld gave a loss of %g", (long long)r->step, r->loss);
}

/* Milliseconds of a step, the median of windows; QUEUED its share of the host. */
static int rig_time(struct rig *r, double *ms, double *queued) {
	double windows[WINDOWS], all = 0, ignored = 0, start = now();
	int rc = 0, steps = 1, made = 0;
	for (int i = 0; i < WARM_STEPS && !rc; i++) rc = rig_step(r, &ignored);
	start = now();
	if (!rc) rc = rig_step(r, &ignored);
	double one = now() - start;
	if (!option.quick && one < 0.5) steps = (int)ceil(0.5 / one);
	for (int i = 0; i < WINDOWS && !rc; i++, made += steps) {
		start = now();
		for (int s = 0; s < steps && !rc; s++) rc = rig_step(r, &all);
		windows[i] = 1e3 * (now() - start) / steps;
	}
	qsort(windows, WINDOWS, sizeof *windows, by_value);
	*ms = windows[WINDOWS / 2];
	*queued = all / (made ? made : 1);
	return rc;
}

static int precision_index(const char *name) {
	for (int i = 0; i < PRECISIONS; i++)
		if (!strcmp(name, precision_name[i])) return i;
	return BF16;
}

static double device_bytes;
static void count_bytes(const char *name, size_t bytes, void *context) {
	(void)name, (void)context;
	device_bytes += (double)bytes;
}

static void bench_step(const char *preset, int batch, const char *precision) {
	struct rig r;
	double ms, queued, top = ceiling.tflop[precision_index(precision)];
	int rc = rig_open(&r, preset, batch, precision);
	if (rc == 0 && (rc = rig_time(&r, &ms, &queued))) rig_close(&r);
	if (rc) {
		printf("%-6s %5d %-5s skipped: %s\n", preset, batch, precision, err_message());
		json("{\"bench\":\"step\",\"preset\":\"%s\",\"batch\":%d,\"precision\":\"%s\",\"skipped\":true}", preset, batch, precision);
		return;
	}
	device_bytes = 0;
	model_each(r.m, count_bytes, NULL);
	workspace_each(r.w, count_bytes, NULL);
	double tflop = r.gflop / ms; /* 1e9 a millisecond are 1e12 a second */
	printf("%-6s %5d %-5s %9.2f %9.0f %9.1f %5.1f%% %8.2f %8.2f   %.4f\n", preset, batch, precision, ms, batch / ms * 1e3, tflop,
	       100 * tflop / top, queued, device_bytes / 1e9, r.loss);
	json("{\"bench\":\"step\",\"preset\":\"%s\",\"batch\":%d,\"precision\":\"%s\",\"loader\":false,\"ms\":%.4f,\"images_s\":%.1f,"
	     "\"tflop_s\":%.2f,\"mfu\":%.4f,\"queue_ms\":%.4f,\"memory_gb\":%.3f}",
	     preset, batch, precision, ms, batch / ms * 1e3, tflop, tflop / top, queued, device_bytes / 1e9);
	rig_close(&r);
}

static void bench_steps(void) {
	static const char *const presets[] = {"small", "base", "large"};
	static const int batches[] = {64, 256, 1024, 2048};
	printf("\nsteps without the loader (random bytes and masks in pinned memory)\n");
	printf("%-6s %5s %-5s %9s %9s %9s %6s %8s %8s   %s\n", "preset", "batch", "", "ms", "images/s", "TFLOP/s", "MFU", "queue ms", "GB", "loss");
	if (option.quick) {
		bench_step("tiny", 4, "fp32");
		bench_step("tiny", 8, "bf16");
		return;
	}
	for (size_t p = 0; p < sizeof presets / sizeof *presets; p++)
		for (size_t b = 0; b < sizeof batches / sizeof *batches; b++) bench_step(presets[p], batches[b], "bf16");
	bench_step("base", 256, "tf32");
	bench_step("base", 256, "fp32");
}

/* ---- the trainer ---- */

struct run { struct dataset *data; struct trainer *t; };

static void run_close(struct run *r) {
	trainer_free(r->t);
	dataset_free(r->data);
}

static int run_open(struct run *r, const char *preset, int batch, int steps) {
	const struct model_preset *p = model_preset_find(preset);
	struct trainer_fixed f = {.model = model_config_of(p), .batch = batch, .visible = p->visible, .seed = 1, .threads = option.threads};
	struct trainer_live l = {.total_steps = steps, .lr = 1e-4, .warmup = 0.1, .warmup_lr = 1e-6, .beta1 = 0.9, .beta2 = 0.95, .epsilon = 1e-8,
		.decay = 0.05, .loss_weights = {1, 1, 1}};
	snprintf(f.device, sizeof f.device, "%s", option.device);
	snprintf(f.precision, sizeof f.precision, "bf16");
	mask_options_default(&l.mask);
	*r = (struct run){0};
	int rc = curriculum_preset(&l.curriculum, "sg-ig-rd");
	if (!rc) rc = dataset_open_scenes(&r->data, 1, f.model.image_size, (const int[SPLITS]){option.quick ? 16 : 512, 4});
	if (!rc) dataset_cache(r->data, (int64_t)4 << 30);
	if (!rc) rc = trainer_new(&r->t, r->data, &f, &l, NULL);
	if (rc) run_close(r);
	return rc;
}

static void run_steps(struct run *r, int steps) {
	struct answer a;
	struct snapshot s;
	trainer_wait(r->t, trainer_run(r->t, &(struct stop){.kind = STOP_AT_STEP, .step = steps}), -1, &a);
	do {
		usleep(2000);
		trainer_snapshot(r->t, &s);
	} while (s.state == TRAINER_RUNNING);
	if (a.code || s.step != steps) printf("        stopped at step %lld: %s\n", (long long)s.step, a.code ? a.message : s.message);
}

static void bench_loader(const char *preset, int batch) {
	enum { FIRST = 8, LAST = 40 };
	static struct metric rows[LAST];
	struct run r;
	if (run_open(&r, preset, batch, LAST)) {
		printf("%-6s %5d skipped: %s\n", preset, batch, err_message());
		return;
	}
	run_steps(&r, LAST);
	struct snapshot s;
	trainer_snapshot(r.t, &s);
	if (trainer_history(r.t, 0, rows, LAST) == LAST) {
		double ms = 1e3 * (rows[LAST - 1].time_s - rows[FIRST - 1].time_s) / (LAST - FIRST);
		printf("%-6s %5d bf16  %9.2f %9.0f   waiting for data %.2f ms\n", preset, batch, ms, batch / ms * 1e3, s.wait_ms);
		json("{\"bench\":\"step\",\"preset\":\"%s\",\"batch\":%d,\"precision\":\"bf16\",\"loader\":true,\"ms\":%.4f,\"images_s\":%.1f,"
		     "\"wait_ms\":%.3f}", preset, batch, ms, batch / ms * 1e3, s.wait_ms);
	}
	run_close(&r);
}

static void bench_loaders(void) {
	printf("\nsteps of the trainer, loader and masks included (512 scenes, decoded and in memory; crops, labels, masks and uploads each step)\n");
	if (option.quick) {
		bench_loader("tiny", 4);
		return;
	}
	bench_loader("small", 1024);
	bench_loader("base", 256);
	bench_loader("base", 2048);
	bench_loader("large", 1024);
}

/* A predict of one validation image, from the request to the answer, between two steps of a paused run. */
static void bench_whatif(const char *preset) {
	double ms[21];
	struct run r;
	if (run_open(&r, preset, 16, 8)) {
		printf("\nwhat-if: skipped: %s\n", err_message());
		return;
	}
	run_steps(&r, 4);
	for (int i = 0; i < 21; i++) {
		struct whatif w = {.split = VAL, .index = 0, .step = -1, .mask = WHATIF_RANDOM};
		struct answer a;
		double start = now();
		trainer_wait(r.t, trainer_call(r.t, whatif_run, &w), -1, &a);
		ms[i] = 1e3 * (now() - start);
		if (a.code) printf("what-if: %s\n", a.message);
		else whatif_free(&w);
	}
	double first = ms[0];
	qsort(ms + 1, 20, sizeof *ms, by_value);
	printf("\nwhat-if on one image, %s bf16, paused: %.2f ms (median of 20; the first, which renders the scene, %.2f ms)\n", preset, ms[11], first);
	json("{\"bench\":\"whatif\",\"preset\":\"%s\",\"ms\":%.3f,\"first_ms\":%.3f}", preset, ms[11], first);
	run_close(&r);
}

/* What it costs the host to queue a step, and what that does to small batches. */
static void bench_launch(void) {
	static const int batches[] = {1, 4, 16};
	printf("\nqueueing a step of tiny, bf16\n%-6s %-10s %9s %9s %9s\n", "batch", "", "ms", "queue ms", "images/s");
	for (size_t b = 0; b < sizeof batches / sizeof *batches; b++)
		for (int graphs = 0; graphs < 2; graphs++) {
			struct rig r;
			double ms, queued;
			if (!graphs) setenv("C2F_GRAPHS", "0", 1);
			int rc = rig_open(&r, "tiny", batches[b], "bf16");
			unsetenv("C2F_GRAPHS");
			if (rc == 0) rc = rig_time(&r, &ms, &queued);
			if (rc) printf("%-6d skipped: %s\n", batches[b], err_message());
			else {
				printf("%-6d %-10s %9.3f %9.3f %9.0f\n", batches[b], graphs ? "recorded" : "unrecorded", ms, queued, batches[b] / ms * 1e3);
				json("{\"bench\":\"launch\",\"batch\":%d,\"graphs\":%s,\"ms\":%.4f,\"queue_ms\":%.4f}", batches[b], graphs ? "true" : "false", ms, queued);
			}
			if (r.d) rig_close(&r);
		}
}

/* ---- memory by name ---- */

struct piece { char name[96]; double bytes; };
struct pieces { struct piece piece[4096]; int count; double sum; };

/* "encoder.3.qkv [...]" counts with the other layers' "encoder.*.qkv". */
static void gather_piece(const char *name, size_t bytes, void *context) {
	struct pieces *p = context;
	char key[96];
	size_t n = 0;
	for (const char *s = name; *s && *s != ' ' && n + 1 < sizeof key; s++) {
		bool digit = *s >= '0' && *s <= '9' && s > name && s[-1] == '.';
		key[n++] = digit ? '*' : *s;
		while (digit && s[1] >= '0' && s[1] <= '9') s++;
	}
	key[n] = '\0';
	p->sum += (double)bytes;
	for (int i = 0; i < p->count; i++)
		if (!strcmp(p->piece[i].name, key)) {
			p->piece[i].bytes += (double)bytes;
			return;
		}
	if (p->count == 4096) return;
	snprintf(p->piece[p->count].name, sizeof key, "%s", key);
	p->piece[p->count++].bytes = (double)bytes;
}

static int largest_first(const void *a, const void *b) {
	const struct piece *x = a, *y = b;
	return (x->bytes < y->bytes) - (x->bytes > y->bytes);
}

static void bench_memory(const char *preset, int batch) {
	static struct pieces p;
	struct rig r;
	if (rig_open(&r, preset, batch, "bf16")) {
		printf("\nmemory of %s, batch %d: skipped: %s\n", preset, batch, err_message());
		return;
	}
	p.count = 0, p.sum = 0;
	model_each(r.m, gather_piece, &p);
	workspace_each(r.w, gather_piece, &p);
	qsort(p.piece, (size_t)p.count, sizeof *p.piece, largest_first);
	printf("\nmemory of %s, batch %d, bf16: %.2f GB in model and workspace (scratch and cuBLASLt's workspace beside it)\n", preset, batch,
	       p.sum / 1e9);
	double rest = p.sum;
	for (int i = 0; i < p.count && i < 16; i++) {
		printf("  %8.3f GB  %s\n", p.piece[i].bytes / 1e9, p.piece[i].name);
		rest -= p.piece[i].bytes;
	}
	printf("  %8.3f GB  %d others\n", rest / 1e9, p.count > 16 ? p.count - 16 : 0);
	json("{\"bench\":\"memory\",\"preset\":\"%s\",\"batch\":%d,\"gb\":%.3f}", preset, batch, p.sum / 1e9);
	rig_close(&r);
}

int main(int argc, char **argv) {
	spin_briefly(argv); /* as the program does */
	for (int i = 1; i < argc; i++) {
		if (!strncmp(argv[i], "device=", 7)) option.device = argv[i] + 7;
		else if (!strncmp(argv[i], "threads=", 8)) option.threads = atoi(argv[i] + 8);
		else if (!strncmp(argv[i], "only=", 5)) option.only = argv[i] + 5;
		else if (!strncmp(argv[i], "json=", 5)) option.json = fopen(argv[i] + 5, "w");
		else if (!strcmp(argv[i], "--quick")) option.quick = true;
		else if (!strcmp(argv[i], "predict")) {
			ceiling.copy_gb = 4300, ceiling.tflop[BF16] = 790;
			bench_ops(NULL, "base", 2048);
			return 0;
		} else {
			fprintf(stderr, "usage: bench_gpu [device=cuda|cpu] [json=FILE] [threads=N] [only=ceilings|ops|steps|loader|whatif|launch|memory] "
			                "[--quick], or bench_gpu predict\n");
			return 2;
		}
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	struct device *d = NULL;
	if (device_open(&d, option.device, "bf16", option.threads)) {
		printf("skipped: %s\n", err_message());
		return 77;
	}
	const char *preset = option.quick ? "tiny" : "base";
	int batch = option.quick ? 16 : 2048;
	printf("%s\n\n", d->name);
	json("{\"bench\":\"device\",\"name\":\"%s\"}", d->name);
	measure_copy(d); /* the ceilings come first: every share is of them */
	device_close(d);
	for (int i = 0; i < PRECISIONS; i++) measure_product(i);
	if (wanted("ops")) {
		d = device_at("bf16");
		if (d) bench_ops(d, preset, batch);
		device_close(d);
	}
	if (wanted("steps")) bench_steps();
	if (wanted("loader")) bench_loaders();
	if (wanted("whatif")) bench_whatif(preset);
	if (wanted("launch")) bench_launch();
	if (wanted("memory")) bench_memory(preset, batch);
	return 0;
}
