/* engine/data/scenes_classes.h -- COCO panoptic's 133 classes in panoptic order: 80 things, then 53 stuff, by ascending category id
 * (panopticapi's panoptic_coco_categories.json: names and colours are its own).
 *
 * One table for the enumerators that the painters use and for scenes_classes[] (scenes.h): X(ENUMERATOR, name, r, g, b). */
#pragma once

#define SCENE_THINGS(X) \
	X(CLASS_PERSON, "person", 220, 20, 60) \
	X(CLASS_BICYCLE, "bicycle", 119, 11, 32) \
	X(CLASS_CAR, "car", 0, 0, 142) \
	X(CLASS_MOTORCYCLE, "motorcycle", 0, 0, 230) \
	X(CLASS_AIRPLANE, "airplane", 106, 0, 228) \
	X(CLASS_BUS, "bus", 0, 60, 100) \
	X(CLASS_TRAIN, "train", 0, 80, 100) \
	X(CLASS_TRUCK, "truck", 0, 0, 70) \
	X(CLASS_BOAT, "boat", 0, 0, 192) \
	X(CLASS_TRAFFIC_LIGHT, "traffic light", 250, 170, 30) \
	X(CLASS_FIRE_HYDRANT, "fire hydrant", 100, 170, 30) \
	X(CLASS_STOP_SIGN, "stop sign", 220, 220, 0) \
	X(CLASS_PARKING_METER, "parking meter", 175, 116, 175) \
	X(CLASS_BENCH, "bench", 250, 0, 30) \
	X(CLASS_BIRD, "bird", 165, 42, 42) \
	X(CLASS_CAT, "cat", 255, 77, 255) \
	X(CLASS_DOG, "dog", 0, 226, 252) \
	X(CLASS_HORSE, "horse", 182, 182, 255) \
	X(CLASS_SHEEP, "sheep", 0, 82, 0) \
	X(CLASS_COW, "cow", 120, 166, 157) \
	X(CLASS_ELEPHANT, "elephant", 110, 76, 0) \
	X(CLASS_BEAR, "bear", 174, 57, 255) \
	X(CLASS_ZEBRA, "zebra", 199, 100, 0) \
	X(CLASS_GIRAFFE, "giraffe", 72, 0, 118) \
	X(CLASS_BACKPACK, "backpack", 255, 179, 240) \
	X(CLASS_UMBRELLA, "umbrella", 0, 125, 92) \
	X(CLASS_HANDBAG, "handbag", 209, 0, 151) \
	X(CLASS_TIE, "tie", 188, 208, 182) \
	X(CLASS_SUITCASE, "suitcase", 0, 220, 176) \
	X(CLASS_FRISBEE, "frisbee", 255, 99, 164) \
	X(CLASS_SKIS, "skis", 92, 0, 73) \
	X(CLASS_SNOWBOARD, "snowboard", 133, 129, 255) \
	X(CLASS_SPORTS_BALL, "sports ball", 78, 180, 255) \
	X(CLASS_KITE, "kite", 0, 228, 0) \
	X(CLASS_BASEBALL_BAT, "baseball bat", 174, 255, 243) \
	X(CLASS_BASEBALL_GLOVE, "baseball glove", 45, 89, 255) \
	X(CLASS_SKATEBOARD, "skateboard", 134, 134, 103) \
	X(CLASS_SURFBOARD, "surfboard", 145, 148, 174) \
	X(CLASS_TENNIS_RACKET, "tennis racket", 255, 208, 186) \
	X(CLASS_BOTTLE, "bottle", 197, 226, 255) \
	X(CLASS_WINE_GLASS, "wine glass", 171, 134, 1) \
	X(CLASS_CUP, "cup", 109, 63, 54) \
	X(CLASS_FORK, "fork", 207, 138, 255) \
	X(CLASS_KNIFE, "knife", 151, 0, 95) \
	X(CLASS_SPOON, "spoon", 9, 80, 61) \
	X(CLASS_BOWL, "bowl", 84, 105, 51) \
	X(CLASS_BANANA, "banana", 74, 65, 105) \
	X(CLASS_APPLE, "apple", 166, 196, 102) \
	X(CLASS_SANDWICH, "sandwich", 208, 195, 210) \
	X(CLASS_ORANGE, "orange", 255, 109, 65) \
	X(CLASS_BROCCOLI, "broccoli", 0, 143, 149) \
	X(CLASS_CARROT, "carrot", 179, 0, 194) \
	X(CLASS_HOT_DOG, "hot dog", 209, 99, 106) \
	X(CLASS_PIZZA, "pizza", 5, 121, 0) \
	X(CLASS_DONUT, "donut", 227, 255, 205) \
	X(CLASS_CAKE, "cake", 147, 186, 208) \
	X(CLASS_CHAIR, "chair", 153, 69, 1) \
	X(CLASS_COUCH, "couch", 3, 95, 161) \
	X(CLASS_POTTED_PLANT, "potted plant", 163, 255, 0) \
	X(CLASS_BED, "bed", 119, 0, 170) \
	X(CLASS_DINING_TABLE, "dining table", 0, 182, 199) \
	X(CLASS_TOILET, "toilet", 0, 165, 120) \
	X(CLASS_TV, "tv", 183, 130, 88) \
	X(CLASS_LAPTOP, "laptop", 95, 32, 0) \
	X(CLASS_MOUSE, "mouse", 130, 114, 135) \
	X(CLASS_REMOTE, "remote", 110, 129, 133) \
	X(CLASS_KEYBOARD, "keyboard", 166, 74, 118) \
	X(CLASS_CELL_PHONE, "cell phone", 219, 142, 185) \
	X(CLASS_MICROWAVE, "microwave", 79, 210, 114) \
	X(CLASS_OVEN, "oven", 178, 90, 62) \
	X(CLASS_TOASTER, "toaster", 65, 70, 15) \
	X(CLASS_SINK, "sink", 127, 167, 115) \
	X(CLASS_REFRIGERATOR, "refrigerator", 59, 105, 106) \
	X(CLASS_BOOK, "book", 142, 108, 45) \
	X(CLASS_CLOCK, "clock", 196, 172, 0) \
	X(CLASS_VASE, "vase", 95, 54, 80) \
	X(CLASS_SCISSORS, "scissors", 128, 76, 255) \
	X(CLASS_TEDDY_BEAR, "teddy bear", 201, 57, 1) \
	X(CLASS_HAIR_DRIER, "hair drier", 246, 0, 122) \
	X(CLASS_TOOTHBRUSH, "toothbrush", 191, 162, 208)

#define SCENE_STUFF(X) \
	X(CLASS_BANNER, "banner", 255, 255, 128) \
	X(CLASS_BLANKET, "blanket", 147, 211, 203) \
	X(CLASS_BRIDGE, "bridge", 150, 100, 100) \
	X(CLASS_CARDBOARD, "cardboard", 168, 171, 172) \
	X(CLASS_COUNTER, "counter", 146, 112, 198) \
	X(CLASS_CURTAIN, "curtain", 210, 170, 100) \
	X(CLASS_DOOR, "door-stuff", 92, 136, 89) \
	X(CLASS_FLOOR_WOOD, "floor-wood", 218, 88, 184) \
	X(CLASS_FLOWER, "flower", 241, 129, 0) \
	X(CLASS_FRUIT, "fruit", 217, 17, 255) \
	X(CLASS_GRAVEL, "gravel", 124, 74, 181) \
	X(CLASS_HOUSE, "house", 70, 70, 70) \
	X(CLASS_LIGHT, "light", 255, 228, 255) \
	X(CLASS_MIRROR, "mirror-stuff", 154, 208, 0) \
	X(CLASS_NET, "net", 193, 0, 92) \
	X(CLASS_PILLOW, "pillow", 76, 91, 113) \
	X(CLASS_PLATFORM, "platform", 255, 180, 195) \
	X(CLASS_PLAYINGFIELD, "playingfield", 106, 154, 176) \
	X(CLASS_RAILROAD, "railroad", 230, 150, 140) \
	X(CLASS_RIVER, "river", 60, 143, 255) \
	X(CLASS_ROAD, "road", 128, 64, 128) \
	X(CLASS_ROOF, "roof", 92, 82, 55) \
	X(CLASS_SAND, "sand", 254, 212, 124) \
	X(CLASS_SEA, "sea", 73, 77, 174) \
	X(CLASS_SHELF, "shelf", 255, 160, 98) \
	X(CLASS_SNOW, "snow", 255, 255, 255) \
	X(CLASS_STAIRS, "stairs", 104, 84, 109) \
	X(CLASS_TENT, "tent", 169, 164, 131) \
	X(CLASS_TOWEL, "towel", 225, 199, 255) \
	X(CLASS_WALL_BRICK, "wall-brick", 137, 54, 74) \
	X(CLASS_WALL_STONE, "wall-stone", 135, 158, 223) \
	X(CLASS_WALL_TILE, "wall-tile", 7, 246, 231) \
	X(CLASS_WALL_WOOD, "wall-wood", 107, 255, 200) \
	X(CLASS_WATER_OTHER, "water-other", 58, 41, 149) \
	X(CLASS_WINDOW_BLIND, "window-blind", 183, 121, 142) \
	X(CLASS_WINDOW_OTHER, "window-other", 255, 73, 97) \
	X(CLASS_TREE, "tree-merged", 107, 142, 35) \
	X(CLASS_FENCE, "fence-merged", 190, 153, 153) \
	X(CLASS_CEILING, "ceiling-merged", 146, 139, 141) \
	X(CLASS_SKY_OTHER, "sky-other-merged", 70, 130, 180) \
	X(CLASS_CABINET, "cabinet-merged", 134, 199, 156) \
	X(CLASS_TABLE, "table-merged", 209, 226, 140) \
	X(CLASS_FLOOR_OTHER, "floor-other-merged", 96, 36, 108) \
	X(CLASS_PAVEMENT, "pavement-merged", 96, 96, 96) \
	X(CLASS_MOUNTAIN, "mountain-merged", 64, 170, 64) \
	X(CLASS_GRASS, "grass-merged", 152, 251, 152) \
	X(CLASS_DIRT, "dirt-merged", 208, 229, 228) \
	X(CLASS_PAPER, "paper-merged", 206, 186, 171) \
	X(CLASS_FOOD_OTHER, "food-other-merged", 152, 161, 64) \
	X(CLASS_BUILDING_OTHER, "building-other-merged", 116, 112, 0) \
	X(CLASS_ROCK, "rock-merged", 0, 114, 143) \
	X(CLASS_WALL_OTHER, "wall-other-merged", 102, 102, 156) \
	X(CLASS_RUG, "rug-merged", 250, 141, 255)

#define X(enumerator, name, r, g, b) enumerator,
enum scene_class { SCENE_THINGS(X) SCENE_STUFF(X) SCENE_CLASSES };
#undef X
