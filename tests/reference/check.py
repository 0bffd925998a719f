#!/usr/bin/env python3
"""Compares the program's `trace` with the PyTorch reference on random weights, batches and masks: every output, every gradient.

usage: check.py build/c2f [--presets tiny,small,base] [--seed N] [--rounds N] [--cases NAME,..] [--threads N] [--keep DIR]
       check.py --self-test

Each case is one call of the program: set options; load; trace with gradients. For every tensor the relative L2 distance of the program's
float32 to float64 PyTorch is taken, and beside it float32 PyTorch's own, so that a difference says whose error it is. Printed per
case: the worst outputs and gradients. Exit status 1 if one is above 1e-4 (the aim is 1e-5).
"""
import argparse
import os
import subprocess
import sys
import tempfile

import numpy as np
import torch

import c2fmae
import safetensors

LIMIT, AIM = 1e-4, 1e-5

# What a case adds to `set`, how its visible tokens fall, how its cells are labelled, how its weights are drawn.
TINY_CASES = {
	"random counts": dict(),
	"even counts": dict(visible_in="even"),
	"all in rgb": dict(visible_in="rgb"),
	"all in instance": dict(visible_in="instance"),
	"all in semseg": dict(visible_in="semseg"),
	"each in one": dict(visible_in="each"),
	"sample unlabelled": dict(unlabelled="one"),
	"batch unlabelled": dict(unlabelled="all"),
	"rgb complete": dict(visible=64, visible_in="rgb"),
	"one visible": dict(visible=1),
	"one masked": dict(visible=191),
	"batch 1": dict(batch=1),
	"batch 7": dict(batch=7),
	"initial weights": dict(weights="initial"),
	"large weights": dict(weights="large"),
	"shifted weights": dict(weights="shifted"),
	"positions in the file": dict(positions=True),
	"parallel": dict(options=dict(decoder="parallel")),
	"cumulative": dict(options=dict(cascade="cumulative")),
	"no cross-attention": dict(options=dict(cross_attention="off")),
	"order R,I,S": dict(options=dict(stage_order="R,I,S")),
	"order R,I,S cumulative": dict(options=dict(stage_order="R,I,S", cascade="cumulative")),
	"order I,S,R": dict(options=dict(stage_order="I,S,R")),
	"rgb alone": dict(options=dict(granularities="rgb"), visible=16),
	"rgb, semseg": dict(options=dict(granularities="rgb,semseg"), visible=21),
	"rgb, instance": dict(options=dict(granularities="rgb,instance"), visible=21),
	"norm_pix": dict(options=dict(norm_pix="on")),
	"loss weights": dict(options=dict(loss_weights="0.5,0,3")),
	"other label counts": dict(options=dict(classes="21", instances="9")),
	"visible 49": dict(visible=49),
}
LARGER_CASES = {
	"random counts": dict(),
	"all in rgb": dict(visible_in="rgb"),
	"each in one": dict(visible_in="each", batch=3),
	"sample unlabelled": dict(unlabelled="one", visible=147),
	"batch unlabelled": dict(unlabelled="all"),
	"shifted weights": dict(weights="shifted"),
	"parallel, norm_pix": dict(options=dict(decoder="parallel", norm_pix="on")),
	"visible 196": dict(visible=196),
}


def random_weights(model, style, generator):
	"""Replaces every weight. "initial": the specification's draw; "trained": that, disturbed so that no bias, gain or token is trivial;
	"large": twice as far out; "shifted": biases that shift all scores of a query, all logits of a cell, all entries of a row, far
	beyond exp's range or zero, which softmax and LayerNorm must not notice."""
	for name, p in model.named_parameters():
		with torch.no_grad():
			if style == "initial":
				continue
			stretch = 2 if style == "large" else 1
			noise = torch.randn(p.shape, generator=generator)
			if p.dim() >= 2 and name.endswith("weight"):
				inputs = p.flatten(1).shape[1]
				p.copy_(noise * (stretch if "class_emb" in name else 0.8 * stretch / inputs ** 0.5))
			else:
				p.copy_((1 if "norm" in name and name.endswith("weight") else 0) + 0.1 * stretch * noise)
			if style == "shifted":
				shift(name, p, generator)
			if name == "input_adapters.semseg.class_emb.weight":
				p[-1] = 0


def shift(name, p, generator):
	if name.endswith("qkv.bias") or name.endswith("kv.bias"):
		keys = p.chunk(3)[1] if name.endswith("qkv.bias") else p.chunk(2)[0]
		keys += 60 * torch.randn(keys.shape, generator=generator)
	elif name in ("decoder.stages.semseg.head.bias", "decoder.stages.instance.head.bias"):
		p += 150 if "semseg" in name else -150
	elif name == "global_tokens" or name.endswith("proj.bias") and name.startswith("input_adapters"):
		p += 30


def random_masks(c, batch, visible, visible_in, rng):
	"""{granularity: int32 [batch, N]}, VISIBLE zeros in every sample."""
	tokens, n = c.tokens, c.patches
	masked = np.ones((batch, len(tokens), n), np.int32)
	for b in range(batch):
		if visible_in == "even":
			counts = [visible // len(tokens) + (i < visible % len(tokens)) for i in range(len(tokens))]
		elif visible_in == "each":
			counts = [visible * (i == b % len(tokens)) for i in range(len(tokens))]
		elif visible_in != "any":
			counts = [visible * (g == visible_in) for g in tokens]
		else:  # Dirichlet shares; what doesn't fit goes to the next
			counts = rng.multinomial(visible, rng.dirichlet(np.ones(len(tokens))))
			while max(counts) > n:
				i = int(np.argmax(counts))
				counts[(i + 1) % len(tokens)] += counts[i] - n
				counts[i] = n
		for t, count in enumerate(counts):
			masked[b, t, rng.permutation(n)[:count]] = 0
	return {g: masked[:, tokens.index(g)] if g in tokens else np.ones((batch, n), np.int32) for g in c2fmae.CASCADE_ORDER}


def random_labels(batch, cells, labels, rng):
	"""Blobs and noise: rectangles of one label over cells of random ones."""
	maps = rng.integers(0, labels, (batch, cells, cells), dtype=np.int32)
	for b in range(batch):
		for _ in range(12):
			y, x = rng.integers(0, cells, 2)
			maps[b, y : y + rng.integers(2, cells), x : x + rng.integers(2, cells)] = rng.integers(0, labels)
	return maps


def random_batch(c, case, rng):
	batch, cells = case.get("batch", 3), c.side * 4
	semseg = random_labels(batch, cells, c.classes + 1, rng)  # label C: unlabelled
	if case.get("unlabelled") == "all":
		semseg[:] = c.classes
	elif case.get("unlabelled") == "one":
		semseg[batch // 2] = 255
	inputs = {"rgb": rng.standard_normal((batch, 3, c.image_size, c.image_size)).astype(np.float32),
	          "instance": random_labels(batch, cells, c.instances, rng), "semseg": semseg}
	return inputs, random_masks(c, batch, case.get("visible", c.visible), case.get("visible_in", "any"), rng)


def evaluate(model, inputs, masks, dtype):
	"""{trace's name: float64 array}."""
	model = model.to(dtype)
	model.zero_grad(set_to_none=True)
	tensors = {g: torch.from_numpy(x).to(dtype if g == "rgb" else torch.int64) for g, x in inputs.items()}
	encoded, predictions, losses = model(tensors, {g: torch.from_numpy(x) for g, x in masks.items()})
	losses["total"].backward()
	out = {"encoded": encoded}
	out.update({"pred." + g: x for g, x in predictions.items()})
	out.update({"loss." + g: x.reshape(1) for g, x in losses.items()})
	out.update({"grad." + name: g for name, g in c2fmae.gradients(model).items()})
	return {name: x.detach().double().numpy().copy() for name, x in out.items()}


def distance(got, want):
	"""Relative L2; infinite where something is missing, misshapen, not a number, or not zero where the truth is zero."""
	if got is None or got.size != want.size or not np.isfinite(got).all():
		return float("inf")
	error, size = np.linalg.norm(got.astype(np.float64).ravel() - want.ravel()), np.linalg.norm(want)
	return float(error / size) if size > 0 else float("inf") if error > 0 else 0.0


def compare(program, truth, single):
	"""[(error of the program, error of float32 PyTorch, tensor)], worst first, and sentences about names."""
	rows, complaints = [], []
	for name, want in truth.items():
		got = program.get(name)
		if got is not None and tuple(got.shape) != want.shape:
			complaints.append("%s has shape %s, not %s" % (name, list(got.shape), list(want.shape)))
		rows.append((distance(got, want), distance(single[name], want), name))
	for name, got in program.items():
		if name not in truth and got.any():
			complaints.append("%s is not zero, and unknown to the reference" % name)
	return sorted(rows, reverse=True), complaints


def run_program(program, script):
	done = subprocess.run([program, "-c", script], capture_output=True, text=True, stdin=subprocess.DEVNULL)
	if done.returncode != 0:
		raise RuntimeError("%s -c '%s' ended with %d: %s" % (program, script, done.returncode, (done.stdout + done.stderr).strip()))


def run_case(arguments, preset, name, case, seed, folder):
	"""True if every tensor is within LIMIT."""
	options = {"classes": "133", "instances": "32", **case.get("options", {})}
	c = c2fmae.config(preset, **{k: int(v) if k in ("classes", "instances") else v for k, v in options.items()})
	rng, generator = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
	torch.manual_seed(seed)
	model = c2fmae.C2FMAE(c)
	random_weights(model, case.get("weights", "trained"), generator)
	weights = {k: p.detach().numpy() for k, p in model.named_parameters()}
	if case.get("positions"):
		for g in c.tokens:
			shape = model.input_adapters[g].pos_emb.shape
			model.input_adapters[g].pos_emb.copy_(torch.randn(shape, generator=generator))
			# MultiMAE's file layout: [1, D, rows, columns]
			weights["input_adapters.%s.pos_emb" % g] = model.input_adapters[g].pos_emb.T.reshape(1, c.width, c.side, c.side).numpy()
	inputs, masks = random_batch(c, case, rng)
	files = {f: os.path.join(folder, f + ".safetensors") for f in "WBO"}
	safetensors.write(files["W"], weights)
	safetensors.write(files["B"], {**inputs, **{"mask." + g: m for g, m in masks.items()}})
	single = evaluate(model, inputs, masks, torch.float32)
	truth = evaluate(model, inputs, masks, torch.float64)
	settings = " ".join("%s=%s" % item for item in {"preset": preset, **options, "device": "cpu"}.items())
	if arguments.threads:
		settings += " threads=%d" % arguments.threads
	run_program(arguments.program, 'set %s; load "%s"; trace "%s" "%s" grads' % (settings, files["W"], files["B"], files["O"]))
	rows, complaints = compare(safetensors.read(files["O"]), truth, single)
	ok = not complaints and all(error <= LIMIT for error, _, _ in rows)
	for kind in ("grad.", ""):
		rest = [r for r in rows if r[2].startswith("grad.") == (kind == "grad.")]
		if rest:
			line = "%-6s %-24s %-9s worst %.1e (PyTorch float32 %.1e) %s" % (preset, name, "gradients" if kind else "outputs", *rest[0])
			print(line + ("" if rest[0][0] <= AIM else "  ABOVE 1e-5" if rest[0][0] <= LIMIT else "  FAILED"), flush=True)
	for error, own, tensor in rows:
		if not error <= LIMIT:
			print("       %s: %.2e (PyTorch float32 %.2e)" % (tensor, error, own))
	for complaint in complaints:
		print("       " + complaint)
	return ok


def self_test():
	"""The comparison must see what it is there to see."""
	x = np.random.default_rng(0).standard_normal((5, 7))
	assert distance(x, x) == 0
	for broken in (np.where(np.arange(35).reshape(5, 7) == 3, np.nan, x), np.roll(x, 1), x[:4], None, x * (1 + 2e-4)):
		assert not distance(broken, x) <= LIMIT
	y = x.copy()
	y[0, 0] = -y[0, 0]
	assert not distance(y, x) <= LIMIT
	assert not distance(x, 0 * x) <= LIMIT and distance(0 * x, 0 * x) == 0
	truth = {"a": x}
	assert compare({"a": x}, truth, truth) == ([(0.0, 0.0, "a")], [])
	assert compare({"a": x, "b": x}, truth, truth)[1] and compare({"a": x.T}, truth, truth)[1]
	assert compare({}, truth, truth)[0][0][0] == float("inf")
	print("self-test passed")


def main():
	parser = argparse.ArgumentParser()
	parser.add_argument("program", nargs="?")
	parser.add_argument("--presets", default="tiny,small,base")
	parser.add_argument("--seed", type=int, default=1)
	parser.add_argument("--rounds", type=int, default=1, help="repeat with other seeds")
	parser.add_argument("--cases", help="only those whose name contains one of these words")
	parser.add_argument("--threads", type=int, default=0, help="the program's; PyTorch's come from OMP_NUM_THREADS")
	parser.add_argument("--keep", help="leave the last case's W, B, O.safetensors in this folder")
	parser.add_argument("--self-test", action="store_true")
	arguments = parser.parse_args()
	if arguments.self_test or not arguments.program:
		return self_test()
	failed = run = 0
	with tempfile.TemporaryDirectory() as temporary:
		folder = arguments.keep or temporary
		os.makedirs(folder, exist_ok=True)
		for round_ in range(arguments.rounds):
			for preset in arguments.presets.split(","):
				for i, (name, case) in enumerate((TINY_CASES if preset == "tiny" else LARGER_CASES).items()):
					if arguments.cases and not any(word in name for word in arguments.cases.split(",")):
						continue
					if preset in ("base", "large"):
						case = {"batch": 2, **case}
					try:
						ok = run_case(arguments, preset, name, case, 1000 * (arguments.seed + round_) + i, folder)
					except RuntimeError as error:
						print("%-6s %-24s FAILED %s" % (preset, name, error), flush=True)
						ok = False
					run += 1
					failed += not ok
	print("%d cases, %d failed" % (run, failed))
	sys.exit(failed > 0)


if __name__ == "__main__":
	main()
