/* Times of day and weather: one table of palettes, drawn from with a little play in every number. Colours are sRGB as they should look;
 * strengths are chosen so that level ground in full sun shows its albedo unchanged. */
#include "engine/data/scenes_world.h"

struct palette {
	uint32_t zenith, middle, horizon, cloud_lit, cloud_dark, haze;
	uint32_t sun, sky, bounce; /* tints of the three lights */
	float sun_strength, sky_strength;
	float elevation[2]; /* the sun's, degrees */
	float ahead; /* chance that the sun stands before the viewer */
	float clouds[2];
	float sight; /* metres at which haze has taken 63 % */
	float wet, rain, snow, lamps, dapple;
};

/* clang-format off */
static const struct palette palettes[HOURS] = {
	[NOON] = {0x2f6fb8, 0x6fabdf, 0xcfe4f0, 0xfdfdfb, 0xb9c6d4, 0xc2d7e6, 0xfff6e6, 0xc4dcff, 0xb9b29a, 0.80f, 0.40f,
		{42, 62}, 0.15f, {0.05f, 0.55f}, 7000, 0, 0, 0, 0, 0.5f},
	[AFTERNOON] = {0x3c7dbd, 0x86b7dc, 0xe6e9df, 0xfff8ec, 0xb4bfca, 0xd2dad8, 0xffe8c4, 0xc6d8f4, 0xb8a888, 0.88f, 0.40f,
		{26, 40}, 0.2f, {0.1f, 0.6f}, 6000, 0, 0, 0, 0, 0.45f},
	[MIST] = {0x86b0d4, 0xbcd2de, 0xf4e4c8, 0xfff4e0, 0xc6ccd0, 0xeadfca, 0xffe6c2, 0xdce6f0, 0xb4aa98, 0.62f, 0.50f,
		{18, 30}, 0.3f, {0.0f, 0.35f}, 320, 0.0f, 0, 0, 0, 0},
	[GOLDEN] = {0x4f7fb4, 0xa3bfce, 0xf8dcA8, 0xffe6bc, 0xa9a2a4, 0xecd2a6, 0xffc274, 0xa9bbe4, 0xb08c66, 1.02f, 0.40f,
		{11, 19}, 0.35f, {0.15f, 0.6f}, 3500, 0, 0, 0, 0.12f, 0},
	[SUNSET] = {0x39508c, 0xb97c92, 0xffbf78, 0xffab76, 0x6f6284, 0xe8a57c, 0xffa265, 0xb3a4c4, 0xa8806c, 1.25f, 0.66f,
		{4, 9}, 0.85f, {0.25f, 0.65f}, 3500, 0, 0, 0, 0.3f, 0},
	[DUSK] = {0x1f2e58, 0x56598f, 0xdc9c94, 0xb98a9c, 0x3c3f66, 0x75709a, 0xff9a78, 0x98a0d2, 0x645c74, 0.2f, 0.5f, {3, 6},
		0.6f, {0.2f, 0.6f}, 3000, 0, 0, 0, 1.0f, 0},
	[OVERCAST] = {0xa3aeb9, 0xb9c3ca, 0xd9dee0, 0xe9ebec, 0xa0a9b2, 0xccd3d7, 0xfff4e4, 0xe4ecf4, 0xb0aca2, 0.16f, 0.74f,
		{40, 60}, 0.2f, {0.8f, 1.0f}, 3000, 0, 0, 0, 0, 0},
	[RAIN] = {0x717e89, 0x8f9aa2, 0xa9b3b9, 0xa9b2b9, 0x78838d, 0x98a3aa, 0xfff0e0, 0xccd8e2, 0x8c8c88, 0.06f, 0.60f,
		{40, 60}, 0.2f, {0.85f, 1.0f}, 420, 0.8f, 1.0f, 0, 0.35f, 0},
	[FROST] = {0x4380c4, 0x8dbde4, 0xe4eef4, 0xffffff, 0xbfcddc, 0xd3e1ec, 0xfff0d6, 0xb4d0fa, 0xc4ccd8, 0.82f, 0.42f,
		{16, 32}, 0.2f, {0.05f, 0.4f}, 8000, 0, 0, 0, 0, 0},
	[SNOWFALL] = {0xaab3bd, 0xbfc7ce, 0xd6dbe0, 0xdde1e5, 0xaeb6bf, 0xd0d6dc, 0xfff6ec, 0xe0e9f4, 0xc2c8ce, 0.08f, 0.76f,
		{40, 60}, 0.2f, {0.9f, 1.0f}, 220, 0, 0, 1.0f, 0.25f, 0},
};
/* clang-format on */

/* A colour with a little play in brightness and warmth. */
static struct vec play(struct scene *s, uint32_t hex) {
	float k = scene_range(s, 0.94f, 1.06f), warm = scene_range(s, -0.04f, 0.04f);
	return vec_times(colour(hex), vec(k * (1.0f + warm), k, k * (1.0f - warm)));
}

void scene_light(struct scene *s, enum hour hour) {
	const struct palette *p = &palettes[hour];
	struct light *l = &s->light;
	float elevation = scene_range(s, p->elevation[0], p->elevation[1]) * 0.0174533f;
	bool ahead = scene_chance(s, p->ahead);
	/* Azimuth from straight ahead: within the picture, or beside and behind the viewer; shadows then fall sideways and away. */
	float side = scene_chance(s, 0.5f) ? 1.0f : -1.0f, azimuth = side * (ahead ? scene_range(s, 0.0f, 0.45f) : scene_range(s, 1.15f, 2.6f));
	*l = (struct light){.wet = p->wet, .rain = p->rain, .snow = p->snow, .lamps = p->lamps, .dapple = p->dapple * scene_range(s, 0.3f, 1.0f)};
	l->to_sun = vec(cosf(elevation) * sinf(azimuth), sinf(elevation), cosf(elevation) * cosf(azimuth));
	l->zenith = play(s, p->zenith), l->middle = play(s, p->middle), l->horizon = play(s, p->horizon);
	l->cloud_lit = play(s, p->cloud_lit), l->cloud_dark = play(s, p->cloud_dark);
	l->haze = vec_mix(play(s, p->haze), l->horizon, 0.35f);
	l->sun = vec_scale(play(s, p->sun), p->sun_strength);
	l->sky = vec_scale(play(s, p->sky), p->sky_strength);
	l->bounce = vec_scale(colour(p->bounce), p->sky_strength * 0.75f);
	l->cast = smooth(0.0f, 0.5f, p->sun_strength);
	l->clouds = scene_range(s, p->clouds[0], p->clouds[1]);
	l->density = 1.0f / (p->sight * scene_range(s, 0.75f, 1.4f));
	l->seed = rng_u32(&s->rng);
}

/* Streaks and flakes at several depths; the near ones are few, long and faint. */
void scene_weather(struct scene *s) {
	struct canvas *c = &s->canvas;
	const struct light *l = &s->light;
	if (s->indoors || (l->rain <= 0.0f && l->snow <= 0.0f)) return;
	bool rain = l->rain > 0.0f;
	float slant = scene_range(s, -0.25f, 0.25f);
	int drops = rain ? 420 : 520;
	struct paint p = {.albedo = vec_scale(l->horizon, rain ? 1.15f : 1.25f)};
	for (int i = 0; i < drops; i++) {
		float depth = scene_range(s, 0.0f, 1.0f), near = depth * depth * depth, x = scene_range(s, -0.1f, s->width + 0.1f) * c->scale,
		      y = scene_range(s, -0.1f, s->height) * c->scale;
		float size = rain ? mixf(0.0011f, 0.0024f, near) * c->scale : mixf(0.0018f, 0.0100f, near) * c->scale,
		      length = mixf(0.025f, 0.10f, near) * c->scale;
		float q[8][2];
		int n = rain ? 4 : 8;
		if (rain) {
			q[0][0] = x - size, q[0][1] = y, q[1][0] = x + size, q[1][1] = y;
			q[2][0] = x + slant * length + size, q[2][1] = y + length, q[3][0] = x + slant * length - size, q[3][1] = y + length;
		} else {
			for (int k = 0; k < 8; k++) q[k][0] = x + size * cosf(0.785398f * (float)k), q[k][1] = y + size * sinf(0.785398f * (float)k);
		}
		struct box box;
		if (!canvas_cover(c, (const float(*)[2])q, n, &box)) continue;
		float a = rain ? mixf(0.20f, 0.12f, near) : mixf(0.85f, 0.45f, near);
		for (int row = box.y0; row < box.y1; row++) {
			int w = box.x1 - box.x0;
			float *cover = c->cover + (int64_t)(row - box.y0) * (w + 2), *r = canvas_row(c, 0), *g = canvas_row(c, 1),
			      *b = canvas_row(c, 2);
			for (int k = 0; k < w; k++) cover[k] *= a, r[k] = p.albedo.x, g[k] = p.albedo.y, b[k] = p.albedo.z;
			canvas_blend(c, box.x0, row, w, r, g, b, cover, -1, 0);
		}
	}
}
