"""safetensors files (8 bytes little-endian header length, JSON header, tensor bytes) with numpy alone."""
import json
import struct

import numpy as np

TYPES = {"F64": np.float64, "F32": np.float32, "F16": np.float16, "I64": np.int64, "I32": np.int32, "U8": np.uint8}
NAMES = {np.dtype(t): n for n, t in TYPES.items()}


def read(path):
	"""{name: array} in file order; bfloat16 comes back widened to float32."""
	with open(path, "rb") as f:
		(length,) = struct.unpack("<Q", f.read(8))
		header = json.loads(f.read(length))
		data = f.read()
	header.pop("__metadata__", None)
	out = {}
	for name, entry in sorted(header.items(), key=lambda e: e[1]["data_offsets"][0]):
		first, last = entry["data_offsets"]
		if entry["dtype"] == "BF16":
			bits = np.frombuffer(data[first:last], np.uint16).astype(np.uint32) << 16
			array = bits.view(np.float32)
		else:
			array = np.frombuffer(data[first:last], TYPES[entry["dtype"]])
		out[name] = array.reshape(entry["shape"])
	return out


def write(path, tensors, metadata=None):
	"""TENSORS is {name: array}; written in its order."""
	header, blobs, at = {}, [], 0
	if metadata:
		header["__metadata__"] = metadata
	for name, array in tensors.items():
		array = np.ascontiguousarray(array)
		header[name] = {"dtype": NAMES[array.dtype], "shape": list(array.shape), "data_offsets": [at, at + array.nbytes]}
		blobs.append(array.tobytes())
		at += array.nbytes
	text = json.dumps(header).encode()
	text += b" " * (-len(text) % 8)  # tensor bytes start 8-byte aligned
	with open(path, "wb") as f:
		f.write(struct.pack("<Q", len(text)) + text)
		for blob in blobs:
			f.write(blob)
