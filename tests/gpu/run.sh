#!/usr/bin/env bash
# What `make test-gpu` runs: the programs of tests/gpu, then ops_gpu under compute-sanitizer's tools. Each is reported as passed, failed or
# skipped by name. Exit status: 0 passed, 77 nothing could be run (no GPU: the last line says so), else failed.
# usage: tests/gpu/run.sh BUILD    (DEVICE=cpu: the programs themselves are tested, on the CPU)
set -u
build=$1 device=${DEVICE:-cuda}
failed=0 passed=0 skipped=0
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive}
# Matmul algorithms are timed here anew, and found again in this file by the programs and trainers that follow (engine/op/plans.h).
export C2F_PLANS=$build/tests/gpu/plans.txt
rm -f "$C2F_PLANS"
count() { # exit status, name
	case $1 in 0) passed=$((passed + 1)) ;; 77) skipped=$((skipped + 1)) ;; *) failed=$((failed + 1)) && echo "FAILED  $2 (exit status $1)" ;; esac
}

for program in "$build"/tests/gpu/*_gpu; do
	[ "$(basename "$program")" = bench_gpu ] && continue
	"$program" "device=$device" | tee "$program.log"
	rc=${PIPESTATUS[0]}
	count "$rc" "$(basename "$program")"
	[ "$rc" -eq 77 ] && why=$(tail -1 "$program.log")
done
if [ $((passed + failed)) -eq 0 ]; then
	echo "${why:-skipped: there are no programs in $build/tests/gpu}"
	exit 77
fi

sanitizer=$(command -v compute-sanitizer || ls /usr/local/cuda/bin/compute-sanitizer 2>/dev/null)
for tool in memcheck racecheck initcheck; do
	log=$build/tests/gpu/$tool.log
	if [ "$device" != cuda ]; then
		why="only on a GPU"
	elif [ -z "$sanitizer" ]; then
		why="compute-sanitizer is not installed"
	else
		C2F_PLANS=off timeout 300 "$sanitizer" --tool $tool --error-exitcode 9 "$build/tests/gpu/ops_gpu" --quick >"$log" 2>&1
		rc=$?
		summary=$(grep -E '(ERROR|RACECHECK) SUMMARY' "$log" | tail -1)
		why=
		if [ -z "$summary" ]; then
			why="it did not get to its summary (exit status $rc): $(grep -v '^ok' "$log" | tail -1)"
		elif [ $rc -ne 0 ]; then
			count $rc "compute-sanitizer $tool: $summary"
			grep -E '^(=|FAILED)' "$log" | head -40
			continue
		fi
	fi
	if [ -n "$why" ]; then
		echo "skipped compute-sanitizer $tool: $why"
		count 77 $tool
	else
		echo "ok      compute-sanitizer $tool: $summary"
		count 0 $tool
	fi
done
echo "test-gpu: $passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
