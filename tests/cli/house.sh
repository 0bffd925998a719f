#!/usr/bin/env bash
# The house's rules that grep can check: each library is named in one room, includes point one way, only app/main.c ends the program (a signal handler's _exit apart).
set -u
cd "$(dirname "$0")/../.."
failed=0
say() { echo "$*"; failed=1; }

# header's beginning, where it may be named
while read -r header place; do
	for file in $(grep -rlE "#include <$header" --include='*.[ch]' app tui viewer engine | grep -vE "^($place)"); do
		say "$file includes <$header...>, which belongs in $place"
	done
done <<'EOT'
png.h engine/data/
jpeglib.h engine/data/
jansson.h engine/base/json.c
dnnl engine/(op|device)/
readline/ tui/
curses.h tui/
SDL2/ viewer/
cairo viewer/
EOT

# room, what it may include of ours
while read -r room allowed; do
	while IFS=: read -r file include; do
		say "$file has $include: $room may include only $allowed"
	done < <(grep -rnoE '#include "[^"]+"' --include='*.[ch]' "$room" | sed -E 's/:[0-9]+:#include "/:/; s/"$//' | grep -vE ":($allowed)")
done <<'EOT'
engine engine/
viewer viewer/|engine/base/|engine/data/image_file.h
tui tui/|engine/base/|engine/mask/(curriculum|mask|stats).h
EOT

for file in $(grep -rlE '(^|[^_a-z])exit\(' --include='*.[ch]' app tui viewer engine | grep -vE '^app/main.c'); do
	say "$file calls exit()"
done
[ $failed -eq 0 ]
