#!/usr/bin/python3
"""Writes tests/golden/losses.txt: PyTorch's losses in double, of outputs from the integer hash and random labels.

A line is LOSS LABEL_SMOOTHING SCALE LOSS_VALUE and the gradients of the outputs, row by row. The outputs are SCALE times
the hash's values, so that a softmax of the largest has probabilities that are 0 and 1 in double.

    tests/reference/losses_golden.py > tests/golden/losses.txt
"""
import torch
from torch.nn import functional

from network_golden import hash_bits, hash_values

N, CLASSES = 3, 4
OUTPUTS, LABELS = 1, 2  # tensors of the hash


def cross_entropy(outputs, labels, smoothing):
    return functional.cross_entropy(outputs, labels, label_smoothing=smoothing)


def mse(outputs, labels, smoothing):
    """PyTorch smooths labels for its cross entropy alone."""
    targets = functional.one_hot(labels, CLASSES).double() * (1 - smoothing) + smoothing / CLASSES
    return functional.mse_loss(outputs, targets)


labels = torch.from_numpy((hash_bits(LABELS, N) % CLASSES).astype("int64"))
for loss in (cross_entropy, mse):
    for smoothing in (0, 0.1, 1):
        for scale in (1, 30, 3000):
            outputs = torch.from_numpy(scale * hash_values(OUTPUTS, N * CLASSES).reshape(N, CLASSES)).requires_grad_()
            value = loss(outputs, labels, smoothing)
            value.backward()
            print(loss.__name__, smoothing, scale, *(f"{x:.17g}" for x in (value.item(), *outputs.grad.flatten().numpy())))
