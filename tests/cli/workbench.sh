#!/usr/bin/env bash
# The workbench in tmux, from end to end: train, step, until, goto, a knot edited by keys and applied, masks inspected, Tab, history search, single keys,
# layouts, a break that pauses, quit with a checkpoint, resumed in a second session; then both sessions are replayed headless, to the same losses and weights.
set -u
if ! command -v tmux >/dev/null; then
	echo "skipped: tmux is not installed"
	exit 77
fi
c2f=$(realpath "${C2F:=build/c2f}")
. tests/reading.sh
work=$(mktemp -d)
cd "$work" || exit 1
t() { tmux -S "$work/socket" -f /dev/null "$@"; }
trap 't kill-server 2>/dev/null; rm -rf "$work"' EXIT
unset TMUX COLORTERM NO_COLOR
export C2F_HISTORY=$work/history INPUTRC=/dev/null LC_ALL=C.UTF-8
failures=0
fail() {
	echo "FAILED: $*"
	t capture-pane -p 2>/dev/null
	failures=$((failures + 1))
}
start() { # RUN: the shell stays, so that what is said at the end can be read
	t new-session -d -x 120 -y 40 "$c2f --run $1; echo \"exit status \$?\"; sleep 60" || {
		echo "skipped: tmux can't open a terminal here"
		exit 77
	}
}
sees() { # PATTERN: within 30 s on the screen
	for _ in $(seq 300); do
		t capture-pane -p | grep -Eq -- "$1" && return
		sleep 0.1
	done
	fail "the screen never showed '$1'"
}
gone() {
	for _ in $(seq 100); do
		t capture-pane -p | grep -Eq -- "$1" || return
		sleep 0.1
	done
	fail "the screen still shows '$1'"
}
says() { # TEXT, PATTERN: a line is typed, its answer seen
	t send-keys -l "$1"
	t send-keys Enter
	[ $# -lt 2 ] || sees "$2"
}

start live
sees '^c2f>'
says 'set preset=tiny batch=2 threads=1 loader_threads=1 eval_every=20 eval_samples=4 total_steps=400' '> set preset'
says 'data scenes train=8 val=4' 'scenes: train 8'
says 'step 2' 'step 2 of 400: semseg'
says '' 'step 4 of 400: semseg' # an empty line repeats step
says 'until step=10' 'step 10 of 400: semseg'
sees '^c2f\[paused 10 sem\]>'

# Tab: candidates are shown over the panes, and one that is alone is completed
t send-keys -l 'curr'
t send-keys Tab
sees '^c2f.*> curriculum $|^c2f.*> curriculum$'
t send-keys Tab
sees 'preset .*show|show .*preset'
t send-keys C-c
gone '^c2f.*> curr'

# history search
t send-keys C-r
t send-keys -l 'until'
sees "\(reverse-i-search\)'until'|\(reverse-i-search\).until"
t send-keys C-c
gone 'reverse-i-search'

# another step is looked at; training knows nothing of it
says 'goto 200' 'phase instance'
sees '^c2f.*@200>'
says 'goto now' 'step 10 of 400 \(t'

# masks: a sample's, then their sources
says 'look val/1' 'looking at val/1'
says 'focus masks'
says 'layout one' 'masks'
says 'pane masks show sources' 'sources'
t send-keys C-x 2

# a knot is edited by keys, seen, applied
says 'focus curriculum'
t send-keys C-x s
sees '\[keys'
t send-keys -l ']'
sees 'edit: knot 2 of 3'
t send-keys -l 'R'
sees 'edit: knot 2 of 3 at t 0.5: alpha 0, beta 0.9, gamma 0.1'
t send-keys -l 'A'
sees 'applies at step 10|curriculum edited'
t send-keys Right Right
sees '@30>|step 30 of 400'
t send-keys -l 'z'
t send-keys -l 'z'
t send-keys -l '0'
t send-keys -l 's' # one step
sees 'step 11 of 400'
t send-keys -l 'hello' # an unbound letter goes back to the prompt
sees '> hello'
t send-keys C-c

# a condition pauses training, and the batch behind it is listed
says 'break if loss.total>0' 'break if loss.total>0'
says 'train' 'behind step 11'
sees '^c2f\[paused 12 sem\]>'
says 'break show' 'step 11: semseg .*'
says 'break remove' 'no conditions are set'

# training runs beside the prompt; Space in single-key mode pauses it
says 'train' 'in the background'
sees '^c2f\[training [2-9][0-9] sem\]'
says 'set lr=0.0005' 'applies at step'
t send-keys C-x s
t send-keys Space
sees 'paused at step'
t send-keys q
sees '^c2f\[paused [0-9]+ sem\]>'
says 'export final1.safetensors' 'wrote the weights'
t send-keys C-d
sees 'quit\? c checkpoint, a abandon, s stay'
t send-keys c
sees 'is saved: live/checkpoints/last.safetensors'
sees 'exit status 0'
t kill-server
step=$(sed -n 's/.*"step": \([0-9]*\),.*/\1/p' live/metrics.jsonl | tail -1)
[ "$step" -gt 20 ] || fail "metrics.jsonl ends at step $step"

# resumed in a second session
sessions=1
if can_read 'a session that goes on from a checkpoint'; then
	sessions='1 2'
	start live2
	sees '^c2f>'
	says 'load live/checkpoints/last.safetensors' "loaded live/checkpoints/last.safetensors: step $((step + 1))"
	sees "^c2f\[paused $((step + 1)) sem\]>"
	says 'step 5' "step $((step + 6)) of 400: semseg"
	says 'export final2.safetensors' 'wrote the weights'
	says 'quit' 'quit\? c checkpoint'
	sleep 1
	t send-keys a
	sees 'exit status 0'
	t kill-server
	[ ! -e live2/checkpoints/last.safetensors ] || fail "abandoned, and yet a checkpoint was written"
fi

# both replay, without a terminal, to the same bits
numbers() { sed -E 's/"(time_s|images_per_s|wait_ms)": [^,}]*//g' "$1"; }
for n in $sessions; do
	run=live; [ $n = 2 ] && run=live2
	mv final$n.safetensors was$n.safetensors
	"$c2f" --run again$n $run/session.c2f >replay.out 2>&1 </dev/null || fail "the replay of $run/session.c2f: $(tail -3 replay.out)"
	cmp -s final$n.safetensors was$n.safetensors || fail "the replay of $run/session.c2f has other weights"
	diff <(numbers $run/metrics.jsonl) <(numbers again$n/metrics.jsonl) >metrics.diff || fail "the replay of $run/session.c2f has other losses: $(head -4 metrics.diff)"
done
grep -q '^edit raise random' live/session.c2f && grep -q '^focus curriculum' live/session.c2f || fail "keys are not recorded: $(cat live/session.c2f)"

[ "$failures" -eq 0 ] && echo "the workbench in tmux: all as said, and sessions replay to the same bits"
exit $((failures > 0))
