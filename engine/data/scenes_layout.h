/* engine/data/scenes_layout.h -- what the scene types share when they arrange things. Private to scenes*.c. */
#pragma once

#include "engine/data/scenes_ground.h"
#include "engine/data/scenes_things.h"

#define scene_pick(s, table) ((table)[scene_below(s, (int)(sizeof(table) / sizeof(table)[0]))])

/* Where the viewer stands: HORIZON as a share of the picture's height, HEIGHT in metres, FOCAL in short sides. */
void view(struct scene *s, float horizon_lo, float horizon_hi, float height_lo, float height_hi, float focal_lo, float focal_hi);
/* A depth between two, so that screen positions spread evenly between the two rows. */
float depth_between(struct scene *s, float near, float far);
/* A free place for something of RADIUS metres, between two depths and within the picture, on water or on land: false when crowded. */
bool spot(struct scene *s, float near, float far, float radius, bool water, float *x, float *z);
/* As spot(), with a thing there; NULL when crowded. */
struct thing *put(struct scene *s, void (*draw)(struct brush *), int semseg, float near, float far, float radius);
/* Hills or mountains behind all; farther ones first. */
struct range *hills(struct scene *s, float near, float far, float height, float wave, float ridged);

/* Several of a kind. */
void birds(struct scene *s, int n);
void tufts(struct scene *s, int n, float far, int pose);
struct thing *person(struct scene *s, float x, float z, int stance, int dress);
/* A person on the right with a kite in the sky. */
void kite_flyer(struct scene *s, float near, float far, int dress);
/* A wood's edge: trees side by side over the picture's width at about DEPTH; GAPS leaves openings. */
void treeline(struct scene *s, void (*draw)(struct brush *), float depth, float spread, float gap, int season);

/* The types, by file. */
void beach(struct scene *s), lake(struct scene *s), harbour(struct scene *s);
void meadow(struct scene *s), savanna(struct scene *s), winter(struct scene *s), park(struct scene *s), pitch(struct scene *s);
void street(struct scene *s), road(struct scene *s);
void courtyard(struct scene *s), living_room(struct scene *s);
