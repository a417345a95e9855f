#!/bin/bash
# SPDX-License-Identifier: ISC
# bench/ui_cpu.sh BUILD [SECONDS]: the share of one core that the plugin's window takes in
# jalv.gtk3, on an X server and a JACK server of the bench's own, while it listens to music-
# like sound at 48 kHz in blocks of 256: the same host with the window and without, in the
# same run, by the scheduler's count (schedstat, ns) of all its threads.  Beside it what the
# X server takes to show it; that draws in software here.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=tests/own_shm.sh
. "$here/tests/own_shm.sh"
build=$(realpath "${1:?usage: bench/ui_cpu.sh BUILD [SECONDS]}")
seconds=${2:-20}
"$here/tools/install" jackd2 jalv xvfb
work=$(mktemp -d)
started=()
xvfb=
tidy() {
  kill "${started[@]}" $xvfb 2>/dev/null || true
  wait || true
  rm -rf "$work"
}
trap tidy EXIT
# shellcheck source=tests/own_x.sh
. "$here/tests/own_x.sh"
export JACK_NO_AUDIO_RESERVATION=1 JACK_NO_START_SERVER=1 JACK_DEFAULT_SERVER=earshot-ui-$$
LV2_PATH=$build/plugin/lv2:$(pkg-config --variable=lv2dir lv2)
export LV2_PATH
uri=https://earshot.audio/lv2/earshot#stereo

ran() { # PROCESS: ns that its threads have run
  { cat /proc/"$1"/task/*/schedstat 2>/dev/null || true; } |
    awk '{ n += $1 } END { printf "%.0f", n }'
}
begin() { # COMMAND...: in the background, its process in $last
  "$@" >>"$work/log" 2>&1 <&5 &
  last=$!
  started+=("$last")
}
mkfifo "$work/keyboard" # jalv ends with its standard input
exec 5<>"$work/keyboard"

begin jackd -n "$JACK_DEFAULT_SERVER" -r --no-mlock -d dummy -r 48000 -p 256
jack_wait -w -t 10 >/dev/null 2>&1
begin jalv -n plain "$uri"
plain=$last
begin jalv.gtk3 -n window "$uri"
window=$last
sleep 3
"$build/tests/cli_fixture" sound "$work/sound.wav" 48000 2 $((seconds + 20)) 5 $((seconds + 10))
begin "$build/tests/jack_player" "$work/sound.wav" window:in_left plain:in_left
sleep 4
a=$(ran "$plain") b=$(ran "$window") x=$(ran "$xvfb") t0=$(date +%s%N)
sleep "$seconds"
a=$(($(ran "$plain") - a)) b=$(($(ran "$window") - b)) x=$(($(ran "$xvfb") - x))
t=$(($(date +%s%N) - t0))
kill -0 "$plain" "$window"
awk -v a="$a" -v b="$b" -v x="$x" -v t="$t" 'BEGIN {
  printf "%6.2f %%  jalv without a window\n", 100 * a / t
  printf "%6.2f %%  jalv.gtk3 with it\n", 100 * b / t
  printf "%6.2f %%  the difference: window and GTK\n", 100 * (b - a) / t
  printf "%6.2f %%  X server\n", 100 * x / t }'
