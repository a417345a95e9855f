#!/bin/bash
# SPDX-License-Identifier: ISC
#
# At every rate from 16 to 192 kHz and every block from 16 to 4,096 samples two JACK clients
# at once hear what earshot file hears at that rate, and lose nothing: freewheeling for all
# of them, in real time for the shortest and the longest block.
#
# usage: test_live_rates.sh EARSHOT CLI_FIXTURE JACK_PLAYER
set -u
export LC_ALL=C
usage='usage: test_live_rates.sh EARSHOT CLI_FIXTURE JACK_PLAYER'
here=$(cd "$(dirname "$0")" && pwd)
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

"$fixture" model harshness h.safetensors && "$fixture" model classifier k.safetensors || exit 1
models=(-m h.safetensors -m k.safetensors)
all=("${models[@]}" --no-connect --from-sound --every --heartbeat 0.1)

# sound RATE: four seconds without the first sample, which is 0, and what the file is.
sound() {
  "$fixture" sound sound.wav "$1" 2 4 1 2 || exit 1
  python3 - <<'END' || exit 1
import wave
with wave.open('sound.wav') as sound:
    form, x = sound.getparams(), sound.readframes(sound.getnframes())
with wave.open('sound.wav', 'wb') as out:
    out.setparams(form)
    out.writeframes(x[6:])
END
  "$earshot" file "${models[@]}" -f jsonl sound.wav >file.out 2>err || exit 1
}

# two_hear RATE BLOCK OPTIONS...: two clients, and the player with its options.
two_hear() {
  local rate=$1 block=$2 name
  shift 2
  start_server "$rate" "$block" -S -t 2000
  begun one "${all[@]}" --name one
  begun two "${all[@]}" --name two
  "$player" "$@" -t 0.5 sound.wav one:in_1 one:in_2 two:in_1 two:in_2 ||
    broken "the player ended with $?"
  sleep 0.2
  for name in one two; do
    stop $name
    heard $name file.out
    nothing_lost $name
    has $name.out "\"rate_hz\":$rate,"
  done
  end_server TERM
}

for rate in 16000 22050 32000 44100 48000 88200 96000 176400 192000; do
  sound $rate
  blocks=(16 4096)
  [ $rate -ne 48000 ] || blocks=(16 32 64 128 256 512 1024 2048 4096)
  for block in "${blocks[@]}"; do
    claim "two clients freewheel at $rate Hz with blocks of $block and hear what the file is"
    two_hear $rate "$block" -f
  done
done

sound 48000
for block in 16 4096; do
  claim "two clients in real time at 48000 Hz with blocks of $block hear what the file is"
  two_hear 48000 $block
  echo "blocks of $block: the server counted $(last one xruns) xruns, and skipped no sample"
done

claim "two hours of sound leave a session as it was: memory, threads, open files"
state() { # without what it wrote: resident KiB, threads, files
  local process
  process=$(cat hours.pid)
  awk '/^VmRSS|^Threads/ { printf "%s ", $2 }' "/proc/$process/status"
  find "/proc/$process/fd" -type l | wc -l
}
start_server 48000 4096 -S -t 2000
begun hours "${models[@]}" --no-connect --name hours --log hours.log --log-size 16K \
  --heartbeat 0.2
"$player" -f -t 60 sound.wav hours:in_1 hours:in_2 || broken "the player ended with $?"
before=$(state)
"$player" -f -t 7200 sound.wav hours:in_1 hours:in_2 || broken "the player ended with $?"
after=$(state)
is "${after#* }" "${before#* }"
[ "${after%% *}" -le $((${before%% *} + 256)) ] || broken "memory: $before before, $after after"
stop hours
nothing_lost hours
[ "$(last hours samples_in)" -gt $((7200 * 48000)) ] || broken "$(last hours samples_in) samples"

no_sanitizer_spoke
claims_end
