#!/bin/bash
# SPDX-License-Identifier: ISC
#
# A JACK server (dummy driver, 48 kHz, blocks of 64) whose only client runs 32 plugins,
# while stress-ng keeps every core busy: it has no more xruns than with a client that runs
# none, summed over ROUNDS of each, by turns, but for chance (three deviations of the
# difference of two counts); and all plugins give verdicts.
# With 0 rounds: one of the plugins alone, nothing is stressed and xruns are told, not
# judged, so that nothing depends on the machine.
#
# usage: test_stress_jack.sh JACK_RACK MODULE ROUNDS SECONDS
set -u
export LC_ALL=C
usage='usage: test_stress_jack.sh JACK_RACK MODULE ROUNDS SECONDS'
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/own_shm.sh
. "$here/own_shm.sh"
rack=$(realpath "${1:?$usage}")
module=$(realpath "${2:?$usage}")
rounds=${3:?$usage}
seconds=${4:?$usage}
work=$(mktemp -d)
cd "$work" || exit 1
# shellcheck source=tests/claims.sh
. "$here/claims.sh"
# shellcheck source=tests/live_jack.sh
. "$here/live_jack.sh"
trap tidy EXIT
plugins=32

# Real time, if that is allowed here: else the kernel decides who is late.
if chrt -f 10 true 2>/dev/null; then
  priority=(-R -P 60)
else
  priority=(-r)
fi
jackd -n "$JACK_DEFAULT_SERVER" "${priority[@]}" --no-mlock -d dummy -r 48000 -p 64 >jackd.log 2>&1 &
started+=("$!")
until_true 20 jack_lsp || broken "no JACK server: $(tail -n 3 jackd.log)"

value() { # LINE KEY
  echo "$1" | grep -o "$2=[0-9]*" | cut -d= -f2
}
total=(0 0)
play() { # 0 or 1: without or with plugins
  local said n=$(($1 * plugins))
  said=$("$rack" "$module" $n "$seconds") || broken "the client ended with $?"
  echo "$n plugins: $said"
  is "$(value "$said" verdicts)" $n
  [ "$(value "$said" cycles)" -gt $((seconds * 10)) ] || broken "only $(value "$said" cycles) cycles"
  total[$1]=$((total[$1] + $(value "$said" xruns)))
}

if [ "$rounds" = 0 ]; then
  claim "$plugins plugins run in blocks of 64, and all give verdicts"
  play 1
else
  claim "$plugins plugins cause no more xruns than none, under stress"
  stress-ng --quiet --cpu "$(nproc)" --timeout 24h >stress.log 2>&1 &
  started+=("$!")
  for round in $(seq "$rounds"); do
    play $((round % 2))
    play $(((round + 1) % 2))
  done
  echo "$rounds rounds of $seconds s each: ${total[0]} xruns with none, ${total[1]} with $plugins plugins"
  awk "BEGIN { exit !(${total[1]} - ${total[0]} <= 3 * sqrt(${total[0]} + ${total[1]})) }" ||
    broken "${total[1]} xruns, ${total[0]} without plugins"
fi
claims_end
