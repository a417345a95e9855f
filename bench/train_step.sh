#!/bin/bash
# SPDX-License-Identifier: ISC
# Our training step beside PyTorch's: models S and K, batch 32, all cores, AdamW.
#   usage: bench/train_step.sh BUILD [times|losses [S|K]]
#   (ninja -C BUILD bench/bench_train_step first)
# Rounds alternate between the two; a figure is the median of all steps, its spread the
# 10th and 90th percentile.  Then the losses of 20 steps from the same weights and batches,
# with AdamW and with SGD, and how far PyTorch is from itself in another memory layout.
set -euo pipefail
build=$1 what=${2:-both} models=${3:-S K} rounds=6
here=$(dirname "$0")
python=${PYTHON:-/usr/bin/python3}
"$python" -c 'import torch, numpy' 2>/dev/null || {
  echo "train_step.sh needs PyTorch: apt-get install python3-torch" >&2
  exit 1
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# start MODEL OPTIMIZER: both programs, ready to answer: ours on 3 and 4, PyTorch on 5 and 6.
# PyTorch allocates in every step: it is twice as fast when malloc gives nothing back.
start() {
  rm -f "$work"/*.fifo
  mkfifo "$work"/{a,b,c,d}.fifo
  "$build/bench/bench_train_step" "$1" "$2" "$work" <"$work/a.fifo" >"$work/b.fifo" &
  exec 3>"$work/a.fifo" 4<"$work/b.fifo"
  read -r _ <&4
  MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=16000000000 MALLOC_TOP_PAD_=500000000 \
    "$python" "$here/train_step_torch.py" "$1" "$2" "$work" \
    3>&- <"$work/c.fifo" >"$work/d.fifo" &
  exec 5>"$work/c.fifo" 6<"$work/d.fifo"
  read -r _ <&6
}

# End of input ends them.
stop() {
  exec 3>&- 4<&- 5>&- 6<&-
  wait
}

# Median and percentiles of the numbers in a file: "M (10th-90th)" after its label
summarise() {
  tr ' ' '\n' <"$2" | sed '/^$/d' | sort -g | awk -v label="$1" '
    { v[NR] = $1 }
    END { printf "%s %.1f ms (%.1f-%.1f)\n", label, v[int((NR + 1) / 2)],
          v[int(1 + NR * 0.1)], v[int(NR * 0.9)] }'
}

compare_times() {
  model=$1
  start "$model" adamw
  echo "times 3" >&3 && read -r _ <&4
  echo "times 1" >&5 && read -r _ <&6
  : >"$work/ours" && : >"$work/torch"
  for ((r = 0; r < rounds; r++)); do
    echo "times 8" >&3 && head -n 1 <&4 >>"$work/ours"
    echo "times 4" >&5 && head -n 1 <&6 >>"$work/torch"
  done
  stop
  summarise "model $model, ours   " "$work/ours" | tee "$work/a"
  summarise "model $model, PyTorch" "$work/torch" | tee "$work/b"
  paste -d' ' "$work/a" "$work/b" | awk '{ printf "  %.2f x PyTorch\n", $(NF - 2) / $4 }'
}

# The largest difference of two files of losses
difference() {
  paste <(tr -s ' ' '\n' <"$1") <(tr -s ' ' '\n' <"$2") | awk '
    NF == 2 { d = $1 - $2; d = d < 0 ? -d : d; worst = d > worst ? d : worst; n++ }
    END { printf "%d losses, %.1e", n, worst }'
}

compare_losses() {
  model=$1
  for optimizer in adamw sgd; do
    start "$model" "$optimizer"
    echo "losses 20" >&3 && head -n 1 <&4 >"$work/ours"
    echo "losses 20" >&5 && head -n 1 <&6 >"$work/torch"
    echo "again 20" >&5 && head -n 1 <&6 >"$work/again"
    stop
    echo "model $model, $optimizer, largest difference: ours and PyTorch's" \
      "$(difference "$work/ours" "$work/torch"); PyTorch's channels-last and plain" \
      "$(difference "$work/again" "$work/torch")"
  done
}

for m in $models; do
  [ "$what" = losses ] || compare_times "$m"
  [ "$what" = times ] || compare_losses "$m"
done
