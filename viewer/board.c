#include "viewer/board.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"

const char *const board_column_name[BOARD_COLUMNS] = {"input", "masked", "prediction", "composite", "target", "error", "attention"};
const char *const board_column_short[BOARD_COLUMNS] = {"input", "mask", "pred.", "comp.", "target", "error", "attn."};
const uint8_t board_right[3] = {47, 121, 181}, board_wrong[3] = {236, 136, 42}, board_hidden[3] = {74, 78, 87};

int board_part_init(struct board_part *p, enum granularity g, int side, int edge) {
	size_t cells = (size_t)edge * (size_t)edge, bytes = g == RGB ? 3 * cells : cells;
	*p = (struct board_part){.used = true, .side = side, .edge = edge, .loss = NAN};
	p->target = calloc(bytes, 1);
	p->prediction = calloc(bytes, 1);
	p->cost = g == RGB ? NULL : calloc(cells, sizeof *p->cost);
	return p->target && p->prediction && (g == RGB || p->cost) ? 0 : err_set(ERR_MEMORY, "no memory for the viewer's pictures");
}

void board_row_free(struct board_row *r) {
	for (int g = 0; r && g < GRANULARITIES; g++) {
		free(r->part[g].target);
		free(r->part[g].prediction);
		free(r->part[g].cost);
		free(r->part[g].keys);
	}
	free(r);
}

const char *board_metric_name(enum board_metric m, enum granularity g) {
	static const char *const rgb[BOARD_METRICS] = {"signed error", "absolute error", "squared error"};
	return g == RGB ? rgb[m] : m == METRIC_SIGNED ? "right or wrong" : "cross-entropy (nats)";
}

/* ---- colours of errors ------------------------------------------------------------------------------------------------------------ */

bool board_two_colours(const struct board_look *l, enum granularity g) { return g != RGB && l->metric == METRIC_SIGNED; }

enum colour_map board_map(const struct board_look *l, enum granularity g) {
	if (l->map_chosen) return l->map;
	return g == RGB && l->metric == METRIC_SIGNED ? MAP_BLUE_ORANGE : MAP_CIVIDIS;
}

enum colour_map board_weight_map(const struct board_look *l) { return l->map_chosen && l->map != MAP_BLUE_ORANGE ? l->map : MAP_CIVIDIS; }

double board_limit(const struct board_look *l, enum granularity g) {
	static const double levels = 255, nats = 3;
	if (l->limit[g == RGB] > 0) return l->limit[g == RGB];
	return g != RGB ? nats : l->metric == METRIC_SQUARED ? levels * levels : levels;
}

double board_error(const struct board_part *p, enum granularity g, enum board_metric metric, int x, int y) {
	size_t at = (size_t)y * (size_t)p->edge + (size_t)x;
	if (g != RGB && p->target[at] == UNLABELLED && g == SEMSEG) return NAN;
	if (g != RGB) return metric == METRIC_SIGNED ? p->prediction[at] != p->target[at] : p->cost[at];
	double sum = 0;
	for (size_t c = 0; c < 3; c++) {
		double d = (double)p->prediction[3 * at + c] - p->target[3 * at + c];
		sum += metric == METRIC_SIGNED ? d : metric == METRIC_ABSOLUTE ? fabs(d) : d * d;
	}
	return sum / 3;
}

static bool masked_at(const struct board_part *p, const uint8_t *mask, int x, int y) {
	int patch = p->edge / p->side;
	return mask[y / patch * p->side + x / patch];
}

double board_largest(const struct board_part *p, enum granularity g, enum board_metric metric, const uint8_t *mask) {
	double most = 0;
	for (int y = 0; y < p->edge; y++)
		for (int x = 0; x < p->edge; x++)
			if (masked_at(p, mask, x, y)) most = fmax(most, fabs(board_error(p, g, metric, x, y)));
	return most;
}

/* What was visible is no prediction's merit: its error is drawn half as strong, over the hidden grey. */
static void error_pixel(const struct board_part *p, enum granularity g, const struct board_look *l, const uint8_t *mask, int x, int y, uint8_t out[3]) {
	double e = board_error(p, g, l->metric, x, y), limit = board_limit(l, g);
	bool centred = g == RGB && l->metric == METRIC_SIGNED;
	if (isnan(e)) memcpy(out, board_hidden, 3);
	else if (board_two_colours(l, g)) memcpy(out, e > 0 ? board_wrong : board_right, 3);
	else colour_map_at(board_map(l, g), centred ? 0.5 + e / limit / 2 : e / limit, out);
	if (!masked_at(p, mask, x, y))
		for (int c = 0; c < 3; c++) out[c] = (uint8_t)((out[c] + 3 * board_hidden[c]) / 4);
}

/* ---- pictures -------------------------------------------------------------------------------------------------------------------------- */

static void value_pixel(const struct board_head *h, const uint8_t *grid, enum granularity g, size_t at, uint8_t out[3]) {
	if (g == RGB) memcpy(out, grid + 3 * at, 3);
	else if (g == INSTANCE) paint_instance_colour(grid[at], out);
	else if (grid[at] < h->class_count) out[0] = h->classes[grid[at]].r, out[1] = h->classes[grid[at]].g, out[2] = h->classes[grid[at]].b;
	else memset(out, PAINT_UNLABELLED, 3);
}

int board_picture(struct image *out, const struct board_head *h, const struct board_part *p, enum granularity g, enum board_column column,
                  const uint8_t *mask, const struct board_look *look) {
	int rc = image_new(out, p->edge, p->edge);
	for (int y = 0; !rc && y < p->edge; y++)
		for (int x = 0; x < p->edge; x++) {
			size_t at = (size_t)y * (size_t)p->edge + (size_t)x;
			uint8_t *pixel = out->pixels + 3 * at;
			bool masked = masked_at(p, mask, x, y), predicted = column == BOARD_PREDICTION || (column == BOARD_COMPOSITE && masked);
			if (column == BOARD_ERROR) error_pixel(p, g, look, mask, x, y, pixel);
			else if (column == BOARD_MASKED && masked) memcpy(pixel, board_hidden, 3);
			else if (column == BOARD_ATTENTION && !p->keys) memcpy(pixel, board_hidden, 3);
			else value_pixel(h, predicted ? p->prediction : p->target, g, at, pixel);
		}
	const struct attended_keys *k = p->keys;
	if (!rc && column == BOARD_ATTENTION && k)
		paint_weights(out, p->side, k->weight, k->present, look->contrast ? k->least : 0, k->most, board_weight_map(look), look->plain);
	return rc;
}
