#!/bin/bash
# SPDX-License-Identifier: ISC
#
# A session of earshot live that hears SECONDS of sound from a JACK server that freewheels,
# far faster than real time: nothing is lost, no time is off, the log and its five older
# files stay under the size they were given, and memory, threads and open files are those of
# the first tenth (of the first hour, if that is sooner).
#
# usage: test_soak_live.sh EARSHOT CLI_FIXTURE JACK_PLAYER SECONDS
set -u
export LC_ALL=C
usage='usage: test_soak_live.sh EARSHOT CLI_FIXTURE JACK_PLAYER SECONDS'
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/own_shm.sh
. "$here/own_shm.sh"
earshot=$(realpath "${1:?$usage}")
fixture=$(realpath "${2:?$usage}")
player=$(realpath "${3:?$usage}")
seconds=${4:?$usage}
work=$(mktemp -d)
cd "$work" || exit 1
# shellcheck source=tests/claims.sh
. "$here/claims.sh"
# shellcheck source=tests/live_jack.sh
. "$here/live_jack.sh"
trap tidy EXIT

minute=60
"$fixture" sound sound.wav 48000 2 $minute 1 2 || exit 1
start_server 48000 4096 -S -t 2000

# Everything goes into the log; standard output would be gigabytes.
"$earshot" live --no-connect --name soak --every --format jsonl --log soak.log --log-size 1M \
  --heartbeat 0.5 >/dev/null 2>soak.err </dev/null &
session=$!
started+=("$session")
until_true 60 grep -q '"type":"start"' soak.log || broken "it did not begin: $(cat soak.err)"

state() { # resident KiB, threads, files
  awk '/^VmRSS|^Threads/ { printf "%s ", $2 }' "/proc/$session/status"
  find "/proc/$session/fd" -type l | wc -l
}
of_log() { # TYPE KEY: the newest in the log
  cat soak.log.1 soak.log 2>/dev/null | grep "\"type\":\"$1\"" | grep -o "\"$2\":[0-9.]*" |
    tail -n 1 | cut -d: -f2
}
play() { # SECONDS
  "$player" -f -n $(($1 / minute)) sound.wav soak:in_1 soak:in_2 ||
    broken "the player ended with $?"
  sleep 1 # a status line
}

claim "memory, threads and open files do not grow"
early=$((seconds / 10 > 3600 ? 3600 : seconds / 10))
play $early
before=$(state)
begin_s=$(date +%s)
play $((seconds - early))
took=$(($(date +%s) - begin_s))
after=$(state)
is "${after#* }" "${before#* }"
[ "${after%% *}" -le $((${before%% *} + 512)) ] || broken "memory: $before before, $after after"

claim "no sample, block or verdict is lost"
is "$(of_log status samples_lost) $(of_log status overruns) $(of_log status lost_reports)" "0 0 0"
samples=$(of_log status samples_in)
[ "$samples" -ge $(((seconds - minute) * 48000)) ] || broken "only $samples samples"

claim "the newest verdict is dated by the samples heard"
kill "$session"
wait "$session"
is "$?" 130
awk "BEGIN { off = $(of_log status samples_in) / 48000 - $(of_log verdict t)
             exit !(off > -2 && off < 2) }" ||
  broken "$(of_log status samples_in) samples, verdict at $(of_log verdict t) s"

claim "the log is rotated at its size, six files in all"
n_files=$(find . -name 'soak.log*' | wc -l)
[ "$seconds" -lt 1800 ] || is "$n_files" 6
for file in soak.log*; do
  [ "$(stat -c %s "$file")" -le 1048576 ] || broken "$file has $(stat -c %s "$file") bytes"
  has "$file" '"type":"start"'
done
has_not soak.err 'earshot: '

echo "$samples samples, $((samples / 48000)) s at $((seconds / (took + 1))) x; KiB, threads, files:" \
  "$before after $early s, $after at the end; $n_files files of log"
no_sanitizer_spoke
claims_end
