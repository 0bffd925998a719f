/* tests/fuzz/layer_fuzz.c -- any text as the name of a layer with attention: refused with a sentence, or a layer of the model, whose own name is read back. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/model/capture.h"

static void require(int holds, const char *what) {
	if (holds) return;
	fprintf(stderr, "layer_fuzz: %s\n", what);
	abort();
}

static int same(struct attention_layer a, struct attention_layer b) {
	char name[2][ATTENTION_NAME_BYTES];
	attention_layer_name(a, name[0]);
	attention_layer_name(b, name[1]);
	return !strcmp(name[0], name[1]);
}

static void walk(const struct model_config *c, const char *text) {
	struct attention_layer all[ATTENTION_LAYERS_MAX], got, again;
	char name[ATTENTION_NAME_BYTES];
	if (attention_layer_parse(c, text, &got)) return require(*err_message(), "an error without its sentence");
	int n = attention_layers(c, all), i = 0;
	while (i < n && !same(all[i], got)) i++;
	require(i < n, "a layer that the model has not");
	attention_layer_name(got, name);
	require(attention_layer_parse(c, name, &again) == 0 && same(got, again), "its name is another's");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	char *text = malloc(size + 1);
	if (!text) return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	struct model_config c = model_config_of(model_preset_find("tiny"));
	walk(&c, text);
	c.cross_attention = false;
	walk(&c, text);
	free(text);
	return 0;
}
