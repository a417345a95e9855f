#!/bin/bash
# SPDX-License-Identifier: ISC
#
# The window in a host that others wrote, jalv.gtk3, on an X server and a JACK server of the
# test's own: it is embedded and fills with the sound; a resize of the host's
# window and a second instance leave it whole; the host ends in peace.
#
# usage: test_lv2_jalv_ui.sh BUNDLE LV2-SPECIFICATIONS CLI-FIXTURE JACK-PLAYER [FOLDER]
set -euo pipefail
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/own_shm.sh
. "$here/own_shm.sh"
[ $# -ge 4 ] || { echo 'usage: test_lv2_jalv_ui.sh BUNDLE SPECIFICATIONS FIXTURE PLAYER [FOLDER]'; exit 2; }
for tool in jalv.gtk3 jackd jack_wait xwd convert xdotool; do
  command -v "$tool" >/dev/null || { echo "skipped: $tool is missing"; exit 77; }
done
work=$(mktemp -d)
started=()
xvfb=
clean_up() {
  kill "${started[@]}" $xvfb 2>/dev/null || true
  wait || true
  rm -rf "$work"
}
trap clean_up EXIT
fail() {
  echo "FAILED: $*"
  cat "$work/log"
  exit 1
}
# shellcheck source=tests/own_x.sh
. "$here/own_x.sh"
export JACK_NO_AUDIO_RESERVATION=1 JACK_NO_START_SERVER=1 JACK_DEFAULT_SERVER=earshot-ui-$$
mkdir "$work/lv2" && cp -r "$1" "$work/lv2/earshot.lv2"
export LV2_PATH=$work/lv2:$2
uri=https://earshot.audio/lv2/earshot
begin() { # COMMAND...: in the background, its process in $last
  "$@" >>"$work/${log:-log}" 2>&1 &
  last=$!
  started+=("$last")
}
log=jack begin jackd -n "$JACK_DEFAULT_SERVER" -r --no-mlock -d dummy -r 48000 -p 512
jack_wait -w -t 10 >/dev/null 2>&1 || fail 'no JACK server'

# Pixels of the screen that are clearly orange or blue, as the view's are.
pixels() { # NAME
  xwd -root -silent >"$work/$1.xwd"
  convert "xwd:$work/$1.xwd" "$work/$1.png"
  [ -z "${folder:-}" ] || cp "$work/$1.png" "$folder"
  for channel in R B; do
    convert "$work/$1.png" -channel "$channel" -separate "$work/$channel.png"
  done
  convert "$work/R.png" "$work/B.png" -compose difference -composite -threshold 30% \
    -format '%[fx:round(mean*w*h)]' info:
}
folder=${5:-}
"$3" sound "$work/sound.wav" 48000 2 40 3 30 >/dev/null
begin jalv.gtk3 -n one "$uri#stereo"
one=$last
begin jalv.gtk3 -n two "$uri#mono"
two=$last
sleep 3
kill -0 "$one" "$two" || fail 'jalv.gtk3 ended'
windows=$(xdotool search --onlyvisible --name '^Earshot' || true)
[ "$(echo "$windows" | wc -w)" -ge 2 ] || fail "there are not two windows: $windows"
first=$(xdotool search --all --onlyvisible --pid "$one" --name '^Earshot' | head -1)
second=$(xdotool search --all --onlyvisible --pid "$two" --name '^Earshot' | head -1)
xdotool windowmove "$second" 0 620
begin "$4" "$work/sound.wav" one:in_left one:in_right
n_before=$(pixels before)
sleep 6
n_after=$(pixels after)
[ "$n_after" -gt $((n_before + 10000)) ] || fail "the sound is not shown: $n_before, $n_after"
for size in '1200 800' '500 400' '900 560'; do
  # shellcheck disable=SC2086 # two numbers
  xdotool windowsize --sync "$first" $size || true
  sleep 0.3
  kill -0 "$one" "$two" || fail "jalv.gtk3 ended at $size"
done
sleep 0.5
[ "$(pixels resized)" -gt 10000 ] || fail 'nothing is shown after the resize'
for host in "$two" "$one"; do
  kill "$host"
  code=0
  wait "$host" || code=$?
  [ "$code" -eq 0 ] || [ "$code" -eq 143 ] || fail "jalv.gtk3 ended with $code"
done
if grep -iE 'error|warning.*earshot|abort|segmentation' "$work/log"; then
  fail 'jalv.gtk3 complained'
fi
echo "$n_before coloured pixels before the sound, $n_after with it"
