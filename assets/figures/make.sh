#!/usr/bin/env bash
# usage: make.sh C2F FOLDER STEPS    Trains by train.c2f (or takes the run that stands in FOLDER, if it is as long), then draws every other recipe here,
# and writes FOLDER/index.html. A PNG carries its command; the page shows it. early.safetensors names the weights after a tenth of the steps.
set -eu
c2f=$(realpath "$1") steps=$3
recipes=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$2"
cd "$2"

every=$(((steps + 9) / 10))
trained=$(printf 'run-%d/checkpoints/step-%06d.safetensors' "$steps" "$steps") early=$(printf 'run-%d/checkpoints/step-%06d.safetensors' "$steps" "$every")
[ -e "$trained" ] || "$c2f" --run "run-$steps" -c "set total_steps=$steps save_every=$every; source \"$recipes/train.c2f\"; train; save"
ln -sf "$early" early.safetensors

script="load $trained"
names=$(cd "$recipes" && ls *.c2f | grep -v '^train\.c2f$' | sed 's/\.c2f$//')
for name in $names; do script+="; source \"$recipes/$name.c2f\""; done
"$c2f" -c "$script"

escape() { sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g'; }
{
	echo '<!DOCTYPE html><meta charset="utf-8"><title>C2FMAE: figures</title>'
	echo '<style>body { font: 15px/1.5 sans-serif; max-width: 70em; margin: 2em auto; padding: 0 1em; color: #222 } img { max-width: 100% } code { background: #f3f3f3; padding: .1em .3em }</style>'
	echo "<h1>Figures</h1><p>The preset tiny after $steps steps on the embedded scenes. Each file carries its command; <code>figure redo FILE.png</code> makes it again.</p>"
	for name in $names; do
		echo "<h2>$name</h2><p>$(sed -n 's/^# //p' "$recipes/$name.c2f" | escape)<br><code>$(grep -v '^#' "$recipes/$name.c2f" | escape)</code></p>"
		echo "<a href=\"$name.png\"><img src=\"$name.png\" alt=\"$name\"></a>"
	done
} >index.html
echo "wrote $2/index.html"
