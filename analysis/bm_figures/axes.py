"""What figures share: the axis of diversity, the means along it, what a quantity is called."""

import math

import numpy as np

from . import spec
from .families import word_of

PERCENT = 100.0


def noise_title(noise):
    return f"{100 * noise:.4g}% random labels"


def diversity_title(diversity):
    return "no augmentation" if diversity == 0 else diversity_short(diversity)


def diversity_short(diversity):
    return {0: "none", np.inf: "k = inf"}.get(diversity, f"k = {diversity:g}")


def positions(diversities):
    """{diversity: position}: logarithms to base 2 of the finite ones; none and inf stand beside them, where they do
    not stretch the scale."""
    finite = [math.log2(d) for d in diversities if 0 < d < np.inf]
    low, high = (min(finite), max(finite)) if finite else (0.0, 0.0)
    gap = max(1.0, (high - low) / 5)
    place = {d: math.log2(d) for d in diversities if 0 < d < np.inf}
    if 0 in diversities:
        place[0] = low - gap
    if np.inf in diversities:
        place[np.inf] = high + gap if finite else low
    return place


def diversity_axis(diversities):
    place = positions(diversities)
    finite = [place[d] for d in diversities if 0 < d < np.inf]
    breaks = []
    if 0 in place and len(place) > 1:
        breaks.append(place[0] + (min(finite) - place[0] if finite else 1) / 2)
    if np.inf in place and finite:
        breaks.append((place[np.inf] + max(finite)) / 2)
    low, high = min(place.values()), max(place.values())
    margin = 0.06 * (high - low) or 0.5
    return spec.Axis("diversity k: augmented copies of an image (log scale)", [(place[d], word_of(d)) for d in diversities],
                     low - margin, high + margin, breaks=breaks)


def percent_axis(label, values, chance=None):
    """From 0 to what the values need, 100 at most."""
    top = max((v for v in values if math.isfinite(v)), default=100.0)
    return spec.Axis(label, low=-0.02 * top, high=min(103.0, 1.08 * top + 1), chance=chance)


def log_axis(label, values):
    """With 1, 2 and 5 as ticks; linear where the values are too close for that, or not above 0."""
    finite = [v for v in values if math.isfinite(v)]
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    if low <= 0 or high < 10 * low:
        return spec.Axis(label, low=max(0.0, low - 0.1 * (high - low)), high=high + 0.1 * (high - low) or 1.0)
    steps = [m * 10.0**e for e in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1) for m in (1, 2, 5)]
    low, high = low / 1.2, high * 1.2
    return spec.Axis(label, [(step, f"{step:g}") for step in steps if low <= step <= high], low, high, log=True)


def along(family, noise, values, style, label, scale=PERCENT, **more):
    """A line over the diversities: the mean of an array over all runs in each cell."""
    means, halves, counts = family.means(noise, values)
    place = positions(family.diversities)
    return spec.Series(label, [place[d] for d in family.diversities], [scale * m for m in means], style,
                       [scale * h for h in halves], list(counts),
                       names=[diversity_short(d) for d in family.diversities], **more)


def seeds_sentence(panels):
    return f"Means over seeds, {spec.n_text(panels)}; bars: 95% intervals (t)."


def chance_of(family):
    """In percent; None: the runs have different numbers of classes, or did not say."""
    runs = family.results.runs
    classes = set(runs["classes"][family.done].tolist()) if "classes" in runs else set()
    return 100.0 / classes.pop() if len(classes) == 1 and min(classes) > 0 else None


def chance_sentence(axis):
    return "Dotted: chance." if axis.chance is not None and axis.low <= axis.chance <= axis.high else ""


def tap_order(taps):
    """Their place in the network, for an axis."""
    return {tap: float(i) for i, tap in enumerate(taps)}
