/* tests/cuda_host/mma_host.h -- the instructions of engine/op/mma.h on the host, with the fragments of the PTX ISA ("Matrix fragments for
 * mma.m16n8k16 with floating point type", "ldmatrix"): with g = lane / 4 and t = lane % 4,
 *   a register r, half h: row g + 8 (r % 2), column 2 t + h + 8 (r / 2)        b register r, half h: row 2 t + h + 8 r, column g
 *   c element i: row g + 8 (i / 2), column 2 t + i % 2                         ldmatrix register r: row g, columns 2 t and 2 t + 1 of matrix r
 * Products of bf16 are exact in float and are added in the order of k; the tensor cores add in another order and may cut bits that a
 * float sum keeps. A copy arrives as late as it may (emu_backwards(): as early). */
#pragma once

struct emu_mma_lane {
	float c[4];
	uint32_t a[4], b[2];
};

static inline float emu_half(uint32_t word, int half) { return __uint_as_float(half ? word & 0xffff0000u : word << 16); }

static void emu_mma_all(struct emu_lane lanes[32]) {
	float a[16][16], b[16][8], c[16][8] = {};
	for (int l = 0; l < 32; l++) {
		const struct emu_mma_lane *m = (const struct emu_mma_lane *)lanes[l].bytes;
		int g = l / 4, t = l % 4;
		for (int r = 0; r < 4; r++)
			for (int h = 0; h < 2; h++) a[g + 8 * (r % 2)][2 * t + h + 8 * (r / 2)] = emu_half(m->a[r], h);
		for (int r = 0; r < 2; r++)
			for (int h = 0; h < 2; h++) b[2 * t + h + 8 * r][g] = emu_half(m->b[r], h);
	}
	for (int i = 0; i < 16; i++)
		for (int k = 0; k < 16; k++)
			for (int j = 0; j < 8; j++) c[i][j] += a[i][k] * b[k][j];
	for (int l = 0; l < 32; l++) {
		struct emu_mma_lane *m = (struct emu_mma_lane *)lanes[l].bytes;
		for (int i = 0; i < 4; i++) m->c[i] += c[l / 4 + 8 * (i / 2)][2 * (l % 4) + i % 2];
	}
}

static inline void mma_bf16(float c[4], const uint32_t a[4], const uint32_t b[2], EMU_HERE) {
	struct emu_mma_lane m;
	memcpy(m.c, c, sizeof m.c);
	memcpy(m.a, a, sizeof m.a);
	memcpy(m.b, b, sizeof m.b);
	const struct emu_lane *lanes = emu_warp_meet("mma_bf16()", &m, sizeof m, emu_mma_all, file, line);
	memcpy(c, lanes[emu_lane_here()].bytes, sizeof m.c);
}

struct emu_ldmatrix_lane {
	const uint16_t *row;
	uint32_t r[4];
};

template <bool TRANS> static void emu_ldmatrix_all(struct emu_lane lanes[32]) {
	uint16_t rows[32][8];
	for (int l = 0; l < 32; l++) memcpy(rows[l], ((const struct emu_ldmatrix_lane *)lanes[l].bytes)->row, 16);
	for (int l = 0; l < 32; l++)
		for (int r = 0; r < 4; r++) {
			const uint16_t(*m)[8] = rows + 8 * r;
			int g = l / 4, t = l % 4;
			uint32_t low = TRANS ? m[2 * t][g] : m[g][2 * t], high = TRANS ? m[2 * t + 1][g] : m[g][2 * t + 1];
			((struct emu_ldmatrix_lane *)lanes[l].bytes)->r[r] = low | high << 16;
		}
}
template <bool TRANS> static inline void emu_ldmatrix(uint32_t r[4], const void *row, const char *what, const char *file, int line) {
	if ((uintptr_t)row % 16) emu_fail("%s of a row that is not 16-byte aligned (%s:%d)", what, file, line);
	if (!emu_is_shared(row, 16)) emu_fail("%s of a row that is not in shared memory (%s:%d)", what, file, line);
	struct emu_ldmatrix_lane m = {(const uint16_t *)row, {}};
	const struct emu_lane *lanes = emu_warp_meet(what, &m, sizeof m, emu_ldmatrix_all<TRANS>, file, line);
	memcpy(r, ((const struct emu_ldmatrix_lane *)lanes[emu_lane_here()].bytes)->r, sizeof m.r);
}
static inline void ldmatrix_x4(uint32_t r[4], const void *row, EMU_HERE) { emu_ldmatrix<false>(r, row, "ldmatrix_x4()", file, line); }
static inline void ldmatrix_x4_trans(uint32_t r[4], const void *row, EMU_HERE) { emu_ldmatrix<true>(r, row, "ldmatrix_x4_trans()", file, line); }

/* launch.cpp: each thread's copies under way. */
void emu_copy(void *to, const void *from, bool valid);
void emu_copy_commit();
void emu_copy_wait(int groups_left);

static inline void copy_async16(void *to, const void *from, bool valid, EMU_HERE) {
	if ((uintptr_t)to % 16 || (uintptr_t)from % 16) emu_fail("copy_async16() between addresses that are not 16-byte aligned (%s:%d)", file, line);
	if (!emu_is_shared(to, 16)) emu_fail("copy_async16() to an address that is not in shared memory (%s:%d)", file, line);
	if (!emu_is_device(from)) emu_fail("copy_async16() from an address that is not in device memory (%s:%d)", file, line);
	emu_copy(to, from, valid);
}
static inline void copy_async_commit() { emu_copy_commit(); }
template <int N> static inline void copy_async_wait() { emu_copy_wait(N); }
