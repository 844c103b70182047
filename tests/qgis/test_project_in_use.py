"""The project as a planner works in it: months, actions, a filter, and a build while QGIS has the file open."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from kansenkaart.exports import build_manifest, open_output_folder, write_geopackage, write_manifest
from kansenkaart.tables import MATCH_MONTHS
from tests.exports.hostile import PROJECT
from tests.exports.small_run import Run, make_run
from tests.which_qgis import PYTHON

pytestmark = pytest.mark.qgis
SCRIPT = Path(__file__).with_name("use_project.py")
SOURCE = "https://api.pdok.nl/"


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Run:
    """A run whose chances rest in a month of their own, of places from a known file."""
    text = PROJECT.replace("[[layers]]\n", '[[layers]]\nrecipe = "top10nl_kassen"\n', 1)
    made = make_run(tmp_path_factory.mktemp("bron"), text)
    months = made.frames.match_months
    number = pd.Series(pd.factorize(months["match_id"])[0], index=months.index)
    rests = months["month"] == number % 12 + 1
    quantity = (months["quantity"] * (1.0 + months["month"] / 100.0)).where(~rests, 0.0)
    frame = MATCH_MONTHS.conform(months.assign(quantity=quantity))
    return Run(made.frames.__class__(**{**vars(made.frames), "match_months": frame}), made.loaded)


@pytest.fixture(scope="module")
def used(run, tmp_path_factory, call_qgis):
    """What QGIS saw; the file was written again while QGIS had it open, filtered and saved."""
    folder = tmp_path_factory.mktemp("in gebruik")
    out = folder / "uit"

    def build() -> bytes:
        with open_output_folder(out) as aside:
            write_geopackage(aside / "kansenkaart.gpkg", run.frames, run.loaded)
            write_manifest(aside, build_manifest(aside, run.frames, run.loaded, timings={}))
        return (out / "kansenkaart.gpkg").read_bytes()

    first = build()
    request = {
        "package": str(out / "kansenkaart.gpkg"),
        "project": "kansenkaart",
        "png": str(folder / "maand.png"),
    }
    with subprocess.Popen(
        [*PYTHON, str(SCRIPT), json.dumps(request)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)},
    ) as qgis:
        assert qgis.stdout.readline() == "held\n"
        open_there = sorted(one.name for one in out.iterdir())
        whole = build() == first
        told, _ = qgis.communicate("\n", timeout=300)
    left = sorted(one.name for one in out.iterdir())
    return json.loads(told) | {"open": open_there, "whole": whole, "left": left}


def test_the_temporal_controller_steps_through_the_months(run, used):
    """Oracle: the rows of the frame by month, without those in which nothing flows."""
    seen, months = used["months"], run.frames.match_months
    assert (used["opened"], seen["valid"], seen["active"], seen["shown"]) == (True, True, True, False)
    steps, beyond = seen["steps"][:12], seen["steps"][12:]
    assert [begin for begin, _ in steps] == [f"2023-{month:02d}-01" for month in range(1, 13)]
    # QGIS takes a month for 30 days when it counts the steps of a year
    assert all(not rows for _, rows in beyond)
    assert len(months) > 100
    for month, (_, rows) in enumerate(steps, start=1):
        flowing = months[(months["month"] == month) & (months["quantity"] > 0)]
        assert 0 < len(flowing) < months["match_id"].nunique()
        wanted = sorted(flowing[["match_id", "quantity"]].to_numpy().tolist())
        assert [one for one, _ in rows] == [one for one, _ in wanted]
        assert [one for _, one in rows] == pytest.approx([one for _, one in wanted])
    assert used["remarks"] == []


def test_actions_lead_to_the_partners_and_the_source(run, used):
    matches = run.frames.matches
    [supply, ids, chosen], [demand, _, other] = used["actions"]["Kansen"]
    assert (supply, demand) == ("Zoom naar de leverancier", "Zoom naar de afnemer")
    assert (chosen, other) == ([ids["supply_id"]], [ids["demand_id"]])
    [partners, place, found], [source, _, address] = used["actions"]["Plekken"]
    assert (partners, source) == ("Zoom naar alle partners", "Open de bron")
    own = matches[(matches["supply_id"] == place["site_id"]) | (matches["demand_id"] == place["site_id"])]
    assert found == sorted({*own["supply_id"], *own["demand_id"]})
    assert len(found) >= 2
    assert address.startswith(SOURCE)


def test_a_filter_in_qgis_does_not_keep_a_build_from_the_folder(run, used):
    own = run.frames.matches[run.frames.matches["stream"] == "co2"]
    assert (used["filtered"], used["rows"]) == (True, len(own))
    assert "kansenkaart.gpkg-wal" in used["open"]
    assert used["whole"]
    # what is open reads on from the file as it was
    assert sorted(used["read"]) == sorted(own["match_id"])
    assert (used["again"], used["all"]) == (True, len(run.frames.matches))
    assert not {"kansenkaart.gpkg-wal", "kansenkaart.gpkg-shm"} & set(used["left"])
