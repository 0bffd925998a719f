#include "engine/data/scenes.h"
#include "engine/data/scenes_classes.h"

_Static_assert(SCENE_CLASSES == 133, "COCO panoptic has 80 things and 53 stuff classes");

const struct class_info scenes_classes[133] = {
#define X(enumerator, name, r, g, b) {name, r, g, b, true},
        SCENE_THINGS(X)
#undef X
#define X(enumerator, name, r, g, b) {name, r, g, b, false},
                SCENE_STUFF(X)
#undef X
};
