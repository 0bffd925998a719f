#!/usr/bin/env bash
# Runs test programs and scripts one after another, shows what failed, and closes with a count.
# usage: tests/run.sh BUILD PROGRAM...    A script exits 0 passed, 77 skipped (its last line says why), else failed.
build=$1
shift
passed=0 failed=0 skipped=0
export C2F=$build/c2f BUILD=$build
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive} # many small programs on a machine that others load too: spinning threads only get in the way
export C2F_PLANS=${C2F_PLANS:-off} # matmul algorithms (engine/op/plans.h): none timed, the same bits everywhere, no file in the user's cache
export LSAN_OPTIONS=${LSAN_OPTIONS:-suppressions=$PWD/tests/leaks.txt:print_suppressions=0} # a build with SAN=address
for program in "$@"; do
	name=${program#"$build"/}
	log=$build/logs/${name//\//_}.log
	mkdir -p "$build/logs"
	case $program in
	*_fuzz) command=("$program" "tests/fuzz/corpus/$(basename "$program" _fuzz)") ;;
	*) command=("$program") ;;
	esac
	timeout --foreground 900 "${command[@]}" >"$log" 2>&1 # a test that hangs is a test that fails
	rc=$?
	# cmocka counts its tests itself; a script or a replay counts as one
	p=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1/p' "$log" | awk '{s+=$1} END {print s+0}')
	f=$(sed -n 's/^\[  FAILED  \] \([0-9]*\) test.*/\1/p' "$log" | awk '{s+=$1} END {print s+0}')
	s=$(sed -n 's/^\[  SKIPPED \] \([0-9]*\) test.*/\1/p' "$log" | awk '{s+=$1} END {print s+0}')
	if [ $((p + f + s)) -eq 0 ]; then
		case $rc in 0) p=1 ;; 77) s=1 ;; *) f=1 ;; esac
	elif [ $rc -ne 0 ] && [ "$f" -eq 0 ]; then
		f=1
	fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	if [ "$f" -gt 0 ]; then
		echo "FAILED  $name (exit status $rc)"
		grep -v '^\[ *\(RUN\|OK\|=*\) *\]' "$log" | tail -40 | sed 's/^/        /'
	else
		printf 'ok      %-40s %s passed%s\n' "$name" "$p" "$([ "$s" -gt 0 ] && echo ", $s skipped: $(grep -iE 'skip' "$log" | head -3 | tr '\n' ';')")"
	fi
done
echo "tests: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
