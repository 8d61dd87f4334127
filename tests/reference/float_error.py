#!/usr/bin/env python3
"""Relative errors of PyTorch's layers in float32 against float64, where the mean of the inputs is far above
their deviation: the figures that tests/unit/test_layers_float.c and test_graphs_float.c compare with. Inputs and
parameters are distributed as in tests/layer_cases.h and graph_cases.h; medians over 20 seeds. Made with PyTorch 1.13.1 on one thread.

    tests/reference/float_error.py
"""
import statistics

import torch
from torch import nn

torch.set_num_threads(1)


def uniform(shape, mean, generator):
    return (torch.rand(shape, generator=generator) - 0.5 + mean)


def errors(make, shape, mean, seed):
    """{output, input, parameters: |float32 - float64| / |float64|}; the last two are gradients."""
    results = []
    for kind in torch.float64, torch.float32:
        generator = torch.Generator().manual_seed(seed)
        layer = make()
        for parameter in layer.parameters():
            parameter.data = uniform(parameter.shape, 0.2, generator)
        layer = layer.to(kind)
        x = uniform(shape, mean, generator).to(kind).requires_grad_()
        y = layer(x)
        y.backward(uniform(y.shape, 0, generator).to(kind))
        gradients = torch.cat([parameter.grad.flatten() for parameter in layer.parameters()])
        results.append({"output": y.detach(), "input": x.grad, "parameters": gradients})
    double, single = results
    return {name: float((single[name].double() - double[name]).norm() / double[name].norm()) for name in double}


def table(name, make, shape, mean):
    runs = [errors(make, shape, mean, seed) for seed in range(20)]
    for what in runs[0]:
        print(f'    {{"{name}", "{what}", {statistics.median(run[what] for run in runs):.1e}}},')


class Chain(nn.Module):
    """tests/graph_cases.h has the same, with the same names."""

    def __init__(self):
        super().__init__()
        self.a, self.a_bn = nn.Conv2d(3, 64, 3, padding=1, bias=False), nn.BatchNorm2d(64)
        self.b, self.b_bn = nn.Conv2d(64, 64, 3, padding=1, bias=False), nn.BatchNorm2d(64)
        self.c, self.c_bn = nn.Conv2d(64, 64, 3, 2, padding=1, bias=False), nn.BatchNorm2d(64)
        self.output = nn.Linear(64, 4, bias=False)

    def forward(self, x):
        x = torch.relu(self.a_bn(self.a(x)))
        x = torch.relu(self.b_bn(self.b(x)) + x)
        x = torch.relu(self.c_bn(self.c(x)))
        return self.output(x.mean((2, 3)))


def chain_errors(seed):
    """{output, parameter's name: error}; those of parameters are of gradients."""
    results = []
    for kind in torch.float64, torch.float32:
        generator = torch.Generator().manual_seed(seed)
        net = Chain()
        for name, parameter in net.named_parameters():
            parameter.data = uniform(parameter.shape, 0.1 + 8 * name.endswith(".bias"), generator)
        net = net.to(kind)
        y = net(uniform((3, 3, 16, 16), 0, generator).to(kind))
        y.backward(uniform(y.shape, 0, generator).to(kind))
        results.append({"output": y.detach(), **{name: p.grad for name, p in net.named_parameters()}})
    double, single = results
    return {name: float((single[name].double() - double[name]).norm() / double[name].norm()) for name in double}


table("winograd, mean >> deviation", lambda: nn.Conv2d(64, 64, 3, padding=1, bias=False), (4, 64, 16, 16), 8)
table("winograd, stride 2, mean >> deviation", lambda: nn.Conv2d(64, 48, 3, 2, padding=1, bias=False), (4, 64, 16, 16), 8)
table("batchnorm and relu, many channels", lambda: nn.Sequential(nn.BatchNorm2d(67), nn.ReLU()), (5, 67, 3, 2), 8)
table("batchnorm mean >> deviation", lambda: nn.BatchNorm2d(3), (3, 3, 5, 7), 1000)

runs = [chain_errors(seed) for seed in range(20)]
for what in runs[0]:
    print(f'    {{"{what}", {statistics.median(run[what] for run in runs):.1e}}},')
