#!/usr/bin/env bash
# Whole training steps of the workbench and of PyTorch, in turn on the same machine and threads, beside the measured sgemm ceiling.
# usage: tests/bench/run.sh BUILD    (THREADS=2 ROUNDS=3 PYTHON=/usr/bin/python3)
set -u
build=$1
threads=${THREADS:-$(nproc)} rounds=${ROUNDS:-3} python=${PYTHON:-/usr/bin/python3}
have_torch=$("$python" -c 'import torch; print(torch.__version__)' 2>/dev/null) || have_torch=
echo "machine: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $threads threads; PyTorch: ${have_torch:-not installed ($python)}"
echo
"$build/tests/bench/ops_bench"
echo
for shape in "tiny 64 5" "base 16 2"; do
	read -r preset batch steps <<<"$shape"
	for ((round = 1; round <= rounds; round++)); do
		"$build/tests/bench/step_bench" "$preset" "$batch" "$threads" "$steps"
		[ -n "$have_torch" ] && "$python" tests/bench/torch_step.py "$preset" "$batch" "$threads" "$steps"
	done
	"$build/tests/bench/step_bench" "$preset" "$batch" "$threads" "$steps" bf16 || true # a sentence where the processor lacks it
done
echo
"$build/tests/bench/draw_bench"
