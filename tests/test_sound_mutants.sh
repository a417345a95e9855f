#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Damaged sound files, many at once, through `earshot file` and `earshot-train check`: no
# crash, no hang, and each file is either analysed or named with a reason.
#
# usage: test_sound_mutants.sh EARSHOT EARSHOT-TRAIN MAKE-MUTANTS N SEED
set -eu
earshot=$1 train=$2 make=$3 n=$4 seed=$5
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_CACHE_HOME="$work/cache" OMP_WAIT_POLICY=passive
batch=1000 # files a process run
longest=3600 # s: who takes longer hangs

check_batch() { # number, how many
  mkdir "$work/set"
  "$make" "$work/set" "$2" "$((seed + $1))" >"$work/names"
  code=0
  timeout -s ABRT "$longest" "$earshot" file -r "$work/set" --format jsonl \
    >"$work/file.jsonl" 2>"$work/file.err" || code=$?
  case $code in 0 | 3) ;; *) tail -n 3 "$work/file.err"; echo "earshot file: exit code $code"; return 1 ;; esac
  code=0
  timeout -s ABRT "$longest" "$train" check "$work/set" --cache none --json \
    >"$work/check.json" 2>"$work/check.err" || code=$?
  case $code in 0 | 2 | 3) ;; *) tail -n 3 "$work/check.err"; echo "earshot-train check: exit code $code"; return 1 ;; esac
  python3 - "$work" <<'END'
import json, os, sys

work = sys.argv[1]
names = open(work + "/names").read().split()
heard, named = set(), {}
for line in open(work + "/file.jsonl"):
    o = json.loads(line)
    if o["type"] in ("summary", "error"):
        name = os.path.relpath(o["source"], work + "/set")
        if o["type"] == "summary":
            heard.add(name)
        else:
            named[name] = o["message"]
missed = [n for n in names if n not in heard and n not in named]
mute = [n for n, why in named.items() if len(why) < 8]
check = json.load(open(work + "/check.json"))
unreadable = [line.split(": ", 1) for line in check["problems"]["unreadable"]]
lost = len(names) + 24 - check["clips"] - len(unreadable)
for bad in missed[:5]:
    print(bad, "is neither analysed nor named by earshot file")
for bad in mute[:5]:
    print(bad, "is named without a reason")
if lost or len({u[0] for u in unreadable}) != len(unreadable):
    print(lost, "files are neither counted nor named by earshot-train check")
    sys.exit(1)
if any(len(u) < 2 or len(u[1]) < 8 for u in unreadable):
    print("earshot-train check names a file without a reason")
    sys.exit(1)
print(f"{len(names)} damaged files: earshot file analysed {len(heard & set(names))} and "
      f"named {len(named)}, earshot-train check named {len(unreadable)}")
sys.exit(1 if missed or mute else 0)
END
  rm -rf "$work/set"
}

done=0
k=0
while [ "$done" -lt "$n" ]; do
  some=$((n - done < batch ? n - done : batch))
  check_batch "$k" "$some"
  done=$((done + some))
  k=$((k + 1))
done
