#!/bin/bash
# SPDX-License-Identifier: ISC
#
# earshot-train harshness killed while it renders, trains, calibrates or judges goes on, by
# the line that it began with, to byte-identical files; a signal keeps the best so far.
#
# usage: test_harsh_resume.sh EARSHOT-TRAIN CLI-FIXTURE
set -uo pipefail
train=$(readlink -f "${1:?usage: test_harsh_resume.sh EARSHOT-TRAIN CLI-FIXTURE}")
fixture=$(readlink -f "${2:?}")
in_memory=/dev/shm # a kill loses nothing that was written, so any file system will do
work=$(mktemp -d -p "$([ -w $in_memory ] && echo $in_memory || echo "${TMPDIR:-/tmp}")")
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export OMP_WAIT_POLICY=passive
n_broken=0
RANDOM=${SEED:-1}

broken() {
  echo "BROKEN: $*"
  n_broken=$((n_broken + 1))
}

# ends CODE ARGUMENTS...
ends() {
  local want=$1 code=0
  shift
  "$train" harshness "$@" >out 2>err </dev/null || code=$?
  [ "$code" -eq "$want" ] || broken "'harshness $*' ended with $code, not $want: $(tail -n 2 err)"
}

holds() { # FILE PATTERN
  grep -q -e "$2" "$1" || broken "no '$2' in $1: $(tail -c 300 "$1")"
}

same() {
  cmp "$1" "$2" || broken "$1 and $2 differ"
}

# Sixty artists, so that each side gets some.
echo path,label,group >clean.csv
for artist in $(seq 1 60); do
  mkdir -p "set/p$artist"
  for t in 1 2 3 4; do
    if [ $t -le 2 ] || [ "$artist" -le 15 ]; then
      "$fixture" sound "set/p$artist/$t.wav" 16000 1 "2.$((artist % 10))" "0.$t" "1.$((artist % 7))"
      echo "p$artist/$t.wav,clean,artist $artist" >>clean.csv
    fi
  done
done
mv clean.csv set/

echo '[input]
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
dropout 0.3
dense labels
[train]
batch 8
optimizer adamw
schedule cosine
rate 1e-2
averaging 0.98
gain 6
epochs 40' >toy.recipe
settings=(set --recipe toy.recipe --name toy --units 20 --judge-units 10
  --judge-seconds 1.2 --checkpoint-steps 1)

ends 0 "${settings[@]}" -o 'the one.safetensors' --cache pools
[ -n "$(find pools -name '*.pool')" ] || broken "nothing lies in the folder for rendered parts, which was not there"
[ -z "$(find 'the one.run' -name '*.pool')" ] || broken "rendered parts were left in the run's folder"
for file in config.json dataset.json split.csv log.csv log.jsonl events.out.tfevents.earshot \
  last.ckpt best.ckpt figures.json; do
  [ -s "the one.run/$file" ] || broken "no $file in the run's folder"
done

if [ -e 'the one.run/curves.png' ]; then # it was built with pictures
  holds 'the one.run/page.html' 'raise the same flag on <b>[0-9.]* %</b> of [0-9]* excerpts'
  holds 'the one.run/page.html' 'miss-1.flac'
  [ -s 'the one.run/miss-1.flac' ] || broken "the page's first miss is not there"
fi

assert_like_the_one() { # STEM
  same "$1.safetensors" 'the one.safetensors'
  same "$1.safetensors.report.txt" 'the one.safetensors.report.txt'
  same "$1.safetensors.split.csv" 'the one.safetensors.split.csv'
  same "$1.run/best.ckpt" 'the one.run/best.ckpt'
  same "$1.run/figures.json" 'the one.run/figures.json'
  cut -d, -f1-7 "$1.run/log.csv" >a.csv
  cut -d, -f1-7 'the one.run/log.csv' >b.csv
  same a.csv b.csv
  [ -z "$(find . -name '*.tmp')" ] || broken "something was left lying: $(find . -name '*.tmp')"
}

# A run, killed up to `longest` ms after it said PATTERN; false when it had ended by itself,
# as it may on a fast machine or on one that pauses this script.
hit=0
longest=200
kill_after() { # PATTERN
  local code=0
  # shellcheck disable=SC2086
  "$train" harshness "${settings[@]}" -o 'k 1.safetensors' --resume >out 2>err </dev/null &
  local job=$!
  until grep -q -e "$1" err || ! kill -0 $job 2>/dev/null; do sleep 0.01; done
  sleep "0.$(printf %03d $((RANDOM % longest)))"
  kill -9 $job 2>/dev/null
  wait $job 2>/dev/null || code=$?
  [ $code -eq 137 ] || [ $code -eq 0 ] || broken "it ended with $code after '$1': $(tail -n 1 err)"
  [ $code -eq 137 ] && hit=$((hit + 1))
}
not_again() { # PATTERN...
  local pattern
  for pattern in "$@"; do
    ! grep -q -e "$pattern" err || broken "it did '$pattern' again"
  done
}
kill_all() {
  local pattern
  for pattern in 'rendering (train)' 'rendering (train) 1' 'rendering (valid)' \
    '^epoch 1/' '^epoch 8/' '^epoch 20/' '^epoch 30/' 'rendering (valid) . of 10' \
    'rendering (regression)' 'rendering (seen artist, unseen' \
    'rendering (unseen artist, seen' 'rendering (identifier) 1'; do
    kill_after "$pattern" || return 1
    case $pattern in # what was done is not done again
    *' 30/') not_again '^epoch [1-9]/' 'rendering (train)' ;;
    *identifier*) not_again '^epoch' 'rendering (regression)' 'rendering (seen artist' ;;
    esac
  done
}
tries=1
until kill_all || [ $n_broken -gt 0 ]; do
  rm -rf 'k 1'*
  longest=$((longest / 4 + 1))
  tries=$((tries + 1))
  [ $tries -le 5 ] || broken "five runs ended before they could be killed"
done
line=$(head -n 1 err)
[[ $line == 'whatever interrupts this run, it goes on with: earshot-train harshness '*' --resume' ]] ||
  broken "the first line does not say how to go on: $line"

# What it said it goes on with; without --resume nothing is begun anew.
ends 2 "${settings[@]}" -o 'k 1.safetensors'
holds err 'k 1.run holds an unfinished run: go on with --resume'
ends 2 "${settings[@]}" -o 'k 1.safetensors' --resume --seed 2
holds err 'seed was 1 and is 2 now'
eval "\"\$train\" ${line#*earshot-train}" >out 2>err </dev/null || broken "$line: $(tail -n 1 err)"
assert_like_the_one 'k 1'
echo "$hit kills"

# The first Ctrl-C writes the best so far, also while it judges; so does the clock.
interrupt_after() { # PATTERN
  local code=0
  "$train" harshness "${settings[@]}" -o s.safetensors --resume --cache pools >out 2>err </dev/null &
  local job=$!
  until grep -q -e "$1" err || ! kill -0 $job 2>/dev/null; do sleep 0.01; done
  kill -INT $job
  wait $job || code=$?
  [ $code -ne 0 ] || return 1
  [ $code -eq 130 ] || broken "interrupted after '$1' it ended with $code, not 130"
  holds err 's.safetensors is written, without figures.*--resume goes on'
}
for tries in 1 2 3 4 5; do
  interrupt_after '^epoch 3/' && break
  rm -rf s.*
  [ "$tries" -lt 5 ] || broken "five runs ended before they could be interrupted"
done
[ -s s.safetensors ] || broken "an interrupted run wrote no model"
sed 's/^epochs .*/epochs 40000/' toy.recipe >long.recipe
ends 0 "${settings[@]}" --recipe long.recipe -o m.safetensors --max-minutes 0.03 --cache pools
holds err "stopped before the recipe's end, --resume goes on"
holds out 'int8 against float'
ends 0 "${settings[@]}" -o s.safetensors --resume --cache pools
assert_like_the_one s

echo "$n_broken broken"
[ "$n_broken" -eq 0 ]
