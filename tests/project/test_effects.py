"""Settings that would change nothing, or that cannot hold, are refused with what to do."""

from __future__ import annotations

import pytest

from kansenkaart.cli.screen import translate
from kansenkaart.errors import ProjectError
from kansenkaart.project import load_project
from kansenkaart.texts import load_texts

GOOD = """
title = "Proef"
reference_year = 2025
{top}
[region]
province = "Noord-Holland"
[[layers]]
name = "a"
path = "a.csv"
"""
YIELD = '[[processors]]\nkind = "digester"\ntakes = "{0}"\nmakes = "{1}"\nlow = {2}\nvalue = {3}\nhigh = {4}'


@pytest.fixture
def faults(tmp_path):
    """Return a reader of the faults of a project, in Dutch and in English."""

    def run(text, top=""):
        (tmp_path / "kansenkaart.toml").write_text(GOOD.format(top=top) + text, encoding="utf-8")
        for name in ("a.csv", "w.gpkg", "f.tif"):
            (tmp_path / name).write_text("id\n", encoding="utf-8")
        try:
            load_project(tmp_path)
        except ProjectError as error:
            return [(translate(one, load_texts("nl")), str(one)) for one in error.faults]
        return []

    return run


@pytest.mark.parametrize(
    ("text", "top", "words"),
    [
        (
            "[stream.gft]\nstorage_efficiency = 0.6",
            "",
            (
                "'stream.gft.storage_efficiency' = 0.6",
                "niet per maand",
                "restwarmte_ht",
                "Laat de sleutel weg",
            ),
        ),
        (
            "[stream.restwarmte_ht]\nstorage_efficiency = 0.6\n[method]\nseason = false",
            "",
            ("'stream.restwarmte_ht.storage_efficiency' = 0.6", "method.season = false", "season = true"),
        ),
        (
            "[stream.gft]\nmin_lot = 40\n[method]\nlots = false",
            "",
            ("'stream.gft.min_lot' = 40", "method.lots = false", "lots = true"),
        ),
        (
            '[roads]\npath = "w.gpkg"\nstreams = ["gft", "restwarmte_ht"]',
            "",
            ("'roads.streams' noemt \"restwarmte_ht\"", "per leiding", "[friction]", "compost"),
        ),
        (
            '[friction]\npath = "f.tif"\nstreams = ["co2", "gft"]',
            "",
            ("'friction.streams' noemt \"gft\"", "per vrachtwagen", "[roads]", "restwarmte_lt"),
        ),
        (
            '[friction]\npath = "f.tif"\ncell_m = 50',
            "",
            ("'friction.cell_m' = 50", "friction.path", "[[friction.layers]]"),
        ),
        (
            YIELD.format("gft", "compost", 0.4, 2.0, 2.5),
            "",
            ("'processors[1].value' = 2.0", "een ton gft", "hoogstens 1.5", "andersom"),
        ),
        (
            '[method]\ncoupling = "required"',
            'streams = ["restwarmte_ht", "gft"]',
            ("'method.coupling' = \"required\"", "geen co2", 'coupling = "off"'),
        ),
        (
            '[method]\ncoupling = "required"',
            'streams = ["co2"]',
            ("'method.coupling' = \"required\"", "restwarmte_lt"),
        ),
    ],
)
def test_a_setting_without_effect_is_refused(faults, text, top, words):
    ((dutch, english),) = faults(text, top)
    for word in words:
        assert word in dutch
    assert "kansenkaart.toml" in dutch
    assert "kansenkaart.toml" in english
    assert dutch != english


@pytest.mark.parametrize(
    ("text", "top"),
    [
        ("[stream.restwarmte_ht]\nstorage_efficiency = 0.6", ""),
        ("[stream.gft]\nmin_lot = 40", ""),
        ("[stream.gft]\nmin_lot = 0\n[method]\nlots = false", ""),
        # the fixed cost of a connection counts with lots off, too
        ("[stream.gft]\nfixed_eur_y = 900\n[method]\nlots = false", ""),
        ('[roads]\npath = "w.gpkg"\nstreams = ["gft", "co2"]', ""),
        ('[friction]\npath = "f.tif"\nstreams = ["restwarmte_ht", "co2"]', ""),
        (YIELD.format("gft", "compost", 0.4, 1.2, 1.5), ""),
        # tonnes into cubic metres of gas
        (YIELD.format("gft", "biogas_groengas", 50, 60, 70), ""),
        ('[method]\ncoupling = "required"', ""),
        ('[method]\ncoupling = "required"', 'streams = ["co2", "restwarmte_lt"]'),
        ('[method]\ncoupling = "rewarded"', 'streams = ["gft"]'),
    ],
)
def test_a_setting_with_effect_is_let_through(faults, text, top):
    assert faults(text, top) == []
