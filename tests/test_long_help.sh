#!/bin/sh
# SPDX-License-Identifier: ISC
#
# `tools/test --help` names every test of the long form, and no other, with its time.
#
# usage: test_long_help.sh MESON BUILD-ROOT SOURCE-ROOT
set -eu
meson=${1:?usage: test_long_help.sh MESON BUILD-ROOT SOURCE-ROOT}
build=${2:?usage: test_long_help.sh MESON BUILD-ROOT SOURCE-ROOT}
source=${3:?usage: test_long_help.sh MESON BUILD-ROOT SOURCE-ROOT}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$meson" introspect --tests "$build" | python3 -c '
import json, sys
for test in json.load(sys.stdin):
    if any(s.endswith((":long", ":long-asan", ":long-tsan")) for s in test["suite"]):
        print(test["name"])' | sort >"$work/tests"
"$source/tools/test" --help | sed -n 's/^    \([a-z0-9_]*\)  *[0-9][0-9]* min .*/\1/p' | sort >"$work/help"
diff "$work/tests" "$work/help" || {
  echo "the long tests (<) are not those that tools/test --help names (>)"
  exit 1
}
