#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Clang's function effects hold for every source of the engine and the plugin: a function
# marked EAR_RT calls only functions that are marked too, or that can be seen to be clean.
# What the audio thread enters by is marked (rt_marks.c), and nothing but plugin/trust.h
# may look away.  Then the proof itself is checked: each seeded violation must be refused,
# and so must the sources with any one mark of the audio path taken away.
#
# usage: test_rt_effects.sh CLANG SOURCE-ROOT SOURCE...
set -eu
export LC_ALL=C
# shellcheck source=tests/violations.sh
. "$(dirname "$0")/violations.sh"
clang=${1:?usage: test_rt_effects.sh CLANG SOURCE-ROOT SOURCE...}
root=$(cd "${2:?usage: test_rt_effects.sh CLANG SOURCE-ROOT SOURCE...}" && pwd)
shift 2
command -v "$clang" >/dev/null || { echo "skipped: $clang is missing"; exit 77; }
cflags=$(pkg-config --cflags lv2 2>/dev/null || true)
cflags="$cflags $(pkg-config --cflags kissfft-float 2>/dev/null || true)"
n_bad=0

bad() {
  echo "$*"
  n_bad=$((n_bad + 1))
}

check() { # tree, then files and flags; says what clang says
  tree=$1
  shift
  # shellcheck disable=SC2086 # a list of flags
  "$clang" -std=c11 -D_GNU_SOURCE '-DEAR_VERSION=""' $cflags -I"$tree/engine" \
    -I"$tree/plugin" -Werror=function-effects -fsyntax-only "$@" 2>&1
}

refused() { # tree, files: by the effects, and not by a syntax error
  if said=$(check "$@"); then
    return 1
  fi
  case $said in
  *Wfunction-effects*) ;;
  *) bad "refused for another reason: $said" ;;
  esac
}

# The sources, the entries, and who may look away.
check "$root" "$@" "$root/tests/rt_marks.c" || bad 'the audio path is not clean'
grep -nE 'function-effects|rtsan|no_sanitize|blocking' -r "$root/engine" "$root/plugin" \
  --include='*.[ch]' | grep -v -e "^$root/plugin/trust.h:" \
  -e '^[^:]*/engine/earshot.h:[0-9]*:#define EAR_RT __attribute__((nonblocking))$' &&
  bad 'only plugin/trust.h may silence a proof'
trusted=$(grep -oE '^trust_[a-z_]*' "$root/plugin/trust.h" | sort | tr '\n' ' ')
[ "$trusted" = 'trust_analyse trust_begin trust_end trust_queue_draw trust_schedule_work ' ] ||
  bad "plugin/trust.h trusts others than schedule_work, queue_draw and ear_live_analyse: $trusted"

# Seeded violations, and the same without.
seeds=$root/tests/violations_effects.c
check "$root" "$seeds" || bad 'violations_effects.c is refused without a seed'
n_seeds=0
for seed in $(grep -oE 'defined\(SEED_[A-Z_]*' "$seeds" | sed 's/defined(//') $effect_seeds; do
  case $seed in SEED_*) ;; *) seed=SEED_CALL=$seed ;; esac
  refused "$root" "-D$seed" "$seeds" || bad "$seed was accepted"
  n_seeds=$((n_seeds + 1))
done
[ "$n_seeds" -ge 20 ] || bad "only $n_seeds seeds"

# Every mark in turn is taken away from a copy.  Functions of the engine's own headers that
# only the worker calls may do without; the plugin's and the public ones may not.
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp -r "$root/engine" "$root/plugin" "$copy"
cp "$root/tests/rt_marks.c" "$copy"
n_marks=0 n_needed=0
names() { # of the functions that a header marks, in order
  awk '{ text = text " " $0 }
       /[;{}]/ { if (text ~ / EAR_RT;/ && match(text, /[a-z_0-9]+\(/))
                   print substr(text, RSTART, RLENGTH - 1)
                 text = "" }' "$1"
}
for header in engine/earshot.h engine/ring.h engine/tape.h engine/downmix.h \
  "$copy"/plugin/*.h; do
  header=${header#"$copy/"}
  k=0
  for name in $(names "$root/$header"); do
    k=$((k + 1))
    awk -v k=$k '/ EAR_RT;/ && ++n == k { sub(/ EAR_RT;/, ";") } { print }' \
      "$root/$header" >"$copy/$header"
    users=$(grep -lw "$name" "$copy"/engine/*.c "$copy"/plugin/*.c || true)
    # shellcheck disable=SC2086 # a list of files
    if refused "$copy" "$copy/rt_marks.c" $users; then
      n_needed=$((n_needed + 1))
    else
      case $header in
      engine/ring.h | engine/tape.h | engine/downmix.h) ;;
      *) bad "$name of $header could lose its mark unnoticed" ;;
      esac
    fi
    n_marks=$((n_marks + 1))
  done
  cp "$root/$header" "$copy/$header"
done
[ "$n_needed" -ge 20 ] || bad "only $n_needed marks were needed"

echo "$# sources, $n_seeds seeds refused, $n_needed of $n_marks marks needed"
[ "$n_bad" -eq 0 ]
