#!/bin/bash
# SPDX-License-Identifier: ISC
#
# The report in a real browser, without a network: nothing on its console, its table says
# what the csv says, an event that is clicked plays, a sound that is gone is said to be.
#
# usage: test_report_browser.sh EARSHOT CLI_FIXTURE CHROMIUM
set -u
export LC_ALL=C
# shellcheck source=tests/claims.sh
. "$(dirname "$0")/claims.sh"
visit=$(realpath "$(dirname "$0")/page_visit.py")
earshot=$(realpath "${1:?usage: test_report_browser.sh EARSHOT CLI_FIXTURE CHROMIUM}")
fixture=$(realpath "$2")
chromium=$(command -v "$3") || {
  echo "the browser $3 is missing: install the package chromium"
  exit 77
}
pictures=$PWD # the build folder: screenshots stay there to be looked at
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

visits() { # PAGE OPTIONS...: what is there, in seen
  python3 "$visit" "$chromium" "$@" >seen 2>&1 || broken "the browser failed: $(tail -n 3 seen)"
}

"$fixture" model harshness h.safetensors || exit 1
"$fixture" sound two.wav 44100 2 24 4 8 || exit 1
"$fixture" sound odd.flac 48000 1 12 2 5 || exit 1
odd="<img src=x onerror=alert(1)><svg onload=alert(2)>&amp;'\".flac"
mv odd.flac "$odd"
"$earshot" file -m h.safetensors two.wav "$odd" --report page.html -f csv >events.csv 2>err ||
  broken "no report: $(cat err)"

claim "the page shows what the csv holds, whatever the names hold"
visits page.html --shot "$pictures/report-light.png"
has seen '^title: Earshot report$'
is "$(sed -n 's/^heading: //p' seen)" "$(printf '%s\n' 'What Earshot heard in 2 sounds' two.wav "$odd")"
clock() { # seconds as the page shows them
  awk -v s="$1" 'BEGIN { n = int(10 * s + 0.5); printf "%d:%02d.%d", n / 600, n / 10 % 60, n % 10 }'
}
rows=$(tail -n +2 events.csv | sed 's/.*,fixture,//' | while IFS=, read -r label from to p low high; do
  range=$(awk -v l="$low" -v h="$high" 'BEGIN { printf "%.1f-%.1f kHz", l / 1000, h / 1000 }')
  share=$(awk -v p="$p" 'BEGIN { n = int(100 * p + 0.5); print (n > 99 && p < 1 ? 99 : n) }')
  echo "$(clock "$from")|$(clock "$to")|$range|$label|$share %"
done)
is "$(sed -n 's/^row: \([0-9]*:.*\)/\1/p' seen)" "$rows"
is "$(grep -c '^row: [0-9]' seen)" 2
is "$(grep -c '^figure: 860x[1-9]' seen)" 2

claim "it is silent on the console, in light and dark, while a clicked event plays"
has_not seen '^console:'
visits page.html --dark --shot "$pictures/report-dark.png" --click '#f1 .play' --click '#f2 .play'
has_not seen '^console:'
is "$(grep -c '^figure: 860x[1-9]' seen)" 2
for i in 1 2; do # half a second before each event
  start=$(sed -n "$((i + 1))s/.*,fixture,[a-z]*,\([0-9.]*\),.*/\1/p" events.csv)
  played=$(grep '^played\|^silent' seen | sed -n "${i}s/^played: from \([0-9.]*\) .*/\1/p")
  awk -v a="${played:-99}" -v b="$start" 'BEGIN { exit !(a >= b - 0.6 && a <= b) }' ||
    broken "event $i starts at $start: $(grep '^played\|^silent' seen | sed -n "${i}p")"
done

claim "it says so when the sound is not beside it, or is none"
mkdir alone
cp page.html alone
visits alone/page.html --click '#f1 .play'
has seen '^silent: This sound does not play: either two.wav is no longer where it was'
mv two.wav kept.wav
echo "no sound at all" >two.wav
visits page.html --click '#f1 .play'
has seen '^silent: .*or this browser cannot decode it'

claims_end
