#!/usr/bin/env bash
# The program from outside: exit statuses, where output and sentences go, -c, scripts and pipes, and bad input: a sentence, a status,
# no crash, nothing half done.
set -u
c2f=$(realpath "${C2F:=build/c2f}")
. tests/reading.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0
fail() { echo "FAILED: $*"; failures=$((failures + 1)); }

# expect STATUS PATTERN ARGUMENT...: the exit status, and an extended regular expression that standard error must hold ('' for silence)
expect() {
	local status=$1 pattern=$2 rc=0
	shift 2
	"$c2f" "$@" >out 2>err </dev/null || rc=$?
	[ $rc -eq "$status" ] || fail "$*: exit status $rc, not $status: $(head -3 err)"
	if [ -z "$pattern" ]; then [ ! -s err ] || fail "$*: standard error is not silent: $(head -3 err)"
	else grep -Eq "$pattern" err || fail "$*: standard error lacks '$pattern': $(head -3 err)"; fi
}
bad() { # one line that begins with "error: ", status 1, nothing written
	expect 1 "^error: .*$2" -c "$1"
	[ "$(wc -l <err)" -eq 1 ] || fail "$1: not one line: $(cat err)"
	[ ! -e runs ] || fail "$1: it made a run folder"
}
small='set preset=tiny batch=2 threads=1 loader_threads=1 eval_every=0; data scenes train=8 val=4'

# ---- program options
expect 0 '' --version
expect 0 '' --help
grep -q -- '--run DIR' out || fail "--help"
expect 2 'unknown option --nonsense' --nonsense
expect 2 'value is missing' -c
expect 2 'value is missing' --run
expect 2 'more than one script' a b
expect 2 'together' a -c help
expect 1 'not a folder' --run "$c2f" -c help
expect 1 'absent.c2f' absent.c2f
expect 0 '' -c 'help; status; set; goto 3'
expect 0 '' -c ''
expect 0 '' -c '# only a comment'
expect 0 '' --plain -c quit

# ---- words that are not
bad 'nonsense' "unknown command 'nonsense'"
bad 'trian steps=3' "did you mean 'train'"
bad 's' 'may be status, set'
bad 'compare absent' "can't read absent"
bad 'compare name=x' 'needs the folder'
bad 'compare remove 2' 'there is no run 2'
bad 'pane losses zoom /0' 'number from'
bad 'pane losses zoom *' 'number from'
bad 'goto "5' 'quote is not closed'
bad 'set nonsense=3' 'unknown option'
bad 'train stesp=3' "did you mean 'steps'"
bad 'train steps=3 steps=4' 'given before'
bad "$(head -c 20000 /dev/zero | tr '\0' x)" 'longer than'
bad 'help nonsense' 'unknown command'

# ---- 0, -1, 10^9, 10^999 and worse as numbers
for n in 0 -1 1e9 1e999 nan inf 0x10 '' ' ' 99999999999999999999 1,000 ½; do
	bad "train steps=\"$n\"" 'steps='
	bad "step \"$n\"" 'N '
	bad "until step=\"$n\"" 'step='
	bad "set batch=\"$n\"" 'batch='
	bad "data scenes train=\"$n\"" 'train='
	bad "predict val/0 count=\"$n\"" 'count='
	bad "log last=\"$n\"" 'last='
done
bad 'set batch=1000000000' 'out of range'
bad 'data scenes train=1000000000' 'out of range'
bad 'predict val/1000000000' 'out of range'
bad 'predict val/999999999' 'val/0 to val/255|0 to 255'
bad 'goto 1000000000' 'end'
bad 'set visible=1000' '192'
bad 'set lr=0' 'out of range'
bad 'set precision=fp16' 'fp32'
bad 'set device=cpu precision=tf32; memory' 'choose fp32 or bf16'
bad 'mask stats samples=0' 'out of range'

# ---- files and folders that are not
printf 'x' >plain
mkdir -p empty half/train/rgb/a
bad 'data open /nowhere' '/nowhere'
bad 'data open empty' 'empty'
bad 'data open half' 'half'
bad 'data open plain' 'plain'
bad 'load absent.safetensors' 'absent.safetensors'
bad 'load plain' 'plain'
bad 'load empty' 'empty'
bad 'source absent.c2f' 'absent.c2f'
bad 'curriculum load plain' 'plain'
bad 'curriculum preset none' 'sg-ig-rd'
bad 'trace plain out.safetensors' 'plain'
bad 'export /nowhere/w.safetensors' '/nowhere'
without='' # a build without Cairo draws no sheets, whatever their name
"$c2f" -c 'data scenes train=1 val=1; figure dataset probe.png samples=val/0' 2>&1 | grep -q 'this build has no figures' && without='|this build has no figures'
rm -f probe.png
bad "$small; predict val/0 out=sheet.gif" "sheet.gif|png$without"
bad "$small; predict val/0 out=/nowhere/sheet.png" "/nowhere$without"
bad "$small; predict val/4" '0 to 3'
bad "$small; predict val/0 mask=onlyrgb" 'neither a kind nor a file'
bad "$small; predict val/0 mask=semantc" "did you mean 'semantic'"
bad "$small; predict val/0 mask=plain" 'not a mask'
bad "$small; predict val/0 substitute=depth" 'names no stage'
bad "$small; predict val/0 substitute=rgb:val/9" 'val/9'
bad "$small; predict val/0 substitute=rgb:here" 'sample'
bad "$small; set decoder=parallel; predict val/0 substitute=semseg" 'nothing follows'
bad "$small; attend val/0 layer=9" "no layer '9'"
bad "$small; attend val/0 head=3" 'no head 3'
bad "$small; attend val/0 head=x" 'head=x is none'
bad "$small; attend val/0 query=64" 'query=64 is none'
bad "$small; attend val/0 query=semseg:3" 'patch 3 of semseg is masked'
bad "$small; attend val/0 layer=rgb query=global" 'no global token'
bad "$small; attend val/0 layer=rgb head=rollout" 'rollout goes through'
bad "$small; attend val/0 checkpoint=plain" 'plain'
bad "$small; attend val/0 csv=/nowhere/a.csv" '/nowhere'
bad "$small; attend drift empty" 'no checkpoint'
bad "$small; mask save val/0 /nowhere/m.txt" '/nowhere'
[ ! -e out.safetensors ] || fail "trace left a file behind"
printf '%s' '99999999' >lying.safetensors
bad 'load lying.safetensors' 'lying.safetensors'

# ---- scripts: FILE:LINE, nothing after the first error
printf '# a script\ngoto 1\n\nset lr=x; curriculum save late.txt\ncurriculum save later.txt\n' >bad.c2f
expect 1 '^error: bad.c2f:4: lr=x is not a number' bad.c2f
[ ! -e late.txt ] && [ ! -e later.txt ] || fail "bad.c2f went on after the error"
printf 'goto 1\r\ngoto 2\r\n' >dos.c2f
expect 0 '' dos.c2f
[ "$(grep -c '^step' out)" -eq 2 ] || fail "dos.c2f"
printf 'curriculum save "two words.txt"; quit; curriculum save never.txt' >quit.c2f
expect 0 '' quit.c2f
[ -e 'two words.txt' ] && [ ! -e never.txt ] || fail "quit.c2f"

# ---- a pipe
printf 'goto 1\ngoto 2' | "$c2f" >out 2>err || fail "a pipe: $(cat err)"
[ "$(grep -c '^step' out)" -eq 2 ] || fail "a pipe"
printf 'goto 1\nnonsense\ngoto 2\n' | "$c2f" >out 2>err && fail "a pipe with an error ends well"
grep -q "^error: stdin:2: unknown command" err || fail "a pipe with an error: $(cat err)"
[ "$(grep -c '^step' out)" -eq 1 ] || fail "a pipe goes on after an error"
"$c2f" -c help >/dev/full 2>err && fail "a full disk is no error"
grep -q '^error: the output' err || fail "a full disk: $(cat err)"

# ---- training
expect 0 'run folder: r' --run r -c "$small; train steps=3; status"
grep -Eq '^step 3 of [0-9]+: semseg [0-9.]+, instance [0-9.]+, rgb [0-9.]+, total [0-9.]+ \(' out || fail "train: $(cat out)"
for part in options.json metrics.jsonl session.c2f checkpoints/last.safetensors figures; do [ -e "r/$part" ] || fail "r/$part is missing"; done
[ "$(grep -c '"train": {"semseg"' r/metrics.jsonl)" -eq 3 ] || fail "metrics.jsonl: $(cat r/metrics.jsonl)"
expect 0 'r holds a run: `load r/checkpoints/last.safetensors` goes on' --run r -c 'goto 1'
can_read 'a run that goes on' && expect 0 'step 5 is saved' --run r -c 'load r/checkpoints/last.safetensors; train steps=2'
expect 1 'batch is fixed.*reset' -c "$small; step; set batch=4"
expect 0 '' -c 'set total_steps=5; goto t=1'

# ---- the script of a run repeats it, to the bit
"$c2f" --run one -c "$small; train steps=2; set lr=0.003; curriculum set t=0.5 mix=0,1,0; step 2; export w.safetensors" >out 2>err || fail "one: $(cat err)"
mv w.safetensors first.safetensors
cp one/session.c2f script.c2f
"$c2f" --run two script.c2f >out 2>err || fail "script.c2f: $(cat err)"
cmp w.safetensors first.safetensors || fail "the replay's weights differ"

[ "$failures" -eq 0 ] && echo "commands: all as said"
exit $((failures > 0))
