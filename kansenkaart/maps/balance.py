"""Step 2 on the page: per stream where it comes from and where it goes, closed, and what lacked as given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from kansenkaart.maps.columns import Codes
from kansenkaart.tables.frames import Frames
from kansenkaart.texts import Texts

# What the items of a region do to a stream: what comes in, and what goes out.
_COMES, _GOES = "import", ("treatment", "use", "export", "stock", "loss")
# What two sums of the same numbers may differ in; less than that is nothing.
_CLOSES = 1e-9
# Seven figures are more than anyone reads.
_FIGURES = 7


def describe_balance(frames: Frames, codes: Codes, *, texts: Texts) -> dict[str, Any]:
    """Return the header ``balance``: of every stream where it comes free and what happens to it.

    ``rows`` hold a stream, the number of its origin or None, of its item or None, and a quantity per year. An amount
    below zero stands on the other side, under a name that says so.

    Raises
    ------
    AssertionError
        When what enters a stream does not leave it: a balance that does not close is never shown.
    """
    ends: tuple[dict[str, int], dict[str, int]] = ({}, {})
    rows: list[list[int | float | None]] = []
    called = {texts.find(f"streams.{name}", name): number for name, number in codes.streams.items()}
    for layer, own in frames.balance_areas.groupby("layer", sort=False):
        if layer not in called:
            continue
        told = list(_sign(own, texts))
        _assert_closed(str(layer), [quantity for _, quantity in told])
        for name, quantity in told:
            side = int(quantity < 0)
            end = ends[side].setdefault(name, len(ends[side]))
            size = float(f"{abs(quantity):.{_FIGURES}g}")
            rows.append([called[str(layer)], None if side else end, end if side else None, size])
    tests = frames.balance_tests
    wrong = tests.loc[tests["verdict"] == "contradictory", "layers"]
    gaps = frames.balance_processes.groupby("layer")["gap"].sum(min_count=1).dropna()
    return {
        "origins": list(ends[0]),
        "items": list(ends[1]),
        "rows": rows,
        "gaps": {
            called[layer]: float(f"{gap:.{_FIGURES}g}")
            for layer, gap in gaps.items()
            if layer in called and gap
        },
        "contradict": texts("tables.sankey.contradict", streams=", ".join(wrong)) if len(wrong) else "",
    }


def _sign(own: pd.DataFrame, texts: Texts) -> Iterator[tuple[str, float]]:
    """Name and amount of what comes in (above zero) and what goes out (below) of one stream; nothing of what is not."""
    signed = [
        ("production", _begin(area), float(made))
        for area, made in zip(own["area"], own["production"], strict=True)
    ]
    signed.append((_COMES, texts(f"tables.values.item.{_COMES}"), float(own[_COMES].sum())))
    signed += [(item, texts(f"tables.values.item.{item}"), -float(own[item].sum())) for item in _GOES]
    least = _CLOSES * max(abs(amount) for _, _, amount in signed)
    for item, name, amount in signed:
        natural = (amount < 0) == (item in _GOES)
        if abs(amount) > least:
            yield name if natural else texts("tables.sankey.below_zero", name=name), amount


def _assert_closed(stream: str, signed: list[float]) -> None:
    if abs(sum(signed)) > _CLOSES * len(signed) * max(map(abs, signed), default=1.0):
        raise AssertionError(f"{stream}: {sum(signed)} more enters than leaves")


def _begin(name: str) -> str:
    """A name as a line begins: what is not on the map is told in words."""
    return name[:1].upper() + name[1:]
