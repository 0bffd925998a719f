#!/usr/bin/env bash
# The programs of `make test-gpu` on the emulated GPU, at quick sizes: they must work on the day there is a real one. (ops_gpu walks what
# tests/cuda_host walks already.)
set -u
: "${C2F:=build/c2f}" "${BUILD:=$(dirname "$C2F")}"
for program in model train; do
	if [ ! -x "$BUILD/tests/gpu/${program}_host" ]; then
		echo "skipped: $BUILD/tests/gpu/${program}_host is not built"
		exit 77
	fi
	"$BUILD/tests/gpu/${program}_host" --quick || exit 1
done
"$BUILD/tests/gpu/ops_host" --quick only="o = p v" || exit 1
C2F_PLANS=off "$BUILD/tests/gpu/bench_host" --quick only=memory || exit 1
