#!/bin/bash
# SPDX-License-Identifier: ISC
#
# earshot live --window under a display of its own: it shows what is heard, obeys its keys,
# and ends by q, by the window manager, by a signal and with the sound.
#
# usage: test_live_window.sh EARSHOT CLI_FIXTURE X_HAND
set -u
export LC_ALL=C
# shellcheck source=tests/claims.sh
. "$(dirname "$0")/claims.sh"
earshot=$(realpath "${1:?usage: test_live_window.sh EARSHOT CLI_FIXTURE X_HAND}")
fixture=$(realpath "$2")
hand=$(realpath "$3")
pictures=$PWD # the build folder: screenshots stay there to be looked at
work=$(mktemp -d)
display=""
leave() {
  [ -z "$display" ] || kill "$display" 2>/dev/null
  wait
  rm -rf "$work"
}
trap leave EXIT
cd "$work" || exit 1
command -v Xvfb >/dev/null || {
  echo "the display Xvfb is missing: install the package xvfb"
  exit 77
}
exec 3>number
Xvfb -displayfd 3 -screen 0 1100x800x24 -nolisten tcp >xvfb.log 2>&1 &
display=$!
until_true 20 test -s number || {
  echo "Xvfb did not start: $(tail -n 3 xvfb.log)"
  exit 1
}
DISPLAY=:$(cat number)
export DISPLAY

"$fixture" model harshness h.safetensors || exit 1
"$fixture" model classifier k.safetensors || exit 1
"$fixture" sound two.wav 48000 2 60 1 50 || exit 1
live=("$earshot" live --window -m h.safetensors -m k.safetensors --backend file --device)

starts() { # OPTIONS...: a session in the background
  "${live[@]}" two.wav "$@" >out 2>err &
  session=$!
  "$hand" wait Earshot || broken "no window came: $(cat err)"
}

ended() { # CODE
  local code=0
  wait "$session" || code=$?
  is "$code" "$1"
  ! grep -q 'runtime error\|Sanitizer' err || broken "a sanitizer was met"
}

claim "it shows what is heard, and nothing is written beside it"
starts
sleep 4
colours=$("$hand" shot Earshot "$pictures/live-window.png")
[ "${colours:-0}" -gt 200 ] || broken "the picture has ${colours:-no} colours"
"$hand" resize Earshot 500 400
sleep 0.3
colours=$("$hand" shot Earshot "$pictures/live-window-small.png")
[ "${colours:-0}" -gt 100 ] || broken "the small picture has ${colours:-no} colours"

claim "q ends it"
"$hand" key Earshot q
ended 0
is "$(wc -c <out)" 0

claim "the window manager ends it"
starts
"$hand" close Earshot
ended 0

claim "a signal ends it"
starts
kill -TERM "$session" # a shell lets its background jobs ignore Ctrl-C
ended 130

claim "it ends with the sound, with the verdicts of a session without a window"
mv two.wav long.wav
"$fixture" sound two.wav 48000 2 4 1 3 || exit 1
starts --format jsonl -o with.jsonl --every
ended 0
"$earshot" live -m h.safetensors -m k.safetensors --backend file --device two.wav \
  --format jsonl -o without.jsonl --every 2>err
mv long.wav two.wav
for f in with without; do
  grep '"type":"verdict"' $f.jsonl | grep -o '"t":.*"horizon":"[a-z]*"\|"p":{[^}]*}' >$f
done
[ "$(wc -l <with)" -gt 100 ] || broken "there are $(wc -l <with) lines"
same with without

claim "its keys set the threshold, and begin anew"
starts --format jsonl -o keys.jsonl
"$hand" key Earshot Up
appears keys.jsonl '"threshold":{"harsh":0.55}'
"$hand" key Earshot o
until_true 60 sh -c 'tail -n 5 keys.jsonl | grep -q "\"threshold\":{\"harsh\":0.5}"' ||
  broken "the model's own threshold did not come back"
sleep 1
"$hand" key Earshot r
until_true 60 sh -c 'grep "\"type\":\"verdict\"" keys.jsonl | tail -n 1 | grep -q "\"t\":0\.[0-9]"' ||
  broken "time did not begin anew: $(tail -n 1 keys.jsonl)"
"$hand" key Earshot q
ended 0

claim "without a display it says so in one sentence"
code=0
DISPLAY='' "${live[@]}" two.wav >out 2>err || code=$?
is "$code" 2
is "$(wc -l <err)" 1
has err '^earshot: --window: .*display'

claim "it ends in peace when the display does"
starts --format jsonl -o lost.jsonl --every
appears lost.jsonl '"type":"verdict"'
kill -KILL "$display"
ended 0
is "$(wc -c <err)" 0
has lost.jsonl '"type":"summary"'

claims_end
