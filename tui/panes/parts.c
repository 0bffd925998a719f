#include "tui/panes/parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tui/theme.h"

enum { PLACES = 512 };

int part_text(struct grid *g, int x, int y, struct style s, const char *format, ...) {
	char text[512];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (x + grid_columns(text) > g->width) return g->width;
	return x + grid_text(g, x, y, s, text) + 2;
}

int part_words(struct grid *g, int x, int y, struct style s, const char *text) {
	char line[512];
	snprintf(line, sizeof line - 4, "%s", text);
	if (x + grid_columns(line) <= g->width) return x + grid_text(g, x, y, s, line) + 2;
	for (char *blank; (blank = strrchr(line, ' '));) {
		*blank = '\0';
		if (x + grid_columns(line) + 4 > g->width) continue;
		strcat(line, " ...");
		grid_text(g, x, y, s, line);
		break;
	}
	return g->width;
}

int part_wrapped(struct grid *g, int y, struct style s, const char *text) {
	while (*text && y < g->height && g->width > 0) {
		const char *at = text, *blank = NULL;
		int used = 0, columns;
		for (const char *before = at; utf8_next(&at, &columns) && (used += columns) <= g->width; before = at)
			if (*before == ' ') blank = before;
		const char *end = used <= g->width ? text + strlen(text) : blank && blank > text ? blank : at;
		char line[1024];
		snprintf(line, sizeof line, "%.*s", (int)(end - text), text);
		grid_text(g, 0, y++, s, line);
		text = end + (*end == ' ');
	}
	return y;
}

void part_duration(double seconds, char *out, int capacity) {
	long long n = !(seconds > 0) ? 0 : seconds > 1e9 ? 1000000000 : (long long)(seconds + 0.5);
	if (n >= 3600) snprintf(out, (size_t)capacity, "%lld:%02lld:%02lld", n / 3600, n / 60 % 60, n % 60);
	else snprintf(out, (size_t)capacity, "%lld:%02lld", n / 60, n % 60);
}

void part_bytes(int64_t bytes, char *out, int capacity) {
	if (bytes >= 995000000) snprintf(out, (size_t)capacity, "%.2f GB", (double)bytes / 1e9);
	else snprintf(out, (size_t)capacity, "%.0f MB", (double)bytes / 1e6);
}

static enum mask_source phase_at(const struct curriculum *c, int64_t step, int64_t total) { return curriculum_phase(c, (double)step / (double)total); }

int part_phases(const struct curriculum *c, int64_t total, struct phase out[PHASES_MAX]) {
	int n = 0;
	int64_t before = 0;
	if (total < 1 || c->count < 1) return 0;
	out[n++] = (struct phase){phase_at(c, 0, total), 0, total};
	for (int i = 1; i <= PLACES && n < PHASES_MAX; i++) {
		int64_t low = before, high = (int64_t)((double)(total - 1) * i / PLACES);
		enum mask_source source = phase_at(c, high, total);
		before = high;
		if (source == out[n - 1].source) continue;
		while (high - low > 1) {
			int64_t middle = low + (high - low) / 2;
			if (phase_at(c, middle, total) == out[n - 1].source) low = middle;
			else high = middle;
		}
		out[n - 1].to = high;
		out[n++] = (struct phase){source, high, total};
	}
	return n;
}
