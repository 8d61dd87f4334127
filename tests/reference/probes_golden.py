#!/usr/bin/python3
"""Writes tests/golden/probes.txt: what numpy and scikit-learn say about features from the integer hash.

A line is CASE QUANTITY VALUE…. tests/unit/test_probes.c makes the same features.

    tests/reference/probes_golden.py > tests/golden/probes.txt
"""
import numpy as np
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid

from network_golden import hash_bits, hash_values

CLASSES, N_TRAIN, N_TEST, K = 5, 120, 60, 7
COLUMNS = 1, 2, 3, 5, 10, 20, 50, 100, 200, 500  # behind that of K
ALSO = 1, 5, 20, 50, 100
#       name         tensor dimension offset spread of classes, of images
CASES = [
    ("ordinary", 100, 24, 0.0, 0.4, 1.0),
    ("long", 200, 150, 0.0, 0.3, 1.0),
    ("offset", 300, 24, 1e3, 0.4, 1.0),
    ("collapsed", 400, 24, 1.0, 1e-4, 1e-4),
    ("one column", 500, 1, 0.0, 0.5, 1.0),
]


def classes(tensor, n):
    return (hash_bits(tensor, n) % np.uint64(CLASSES)).astype(int)


def features(case, half, truth):
    """One row an image: offset + class's own direction + the image's own; rounded to float."""
    _, tensor, d, offset, by_class, by_image = case
    of_class = hash_values(tensor, CLASSES * d).reshape(CLASSES, d)
    of_image = hash_values(tensor + half, len(truth) * d).reshape(len(truth), d)
    return (offset + by_class * of_class[truth] + by_image * of_image).astype(np.float32)


def unit(rows):
    """Length 1, divided in float as the probes do."""
    length = np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
    return (rows * (1 / length).astype(np.float32)).astype(np.float64)


def held_out(truth):
    chosen = np.zeros(len(truth), bool)
    for c in range(CLASSES):
        of_class = np.flatnonzero(truth == c)
        if len(of_class) > 1:
            chosen[of_class[-max(1, int(np.floor(len(of_class) / 10 + 0.5))):]] = True
    return chosen


def standardize(rows):
    rows = rows.astype(np.float64)
    mean, deviation = rows.mean(axis=0), rows.std(axis=0)
    varies = deviation > 1e-6 * np.sqrt((rows**2).mean(axis=0))
    return lambda x: ((x.astype(np.float64) - mean) / np.where(varies, deviation, 1))[:, varies]


def ridge(train, truth, exponent):
    prepare = standardize(train)
    model = Ridge(alpha=len(train) * 10.0**exponent, solver="svd").fit(prepare(train), np.eye(CLASSES)[truth])
    return lambda rows: model.predict(prepare(rows))


def weights(train, truth, exponent):
    """On the features as they are: classes x features."""
    prepare = standardize(train)
    model = Ridge(alpha=len(train) * 10.0**exponent, solver="svd").fit(prepare(train), np.eye(CLASSES)[truth])
    return model.coef_ / train.astype(np.float64).std(axis=0)


def linear(train, truth, test, test_truth):
    out = held_out(truth)
    best = max(range(-6, 2), key=lambda j: (
        (ridge(train[~out], truth[~out], j)(train[out]).argmax(axis=1) == truth[out]).mean(), j))
    scores = ridge(train, truth, best)(test)
    return (scores.argmax(axis=1) == test_truth).mean(), len(train) * 10.0**best


def effective_rank(rows):
    rows = rows.astype(np.float64)
    values = np.linalg.svd(rows - rows.mean(axis=0), compute_uv=False)
    values = np.where(values**2 > len(rows) * 2.0**-52 * values.max() ** 2, values, 0)
    p = values[values > 0] / values.sum()
    return np.exp(-(p * np.log(p)).sum())


def hsic(k, l):
    n = len(k)
    k, l = k - np.diag(np.diag(k)), l - np.diag(np.diag(l))
    one = np.ones(n)
    return (np.trace(k @ l) + one @ k @ one * (one @ l @ one) / ((n - 1) * (n - 2))
            - 2 / (n - 2) * (one @ k @ l @ one)) / (n * (n - 3))


def cka(x, y):
    x, y = x.astype(np.float64), y.astype(np.float64)
    x, y = x - x.mean(axis=0), y - y.mean(axis=0)
    k, l = x @ x.T, y @ y.T
    return hsic(k, l) / np.sqrt(hsic(k, k) * hsic(l, l))


def invariance(rows):
    rows = unit(rows)
    first, second = rows[0::2], rows[1::2]
    same = (first * second).sum(axis=1).mean()
    different = (first * np.roll(second, -1, axis=0)).sum(axis=1).mean()
    return (same - different) / (1 - different) if different <= 0.999 else np.nan


def knn(k, train, truth, test, test_truth):
    return KNeighborsClassifier(k, algorithm="brute").fit(unit(train), truth).score(unit(test), test_truth)


def noisy(train, truth, label):
    distance = ((unit(train)[:, None] - unit(train)[None]) ** 2).sum(axis=2)
    np.fill_diagonal(distance, np.inf)
    nearest = np.argsort(distance, axis=1, kind="stable")[:, :K]
    votes = np.array([np.bincount(label[row], minlength=CLASSES).argmax() for row in nearest])
    wrong = label != truth
    return (votes == label).mean(), (votes == label)[wrong].mean()


def print_case(case, **quantities):
    for name, values in quantities.items():
        print(case[0].replace(" ", "_"), name, *(f"{v:.17g}" for v in values))


def main():
    truth, test_truth = classes(1, N_TRAIN), classes(2, N_TEST)
    label = np.where(np.arange(N_TRAIN) % 3 == 0, classes(3, N_TRAIN), truth)
    taps = []
    for case in CASES:
        for exponent in (-6, -2, 1):
            w = weights(features(case, 1, truth), truth, exponent)
            print(case[0].replace(" ", "_"), f"weights {exponent}", *(f"{v:.17g}" for v in w[:, :3].ravel()))
        train, test = features(case, 1, truth), features(case, 2, test_truth)
        if case[2] == 1:  # normalized to 1 and -1, all neighbours tie
            print_case(case, linear=linear(train, truth, test, test_truth), rank=[effective_rank(test)])
            taps.append(test)
            continue
        centroid = NearestCentroid().fit(unit(train), truth)
        print_case(
            case,
            knn=[knn(k, train, truth, test, test_truth) if k in (K, *ALSO) else np.nan for k in (K, *COLUMNS)],
            centroid=[centroid.score(unit(test), test_truth)],
            linear=linear(train, truth, test, test_truth),
            noisy=noisy(train, truth, label),
            rank=[effective_rank(test)],
            invariance=[invariance(features(case, 3, np.repeat(test_truth, 2)))],
        )
        taps.append(test)
    pairs = [cka(taps[a], taps[b]) for a in range(len(taps)) for b in range(a + 1, len(taps))]
    print("all cka", *(f"{v:.17g}" for v in pairs))


main()
