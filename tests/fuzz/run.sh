#!/usr/bin/env bash
# Fuzzes one target after another from its corpus; what is new stays below BUILD/found/NAME, an input that fails there as crash-*, leak-*, timeout-*.
# usage: tests/fuzz/run.sh BUILD SECONDS [NAME]    (make fuzz builds the fuzzers)
set -u
build=$1 seconds=$2 only=${3:-}
failed=0
export C2F_PLANS=off
export LSAN_OPTIONS=${LSAN_OPTIONS:-suppressions=$PWD/tests/leaks.txt:print_suppressions=0}
for program in "$build"/tests/fuzz/${only:-*}_fuzz; do
	name=$(basename "$program" _fuzz)
	found=$build/found/$name
	mkdir -p "$found/inputs"
	if nice -n 5 "$program" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -artifact_prefix="$found/" "$found/inputs" "tests/fuzz/corpus/$name" >"$found/log" 2>&1; then
		echo "ok      $name: $(sed -n 's/^#\([0-9]*\)\s*DONE *cov: \([0-9]*\).*/\1 inputs, \2 edges reached/p' "$found/log")"
	else
		echo "FAILED  $name ($found/log; the input: $(sed -n 's/.*Test unit written to //p' "$found/log"))"
		grep -aE 'ERROR|SUMMARY|_fuzz: |runtime error' "$found/log" | head -5 | sed 's/^/        /'
		failed=1
	fi
done
exit $failed
