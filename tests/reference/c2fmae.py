"""C2FMAE in PyTorch, written from the specification alone: the independent statement that the engine is compared with.

Readable first. Nothing here was taken from the engine; parameter names are those of its weight files, so that a state
dict and a safetensors file are the same thing. Runs on torch 1.13 and later, float32 or float64 (model.double()).

Sources: "From Semantics to Pixels: Coarse-to-Fine Masked Autoencoders for Hierarchical Visual Understanding"
(arXiv 2603.09955), MultiMAE (arXiv 2204.01678), MAE (arXiv 2111.06377).

Shapes: B samples, N = (S/P)^2 patches a granularity, V visible tokens a sample over all granularities, D and d the widths of
encoder and decoder, C classes, K instance ids. Masks are 1 where masked, 0 where visible.
"""
import dataclasses
import math

import torch
import torch.nn.functional as F
from torch import nn

CASCADE_ORDER = ("semseg", "instance", "rgb")  # coarse to fine: stages, losses, listings
TOKEN_ORDER = ("rgb", "instance", "semseg")    # the order of tokens in a sequence
CLASS_WIDTH = 64                               # width of a class embedding (MultiMAE)
CELLS = 4                                      # label cells along a patch's edge
LETTER = {"S": "semseg", "I": "instance", "R": "rgb"}


@dataclasses.dataclass
class Config:
	image_size: int = 224
	patch: int = 16
	width: int = 768
	depth: int = 12
	heads: int = 12
	decoder_width: int = 256
	decoder_heads: int = 8
	visible: int = 98                          # V: only those who draw masks need it
	classes: int = 133
	instances: int = 32                        # background included
	granularities: tuple = TOKEN_ORDER
	stage_order: tuple = CASCADE_ORDER
	decoder: str = "cascade"                   # or "parallel": KV_i = Z
	cascade: str = "previous"                  # or "cumulative"
	cross_attention: bool = True
	norm_pix: bool = False
	loss_weights: tuple = (1.0, 1.0, 1.0)      # semseg, instance, rgb

	@property
	def side(self):
		return self.image_size // self.patch

	@property
	def patches(self):
		return self.side ** 2

	@property
	def stages(self):
		return [g for g in self.stage_order if g in self.granularities]

	@property
	def tokens(self):
		"""The active granularities in token order."""
		return [g for g in TOKEN_ORDER if g in self.granularities]

	def labels(self, g):
		return self.classes if g == "semseg" else self.instances

	def out(self, g):
		"""Width of a granularity's head."""
		return 3 * self.patch ** 2 if g == "rgb" else self.labels(g) * CELLS ** 2


PRESETS = {
	"tiny": dict(image_size=64, patch=8, width=192, depth=4, heads=3, decoder_width=96, decoder_heads=3, visible=32),
	"small": dict(width=384, depth=12, heads=6),
	"base": dict(width=768, depth=12, heads=12),
	"large": dict(width=1024, depth=24, heads=16),
}


def config(preset, **options):
	"""A preset with options by the program's names; values may be its strings ("off", "R,I,S", "1,2,0.5")."""
	values = dict(PRESETS[preset])
	for name, value in options.items():
		if name == "stage_order" and isinstance(value, str):
			value = tuple(LETTER[letter] for letter in value.split(","))
		elif name == "granularities" and isinstance(value, str):
			value = tuple(value.split(","))
		elif name == "loss_weights" and isinstance(value, str):
			value = tuple(float(w) for w in value.split(","))
		elif name in ("cross_attention", "norm_pix") and isinstance(value, str):
			value = {"on": True, "off": False}[value]
		values[name] = value
	return Config(**values)


def sincos_positions(side, width):
	"""[side * side, width]: per patch [sin(y w), cos(y w), sin(x w), cos(x w)], w_i = 10000^(-i/Q), Q = width/4."""
	q = width // 4
	w = 10000.0 ** (-torch.arange(q, dtype=torch.float64) / q)
	y, x = torch.meshgrid(torch.arange(side, dtype=torch.float64), torch.arange(side, dtype=torch.float64), indexing="ij")
	y, x = y.reshape(-1, 1) * w, x.reshape(-1, 1) * w
	return torch.cat([y.sin(), y.cos(), x.sin(), x.cos()], dim=1).float()


def patchify(maps, side):
	"""[B, ch, H, W] -> [B, N, ch, H/side, W/side], patches in raster order."""
	b, channels, h, w = maps.shape
	p, q = h // side, w // side
	return maps.reshape(b, channels, side, p, side, q).permute(0, 2, 4, 1, 3, 5).reshape(b, side * side, channels, p, q)


class PatchProjection(nn.Module):
	"""A linear on flattened patches, its weight in the order of a Conv2d's: [D, channels, h, w]."""

	def __init__(self, width, channels, size):
		super().__init__()
		self.weight = nn.Parameter(torch.empty(width, channels, size, size))
		self.bias = nn.Parameter(torch.empty(width))

	def forward(self, patches):
		return F.linear(patches.flatten(1), self.weight.flatten(1), self.bias)


class PixelAdapter(nn.Module):
	def __init__(self, c):
		super().__init__()
		self.proj = PatchProjection(c.width, 3, c.patch)
		self.register_buffer("pos_emb", sincos_positions(c.side, c.width), persistent=False)
		self.side = c.side

	def forward(self, rgb, visible):
		"""rgb [B,3,S,S], visible [B,N] bool -> the visible patches' tokens [n, D], by sample, then raster."""
		n = visible.nonzero()[:, 1]
		return self.proj(patchify(rgb, self.side)[visible]) + self.pos_emb[n]


class LabelAdapter(nn.Module):
	"""LABELS ids; with EXTRA one more row for unlabelled cells, which embeds as zeros and gets no gradient."""

	def __init__(self, c, labels, extra):
		super().__init__()
		self.class_emb = nn.Embedding(labels + extra, CLASS_WIDTH)
		self.proj = PatchProjection(c.width, CLASS_WIDTH, CELLS)
		self.register_buffer("pos_emb", sincos_positions(c.side, c.width), persistent=False)
		self.labels = labels
		self.side = c.side

	def forward(self, cells, visible):
		"""cells [B,4s,4s] -> [n, D]."""
		n = visible.nonzero()[:, 1]
		labels = patchify(cells[:, None], self.side)[visible][:, 0]               # [n, 4, 4]
		table = torch.cat([self.class_emb.weight[: self.labels], self.class_emb.weight.new_zeros(1, CLASS_WIDTH)])
		embedded = F.embedding(labels.clamp(max=self.labels), table)               # [n, 4, 4, 64]
		return self.proj(embedded.permute(0, 3, 1, 2)) + self.pos_emb[n]


def split_heads(x, heads):
	b, t, width = x.shape
	return x.reshape(b, t, heads, width // heads).transpose(1, 2)


def attend(q, k, v, heads):
	"""p = softmax(q k^T / sqrt(head_dim)) and p v; q [B,n,w], k and v [B,m,w] -> [B,n,w], [B,heads,n,m]."""
	q, k, v = split_heads(q, heads), split_heads(k, heads), split_heads(v, heads)
	weights = ((q * q.shape[-1] ** -0.5) @ k.transpose(-2, -1)).softmax(-1)
	return (weights @ v).transpose(1, 2).flatten(2), weights


class SelfAttention(nn.Module):
	def __init__(self, width, heads):
		super().__init__()
		self.qkv = nn.Linear(width, 3 * width)
		self.proj = nn.Linear(width, width)
		self.heads = heads

	def forward(self, x):
		out, self.weights = attend(*self.qkv(x).chunk(3, dim=-1), self.heads)
		return self.proj(out)


class CrossAttention(nn.Module):
	def __init__(self, width, heads):
		super().__init__()
		self.q = nn.Linear(width, width)
		self.kv = nn.Linear(width, 2 * width)
		self.proj = nn.Linear(width, width)
		self.heads = heads

	def forward(self, x, context):
		out, self.weights = attend(self.q(x), *self.kv(context).chunk(2, dim=-1), self.heads)
		return self.proj(out)


class Mlp(nn.Module):
	def __init__(self, width):
		super().__init__()
		self.fc1 = nn.Linear(width, 4 * width)
		self.fc2 = nn.Linear(4 * width, width)

	def forward(self, x):
		return self.fc2(F.gelu(self.fc1(x)))


def layer_norm(width):
	return nn.LayerNorm(width, eps=1e-6)


class Block(nn.Module):
	"""A pre-norm transformer block."""

	def __init__(self, width, heads):
		super().__init__()
		self.norm1 = layer_norm(width)
		self.attn = SelfAttention(width, heads)
		self.norm2 = layer_norm(width)
		self.mlp = Mlp(width)

	def forward(self, x):
		x = x + self.attn(self.norm1(x))
		return x + self.mlp(self.norm2(x))


class Stage(nn.Module):
	def __init__(self, c, out):
		super().__init__()
		width = c.decoder_width
		if c.cross_attention:  # a part that is switched off has no parameters
			self.query_norm = layer_norm(width)
			self.context_norm = layer_norm(width)
			self.cross = CrossAttention(width, c.decoder_heads)
		self.out_norm = layer_norm(width)
		self.mlp = Mlp(width)
		self.blocks = nn.ModuleList(Block(width, c.decoder_heads) for _ in range(2))
		self.head = nn.Linear(width, out)
		self.cross_attention = c.cross_attention

	def forward(self, query, context):
		"""query Q_i [B,N,d], context KV_i [B,T,d] -> D_i [B,N,d]; the cross-attention has no residual around it."""
		x = self.cross(self.query_norm(query), self.context_norm(context)) if self.cross_attention else query
		x = x + self.mlp(self.out_norm(x))
		for block in self.blocks:
			x = block(x)
		return x


class Decoder(nn.Module):
	def __init__(self, c):
		super().__init__()
		self.c = c
		d = c.decoder_width
		self.proj_context = nn.Linear(c.width, d)
		self.mask_token = nn.Parameter(torch.empty(1, 1, d))
		self.task_embeddings = nn.ParameterDict({g: nn.Parameter(torch.empty(1, 1, d)) for g in c.tokens})
		self.stages = nn.ModuleDict({g: Stage(c, c.out(g)) for g in c.stages})
		self.register_buffer("pos_emb", sincos_positions(c.side, d), persistent=False)

	def sequence(self, context, visible):
		"""Z [B, T, d], T = tokens of the active granularities: the projected token where visible, the mask token where masked."""
		b, t = visible.shape
		z = self.mask_token.expand(b, t, -1).reshape(b * t, -1)
		z = z.index_copy(0, visible.flatten().nonzero()[:, 0], context.flatten(0, 1))
		place = torch.cat([self.pos_emb + self.task_embeddings[g][0] for g in self.c.tokens])  # [T, d]
		return z.reshape(b, t, -1) + place

	def stage_outputs(self, encoded, visible):
		"""encoded [B, V+1, D], visible [B, T] bool -> {granularity: D_i [B, N, d]}."""
		z = self.sequence(self.proj_context(encoded[:, :-1]), visible)
		n = self.c.patches
		rows = {g: slice(i * n, (i + 1) * n) for i, g in enumerate(self.c.tokens)}
		outputs = {}
		for g in self.c.stages:
			kv = z
			if self.c.decoder == "cascade":
				for h in list(outputs) if self.c.cascade == "cumulative" else list(outputs)[-1:]:
					before, after = rows[h].start, z.shape[1] - rows[h].stop
					kv = kv + F.pad(outputs[h], (0, 0, before, after))  # scatter(D): the other rows stay
			outputs[g] = self.stages[g](z[:, rows[g]], kv)
		return outputs

	def forward(self, encoded, visible):
		"""-> {granularity: prediction [B, N, out]}."""
		return {g: self.stages[g].head(output) for g, output in self.stage_outputs(encoded, visible).items()}


class C2FMAE(nn.Module):
	def __init__(self, c):
		super().__init__()
		self.c = c
		make = {"rgb": lambda: PixelAdapter(c), "instance": lambda: LabelAdapter(c, c.instances, 0),
		        "semseg": lambda: LabelAdapter(c, c.classes, 1)}
		self.input_adapters = nn.ModuleDict({g: make[g]() for g in c.tokens})
		self.global_tokens = nn.Parameter(torch.empty(1, 1, c.width))
		self.encoder = nn.ModuleList(Block(c.width, c.heads) for _ in range(c.depth))
		self.decoder = Decoder(c)
		initialise(self)

	def encode(self, inputs, visible):
		"""inputs {granularity: maps}, visible [B, T] bool -> [B, V+1, D]; the global token is the last."""
		b = visible.shape[0]
		rows = torch.cat([self.input_adapters[g](inputs[g], v) for g, v in zip(self.c.tokens, visible.chunk(len(self.c.tokens), 1))])
		# rows come granularity by granularity; a sample's tokens stand together. A stable sort of the rows' samples regroups them.
		sample = torch.cat([v.nonzero()[:, 0] for v in visible.chunk(len(self.c.tokens), 1)])
		x = rows.index_select(0, torch.sort(sample, stable=True).indices).reshape(b, -1, self.c.width)
		x = torch.cat([x, self.global_tokens.expand(b, -1, -1)], dim=1)
		for block in self.encoder:
			x = block(x)
		return x

	def forward(self, inputs, masks):
		"""inputs {"rgb": [B,3,S,S], "instance", "semseg": [B,4s,4s] ints}, masks {granularity: [B,N]} ->
		encoded [B,V+1,D], predictions {g: [B,N,out]}, losses {g: scalar, "total": scalar}."""
		visible = torch.cat([masks[g] == 0 for g in self.c.tokens], dim=1)
		encoded = self.encode(inputs, visible)
		predictions = self.decoder(encoded, visible)
		losses = {}
		for g in self.c.stages:
			values, has_any = sample_losses(self.c, g, predictions[g], inputs[g], masks[g] != 0)
			losses[g] = values.sum() / has_any.sum().clamp(min=1)
		losses["total"] = sum(w * losses[g] for g, w in zip(CASCADE_ORDER, self.c.loss_weights) if g in losses)
		return encoded, predictions, losses

	def attention(self):
		"""The last forward's weights: {"encoder.0": [B,heads,V+1,V+1], "rgb.cross": [B,heads,N,T], "rgb.0": [B,heads,N,N]}."""
		maps = {"encoder.%d" % i: block.attn.weights for i, block in enumerate(self.encoder)}
		for g, stage in self.decoder.stages.items():
			if stage.cross_attention:
				maps[g + ".cross"] = stage.cross.weights
			maps.update({"%s.%d" % (g, i): block.attn.weights for i, block in enumerate(stage.blocks)})
		return maps


def sample_losses(c, g, prediction, target, masked):
	"""[B]: the mean over a sample's masked valid cells or pixels, 0 where it has none; and [B]: whether it has any."""
	values, valid = pixel_errors(c, prediction, target) if g == "rgb" else cell_errors(c, g, prediction, target)
	valid = (valid & masked[:, :, None]).to(values.dtype)
	count = valid.sum((1, 2))
	return (values * valid).sum((1, 2)) / count.clamp(min=1), count > 0


def pixel_errors(c, prediction, rgb):
	"""Squared errors [B, N, 3PP] in (channel, y, x) order, and where they count."""
	target = patchify(rgb, c.side).flatten(2)
	if c.norm_pix:  # as MAE's code: unbiased variance
		target = (target - target.mean(-1, keepdim=True)) / (target.var(-1, keepdim=True) + 1e-6) ** 0.5
	return (prediction - target) ** 2, torch.ones_like(target, dtype=torch.bool)


def cell_errors(c, g, prediction, cells):
	"""Cross-entropies [B, N, 16] of logits laid out (class, y, x), and where a cell is labelled."""
	labels = patchify(cells[:, None], c.side).flatten(2)                                   # [B, N, 16]
	known = labels < c.labels(g)
	logits = prediction.reshape(*prediction.shape[:2], c.labels(g), CELLS ** 2)            # [B, N, class, cell]
	chosen = logits.gather(2, labels.clamp(max=c.labels(g) - 1)[:, :, None])[:, :, 0]
	return logits.logsumexp(2) - chosen, known


def initialise(model):
	"""Xavier uniform for linears (q, k, v separately; patch projections as linears), zero biases, LN 1/0, normal 0.02 cut at
	two deviations for tokens and embeddings, zero mask token and unlabelled row."""
	for name, p in model.named_parameters():
		with torch.no_grad():
			if name.endswith("bias") or name == "decoder.mask_token":
				p.zero_()
			elif "norm" in name:
				p.fill_(1)
			elif name == "global_tokens" or "task_embeddings" in name or "class_emb" in name:
				nn.init.trunc_normal_(p, std=0.02, a=-0.04, b=0.04)
				if name == "input_adapters.semseg.class_emb.weight":
					p[-1] = 0
			else:
				parts = 3 if ".qkv." in name else 2 if ".kv." in name else 1
				for part in p.flatten(1).chunk(parts):
					bound = math.sqrt(6 / (part.shape[0] + part.shape[1]))
					part.uniform_(-bound, bound)


def gradients(model):
	"""{name: gradient}; zeros where a parameter took no part."""
	return {name: torch.zeros_like(p) if p.grad is None else p.grad for name, p in model.named_parameters()}
