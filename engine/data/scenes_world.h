/* engine/data/scenes_world.h -- a scene: camera, light, ground, things that stand on it; and the brush that things are drawn with.
 *
 * World: metres, the ground is the plane y = 0, the viewer at x = 0, z = 0 looks along z without pitch, so that verticals stay vertical.
 * Screen units: the image's short side is 1; a point lies at x = centre + focal X / Z, y = horizon - focal (Y - height) / Z.
 * Drawing order: sky, terrain, cast shadows of all things, ground, then the things from far to near (painter's algorithm), so that the
 * label maps are exact. Every thing draws from its own stream, made anew for each pass. Private to scenes*.c. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/rng.h"
#include "engine/data/scenes_classes.h"
#include "engine/data/scenes_paint.h"

struct camera { float centre, horizon, focal, height; };

struct scene;
struct brush;

/* One object where it stands. */
struct thing {
	void (*draw)(struct brush *b);
	int semseg;        /* its class */
	float x, y, z;     /* metres */
	float yaw;         /* radians around the vertical; 0 shows the side that faces the viewer */
	float width, height; /* of things without a natural size: walls, floors, windows */
	float size;        /* factor on its natural size */
	float flip;        /* -1 mirrors left and right */
	int pose;          /* meaning by kind */
	bool afloat;       /* mirrored in water */
	float order;       /* painted as if it stood at z + order: a long building's far end */
	bool background;   /* has its class, but no instance of its own; with semseg < 0 no label at all */
	uint32_t tint;     /* a colour asked for, 0xRRGGBB; 0: the drawing's choice */
	struct vec to;     /* where a line ends, from its start */
	uint32_t key;      /* names its random stream */
};

enum { THINGS_MAX = 400, LAYERS_MAX = 12, RANGES_MAX = 4 };

/* A material fills N pixels of a ground row at depth Z, each FX wide and FZ deep, at X, INSIDE the layer's border by so much (all metres):
 * albedo, or with LIT what reaches the eye. */
struct layer;
struct row { int y, n; float z, fx, fz; const float *x; float *r, *g, *b, *inside; };
typedef void material(struct scene *s, const struct layer *l, const struct row *row);

enum where { EVERYWHERE, ALONG, ACROSS, POOL };

/* A part of the ground. Later layers lie on earlier ones. */
struct layer {
	enum where where;
	/* ALONG: |x - (x0 + slope z + bend sin(z / period))| < half. ACROSS: near < z < far. POOL: an ellipse of HALF x DEPTH at (x0, near).
	 * EDGE is the border's wobble in metres. */
	float x0, slope, bend, period, half, near, far, depth, edge;
	material *fill;
	struct vec dark, light;  /* the material's two colours */
	float k[4];              /* its numbers */
	bool lit;                /* the material returns finished light (water) */
	int semseg;
	uint32_t seed;
};

/* Hills or mountains between two depths. */
struct range {
	float near, far, height, wave;  /* metres; WAVE: a ridge's typical width */
	float ridged;                   /* 0 rolling .. 1 alpine */
	float drop;                     /* lowers all by this share of height: islands in flat ground */
	float woods, snow;              /* share of height below which trees grow, above which snow lies */
	struct vec grass, wood, rock;
	int semseg;
	uint32_t seed;
};

struct scene {
	struct canvas canvas;
	struct camera camera;
	struct light light;
	struct rng rng;                 /* the scene's own draws */
	uint64_t seed;
	uint32_t split, index;
	float width, height;            /* screen units */
	struct thing things[THINGS_MAX];
	int count;
	struct layer layers[LAYERS_MAX];
	int layer_count;
	struct range ranges[RANGES_MAX];
	int range_count;
	float ground_end;               /* the depth at which terrain begins */
	bool indoors;                   /* no sky, no haze */
};

/* ---- drawing a whole scene: scenes_world.c, scenes_sky.c, scenes_ground.c ---- */

void scene_sky(struct scene *s);
void scene_void(struct scene *s);     /* indoors: what shows through where two walls meet */
void scene_terrain(struct scene *s, const struct range *r);
void scene_ground(struct scene *s);
void scene_shadows(struct scene *s);
void scene_things(struct scene *s);
void scene_weather(struct scene *s);  /* rain and snow in the air */

/* Times of day and weather: scenes_light.c. */
enum hour { NOON, AFTERNOON, MIST, GOLDEN, SUNSET, DUSK, OVERCAST, RAIN, FROST, SNOWFALL, HOURS };
void scene_light(struct scene *s, enum hour hour);
/* All types of scene: scenes_layout.c. COMPOSE sets camera, light, ground and things. */
struct scene_type { const char *name; void (*compose)(struct scene *s); };
extern const struct scene_type scene_types[];
extern const int scene_type_count;

/* A fresh thing at (x, z): size 1, its own key, a coin for flip. When the scene is full, a discarded one. */
struct thing *scene_add(struct scene *s, void (*draw)(struct brush *), int semseg, float x, float z);
struct layer *scene_layer(struct scene *s, enum where where, material *fill, int semseg, struct vec dark, struct vec light);
/* The ground's class at a point. */
int scene_at(const struct scene *s, float x, float z);
/* World x at depth Z of screen position X (units). */
float scene_x(const struct scene *s, float screen_x, float z);
/* Depth of the ground at screen height Y (units), below the horizon. */
float scene_z(const struct scene *s, float screen_y);
float scene_haze(const struct scene *s, float z);

/* Draws from the scene's stream. Never two in one expression without an order of their own (arguments, initialisers): compilers differ. */
float scene_range(struct scene *s, float lo, float hi);
bool scene_chance(struct scene *s, float p);
int scene_below(struct scene *s, int n);

/* ---- the brush ---- */

enum pass { SHADOW, MIRROR, BODY };

struct brush {
	struct scene *s;
	const struct thing *t;
	enum pass pass;
	int instance;
	float cosine, sine;            /* of the thing's yaw */
	float half_cosine, half_sine;  /* of half the angle between the picture's plane and the one across the sun's azimuth */
	float reach_x, reach_z;        /* how far a shadow falls per metre of height */
	struct rng rng;                /* the thing's draws */
};

float brush_range(struct brush *b, float lo, float hi);
bool brush_chance(struct brush *b, float p);
int brush_below(struct brush *b, int n);
#define brush_pick(b, table) ((table)[brush_below(b, (int)(sizeof(table) / sizeof(table)[0]))])

/* Parts, in the thing's metres: x right, y up from its foot, z away. The 2-D ones lie in the plane z = Z. */
/* A planar polygon textured over the plane O + u U + v V. */
void brush_polygon(struct brush *b, const struct vec *p, int n, struct vec o, struct vec u, struct vec v, struct paint paint);
/* The parallelogram O, U, V; (u, v) in metres. */
void brush_face(struct brush *b, struct vec o, struct vec u, struct vec v, struct paint paint);
void brush_ball(struct brush *b, float x, float y, float rx, float ry, float angle, struct paint paint);
void brush_limb(struct brush *b, float x0, float y0, float r0, float x1, float y1, float r1, struct paint paint);
/* Points joined by straight edges, or by a closed Catmull-Rom spline; (u, v) spans the bounding box as -1 .. 1. */
void brush_shape(struct brush *b, const float (*p)[2], int n, struct paint paint);
void brush_curve(struct brush *b, const float (*p)[2], int n, struct paint paint);
/* An open line of the given width. */
void brush_line(struct brush *b, const float (*p)[2], int n, float width, struct paint paint);
/* A sagging or bent line from one point to another by way of a third, tapering. */
void brush_bow(struct brush *b, float x0, float y0, float x1, float y1, float x2, float y2, float w0, float w1, struct paint paint);
/* A crown of leafy balls: each clump is a centre and a radius. LEAF: the size of a leaf cluster in metres. */
struct clump { float x, y, z, r; };
void brush_foliage(struct brush *b, const struct clump *c, int n, float leaf, struct paint paint);
/* A prism: corners (x, y, half width) of a convex profile, anticlockwise as seen from -z, swept over z; EDGE[i] paints what lies between
 * corners i and i + 1, SIDE both ends. Hidden faces are left out. */
void brush_solid(struct brush *b, const float (*p)[3], int n, const struct paint *edge, struct paint side);
/* An upright box from corner LO to corner HI. */
void brush_box(struct brush *b, struct vec lo, struct vec hi, struct paint paint);
/* A disc parallel to the prism's ends. */
void brush_disc(struct brush *b, struct vec at, float radius, struct paint paint);
/* Whether a face at P with this outward normal can be seen; when shadows are cast, by the sun. */
bool brush_faces(const struct brush *b, struct vec p, struct vec normal);
/* Darkens the ground around the foot, RX x RZ metres. */
void brush_contact(struct brush *b, float rx, float rz);

static inline struct paint paint(struct vec albedo, enum form form) { return (struct paint){.albedo = albedo, .form = form}; }
