"""Results files as numpy arrays, by the names that the files themselves carry.

    results = load("results/diversity.h5")  # or several files of one question
    results.runs["memorization"]            # one value a run
    results.probes["tap"]                   # one a tap and evaluation
    results.runs["label_noise"][results.run_of_probe]
    results.pairs["cka"]                    # one each two taps (tap, other) and evaluation
    results.frame("runs")                   # the same table for pandas

Texts are str. What the columns mean stands in the file: `results.runs.descriptions["fit"]`, and `units`, `roles`.
"""

import h5py
import numpy as np

TABLES = ("runs", "evaluations", "probes", "pairs")


class ResultsError(Exception):
    """One sentence: the file is not what is needed."""


class Table(dict):
    """Columns by name; `roles`, `units` and `descriptions` are what the file says of each (setting, reproducible, …)."""

    def __init__(self, name, path):
        super().__init__()
        self.name, self.path = name, path
        self.roles, self.units, self.descriptions = {}, {}, {}

    def read(self, group):
        for column, data in group.items():
            text = h5py.check_string_dtype(data.dtype) is not None
            self[column] = data.asstr()[:].astype(object) if text else data[:]
            self.describe(column, data.attrs)
        return self

    def describe(self, column, attributes):
        self.roles[column] = attributes.get("role", "")
        self.units[column] = attributes.get("unit", "")
        self.descriptions[column] = attributes.get("description", "")

    def __len__(self):
        return len(next(iter(self.values()))) if self.keys() else 0

    def __missing__(self, column):
        raise ResultsError(f"{self.path} has no column {self.name}/{column}")

    def take(self, rows):
        """The same columns at these rows."""
        taken = Table(self.name, self.path)
        taken.roles, taken.units, taken.descriptions = self.roles, self.units, self.descriptions
        taken.update((column, data[rows]) for column, data in self.items())
        return taken


class Results:
    def __init__(self, path, attributes, tables):
        self.path, self.attributes = path, attributes
        self.name = str(attributes.get("name", ""))
        self.parts = [self]  # the files that it was made of
        self.runs, self.evaluations, self.probes, self.pairs = (tables[name] for name in TABLES)
        # In an empty file the tables have no columns.
        self.run_of_evaluation = _rows(self.evaluations, "run")
        self.run_of_probe = self.run_of_evaluation[_rows(self.probes, "evaluation")]
        self.run_of_pair = self.run_of_evaluation[_rows(self.pairs, "evaluation")]

    def frame(self, name):
        """A table as pandas' DataFrame."""
        import pandas

        return pandas.DataFrame(dict(getattr(self, name)))


def _rows(table, column):
    return table[column].astype(int) if table.keys() else np.zeros(0, int)


def _read(path):
    try:
        with h5py.File(path, "r") as file:
            tables = {name: Table(name, path).read(file[name] if name in file else {}) for name in TABLES}
            return Results(path, dict(file.attrs), tables)
    except FileNotFoundError:
        raise ResultsError(f"{path}: there is no such file") from None
    except (OSError, AttributeError, KeyError, IndexError) as error:
        raise ResultsError(f"{path} is not a readable results file ({error})") from None


def load(*paths):
    """One file, or several together, where a run that several have comes from the first that has finished it."""
    parts = [_read(path) for path in paths]
    return parts[0] if len(parts) == 1 else _join(parts)


# ---- several files ----


def _is_there(value):
    return value == value and value != ""


def _check_agreement(a, i, b, j):
    """Rows i and j are of one run, and finished: they say the same where both say something, as bm-results merge asks."""
    more = [False, False]
    for column, role in (a.runs.roles | b.runs.roles).items():
        if role != "reproducible":
            continue
        x, y = (runs[column][row] if column in runs else "" for runs, row in ((a.runs, i), (b.runs, j)))
        if _is_there(x) and _is_there(y) and x != y:
            raise ResultsError(f"{a.path} and {b.path} disagree about run {a.runs['id'][i][:8]}: {column} is {x} and {y}; "
                               "drop the wrong one (bm-results drop)")
        more = [more[0] or _is_there(x) > _is_there(y), more[1] or _is_there(y) > _is_there(x)]
    if all(more):
        raise ResultsError(f"{a.path} and {b.path} have run {a.runs['id'][i][:8]} with measurements that the other one "
                           "lacks in each; drop one of them (bm-results drop)")


def _kept(parts):
    """Of each part, which runs are taken from it."""
    place = {}
    for p, part in enumerate(parts):
        for row, (run, status) in enumerate(zip(part.runs.get("id", ()), part.runs.get("status", ()))):
            if run in place and place[run][2] and status == "done":
                _check_agreement(parts[place[run][0]], place[run][1], part, row)
            if run not in place or (status == "done" and not place[run][2]):
                place[run] = p, row, status == "done"
    kept = [np.zeros(len(part.runs), bool) for part in parts]
    for p, row, _ in place.values():
        kept[p][row] = True
    return kept


def _absent(like, n):
    """n values for a column that a file lacks."""
    return np.full(n, "", object) if like.dtype == object else np.full(n, np.nan)


def _stack(tables):
    """Tables below each other; what one of them has not is undefined there."""
    whole = Table(tables[0].name, tables[0].path)
    for table in tables:
        for column in table:
            whole.roles.setdefault(column, table.roles[column])
            whole.units.setdefault(column, table.units[column])
            whole.descriptions.setdefault(column, table.descriptions[column])
    for column in whole.roles:
        like = next(table[column] for table in tables if column in table)
        whole[column] = np.concatenate([table[column] if column in table else _absent(like, len(table))
                                        for table in tables])
    return whole


def _renumber(kept, offset):
    """By the old number of a row its new one, where the rows that are kept follow `offset` others."""
    return offset + np.cumsum(kept) - 1


def _join(parts):
    stacks = {name: [] for name in TABLES}
    n_runs = n_evaluations = 0
    for part, runs in zip(parts, _kept(parts)):
        evaluations = runs[part.run_of_evaluation]
        stacks["runs"].append(part.runs.take(runs))
        stacks["evaluations"].append(part.evaluations.take(evaluations))
        if len(part.evaluations):
            new = _renumber(runs, n_runs)
            stacks["evaluations"][-1]["run"] = new[part.run_of_evaluation[evaluations]]
        for name, of in (("probes", part.run_of_probe), ("pairs", part.run_of_pair)):
            table = getattr(part, name)
            stacks[name].append(table.take(runs[of]))
            if len(table):
                new = _renumber(evaluations, n_evaluations)
                stacks[name][-1]["evaluation"] = new[stacks[name][-1]["evaluation"].astype(int)]
        n_runs, n_evaluations = n_runs + int(runs.sum()), n_evaluations + int(evaluations.sum())
    attributes = dict(parts[0].attributes)
    attributes["name"] = ", ".join(dict.fromkeys(part.name for part in parts))
    whole = Results(", ".join(part.path for part in parts), attributes,
                    {name: _stack(stack) for name, stack in stacks.items()})
    whole.parts = parts
    return whole
