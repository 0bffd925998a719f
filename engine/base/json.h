/* engine/base/json.h -- reading and writing JSON; the one file that names the JSON library is json.c.
 * (The prefix is jv_, "JSON value": the library has taken json_.)
 *
 * Reading is strict: UTF-8, no duplicate keys, no trailing text, bounded depth. A value is borrowed from
 * its document and lives until jv_free(document).
 * Threads: a document belongs to one thread at a time. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jv; /* a value: object, array, string, number, true, false or null */

/* Parses LENGTH bytes of TEXT. *OUT is the caller's: jv_free(). ERR_FORMAT names line and column; WHAT names the
 * source in the sentence ("runs/a/options.json"). */
int jv_parse(struct jv **out, const char *text, size_t length, const char *what);
void jv_free(struct jv *document); /* NULL is fine */

bool jv_is_object(const struct jv *v);
bool jv_is_array(const struct jv *v);
const struct jv *jv_get(const struct jv *object, const char *key); /* NULL if absent or not an object */
size_t jv_length(const struct jv *v);                                /* members or elements; 0 for other kinds */
const struct jv *jv_at(const struct jv *array, size_t i);          /* NULL past the end */
const char *jv_string(const struct jv *v);                          /* NULL if not a string */
bool jv_integer(const struct jv *v, int64_t *out);                   /* false if not an integer */
bool jv_number(const struct jv *v, double *out);                     /* integers count; false otherwise */
bool jv_boolean(const struct jv *v, bool *out);

/* Calls EACH with every member of OBJECT in file order, until it returns non-zero; returns that, or 0. */
int jv_each(const struct jv *object, int (*each)(const char *key, const struct jv *value, void *context), void *context);

/* Writes STRING to OUT (CAPACITY bytes) quoted and escaped, as snprintf does: the length it needs is returned. */
size_t jv_quote(char *out, size_t capacity, const char *string);
