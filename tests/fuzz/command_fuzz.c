/* tests/fuzz/command_fuzz.c -- any bytes as a command line: words, names, arguments, options, help and Tab. Nothing is run.
 * What was read must come back the same when it is written out and read again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/options.h"
#include "engine/base/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int truth) {
	if (!truth) abort();
}

static void round_trip(const struct words *w) {
	static char text[4 * LINE_BYTES];
	static struct words again;
	const char *cursor = text;
	int line = 1;
	require(words_text(w, text, sizeof text) < sizeof text);
	int rc = words_next(&cursor, &line, &again);
	if (rc < 0) { /* quoting may make a line too long, and nothing else may go wrong */
		require(strstr(err_message(), "longer than") != NULL);
		return;
	}
	require(rc == 1 && again.count == w->count);
	for (int i = 0; i < w->count; i++) {
		require(!strcmp(again.word[i].text, w->word[i].text));
		require(!again.word[i].key == !w->word[i].key && (!w->word[i].key || !strcmp(again.word[i].key, w->word[i].key)));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	static struct words w;
	static struct call call;
	struct options options;
	char *text = malloc(size + 1);
	if (!text) return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	const char *cursor = text;
	int line = 1, more;
	while ((more = words_next(&cursor, &line, &w)) != 0) {
		if (more < 0) continue;
		round_trip(&w);
		if (command_bind(&w, &call) == 0 && call.command->settings) {
			options_default(&options);
			if (options_set(&options, &w, call.first, 0) == 0) {
				char rebuilt[LINE_BYTES];
				require(options_line(&options, 0, rebuilt, sizeof rebuilt) < sizeof rebuilt);
			}
		}
	}
	FILE *null = fopen("/dev/null", "w");
	if (null) {
		command_help(null, text);
		fclose(null);
	}
	if (size < LINE_BYTES && !memchr(text, '/', size)) { /* no folder of the machine is listed */
		struct candidates c;
		command_complete(text, &c);
		candidates_free(&c);
	}
	free(text);
	return 0;
}
