#!/usr/bin/python3
"""Prints N runs of a pretended sweep, as tests/runs.h reads them: ten diversities, five label noises, seeds; some
failed. For measuring: many_runs.py 1000 | build/bench/bench_runs many.h5"""

import math
import random
import sys

DIVERSITIES = ("none", 1, 2, 4, 8, 16, 64, 256, 1024, "inf")
NOISES = (0, 0.25, 0.5, 0.75, 1)
TAPS = ("stem", "stage1", "stage2", "stage3", "embedding", "projector", "output")
EPOCHS = (10, 20, 30, 40, 60, 80, 100)


def run(diversity, noise, seed, chance):
    spread = {"none": 0, "inf": 12}.get(diversity) if isinstance(diversity, str) else math.log2(diversity) + 1
    words = [f"diversity={diversity} label_noise={noise} seed={seed} epochs={EPOCHS[-1]} wall_s={chance.uniform(50, 90):.1f}"]
    if chance.random() < 0.01:
        return f"{words[0]} status=crashed"
    for tap in range(len(TAPS)):
        words.append(f"init_knn_{TAPS[tap]}={0.35 - 0.03 * tap + chance.gauss(0, 0.01):.4f}")
    for epoch in EPOCHS:
        share = 1 - math.exp(-epoch / (10 + 6 * spread))
        words.append(f"memorization@{epoch}={share:.4f} fit@{epoch}={share:.4f} train_loss@{epoch}={0.1 * (1.01 - share):.5f}")
        for tap in range(len(TAPS)):
            known = 0.35 - 0.03 * tap + share * (0.02 * spread - 0.08 * noise) + chance.gauss(0, 0.01)
            words.append(f"knn_{TAPS[tap]}@{epoch}={known:.4f}")
    return " ".join((*words, f"memorization={share:.4f} fit={share:.4f} test_accuracy={known:.4f}"))


def main():
    n, chance = int(sys.argv[1]), random.Random(7)
    for i in range(n):
        cell = i % (len(DIVERSITIES) * len(NOISES))
        print(run(DIVERSITIES[cell % len(DIVERSITIES)], NOISES[cell // len(DIVERSITIES)],
                  1 + i // (len(DIVERSITIES) * len(NOISES)), chance))


main()
