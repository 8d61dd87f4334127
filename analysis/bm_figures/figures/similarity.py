"""CKA of each two taps, before training and at the end of each diversity's runs."""

import numpy as np

from .. import axes, spec

MEASURE = "cka"


def matrix_of(view, taps, rows):
    """Means over these rows of /pairs; a layer is like itself."""
    pairs = view.values.results.pairs
    place = {tap: i for i, tap in enumerate(taps)}
    total, count = np.zeros((len(taps), len(taps))), np.zeros((len(taps), len(taps)), int)
    for row in rows:
        value = pairs[MEASURE][row]
        a, b = place.get(pairs["tap"][row]), place.get(pairs["other"][row])
        if a is not None and b is not None and np.isfinite(value):
            for at in {(a, b), (b, a)}:
                total[at] += value
                count[at] += 1
    with np.errstate(invalid="ignore"):
        means = total / np.where(count, count, np.nan)
    if count.any():
        np.fill_diagonal(means, 1.0)
        np.fill_diagonal(count, count.max())
    return spec.Matrix(list(taps), list(taps), means.tolist(), count.tolist(), digits=2, low=0.0, high=1.0)


def figure_of(view, noise, taps):
    family, results = view.family, view.values.results
    epochs = results.evaluations["epoch"][results.pairs["evaluation"].astype(int)]
    last = np.full(len(results.runs), -1)
    np.maximum.at(last, results.run_of_pair, epochs)
    panels = []
    everywhere = np.concatenate([family.cell(noise, d) for d in family.diversities])
    for title, cell, epoch in [("before training", everywhere, 0)] + [
            (axes.diversity_title(d), family.cell(noise, d), None) for d in family.diversities]:
        here = np.isin(results.run_of_pair, cell)
        here &= epochs == (last[results.run_of_pair] if epoch is None else epoch)
        panels.append(spec.Panel(title, matrix=matrix_of(view, taps, np.flatnonzero(here))))
    name = "cka" if len(family.noises) == 1 else f"cka-label_noise={noise:g}"
    return spec.Figure(view.name(name), "How alike the layers see the images (linear CKA)",
                       view.caption(f"{axes.noise_title(noise)}.",
                                    f"Means over seeds, at the end {spec.n_text(panels[1:])}; 1: alike, 0: nothing in common."),
                       spec.Axis("layer (tap)"), [spec.Axis("layer (tap)")], panels)


def figures(view):
    pairs = view.values.results.pairs
    if MEASURE not in pairs or not np.isfinite(pairs[MEASURE]).any():
        return []
    taps = view.values.taps_of(view.family.done) or list(dict.fromkeys([*pairs["tap"], *pairs["other"]]))
    return [figure for noise in view.family.noises for figure in [figure_of(view, noise, taps)] if figure.is_drawn()]
