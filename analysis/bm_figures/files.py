"""Files that are written."""

import os

from .results import ResultsError

SIGNATURE = 5  # bytes that tell PNG, PDF and HTML from each other, and from all else


def check_place(folder):
    """Nothing is put among the parts of a results file."""
    inner = os.path.realpath(folder)
    while inner != os.path.dirname(inner):
        if inner.endswith(".h5.d") or os.path.exists(os.path.join(inner, "journal.0")):
            raise ResultsError(f"{inner} is the folder of a results file: choose another place for what is written")
        inner = os.path.dirname(inner)


def check_kind(path, data):
    """Nothing but an earlier file of the same kind is written over."""
    if not os.path.isfile(path):
        return
    try:
        with open(path, "rb") as file:
            begin = file.read(SIGNATURE)
    except OSError as error:
        raise ResultsError(f"cannot read {path}, which is there: {error.strerror}") from None
    if begin not in (b"", data[:SIGNATURE]):
        raise ResultsError(f"{path} is there, and is no earlier file of bm-figures: choose another name, or remove it")


def write(path, data):
    """Whole, or not at all."""
    check_kind(path, data)
    new = f"{path}.new"
    try:
        with open(new, "wb") as file:
            file.write(data)
        os.replace(new, path)
    except BaseException as error:
        if os.path.exists(new):
            os.unlink(new)
        if not isinstance(error, OSError):
            raise
        raise ResultsError(f"cannot write {path}: {error.strerror}") from None
