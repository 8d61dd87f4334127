#!/usr/bin/python3
"""Writes tests/golden/adam.txt: torch.optim.Adam in double on gradients from the integer hash.

A line is WEIGHT_DECAY STEP and the parameters after that step.

    tests/reference/adam_golden.py > tests/golden/adam.txt
"""
import numpy as np
import torch

from network_golden import hash_values

N, STEPS, LR = 6, 20, 4e-3
PARAMETERS, GRADIENTS = 1, 2  # tensors of the hash; step t has GRADIENTS + t


def single(values):
    """Rounded to float, so that both builds start from the same numbers."""
    return values.astype(np.float32).astype(np.float64)


for weight_decay in (0, 0.1):
    parameters = torch.nn.Parameter(torch.from_numpy(single(hash_values(PARAMETERS, N))))
    adam = torch.optim.Adam([parameters], lr=LR, weight_decay=weight_decay)
    for t in range(1, STEPS + 1):
        # From 1 down to 1e-5 along the elements: small gradients feel the epsilon.
        scale = 10.0 ** -np.arange(N)
        parameters.grad = torch.from_numpy(single(hash_values(GRADIENTS + t, N) * scale))
        adam.step()
        print(weight_decay, t, *(f"{x:.17g}" for x in parameters.detach().numpy()))
