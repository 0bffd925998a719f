/* tests/cuda_host/launch_test.c -- the emulated GPU itself (launch.h): that threads and blocks run, that warp functions, barriers and the
 * tensor cores' instructions give what the PTX ISA says, and that mistakes are told. */
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/err.h"
#include "engine/base/rng.h"
#include "tests/cuda_host/control.h"
#include "tests/cuda_host/launch_kernels.h"

static struct device *d;

static int open_gpu(void **state) {
	(void)state;
	return device_open(&d, "cuda", "bf16", 0);
}
static int close_gpu(void **state) {
	(void)state;
	device_close(d);
	return emu_allocations(); /* nothing may be left */
}

/* N elements of 4 bytes: zeros, or those of HOST. */
static void *memory_of(const void *host, size_t n) {
	void *p;
	assert_int_equal(device_alloc(d, &p, 4 * n, "a test"), 0);
	if (host) device_upload(d, p, host, 4 * n);
	return p;
}
static void fetch_and_free(void *host, void *p, size_t n) {
	assert_int_equal(device_sync(d), 0);
	device_download(d, host, p, 4 * n);
	device_free(d, p);
}

static void every_thread_runs_once(void **state) {
	(void)state;
	static const int shapes[][2] = {{1, 1}, {3, 33}, {2, 1024}, {100, 7}};
	static int out[3 * 4 * 5 * 7 * 2 * 3];
	for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
		for (int order = 0; order < 2; order++) {
			int n = shapes[s][0] * shapes[s][1];
			int *p = memory_of(NULL, (size_t)n);
			emu_backwards(order);
			kernels_index(d, p, shapes[s][0], shapes[s][1]);
			fetch_and_free(out, p, (size_t)n);
			for (int i = 0; i < n; i++) assert_int_equal(out[i], 1 + i);
		}
	emu_backwards(false);
	enum { N = 3 * 4 * 5 * 7 * 2 * 3 };
	int *p = memory_of(NULL, N);
	kernels_three(d, p);
	fetch_and_free(out, p, N);
	for (int i = 0; i < N; i++) assert_int_equal(out[i], 1 + i);
}

static void blocks_sum(void **state) {
	(void)state;
	enum { BLOCKS = 5 };
	static float x[BLOCKS * 1024], out[BLOCKS][2];
	for (int i = 0; i < BLOCKS * 1024; i++) x[i] = (float)(i % 17 - 3);
	for (int threads = 32; threads <= 1024; threads *= 2)
		for (int order = 0; order < 2; order++) {
			float *px = memory_of(x, BLOCKS * 1024), *po = memory_of(NULL, 2 * BLOCKS);
			emu_backwards(order);
			kernels_sum(d, po, px, BLOCKS, threads);
			fetch_and_free(out, po, 2 * BLOCKS);
			device_free(d, px);
			for (int b = 0; b < BLOCKS; b++) {
				float sum = 0, squares = 0;
				for (int i = 0; i < threads; i++) sum += x[b * threads + i], squares += x[b * threads + i] * x[b * threads + i];
				assert_true(out[b][0] == sum && out[b][1] == squares);
			}
		}
	emu_backwards(false);
}

static void warps_exchange(void **state) {
	(void)state;
	int out[SHUFFLES][64], *p = memory_of(NULL, SHUFFLES * 64);
	kernels_shuffles(d, p);
	fetch_and_free(out, p, SHUFFLES * 64);
	for (int i = 0; i < 64; i++) {
		int warp = i / 32 * 32, lane = i % 32;
		unsigned thirds = 0;
		for (int l = 0; l < 32; l++) thirds |= (unsigned)((warp + l) % 3 == 0) << l;
		const int want[SHUFFLES] = {warp + 5, warp + (lane + 3) % 32, warp + lane / 8 * 8 + 1, warp + (lane ^ 9), lane < 28 ? i + 4 : i,
		                            lane % 16 < 3 ? i : i - 3, (int)thirds, i >= 32, i < 32};
		for (int k = 0; k < SHUFFLES; k++) assert_int_equal(out[k][i], want[k]);
	}
}

static void products_are_products(void **state) {
	(void)state;
	struct rng r;
	rng_init(&r, 3, RNG_PROBE, 0, 0);
	for (int rows = 0; rows < 2; rows++) {
		uint16_t a[16][16], b[128];
		float av[16][16], bv[16][8], c[16][8], out[16][8];
		for (int i = 0; i < 16; i++)
			for (int k = 0; k < 16; k++) a[i][k] = kernels_bf16(av[i][k] = (float)((int)rng_below(&r, 31) - 15));
		for (int k = 0; k < 16; k++)
			for (int j = 0; j < 8; j++) b[rows ? k * 8 + j : j * 16 + k] = kernels_bf16(bv[k][j] = (float)((int)rng_below(&r, 31) - 15));
		for (int i = 0; i < 16 * 8; i++) c[i / 8][i % 8] = (float)i;
		void *pa = memory_of(a, 128), *pb = memory_of(b, 64), *pc = memory_of(c, 128);
		kernels_product(d, pc, pa, pb, rows);
		fetch_and_free(out, pc, 128);
		device_free(d, pa);
		device_free(d, pb);
		for (int i = 0; i < 16; i++)
			for (int j = 0; j < 8; j++) {
				float want = c[i][j];
				for (int k = 0; k < 16; k++) want += av[i][k] * bv[k][j];
				assert_true(out[i][j] == want);
			}
	}
}

static void copies_arrive_at_the_wait_or_at_once(void **state) {
	(void)state;
	float x[128], out[5][32];
	for (int i = 0; i < 128; i++) x[i] = (float)i;
	for (int early = 0; early < 2; early++) {
		float *px = memory_of(x, 128), *po = memory_of(NULL, 160);
		emu_backwards(early);
		kernels_copies(d, po, px);
		emu_backwards(false);
		fetch_and_free(out, po, 160);
		device_free(d, px);
		for (int i = 0; i < 32; i++) {
			assert_true(early ? out[0][i] == x[4 * i] : isnan(out[0][i]));
			assert_true(out[1][i] == x[4 * i]);
			assert_true(early ? out[2][i] == x[4 * i] + 1 : isnan(out[2][i]));
			assert_true(out[3][i] == 0);
			assert_true(early ? out[4][i] == x[4 * i] : isnan(out[4][i]));
		}
	}
}

static void races_show_in_the_other_order(void **state) {
	(void)state;
	float x[64], out[2][64];
	for (int i = 0; i < 64; i++) x[i] = (float)i;
	for (int order = 0; order < 2; order++) {
		float *px = memory_of(x, 64), *po = memory_of(NULL, 64);
		emu_backwards(order);
		kernels_race(d, po, px);
		fetch_and_free(out[order], po, 64);
		device_free(d, px);
	}
	emu_backwards(false);
	assert_true(isnan(out[0][0]) && out[0][63] == 0);
	assert_true(isnan(out[1][63]) && out[1][0] == 63);
}

static void what_nobody_wrote_is_nan(void **state) {
	(void)state;
	float out, *p = memory_of(NULL, 1);
	kernels_unwritten(d, p);
	fetch_and_free(&out, p, 1);
	assert_true(isnan(out));
}

static void bf16_rounds_to_even(void **state) {
	(void)state;
	static const struct { float x; uint16_t bits; } cases[] = {
		{0, 0}, {-0.0f, 0x8000}, {1, 0x3f80}, {1.00390625f, 0x3f80}, {1.01171875f, 0x3f82}, {-1.00390637f, 0xbf81}, {INFINITY, 0x7f80},
		{3.4e38f, 0x7f80}, {1e-45f, 0}, {9.2e-41f, 1},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) assert_int_equal(kernels_bf16(cases[i].x), cases[i].bits);
	union { uint32_t u; float f; } nan = {.u = 0x7f800001};
	assert_int_equal(kernels_bf16(nan.f), 0x7fff);
	assert_int_equal(kernels_bf16(NAN), 0x7fff);
}

static void a_launch_that_cannot_be_fails(void **state) {
	(void)state;
	for (int shared = 0; shared < 2; shared++) {
		int *p = memory_of(NULL, 1025);
		kernels_too_large(d, p, shared);
		assert_int_equal(device_sync(d), ERR_DEVICE);
		assert_non_null(strstr(err_message(), shared ? "shared memory" : "a kernel's launch"));
		assert_int_equal(device_sync(d), 0);
		device_free(d, p);
	}
}

static void memory_runs_out(void **state) {
	(void)state;
	void *p = d;
	emu_memory_limit(1 << 20);
	assert_int_equal(device_alloc(d, &p, 2 << 20, "the moon"), ERR_MEMORY);
	emu_memory_limit(0);
	assert_null(p);
	assert_int_equal(device_sync(d), 0);
}

/* What a child that makes the mistake says on stderr before it aborts; "" if it goes on. */
static void mistake_of(char *out, size_t size, enum mistake what) {
	int pipes[2], status;
	assert_int_equal(pipe(pipes), 0);
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		struct rlimit none = {0, 0};
		setrlimit(RLIMIT_CORE, &none);
		dup2(pipes[1], 2);
		kernels_mistake(d, what, memory_of(NULL, 1024));
		_exit(0);
	}
	close(pipes[1]);
	FILE *f = fdopen(pipes[0], "r");
	out[fread(out, 1, size - 1, f)] = 0;
	fclose(f);
	waitpid(child, &status, 0);
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT) out[0] = 0;
}

static void mistakes_are_told(void **state) {
	(void)state;
	static const char *const sentences[MISTAKES] = {
		[BARRIER_AND_RETURN] = "thread 0 waits at __syncthreads() (tests/cuda_host/launch_kernels.cu:",
		[TWO_BARRIERS] = "thread (32, 0, 0): it waits at __syncthreads() (",
		[LANES_AND_RETURN] = "thread (32, 0, 0): thread 32 waits at __shfl_xor_sync() (",
		[LANES_APART] = "and others of its warp or block at __shfl_xor_sync() (",
		[HALF_A_WARP] = "and its warp has not 32 lanes (the block has 48 threads)",
		[SOME_LANES] = "__shfl_xor_sync() of some lanes only (mask 0xffff",
		[BEYOND_SHARED] = "thread (60, 0, 0): touched 0 bytes behind the block's 240 bytes of shared memory",
		[BEFORE_SHARED] = "the block wrote -256 bytes from the start of its 240 bytes of shared memory",
		[BEHIND_MEMORY] = "0 bytes behind the end of device memory of 4096 bytes",
		[NO_POINTER] = "thread (0, 0, 0): touched address 0x40, near NULL",
		[HOST_POINTER] = "argument 2 behind the shared memory's size is a pointer to no device memory",
		[UNALIGNED_LDMATRIX] = "ldmatrix_x4() of a row that is not 16-byte aligned",
		[LDMATRIX_OF_GLOBAL] = "ldmatrix_x4() of a row that is not in shared memory",
		[COPY_TO_GLOBAL] = "copy_async16() to an address that is not in shared memory",
		[COPY_FROM_SHARED] = "copy_async16() from an address that is not in device memory",
	};
	for (int m = 0; m < MISTAKES; m++) {
		char said[2048];
		mistake_of(said, sizeof said, m);
		if (!strstr(said, sentences[m]) || !strstr(said, "kernel mistake_kernel (tests/cuda_host/launch_kernels.cu:"))
			fail_msg("mistake %d: \"%s\" lacks \"%s\"", m, said, sentences[m]);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_thread_runs_once),
		cmocka_unit_test(blocks_sum),
		cmocka_unit_test(warps_exchange),
		cmocka_unit_test(products_are_products),
		cmocka_unit_test(copies_arrive_at_the_wait_or_at_once),
		cmocka_unit_test(races_show_in_the_other_order),
		cmocka_unit_test(what_nobody_wrote_is_nan),
		cmocka_unit_test(bf16_rounds_to_even),
		cmocka_unit_test(a_launch_that_cannot_be_fails),
		cmocka_unit_test(memory_runs_out),
		cmocka_unit_test(mistakes_are_told),
	};
	return cmocka_run_group_tests(tests, open_gpu, close_gpu);
}
