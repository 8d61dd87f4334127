"""Training curves: memorization, the probe at the embedding and the loss over the epochs."""

import numpy as np

from .. import axes, spec
from ..statistics import mean_of

MOST_BARS = 12  # on a line; more hide it


def curve(view, cell, column, style, label, scale):
    """Means at the epochs where all seeds of the cell were evaluated; a gap where only some of them have a value."""
    evaluations, found = view.values.results.evaluations, {}
    for run in cell:
        for row in view.values.evaluations_of(run):
            found.setdefault(int(evaluations["epoch"][row]), []).append(column[row])
    epochs = sorted(epoch for epoch, values in found.items() if len(values) == len(cell) and np.isfinite(values).any())
    means = [mean_of(found[epoch] if np.isfinite(found[epoch]).all() else []) for epoch in epochs]
    every = -(-len(epochs) // MOST_BARS) or 1
    halves = [scale * half if (len(epochs) - 1 - i) % every == 0 else np.nan for i, (_, half, _) in enumerate(means)]
    return spec.Series(label, [float(e) for e in epochs], [scale * mean for mean, _, _ in means], style, halves,
                       [n for _, _, n in means], names=[f"epoch {e}" for e in epochs])


def columns_of(view):
    """(axis, column over evaluations, scale) of each row that has a value."""
    evaluations = view.values.results.evaluations
    found = []
    if "memorization" in evaluations:
        found.append((spec.Axis("memorization, %", low=-4, high=104), evaluations["memorization"], axes.PERCENT))
    if view.probe and view.tap in view.values.taps:
        found.append((spec.Axis(f"{view.probe} at the {view.tap}, %"), view.values.over_evaluations(view.probe, view.tap),
                      axes.PERCENT))
    if "train_loss" in evaluations:
        found.append((spec.Axis("training loss", log=True), evaluations["train_loss"], 1.0))
    mine = np.isin(view.values.results.run_of_evaluation, view.family.done)
    return [(axis, column, scale) for axis, column, scale in found if np.isfinite(column[mine]).any()]


def figures(view):
    columns, family = columns_of(view), view.family
    panels = []
    for noise in family.noises:
        for row, (_, column, scale) in enumerate(columns):
            panel = spec.Panel(axes.noise_title(noise) if row == 0 else "", row)
            for style, diversity in enumerate(family.diversities):
                cell = family.cell(noise, diversity)
                series = curve(view, cell, column, style, axes.diversity_short(diversity), scale)
                if len(series.x) > 1:
                    panel.series.append(series)
            panels.append(panel)
    rows = [axis for axis, _, _ in columns]
    for row, axis in enumerate(rows):
        values = [y for panel in panels if panel.row == row for series in panel.series for y in series.y if np.isfinite(y)]
        if axis.low is None:
            rows[row] = (axes.log_axis if axis.log else axes.percent_axis)(axis.label, values)
    return [spec.Figure(view.name("curves"), "Over the epochs",
                        view.caption(axes.seeds_sentence(panels), "An epoch is drawn where all seeds have it."),
                        spec.Axis("epoch", low=0, whole=True), rows, panels)]
