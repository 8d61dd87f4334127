#!/usr/bin/python3
"""Writes tests/golden/optimizers.txt: optimizers in double on gradients from the integer hash.

Adam and SGD are PyTorch's; LARS, which PyTorch does not have, is written out below. A line is

    NAME WEIGHT_DECAY MOMENTUM EXCLUDE_1D STEP RATE

and the parameters after that step: SIZES elements of each of the tensors. Of these the first is a matrix; the second is
one, too, and has gradients of 0 in odd steps; the third is a vector; the fourth is a vector that begins at 0.

    tests/reference/optimizers_golden.py > tests/golden/optimizers.txt
"""
import numpy as np
import torch

from network_golden import hash_values

N, STEPS = 6, 20
SHAPES = ((2, 3), (2, 3), (N,), (N,))
PARAMETERS, GRADIENTS = 1, 10  # tensors of the hash; step t has GRADIENTS + 4 t + tensor
KEPT = (1, 2, 3, 10, 11, 12, 20)  # steps in the file


class Lars(torch.optim.Optimizer):
    """g += decay w; v = momentum v + rate (0.001 |w| / |g|) g; w -= v; the ratio is 1 where a norm is 0."""

    def __init__(self, parameters, lr, momentum, weight_decay, exclude_1d):
        super().__init__(parameters, dict(lr=lr, momentum=momentum, weight_decay=weight_decay, exclude_1d=exclude_1d))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for w in group["params"]:
                excluded = group["exclude_1d"] and w.dim() == 1
                g = w.grad if excluded else w.grad + group["weight_decay"] * w
                ratio = 1.0
                if not excluded and w.norm() > 0 and g.norm() > 0:
                    ratio = 0.001 * w.norm() / g.norm()
                v = self.state[w].setdefault("v", torch.zeros_like(w))
                v.mul_(group["momentum"]).add_(group["lr"] * ratio * g)
                w.sub_(v)


def single(values):
    """Rounded to float, so that both builds start from the same numbers."""
    return values.astype(np.float32).astype(np.float64)


def gradient(tensor, t):
    """From 1 down to 1e-5 along the elements: small gradients feel Adam's epsilon."""
    scale = 10.0**-np.arange(N)
    is_still = tensor == 1 and t % 2 == 1
    return torch.from_numpy(single(hash_values(GRADIENTS + 4 * t + tensor, N) * scale * (not is_still)))


def make(name, parameters, lr, decay, momentum, exclude_1d):
    if name == "adam":
        return torch.optim.Adam(parameters, lr=lr, weight_decay=decay)
    if name == "sgd":
        return torch.optim.SGD(parameters, lr=lr, momentum=momentum, weight_decay=decay)
    return Lars(parameters, lr, momentum, decay, exclude_1d)


def run(name, lr, decay, momentum, exclude_1d):
    values = [single(hash_values(PARAMETERS + tensor, N)) * (tensor != 3) for tensor in range(4)]
    parameters = [torch.nn.Parameter(torch.from_numpy(v.reshape(s))) for v, s in zip(values, SHAPES)]
    optimizer = make(name, parameters, lr, decay, momentum, exclude_1d)
    # A rate inside the velocity differs from one outside as soon as it falls.
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, STEPS // 2, 0.1)
    for t in range(1, STEPS + 1):
        for tensor, (parameter, shape) in enumerate(zip(parameters, SHAPES)):
            parameter.grad = gradient(tensor, t).reshape(shape)
        rate = schedule.get_last_lr()[0]
        optimizer.step()
        schedule.step()
        if t in KEPT:
            numbers = np.concatenate([p.detach().numpy().flatten() for p in parameters])
            print(name, decay, momentum, int(exclude_1d), t, f"{rate:.17g}", *(f"{x:.17g}" for x in numbers))


for decay in (0, 0.1):
    run("adam", 4e-3, decay, 0.9, False)
    run("sgd", 0.05, decay, 0.9, False)
    for exclude_1d in (False, True):
        run("lars", 3, decay, 0.9, exclude_1d)
run("sgd", 0.05, 0.1, 0, False)
run("lars", 3, 0.1, 0.5, False)
