"""One table in every format is one table: the same places, words, numbers and findings, whatever wrote the file."""

from __future__ import annotations

import itertools
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from kansenkaart.catalogue import load_catalogue
from kansenkaart.geo import RD
from kansenkaart.project import LoadedProject, Project
from kansenkaart.sources import read_sources
from tests.tries import FEW

ENDINGS = (".gpkg", ".geojson", ".fgb", ".shp", ".parquet", ".csv", ".xlsx")
letters = st.characters(
    categories=("Lu", "Ll", "Nd", "Zs", "Pd", "Po", "Sm", "Sc"),
    max_codepoint=0x2FF,
    exclude_characters="\xa0",
)
# Anything that a person may type in a cell; what is no text at all (blanks only) is left to the tests of cells.
names = st.text(letters, min_size=1, max_size=20).map(lambda text: " ".join(text.split()).lstrip("="))
names = names.filter(str.strip)
sizes = st.one_of(
    st.none(),
    st.integers(0, 400_000).map(float),
    st.floats(0.001, 400_000.0).map(lambda size: float(f"{size:.7g}")),
)


@st.composite
def tables(draw) -> gpd.GeoDataFrame:
    count = draw(st.integers(1, 6))
    rows = [
        {
            "id": f"P{number:02d}{draw(st.sampled_from(['', '-a', '/2', ' 3']))}",
            "name": draw(names),
            "load_pe60": draw(sizes),
            "capacity_pe60": draw(sizes),
            "digestion": draw(st.sampled_from(["yes", "no", "ja", "nee", None])),
            "status": draw(st.sampled_from(["active", "planned", "gesloten", None])),
        }
        for number in range(count)
    ]
    x = [110_000.0 + draw(st.integers(0, 9_000)) for _ in range(count)]
    y = [490_000.0 + draw(st.integers(0, 9_000)) + 9_500.0 * n for n in range(count)]
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry=gpd.points_from_xy(x, y), crs=RD)


def write(table: gpd.GeoDataFrame, path: Path) -> None:
    ending = path.suffix
    if ending == ".parquet":
        table.to_parquet(path)
    elif ending in (".csv", ".xlsx"):
        plain = pd.DataFrame(table.drop(columns="geometry")).assign(
            x_rd=table.geometry.x, y_rd=table.geometry.y
        )
        if ending == ".csv":
            plain.to_csv(path, index=False, sep=";", decimal=",", encoding="utf-8")
        else:
            plain.to_excel(path, index=False, engine="openpyxl")
    elif ending == ".geojson":
        # More digits than GDAL writes by itself: a tenth of a metre is a place, too.
        table.to_crs("EPSG:4326").to_file(path, engine="pyogrio", COORDINATE_PRECISION=9)
    elif ending == ".shp":
        # A name in a Shapefile is ten letters long.
        short = table.rename(columns={"capacity_pe60": "capacity_p"})
        short.to_file(path, engine="pyogrio", encoding="utf-8")
    else:
        table.to_file(path, engine="pyogrio")


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    numbers = itertools.count()
    return lambda: tmp_path_factory.mktemp(f"f{next(numbers)}")


def read_all(folder: Path) -> dict[str, tuple[gpd.GeoDataFrame, pd.DataFrame]]:
    """The places and findings of every file of `folder`, each as a layer of one project."""
    layers = [
        {
            "name": ending[1:],
            "path": f"t{ending}",
            "kind": "rwzi",
            "year": 2023,
            "doubles": "both",
            **({"rename": {"capacity_p": "capacity_pe60"}} if ending == ".shp" else {}),
        }
        for ending in ENDINGS
    ]
    settings = {"title": "t", "reference_year": 2023, "region": {"province": "Noord-Holland"}}
    project = Project.model_validate({**settings, "layers": layers})
    loaded = LoadedProject(project, folder / "kansenkaart.toml", load_catalogue())
    sources = read_sources(loaded, progress=lambda _: None)
    return {
        ending: (
            # a FlatGeobuf keeps its rows as they lie, not as they were written
            sources.sites[sources.sites["layer"] == ending[1:]].sort_values("site_id", ignore_index=True),
            sources.findings[sources.findings["layer"] == ending[1:]].reset_index(drop=True),
        )
        for ending in ENDINGS
    }


def tell(findings: pd.DataFrame) -> list[tuple[str, str]]:
    """What is said of rows: that does not depend on the file; what is said of a file may."""
    # seven files hold the same places: that, too, is said
    of_rows = findings[(findings["row"] > 0) & (findings["key"] != "same_place")]
    return sorted(of_rows[["key", "severity"]].itertuples(index=False, name=None))


@FEW
@given(table=tables())
def test_every_format_of_one_table_is_read_alike(folders, table):
    folder = folders()
    for ending in ENDINGS:
        write(table, folder / f"t{ending}")
    note(table.to_string())
    read = read_all(folder)
    first, said = read[".gpkg"]
    assert len(first) == len(table)
    for ending, (sites, findings) in read.items():
        assert tell(findings) == tell(said), ending
        assert len(sites) == len(first), ending
        assert sites["site_id"].str.partition(":")[2].tolist() == table["id"].tolist(), ending
        assert sites["name"].tolist() == table["name"].tolist(), ending
        for column in ("status", "digestion", "placement", "municipality"):
            assert sites[column].fillna("-").tolist() == first[column].fillna("-").tolist(), (ending, column)
        for column in ("load_pe60", "capacity_pe60"):
            given_, found = table[column].to_numpy(dtype=float), sites[column].to_numpy(dtype=float)
            assert np.array_equal(np.isnan(given_), np.isnan(found)), (ending, column)
            assert found == pytest.approx(given_, rel=1e-12, nan_ok=True), (ending, column)
        far = sites.geometry.distance(table.geometry.reset_index(drop=True))
        assert far.max() < 0.01, ending
