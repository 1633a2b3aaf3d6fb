#!/usr/bin/env python3
"""Prints the architecture of the program in a zip for Lambda, as Lambda names it: x86_64 or arm64.

    scripts/zip-architecture.py ZIP

It prints nothing if `bootstrap` is not an ELF program: it can be a script.
"""

import sys
import zipfile

MACHINES = {62: "x86_64", 183: "arm64"}  # elf(5): e_machine, EM_X86_64 and EM_AARCH64


def main() -> None:
    try:
        with zipfile.ZipFile(sys.argv[1]) as archive, archive.open("bootstrap") as program:
            header = program.read(20)
    except (OSError, KeyError, zipfile.BadZipFile):
        return
    if header.startswith(b"\x7fELF"):
        print(MACHINES.get(int.from_bytes(header[18:20], "little"), "another architecture"))


if __name__ == "__main__":
    main()
