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

/* "instance" (the sample's own map) or "instance:val/5". */
static int take_substitute(const char *text, struct whatif *w) {
	struct whatif_substitute *s = &w->substitute;
	const struct value_rule sample = {.type = VALUE_SAMPLE};
	size_t length = strcspn(text, ":");
	struct value v = {.split = w->split, .integer = w->index};
	int g = 0;
	while (g < GRANULARITIES && (strlen(granularity_name[g]) != length || strncmp(text, granularity_name[g], length))) g++;
	if (g == GRANULARITIES)
		return err_set(ERR_ARGUMENT, "substitute=%.60s names no stage (semseg, instance or rgb: the sample's own map; or instance:val/5)", text);
	int rc = text[length] ? value_parse(&sample, "substitute's sample", text + length + 1, &v) : 0;
	if (!rc) *s = (struct whatif_substitute){.on = true, .stage = (enum granularity)g, .split = v.split, .index = (int)v.integer};
	return rc;
}

int whatif_take(const struct call *c, struct whatif *w, struct given_mask *given) {
	const struct value *sample = call_value(c, "SAMPLE");
	w->split = sample->split;
	w->index = (int)sample->integer;
	w->step = call_int(c, "step", -1);
	w->visible = (int)call_int(c, "visible", 0);
	w->seeded = call_given(c, "seed");
	w->seed = (uint64_t)call_int(c, "seed", 0);
	int rc = take_mask(call_text(c, "mask"), w, given);
	return rc || !call_given(c, "substitute") ? rc : take_substitute(call_text(c, "substitute"), w);
}

size_t whatif_describe(const struct whatif *w, char *out, size_t capacity) {
	char seed[48] = "", substitute[80] = "";
	const struct whatif_substitute *s = &w->substitute;
	if (w->seeded) snprintf(seed, sizeof seed, ", seed %llu", (unsigned long long)w->seed);
	if (s->on) snprintf(substitute, sizeof substitute, ", %s from %s/%d's map", granularity_name[s->stage], split_name[s->split], s->index);
	return (size_t)snprintf(out, capacity, "mask %s at step %lld%s%s", whatif_mask_name[w->mask], (long long)w->step, seed, substitute);
}
