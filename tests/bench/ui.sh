#!/usr/bin/env bash
# The user interface's benchmarks, one after the other, under a line that says what they ran on. On an idle machine.
# usage: tests/bench/ui.sh BUILD
build=$1 failed=0
echo "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg), $(date +%F), $("$build/c2f" --version)"
for command in "window_bench" "stroke_bench $build/c2f" "ui_bench $build/c2f"; do
	echo "-- $build/tests/bench/$command"
	# shellcheck disable=SC2086
	env -u DISPLAY -u WAYLAND_DISPLAY "$build"/tests/bench/$command # an X server of its own, whatever the display of this desk can
	rc=$?
	[ $rc -eq 0 ] || [ $rc -eq 77 ] || failed=1
done
exit $failed
