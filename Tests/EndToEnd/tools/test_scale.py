"""The tables of docs/scale.md are those that Benchmarks/scale.py makes. It simulates for half a minute."""

import shutil
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[3]
DOCUMENT = REPOSITORY / "docs/scale.md"


def test_the_tables_are_those_of_the_simulation(tmp_path: Path) -> None:
    copy = tmp_path / "scale.md"
    shutil.copy(DOCUMENT, copy)
    subprocess.run([sys.executable, REPOSITORY / "Benchmarks/scale.py", "--write", copy], check=True)
    assert copy.read_text() == DOCUMENT.read_text(), "run Benchmarks/scale.py --write docs/scale.md"
