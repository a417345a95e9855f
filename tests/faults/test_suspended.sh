#!/bin/bash
# SPDX-License-Identifier: ISC
#
# A session that was suspended (Ctrl-Z, a laptop that slept) goes on: of a file it loses
# nothing, of a sound server what was played meanwhile, and it counts that.
#
# usage: test_suspended.sh EARSHOT CLI_FIXTURE JACK_PLAYER
set -u
export LC_ALL=C
usage='usage: test_suspended.sh EARSHOT CLI_FIXTURE JACK_PLAYER'
here=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=tests/own_shm.sh
. "$here/own_shm.sh"
earshot=$(realpath "${1:?$usage}")
fixture=$(realpath "${2:?$usage}")
player=$(realpath "${3:?$usage}")
work=$(mktemp -d)
cd "$work" || exit 1
# shellcheck source=tests/claims.sh
. "$here/claims.sh"
# shellcheck source=tests/live_jack.sh
. "$here/live_jack.sh"
trap tidy EXIT

"$fixture" model harshness h.safetensors && "$fixture" sound sound.wav 48000 2 6 1 3 || exit 1
models=(-m h.safetensors)
"$earshot" file "${models[@]}" -f jsonl sound.wav >file.out 2>err || exit 1
told() { grep -E '^{"type":"(verdict|event|summary)"' "$1"; }
suspend() { # NAME SECONDS
  send STOP "$1"
  sleep "$2"
  send CONT "$1"
}

claim "a file that is played: nothing is lost, and no time goes back"
begun played --backend file --device sound.wav "${models[@]}" --every --heartbeat 0.2
appears played.out '"type":"verdict"'
suspend played 2
until_true 60 test -s played.code || broken "it does not end"
is "$(cat played.code) $(cat played.err)" "0 "
told played.out | LC_ALL=C sort >played.told
told file.out | LC_ALL=C sort >file.told
same played.told file.told
is "$(last played samples_lost)" 0
grep '"type":"status"' played.out | grep -o '"t":[0-9.]*' | cut -d: -f2 >times
sort -gc times || broken "$(tr '\n' ' ' <times)"

claim "a client of a server: it goes on, and the gap is counted"
start_server 48000 256
begun ear "${models[@]}" --no-connect --every --heartbeat 0.2
"$player" -t 600 sound.wav earshot:in_1 earshot:in_2 2>/dev/null &
started+=($!)
appears ear.out '"type":"verdict"'
t=$(last_verdict ear)
suspend ear 3
until_true 60 goes_on ear "$t" || broken "no verdict after $t s"
counted() {
  [ "$(last ear xruns)" -gt 0 ] || [ "$(last ear reconnects)" -gt 0 ] ||
    [ "$(last ear samples_lost)" -gt 0 ]
}
until_true 60 counted || broken "nothing is counted: $(grep '"type":"status"' ear.out | tail -n 1)"
grep '"type":"status"' ear.out | grep -o '"t":[0-9.]*' | cut -d: -f2 >times
sort -gc times || broken "$(tr '\n' ' ' <times)"
grep '"type":"status"' ear.out | tail -n 1
stop ear

no_sanitizer_spoke
claims_end
