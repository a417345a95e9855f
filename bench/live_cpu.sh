#!/bin/bash
# SPDX-License-Identifier: ISC
# bench/live_cpu.sh BUILD [SECONDS]: the share of one core that earshot live takes at 48 kHz
# stereo with both built-in models, and the packaged JACK clients jack_meter and silentjack,
# which listen to the same sound in the same run, for blocks of 256 and of 1024 samples.
# BUILD is a folder of Meson's, optimised and built with its tests.
#
# The shares are the processes' own time by the scheduler's count (schedstat, ns), all
# threads.  A client cannot take less than it costs to be woken for every block.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
build=$(realpath "${1:?usage: bench/live_cpu.sh BUILD [SECONDS]}")
seconds=${2:-60}
"$here/tools/install" jackd2 jackmeter silentjack
for program in cli/earshot tests/cli_fixture tests/jack_player; do
  [ -x "$build/$program" ] || {
    echo "$build/$program is missing: build it first" >&2
    exit 1
  }
done

work=$(mktemp -d)
started=()
tidy() {
  kill "${started[@]}" 2>/dev/null || true
  wait || true
  rm -rf "$work"
}
trap tidy EXIT
export JACK_NO_AUDIO_RESERVATION=1 JACK_NO_START_SERVER=1 JACK_DEFAULT_SERVER=earshot-cpu-$$
mkfifo "$work/keyboard" # jack_meter ends with its standard input
exec 5<>"$work/keyboard"

declare -A pid
begin() { # NAME COMMAND...: in the background
  local name=$1
  shift
  "$@" >"$work/$name.out" 2>"$work/$name.err" <&5 &
  pid[$name]=$!
  started+=($!)
}

ran() { # PROCESS: ns that its threads have run
  { cat /proc/"$1"/task/*/schedstat 2>/dev/null || true; } |
    awk '{ n += $1 } END { printf "%.0f", n }'
}

measure() { # BLOCK
  local -A before
  local name now t0 t1
  pid=()
  started=()
  begin jackd jackd -n "$JACK_DEFAULT_SERVER" -r --no-mlock -d dummy -r 48000 -p "$1"
  jack_wait -w -t 10 >/dev/null 2>&1
  begin earshot "$build/cli/earshot" live --backend jack --no-connect
  sleep 1
  begin player "$build/tests/jack_player" "$work/sound.wav" earshot:in_1 earshot:in_2
  sleep 1
  begin jack_meter jack_meter -f 10 -n player:out_1 player:out_2
  begin silentjack silentjack -c player:out_1
  sleep 3
  for name in "${!pid[@]}"; do
    before[$name]=$(ran "${pid[$name]}")
  done
  t0=$(date +%s%N)
  sleep "$seconds"
  t1=$(date +%s%N)
  echo "blocks of $1 samples, $seconds s:"
  for name in earshot jack_meter silentjack; do
    now=$(ran "${pid[$name]}")
    kill -0 "${pid[$name]}" || exit 1
    awk -v n="$name" -v ns=$((now - before[$name])) -v all=$((t1 - t0)) \
      'BEGIN { printf "  %6.3f %%  %s\n", 100 * ns / all, n }'
  done
  kill "${started[@]}" 2>/dev/null || true
  wait "${started[@]}" || true
}

"$build/tests/cli_fixture" sound "$work/sound.wav" 48000 2 $((seconds + 20)) 5 $((seconds + 10))
measure 256
measure 1024
echo "load of this machine meanwhile: $(cut -d' ' -f 1-3 /proc/loadavg), $(nproc) cores"
