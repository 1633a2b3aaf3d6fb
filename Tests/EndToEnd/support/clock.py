"""A clock that a test can set, by libfaketime."""

import calendar
import time
from pathlib import Path


class Clock:
    """The time of day that a responder sees if it is started with `settings`."""

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
        seconds = calendar.timegm(time.strptime(text, "%Y-%m-%d %H:%M:%S"))
        after = self.file.with_suffix(".new")
        after.write_text(f"{seconds - int(time.time()):+d}s")
        after.replace(self.file)
