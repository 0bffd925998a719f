/* engine/data/scenes_ground.h -- the ground's materials, for scene_layer(). Each fills a row from a layer's DARK and LIGHT colour; what its
 * numbers k[] mean stands at its definition. Private to scenes*.c. */
#pragma once

#include "engine/data/scenes_world.h"

material ground_grass, ground_sand, ground_snow, ground_dirt, ground_road, ground_paving, ground_boards, ground_rows, ground_pitch, ground_water;
