"""The time of day in a test's hand, by libfaketime."""

import calendar
import time
from pathlib import Path


def moment(text: str) -> int:
    return calendar.timegm(time.strptime(text, "%Y-%m-%d %H:%M:%S"))


class Clock:
    """What a responder started with `settings` takes for the time of day."""

    def __init__(self, directory: Path) -> None:
        library = list(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
        assert library, "libfaketime is not installed"
        self.file = directory / "clock"
        self.settings = {
            "LD_PRELOAD": library[0],
            "FAKETIME_TIMESTAMP_FILE": self.file,
            "FAKETIME_NO_CACHE": 1,
            "FAKETIME_DONT_FAKE_MONOTONIC": 1,
        }

    def set(self, text: str) -> None:
        after = self.file.with_suffix(".new")
        after.write_text(f"{moment(text) - int(time.time()):+d}s")
        after.replace(self.file)
