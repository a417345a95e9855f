#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# What the cards of the shipped models say in figures is what the files hold and what the
# engine hears in sounds made on the spot; and the program has these files compiled in.
# Then the check itself is checked: every seeded disagreement must be named.
#
# usage: test_cards.sh EARSHOT SOURCE-ROOT
# shellcheck disable=SC2016 # backquotes of a card
set -euo pipefail
export LC_ALL=C

earshot=$(readlink -f "${1:?usage: test_cards.sh EARSHOT SOURCE-ROOT}")
root=$(readlink -f "${2:?usage: test_cards.sh EARSHOT SOURCE-ROOT}")
card=$root/tools/card
t=$(mktemp -d)
trap 'rm -rf -- "$t"' EXIT
n_failed=0
broken() {
  n_failed=$((n_failed + 1))
  echo "BROKEN: $*"
  [ ! -s "$t/out" ] || sed 's/^/    /' "$t/out"
}

n_models=0
for model in "$root"/models/*.safetensors; do
  name=$(basename "$model" .safetensors)
  n_models=$((n_models + 1))
  "$card" --check "$earshot" "$model" "$root/models/$name.md" >"$t/out" 2>&1 ||
    broken "models/$name.md disagrees with its file: tools/card EARSHOT models/$name.safetensors models/$name.md writes it anew"
  : >"$t/out"
  sum=$(sha256sum <"$model" | cut -c 1-64)
  "$earshot" model info "$name" >"$t/info" # a pipe into grep -q would break under the longer card
  grep -q "^sha256 *$sum$" "$t/info" || broken "$name compiled in is another than models/$name.safetensors"
done
[ "$n_models" -ge 2 ] || broken "only $n_models models are shipped"

# disagrees WHAT SED-SCRIPT: a card changed so, which must be noticed
cp "$root/models/genre.safetensors" "$root/models/genre.md" "$t"
disagrees() {
  sed -E "$2" "$root/models/genre.md" >"$t/genre.md"
  if cmp -s "$t/genre.md" "$root/models/genre.md"; then
    broken "the seed '$1' changes nothing"
  elif "$card" --check "$earshot" "$t/genre.safetensors" "$t/genre.md" >"$t/out" 2>&1; then
    broken "not noticed: $1"
  elif ! grep -q "genre.md" "$t/out"; then
    broken "noticed without naming the card: $1"
  fi
  : >"$t/out"
}
disagrees "another hash" '/SHA-256/ s/`[0-9a-f]{8}/`00000000/'
disagrees "another figure" '/^\| macro-F1/ s/\| [0-9]{2}\.[0-9] /| 99.9 /'
disagrees "a class left out" '/^\| jazz/ d'
disagrees "another likelihood" '/^\| white noise/ s/ 0\.[0-9]/ 0.0/'
disagrees "another label" '/^\| white noise/ s/\| [a-z]+ 0/| nothing 0/'
disagrees "no sample" '/sample: written/ d'

# A card with a right hash of another file than the one that is measured.
cp "$root/models/genre.md" "$t/genre.md"
cp "$root/models/harshness.safetensors" "$t/genre.safetensors"
if "$card" --check "$earshot" "$t/genre.safetensors" "$t/genre.md" >"$t/out" 2>&1; then
  broken "not noticed: another file under this name"
fi
: >"$t/out"

[ "$n_failed" -eq 0 ]
