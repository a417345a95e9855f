#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The audio thread makes no system call in RUNS calls of run(): a filter of the kernel
# would end the first.  Then the filter itself is checked: each violation seeded into
# run() must be caught, and the same module without one must pass.  What the filter cannot
# see: page faults, and the clock as long as the vDSO answers.
#
# usage: test_rt_filter.sh RUNNER MODULE SEEDED-MODULE HARSHNESS-MODEL GENRE-MODEL RUNS
set -u
[ $# -eq 6 ] || {
  echo 'usage: test_rt_filter.sh RUNNER MODULE SEEDED-MODULE HARSHNESS GENRE RUNS'
  exit 2
}
runner=$1 module=$2 seeded=$3 harshness=$4 genre=$5 runs=$6
export LC_ALL=C
# shellcheck source=tests/violations.sh
. "$(dirname "$0")/violations.sh"

"$runner" "$module" "$harshness" "$genre" "$runs" filter || exit 1

# A sanitizer's allocator makes calls of its own: there any call will do.
any_call=''
! grep -q __asan_init "$seeded" || any_call=yes

n_bad=0
seed() { # name, wanted exit code, wanted words of the message
  said=$(EARSHOT_SEED=$1 timeout 60 "$runner" "$seeded" "$harshness" "$genre" 100000 \
    filter 2>&1)
  code=$?
  case $code:$said in
  "$2":*"$3"*) echo "seed $1: $said" ;;
  *)
    echo "seed $1: exit code $code instead of $2, or no word of '$3': $said"
    n_bad=$((n_bad + 1))
    ;;
  esac
}
n_seeds=0
seed none 0 runs
while read -r name word; do
  [ -z "$any_call" ] || word=call
  seed "$name" 3 " $word "
  n_seeds=$((n_seeds + 1))
done <<END
$filter_seeds
END
echo "$n_seeds seeds, $n_bad not caught"
exit "$n_bad"
