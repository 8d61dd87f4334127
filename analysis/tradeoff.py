#!/usr/bin/env python3
"""Draws the trade-off: memorization, and the probes at every tap, over the diversity of the views.

    analysis/tradeoff.py results/diversity.h5 -o diversity.png
    analysis/tradeoff.py results/diversity.h5 -o cnn.png --where arch=cnn --probe knn

A column of panels for each label noise, a row for memorization and for each probe. Lines are means
over seeds at each run's end, bands their range; dashed is the probe before training. Only finished
runs are drawn.
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

ACCURACIES = ("knn", "linear", "centroid", "noisy", "noisy_of_noisy")  # that chance bounds
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


def columns_of(results, chosen, wanted):
    """The probes that say something about the chosen runs; those that are wanted, if any are named."""
    probes = results.probes
    for name in wanted:
        probes[name]  # says so if there is none
    measured = chosen[results.run_of_probe]
    columns = [name for name, role in probes.roles.items()
               if role == "reproducible" and name != "dimension" and probes[name].dtype == float
               and np.isfinite(probes[name][measured]).any() and name in (wanted or probes)]
    if not columns:
        raise ResultsError(f"{results.path} has no probes of these runs"
                           + (f" by the name of {', '.join(wanted)}" if wanted else
                              ": the sweep says probes: []"))
    return columns


def values_of(results, chosen, column):
    """{tap: (array over runs at the start, the same at the end)}, NaN where nothing was probed."""
    epoch = results.evaluations["epoch"][results.evaluation_of_probe]
    run, tap, value = results.run_of_probe, results.probes["tap"], results.probes[column]
    last = np.full(len(chosen), -1)
    np.maximum.at(last, run, epoch)
    found = {}
    for name in dict.fromkeys(tap[chosen[run]]):
        start, end = np.full(len(chosen), np.nan), np.full(len(chosen), np.nan)
        at_start, at_end = (tap == name) & (epoch == 0), (tap == name) & (epoch == last[run])
        start[run[at_start]], end[run[at_end]] = value[at_start], value[at_end]
        found[name] = start, end
    return found


def mean_of(values):
    values = values[np.isfinite(values)]
    return values.mean() if len(values) else np.nan


def draw_line(axes, groups, values, **style):
    """Mean and range of `values` in each group of runs."""
    def over(reduce):
        finite = [values[group][np.isfinite(values[group])] for group in groups]
        return [reduce(part) if len(part) else np.nan for part in finite]
    axes.plot(range(len(groups)), over(np.mean), **style)
    axes.fill_between(range(len(groups)), over(np.min), over(np.max), color=style["color"],
                      alpha=0.15, linewidth=0)


def groups_of(runs, here):
    diversities = sorted(set(runs["diversity"][here]))
    return diversities, [np.flatnonzero(here & (runs["diversity"] == value))
                         for value in diversities]


def draw_memorization(axes, runs, groups, noise):
    for column, color, label in (("memorization", "black", "of the images"),
                                 ("fit", "darkorange", "of views (fit)")):
        draw_line(axes, groups, 100 * runs[column], color=color, marker="o", label=label)
    axes.set_title(f"{noise:.0%} of the labels random")
    axes.set_ylim(-3, 103)


def draw_probe(axes, groups, here, taps, scale):
    colours = plt.cm.viridis(np.linspace(0, 0.88, len(taps)))
    for colour, (tap, (start, end)) in zip(colours, taps.items()):
        draw_line(axes, groups, scale * end, color=colour, marker="o", label=tap)
        axes.axhline(scale * mean_of(start[here]), color=colour, linestyle="--", linewidth=1)


def add_legends(axes):
    handles, labels = axes[1, 0].get_legend_handles_labels()
    for style, label in (("--", "before training"), (":", "chance")):
        handles.append(plt.Line2D([], [], color="gray", linestyle=style, linewidth=1))
        labels.append(label)
    axes[1, -1].legend(handles, labels, title="probe after training", frameon=False,
                       loc="center left", bbox_to_anchor=(1.02, 0.5))
    axes[0, -1].legend(title="memorization", frameon=False, loc="center left",
                       bbox_to_anchor=(1.02, 0.5))


def draw(results, chosen, wanted):
    runs, columns = results.runs, columns_of(results, chosen, wanted)
    noises = sorted(set(runs["label_noise"][chosen]))
    figure, axes = plt.subplots(1 + len(columns), len(noises), squeeze=False, sharex="col",
                                sharey="row", height_ratios=(1,) + (2.2,) * len(columns),
                                layout="constrained",
                                figsize=(2.4 + 4 * len(noises), 1.9 + 4.1 * len(columns)))
    for at, noise in enumerate(noises):
        here = chosen & (runs["label_noise"] == noise)
        diversities, groups = groups_of(runs, here)
        draw_memorization(axes[0, at], runs, groups, noise)
        for row, column in enumerate(columns, 1):
            fraction = results.probes.units[column] == "fraction"
            draw_probe(axes[row, at], groups, here, values_of(results, chosen, column),
                       100 if fraction else 1)
            if column in ACCURACIES or column.startswith("knn_"):
                axes[row, at].axhline(100 / runs["classes"][here][0], color="gray", linestyle=":",
                                      linewidth=1)
            axes[row, 0].set_ylabel(f"{column}, %" if fraction else column)
        axes[-1, at].set_xticks(range(len(groups)), [label_of(value) for value in diversities])
        axes[-1, at].set_xlabel("diversity: augmented copies of an image")
    for panel in axes.flat:
        panel.grid(alpha=0.25)
        panel.margins(x=0.08)
    axes[0, 0].set_ylabel("memorization, %")
    add_legends(axes)
    seeds = len(set(runs["seed"][chosen]))
    figure.suptitle(f"{results.name}: {chosen.sum()} runs"
                    + (f", bands over {seeds} seeds" if seeds > 1 else ""))
    return figure


def main():
    parser = argparse.ArgumentParser(
        description="Memorization and the probes at every tap over the diversity of the views.")
    parser.add_argument("results", help="results file of bm-sweep")
    parser.add_argument("-o", "--output", required=True, metavar="FILE.png")
    parser.add_argument("--where", action="append", default=[], metavar="KEY=VALUE",
                        help="draw only runs with this setting (repeatable)")
    parser.add_argument("--probe", action="append", default=[], metavar="NAME",
                        help="draw only this probe (repeatable)")
    options = parser.parse_args()
    try:
        results = load(options.results)
        save(draw(results, select(results, options.where), options.probe), options.output)
    except ResultsError as error:
        sys.exit(f"tradeoff.py: {error}")
    print(options.output)


if __name__ == "__main__":
    main()
