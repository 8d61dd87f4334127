#!/usr/bin/python3
"""How far gradients move when values and their gradients are stored in 16 bits between layers, as saved_activations:
bf16_all does: medians over the parameters of a ResNet-18 of width 16 of the relative difference to gradients in float, in PyTorch,
beside that under PyTorch's own bf16 autocast, and that of another batch. For tests/bench/README.md. Images are random, or
the first thousand of a file of CIFAR-10's.

    tests/reference/passed_activations.py [data_batch_1.bin]
"""
import statistics
import sys

import numpy
import torch
from torch import nn
from torch.nn import functional

WIDTH, PROJECTOR, BATCH, STEPS = 16, 4096, 64, 200
torch.set_num_threads(1)
torch.manual_seed(0)


class Rounded(torch.autograd.Function):
    """Rounds values on their way, and gradients on their way back."""

    @staticmethod
    def forward(context, x, values, gradients):
        context.rounds = gradients
        return x.bfloat16().float() if values else x.clone()

    @staticmethod
    def backward(context, gradient):
        return gradient.bfloat16().float() if context.rounds else gradient, None, None


class Stored(nn.Module):
    """Behind a layer. Normalizations without a residual are made by who reads them, of what is stored before them: their
    values are not stored, and the gradient that is stored is the one behind them."""

    is_on = False

    def __init__(self, values=True, gradients=True):
        super().__init__()
        self.values, self.gradients = values, gradients

    def forward(self, x):
        return Rounded.apply(x, self.values, self.gradients) if Stored.is_on else x


def conv(channels, out, kernel, stride):
    return [nn.Conv2d(channels, out, kernel, stride, kernel // 2, bias=False), Stored(gradients=False), nn.BatchNorm2d(out)]


class Block(nn.Module):
    def __init__(self, channels, out, stride):
        super().__init__()
        self.first = nn.Sequential(*conv(channels, out, 3, stride), nn.ReLU(), Stored(values=False))
        self.second = nn.Sequential(*conv(out, out, 3, 1))
        self.around = nn.Sequential(*conv(channels, out, 1, stride), Stored(values=False)) if stride > 1 else nn.Identity()
        self.stored = Stored()

    def forward(self, x):
        return self.stored(torch.relu(self.second(self.first(x)) + self.around(x)))


def resnet():
    layers, channels = [*conv(3, WIDTH, 3, 1), nn.ReLU(), Stored(values=False)], WIDTH
    for stage in range(4):
        out = WIDTH << stage
        layers += [Block(channels, out, 2 if stage else 1), Block(out, out, 1)]
        channels = out
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), Stored(), nn.Linear(channels, PROJECTOR, bias=False),
                         Stored(), nn.ReLU(), Stored(), nn.Linear(PROJECTOR, 10, bias=False))


def gradients(net, x, targets, is_stored=False, autocasts=False):
    Stored.is_on = is_stored
    net.zero_grad()
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=autocasts):
        output = net(x)
    loss = functional.mse_loss(output.float(), targets)
    loss.backward()
    return float(loss), [parameter.grad.clone() for parameter in net.parameters()]


def images_of(path):
    if path is None:
        return torch.rand(1000, 3, 32, 32)
    records = numpy.fromfile(path, dtype=numpy.uint8).reshape(-1, 3073)[:1000, 1:]
    images = torch.tensor(records.reshape(-1, 3, 32, 32).astype(numpy.float32) / 255)
    return (images - images.mean((0, 2, 3), keepdim=True)) / images.std((0, 2, 3), keepdim=True)


def main():
    net = resnet().train()
    images = images_of(sys.argv[1] if len(sys.argv) > 1 else None)
    labels = functional.one_hot(torch.randint(0, 10, (len(images),)), 10).float()
    optimizer = torch.optim.Adam(net.parameters(), 1e-3)
    for step in range(STEPS + 1):
        batch, another = torch.randperm(len(images))[:2 * BATCH].chunk(2)
        loss, exact = gradients(net, images[batch], labels[batch])
        if step in (0, STEPS // 4, STEPS):
            for name, (other, others) in (
                    ("stored in bf16", gradients(net, images[batch], labels[batch], is_stored=True)),
                    ("autocast", gradients(net, images[batch], labels[batch], autocasts=True)),
                    ("another batch", gradients(net, images[another], labels[another]))):
                median = statistics.median(float((a - b).norm() / b.norm()) for a, b in zip(others, exact))
                print(f"after {step} steps, {name}: gradients {median:.1e}, loss {abs(other - loss) / loss:.1e}", flush=True)
        for parameter, gradient in zip(net.parameters(), exact):
            parameter.grad = gradient
        optimizer.step()


main()
