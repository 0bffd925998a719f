#!/usr/bin/env bash
# The golden files again, this time from outside: weights and batch in files, `load`, `trace ... grads`, the results compared with
# tests/golden/model. golden_test has no way to give the program positions of its own, so that case stays with the unit test.
set -eu
: "${C2F:=build/c2f}" "${BUILD:=$(dirname "$C2F")}"
tool=$BUILD/tests/unit/golden_test
if [ ! -x "$tool" ]; then
	echo "skipped: $tool is not built"
	exit 77
fi
. tests/reading.sh
can_read 'weights and batches from files' || exit 77
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for file in tests/golden/model/{cascade,coco,parallel,cumulative,cross_attention_off,order_ris,rgb_semseg,norm_pix_weights,visible_in_semseg,unlabelled_batch}.tsv; do
	options=$("$tool" --write "$file" "$work")
	echo "$file: set $options"
	"$C2F" -c "set $options device=cpu; load $work/W.safetensors; trace $work/B.safetensors $work/O.safetensors grads"
	"$tool" --compare "$file" "$work/O.safetensors"
done
