#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The audio path imports what the list below names and nothing else.  The linker cuts out of
# the objects of this build all that can be reached from run() and from the audio functions
# of earshot.h; what is undefined then comes from outside the path.  Then the check itself
# is checked: every seeded violation must be reported.
#
# usage: test_audio_symbols.sh AUDIO-PATH-LIBRARY VIOLATIONS-LIBRARY
set -eu
export LC_ALL=C
path=${1:?usage: test_audio_symbols.sh AUDIO-PATH-LIBRARY VIOLATIONS-LIBRARY}
violations=${2:?usage: test_audio_symbols.sh AUDIO-PATH-LIBRARY VIOLATIONS-LIBRARY}

entries='plugin_run ear_live_push ear_live_pop ear_live_stats_get ear_live_reset
  ear_live_pop_column ear_live_watch
  ear_live_set_flags ear_live_swap ear_live_resume ear_downmix ear_downmix_interleaved'
# Pure functions; the one call that is made for freewheeling hosts alone; and what
# compilers add by themselves (atomics of aarch64 as functions, the stack's guard).
allowed='mem(cpy|move|set|chr|cmp)|strlen|f(max|min)f?|ear_live_analyse|__stack_chk_(fail|guard)|__aarch64_[a-z0-9_]*|_GLOBAL_OFFSET_TABLE_'

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cut_out() { # library, entries
  roots=
  for entry in $2; do
    roots="$roots -u $entry --require-defined=$entry"
  done
  # shellcheck disable=SC2086 # a list of options
  ld -r -S --gc-sections $roots -o "$work/cut.o" --whole-archive "$1"
  strip --strip-unneeded "$work/cut.o" # undefined symbols that nothing refers to
}
imports() { # a checked copy (_FORTIFY_SOURCE) is called by the name of the plain one
  nm -u "$work/cut.o" | sed 's/.* //; s/^_*\([a-z_0-9]*\)_chk$/\1/'
}
unlisted() {
  imports | grep -vxE "$allowed" || true
}

cut_out "$path" "$entries"
found=$(unlisted)
if [ "$found" ]; then
  echo "the audio path imports what is not on the list:" $found
  exit 1
fi
echo "$(nm "$work/cut.o" | grep -c ' [Tt] ') functions import:" $(imports)

n_bad=0
seed() { # entry, what must be reported
  cut_out "$violations" "$1"
  got=$(unlisted)
  [ "$got" = "$2" ] || {
    echo "$1: reported '$got' instead of '$2'"
    n_bad=$((n_bad + 1))
  }
}
seed violation_none ''
seed violation_of_a_helper realloc
n_seeds=0
for function in $(nm "$violations" | sed -n 's/.* T violation_//p' | grep -vxE 'none|of_a_helper'); do
  seed "violation_$function" "$function"
  n_seeds=$((n_seeds + 1))
done
[ "$n_seeds" -ge 20 ] || n_bad=$((n_bad + 1))
echo "$n_seeds seeds, $n_bad not caught"
exit "$n_bad"
