"""What may not change an answer changes nothing: where north lies, who is closed, which language, who is far away."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.matches.places import HEAT, digester, fields, source, taker, town
from tests.tries import FEW

GFT, COMPOST = "gft", "compost"
STREAMS = (HEAT, GFT, COMPOST)
# Turns and moves that keep whole metres whole: distances stay the same to the last bit.
MOVES = {
    "moved": lambda x, y: (x + 3_217.0, y - 1_911.0),
    "mirrored": lambda x, y: (240_000.0 - x, y),
    "turned": lambda x, y: (120_000.0 - (y - 490_000.0), 490_000.0 + (x - 120_000.0)),
}

amounts = st.sampled_from([100.0, 777.0, 1_000.0, 2_500.0, 4_000.0, 40_000.0])
metres = st.integers(0, 18_000).map(float)


@st.composite
def regions(draw) -> list[dict[str, object]]:
    """Some places of every kind, anywhere in a square of 18 km."""
    makers = {
        "bron": lambda n: source(f"bron:{n}", gj=50.0 * draw(amounts)),
        "kas": lambda n: taker(f"kas:{n}", gj=50.0 * draw(amounts)),
        "g": lambda n: town(f"g:{n}", gft=draw(amounts)),
        "v": lambda n: digester(f"v:{n}", gft=draw(amounts)),
        "a": lambda n: fields(f"a:{n}", ha=draw(amounts)),
    }
    names = ["bron", "g", *draw(st.lists(st.sampled_from(sorted(makers)), min_size=3, max_size=7))]
    return [
        {**makers[name](n), "x": 111_000.0 + draw(metres), "y": 481_000.0 + draw(metres)}
        for n, name in enumerate(names)
    ]


def placed(rows, move):
    return [{**row, **dict(zip("xy", move(float(row["x"]), float(row["y"])), strict=True))} for row in rows]


def answer(told) -> pd.DataFrame:
    """Per flow what it gave or got, what is left and why; per pair what it carries."""
    left = told.gaps[["flow_id", "value", "delivered", "remaining", "cause", "nearest_id", "reason"]]
    return left.sort_values("flow_id", ignore_index=True)


def carried(told) -> dict[tuple[str, str, str], float]:
    return {
        (stream, str(s), str(d)): round(float(quantity), 6)
        for stream, one in told.solution.streams.items()
        for s, d, quantity in zip(
            one.sides[0].column("site_id")[one.problem.s],
            one.sides[1].column("site_id")[one.problem.d],
            one.solved.quantity,
            strict=True,
        )
        if quantity > 0
    }


@FEW
@given(rows=regions(), move=st.sampled_from(sorted(MOVES)))
def test_a_region_that_is_moved_mirrored_or_turned_has_the_same_answer(region, rows, move):
    here, there = (region(*one, streams=STREAMS) for one in (rows, placed(rows, MOVES[move])))
    pd.testing.assert_frame_equal(answer(here), answer(there), rtol=1e-9)
    assert carried(here) == carried(there)
    # Where a place really lies is drawn by east and north: sentences with what is sure of money turn with it.
    assert here.reasons == there.reasons or move != "moved"


@FEW
@given(rows=regions(), more=st.sampled_from(["closed", "far"]), x=metres, y=metres)
def test_who_is_closed_or_far_away_changes_nothing_for_the_others(region, rows, more, x, y):
    extra = [source("bron:99", gj=1e6), taker("kas:99", gj=1e6), town("g:99"), digester("v:99")]
    if more == "closed":
        extra = [{**row, "x": 111_000.0 + x, "y": 481_000.0 + y, "status": "closed"} for row in extra]
    else:  # beyond the hard distance of every stream, and from each other
        extra = [
            {**row, "x": 200_000.0 + x, "y": 330_000.0 + y + 1_000.0 * n} for n, row in enumerate(extra[:1])
        ]
    here, there = region(*rows, streams=STREAMS), region(*rows, *extra, streams=STREAMS)
    mine = set(here.gaps["flow_id"])
    kept = answer(there)[answer(there)["flow_id"].isin(mine)].reset_index(drop=True)
    told = ["flow_id", "value", "delivered", "remaining"]
    pd.testing.assert_frame_equal(answer(here)[told], kept[told], rtol=1e-9)
    assert carried(here) == carried(there)


@FEW
@given(rows=regions())
def test_the_accounts_close_and_every_sentence_is_whole_in_both_languages(region, rows):
    dutch, english = (region(*rows, streams=STREAMS, language=language) for language in ("nl", "en"))
    assert carried(dutch) == carried(english)
    gaps = dutch.gaps
    assert gaps["delivered"].to_numpy() + gaps["remaining"].to_numpy() == pytest.approx(
        gaps["value"].to_numpy(), rel=1e-6, abs=1e-6
    )
    assert (gaps["delivered"] <= gaps["reachable"] * (1 + 1e-6) + 1e-6).all()
    assert (gaps[["delivered", "remaining", "reachable"]] >= 0).all(axis=None)
    moved = pd.Series(carried(dutch), dtype=float)
    for n, role in ((1, "supply"), (2, "demand")):
        by_place = {}
        for key, quantity in moved.items():
            flow = f"{key[n]}|{key[0]}|{role}"
            by_place[flow] = by_place.get(flow, 0.0) + quantity
        # What does not pay now is held for its taker and counts as left.
        own = gaps[gaps["role"] == role].set_index("flow_id")[["delivered", "if_pays"]].sum(axis=1)
        assert own.to_numpy() == pytest.approx([by_place.get(flow, 0.0) for flow in own.index], abs=1e-3)
    for told in (dutch, english):
        for text in [*told.gaps["reason"], *(one for several in told.reasons.values() for one in several)]:
            assert text.strip()
            assert not re.search(r"[{}]|\bnan\b|\bNone\b|\binf\b", text), text
    for stream, several in dutch.reasons.items():
        assert len(several) == len(english.reasons[stream])


@FEW
@given(rows=regions(), factor=st.sampled_from([0.5, 2.0, 10.0]))
def test_without_prices_and_lots_twice_as_much_of_all_moves_twice_as_much(region, rows, factor):
    settings = {
        "streams": (HEAT, GFT),
        "stream": {name: {"objective": "quantity"} for name in (HEAT, GFT)},
        "method": {"lots": False, "chains": False, "ledgers": False, "coupling": "off"},
    }
    larger = [
        {key: value * factor if key.endswith("_y") else value for key, value in row.items()} for row in rows
    ]
    here, there = region(*rows, **settings), region(*larger, **settings)
    for stream in (HEAT, GFT):
        assert there.moved(stream) == pytest.approx(factor * here.moved(stream), rel=1e-6)


@FEW
@given(rows=regions(), data=st.data())
def test_more_of_anything_never_moves_less_where_quantity_is_all_that_counts(region, rows, data):
    settings = {
        "streams": (HEAT, GFT),
        "stream": {name: {"objective": "quantity"} for name in (HEAT, GFT)},
        "method": {"lots": False, "chains": False, "ledgers": False, "coupling": "off", "tiers": False},
    }
    stated = [n for n, row in enumerate(rows) if any(key.endswith("_y") for key in row)]
    grown = data.draw(st.sampled_from(stated)) if stated else 0
    more = [
        {key: value * 1.5 if n == grown and key.endswith("_y") else value for key, value in row.items()}
        for n, row in enumerate(rows)
    ]
    here, there = region(*rows, **settings), region(*more, **settings)
    for stream in (HEAT, GFT):
        assert there.moved(stream) >= here.moved(stream) * (1 - 1e-9) - 1e-6
        assert here.moved(stream) <= np.minimum(
            *(side.column("value").astype(float).sum() for side in here.solution.streams[stream].sides)
        ) * (1 + 1e-9)
