"""Step 1 as the page gets it: places and streams by number, amounts and intervals in words."""

from __future__ import annotations

import pandas as pd
import pytest

from kansenkaart.catalogue import load_style
from kansenkaart.maps.clusters import describe_clusters, describe_quotients
from kansenkaart.maps.columns import number_ids
from kansenkaart.pipeline import Result
from kansenkaart.texts import load_texts


@pytest.fixture(scope="module")
def told(noord_holland: Result) -> dict[str, list]:
    """Return the header ``clusters`` of the example region."""
    catalogue = noord_holland.loaded.catalogue
    codes = number_ids(noord_holland.frames, list(catalogue.streams), list(catalogue.kinds))
    return describe_clusters(noord_holland.frames, codes, texts=load_texts("nl"))


def test_a_group_has_its_places_and_streams_by_number(told: dict[str, list], noord_holland: Result) -> None:
    frames, catalogue = noord_holland.frames, noord_holland.loaded.catalogue
    codes = number_ids(frames, list(catalogue.streams), list(catalogue.kinds))
    assert [group["id"] for group in told["groups"]] == frames.site_clusters["cluster_id"].tolist()
    for group, row in zip(told["groups"], frames.site_clusters.itertuples(), strict=True):
        names = {number: site for site, number in codes.sites.items()}
        assert [names[number] for number in group["sites"]] == row.site_ids.split("|")
        own = frames.cluster_streams[frames.cluster_streams["cluster_id"] == row.cluster_id]
        assert {one["stream"] for one in group["streams"]} == {codes.streams[name] for name in own["stream"]}
        xs, ys = zip(*group["ring"], strict=True)
        west, south, east, north = row.geometry.bounds
        assert (min(xs), min(ys), max(xs), max(ys)) == pytest.approx((west, south, east, north), abs=1)


def test_what_a_group_has_and_wants_goes_as_a_quantity_and_nothing_that_is_not_there(
    told: dict[str, list], noord_holland: Result
) -> None:
    frame = noord_holland.frames.cluster_streams.set_index(["cluster_id", "stream"])
    streams = list(number_ids(noord_holland.frames, list(noord_holland.loaded.catalogue.streams), []).streams)
    for group in told["groups"]:
        for one in group["streams"]:
            row = frame.loc[(group["id"], streams[one["stream"]])]
            runs = row["runs_inside"] + row["runs_out"] + row["runs_in"]
            own = {"supply": row["supply"], "demand": row["demand"], "runs": runs}
            assert dict(one["amounts"]) == pytest.approx(
                {name: value for name, value in own.items() if value}
            )
            assert one["itself"] == pytest.approx(
                max(0, row["self_sufficiency"]), nan_ok=False, abs=1e-12
            ) or pd.isna(row["self_sufficiency"])
    assert sum(one["itself"] > 0 for group in told["groups"] for one in group["streams"]) == int(
        (frame["self_sufficiency"] > 0).sum()
    )


def test_only_sectors_that_are_surely_stronger_are_told_the_surest_first(
    told: dict[str, list], noord_holland: Result
) -> None:
    clusters = noord_holland.frames.clusters
    assert told["sectors"][0] == "Regio: Vervoer, informatie en communicatie 1,3 keer (1,3 tot 1,3)"
    assert told["sectors"][3].startswith("Hollands Kroon: Landbouw, bosbouw en visserij 4")
    sure = clusters[clusters["rank"].notna() & (clusters["shrunk_low"] > 1.25)]
    assert len(told["sectors"]) == 3 + min(12, len(sure))
    assert not any("Amsterdam: Nijverheid" in text for text in told["sectors"])
    none = describe_clusters(
        noord_holland.frames.__class__(
            **{
                **vars(noord_holland.frames),
                "clusters": clusters.assign(rank=pd.NA),
                "region_sectors": clusters.iloc[:0],
            }
        ),
        number_ids(noord_holland.frames, [], []),
        texts=load_texts("nl"),
    )
    assert none["sectors"] == []


def test_every_municipality_has_the_class_of_its_quotient_and_what_is_not_ranked_has_none(
    noord_holland: Result,
) -> None:
    frames, texts = noord_holland.frames, load_texts("nl")
    told = describe_quotients(frames.clusters, frames.municipalities, load_style(), texts)
    codes = sorted(frames.municipalities.loc[frames.municipalities["in_region"], "municipality_code"])
    assert [words for words, _ in told["classes"]][::4] == [
        "minder dan 0,8 keer zo veel als in Nederland",
        "meer dan 4 keer zo veel",
    ]
    assert told["classes"][-1][1] == load_style().accent
    assert {one["name"] for one in told["quotients"]} == set(frames.clusters["sector_name"])
    seen = set()
    for one in told["quotients"]:
        own = frames.clusters[frames.clusters["sector_name"] == one["name"]].set_index("area_code")
        assert len(one["classes"]) == len(codes)
        for code, found in zip(codes, one["classes"], strict=True):
            row = own.loc[code]
            by_hand = -1 if pd.isna(row["rank"]) else sum(row["shrunk"] >= edge for edge in (0.8, 1.25, 2, 4))
            assert found == by_hand
            seen.add(found)
    assert {-1, 0, 1, 2, 3, 4} <= seen


def test_areas_of_another_kind_than_municipalities_colour_nothing(noord_holland: Result) -> None:
    frames = noord_holland.frames
    corop = frames.clusters.assign(area_code="CR23")
    assert describe_quotients(corop, frames.municipalities, load_style(), load_texts("nl")) == {}
