"""What the scripts here share: a results file as numpy arrays, by the names that the file itself carries.

    results = load("results/diversity.h5")
    results.runs["memorization"]            # one value a run
    results.probes["tap"]                   # one a tap and evaluation
    results.runs["label_noise"][results.run_of_probe]
    results.pairs["cka"]                    # one each two taps (tap, other) and evaluation

What the columns mean stands in the file: h5dump -a, or `f["runs/fit"].attrs["description"]`.
"""

import h5py


class ResultsError(Exception):
    """One sentence: the file is not what is needed."""


class Table(dict):
    """Columns by name; `roles` and `units` say of each what the file says (setting, reproducible, …)."""

    def __init__(self, file, name):
        super().__init__()
        self.name, self.path, self.roles = name, file.filename, {}
        self.units = {}
        for column, data in file[name].items() if name in file else ():
            text = h5py.check_string_dtype(data.dtype) is not None
            self[column] = data.asstr()[:].astype(object) if text else data[:]
            self.roles[column] = data.attrs.get("role", "")
            self.units[column] = data.attrs.get("unit", "")

    def __missing__(self, column):
        raise ResultsError(f"{self.path} has no column {self.name}/{column}")


class Results:
    def __init__(self, file):
        self.path = file.filename
        self.name = str(file.attrs.get("name", ""))
        self.runs, self.evaluations, self.probes, self.pairs = (
            Table(file, name) for name in ("runs", "evaluations", "probes", "pairs"))
        self.run_of_evaluation = self.evaluations["run"]
        self.evaluation_of_probe = self.probes["evaluation"]
        self.run_of_probe = self.run_of_evaluation[self.evaluation_of_probe]


def save(figure, path):
    """Writes a matplotlib figure."""
    try:
        figure.savefig(path, dpi=100)
    except (OSError, ValueError) as error:
        raise ResultsError(f"cannot write {path}: {error}") from None


def load(path):
    try:
        with h5py.File(path, "r") as file:
            return Results(file)
    except FileNotFoundError:
        raise ResultsError(f"{path}: there is no such file") from None
    except OSError as error:
        raise ResultsError(f"{path} is not a readable HDF5 file ({error})") from None
