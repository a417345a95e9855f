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

"$meson" introspect --tests "$build" | HELP=$("$source/tools/test" --help) python3 -c '
import fnmatch, json, os, re, sys
told = re.findall(r"^    ([a-z0-9_*]+) +[0-9]+ min ", os.environ["HELP"], re.M)
tests = [t["name"] for t in json.load(sys.stdin)
         if any(s.endswith((":long", ":long-asan", ":long-tsan")) for s in t["suite"])]
silent = [t for t in tests if not any(fnmatch.fnmatch(t, p) for p in told)]
wrong = [p for p in told if not fnmatch.filter(tests, p)]
for name in silent:
    print(name, "is a long test that tools/test --help does not name")
for name in wrong:
    print("tools/test --help names", name, "which is no long test")
sys.exit(bool(silent or wrong))'
