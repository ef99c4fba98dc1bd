"""Training steps a second: amoeba's engine and PyTorch, block by block in turn.

A step is forward, backward and SGD with Nesterov momentum and weight decay, float32, on one
batch of noise. Both programs keep to one core and one thread. speed.sh builds the benchmark
of ../speed_test.go, which has the same networks, and starts this.
"""
import argparse
import os
import statistics
import subprocess
import sys
import time

import torch
from torch import nn

BATCH = 64  # speedBatch of ../speed_test.go


def bn(c):
    return nn.BatchNorm2d(c)


def conv(i, o, k, stride=1, groups=1):
    return nn.Conv2d(i, o, k, stride, k // 2, groups=groups, bias=False)


def head(c):
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(c, 10)]


def conv3bn():
    layers, i = [], 3
    for k, c in enumerate((16, 32, 32)):
        if k:
            layers.append(nn.MaxPool2d(2))
        layers += [conv(i, c, 3), bn(c), nn.ReLU()]
        i = c
    return nn.Sequential(*layers, *head(i))


def separable(c, k):
    layers = []
    for _ in range(2):
        layers += [nn.ReLU(), conv(c, c, k, groups=c), conv(c, c, 1), bn(c)]
    return nn.Sequential(*layers)


class Cell(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.left = nn.ModuleList(separable(c, 3) for _ in range(5))
        right = [lambda: separable(c, 5), lambda: nn.AvgPool2d(3, 1, 1, count_include_pad=False), nn.Identity]
        self.right = nn.ModuleList(right[k % 3]() for k in range(5))
        self.out = nn.Sequential(nn.ReLU(), conv(5 * c, c, 1), bn(c))

    def forward(self, before, x):
        states = [before, x]
        for k in range(5):
            n = len(states)
            states.append(self.left[k](states[k % n]) + self.right[k](states[(2 * k + 1) % n]))
        return self.out(torch.cat(states[2:], 1))


class Cells(nn.Module):
    def __init__(self, c, cells):
        super().__init__()
        self.stem = nn.Sequential(conv(3, c, 3), bn(c))
        self.cells = nn.ModuleList(Cell(c) for _ in range(cells))
        self.head = nn.Sequential(*head(c))

    def forward(self, x):
        x = self.stem(x)
        before = x
        for cell in self.cells:
            before, x = x, cell(before, x)
        return self.head(x)


def relu_conv_bn(i, o, k, stride=1):
    return nn.Sequential(nn.ReLU(), conv(i, o, k, stride), bn(o))


class NB201Cell(nn.Module):
    """The cell 333333 of NAS-Bench-201: a 3x3 convolution on each edge."""

    def __init__(self, c):
        super().__init__()
        self.edges = nn.ModuleList(nn.ModuleList(relu_conv_bn(c, c, 3) for _ in range(to)) for to in (1, 2, 3))

    def forward(self, x):
        nodes = [x]
        for edges in self.edges:
            total = edges[0](nodes[0])
            for edge, node in zip(edges[1:], nodes[1:]):
                total = total + edge(node)
            nodes.append(total)
        return nodes[-1]


class Residual(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.body = nn.Sequential(relu_conv_bn(i, o, 3, 2), relu_conv_bn(o, o, 3))
        self.short = nn.Sequential(nn.AvgPool2d(2, 2), conv(i, o, 1))

    def forward(self, x):
        return self.short(x) + self.body(x)


def nb201(c=16, n=5):
    layers = [conv(3, c, 3), bn(c)]
    for stage in range(3):
        if stage:
            layers.append(Residual(c, 2 * c))
            c *= 2
        layers += [NB201Cell(c) for _ in range(n)]
    return nn.Sequential(*layers, bn(c), nn.ReLU(), *head(c))


# Name, network and side of the image, as in ../speed_test.go.
NETS = {
    "conv3bn": (conv3bn, 32),
    "cell8": (lambda: Cells(8, 1), 8),
    "cells8": (lambda: Cells(8, 3), 8),
    "cell16": (lambda: Cells(16, 1), 32),
    "nb201": (nb201, 32),
}


class Torch:
    def __init__(self, name, layout):
        build, side = NETS[name]
        torch.manual_seed(1)
        memory = torch.channels_last if layout == "nhwc" else torch.contiguous_format
        self.net = build().to(memory_format=memory).train()
        self.params = sum(p.numel() for p in self.net.parameters())
        self.x = torch.randn(BATCH, 3, side, side).to(memory_format=memory)
        self.y = torch.arange(BATCH) % 10
        self.loss = nn.CrossEntropyLoss()
        self.sgd = torch.optim.SGD(self.net.parameters(), lr=0.01, momentum=0.9, nesterov=True, weight_decay=5e-4, fused=True)
        for _ in range(2):
            self.step()

    def step(self):
        self.sgd.zero_grad()
        self.loss(self.net(self.x), self.y).backward()
        self.sgd.step()

    def block(self, seconds):
        steps, begin = 0, time.perf_counter()
        while time.perf_counter() - begin < seconds:
            self.step()
            steps += 1
        return steps * BATCH / (time.perf_counter() - begin)


def amoeba(program, name, seconds, blas):
    """Images a second, parameters and kernels, of one run of the Go benchmark."""
    out = subprocess.run([program, "-test.run=^$", f"-test.bench=^BenchmarkStep$/^net={name}$", f"-test.benchtime={seconds}s", f"-blas={blas}"],
                         check=True, capture_output=True, text=True).stdout
    values, kernels = {}, ""
    for line in out.splitlines():
        words = line.split()
        if line.startswith("kernels:"):
            kernels = words[1]
        elif line.startswith(f"BenchmarkStep/net={name}"):
            values = dict(zip(words[3::2], words[2::2]))
    if "images/s" not in values:
        sys.exit(f"{program} printed no images/s for {name}:\n{out}")
    return float(values["images/s"]), int(values["params"]), kernels


def spread(values):
    return f"{statistics.median(values):.0f} ({min(values):.0f}-{max(values):.0f})"


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--amoeba", required=True, help="the test program of package training (go test -c)")
    p.add_argument("--nets", default=",".join(NETS), help="which, with commas between")
    p.add_argument("--rounds", type=int, default=5, help="blocks of each program for each network")
    p.add_argument("--seconds", type=float, default=2, help="length of a block")
    p.add_argument("--layouts", default="nchw,nhwc", help="PyTorch's memory formats; the ratio is to the faster")
    p.add_argument("--blas", default="go", help="who multiplies amoeba's matrices: go or openblas")
    p.add_argument("--core", type=int, help="the core for both; by default the last that is allowed")
    a = p.parse_args()

    torch.set_num_threads(1)
    cpu = "any core"
    if hasattr(os, "sched_setaffinity"):
        core = max(os.sched_getaffinity(0)) if a.core is None else a.core
        os.sched_setaffinity(0, {core})
        cpu = f"core {core}"
    layouts, kernels, rows = a.layouts.split(","), "", []
    for name in a.nets.split(","):
        nets = {layout: Torch(name, layout) for layout in layouts}
        ours, theirs = [], {layout: [] for layout in layouts}
        for _ in range(a.rounds):
            speed, params, kernels = amoeba(a.amoeba, name, a.seconds, a.blas)
            ours.append(speed)
            for layout, net in nets.items():
                if net.params != params:
                    sys.exit(f"{name}: {params} parameters in Go, {net.params} here: not the same network")
                theirs[layout].append(net.block(a.seconds))
        best = max(statistics.median(v) for v in theirs.values())
        rows.append([name, spread(ours), *(spread(v) for v in theirs.values()), f"{statistics.median(ours) / best:.2f}"])
        print(f"{name}: done", file=sys.stderr)

    print(f"images/s, median (least-most) of {a.rounds} blocks of {a.seconds:g} s in turn; batch {BATCH}, float32, one thread, {cpu}")
    print(f"amoeba: kernels {kernels}; torch {torch.__version__}, {torch.get_num_threads()} thread, {torch.backends.cpu.get_cpu_capability()}\n")
    header = ["net", "amoeba", *("torch " + layout for layout in layouts), "ratio"]
    for row in [header, ["---"] * len(header), *rows]:
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
