/* engine/device/spin.h -- how long OpenMP's threads spin before they sleep.
 *
 * libgomp's threads spin for milliseconds at the end of a parallel region. On a machine that also loads data, draws a screen or serves someone
 * else, they spin on the very cores that the others need: beside one busy process a tiny step on 2 cores took five times as long as
 * with a short spin (docs/performance.md). libgomp reads its settings before main(), so the program starts itself again, once, with a short spin. */
#pragma once

/* Call first in main(). Does nothing if OMP_WAIT_POLICY or GOMP_SPINCOUNT is set already (the user's word counts), or if starting again fails. */
void spin_briefly(char **argv);
