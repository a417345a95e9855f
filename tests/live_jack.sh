# SPDX-License-Identifier: ISC
# For test scripts: a JACK server of their own (dummy driver), live sessions in the
# background, and what they heard.  Needs claims.sh, $earshot, $player and a fresh folder.
# shellcheck shell=bash disable=SC2154
export JACK_NO_AUDIO_RESERVATION=1 JACK_NO_START_SERVER=1
export JACK_DEFAULT_SERVER=earshot-test-$$
started=() # every process in the background, to be ended
# shellcheck disable=SC2317
tidy() {
  for process in "${started[@]}"; do
    kill -CONT "$process" 2>/dev/null
    kill "$process" 2>/dev/null
  done
  wait
  rm -rf "$work"
}

# start_server RATE BLOCK OPTIONS...: -S -t 2000 is a server that waits for its clients, so
# that no sample is skipped however busy the machine is.  Not longer: jackd may miss that
# its graph changed, with short blocks on a busy machine, and then keeps a new client
# waiting for ten times as long, until the client tries again.  JACK has room for eight
# servers on a machine: one that finds none tries again.
start_server() {
  local rate=$1 block=$2
  shift 2
  for _ in {1..20}; do
    jackd -n "$JACK_DEFAULT_SERVER" -r --no-mlock "$@" -d dummy -r "$rate" -p "$block" \
      >jackd.log 2>&1 &
    server=$!
    until_true 20 answers_or_ended && kill -0 "$server" 2>/dev/null && break
    sleep 1
  done
  started+=("$server")
  jack_lsp >/dev/null 2>&1 || broken "no JACK server: $(tail -n 3 jackd.log)"
}

# shellcheck disable=SC2317
answers_or_ended() {
  ! kill -0 "$server" || jack_lsp
}

end_server() { # SIGNAL
  kill "-$1" "$server"
  wait "$server" 2>/dev/null
}

# live NAME OPTIONS...: results in NAME.out, messages in NAME.err, exit code in NAME.code.
live() {
  local name=$1
  shift
  timeout 60 "$earshot" live "$@" >"$name.out" 2>"$name.err" </dev/null
  echo $? >"$name.code"
}

# begin NAME OPTIONS...: live in the background, its process in NAME.pid.
begin() {
  local name=$1
  shift
  rm -f "$name.pid" "$name.code"
  : >"$name.out"
  : >"$name.err"
  {
    "$earshot" live "$@" >"$name.out" 2>"$name.err" </dev/null &
    echo $! >"$name.pid"
    wait $!
    echo $? >"$name.code"
  } &
  until_true 10 test -s "$name.pid"
  started+=("$(cat "$name.pid")")
}

# begun NAME OPTIONS...: and its ports are there.
begun() {
  begin "$@"
  until_true 60 grep -q '"type":"start"' "$1.out" || broken "$1 did not begin: $(cat "$1.err")"
}

send() { # SIGNAL NAME
  kill "-$1" "$(cat "$2.pid")"
}

# stop NAME: its exit code is 130.
stop() {
  send TERM "$1"
  until_true 20 test -s "$1.code" || broken "$1 does not end"
  is "$(cat "$1.code")" 130
}

# heard NAME REFERENCE [MODEL]: the verdicts (of one model) of all of the file come first,
# bit for bit.
heard() {
  local of="\"type\":\"verdict\".*\"model\":\"${3:-}"
  grep "$of" "$1.out" >"$1.verdicts"
  grep "$of" "$2" >"$2.verdicts"
  local n
  n=$(wc -l <"$2.verdicts")
  [ "$n" -gt 20 ] || broken "only $n verdicts in $2"
  head -n "$n" "$1.verdicts" | cmp -s - "$2.verdicts" ||
    broken "$1 differs from $2: $(head -n "$n" "$1.verdicts" | cmp - "$2.verdicts" 2>&1)"
}

# last NAME KEY: its number in the newest status line.
last() {
  grep '"type":"status"' "$1.out" | grep -o "\"$2\":[0-9.]*" | tail -n 1 | cut -d: -f2
}

# last_verdict NAME: its time
last_verdict() {
  grep '"type":"verdict"' "$1.out" | tail -n 1 | grep -o '"t":[0-9.]*' | cut -d: -f2
}

# goes_on NAME TIME: there are verdicts after that, a second at least
goes_on() {
  awk "BEGIN { exit !($(last_verdict "$1") > $2 + 1) }"
}

# nothing_lost NAME: neither by us, nor by a server that waits for its clients
nothing_lost() {
  is "$(last "$1" samples_lost) $(last "$1" overruns) $(last "$1" lost_reports)" "0 0 0"
}

# connected CLIENT: "1<system:capture_1 2<player:out_2 ", in order
connected() {
  jack_lsp -c "$1:" |
    awk '/^ / { print n "<" $1; next } { n = substr($1, index($1, ":in_") + 4) }' |
    sort | tr '\n' ' '
}

is_connected() { # CLIENT WANT
  [ "$(connected "$1")" = "$2" ]
}

# to_be_connected CLIENT WANT: as soon as the server lets the other client in
to_be_connected() {
  until_true 30 is_connected "$1" "$2" || broken "$1 is connected to '$(connected "$1")', not '$2'"
}

# of all sessions that ran in this folder
no_sanitizer_spoke() {
  ! grep -h 'runtime error\|Sanitizer' ./*.err || broken "a sanitizer spoke"
}
