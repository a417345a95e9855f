#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Under valgrind's memcheck two plugins, a live session and the analysis of a file read
# nothing that is not theirs or was never written, and leave no byte that nobody holds.
# Then memcheck itself is checked: it must see both in a program that does so.
#
# usage: test_stress_memcheck.sh VALGRIND EARSHOT CLI_FIXTURE TEST_CROWD MODULE SINNER
set -u
export LC_ALL=C
usage='usage: test_stress_memcheck.sh VALGRIND EARSHOT CLI_FIXTURE TEST_CROWD MODULE SINNER'
here=$(cd "$(dirname "$0")" && pwd)
valgrind=${1:?$usage}
earshot=$(realpath "${2:?$usage}")
fixture=$(realpath "${3:?$usage}")
crowd=$(realpath "${4:?$usage}")
module=$(realpath "${5:?$usage}")
sinner=$(realpath "${6:?$usage}")
work=$(mktemp -d)
cd "$work" || exit 1
trap 'rm -rf "$work"' EXIT
# shellcheck source=tests/claims.sh
. "$here/claims.sh"

check() { # COMMAND...: its exit code, 9 if memcheck objects
  "$valgrind" -q --fair-sched=yes --leak-check=full --show-leak-kinds=definite,indirect \
    --errors-for-leak-kinds=definite,indirect --suppressions="$here/valgrind.supp" \
    --error-exitcode=9 "$@" >out 2>err
  code=$?
}
clean() { # COMMAND...
  check "$@"
  is "$code" 0
  ! grep -q '^==' err || broken "memcheck said: $(grep '^==' err | head -n 12)"
}

"$fixture" sound sound.wav 48000 2 2 1 2 || exit 1

claim "two plugins, made, run and freed"
clean "$crowd" "$module" 2
claim "a live session"
clean "$earshot" live --backend file --device sound.wav --format jsonl --log live.log
claim "a file, as text, lines and features"
clean "$earshot" file -f jsonl sound.wav
clean "$earshot" features sound.wav -o sound.npy
claim "memcheck sees what is read too early, and what nobody holds"
for sin in unset leak behind; do
  check "$sinner" $sin
  is "$sin $code" "$sin 9"
done
claims_end
