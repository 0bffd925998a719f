#include "viewer/colour_map.h"

#include <math.h>

const char *const colour_map_name[COLOUR_MAPS] = {"cividis", "viridis", "grey", "blue-orange"};

enum { ANCHORS_MAX = 10, NOT_A_NUMBER = 128 };

static const struct { int count; uint32_t anchor[ANCHORS_MAX]; } maps[COLOUR_MAPS] = {
	[MAP_CIVIDIS] = {10, {0x00204d, 0x00336f, 0x39486b, 0x575d6d, 0x707173, 0x8a8779, 0xa69d75, 0xc4b56c, 0xe4cf5b, 0xffea46}},
	[MAP_VIRIDIS] = {10, {0x440154, 0x482878, 0x3e4989, 0x31688e, 0x26828e, 0x1f9e89, 0x35b779, 0x6ece58, 0xb5de2b, 0xfde725}},
	[MAP_GREY] = {2, {0x000000, 0xffffff}},
	[MAP_BLUE_ORANGE] = {7, {0x08306b, 0x2f79b5, 0x9cc5e3, 0xf4f3f1, 0xf8c08a, 0xdf7a1c, 0x7f2f04}},
};

static double channel(uint32_t colour, int c) { return (double)(colour >> (16 - 8 * c) & 255); }

void colour_map_at(enum colour_map map, double t, uint8_t rgb[3]) {
	int last = maps[map].count - 1;
	double at = (t < 0 ? 0 : t > 1 ? 1 : t) * last;
	int from = isnan(t) ? 0 : at >= last ? last - 1 : (int)at;
	for (int c = 0; c < 3; c++) {
		double a = channel(maps[map].anchor[from], c), b = channel(maps[map].anchor[from + 1], c);
		rgb[c] = isnan(t) ? NOT_A_NUMBER : (uint8_t)lround(a + (b - a) * (at - from));
	}
}
