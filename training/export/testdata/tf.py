"""A \"network\" \\ of tf.py"""
# Images: 1x6x5. Classes: 10.
# Parameters: 7550, and 898314 of the auxiliary head.
import torch
from torch import nn


class Cell1(nn.Module):
    """cell0."""

    def __init__(self):
        super().__init__()
        self.in1 = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(12, 4, 1, bias=False),
            nn.BatchNorm2d(4),
        )
        self.block0_left = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(12, 4, 1, bias=False),
            nn.BatchNorm2d(4),
        )
        self.block0_right = nn.Sequential(
            nn.MaxPool2d(3, 1, 1),
            nn.Conv2d(12, 4, 1, bias=False),
            nn.BatchNorm2d(4),
        )
        self.block1_left = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(12, 4, 1, bias=False),
            nn.BatchNorm2d(4),
        )
        self.block1_right = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(4, 1, 1, bias=False),
            nn.BatchNorm2d(1),
            nn.ReLU(),
            nn.Conv2d(1, 1, (1, 7), padding=(0, 3), bias=False),
            nn.BatchNorm2d(1),
            nn.ReLU(),
            nn.Conv2d(1, 1, (7, 1), padding=(3, 0), bias=False),
            nn.BatchNorm2d(1),
            nn.ReLU(),
            nn.Conv2d(1, 4, 1, bias=False),
            nn.BatchNorm2d(4),
        )
        self.block2_left = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(4, 4, 1, bias=False),
            nn.BatchNorm2d(4),
        )
        self.block2_right = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(4, 1, 1, bias=False),
            nn.BatchNorm2d(1),
            nn.ReLU(),
            nn.Conv2d(1, 1, (1, 7), padding=(0, 3), bias=False),
            nn.BatchNorm2d(1),
            nn.ReLU(),
            nn.Conv2d(1, 1, (7, 1), padding=(3, 0), bias=False),
            nn.BatchNorm2d(1),
            nn.ReLU(),
            nn.Conv2d(1, 4, 1, bias=False),
            nn.BatchNorm2d(4),
        )
        self.block3_left_pool = nn.MaxPool2d(3, 1, 1)
        self.block4_left = nn.Sequential(
            nn.AvgPool2d(3, 1, 1, count_include_pad=False),
            nn.Conv2d(12, 4, 1, bias=False),
            nn.BatchNorm2d(4),
        )
        self.block4_right = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(4, 4, 1, bias=False),
            nn.BatchNorm2d(4),
        )

    def forward(self, x):
        in1 = self.in1(x)
        block0_left = self.block0_left(x)
        block0_right = self.block0_right(x)
        block0_sum = block0_left + block0_right
        block1_left = self.block1_left(x)
        block1_right = self.block1_right(in1)
        block1_sum = block1_left + block1_right
        block2_left = self.block2_left(in1)
        block2_right = self.block2_right(in1)
        block2_sum = block2_left + block2_right
        block3_left_pool = self.block3_left_pool(block0_sum)
        block3_sum = block3_left_pool + block0_sum
        block4_left = self.block4_left(x)
        block4_right = self.block4_right(block3_sum)
        block4_sum = block4_left + block4_right
        out = torch.cat([in1, block1_sum, block2_sum, block4_sum], 1)
        return out


class Cell2(nn.Module):
    """cell1, cell3."""

    def __init__(self, c0, c1, c2, c3):
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
        self.block0_left_pool = nn.MaxPool2d(2, 1, 1)
        self.block0_left_every = nn.MaxPool2d(1, 2)
        self.block0_right_pool = nn.MaxPool2d(3, 2, 1)
        self.block1_right = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(c1, c3, 1, bias=False),
            nn.BatchNorm2d(c3),
            nn.ReLU(),
            nn.Conv2d(c3, c3, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(c3),
            nn.ReLU(),
            nn.Conv2d(c3, c1, 1, bias=False),
            nn.BatchNorm2d(c1),
        )
        self.block2_left = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(c1, c3, 1, bias=False),
            nn.BatchNorm2d(c3),
            nn.ReLU(),
            nn.Conv2d(c3, c3, (1, 7), padding=(0, 3), bias=False),
            nn.BatchNorm2d(c3),
            nn.ReLU(),
            nn.Conv2d(c3, c3, (7, 1), padding=(3, 0), bias=False),
            nn.BatchNorm2d(c3),
            nn.ReLU(),
            nn.Conv2d(c3, c1, 1, bias=False),
            nn.BatchNorm2d(c1),
        )
        self.block2_right_pool = nn.MaxPool2d(3, 1, 1)
        self.block3_right_pool = nn.MaxPool2d(2, 1, 1)
        self.block3_right_every = nn.MaxPool2d(1, 2)
        self.block4_left_pool = nn.AvgPool2d(3, 1, 1, count_include_pad=False)
        self.block4_right = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(c1, c1, 1, bias=False),
            nn.BatchNorm2d(c1),
        )

    def forward(self, x0, x1):
        in0 = self.in0(x0)
        in1 = self.in1(x1)
        block0_left_pool = self.block0_left_pool(in1)
        block0_left_crop = block0_left_pool[:, :, 1:, 1:]
        block0_left_every = self.block0_left_every(block0_left_crop)
        block0_right_pool = self.block0_right_pool(in1)
        block0_sum = block0_left_every + block0_right_pool
        block1_right = self.block1_right(in0)
        block1_sum = block0_sum + block1_right
        block2_left = self.block2_left(block0_sum)
        block2_right_pool = self.block2_right_pool(block0_sum)
        block2_sum = block2_left + block2_right_pool
        block3_right_pool = self.block3_right_pool(in0)
        block3_right_crop = block3_right_pool[:, :, 1:, 1:]
        block3_right_every = self.block3_right_every(block3_right_crop)
        block3_sum = block1_sum + block3_right_every
        block4_left_pool = self.block4_left_pool(block0_sum)
        block4_right = self.block4_right(block1_sum)
        block4_sum = block4_left_pool + block4_right
        out = torch.cat([block2_sum, block3_sum, block4_sum], 1)
        return out


class Cell3(nn.Module):
    """cell2."""

    def __init__(self):
        super().__init__()
        self.in0_conv0 = nn.Conv2d(16, 4, 1, stride=2, bias=False)
        self.in0_conv1 = nn.Conv2d(16, 4, 1, stride=2, bias=False)
        self.in0_bn = nn.BatchNorm2d(8)
        self.in1 = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(24, 8, 1, bias=False),
            nn.BatchNorm2d(8),
        )
        self.block0_left = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(8, 8, 1, bias=False),
            nn.BatchNorm2d(8),
        )
        self.block0_right_pool = nn.MaxPool2d(3, 1, 1)
        self.block1_right = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(8, 2, 1, bias=False),
            nn.BatchNorm2d(2),
            nn.ReLU(),
            nn.Conv2d(2, 2, (1, 7), padding=(0, 3), bias=False),
            nn.BatchNorm2d(2),
            nn.ReLU(),
            nn.Conv2d(2, 2, (7, 1), padding=(3, 0), bias=False),
            nn.BatchNorm2d(2),
            nn.ReLU(),
            nn.Conv2d(2, 8, 1, bias=False),
            nn.BatchNorm2d(8),
        )
        self.block2_left = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(8, 8, 1, bias=False),
            nn.BatchNorm2d(8),
        )
        self.block2_right = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(8, 2, 1, bias=False),
            nn.BatchNorm2d(2),
            nn.ReLU(),
            nn.Conv2d(2, 2, (1, 7), padding=(0, 3), bias=False),
            nn.BatchNorm2d(2),
            nn.ReLU(),
            nn.Conv2d(2, 2, (7, 1), padding=(3, 0), bias=False),
            nn.BatchNorm2d(2),
            nn.ReLU(),
            nn.Conv2d(2, 8, 1, bias=False),
            nn.BatchNorm2d(8),
        )
        self.block3_left_pool = nn.MaxPool2d(3, 1, 1)
        self.block4_left_pool = nn.AvgPool2d(3, 1, 1, count_include_pad=False)
        self.block4_right = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(8, 8, 1, bias=False),
            nn.BatchNorm2d(8),
        )

    def forward(self, x0, x1):
        in0_relu = torch.relu(x0)
        in0_conv0 = self.in0_conv0(in0_relu)
        in0_conv1 = self.in0_conv1(nn.functional.pad(in0_relu[:, :, 1:, 1:], (0, 1, 0, 0)))
        in0_concat = torch.cat([in0_conv0, in0_conv1], 1)
        in0_bn = self.in0_bn(in0_concat)
        in1 = self.in1(x1)
        block0_left = self.block0_left(in0_bn)
        block0_right_pool = self.block0_right_pool(in0_bn)
        block0_sum = block0_left + block0_right_pool
        block1_right = self.block1_right(in1)
        block1_sum = in0_bn + block1_right
        block2_left = self.block2_left(in1)
        block2_right = self.block2_right(in1)
        block2_sum = block2_left + block2_right
        block3_left_pool = self.block3_left_pool(block0_sum)
        block3_sum = block3_left_pool + block0_sum
        block4_left_pool = self.block4_left_pool(in0_bn)
        block4_right = self.block4_right(block3_sum)
        block4_sum = block4_left_pool + block4_right
        out = torch.cat([in1, block1_sum, block2_sum, block4_sum], 1)
        return out


class Cell4(nn.Module):
    """cell4."""

    def __init__(self):
        super().__init__()
        self.in0_conv0 = nn.Conv2d(32, 8, 1, stride=2, bias=False)
        self.in0_conv1 = nn.Conv2d(32, 8, 1, stride=2, bias=False)
        self.in0_bn = nn.BatchNorm2d(16)
        self.in1 = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(48, 16, 1, bias=False),
            nn.BatchNorm2d(16),
        )
        self.block0_left = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(16, 16, 1, bias=False),
            nn.BatchNorm2d(16),
        )
        self.block0_right_pool = nn.MaxPool2d(3, 1, 1)
        self.block1_right = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(16, 4, 1, bias=False),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.Conv2d(4, 4, (1, 7), padding=(0, 3), bias=False),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.Conv2d(4, 4, (7, 1), padding=(3, 0), bias=False),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.Conv2d(4, 16, 1, bias=False),
            nn.BatchNorm2d(16),
        )
        self.block2_left = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(16, 16, 1, bias=False),
            nn.BatchNorm2d(16),
        )
        self.block2_right = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(16, 4, 1, bias=False),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.Conv2d(4, 4, (1, 7), padding=(0, 3), bias=False),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.Conv2d(4, 4, (7, 1), padding=(3, 0), bias=False),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.Conv2d(4, 16, 1, bias=False),
            nn.BatchNorm2d(16),
        )
        self.block3_left_pool = nn.MaxPool2d(3, 1, 1)
        self.block4_left_pool = nn.AvgPool2d(3, 1, 1, count_include_pad=False)
        self.block4_right = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(16, 16, 1, bias=False),
            nn.BatchNorm2d(16),
        )

    def forward(self, x0, x1):
        in0_relu = torch.relu(x0)
        in0_conv0 = self.in0_conv0(in0_relu)
        in0_conv1 = self.in0_conv1(nn.functional.pad(in0_relu[:, :, 1:, 1:], (0, 1, 0, 1)))
        in0_concat = torch.cat([in0_conv0, in0_conv1], 1)
        in0_bn = self.in0_bn(in0_concat)
        in1 = self.in1(x1)
        block0_left = self.block0_left(in0_bn)
        block0_right_pool = self.block0_right_pool(in0_bn)
        block0_sum = block0_left + block0_right_pool
        block1_right = self.block1_right(in1)
        block1_sum = in0_bn + block1_right
        block2_left = self.block2_left(in1)
        block2_right = self.block2_right(in1)
        block2_sum = block2_left + block2_right
        block3_left_pool = self.block3_left_pool(block0_sum)
        block3_sum = block3_left_pool + block0_sum
        block4_left_pool = self.block4_left_pool(in0_bn)
        block4_right = self.block4_right(block3_sum)
        block4_sum = block4_left_pool + block4_right
        out = torch.cat([in1, block1_sum, block2_sum, block4_sum], 1)
        return out


class Network(nn.Module):
    def __init__(self, auxiliary=True):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(1, 12, 3, padding=1, bias=False),
            nn.BatchNorm2d(12),
        )
        self.cell0 = Cell1()
        self.cell1 = Cell2(12, 8, 16, 2)
        self.cell2 = Cell3()
        self.cell3 = Cell2(24, 16, 32, 4)
        self.cell4 = Cell4()
        self.last_relu = nn.ReLU()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.logits = nn.Sequential(
            nn.Flatten(),
            nn.Linear(64, 10),
        )
        self.auxiliary = auxiliary
        if auxiliary:
            self.aux = nn.Sequential(
                nn.ReLU(),
                nn.Conv2d(32, 128, 1, bias=False),
                nn.BatchNorm2d(128),
                nn.ReLU(),
                nn.Conv2d(128, 768, 3, bias=False),
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
        last_relu = self.last_relu(cell4)
        pool = self.pool(last_relu)
        logits = self.logits(pool)
        if self.auxiliary and self.training:
            aux = self.aux(cell2)
            return logits, aux
        return logits


def count(module):
    return sum(p.numel() for p in module.parameters())


if __name__ == "__main__":
    network = Network(auxiliary=False)
    assert count(network) == 7550, count(network)
    assert count(Network()) == 905864
    assert network.eval()(torch.zeros(2, 1, 6, 5)).shape == (2, 10)
    print(count(network), "parameters")
