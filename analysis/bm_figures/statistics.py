"""Means over seeds with their 95 % intervals, as bm-results has them."""

import functools
import math

import numpy as np


def student_below(t, degrees):
    """P(|T| < t) for whole degrees of freedom (Abramowitz and Stegun 26.7.3 and 4)."""
    theta = math.atan2(t, math.sqrt(degrees))
    sine, cosine = math.sin(theta), math.cos(theta)
    odd = degrees % 2
    term, total = (cosine if odd else 1.0), 0.0
    for k in range(2 if odd else 1, degrees, 2):
        total += term
        term *= cosine * cosine * k / (k + 1)
    return 2 / math.pi * (theta + sine * total) if odd else sine * total


@functools.lru_cache(maxsize=None)
def student_quantile(degrees):
    """What |T| stays below with probability 0.95."""
    low, high = 0.0, 16.0  # 12.7 with one degree
    while high - low > 1e-13 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if student_below(middle, degrees) < 0.95 else (low, middle)
    return high


def mean_of(values):
    """(mean, half of the interval, n) of what is defined; NaN: nothing is, or no interval from one value."""
    values = np.asarray(values, float)
    values = values[np.isfinite(values)]
    n = len(values)
    if n < 2:
        return (float(values[0]) if n else math.nan), math.nan, n
    return float(values.mean()), student_quantile(n - 1) * float(values.std(ddof=1)) / math.sqrt(n), n
