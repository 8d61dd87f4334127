#!/usr/bin/env python3
"""Draws the trade-off: memorization, and the probe at every tap, over the diversity of the views.

    analysis/tradeoff.py results/diversity.h5 -o diversity.png
    analysis/tradeoff.py results/diversity.h5 -o cnn.png --where arch=cnn

A column of panels for each label noise. Lines are means over seeds at each run's end, bands their
range; dashed is the probe before training. Only finished runs are drawn.
"""

import argparse
import sys

try:
    import numpy as np
    import matplotlib

    matplotlib.use("Agg")  # draws into files: needs no display
    import matplotlib.pyplot as plt
    from results import ResultsError, load, save
except ImportError as error:
    sys.exit(f"tradeoff.py: {error}; Debian: apt-get install python3-matplotlib python3-h5py, "
             "and run it with /usr/bin/python3")

AXES = ("diversity", "label_noise", "seed")  # what the figure shows or averages over


def label_of(diversity):
    return {0: "none", np.inf: "inf"}.get(diversity, f"{diversity:g}")


def number_of(text):
    return {"none": 0.0, "inf": np.inf}.get(text) if text in ("none", "inf") else float(text)


def select(results, conditions):
    """The rows of finished runs that meet all conditions; they differ in nothing but AXES."""
    runs = results.runs
    chosen = runs["status"] == "done"
    for condition in conditions:
        key, _, value = condition.partition("=")
        column = runs[key]
        try:
            chosen &= column == (value if column.dtype == object else number_of(value))
        except ValueError:
            raise ResultsError(f"--where {condition}: {key} is a number") from None
    if not chosen.any():
        raise ResultsError(f"{results.path} has no finished run"
                           + (" that meets --where" if conditions else " yet"))
    settings = [key for key, role in runs.roles.items() if role == "setting" and key not in AXES]
    mixed = [key for key in settings if len(set(runs[key][chosen])) > 1]
    if mixed:
        choices = " ".join(f"{key}={runs[key][chosen][0]}" for key in mixed)
        raise ResultsError(f"the runs differ in {', '.join(mixed)}: choose with --where, "
                           f"for example --where {choices}")
    return chosen


def probes_of(results, chosen):
    """{tap: (array over runs at the start, the same at the end)}, NaN where nothing was probed."""
    epoch = results.evaluations["epoch"][results.evaluation_of_probe]
    run, tap, value = results.run_of_probe, results.probes["tap"], results.probes["knn"]
    last = np.full(len(chosen), -1)
    np.maximum.at(last, run, epoch)
    found = {}
    for name in dict.fromkeys(tap[chosen[run]]):
        start, end = np.full(len(chosen), np.nan), np.full(len(chosen), np.nan)
        at_start, at_end = (tap == name) & (epoch == 0), (tap == name) & (epoch == last[run])
        start[run[at_start]], end[run[at_end]] = value[at_start], value[at_end]
        found[name] = start, end
    if all(np.isnan(end[chosen]).all() for _, end in found.values()):
        raise ResultsError(f"{results.path} has no probes of these runs: the sweep says probes: []")
    return found


def draw_line(axes, groups, values, **style):
    """Mean and range of `values` in each group of runs."""
    means = [100 * np.nanmean(values[group]) for group in groups]
    axes.plot(range(len(groups)), means, **style)
    axes.fill_between(range(len(groups)), [100 * np.nanmin(values[group]) for group in groups],
                      [100 * np.nanmax(values[group]) for group in groups],
                      color=style["color"], alpha=0.15, linewidth=0)


def draw_panels(top, bottom, results, chosen, probes, noise):
    runs = results.runs
    here = chosen & (runs["label_noise"] == noise)
    diversities = sorted(set(runs["diversity"][here]))
    groups = [np.flatnonzero(here & (runs["diversity"] == value)) for value in diversities]
    draw_line(top, groups, runs["memorization"], color="black", marker="o", label="of the images")
    draw_line(top, groups, runs["fit"], color="darkorange", marker="o", label="of views (fit)")
    colours = plt.cm.viridis(np.linspace(0, 0.88, len(probes)))
    for colour, (tap, (start, end)) in zip(colours, probes.items()):
        draw_line(bottom, groups, end, color=colour, marker="o", label=tap)
        bottom.axhline(100 * np.nanmean(start[here]), color=colour, linestyle="--", linewidth=1)
    bottom.axhline(100 / runs["classes"][here][0], color="gray", linestyle=":", linewidth=1)
    top.set_title(f"{noise:.0%} of the labels random")
    top.set_ylim(-3, 103)
    bottom.set_xticks(range(len(groups)), [label_of(value) for value in diversities])
    bottom.set_xlabel("diversity: augmented copies of an image")
    for axes in (top, bottom):
        axes.grid(alpha=0.25)
        axes.margins(x=0.08)


def draw(results, chosen):
    probes = probes_of(results, chosen)
    noises = sorted(set(results.runs["label_noise"][chosen]))
    figure, axes = plt.subplots(2, len(noises), squeeze=False, sharex="col", sharey="row",
                                height_ratios=(1, 2.2), layout="constrained",
                                figsize=(2.4 + 4 * len(noises), 6))
    for column, noise in enumerate(noises):
        draw_panels(*axes[:, column], results, chosen, probes, noise)
    axes[0, 0].set_ylabel("memorization, %")
    axes[1, 0].set_ylabel("accuracy of the kNN probe, %")
    handles, labels = axes[1, 0].get_legend_handles_labels()
    for style, label in (("--", "before training"), (":", "chance")):
        handles.append(plt.Line2D([], [], color="gray", linestyle=style, linewidth=1))
        labels.append(label)
    axes[1, -1].legend(handles, labels, title="probe after training", frameon=False,
                       loc="center left", bbox_to_anchor=(1.02, 0.5))
    axes[0, -1].legend(title="memorization", frameon=False, loc="center left",
                       bbox_to_anchor=(1.02, 0.5))
    seeds = len(set(results.runs["seed"][chosen]))
    figure.suptitle(f"{results.name}: {chosen.sum()} runs"
                    + (f", bands over {seeds} seeds" if seeds > 1 else ""))
    return figure


def main():
    parser = argparse.ArgumentParser(
        description="Memorization and the probe at every tap over the diversity of the views.")
    parser.add_argument("results", help="results file of bm-sweep")
    parser.add_argument("-o", "--output", required=True, metavar="FILE.png")
    parser.add_argument("--where", action="append", default=[], metavar="KEY=VALUE",
                        help="draw only runs with this setting (repeatable)")
    options = parser.parse_args()
    try:
        results = load(options.results)
        save(draw(results, select(results, options.where)), options.output)
    except ResultsError as error:
        sys.exit(f"tradeoff.py: {error}")
    print(options.output)


if __name__ == "__main__":
    main()
