#!/bin/bash
# SPDX-License-Identifier: ISC
#
# The bundle in tools and hosts that others wrote:
#   lv2_validate, sord_validate   no error and no warning; a seeded error is seen
#   lv2bench, lv2apply            run it; the samples that come out are those that went in
#   jalv in a JACK dummy server   controls, every preset, outputs, freewheel on and off
#
# usage: test_lv2_tools.sh BUNDLE LV2-SPECIFICATIONS
set -euo pipefail
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/own_shm.sh
. "$here/own_shm.sh"
bundle=$(cd "${1:?usage: test_lv2_tools.sh BUNDLE LV2-SPECIFICATIONS}" && pwd)
specifications=$(cd "${2:?usage: test_lv2_tools.sh BUNDLE LV2-SPECIFICATIONS}" && pwd)
uri=https://earshot.audio/lv2/earshot
for tool in lv2_validate sord_validate lv2info lv2bench lv2apply jalv jackd jack_wait jack_freewheel; do
  command -v "$tool" >/dev/null || { echo "skipped: $tool is missing"; exit 77; }
done

work=$(mktemp -d)
jack=
host=
clean_up() {
  for pid in $host $jack; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  rm -rf "$work"
}
trap clean_up EXIT
trap '' PIPE # a host that died is told by shows()
fail() {
  echo "FAILED: $*"
  exit 1
}
# A folder with this bundle and no other.
mkdir "$work/lv2" && cp -r "$bundle" "$work/lv2/earshot.lv2"
export LV2_PATH=$work/lv2:$specifications

# ---- validators ----

# Everything that a validator says about errors and warnings of a bundle.
lv2_complaints() {
  lv2_validate "$1"/*.ttl 2>&1 | grep -iE 'error|warn' | grep -v '^Found 0 errors ' || true
}
sord_complaints() {
  # shellcheck disable=SC2046 # a list of files
  sord_validate $(find "$specifications" -name '*.ttl') "$1"/*.ttl 2>&1 |
    grep -iE 'error|warn' | grep -v '^Found 0 errors ' || true
}
for validator in lv2 sord; do
  said=$("${validator}_complaints" "$bundle")
  [ -z "$said" ] || fail "${validator}_validate: $said"
  for seed in 's/lv2:minorVersion 2/lv2:minorVersion "two"/' \
    's/units:unit units:ms/units:units units:ms/' 's/lv2:symbol "hold" ;//'; do
    rm -rf "$work/seeded" && cp -r "$bundle" "$work/seeded"
    sed -i "$seed" "$work/seeded/stereo.ttl"
    cmp -s "$bundle/stereo.ttl" "$work/seeded/stereo.ttl" && fail "the seed $seed changes nothing"
    [ "$("${validator}_complaints" "$work/seeded")" ] || fail "${validator}_validate misses $seed"
  done
  echo "${validator}_validate: 0 errors, 0 warnings in $(find "$bundle" -name '*.ttl' | wc -l) files; 3 of 3 seeded errors seen"
done

# ---- tools that run it ----

for variant in mono stereo; do
  said=$(timeout 60 lv2bench -b 64 -n 480000 "$uri#$variant" 2>&1)
  grep -qE "^[0-9]+\.[0-9]+ $uri#$variant\$" <<<"$said" || fail "lv2bench: $said"
  echo "lv2bench: 10 s in blocks of 64: $said"
done

le() { # value, bytes: little-endian
  local i
  for ((i = 0; i < $2; i++)); do
    # shellcheck disable=SC2059 # the byte is the format
    printf "\\x$(printf %02x $((($1 >> 8 * i) & 255)))"
  done
}
# A wav of 32-bit floats out of any bytes: numbers of every size, denormal, infinite, none.
write_wav() { # channels, bytes; data on standard input
  printf RIFF && le $(($2 + 36)) 4 && printf 'WAVEfmt ' && le 16 4 && le 3 2 && le "$1" 2 &&
    le 48000 4 && le $((192000 * $1)) 4 && le $((4 * $1)) 2 && le 32 2 && printf data &&
    le "$2" 4 && cat
}
wav_data() { # file, bytes: what follows the header of its data
  local at
  at=$(grep -abo data "$1" | sed -n 1p)
  tail -c +$((${at%%:*} + 9)) "$1" | head -c "$2"
}
n_bytes=$((4 * 2 * 48000))
{ seq 400000 | gzip -n | head -c $n_bytes >"$work/data"; } 2>/dev/null || true # head ends first
[ "$(wc -c <"$work/data")" -eq $n_bytes ] || fail "no data to play"
for variant in mono stereo; do
  channels=$([ $variant = mono ] && echo 1 || echo 2)
  write_wav "$channels" $n_bytes <"$work/data" >"$work/in.wav"
  timeout 120 lv2apply -i "$work/in.wav" -o "$work/out.wav" -c threshold 50 "$uri#$variant" ||
    fail "lv2apply ended with $?"
  wav_data "$work/out.wav" $n_bytes | cmp - "$work/data" ||
    fail "lv2apply: other samples come out of $variant"
  echo "lv2apply: $((n_bytes / 4)) samples of $variant identical"
done

# ---- a whole host ----

export JACK_NO_AUDIO_RESERVATION=1 JACK_NO_START_SERVER=1 JACK_DEFAULT_SERVER=earshot$$
start_jackd() {
  timeout 200 jackd -n "$JACK_DEFAULT_SERVER" -r --no-mlock -d dummy -r 48000 -p 256 \
    >"$work/jackd.log" 2>&1 &
  jack=$!
  timeout 30 jack_wait -w -t 20 >"$work/wait.log" 2>&1
}
# JACK remembers servers that were killed, 8 at most: forget them if none is alive.
forget_dead_servers() {
  grep -q 'Too many servers' "$work/jackd.log" &&
    ! grep -qsx jackd /proc/[0-9]*/comm && rm -f /dev/shm/jack-shm-registry
}
start_jackd || { forget_dead_servers && start_jackd; } || fail "jackd: $(cat "$work/jackd.log")"

say() {
  echo "$*" >&3
}
# Ask with a command until what it prints shows every SYMBOL=VALUE, for 10 s at most.
shows() { # command, SYMBOL=VALUE...
  local command=$1 try mark want ok
  shift
  for ((try = 0; try < 100; try++)); do
    mark=$(wc -l <"$work/out")
    kill -0 "$host" 2>/dev/null || fail "jalv ended: $(tail -n 20 "$work/err")"
    say "$command"
    sleep 0.1
    ok=1
    for want in "$@"; do
      tail -n +$((mark + 1)) "$work/out" |
        grep -E "^(> )*${want%%=*} = ${want#*=}(\.0+)?\$" >/dev/null || ok=
    done
    [ -z "$ok" ] || return 0
  done
  fail "jalv shows no $*: $(tail -n 30 "$work/out")"
}
# What a preset sets, as SYMBOL=VALUE, and values that are none of it.
settings() {
  sed -n 's/.*lv2:symbol "\([a-z]*\)" ; pset:value \([0-9]*\) .*/\1=\2/p' "$1"
}

start_jalv() { # variant, options
  rm -f "$work/commands" && mkfifo "$work/commands"
  : >"$work/out"
  timeout 90 stdbuf -oL jalv "${@:2}" -n "earshot-$1" "$uri#$1" \
    <"$work/commands" >"$work/out" 2>"$work/err" &
  host=$!
  exec 3>"$work/commands"
  shows controls enabled=1 threshold=0 hold=500 horizon=1
  say presets # before that jalv 1.6 knows none
}
end_jalv() {
  local code=0
  exec 3>&-
  wait "$host" || code=$?
  host=
  [ "$code" -eq 0 ] || fail "jalv ended with $code: $(tail -n 20 "$work/err")"
  grep -iE -m 3 'error|overflow|fail' "$work/err" && fail "jalv complains"
  return 0
}
number='[0-9.]+'
outputs=(harsh_momentary="$number" harsh_short="$number" harsh_integrated="$number" flag=[01]
  low="$number" high="$number" class="$number" confidence="$number" age="$number"
  dropped="$number" harshness_status=0 classifier_status=0)
mapfile -t presets < <(grep -l pset:value "$bundle"/*.ttl)
[ ${#presets[@]} -ge 6 ] || fail "only ${#presets[@]} presets"

# -s: without it jalv 1.6 drops the port values of a preset, having no one to send them.
every_preset_is_applied() { # variant
  local file name wanted n=0
  start_jalv "$1" -s
  for file in "${presets[@]}"; do
    name=$(basename "$file" .ttl)
    mapfile -t wanted < <(settings "$file")
    [ ${#wanted[@]} -eq 3 ] || fail "$name sets ${#wanted[@]} ports"
    n=$((n + 1))
    say set threshold 1 && say set hold 1 && say set horizon $((n % 3))
    shows controls threshold=1 hold=1 horizon=$((n % 3))
    say "preset $uri#$name"
    shows controls "${wanted[@]}"
  done
  shows monitors "${outputs[@]}"
  end_jalv
  echo "jalv: $n presets of $n applied to $1, 12 outputs, exit 0"
}

# Presets, controls and outputs while the server freewheels and while it does not.
freewheel_goes_on_and_off() { # variant
  local file n=0 way
  start_jalv "$1"
  for file in "${presets[@]}"; do
    n=$((n + 1))
    way=$([ $((n % 2)) = 1 ] && echo y || echo n)
    timeout 10 jack_freewheel "$way" >/dev/null || fail "jack_freewheel $way ended with $?"
    say "preset $uri#$(basename "$file" .ttl)"
    say set threshold $n
    shows controls threshold=$n
    shows monitors "${outputs[@]}"
  done
  [ "$way" = n ] || timeout 10 jack_freewheel n >/dev/null
  end_jalv
  echo "jalv: $n changes of freewheel under $1, exit 0"
}
for variant in mono stereo; do
  every_preset_is_applied $variant
  freewheel_goes_on_and_off $variant
done
kill "$jack"
wait "$jack" || true
jack=
