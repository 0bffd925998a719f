/* How the V visible tokens fall on the granularities: shares from Dirichlet(a, a, a) (MultiMAE), whole numbers by largest remainder, none
 * above N. Dirichlet is independent Gamma(a) divided by their sum; the division is mask_apportion()'s. */
#include "engine/mask/parts.h"

void mask_budget(const struct mask_options *o, struct rng *r, int visible[GRANULARITIES]) {
	double share[GRANULARITIES] = {0}, most = 0;
	uint64_t weight[GRANULARITIES] = {0};
	int cap[GRANULARITIES] = {0};
	for (int g = 0; g < GRANULARITIES; g++) {
		if (!o->active[g]) continue;
		share[g] = rng_gamma(r, o->dirichlet);
		if (share[g] > most) most = share[g];
		cap[g] = o->side * o->side;
	}
	for (int g = 0; g < GRANULARITIES && most > 0; g++) weight[g] = mask_fixed(share[g] / most);
	mask_apportion(o->visible, GRANULARITIES, weight, cap, visible);
}
