#!/usr/bin/python3
"""What figures of known files have to show: each line of standard input is CHECK,… [FILE.h5]..., or `refuses PATTERN|NAME|ARGUMENT…`;
the package bm_figures is on PYTHONPATH. Prints a line a check: 0 or 1, and what it is about. tests/cli/figures.t makes the files."""

import dataclasses
import io
import math
import re
import shlex
import sys
import traceback

import h5py
from matplotlib.backends.backend_agg import FigureCanvasAgg
import numpy as np

from bm_figures import ResultsError, axes, collect, draw, load, main as program, scale as scales, spec, statistics, style
from bm_figures.families import conditions, families

STUDENT = {1: 12.7062047362, 2: 4.30265272991, 3: 3.18244630528, 4: 2.77644510520, 7: 2.36462425159, 10: 2.22813885199,
           29: 2.04522964213, 100: 1.98397151845}  # scipy.stats.t.ppf(0.975, degrees)


def figures_of(path, **options):
    return {figure.name: figure for figure in collect.collect(load(path), **options)[1]}


def line(figure, label, row=None, at=0, dashed=False):
    """The series of that label in the panel of that number among those of a row."""
    panels = [panel for panel in figure.panels if row is None or panel.row == row]
    return next(s for s in panels[at].series if s.label == label and s.dashed == dashed)


def near(got, expected):
    np.testing.assert_allclose(np.array(got, float), np.array(expected, float), rtol=1e-9, atol=1e-12, equal_nan=True)


def stored(path, diversity, noise, tap, epoch):
    """From the file without the package: the probe's values of the finished runs there."""
    with h5py.File(path) as f:
        runs, evaluations, probes = f["runs"], f["evaluations"], f["probes"]
        wanted = (runs["diversity"][:] == diversity) & (runs["label_noise"][:] == noise) & (runs["status"].asstr()[:] == "done")
        of = probes["evaluation"][:]
        rows = (probes["tap"].asstr()[:] == tap) & wanted[evaluations["run"][:][of]] & (evaluations["epoch"][:][of] == epoch)
        return 100 * probes["knn"][:][rows]


# ---- each check is a function; what it is about is its first line ----


def interval():
    """the interval is Student's"""
    for degrees, value in STUDENT.items():
        near(statistics.student_quantile(degrees), value)
    mean, half, n = statistics.mean_of([1.0, math.nan, 2.0, 4.0])
    near((mean, half, n), (7 / 3, STUDENT[2] * np.std([1, 2, 4], ddof=1) / math.sqrt(3), 3))
    assert math.isnan(statistics.mean_of([5.0])[1]) and math.isnan(statistics.mean_of([])[0])


def tradeoff(path):
    """values drawn equal values stored"""
    figure = figures_of(path)["tradeoff"]
    series, before = (line(figure, label, 1, 1, dashed) for label, dashed in
                      (("probe at the embedding", False), ("probe at the embedding, before training", True)))
    for i, diversity in enumerate((0, 1, 4, np.inf)):
        for drawn, epoch in ((series, 20), (before, 0)):
            values = stored(path, diversity, 1, "embedding", epoch)
            assert drawn.n[i] == len(values)
            if len(values):
                near(drawn.y[i], values.mean())
            near(drawn.half[i], STUDENT[len(values) - 1] * values.std(ddof=1) / math.sqrt(len(values)) if len(values) > 1 else math.nan)


def values_read(figure, shown):
    """What a reader gets who holds a ruler to the picture: of each panel {name of its lines: (x, y)}, by the ticks that have
    numbers, where x is a place along the axis."""
    lines = {}
    for artist in figure.artists:
        lines.setdefault(artist.get_gid(), []).append(np.column_stack([artist.get_xdata(), artist.get_ydata()]))
    boxes = np.concatenate(lines.pop("frames")).reshape(-1, 4, 2)[:, :3]  # the upper left corner, the lower ones
    labels = [(t.get_text(), np.array(t.get_position()) * figure.get_size_inches()) for t in figure.texts]
    found = []
    for panel, box in zip(shown.panels, boxes):
        (left, top), (_, foot), (right, _) = box
        beside = [(float(t), p[1]) for t, p in labels if abs(p[1] - (top + foot) / 2) <= (top - foot) / 2 + 1e-6
                  and t.replace(".", "").isdigit() and p[0] < boxes[:, 0, 0].min()]
        slope, start = np.polyfit([p for _, p in beside], [value for value, _ in beside], 1)
        x_of = lambda x: shown.x.low + (x - left) / (right - left) * (shown.x.high - shown.x.low)
        inside = {}
        for name, arrays in lines.items():
            points = np.concatenate(arrays)
            here = (points[:, 0] > left - .1) & (points[:, 0] < right + .1) & (points[:, 1] > foot - 1e-6) & (points[:, 1] < top + 1e-6)
            inside[name] = x_of(points[here, 0]), start + slope * points[here, 1]
        found.append(inside)
    for name, arrays in lines.items():  # nothing is drawn beside the panels
        assert name == "ticks" or np.isfinite(np.concatenate(arrays)[:, 1]).sum() == sum(len(inside[name][1]) for inside in found), name
    return found


def drawn(path):
    """lines and bars stand where the ticks say"""
    shown = figures_of(path)["tradeoff"]
    for size in style.SIZES:
        read = values_read(draw.figure_of(shown, size), shown)
        assert len(read) == len(shown.panels)
        for panel, lines in zip(shown.panels, read):
            for series in panel.series:
                there = np.isfinite(series.y)
                x, y = lines[series.label + (", dashed" if series.dashed else "")]
                near(x, np.array(series.x)[there]), near(y, np.array(series.y)[there])
                axis, name = shown.rows[panel.row], f"{series.label}, bars" + (", dashed" if series.dashed else "")
                ends = [np.clip((v - h, v + h), axis.low, axis.high) for v, h in zip(series.y, series.half) if math.isfinite(h)]
                near(lines[name][1][:2 * len(ends)] if ends else [], np.ravel(ends))
                caps = [end for v, h in zip(series.y, series.half) for end in (v - h, v + h) if axis.low < end < axis.high]
                near(sorted(lines[name][1][2 * len(ends):]) if ends else [], sorted(2 * caps))


def gaps(path):
    """missing points are gaps, on the axes of the others"""
    figure = figures_of(path)["tradeoff"]
    whole, part = (line(figure, "memorized: images", 0, at) for at in (1, 0))
    assert whole.x == part.x == [-2.0, 0.0, 2.0, 3.0] or whole.x == part.x, (whole.x, part.x)
    assert math.isnan(part.y[2]) and part.n[2] == 0 and math.isfinite(part.y[1]), part.y
    one = next(a for a in draw.figure_of(figure, style.SIZES[0]).artists if a.get_gid() == "memorized: images")
    assert np.isnan(one.get_ydata()[[2, 4]]).all() and one.get_marker() in "os"  # where one is missing, and behind the panel


def one_axis():
    """all panels have the same axes, whichever runs got further"""
    panels = [spec.Panel("", series=[spec.Series("a", [0.0, 10.0, far], [1.0, 2.0, high], 0)]) for far, high in ((10.0, 2.0), (500.0, 70.0))]
    figure = draw.figure_of(spec.Figure("f", "", "", spec.Axis("epoch", low=0), [spec.Axis("y")], panels), style.SIZES[0])
    points, frames = (np.column_stack([a.get_xdata(), a.get_ydata()]).reshape(-1, 4, 2) for name in ("a", "frames")
                      for a in figure.artists if a.get_gid() == name)
    first, second = points[:, :3] - frames[:, 1:2]
    near(first[1], second[1])


def counts(path):
    """n is in the caption, and one seed has no interval"""
    figure = figures_of(path)["tradeoff"]
    assert "n = 1 to 3 seeds at a point" in figure.caption and "95% intervals (t)" in figure.caption, figure.caption
    one = line(figure, "memorized: images", 0, 1)
    assert one.n[3] == 1 and math.isnan(one.half[3]) and math.isfinite(one.half[0])
    assert "chance" in figure.caption and figure.rows[1].chance == 10
    for low, high, chance, told in ((0, 50, 10, True), (0, 50, 60, False), (0, 50, None, False)):
        assert bool(axes.chance_sentence(spec.Axis("", low=low, high=high, chance=chance))) == told


def cut():
    """the caption tells of intervals that are wider than an axis, and of no others"""
    for low, half, told in ((0, [2, math.nan], False), (0, [2.1, math.nan], True), (0, None, False), (None, [50, 50], False)):
        panel = spec.Panel("", series=[spec.Series("a", [1, 2], [2, 8], 0, half)])
        figure = spec.Figure("f", "", "What it is.", spec.Axis("x"), [spec.Axis("y", low=low)], [panel])
        assert ("without a cap" in figure.caption) == told, (low, half, figure.caption)
        assert dataclasses.replace(figure, family=None).caption == figure.caption


def best(path):
    """the best tap is the best one of the encoder at each point"""
    figure = figures_of(path)["tradeoff"]
    series = line(figure, "probe at the best encoder tap", 1, 1)
    near(series.y[0], stored(path, 0, 1, "stem", 20).mean())
    near(series.y[1], stored(path, 1, 1, "embedding", 20).mean())
    assert stored(path, 1, 1, "output", 20).mean() > series.y[1]  # which is not of the encoder
    assert [panel.title for panel in figure.panels if panel.row][1] == "best tap: stem, embedding"
    chosen = figures_of(path, taps=["output"])["tradeoff"]
    assert {s.label for panel in chosen.panels if panel.row for s in panel.series if not s.dashed} == {"probe at the output"}


def scale():
    """none and inf do not drag the axis along"""
    place = axes.positions([0, 1, 2, 1024, np.inf])
    near([place[d] for d in (0, 1, 2, 1024, np.inf)], [-2, 0, 1, 10, 12])
    axis = axes.diversity_axis([0, 1, 2, 1024, np.inf])
    assert [text for _, text in axis.ticks] == ["none", "1", "2", "1024", "inf"] and axis.breaks == [-1, 11]
    for only in ([0], [np.inf], [4], [0, np.inf]):
        axis = axes.diversity_axis(only)
        assert axis.low < axis.ticks[0][0] <= axis.ticks[-1][0] < axis.high and math.isfinite(axis.high - axis.low)
    near(axes.log_axis("", [0.01, 1.0]).ticks[0][0], 0.01)
    assert [text for _, text in scales.Scale(spec.Axis("epoch", low=0, whole=True), [0, 2]).ticks(6)] == ["0", "1", "2"]
    assert np.isnan(scales.Scale(axes.log_axis("", [0.01, 1.0]), []).share([0.0])).all()
    assert not axes.log_axis("", [0.0, 1.0]).log and not axes.log_axis("", [1.0, 2.0]).log


def networks(path):
    """the taps of two networks stand in the order of both"""
    results = load(path)
    found, _, values = collect.collect(results)
    assert values.taps == ["block1", "stem", "stage1", "embedding", "output"], values.taps
    assert [values.taps_of(family.done) for family in found] == [["block1", "embedding", "output"], ["stem", "stage1", "embedding", "output"]]


def depth(path):
    """the profile has all taps in their order"""
    figure = figures_of(path)["depth-label_noise=1"]
    assert [text for _, text in figure.x.ticks] == ["stem", "embedding", "output"]
    assert [panel.title for panel in figure.panels if panel.row == 0] == ["no augmentation", "k = 1", "k = 4", "k = inf"]
    series = line(figure, "against true labels (knn)", 0, 1)
    near(series.y, [stored(path, 1, 1, tap, 20).mean() for tap in ("stem", "embedding", "output")])
    near(line(figure, "against true labels (knn), before training", 0, 1, True).y,
         [stored(path, 1, 1, tap, 0).mean() for tap in ("stem", "embedding", "output")])
    near(line(figure, "against the labels trained on (noisy)", 0, 1).y, [math.nan, math.nan, 80])
    near(line(figure, "invariance", 1, 1).y, [0.25, math.nan, math.nan])


def curves(path):
    """curves have the epochs that all seeds have"""
    figure = figures_of(path)["curves"]
    series = line(figure, "k = 1", 0, 1)
    assert series.x == [10.0, 20.0], series.x
    near(series.y, [50, np.mean([80, 82, 84])])
    assert [axis.label for axis in figure.rows] == ["memorization, %", "knn at the embedding, %", "training loss"]


def curves_with_gaps(path):
    """a line is broken where some seeds have no value, and not where none was taken"""
    figure = figures_of(path)["curves"]
    series = line(figure, "k = 1", 1, 0)
    assert series.x == [10.0, 20.0, 40.0], series.x
    near(series.y, [20, math.nan, 40])


def log_bars():
    """a bar that goes below all of a log axis is drawn as far as the panel reaches"""
    panel = spec.Panel("", series=[spec.Series("a", [0.0, 1.0], [1.0, 0.1], 0, [2.0, 0.05])])
    page = draw.figure_of(spec.Figure("f", "", "", spec.Axis("x"), [axes.log_axis("y", [0.01, 1.0])], [panel]), style.SIZES[0])
    bars, frame = (next(np.array(a.get_ydata()) for a in page.artists if a.get_gid() == name) for name in ("a, bars", "frames"))
    near(bars[0], frame[1])
    assert np.isfinite(bars[[0, 1, 3, 4]]).all(), bars


def measured(path):
    """runs that are measured in other ways have figures of their own, of the probe that each has"""
    found = {family.name(): family for family in collect.collect(load(path))[0]}
    assert len(found) == 3 and all(len(family.done) == 1 for family in found.values()), list(found)
    shown = figures_of(path)
    assert any("probe (linear), %" in [axis.label for axis in figure.rows] for figure in shown.values()), list(shown)


def heatmap(path):
    """the heat map has noise from above, diversity from the left"""
    figure = figures_of(path)["heatmap"]
    matrix = figure.panels[0].matrix
    assert matrix.rows == ["100%", "0%"] and matrix.columns == ["none", "1", "4", "inf"]
    near(matrix.values[0][1], stored(path, 1, 1, "embedding", 20).mean())
    assert math.isnan(matrix.values[1][2]) and matrix.n[1][2] == 0 and "cells have no value" in figure.caption
    from bm_figures.figures import heatmap as module
    assert [module.digits_of(np.array([[v, np.nan]])) for v in (0.0012, 3.5, 1234.0, 0.0)] == [5, 2, 0, 0]
    other = figures_of(path, quantity="memorization")["heatmap"].panels[0].matrix
    near(other.values[0][0], 100)
    deeper = figures_of(path, tap="stem")["heatmap"].panels[0].matrix
    near(deeper.values[0][1], stored(path, 1, 1, "stem", 20).mean())


def scatter(path):
    """a point a run, by its id"""
    figure = figures_of(path)["scatter"]
    with h5py.File(path) as f:
        row = {run: i for i, run in enumerate(f["runs/id"].asstr()[:])}
        memorization, status = f["runs/memorization"][:], f["runs/status"].asstr()[:]
    points = [(run, x) for panel in figure.panels for s in panel.series for run, x in zip(s.runs, s.x)]
    assert len(points) == (status == "done").sum() and f"n = {len(points)} runs" in figure.caption
    for run, x in points:
        near(x, 100 * memorization[row[run]])


def cka(path):
    """CKA is symmetrical, and 1 with itself"""
    figure = figures_of(path)["cka"]
    before, after = (panel.matrix for panel in figure.panels)
    near(after.values, np.transpose(after.values)), near(np.diag(after.values), np.ones(len(after.rows)))
    with h5py.File(path) as f:
        pairs, epoch = f["pairs"], f["evaluations/epoch"][:]
        rows = (pairs["tap"].asstr()[:] == after.rows[0]) & (pairs["other"].asstr()[:] == after.rows[-1])
        at = epoch[pairs["evaluation"][:]]
        near(after.values[0][-1], pairs["cka"][:][rows & (at == at.max())].mean())
        near(before.values[0][-1], pairs["cka"][:][rows & (at == 0)].mean())


def fit(path):
    """equal fit is the first evaluation with 99 %, where all runs have one"""
    figure = figures_of(path)["equal-fit"]
    near(line(figure, "at equal fit (99%)", 0).y, [21, math.nan])
    near(line(figure, "epochs to a fit of 99%", 1).y, [10, math.nan])
    near(line(figure, "at equal epochs", 0).y, [31, 31])
    assert "not reached by all runs of k = 4 at 100% (> 20 epochs)" in figure.caption, figure.caption


def copies(path):
    """capacity and same-class have a line a word of the setting"""
    shown = figures_of(path)
    near(line(shown["capacity-view_source=augment"], "augment_labels: shared").y, [80, 80])
    near(line(shown["capacity-view_source=augment"], "augment_labels: independent").y, [60, 60])
    near(line(shown["same-class-augment_labels=shared"], "view_source: same_class").y, [20, 20])
    near(line(shown["same-class-augment_labels=shared"], "view_source: augment").y, [30, 30])
    one, other = (line(shown["capacity-view_source=augment"], f"augment_labels: {word}").x for word in ("shared", "independent"))
    assert all(0 < b - a < 0.1 for a, b in zip(one, other)), (one, other)  # intervals stand beside each other
    assert shown["capacity-view_source=augment"].rows[0].high > 100  # and are seen: this one is 80 +- 127


def nothing_empty(path):
    """what no run has is neither an axis nor in a legend"""
    shown = figures_of(path, where=["augment_labels=independent"])
    assert [axis.label for axis in shown["curves"].rows] == ["knn at the embedding, %"], shown["curves"].rows
    legend = draw.figure_of(shown["tradeoff"], style.SIZES[0]).legends[0].get_texts()
    assert [t.get_text() for t in legend] == ["memorized: their views (fit)", "probe at the best encoder tap", "probe at the embedding"], legend


def readable(path):
    """no text stands on another one or beyond the page, and legends are read row by row"""
    shown = figures_of(path)
    narrow = spec.Figure("f", "t", "c", spec.Axis("epoch", low=0, high=10000, whole=True), [
        spec.Axis("training loss", low=0.0871, high=0.0999), spec.Axis("what is at the embedding of the network, %", low=0, high=100)],
        [spec.Panel("", row, [spec.Series(f"k = {row} {i}", [0.0, 10000.0], [0.09, 0.095], i) for i in range(7)])
         for row in (0, 1) for _ in range(4)])
    for figure in (shown["curves"], shown["tradeoff"], shown["heatmap"], narrow):
        for size in style.SIZES:
            page = draw.figure_of(figure, size)
            canvas, (width, height) = FigureCanvasAgg(page), page.get_size_inches() * style.DPI
            canvas.draw()  # which is when a legend finds its place
            legend = page.legends[0].get_texts() if page.legends else []
            boxes = [(t.get_text(), t.get_window_extent(canvas.get_renderer())) for t in [*page.texts, *legend]]
            for i, (text, box) in enumerate(boxes):
                assert 0 <= box.x0 and box.x1 <= width and 0 <= box.y0 and box.y1 <= height, (figure.name, size.suffix, text)
                for other, beside in boxes[:i]:
                    assert (box.x1 <= beside.x0 + 1 or beside.x1 <= box.x0 + 1 or box.y1 <= beside.y0 + 1
                            or beside.y1 <= box.y0 + 1), (figure.name, size.suffix, text, other)
            order = sorted(boxes[len(page.texts):], key=lambda item: (-round(item[1].y0), item[1].x0))
            expected = dict.fromkeys(s.label for panel in figure.panels for s in panel.series if not s.dashed and np.isfinite(s.y).any())
            assert [text for text, _ in order] == list(expected), (figure.name, order)


def two_sets(path):
    """two data sets have figures of their own"""
    shown = figures_of(path)
    assert {"tradeoff-dataset=cifar10", "tradeoff-dataset=cifar100"} <= set(shown), list(shown)
    near(line(shown["tradeoff-dataset=cifar100"], "memorized: images", 0).y, [50])
    assert "dataset=cifar100" in shown["tradeoff-dataset=cifar100"].caption


def without_effect(path):
    """runs without augmentation belong to every strength of it"""
    results = load(path)
    found = families(results, np.ones(len(results.runs), bool))
    assert sorted(family.name() for family in found) == ["crop_scale_min=0.08", "crop_scale_min=0.5"]
    assert all(family.diversities == [0, np.inf] and len(family.done) == 2 for family in found)
    assert conditions(results, ["crop_scale_min=0.5"]).sum() == 2 and conditions(results, ["diversity=inf,seed>=1"]).sum() == 2
    pooled = families(results, np.ones(len(results.runs), bool), ["crop_scale_min"])
    assert len(pooled) == 1 and len(pooled[0].done) == 3
    assert pooled[0].settings().endswith("crop_scale_min none: 0.08, inf: 0.08/0.5, n counts runs with any of these"), pooled[0].settings()


def copies_without_effect(path):
    """runs without copies belong to every source of them, and other images are not cropped"""
    found = {family.name(): family for family in collect.collect(load(path))[0]}
    assert sorted(found) == ["view_source=augment, crop_scale_min=0.08", "view_source=augment, crop_scale_min=0.5",
                             "view_source=same_class"], list(found)
    assert found["view_source=augment, crop_scale_min=0.5"].diversities == [0, 2, np.inf]
    assert found["view_source=same_class"].diversities == [0, 2]


def joined(first, second):
    """files together: each run once, from where it is done"""
    parts, whole = [load(first), load(second)], load(first, second)
    ids = whole.runs["id"].tolist()
    assert len(set(ids)) == len(ids) == 3 and set(whole.runs["status"]) == {"done"}
    for part in parts:
        for row, (run, status) in enumerate(zip(part.runs["id"], part.runs["status"])):
            if status == "done":
                here = whole.probes["knn"][whole.run_of_probe == ids.index(run)]
                near(here, part.probes["knn"][part.run_of_probe == row])
    assert [part.path for part in whole.parts] == [first, second]


def texts(path):
    """texts are str, columns say what they are, pandas has the same"""
    results = load(path)
    assert {type(value) for value in results.runs["id"]} == {str}
    assert results.runs.roles["diversity"] == "setting" and results.runs.units["fit"] == "fraction" and results.runs.descriptions["fit"]
    try:
        import pandas
    except ImportError:
        return
    frame = results.frame("runs")
    assert isinstance(frame, pandas.DataFrame) and list(frame["id"]) == list(results.runs["id"])


def styles():
    """colours and markers tell lines apart, and $ is no mathematics"""
    assert len({(style.colour_of(i), style.marker_of(i)) for i in range(63)}) == 63
    assert all(style.marker_of(i) != style.marker_of(i + 1) and style.colour_of(i) != style.colour_of(i + 1) for i in range(63))
    panel = spec.Panel("", series=[spec.Series("$x^2$ {", [0.0], [1.0], 0)])
    figure = draw.figure_of(spec.Figure("f", "50 $ or 60 $", "$\\frac$ c", spec.Axis("$k"), [spec.Axis("y_$_$")], [panel]), style.SIZES[0])
    assert {"50 $ or 60 $", "$k", "y_$_$"} <= {t.get_text().replace("\\$", "$") for t in figure.texts}
    figure.savefig(io.BytesIO(), format="pdf")


def some(path):
    """some of the runs, where one noise is no map"""
    shown = figures_of(path, where=["label_noise=1,diversity!=4"])
    assert "tradeoff" in shown and "heatmap" not in shown
    assert [text for _, text in shown["tradeoff"].x.ticks] == ["none", "1", "inf"]


def sensible(*paths):
    """one point, running, failed: all of them have figures"""
    for path in paths:
        shown = figures_of(path)
        assert "tradeoff" in shown, path
        for figure in shown.values():
            for size in style.SIZES:
                draw.figure_of(figure, size).savefig(io.BytesIO(), format="png")


def refused(pattern, arguments):
    """The program ends with one sentence that has the pattern."""
    try:
        program.main(shlex.split(arguments))
    except SystemExit as end:
        assert re.search("^bm-figures: .*" + pattern, str(end.code)) and "\n" not in str(end.code), end.code
    else:
        raise AssertionError("it was not refused")


def attempt(function, *arguments):
    try:
        function(*arguments)
    except Exception:  # any: what went wrong is told, and the check has failed
        traceback.print_exc(limit=-3)
        return 1
    return 0


def main():
    for job in sys.stdin:
        first, *files = job.split()
        if first == "refuses":
            pattern, name, arguments = job.rstrip("\n").split(" ", 1)[1].split("|")
            print(attempt(refused, pattern, arguments), name, flush=True)
            continue
        for check in first.split(","):
            print(attempt(globals()[check], *files), globals()[check].__doc__, flush=True)


main()
