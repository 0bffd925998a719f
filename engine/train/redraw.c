#include "engine/train/redraw.h"

#include "engine/data/loader.h"

int redraw_epoch(uint64_t seed, int count, int batch, int64_t step, int index, int *epoch, bool *used) {
	struct order *order;
	int rc = order_new(&order, seed, count);
	if (rc) return rc;
	*epoch = (int)(step * batch / count);
	*used = false;
	for (int j = 0; j < batch && !*used; j++) {
		int e;
		if (order_at(order, step * batch + j, &e) != index) continue;
		*epoch = e;
		*used = true;
	}
	order_free(order);
	return 0;
}
