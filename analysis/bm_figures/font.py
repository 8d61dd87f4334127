"""A font that is quick to embed: DejaVu Sans, as matplotlib has it, with the characters that are used alone, and without
the tables of ligatures and positions, which matplotlib never uses. Else reading the font takes most of the time of writing a PDF."""

import os
import string

from matplotlib import font_manager

USUAL, LIGHT = "DejaVu Sans", "bm-figures Sans"
UNUSED = ("GSUB", "GPOS", "GDEF", "MATH", "FFTM")
FAMILY_NAMES = (1, 4, 16)  # of the table `name`


def _write_light(path, text):
    from fontTools import subset

    options = subset.Options(layout_features=[], legacy_kern=True, name_IDs=["*"], notdef_outline=True, drop_tables=[])
    font = subset.load_font(font_manager.findfont(USUAL), options)
    for table in UNUSED:
        if table in font:
            del font[table]
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=text + string.printable + "–…")
    subsetter.subset(font)
    for record in font["name"].names:
        if record.nameID in FAMILY_NAMES:
            record.string = LIGHT.encode(record.getEncoding())
        elif record.nameID == 6:  # PostScript's, without blanks
            record.string = LIGHT.replace(" ", "-").encode(record.getEncoding())
    font.save(path)


def family(folder, text):
    """Its name, once it stands in the folder, with the characters of the text; the usual one where fontTools is missing."""
    path = os.path.join(folder, "light.ttf")
    try:
        _write_light(path, text)
        font_manager.fontManager.addfont(path)
    except (ImportError, OSError):
        return USUAL
    return LIGHT
