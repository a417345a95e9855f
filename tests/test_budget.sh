#!/bin/bash
# SPDX-License-Identifier: ISC
#
# No stage of the chain takes over 5 % more instructions than bench/budget.csv says, and
# the check itself would notice.
#
# usage: test_budget.sh BENCH-BUDGET BUDGET.csv [PLUGIN.so]
#        test_budget.sh --accept BENCH-BUDGET BUDGET.csv [PLUGIN.so]   write the counts of now
set -euo pipefail
export LC_ALL=C
accept=
[ "$1" != --accept ] || { accept=yes && shift; }
program=$(realpath "$1")
budget=$(realpath "$2")
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

status=0
valgrind --tool=callgrind --callgrind-out-file="$work/counts" "$program" "$@" \
  >"$work/units" 2>"$work/err" || status=$?
if [ $status -ne 0 ]; then
  cat "$work/err"
  exit $status
fi
callgrind_annotate --inclusive=yes --threshold=100 "$work/counts" >"$work/table"

# stage,instructions of one unit
{
  echo stage,instructions
  while read -r stage units; do
    awk -v stage="stage_$stage" -v units="$units" '
      { n = split($0, part, ":") }
      part[n] ~ "^" stage "( |$)" { gsub(",", "", $1); found = $1 }
      END { printf "%s,%.0f\n", substr(stage, 7), found / units }' "$work/table"
  done <"$work/units"
} >"$work/now.csv"

if [ "$accept" ]; then
  cp "$work/now.csv" "$budget"
  cat "$budget"
  exit 0
fi

compare() { # BUDGET NOW: false if a stage grew, is new or went away
  awk -F, '
    FNR == 1 { next }
    NR == FNR { was[$1] = $2; next }
    {
      seen[$1] = 1
      if (!($1 in was) || $2 <= 0) { print $1 ": no figure is in the budget"; bad = 1; next }
      grown = 100 * ($2 / was[$1] - 1)
      printf "%-18s %10.0f instructions, budget %10.0f: %+.1f %%\n", $1, $2, was[$1], grown
      if (grown > 5) { print "  " $1 " grew by more than 5 %"; bad = 1 }
      if (grown < -5) { print "  " $1 " shrank: accept it, so that it stays so" }
    }
    END {
      for (s in was) if (!(s in seen)) { print s ": is in the budget and was not counted"; bad = 1 }
      exit bad
    }' "$1" "$2"
}

if ! compare "$budget" "$work/now.csv"; then
  echo "If it must be: bench/accept-budget BUILD writes these counts into bench/budget.csv."
  exit 1
fi

# The check must notice a stage that grew by 6 %, one that vanished and a new one, and bear 4 %.
seed() { # wanted: green or red, awk program over the counts of now
  awk -F, -v OFS=, "$2" "$work/now.csv" >"$work/seeded.csv"
  got=red
  ! compare "$work/now.csv" "$work/seeded.csv" >"$work/said" || got=green
  if [ "$got" != "$1" ]; then
    echo "'$2' should be $1:" && cat "$work/said"
    exit 1
  fi
}
# shellcheck disable=SC2016
seed green 'NR > 1 { $2 *= 1.04 } 1'
# shellcheck disable=SC2016
seed red 'NR == 4 { $2 *= 1.06 } 1'
seed red 'NR != 3'
seed red '1; END { print "new", 1 }'
