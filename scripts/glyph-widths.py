"""Prints the tables of Sources/Headcount/Pictures/GlyphWidths.swift from DejaVu Sans (Debian's fonts-dejavu-core)."""

import sys

from fontTools.ttLib import TTFont

FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"

# Latin, Greek, Cyrillic, Hebrew, punctuation, currencies and arrows; first and last.
RANGES = [
    (0x20, 0x7E),
    (0xA0, 0x17F),
    (0x370, 0x3FF),
    (0x400, 0x4FF),
    (0x5D0, 0x5EA),
    (0x2010, 0x2027),
    (0x2030, 0x205E),
    (0x20A0, 0x20BD),
    (0x2190, 0x2199),
]


def widths(first: int, last: int, path: str = FONT) -> list[int]:
    """The advance widths, in 1/2048 em; 0 for what the font lacks or draws over the letter before."""
    font = TTFont(path)
    assert font["head"].unitsPerEm == 2048
    glyphs, metrics = font.getBestCmap(), font["hmtx"]
    return [metrics[glyphs[code]][0] if code in glyphs else 0 for code in range(first, last + 1)]


if __name__ == "__main__":
    for first, last in RANGES:
        print(f"0x{first:X}:", ", ".join(map(str, widths(first, last, *sys.argv[1:]))))
