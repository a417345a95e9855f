#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""20 losses of PyTorch for a small network with every kind of layer, trained in two ways:
what test_torch_losses.c compares the trainer with.
    make_torch_losses.py >torch_losses.h        (needs PyTorch; Debian's 1.13 made it)
Weights and patches are waves of an integer, the same in both programs."""
import math

import torch
from torch import nn

N, T, F, LABELS, STEPS = 6, 20, 16, 4, 20
torch.set_num_threads(1)


def wave(n, start, scale):
    return torch.tensor([scale * math.sin(1.7 * (start + i) + 0.3 * ((start + i) % 7))
                         for i in range(n)], dtype=torch.float64).float()


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.one = nn.Conv2d(1, 32, 3, padding=(0, 1))
        self.two = nn.Conv2d(32, 32, 3, padding=(0, 1))
        self.three = nn.Conv2d(32, 16, (2, 3), padding=(0, 1), bias=False)
        self.norm = nn.BatchNorm2d(16)
        self.four = nn.Linear(16, 8)
        self.five = nn.Linear(8, LABELS)

    def forward(self, x):
        x = torch.max_pool2d(torch.relu(self.one(x)), 2)
        x = torch.max_pool2d(torch.relu(self.two(x)), 2)
        x = torch.relu(self.norm(self.three(x)))
        x = nn.functional.avg_pool2d(x, (1, 2))
        return self.five(torch.relu(self.four(x.mean((2, 3)))))


def load(net):
    for k, p in enumerate(net.parameters()):
        if p is net.norm.weight:
            continue
        fan = p[0].numel() if p.dim() > 1 else 100
        v = wave(p.numel(), 1000 * k, math.sqrt(3 / fan) if p.dim() > 1 else 0.1)
        if p.dim() == 4:
            o, i, t, f = p.shape
            v = v.reshape(o, t, f, i).permute(0, 3, 1, 2)
        p.data.copy_(v.reshape(p.shape))


def losses(sigmoid):
    net = Network()
    load(net)
    decayed = [p for p in net.parameters() if p.dim() > 1]
    rest = [p for p in net.parameters() if p.dim() == 1]
    if sigmoid:
        optim = torch.optim.SGD(net.parameters(), lr=1e-2, momentum=0.9)
    else:
        groups = [{"params": decayed}, {"params": rest, "weight_decay": 0}]
        optim = torch.optim.AdamW(groups, lr=1e-3, weight_decay=0.05)
    x = wave(N * T * F, 50000, 1.0).reshape(N, 1, T, F)
    target = torch.zeros(N, LABELS)
    target[range(N), [i % LABELS for i in range(N)]] = 1
    for _ in range(STEPS):
        optim.zero_grad()
        logit = net(x)
        if sigmoid:
            loss = nn.functional.binary_cross_entropy_with_logits(logit, target)
        else:
            loss = nn.functional.cross_entropy(logit, target, label_smoothing=0.1)
        loss.backward()
        optim.step()
        yield loss.item()


print("/* SPDX-License-Identifier: ISC */")
print(f"/* PyTorch {torch.__version__}; made by make_torch_losses.py. */")
for name, sigmoid in (("softmax_adamw", False), ("sigmoid_sgd", True)):
    print(f"static const double {name}[] = {{")
    for loss in losses(sigmoid):
        print(f"    {loss:.9f},")
    print("};")
