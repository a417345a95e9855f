#!/bin/bash
# SPDX-License-Identifier: ISC
#
# earshot live as a client of a real JACK server: what it hears is what earshot file hears,
# whoever plays; it takes its place among other clients, loses the server and finds it
# again, and obeys signals.
#
# usage: test_live_jack.sh EARSHOT CLI_FIXTURE JSONL_CHECK JACK_PLAYER JACK_CHURN
set -u
export LC_ALL=C
usage='usage: test_live_jack.sh EARSHOT CLI_FIXTURE JSONL_CHECK JACK_PLAYER JACK_CHURN'
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/own_shm.sh
. "$here/own_shm.sh"
earshot=$(realpath "${1:?$usage}")
fixture=$(realpath "${2:?$usage}")
jsonl_check=$(realpath "${3:?$usage}")
player=$(realpath "${4:?$usage}")
churn=$(realpath "${5:?$usage}")
work=$(mktemp -d)
cd "$work" || exit 1
# shellcheck source=tests/claims.sh
. "$here/claims.sh"
# shellcheck source=tests/live_jack.sh
. "$here/live_jack.sh"
trap tidy EXIT

"$fixture" model harshness h.safetensors && "$fixture" model classifier k.safetensors || exit 1
# Noise and glides, so that no sample can be missing unnoticed; the first is not 0.  And the
# same between silences, for a player that begins before it is connected and drops the last
# of what it has read.
python3 - <<'END' || exit 1
import array, math, random, wave
random.seed(4)
x = array.array('h')
for t in range(5 * 48000):
    s = t / 48000
    glide = 9000 * math.sin(2 * math.pi * (200 + 700 * s) * s)
    hiss = 7000 * (1 + math.sin(5 * s)) * random.uniform(-1, 1)
    for part in (glide + hiss, 0.5 * glide - hiss):
        x.append(max(1, min(32767, int(part) + 16384)) - 16384 or 1)
for name, sound in (('sound.wav', x.tobytes()),
                    ('padded.wav', bytes(4 * 48000) + x.tobytes() + bytes(12 * 48000))):
    with wave.open(name, 'wb') as out:
        out.setparams((2, 2, 48000, 0, 'NONE', ''))
        out.writeframes(sound)
END
models=(-m h.safetensors -m k.safetensors)
all=(--no-connect --from-sound --every --heartbeat 0.2) # the built-in models
"$earshot" file -f jsonl sound.wav >file.out 2>err || exit 1

claim "without a server it ends with 4 and one sentence, and the library says nothing"
live none --backend jack "${models[@]}"
is "$(cat none.code)" 4
is "$(wc -l <none.err) $(wc -c <none.out)" "1 0"
has none.err "no JACK server '$JACK_DEFAULT_SERVER' is running"
live other --server earshot-nosuch-$$ "${models[@]}"
is "$(cat other.code)" 4
has other.err "no JACK server 'earshot-nosuch-$$' is running"

claim "what cannot be meant ends with 1, a model that is none with 5"
for arguments in "--connect [" "--connect x --no-connect" "--backend nosuch" "--name a:b" \
  "--backend portaudio --connect x" "--device x --connect x" "--channels 0" "--fps 0" \
  "--format text" "-o x --format text" "--log-size 1" "--raw f32le,48000,2" "x.wav" \
  "--threshold polka=0.5" "--duration 0" "--heartbeat -1"; do
  # shellcheck disable=SC2086
  live wrong $arguments
  is "$arguments $(cat wrong.code)" "$arguments 1"
  has wrong.err '^earshot: '
  is "$(wc -c <wrong.out)" 0
done
head -c 1000 sound.wav >bad.safetensors
live bad -m bad.safetensors
is "$(cat bad.code)" 5

start_server 48000 256 -S -t 2000

claim "ports are inputs that end here, in order and named, and listen to the hardware"
begun ear "${models[@]}"
jack_lsp -p ear >ports
is "$(grep -c '^earshot:in_[12]$' ports)" 2
is "$(grep -c 'properties: input,terminal,$' ports)" 2
until_true 10 sh -c 'jack_property -l | grep -q "pretty-name value: Listen 2"' ||
  broken "no pretty name: $(jack_property -l)"
to_be_connected earshot "1<system:capture_1 2<system:capture_2 "

claim "a second client of the name gets another, or ends with 4 when that must not be"
begun ear2 "${models[@]}" --no-connect --channels 3
has ear2.out '"source":"JACK client earshot-01","rate_hz":48000,"channels":3'
is "$(jack_lsp earshot-01 | wc -l)" 3
is "$(connected earshot-01)" ""
live exact "${models[@]}" --exact
is "$(cat exact.code)" 4
has exact.err "refuses the name earshot, which another client may have"
stop ear2
stop ear

claim "a packaged player's sound is judged as the file is, bit for bit"
begun packaged "${all[@]}" --name packaged --duration 12
JACK_PLAY_CONNECT_TO=packaged:in_%d timeout 30 jack-play -u -c 3 -b 65536 padded.wav >play.log 2>&1 ||
  broken "jack-play: $(cat play.log)"
until_true 20 test -s packaged.code || broken "--duration does not end it"
is "$(cat packaged.code)" 0
heard packaged file.out
nothing_lost packaged
is "$("$jsonl_check" <packaged.out 2>&1 | grep -c 'start=1 .*summary=2')" 1

claim "two clients at once hear what the file is, whatever the blocks' size becomes"
begun one "${all[@]}" --name one
begun two "${all[@]}" --name two
"$player" -t 1 sound.wav one:in_1 one:in_2 two:in_1 two:in_2 &
playing=$!
sleep 1
for block in 1024 64; do
  jack_bufsize $block >/dev/null 2>&1
  sleep 1
done
wait $playing || broken "the player ended with $?"
stop one
stop two
heard one file.out
heard two file.out
nothing_lost one
nothing_lost two

claim "freewheeling nothing is lost, and it can go on live"
begun wheel "${all[@]}" --name wheel
jack_bufsize 4096 >/dev/null 2>&1 # the longer, the faster
"$player" -f -t 1 sound.wav wheel:in_1 wheel:in_2 || broken "the player ended with $?"
heard wheel file.out
n=$(last wheel samples_in)
more_than() { [ "$(last wheel samples_in)" -gt "$n" ]; }
until_true 10 more_than || broken "it does not go on"
stop wheel
nothing_lost wheel
jack_bufsize 256 >/dev/null 2>&1

claim "--connect finds what matches, in order, round and round, now and later"
begun match "${models[@]}" --name match --every --heartbeat 0.2 --connect 'player:out' \
  --connect 'system:capture.*_2'
to_be_connected match "1<system:capture_2 "
"$player" -t 4 sound.wav &
playing=$!
to_be_connected match "1<player:out_1 1<system:capture_2 2<player:out_2 "
claim "what is disconnected by hand stays so; what goes and comes is connected again"
jack_disconnect player:out_2 match:in_2
jack_alias system:playback_1 nothing # ports change otherwise
to_be_connected match "1<player:out_1 1<system:capture_2 "
wait $playing # and at once another one of the same name, which nobody sees come
"$player" -t 60 sound.wav 2>/dev/null &
playing=$!
to_be_connected match "1<player:out_1 1<system:capture_2 2<player:out_2 "
jack_disconnect player:out_1 match:in_1
jack_connect system:capture_1 match:in_2
to_be_connected match "1<system:capture_2 2<player:out_2 2<system:capture_1 "

claim "that the server was killed is told once, and its return once"
sleep 0.5 # connections are noted
end_server KILL
wait $playing
appears match.out '"type":"message".*the JACK server has gone'
t_lost=$(last_verdict match)
start_server 48000 256 -S -t 2000
appears match.out '"type":"message".*listening again: JACK client match at 48000 Hz'
is "$(wc -l <match.err)" 2
claim "then it is connected as it was, and the same analysis goes on"
to_be_connected match "1<system:capture_2 2<system:capture_1 "
"$player" sound.wav &
to_be_connected match "1<system:capture_2 2<player:out_2 2<system:capture_1 "
until_true 20 goes_on match "$t_lost" || broken "no verdict after the one at $t_lost s"
is "$(grep -c '"type":"start"' match.out)" 1
is "$(last match reconnects)" 1
wait $!

claim "200 clients that come and go, and a server that goes meanwhile, do no harm"
for _ in 1 2 3 4; do
  "$churn" 1000 match:in_1 >/dev/null 2>&1 &
  started+=($!)
done
sleep 1
end_server KILL
start_server 48000 64
appears match.out '"reconnects":2'
jobs=()
for i in 1 2 3 4; do
  timeout 120 "$churn" 50 match:in_1 >churn.$i &
  jobs+=($!)
done
wait "${jobs[@]}"
is "$(cat churn.? | tr '\n' ' ')" "50 50 50 50 "
t_churn=$(last_verdict match)
until_true 20 goes_on match "$t_churn" || broken "no verdict after the one at $t_churn s"
is "$(wc -l <match.err)" 4
is "$(last match samples_lost)" 0

claim "at another rate the analysis begins anew, and says so"
end_server TERM
start_server 44100 512 -S -t 2000
appears match.out '"type":"start".*"rate_hz":44100'
appears match.out '"reconnects":3'
stop match
is "$("$jsonl_check" <match.out 2>&1 | grep -c 'start=2 .*summary=2')" 1

no_sanitizer_spoke
claims_end
