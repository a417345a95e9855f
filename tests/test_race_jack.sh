#!/bin/bash
# SPDX-License-Identifier: ISC
#
# For a build with ThreadSanitizer: a session of earshot live on a real JACK server that is
# killed and comes back, at another rate too, while clients come and go, models are read
# anew and summaries asked for, in freewheel and in real time.  No sanitizer speaks.
#
# usage: test_race_jack.sh EARSHOT CLI_FIXTURE JACK_PLAYER JACK_CHURN
set -u
export LC_ALL=C
usage='usage: test_race_jack.sh EARSHOT CLI_FIXTURE JACK_PLAYER JACK_CHURN'
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/own_shm.sh
. "$here/own_shm.sh"
earshot=$(realpath "${1:?$usage}")
fixture=$(realpath "${2:?$usage}")
player=$(realpath "${3:?$usage}")
churn=$(realpath "${4:?$usage}")
work=$(mktemp -d)
cd "$work" || exit 1
# shellcheck source=tests/claims.sh
. "$here/claims.sh"
# shellcheck source=tests/live_jack.sh
. "$here/live_jack.sh"
trap tidy EXIT

"$fixture" model harshness h.safetensors && "$fixture" sound sound.wav 48000 2 1 1 2 || exit 1

# jackd 1.9.21 now and then never takes a new client into its graph: another is tried.
play() { # OPTIONS
  local _
  for _ in 1 2 3; do
    timeout -k 1 60 "$player" "$@" sound.wav race:in_1 race:in_2 2>player.err && return
  done
  broken "three players in a row were never taken into the graph"
}

meddle() { # while the session runs
  "$churn" 5 race:in_1 >/dev/null 2>&1 &
  local churning=$!
  for _ in 1 2 3; do
    send HUP race
    send USR1 race
    sleep 0.2
  done
  play -f -t 1
  play
  wait $churning
}

start_server 48000 256 -S -t 2000
begun race -m h.safetensors --no-connect --name race --every --heartbeat 0.1 --log race.log
claim "in a server, and in the one after it, all meddle at once"
meddle
end_server KILL
appears race.out 'the JACK server has gone'
start_server 48000 256 -S -t 2000
appears race.out '"reconnects":1'
meddle
claim "in one of another rate, too"
end_server KILL
start_server 44100 256 -S -t 2000
appears race.out '"reconnects":2'
meddle
claim "it ends, and there was no race"
stop race
has race.out '"type":"summary"'
no_sanitizer_spoke
claims_end
