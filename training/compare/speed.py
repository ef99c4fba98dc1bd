"""Training steps a second: amoeba's engine and PyTorch, block by block in turn.

A step is forward, backward and SGD with Nesterov momentum and weight decay, float32, on one
batch of noise. Both programs keep to one core and one thread. speed.sh builds the benchmark
of ../speed_test.go or ../oneshot/speed_test.go, which have the same networks, and starts this.
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


class Edge(nn.Module):
    """The candidates of an edge of NAS-Bench-201 in the space's order, each weighed; batch norms have no scales."""

    def __init__(self, c):
        super().__init__()
        self.ops = nn.ModuleList([
            nn.Identity(),  # in the place of none, which is never asked
            nn.Identity(),
            nn.Sequential(nn.ReLU(), conv(c, c, 1), nn.BatchNorm2d(c, affine=False)),
            nn.Sequential(nn.ReLU(), conv(c, c, 3), nn.BatchNorm2d(c, affine=False)),
            nn.AvgPool2d(3, 1, 1, count_include_pad=False),
        ])

    def forward(self, x, weights):
        """weights: one of each candidate, or the place of the only one."""
        if isinstance(weights, int):
            return self.ops[weights](x) if weights else None
        total = weights[1] * self.ops[1](x)
        for k in range(2, 5):
            total = total + weights[k] * self.ops[k](x)
        return total


class SuperCell(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.edges = nn.ModuleList(Edge(c) for _ in range(6))

    def forward(self, x, weights):
        nodes, edge = [x], 0
        for node in (1, 2, 3):
            total = None
            for before in range(node):
                out = self.edges[edge](nodes[before], weights[edge])
                total = out if total is None else total if out is None else total + out
                edge += 1
            nodes.append(torch.zeros_like(x) if total is None else total)
        return nodes[-1]


# The architectures whose paths take turns; ../oneshot/speed_test.go has the same.
PATHS = ("413112", "333333", "142322", "231344", "320413", "113242", "434121", "223314")


class Supernet(nn.Module):
    """The supernet of NAS-Bench-201: one path of it a step, or with alpha the mixture of all candidates."""

    def __init__(self, images, c, mixed):
        super().__init__()
        self.stem = nn.Sequential(conv(images, c, 3), bn(c))
        blocks = []
        for stage in range(3):
            if stage:
                blocks.append(Residual(c, 2 * c))
                c *= 2
            blocks.append(SuperCell(c))
        self.blocks = nn.ModuleList(blocks)
        self.head = nn.Sequential(bn(c), nn.ReLU(), *head(c))
        self.alpha = torch.zeros(6, 5, requires_grad=True) if mixed else None  # no parameter of the solver
        self.steps = 0

    def forward(self, x):
        if self.alpha is None:
            weights = [int(op) for op in PATHS[self.steps % len(PATHS)]]
        else:
            self.alpha.grad = None
            weights = torch.softmax(self.alpha, 1)
        self.steps += 1
        x = self.stem(x)
        for block in self.blocks:
            x = block(x, weights) if isinstance(block, SuperCell) else block(x)
        return self.head(x)


# Name, network, channels and side of the image, as in the Go benchmark of each program.
NETS = {
    "conv3bn": (conv3bn, 3, 32),
    "cell8": (lambda: Cells(8, 1), 3, 8),
    "cells8": (lambda: Cells(8, 3), 3, 8),
    "cell16": (lambda: Cells(16, 1), 3, 32),
    "nb201": (nb201, 3, 32),
}
SUPERNETS = {
    "path8": (lambda: Supernet(1, 8, False), 1, 8),
    "path32": (lambda: Supernet(3, 16, False), 3, 32),
    "mixture8": (lambda: Supernet(1, 8, True), 1, 8),
    "mixture32": (lambda: Supernet(3, 16, True), 3, 32),
}


class Torch:
    def __init__(self, name, layout):
        build, channels, side = (NETS | SUPERNETS)[name]
        torch.manual_seed(1)
        memory = torch.channels_last if layout == "nhwc" else torch.contiguous_format
        self.net = build().to(memory_format=memory).train()
        self.params = sum(p.numel() for p in self.net.parameters())
        self.x = torch.randn(BATCH, channels, side, side).to(memory_format=memory)
        self.y = torch.arange(BATCH) % 10
        self.loss = nn.CrossEntropyLoss()
        self.sgd = torch.optim.SGD(self.net.parameters(), lr=0.01, momentum=0.9, nesterov=True, weight_decay=5e-4, fused=True)
        for p in self.net.parameters():  # the fused solver takes no step of a part unless all have momentum
            self.sgd.state[p]["momentum_buffer"] = torch.zeros_like(p)
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
    out = subprocess.run([program, "-test.run=^$", f"-test.bench=^BenchmarkStep$/^net={name}$", f"-test.benchtime={seconds}s", *([f"-blas={blas}"] if blas else [])],
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
    p.add_argument("--amoeba", required=True, help="the test program of package training or training/oneshot (go test -c)")
    p.add_argument("--nets", default=",".join(NETS), help="which, with commas between; a program has those of its package")
    p.add_argument("--rounds", type=int, default=5, help="blocks of each program for each network")
    p.add_argument("--seconds", type=float, default=2, help="length of a block")
    p.add_argument("--layouts", default="nchw,nhwc", help="PyTorch's memory formats; the ratio is to the faster")
    p.add_argument("--blas", help="who multiplies amoeba's matrices: go or openblas")
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
