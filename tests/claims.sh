# SPDX-License-Identifier: ISC
# For test scripts: claims, what breaks them, and waiting for what takes time.
# shellcheck shell=bash
n_claims=0
n_broken=0

claim() { # SENTENCE: the checks that follow belong to it
  claim=$1
  n_claims=$((n_claims + 1))
}

broken() { # what was seen
  n_broken=$((n_broken + 1))
  echo "BROKEN: $claim: $1"
}

has() { # FILE PATTERN
  grep -q -e "$2" "$1" || broken "no '$2' in $1: $(head -c 600 "$1")"
}

has_not() { # FILE PATTERN
  ! grep -q -e "$2" "$1" || broken "'$2' in $1: $(grep -e "$2" "$1" | head -n 3)"
}

is() { # GOT WANT
  [ "$1" = "$2" ] || broken "got '$1', not '$2'"
}

same() { # FILE FILE
  cmp -s "$1" "$2" || broken "$1 and $2 differ: $(cmp "$1" "$2" 2>&1)"
}

# until_true SECONDS COMMAND...: again and again; false if it never came true.
until_true() {
  local n=$(($1 * 10))
  shift
  while ! "$@" >/dev/null 2>&1; do
    n=$((n - 1))
    [ "$n" -gt 0 ] || return 1
    sleep 0.1
  done
}

appears() { # FILE PATTERN: within a minute
  until_true 60 grep -q -e "$2" "$1" || broken "no '$2' came into $1: $(tail -c 600 "$1")"
}

claims_end() {
  echo "$n_claims claims, $n_broken broken"
  [ "$n_broken" -eq 0 ]
}
