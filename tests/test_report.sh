#!/bin/bash
# SPDX-License-Identifier: ISC
#
# earshot file --plot and --report: whole files or none, refused names cost no listening,
# the page says what the table of events says, and length costs no memory.
#
# usage: test_report.sh EARSHOT CLI_FIXTURE [SECONDS]
# SECONDS: the longest sound (6000)
set -u
export LC_ALL=C
# shellcheck source=tests/claims.sh
. "$(dirname "$0")/claims.sh"
earshot=$(realpath "${1:?usage: test_report.sh EARSHOT CLI_FIXTURE [SECONDS]}")
fixture=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

"$fixture" model harshness h.safetensors || exit 1
"$fixture" model classifier k.safetensors || exit 1
"$fixture" sound two.wav 44100 2 24 4 8 || exit 1
"$fixture" sound clean.flac 48000 1 9 99 99 || exit 1
m=(-m h.safetensors -m k.safetensors)

ends() { # CODE ARGUMENTS...: results in out, messages in err
  local want=$1 code=0
  shift
  "$earshot" file "$@" >out 2>err </dev/null || code=$?
  [ "$code" -eq "$want" ] || broken "'earshot file $*' ended with $code, not $want: $(head -c 300 err)"
  ! grep -q 'runtime error\|Sanitizer' err || broken "'earshot file $*' met a sanitizer"
}

no_rests() { # no temporary file is left
  local rests
  rests=$(find . -name '*.part' -o -name '*.tmp')
  is "$rests" ""
}

claim "a plot is what its name says, and the same sound is the same bytes"
for ending in png svg pdf; do
  ends 0 "${m[@]}" two.wav --plot "a.$ending"
  ends 0 "${m[@]}" two.wav --plot "b.$ending" --dark
  ends 0 "${m[@]}" two.wav --plot b.$ending -y
  [ $ending = pdf ] || same "a.$ending" "b.$ending" # a PDF holds its date
done
is "$(head -c 4 a.png | tail -c 3)" PNG
is "$(head -c 5 a.svg)" "<?xml"
is "$(head -c 5 a.pdf)" "%PDF-"
no_rests

claim "a dark plot differs from a light one"
ends 0 "${m[@]}" two.wav --plot dark.png --dark
! cmp -s a.png dark.png || broken "they are equal"

claim "several inputs go into a folder, a picture each"
ends 0 "${m[@]}" two.wav clean.flac --plot pictures/
is "$(ls pictures)" "$(printf 'clean.flac.earshot.png\ntwo.wav.earshot.png')"

claim "names that cannot be are refused with a sentence before anything is heard"
refused() { # CODE PATTERN ARGUMENTS...
  local code=$1 pattern=$2
  shift 2
  ends "$code" "${m[@]}" "$@"
  has err "$pattern"
  is "$(wc -c <out)" 0
}
refused 1 'several inputs do not fit into one picture; name a folder' two.wav clean.flac --plot x.png
refused 1 'end in .png, .svg or .pdf' two.wav --plot x.gif
refused 1 'a.png exists already; add -y' two.wav --plot a.png
: >old.html
refused 1 'old.html exists already; add -y' two.wav --report old.html
refused 1 'pictures/two.wav.earshot.png exists already; add -y' two.wav --plot pictures/
refused 1 'two.wav is one of the inputs' two.wav -y --report two.wav
refused 1 'needs the name of one file' two.wav --report -
refused 1 'cannot both be' two.wav --plot x.svg --report x.svg
refused 1 '--dark is for --plot' two.wav --dark
refused 2 'cannot write /nowhere/x.png' two.wav --plot /nowhere/x.png
refused 2 'cannot write /nowhere/x.html' two.wav --report /nowhere/x.html
refused 2 'cannot make the folder /proc/nowhere' two.wav --plot /proc/nowhere/
no_rests

claim "a full disk is named"
ends 2 "${m[@]}" two.wav --report /dev/full -y
has err 'cannot write /dev/full: No space left on device'

claim "a disk that fills up leaves the old picture and no rests"
cp a.png before.png
(
  trap '' XFSZ
  ulimit -f 8 # KiB
  "$earshot" file "${m[@]}" two.wav --plot a.png -y >out 2>err
  echo $? >code
)
is "$(cat code)" 2
has err 'cannot write .*a.png: File too large' # so the limit is told
same a.png before.png
no_rests

claim "the page is well-formed, needs nothing from outside, and has every event"
odd="<b onclick='x'>&amp; \"$(printf '\303\244\377')\".wav"
"$fixture" sound "$work/odd.wav" 44100 1 12 2 5 || exit 1
mv odd.wav "$odd"
ends 3 "${m[@]}" two.wav "$odd" clean.flac missing.wav --report page.html --format csv
python3 - page.html out >seen <<'EOF' || broken "the page cannot be read"
import csv, sys
import xml.etree.ElementTree as tree
x = "{http://www.w3.org/1999/xhtml}"
page = tree.parse(sys.argv[1])
for section in page.iter(x + "section"):
    name = section.find(x + "h2").text
    for row in section.iter(x + "tr"):
        cells = ["".join(c.itertext()) for c in row.iter(x + "td")]
        play = row.find(f".//{x}button")
        if cells:
            print("page", name, play.get("data-from"), play.get("data-to"), cells[3])
for row in csv.DictReader(open(sys.argv[2], errors="replace")):
    print("csv", row["source"], f"{float(row['start_s']):.3f}", f"{float(row['end_s']):.3f}",
          row["label"])
for e in page.iter():
    for key, value in e.attrib.items():
        if key in ("src", "srcset", "href") and not value.startswith(("data:", "#")):
            print("link", value)
EOF
is "$(sed -n 's/^page //p' seen)" "$(sed -n 's/^csv //p' seen)"
is "$(grep -c '^page' seen)" 2
is "$(sed -n 's/^link //p' seen)" \
  "$(printf '%s\n' two.wav '%3Cb%20onclick%3D%27x%27%3E%26amp%3B%20%22%C3%A4%FF%22.wav' clean.flac)"
has page.html 'missing.wav: '
has_not page.html "<b onclick"

claim "sounds are linked from where the page lies"
mkdir -p far/away
ends 0 "${m[@]}" two.wav --report far/away/page.html
has far/away/page.html 'src="../../two.wav"'
cd far || exit 1
"$earshot" file -m ../h.safetensors ../two.wav --report page.html >/dev/null 2>&1
cd ..
has far/page.html 'src="../two.wav"'

claim "what no browser plays has no player, and the page says why"
"$fixture" raw s16le 48000 1 6 2 4 >six.raw
ends 0 "${m[@]}" six.raw --raw s16le,48000,1 --report raw.html
has raw.html 'It has no header'
has_not raw.html '<audio'
"$earshot" file "${m[@]}" - --raw s16le,48000,1 --report pipe.html <six.raw >out 2>err
has pipe.html 'standard input'
has_not pipe.html '<button'

claim "no sample is an error, one sample and silence are pictures"
: >none.raw
ends 2 "${m[@]}" none.raw --raw s16le,48000,1 --plot none.png --report none.html
[ ! -e none.png ] || broken "there is a picture of nothing"
has none.html 'holds no audio'
printf '\1\0' >one.raw
ends 0 "${m[@]}" one.raw --raw s16le,48000,1 --plot one.png --report one.html
head -c 500000 /dev/zero >zero.raw
ends 0 "${m[@]}" zero.raw --raw s16le,48000,1 --plot zero.svg --report zero.html
has zero.html 'Nothing was flagged'
no_rests

claim "length costs no memory: many times the sound, the same peak within 3 MiB"
peak() { # SECONDS
  head -c $(($1 * 16000)) /dev/zero |
    "$fixture" peak "$earshot" file -q -y "${m[@]}" - --raw s16le,8000,1 --plot long.svg \
      --report long.html -f jsonl -o /dev/null
}
short=$(peak 600)
long=$(peak "${3:-6000}")
if [ "${short:-0}" -eq 0 ] || [ $((long - short)) -ge 3072 ]; then
  broken "10 min took ${short:-nothing} KiB, ${3:-6000} s $long KiB"
fi

claims_end
