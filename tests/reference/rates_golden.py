#!/usr/bin/python3
"""Writes tests/golden/rates.txt: the learning rates of all epochs by PyTorch's schedulers.

A line is OPTIMIZER EPOCHS WARMUP_EPOCHS BATCH_SIZE LR and a rate an epoch.

    tests/reference/rates_golden.py > tests/golden/rates.txt
"""
import torch
from torch.optim import lr_scheduler

LR = 0.3


def rates(make, lr, epochs):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    scheduler, found = make(optimizer), []
    for _ in range(epochs):
        found.append(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()
    return found


def schedule(name, lr, epochs, warmup):
    if name == "sgd" and epochs >= 3:
        return rates(lambda o: lr_scheduler.StepLR(o, epochs // 3, 0.1), lr, epochs)[warmup:]
    if name == "lars":
        return rates(lambda o: lr_scheduler.CosineAnnealingLR(o, epochs - warmup), lr, epochs - warmup)
    return [lr] * (epochs - warmup)


for name in ("adam", "sgd", "lars"):
    for epochs, warmup, batch in ((1, 0, 256), (2, 0, 256), (3, 0, 128), (4, 3, 256), (7, 0, 1000), (10, 2, 64), (10, 3, 256),
                                  (20, 1, 256)):
        lr = LR * batch / 256 if name == "lars" else LR
        rising = rates(lambda o: lr_scheduler.LambdaLR(o, lambda e: (e + 1) / warmup), lr, warmup) if warmup else []
        print(name, epochs, warmup, batch, LR, *(f"{rate:.17g}" for rate in rising + schedule(name, lr, epochs, warmup)))
