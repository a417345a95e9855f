#!/bin/bash
# SPDX-License-Identifier: ISC
#
# The program earshot-train, from the outside: what it is asked for it does, with the exit
# code that it promises.
#
# usage: test_train_cli.sh EARSHOT-TRAIN CLI-FIXTURE [pictures]
set -uo pipefail
train=$(readlink -f "${1:?usage: test_train_cli.sh EARSHOT-TRAIN CLI-FIXTURE [pictures]}")
fixture=$(readlink -f "${2:?}")
pictures=${3:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export XDG_CACHE_HOME=$work/cache OMP_WAIT_POLICY=passive
n_broken=0

ends() { # CODE ARGUMENTS...
  local want=$1 code=0
  shift
  "$train" "$@" >out 2>err </dev/null || code=$?
  if [ "$code" -ne "$want" ]; then
    echo "BROKEN: 'earshot-train $*' ended with $code, not $want"
    head -n 5 err
    n_broken=$((n_broken + 1))
  fi
}

holds() { # FILE PATTERN
  grep -q -e "$2" "$1" || {
    echo "BROKEN: no '$2' in $1: $(head -c 300 "$1")"
    n_broken=$((n_broken + 1))
  }
}

# degrade: the same seed gives the same file; what is asked for is measured
"$fixture" sound song.wav 44100 2 4 1 3
ends 0 degrade song.wav a.wav --kind clipping --severity 30 --seed 5
holds out '^clipping-.*severity [23][0-9]\.'
ends 0 degrade song.wav b.wav --kind clipping --severity 30 --seed 5
cmp a.wav b.wav || n_broken=$((n_broken + 1))
ends 0 degrade song.wav i.wav --kind harshness-identifier
ends 1 degrade song.wav c.wav --kind shouting
holds err 'shouting'
ends 2 degrade missing.wav c.wav
holds err 'missing.wav'
ends 2 degrade song.wav nowhere/c.wav
ends 1 degrade song.wav
ends 0 degrade --list

# harshness: an option that is out of its range is named with it
ends 1 harshness set -o h.safetensors --judge-units 8
holds err 'judge-units takes a number from 10 to 900000, not .8.'

# train, eval, check
for i in 1 2 3 4 5 6 7 8 9; do
  mkdir -p set/burst set/plain
  "$fixture" sound "set/burst/$i.wav" 22050 1 "2.$i" 0 99
  "$fixture" sound "set/plain/$i.wav" 22050 1 "2.$i" 99 99
done
# sounds of the fixture are much alike: each has its own length, so none is a duplicate
ends 0 check set
ends 0 set -o one.safetensors --recipe tiny --name toy --seed 3
ends 0 train set -o two.safetensors --recipe tiny --name toy --seed 3
cmp one.safetensors two.safetensors || n_broken=$((n_broken + 1))
holds one.safetensors.report.txt 'int8'
# unsure: what is asked for is in the file, and both say what it does
ends 0 set -o unsure.safetensors --recipe tiny --epochs 1 --unsure 0.75
holds unsure.safetensors.report.txt '^  [0-9.]* % unsure (margin under 0.750)'
ends 0 eval unsure.safetensors set --split unsure.safetensors.split.csv --json
holds out '"unsure":{"accuracy_of_rest":[0-9nul.]*,"margin":0.75,"share":[0-9.]*}'
ends 0 quantize unsure.run/best.ckpt -o again.safetensors
[ "$(grep "unsure (" again.safetensors.report.txt)" = "$(grep "unsure (" unsure.safetensors.report.txt)" ] || n_broken=$((n_broken + 1))
ends 0 set -o never.safetensors --recipe tiny --epochs 1 --task harshness --unsure 0.75
! grep -q 'unsure (' never.safetensors.report.txt || n_broken=$((n_broken + 1))
ends 1 set -o never.safetensors --unsure 1.5
ends 0 set -o all.safetensors --epochs 2 --folds 3
holds out '3 folds by group'
holds err 'recipe short: most clips are under 3 s'
holds err 'each clip is a group of its own'
holds err 'train 1[0-9] .*, valid [0-9]*, test [0-9]* clips'
holds err '^all.safetensors is ready, all else is in all.run$'
holds err 'earshot live --model all.safetensors$'
ends 0 set -o all.safetensors --recipe tiny --epochs 1 --max-minutes 60 --patience 1
holds err 'what was there is kept: all-1.safetensors, all-1.run'
holds all-1.run/folds.csv '^fold,clips,accuracy,'
holds all.run/config.json '"train.patience": "1"'
ends 0 set -o all.safetensors --recipe tiny --epochs 1 --max-minutes 60 --patience 1 --resume
ends 0 set -o long.safetensors --recipe genre --epochs 1
holds err '18 of 18 clips are shorter than the 3.04 s that recipe genre looks at'
ends 0 set -o new.safetensors --recipe tiny --epochs 1 --resume
holds err 'nothing to go on with'
ends 1 set -o bad.safetensors --folds 2
ends 1 set -o bad.safetensors --group-tag composer
ends 1 set -o bad.safetensors --max-minutes 0
ends 2 set -o bad.safetensors --group-tag artist
holds err 'none of the 18 files'
ends 0 eval one.safetensors set --split one.safetensors.split.csv --split-name valid
holds out 'accuracy'
holds out '^right, .* momentary .* short-term .* integrated'
holds out '^90 % as good as at the end: from'
ends 0 eval one.safetensors set --split one.safetensors.split.csv --split-name valid --json
# the integrated verdict at the end of each clip is what the accuracy counts
python3 - out <<'END' || n_broken=$((n_broken + 1))
import json, sys
j = json.load(open(sys.argv[1]))
assert abs(j["figures"]["int8"]["accuracy"] - j["over_time"]["at_end"]) < 1e-3, j
assert 0.5 <= j["over_time"]["ninety_s"] <= 60, j
END
if [ "$pictures" ]; then
  # the page of a run, its pictures, and that of a data set
  for f in curves confusion roc reliability; do
    [ "$(head -c 4 "one.run/$f.png" | tail -c 3)" = PNG ] || n_broken=$((n_broken + 1))
  done
  cmp one.run/confusion.png two.run/confusion.png || n_broken=$((n_broken + 1))
  holds one.run/page.html '<pre>earshot live --model one.safetensors</pre>'
  holds one.run/page.html 'it gets <b>[0-9]*</b> right'
  holds one.run/page.html 'digital silence</td><td>no verdict'
  ends 0 check set -o "a b.html"
  holds "a b.html" 'Ready for training'
  holds "a b.html" '<pre>earshot-train set -o set.safetensors</pre>'
  ends 2 check set -o missing/c.html
  holds err 'missing/c.html cannot be written'
fi
# quantize: the checkpoint of a run gives the run's own model, from the run's own sounds
payload() { # FILE: all behind the header
  tail -c +"$(($(od -An -tu8 -N8 "$1") + 9))" "$1"
}
ends 0 quantize one.run/last.ckpt -o again.safetensors
holds out 'int8'
holds err '^again.safetensors is ready'
cmp <(payload one.safetensors) <(payload again.safetensors) || n_broken=$((n_broken + 1))
cp one.run/best.ckpt alone.ckpt
ends 2 quantize alone.ckpt -o lone.safetensors
holds err 'give --data DATASET'
ends 0 quantize alone.ckpt -o lone.safetensors --data set --split one.run/split.csv --name l
ends 1 quantize alone.ckpt
ends 2 quantize one.safetensors -o lone.safetensors --data set
mkdir other && cp -r set/burst other/ && cp -r set/plain other/quiet
ends 2 quantize alone.ckpt -o lone.safetensors --data other
holds err 'label 2 of alone.ckpt is plain, that of the sounds quiet'

# init, freeze
ends 0 set -o more.safetensors --recipe tiny --init one.safetensors --freeze 2 --epochs 1
holds err 'begins with the weights of one.safetensors; its labels are these: the last layer too'
ends 0 other -o more.safetensors --recipe tiny --init one.run/best.ckpt --epochs 1
holds err 'the last layer is new: it was made for other labels'
ends 2 set -o less.safetensors --recipe genre --init one.safetensors
holds err 'hears another input'
ends 2 set -o less.safetensors --recipe tiny --freeze 1
holds err 'with --init'
ends 2 set -o less.safetensors --recipe tiny --init nothing-here
holds err 'nothing-here'
ends 1 set -o less.safetensors --freeze few
[ ! -e less.safetensors ] || n_broken=$((n_broken + 1))

# a second branch, linear and under deviations: trained, the last epochs in integers,
# written, loaded, begun from, and heard as the float network hears
cat >fork.recipe <<'END'
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
maxpool 2x2
conv 16 3xfull bn relu
branch
conv 6 1xfull bn
avgpool 8x1 stride 4x1
concat
mean deviation
dropout 0.3
dense labels
[train]
optimizer adamw
rate 1e-2
warmup 10
epochs 6
quantize 2
batch 16
crops 2
END
ends 0 set -o fork.safetensors --recipe fork.recipe --name fork --seed 3
[ "$(grep -c 'int8 agrees with float  *100.0 %' out)" -eq 2 ] || {
  echo "BROKEN: a network with a branch says something else in integers: $(grep agrees out)"
  n_broken=$((n_broken + 1))
}
ends 0 eval fork.safetensors set
ends 0 set -o fork2.safetensors --recipe fork.recipe --init fork.safetensors --epochs 1
sed -i 's/^avgpool 8x1 stride 4x1/avgpool 8x1 stride 2x1/' fork.recipe
ends 2 set -o fork3.safetensors --recipe fork.recipe
holds err 'concat: .*1 rows every 4 frames and, of the branch, 1 rows every 2'

ends 5 eval song.wav set
ends 2 nothing-here -o three.safetensors
ends 1 set
ends 1 chek set
holds err 'give one name beside options, not 2 words, first chek'
rm -rf set/plain/*
ends 2 set -o three.safetensors --recipe tiny
[ ! -e three.safetensors ] || n_broken=$((n_broken + 1))

echo "$n_broken broken"
[ "$n_broken" -eq 0 ]
