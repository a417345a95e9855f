#!/bin/bash
# SPDX-License-Identifier: ISC
#
# A live session obeys: signals, model files that change, a session manager; it counts what
# a stalled analysis loses, and no server that hangs keeps it from ending.
#
# usage: test_live_session.sh EARSHOT CLI_FIXTURE JSONL_CHECK JACK_PLAYER STALL.so NSM|none
set -u
export LC_ALL=C
usage='usage: test_live_session.sh EARSHOT CLI_FIXTURE JSONL_CHECK JACK_PLAYER STALL.so NSM|none'
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/own_shm.sh
. "$here/own_shm.sh"
earshot=$(realpath "${1:?$usage}")
fixture=$(realpath "${2:?$usage}")
jsonl_check=$(realpath "${3:?$usage}")
player=$(realpath "${4:?$usage}")
stall=$(realpath "${5:?$usage}")
work=$(mktemp -d)
cd "$work" || exit 1
# shellcheck source=tests/claims.sh
. "$here/claims.sh"
# shellcheck source=tests/live_jack.sh
. "$here/live_jack.sh"
trap tidy EXIT

"$fixture" model harshness h.safetensors && "$fixture" model classifier k.safetensors &&
  "$fixture" sound sound.wav 48000 2 6 1 3 || exit 1
models=(-m h.safetensors -m k.safetensors)
all=("${models[@]}" --no-connect --from-sound --every --heartbeat 0.2)
# With its first sample, which is 0, taken off: that is where --from-sound begins.
python3 - <<'END' || exit 1
import wave
with wave.open('sound.wav') as sound:
    form, x = sound.getparams(), sound.readframes(sound.getnframes())
with wave.open('sound.wav', 'wb') as out:
    out.setparams(form)
    out.writeframes(x[6:])
END
"$earshot" file "${models[@]}" -f jsonl sound.wav >file.out 2>err || exit 1

summaries() { grep -c '"type":"summary"' "$1.out"; }
has_summaries() { [ "$(summaries "$1")" = "$2" ]; }

claim "--wait waits for a server, and a signal ends that, too"
begin late --backend jack "${models[@]}" --wait
appears late.err 'waiting'
stop late
is "$(wc -c <late.out)" 0
begin late --backend jack "${models[@]}" --wait
appears late.err 'waiting'
start_server 48000 256 -S -t 2000
appears late.out '"type":"start"'
stop late
is "$(wc -l <late.err)" 1

claim "SIGUSR1 writes a summary now, SIGTERM and SIGINT write one at the end"
begun ear "${all[@]}"
"$player" sound.wav earshot:in_1 earshot:in_2 &
sleep 2
send USR1 ear
until_true 10 has_summaries ear 2 || broken "$(summaries ear) summaries"
wait $!
stop ear
is "$(summaries ear)" 4
heard ear file.out
is "$(grep -c '"interrupted":true' ear.out)" 2
is "$("$jsonl_check" <ear.out 2>&1 | grep -c 'event=[1-9].* summary=4')" 1

claim "--duration ends it with 0; what it writes to FILE is complete, and never over another"
live timed "${models[@]}" --duration 0.5 -o timed.jsonl
is "$(cat timed.code) $(wc -c <timed.out)" "0 0"
is "$("$jsonl_check" <timed.jsonl 2>&1 | grep -c 'start=1 .*summary=2')" 1
live timed "${models[@]}" --duration 0.5 -o timed.jsonl
is "$(cat timed.code)" 1
has timed.err 'timed.jsonl exists already'
live timed "${models[@]}" --duration 0.1 -o timed.jsonl -y
is "$(cat timed.code)" 0
"$earshot" live "${models[@]}" --duration 30 --heartbeat 0.1 2>err | head -n 1 >out
is "${PIPESTATUS[0]}" 2
has err 'cannot write the results'

claim "SIGHUP swaps a model that changed, and the others never notice"
sum() { sha256sum "$1" | cut -c 1-64; }
old=$(sum h.safetensors) new=$(sum k.safetensors)
begun swap "${all[@]}" --name swap
"$player" -t 2 sound.wav swap:in_1 swap:in_2 &
sleep 2
cp k.safetensors h.new && mv h.new h.safetensors # other labels, and the name of the second
send HUP swap
appears swap.out "\"type\":\"message\".*the model kinds#2 was read anew"
appears swap.out "\"type\":\"message\".*k.safetensors has not changed"
sleep 1
head -c 2000 sound.wav >h.safetensors
send HUP swap
appears swap.out '"type":"message".*h.safetensors: the model in use stays: '
wait $!
n=$(wc -l <swap.out)
stop swap
heard swap file.out 'kinds"'
nothing_lost swap
is "$(grep '"type":"start"' swap.out | cut -d'[' -f 2 | grep -o "$old\|$new" | tr '\n' ' ')" "$old $new "
sed '1,/"type":"message".*kinds#2 was read/d' swap.out | grep '"type":"verdict"' >after
is "$(grep -c '"model":"fixture"' after)" 0
[ "$(grep -c '"model":"kinds#2"' after)" -gt 20 ] || broken "the new one is silent"
is "$(grep '"model":"kinds#2"' after | grep -vc '"p":{"low":[0-9.]*,"high":[0-9.]*,"r.*ght":[0-9.]*}')" 0
is "$(grep -c '"type":"summary".*"model":"kinds#2","label":"' swap.out)" 1
"$fixture" model harshness h.safetensors

claim "however fast a model changes, each verdict is of the model that was announced"
"$fixture" model harshness g.safetensors
begun turns -m h.safetensors --no-connect --every --heartbeat 0.2 --name turns
for _ in {1..10}; do
  for file in k g; do
    cp $file.safetensors h.new && mv h.new h.safetensors
    send HUP turns
    sleep 0.05
  done
done
stop turns
turns_read() { grep -c '"type":"message".*was read anew' turns.out; }
[ "$(turns_read)" -gt 2 ] || broken "$(turns_read) swaps"
"$fixture" model harshness h.safetensors

claim "a stalled analysis delays no audio, loses the oldest, counts it, and recovers"
begun free "${all[@]}" --name free
STALL=$work/stalled LD_PRELOAD=$stall begun stalled "${all[@]}" --name stalled
"$player" -t 60 sound.wav stalled:in_1 stalled:in_2 free:in_1 free:in_2 2>/dev/null &
playing=$!
appears stalled.out '"type":"verdict"'
touch stalled
n0=$(last stalled samples_in)
four_seconds_more() { [ "$(last stalled samples_in)" -gt $((n0 + 4 * 48000)) ]; }
until_true 60 four_seconds_more || broken "no audio comes in"
# both are pushed to in the same cycle, and each tells it five times a second
awk "BEGIN { d = $(last free samples_in) - $(last stalled samples_in); exit !(d * d < 48000 * 48000) }" ||
  broken "$(last stalled samples_in) samples came in, $(last free samples_in) next to it"
t=$(last_verdict stalled)
rm stalled
counted() { [ "$(last stalled samples_lost)" -gt 48000 ] && [ "$(last stalled overruns)" -gt 0 ]; }
until_true 60 counted || broken "$(last stalled samples_lost) samples lost, $(last stalled overruns) overruns"
until_true 60 goes_on stalled "$t" || broken "no verdict after $t s"
lost=$(last stalled samples_lost)
sleep 1
is "$(last stalled samples_lost)" "$lost"
stop stalled
stop free
nothing_lost free
kill $playing
wait $playing

claim "a server that hangs does not keep it from ending"
begun stuck "${all[@]}" --name stuck
kill -STOP "$server"
send TERM stuck
until_true 20 test -s stuck.code || broken "it does not end"
is "$(cat stuck.code)" 130
kill -CONT "$server"

claim "--once ends with 4, and the last summary, when the server goes"
until_true 10 jack_lsp
begun once "${all[@]}" --name once --once
end_server TERM
until_true 20 test -s once.code || broken "it does not end"
is "$(cat once.code) $(summaries once) $(wc -l <once.err)" "4 2 1"

if [ "${6:?$usage}" != none ]; then
  start_server 48000 256 -S -t 2000
  manager() { # NAME: a session manager, which opens $work/NAME for the client nABCD
    mkfifo "$1.say"
    python3 "$here/nsm_server.py" "$1.url" "$work/$1" earshot.nABCD "$1.log" <"$1.say" &
    started+=($!)
    exec 5>"$1.say"
    until_true 10 test -s "$1.url"
  }

  claim "without a manager that answers it runs as ever, after one remark"
  NSM_URL=osc.udp://localhost:1/ live alone "${models[@]}" --duration 0.2
  is "$(cat alone.code) $(wc -l <alone.err)" "0 1"
  has alone.err 'no session manager answers at osc.udp://localhost:1/'

  claim "a manager opens a session: its name for us is JACK's, its file our settings"
  manager session
  NSM_URL=$(cat session.url) begin managed "${models[@]}" --threshold harsh=0.25 \
    --connect 'system:capture_2' --channels 1 --heartbeat 0.2
  appears session.log '^same /reply /nsm/client/open '
  has session.log '^same /nsm/server/announce Earshot :message: earshot 1 0 '
  to_be_connected earshot.nABCD "1<system:capture_2 "
  is "$(ls session.*earshot* 2>/dev/null)" ""
  echo save >&5
  appears session.log '^same /reply /nsm/client/save '
  is "$(cat session.earshot)" "--model=$work/h.safetensors
--model=$work/k.safetensors
--threshold=harsh=0.25
--connect=system:capture_2
--channels=1"
  echo again >&5
  appears session.log '^same /error /nsm/client/open -1 '
  stop managed
  is "$(cat managed.err)" ""
  is "$(ls session.*part* 2>/dev/null)" ""

  claim "started again, without a word, it is as it was saved"
  mkdir elsewhere
  : >session.log
  {
    cd elsewhere || exit 1
    NSM_URL=$(cat ../session.url) "$earshot" >../again.out 2>../again.err &
    echo $! >../again.pid
    wait $!
    echo $? >../again.code
  } &
  appears session.log '^same /reply /nsm/client/open '
  is "$(grep -c same session.log)" "$(wc -l <session.log)"
  to_be_connected earshot.nABCD "1<system:capture_2 "
  has again.out '"type":"start".*"name":"fixture".*"threshold":{"harsh":0.25}.*"name":"kinds"'
  stop again

  claim "settings that cannot be read are said to be so, and the session runs"
  echo --nosuch >session.earshot
  NSM_URL=$(cat session.url) begin bad "${models[@]}"
  appears session.log '^same /error /nsm/client/open -9 '
  appears bad.out '"type":"start"'
  stop bad
  echo quit >&5
  exec 5>&-
fi

no_sanitizer_spoke
claims_end
