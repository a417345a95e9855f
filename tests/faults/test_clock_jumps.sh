#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Whatever is done to the clock on the wall: a session says what it would have said, its
# times go on, its log is whole; a run of the trainer ends with the same bytes.
#
# usage: test_clock_jumps.sh EARSHOT EARSHOT-TRAIN CLI_FIXTURE CLOCK.so
set -u
export LC_ALL=C OMP_WAIT_POLICY=passive
usage='usage: test_clock_jumps.sh EARSHOT EARSHOT-TRAIN CLI_FIXTURE CLOCK.so'
here=$(cd "$(dirname "$0")" && pwd)
earshot=$(realpath "${1:?$usage}")
train=$(realpath "${2:?$usage}")
fixture=$(realpath "${3:?$usage}")
clock=$(realpath "${4:?$usage}")
# shellcheck source=tests/claims.sh
. "$here/../claims.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export HOME=$work

"$fixture" model harshness h.safetensors && "$fixture" sound a.wav 16000 1 3 1 2 || exit 1

claim "the clock does jump"
python3 - "$clock" <<'END' || broken "it does not"
import ctypes
import sys
clock = ctypes.CDLL(sys.argv[1])
clock.time.restype = ctypes.c_long
seen = [clock.time(None) for _ in range(7)]
sys.exit(0 if max(seen) - min(seen) > 1800000000 else 1)
END

claim "a session's verdicts and its times are those of an undisturbed one"
session() { # NAME
  "$earshot" live --backend file -f jsonl -m h.safetensors --every --heartbeat 0.5 \
    --device a.wav --log "$1.log" >"$1.out" 2>"$1.err"
  is $? 0
  is "$(cat "$1.err")" ""
}
session right
LD_PRELOAD=$clock session jumps
told() { grep -E '^{"type":"(verdict|event|summary)"' "$1"; }
told right.out >right.told
told jumps.out >jumps.told
[ "$(wc -l <right.told)" -gt 30 ] || broken "only $(wc -l <right.told) lines"
same right.told jumps.told

claim "t of status lines never goes back, in the output and in the log"
for file in jumps.out jumps.log; do
  grep '"type":"status"' $file | grep -o '"t":[0-9.]*' | cut -d: -f2 >times
  [ "$(wc -l <times)" -ge 4 ] || broken "only $(wc -l <times) status lines in $file"
  sort -gc times || broken "$file: $(tr '\n' ' ' <times)"
  awk '$1 > 60 { exit 1 }' times || broken "$file: $(tr '\n' ' ' <times)"
done
grep -o '"utc":"[0-9]*' jumps.out | sort -u | wc -l >years
[ "$(cat years)" -ge 2 ] || broken "utc shows no jump: the clock was not looked at"

claim "training ends with the same bytes"
for i in 1 2 3; do
  mkdir -p set/a set/b
  "$fixture" sound set/a/$i.wav 16000 1 1.$i 0 99
  "$fixture" sound set/b/$i.wav 16000 1 1.$i 99 99
done
run() { # OUT
  "$train" set -o "$1.safetensors" --recipe tiny --epochs 2 --name toy --seed 5 --cache "$2" \
    --checkpoint-steps 1 >out 2>err </dev/null
  is $? 0
}
run right cache
LD_PRELOAD=$clock run jumps cache
same right.safetensors jumps.safetensors
LD_PRELOAD=$clock run fresh other
same right.safetensors fresh.safetensors
cut -d, -f1-7 right.run/log.csv >a.csv
cut -d, -f1-7 jumps.run/log.csv >b.csv
same a.csv b.csv

claims_end
