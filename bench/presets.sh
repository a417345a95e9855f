#!/bin/bash
# SPDX-License-Identifier: ISC
# What each preset flags, as docs/plugin.md and the comments in presets/ quote it: on
# music that trained nothing, and on harsh versions of it.
#
#   clean    the tracks of the test side of a split, as they are
#   harsh    the same, of severity 40 (earshot-train degrade; the seed is the track's number)
#   sibilant the same, but harsh by sibilance alone
#
# One row a preset and set: tracks, flagged share of the time as mean and median over the
# tracks, tracks with any flag, tracks flagged for more than half of the time, and how
# often a minute the flag goes up.
#
# usage: bench/presets.sh EARSHOT EARSHOT-TRAIN CORPUS SPLIT.csv WORK [NAME=FOLDER]...
#   CORPUS from tools/corpus, SPLIT from earshot-train harshness; WORK keeps the harsh
#   versions (6 GB); more folders of sound are further sets
set -euo pipefail
export LC_ALL=C
earshot=$1 train=$2 corpus=$3 split=$4 work=$5
shift 5
presets=$(dirname "$0")/../presets

mkdir -p "$work/clean" "$work/harsh" "$work/sibilant"
n=0
while read -r track; do
  n=$((n + 1))
  name=$(printf %03d $n)
  ln -sfn "$(realpath "$corpus/$track")" "$work/clean/$name.${track##*.}"
  for set in harsh:mixed sibilant:sibilance; do
    to=$work/${set%:*}/$name.wav
    [ -e "$to" ] || "$train" degrade "$corpus/$track" "$to" --kind "${set#*:}" --severity 40 \
      --seed $n >/dev/null
  done
done < <(sed -n 's/^"\(.*\)","[^"]*",test,[0-9.]*$/\1/p' "$split")

value() { # preset, symbol; "none" is the plugin as it is inserted
  case $1:$2 in
  none:threshold) echo 0 ;;
  none:hold) echo 500 ;;
  none:horizon) echo 1 ;;
  *) sed -n "s/.*lv2:symbol \"$2\" ; pset:value \([0-9]*\) .*/\1/p" "$1" ;;
  esac
}
horizons=(momentary short integrated)

row() { # preset, folder
  local options=(--hold-ms "$(value "$1" hold)") threshold
  threshold=$(value "$1" threshold)
  [ "$threshold" = 0 ] || options+=(--threshold "$(awk "BEGIN { print $threshold / 100 }")")
  "$earshot" file -q -m harshness -f jsonl "${options[@]}" -r "$2" |
    awk -v horizon="\"horizon\":\"${horizons[$(value "$1" horizon)]}\"" '
      function end() {
        if (n) { share[++tracks] = on / n; sum += on / n; any += on > 0
                 half += on / n > 0.5; ups += up / (n * tick / 60) }
      }
      /^{"type":"start"/ { end(); n = on = up = was = 0
        match($0, /"tick_s":[0-9.]+/); tick = substr($0, RSTART + 9, RLENGTH - 9) }
      /^{"type":"verdict"/ && index($0, horizon) {
        f = index($0, "\"flag\":true") > 0; n++; on += f; up += f && !was; was = f }
      END { end()
        for (i = 2; i <= tracks; i++) {
          x = share[i]; for (j = i - 1; j && share[j] > x; j--) share[j + 1] = share[j]
          share[j + 1] = x }
        m = int((tracks + 1) / 2)
        median = tracks % 2 ? share[m] : (share[m] + share[m + 1]) / 2
        printf "%3d tracks  mean %5.1f %%  median %5.1f %%  any %3d  half %3d  up %4.1f / min\n",
          tracks, 100 * sum / tracks, 100 * median, any, half, ups / tracks }'
}
for preset in none "$presets"/*.ttl; do
  for set in "clean=$work/clean" "harsh=$work/harsh" "sibilant=$work/sibilant" "$@"; do
    printf '%-16s %-8s ' "$(basename "$preset" .ttl)" "${set%%=*}"
    row "$preset" "${set#*=}"
  done
done
