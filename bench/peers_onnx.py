# SPDX-License-Identifier: ISC
"""Write model_s.onnx and model_k.onnx, integer (QLinearConv), into a folder.

usage: peers_onnx.py FOLDER.  Random weights.  The format is protobuf: each field is
(number << 3 | type) and a value; the numbers are those of onnx.proto, opset 13.
"""
import random
import struct
import sys

FLOAT, UINT8, INT8, INT32 = 1, 2, 3, 6


def varint(n):
    out = b""
    n &= 2**64 - 1
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def tensor(name, kind, dims, raw):
    return b"".join(field(1, d) for d in dims) + field(2, kind) + field(8, name) + field(9, raw)


def attribute(name, ints):
    several = isinstance(ints, list)
    body = b"".join(field(8, i) for i in ints) if several else field(3, ints)
    return field(1, name) + body + field(20, 7 if several else 2)


def value_info(name, kind, dims):
    shape = b"".join(field(1, field(1, d)) for d in dims)
    return field(1, name) + field(2, field(1, field(1, kind) + field(2, shape)))


class Graph:
    def __init__(self):
        self.nodes, self.tensors, self.last, self.n = [], [], "x", 0
        self.random = random.Random(1)

    def constant(self, kind, dims, raw):
        self.n += 1
        self.tensors.append(tensor(f"c{self.n}", kind, dims, raw))
        return f"c{self.n}"

    def scale(self, value):
        return self.constant(FLOAT, [], struct.pack("<f", value))

    def zero(self, kind):
        return self.constant(kind, [], b"\0")

    def weights(self, dims):
        n = 1
        for d in dims:
            n *= d
        raw = bytes(self.random.randrange(-40, 40) & 255 for _ in range(n))
        return self.constant(INT8, dims, raw)

    def node(self, op, inputs, domain="", **attributes):
        self.n += 1
        body = b"".join(field(1, i) for i in inputs) + field(2, f"v{self.n}") + field(4, op)
        body += b"".join(field(5, attribute(k, v)) for k, v in attributes.items())
        self.nodes.append(body + (field(7, domain) if domain else b""))
        self.last = f"v{self.n}"

    def quantized(self):
        """Of an activation: its scale and zero point."""
        return [self.scale(0.02), self.zero(UINT8)]

    def conv(self, c_in, c_out, pad):
        self.node("QLinearConv",
                  [self.last, *self.quantized(), self.weights([c_out, c_in, 3, 3]), self.scale(0.002),
                   self.zero(INT8), *self.quantized(), self.constant(INT32, [c_out], bytes(4 * c_out))],
                  kernel_shape=[3, 3], pads=[pad] * 4)  # ReLU is the clamp at zero
        self.node("MaxPool", [self.last], kernel_shape=[2, 2], strides=[2, 2])

    def dense(self, n_in, n_out):
        self.node("QGemm",
                  [self.last, *self.quantized(), self.weights([n_in, n_out]), self.scale(0.002),
                   self.zero(INT8), self.constant(INT32, [n_out], bytes(4 * n_out)), *self.quantized()],
                  "com.microsoft")

    def write(self, path):
        body = b"".join(field(1, n) for n in self.nodes) + field(2, "g")
        body += b"".join(field(5, t) for t in self.tensors)
        body += field(11, value_info("x", UINT8, [1, 1, 128, 128]))
        body += field(12, value_info(self.last, UINT8, [1, 10]))
        opsets = field(8, field(1, "") + field(2, 13)) + field(8, field(1, "com.microsoft") + field(2, 1))
        with open(path, "wb") as out:
            out.write(field(1, 8) + field(7, body) + opsets)


def main():
    for name, pad in (("s", 1), ("k", 0)):
        g, c_in = Graph(), 1
        for c in (32, 64, 128):
            g.conv(c_in, c, pad)
            c_in = c
        if pad:
            g.node("QLinearGlobalAveragePool", [g.last, *g.quantized(), *g.quantized()],
                   "com.microsoft", channels_last=0)
        g.node("Flatten", [g.last], axis=1)
        n, hidden = (128, 256) if pad else (128 * 14 * 14, 64)
        g.dense(n, hidden)
        g.dense(hidden, 10)
        g.write(f"{sys.argv[1]}/model_{name}.onnx")


main()
