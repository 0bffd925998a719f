#!/usr/bin/env bash
# Every figure from a tiny untrained model, end to end; redo gives the same bytes; bad options get sentences. Without Cairo: the sentence that says so.
set -u
c2f=$(realpath "${C2F:=build/c2f}")
. tests/reading.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0
fail() { echo "FAILED: $*"; failures=$((failures + 1)); }
small='set preset=tiny batch=2 threads=1 loader_threads=1 eval_every=2 total_steps=4 seed=3; data scenes train=8 val=4'

if ! "$c2f" -c "$small; figure dataset probe.png samples=val/0" >out 2>err; then
	grep -q 'error: this build has no figures (Cairo was missing; install libcairo2-dev' err || { cat err; exit 1; }
	[ ! -e probe.png ] || { echo "a file without Cairo"; exit 1; }
	echo "built without Cairo: figures say so"
	exit 0
fi

names='reconstruction crossmodal sparse dataset masks curriculum losses coverage attention' reads=''
can_read 'drift, other checkpoints, other runs, redo from a checkpoint' && reads=1 names+=' drift'
options() {
	case $1 in
	reconstruction) echo samples=val/0,2 mask=semantic raw ;;
	crossmodal) echo samples=val/1 ;;
	sparse) echo samples=val/1 visible=8 halvings=1 of=semseg ;;
	dataset) echo samples=train/0,3 ;;
	masks) echo samples=train/1 places=3 legend=off ;;
	curriculum) echo preset=rd-ig-sg places=4 ;;
	losses) echo log=off ;;
	drift) echo checkpoints=drift samples=8 ;;
	coverage) echo samples=4 t=0.5 ;;
	attention) echo samples=val/0,1 layers=1,last head=mean,0,rollout look=both mass=60 ;;
	esac
}

# ---- every figure, every format, the size asked for
mkdir drift
script="$small; train steps=1; save drift/1.safetensors; train steps=1; save drift/2.safetensors; save run.safetensors"
for name in $names; do
	for ending in png pdf svg; do script+="; figure $name $name.$ending $(options $name) width=700 title=\"A title\""; done
done
"$c2f" --run r -c "$script" >out 2>err || fail "the figures: $(cat err)"
for name in $names; do
	[ "$(head -c 8 $name.png | od -An -tx1 | tr -d ' \n')" = 89504e470d0a1a0a ] || fail "$name.png is no PNG"
	[ "$(od -An -tu4 --endian=big -j16 -N4 $name.png | tr -d ' ')" = 700 ] || fail "$name.png is not 700 pixels wide"
	[ "$(head -c 5 $name.pdf)" = %PDF- ] || fail "$name.pdf is no PDF"
	grep -q '<svg' $name.svg || fail "$name.svg is no SVG"
	for key in Command Recipe Seed Software; do grep -aq "$key" $name.png || fail "$name.png carries no $key"; done
	if command -v pdftoppm >/dev/null; then pdftoppm -r 20 -png $name.pdf page || fail "$name.pdf does not open"; fi
	if command -v rsvg-convert >/dev/null; then rsvg-convert -w 200 $name.svg -o page.png || fail "$name.svg does not open"; fi
done
command -v pdftoppm >/dev/null || echo "skipped: pdftoppm is not installed"
command -v rsvg-convert >/dev/null || echo "skipped: rsvg-convert is not installed"
for name in reconstruction crossmodal sparse attention; do grep -aq 'Weights' $name.png || fail "$name.png does not name its weights"; done

# ---- again, from nothing but the file: the recipe's data, options and checkpoint, the same bytes
for name in ${reads:+$names}; do
	cp $name.png saved.png
	"$c2f" -c "figure redo saved.png again.png" >out 2>err || fail "redo $name: $(cat err)"
	cmp $name.png again.png || fail "redo $name gives other bytes"
	[ ! -s err ] || fail "redo $name says: $(cat err)"
done
"$c2f" --run p -c "$small; predict val/1 mask=random out=sheet.png" >out 2>err && "$c2f" -c "figure redo sheet.png sheet2.png" >out 2>err || fail "redo of a sheet: $(cat err)"
cmp sheet.png sheet2.png || fail "redo of a sheet gives other bytes"
if [ "$reads" ]; then
	cp masks.png in-place.png
	"$c2f" -c "figure redo in-place.png" >out 2>err || fail "redo in place: $(cat err)"
	cmp masks.png in-place.png || fail "redo in place gives other bytes"
	"$c2f" -c "figure redo masks.png again.pdf" >out 2>err || fail "redo into a PDF: $(cat err)"
	[ "$(head -c 5 again.pdf)" = %PDF- ] || fail "redo into a PDF"
fi

# ---- another font: another picture, made again from its own words
"$c2f" -c "$small; figure dataset sans.png; figure dataset mono.png font=\"DejaVu Sans Mono\"; figure redo mono.png mono2.png" >out 2>err || fail "a font: $(cat err)"
cmp -s sans.png mono.png && fail "font= changes nothing"
cmp mono.png mono2.png || fail "redo forgets the font"

# ---- other weights beside the live ones: another picture, wider or taller
for name in ${reads:+reconstruction crossmodal sparse}; do
	"$c2f" -c "$small; figure $name one.png $(options $name); figure $name two.png $(options $name) checkpoints=run.safetensors" >out 2>err || fail "$name beside a checkpoint: $(cat err)"
	size() { od -An -tu4 --endian=big -j16 -N8 "$1"; }
	[ "$(size one.png)" != "$(size two.png)" ] || fail "$name: no checkpoint beside the live weights"
done

# ---- other weights: said
"$c2f" --run q -c "$small; train steps=1; figure redo reconstruction.png other.png" >out 2>err || fail "redo with other weights: $(cat err)"
grep -q 'was drawn with the weights' err || fail "redo with other weights says nothing"
cmp -s reconstruction.png other.png && fail "other weights, the same picture"

# ---- several runs in one figure; a run is not changed by its figures
[ ! "$reads" ] || "$c2f" -c "figure losses two.png runs=r,q" >out 2>err || fail "two runs: $(cat err)"
"$c2f" --run plain -c "$small; train steps=4; export a.safetensors" >out 2>err || fail "plain: $(cat err)"
"$c2f" --run drawn -c "$small; train steps=2; figure crossmodal c.png; figure sparse s.png; train steps=2; export b.safetensors" >out 2>err || fail "drawn: $(cat err)"
cmp a.safetensors b.safetensors || fail "figures changed the run"

# ---- without a file: a window, which needs a prompt
"$c2f" --run none -c "$small; figure masks; figure losses every=0" >out 2>err || fail "no file: $(cat err)"
[ "$(grep -c '^no window without a prompt (.*png. draws into a file)' out)" -eq 2 ] || fail "no file: $(cat out)"

# ---- sentences
bad() {
	"$c2f" -c "$small; $1" >out 2>err && fail "accepted: $1"
	[ "$(wc -l <err)" -eq 1 ] && grep -Eq "^error: .*$2" err || fail "$1: $(cat err)"
}
bad 'figure' 'needs a second word'
bad 'figure nonsense x.png' "does not know 'nonsense'"
bad 'figure masks x.gif' 'must end in .png, .pdf or .svg'
bad 'figure masks /nowhere/x.png' '/nowhere/x.png'
bad 'figure masks x.png places=1' 'out of range'
bad 'figure masks x.png samples=val/9' 'there is no sample val/9'
bad 'figure masks x.png samples=val/' 'is not a list of samples'
bad 'figure masks x.png samples=val/1,,2' 'is not a list of samples'
bad 'figure masks x.png samples=val/0,1,2,3,0,1,2,3,0,1,2,3,0,1,2,3,0' 'too many samples'
bad 'figure masks x.png preset=none' 'sg-ig-rd'
bad 'figure reconstruction x.png mask=nonsense' 'nonsense'
bad 'figure reconstruction x.png width=3' 'out of range'
bad 'figure reconstruction x.png inches=100 dpi=2400' "can.t be drawn"
bad 'figure sparse x.png visible=4 halvings=3' "can.t be halved"
bad 'figure sparse x.png visible=999' '999'
bad 'set granularities=rgb,semseg; figure crossmodal x.png from=instance' 'not in this model'
bad 'figure masks x.png font=Nonesuch' 'Nonesuch is not installed'
bad 'figure losses x.png' 'no losses to draw'
bad 'figure losses x.png runs=absent' 'absent'
bad 'figure coverage x.png step=99' "behind the run.s end"
bad 'figure drift x.png' 'no checkpoints to draw a curve from'
bad 'figure attention x.png layers=99' '99'
bad 'figure attention x.png head=99' '99'
bad 'figure attention x.png head=nobody' 'head=nobody'
bad 'figure attention x.png query=semseg:64' '64 is none'
bad 'figure attention x.png mass=100' 'out of range'
bad 'figure attention x.png query=semseg:3' 'is masked'
bad 'figure attention x.png layers=0,1,2,3 head=0,1,2,mean look=both' 'at most 24 maps'
bad 'set granularities=rgb,semseg stage_order=S,R; figure attention x.png granularity=instance' 'not in this model'
bad 'figure sparse x.png checkpoints=a,b,c,d,e,f' 'at most 5 checkpoints'
for name in reconstruction crossmodal sparse; do bad "figure $name x.png checkpoints=absent.safetensors" 'absent.safetensors'; done
bad 'figure attention x.png checkpoints=absent.safetensors' 'absent.safetensors'
bad 'figure redo absent.png' 'absent.png'
printf 'x' >plain.png
bad 'figure redo plain.png' 'plain.png'
for bytes in 8 60 2000 60000; do
	head -c $bytes masks.png >cut.png
	bad 'figure redo cut.png x.png' 'cut.png'
done
for option in width=1 width=100000 dpi=0 inches=0; do bad "figure masks x.png $option" 'out of range'; done
bad 'figure masks x.png samples=val/900' 'there is no sample val/900'
for ending in png pdf svg; do # no room on the disk
	(trap '' XFSZ; ulimit -f 4; bad "figure masks x.$ending" "can.t write x.$ending"; exit $failures)
	failures=$((failures + $?))
done
ls x.* >/dev/null 2>&1 && fail 'a failed figure left a file'
[ -z "$(ls ./*.part 2>/dev/null)" ] || fail "a failed figure left a file"

[ $failures -eq 0 ] && echo "figures: all as said"
exit $((failures > 0))
