"""Files that are written."""

import os

from .results import ResultsError


def write(path, data):
    """Whole, or not at all."""
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
