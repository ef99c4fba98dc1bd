"""A \"network\" \\ of nb201.py"""
# Images: 1x8x8. Classes: 10.
# Parameters: 32258.
import torch
from torch import nn


class Cell(nn.Module):
    """stage0/cell0, stage1/cell0, stage2/cell0."""

    def __init__(self, c):
        super().__init__()
        self.edge0_3 = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(c, c, 3, padding=1, bias=False),
            nn.BatchNorm2d(c),
        )
        self.edge1_3 = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(c, c, 1, bias=False),
            nn.BatchNorm2d(c),
        )

    def forward(self, x):
        edge0_3 = self.edge0_3(x)
        edge1_3 = self.edge1_3(x)
        node3 = edge0_3 + edge1_3
        return node3


class Reduce(nn.Module):
    """stage1/reduce, stage2/reduce."""

    def __init__(self, c0, c1):
        super().__init__()
        self.a = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(c0, c1, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(c1),
        )
        self.b = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(c1, c1, 3, padding=1, bias=False),
            nn.BatchNorm2d(c1),
        )
        self.short = nn.Sequential(
            nn.AvgPool2d(2, 2),
            nn.Conv2d(c0, c1, 1, bias=False),
        )

    def forward(self, x):
        a = self.a(x)
        b = self.b(a)
        short = self.short(x)
        sum = short + b
        return sum


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1, bias=False),
            nn.BatchNorm2d(8),
        )
        self.stage0_cell0 = Cell(8)
        self.stage1_reduce = Reduce(8, 16)
        self.stage1_cell0 = Cell(16)
        self.stage2_reduce = Reduce(16, 32)
        self.stage2_cell0 = Cell(32)
        self.last = nn.Sequential(
            nn.BatchNorm2d(32),
            nn.ReLU(),
        )
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.logits = nn.Sequential(
            nn.Flatten(),
            nn.Linear(32, 10),
        )

    def forward(self, images):
        stem = self.stem(images)
        stage0_cell0 = self.stage0_cell0(stem)
        stage1_reduce = self.stage1_reduce(stage0_cell0)
        stage1_cell0 = self.stage1_cell0(stage1_reduce)
        stage2_reduce = self.stage2_reduce(stage1_cell0)
        stage2_cell0 = self.stage2_cell0(stage2_reduce)
        last = self.last(stage2_cell0)
        pool = self.pool(last)
        logits = self.logits(pool)
        return logits


def count(module):
    return sum(p.numel() for p in module.parameters())


if __name__ == "__main__":
    network = Network()
    assert count(network) == 32258, count(network)
    assert network.eval()(torch.zeros(2, 1, 8, 8)).shape == (2, 10)
    print(count(network), "parameters")
