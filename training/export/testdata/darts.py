"""A \"network\" \\ of darts.py"""
# Images: 1x8x8. Classes: 10.
# Parameters: 11338, and 410890 of the auxiliary head.
import torch
from torch import nn


class DropPath(nn.Module):
    """Clears whole images with a probability, and scales the others up.

    The rate is the largest; while it trains, a network is given less in the beginning:
    for m in network.modules():
        if isinstance(m, DropPath):
            m.rate = largest * epoch / epochs
    """

    def __init__(self, rate):
        super().__init__()
        self.rate = rate

    def forward(self, x):
        if not self.training or self.rate == 0:
            return x
        keep = 1 - self.rate
        return x * x.new_empty(x.shape[0], 1, 1, 1).bernoulli_(keep) / keep


class Cell1(nn.Module):
    """cell0."""

    def __init__(self):
        super().__init__()
        self.in0 = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(12, 4, 1, bias=False),
            nn.BatchNorm2d(4),
        )
        self.in1 = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(12, 4, 1, bias=False),
            nn.BatchNorm2d(4),
        )
        self.block0_left = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(4, 4, 3, padding=1, groups=4, bias=False),
            nn.Conv2d(4, 4, 1, bias=False),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.Conv2d(4, 4, 3, padding=1, groups=4, bias=False),
            nn.Conv2d(4, 4, 1, bias=False),
            nn.BatchNorm2d(4),
            DropPath(0.2),
        )
        self.block0_right = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(4, 4, 3, padding=1, groups=4, bias=False),
            nn.Conv2d(4, 4, 1, bias=False),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.Conv2d(4, 4, 3, padding=1, groups=4, bias=False),
            nn.Conv2d(4, 4, 1, bias=False),
            nn.BatchNorm2d(4),
            DropPath(0.2),
        )
        self.block1_left = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(4, 4, 3, padding=1, groups=4, bias=False),
            nn.Conv2d(4, 4, 1, bias=False),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.Conv2d(4, 4, 3, padding=1, groups=4, bias=False),
            nn.Conv2d(4, 4, 1, bias=False),
            nn.BatchNorm2d(4),
            DropPath(0.2),
        )
        self.block1_right = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(4, 4, 3, padding=1, groups=4, bias=False),
            nn.Conv2d(4, 4, 1, bias=False),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.Conv2d(4, 4, 3, padding=1, groups=4, bias=False),
            nn.Conv2d(4, 4, 1, bias=False),
            nn.BatchNorm2d(4),
            DropPath(0.2),
        )
        self.block2_left = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(4, 4, 3, padding=1, groups=4, bias=False),
            nn.Conv2d(4, 4, 1, bias=False),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.Conv2d(4, 4, 3, padding=1, groups=4, bias=False),
            nn.Conv2d(4, 4, 1, bias=False),
            nn.BatchNorm2d(4),
            DropPath(0.2),
        )
        self.block3_right = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(4, 4, 3, padding=2, dilation=2, groups=4, bias=False),
            nn.Conv2d(4, 4, 1, bias=False),
            nn.BatchNorm2d(4),
            DropPath(0.2),
        )

    def forward(self, x):
        in0 = self.in0(x)
        in1 = self.in1(x)
        block0_left = self.block0_left(in0)
        block0_right = self.block0_right(in1)
        block0_sum = block0_left + block0_right
        block1_left = self.block1_left(in0)
        block1_right = self.block1_right(in1)
        block1_sum = block1_left + block1_right
        block2_left = self.block2_left(in1)
        block2_sum = block2_left + in0
        block3_right = self.block3_right(block0_sum)
        block3_sum = in0 + block3_right
        out = torch.cat([block0_sum, block1_sum, block2_sum, block3_sum], 1)
        return out


class Cell2(nn.Module):
    """cell1, cell3."""

    def __init__(self, c0, c1, c2):
        super().__init__()
        self.in0 = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(c0, c1, 1, bias=False),
            nn.BatchNorm2d(c1),
        )
        self.in1 = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(c2, c1, 1, bias=False),
            nn.BatchNorm2d(c1),
        )
        self.block0_left = nn.Sequential(
            nn.MaxPool2d(3, 2, 1),
            DropPath(0.2),
        )
        self.block0_right = nn.Sequential(
            nn.MaxPool2d(3, 2, 1),
            DropPath(0.2),
        )
        self.block1_right = nn.Sequential(
            nn.MaxPool2d(3, 2, 1),
            DropPath(0.2),
        )
        self.block2_left = nn.Sequential(
            nn.MaxPool2d(3, 2, 1),
            DropPath(0.2),
        )
        self.block3_right = nn.Sequential(
            nn.MaxPool2d(3, 2, 1),
            DropPath(0.2),
        )

    def forward(self, x0, x1):
        in0 = self.in0(x0)
        in1 = self.in1(x1)
        block0_left = self.block0_left(in0)
        block0_right = self.block0_right(in1)
        block0_sum = block0_left + block0_right
        block1_right = self.block1_right(in1)
        block1_sum = block0_sum + block1_right
        block2_left = self.block2_left(in0)
        block2_sum = block2_left + block0_sum
        block3_right = self.block3_right(in1)
        block3_sum = block0_sum + block3_right
        out = torch.cat([block0_sum, block1_sum, block2_sum, block3_sum], 1)
        return out


class Cell3(nn.Module):
    """cell2, cell4."""

    def __init__(self, c0, c1, c2, c3):
        super().__init__()
        self.in0_conv0 = nn.Conv2d(c0, c1, 1, stride=2, bias=False)
        self.in0_conv1 = nn.Conv2d(c0, c1, 1, stride=2, bias=False)
        self.in0_bn = nn.BatchNorm2d(c2)
        self.in1 = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(c3, c2, 1, bias=False),
            nn.BatchNorm2d(c2),
        )
        self.block0_left = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(c2, c2, 3, padding=1, groups=c2, bias=False),
            nn.Conv2d(c2, c2, 1, bias=False),
            nn.BatchNorm2d(c2),
            nn.ReLU(),
            nn.Conv2d(c2, c2, 3, padding=1, groups=c2, bias=False),
            nn.Conv2d(c2, c2, 1, bias=False),
            nn.BatchNorm2d(c2),
            DropPath(0.2),
        )
        self.block0_right = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(c2, c2, 3, padding=1, groups=c2, bias=False),
            nn.Conv2d(c2, c2, 1, bias=False),
            nn.BatchNorm2d(c2),
            nn.ReLU(),
            nn.Conv2d(c2, c2, 3, padding=1, groups=c2, bias=False),
            nn.Conv2d(c2, c2, 1, bias=False),
            nn.BatchNorm2d(c2),
            DropPath(0.2),
        )
        self.block1_left = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(c2, c2, 3, padding=1, groups=c2, bias=False),
            nn.Conv2d(c2, c2, 1, bias=False),
            nn.BatchNorm2d(c2),
            nn.ReLU(),
            nn.Conv2d(c2, c2, 3, padding=1, groups=c2, bias=False),
            nn.Conv2d(c2, c2, 1, bias=False),
            nn.BatchNorm2d(c2),
            DropPath(0.2),
        )
        self.block1_right = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(c2, c2, 3, padding=1, groups=c2, bias=False),
            nn.Conv2d(c2, c2, 1, bias=False),
            nn.BatchNorm2d(c2),
            nn.ReLU(),
            nn.Conv2d(c2, c2, 3, padding=1, groups=c2, bias=False),
            nn.Conv2d(c2, c2, 1, bias=False),
            nn.BatchNorm2d(c2),
            DropPath(0.2),
        )
        self.block2_left = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(c2, c2, 3, padding=1, groups=c2, bias=False),
            nn.Conv2d(c2, c2, 1, bias=False),
            nn.BatchNorm2d(c2),
            nn.ReLU(),
            nn.Conv2d(c2, c2, 3, padding=1, groups=c2, bias=False),
            nn.Conv2d(c2, c2, 1, bias=False),
            nn.BatchNorm2d(c2),
            DropPath(0.2),
        )
        self.block3_right = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(c2, c2, 3, padding=2, dilation=2, groups=c2, bias=False),
            nn.Conv2d(c2, c2, 1, bias=False),
            nn.BatchNorm2d(c2),
            DropPath(0.2),
        )

    def forward(self, x0, x1):
        in0_relu = torch.relu(x0)
        in0_conv0 = self.in0_conv0(in0_relu)
        in0_conv1 = self.in0_conv1(in0_relu[:, :, 1:, 1:])
        in0_concat = torch.cat([in0_conv0, in0_conv1], 1)
        in0_bn = self.in0_bn(in0_concat)
        in1 = self.in1(x1)
        block0_left = self.block0_left(in0_bn)
        block0_right = self.block0_right(in1)
        block0_sum = block0_left + block0_right
        block1_left = self.block1_left(in0_bn)
        block1_right = self.block1_right(in1)
        block1_sum = block1_left + block1_right
        block2_left = self.block2_left(in1)
        block2_sum = block2_left + in0_bn
        block3_right = self.block3_right(block0_sum)
        block3_sum = in0_bn + block3_right
        out = torch.cat([block0_sum, block1_sum, block2_sum, block3_sum], 1)
        return out


class Network(nn.Module):
    def __init__(self, auxiliary=True):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(1, 12, 3, padding=1, bias=False),
            nn.BatchNorm2d(12),
        )
        self.cell0 = Cell1()
        self.cell1 = Cell2(12, 8, 16)
        self.cell2 = Cell3(16, 4, 8, 32)
        self.cell3 = Cell2(32, 16, 32)
        self.cell4 = Cell3(32, 8, 16, 64)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.logits = nn.Sequential(
            nn.Flatten(),
            nn.Linear(64, 10),
        )
        self.auxiliary = auxiliary
        if auxiliary:
            self.aux = nn.Sequential(
                nn.ReLU(),
                nn.Conv2d(64, 128, 1, bias=False),
                nn.BatchNorm2d(128),
                nn.ReLU(),
                nn.Conv2d(128, 768, 2, bias=False),
                nn.BatchNorm2d(768),
                nn.ReLU(),
                nn.Flatten(),
                nn.Linear(768, 10),
            )

    def forward(self, images):
        stem = self.stem(images)
        cell0 = self.cell0(stem)
        cell1 = self.cell1(stem, cell0)
        cell2 = self.cell2(cell0, cell1)
        cell3 = self.cell3(cell1, cell2)
        cell4 = self.cell4(cell2, cell3)
        pool = self.pool(cell4)
        logits = self.logits(pool)
        if self.auxiliary and self.training:
            aux = self.aux(cell3)
            return logits, aux
        return logits


def count(module):
    return sum(p.numel() for p in module.parameters())


if __name__ == "__main__":
    network = Network(auxiliary=False)
    assert count(network) == 11338, count(network)
    assert count(Network()) == 422228
    assert network.eval()(torch.zeros(2, 1, 8, 8)).shape == (2, 10)
    print(count(network), "parameters")
