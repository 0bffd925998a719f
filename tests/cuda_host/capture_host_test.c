/* tests/cuda_host/capture_host_test.c -- captured attention on the emulated GPU (launch.h) against the CPU's, in fp32, layer by layer; with work
 * that waits until somebody waits for it, too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/model/capture.h"
#include "tests/cuda_host/control.h"
#include "tests/unit/model_fixture.h"

enum { VISIBLE = 11 };

static int capture_on(const char *kind, struct attention_map maps[ATTENTION_LAYERS_MAX]) {
	struct model_config c = micro_config();
	struct attention_layer layers[ATTENTION_LAYERS_MAX];
	struct micro_batch batch = micro_batch_new(&c, 1, VISIBLE, 3);
	struct device *d;
	struct model *m;
	struct workspace *w;
	int n = attention_layers(&c, layers);
	OK(device_open(&d, kind, "fp32", 1));
	OK(model_new(&m, d, &c, 11, false));
	micro_perturb(m, 0.2f, 2);
	OK(workspace_new(&w, m, 1, VISIBLE, false));
	OK(workspace_load(w, &batch.input));
	OK(capture_forward(w, layers, n, maps));
	workspace_free(w);
	model_free(m);
	device_close(d);
	micro_batch_free(&batch);
	return n;
}

static void maps_are_the_cpu_s(void **state) {
	(void)state;
	struct attention_map cpu[ATTENTION_LAYERS_MAX], gpu[ATTENTION_LAYERS_MAX];
	int n = capture_on("cpu", cpu);
	for (int lazy = 0; lazy < 2; lazy++) {
		emu_lazy(lazy);
		assert_int_equal(capture_on("cuda", gpu), n);
		for (int i = 0; i < n; i++) {
			size_t values = (size_t)cpu[i].heads * (size_t)cpu[i].queries * (size_t)cpu[i].keys;
			double error = 0, size = 0;
			for (size_t k = 0; k < values; k++) {
				double e = (double)gpu[i].values[k] - cpu[i].values[k];
				error += e * e, size += (double)cpu[i].values[k] * cpu[i].values[k];
			}
			assert_true(sqrt(error / size) <= 1e-5);
			attention_map_free(&gpu[i]);
		}
	}
	emu_lazy(false);
	for (int i = 0; i < n; i++) attention_map_free(&cpu[i]);
	assert_int_equal(emu_allocations(), 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(maps_are_the_cpu_s)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
