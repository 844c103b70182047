"""Step 1 as the page gets it: places and streams by number, amounts and intervals in words."""

from __future__ import annotations

import pandas as pd
import pytest

from kansenkaart.maps.clusters import describe_clusters
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


def test_what_a_group_has_and_wants_is_said_and_nothing_that_is_not_there(
    told: dict[str, list], noord_holland: Result
) -> None:
    words = [one["words"] for group in told["groups"] for one in group["streams"]]
    assert all(words)
    assert not any(" 0 " in f" {text} " for text in words)
    assert any("m³" in text for text in words)
    assert not any("m3" in text for text in words)
    frame = noord_holland.frames.cluster_streams
    self_help = frame[frame["self_sufficiency"] > 0]
    assert sum("vult zelf" in text for text in words) == len(self_help)


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
