#include "engine/device/spin.h"

#include <stdlib.h>
#include <unistd.h>

void spin_briefly(char **argv) {
#ifdef _OPENMP
	if (getenv("OMP_WAIT_POLICY") || getenv("GOMP_SPINCOUNT")) return;
	setenv("GOMP_SPINCOUNT", "1000", 1); /* some microseconds: as long as regions that follow at once need, and no longer */
	execv("/proc/self/exe", argv);
#else
	(void)argv;
#endif
}
