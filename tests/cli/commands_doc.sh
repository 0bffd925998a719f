#!/usr/bin/env bash
# docs/commands.md is what the table writes now.
: "${C2F:=build/c2f}"
if ! "$C2F" --print-commands | diff -u docs/commands.md - ; then
	echo "docs/commands.md is not current: run make golden, and look at the difference"
	exit 1
fi
echo "docs/commands.md is current"
