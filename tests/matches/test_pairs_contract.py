"""The frame of pairs has one contract: what a stream's pairs hold is promised, and nobody looks whether it is there."""

import re
from pathlib import Path

import pytest

from kansenkaart.errors import DataError
from kansenkaart.tables import HEAT_PAIRS, INNER_TABLES, PAIRS, PRICED_PAIRS

MATCHES = Path(__file__).parents[2] / "kansenkaart" / "matches"
# What comes from outside is looked at first: two plain layers.
OUTSIDE = {"match_checks.py"}
LOOKS = re.compile(
    r"""(" in \w*(pairs|flows|places|held|frame)\b| in [\w.]+\.columns\b|\b(row|pairs|flows)\.get\()"""
)

HEAT, GOODS = "restwarmte_ht", "metalen"
PLACES = (
    {"site_id": "b:1", "kind": "industry", "x": 100_000, "y": 480_000, f"supply_{HEAT}_gj_y": 200_000.0},
    {"site_id": "k:1", "kind": "greenhouse", "x": 102_000, "y": 480_000, f"demand_{HEAT}_gj_y": 90_000.0},
    {"site_id": "s:1", "kind": "industry", "x": 101_000, "y": 480_000, f"supply_{GOODS}_t_y": 500.0},
    {"site_id": "s:2", "kind": "steel", "x": 103_000, "y": 480_000, f"demand_{GOODS}_t_y": 500.0},
)


@pytest.mark.parametrize("season", [True, False])
@pytest.mark.parametrize(("stream", "contract"), [(HEAT, HEAT_PAIRS), (GOODS, PAIRS)])
def test_pairs_hold_just_what_their_contract_says(region, season, stream, contract):
    found = region(*PLACES, method={"season": season}, streams=[stream]).solution.streams[stream]
    assert len(found.problem.pairs) == 1
    assert set(found.problem.pairs.columns) == set(contract.names())
    assert set(found.pairs.columns) == set(contract.names()) | set(PRICED_PAIRS.names())
    with pytest.raises(DataError, match="quay"):
        contract.check(found.problem.pairs.drop(columns="quay"))


def test_nobody_looks_whether_a_column_is_there():
    looked = [
        f"{file.relative_to(MATCHES)}:{number}: {line.strip()}"
        for file in sorted(MATCHES.rglob("*.py"))
        if file.name not in OUTSIDE
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1)
        if LOOKS.search(line)
    ]
    assert not looked, "\n".join(looked)


def test_every_column_says_which_file_fills_it():
    origins = {column.origin for table in INNER_TABLES for column in table.columns}
    assert all((MATCHES / origin).is_file() for origin in origins), origins
