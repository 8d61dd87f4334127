"""What bm-results says of the claims: the program is asked, so that there is one judge."""

import dataclasses
import os
import re
import shutil
import subprocess
import sys


@dataclasses.dataclass
class Claim:
    name: str
    text: str
    verdict: str  # confirmed, refuted, not decided
    of: str  # the settings of its runs


def program():
    """Installed beside bm-figures, built in its clone, or on the path; None: nowhere."""
    here = os.path.dirname(os.path.realpath(sys.argv[0]))
    beside = (os.path.join(folder, "bm-results") for folder in (here, os.path.join(os.path.dirname(here), "bin")))
    return next((path for path in beside if os.access(path, os.X_OK)), None) or shutil.which("bm-results")


def parse(text):
    found = []
    for name, what, verdict, of in re.findall(
            r"^(C\d+) (.*): (confirmed|refuted|not decided)(?: \((.*)\))?$", text, re.M):
        found.append(Claim(name, what, verdict, of))
    return found


def ask(paths):
    """(claims, what the program printed); (None, why) where it cannot be asked."""
    path = program()
    if path is None:
        return None, "bm-results was not found beside bm-figures or on the path"
    done = subprocess.run([path, "claims", *paths], capture_output=True, text=True, errors="replace", check=False)
    if done.returncode != 0:
        return None, done.stderr.strip() or f"bm-results claims ended with {done.returncode}"
    return parse(done.stdout), done.stdout
