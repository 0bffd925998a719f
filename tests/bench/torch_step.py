#!/usr/bin/env python3
"""Times PyTorch's training step (forward, losses, backward, AdamW) of the same model on this machine, for `make bench` to stand beside.

usage: torch_step.py PRESET BATCH THREADS STEPS      one line: ms/step, images/s (best and median of STEPS, after 2 to warm up)
       torch_step.py --sgemm THREADS                 PyTorch's own float32 matmul, GFLOP/s
       torch_step.py --profile PRESET BATCH THREADS  where the time goes
       torch_step.py --check                         the shortcuts here give the reference's loss and gradients

Eager float32 PyTorch, written to be fast: visible patches alone are embedded, the heads and losses see masked patches alone, attention is
torch 2's fused one where there is one, AdamW is the multi-tensor one. It uses whatever BLAS the system gives PyTorch, and names it, for that
decides: on 2 cores Debian's PyTorch makes 6 GFLOP/s with the plain libblas3 and 200 with OpenBLAS, whose pthread variant (libopenblas0's
choice) then fights PyTorch's OpenMP threads for the cores: tiny's step takes twice as long as with libopenblas0-openmp.
"""
import os
import sys
import time

WORDS = [a for a in sys.argv[1:] if not a.startswith("--")]
FLAGS = [a for a in sys.argv[1:] if a.startswith("--")]
THREADS = int(WORDS[0] if "--sgemm" in FLAGS and WORDS else WORDS[2] if len(WORDS) > 2 else os.cpu_count())
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
	os.environ[variable] = str(THREADS)  # before the libraries are loaded
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "reference"))
sys.dont_write_bytecode = True

import torch
import torch.nn.functional as F

import c2fmae

LEARNING_RATE = 1e-4


def fused_attention(q, k, v, heads):
	q, k, v = (c2fmae.split_heads(x, heads) for x in (q, k, v))
	return F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2), None


class FastC2FMAE(c2fmae.C2FMAE):
	def step_loss(self, inputs, masks):
		visible = torch.cat([masks[g] == 0 for g in self.c.tokens], dim=1)
		outputs = self.decoder.stage_outputs(self.encode(inputs, visible), visible)
		weights = dict(zip(c2fmae.CASCADE_ORDER, self.c.loss_weights))
		return sum(weights[g] * self.masked_loss(g, outputs[g], inputs[g], masks[g] != 0) for g in self.c.stages)

	def masked_loss(self, g, output, target, masked):
		"""output D_g [B, N, d]; the mean over masked valid entries of a sample, then over samples."""
		prediction = self.decoder.stages[g].head(output[masked])                  # [m, out]
		wanted = c2fmae.patchify(target if g == "rgb" else target[:, None], self.c.side)[masked].flatten(1)
		if g == "rgb":
			errors = F.mse_loss(prediction, wanted, reduction="none").mean(1)       # [m]
			counts = masked.sum(1).to(errors.dtype)
		else:
			logits = prediction.reshape(len(prediction), self.c.labels(g), -1)
			errors = F.cross_entropy(logits, wanted, reduction="none", ignore_index=self.c.classes if g == "semseg" else -100).sum(1)
			known = (wanted < self.c.labels(g)).sum(1)
			counts = torch.zeros(masked.shape[0], dtype=torch.int64).index_add(0, masked.nonzero()[:, 0], known).to(errors.dtype)
		scale = (counts > 0) / (counts.clamp(min=1) * (counts > 0).sum().clamp(min=1))
		return (errors * scale[masked.nonzero()[:, 0]]).sum()


def make_batch(c, batch):
	generator = torch.Generator().manual_seed(1)
	cells, tokens = c.side * 4, len(c.tokens)
	inputs = {"rgb": torch.randn(batch, 3, c.image_size, c.image_size, generator=generator),
	          "instance": torch.randint(0, c.instances, (batch, cells, cells), generator=generator),
	          "semseg": torch.randint(0, c.classes + 1, (batch, cells, cells), generator=generator)}
	order = torch.rand(batch, tokens * c.patches, generator=generator).argsort(1)
	masked = torch.ones(batch, tokens * c.patches, dtype=torch.int64).scatter(1, order[:, : c.visible], 0)
	return inputs, dict(zip(c.tokens, masked.chunk(tokens, 1)))


def make_step(preset, batch):
	torch.manual_seed(1)
	if hasattr(F, "scaled_dot_product_attention"):
		c2fmae.attend = fused_attention
	c = c2fmae.config(preset)
	model = FastC2FMAE(c)
	matrices = [p for p in model.parameters() if p.squeeze().dim() > 1]
	rest = [p for p in model.parameters() if p.squeeze().dim() <= 1]
	groups = [dict(params=matrices, weight_decay=0.05), dict(params=rest, weight_decay=0.0)]
	optimizer = torch.optim.AdamW(groups, lr=LEARNING_RATE, betas=(0.9, 0.95), foreach=True)
	inputs, masks = make_batch(c, batch)

	def step():
		optimizer.zero_grad(set_to_none=True)
		loss = model.step_loss(inputs, masks)
		loss.backward()
		optimizer.step()
		return float(loss.detach())

	return model, step


def check():
	"""Loss and gradients of the fast step against the readable model's, on tiny."""
	torch.manual_seed(1)
	c = c2fmae.config("tiny")
	model, (inputs, masks) = FastC2FMAE(c).double(), make_batch(c, 3)
	inputs["rgb"] = inputs["rgb"].double()
	inputs["semseg"][1] = c.classes  # a sample without a label
	losses = model.step_loss(inputs, masks), model(inputs, masks)[2]["total"]
	fast, slow = (torch.autograd.grad(loss, list(model.parameters())) for loss in losses)
	worst = max(float((f - s).norm() / s.norm()) for f, s in zip(fast, slow))
	print("loss %.9f and %.9f, worst gradient %.1e apart" % (losses[0].item(), losses[1].item(), worst))
	sys.exit(not (worst < 1e-9 and abs(losses[0].item() - losses[1].item()) < 1e-9))


def blas():
	"""Where matmuls land: MKL inside PyTorch's own wheels, else the file behind libblas.so.3."""
	if torch.backends.mkl.is_available():
		return "MKL"
	with open("/proc/self/maps") as f:
		files = {os.path.realpath(line.split()[-1]) for line in f if "/libblas" in line}
	return " ".join("/".join(f.split("/")[-2:]) for f in files) or "its own"


def sgemm():
	best = 0.0
	for n in (1024, 2048):
		a, b = torch.randn(n, n), torch.randn(n, n)
		for _ in range(10):
			start = time.perf_counter()
			a @ b
			best = max(best, 2e-9 * n ** 3 / (time.perf_counter() - start))
			if best < 20 and n == 1024:
				break  # a plain BLAS: once is enough to know
		if best < 20:
			break
	print("torch %s sgemm %d threads: %.0f GFLOP/s (%s)" % (torch.__version__, THREADS, best, blas()))


def main():
	torch.set_num_threads(THREADS)
	if "--sgemm" in FLAGS:
		return sgemm()
	if "--check" in FLAGS:
		return check()
	preset, batch = WORDS[0], int(WORDS[1])
	_, step = make_step(preset, batch)
	if "--profile" in FLAGS:
		step()
		with torch.profiler.profile() as profile:
			step()
		print(profile.key_averages().table(sort_by="self_cpu_time_total", row_limit=25))
		return None
	times = []
	for i in range(2 + int(WORDS[3])):
		start = time.perf_counter()
		loss = step()
		times.append(time.perf_counter() - start)
	assert loss == loss, "the loss is not a number"
	times = sorted(times[2:])
	best, median = times[0], times[len(times) // 2]
	print("torch %s %s batch %d %d threads: %.1f ms/step %.2f images/s (median %.1f ms; %s)" %
	      (torch.__version__, preset, batch, THREADS, 1e3 * best, batch / best, 1e3 * median, blas()))
	return None


if __name__ == "__main__":
	main()
