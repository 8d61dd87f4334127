"""Depth profile: what the probes say at every tap, from the first layer to the output."""

from .. import axes, spec
from ..statistics import mean_of

LINES = (("noisy", "against the labels trained on (noisy)", 1, 0, axes.PERCENT),
         ("invariance", "invariance", 2, 1, 1.0))


def over_taps(view, cell, taps, probe, style, label, scale, is_start):
    place = axes.tap_order(taps)
    found = [mean_of(view.values.at(probe, tap, is_start)[cell]) for tap in taps]
    return spec.Series(label + (", before training" if is_start else ""), [place[tap] for tap in taps],
                       [scale * mean for mean, _, _ in found], style, [scale * half for _, half, _ in found],
                       [n for _, _, n in found], dashed=is_start, names=list(taps))


def panels_of(view, noise, diversity, taps, has_invariance):
    cell = view.family.cell(noise, diversity)
    lines = ((view.probe, f"against true labels ({view.probe})", 0, 0, axes.PERCENT), *LINES)
    panels = [spec.Panel("" if row else axes.diversity_title(diversity), row) for row in range(1 + has_invariance)]
    for probe, label, style, row, scale in lines:
        if probe is None or probe not in view.values.results.probes or row >= len(panels):
            continue
        for is_start in (False, True):
            series = over_taps(view, cell, taps, probe, style, label, scale, is_start)
            if any(series.n):
                panels[row].series.append(series)
    return panels


def figure_of(view, noise):
    taps = view.values.taps_of(view.family.done)
    has_invariance = bool((view.values.at_taps("invariance")[view.family.done] > -9).any())
    panels = [panel for d in view.family.diversities for panel in panels_of(view, noise, d, taps, has_invariance)]
    accuracies = [y for panel in panels if panel.row == 0 for series in panel.series for y in series.y]
    rows = [axes.percent_axis("accuracy, %", accuracies, axes.chance_of(view.family))]
    if has_invariance:
        rows.append(spec.Axis("invariance"))
    name = "depth" if len(view.family.noises) == 1 else f"depth-label_noise={noise:g}"
    caption = view.caption(f"{axes.noise_title(noise)}.", axes.seeds_sentence(panels),
                           "Dashed, hollow: before training.", axes.chance_sentence(rows[0]))
    x = spec.Axis("layer (tap), from the input to the output", [(place, tap) for tap, place in axes.tap_order(taps).items()],
                  -0.3, len(taps) - 0.7)
    return spec.Figure(view.name(name), "What each layer knows", caption, x, rows, panels)


def figures(view):
    if not view.values.taps_of(view.family.done):
        return []
    return [figure_of(view, noise) for noise in view.family.noises
            if any(len(view.family.cell(noise, d)) for d in view.family.diversities)]
