/* tests/unit/reading.h -- a build without the JSON library writes checkpoints and reads none: there the parts of a test that read are skipped by name, once
 * the reader has given its sentence. Include after cmocka.h. */
#pragma once

#include <string.h>

/* CODE and SAID are a reader's answer. It must be a success; without the library it must be the sentence that names it, and the test ends here. */
static inline void skip_unless_read(int code, const char *said) {
#ifdef HAVE_JSON
	if (code) fail_msg("%s", said);
#else
	if (code >= 0 || !strstr(said, "no JSON library")) fail_msg("a reader without the JSON library answers %d, '%s'", code, said);
	print_message("skipped: %s\n", said);
	skip();
#endif
}
