#!/usr/bin/env python3
"""Writes tests/golden/model/*.tsv, which tests/unit/golden_test.c compares the engine with: float64 results of the reference.

usage: golden.py            writes them all
       golden.py NAME...    writes these
       golden.py --noise    writes nothing; prints how far float32 PyTorch stays from float64, per case: the noise that the test's tolerances stand above

A file's first line is its case; every other line a tensor:
name, count, L2 norm, 4 sums under random signs (hashed.probes), 3 entries. The weights and the batch come from formulas (hashed.py).
"""
import os
import sys

import numpy as np
import torch

import c2fmae
import hashed

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden", "model")
SMALL_LABELS = dict(classes="5", instances="4")

# The only table of cases: the test reads a case from its file's first line.
CASES = {
	"cascade": dict(SMALL_LABELS, batch=3, visible=32),
	"coco": dict(classes="133", instances="32", batch=2, visible=32),
	"parallel": dict(SMALL_LABELS, decoder="parallel", batch=2, visible=32),
	"cumulative": dict(SMALL_LABELS, cascade="cumulative", batch=2, visible=32),
	"cross_attention_off": dict(SMALL_LABELS, cross_attention="off", batch=2, visible=32),
	"order_ris": dict(SMALL_LABELS, stage_order="R,I,S", batch=2, visible=32),
	"rgb_semseg": dict(SMALL_LABELS, granularities="rgb,semseg", batch=2, visible=21),
	"rgb_only": dict(SMALL_LABELS, granularities="rgb", batch=3, visible=16),
	"norm_pix_weights": dict(SMALL_LABELS, norm_pix="on", loss_weights="0.5,2,0.25", batch=2, visible=49),
	"visible_in_semseg": dict(SMALL_LABELS, batch=2, visible=32, visible_in="semseg"),
	"visible_in_each": dict(SMALL_LABELS, batch=3, visible=32, visible_in="each"),
	"rgb_all_visible": dict(SMALL_LABELS, batch=2, visible=64, visible_in="rgb"),
	"one_visible": dict(SMALL_LABELS, batch=1, visible=1),
	"one_masked": dict(SMALL_LABELS, batch=2, visible=191),
	"unlabelled_sample": dict(SMALL_LABELS, batch=3, visible=32, unlabelled="1"),
	"unlabelled_batch": dict(SMALL_LABELS, batch=2, visible=32, unlabelled="all"),
	"loaded_positions": dict(SMALL_LABELS, batch=1, visible=32, positions="hashed"),
	"attention": dict(SMALL_LABELS, batch=1, visible=32, attention="on"),
	"small": dict(preset="small", classes="7", instances="5", batch=2, visible=98),
}
BATCH_KEYS = ("batch", "visible", "visible_in", "unlabelled", "positions", "attention")


def run(case, dtype):
	"""{name: float64 array} of outputs, losses and gradients."""
	options = {k: v for k, v in case.items() if k not in BATCH_KEYS and k != "preset"}
	for k in ("classes", "instances"):
		options[k] = int(options[k])
	c = c2fmae.config(case.get("preset", "tiny"), **options)
	model = c2fmae.C2FMAE(c)
	with torch.no_grad():
		for name, p in model.named_parameters():
			p.copy_(torch.from_numpy(hashed.weight(name, tuple(p.shape))))
		if case.get("positions") == "hashed":
			for g in c.tokens:
				model.input_adapters[g].pos_emb.copy_(torch.from_numpy(hashed.positions(g, c.patches, c.width)))
	model = model.to(dtype)
	inputs, masks = hashed.batch(c, case["batch"], case["visible"], case.get("visible_in", "any"), case.get("unlabelled", "none"))
	inputs = {g: torch.from_numpy(x).to(dtype if g == "rgb" else torch.int64) for g, x in inputs.items()}
	masks = {g: torch.from_numpy(x) for g, x in masks.items()}
	encoded, predictions, losses = model(inputs, masks)
	losses["total"].backward()
	out = {"encoded": encoded}
	out.update({"pred." + g: predictions[g] for g in c.stages})
	out.update({"loss." + g: losses[g] for g in c.stages + ["total"]})
	out.update({"sample." + g: c2fmae.sample_losses(c, g, predictions[g], inputs[g], masks[g] != 0)[0] for g in c.stages})
	if "attention" in case:
		out.update({"attention." + name: x for name, x in model.attention().items()})
	out.update({"grad." + name: g for name, g in c2fmae.gradients(model).items()})
	return {name: x.detach().double().numpy() for name, x in out.items()}


def write(name, case):
	results = run(case, torch.float64)
	with open(os.path.join(FOLDER, name + ".tsv"), "w") as f:
		f.write("\t".join("%s=%s" % item for item in {"preset": "tiny", **case}.items()) + "\n")
		for tensor, x in results.items():
			numbers = hashed.probes(tensor, x)
			# A key's bias has a gradient of zero but for rounding; its digits would differ with every BLAS.
			numbers = ["%.8g" % (v if abs(v) > 1e-12 * numbers[0] else 0) for v in numbers]
			f.write("\t".join([tensor, str(x.size), *numbers]) + "\n")


def noise(name, case):
	"""The worst relative error of float32 under the test's own three measures, and in L2."""
	truth, single = run(case, torch.float64), run(case, torch.float32)
	worst = {}
	for tensor, x in truth.items():
		size = np.linalg.norm(x)
		if size < 1e-12:
			continue
		a, b = np.array(hashed.probes(tensor, x)), np.array(hashed.probes(tensor, single[tensor]))
		error = np.abs(a - b) / size
		error[1 + hashed.PROJECTIONS:] *= np.sqrt(x.size)  # an entry's measure is the tensor's root mean square
		measures = dict(norm=error[0], sign=error[1 : 1 + hashed.PROJECTIONS].max(), entry=error[1 + hashed.PROJECTIONS:].max(),
		                l2=np.linalg.norm(x - single[tensor]) / size)
		for m, e in measures.items():
			worst[m] = max(worst.get(m, (0, "")), (e, tensor))
	print("%-20s" % name, "  ".join("%s %.1e %s" % (m, e, t) for m, (e, t) in worst.items()), flush=True)


def main():
	os.makedirs(FOLDER, exist_ok=True)
	chosen = [name for name in sys.argv[1:] if name != "--noise"] or CASES
	for name in chosen:
		case = CASES[name]
		(noise if "--noise" in sys.argv else write)(name, case)


if __name__ == "__main__":
	main()
