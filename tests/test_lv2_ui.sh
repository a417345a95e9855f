#!/bin/bash
# SPDX-License-Identifier: ISC
#
# test_lv2_ui on an X server of its own, with one model in the model folder; with VALGRIND
# set, under valgrind: no window leaves a byte that nobody holds, or reads what is not its.
#
# usage: test_lv2_ui.sh PROGRAM earshot.so earshot_ui.so HARSHNESS-MODEL [FOLDER]
set -euo pipefail
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 4 ] || { echo 'usage: test_lv2_ui.sh PROGRAM earshot.so earshot_ui.so MODEL [FOLDER]'; exit 2; }
work=$(mktemp -d)
xvfb=
clean_up() {
  [ -z "$xvfb" ] || kill "$xvfb" 2>/dev/null || true
  wait || true
  rm -rf "$work"
}
trap clean_up EXIT
# shellcheck source=tests/own_x.sh
. "$here/own_x.sh"
mkdir "$work/models"
cp "$4" "$work/models/own.safetensors"
export EARSHOT_MODEL_PATH=$work/models XDG_DATA_HOME=$work/none XDG_DATA_DIRS=$work/none
under=()
[ -z "${VALGRIND:-}" ] ||
  under=("$VALGRIND" -q --leak-check=full '--show-leak-kinds=definite,indirect'
    '--errors-for-leak-kinds=definite,indirect' "--suppressions=$here/valgrind.supp"
    --error-exitcode=9)
"${under[@]}" "$1" "$2" "$3" ${5+"$5"}
