#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# tools/train-genre and tools/train-harshness make a model and a card that agrees with it, by
# one command each; train-genre killed among its folds goes on to the same bytes; without
# the sounds both say in a sentence what is missing; all say what they do.
#
# usage: test_train_tools.sh BUILD-ROOT SOURCE-ROOT CLI-FIXTURE
set -euo pipefail
export LC_ALL=C
EARSHOT_BIN=$(readlink -f "${1:?usage: test_train_tools.sh BUILD-ROOT SOURCE-ROOT CLI-FIXTURE}")
root=$(readlink -f "${2:?}")
fixture=$(readlink -f "${3:?}")
export EARSHOT_BIN OMP_WAIT_POLICY=passive
t=$(mktemp -d)
trap 'rm -rf -- "$t"' EXIT
cd "$t"
n_failed=0
broken() {
  n_failed=$((n_failed + 1))
  echo "BROKEN: $*"
  tail -n 5 err 2>/dev/null | sed 's/^/    /'
}

# Three classes of six artists: how long the loud tone sounds.
mkdir set
echo path,genre,split,artist >set/index.csv
for artist in 1 2 3 4 5 6; do
  side=train
  [ "$artist" -le 4 ] || side=valid
  for class in 1 2 3; do
    "$fixture" sound "set/$class-$artist.wav" 22050 1 2 0 "0.$((3 * class))$artist"
    echo "$class-$artist.wav,kind$class,$side,artist $class-$artist" >>set/index.csv
  done
done

genre() { # OUT
  "$root/tools/train-genre" set --out "$1" --recipe tiny --systems logistic,tiny --seeds 1 --folds 3 --epochs 2 --background 16
}

# ---- one command makes all
genre a >out 2>err || broken "train-genre failed"
for file in genre.safetensors genre.md folds/compare.txt; do
  [ -s "a/$file" ] || broken "no $file"
done
grep -q "$(sha256sum <a/genre.safetensors | cut -c 1-64)" a/genre.md || broken "the card has another hash"
grep -q '^| kind2 | ' a/genre.md || broken "the card has no figures of the classes"
grep -q '^| background | ' a/genre.md || broken "the card does not say how well it knows what is no music"
grep -q '^18 clips of 18 groups in 3 folds' a/genre.md || broken "the card has no folds"
grep -q '^  minus logistic' a/genre.md || broken "the card does not say how far the network is from the baseline"
"$root/tools/card" --check "$EARSHOT_BIN/cli/earshot" a/genre.safetensors a/genre.md >err || broken "the card disagrees"

# ---- killed among the folds, it goes on to the same
set -m
genre b >out 2>err &
pid=$!
until compgen -G 'b/folds/tiny-s1-f1-*.csv' >/dev/null || ! kill -0 "$pid" 2>/dev/null; do
  sleep 0.05
done
kill -KILL -- "-$pid" 2>/dev/null || broken "it was over before it could be killed"
wait "$pid" 2>/dev/null || true
set +m
[ ! -e b/folds/compare.txt ] || broken "nothing was interrupted"
genre b >out 2>err || broken "train-genre did not go on"
for file in genre.safetensors genre.md folds/compare.txt folds/compare.csv; do
  cmp "a/$file" "b/$file" || broken "$file is another after the interruption"
done

# ---- asked what they do
for tool in train-genre train-harshness card; do
  "$root/tools/$tool" --help >out 2>err || broken "$tool --help fails"
  grep -q "^tools/$tool " out || broken "$tool --help does not say how to call it"
  [ ! -s err ] || broken "$tool --help complains"
done
if "$root/tools/card" --put folds "$t/nothing" a/genre.md >out 2>err; then broken "a block of no file"; fi
[ "$(cat err)" = "tools/card: $t/nothing: No such file or directory" ] || broken "does not name the missing file"

# ---- without sounds
if "$root/tools/train-genre" "$t/nothing" >out 2>err; then broken "trained without clips"; fi
[ "$(wc -l <err)" -eq 1 ] || broken "not one sentence"
grep -q "$t/nothing has no index.csv: give the folder" err || broken "does not say what to give"
if "$root/tools/train-harshness" --offline --corpus "$t/nothing" --out c >out 2>err; then broken "trained without music"; fi
grep -q "$t/nothing has no clean.csv" err || broken "does not say that the music is missing"

# ---- harshness: sixty artists, so that each side gets some
mkdir music
echo path,label,group >music/clean.csv
for artist in $(seq 1 60); do
  for k in 1 2 3 4; do
    if [ "$k" -le 2 ] || [ "$artist" -le 15 ]; then
      "$fixture" sound "music/$artist-$k.wav" 16000 1 "2.$((artist % 10))" "0.$k" "1.$((artist % 7))"
      echo "$artist-$k.wav,clean,artist $artist" >>music/clean.csv
    fi
  done
done
cat >small.recipe <<'END'
[input]
rate 16000
fft 512
hop 256
bands 32
low 60
high 8000
frames 32

[network]
conv 8 5x5 stride 2x2 pad 2 bn relu
conv 16 3x3 pad 1 bn relu
maxpool 2x2
mean
dense labels

[train]
optimizer adam
rate 1e-2
epochs 2
batch 16
END
"$root/tools/train-harshness" --offline --corpus music --out c --recipe "$t/small.recipe" --units 20 --judge-units 10 --judge-seconds 1.2 >out 2>err ||
  broken "train-harshness failed"
grep -q "$(sha256sum <c/harshness.safetensors | cut -c 1-64)" c/harshness.md || broken "the card has another hash"
grep -q '^unseen artist, unseen processor: ' c/harshness.md || broken "the card has no page"
"$root/tools/card" --check "$EARSHOT_BIN/cli/earshot" c/harshness.safetensors c/harshness.md >err || broken "the card disagrees"

[ "$n_failed" -eq 0 ]
