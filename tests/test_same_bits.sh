#!/bin/bash
# SPDX-License-Identifier: ISC
#
# The same frames give the same integers, whoever compiled the engine, at whatever level,
# with whatever kernels: one hash of all feature columns and accumulators.  In full, with
# every level of both compilers and 64-bit ARM, and the whole chain from samples on too.
#
# usage: test_same_bits.sh SOURCE-ROOT VERDICT_STORE VERDICT_HASH BUILTIN.C short|full
set -u
export LC_ALL=C
usage='usage: test_same_bits.sh SOURCE-ROOT VERDICT_STORE VERDICT_HASH BUILTIN.C short|full'
here=$(cd "$(dirname "$0")" && pwd)
root=$(realpath "${1:?$usage}")
verdict_store=$(realpath "${2:?$usage}")
verdict_hash=$(realpath "${3:?$usage}")
builtin_c=$(realpath "${4:?$usage}")
form=${5:?$usage}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
store=$work/store
"$verdict_store" "$store" || exit 1
# shellcheck source=tests/claims.sh
. "$here/claims.sh"

flags=(-std=c11 -D_GNU_SOURCE -ffp-contract=off -w "-DEAR_VERSION=\"same\"" -I"$root/engine" -I"$root/tests")
net=(arena chroma bank contrast frontend kernels kernels_ref kinds mel model_branch model_check model_cost model_shapes
  net net_head net_join net_summary net_trunk net_weights passes status)
avx2=(-mavx2)
vnni=(-mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni)
wide=(-mavx512f -mavx512vl -mavx512dq -mavx512bw -mprefer-vector-width=512)

one() { # OBJECT COMPILER LEVEL SOURCE FLAGS...
  local object=$1 compiler=$2 level=$3 source=$4
  shift 4
  "$compiler" "${flags[@]}" "$level" "$@" -c -o "$object" "$source" ||
    broken "$compiler $level does not compile $source"
}

# kernels COMPILER LEVEL FOLDER: those of x86-64.
kernels() {
  local f
  for f in kernels_avx2 kernels_avx2_conv; do
    one "$3/$f.o" "$1" "$2" "$root/engine/$f.c" "${avx2[@]}"
  done
  for f in kernels_vnni kernels_vnni_conv kernels_vnni_dense kernels_vnni_tile; do
    one "$3/$f.o" "$1" "$2" "$root/engine/$f.c" "${vnni[@]}"
  done
  one "$3/passes_base.o" "$1" "$2" "$root/engine/passes_lanes.c" -DPASSES=ear_passes_base '-DPASSES_NAME="base"'
  one "$3/passes_avx2.o" "$1" "$2" "$root/engine/passes_lanes.c" "${avx2[@]}" -DPASSES=ear_passes_avx2 '-DPASSES_NAME="avx2"'
  one "$3/passes_avx512.o" "$1" "$2" "$root/engine/passes_lanes.c" "${wide[@]}" -DPASSES=ear_passes_avx512 '-DPASSES_NAME="avx512"'
}

# networks COMPILER LEVEL: a verdict_hash of that build, and what it says.
networks() {
  local folder=$1$2 f
  mkdir "$folder"
  kernels "$1" "$2" "$folder"
  for f in "${net[@]}"; do
    one "$folder/$f.o" "$1" "$2" "$root/engine/$f.c" -DEAR_HAVE_AVX2
  done
  one "$folder/none.o" "$1" "$2" "$root/cross/no_libraries.c"
  for f in random_model stored_net verdict_hash; do
    one "$folder/$f.o" "$1" "$2" "$root/tests/$f.c"
  done
  "$1" -o "$folder/verdict_hash" "$folder"/*.o -lm || broken "$1 $2 does not link"
  "$folder/verdict_hash" "$store" >said || broken "$1 $2 gives other integers"
  sed "s/\$/, $1 $2/" said >>hashes
}

# chain COMPILER LEVEL: all of the engine, and what chain_hash says.
chain() {
  local folder=$1$2.chain f
  mkdir "$folder"
  kernels "$1" "$2" "$folder"
  for f in "$root"/engine/*.c; do
    case $f in
    */kernels_avx2* | */kernels_vnni* | */kernels_neon* | */passes_lanes.c | */fft_kiss.c) ;;
    *) one "$folder/$(basename "$f" .c).o" "$1" "$2" "$f" -DEAR_HAVE_AVX2 -I"$(dirname "$builtin_c")" ;;
    esac
  done
  one "$folder/builtin.o" "$1" -O0 "$builtin_c"
  one "$folder/chain_hash.o" "$1" "$2" "$root/tests/chain_hash.c"
  # shellcheck disable=SC2046
  "$1" -o "$folder/chain_hash" "$folder"/*.o $(pkg-config --libs soxr jansson libmd fftw3f) \
    -lfftw3f_threads -lpthread -lm || broken "$1 $2 does not link"
  "$folder/chain_hash" >"$1$2.said" || broken "$(cat "$1$2.said")"
}

# arm: the same of the cross build, as two processors.
arm() {
  local cpu
  if ! { meson setup arm "$root/cross" --cross-file "$root/cross/aarch64.ini" &&
    ninja -C arm verdict_hash; } >arm.log 2>&1; then
    broken "64-bit ARM: $(tail -n 5 arm.log)"
  fi
  for cpu in max cortex-a53; do
    QEMU_CPU=$cpu qemu-aarch64 arm/verdict_hash "$store" >said ||
      broken "64-bit ARM, $cpu, gives other integers"
    sed "s/\$/, arm $cpu/" said >>hashes
  done
}

same_hashes() { # N: so many lines of each kind, and one hash of each
  for kind in random stored; do
    is "$kind: $(grep -c "^$kind " hashes)" "$kind: $1"
    is "$kind: $(grep "^$kind " hashes | cut -d ' ' -f 2,3 | sort -u | wc -l) hash" "$kind: 1 hash"
  done
  cat hashes
}

n_kernels=$("$verdict_hash" | wc -l)
case $form in
short)
  claim "gcc -O0 and clang -O3 give the networks the same integers, with every kernel"
  networks gcc -O0
  networks clang -O3
  same_hashes $((2 * n_kernels))
  ;;
full)
  claim "gcc and clang, -O0 to -O3, every kernel and 64-bit ARM give networks the same integers"
  for compiler in gcc clang; do
    for level in -O0 -O1 -O2 -O3; do
      networks $compiler $level
    done
  done
  arm
  same_hashes $((8 * n_kernels + 5))
  claim "and from the samples on, at every rate and split, verdicts have the same bits"
  for compiler in gcc clang; do
    for level in -O0 -O1 -O2 -O3; do
      chain $compiler $level
    done
  done
  is "$(cat ./*.said | sort -u | wc -l)" "$(wc -l <gcc-O0.said)"
  cat gcc-O0.said
  ;;
esac
claims_end
