"""The cluster sheet: what the frames say of the region and of each municipality, safe, and one A4 each."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kansenkaart.exports import write_cluster_sheet
from kansenkaart.pipeline import Result
from kansenkaart.texts import load_texts

TEXTS = load_texts("nl")


def _sheets(path: Path) -> dict[str, str]:
    """Each sheet by its heading."""
    parts = path.read_text(encoding="utf-8").split('<article class="sheet">')[1:]
    return {re.search("<h1>(.*?)</h1>", part)[1]: part for part in parts}


@pytest.fixture(scope="module")
def sheets(noord_holland_outputs: Path) -> dict[str, str]:
    return _sheets(noord_holland_outputs / "clusters.html")


def test_the_region_comes_first_and_every_municipality_has_a_sheet(
    sheets: dict[str, str], noord_holland: Result
) -> None:
    areas = noord_holland.frames.municipalities
    own = sorted(areas.loc[areas["in_region"], "municipality"])
    assert list(sheets) == [noord_holland.loaded.project.title, *own]


def test_a_sheet_says_the_sectors_flows_and_chances_of_its_municipality(
    sheets: dict[str, str], noord_holland: Result
) -> None:
    frames, sheet = noord_holland.frames, sheets["Hollands Kroon"]
    clusters = frames.clusters[frames.clusters["area"] == "Hollands Kroon"].sort_values("rank")
    first = clusters.iloc[0]
    said = [first["sector_name"], TEXTS.number(first["shrunk"], 3)]
    said.append(f"{TEXTS.number(first['shrunk_low'], 3)} tot {TEXTS.number(first['shrunk_high'], 3)}")
    assert all(text in sheet for text in said)
    order = [sheet.index(name) for name in clusters["sector_name"]]
    assert order == sorted(order)
    area = frames.area_view[
        (frames.area_view["area"] == "Hollands Kroon") & (frames.area_view["incoming"] > 0)
    ]
    assert len(area)
    assert all(TEXTS.number(amount) in sheet for amount in area["incoming"])
    assert "Hollands Kroon: glastuinbouwgebied" in sheet
    assert "Haarlem: rioolwaterzuivering" not in sheet
    town = frames.sites.set_index("site_id")["municipality"]
    ranked = frames.matches.sort_values("rank")
    own = ranked[
        (ranked["supply_id"].map(town) == "Hollands Kroon")
        | (ranked["demand_id"].map(town) == "Hollands Kroon")
    ]
    names = frames.sites.set_index("site_id")["name"]
    best = own.iloc[0]
    assert f"{names[best['supply_id']]} → {names[best['demand_id']]}" in sheet


def test_the_region_adds_up_its_areas_and_tells_what_crosses_the_border(
    sheets: dict[str, str], noord_holland: Result
) -> None:
    chain = noord_holland.frames.chain_view
    heat = chain[(chain["stream"] == "restwarmte_ht") & (chain["crossing"] == "inside")]
    region = sheets[noord_holland.loaded.project.title]
    row = re.search(r"<td>Restwarmte \(heet\) \(GJ\)</td>(.*?)</tr>", region)[1]
    assert f">{TEXTS.number(heat['chances'].sum())}<" in row
    assert f">{TEXTS.number(heat['left_demand'].sum())}<" in row


def test_a_table_that_holds_but_the_first_rows_says_how_many_there_are(
    sheets: dict[str, str], noord_holland: Result
) -> None:
    frames = noord_holland.frames
    region = sheets[noord_holland.loaded.project.title]
    counts = re.findall(
        r"<h2>([^<(]*?)(?: \((\d+) van (\d+); alle staan in kansenkaart.xlsx\))?</h2>", region
    )
    told = {title: (int(shown or 0), int(count or 0)) for title, shown, count in counts}
    assert told["De beste kansen"] == (6, len(frames.matches))
    assert told["Sectoren die hier het sterkst zijn"] == (0, 0)
    shown, streams = told["Wat erdoorheen stroomt"]
    assert shown == 11
    flows = frames.chain_view[["stream", "runs", "chances", "left_supply", "left_demand"]]
    some = flows.groupby("stream").sum().sum(axis=1)
    assert streams == (some > 0).sum() > shown


def test_names_stay_text_and_nothing_is_fetched(run, empty_run, tmp_path: Path) -> None:
    write_cluster_sheet(tmp_path, run.frames, run.loaded)
    page = (tmp_path / "clusters.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "default-src 'none'" in page
    assert "src=" not in page
    write_cluster_sheet(tmp_path, empty_run.frames, empty_run.loaded)
    assert "Van de sectoren is hier niets bekend." in (tmp_path / "clusters.html").read_text(encoding="utf-8")
