#include "engine/base/json.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/err.h"

#ifdef HAVE_JSON
#include <jansson.h>

/* struct jv is never laid out: it is the library's value under our name. */
static const json_t *value(const struct jv *v) { return (const json_t *)v; }

int jv_parse(struct jv **out, const char *text, size_t length, const char *what) {
	json_error_t error;
	*out = (struct jv *)json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (*out) return 0;
	return err_set(ERR_FORMAT, "%s is not JSON (line %d, column %d: %s)", what, error.line, error.column, error.text);
}

void jv_free(struct jv *document) { json_decref((json_t *)document); }

bool jv_is_object(const struct jv *v) { return v && json_typeof(value(v)) == JSON_OBJECT; }
bool jv_is_array(const struct jv *v) { return v && json_typeof(value(v)) == JSON_ARRAY; }

const struct jv *jv_get(const struct jv *object, const char *key) {
	return (const struct jv *)json_object_get(value(object), key);
}

size_t jv_length(const struct jv *v) {
	return jv_is_object(v) ? json_object_size(value(v)) : json_array_size(value(v));
}

const struct jv *jv_at(const struct jv *array, size_t i) {
	return (const struct jv *)json_array_get(value(array), i);
}

const char *jv_string(const struct jv *v) { return json_string_value(value(v)); }

bool jv_integer(const struct jv *v, int64_t *out) {
	if (!v || json_typeof(value(v)) != JSON_INTEGER) return false;
	*out = json_integer_value(value(v));
	return true;
}

bool jv_number(const struct jv *v, double *out) {
	if (!v || !json_is_number(value(v))) return false;
	*out = json_number_value(value(v));
	return true;
}

bool jv_boolean(const struct jv *v, bool *out) {
	if (!v || !json_is_boolean(value(v))) return false;
	*out = json_is_true(value(v));
	return true;
}

int jv_each(const struct jv *object, int (*each)(const char *key, const struct jv *value, void *context), void *context) {
	const char *key;
	json_t *member;
	json_object_foreach((json_t *)value(object), key, member) {
		int stop = each(key, (const struct jv *)member, context);
		if (stop) return stop;
	}
	return 0;
}

#else

int jv_parse(struct jv **out, const char *text, size_t length, const char *what) {
	(void)text, (void)length;
	*out = NULL;
	return err_set(ERR_STATE, "%s can't be read: this build has no JSON library (install libjansson-dev and make again)", what);
}

/* No value ever comes to be, so there is nothing to ask of one. */
void jv_free(struct jv *document) { (void)document; }
bool jv_is_object(const struct jv *v) { return (void)v, false; }
bool jv_is_array(const struct jv *v) { return (void)v, false; }
const struct jv *jv_get(const struct jv *object, const char *key) { return (void)object, (void)key, NULL; }
size_t jv_length(const struct jv *v) { return (void)v, 0; }
const struct jv *jv_at(const struct jv *array, size_t i) { return (void)array, (void)i, NULL; }
const char *jv_string(const struct jv *v) { return (void)v, NULL; }
bool jv_integer(const struct jv *v, int64_t *out) { return (void)v, (void)out, false; }
bool jv_number(const struct jv *v, double *out) { return (void)v, (void)out, false; }
bool jv_boolean(const struct jv *v, bool *out) { return (void)v, (void)out, false; }
int jv_each(const struct jv *object, int (*each)(const char *key, const struct jv *value, void *context), void *context) {
	return (void)object, (void)each, (void)context, 0;
}

#endif

static void put(char *out, size_t capacity, size_t *at, const char *text, size_t n) {
	for (size_t i = 0; i < n; i++, ++*at)
		if (*at + 1 < capacity) out[*at] = text[i];
}

size_t jv_quote(char *out, size_t capacity, const char *string) {
	size_t at = 0;
	put(out, capacity, &at, "\"", 1);
	for (const char *s = string; *s; s++) {
		char escape[8];
		unsigned char c = (unsigned char)*s;
		if (c == '"' || c == '\\') put(out, capacity, &at, escape, (size_t)snprintf(escape, sizeof escape, "\\%c", c));
		else if (c < 0x20) put(out, capacity, &at, escape, (size_t)snprintf(escape, sizeof escape, "\\u%04x", c));
		else put(out, capacity, &at, s, 1);
	}
	put(out, capacity, &at, "\"", 1);
	if (capacity) out[at < capacity ? at : capacity - 1] = '\0';
	return at;
}
