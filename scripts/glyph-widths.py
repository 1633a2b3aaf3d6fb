"""Prints the table of Sources/Headcount/Pictures/GlyphWidths.swift from DejaVu Sans (Debian's fonts-dejavu-core)."""

import sys

from fontTools.ttLib import TTFont

FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"


def widths(path: str = FONT) -> list[int]:
    """The advance widths, in 1/2048 em, of the printable characters of Latin-1."""
    font = TTFont(path)
    assert font["head"].unitsPerEm == 2048
    glyphs, metrics = font.getBestCmap(), font["hmtx"]
    return [metrics[glyphs[code]][0] for code in (*range(0x20, 0x7F), *range(0xA0, 0x100))]


if __name__ == "__main__":
    print(", ".join(map(str, widths(*sys.argv[1:]))))
