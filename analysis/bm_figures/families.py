"""Which runs are compared: those that differ in diversity, label noise and seed alone are a family, and have figures
of their own."""

import collections
import re

import numpy as np

from .results import ResultsError
from .statistics import mean_of

AXES = ("diversity", "label_noise", "seed")
# How the beginnings of settings tell what they are about: views, mixtures of them, and copies of an image.
VIEWS = ("augment", "crop_", "flip_p", "jitter_", "grayscale_p", "vertical_flip_p", "affine_", "blur_", "erasing_",
         "randaugment_")
MIXTURES = ("mixup_", "cutmix")
COPIES = ("augment_labels", "view_source")
COMPARISONS = {"=": np.equal, "!=": np.not_equal, "<": np.less, "<=": np.less_equal, ">": np.greater,
               ">=": np.greater_equal}
UNSEEN = ("probe_every", "probes", "knn_also")  # what is measured beside, or when, changes no number
WORDS = {"train_size": "all", "test_size": "all", "image_size": "stored"}  # for 0
LEAST_FIT = 0.99  # of "equal fit", in claim C4


def word_of(value):
    """A diversity as sweep files write it."""
    return {0: "none", np.inf: "inf"}.get(value, f"{value:g}")


def number_of(text):
    words = {"none": 0.0, "all": 0.0, "stored": 0.0, "inf": np.inf}
    return words[text] if text in words else float(text)


def text_of(value):
    return value if isinstance(value, str) else f"{value:g}"


def setting(runs, key, row):
    """As a sweep file has it."""
    words = runs.get(f"{key}_word")
    if words is not None and words[row]:
        return words[row]
    value = runs[key][row]
    if key == "diversity":
        return word_of(value)
    return WORDS[key] if key in WORDS and value == 0 else value if isinstance(value, str) else repr(value.item())


def has_no_effect(runs, key):
    """In which runs the setting says nothing, as bm-sweep has it."""
    diversity = runs["diversity"]
    if key in COPIES:
        return (diversity == 0) | np.isinf(diversity)
    if key.startswith(VIEWS):
        return (diversity == 0) | (runs.get("view_source", diversity) == "same_class")
    return (diversity == 0) & key.startswith(MIXTURES)


def conditions(results, texts):
    """The rows of runs that meet all of "label_noise=1,seed>3"."""
    runs, chosen = results.runs, np.ones(len(results.runs), bool)
    for condition in ",".join(texts).split(",") if texts else ():
        parts = re.fullmatch(r"(\w+)(!=|<=|>=|=|<|>)(.*)", condition.strip())
        if not parts:
            raise ResultsError(f"--where {condition}: not a condition as label_noise=1 or seed>3")
        key, sign, value = parts.groups()
        column = runs[key]
        try:
            met = COMPARISONS[sign](column, value if column.dtype == object else number_of(value))
        except ValueError:
            raise ResultsError(f"--where {condition}: {key} is a number") from None
        chosen &= met.astype(bool) | has_no_effect(runs, key)
    return chosen


def settings_of(runs):
    """What is computed, and how it is measured: numbers of different ones have no mean."""
    return [key for key, role in runs.roles.items() if role == "setting" or (role == "observed" and key not in UNSEEN)]


class Family:
    """Rows of runs, and what sets them apart from other families: {setting: text}; what may differ within."""

    def __init__(self, results, rows, apart, pool=()):
        self.results, self.rows, self.apart, self.pool = results, np.asarray(rows), apart, tuple(pool)
        runs = results.runs
        self.done = self.rows[runs["status"][self.rows] == "done"]
        self.diversities = sorted(set(runs["diversity"][self.rows].tolist()))
        self.noises = sorted(set(runs["label_noise"][self.rows].tolist()))
        self._cells = {}
        for row in self.done:
            self._cells.setdefault((runs["label_noise"][row], runs["diversity"][row]), []).append(row)

    def __len__(self):
        return len(self.done)

    def cell(self, noise, diversity):
        """The finished runs there: seeds of one point."""
        return np.array(self._cells.get((noise, diversity), ()), int)

    def means(self, noise, values, among=None):
        """(means, halves, counts) over the diversities, of an array over all runs."""
        cells = [self.cell(noise, diversity) for diversity in self.diversities]
        if among is not None:
            cells = [cell[among[cell]] for cell in cells]
        return zip(*(mean_of(values[cell]) for cell in cells))

    def name(self):
        return ", ".join(f"{key}={value}" for key, value in self.apart.items())

    def file_name(self, figure):
        """Of a figure of this family."""
        return figure + "".join(f"-{key}={value}" for key, value in self.apart.items())

    def settings(self):
        """What is equal in all its runs and worth a place in a caption; what differs beside the axes."""
        runs, told = self.results.runs, []
        for key in dict.fromkeys(("dataset", "arch", "width", "train_size", "epochs", *self.pool)):
            if key in runs and key not in self.apart:
                values = dict.fromkeys(runs[key][self.done].tolist())
                if len(values) == 1:
                    value = text_of(next(iter(values)))
                    told.append(value if key in ("dataset", "arch") else
                                f"{key} {'all' if value == '0' and key == 'train_size' else value}")
                elif values:
                    told.append(f"{key} " + ", ".join(
                        f"{word_of(d)}: {'/'.join(text_of(v) for v in dict.fromkeys(runs[key][self._at(d)].tolist()))}"
                        for d in self.diversities if len(self._at(d))))
        if any(len(set(runs["seed"][cell].tolist())) < len(cell) for cell in self._cells.values()):
            told.append("n counts runs with any of these")
        return (self.name() + "; " if self.apart else "") + ", ".join(told)

    def _at(self, diversity):
        return self.done[self.results.runs["diversity"][self.done] == diversity]


def _keys(runs, rows, over):
    """The settings that tell families apart, and each run's values of them; None: has no effect there."""
    differ = [key for key in settings_of(runs) if key not in over
              and len({value for value in runs[key][rows].tolist() if value not in ("", None) and value == value}) > 1]
    columns = [np.where(has_no_effect(runs, key), None, runs[key].astype(object)) for key in differ]
    columns = [np.where(column != column, "", column) for column in columns]  # NaN, of files that lack it, is not itself
    return differ, list(zip(*(column[rows].tolist() for column in columns))) if columns else [()] * len(rows)


def _matches(wild, key):
    return all(a is None or a == b for a, b in zip(wild, key))


def _gather(keys, rows):
    """{key: rows}; a run in which settings have no effect belongs wherever the others fit."""
    found, wild = collections.OrderedDict(), collections.OrderedDict()
    for row, key in zip(rows, keys):
        (wild if None in key else found).setdefault(key, []).append(row)
    for key, more in sorted(wild.items(), key=lambda item: item[0].count(None)):
        fitting = [other for other in found if _matches(key, other)]
        for other in fitting:
            found[other] += more
        if not fitting:
            found[key] = list(more)
    return found


def _epochs_follow_diversity(runs, rows):
    """Each diversity has epochs of its own: a budget, not a setting that is compared."""
    seen = {}
    return all(seen.setdefault((runs["diversity"][row], runs["label_noise"][row]), runs["epochs"][row])
               == runs["epochs"][row] for row in rows)


def families(results, chosen, pool=(), over=()):
    """The families among the rows `chosen`, the largest first. Runs that differ in settings of `pool` are one
    family, and so are those that differ in what `over` names beside the axes."""
    runs, rows = results.runs, np.flatnonzero(chosen)
    for key in pool:
        if key not in settings_of(runs):
            raise ResultsError(f"--pool {key}: {results.path} has no setting of that name")
    ignored = {*AXES, *pool, *over}
    differ, keys = _keys(runs, rows, ignored | {"epochs"})
    made = []
    for key, members in _gather(keys, rows).items():
        apart = {name: setting(runs, name, members[0]) for name, value in zip(differ, key) if value is not None}
        parts = {None: members}
        if "epochs" in runs and "epochs" not in ignored and not _epochs_follow_diversity(runs, members):
            parts = {}
            for row in members:
                parts.setdefault(runs["epochs"][row], []).append(row)
        made += [Family(results, part, apart if epochs is None else {**apart, "epochs": text_of(epochs)}, pool)
                 for epochs, part in parts.items()]
    return sorted((family for family in made if len(family)), key=lambda family: -len(family))
