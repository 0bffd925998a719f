#include "engine/data/sample_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"

enum { BUCKETS = 1 << 14 };

struct kept {
	struct kept *next;
	enum split split;
	int index;
	struct raw_sample sample;
};

struct sample_cache {
	pthread_rwlock_t lock; /* guards all below */
	int64_t budget, used;  /* bytes */
	struct kept *bucket[BUCKETS];
};

/* rgb 3 bytes a pixel, instance 2, semseg 1 */
static int64_t sample_bytes(const struct raw_sample *r) { return (int64_t)sizeof(struct kept) + (int64_t)r->width * r->height * 6; }

static bool copy(struct raw_sample *out, const struct raw_sample *r) {
	size_t n = (size_t)r->width * (size_t)r->height;
	*out = (struct raw_sample){r->width, r->height, malloc(n * 3), malloc(n * 2), malloc(n), r->label};
	if (!out->rgb || !out->instance || !out->semseg) {
		raw_sample_free(out);
		return false;
	}
	memcpy(out->rgb, r->rgb, n * 3);
	memcpy(out->instance, r->instance, n * 2);
	memcpy(out->semseg, r->semseg, n);
	return true;
}

static struct kept **bucket(struct sample_cache *c, enum split s, int index) {
	return &c->bucket[((unsigned)index * SPLITS + s) % BUCKETS];
}

static const struct kept *find(struct sample_cache *c, enum split s, int index) {
	const struct kept *k = *bucket(c, s, index);
	while (k && (k->split != s || k->index != index)) k = k->next;
	return k;
}

static void kept_free(struct kept *k) {
	raw_sample_free(&k->sample);
	free(k);
}

static void empty(struct sample_cache *c) {
	for (int b = 0; b < BUCKETS; b++)
		while (c->bucket[b]) {
			struct kept *k = c->bucket[b];
			c->bucket[b] = k->next;
			kept_free(k);
		}
	c->used = 0;
}

int cache_new(struct sample_cache **out, int64_t bytes) {
	*out = calloc(1, sizeof **out);
	if (!*out) return err_set(ERR_MEMORY, "no memory for the sample cache");
	pthread_rwlock_init(&(*out)->lock, NULL);
	(*out)->budget = bytes;
	return 0;
}

void cache_free(struct sample_cache *c) {
	if (!c) return;
	empty(c);
	pthread_rwlock_destroy(&c->lock);
	free(c);
}

void cache_set_budget(struct sample_cache *c, int64_t bytes) {
	pthread_rwlock_wrlock(&c->lock);
	c->budget = bytes;
	if (c->used > bytes) empty(c);
	pthread_rwlock_unlock(&c->lock);
}

bool cache_get(struct sample_cache *c, enum split s, int index, struct raw_sample *out) {
	pthread_rwlock_rdlock(&c->lock);
	const struct kept *k = find(c, s, index);
	bool got = k && copy(out, &k->sample);
	pthread_rwlock_unlock(&c->lock);
	return got;
}

void cache_put(struct sample_cache *c, enum split s, int index, const struct raw_sample *r) {
	int64_t bytes = sample_bytes(r);
	pthread_rwlock_rdlock(&c->lock);
	bool room = c->used + bytes <= c->budget && !find(c, s, index);
	pthread_rwlock_unlock(&c->lock);
	if (!room) return;
	/* Copied outside the lock, so it is asked again inside: another thread may have been first. */
	struct kept *k = malloc(sizeof *k);
	if (!k) return;
	*k = (struct kept){.split = s, .index = index};
	if (!copy(&k->sample, r)) {
		free(k);
		return;
	}
	pthread_rwlock_wrlock(&c->lock);
	if (c->used + bytes <= c->budget && !find(c, s, index)) {
		struct kept **b = bucket(c, s, index);
		k->next = *b;
		*b = k;
		c->used += bytes;
		k = NULL;
	}
	pthread_rwlock_unlock(&c->lock);
	if (k) kept_free(k);
}
