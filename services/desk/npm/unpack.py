"""Typefaces from their packages as what papers are made with: plain TrueType, without tables that nobody reads.

`python unpack.py PACKAGES FOLDER`
"""

import sys
from pathlib import Path

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


def main(packages: Path, folder: Path) -> None:
    folder.mkdir(parents=True)
    for name, file in WEBFONTS.items():
        font = TTFont(packages / file)
        font.flavor = None
        for table in [table for table in font.keys() if table.strip() not in READ]:  # noqa: SIM118 - no mapping
            del font[table]
        font["post"].formatType = 3.0
        font.save(folder / f"{name}.ttf")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
