"""Memorization against the probe: a point a run."""

import numpy as np

from .. import axes, spec


def figures(view):
    if view.probe is None:
        return []
    family, runs = view.family, view.runs
    probe, panels = view.values.at(view.probe, view.tap), []
    for noise in family.noises:
        panel = spec.Panel(axes.noise_title(noise))
        for style, diversity in enumerate(family.diversities):
            cell = family.cell(noise, diversity)
            cell = cell[np.isfinite(probe[cell]) & np.isfinite(runs["memorization"][cell])]
            if len(cell):
                panel.series.append(spec.Series(
                    axes.diversity_short(diversity), (100 * runs["memorization"][cell]).tolist(),
                    (100 * probe[cell]).tolist(), style, joined=False,
                    names=[f"{axes.diversity_short(diversity)}, seed {seed:g}" for seed in runs["seed"][cell]],
                    runs=runs["id"][cell].tolist()))
        panels.append(panel)
    values = [y for panel in panels for series in panel.series for y in series.y]
    return [spec.Figure(view.name("scatter"), f"Memorization and {view.probe} at the {view.tap}",
                        view.caption(f"A point a run, n = {len(values)} runs."),
                        spec.Axis("memorization, %", low=-4, high=104),
                        [axes.percent_axis(f"{view.probe} at the {view.tap}, %", values)], panels)]
