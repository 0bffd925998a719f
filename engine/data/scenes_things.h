/* engine/data/scenes_things.h -- what can stand in a scene: a drawing function per kind, for scene_add(), and the textures they share.
 *
 * Natural sizes are metres. What a thing's POSE means stands beside it; poses without a name are the drawing's own variants.
 * Private to scenes*.c. */
#pragma once

#include "engine/data/scenes_world.h"

/* ---- scenes_trees.c; pose: enum season ---- */
enum season { SUMMER, SPRING, AUTUMN, WINTER, DRY };
void tree_draw(struct brush *b);      /* broad-leaved, 7 m */
void fir_draw(struct brush *b);       /* 8 m; WINTER: under snow */
void palm_draw(struct brush *b);      /* 7 m */
void acacia_draw(struct brush *b);    /* 6 m, flat crown */
void bush_draw(struct brush *b);      /* 1.2 m */
void tuft_draw(struct brush *b);      /* a tuft of grass, 0.35 m: ground cover, without an instance */
void rock_draw(struct brush *b);      /* 0.6 m */
void plant_draw(struct brush *b);     /* in a pot, 0.9 m */

/* ---- scenes_people.c ---- */
enum stance { STANDING, WALKING, RUNNING, REACHING, SITTING, SKIING }; /* pose = stance + 8 x dress */
enum dress { CASUAL = 0, BEACHWEAR = 8, WINTERWEAR = 16, SPORTSWEAR = 24 };
void person_draw(struct brush *b);    /* 1.72 m */
void skis_draw(struct brush *b);      /* under a SKIING person */

/* ---- scenes_animals.c; pose 0: head up, 1: grazing ---- */
void dog_draw(struct brush *b);
void cat_draw(struct brush *b);
void horse_draw(struct brush *b);
void sheep_draw(struct brush *b);
void cow_draw(struct brush *b);
void zebra_draw(struct brush *b);
void giraffe_draw(struct brush *b);
void elephant_draw(struct brush *b);
void bird_draw(struct brush *b);      /* pose 0: in flight, 1: standing */

/* ---- scenes_vehicles.c: solids, any yaw ---- */
void car_draw(struct brush *b);
void bus_draw(struct brush *b);
void truck_draw(struct brush *b);
void bicycle_draw(struct brush *b);
void sailboat_draw(struct brush *b);
void rowboat_draw(struct brush *b);
void motorboat_draw(struct brush *b);

/* ---- scenes_buildings.c ---- */
void house_draw(struct brush *b);     /* 9 x 7 x 6 m, gabled; pose 1: snow on the roof, 2: a wooden hut */
void block_draw(struct brush *b);     /* 12 m of town front, 3 to 6 floors; pose: floors */
void fence_draw(struct brush *b);     /* 12 m of fence along x; pose 0: rails, 1: pickets */

/* ---- scenes_props.c ---- */
void ball_draw(struct brush *b);
void kite_draw(struct brush *b);
void parasol_draw(struct brush *b);   /* pose 1: a dark one to carry in the rain, over a head at 1.72 m */
void bench_draw(struct brush *b);
void lamp_draw(struct brush *b);
void traffic_light_draw(struct brush *b);
void stop_sign_draw(struct brush *b);
void towel_draw(struct brush *b);
void surfboard_draw(struct brush *b);
void hydrant_draw(struct brush *b);
void goal_draw(struct brush *b);      /* 7.3 x 2.4 m, open towards -z */
void stand_draw(struct brush *b);     /* 12 m of seats along x */
void line_draw(struct brush *b);      /* a kite's string, to thing.to */

/* ---- scenes_furniture.c; W: takes its width and height from the thing ---- */
void wall_draw(struct brush *b);      /* W; pose 0: plaster, 1: brick, 2: planks, 3: stone */
void ceiling_draw(struct brush *b);   /* W; height is its depth */
void window_draw(struct brush *b);    /* W; pose 1: shutters */
void door_draw(struct brush *b);      /* W */
void curtain_draw(struct brush *b);   /* W */
void couch_draw(struct brush *b);     /* width only */
void cushion_draw(struct brush *b);
void table_draw(struct brush *b);     /* width only; 0.74 m high, pose 1: 0.42 m */
void chair_draw(struct brush *b);
void shelf_draw(struct brush *b);     /* W */
void books_draw(struct brush *b);     /* width only: a row of them */
void tv_draw(struct brush *b);
void clock_draw(struct brush *b);
void wall_picture_draw(struct brush *b);   /* W */
void floor_lamp_draw(struct brush *b);
void rug_draw(struct brush *b);       /* W; height is its depth */
void vase_draw(struct brush *b);
void bottle_draw(struct brush *b);
void cup_draw(struct brush *b);
void bowl_draw(struct brush *b);
void fruit_draw(struct brush *b);     /* pose 0: apple, 1: orange */
void laptop_draw(struct brush *b);
void teddy_draw(struct brush *b);
void patch_draw(struct brush *b);     /* W: sunlight on the floor; no label */

/* ---- scenes_texture.c: (u, v) in metres unless said otherwise ---- */
texture texture_grain;    /* noise of k[0] u-cells and k[1] v-cells per unit, contrast k[2] */
texture texture_patches;  /* SECOND in patches: cells per unit k[0], share k[1] (-1 none .. 1 all), sharpness k[2] */
texture texture_stripes;  /* SECOND in stripes across u: k[0] period, k[1] width; k[2] > 0: across v */
texture texture_bricks;   /* k[0] x k[1] bricks, joints k[2] of colour SECOND */
texture texture_planks;   /* boards of k[0]; k[2] > 0: upright; joints darker */
texture texture_fade;     /* to SECOND from v = k[0] to v = k[1] */
texture texture_spots;    /* polygons of ALBEDO parted by lines of SECOND: k[0] cells per unit */
