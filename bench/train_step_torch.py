#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""The step of train_step.c in PyTorch: the same network, weights, examples and optimiser.

It answers the same lines, and `again N`: the losses with channels-last memory, to see how
far PyTorch is from itself.  `times N` first finds, once, the fastest of the ways in which
PyTorch can run the network: plain or channels-last memory, eager or traced to TorchScript,
optimiser array by array or in one go (foreach).  Denormals are flushed."""
import itertools
import os
import sys
import time

import numpy
import torch
from torch import nn

BATCH, LABELS, BANDS = 32, 10, 128
torch.set_num_threads(os.cpu_count())
torch.set_flush_denormal(True)
torch.backends.mkldnn.enabled = True


class Network(nn.Module):
    """Time is the second to last dimension, as in our arrays; only frequency is padded."""

    def __init__(self, model):
        super().__init__()
        padding = (0, 1) if model == "S" else 0
        self.flat = model == "K"
        self.conv = nn.ModuleList(
            nn.Conv2d(i, o, 3, padding=padding) for i, o in ((1, 32), (32, 64), (64, 128)))
        width = (128 * 14 * 14, 64) if self.flat else (128, 256)
        self.dense = nn.ModuleList((nn.Linear(*width), nn.Linear(width[1], LABELS)))

    def forward(self, x):
        for conv in self.conv:
            x = torch.max_pool2d(torch.relu(conv(x)), 2)
        x = torch.flatten(x, 1) if self.flat else x.mean((2, 3))
        return self.dense[1](torch.relu(self.dense[0](x)))

    def load(self, values):
        """Our order: [o][kt][kf][i] and, in front of the first dense layer, [t][f][c]."""
        at = 0
        for p in self.parameters():
            v = torch.from_numpy(values[at:at + p.numel()].copy())
            at += p.numel()
            if p.dim() == 4:
                o, i, t, f = p.shape
                v = v.reshape(o, t, f, i).permute(0, 3, 1, 2)
            elif self.flat and p is self.dense[0].weight:
                v = v.reshape(-1, 14, 14, 128).permute(0, 3, 1, 2)
            p.data.copy_(v.reshape(p.shape))
        assert at == len(values)


class Trainer:
    def __init__(self, model, optimizer, folder):
        read = lambda name: numpy.fromfile(f"{folder}/{name}.f32", numpy.float32)
        self.model, self.optimizer, self.weights = model, optimizer, read("weights")
        self.x = torch.from_numpy(read("x").reshape(4 * BATCH, 1, -1, BANDS))
        self.target = torch.from_numpy(read("target").reshape(-1, LABELS))
        self.best = None
        self.start(False, False, False)

    def start(self, channels_last, traced, foreach):
        net = Network(self.model)
        net.load(self.weights)
        if channels_last:
            net = net.to(memory_format=torch.channels_last)
        if self.optimizer == "sgd":
            self.rate = 1e-2
            self.optim = torch.optim.SGD(net.parameters(), lr=self.rate, momentum=0.9,
                                         foreach=foreach)
        else:
            self.rate = 3e-3
            groups = [{"params": [p for p in net.parameters() if p.dim() > 1]},
                      {"params": [p for p in net.parameters() if p.dim() == 1],
                       "weight_decay": 0}]
            self.optim = torch.optim.AdamW(groups, lr=self.rate, weight_decay=0.05,
                                           foreach=foreach)
        self.done = 0
        self.channels_last = channels_last
        self.net = torch.jit.trace(net, self.draw(0)[0]) if traced else net

    def draw(self, i):
        at = i % 4 * BATCH
        choice = torch.arange(at, at + BATCH)
        x = self.x[choice]
        if self.channels_last:
            x = x.contiguous(memory_format=torch.channels_last)
        return x, self.target[choice]

    def step(self, i):
        x, target = self.draw(i)
        self.done += 1
        for group in self.optim.param_groups:
            group["lr"] = self.rate * min(1, self.done / 300)
        self.optim.zero_grad(set_to_none=True)
        loss = nn.functional.cross_entropy(self.net(x), target)
        loss.backward()
        self.optim.step()
        return loss.item()

    def times(self, n):
        out = []
        for i in range(n):
            start = time.perf_counter()
            self.step(i)
            out.append(1e3 * (time.perf_counter() - start))
        return out

    def find_best(self):
        tried = []
        for way in itertools.product((False, True), repeat=3):
            self.start(*way)
            self.times(2)  # the first calls trace and allocate
            tried.append((sorted(self.times(3))[1], way))
        tried.sort()
        self.best = tried[0][1]
        for ms, way in tried:
            names = ("channels-last", "traced", "foreach")
            used = [n for n, on in zip(names, way) if on]
            print(f"  PyTorch {self.model} {ms:6.1f} ms: {', '.join(used) or 'plain'}",
                  file=sys.stderr)
        self.start(*self.best)
        self.times(3)

    def losses(self, n, channels_last):
        self.start(channels_last, False, False)
        return [self.step(i) for i in range(n)]


def main():
    trainer = Trainer(*sys.argv[1:])
    print("ready", flush=True)
    for line in sys.stdin:
        what, n = line.split()
        if what == "times":
            if not trainer.best:
                trainer.find_best()
            answer = trainer.times(int(n))
        else:
            answer = trainer.losses(int(n), what == "again")
        print(*(repr(v) for v in answer), flush=True)


main()
