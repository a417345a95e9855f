#!/bin/sh
# SPDX-License-Identifier: ISC
#
# RealtimeSanitizer finds nothing in RUNS calls of run(): the plugin and all of the engine
# that its audio thread calls are built with it, the rest comes from LIBEARSHOT.  Then the
# sanitizer itself is checked: each violation seeded into run() must end the host, and the
# same module without one must pass.  What it cannot see: printf, sem_wait, C11's mutexes,
# clock_nanosleep and other calls that its runtime does not intercept, and system calls
# that no library makes; the filter (test_rt_filter.sh) sees them all.
#
# usage: test_rt_sanitizer.sh CLANG SOURCE-ROOT LIBEARSHOT HARSHNESS-MODEL GENRE-MODEL RUNS
#          SOURCE...
set -eu
export LC_ALL=C
# shellcheck source=tests/violations.sh
. "$(dirname "$0")/violations.sh"
[ $# -gt 6 ] || {
  echo 'usage: test_rt_sanitizer.sh CLANG ROOT LIBEARSHOT HARSHNESS GENRE RUNS SOURCE...'
  exit 2
}
clang=$1 root=$2 libearshot=$3 harshness=$4 genre=$5 runs=$6
shift 6
command -v "$clang" >/dev/null || { echo "skipped: $clang is missing"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

flags="-std=c11 -D_GNU_SOURCE -O1 -g -fPIC -fsanitize=realtime -I$root/engine -I$root/plugin"
flags="$flags $(pkg-config --cflags lv2)"
libs=$(pkg-config --libs soxr jansson libmd)
if pkg-config --exists fftw3f; then
  libs="$libs -lfftw3f_threads $(pkg-config --libs fftw3f)"
fi
if pkg-config --exists kissfft-float; then
  libs="$libs $(pkg-config --libs kissfft-float)"
fi
objects=
for source in "$@" "$root/tests/violations.c" "$root/tests/violations_run.c"; do
  object=$work/$(basename "$source" .c).o
  # shellcheck disable=SC2086 # a list of flags
  "$clang" $flags -c "$source" -o "$object"
  case $source in
  "$root"/tests/*) ;;
  *) objects="$objects $object" ;;
  esac
done
link() { # module, further objects and flags
  module=$1
  shift
  # shellcheck disable=SC2086
  "$clang" -shared -fsanitize=realtime -o "$module" $objects "$@" "$libearshot" $libs \
    -lpthread -lm -Wl,--exclude-libs,ALL -Wl,--as-needed
}
link "$work/clean.so"
link "$work/seeded.so" "$work/violations.o" "$work/violations_run.o" -Wl,--wrap=messages_write
# shellcheck disable=SC2086
"$clang" $flags -o "$work/host" "$root/tests/test_rt_run.c" "$root/tests/rt_host.c" \
  "$root/tests/rt_drive.c" "$root/tests/rt_filter.c" "$root/engine/ring.c" -lpthread -ldl

"$work/host" "$work/clean.so" "$harshness" "$genre" "$runs" open

n_bad=0
seed() { # name, wanted exit code, wanted words of the message
  code=0
  said=$(EARSHOT_SEED=$1 timeout 60 "$work/host" "$work/seeded.so" "$harshness" "$genre" \
    40000 open 2>&1) || code=$?
  case $code:$said in
  "$2":*"$3"*) echo "seed $1: $(echo "$said" | grep -F -m 1 -- "$3")" ;;
  *)
    echo "seed $1: exit code $code instead of $2, or no word of '$3': $said"
    n_bad=$((n_bad + 1))
    ;;
  esac
}
n_seeds=0
seed none 0 runs
while read -r name function; do
  seed "$name" 43 "function \`$function\`"
  n_seeds=$((n_seeds + 1))
done <<END
$sanitizer_seeds
END
echo "$n_seeds seeds, $n_bad not caught"
exit "$n_bad"
