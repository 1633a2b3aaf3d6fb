"""The tables of docs/performance.md are those that Benchmarks/scale.py makes."""

import shutil
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[3]


def test_the_tables_are_those_of_the_simulation(tmp_path: Path) -> None:
    document = REPOSITORY / "docs/performance.md"
    copy = Path(shutil.copy(document, tmp_path))
    subprocess.run([sys.executable, REPOSITORY / "Benchmarks/scale.py", "--write", copy], check=True)
    assert copy.read_text() == document.read_text(), "run Benchmarks/scale.py --write docs/performance.md"
