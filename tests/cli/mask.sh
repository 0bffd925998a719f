#!/usr/bin/env bash
# mask and mask stats from outside: rows and counts of the CSV files, the same masks again after training, the same counts as predict's, sentences.
set -u
c2f=$(realpath "$C2F")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
export LC_ALL=C
fail() { echo "mask.sh: $*"; exit 1; }
small="set preset=tiny batch=2 eval_every=0 total_steps=8 seed=5; data scenes train=8 val=2"

# CSV: 3 x 64 patches; each granularity's four masks have the same number of masked patches; 32 visible in all
"$c2f" -c "$small; mask train/3 step=2 csv=m.csv" >m.txt || fail "mask"
[ "$(head -1 m.csv)" = granularity,row,col,semantic_label,instance_label,m_semantic,m_instance,m_random,final ] || fail "header: $(head -1 m.csv)"
awk -F, 'NR > 1 { n++; for (i = 6; i <= 9; i++) k[$1, i] += $i; visible += 1 - $9; gs[$1] }
	END { if (n != 192 || visible != 32) exit 1; for (g in gs) for (i = 6; i < 9; i++) if (k[g, i] != k[g, 9]) exit 1 }' m.csv || fail "counts in m.csv"
LC_ALL=C grep -q '[^ -~]' m.txt && fail "not ASCII in the C locale"
awk 'length > 80 { exit 1 }' <(tail -n +4 m.txt) || fail "wider than 80 columns"

# t = 2/8: a tie. Before it semantic wins whole, after it instance.
for s in 1 3; do
	"$c2f" -c "$small; mask stats samples=8 step=$s csv=s$s.csv" >/dev/null || fail "mask stats"
	grep -qx "$s,all,realised,$([ $s = 1 ] && echo semantic || echo instance),1" s$s.csv || fail "no switch at step $s: $(grep all,realised s$s.csv | tr '\n' ' ')"
done
grep -qx "1,all,requested,semantic,0.75" s1.csv || fail "requested at step 1"

# After training, with the curriculum changed at step 2, step 1's masks are what they were; step 5's follow the edit
"$c2f" --run r -c "$small; mask train/3 step=1 csv=before.csv; mask train/3 step=5 csv=plan.csv; train steps=2; curriculum preset sg
	mask train/3 step=1 csv=after.csv; mask train/3 step=5 csv=edited.csv; mask train/3 step=5 generator=semantic csv=semantic.csv" >/dev/null || fail "train"
cmp before.csv after.csv || fail "the mask of step 1 changed"
cmp -s plan.csv edited.csv && fail "the edit changed nothing"
cmp edited.csv semantic.csv || fail "the sg curriculum is not the semantic generator"

if "$c2f" -c "$small; predict train/3 out=p.png" 2>&1 | grep -q 'this build has no figures'; then
	echo "left out without Cairo: predict's masks"
else
	# predict's mask is this mask
	"$c2f" --run p -c "$small; mask train/3 step=2; predict train/3 step=2 out=p.png" >p.txt || fail "predict"
	for g in semseg instance rgb; do
		n=$(grep -A1 "^$g  " p.txt | sed -n 's/^n \([0-9]*\) .*/\1/p' | head -1)
		grep -q "$g [0-9.]* ($n of 64 visible)" p.txt || fail "predict's $g differs: $(grep visible\) p.txt), mask says n $n"
	done

	# The mask of a step is the mask that training used: with one sample a step and weights that stand still (lr 1e-12), predict's losses under
	# the redrawn mask are those that the step recorded. Step 5's sample is the one whose mask says so.
	still="set preset=tiny batch=1 eval_every=0 total_steps=8 seed=5 lr=1e-12 warmup_lr=0 weight_decay=0; data scenes train=8 val=2"
	"$c2f" --run q -c "$still; train steps=6$(for i in 0 1 2 3 4 5 6 7; do printf '; mask train/%d step=5; predict train/%d step=5 out=q.png' $i $i; done)" >q.txt || fail "train with lr 1e-12"
	grep -A99 'batch holds it' q.txt | grep -m1 'visible)' | sed 's/.*step 5: //; s/[^0-9.]*\([0-9.]*\) ([^)]*)/\1 /g' >predicted
	sed -n 's/.*"step": *5,.*"train": *{"semseg": *\([^,]*\), "instance": *\([^,]*\), "rgb": *\([^,]*\),.*/\1 \2 \3/p' q/metrics.jsonl >trained
	paste -d' ' predicted trained | awk 'NF != 6 { exit 1 } { for (i = 1; i <= 3; i++) { d = $i - $(i + 3); if (!(d * d <= 4e-8)) exit 1 } }' ||
		fail "step 5 trained under another mask: $(cat predicted) / $(cat trained)"
fi

refused() { # COMMAND, what the sentence says
	local said
	said=$("$c2f" -c "$small; $1" 2>&1 >/dev/null) && fail "accepted: $1"
	[[ $said == error:*"$2"* ]] || fail "$1: $said"
}
refused "mask train/8" "there is no sample train/8"
refused "mask val/99999999999" "val/99999999999"
refused "mask train/0 step=9" "behind the run's end"
refused "mask train/0 csv=no/such/folder.csv" "can't write no/such/folder.csv"
refused "mask stats samples=0" "samples"
refused "mask stats csv=no/such/folder.csv" "can't write"
[ -z "$(ls ./*.new 2>/dev/null)" ] || fail "a half-written file was left"
exit 0
