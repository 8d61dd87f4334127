#!/usr/bin/python3
"""How far gradients move when what the backward pass reads is stored in 16 bits: medians over the parameters of a ResNet-18
of width 16 of the relative difference to gradients in float, in PyTorch, beside that of another batch. For
tests/bench/README.md. fp16: with a power of two for each tensor, so that its largest value is in range.

    tests/reference/saved_activations.py
"""
import statistics

import torch
from torch import nn
from torch.nn import functional

WIDTH, PROJECTOR, BATCH, STEPS = 16, 4096, 64, 30
torch.set_num_threads(1)
torch.manual_seed(0)


class Block(nn.Module):
    def __init__(self, channels, out, stride):
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(channels, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out), nn.ReLU())
        self.second = nn.Sequential(nn.Conv2d(out, out, 3, 1, 1, bias=False), nn.BatchNorm2d(out))
        self.around = nn.Identity()
        if stride > 1:
            self.around = nn.Sequential(nn.Conv2d(channels, out, 1, stride, bias=False), nn.BatchNorm2d(out))

    def forward(self, x):
        return torch.relu(self.second(self.first(x)) + self.around(x))


def resnet():
    layers, channels = [nn.Conv2d(3, WIDTH, 3, 1, 1, bias=False), nn.BatchNorm2d(WIDTH), nn.ReLU()], WIDTH
    for stage in range(4):
        out = WIDTH << stage
        layers += [Block(channels, out, 2 if stage else 1), Block(out, out, 1)]
        channels = out
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, PROJECTOR, bias=False), nn.ReLU(),
                         nn.Linear(PROJECTOR, 10, bias=False))


def as_bf16(values):
    return values.bfloat16().float()


def as_fp16(values):
    scale = 2.0 ** (15 - torch.frexp(values.abs().max())[1])
    return (values * scale).half().float() / scale


def gradients(net, x, targets, stored=None):
    """With all that is saved of images' values as `stored` makes it: neither parameters nor statistics, nor the images."""
    as_they_are = {parameter.data_ptr() for parameter in net.parameters()} | {x.data_ptr()}

    def pack(saved):
        is_kept = stored is None or not saved.is_floating_point() or saved.dim() < 2 or saved.data_ptr() in as_they_are
        return saved if is_kept else stored(saved)

    net.zero_grad()
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda saved: saved):
        functional.mse_loss(net(x), targets).backward()
    return [parameter.grad.clone() for parameter in net.parameters()]


def main():
    net = resnet().train()
    x, targets = torch.rand(BATCH, 3, 32, 32), functional.one_hot(torch.randint(0, 10, (BATCH,)), 10).float()
    optimizer = torch.optim.Adam(net.parameters(), 1e-3)
    for step in range(STEPS + 1):
        exact = gradients(net, x, targets)
        if step in (0, STEPS):
            for name, others in (("bf16", gradients(net, x, targets, as_bf16)), ("fp16", gradients(net, x, targets, as_fp16)),
                                 ("another batch", gradients(net, torch.rand_like(x), targets))):
                median = statistics.median(float((a - b).norm() / b.norm()) for a, b in zip(others, exact))
                print(f"after {step} steps, {name}: {median:.1e}", flush=True)
        for parameter, gradient in zip(net.parameters(), exact):
            parameter.grad = gradient
        optimizer.step()


main()
