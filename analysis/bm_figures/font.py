"""A font that is quick to embed: DejaVu Sans, as matplotlib has it, without the tables of ligatures and positions, which
matplotlib never uses and which take most of the time of writing a PDF."""

import os

from matplotlib import font_manager

USUAL, LIGHT = "DejaVu Sans", "bm-figures Sans"
LAYOUT = ("GSUB", "GPOS", "GDEF", "MATH")
FAMILY_NAMES = (1, 4, 16)  # of the table `name`


def _write_light(path):
    from fontTools.ttLib import TTFont

    font = TTFont(font_manager.findfont(USUAL), recalcTimestamp=False)
    for table in LAYOUT:
        if table in font:
            del font[table]
    for record in font["name"].names:
        if record.nameID in FAMILY_NAMES:
            record.string = LIGHT.encode(record.getEncoding())
        elif record.nameID == 6:  # PostScript's, without blanks
            record.string = LIGHT.replace(" ", "-").encode(record.getEncoding())
    font.save(path)


def family(folder):
    """Its name, once it stands in the folder; the usual one where fontTools is missing."""
    path = os.path.join(folder, "light.ttf")
    try:
        _write_light(path)
        font_manager.fontManager.addfont(path)
    except (ImportError, OSError):
        return USUAL
    return LIGHT
