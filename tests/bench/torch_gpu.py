#!/usr/bin/env python3
"""Times PyTorch's training step of the same model on the GPU (forward, losses, backward, AdamW), for `make bench-gpu` to stand beside.

usage: torch_gpu.py [--json FILE] [--only PRESET:BATCH,..] [--modes eager,compile] [--weights autocast,bf16] [--steps N] [--device cuda|cpu]
       torch_gpu.py --check [PROGRAM]      the step's loss and gradients against the readable reference, and PROGRAM's (build/c2f) trace, on the CPU

Written to be fast, and PyTorch is given what it can use: bf16, F.scaled_dot_product_attention, fused AdamW, torch.compile (of the loss; autograd
traces its backward), no synchronisation within a step, every shape static. Visible patches alone are embedded; heads and losses see masked patches
alone (ours predicts all). What depends on the masks alone (indices, counts of labelled cells) is made before the clock starts, as is the
normalisation of pixels; ours does the latter, and the upload of the next batch, within the step.
Two ways to compute in bf16: "autocast" (fp32 weights, cast by torch.autocast), and "bf16" (weights, activations and gradients of weights in bf16;
AdamW on an fp32 copy). A line a combination: the median over windows of CUDA events. Needs torch 2 for fused attention and compile: what an older one
lacks is skipped by name.
"""
import argparse
import json
import os
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "reference"))
sys.dont_write_bytecode = True

import torch
import torch.nn.functional as F

import c2fmae

STEPS = [(preset, batch) for preset in ("small", "base", "large") for batch in (64, 256, 1024, 2048)]
WINDOWS, WARM = 5, 4


# ---- the step ----

def make_batch(c, batch):
	"""Random inputs, and masks with exactly V visible tokens a sample, as tests/bench/workload.c's."""
	generator = torch.Generator().manual_seed(1)
	cells, tokens = c.side * 4, len(c.tokens)
	inputs = {"rgb": torch.randn(batch, 3, c.image_size, c.image_size, generator=generator),
	          "instance": torch.randint(0, c.instances, (batch, cells, cells), generator=generator),
	          "semseg": torch.randint(0, c.classes, (batch, cells, cells), generator=generator)}
	order = torch.rand(batch, tokens * c.patches, generator=generator).argsort(1)
	masked = torch.ones(batch, tokens * c.patches, dtype=torch.int64).scatter(1, order[:, : c.visible], 0)
	return inputs, dict(zip(c.tokens, masked.chunk(tokens, 1)))


def make_indices(c, inputs, masks, dtype=torch.float32):
	"""Everything that the masks and the labels' presence decide: {name: tensor}."""
	out = {}
	visible = torch.cat([masks[g] == 0 for g in c.tokens], dim=1)
	out["slot"] = visible.flatten().nonzero()[:, 0]                        # places of visible tokens in Z, by sample
	index = {g: (masks[g] == 0).flatten().nonzero()[:, 0] for g in c.tokens}
	sample = torch.cat([index[g] // c.patches for g in c.tokens])
	out["order"] = torch.sort(sample, stable=True).indices                # packed rows, granularity by granularity, to samples
	for g in c.tokens:
		out["visible." + g] = index[g]
		rows = masks[g].flatten().nonzero()[:, 0]
		out["masked." + g] = rows
		of = rows // c.patches
		if g == "rgb":
			count = masks[g].sum(1)
		else:
			wanted = c2fmae.patchify(inputs[g][:, None], c.side).flatten(0, 1)[rows].flatten(1)
			count = torch.zeros(len(masks[g]), dtype=torch.int64).index_add(0, of, (wanted < c.labels(g)).sum(1))
		scale = (count > 0).to(dtype) / (count.clamp(min=1) * (count > 0).sum().clamp(min=1))
		out["scale." + g] = scale[of]
	return out


def fused_attention(q, k, v, heads):
	q, k, v = (c2fmae.split_heads(x, heads) for x in (q, k, v))
	return F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2), None


class GpuC2FMAE(c2fmae.C2FMAE):
	"""The reference's parameters and blocks; embedding, sequence and losses by indices, so that no shape depends on data."""

	def rows(self, g, maps, index):
		"""Tokens of the visible patches INDEX of granularity G [n, D]."""
		adapter, n = self.input_adapters[g], self.c.patches
		if g == "rgb":
			embedded = c2fmae.patchify(maps, self.c.side).flatten(0, 1).index_select(0, index).to(adapter.proj.weight.dtype)
		else:
			labels = c2fmae.patchify(maps[:, None], self.c.side).flatten(0, 1).index_select(0, index)[:, 0]
			table = torch.cat([adapter.class_emb.weight[: adapter.labels], adapter.class_emb.weight.new_zeros(1, c2fmae.CLASS_WIDTH)])
			embedded = F.embedding(labels.clamp(max=adapter.labels), table).permute(0, 3, 1, 2)
		return adapter.proj(embedded) + adapter.pos_emb.index_select(0, index % n)

	def step_loss(self, inputs, i):
		c, b = self.c, len(inputs["rgb"])
		rows = torch.cat([self.rows(g, inputs[g], i["visible." + g]) for g in c.tokens])
		x = rows.index_select(0, i["order"]).reshape(b, -1, c.width)
		x = torch.cat([x, self.global_tokens.to(x.dtype).expand(b, -1, -1)], dim=1)
		for block in self.encoder:
			x = block(x)
		outputs = self.cascade(x, i["slot"])
		weights = dict(zip(c2fmae.CASCADE_ORDER, c.loss_weights))
		return sum(weights[g] * self.masked_loss(g, outputs[g], inputs[g], i) for g in c.stages)

	def cascade(self, encoded, slot):
		"""As Decoder.stage_outputs, with the sequence filled by index."""
		d, b = self.decoder, len(encoded)
		context = d.proj_context(encoded[:, :-1])
		z = d.mask_token.to(context.dtype).expand(b, len(self.c.tokens) * self.c.patches, -1).flatten(0, 1)
		z = z.index_copy(0, slot, context.flatten(0, 1)).reshape(b, -1, self.c.decoder_width)
		z = z + torch.cat([d.pos_emb + d.task_embeddings[g][0] for g in self.c.tokens]).to(z.dtype)
		n, outputs = self.c.patches, {}
		for g in self.c.stages:
			kv = z
			if self.c.decoder == "cascade":
				for h in list(outputs) if self.c.cascade == "cumulative" else list(outputs)[-1:]:
					at = self.c.tokens.index(h) * n
					kv = kv + F.pad(outputs[h], (0, 0, at, z.shape[1] - at - n))
			at = self.c.tokens.index(g) * n
			outputs[g] = d.stages[g](z[:, at : at + n], kv)
		return outputs

	def masked_loss(self, g, output, target, i):
		rows = i["masked." + g]
		prediction = self.decoder.stages[g].head(output.flatten(0, 1).index_select(0, rows))     # [m, out]
		wanted = c2fmae.patchify(target if g == "rgb" else target[:, None], self.c.side).flatten(0, 1).index_select(0, rows).flatten(1)
		scale = i["scale." + g]
		prediction = prediction.to(scale.dtype)
		if g == "rgb":
			return (F.mse_loss(prediction, wanted.to(scale.dtype), reduction="none").mean(1) * scale).sum()
		logits = prediction.reshape(len(rows), self.c.labels(g), -1)
		errors = F.cross_entropy(logits, wanted, reduction="none", ignore_index=self.c.classes if g == "semseg" else -100)
		return (errors.sum(1) * scale).sum()


def make_optimizer(parameters, device):
	matrices = [p for p in parameters if p.squeeze().dim() > 1]
	rest = [p for p in parameters if p.squeeze().dim() <= 1]
	groups = [dict(params=matrices, weight_decay=0.05), dict(params=rest, weight_decay=0.0)]
	try:
		return torch.optim.AdamW(groups, lr=1e-4, betas=(0.9, 0.95), fused=device == "cuda", **({} if device == "cuda" else {"foreach": True}))
	except TypeError:  # torch 1
		return torch.optim.AdamW(groups, lr=1e-4, betas=(0.9, 0.95), foreach=True)


def make_step(preset, batch, mode, weights, device):
	torch.manual_seed(1)
	if hasattr(F, "scaled_dot_product_attention"):
		c2fmae.attend = fused_attention
	c = c2fmae.config(preset)
	model = GpuC2FMAE(c).to(device)
	inputs, masks = make_batch(c, batch)
	indices = {k: v.to(device) for k, v in make_indices(c, inputs, masks).items()}
	inputs = {k: v.to(device) for k, v in inputs.items()}
	master = None
	if weights == "bf16":
		master = [p.detach().clone() for p in model.parameters()]
		model = model.bfloat16()
		inputs["rgb"] = inputs["rgb"].bfloat16()
	own = list(model.parameters())
	optimizer = make_optimizer(master or own, device)
	loss_of = torch.compile(model.step_loss) if mode == "compile" else model.step_loss

	def step():
		if master is None:
			optimizer.zero_grad(set_to_none=True)
			with torch.autocast(device, dtype=torch.bfloat16):
				loss = loss_of(inputs, indices)
			loss.backward()
			optimizer.step()
			return loss
		loss = loss_of(inputs, indices)
		for p in own:
			p.grad = None
		loss.backward()
		for m, p in zip(master, own):
			m.grad = p.grad.float()
		optimizer.step()
		with torch.no_grad():
			if hasattr(torch, "_foreach_copy_"):
				torch._foreach_copy_(own, master)
			else:
				for m, p in zip(master, own):
					p.copy_(m)
		return loss

	return step


# ---- the clock ----

def window_ms(step, steps, device):
	if device != "cuda":
		start = time.perf_counter()
		for _ in range(steps):
			step()
		return 1e3 * (time.perf_counter() - start) / steps
	start, stop = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
	start.record()
	for _ in range(steps):
		step()
	stop.record()
	stop.synchronize()
	return start.elapsed_time(stop) / steps


def measure(preset, batch, mode, weights, arguments):
	device = arguments.device
	row = dict(bench="torch", preset=preset, batch=batch, mode=mode, weights=weights, torch=torch.__version__)
	try:
		step = make_step(preset, batch, mode, weights, device)
		for _ in range(WARM):
			loss = float(step())
		steps = arguments.steps or max(1, int(500 / window_ms(step, 1, device)))
		ms = statistics.median(window_ms(step, steps, device) for _ in range(WINDOWS))
		assert loss == loss, "the loss is not a number"
		row.update(ms=round(ms, 4), images_s=round(1e3 * batch / ms, 1), loss=round(loss, 4))
		if device == "cuda":
			row.update(memory_gb=round(torch.cuda.max_memory_allocated() / 1e9, 2))
	except (RuntimeError, AssertionError) as error:  # out of memory is a RuntimeError
		row.update(skipped=str(error).split("\n")[0][:200])
	if device == "cuda":
		step = None
		torch.cuda.empty_cache()
		torch.cuda.reset_peak_memory_stats()
		if mode == "compile":
			torch._dynamo.reset()
	return row


def show(row):
	if "skipped" in row:
		text = "skipped: " + row["skipped"]
	else:
		text = "%9.2f %9.0f   loss %.4f" % (row["ms"], row["images_s"], row["loss"])
	print("torch %-12s %-6s %5d %-8s %-9s %s" % (torch.__version__, row["preset"], row["batch"], row["mode"], row["weights"], text), flush=True)


# ---- the check ----

def gradients_apart(a, b):
	return max(float((x - y).norm() / y.norm()) if float(y.norm()) else float(x.norm()) for x, y in zip(a, b))


def check_reference():
	"""In float64, against the readable model."""
	torch.manual_seed(1)
	c = c2fmae.config("tiny")
	model = GpuC2FMAE(c).double()
	inputs, masks = make_batch(c, 3)
	inputs["rgb"] = inputs["rgb"].double()
	inputs["semseg"][1] = c.classes  # a sample without a label
	losses = model.step_loss(inputs, make_indices(c, inputs, masks, torch.float64)), model(inputs, masks)[2]["total"]
	fast, slow = (torch.autograd.grad(loss, list(model.parameters())) for loss in losses)
	apart = gradients_apart(fast, slow)
	print("reference: loss %.9f and %.9f, worst gradient %.1e apart" % (losses[0].item(), losses[1].item(), apart))
	return apart < 1e-9 and abs(losses[0].item() - losses[1].item()) < 1e-9


def check_program(program):
	"""In float32, against the program's trace of the same weights and batch."""
	import subprocess
	import tempfile

	import numpy as np

	import check
	import safetensors
	torch.manual_seed(2)
	c = c2fmae.config("tiny")
	model = GpuC2FMAE(c)
	check.random_weights(model, "trained", torch.Generator().manual_seed(2))
	inputs, masks = make_batch(c, 3)
	with tempfile.TemporaryDirectory() as folder:
		files = {f: os.path.join(folder, f + ".safetensors") for f in "WBO"}
		safetensors.write(files["W"], {k: p.detach().numpy() for k, p in model.named_parameters()})
		batch = {g: x.numpy().astype(np.float32 if g == "rgb" else np.int32) for g, x in inputs.items()}
		safetensors.write(files["B"], {**batch, **{"mask." + g: m.numpy().astype(np.int32) for g, m in masks.items()}})
		settings = "set preset=tiny classes=%d instances=%d device=cpu" % (c.classes, c.instances)
		script = "%s; load %s; trace %s %s grads" % (settings, files["W"], files["B"], files["O"])
		subprocess.run([program, "-c", script], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
		traced = {k: np.array(v) for k, v in safetensors.read(files["O"]).items()}
	loss = model.step_loss(inputs, make_indices(c, inputs, masks))
	loss.backward()
	apart = gradients_apart([torch.from_numpy(traced["grad." + name]) for name, _ in model.named_parameters()], [p.grad for p in model.parameters()])
	print("program: loss %.6f and %.6f, worst gradient %.1e apart" % (loss.item(), float(traced["loss.total"][0]), apart))
	return apart < 1e-4 and abs(loss.item() / float(traced["loss.total"][0]) - 1) < 1e-5


def main():
	parser = argparse.ArgumentParser()
	parser.add_argument("program", nargs="?")
	parser.add_argument("--check", action="store_true")
	parser.add_argument("--json", help="a line a combination is appended to this file")
	parser.add_argument("--only", help="preset:batch,...")
	parser.add_argument("--modes", default="eager,compile")
	parser.add_argument("--weights", default="autocast,bf16")
	parser.add_argument("--steps", type=int, default=0, help="a window's; 0: half a second of them")
	parser.add_argument("--device", default="cuda")
	arguments = parser.parse_args()
	if arguments.check:
		ok = check_reference()
		sys.exit(not ((check_program(arguments.program) if arguments.program else True) and ok))
	if arguments.device == "cuda" and not torch.cuda.is_available():
		print("skipped: PyTorch %s finds no GPU" % torch.__version__)
		sys.exit(77)
	torch.backends.cuda.matmul.allow_tf32 = True
	modes = [m for m in arguments.modes.split(",") if m != "compile" or hasattr(torch, "compile")]
	if "compile" in arguments.modes and "compile" not in modes:
		print("skipped compile: PyTorch %s has no torch.compile" % torch.__version__)
	if not hasattr(F, "scaled_dot_product_attention"):
		print("skipped fused attention: PyTorch %s has none; its plain form is timed" % torch.__version__)
	steps = [(p, int(b)) for p, b in (w.split(":") for w in arguments.only.split(","))] if arguments.only else STEPS
	for preset, batch in steps:
		for mode in modes:
			for weights in arguments.weights.split(","):
				row = measure(preset, batch, mode, weights, arguments)
				show(row)
				if arguments.json:
					with open(arguments.json, "a") as out:
						out.write(json.dumps(row, separators=(",", ":")) + "\n")


if __name__ == "__main__":
	main()
