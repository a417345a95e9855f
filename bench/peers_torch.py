# SPDX-License-Identifier: ISC
"""PyTorch on models S and K, whole windows, int8 (its oneDNN engine; Debian builds no FBGEMM) and fp32, one thread.

One round for each line on standard input, "name value unit" lines, then an empty one;
without --serve one round.  Microseconds, the median of 60 forwards; random weights.
"""
import statistics
import sys
import time
import warnings

import torch
from torch import nn
from torch.ao import quantization

torch.set_num_threads(1)
torch.backends.quantized.engine = "onednn"
warnings.filterwarnings("ignore")


def model(small):
    """S: padded, global average, dense 256, 10.  K: valid, flatten, dense 64, 10."""
    layers, c_in = [], 1
    for c in (32, 64, 128):
        layers += [nn.Conv2d(c_in, c, 3, padding=1 if small else 0), nn.ReLU(), nn.MaxPool2d(2)]
        c_in = c
    layers += [nn.AdaptiveAvgPool2d(1)] if small else []
    n = 128 if small else 128 * 14 * 14
    hidden = 256 if small else 64
    layers += [nn.Flatten(), nn.Linear(n, hidden), nn.ReLU(), nn.Linear(hidden, 10)]
    return nn.Sequential(*layers).eval()


def quantized(net, x):
    net = nn.Sequential(quantization.QuantStub(), *net, quantization.DeQuantStub()).eval()
    pairs = [[str(i), str(i + 1)] for i, layer in enumerate(net)
             if isinstance(layer, (nn.Conv2d, nn.Linear)) and isinstance(net[i + 1], nn.ReLU)]
    quantization.fuse_modules(net, pairs, inplace=True)
    net.qconfig = quantization.get_default_qconfig("onednn")
    quantization.prepare(net, inplace=True)
    net(x)
    return quantization.convert(net)


def microseconds(net, x):
    times = []
    with torch.no_grad():
        for _ in range(60):
            begin = time.perf_counter()
            net(x)
            times.append(time.perf_counter() - begin)
    return 1e6 * statistics.median(times)


def main():
    torch.manual_seed(1)
    x = torch.randn(1, 1, 128, 128)
    nets = {}
    for name, small in (("s", True), ("k", False)):
        net = model(small)
        nets[f"model_{name}_window_torch_fp32_us"] = net
        nets[f"model_{name}_window_torch_us"] = quantized(net, x)
    last = x.contiguous(memory_format=torch.channels_last)
    serve = "--serve" in sys.argv
    for _ in sys.stdin if serve else [""]:
        for name, net in nets.items():
            us = microseconds(net, x if "fp32" in name else last)
            print(f"{name} {us:.5g} us")
        if serve:
            print(flush=True)


main()
