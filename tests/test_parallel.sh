#!/bin/bash
# SPDX-License-Identifier: ISC
#
# earshot-train on several ranks trains as one process does: the same losses within the
# order of sums, each rank reads its part of the sounds, only the first writes; whoever is
# killed or interrupted, the run ends in seconds and goes on with --resume on any number
# of ranks.
#
# usage: test_parallel.sh EARSHOT-TRAIN CLI-FIXTURE
#
# shellcheck disable=SC2046,SC2086 # options are words
set -uo pipefail
here=$(readlink -f "$(dirname "$0")")
train=$(readlink -f "${1:?usage: test_parallel.sh EARSHOT-TRAIN CLI-FIXTURE}")
fixture=$(readlink -f "${2:?}")
# shellcheck source=tests/claims.sh
. "$here/claims.sh"
in_memory=/dev/shm # a kill loses nothing that was written, so any file system will do
work=$(mktemp -d -p "$([ -w $in_memory ] && echo $in_memory || echo "${TMPDIR:-/tmp}")")
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export XDG_CACHE_HOME=$work/cache OMP_WAIT_POLICY=passive OMP_NUM_THREADS=1 TMPDIR=$work
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_btl=self,vader OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_hwloc_base_binding_policy=none

for i in 1 2 3 4 5 6 7 8 9; do
  mkdir -p set/burst set/plain
  "$fixture" sound "set/burst/$i.wav" 22050 1 "2.$i" 0 99
  "$fixture" sound "set/plain/$i.wav" 22050 1 "2.$i" 99 99
done
echo 'no sound' >set/plain/bad.wav

# Everything that is drawn at random or summed over a batch.
network='[input]
rate 16000
fft 512
hop 256
bands 32
low 60
high 8000
frames 32
[network]
conv 8 5x5 stride 2x2 pad 2 bn relu
conv 16 3x3 pad 1 bn relu
maxpool 2x2
mean
dropout 0.3
dense labels
[train]
batch 7
crops 2
balance yes
mixup 0.3
gain 6
timemask 1 6
noise 10 30
'
printf '%soptimizer adamw\nschedule cosine\nrate 2e-3\naveraging 0.9\nquantize 1\nepochs 4\n' \
  "$network" >short.recipe
printf '%soptimizer adam\nrate 1e-3\nepochs 40\n' "$network" >middle.recipe
printf '%soptimizer sgd\nrate 1e-3\nepochs 4000\n' "$network" >long.recipe

options() { # RECIPE OUT
  echo "set -o $2.safetensors --recipe $1.recipe --name toy --seed 5 --checkpoint-steps 1"
}

on() { # RANKS ARGUMENTS...: to out, err and $code
  local n=$1
  shift
  code=0
  timeout 60 mpirun -n "$n" "$train" train "$@" >out 2>err </dev/null || code=$?
}

# history and arrays of a checkpoint; "FILE FILE LOSSES WEIGHTS": the largest difference of
# losses relative to them and of weights relative to the largest of an array
cat >compare.py <<'PY'
import array, json, struct, sys

def read(name):
    raw = open(name, "rb").read()
    n = struct.unpack("<Q", raw[:8])[0]
    head = json.loads(raw[8:8 + n])
    out = {}
    for key, e in head.items():
        if key != "__metadata__" and e["dtype"] in ("F32", "F64"):
            a, b = e["data_offsets"]
            out[key] = array.array("f" if e["dtype"] == "F32" else "d", raw[8 + n + a:8 + n + b])
    return out

a, b = read(sys.argv[1]), read(sys.argv[2])
losses = weights = 0.0
h, k = a["history"], b["history"]
if len(h) != len(k) or not h:
    sys.exit("histories of %d and %d values" % (len(h), len(k)))
for i in range(len(h)):
    if i % 9 in (2, 3):
        losses = max(losses, abs(h[i] - k[i]) / abs(h[i]))
for key in a:
    if key.startswith(("weights", "statistics")):
        top = max(map(abs, a[key])) or 1
        weights = max([weights] + [abs(x - y) / top for x, y in zip(a[key], b[key])])
print("%d epochs: losses within %.1e, weights within %.1e" % (len(h) // 9, losses, weights))
sys.exit(not (losses <= float(sys.argv[3]) and weights <= float(sys.argv[4])))
PY
close_to() { # CHECKPOINT CHECKPOINT
  python3 compare.py "$1" "$2" 1e-5 1e-3 || broken "$1 and $2 are of other runs"
}

claim "each rank reads its part of the sounds, all know all, one that is no sound too"
mpirun -n 1 -x XDG_CACHE_HOME="$work/cache0" "$train" train $(options short parts) : \
  -n 1 -x XDG_CACHE_HOME="$work/cache1" "$train" train $(options short parts) >out 2>err </dev/null
is "$?" 3
is "$(find cache0 -name '*.feat' | wc -l)" 10 # of 19, in the order of their names
is "$(find cache1 -name '*.feat' | wc -l)" 8
has err 'left out: plain/bad.wav'
has err '2 ranks share each batch of 7 examples'
is "$(grep -c '^epoch' err)" 4
is "$(grep -c 'parameters, recipe short' out)" 1
has parts.run/config.json '"ranks": "2"'
has parts.run/config.json '"train.batch": "7"'

claim "one, two and three ranks train alike"
"$train" $(options short one) >out 2>err </dev/null
is "$?" 3
for n in 2 3; do
  on $n $(options short "on$n")
  is "$code" 3
  close_to one.run/last.ckpt "on$n.run/last.ckpt"
  is "$(ls "on$n.run")" "$(ls one.run)"
done
has_not one.run/config.json '"ranks"'
"$train" eval on2.safetensors set >out 2>err || [ $? -eq 3 ] || broken "eval: $(cat err)"

claim "ranks that see other sounds, or have too many, end with one sentence"
mkdir other
cp -r set other/set
rm other/set/burst/1.wav
timeout 60 mpirun -n 1 "$train" train $(options short mixed) : \
  -n 1 --wdir "$work/other" "$train" train $(options short mixed) --recipe "$work/short.recipe" \
  >out 2>err </dev/null && broken "it trained"
has err '^earshot-train: rank 1: the list of sounds here is not what rank 0 has'
on 8 $(options short many)
has err '8 ranks cannot share batches of 7 examples'
code=0
mpirun -n 2 "$train" eval one.safetensors set >out 2>err </dev/null || code=$?
has err 'eval is the work of one process'

ranks_of() { # PID: of mpirun
  pgrep -P "$1" -x earshot-train
}

gone() {
  ! kill -0 "$job" 2>/dev/null
}

# A long run on two ranks is under way: $job is mpirun, ${rank[0]} and ${rank[1]} its ranks.
begin() { # OUT
  rm -f err
  mpirun -n 2 "$train" train $(options long "$1") >out 2>err </dev/null &
  job=$!
  until_true 60 grep -q '^epoch 3/' err || broken "no third epoch: $(cat err)"
  for pid in $(ranks_of $job); do
    rank[$(grep -cz '^OMPI_COMM_WORLD_RANK=1' "/proc/$pid/environ")]=$pid
  done
}
ended() { # SECONDS
  until_true "$1" gone || {
    broken "not ended after $1 s"
    kill -9 "$job"
  }
  code=0
  wait "$job" || code=$?
}

for victim in 1 0; do
  claim "a run whose rank $victim is killed ends in seconds, says so and goes on"
  begin dead
  kill -9 "${rank[victim]}"
  ended 10
  [ "$code" -ne 0 ] || broken "it ended well"
  has err 'exited on signal 9'
  [ $victim = 0 ] || has err 'earshot-train: a rank was ended or died.*--resume goes on'
  [ ! -e dead.safetensors ] || broken "a dead run wrote a model"
  cp dead.run/last.ckpt before.ckpt
  n=$((victim ? 1 : 3))
  on $n $(options long dead) --resume --max-minutes 0.02
  has err 'number of threads or ranks is another'
  python3 compare.py before.ckpt before.ckpt 0 0 >out || broken "before.ckpt: $(cat out)"
  [ "$(wc -l <dead.run/log.csv)" -gt 3 ] || broken "$(cat dead.run/log.csv)"
  rm -rf dead.* before.*
done

claim "what was resumed on one and on three ranks is the run that was never interrupted"
"$train" $(options middle whole) >out 2>err </dev/null
for try in 1 2 3 4 5; do # until it is hit before it is over
  rm -rf cut1.*
  mpirun -n 2 "$train" train $(options middle cut1) >out 2>err </dev/null &
  job=$!
  until [ -s cut1.run/last.ckpt ] || gone; do sleep 0.01; done
  pkill -9 -P $job
  wait $job
  [ ! -s cut1.run/last.ckpt ] || [ -e cut1.safetensors ] || break
done
[ ! -e cut1.safetensors ] || broken "it was over before it was killed, $try times"
cp -r cut1.run cut3.run
for n in 1 3; do
  on $n $(options middle cut$n) --resume
  is "$code" 3
  close_to whole.run/last.ckpt cut$n.run/last.ckpt
done

claim "Ctrl-C on mpirun writes the best so far; --resume goes on"
begin stop
kill -INT "$job"
ended 10
has err 'stopped early'
until_true 30 grep -q 'stop.safetensors is ready' stop.run/later.txt ||
  broken "no model: $(cat err stop.run/later.txt)"
"$train" eval stop.safetensors set >out 2>err || [ $? -eq 3 ] || broken "eval: $(cat err)"
on 2 $(options long stop) --resume --max-minutes 0.01
has err 'stop.safetensors is ready'

claim "SIGUSR1 to mpirun ends the run with its model, as Ctrl-C does one process"
begin usr1
kill -USR1 "$job"
ended 30
is "$code" 130
has err 'usr1.safetensors is ready'
[ -s usr1.safetensors ] || broken "no model"

echo "$n_claims claims, $n_broken broken"
[ "$n_broken" -eq 0 ]
