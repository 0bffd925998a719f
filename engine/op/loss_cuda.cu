/* The losses over masked patches on the GPU, forward and backward in one pass: a prediction is read once, into registers, and its gradient
 * written once, in its place if the caller likes. Patches that are not masked are only written (zeros), or not touched at all.
 *
 * Each patch leaves its sum and its count in scratch; a second kernel adds a sample's, in one order. Statistics are float, whatever the element type.
 *
 * PREDICTED (bytes over 4.3 TB/s; not measured), base at batch 2048 in bf16 with a gradient; 401,408 patches, 5 of 6 masked:
 *                                       reads MB              writes MB      us
 *   cross_entropy, semseg (133 classes) 1424 + labels 5       1708           730
 *   cross_entropy, instance (32 ids)    343 + labels 5        411            177
 *   pixel_loss                          514 + pixels 1028     617            502
 * cross_entropy's exponentials take 200 us of semseg's 730 on the special function units (16 a cycle and processor), beside the transfers. */
#include "engine/op/loss.h"
#include "engine/op/patch_cuda.h"

static constexpr int WARPS = 4; /* of a block whose warps have a patch each */
static constexpr int LANE_PIXELS = 24; /* values of a thread of pixel_patches() */
static constexpr int MEAN_THREADS = 128;

/* ---- a sample's loss ---- */

/* Block b: out[b] = sum of the sample's patch losses (x) over the sum of their counts (y). Counts are whole and below 2^24: exact. */
static __global__ void __launch_bounds__(MEAN_THREADS) sample_means(float *out, const float2 *patch_loss, int patches) {
	__shared__ float partial[WARP];
	float loss = 0, count = 0;
	for (int n = (int)threadIdx.x; n < patches; n += MEAN_THREADS) {
		float2 p = patch_loss[(int64_t)blockIdx.x * patches + n];
		loss += p.x;
		count += p.y;
	}
	loss = block_sum(loss, partial);
	count = block_sum(count, partial);
	if (threadIdx.x == 0) out[blockIdx.x] = count > 0 ? loss / count : 0;
}

static float2 *patch_losses(struct device *d, const struct patch_shape *s) {
	return (float2 *)cuda_scratch(d, sizeof(float2) * (size_t)s->batch * (size_t)patch_count(s));
}

static void means(struct device *d, float *sample_loss, const float2 *patch_loss, const struct patch_shape *s) {
	launch(d, sample_means, dim3((unsigned)s->batch), dim3(MEAN_THREADS), 0, sample_loss, patch_loss, patch_count(s));
}

/* ---- cross entropy ---- */

/* A warp a patch. Lane L holds the packs L, L + 32, ... of its [classes, 16] logits, up to VALUES values; a pack is N cells of one class, and because
 * the warp's 512 bytes are whole classes, always the same N cells. Lanes with those cells, PARTS apart, share their top and sum by a butterfly. */
template <typename T, int VALUES, bool GRADIENT>
static __global__ void __launch_bounds__(WARP *WARPS) entropy_patches(float2 *patch_loss, T *dlogits, const T *logits, const uint8_t *labels,
                                                                      const uint8_t *mask, const float *weight, int classes, struct patch_shape s) {
	constexpr int N = pack<T>::N, PARTS = CELLS / N, PACKS = VALUES / N;
	int patch = (int)(blockIdx.x * WARPS + threadIdx.x / WARP), lane = (int)threadIdx.x % WARP, packs = classes * PARTS,
	    b = patch / patch_count(&s);
	if (b >= s.batch) return;
	const T *in = logits + (int64_t)patch * classes * CELLS;
	T *out = dlogits + (int64_t)patch * classes * CELLS;
	if (!mask[patch]) {
		for (int p = lane; GRADIENT && p < packs; p += WARP) piece_store<N>(out + p * N, piece<T, N>{});
		if (lane == 0) patch_loss[patch] = make_float2(0, 0);
		return;
	}
	piece<T, N> raw[PACKS];
#pragma unroll
	for (int k = 0; k < PACKS; k++)
		if (lane + k * WARP < packs) raw[k] = piece_load<N>(in + (lane + k * WARP) * N);
	uint8_t label[N];
	int part = lane % PARTS, mine = lane / PARTS; /* the first 16 lanes have a cell each: part N + mine */
	cells_load<N>(label, labels + patch_cell(&s, b, patch % patch_count(&s)), &s, part * N);
	int own_label = classes;
#pragma unroll
	for (int i = 0; i < N; i++) own_label = i == mine ? label[i] : own_label;
	float own = own_label < classes ? widen(in[own_label * CELLS + part * N + mine]) : 0;

	float x[PACKS][N], top[N], sum[N];
#pragma unroll
	for (int i = 0; i < N; i++) top[i] = -INFINITY;
#pragma unroll
	for (int k = 0; k < PACKS; k++)
#pragma unroll
		for (int i = 0; i < N; i++) {
			x[k][i] = lane + k * WARP < packs ? widen(raw[k].v[i]) : -INFINITY;
			top[i] = fmaxf(top[i], x[k][i]);
		}
#pragma unroll
	for (int i = 0; i < N; i++) {
#pragma unroll
		for (int apart = WARP / 2; apart >= PARTS; apart /= 2) top[i] = fmaxf(top[i], __shfl_xor_sync(0xffffffffu, top[i], apart));
		sum[i] = 0;
#pragma unroll
		for (int k = 0; k < PACKS; k++) sum[i] += x[k][i] = __expf(x[k][i] - top[i]);
#pragma unroll
		for (int apart = WARP / 2; apart >= PARTS; apart /= 2) sum[i] += __shfl_xor_sync(0xffffffffu, sum[i], apart);
	}

	float loss = 0;
#pragma unroll
	for (int i = 0; i < N; i++)
		if (i == mine && own_label < classes) loss = top[i] - own + logf(sum[i]);
	loss = warp_sum(loss); /* the lanes have read their own logits when they meet here: GRADIENT may be stored over them */
	float count = warp_sum(own_label < classes ? 1 : 0);
	if (lane == 0) patch_loss[patch] = make_float2(loss, count);
	if (!GRADIENT) return;
	__syncwarp();
	float w = weight[b];
#pragma unroll
	for (int i = 0; i < N; i++) sum[i] = label[i] < classes ? w / sum[i] : 0;
#pragma unroll
	for (int k = 0; k < PACKS; k++) {
		int p = lane + k * WARP;
		if (p >= packs) break;
		piece<T, N> gradient;
#pragma unroll
		for (int i = 0; i < N; i++) gradient.v[i] = narrow<T>(x[k][i] * sum[i] - (label[i] == p / PARTS ? w : 0));
		piece_store<N>(out + p * N, gradient);
	}
}

template <typename T, int VALUES>
static void entropies(struct device *d, float2 *patch_loss, act *dlogits, const act *logits, const uint8_t *labels, const uint8_t *mask,
                      const float *weight, int classes, const struct patch_shape *s) {
	dim3 grid((unsigned)ceil_div((int64_t)s->batch * patch_count(s), WARPS)), block(WARP * WARPS);
	if (dlogits)
		launch(d, entropy_patches<T, VALUES, true>, grid, block, 0, patch_loss, dlogits, logits, labels, mask, weight, classes, *s);
	else
		launch(d, entropy_patches<T, VALUES, false>, grid, block, 0, patch_loss, dlogits, logits, labels, mask, weight, classes, *s);
}

template <typename T>
static void cross_entropy(struct device *d, float *sample_loss, act *dlogits, const act *logits, const uint8_t *labels, const uint8_t *mask,
                          const float *weight, int classes, const struct patch_shape *s) {
	float2 *patch_loss = patch_losses(d, s);
	if (!patch_loss) return;
	/* registers for 2 VALUES classes: 32 (the instance ids' usual number), 144 (COCO's 133), and all that a label, a byte, can name */
	if (classes <= 2 * 16)
		entropies<T, 16>(d, patch_loss, dlogits, logits, labels, mask, weight, classes, s);
	else if (classes <= 2 * 72)
		entropies<T, 72>(d, patch_loss, dlogits, logits, labels, mask, weight, classes, s);
	else
		entropies<T, 128>(d, patch_loss, dlogits, logits, labels, mask, weight, classes, s);
	means(d, sample_loss, patch_loss, s);
}

void cross_entropy_cuda(struct device *d, float *sample_loss, act *dlogits, const act *logits, const uint8_t *labels, const uint8_t *mask,
                        const float *weight, int classes, const struct patch_shape *s) {
	ACT_TYPES(d, cross_entropy<T>(d, sample_loss, dlogits, logits, labels, mask, weight, classes, s));
}

/* ---- pixels ---- */

/* A block a patch, with as many warps as hold it in LANE_PIXELS values a thread: 1 for 16 x 16 pixels, 16 for the largest, 64 x 64. */
template <typename T, int N, bool GRADIENT>
static __global__ void __launch_bounds__(512) pixel_patches(float2 *patch_loss, T *dpred, const T *pred, const float *rgb, const uint8_t *mask,
                                                            const float *weight, bool norm_pix, struct patch_shape s) {
	constexpr int EACH = LANE_PIXELS / N;
	__shared__ float partial[WARP];
	int patch = (int)blockIdx.x, width = 3 * s.patch * s.patch, b = patch / patch_count(&s), step = (int)blockDim.x * N,
	    first = (int)threadIdx.x * N;
	int64_t at = (int64_t)patch * width;
	if (!mask[patch]) {
		for (int j = first; GRADIENT && j < width; j += step) piece_store<N>(dpred + at + j, piece<T, N>{});
		if (threadIdx.x == 0) patch_loss[patch] = make_float2(0, 0);
		return;
	}
	const float *pixels = rgb + patch_pixel(&s, b, patch % patch_count(&s), 0);
	piece<T, N> in[EACH] = {};
	piece<float, N> target[EACH] = {};
#pragma unroll
	for (int i = 0; i < EACH; i++) {
		int j = first + i * step;
		if (j >= width) break;
		in[i] = piece_load<N>(pred + at + j);
		target[i] = piece_load<N>(pixels + pixel_step(&s, j));
	}
	if (norm_pix) {
		float sum = 0, square = 0;
#pragma unroll
		for (int i = 0; i < EACH; i++)
#pragma unroll
			for (int k = 0; k < N; k++) sum += target[i].v[k]; /* zero behind the patch's end */
		float mean = block_sum(sum, partial) / (float)width;
#pragma unroll
		for (int i = 0; i < EACH; i++)
#pragma unroll
			for (int k = 0; k < N; k++) {
				target[i].v[k] = first + i * step < width ? target[i].v[k] - mean : 0;
				square += target[i].v[k] * target[i].v[k];
			}
		float scale = 1 / sqrtf(block_sum(square, partial) / (float)(width - 1) + NORM_PIX_EPSILON);
#pragma unroll
		for (int i = 0; i < EACH; i++)
#pragma unroll
			for (int k = 0; k < N; k++) target[i].v[k] *= scale;
	}
	float loss = 0, scale = GRADIENT ? 2 * weight[b] : 0;
#pragma unroll
	for (int i = 0; i < EACH; i++) {
#pragma unroll
		for (int k = 0; k < N; k++) {
			float difference = widen(in[i].v[k]) - target[i].v[k];
			loss += difference * difference;
			in[i].v[k] = narrow<T>(difference * scale);
		}
		if (GRADIENT && first + i * step < width) piece_store<N>(dpred + at + first + i * step, in[i]);
	}
	loss = block_sum(loss, partial);
	if (threadIdx.x == 0) patch_loss[patch] = make_float2(loss, (float)width);
}

template <typename T>
static void pixel_loss(struct device *d, float *sample_loss, act *dpred, const act *pred, const float *rgb, const uint8_t *mask, const float *weight,
                       bool norm_pix, const struct patch_shape *s) {
	float2 *patch_loss = patch_losses(d, s);
	if (!patch_loss) return;
	dim3 grid((unsigned)(s->batch * patch_count(s))), block((unsigned)ceil_div(3 * s->patch * s->patch, LANE_PIXELS * WARP) * WARP);
	PIECES(s->patch % PIXELS == 0, PIXELS,
	       if (dpred) launch(d, pixel_patches<T, N, true>, grid, block, 0, patch_loss, dpred, pred, rgb, mask, weight, norm_pix, *s);
	       else launch(d, pixel_patches<T, N, false>, grid, block, 0, patch_loss, dpred, pred, rgb, mask, weight, norm_pix, *s));
	means(d, sample_loss, patch_loss, s);
}

void pixel_loss_cuda(struct device *d, float *sample_loss, act *dpred, const act *pred, const float *rgb, const uint8_t *mask, const float *weight,
                     bool norm_pix, const struct patch_shape *s) {
	ACT_TYPES(d, pixel_loss<T>(d, sample_loss, dpred, pred, rgb, mask, weight, norm_pix, s));
}
