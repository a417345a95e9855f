#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The JACK callback of a live session makes no system call in CYCLES calls, and nothing that
# RealtimeSanitizer sees, while models are swapped and the server goes and comes.  Then each
# proof itself is checked: every violation seeded into the callback must be caught.
#
# usage: test_rt_jack.sh filter RUNNER SEEDED-RUNNER CYCLES
#        test_rt_jack.sh sanitizer CLANG SOURCE-ROOT LIBEARSHOT CYCLES
set -eu
export LC_ALL=C
usage='usage: test_rt_jack.sh filter RUNNER SEEDED-RUNNER CYCLES
       test_rt_jack.sh sanitizer CLANG SOURCE-ROOT LIBEARSHOT CYCLES'
# shellcheck source=tests/violations.sh
. "$(dirname "$0")/violations.sh"
n_bad=0 n_seeds=0

seed() { # name, program, mode, wanted exit code, wanted words
  code=0
  said=$(EARSHOT_SEED=$1 timeout 60 "$2" 2000 "$3" 2>&1) || code=$?
  n_seeds=$((n_seeds + 1))
  case $code:$said in
  "$4":*"$5"*) ;;
  *)
    echo "seed $1: exit code $code instead of $4, or no word of '$5': $said"
    n_bad=$((n_bad + 1))
    ;;
  esac
}

filtered() {
  "$1" "$3" filter
  seed none "$2" filter 0 cycles
  while read -r name _; do
    seed "$name" "$2" filter 3 'process() made system call'
  done <<END
$filter_seeds
END
}

# All that the callback calls is built with the sanitizer; the rest comes from LIBEARSHOT.
build() { # program, further sources and flags
  program=$1
  shift
  # shellcheck disable=SC2086 # lists of flags and files
  "$clang" -std=c11 -D_GNU_SOURCE -DHAVE_JACK -O1 -g -fsanitize=realtime \
    -I"$root/engine" -I"$root/cli" $sources "$@" "$libearshot" $libs -lpthread -ldl -lm \
    -o "$program"
}

sanitized() {
  clang=$1 root=$2 libearshot=$3
  command -v "$clang" >/dev/null || { echo "skipped: $clang is missing"; exit 77; }
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  libs=$(pkg-config --libs soxr jansson libmd)
  pkg-config --exists fftw3f && libs="$libs -lfftw3f_threads $(pkg-config --libs fftw3f)"
  pkg-config --exists kissfft-float && libs="$libs $(pkg-config --libs kissfft-float)"
  sources=
  for name in tests/test_rt_jack tests/fake_jack tests/rt_filter cli/backend_jack \
    cli/jack_helper cli/jack_links cli/levels cli/message cli/progress cli/sink \
    engine/downmix engine/live_audio engine/ring engine/tape; do
    sources="$sources $root/$name.c"
  done
  build "$work/clean"
  build "$work/seeded" "$root/tests/violations.c" "$root/tests/violations_jack.c" \
    -Wl,--wrap=sink_push
  "$work/clean" "$4" calm
  seed none "$work/seeded" calm 0 cycles
  while read -r name function; do
    seed "$name" "$work/seeded" calm 43 "function \`$function\`"
  done <<END
$sanitizer_seeds
END
}

how=${1:-}
shift || true
case $how:$# in
filter:3) filtered "$@" ;;
sanitizer:4) sanitized "$@" ;;
*)
  echo "$usage"
  exit 2
  ;;
esac
echo "$n_seeds seeds, $n_bad not caught"
[ "$n_bad" -eq 0 ]
