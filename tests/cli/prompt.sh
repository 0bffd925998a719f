#!/usr/bin/env bash
# The prompt on a (pseudo) terminal, and signals: training goes on beside the prompt, Ctrl-C clears a line, Ctrl-D saves, SIGINT and SIGTERM
# save and give an honest exit status.
# A shell that was begun with SIGINT ignored, as a background job is, can't take that back, and the program would inherit it.
if [ -z "${SIGNALS_RESET:-}" ] && env --default-signal=INT true 2>/dev/null; then SIGNALS_RESET=1 exec env --default-signal=INT,HUP,TERM bash "$0"; fi
set -um # -m: nor do the background jobs below
script -qec true /dev/null >/dev/null 2>&1 || { # a container without /dev/pts
	echo "skipped: no pseudo-terminal can be had here"
	exit 77
}
c2f=$(realpath "${C2F:=build/c2f}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export C2F_HISTORY=$work/state/history TERM=xterm
failures=0
fail() { echo "FAILED: $*"; failures=$((failures + 1)); }
small='set preset=tiny batch=2 threads=1 loader_threads=1 eval_every=0; data scenes train=8 val=4'
wait_for() { # FILE PATTERN: until the file holds it
	for _ in $(seq 900); do
		grep -q "$2" "$1" 2>/dev/null && return
		sleep 0.1
	done
	fail "$1 never held '$2': $(tail -5 "$1" 2>/dev/null)"
}

# ---- signals without a terminal: training is paused and saved, the status says which signal
for signal in INT:130 TERM:143 HUP:129; do
	name=${signal%:*}
	"$c2f" --run "$name" -c "$small; train; export never.safetensors" >out 2>err </dev/null &
	pid=$!
	wait_for "$name/metrics.jsonl" '"step": 2'
	kill -s "$name" $pid
	wait $pid
	rc=$?
	[ $rc -eq "${signal#*:}" ] || fail "SIG$name: exit status $rc"
	grep -Eq '^training was stopped by a signal at step [0-9]+' err || fail "SIG$name: $(cat err)"
	grep -Eq "^step [0-9]+ is saved: $name/checkpoints/last.safetensors" err || fail "SIG$name: $(cat err)"
	[ -e "$name/checkpoints/last.safetensors" ] && [ ! -e never.safetensors ] || fail "SIG$name: files"
	grep -q '^until step=' "$name/session.c2f" || fail "SIG$name: $(cat "$name/session.c2f")"
done

# ---- what nohup ignores stays ignored
(trap '' HUP; "$c2f" --run nohup -c "$small; set total_steps=30; train" >out 2>err </dev/null & echo $! >pid; wait $!; echo $? >rc)  &
wait_for nohup/metrics.jsonl '"step": 0'
kill -s HUP "$(cat pid)"
wait_for rc .
[ "$(cat rc)" -eq 0 ] || fail "under nohup: exit status $(cat rc)"
grep -q '^finished: step 30' out || fail "under nohup: $(cat out err)"

# ---- the prompt
if ! command -v script >/dev/null; then
	echo "skipped: the prompt needs script(1) for a terminal"
	exit $((failures ? 1 : 77))
fi
type_it() { # each argument is typed, then a moment is waited
	for part in "$@"; do
		printf '%b' "$part"
		sleep 0.4
	done
}
mkfifo keys
# exec: else a shell such as dash stays in between, sees the Ctrl-C too and makes the status its own.
script -qfec "exec $c2f --plain --run live" log <keys >/dev/null &
pid=$!
exec 3>keys
wait_for log 'c2f>'
type_it "$small\r" 'trian\r' 'goto 5\r' 'goto 5\r' 'garbage\003' 'train\r' >&3
wait_for live/metrics.jsonl '"step": 1,'
type_it 'status\r' 'set lr=0.01\r' 'pau\t\r' >&3
wait_for log 'paused at step'
type_it 'step 2\r' >&3
wait_for log 'step [0-9]* of [0-9]*: semseg'
type_it 'mask va\t0 csv=a.csv\r' >&3
wait_for a.csv granularity
type_it '\004' >&3
wait $pid
rc=$?
exec 3>&-
[ $rc -eq 0 ] || fail "Ctrl-D: exit status $rc"
for said in "did you mean 'train'" 'step 5 of [0-9]*' 'in the background' 'training at step' 'applies at step' 'is saved: live/checkpoints'; do
	grep -q "$said" log || fail "the prompt never said '$said'"
done
grep -q 'c2f\[paused [0-9]* sem\]>' log || fail "the prompt does not show the state"
[ -e a.csv ] || fail "Tab did not complete val/"
grep -q 'unknown command .garbage' log && fail "Ctrl-C did not clear the line"
grep -Eq '^set lr=0.01  # step [0-9]+' live/session.c2f || fail "session.c2f: $(cat live/session.c2f)"
[ "$(grep -c '^goto 5$' "$C2F_HISTORY")" -eq 1 ] || fail "history: $(cat "$C2F_HISTORY")"

[ "$failures" -eq 0 ] && echo "prompt and signals: all as said"
exit $((failures > 0))
