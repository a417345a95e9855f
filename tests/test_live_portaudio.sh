#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Live input by PortAudio, without a sound card: through ALSA from a file and a null
# device, through JACK from a client; found by name, waited for, lost and found again.
#
# usage: test_live_portaudio.sh EARSHOT CLI_FIXTURE JACK_FEED PA_FAULT.so
set -u
export LC_ALL=C
usage='usage: test_live_portaudio.sh EARSHOT CLI_FIXTURE JACK_FEED PA_FAULT.so'
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/own_shm.sh
. "$here/own_shm.sh"
earshot=$(realpath "${1:?$usage}")
fixture=$(realpath "${2:?$usage}")
jack_feed=$(realpath "${3:?$usage}")
pa_fault=$(realpath "${4:?$usage}")
# shellcheck source=tests/claims.sh
. "$here/claims.sh"
work=$(mktemp -d)
cd "$work" || exit 1
started=() # every process in the background, to be ended
# shellcheck disable=SC2317
tidy() {
  for process in "${started[@]}"; do
    kill "$process" 2>/dev/null
  done
  wait
  rm -rf "$work"
}
trap tidy EXIT

# PortAudio lists every name of this file that opens.  JACK's dummy driver gives the pace,
# the file the samples; one that does not open must be there, or PortAudio 19.6 asserts.
cat >asound.conf <<END
pcm.paced { type jack
  capture_ports { 0 system:capture_1
                  1 system:capture_2 } }
pcm.mono { type jack
  capture_ports { 0 system:capture_1 } }
pcm.music { type file
  slave.pcm paced file /dev/null format raw infile $work/music.f32 }
pcm.late { type file
  slave.pcm { type null } file /dev/null format raw infile $work/late.f32 }
pcm.quiet { type null }
pcm."Quiet USB One" { type null }
pcm."Quiet USB Two" { type null }
pcm."caf$(printf '\351') 'live'" { type null }
pcm.absent { type hw card 99 }
END
export ALSA_CONFIG_PATH=$work/asound.conf
unset MALLOC_PERTURB_ # would touch the 1.5 GB that ALSA's null device asks for and never uses
export JACK_NO_AUDIO_RESERVATION=1 JACK_NO_START_SERVER=1 JACK_DEFAULT_SERVER=earshot-pa-$$

# start_server RATE OPTIONS...
start_server() {
  local rate=$1
  shift
  jackd -n "$JACK_DEFAULT_SERVER" -r --no-mlock "$@" -d dummy -r "$rate" -p 256 -C 2 \
    >jackd.log 2>&1 &
  server=$!
  started+=("$server")
  until_true 10 jack_lsp || broken "no JACK server: $(tail -n 3 jackd.log)"
}

end_server() { # SIGNAL
  kill "-$1" "$server"
  wait "$server" 2>/dev/null
}

"$fixture" model harshness h.safetensors && "$fixture" model classifier k.safetensors &&
  "$fixture" raw f32le 48000 2 5 1 3 >music.f32 || exit 1

options=(live --backend portaudio -f jsonl -m h.safetensors -m k.safetensors)

# live NAME OPTIONS...: results in NAME.out, messages in NAME.err, exit code in NAME.code.
live() {
  local name=$1
  shift
  timeout 60 "$earshot" "${options[@]}" "$@" >"$name.out" 2>"$name.err" </dev/null
  echo $? >"$name.code"
}

# begin NAME OPTIONS...: live in the background, its process in NAME.pid.
begin() {
  local name=$1
  shift
  : >"$name.out"
  : >"$name.err"
  {
    "$earshot" "${options[@]}" "$@" >"$name.out" 2>"$name.err" </dev/null &
    echo $! >"$name.pid"
    wait $!
    echo $? >"$name.code"
  } &
  until_true 10 test -s "$name.pid"
  started+=("$(cat "$name.pid")")
}

child() { # NAME: its PortAudio
  pgrep -P "$(cat "$1.pid")"
}

ended() { # NAME...
  local name
  for name in "$@"; do
    [ -s "$name.code" ] || return 1
  done
}

stop() { # NAME
  kill -TERM "$(cat "$1.pid")"
  until_true 20 ended "$1" || broken "$1 does not end"
}

# heard NAME REFERENCE: the verdicts of all of the file come first, bit for bit.
heard() {
  grep '"type":"verdict"' "$1.out" >"$1.verdicts"
  grep '"type":"verdict"' "$2" >"$2.verdicts"
  local n
  n=$(wc -l <"$2.verdicts")
  [ "$n" -gt 100 ] || broken "only $n verdicts in $2"
  head -n "$n" "$1.verdicts" | cmp -s - "$2.verdicts" ||
    broken "$1 differs from $2: $(head -n "$n" "$1.verdicts" | cmp - "$2.verdicts" 2>&1)"
}

claim "where there is no input every way to one ends with 4 and one sentence"
echo 'pcm.absent { type hw card 99 }' >absent.conf
: >empty.conf # PortAudio 19.6 asserts that there is anything at all
for arguments in "devices" "devices --json" "live --backend portaudio"; do
  for config in absent empty; do
    # shellcheck disable=SC2086
    ALSA_CONFIG_PATH=$work/$config.conf "$earshot" $arguments >out 2>err </dev/null
    is $? 4
    is "$(wc -l <err) $(wc -c <out)" "1 0"
    has err 'earshot: there is no audio input; plug one in\|earshot: PortAudio broke off'
    [ $config = empty ] || has err 'there is no audio input; plug one in'
  done
done

claim "devices lists the inputs by name, without the libraries' chatter"
"$earshot" devices >out 2>err
is $? 0
is "$(wc -c <err)" 0
has out '^index  API  *inputs  *rate  *name$'
has out '^ *[0-9]*  ALSA  *128  *44100  [*] quiet$'
has out '^ *[0-9]*  ALSA  *128  *44100    Quiet USB One$'
is "$(grep -c ' \* ' out)" 1
has_not out absent
"$earshot" devices -v >out 2>err
[ "$(grep -c 'ALSA lib' err)" -gt 0 ] || broken "-v is as silent: $(head -c 200 err)"

claim "devices --json is one valid object a line, whatever bytes a name has"
"$earshot" devices --json >out 2>err
is $? 0
python3 - out <<'END' >seen 2>&1 || broken "$(tail -n 1 seen)"
import json, sys
lines = open(sys.argv[1], encoding='utf-8').read().splitlines()
devices = [json.loads(line) for line in lines]
for d in devices:
    assert list(d) == ['index', 'api', 'name', 'channels', 'rate_hz', 'default',
                       'api_default'], d
    assert d['channels'] >= 1 and d['rate_hz'] > 0, d
names = [d['name'] for d in devices]
assert "caf\ufffd 'live'" in names and 'Quiet USB One' in names, names
assert sum(d['default'] for d in devices) == 1
END
"$earshot" devices >/dev/full 2>err
is $? 2
has err 'could not be written'

claim "a name means its device: any part of it, in any case, exactly, and API:part"
while IFS='|' read -r name device; do
  live find --device "$name" --duration 0.1 --heartbeat 0
  is "$(cat find.code)" 0
  has find.out "\"type\":\"start\".*\"source\":\"$device\""
done <<END
QUIET|ALSA: quiet
usb one|ALSA: Quiet USB One
alsa:TWO|ALSA: Quiet USB Two
Quiet USB Two|ALSA: Quiet USB Two
alsa:|ALSA: quiet
END

claim "a name that means nothing or several ends with 4 and the names there are"
live several --device usb
is "$(cat several.code)" 4
has several.err "'usb' is the name of several.*ALSA: Quiet USB One, ALSA: Quiet USB Two$"
for name in nosuch 99 JACK:quiet OSS:quiet ALSA:nosuch; do
  live none --device "$name"
  is "$(cat none.code)" 4
  has none.err "there is no audio input '$name'; there is ALSA: quiet, ALSA: Quiet USB One"
  is "$(wc -l <none.err) $(wc -c <none.out)" "1 0"
done
live many --device quiet --channels 64 --duration 0.1
is "$(cat many.code)" 0
live more --device ALSA:quiet --channels 65
is "$(cat more.code)" 1

claim "a device far faster than any processor ends no session; what was lost is counted"
live fast --device quiet --duration 2 --heartbeat 0.5
is "$(cat fast.code)" 0
has fast.out '"samples_lost":[1-9]'
has fast.out '"type":"summary"'

start_server 48000 -S -t 2000 # a server that waits for its clients: nothing may be lost
"$earshot" file -f jsonl -m h.safetensors -m k.safetensors --raw f32le,48000,2 music.f32 >file.out 2>err || broken "$(cat err)"
"$jack_feed" feeder music.f32 2 >feed.out &
feeder=$!
started+=("$feeder")
appears feed.out ready

claim "verdicts of an ALSA device are those of the file that it plays, bit for bit"
begin music --device ALSA:music --every --duration 7
claim "verdicts by JACK's host API are those of the file that the client plays"
# what comes before the first sample that is not 0 is silence of the server
python3 - <<'END'
x = open('music.f32', 'rb').read()
while x[:8] == bytes(8):
    x = x[8:]
open('sound.f32', 'wb').write(x)
END
"$earshot" file -f jsonl -m h.safetensors -m k.safetensors --raw f32le,48000,2 sound.f32 >sound.out 2>err || broken "$(cat err)"
begin feed --device jack:FEED --every --from-sound --duration 8
until_true 30 ended music feed
is "$(cat music.code feed.code | tr '\n' ' ')" "0 0 "
heard music file.out
heard feed sound.out
has music.out '"source":"ALSA: music","rate_hz":48000,"channels":2'
has feed.out '"source":"JACK Audio Connection Kit: feeder"'
is "$(cat music.err feed.err | wc -c)" 0

claim "one input is listened to where there is but one, and more than there are refused"
live mono --device ALSA:mono --duration 0.3
has mono.out '"source":"ALSA: mono","rate_hz":48000,"channels":1'
live three --device JACK:system --channels 3
is "$(cat three.code)" 4
has three.err 'system has 2 input channels, not 3; ask for fewer'
kill "$feeder"
wait "$feeder"
end_server TERM

claim "--wait waits for a device and for a server that come late"
begin late --device ALSA:late --wait
begin server --device JACK:system --wait --heartbeat 0.5
appears late.err 'late.*there is\|wait'
appears server.err "JACK:system"
is "$(cat late.out server.out | grep -c verdict)" 0
cp music.f32 late.f32
appears late.out '"type":"verdict"'
stop late
is "$(cat late.code)" 130
start_server 48000
appears server.out '"type":"verdict"'

claim "overflows that PortAudio tells of are counted: here by JACK, of a stopped client"
before=$(grep -o '"xruns":[0-9]*' server.out | tail -n 1)
for _ in 1 2 3; do
  kill -STOP "$(child server)"
  sleep 0.3
  kill -CONT "$(child server)"
  sleep 0.7
done
after=$(grep -o '"xruns":[0-9]*' server.out | tail -n 1)
[ "${after#*:}" -gt "${before#*:}" ] || broken "$before before, $after after"

claim "a server that is killed is lost, and found again with another rate"
end_server KILL
appears server.out '"type":"message".*gone'
start_server 44100
appears server.out '"source":"JACK Audio Connection Kit: system","rate_hz":44100'
appears server.out '"running":true.*"reconnects":1'
stop server
is "$(cat server.code)" 130
is "$(grep -c gone server.err)" 1

claim "an ALSA device that goes while JACK goes too takes nothing along"
begin alsa --device ALSA:paced --heartbeat 0.5
appears alsa.out '"type":"verdict"'
end_server KILL
appears alsa.out '"type":"message".*\(gone\|given nothing\)'
start_server 48000
appears alsa.out '"running":true.*"reconnects":1'
stop alsa
is "$(cat alsa.code)" 130

claim "what finds no room on its way is counted to the frame"
LD_PRELOAD=$pa_fault PA_FAULT=flood begin flood --device ALSA:paced --duration 2 --heartbeat 0.2
until_true 30 ended flood
has flood.out '"samples_lost":1000000,'
end_server TERM

claim "whatever PortAudio does to its own process, the session goes on"
export LD_PRELOAD=$pa_fault
PA_FAULT=hang begin hang --device quiet --duration 0.5
PA_FAULT=quiet begin silent --device quiet
PA_FAULT=abort begin abort --device quiet
PA_FAULT=overflow begin overflow --device quiet --duration 1 --heartbeat 0.2
unset LD_PRELOAD
until_true 30 ended hang overflow
is "$(cat hang.code)" 0
has overflow.out '"xruns":9,'
has_not overflow.out '"xruns":[1-9][0-9]'
appears silent.err 'has given nothing for 3 s'
appears silent.err 'listening again'
appears abort.err 'PortAudio broke off'
appears abort.err 'listening again'
stop silent
stop abort
is "$(cat silent.code abort.code | tr '\n' ' ')" "130 130 "

claim "nothing is left behind: no process, though a parent is killed"
begin orphan --device quiet
appears orphan.out '"type":"status"'
orphan=$(child orphan)
kill -KILL "$(cat orphan.pid)"
until_true 10 sh -c "! kill -0 $orphan" || broken "its PortAudio lives on"
for process in "${started[@]}"; do
  [ -z "$(pgrep -P "$process")" ] || broken "$process has left $(pgrep -lP "$process")"
done

claims_end
