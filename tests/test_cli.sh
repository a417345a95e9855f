#!/bin/bash
# SPDX-License-Identifier: ISC
#
# The earshot program keeps its contract: formats, exit codes, order, pipes, and that what
# is broken never stops the rest.
#
# usage: test_cli.sh EARSHOT CLI_FIXTURE JSONL_CHECK
set -u
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
earshot=$(realpath "${1:?usage: test_cli.sh EARSHOT CLI_FIXTURE JSONL_CHECK}")
fixture=$(realpath "$2")
jsonl_check=$(realpath "$3")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

n_claims=0
n_broken=0

broken() { # what was seen
  n_broken=$((n_broken + 1))
  echo "BROKEN: $claim: $1"
  sed 's/^/    /' err | head -n 5
}

# claim SENTENCE: the checks that follow belong to it.
claim() {
  claim=$1
  n_claims=$((n_claims + 1))
}

# ends CODE ARGUMENTS...: earshot ends with CODE; results in out, messages in err.
ends() {
  local want=$1 code=0
  shift
  "$earshot" "$@" >out 2>err </dev/null || code=$?
  [ "$code" -eq "$want" ] || broken "'earshot $*' ended with $code, not $want"
  # AddressSanitizer and the like have their own way of failing.
  ! grep -q 'runtime error\|Sanitizer' err || broken "'earshot $*' met a sanitizer"
}

has() { # FILE PATTERN
  grep -q -e "$2" "$1" || broken "no '$2' in $1: $(head -c 300 "$1")"
}

has_not() { # FILE PATTERN
  ! grep -q -e "$2" "$1" || broken "'$2' in $1: $(grep -e "$2" "$1" | head -n 3)"
}

is() { # GOT WANT
  [ "$1" = "$2" ] || broken "got '$1', not '$2'"
}

same() { # FILE FILE
  cmp -s "$1" "$2" || broken "$1 and $2 differ: $(cmp "$1" "$2" 2>&1)"
}

"$fixture" model harshness h.safetensors || exit 1
"$fixture" model classifier k.safetensors || exit 1
m=(-m h.safetensors)
mkdir -p album/sub album/.hidden album/empty
"$fixture" sound album/b.wav 44100 2 12 4 8 || exit 1
"$fixture" sound album/a.flac 48000 1 12 0 12 || exit 1
"$fixture" sound album/sub/c.wav 22050 2 12 99 99 || exit 1
cp album/a.flac album/.hidden/no.flac
cp album/a.flac album/._no.flac
echo "not audio" >album/notes.txt

claim "help of every subcommand ends with two examples"
for command in "" file live features model; do
  # shellcheck disable=SC2086
  ends 0 $command --help
  is "$(grep -A 9 '^Examples:' out | grep -c '^  earshot')" 2
  is "$(awk 'length > 90' out | wc -l)" 0
done

ends 0 file --help-formats
for word in source model label start_s end_s peak_p low_hz high_hz; do
  has out "$word"
done

claim "--version names engine, model format, kernels and FFT"
ends 0 --version
has out '^earshot [0-9]'
has out '^model format [0-9]*, kernels [a-z0-9-]*, FFT [a-z]*$'

claim "wrong usage ends with 1 and a sentence, nothing on stdout"
for arguments in "" "nosuch" "file" "file --plot x.gif album/b.wav" "file --resume x" \
  "file -f html x" "file --threshold 1.5 x" "file --threshold 0,7 x" "file --threshold =1 x" \
  "file --threshold nan x" "file --hold-ms -1 x" "file -j 0 x" "file -j x y" \
  "file --raw f32le x" "file --raw x,48000,2 x" "file --raw s16le,4000,2 -" \
  "file --raw s16le,48000,0 -" "file -" "file --raw s16le,48000,2 - -" "file --fail-on harsh x" \
  "file --fail-on harsh>=2 x" "file -m h.safetensors --fail-on polka>=0.5 x" "file -m h.safetensors --threshold polka=0.5 x" \
  "file -m k.safetensors --threshold 0.5 x" "file -f csv --explain x" "file -o" \
  "file -m h.safetensors -m a -m b -m c -m d x" "features album/b.wav" "features -o x.npy" \
  "features album/b.wav -o x.npy --fft 1000" "features album/b.wav -o x.npy --hop 4096" \
  "features album/b.wav -o x.npy --bands 0" "model" "model info" "model nosuch x" \
  "model info --nosuch x"; do
  # shellcheck disable=SC2086
  ends 1 $arguments
  has err '^earshot: '
  is "$(wc -c <out)" 0
done

claim "text tells the verdict in words, in 80 columns"
ends 0 file "${m[@]}" -m k.safetensors album/b.wav
has out '^album/b.wav$'
has out '0:12 long, 44.1 kHz, stereo'
has out 'fixture  harsh [0-9]* % of the time, worst 0:0[3-6]-0:[01][0-9], 2.4-3.7 kHz'
has out 'kinds    .* %, .* %, .* %$'
is "$(awk 'length > 80' out | wc -l)" 0
ends 0 file "${m[@]}" album/sub/c.wav
has out 'clean (likelihood of harsh under 1 %)'
head -c 960000 /dev/zero >silence.raw
ends 0 file "${m[@]}" --raw s16le,48000,1 silence.raw
has out 'silent throughout'

claim "jsonl is valid, complete, and begins and ends as promised"
ends 0 file "${m[@]}" -m k.safetensors -f jsonl album/b.wav
is "$("$jsonl_check" <out 2>&1 | sed 's/verdict=[1-9][0-9]* /verdict=+ /')" \
  "start=1 verdict=+ event=1 summary=2 error=0"
is "$(head -n 1 out | cut -c 1-49)" '{"type":"start","v":1,"source":"album/b.wav","rat'
has out '"horizon":"momentary".*"flag":true'
has out '"horizon":"short","label":"clean".*"flag":false,"low_hz":null,"high_hz":null'
has out '"horizon":"integrated"'
is "$(($(grep -c verdict out) % 6))" 0

claim "names that are not UTF-8, and quotes in them, still give valid JSON and CSV"
odd=$'caf\xe9 "live", \xf0\x9f\x8e\xb8\x01.wav'
cp album/b.wav "$odd"
ends 0 file "${m[@]}" -f jsonl "$odd"
"$jsonl_check" <out >/dev/null 2>err || broken "invalid JSON"
has out $'caf\xef\xbf\xbd \\\\"live\\\\", \xf0\x9f\x8e\xb8\\\\u0001.wav'
ends 0 file "${m[@]}" -f csv "$odd"
has out '^"caf.* ""live"", .*",fixture,harsh,'

claim "csv: one header, one row an event, all inputs in one file"
ends 0 file "${m[@]}" -f csv album/b.wav album/a.flac album/sub/c.wav
is "$(tr -d '\r' <out | head -n 1)" \
  "source,model,label,start_s,end_s,peak_p,low_hz,high_hz,severity,kind,unsure"
is "$(grep -c $'\r$' out)" 3
is "$(wc -l <out)" 3
is "$(grep -Ec '^album/[ab]\.(wav|flac),fixture,harsh,[0-9.]+,[0-9.]+,[01]\.[0-9]+,[0-9.]+,[0-9.]+' out)" 2

claim "severity and kind of a model that has such heads are in text, csv and jsonl"
"$fixture" model heads s.safetensors || exit 1
ends 0 file -m s.safetensors album/b.wav
has out 'severity [0-9]* of 100 over all$'
has out ' harsh, severity [0-9]*, resonance$'
is "$(awk 'length > 80' out | wc -l)" 0
ends 0 file -m s.safetensors -f csv album/b.wav
is "$(grep -Ec ',harsh,([0-9.]+,){5}[0-9]+(\.[0-9])?,resonance,'$'\r' out)" 1
ends 0 file -m s.safetensors -f jsonl album/b.wav
is "$("$jsonl_check" <out 2>&1 | sed 's/verdict=[1-9][0-9]* /verdict=+ /')" \
  "start=1 verdict=+ event=1 summary=1 error=0"
is "$(grep -vc '"severity":[0-9.]*,"kinds":{"resonance":[0-9.]*,"codec":[0-9.]*}' out)" 2
has out '"type":"event".*"severity":[0-9.]*,"kind":"resonance"}$'
ends 0 file "${m[@]}" -f jsonl album/b.wav
is "$(grep -c 'severity\|kind' out)" 0
ends 0 model info s.safetensors
has out '^severity  *0 to 100$'
has out '^kinds  *resonance, codec$'

claim "a model with a margin says unsure where two labels are that near, in text, csv and jsonl"
"$fixture" model unsure u.safetensors || exit 1
ends 0 file -m u.safetensors album/sub/c.wav # what it knows nothing of
has out '  kinds  unsure (low [0-9]* %, r.*ght [0-9]* %)$'
ends 0 file -m u.safetensors -f jsonl album/sub/c.wav
is "$("$jsonl_check" <out 2>&1 | sed 's/verdict=[1-9][0-9]* /verdict=+ /')" \
  "start=1 verdict=+ event=0 summary=1 error=0"
has out '"type":"start".*"tick_s":[0-9.]*,"unsure":0.3}'
is "$(grep -c '"type":"verdict".*"unsure":true' out)" "$(grep -c '"type":"verdict"' out)"
has out '"type":"summary".*"unsure":true'
ends 0 file -m u.safetensors album/a.flac # what it knows
has out '  kinds  high [0-9]* %, '
ends 0 file -m u.safetensors -f jsonl album/a.flac
has out '"type":"summary".*"unsure":false'
ends 0 file -m u.safetensors -f csv --threshold high=0.6 album/a.flac
has out ',kinds,high,.*,no.$'
ends 0 file -m u.safetensors -f csv --threshold low=0.3 album/sub/c.wav
has out ',kinds,low,.*,yes.$'
ends 0 file -m u.safetensors --threshold low=0.3 album/sub/c.wav
has out '  low, unsure$'
ends 0 file -m u.safetensors -f jsonl --threshold low=0.3 album/sub/c.wav
has out '"type":"event".*"unsure":true'
ends 0 model info u.safetensors
has out '^unsure      where the likeliest is less than 0.3 ahead of the next$'
ends 0 model info --json u.safetensors
has out '"unsure":0.3,'
for plain in k h; do # without a margin nobody hears of it
  for format in text jsonl; do
    ends 0 file -m $plain.safetensors -f $format album/sub/c.wav
    is "$(grep -c unsure out)" 0
  done
done

claim "audacity labels: six decimals, and a second line with the range"
ends 0 file "${m[@]}" -f audacity album/b.wav
is "$(grep -Ec '^[0-9]+\.[0-9]{6}'$'\t''[0-9]+\.[0-9]{6}'$'\t''harsh$' out)" 1
is "$(grep -Ec $'^\\\\\t[0-9]+\\.[0-9]{6}\t[0-9]+\\.[0-9]{6}$' out)" 1
is "$(wc -l <out)" 2
ends 1 file "${m[@]}" -f audacity album/b.wav album/a.flac
has err '-o FOLDER/'

claim "raven: a header, and a row an event"
ends 0 file "${m[@]}" -f raven album/b.wav
has out '^Selection	View	Channel	Begin File	Begin Time (s)	End Time (s)	Low Freq (Hz)	High Freq (Hz)	Label	Score$'
has out '^1	Spectrogram 1	1	b.wav	.*	harsh	'

claim "the decimal mark is a dot in every locale"
localedef -i de_DE -f UTF-8 ./de_DE.UTF-8 >/dev/null 2>&1 # needs the package locales
for locale in de_DE.UTF-8 fr_FR.UTF-8; do
  LOCPATH=$work LC_ALL=$locale "$earshot" file "${m[@]}" -f csv album/b.wav >comma 2>err
  has comma ',[0-9]*\.[0-9]*,'
  LOCPATH=$work LC_ALL=$locale "$earshot" file "${m[@]}" -f jsonl --threshold 0.5 album/b.wav 2>err |
    "$jsonl_check" >/dev/null 2>&1 || broken "invalid JSON in $locale"
done

claim "-r takes audio only, sorted, hidden ones left out; without it a folder fails"
ends 0 file "${m[@]}" -r album
is "$(grep '^album' out | tr '\n' ' ')" "album/a.flac album/b.wav album/sub/c.wav "
ends 2 file "${m[@]}" album
has err 'add -r'
ends 2 file "${m[@]}" -r album/empty
has err 'holds no audio files'

claim "results keep the order of the inputs for any number of threads"
for i in 1 2 3 4 5 6 7 8 9; do
  cp album/b.wav album/sub/$i.wav
done
"$earshot" file "${m[@]}" -r album -f jsonl -j 1 >one 2>err || broken "failed"
"$earshot" file "${m[@]}" -r album -f jsonl -j 7 >seven 2>err || broken "failed"
same one seven
"$earshot" file "${m[@]}" album/sub/c.wav -f jsonl 2>err | grep -v '"start"' >alone
grep -A 99999 '"source":"album/sub/c.wav"' seven | grep -v '"start"' >last
same alone last
rm album/sub/[1-9].wav

claim "one long file gives the same bytes on any number of threads"
for name in long.wav long.flac; do
  "$fixture" sound $name 44100 2 95.3 20 61
  for format in text jsonl csv; do
    for threads in 1 2 8; do
      ends 0 file $name "${m[@]}" -f $format -j $threads -o "long.$threads" -y
    done
    cmp -s long.1 long.2 || broken "$name as $format: -j 2 differs"
    cmp -s long.1 long.8 || broken "$name as $format: -j 8 differs"
  done
done
rm long.*

claim "every format is read, upper case and the rest"
for ending in wav flac ogg opus mp3 aiff au caf w64 WAV; do
  "$fixture" sound "f.$ending" 48000 2 12 4 8 2>/dev/null || continue
  ends 0 file "${m[@]}" -f csv "f.$ending"
  has out ",harsh,"
done

claim "raw PCM from a pipe gives the verdicts of the wav file"
"$fixture" sound p.wav 44100 2 12 4 8 # 24 bits
"$fixture" sound p.au 44100 2 12 4 8  # 16 bits
for format in s16le s24le s32le f32le f64le; do
  [ $format = s16le ] && file=p.au || file=p.wav
  "$earshot" file "${m[@]}" -f jsonl "$file" 2>err | grep -v '"source"' >from_wav
  "$fixture" raw $format 44100 2 12 4 8 |
    "$earshot" file "${m[@]}" -f jsonl --raw $format,44100,2 - 2>err | grep -v '"source"' >from_pipe
  same from_wav from_pipe
done
"$fixture" raw u8 8000 1 12 4 8 | (sleep 0.3; cat) |
  "$earshot" file "${m[@]}" -f csv --raw u8,8000,1 - >out 2>err
has out '^-,fixture,harsh,'
"$fixture" raw s16le 44100 2 1 9 9 >p.raw
printf 'x' >>p.raw
ends 3 file -q "${m[@]}" --raw s16le,44100,2 p.raw nosuch.raw
has err 'p.raw: ends in the middle'

claim "one broken file never stops the rest: 3, named on stderr and in jsonl"
echo junk >junk.wav
: >empty.wav
head -c 44 album/b.wav >header.wav
head -c 30000 album/a.flac >cut.flac
"$fixture" sound slow.wav 4000 1 12 0 12
"$fixture" sound short.wav 44100 1 0.01 0 12
ends 3 file "${m[@]}" -f jsonl junk.wav nosuch.wav empty.wav header.wav cut.flac slow.wav album/a.flac
for name in junk.wav nosuch.wav empty.wav header.wav cut.flac slow.wav; do
  has err "^earshot: $name: "
  has out "\"type\":\"error\",\"source\":\"$name\""
done
has err 'empty.wav.*holds no audio'
has err 'header.wav.*holds no audio'
has err 'slow.wav.*8,000'
is "$("$jsonl_check" <out 2>&1 | sed 's/verdict=[0-9]*/verdict=+/; s/.* error/error/')" error=6
ends 2 file "${m[@]}" junk.wav nosuch.wav
is "$(wc -c <out)" 0

claim "a refused model ends with 5, before any audio"
cp h.safetensors bad.safetensors
printf 'X' | dd of=bad.safetensors bs=1 seek=1700 conv=notrunc 2>/dev/null
for model in bad.safetensors nosuch.safetensors junk.wav nosuch; do
  ends 5 file -m $model album/b.wav
  has err "^earshot: .*$model"
  is "$(wc -c <out)" 0
  ends 5 model verify $model
  ends 5 model info $model
done

claim "model info and verify tell what a model is"
ends 0 model verify h.safetensors
is "$(cat out)" "h.safetensors: ok"
ends 0 model info h.safetensors
for word in name task labels 'harsh, flagged from 0.5' 'front end' tick hears cost parameters \
  "size        $(wc -c <h.safetensors) bytes" "sha256      $(sha256sum <h.safetensors | cut -c 1-64)" \
  license 'card        Knows' '            For tests only'; do
  has out "$word"
done
ends 0 model info --json k.safetensors
has out '^{"name":"kinds","task":"classifier","labels":\["low","high","r.*\\"ght"\],"threshold":{}'

claim "--fail-on ends with 10 only when the whole file reaches it"
ends 10 file "${m[@]}" --fail-on 'harsh>=0.9' album/a.flac
has err 'a.flac: harsh is '
ends 0 file "${m[@]}" --fail-on 'harsh>=0.9' album/sub/c.wav
ends 0 file "${m[@]}" --fail-on 'clean>1' album/sub/c.wav
ends 3 file "${m[@]}" --fail-on 'harsh>=0.9' album/a.flac junk.wav

claim "thresholds and hold change what is flagged, and are reported"
ends 0 file "${m[@]}" -f csv --threshold 0 album/sub/c.wav
is "$(wc -l <out)" 2
ends 0 file "${m[@]}" -m k.safetensors -f csv --threshold high=0.6 album/a.flac
has out ',kinds,high,'
ends 0 file "${m[@]}" -f jsonl --threshold harsh=0.75 --hold-ms 123 album/sub/c.wav
has out '"threshold":{"harsh":0.75},.*"hold_ms":123,'
ends 0 file "${m[@]}" -m h.safetensors -f jsonl album/sub/c.wav
has out '"model":"fixture#2"'

claim "events are dated to the sound: within half a second here"
"$fixture" sound passage.wav 44100 1 14 4 9
ends 0 file "${m[@]}" -f csv passage.wav
is "$(awk -F, 'NR == 2 && $4 > 3.5 && $4 < 4.5 && $5 > 8.5 && $5 < 9.5' out | wc -l)" 1

claim "what was too short to count is shown with --explain only"
"$fixture" sound blip.wav 44100 1 6 0 0.15
ends 0 file "${m[@]}" -f jsonl --hold-ms 0 --explain blip.wav
has out '"rejected":true,"reason":"shorter than 300 ms"'
ends 0 file "${m[@]}" --hold-ms 0 --explain blip.wav
has out 'harsh (too short: under 300 ms)'
is "$(awk 'length > 80' out | wc -l)" 0
has out 'harsh from .*, until under .*, hold 0 ms, at least 300 ms'
ends 0 file "${m[@]}" -f jsonl --hold-ms 0 blip.wav
has_not out '"rejected"'
has out '"events":0'

claim "-o writes whole files, replaces none without -y, and never an input"
ends 0 file "${m[@]}" -f csv -o r.csv album/b.wav
is "$(wc -l <r.csv)$(ls r.csv*)" 2r.csv
cp r.csv before.csv
ends 1 file "${m[@]}" -o r.csv album/b.wav
same r.csv before.csv
ends 0 file "${m[@]}" -o r.csv -y album/b.wav
has r.csv 'of the time'
ends 1 file "${m[@]}" -y -o album/b.wav album/b.wav
ln -s r.csv link.csv
ends 1 file "${m[@]}" -o link.csv album/b.wav
ends 0 file "${m[@]}" -o link.csv -y album/a.flac
has r.csv 'album/a.flac'
[ -L link.csv ] || broken "the link was replaced"
ends 0 file "${m[@]}" -o /dev/stdout album/b.wav
has out 'of the time'
ends 0 file "${m[@]}" -r album -f audacity -o labels/
is "$(find labels -type f | sort | tr '\n' ' ')" \
  "labels/a.flac.labels.txt labels/b.wav.labels.txt labels/sub/c.wav.labels.txt "
ends 1 file "${m[@]}" album/b.wav ./album/../album/b.wav -o labels
has err 'two inputs'
ends 2 file "${m[@]}" -o /nosuch/folder/r.csv album/b.wav

claim "a write that fails is one sentence and 2, and leaves nothing"
if [ -e /dev/full ]; then
  for format in text jsonl csv; do
    "$earshot" file "${m[@]}" -f $format album/a.flac album/b.wav >/dev/full 2>err
    is "$? $(wc -l <err)" "2 1"
  done
  ends 2 file "${m[@]}" -f jsonl -o /dev/full album/b.wav
fi
"$earshot" file "${m[@]}" -f jsonl album/b.wav album/a.flac 2>err | head -n 1 >/dev/null
is "${PIPESTATUS[0]} $(wc -l <err)" "2 1"
mkdir full
(ulimit -f 1; trap '' XFSZ
  "$earshot" file "${m[@]}" -f jsonl -o full/r.jsonl album/b.wav >out 2>err)
is "$?$(ls full)" 2

claim "interrupted: 130, and what was analysed is kept"
mkfifo pipe
exec 3<>pipe # as long as this is open the input has no end
"$fixture" raw s16le 44100 1 20 0 20 >pipe &
env --default-signal=INT "$earshot" file "${m[@]}" -f jsonl -o cut.jsonl --raw s16le,44100,1 - \
  <pipe 2>err &
interrupted=$!
waited=0
until [ -n "$(find . -name 'cut.jsonl.*.part' -size +8)" ] || [ $waited -gt 40 ]; do
  sleep 0.1
  waited=$((waited + 1))
done
sleep 0.3 # now it waits for more
kill -INT $interrupted
(sleep 10 && kill -KILL $interrupted) 2>/dev/null >/dev/null &
watchdog=$!
wait $interrupted
is $? 130
kill $watchdog
exec 3>&-
has err 'interrupted'
"$jsonl_check" <cut.jsonl >/dev/null 2>&1 || broken "invalid JSON"
has cut.jsonl '"type":"summary".*"interrupted":true'

claim "a wav file cut short counts as failed and is heard to its end"
head -c 1000000 album/b.wav >half.wav
ends 3 file "${m[@]}" half.wav
has err 'half.wav: breaks off after'
has out 'long, 44.1 kHz'

claim "interrupted among many: no sentence without words, no input failed"
mkdir many
for i in $(seq 200); do ln -s ../album/b.wav "many/$i.wav"; done
for wait_s in 0.05 0.1 0.2 0.3; do
  "$earshot" file "${m[@]}" -j 8 -r many -f jsonl >out 2>err &
  running=$!
  sleep $wait_s
  kill -TERM $running
  wait $running
  has_not err ': $'
  has_not out '"message":""'
done

claim "a message is one line, whatever the name; a second --fail-on is refused"
printf 'junk' >"$(printf 'new\nline\033[31m.wav')"
ends 2 file "${m[@]}" "$(printf 'new\nline\033[31m.wav')"
is "$(wc -l <err)" 1
has_not err "$(printf '\033')"
ends 1 file "${m[@]}" album/b.wav --fail-on 'harsh>=0' --fail-on 'harsh>=1'

claim "silence is never flagged, whatever the network makes of it"
truncate -s 960000 silence.raw
ends 0 file "${m[@]}" --threshold 1e-6 -f jsonl --raw s16le,48000,1 silence.raw
has_not out '"flag":true'
has_not out '"type":"event"'
has out '"flagged_fraction":0,'

claim "-q silences remarks, not errors; no progress without a terminal"
ends 0 file -q "${m[@]}" album/b.wav album/a.flac
is "$(wc -c <err)" 0
ends 0 file "${m[@]}" album/b.wav album/a.flac
is "$(wc -c <err)" 0
ends 3 file -q "${m[@]}" album/b.wav junk.wav
is "$(wc -l <err)" 1

claim "features writes .npy of shape [values, frames]"
ends 0 features p.wav -o p.npy
is "$(head -c 128 p.npy | tr -d '\n' | cut -c 11-)" \
  "$(printf "%-117s" "{'descr': '<f4', 'fortran_order': False, 'shape': (128, 513), }")"
is "$(wc -c <p.npy)" $((128 + 4 * 128 * 513))
ends 1 features p.wav -o p.npy
ends 0 features album/a.flac -y -o p.npy --rate 48000 --fft 1024 --hop 480 --bands 40 --power
has p.npy "'shape': (40, 1198)"
ends 0 features p.wav -y -o k.npy --kind chroma,mfcc --kind tonnetz --mfcc 13
has k.npy "'shape': (31, 513)"
ends 1 features p.wav -y -o k.npy --kind mel,melody
has err "mel, mfcc, chroma, contrast or tonnetz"
ends 1 features p.wav -y -o k.npy --kind mfcc,
ends 1 features p.wav -y -o k.npy --kind mel,chroma --power
has err "power instead of dB is possible for mel bands alone"
ends 1 features p.wav -y -o k.npy --kind contrast --rate 8000
has err "rate above 12800 Hz"
ends 1 features p.wav -y -o k.npy --kind mfcc --bands 12
ends 2 features short.wav -o s.npy
ends 2 features junk.wav -o s.npy
[ ! -e s.npy ] || broken "a failed run left s.npy"

claim "an hour needs no more memory than a minute"
for format in text jsonl; do
  minute=$(truncate -s 480000 m.raw && "$fixture" peak "$earshot" file "${m[@]}" -f $format -o /dev/null \
    --raw u8,8000,1 m.raw)
  hour=$(truncate -s 28800000 m.raw && "$fixture" peak "$earshot" file "${m[@]}" -f $format -o /dev/null \
    --raw u8,8000,1 m.raw)
  echo "$format: one minute $minute KiB, one hour $hour KiB"
  if [ "${hour:-0}" -eq 0 ] || [ "$hour" -gt $((minute + 1024)) ]; then
    broken "$minute, then $hour KiB"
  fi
done

claim "the program includes nothing of the engine but earshot.h"
includes=$(sed -n 's/^#include "\(.*\)"/\1/p' "$here"/../cli/*.[ch] | sort -u)
for name in $includes; do
  [ -e "$here/../cli/$name" ] || [ "$name" = earshot.h ] || broken "cli includes $name"
done

echo "$n_claims claims, $n_broken broken"
[ "$n_broken" -eq 0 ]
