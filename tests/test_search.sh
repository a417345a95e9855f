#!/bin/bash
# SPDX-License-Identifier: ISC
#
# earshot-train search, killed at random moments, ends with the trials, scores and best
# recipe of a search that was left alone; its command trains; the test side plays no part.
#
# usage: test_search.sh EARSHOT-TRAIN CLI-FIXTURE
set -uo pipefail
train=$(readlink -f "${1:?usage: test_search.sh EARSHOT-TRAIN CLI-FIXTURE}")
fixture=$(readlink -f "${2:?}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export XDG_CACHE_HOME=$work/cache OMP_WAIT_POLICY=passive
n_broken=0

broken() {
  echo "BROKEN: $*"
  n_broken=$((n_broken + 1))
}

for i in 1 2 3 4 5 6 7 8 9; do
  mkdir -p set/burst set/plain
  "$fixture" sound "set/burst/$i.wav" 22050 1 "2.$i" 0 99
  "$fixture" sound "set/plain/$i.wav" 22050 1 "2.$i" 99 99
done
search() { # FOLDER: what is searched is always the same
  "$train" search set --recipe tiny --range rate=1e-4..3e-2:log --range batch=8..24 \
    --range 'optimizer=adam|sgd' --trials 9 --halving --epochs 3 -o "$1" >"$1.out" 2>"$1.err"
}
# results without what the clock says
results() {
  grep -v '"seconds"' "$1/search.json"
}

search whole || broken "the search ended with $?: $(tail -n 2 whole.err)"
for moment in 1 2 3 4 5 6 7 8 9 10 11 12; do
  search killed &
  pid=$!
  sleep "0.$((RANDOM % 8 + 1))"
  child=$(pgrep -P $pid -x earshot-train) # the program, below the function's shell
  kill -9 "${child:-$pid}" 2>/dev/null
  wait $pid 2>/dev/null && break
done
search killed || broken "going on ended with $?: $(tail -n 2 killed.err)"
diff <(results whole) <(results killed) >/dev/null || broken "other results after kill -9"
cmp -s whole/best.recipe killed/best.recipe || broken "another best recipe after kill -9"
[ -s whole/trials.png ] || broken "no picture"
grep -q '(the recipe as it is)' whole.out || broken "the recipe itself was not tried"

# a search that is done tells it again, without training; another is refused by name
search whole
! grep -q '^trial' whole.err || broken "a search that was done trained again"
"$train" search set --recipe tiny --range rate=1e-4..3e-2:log --trials 9 -o whole 2>err &&
  broken "another search went on in the same folder"
grep -q 'of another search' err || broken "no word of the other search: $(cat err)"

# nothing of the test side counts: with other sounds there, the same results
awk -F, '$4 == "test" { print $1 }' whole/split.csv >test-side
n=0
while read -r f; do
  n=$((n + 1)) # each its own length: none is a duplicate
  "$fixture" sound "set/$f" 22050 1 "1.7$n" 99 99
done <test-side
"$train" search set --recipe tiny --range rate=1e-4..3e-2:log --range batch=8..24 \
  --range 'optimizer=adam|sgd' --trials 9 --halving --epochs 3 --split whole/split.csv \
  -o other >other.out 2>other.err || broken "with other test sounds: $(tail -n 1 other.err)"
diff <(grep -E '"(score|loss)"' whole/search.json) <(grep -E '"(score|loss)"' other/search.json) \
  >/dev/null || broken "the test side changed a score"

# the command at the end trains the best
command=$(sed -n 's/^train it:  earshot-train //p' killed.out)
[ -n "$command" ] || broken "no command"
eval "\"\$train\" $command" >out 2>err || broken "'$command' failed: $(tail -n 1 err)"
[ -s set.safetensors ] || broken "'$command' left no model"

# mistakes are named
"$train" search set --recipe tiny --range momentun=0.1..0.9 2>err && broken "a wrong key passed"
grep -q momentun err || broken "a wrong key is not named"
"$train" search set --recipe tiny 2>err && broken "no range passed"
grep -q 'nothing to search' err || broken "no word that there is nothing to search"

echo "$n_broken broken"
[ "$n_broken" -eq 0 ]
