/* engine/op/plans.h -- the matmul algorithms that were timed and chosen, kept in a file: the next process computes the same bits, and
 * does not time again.
 *
 * A plan is a key of integers (matmul_cuda.cu says of what) and cuBLASLt's 64 opaque bytes, which its header allows to be kept and
 * restored within one version of the library. The file:
 *
 *     c2f plans 1: NVIDIA H200, 132 multiprocessors, cuBLAS 130100
 *     KEY KEY KEY KEY KEY KEY KEY KEY : 128 hexadecimal digits
 *
 * Nothing about the file is an error: with another first line, a broken line or a folder that can't be written, each process times for
 * itself, and may choose differently. Where two processes time the same key, the first to write decides. Plain data, no GPU. Threads: one. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { PLAN_KEY = 8, PLAN_BYTES = 64, PLANS_MAX = 8192 };

struct plan {
	int32_t key[PLAN_KEY];
	uint8_t bytes[PLAN_BYTES];
	bool trusted;            /* chosen or checked in this process */
};

struct plans {
	char path[1024];         /* "": in memory only */
	char head[256];          /* the file's first line */
	struct plan *plan;       /* sorted by key */
	int count, room;
};

/* Where the plans of NAME (the GPU's) and VERSION (cuBLAS's) are: $C2F_PLANS, or $XDG_CACHE_HOME or ~/.cache /c2f/plans-NAME-VERSION.txt; "" without
 * any of these. */
void plans_path(char *out, size_t size, const char *name, const char *version);
/* Reads PATH; HEAD is what its first line must be. */
void plans_open(struct plans *p, const char *path, const char *head);
void plans_close(struct plans *p);

/* Borrowed until the next plans_keep(); NULL: none. */
struct plan *plans_find(const struct plans *p, const int32_t key[PLAN_KEY]);
/* Keeps FRESH, in the file too, unless another process has put this key there since: then that one. INSTEAD: what is kept of this key is of
 * no use here, and makes place. Borrowed; NULL: no memory, or PLANS_MAX. */
struct plan *plans_keep(struct plans *p, const struct plan *fresh, bool instead);

/* Takes every sound line of F whose key is not there yet; nothing if the first line is not the head. */
void plans_read(struct plans *p, FILE *f);
