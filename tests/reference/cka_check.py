#!/usr/bin/python3
"""Compares the table that bm-sweep --cka prints with linear CKA by numpy, in double and by the definition.

usage: cka_check.py TABLE FEATURES FEATURES   what tests/unit/test_reprobe.c writes of the two runs
"""
import sys

import numpy as np


def read(path):
    data = open(path, "rb").read()
    n, taps = np.frombuffer(data, "<i4", 2)
    at, features = 8, []
    for _ in range(taps):
        d = int(np.frombuffer(data, "<i4", 1, at)[0])
        features.append(np.frombuffer(data, "<f4", n * d, at + 4).reshape(n, d).astype(np.float64))
        at += 4 + 4 * n * d
    assert at == len(data)
    return features


def gram(x):
    x = x - x.mean(axis=0)
    g = x @ x.T
    np.fill_diagonal(g, 0)
    return g


def hsic(k, l):  # Song et al. 2012, equation 5
    n = len(k)
    one = np.ones(n)
    return (np.trace(k @ l) + (one @ k @ one) * (one @ l @ one) / ((n - 1) * (n - 2))
            - 2 / (n - 2) * (one @ k @ l @ one)) / (n * (n - 3))


def cka(x, y):
    k, l = gram(x), gram(y)
    return hsic(k, l) / np.sqrt(hsic(k, k) * hsic(l, l))


def main():
    rows = [line.split() for line in open(sys.argv[1])][2:]
    a, b = read(sys.argv[2]), read(sys.argv[3])
    table = np.array([[float(value) for value in row[1:]] for row in rows])
    expected = np.array([[cka(x, y) for y in b] for x in a])
    assert table.shape == expected.shape, (table.shape, expected.shape)
    worst = np.abs(table - expected).max()
    print(f"{table.size} values, the largest difference is {worst:.2e}")
    return 0 if worst <= 0.5001e-4 else 1  # four digits are printed


sys.exit(main())
