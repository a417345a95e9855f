#!/bin/bash
# SPDX-License-Identifier: ISC
#
# A real disk that has ever less room, and a folder that may not be written: what was good
# stays, nothing half is left, one sentence names the file and the cause, and with room
# again the result is that of an undisturbed run.
#
# usage: test_disk.sh EARSHOT EARSHOT-TRAIN CLI_FIXTURE
# The disk is a tmpfs in a mount namespace of the test's own.
set -u
export LC_ALL=C OMP_WAIT_POLICY=passive
usage='usage: test_disk.sh EARSHOT EARSHOT-TRAIN CLI_FIXTURE'
if [ -z "${OWN_DISK:-}" ]; then
  own=(unshare --map-root-user --mount --pid --fork --kill-child)
  [ "$(id -u)" != 0 ] || own=(unshare --mount --pid --fork --kill-child)
  if "${own[@]}" sh -c 'mount -t proc proc /proc && mount -t tmpfs -o size=4k disk /mnt' 2>/dev/null; then
    # shellcheck disable=SC2016
    OWN_DISK=yes exec "${own[@]}" sh -c 'mount -t proc proc /proc && exec "$@"' sh "$0" "$@"
  fi
  echo "this system allows no mount: sweep.py alone shows what a full disk does"
fi
here=$(cd "$(dirname "$0")" && pwd)
earshot=$(realpath "${1:?$usage}")
train=$(realpath "${2:?$usage}")
fixture=$(realpath "${3:?$usage}")
# shellcheck source=tests/claims.sh
. "$here/../claims.sh"
work=$(mktemp -d)
# shellcheck disable=SC2317
tidy() {
  umount "$work/disk" 2>/dev/null
  chmod -R u+w "$work"
  rm -rf "$work"
}
trap tidy EXIT
cd "$work" || exit 1
mkdir disk home
chmod 755 .
export HOME=$work/home

"$fixture" model harshness h.safetensors && "$fixture" sound a.wav 16000 1 3 1 2 || exit 1
for i in 1 2 3; do
  mkdir -p set/a set/b
  "$fixture" sound set/a/$i.wav 16000 1 1.$i 0 99
  "$fixture" sound set/b/$i.wav 16000 1 1.$i 99 99
done
hear() { # OUT: some 100 KB
  "$earshot" file a.wav -m h.safetensors -f jsonl -y -o "$1" 2>err
}
learn() { # OUT OPTIONS...
  "$train" set -o "$@" --recipe tiny --epochs 2 --name toy --seed 5 --cache none \
    >out 2>err </dev/null
}
hear good.jsonl || exit 1
learn good.safetensors || exit 1
learn old.safetensors --epochs 1 || exit 1

# room KIB: what is left on the disk, in blocks of 4
room() {
  rm -f disk/ballast
  local free
  free=$(df --output=avail -k disk | tail -n 1)
  dd if=/dev/zero of=disk/ballast bs=1024 count=$((free - $1)) status=none
}
no_half() { # no temporary file on the disk
  is "$(find disk -name '*.part' -o -name '*.tmp')" ""
}

if [ -n "${OWN_DISK:-}" ]; then
  claim "a result does not fit: the one before stands, and the cause is told"
  mount -t tmpfs -o size=2m disk disk || exit 1
  echo before >disk/r.jsonl
  size=$(($(wc -c <good.jsonl) / 1024))
  for kib in 0 4 $((size / 2)) $((size - 4)); do
    room "$kib"
    hear disk/r.jsonl && broken "it fitted into $kib KiB"
    is "$(cat disk/r.jsonl) $(wc -l <err)" "before 1"
    has err 'cannot write .*/disk/r.jsonl: No space left on device'
    no_half
  done
  rm disk/ballast
  hear disk/r.jsonl || broken "with room it fails: $(cat err)"
  cmp -s <(sed 's/"source":"[^"]*"//' disk/r.jsonl) <(sed 's/"source":"[^"]*"//' good.jsonl) ||
    broken "another result"
  umount disk

  claim "a model does not fit: the one before stands, and --resume makes the right one"
  for kib in 0 8 32 128 512; do
    mount -t tmpfs -o size=8m disk disk || exit 1
    cp old.safetensors disk/m.safetensors
    room "$kib"
    code=0
    learn disk/m.safetensors || code=$?
    cmp -s disk/m.safetensors old.safetensors || cmp -s disk/m.safetensors good.safetensors ||
      broken "with $kib KiB the model is neither the old nor the new one"
    [ $code -eq 0 ] || has err 'No space left on device'
    no_half
    rm disk/ballast
    learn disk/m.safetensors --resume || broken "with room it fails: $(tail -n 1 err)"
    same disk/m.safetensors good.safetensors
    umount disk
  done
fi

claim "a folder that may not be written is named with the cause, and is as it was"
as_nobody=()
if [ "$(id -u)" = 0 ]; then
  as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
fi
mkdir closed
echo before >closed/r.jsonl
chmod 555 closed
cp "$earshot" "$train" . && chmod 755 ./earshot ./earshot-train
chmod -R a+rX a.wav h.safetensors set
cannot() { # FILE COMMAND...
  local file=$1
  shift
  "${as_nobody[@]}" "$@" >out 2>err </dev/null
  is $? 2
  has err "$file.*: Permission denied"
  is "$(ls closed) $(cat closed/r.jsonl)" "r.jsonl before"
}
if "${as_nobody[@]}" test -x ./earshot; then
  cannot closed/r.jsonl ./earshot file a.wav -m h.safetensors -y -o closed/r.jsonl
  cannot closed/p.png ./earshot file a.wav -m h.safetensors --plot closed/p.png
  cannot closed/f.npy ./earshot features a.wav -o closed/f.npy
  cannot closed/l.jsonl ./earshot live --backend file --device a.wav -m h.safetensors \
    --duration 0.1 --log closed/l.jsonl
  cannot closed/m.run ./earshot-train set -o closed/m.safetensors --recipe tiny --cache none
  cannot closed/d.wav ./earshot-train degrade a.wav closed/d.wav --kind clipping --severity 30
  cannot closed/c.html ./earshot-train check set --cache none -o closed/c.html
else
  broken "nobody cannot run a program here"
fi

claims_end
