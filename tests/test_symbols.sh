#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The shared library exports the EAR_API functions of earshot.h: all of them and nothing
# else.
#
# usage: test_symbols.sh LIBRARY HEADER
set -eu
export LC_ALL=C
library=${1:?usage: test_symbols.sh LIBRARY HEADER}
header=${2:?usage: test_symbols.sh LIBRARY HEADER}
command -v nm >/dev/null || { echo 'skipped: nm is missing'; exit 77; }

# A name that starts with an underscore is the compiler's or a sanitizer's own.
exported=$(nm -D --defined-only "$library" | sed 's/.* //; s/@.*//' | grep -v '^_' | sort)
declared=$(sed -n 's/^EAR_API [^(]*[ *]\(ear_[a-z0-9_]*\)(.*/\1/p' "$header" | sort)
n_declared=$(grep -c '^EAR_API ' "$header")
if [ "$(echo "$declared" | wc -l)" -ne "$n_declared" ]; then
  echo "only $(echo "$declared" | wc -l) of $n_declared declarations were understood"
  exit 1
fi
if [ "$exported" = "$declared" ]; then
  exit 0
fi
for name in $exported; do
  echo "$declared" | grep -qx "$name" || echo "$name is exported but not EAR_API in earshot.h"
done
for name in $declared; do
  echo "$exported" | grep -qx "$name" || echo "$name is EAR_API in earshot.h but not exported"
done
exit 1
