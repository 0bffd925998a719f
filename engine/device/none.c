/* engine/device/none.c -- stands where cuda.cu is not built: the GPU's absence, as a sentence. */
#include "engine/base/err.h"
#include "engine/device/backend.h"

int cuda_open(struct device **out, const char *precision, int threads) {
	(void)precision, (void)threads;
	*out = NULL;
	return err_set(ERR_STATE, "no CUDA device (this program was built without the CUDA engine; use device=cpu)");
}
