"""Heat map: one quantity over diversity and label noise."""

import math

import numpy as np

from .. import axes, spec
from ..families import word_of
from ..results import ResultsError
from ..statistics import mean_of


def quantity_of(view):
    """(array over all runs, what it is called, its unit's factor)."""
    name = view.quantity or view.probe
    if name is None:
        return view.runs["memorization"], "memorization, %", axes.PERCENT
    if name in view.values.results.probes:
        unit = view.values.results.probes.units[name]
        values, what = view.values.at(name, view.tap), f"probe {name} at the {view.tap}"
    elif name in view.runs and view.runs[name].dtype != object:
        unit, values, what = view.runs.units[name], view.runs[name], name
    else:
        raise ResultsError(f"--quantity {name}: {view.runs.path} has no numbers of that name")
    return (values, f"{what}, %", axes.PERCENT) if unit == "fraction" else (
        values, f"{what}, {unit}" if unit else what, 1.0)


def digits_of(values):
    """Decimals, for three digits of the largest."""
    most = np.nanmax(np.abs(values), initial=0)
    return min(6, max(0, 2 - math.floor(math.log10(most)))) if 0 < most < np.inf else 0


def figures(view):
    family = view.family
    if len(family.diversities) < 2 or len(family.noises) < 2:
        return []
    values, what, scale = quantity_of(view)
    cells = [[mean_of(values[family.cell(noise, diversity)].astype(float)) for diversity in family.diversities]
             for noise in reversed(family.noises)]
    matrix = spec.Matrix([f"{100 * noise:g}%" for noise in reversed(family.noises)],
                         [word_of(d) for d in family.diversities],
                         [[scale * mean for mean, _, _ in row] for row in cells],
                         [[n for _, _, n in row] for row in cells], digits=1)
    if scale != axes.PERCENT:
        matrix.digits = digits_of(matrix.values)
    panel = spec.Panel("", matrix=matrix)
    finite = np.isfinite(matrix.values)
    missing = "" if finite.all() else f" {(~finite).sum()} of {finite.size} cells have no value yet."
    return [spec.Figure(view.name("heatmap"), what[0].upper() + what[1:],
                        view.caption(f"Means over seeds, {spec.n_text([panel])}." + missing),
                        spec.Axis("diversity k: augmented copies of an image"), [spec.Axis("random labels")], [panel])]
