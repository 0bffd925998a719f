#!/usr/bin/env bash
# The viewer's window under Xvfb with real keys and mouse: it opens beside a prompt, shows pictures, follows, zooms, paints, saves, closes; the display
# goes away, and the program goes on. Without a prompt or a display: a sentence.
set -u
c2f=$(realpath "${C2F:=build/c2f}")
. tests/reading.sh
work=$(mktemp -d)
failures=0 server='' typist=''
# shellcheck disable=SC2317
clean() {
	for pid in $server $typist; do kill "$pid" 2>/dev/null; done
	rm -rf "$work"
}
trap clean EXIT
trap '' PIPE
cd "$work" || exit 1
fail() { echo "FAILED: $*"; failures=$((failures + 1)); }
skip() { echo "skipped: $*"; exit $((failures ? 1 : 77)); }
small='set preset=tiny batch=2 threads=1 loader_threads=1 eval_every=0; data scenes train=8 val=8'

"$c2f" -c 'view val/0; view refresh; view hold; view close' >out 2>err || fail "-c view: $(cat err)"
[ "$(grep -c '^no window without a prompt' out)" -eq 4 ] || fail "-c view: $(cat out)"

script -qec true /dev/null >/dev/null 2>&1 || skip "no pseudo-terminal can be had here"
export C2F_HISTORY='' TERM=xterm
wait_for() { # FILE PATTERN
	for _ in $(seq 200); do
		grep -aq "$2" "$1" 2>/dev/null && return
		sleep 0.1
	done
	fail "$1 never held '$2': $(tail -5 "$1" 2>/dev/null)"
}
begin() { # LOG ARGUMENT...: the program on a terminal, its keys from descriptor 3
	local log=$1
	shift
	rm -f keys && mkfifo keys
	script -qfec "exec $c2f $*" "$log" <keys >/dev/null 2>&1 &
	typist=$!
	exec 3>keys
	wait_for "$log" 'c2f> '
}
type_it() { printf '%s\r' "$1" >&3; sleep 0.3; }
end() { # LOG STATUS-PATTERN
	type_it quit
	sleep 0.7
	kill -0 "$typist" 2>/dev/null && printf c >&3 # the panes ask: checkpoint, abandon or stay
	exec 3>&-
	wait "$typist"
	typist=''
	grep -aq "$2" "$1" || fail "$1: the end is not '$2': $(tail -3 "$1")"
}

# ---- no display
unset DISPLAY WAYLAND_DISPLAY
begin nodisplay --plain --run one
type_it "$small"
type_it 'view'
wait_for nodisplay 'no window can be opened (neither DISPLAY\|this build has no window'
end nodisplay 'EXIT_CODE="0"'
grep -aq 'this build has no window' nodisplay && skip "this build has no window, and view says so"

for tool in Xvfb xdotool import convert; do command -v $tool >/dev/null || skip "the window's test needs $tool, which is not installed"; done
[ "$(convert xc:red -crop 1x1+0+0 -fuzz 1% -fill black +opaque white -format '%k %[fx:mean]' info: 2>/dev/null)" = '1 0' ] || skip "the window's test needs ImageMagick's convert; this one is another"
Xvfb -displayfd 4 -screen 0 1400x900x24 4>number >/dev/null 2>&1 &
server=$!
for _ in $(seq 100); do [ -s number ] && break; sleep 0.1; done
[ -s number ] || skip "Xvfb does not start here"
export DISPLAY=:$(<number)
shot() { import -window root "$1.png"; }
colours() { convert "$1.png" -format '%k' info:; }
pixels() { convert "$1.png" rgb:- | md5sum; }
differ() { [ "$(pixels "$1")" != "$(pixels "$2")" ]; }

# ---- beside the plain prompt and beside the panes
for mode in --plain ''; do
	name=run${mode#--}
	begin "$name.log" $mode --run "$name"
	type_it "$small"
	type_it 'view val/0 count=2 every=1'
	wait_for "$name.log" 'the window shows'
	for _ in $(seq 100); do
		shot first
		[ "$(colours first)" -gt 300 ] && break # pictures, not only words
		sleep 0.1
	done
	[ "$(colours first)" -gt 300 ] || fail "$name: no pictures ($(colours first) colours)"
	xdotool mousemove 230 150
	sleep 0.5
	shot pointed
	differ first pointed || fail "$name: the value under the pointer is not shown"
	xdotool click 4 click 4
	sleep 0.5
	shot zoomed
	differ pointed zoomed || fail "$name: the wheel does not zoom"
	xdotool key r key question
	sleep 0.5
	shot help
	differ pointed help || fail "$name: ? shows nothing"
	xdotool key Escape key b mousemove 250 200 mousedown 3 mousemove 330 260 mouseup 3
	sleep 1
	shot painted
	differ pointed painted || fail "$name: a stroke changes nothing"
	xdotool key R key b key ctrl+s
	sleep 1
	saved=$(find . -name 'view-val-0-*.png' -newer keys | head -1)
	[ -n "$saved" ] && grep -aq 'view val/0,1 every=1' "$saved" || fail "$name: Ctrl+S saved nothing, or without its command"
	shot before
	type_it 'step 3'
	wait_for "$name.log" 'step 3 of'
	sleep 1
	shot after
	differ before after || fail "$name: it does not follow the weights"

	# a figure over the samples: its wheel, its file, the run's steps, and back
	type_it save
	type_it 'figure reconstruction samples=val/0,1 every=1'
	wait_for "$name.log" 'the window shows figure reconstruction'
	sleep 1.5
	shot figure
	convert figure.png -fuzz 1% -fill black +opaque white -format '%[fx:mean]' info: | grep -q '^0\.[1-9]' || fail "$name: no paper in the window"
	xdotool mousemove 400 300 click 4 click 4
	sleep 1
	shot closer
	differ figure closer || fail "$name: the wheel does not zoom the figure"
	xdotool key ctrl+s
	sleep 1.5
	saved="$name/figures/reconstruction-000003.png"
	if can_read 'redo of a figure saved from the window'; then
		"$c2f" -c "figure redo $saved again.png" >out 2>err && cmp "$saved" again.png || fail "$name: the figure was not saved as it can be made again: $(cat err)"
	fi
	xdotool key f
	sleep 1
	shot figure
	type_it 'step 1'
	sleep 2
	shot after
	differ figure after || fail "$name: the figure does not follow the run"
	xdotool key ctrl+s Escape # at once: saved all the same
	sleep 0.7
	shot samples
	[ -e "$name/figures/reconstruction-000004.png" ] || fail "$name: a figure that was closed at once was not saved"
	convert samples.png -fuzz 1% -fill black +opaque white -format '%[fx:mean]' info: | grep -q '^0\.[1-9]' && fail "$name: Escape does not go back to the samples"

	xdotool key q
	sleep 0.5
	shot closed
	[ "$(colours closed)" -le 2 ] || fail "$name: q does not close the window"
	end "$name.log" 'EXIT_CODE="0"'
done

# ---- what-ifs, masks and another checkpoint; and the run is the same to the byte as one without a window
ready() { # the picture stands still: nothing is being computed any more
	for _ in $(seq 50); do
		shot one
		sleep 0.3
		shot two
		differ one two || return
	done
	fail "the window never rests"
}
cells() { convert "$1.png" -crop 1080x740+20+60 "$1-cells.png"; }
other_cells() { cells "$1"; cells "$2"; differ "$1-cells" "$2-cells"; }
saved_view() { # PATTERN: the next view's command holds it
	touch mark
	sleep 1.1
	xdotool key ctrl+s
	sleep 0.7
	view=$(find . -name 'view-*.png' -newer mark | head -1)
	[ -n "$view" ] && grep -aq -- "$1" "$view" || fail "the saved view's command is not '$1': $(grep -ao 'view val/0 count.*what=[a-z,]*' "$view")"
}
"$c2f" --run alone -c "$small; set total_steps=50; step 7; export alone.safetensors" >/dev/null 2>err || fail "the run without a window: $(cat err)"
"$c2f" --run another -c "${small/preset=tiny/preset=tiny granularities=semseg,rgb}; export another.safetensors" >/dev/null 2>err || fail "another model: $(cat err)"
begin asked.log --plain --run asked
type_it "$small; set total_steps=50"
type_it 'step 2'
wait_for asked.log 'step 2 of'
type_it 'save early.safetensors; step 2'
wait_for asked.log 'step 4 of'
type_it 'view val/0 count=2 every=1'
wait_for asked.log 'the window shows'
xdotool mousemove 700 840 key w
ready
shot asked1
xdotool mousemove 1340 93 click 1 mousemove 700 840 # the choice of masks: the next one
ready
shot asked2
differ asked1 asked2 || fail "a click on the choice of masks changes nothing"
xdotool mousemove 1130 136 mousedown 1 mousemove 1200 140 mousemove 1390 140 mouseup 1 mousemove 700 840
ready
saved_view 'mask=semantic step=50 '
xdotool key Down Down Left # the curriculum's slider has the focus; then where the run is, V
sleep 0.3
xdotool key Left
ready
saved_view 'visible='
type_it 'view mask=training substitute=instance:next seed=4'
ready
saved_view 'mask=training step=4 seed=4 substitute=instance:next'
printf 'mask 8\n' >dark.mask
type_it 'view mask=dark.mask'
wait_for asked.log 'dark.mask leaves nothing visible'
type_it 'view visible=192'
wait_for asked.log 'visible=192 is out of range (1 to 191'
type_it 'view val/5,1,7'
ready
saved_view 'view val/5,1,7 every=1'
xdotool key n # behind val/7 there is none: the last ones, then from the first on
ready
saved_view 'view val/5,6,7 every=1'
xdotool key n
ready
saved_view 'view val/0,1,2 every=1'
xdotool key p
ready
saved_view 'view val/5,6,7 every=1'
type_it 'view val/0 count=2'
type_it 'view mask=training substitute=none visible=30'
xdotool key w w Escape key b mousemove 250 200 mousedown 3 mousemove 330 260 mouseup 3 mousemove 700 840
ready
shot painted
xdotool key s
sleep 1.2
xdotool key R
ready
differ painted two || fail "R does not bring the drawn masks back"
xdotool key g
ready
xdotool key s
sleep 0.5
[ "$(find asked/masks -name '*.mask' | wc -l)" -eq 2 ] && [ "$(cat asked/masks/*.mask | sort | uniq -c | awk '$1 % 2' | wc -l)" -eq 0 ] || fail "a mask saved and loaded is another: $(ls asked/masks)"
saved_view '; view mask asked/figures/view-val-0-.*-row0.mask val/0'
type_it "view mask $(find asked/masks -name '*.mask' | head -1) val/1; view mask again.mask val/1 save"
wait_for asked.log 'saved the mask of val/1'
cmp -s again.mask "$(find asked/masks -name '*.mask' | head -1)" || fail "view mask FILE, and save: not the same file"
xdotool key b
ready
shot live
if can_read 'another checkpoint beside the live weights'; then
	type_it 'view versus=early.safetensors'
	for _ in $(seq 60); do
		ready
		shot other
		other_cells live other && break
	done
	other_cells live other || fail "versus= shows nothing else"
	xdotool key v
	ready
	other_cells live two && fail "v does not flip back"
fi
type_it 'view versus=another.safetensors'
wait_for asked.log 'view: '
type_it 'view versus=missing.safetensors'
wait_for asked.log "can't read missing.safetensors"
ready
other_cells live two && fail "a checkpoint that does not fit changes what is shown"
type_it 'step 3'
wait_for asked.log 'step 7 of'
xdotool key q
type_it 'export asked.safetensors'
sleep 0.5
end asked.log 'EXIT_CODE="0"'
cmp alone.safetensors asked.safetensors || fail "the window changed the run"

# ---- the attention explorer: its key and its words, a patch that asks, layers and heads, its drift; the saved view carries the question
begin explorer.log --plain --run explored
type_it "$small"
type_it 'view val/0 count=1 mask=random every=1'
wait_for explorer.log 'the window shows'
sleep 1.5
shot without
xdotool mousemove 300 250
sleep 0.5
xdotool key e
sleep 1
shot encoder
differ without encoder || fail "e shows no attention"
xdotool key period
sleep 1
shot stage
differ encoder stage || fail "the next layer looks the same"
xdotool key greater
sleep 1
shot head
differ stage head || fail "another head looks the same"
xdotool click 1
sleep 1
xdotool mousemove 301 250 # on the same patch: the note is gone
sleep 0.5
shot asked
differ head asked || fail "a patch that was clicked does not ask"
type_it 'view attend=rgb head=1 query=20 mass=70'
sleep 1
xdotool key ctrl+s
sleep 1
saved=$(find . -name 'view-val-0-*.png' -newer keys | head -1)
[ -n "$saved" ] && grep -aq 'attend=rgb.cross head=1 query=rgb:20 mass=70' "$saved" || fail "a saved view does not carry its question"
type_it 'view attend=rgb query=global'
wait_for explorer.log 'a decoder stage has no global token'
type_it 'view attend=encoder.9'
wait_for explorer.log 'encoder.9'
shot before
type_it 'train steps=3'
sleep 3
shot after
differ before after || fail "the explorer does not follow the run"
type_it 'view attend=off'
sleep 1
shot off
differ after off || fail "attend=off hides nothing"
end explorer.log 'EXIT_CODE="0"'

# ---- X goes away under it
begin lost --plain --run other
type_it "$small"
type_it 'view val/0 count=1'
wait_for lost 'the window shows'
sleep 1
kill $server
wait $server 2>/dev/null
server=''
wait_for lost 'the display went away'
type_it 'step'
wait_for lost 'step 1 of'
type_it 'view'
wait_for lost 'start the program again'
end lost 'EXIT_CODE="0"'

[ "$failures" -eq 0 ] && echo "the window: all as said"
exit $((failures > 0))
