#include "app/whatifs.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/err.h"

static int take_mask(const char *text, struct whatif *w, struct given_mask *given) {
	struct nearest near = {.word = text};
	for (int i = 0; i < WHATIF_MASKS; i++) {
		w->mask = (enum whatif_mask)i;
		if (strcmp(text, whatif_mask_name[i]) == 0) return 0;
		nearest_offer(&near, whatif_mask_name[i]);
	}
	if (access(text, F_OK) != 0) return err_set(ERR_ARGUMENT, "mask=%.100s is neither a kind nor a file (`mask save` writes one%s)", text, nearest_hint(&near));
	w->mask = WHATIF_GIVEN;
	w->given = given;
	return mask_file_read(text, given);
}

int whatif_given_fits(const struct given_mask *m, const char *path, int side, int stages, const enum granularity *stage) {
	bool visible = false;
	if (m->side != side) return err_set(ERR_ARGUMENT, "%s has %d x %d patches, the model %d x %d", path, m->side, m->side, side, side);
	for (int s = 0; s < stages; s++) visible = visible || memchr(m->final[stage[s]], 0, (size_t)(side * side));
	return visible ? 0 : err_set(ERR_ARGUMENT, "%s leaves nothing visible of this model's granularities (at least one patch is needed: a `.` in the file)", path);
}

/* "instance" (the sample's own map), "instance:next", "instance:val/5" or "none". */
static int take_substitute(const char *text, struct whatif *w) {
	struct whatif_substitute *s = &w->substitute;
	const struct value_rule sample = {.type = VALUE_SAMPLE};
	size_t length = strcspn(text, ":");
	struct value v;
	int g = 0;
	if (!strcmp(text, "none")) return *s = (struct whatif_substitute){0}, 0;
	while (g < GRANULARITIES && (strlen(granularity_name[g]) != length || strncmp(text, granularity_name[g], length))) g++;
	if (g == GRANULARITIES)
		return err_set(ERR_ARGUMENT, "substitute=%.60s names no stage (semseg, instance or rgb: the sample's own map; instance:next, instance:val/5; or none)", text);
	bool next = !strcmp(text + length, ":next");
	if (next || !text[length]) return *s = (struct whatif_substitute){.on = true, .stage = (enum granularity)g, .relative = true, .index = next}, 0;
	int rc = value_parse(&sample, "substitute's sample", text + length + 1, &v);
	if (!rc) *s = (struct whatif_substitute){.on = true, .stage = (enum granularity)g, .split = v.split, .index = (int)v.integer};
	return rc;
}

size_t whatif_substitute_text(const struct whatif_substitute *s, char *out, size_t capacity) {
	if (!s->on) return (size_t)snprintf(out, capacity, "none");
	if (s->relative) return (size_t)snprintf(out, capacity, "%s%s", granularity_name[s->stage], s->index ? ":next" : "");
	return (size_t)snprintf(out, capacity, "%s:%s/%d", granularity_name[s->stage], split_name[s->split], s->index);
}

int whatif_change(const struct call *c, struct whatif *w, struct given_mask *given) {
	const char *mask = call_text(c, "mask");
	if (mask) w->step = -1, w->visible = 0, w->seeded = false;
	w->step = call_int(c, "step", w->step);
	w->visible = (int)call_int(c, "visible", w->visible);
	if (call_given(c, "seed")) w->seeded = true, w->seed = (uint64_t)call_int(c, "seed", 0);
	int rc = mask ? take_mask(mask, w, given) : 0;
	return rc || !call_given(c, "substitute") ? rc : take_substitute(call_text(c, "substitute"), w);
}

int whatif_take(const struct call *c, struct whatif *w, struct given_mask *given) {
	const struct value *sample = call_value(c, "SAMPLE");
	if (sample) w->split = sample->split, w->index = (int)sample->integer;
	w->step = -1;
	return whatif_change(c, w, given);
}

size_t whatif_describe(const struct whatif *w, char *out, size_t capacity) {
	char seed[48] = "", substitute[80] = "";
	const struct whatif_substitute *s = &w->substitute;
	if (w->seeded) snprintf(seed, sizeof seed, ", seed %llu", (unsigned long long)w->seed);
	if (s->on) snprintf(substitute, sizeof substitute, ", %s from %s/%d's map", granularity_name[s->stage], split_name[s->split], s->index);
	return (size_t)snprintf(out, capacity, "mask %s at step %lld%s%s", whatif_mask_name[w->mask], (long long)w->step, seed, substitute);
}
