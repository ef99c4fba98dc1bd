"""A \"network\" \\ of oddity.py"""
# Images: 3x13x11. Classes: 4.
# Parameters: 268.
import torch
from torch import nn


class Skip(nn.Module):
    """skip."""

    def forward(self, x):
        skip = x[:, :, 1:, 1:]
        return skip


class Zero(nn.Module):
    """zero."""

    def forward(self, x):
        zero = torch.zeros_like(x[:, :, ::2, ::2])
        return zero


class Cut(nn.Module):
    """cut."""

    def forward(self, x):
        cut = x[:, 2:5]
        return cut


class Some(nn.Module):
    """some."""

    def forward(self, x):
        some = x + x
        return some


class All(nn.Module):
    """all."""

    def forward(self, x0, x1, x2, x3, x4, x5):
        all = torch.cat([x0, x1, x2, x3, x4, x5], 1)
        return all


class Twice(nn.Module):
    """twice."""

    def forward(self, x):
        twice = x + x + x
        return twice


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 6, (3, 2), padding=(2, 0), dilation=2, bias=False)
        self.bn = nn.BatchNorm2d(6, eps=0.001, momentum=0.2, affine=False)
        self.ceil = nn.Conv2d(6, 3, (1, 2), stride=(2, 3), padding=(0, 1), bias=False)
        self.max = nn.MaxPool2d(3, 2)
        self.mean = nn.AvgPool2d(3, 2, 1)
        self.skip = Skip()
        self.corner = nn.AvgPool2d(2, 2)
        self.zero = Zero()
        self.drop = nn.Dropout(0.5)
        self.layer_0_all = nn.AdaptiveAvgPool2d(1)
        self.cut = Cut()
        self.layer_1_all = nn.AdaptiveAvgPool2d(1)
        self.layer_2_all = nn.AdaptiveAvgPool2d(1)
        self.some = Some()
        self.layer_3_all = nn.AdaptiveAvgPool2d(1)
        self.layer_4_all = nn.AdaptiveAvgPool2d(1)
        self.layer_5_all = nn.AdaptiveAvgPool2d(1)
        self.all = All()
        self.twice = Twice()
        self.answers = nn.Sequential(
            nn.Flatten(),
            nn.Linear(30, 4),
        )

    def forward(self, images):
        conv = self.conv(images[:, :, :, 1:])
        bn = self.bn(conv)
        ceil = self.ceil(nn.functional.pad(bn[:, :, 2:, :], (0, 1, 0, 0)))
        max = self.max(bn[:, :, 2:, 2:])
        mean = self.mean(bn)
        skip = self.skip(bn)
        corner = self.corner(skip)
        zero = self.zero(bn)
        drop = self.drop(max)
        layer_0_all = self.layer_0_all(drop)
        cut = self.cut(layer_0_all)
        layer_1_all = self.layer_1_all(mean)
        layer_2_all = self.layer_2_all(corner)
        some = self.some(mean)
        layer_3_all = self.layer_3_all(some)
        layer_4_all = self.layer_4_all(zero)
        layer_5_all = self.layer_5_all(ceil)
        all = self.all(cut, layer_1_all, layer_2_all, layer_3_all, layer_4_all, layer_5_all)
        twice = self.twice(all)
        answers = self.answers(twice)
        return answers


def count(module):
    return sum(p.numel() for p in module.parameters())


if __name__ == "__main__":
    network = Network()
    assert count(network) == 268, count(network)
    assert network.eval()(torch.zeros(2, 3, 13, 11)).shape == (2, 4)
    print(count(network), "parameters")
