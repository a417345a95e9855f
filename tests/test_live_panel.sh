#!/bin/bash
# SPDX-License-Identifier: ISC
#
# The panel of a real session in a real terminal (tmux): what is on the screen is the stored
# text, also after the window was resized; what is over stays above it; and whatever ends
# the session, the terminal is as it was.
#
# usage: test_live_panel.sh EARSHOT CLI_FIXTURE GOLDEN-FOLDER [store]
set -u
export LC_ALL=C.UTF-8
usage='usage: test_live_panel.sh EARSHOT CLI_FIXTURE GOLDEN-FOLDER [store]'
earshot=$(realpath "${1:?$usage}")
fixture=$(realpath "${2:?$usage}")
golden=$(realpath "${3:?$usage}")
store=${4:-}
work=$(mktemp -d)
cd "$work" || exit 1
unset TMUX NO_COLOR COLORTERM XTERM_VERSION STY
mux() { tmux -u -f /dev/null -S "$work/tmux" "$@"; }
trap 'mux kill-server 2>/dev/null; rm -rf "$work"' EXIT

n_claims=0
n_broken=0
claim() { # SENTENCE: the checks that follow belong to it
  claim=$1
  n_claims=$((n_claims + 1))
}
broken() { # what was seen
  n_broken=$((n_broken + 1))
  echo "BROKEN: $claim: $1"
  screen | sed 's/^/    /'
}

screen() { mux capture-pane -p; }
history() { mux capture-pane -p -S -; }
type_line() { mux send-keys "$1" Enter; }
state() { mux display-message -p "#{$1}"; }
session() { # its process, the only child of the shell
  local shell
  shell=$(state pane_pid)
  tr -d ' ' <"/proc/$shell/task/$shell/children"
}

# The panel alone, without what time changes: the clock, the age, and I.
panel() {
  screen | sed -n '/^earshot  /,$p' |
    sed -E -e '1s/[0-9]+:[0-9]+$/M:SS/' -e 's/age [0-9.]+ s/age X s/' -e '/^I /d' |
    sed -e :a -e '/^\n*$/{$d;N;ba' -e '}'
}

# until SECONDS COMMAND...: try again and again; false if it never came true.
until_true() {
  local n=$(($1 * 10))
  shift
  while ! "$@" >/dev/null 2>&1; do
    n=$((n - 1))
    [ "$n" -gt 0 ] || return 1
    sleep 0.1
  done
}

has() { screen | grep -q -e "$1"; }
told() { history | grep -q -e "$1"; }
wait_for() { until_true 20 has "$1" || broken "'$1' never came"; }
is() { [ "$1" = "$2" ] || broken "got '$1', not '$2'"; }

shows() { # NAME: the panel is as stored
  local stored=$golden/panel-tmux-$1.txt
  if [ -n "$store" ]; then
    sleep 6
    panel >"$stored"
  fi
  shows_now() { panel | cmp -s - "$stored"; }
  until_true 20 shows_now || {
    broken "it does not become $stored"
    panel | diff "$stored" - | sed 's/^/    /'
  }
}

# A new terminal with a shell, and all bytes that reach it in `raw`.
new_terminal() { # COLUMNS ROWS TERM
  mux kill-server 2>/dev/null
  until_true 5 test ! -S tmux
  : >raw
  mux new-session -d -x "$1" -y "$2" "env TERM=$3 PS1='$ ' bash --norc --noprofile"
  mux pipe-pane "cat >>$work/raw"
  wait_for '^\$'
}
gone() { [ -z "$(session)" ]; }
ended() { until_true 10 gone || broken 'it did not end'; }
live="$earshot live --backend file --model h.safetensors --device"

"$fixture" model harshness h.safetensors || exit 1
"$fixture" sound loud.wav 48000 2 300 0 300 || exit 1
"$fixture" sound turns.wav 48000 2 300 2 4 || exit 1

claim 'the panel is as stored, in the middle of the session and of any resize'
new_terminal 80 24 tmux-256color
type_line 'stty -g >before'
type_line "$live loud.wav"
wait_for '^xruns'
shows 80x24
is "$(screen | grep -c '^earshot ')" 1
mux resize-window -x 60 -y 20
shows 60x20
is "$(screen | grep -c '^xruns')" 1
mux resize-window -x 40 -y 8
shows 40x8
mux resize-window -x 80 -y 24
shows 80x24
is "$(screen | grep -c '^xruns')" 1

claim 'a terminal that breaks its lines anew keeps nothing of the old panel'
above() { screen | sed '/^earshot  /,$d' | grep -c '[█▀▒│▼]\|dBFS\|rms'; }
mux send-keys C-c
ended
mux resize-window -x 80 -y 60
type_line "$live loud.wav"
shows 80x24
mux resize-window -x 60 -y 60
shows 60x60
is "$(above)" 0
mux resize-window -x 80 -y 60
shows 80x24
is "$(above)" 0
mux resize-window -x 80 -y 24
shows 80x24

claim 'no mode of the terminal is changed, and only what differs is written'
is "$(stty -g -F "$(state pane_tty)")" "$(cat before)"
is "$(LC_ALL=C tr -d '\n' <raw | grep -aoP '\x1b(\[[0-9;?]*[ -/]*[@-~]|[^\[])' |
  grep -avcP '^\x1b\[([0-9;]*[ABKJm]|\?2004[hl])$')" 0
scales() { grep -ao dBFS raw | wc -l; } # a line that never differs
n_before=$(scales)
n_bytes=$(stat -c %s raw)
grown() { [ "$(stat -c %s raw)" -gt $((n_bytes + 500)) ]; }
until_true 20 grown || broken 'nothing is written any more'
is "$(scales)" "$n_before"

claim 'keys and empty lines do not disturb it'
mux send-keys a b c Enter Enter x Enter y
shows 80x24
is "$(screen | grep -c '^xruns')" 1

claim 'a summary asked for is written above and stays'
kill -USR1 "$(session)"
until_true 10 told 'fixture  *harsh 100 % of the time, now too' || broken 'no summary'
shows 80x24

claim 'after a stop and fg the panel goes on below'
mux send-keys C-z
wait_for Stopped
type_line 'echo between; fg'
shows 80x24
until_true 10 told '^between' || broken 'what was between is lost'

claim 'it ends with the summary in place of the panel, and the terminal as it was'
n_usable=0
usable() { # after the end; the word of the last time may still be on the screen
  n_usable=$((n_usable + 1))
  type_line "clear; stty -g >after; echo ali''ve-$n_usable"
  wait_for "^alive-$n_usable"
  is "$(cat after)" "$(cat before)"
  is "$(state cursor_flag)$(state alternate_on)$(state insert_flag)$(state origin_flag)$(
    state wrap_flag)$(state mouse_any_flag)$(state keypad_flag)" 1000100
  is "$(mux capture-pane -pe | grep alive)" "alive-$n_usable"
}
mux send-keys C-c
until_true 10 told 'long, 48 kHz, stereo, interrupted' || broken 'no summary'
ended
! has '^xruns' || broken 'the panel is still there'
! has '\^C' || broken 'the ^C is still there'
usable
for signal in TERM HUP KILL SEGV; do
  claim "after SIG$signal the terminal is as it was"
  rm -f after
  type_line "$live loud.wav"
  wait_for '^xruns'
  wait_for HARSH\\\|█▀█
  pid=$(session)
  if [ "$signal" = HUP ]; then # it means another thing: new models; the shell's end is next
    kill -HUP "$pid"
    until_true 10 told 'fixture' || broken 'no word of the models'
    signal=TERM
  fi
  kill -$signal "$pid"
  until_true 10 test ! -e "/proc/$pid" || broken 'it did not end'
  usable
done

claim 'a terminal that takes nothing holds nobody up'
rm -f after log.jsonl
type_line "$live loud.wav --log log.jsonl --every"
wait_for '^xruns'
wait_for HARSH\\\|█▀█
pid=$(session)
mux send-keys C-s
sleep 1
n_lines=$(wc -l <log.jsonl)
more() { [ "$(wc -l <log.jsonl)" -gt "$n_lines" ]; }
until_true 5 more || broken 'the log has stopped as well'
kill -TERM "$pid"
until_true 10 test ! -e "/proc/$pid" || broken 'it did not end'
mux send-keys C-q
usable

claim 'a passage is told above the panel when it ends'
type_line "$live turns.wav"
until_true 20 told '^0:0[0-9.]*-0:0[0-9.]*  harsh [0-9]* %, ' || broken 'no passage'
until_true 10 has 'so far: harsh' || broken 'the lamp does not tell of it'
mux send-keys C-c
ended

claim 'colours are blue and orange; NO_COLOR has none'
type_line "clear; $live loud.wav"
wait_for '^xruns'
coloured() { mux capture-pane -pe | grep -q "$1"; }
until_true 10 coloured '38;5;208m' || broken 'no orange'
mux send-keys C-c
ended
type_line "clear; NO_COLOR=1 $live loud.wav"
wait_for '^xruns'
! coloured $'\033' || broken 'colours in spite of NO_COLOR'
mux send-keys C-c
ended

claim 'without UTF-8 it is drawn in ASCII'
type_line "clear; LC_ALL=C $live loud.wav"
wait_for '^#### HARSH'
! screen | LC_ALL=C grep -q '[^ -~]' || broken 'more than ASCII'
mux send-keys C-c
ended

claim 'a dumb terminal gets lines, and nothing that moves'
new_terminal 80 24 dumb
: >raw
type_line "$live loud.wav"
wait_for '^0:0[0-9]  HARSH  '
mux send-keys C-c
wait_for 'interrupted'
# what bash itself sends there is known
! LC_ALL=C tr -d '\n' <raw | grep -aqP '\x1b\[[0-9;]*[A-Za-ln-z]' ||
  broken 'an escape sequence on a dumb terminal'

claim 'the end of the terminal is the end of the session'
new_terminal 80 24 tmux-256color
type_line "$live loud.wav"
wait_for '^xruns'
pid=$(session)
mux kill-server
until_true 10 test ! -e "/proc/$pid" || broken "it lives on without a terminal"

echo "$n_claims claims, $n_broken broken"
[ "$n_broken" -eq 0 ]
