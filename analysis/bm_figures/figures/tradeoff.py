"""Trade-off: memorization, and what chosen taps know about the images, over the diversity of the views."""

import numpy as np

from .. import axes, spec

CHOSEN = ("embedding", "output")
MEMORIZATION = (("memorization", "memorized: images", 0), ("fit", "memorized: their views (fit)", 6))


def best_tap_values(view, noise):
    """At each diversity the probe at the encoder's best tap there, at the end and before training; with the names."""
    end, start = (np.full(len(view.runs), np.nan) for _ in range(2))
    names = {}
    for diversity in view.family.diversities:
        cell = view.family.cell(noise, diversity)
        best = view.values.best_tap(view.probe, cell) if len(cell) else None
        if best:
            names[diversity] = best
            end[cell] = view.values.at(view.probe, best)[cell]
            start[cell] = view.values.at(view.probe, best, is_start=True)[cell]
    return end, start, names


def lines_of(view, noise):
    """(label, end, start) of each tap that is drawn."""
    if view.taps:
        wanted = view.taps
    else:
        end, start, names = best_tap_values(view, noise)
        yield "probe at the best encoder tap", end, start, ", ".join(dict.fromkeys(names.values()))
        wanted = [tap for tap in CHOSEN if tap in view.values.taps]
    for tap in wanted:
        yield f"probe at the {tap}", view.values.at(view.probe, tap), view.values.at(view.probe, tap, is_start=True), None


def panels_of(view, noise):
    above = spec.Panel(axes.noise_title(noise))
    for column, label, style in MEMORIZATION:
        if column in view.runs:
            above.series.append(axes.along(view.family, noise, view.runs[column], style, label))
    yield above
    if view.probe is None:
        return
    below, best = spec.Panel("", row=1), ""
    for style, (label, end, start, names) in enumerate(lines_of(view, noise), 1):
        below.series.append(axes.along(view.family, noise, end, style, label))
        below.series.append(axes.along(view.family, noise, start, style, f"{label}, before training", dashed=True))
        best = names or best
    if best:
        below.title = f"best tap: {best}"
    yield below


def figures(view):
    panels = [panel for noise in view.family.noises for panel in panels_of(view, noise)]
    rows = [spec.Axis("memorization, %", low=-4, high=104)]
    if view.probe:
        rows.append(axes.percent_axis(f"probe ({view.probe}), %", [y for panel in panels if panel.row
                                                                  for series in panel.series for y in series.y],
                                       axes.chance_of(view.family)))
    told = ["Dashed, hollow: the same tap before training.", axes.chance_sentence(rows[1])] if view.probe else []
    caption = view.caption(axes.seeds_sentence(panels), *told)
    return [spec.Figure(view.name("tradeoff"), "Memorization and what the layers know, over diversity", caption,
                        axes.diversity_axis(view.family.diversities), rows, panels)]
