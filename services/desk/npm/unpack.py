"""Typefaces from their packages as what papers are made with: plain TrueType, without tables that nobody reads.

Of the plainest there is a second one with the letters of Latin script alone: it is ready in a quarter of the time.

`python unpack.py PACKAGES FOLDER`
"""

import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

WEBFONTS = {
    "noto-sans-bengali": "@fontsource/noto-sans-bengali/files/noto-sans-bengali-bengali-400-normal.woff",
    "noto-sans-devanagari": "@fontsource/noto-sans-devanagari/files/noto-sans-devanagari-devanagari-400-normal.woff",
    "noto-sans-gujarati": "@fontsource/noto-sans-gujarati/files/noto-sans-gujarati-gujarati-400-normal.woff",
    "noto-sans-gurmukhi": "@fontsource/noto-sans-gurmukhi/files/noto-sans-gurmukhi-gurmukhi-400-normal.woff",
    "noto-sans-tamil": "@fontsource/noto-sans-tamil/files/noto-sans-tamil-tamil-400-normal.woff",
    "unifontex": "@fontsource/unifontex/files/unifontex-latin-400-normal.woff",
    "dejavu-sans": "dejavu-fonts-ttf/ttf/DejaVuSans.ttf",
    "dejavu-sans-bold": "dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf",
}
READ = "GlyphOrder cmap cvt fpgm glyf head hhea hmtx loca maxp name post prep OS/2 GDEF GPOS GSUB".split()
LATIN = ("dejavu-sans", "dejavu-sans-bold")
BLOCKS = ((0x20, 0x24F), (0x300, 0x36F), (0x1E00, 0x1EFF), (0x2000, 0x206F), (0x20A0, 0x20CF))
"""Latin letters with all their marks, punctuation, currencies."""


def main(packages: Path, folder: Path) -> None:
    folder.mkdir(parents=True)
    for name, file in WEBFONTS.items():
        font = TTFont(packages / file)
        font.flavor = None
        for table in [table for table in font.keys() if table.strip() not in READ]:  # noqa: SIM118 - no mapping
            del font[table]
        font["post"].formatType = 3.0
        font.save(folder / f"{name}.ttf")
    for name in LATIN:
        latin(folder / f"{name}.ttf", folder / f"{name}-latin.ttf")


def latin(whole: Path, part: Path) -> None:
    """`part` is `whole` with what `BLOCKS` has."""
    font, subsetter = TTFont(whole), Subsetter(Options(layout_features=["*"], notdef_outline=True))
    subsetter.populate(unicodes=[code for first, last in BLOCKS for code in range(first, last + 1)])
    subsetter.subset(font)
    font.save(part)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
