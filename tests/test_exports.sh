#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Programs show no symbol of ours, and each module of the plugin the one that a host looks
# for.
#
# usage: test_exports.sh BINARY SYMBOL...   (SYMBOL `none`: of a program)
set -eu
export LC_ALL=C
command -v nm >/dev/null || { echo 'skipped: nm is missing'; exit 77; }
bad=0
while [ $# -gt 1 ]; do
  # An underscore is the linker's, a version a library's (its variable, copied).
  shown=$(nm -D --defined-only "$1" | sed 's/.* //' | grep -v '^_\|@' || echo none)
  if [ "$shown" != "$2" ]; then
    echo "$1 shows $shown instead of $2"
    bad=1
  fi
  shift 2
done
exit $bad
