#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Every C file is as .clang-format says, by clang-format 14: other versions differ.
#
# usage: test_format.sh SOURCE-ROOT
set -eu
cd "${1:?usage: test_format.sh SOURCE-ROOT}"
format=$(command -v clang-format-14 || command -v clang-format || true)
case $([ -z "$format" ] || "$format" --version) in
*"version 14."*) ;;
*) echo 'skipped: clang-format 14 is missing'; exit 77 ;;
esac
find bench cli engine models plugin tests train view -name '*.[ch]' 2>/dev/null | sort |
  xargs "$format" --dry-run -Werror
