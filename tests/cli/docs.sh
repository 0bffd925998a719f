#!/usr/bin/env bash
# The documents name files that exist, and functions that stand in them; their links lead somewhere.
fail=0
complain() { echo "$1"; fail=1; }

sources=$(find app tui viewer engine tests -name '*.c' -o -name '*.h' -o -name '*.sh' -o -name '*.py')
for doc in README.md docs/*.md; do
	# [text](target): relative links
	while read -r target; do
		[ -e "$(dirname "$doc")/${target%%#*}" ] || complain "$doc links to $target, which is not there"
	done < <(grep -o '](\([^)]*\))' "$doc" | sed 's/^](\(.*\))$/\1/' | grep -v '://' | grep -v '^#' | sort -u)
	# `engine/mask/blend.c`, `engine/mask/`: paths from the root; capitals stand for a name to be chosen (`tests/unit/X_test.c`)
	while read -r path; do
		[ -e "$path" ] || complain "$doc names $path, which is not there"
	done < <(grep -o '`[a-z]*/[^` ]*`' "$doc" | tr -d '\`' | grep -E '^(app|tui|viewer|engine|tests|docs|assets)/' | grep -v '[A-Z*]' | sort -u)
	# `blend.c`: `mask_blend_topk`: a word of that file
	while read -r file word; do
		found=$(grep -E "(^|/)$file\$" <<<"$sources")
		[ -n "$found" ] || { complain "$doc names $file, which is not there"; continue; }
		# shellcheck disable=SC2086
		grep -qw -- "$word" $found || complain "$doc looks for $word in $file, where it is not"
	done < <(grep -oE '`[A-Za-z0-9_/]+\.[ch]`: `[A-Za-z0-9_]+`' "$doc" | sed 's/`: `/ /; s/`//g' | sort -u)
done
exit $fail
