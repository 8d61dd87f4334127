"""Claims C5 and C6: what copies with labels of their own, or other images of the same class, do in place of
augmented copies."""

import dataclasses

import numpy as np

from .. import axes, spec
from ..families import families

# The setting, its usual value and the other one, and what is compared: a column of /runs, or a probe.
CASES = (("augment_labels", "shared", "independent", "capacity", "Capacity: every copy its own random label", "fit"),
         ("view_source", "augment", "same_class", "same-class", "Augmented copies, or other images of the class", None))


APART = 0.02  # of the axis: lines stand beside each other, so that intervals do not hide each other


def beside(series, style, n, axis):
    step = APART * (axis.high - axis.low)
    return dataclasses.replace(series, x=[x + step * (style - (n - 1) / 2) for x in series.x])


def panels_of(view, family, setting, words, values):
    """A panel a label noise, with a line a word of the setting."""
    for noise in family.noises:
        panel = spec.Panel(axes.noise_title(noise))
        for style, word in enumerate(words):
            here = np.where(view.runs[setting] == word, values, np.nan)
            series = axes.along(family, noise, here, style, f"{setting}: {word}")
            if any(series.n):
                panel.series.append(beside(series, style, len(words), axes.diversity_axis(family.diversities)))
        if len(panel.series) > 1:
            yield panel


def compare(view, family, setting, words, name, title, column):
    values = view.runs[column] if column else view.values.at(view.probe, view.tap)
    panels = list(panels_of(view, family, setting, words, values))
    if not panels:
        return []
    what = column or f"{view.probe} at the {view.tap}"
    ys = [end for panel in panels for series in panel.series for y, half in zip(series.y, series.half)
          for end in (y, min(y + half, 100.0)) if np.isfinite(end)]
    caption = " ".join((axes.seeds_sentence(panels), family.settings() + "."))
    return [spec.Figure(family.file_name(name), title, caption, axes.diversity_axis(family.diversities),
                        [axes.percent_axis(f"{what}, %", ys)], panels)]


def figures_over_all(results, chosen, view_of, pool):
    """Of all runs, as each of these figures has its lines where others have families."""
    found = []
    for setting, *words, name, title, column in CASES:
        if setting not in results.runs or len(set(results.runs[setting][chosen]) & set(words)) < 2:
            continue
        for family in families(results, chosen & np.isin(results.runs[setting], words), pool, over=(setting,)):
            view = view_of(family)
            if column or view.probe:
                found += compare(view, family, setting, words, name, title, column)
    return found
