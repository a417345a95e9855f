#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Nothing points up or sideways: each folder includes only what it may, the engine only its
# own libraries, and a .c is never included.  Then the check itself is checked: every
# seeded violation must be caught.
#
# usage: test_layers.sh SOURCE-ROOT
set -eu
export LC_ALL=C
root=$(cd "${1:?usage: test_layers.sh SOURCE-ROOT}" && pwd)

# Headers the engine may take from outside, and which files alone may take some of them.
engine_system=' errno.h fcntl.h float.h inttypes.h limits.h math.h signal.h stdalign.h
 stdarg.h stdatomic.h stdbool.h stddef.h stdint.h stdio.h stdlib.h string.h sys/auxv.h sys/stat.h
 time.h unistd.h immintrin.h xmmintrin.h arm_neon.h
 fftw3.h jansson.h kiss_fft.h sha2.h soxr.h '
only_in() {
  case $1 in
  pthread.h) echo ' engine/live_pool.c ' ;; # the analysis threads
  signal.h) echo ' engine/live_pool.c ' ;;  # they take no signals
  threads.h) echo ' engine/fft_fftw.c ' ;;  # the planner is made ready once
  soxr.h) echo ' engine/resample.c ' ;;
  fftw3.h) echo ' engine/fft_fftw.c ' ;;
  kiss_fft.h) echo ' engine/fft_kiss.c ' ;;
  esac
}
train_engine=' earshot.h frontend.h quant.h model.h net.h '

# The folder that a quoted include means: the includer's own before any other.
folder_of() { # tree, includer's folder, name
  case $3 in
  */*)
    where=${3%/*}
    echo "${where##*/}"
    return 0
    ;;
  esac
  for where in "$2" engine view train cli plugin tests bench models; do
    if [ -e "$1/$where/$3" ]; then
      echo "$where"
      return 0
    fi
  done
  echo "$2" # made by the build
}

check_quoted() { # tree, file, its folder, name
  to=$(folder_of "$1" "$3" "$4")
  [ "$to" = "$3" ] && return 0
  case $3:$to in
  plugin:view | cli:view | train:view) return 0 ;;
  plugin:engine | cli:engine | view:engine) [ "${4##*/}" = earshot.h ] && return 0 ;;
  train:engine) case $train_engine in *" ${4##*/} "*) return 0 ;; esac ;;
  models:engine) return 0 ;;
  esac
  echo "$2 includes $4 of $to"
}

check_system() { # file, its folder, name
  if [ "$2" = engine ]; then
    allowed=$(only_in "$3")
    if [ "$allowed" ]; then
      case $allowed in *" $1 "*) ;; *) echo "$1 includes <$3>, which only$allowed may" ;; esac
      return 0
    fi
    case $(echo "$engine_system" | tr '\n' ' ') in
    *" $3 "*) ;;
    *) echo "$1 includes <$3>, which is none of the engine's libraries" ;;
    esac
  fi
  case $3 in
  X11/* | cairo-xlib.h)
    case $1 in
    view/xwindow*.c) ;; # the window of a live view
    *) case $2 in view | train | cli | plugin) echo "$1 includes <$3>, which view/xwindow.c may" ;; esac ;;
    esac
    ;;
  cairo*.h)
    case $2 in
    view | train | plugin | cli) ;;
    *) echo "$1 includes <$3>, which draws" ;;
    esac
    ;;
  sndfile.h | jack/* | lv2/*)
    [ "$2" != view ] || echo "$1 includes <$3>: view draws on a cairo_t, no more"
    ;;
  dnnl.h | dnnl*.h | oneapi/*)
    [ "$1" = train/dnn.c ] || echo "$1 includes <$3>, which only train/dnn.c may"
    ;;
  esac
}

violations() { # tree
  (cd "$1" && find . -path ./.git -prune -o \( -name '*.c' -o -name '*.h' \) -type f -print) |
    sed 's,^\./,,' | grep -E '^(engine|plugin|cli|train|view|models|tests|bench)/' | sort |
    while read -r file; do
      folder=${file%%/*}
      sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*\([<"][^>"]*\)[>"].*/\1/p' \
        "$1/$file" | while read -r include; do
        name=${include#?}
        case $name in *.c) echo "$file includes $name, a .c" ;; esac
        case $folder:$include in
        tests:* | bench:*) ;;
        *:\"*) check_quoted "$1" "$file" "$folder" "$name" ;;
        *) check_system "$file" "$folder" "$name" ;;
        esac
      done
    done
}

found=$(violations "$root")
if [ "$found" ]; then
  echo "$found"
  exit 1
fi

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir "$tree/engine" "$tree/cli" "$tree/train" "$tree/plugin" "$tree/view" "$tree/tests"
touch "$tree/engine/earshot.h" "$tree/engine/net.h" "$tree/engine/ring.h" \
  "$tree/view/meter.h" "$tree/train/nn.h" "$tree/cli/cli.h"
n_missed=0
seed() { # wanted: caught or fine, file, line
  echo "$3" >"$tree/$2"
  got=$(violations "$tree")
  rm "$tree/$2"
  case $1:$got in
  fine: | caught:?*) ;;
  *)
    echo "'$3' in $2 should be $1: ${got:-nothing said}"
    n_missed=1
    ;;
  esac
}
seed fine cli/a.c '#include "earshot.h"'
seed fine cli/a.c '#include "../view/meter.h"'
seed fine train/a.c '#include "../engine/net.h"'
seed fine tests/test_a.c '#include "ring.h"'
seed fine engine/live_pool.c '#include <pthread.h>'
seed caught cli/a.c '#include "net.h"'
seed caught cli/a.c '#include "../engine/net.h"'
seed caught cli/a.c '#include "../train/nn.h"'
seed caught plugin/a.c '  #  include "ring.h"'
seed caught plugin/a.c '#include "../cli/cli.h"'
seed caught view/a.c '#include "../engine/net.h"'
seed caught view/a.c '#include "../cli/cli.h"'
seed fine view/a.c '#include <cairo.h>'
seed caught view/a.c '#include <X11/Xlib.h>'
seed caught plugin/a.c '#include <cairo-xlib.h>'
seed fine view/xwindow.c '#include <X11/Xlib.h>'
seed caught engine/a.c '#include <cairo.h>'
seed caught train/a.c '#include "../engine/ring.h"'
seed caught train/a.c '#include <dnnl.h>'
seed caught engine/a.c '#include "../view/meter.h"'
seed caught engine/a.c '#include <pthread.h>'
seed caught engine/a.c '#include <threads.h>'
seed caught engine/a.c '#include <sndfile.h>'
seed caught tests/test_a.c '#include "ring.c"'
exit "$n_missed"
