#!/bin/bash
# SPDX-License-Identifier: ISC
#
# A file played into the live client: what it says is what earshot file says, on standard
# output, in the log and over OSC; and whatever is wrong with the file ends in a sentence.
#
# usage: test_live_file.sh EARSHOT CLI_FIXTURE JSONL_CHECK
set -u
export LC_ALL=C
usage='usage: test_live_file.sh EARSHOT CLI_FIXTURE JSONL_CHECK'
here=$(cd "$(dirname "$0")" && pwd)
earshot=$(realpath "${1:?$usage}")
fixture=$(realpath "${2:?$usage}")
jsonl_check=$(realpath "${3:?$usage}")
# shellcheck source=tests/claims.sh
. "$here/claims.sh"
work=$(mktemp -d)
cd "$work" || exit 1
started=()
# shellcheck disable=SC2317
tidy() {
  for process in "${started[@]}"; do
    kill "$process" 2>/dev/null
  done
  wait
  rm -rf "$work"
}
trap tidy EXIT

"$fixture" model harshness h.safetensors && "$fixture" model classifier k.safetensors || exit 1
models=(-m h.safetensors -m k.safetensors)
play=("$earshot" live --backend file -f jsonl "${models[@]}")
"$fixture" sound a.wav 44100 2 5 1 3
"$fixture" sound b.flac 22050 1 5 1 3
"$fixture" raw s24le 96000 3 5 1 3 >c.raw
"$fixture" raw s16le 8000 1 5 1 3 >mono.raw
python3 - <<'END' # 64 channels, sound in one of them
x = open('mono.raw', 'rb').read()
open('d.raw', 'wb').write(b''.join(x[i:i + 2] + bytes(126) for i in range(0, len(x), 2)))
END

# told FILE: what was judged, without the lines and the fields that only live has
told() {
  grep -E '^{"type":"(verdict|event|summary)"' "$1"
}

claim "verdicts, events and summaries are those of earshot file, bit for bit"
begun=$(date +%s%N)
"${play[@]}" --every --device a.wav --log log.jsonl --log-size 16K >a.live 2>a.err &
a=$!
"${play[@]}" --every --device b.flac >b.live 2>b.err &
b=$!
(head -c 1000001 c.raw; sleep 1; tail -c +1000002 c.raw) | # a pipe that pauses within a sample
  "${play[@]}" --every --device - --raw s24le,96000,3 >c.live 2>c.err &
c=$!
"${play[@]}" --every --device d.raw --raw s16le,8000,64 >d.live 2>d.err &
d=$!
started+=("$a" "$b" "$c" "$d")
wait "$a"
is $? 0
lasted=$((($(date +%s%N) - begun) / 1000000))
wait "$b" "$c" "$d"
is $? 0
is "$(cat ./*.err)" ""
"$earshot" file "${models[@]}" -f jsonl a.wav >a.file
"$earshot" file "${models[@]}" -f jsonl b.flac >b.file
"$earshot" file "${models[@]}" -f jsonl --raw s24le,96000,3 - <c.raw >c.file
"$earshot" file "${models[@]}" -f jsonl --raw s16le,8000,64 d.raw >d.file
for name in a b c d; do
  told $name.live | LC_ALL=C sort >$name.live.told
  told $name.file | LC_ALL=C sort >$name.file.told
  same $name.live.told $name.file.told
  [ "$(wc -l <$name.file.told)" -gt 100 ] || broken "only $(wc -l <$name.file.told) lines"
  "$jsonl_check" <$name.live >/dev/null 2>err || broken "$name: $(cat err)"
  has $name.live '"samples_lost":0'
done

claim "a file is played as it sounds: never faster"
[ "$lasted" -ge 5000 ] || broken "5 s lasted $lasted ms"

claim "the log holds the same lines, in files that each can be read alone"
ls log.jsonl.? >files || broken "it was not rotated"
cat $(sort -r files) log.jsonl >log.all
told a.live >live.lines
told log.all >log.lines
same live.lines log.lines
for file in $(cat files) log.jsonl; do
  is "$(head -n 1 "$file" | cut -c 1-21)" '{"type":"start","v":1'
  "$jsonl_check" <"$file" >/dev/null 2>err || broken "$file: $(cat err)"
  [ "$(wc -c <"$file")" -le 16384 ] || broken "$file is too long"
done

claim "a receiver hears over OSC what stands in the lines"
cat >receive.py <<'END'
import socket, struct, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
s.bind(('127.0.0.1', 0))
s.settimeout(30)
print(s.getsockname()[1], flush=True)
def text(b, at):
    end = b.index(0, at)
    return b[at:end].decode(), (end + 4) & ~3
while True:
    b = s.recv(4096)
    address, at = text(b, 0)
    types, at = text(b, at)
    words = []
    for t in types[1:]:
        if t == 's':
            word, at = text(b, at)
        else:
            word = struct.unpack_from('>f' if t == 'f' else '>i', b, at)[0]
            word = '%.6g' % word
            at += 4
        words.append(word)
    print(address, types, *words, flush=True)
    if address == '/earshot/end':
        break
END
python3 receive.py >heard 2>err &
receiver=$!
started+=("$receiver")
until_true 10 test -s heard
"${play[@]}" --every --device a.wav --osc "osc.udp://127.0.0.1:$(head -n 1 heard)/" >osc.live 2>osc.err
is $? 0
wait "$receiver"
is "$(cat err osc.err)" ""
has heard '^/earshot/start ,sfi earshot [0-9.]* 44100 2$'
has heard '^/earshot/input ,is 1 a.wav$'
has heard '^/earshot/peak/2 ,f -[0-9.]*$'
has heard '^/earshot/level ,f -[0-9.]*$'
is "$(grep -c '^/earshot/fixture/on ,s harsh$' heard)" 1
is "$(grep -c '^/earshot/fixture/off ,$' heard)" 1
# every likelihood of the lines came, in order, as the float32 that it is
for model in fixture kinds; do
  label=$(grep "\"model\":\"$model\"" osc.live | head -n 1 | grep -o '"p":{"[a-z]*' | cut -d '"' -f 4)
  for h in momentary short integrated; do
    grep "\"model\":\"$model\",\"horizon\":\"$h\"" osc.live | grep '^{"type":"verdict"' |
      grep -o "\"$label\":[0-9.e-]*" | cut -d : -f 2 >lines.$h
  done
  grep "^/earshot/$model/p/$label ,fff " heard | cut -d ' ' -f 3- >heard.$model
  paste -d ' ' lines.momentary lines.short lines.integrated >lines.$model
  python3 - lines.$model heard.$model <<'END' >seen 2>&1 || broken "$model: $(tail -n 1 seen)"
import sys
a, b = ([[float(x) for x in line.split()] for line in open(name)] for name in sys.argv[1:])
assert len(a) == len(b) > 20, (len(a), len(b))
assert all(abs(x - y) <= 1e-6 for p, q in zip(a, b) for x, y in zip(p, q)), 'values'
END
done
event=$(grep '"type":"event"' osc.live | head -n 1 | grep -o '"start_s":[0-9.]*' | cut -d : -f 2)
has heard "^/earshot/fixture/event ,sfffff harsh ${event%?????}"
has heard '^/earshot/fixture/summary ,sffif '

claim "what cannot be played ends with 4 and a sentence"
while IFS='|' read -r device words; do
  # shellcheck disable=SC2086
  "${play[@]}" --device $device >out 2>err </dev/null
  is $? 4
  is "$(wc -l <err) $(wc -c <out)" "1 0"
  has err "$words"
done <<END
nosuch.wav|nosuch.wav: cannot be read: No such file
$work|is a folder; name one file
h.safetensors|h.safetensors: is not audio that can be read
-|standard input needs --raw
END

claim "a file that breaks off is judged until then, and named"
head -c 30000 b.flac >cut.flac
"${play[@]}" --every --device cut.flac >out 2>err
is $? 0
has err '^earshot: cut.flac: is damaged after'
has out '"type":"summary"'

claim "a pipe that gives nothing holds nothing up"
mkfifo silence
sleep 100 >silence &
started+=($!)
(echo $BASHPID >silent.pid; exec "${play[@]}" --device - --raw s16le,48000,1) \
  <silence >silent.out 2>err &
until_true 10 grep -q '"type":"status"' silent.out || broken "it does not begin"
kill -TERM "$(cat silent.pid)"
until_true 20 sh -c "! kill -0 $(cat silent.pid)" || broken "it does not end"
has silent.out '"type":"summary"'
timeout 60 "${play[@]}" --device - --raw s16le,48000,1 --duration 0.5 <silence >out 2>err
is "$? $(grep -c '"type":"summary"' out)" "0 2"

claim "a log or a receiver that cannot be is refused before anything is played"
"${play[@]}" --device a.wav --log /nosuch/log >out 2>err
is "$? $(wc -c <out)" "2 0"
has err 'the log /nosuch/log cannot be written: No such file'
"${play[@]}" --device a.wav --osc 127.0.0.1:9000 >out 2>err
is "$? $(wc -c <out)" "1 0"
has err 'osc.udp://HOST:PORT/'

claim "where standard output is closed, results go nowhere instead of into another file"
timeout 60 "${play[@]}" --device a.wav --log closed.jsonl >&- 2>err
is "$? $(grep -c '"type":"start"' closed.jsonl)" "2 1"
has err 'cannot write the results'

claims_end
