"""Claim C4: the probe over diversity at equal epochs and at equal fit, and how long that fit takes."""

import numpy as np

from .. import axes, spec
from ..families import LEAST_FIT


MOST_NAMED = 4


def at_first_fit(view):
    """Over runs: the probe at the first evaluation with the fit, and its epoch; NaN: not reached."""
    first = view.values.first_fit(LEAST_FIT)
    probe = view.values.over_evaluations(view.probe, view.tap)
    epoch = view.values.results.evaluations["epoch"].astype(float)
    reached = first >= 0
    return (np.where(reached, probe[first], np.nan), np.where(reached, epoch[first], np.nan)) if len(probe) else (
        np.full(len(first), np.nan),) * 2


def only_where_all(family, noise, values):
    """As claims have it: a mean stands for a diversity only if it is defined in all its runs."""
    values = values.copy()
    for diversity in family.diversities:
        cell = family.cell(noise, diversity)
        if not np.isfinite(values[cell]).all():
            values[cell] = np.nan
    return values


def censored(family, noise, epochs, planned):
    """The diversities that have runs which never got there."""
    return [f"{axes.diversity_short(d)} at {100 * noise:.4g}% (> {planned[cell].max():g} epochs)" for d in family.diversities
            for cell in [family.cell(noise, d)] if len(cell) and not np.isfinite(epochs[cell]).all()]


def figures(view):
    family, runs = view.family, view.runs
    if view.probe is None or "epochs_done" not in runs or len(family.diversities) < 2:
        return []
    at_fit, epochs = at_first_fit(view)
    at_end = np.where(runs["epochs_done"] == runs["epochs"], view.values.at(view.probe, view.tap), np.nan)
    if not np.isfinite(at_fit[family.done]).any():
        return []
    panels, never = [], []
    end = "at equal epochs" if len(set(runs["epochs"][family.done])) == 1 else "at the end (epochs differ)"
    for noise in family.noises:
        above, below = spec.Panel(axes.noise_title(noise)), spec.Panel("", row=1)
        above.series.append(axes.along(family, noise, at_end, 0, end))
        above.series.append(axes.along(family, noise, only_where_all(family, noise, at_fit), 1,
                                       f"at equal fit ({LEAST_FIT:.0%})"))
        below.series.append(axes.along(family, noise, only_where_all(family, noise, epochs), 2,
                                       f"epochs to a fit of {LEAST_FIT:.0%}", scale=1.0))
        panels += [above, below]
        never += censored(family, noise, epochs, runs["epochs"])
    values = [y for panel in panels if panel.row == 0 for series in panel.series for y in series.y]
    few = ", ".join(never) if len(never) <= MOST_NAMED else f"{len(never)} of the points"
    beyond = f"The fit was not reached by all runs of {few}." if never else ""
    return [spec.Figure(view.name("equal-fit"), "The same fit, or the same epochs",
                        view.caption(axes.seeds_sentence(panels), beyond),
                        axes.diversity_axis(family.diversities),
                        [axes.percent_axis(f"{view.probe} at the {view.tap}, %", values), spec.Axis("epochs", low=0, whole=True)], panels)]
