"""The loss of one sweep computed twice, by two paths of the convolutions, beside the spread of its seeds."""

import numpy as np

from . import axes, spec
from .results import ResultsError, load
from .values import Values


def losses(path):
    """{seed: training loss of each epoch}, and the path of the convolutions."""
    results = load(path)
    values = Values(results)
    done = np.flatnonzero(results.runs["status"] == "done") if len(results.runs) else []
    if len(done) == 0:
        raise ResultsError(f"{path} has no finished run")
    curves = {}
    for run in done:
        rows = values.evaluations_of(run)
        rows = rows[results.evaluations["epoch"][rows] > 0]
        curves[int(results.runs["seed"][run])] = results.evaluations["train_loss"][rows]
    if len(curves) < len(done):
        raise ResultsError(f"the runs of {path} differ in more than their seed")
    return curves, str(results.runs["conv"][done[0]])


def figure_of(curves, names, apart, spread):
    """`curves`: of both paths by seed."""
    epochs = [float(e) for e in range(1, len(spread) + 1)]
    above, below = spec.Panel(""), spec.Panel("", row=1)
    for style, seed in enumerate(sorted(curves[0])):
        for name, of, dashed in zip(names, curves, (False, True)):
            above.series.append(spec.Series(f"seed {seed}", epochs, of[seed].tolist(), style, dashed=dashed))
    below.series.append(spec.Series(f"largest - smallest of the seeds ({names[1]})", epochs, spread.tolist(), 4))
    below.series.append(spec.Series(f"|{names[0]} - {names[1]}|, mean over seeds", epochs, apart.tolist(), 5))
    values = [value for of in curves for curve in of.values() for value in curve]
    differences = np.where(np.concatenate([apart, spread]) > 0, np.concatenate([apart, spread]), np.nan)
    rows = [axes.log_axis("training loss", values), axes.log_axis("difference of loss", differences)]
    return spec.Figure("paths", "The same runs by two paths of the convolutions",
                       f"Lines: {names[0]}; dashed, hollow: {names[1]}; n = {len(curves[0])} seeds.",
                       spec.Axis("epoch", whole=True), rows, [above, below])


def compare(ours, theirs):
    """(figure, what it shows in numbers)."""
    both, names = zip(*map(losses, (ours, theirs)))
    if sorted(both[0]) != sorted(both[1]):
        raise ResultsError("the two files have different seeds")
    if len({len(curve) for curves in both for curve in curves.values()}) > 1:
        raise ResultsError("the runs have different numbers of evaluations")
    stacks = [np.array([curves[seed] for seed in sorted(curves)]) for curves in both]
    apart = np.abs(stacks[0] - stacks[1]).mean(axis=0)
    spread = stacks[1].max(axis=0) - stacks[1].min(axis=0)
    told = (f"mean over {len(spread)} epochs: {names[0]} and {names[1]} are {apart.mean():.2g} apart, "
            f"{len(both[0])} seeds {spread.mean():.2g}; at the end {apart[-1]:.2g} and {spread[-1]:.2g}")
    return figure_of(both, names, apart, spread), told
