#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Each binary given can be put anywhere, has no table that can be written to once it is
# bound, no stack that runs, guarded stacks, checked copies, and (x86-64) marked targets of
# jumps and returns.
#
# usage: test_hardening.sh BINARY...
set -eu
export LC_ALL=C
command -v readelf >/dev/null || { echo 'skipped: readelf is missing'; exit 77; }
bad=0

# lacks WHAT PATTERN TEXT: unless the pattern is in the text
lacks() {
  if ! printf '%s\n' "$3" | grep -q -e "$2"; then
    echo "$binary: no $1"
    bad=1
  fi
}

for binary in "${@:?usage: test_hardening.sh BINARY...}"; do
  header=$(readelf -hW "$binary")
  segments=$(readelf -lW "$binary")
  dynamic=$(readelf -dW "$binary")
  symbols=$(readelf --dyn-syms -W "$binary")
  lacks 'position independence' 'Type: *DYN' "$header"
  lacks 'relocation table made read-only (-z relro)' 'GNU_RELRO' "$segments"
  lacks 'binding at the start (-z now)' 'BIND_NOW\|Flags:.*NOW' "$dynamic"
  lacks 'stack that does not run (-z noexecstack)' 'GNU_STACK.* RW  *0x' "$segments"
  lacks 'guarded stack (-fstack-protector-strong)' 'UND __stack_chk_fail' "$symbols"
  lacks 'checked copy (_FORTIFY_SOURCE)' 'UND __[a-z]*_chk' "$symbols"
  case $header in
  *X86-64*) # the mark of the whole file would need Debian's crti.o to have it too
    lacks 'marked targets (-fcf-protection)' endbr64 "$(objdump -d "$binary" | grep -m 1 endbr64)"
    ;;
  esac
  if printf '%s\n' "$dynamic" | grep -q TEXTREL; then
    echo "$binary: code that is changed when it is loaded (TEXTREL)"
    bad=1
  fi
done
exit $bad
