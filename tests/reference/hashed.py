"""Weights, batches and probes by formula, the same in python and in C (tests/unit/golden_test.c), so that golden files need hold
neither. README.md, "The formula", explains it.

bits(name, i) is splitmix64's i-th output from the seed fnv1a64(name); unit() its upper 24 bits as a float32 in [-1, 1), exactly.
"""
import numpy as np

from c2fmae import CASCADE_ORDER

MASK64 = (1 << 64) - 1
PROJECTIONS = 4
ELEMENTS = 3


def fnv1a64(name):
	h = 0xCBF29CE484222325
	for byte in name.encode():
		h = (h ^ byte) * 0x100000001B3 & MASK64
	return h


def bits(name, count):
	"""uint64 [count]."""
	with np.errstate(over="ignore"):
		z = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(fnv1a64(name))
		z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
		z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
		return z ^ (z >> np.uint64(31))


def unit(name, count):
	"""float32 [count] in [-1, 1): k / 2^23 with k an integer of 24 bits."""
	return ((bits(name, count) >> np.uint64(40)).astype(np.int64) - (1 << 23)).astype(np.float32) / np.float32(1 << 23)


def scale_and_offset(name, shape):
	"""A weight is offset + scale * unit; scales are powers of two."""
	if "norm" in name and name.endswith(".weight"):
		return 0.25, 1.0
	if name.endswith(".bias"):
		return 0.125, 0.0
	if not name.endswith(".weight"):
		return 0.5, 0.0  # tokens and task embeddings
	if "class_emb" in name:
		return 1.0, 0.0
	inputs, e = int(np.prod(shape[1:])), 0
	while 3 * 4 ** e < inputs:
		e += 1
	return 2.0 ** -e, 0.0  # at most sqrt(3 / inputs), which is a variance of 1 / inputs


def weight(name, shape):
	scale, offset = scale_and_offset(name, shape)
	w = (np.float32(offset) + np.float32(scale) * unit(name, int(np.prod(shape)))).reshape(shape)
	if name == "input_adapters.semseg.class_emb.weight":
		w[-1] = 0  # the unlabelled row
	return w


def positions(g, patches, width):
	return unit("positions." + g, patches * width).reshape(patches, width)


def batch(c, size, visible, visible_in="any", unlabelled="none"):
	"""inputs and masks as numpy arrays. VISIBLE_IN: the granularity that holds every visible token; "each": sample b's is the
	b-th of rgb, instance, semseg, over and over. UNLABELLED: a sample without one semantic label, or "all"."""
	cells = c.side * 4
	inputs = {"rgb": 2 * unit("rgb", size * 3 * c.image_size ** 2).reshape(size, 3, c.image_size, c.image_size)}
	instance = bits("instance", size * cells * cells)
	inputs["instance"] = (instance % np.uint64(c.instances)).astype(np.int32).reshape(size, cells, cells)
	h = bits("semseg", size * cells * cells)
	semseg = (h % np.uint64(c.classes + 1)).astype(np.int32)
	semseg[(semseg == c.classes) & (h >> np.uint64(63) == 1)] = 255  # unlabelled has two spellings: C and 255
	inputs["semseg"] = semseg.reshape(size, cells, cells)
	for b in range(size):
		if unlabelled in ("all", str(b)):
			inputs["semseg"][b] = c.classes
	tokens, n = c.tokens, c.patches
	keys = bits("mask", size * len(tokens) * n).reshape(size, len(tokens), n)
	masked = np.ones((size, len(tokens), n), np.int32)
	for b in range(size):
		eligible = {"any": tokens, "each": [tokens[b % len(tokens)]]}.get(visible_in, [visible_in])
		candidates = [(keys[b, t, i], t, i) for t, g in enumerate(tokens) if g in eligible for i in range(n)]
		for _, t, i in sorted(candidates)[:visible]:
			masked[b, t, i] = 0
	masks = {g: masked[:, tokens.index(g)] if g in tokens else np.ones((size, n), np.int32) for g in CASCADE_ORDER}
	return inputs, masks


def probes(name, array):
	"""L2 norm, PROJECTIONS sums under random signs, ELEMENTS entries, in float64."""
	x = np.asarray(array, np.float64).ravel()
	h = bits("sign." + name, x.size)
	signed = [np.where(h >> np.uint64(p) & np.uint64(1), x, -x).sum() for p in range(PROJECTIONS)]
	at = bits("element." + name, ELEMENTS) % np.uint64(x.size)
	return [np.sqrt((x * x).sum()), *signed, *x[at.astype(np.int64)]]
