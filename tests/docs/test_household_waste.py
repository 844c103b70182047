"""The tables of docs/household-waste.md are what the catalogue and the counts of CBS give."""

import re
from pathlib import Path

import pandas as pd
import pytest

from kansenkaart.catalogue import load_catalogue

PAGE = Path("docs/household-waste.md").read_text(encoding="utf-8")
NAMES = {
    **{"gft": "gft", "kunststof": "kunststof (PMD)", "textiel": "textiel", "aeea": "apparaten"},
    **{"meubels_grofvuil": "grofvuil", "sloophout": "hout A en B"},
}
IDS = {
    **{"kunststof": "kunststof_inwoner", "textiel": "textiel_inwoner", "aeea": "aeea_inwoner"},
    **{"meubels_grofvuil": "grofvuil_inwoner", "sloophout": "sloophout_inwoner"},
}


@pytest.fixture(scope="module")
def counted():
    """Counts with the kengetal of each, kg per inhabitant, and the inhabitants."""
    rows = pd.read_csv("data/validation/household_waste_2018.csv")
    places = pd.read_csv("data/noord-holland/layers/gemeenten.csv").set_index("id")
    known = load_catalogue().kengetallen
    ids = [
        f"gft_stedelijkheid_{places['urbanity'][code]}" if stream == "gft" else IDS[stream]
        for code, stream in rows[["municipality_code", "stream"]].itertuples(index=False)
    ]
    for bound in ("low", "value", "high"):
        rows[bound] = [getattr(known[one], bound) * 1000 for one in ids]
    return rows.assign(inhabitants=rows["municipality_code"].map(places["inhabitants"]))


@pytest.mark.parametrize("stream", NAMES)
def test_the_sum_of_a_stream_is_told_with_its_error(counted, stream):
    own = counted[counted["stream"] == stream]
    cbs, ours = (float((own[name] * own["inhabitants"]).sum()) / 1000 for name in ("kg_inhabitant", "value"))
    inside = int(own["kg_inhabitant"].between(own["low"], own["high"]).sum())
    told = [f"{number:,.0f}".replace(",", ".") for number in (cbs, ours)]
    off = f"{(ours / cbs - 1) * 100:+.0f} %"
    assert f"| {NAMES[stream]} | {len(own)} | {' | '.join(told)} | {off} | {inside} van {len(own)} |" in PAGE


def test_every_municipality_is_told_with_every_count(counted):
    for name, own in counted.groupby("municipality"):
        (line,) = re.findall(rf"^\| {re.escape(name)} \|.*$", PAGE, re.MULTILINE)
        cells = dict(zip(NAMES, line.split("|")[2:-1], strict=True))
        for row in own.to_dict("records"):
            numbers = [f"{row[which]:.1f}".replace(".", ",") for which in ("kg_inhabitant", "value")]
            assert cells[row["stream"]].strip().startswith(" / ".join(numbers))


@pytest.mark.parametrize("stream", NAMES)
def test_what_lies_outside_the_range_is_named(counted, stream):
    own = counted[counted["stream"] == stream]
    outside = own[~own["kg_inhabitant"].between(own["low"], own["high"])]
    named = zip(outside["municipality"], outside["kg_inhabitant"], strict=True)
    told = ", ".join(f"{name} {kg:.1f}".replace(".", ",") for name, kg in named)
    assert f"* {NAMES[stream]}: {told}\n" in PAGE
    assert len(outside) <= 0.2 * len(own) + 2  # a range that is stated to hold eight of ten


def test_a_range_is_no_wider_than_what_was_counted_or_another_source_says(counted):
    """The ranges made of these counts: from the lowest tenth to the highest, within the rounding."""
    for stream, low, high in (
        ("gft", True, True),
        ("sloophout", True, True),
        ("meubels_grofvuil", False, True),
    ):
        own = counted[counted["stream"] == stream]
        ratio = own["kg_inhabitant"] / own["value"]
        if low:
            assert (own["low"] / own["value"]).to_numpy() == pytest.approx(ratio.quantile(0.1), rel=0.005)
        if high:
            assert (own["high"] / own["value"]).to_numpy() == pytest.approx(ratio.quantile(0.9), rel=0.005)
