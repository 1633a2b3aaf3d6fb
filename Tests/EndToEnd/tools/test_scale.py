"""The tables of docs/scale.md are those that Benchmarks/scale.py makes.

Two of five, which the same simulation makes: the others take twenty seconds more.
"""

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]
MAKE = "import scale, sys; print(scale.TABLES[sys.argv[1]](), end='')"


@pytest.mark.parametrize("table", ["lambdas", "costs"])
def test_the_tables_are_those_of_the_simulation(table: str) -> None:
    command = [sys.executable, "-c", MAKE, table]
    made = subprocess.run(command, cwd=REPOSITORY / "Benchmarks", check=True, capture_output=True, text=True).stdout
    document = (REPOSITORY / "docs/scale.md").read_text()
    assert f"<!-- {table} -->\n\n{made}\n\n<!-- end of {table} -->" in document, (
        "run Benchmarks/scale.py --write docs/scale.md"
    )
