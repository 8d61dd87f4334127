#!/usr/bin/python3
"""Writes tests/golden/statistics.txt: what numpy and scipy say.

A line is QUANTITY GIVEN… = EXPECTED…; tests/unit/test_statistics.c asks the same.

    tests/reference/statistics_golden.py > tests/golden/statistics.txt
"""
import numpy as np
from scipy import stats

rng = np.random.default_rng(14)


def show(quantity, given, expected):
    text = (" ".join(f"{float(v):.17g}" for v in values) for values in (given, expected))
    print(quantity, next(text), "=", next(text))


def mean(values):
    defined = np.array(values)[~np.isnan(values)]
    n, nothing = len(defined), float("nan")
    if n < 2:
        return n, defined.mean() if n else nothing, nothing, nothing
    low, high = stats.t.interval(0.95, n - 1, loc=defined.mean(), scale=stats.sem(defined))
    return n, defined.mean(), defined.std(ddof=1), (high - low) / 2


for degrees in (1, 2, 3, 4, 5, 6, 7, 10, 29, 30, 99, 1000, 9999):
    for p in (0.975, 0.025, 0.5001, 0.6, 0.99):
        show("student", (p, degrees), [stats.t.ppf(p, degrees)])
for n in (1, 2, 3, 5, 8, 40):
    for offset, spread in ((0.3, 0.05), (1e6, 1e-3), (-2, 30)):
        values = offset + spread * rng.standard_normal(n)
        show("mean", values, mean(values))
for values in ([np.nan], [0.1, np.nan], [np.nan, 0.5, 0.25, np.nan, 1], [0.2, 0.2, 0.2]):
    show("mean", values, mean(values))
for n in (2, 3, 5, 20):  # differences: the mean of the pairs' own
    a, b = 0.3 + 0.1 * rng.standard_normal((2, n))
    interval = stats.t.interval(0.95, n - 1, loc=(a - b).mean(), scale=stats.sem(a - b))
    assert n < 3 or abs(stats.ttest_rel(a, b).statistic - (a - b).mean() / stats.sem(a - b)) < 1e-9
    show("paired", np.concatenate([a, b]), [(a - b).mean(), (interval[1] - interval[0]) / 2])
for p, n in ((0.1, 2000), (0.5, 10), (0, 100), (1, 100), (0.999, 10000)):
    show("binomial", (p, n), [stats.binom.std(n, p) / n])
for n in (2, 3, 5, 6, 12, 50):
    for ties in (False, True):
        x, y = rng.standard_normal((2, n))
        y = 0.7 * x + y
        if ties:
            x, y = np.round(x), np.round(2 * y)
        if n > 2 or not ties:
            show("spearman", np.concatenate([x, y]), [stats.spearmanr(x, y).statistic])
show("spearman", [1, 2, 4, 8, np.inf, 0.1, 0.2, 0.15, 0.4, 0.5],
     [stats.spearmanr([1, 2, 4, 8, np.inf], [0.1, 0.2, 0.15, 0.4, 0.5]).statistic])
