#include "engine/base/err.h"

#include <stdarg.h>
#include <stdio.h>

static _Thread_local char message[1024];

int err_set(int code, const char *format, ...) {
	/* Formatted apart first: an argument may be the old message itself. */
	char fresh[sizeof message];
	va_list args;
	va_start(args, format);
	vsnprintf(fresh, sizeof fresh, format, args);
	va_end(args);
	for (size_t i = 0; i < sizeof message; i++) message[i] = fresh[i];
	return code;
}

const char *err_message(void) { return message; }
