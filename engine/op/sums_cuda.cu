/* Rows of partial sums into sums, the last step of every gradient that rows share. A few microseconds: its rows are at most some hundreds. */
#include "engine/op/pieces_cuda.h"

static constexpr int TEAMS = 32;

/* Block (c, k): 32 columns of sum k. Team t adds rows t, t + 32, ...; then the first team adds the teams. */
static __global__ void __launch_bounds__(WARP *TEAMS) add_partials(struct partials p, int width) {
	__shared__ float team_sum[TEAMS][WARP];
	const struct partial sum = p.of[blockIdx.y];
	int lane = (int)threadIdx.x % WARP, team = (int)threadIdx.x / WARP, column = (int)blockIdx.x * WARP + lane;
	float total = 0;
	if (column < width) {
#pragma unroll 4
		for (int i = team; i < sum.count; i += TEAMS) total += sum.rows[(int64_t)i * width + column];
	}
	team_sum[team][lane] = total;
	__syncthreads();
	if (team > 0 || column >= width) return;
	for (int t = 1; t < TEAMS; t++) total += team_sum[t][lane];
	sum.out[column] = total;
}

void partial_sums(struct device *d, const struct partials &p, int sums, int width) {
	launch(d, add_partials, dim3((unsigned)ceil_div(width, WARP), (unsigned)sums), dim3(WARP * TEAMS), 0, p, width);
}
