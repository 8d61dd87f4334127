#!/usr/bin/env python3
"""Draws the loss of one sweep computed twice, by two paths of the convolutions, beside the spread of its seeds.

    analysis/paths.py results/winograd.h5 results/direct.h5 -o paths.png

Prints the mean over the epochs of both: how far the paths are apart with the same seed, and how far
the seeds are apart on the second path.
"""

import argparse
import sys

try:
    import numpy as np
    import matplotlib

    matplotlib.use("Agg")  # draws into files: needs no display
    import matplotlib.pyplot as plt
    from results import ResultsError, load, save
except ImportError as error:
    sys.exit(f"paths.py: {error}; Debian: apt-get install python3-matplotlib python3-h5py, "
             "and run it with /usr/bin/python3")


def losses(path):
    """{seed: training loss of each epoch}, and the path of the convolutions."""
    results = load(path)
    done = np.flatnonzero(results.runs["status"] == "done")
    if len(done) == 0:
        raise ResultsError(f"{path} has no finished run")
    curves = {}
    for run in done:
        rows = (results.run_of_evaluation == run) & (results.evaluations["epoch"] > 0)
        in_order = np.argsort(results.evaluations["epoch"][rows])
        curves[int(results.runs["seed"][run])] = results.evaluations["train_loss"][rows][in_order]
    if len(curves) < len(done):
        raise ResultsError(f"the runs of {path} differ in more than their seed")
    return curves, str(results.runs["conv"][done[0]])


def draw(ours, theirs, names, apart, spread):
    epochs = np.arange(1, len(spread) + 1)
    figure, (above, below) = plt.subplots(2, 1, figsize=(7, 6), sharex=True, layout="constrained")
    for color, seed in enumerate(sorted(ours)):
        above.plot(epochs, ours[seed], f"C{color}-", label=f"seed {seed}, {names[0]}")
        above.plot(epochs, theirs[seed], f"C{color}--", label=f"seed {seed}, {names[1]}")
    above.set(ylabel="training loss", yscale="log", title="The same runs by two paths of the convolutions")
    above.legend(fontsize="small", ncols=2)
    below.plot(epochs, spread, "k-", label=f"largest - smallest of the seeds ({names[1]})")
    below.plot(epochs, apart, "C3-", label=f"|{names[0]} - {names[1]}|, mean over seeds")
    below.set(xlabel="epoch", ylabel="difference of loss", yscale="log")
    below.legend(fontsize="small")
    for axes in above, below:
        axes.grid(alpha=0.3)
    return figure


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", nargs=2)
    parser.add_argument("-o", "--output", default="paths.png")
    options = parser.parse_args()
    (ours, first), (theirs, second) = map(losses, options.results)
    if sorted(ours) != sorted(theirs):
        raise ResultsError("the two files have different seeds")
    if len({len(curve) for curve in (*ours.values(), *theirs.values())}) > 1:
        raise ResultsError("the runs have different numbers of evaluations")
    both = [np.array([curves[seed] for seed in sorted(curves)]) for curves in (ours, theirs)]
    apart = np.abs(both[0] - both[1]).mean(axis=0)
    spread = both[1].max(axis=0) - both[1].min(axis=0)
    save(draw(ours, theirs, (first, second), apart, spread), options.output)
    print(f"mean over {len(spread)} epochs: {first} and {second} are {apart.mean():.2g} apart, "
          f"{len(ours)} seeds {spread.mean():.2g}; at the end {apart[-1]:.2g} and {spread[-1]:.2g}")


if __name__ == "__main__":
    try:
        main()
    except ResultsError as error:
        sys.exit(f"paths.py: {error}")
