#!/usr/bin/env bash
# What `make bench-gpu` runs: bench_gpu, PyTorch's step of the same model on the same GPU, and how they compare. Exit status 77: no GPU.
# usage: tests/gpu/bench.sh BUILD
# variables: TORCH_STEPS=base:2048,..  PYTHON=python3  BENCH='only=steps'  DEVICE=cpu BENCH=--quick (to look at the script itself)
set -u
build=$1 device=${DEVICE:-cuda} python=${PYTHON:-python3} steps=${TORCH_STEPS:-base:256,base:2048,small:1024,large:1024}
out=$build/tests/gpu/bench.jsonl
export C2F_PLANS=${C2F_PLANS:-$build/tests/gpu/plans.txt}
# shellcheck disable=SC2086
"$build/tests/gpu/bench_gpu" "device=$device" "json=$out" ${BENCH:-} || exit
echo
if ! "$python" -c 'import torch' 2>/dev/null; then
	echo "skipped PyTorch: $python has none (PYTHON=... names another)"
	exit 0
fi
echo "PyTorch on the same GPU           ms  images/s"
"$python" tests/bench/torch_gpu.py --device "$device" --only "$steps" --json "$out"
echo
# the fastest of PyTorch's ways for a shape, eager and compiled, against our step without the loader
awk '
function field(name,  s) { if (!match($0, "\"" name "\":\"?[^,\"}]*")) return ""; s = substr($0, RSTART, RLENGTH); sub(/^[^:]*:"?/, "", s); return s }
{ shape = field("preset") " batch " field("batch"); rate = field("images_s") + 0 }
field("bench") == "step" && field("loader") == "false" && field("precision") == "bf16" { ours[shape] = rate }
field("bench") == "torch" && rate > best[shape, field("mode")] { best[shape, field("mode")] = rate; seen[shape] = 1 }
END { for (s in seen) for (i = split("compile eager", mode); i; i--) if (ours[s] && best[s, mode[i]])
	printf "%s: ours %.0f, PyTorch (%s) %.0f images/s: %.2f times\n", s, ours[s], mode[i], best[s, mode[i]], ours[s] / best[s, mode[i]] }' "$out"
echo "every number: $out"
