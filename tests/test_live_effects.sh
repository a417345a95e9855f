#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Clang's function effects hold for the audio thread of a live session: from the callback of
# each backend down to the tape of the engine nothing allocates, locks or asks the system,
# but for the two calls that cli/trust.h marks, freewheeling and JACK's buffer.  Then the
# proof itself is checked: each seeded violation must be refused.
#
# usage: test_live_effects.sh CLANG SOURCE-ROOT
set -eu
export LC_ALL=C
# shellcheck source=tests/violations.sh
. "$(dirname "$0")/violations.sh"
clang=${1:?usage: test_live_effects.sh CLANG SOURCE-ROOT}
root=$(cd "${2:?usage: test_live_effects.sh CLANG SOURCE-ROOT}" && pwd)
command -v "$clang" >/dev/null || { echo "skipped: $clang is missing"; exit 77; }
sources='backend_jack.c capture.c capture_ring.c levels.c sink.c'
n_bad=0
includes=
bad() {
  echo "$*"
  n_bad=$((n_bad + 1))
}

check() { # FILE
  # shellcheck disable=SC2086 # a list of options
  "$clang" -std=c11 -D_GNU_SOURCE -I"$root/engine" -I"$root/cli" $includes \
    -Werror=function-effects -fsyntax-only "$1" 2>&1
}

for source in $sources; do
  check "$root/cli/$source" || bad "$source is not clean"
done

# Who looks away, and how often.
trusted=$(cd "$root/cli" && grep -c TRUST_BEGIN ./*.c | grep -v ':0$' | tr '\n' ' ')
[ "$trusted" = './backend_jack.c:1 ./sink.c:1 ' ] || bad "cli trusts elsewhere: $trusted"
grep -nE 'function-effects|no_sanitize|blocking' "$root"/cli/*.[ch] | grep -v '/cli/trust.h:' &&
  bad 'only cli/trust.h may silence the proof'

# seed FILE FUNCTION STATEMENT: at the beginning of the function's body
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
n_seeds=0
seed() {
  n_seeds=$((n_seeds + 1))
  awk -v f="$2(" -v s="$3" '{ print } index($0, f) == 1 { inside = 1 }
    inside && /^{/ { print s; inside = 0 }' "$root/cli/$1" >"$scratch/$1"
  cmp -s "$root/cli/$1" "$scratch/$1" && bad "$2 is not in $1"
  if said=$(check "$scratch/$1"); then
    bad "'$3' in $2 of $1 was accepted"
  fi
  case $said in
  *Wfunction-effects*) ;;
  *) bad "refused for another reason: $said" ;;
  esac
}
seed backend_jack.c process 'free(malloc(1));'
seed backend_jack.c process 'note("late");'
seed backend_jack.c samples_of 'pthread_mutex_lock(0);'
seed sink.c sink_push 'sched_yield();'
seed sink.c analyse 'ear_live_analyse(to->live);'
seed sink.c swap_parts 'free(0);'
seed sink.c go_fast 'nanosleep(0, 0);'
seed levels.c levels_add 'complain("loud");'
seed levels.c measure 'fail(0, "loud");'
# and every call of violations.sh in JACK's callback, first none of them
headers='dlfcn fcntl poll pthread sched semaphore stdio stdlib string sys/mman sys/socket
  sys/syscall threads time unistd'
for header in $headers; do includes="$includes -include $header.h"; done
at_hand='float *out = user; struct { pthread_mutex_t lock; } *m = user; (void)out, (void)m;'
awk -v s="$at_hand" '{ print } /^process\(/ { inside = 1 } inside && /^{/ { print s; inside = 0 }' \
  "$root/cli/backend_jack.c" >"$scratch/backend_jack.c"
check "$scratch/backend_jack.c" || bad 'the callback is refused without a seed'
for call in $effect_seeds; do
  seed backend_jack.c process "$at_hand (void)$call;"
done
[ "$n_seeds" -ge 20 ] || bad "only $n_seeds seeds"
# and with a mark taken away
sed 's/TRUST_BEGIN$//' "$root/cli/sink.c" >"$scratch/sink.c"
! check "$scratch/sink.c" >/dev/null || bad 'sink.c was accepted without its mark'
sed 's/TRUST_BEGIN$//' "$root/cli/backend_jack.c" >"$scratch/backend_jack.c"
! check "$scratch/backend_jack.c" >/dev/null || bad 'backend_jack.c was accepted without its mark'

echo "$n_seeds seeds, $n_bad faults"
[ "$n_bad" -eq 0 ]
