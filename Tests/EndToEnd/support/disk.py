"""A disk that is full."""

import contextlib
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def full(disk: Path) -> Iterator[None]:
    ballast = disk / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(512))
    yield
    ballast.unlink()
