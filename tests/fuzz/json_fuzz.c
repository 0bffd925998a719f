/* tests/fuzz/json_fuzz.c -- any bytes as JSON: refused with a sentence that names the source, or values that can be walked; strings are quoted and read back. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/json.h"

static void require(int holds, const char *what) {
	if (holds) return;
	fprintf(stderr, "json_fuzz: %s\n", what);
	abort();
}

static void quote(const char *text) {
	struct jv *again;
	size_t n = jv_quote(NULL, 0, text);
	char *line = malloc(n + 3);
	if (!line) return;
	line[0] = '[';
	require(jv_quote(line + 1, n + 1, text) == n, "a quoted string has two lengths");
	memcpy(line + 1 + n, "]", 2);
	require(jv_parse(&again, line, n + 2, "quoted") == 0 && !strcmp(jv_string(jv_at(again, 0)), text), "a quoted string is read back as another");
	jv_free(again);
	free(line);
}

static int walk(const char *key, const struct jv *v, void *count) {
	int64_t integer;
	double number;
	bool truth;
	++*(int *)count;
	if (key) quote(key);
	if (jv_string(v)) quote(jv_string(v));
	require(!jv_integer(v, &integer) || jv_number(v, &number), "an integer that is no number");
	jv_boolean(v, &truth);
	for (size_t i = 0; jv_is_array(v) && i < jv_length(v); i++) walk(NULL, jv_at(v, i), count);
	return jv_is_object(v) ? jv_each(v, walk, count) : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct jv *document;
	int count = 0;
	if (jv_parse(&document, (const char *)data, size, "input")) {
		require(strstr(err_message(), "input") || strstr(err_message(), "jansson"), "an error without its source");
		return 0;
	}
	walk(NULL, document, &count);
	jv_free(document);
	return 0;
}
