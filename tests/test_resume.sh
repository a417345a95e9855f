#!/bin/bash
# SPDX-License-Identifier: ISC
#
# earshot-train killed at any moment, also while it writes, goes on with --resume to
# byte-identical weights; a disk that refuses costs nothing that was there.
#
# usage: test_resume.sh EARSHOT-TRAIN CLI-FIXTURE [KILLS]
# KILLS: how many times kill -9 must have hit a run (default 40; the full proof is 200).
set -uo pipefail
train=$(readlink -f "${1:?usage: test_resume.sh EARSHOT-TRAIN CLI-FIXTURE [KILLS]}")
fixture=$(readlink -f "${2:?}")
kills=${3:-40}
in_memory=/dev/shm # a kill loses nothing that was written, so any file system will do
work=$(mktemp -d -p "$([ -w $in_memory ] && echo $in_memory || echo "${TMPDIR:-/tmp}")")
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export XDG_CACHE_HOME=$work/cache OMP_WAIT_POLICY=passive
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
  "$train" "$@" >out 2>err </dev/null || code=$?
  [ "$code" -eq "$want" ] || broken "'earshot-train $*' ended with $code, not $want: $(tail -n 2 err)"
}

holds() { # FILE PATTERN
  grep -q -e "$2" "$1" || broken "no '$2' in $1: $(tail -c 300 "$1")"
}

same() {
  cmp "$1" "$2" || broken "$1 and $2 differ"
}

for i in 1 2 3 4 5 6 7 8 9; do
  mkdir -p set/burst set/plain
  "$fixture" sound "set/burst/$i.wav" 22050 1 "2.$i" 0 99
  "$fixture" sound "set/plain/$i.wav" 22050 1 "2.$i" 99 99
done

# two recipes that between them have everything a run can remember
network='[input]
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
crops 2
balance yes
mixup 0.3
gain 6
timemask 1 6'
printf '%s\noptimizer adamw\nschedule cosine\nrate 1e-2\nwarmup 20\naveraging 0.98\nquantize 20\nepochs 90\n' \
  "${network/$'mean\n'/$'branch\nconv 6 4x4 stride 4x4 bn\nconcat\nmean deviation\n'}" >one.recipe
printf '%s\noptimizer sgd\nschedule plateau\nwait 2\nfactor 0.7\nrate 5e-2\npatience 60\nepochs 90\n' \
  "$network" >two.recipe

options() { # RECIPE OUT
  echo "set -o $2.safetensors --recipe $1.recipe --name toy --seed 5 --checkpoint-steps 1"
}
for recipe in one two; do
  # shellcheck disable=SC2046
  ends 0 $(options $recipe $recipe)
done

# What a run ended with, without times.
assert_like() { # OUT REFERENCE
  same "$1.safetensors" "$2.safetensors"
  same "$1.run/best.ckpt" "$2.run/best.ckpt"
  cut -d, -f1-7 "$1.run/log.csv" >a.csv
  cut -d, -f1-7 "$2.run/log.csv" >b.csv
  same a.csv b.csv
}

hit=0       # kills that met a running process
in_write=0  # of them, those that left a half-written file
finished=0  # runs whose result was compared
kill_once() { # RECIPE: start or go on, and kill; false when it had ended by itself
  local left
  # shellcheck disable=SC2046
  "$train" $(options "$1" k) --resume >out 2>err </dev/null &
  local job=$! code=0
  if [ $((RANDOM % 2)) -eq 0 ]; then
    sleep "0.$(printf %03d $((RANDOM % 500)))"
  else # stopped again and again until that is within a write
    while kill -STOP $job 2>/dev/null && ! compgen -G 'k.run/*.tmp' >/dev/null; do
      kill -CONT $job
      sleep "0.00$((RANDOM % 10))"
    done
  fi
  kill -9 $job 2>/dev/null
  wait $job 2>/dev/null || code=$?
  [ $code -eq 137 ] || return 1
  hit=$((hit + 1))
  left=$(find . -name '*.tmp' | wc -l)
  [ "$left" -eq 0 ] || in_write=$((in_write + 1))
}

finish() { # RECIPE: to its end, compared
  # shellcheck disable=SC2046
  ends 0 $(options "$1" k) --resume
  assert_like k "$1"
  [ -z "$(find . -name '*.tmp')" ] || broken "something was left lying: $(find . -name '*.tmp')"
  finished=$((finished + 1))
  rm -rf k.*
}

recipe=one
while [ "$hit" -lt "$kills" ] && [ "$n_broken" -eq 0 ]; do
  before=$hit
  while [ $((hit - before)) -lt 25 ] && [ "$hit" -lt "$kills" ] && kill_once "$recipe"; do
    :
  done
  finish "$recipe"
  recipe=$([ "$recipe" = one ] && echo two || echo one)
done
echo "$hit kills, $in_write of them within a write; $finished runs compared to the byte"
[ "$in_write" -gt 0 ] || broken "no kill met a write"

# A signal: the best so far is written, --resume goes on; without it nothing is begun anew.
# shellcheck disable=SC2046
"$train" $(options one s) >out 2>err </dev/null &
job=$!
until [ -s s.run/last.ckpt ] || ! kill -0 $job 2>/dev/null; do sleep 0.01; done
kill -INT $job
code=0
wait $job || code=$?
[ $code -eq 130 ] || broken "an interrupted run ended with $code, not 130"
[ -s s.safetensors ] || broken "an interrupted run wrote no model"
holds err 'go *es on'
# shellcheck disable=SC2046
ends 2 $(options one s)
holds err 'unfinished run'
# shellcheck disable=SC2046
ends 2 $(options one s) --resume --epochs 91
holds err 'train.epochs was 90 and is 91 now'
# shellcheck disable=SC2046
ends 2 $(options one s) --resume --seed 6
holds err 'split_sha256 was\|seed was 5 and is 6 now'
cp set/plain/1.wav set/plain/10.wav
printf more >>set/plain/10.wav
# shellcheck disable=SC2046
ends 2 $(options one s) --resume
holds err 'clips was 18 and is 19 now'
rm set/plain/10.wav
# shellcheck disable=SC2046
ends 0 $(options one s) --resume
assert_like s one

# Sounds may lie elsewhere, and the model to begin with too, if they are what they were.
cp two.safetensors begin.safetensors
ends 0 set -o other.safetensors --recipe two.recipe --seed 6 --epochs 1
mkdir moved
# shellcheck disable=SC2046
"$train" $(options two m) --init begin.safetensors >out 2>err </dev/null &
job=$!
until [ -s m.run/last.ckpt ] || ! kill -0 $job 2>/dev/null; do sleep 0.01; done
kill -INT $job
wait $job
mv set moved/set
mv begin.safetensors moved/other.safetensors
resume_moved() { # CODE MODEL
  ends "$1" moved/set -o m.safetensors --recipe two.recipe --name toy --seed 5 --resume --init "$2"
}
resume_moved 2 other.safetensors
holds err '^earshot-train: --resume: init was [0-9a-f]* and is [0-9a-f]* now'
resume_moved 0 moved/other.safetensors
holds err "^the sounds were in $work/set: they are the same here"
mv moved/set set

# The disk is full from somewhere within the run on.  Where no checkpoint fits, it says so
# and trains to its end; where nothing fits, it ends; what was good stays.
# shellcheck disable=SC2046
"$train" $(options two d) >out 2>err </dev/null &
job=$!
until [ -s d.run/last.ckpt ] || ! kill -0 $job 2>/dev/null; do sleep 0.01; done
kill -9 $job
wait $job 2>/dev/null
cp d.run/last.ckpt good.ckpt
full() { # KIB: as if the disk had room for files of that size
  code=0
  # shellcheck disable=SC2046
  (ulimit -f "$1" && "$train" $(options two d) --resume 2>&1 </dev/null) | cat >out || code=$?
  same d.run/last.ckpt good.ckpt
}
full 8
holds out 'last.ckpt cannot be written: File too large; training goes on'
holds out '^epoch [0-9]*/90.*valid'
full 0
[ $code -eq 2 ] || broken "a full disk ended with $code, not 2: $(tail -n 1 out)"
holds out '^earshot-train: .* cannot be written: File too large'
# shellcheck disable=SC2046
ends 0 $(options two d) --resume
assert_like d two

# A place where nothing can be made: named before the first step.
ends 2 set -o /proc/my.safetensors --recipe one.recipe
holds err '/proc/my.run cannot be made'
if grep -q '^epoch' err; then broken "it trained for a place that cannot be written"; fi

echo "$n_broken broken"
[ "$n_broken" -eq 0 ]
