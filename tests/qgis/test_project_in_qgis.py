"""The project inside the GeoPackage as a planner opens it: all from one start of a real QGIS."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest
import rasterio
from rasterio.errors import NotGeoreferencedWarning

from kansenkaart.atlas import choose_sheets, take_result
from kansenkaart.catalogue import load_style
from kansenkaart.exports import write_geopackage
from kansenkaart.exports.qgis.atlas_words import tell_number
from kansenkaart.exports.qgis.layers import quote_sql
from kansenkaart.exports.styles.choropleth import Theme, draw_choropleth, mix
from kansenkaart.exports.styles.layer_styles import draw_sites
from kansenkaart.exports.styles.own import draw_own_sites
from kansenkaart.maps import compose
from kansenkaart.texts import load_texts
from kansenkaart.units import write_unit
from tests.exports.hostile import PROJECT
from tests.exports.small_run import make_empty_run, make_run

pytestmark = pytest.mark.qgis

TITLE = 'Kansen <b>& \'t Gooi</b> [% 1+1 %] \\"snel\\" [% @project_home %]'
SHOWN = 'Kansen <b>& \'t Gooi</b> [% 1+1 %] "snel" [% @project_home %]'
TEXTS, STYLE = load_texts("nl"), load_style()
STREAMS = {"restwarmte_ht": "Restwarmte (heet)", "co2": "CO₂ voor kassen"}
ATLAS = "Atlas per gemeente"
NUMBERS = [
    *(("nl", value) for value in (0, 0.0042, 14.25, 216_500.0, 217_500.0, -570_432.0, -14.25, -0.5, 1e9)),
    *(("en", value) for value in (1_234_567, -1_234.5, -3)),
]
THEMES = ["Overzicht", "Clusters", "Balans", "Coalities", "Hubs", "Per maand", ATLAS, *STREAMS.values()]
GROUPS = {
    "Plekken": ["Plekken", "Terreinen"],
    "Kansen": [
        *("Hubs", "Kansen", "Loopt al", "Coalities"),
        *("Per maand", TEXTS("tables.routes.title"), "Mogelijke paren", "Atlas: kansen"),
    ],
    "Overschot en tekort": ["Overschot", "Tekort"],
    "Gemeenten": ["Clusters van plekken", "Sterkste sectoren", "Gemeenten"],
    "Tabellen": ["Aanbod en vraag", "Kansen per maand", "Vuistregels"],
    ATLAS: ["Atlas: totalen per stroom", "Atlas: tekorten", "Atlas: coalities"],
    "Achtergrond": ["BRT-achtergrondkaart grijs (PDOK, vraagt internet)"],
}


@contextmanager
def protected(path):
    """A copy of `path` in a folder in which nobody can write, root neither."""
    folder = path.parent / "op slot"
    folder.mkdir()
    root = os.geteuid() == 0
    if root:
        made = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(folder)], capture_output=True)
        if made.returncode:
            yield None
            return
    shutil.copy(path, folder)
    try:
        if root:
            subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        else:
            folder.chmod(0o555)
        with pytest.raises(OSError, match=r"(?i)read-only|permission"):
            (folder / "nieuw").touch()
        yield folder / path.name
    finally:
        if root:
            subprocess.run(["umount", str(folder)], check=True)
        else:
            folder.chmod(0o755)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A run with hostile names and a hostile title."""
    text = PROJECT.replace("Kansen <b>Noord-Holland</b> & 't Gooi", TITLE)
    return make_run(tmp_path_factory.mktemp("bron"), text)


@pytest.fixture(scope="module")
def seen(hostile, tmp_path_factory, call_qgis):
    """What QGIS says of the project, and where its pictures are."""
    folder = tmp_path_factory.mktemp("Kaart é")
    path, empty = folder / "kansenkaart.gpkg", tmp_path_factory.mktemp("leeg") / "kansenkaart.gpkg"
    write_geopackage(path, hostile.frames, hostile.loaded)
    nothing = make_empty_run(tmp_path_factory.mktemp("niets"))
    write_geopackage(empty, nothing.frames, nothing.loaded)
    before, pictures = hashlib.sha256(path.read_bytes()).hexdigest(), tmp_path_factory.mktemp("beeld")
    with protected(path) as locked:
        others = {"empty": str(empty)} | ({"locked": str(locked)} if locked else {})
        request = {
            "package": str(path),
            "project": "kansenkaart",
            "folder": str(pictures),
            "sheets": ["Overzicht (A3 staand)", "Restwarmte (heet) (A3 staand)"],
            "others": others,
            "said": [tell_number(repr(value), load_texts(language)) for language, value in NUMBERS],
        }
        report = call_qgis("open_project.py", json.dumps(request))
    unchanged = hashlib.sha256(path.read_bytes()).hexdigest() == before
    left = sorted(one.name for one in folder.iterdir() if one.is_file())
    return report | {"unchanged": unchanged, "left": left}


def layer(seen, name):
    """The layer of that name, as QGIS tells it."""
    return next(one for one in seen["layers"].values() if one["name"] == name)


def test_it_opens_whole_without_the_network_and_changes_no_byte(seen):
    assert seen["opened"]
    assert seen["error"] == ""
    assert (seen["title"], seen["crs"]) == (SHOWN, "EPSG:28992")
    assert [one["name"] for one in seen["layers"].values() if not one["valid"]] == []
    assert seen["asked"] == []
    assert seen["unchanged"]
    assert seen["left"] == ["kansenkaart.gpkg"]


def test_a_dozen_layers_stand_in_groups_without_empty_ones_and_nothing_can_be_edited(seen):
    told = {group: [name for name, _ in layers] for group, layers in seen["tree"]}
    assert told == GROUPS
    assert set(seen["others"]["empty"]["rows"]) == {"Gemeenten"}
    on = {name for _, layers in seen["tree"] for name, shown in layers if shown}
    assert on == {"Plekken", "Terreinen", "Kansen", "Loopt al", "Gemeenten"}
    vectors = [one for one in seen["layers"].values() if "rows" in one]
    assert all(one["rows"] for one in vectors)
    assert all(one["read_only"] for one in vectors)
    assert len(seen["relations"]) == 8


def test_qgis_has_no_transformation_to_ask_for(seen):
    """The background is in RD too, and to degrees, web tiles and ETRS89 the project says which way to go."""
    background = layer(seen, GROUPS["Achtergrond"][0])
    assert (background["valid"], background["crs"]) == (True, "EPSG:28992")
    assert seen["transforms"] == {"EPSG:4326": True, "EPSG:3857": True, "EPSG:4258": True}


def test_rows_and_sums_per_layer_are_those_of_the_frames(hostile, seen):
    frames = hostile.frames
    sides = {role: frames.gaps[frames.gaps["role"] == role] for role in ("supply", "demand")}
    for name, frame, column in (
        ("Kansen", frames.matches, "quantity"),
        ("Overschot", sides["supply"], "remaining"),
        ("Tekort", sides["demand"], "remaining"),
        ("Loopt al", frames.links, "quantity"),
        ("Plekken", frames.sites, None),
    ):
        shown = layer(seen, name)
        assert shown["rows"] == len(frame), name
        if column:
            assert shown["sums"][column] == pytest.approx(frame[column].sum()), name


def test_every_layer_keeps_renderer_words_crs_and_index(seen):
    expected = {
        "Kansen": "RuleRenderer",
        "Overschot": "categorizedSymbol",
        "Loopt al": "categorizedSymbol",
        "Plekken": "RuleRenderer",
        "Gemeenten": "RuleRenderer",
    }
    assert {name: layer(seen, name)["renderer"] for name in expected} == expected
    for one in seen["layers"].values():
        if "rows" not in one:
            continue
        assert one["crs"] == ("EPSG:28992" if one["spatial"] else ""), one["name"]
        # what a query lays on the lines has no index of its own
        assert one["indexed"] == (one["spatial"] and one["name"] not in ("Per maand", "Atlas: kansen")), one[
            "name"
        ]
        unnamed = {column for column, alias in one["aliases"].items() if not alias}
        assert unnamed == {"fid"}, one["name"]
    match = layer(seen, "Kansen")
    assert match["aliases"]["distance_m"] == "Afstand hemelsbreed (m)"
    assert match["widgets"]["chance_class"] == "ValueMap"
    assert {"kan, maar loont nu niet": "technisch"} in match["choices"]["chance_class"]
    # an id leads to its row, and to none where nothing is named
    flows = layer(seen, "Aanbod en vraag")
    assert flows["references"] == {
        "site_id": ["sites_flows", "true"],
        "kengetal_id": ["kengetal_flows", "true"],
    }
    assert layer(seen, "Kansen")["references"] == {
        "supply_id": ["sites_supplies", "true"],
        "demand_id": ["sites_takes", "true"],
    }


def test_rows_are_called_by_what_they_are_about(seen):
    assert "Restwarmte (heet) aanbod: Plek 12" in layer(seen, "Aanbod en vraag")["titles"]
    assert any(title.endswith(" (CO₂ voor kassen)") for title in layer(seen, "Kansen")["titles"])
    assert all(one.get("titles") is None or all(one["titles"]) for one in seen["layers"].values())


def test_colours_and_words_are_those_of_the_style_and_of_the_map(hostile, seen, monkeypatch):
    kept = []

    class Kept(compose.Block):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            kept.append(self)

    monkeypatch.setattr(compose, "Block", Kept)
    compose.draw_map(hostile.frames, hostile.loaded, manifest_id="x")
    on_the_map = {one["id"]: one for one in kept[0].header["streams"]}
    classes = {key: TEXTS(f"tables.values.chance_class.{key}") for key in STYLE.classes}
    for stream, called in STREAMS.items():
        colour = STYLE.streams[stream].colour
        assert (on_the_map[stream]["name"], on_the_map[stream]["colour"]) == (called, colour)
        _, legend = seen["looks"]["Kansen"][called]
        own, keys = legend[: len(classes)], legend[len(classes) :]
        assert [label for label, _ in own] == list(classes.values())
        # how wide a line is, is told
        assert [label.split(":")[0] for label, _ in keys] == ["breedte", "breedte"]
        assert all(f" {on_the_map[stream]['unit']} per jaar" in label for label, _ in keys)
        for (_, colours), chance in zip(own, STYLE.classes.values(), strict=True):
            whole = not chance.outline_only and chance.opacity == 1
            inside = [] if whole else [STYLE.paper] if chance.outline_only else [STYLE.paper, colour]
            # first the line or its outline, last the arrow
            assert colours[:-1] == [colour, *inside]
        for name, fill in (("Overschot", colour), ("Tekort", STYLE.paper)):
            if called in seen["looks"][name]:
                circles = seen["looks"][name][called][1]
                assert [label.split(":")[0] for label, _ in circles] == [name.lower(), "cirkel", "cirkel"]
                assert [colours for _, colours in circles] == [[fill]] * 3
        assert called in seen["looks"]["Overschot"] or called in seen["looks"]["Tekort"]


def test_municipalities_are_coloured_by_what_a_stream_leaves_there(seen):
    look, classes = seen["looks"]["Gemeenten"]["Tekort: Restwarmte (heet)"]
    assert look == "graduatedSymbol"
    assert dict(classes) == {
        "geen vraag gelezen": [STYLE.land, mix(STYLE.ink, STYLE.paper, 0.35)],
        "geen tekort": [STYLE.paper],
        "tekort tot 50 GJ per ha per jaar": [classes[2][1][0]],
    }
    assert classes[2][1][0] in {
        mix(STYLE.streams["restwarmte_ht"].colour, STYLE.paper, share) for share in (0.1, 0.2, 0.33, 0.48)
    }


def test_whatever_style_is_chosen_columns_forms_and_actions_stay(seen):
    assert {"Plekken", "Kansen", "Gemeenten"} <= set(seen["uses"])
    for name, uses in seen["uses"].items():
        assert len(uses) == 1, name
    columns, _, table, actions, tip, _ = seen["uses"]["Kansen"][0]
    assert table
    assert actions
    assert tip
    assert {"ValueMap", "RelationReference"} <= {widget for _, widget, _ in columns}


def test_land_outside_the_region_is_pale_and_hatched_is_only_what_was_not_read_inside(hostile):
    frame = hostile.frames.municipalities.assign(
        in_region=[True] + [False] * (len(hostile.frames.municipalities) - 1)
    )
    drawn = draw_choropleth(Theme("restwarmte_ht", "short"), frame, STYLE, hostile.loaded, TEXTS)
    around = drawn.rules[-1]
    assert (around.label, around.bounds) == ("Omgeving", (-2.0, -2.0))
    assert len(around.symbol) == 1 < len(drawn.rules[0].symbol)
    assert drawn.column.startswith('if("in_region", ')
    assert drawn.column.endswith(", -2)")


def test_every_stream_has_a_theme_that_draws_it_in_its_own_colours(seen):
    assert sorted(seen["themes"]) == sorted(THEMES)
    for theme in seen["themes"].values():
        assert theme["remarks"] == []
    heat = seen["themes"]["Restwarmte (heet)"]
    assert {"Kansen", "Tekort", "Gemeenten"} <= set(heat["layers"])
    for stream, called in STREAMS.items():
        colours = _pixels(seen["themes"][called]["png"])
        assert STYLE.streams[stream].colour in colours
        assert {STYLE.water, STYLE.ink} <= colours
        assert len(colours) > 200
    both = _pixels(seen["themes"]["Overzicht"]["png"])
    assert {STYLE.streams[stream].colour for stream in STREAMS} | {STYLE.land} <= both


def test_the_overview_draws_the_best_in_full_and_all_others_thin(hostile, seen):
    shown = layer(seen, "Kansen")
    assert shown["renderer"] == "RuleRenderer"
    labels = [label for label, _ in shown["legend"]]
    best = hostile.frames.matches[hostile.frames.matches["rank"] <= 12]
    classes = TEXTS("tables.values.chance_class.kansrijk"), TEXTS("tables.values.chance_class.verkennen")
    for stream in best["stream"].unique():
        assert any(label.startswith(f"{STREAMS[stream]}, ") for label in labels)
    assert any(label.endswith(classes) for label in labels)
    assert labels[-3:] == [
        "alle overige kansen",
        "breedte: de grootste kans van zijn stroom",
        "breedte: een tiende daarvan",
    ]
    assert shown["labels"]
    # Places: by kind where a best chance ends, dots elsewhere.
    assert layer(seen, "Plekken")["legend"][-1][0] == "overige plekken"


def test_the_theme_of_clusters_draws_outlines_on_the_quotient_of_the_strongest_sector(seen):
    theme = seen["themes"]["Clusters"]
    assert set(theme["layers"]) == {"Clusters van plekken", "Sterkste sectoren", "Gemeenten"}
    colours = _pixels(theme["png"])
    # both municipalities by their quotient: 0.6 and 1.6 times as much as in the country
    assert {mix(STYLE.accent, STYLE.paper, share) for share in (0.05, 0.45)} <= colours
    looks = list(seen["looks"]["Sterkste sectoren"])
    assert "Locatiequotiënt: =cmd|' /C calc'!A0" in looks
    assert looks.count("Locatiequotiënt: <script>alert(1)</script>") == 1


def test_places_lead_to_their_flows_and_matches(hostile, seen):
    frames = hostile.frames
    every = {key: one for key, one in seen["relations"].items() if one["parent"] == "Plekken"}
    counts = frames.gaps["role"].value_counts()
    assert {one["name"]: one["rows"] for one in every.values()} == {
        "Aanbod en vraag": len(frames.flows),
        "Levert aan": len(frames.matches),
        "Krijgt van": len(frames.matches),
        "Overschot": counts["supply"],
        "Tekort": counts["demand"],
    }
    assert all(one["valid"] for one in seen["relations"].values())
    assert seen["relations"]["kengetal_flows"]["rows"] == frames.flows["kengetal_id"].notna().sum()
    assert seen["relations"]["matches_months"]["rows"] == len(frames.match_months)
    place = layer(seen, "Plekken")
    assert [name for name, _ in place["tabs"]] == [
        "Plek",
        "Aanbod en vraag",
        "Levert aan",
        "Krijgt van",
        "Overschot",
        "Tekort",
        "Kenmerken",
    ]
    shown = [name for name, _ in place["tabs"][0][1]]
    # what no place knows is not on the form
    assert "glass_ha" in shown
    assert "status_note" not in shown


def test_forms_and_tables_are_for_a_person(hostile, seen):
    """Names first, ids last or out of sight, numbers rounded, sentences on several lines, no empty rows."""
    chance = layer(seen, "Kansen")
    tabs = dict(chance["tabs"])
    assert list(tabs)[-1] == "Kenmerken"
    first = [name for name, _ in tabs["Kansen"]]
    assert first[:4] == ["rank", "stream", "supply_name", "supply_municipality"]
    assert not any(name.endswith("_id") for name in first)
    assert {"match_id", "supply_id", "demand_municipality_code"} <= {name for name, _ in tabs["Kenmerken"]}
    assert {"match_id", "supply_id", "demand_id"} <= set(chance["hidden"])
    assert not {"supply_name", "quantity"} & set(chance["hidden"])
    # 100,000 GJ is whole, a share is not
    assert (int(chance["precision"]["quantity"]), int(chance["precision"]["robustness"])) == (0, 2)
    assert "reason" in chance["multiline"]
    missing = hostile.frames.matches["net_eur_y"].isna()
    assert missing.any()
    assert "net_eur_y" in chance["blank"]
    assert "quantity" not in chance["blank"]


def test_a_tip_says_the_sentence_of_the_card(hostile, seen):
    said = layer(seen, "Kansen")["said"]
    match = hostile.frames.matches.iloc[0]
    assert " → " in said[0]
    assert TEXTS(f"tables.values.chance_class.{match['chance_class']}") in said[0]
    assert all("<script" not in one for one in said)
    left = layer(seen, "Tekort")["said"][0]
    assert left.endswith("De afnemers binnen bereik zijn al voorzien.")


def test_the_print_layout_is_a_whole_page_with_texts_as_they_are(seen):
    whole, single = THEMES[:5], THEMES[7:]
    assert [sheet["theme"] for sheet in seen["layouts"].values()] == [
        one for one in whole for _ in range(3)
    ] + single
    for name in ("Overzicht (A3 staand)", "Restwarmte (heet) (A3 staand)"):
        sheet = seen["layouts"][name]
        assert sheet["done"] == 0, name
        # the region is taller than wide, and so is the sheet
        assert sheet["page"] == [297, 420], name
        text = _text(sheet["pdf"])
        assert SHOWN in text
        for words in (
            "Herkomst: HVC (2019); Provincie (2023).",
            "Gemeentegrenzen: indeling van 2023",
            "Peiljaar 2023.",
            "Schaal ongeveer 1 :",
            "op A3",
            "Afgedrukt op",
        ):
            assert words in text, (name, words)
        assert "kansrijk" in text
        assert "[% char" not in text


def test_every_sheet_is_complete_and_nothing_lies_over_anything(hostile, seen):
    """Title, legend of all that is drawn, scale, north, sources and year; one family; A4, A3 and A0."""
    parts = {"title", "subtitle", "map", "legend", "scalebar", "scale", "north", "sources", "made"}
    sizes = set()
    for name, sheet in seen["layouts"].items():
        listed = sheet["theme"] in _listed(hostile)
        assert set(sheet["items"]) == parts | ({"chances", "chances_title"} if listed else set()), name
        faults = sheet["overlaps"], sheet["outside"], sheet["cut"], sheet["full"]
        assert faults == ([], [], [], []), name
        assert sheet["drawn"], name
        assert sheet["shown"] == sheet["drawn"], name
        assert len(sheet["families"]) == 1, name
        sizes.add(tuple(sheet["page"]))
    assert sizes == {(210, 297), (297, 420), (841, 1189)}


def test_the_list_beside_the_map_has_the_numbers_on_its_lines(hostile, seen):
    """Of the overview and of a stream: every number on the map is a row, with both ends, amount and class."""
    listed, called = _listed(hostile), hostile.frames.sites.set_index("site_id")["name"]
    for name in ("Overzicht (A3 staand)", "Restwarmte (heet) (A3 staand)"):
        sheet, chances = seen["layouts"][name], listed[seen["layouts"][name]["theme"]].nsmallest(12, "rank")
        assert sheet["names"]["numbers"] == list(chances["rank"]), name
        text = _dense(_text(sheet["pdf"]))
        for one in chances.itertuples():
            amount = f"{TEXTS.number(one.quantity)}{write_unit(one.unit)}"
            row = str(one.rank), called[one.supply_id][:3], f"→{called[one.demand_id][:3]}", amount
            assert all(_dense(part) in text for part in row), (name, row)


def test_no_text_in_print_is_smaller_than_can_be_read(seen):
    """Texts, legend, scale bar, tables and the names on the map, of every sheet and page of the atlas."""
    for name, sheet in (*seen["layouts"].items(), *seen["atlas"]["pages"].items()):
        points = sheet["points"]
        assert set(sheet["items"]) - {"map", "north"} <= set(points), name
        assert "names" in points, name
        assert min(points.values()) >= 6.0, (name, points)


def test_no_name_lies_over_a_symbol_and_every_number_is_on_the_map(seen):
    """The rectangles of the names that QGIS placed against the symbols that it drew."""
    sheets = [one for one in seen["layouts"].values() if "names" in one]
    assert len(sheets) == 2
    for sheet in (*sheets, *seen["atlas"]["pages"].values()):
        names = sheet["names"]
        assert names["symbols"] > 10
        assert (names["over"], names["lost"]) == ([], [])
    # those of municipalities and of the ends of the best chances
    assert min(len(sheet["names"]["drawn"]) for sheet in sheets) > 4


def test_the_atlas_has_a_page_per_municipality_of_the_region_that_is_complete(hostile, seen):
    """Title, map, legend of all that is drawn, scale, north, sources, year; nothing cut, hidden or off the page."""
    inside = hostile.frames.municipalities
    inside = inside[inside["in_region"].astype(bool)]
    pages = seen["atlas"]["pages"]
    assert list(pages) == sorted(inside["municipality"])
    assert {page["file"] for page in pages.values()} == {
        f"atlas-{one}" for one in inside["municipality_code"]
    }
    parts = {
        "title",
        "subtitle",
        "kicker",
        "map",
        "legend",
        "scalebar",
        "scale",
        "north",
        "sources",
        "made",
        "note",
    }
    parts |= {"figures", "here", "region", "share", "chances", "totals", "gaps", "coalitions"}
    for name, page in pages.items():
        assert parts <= set(page["items"]), name
        faults = page["overlaps"], page["outside"], page["cut"], page["full"]
        assert faults == ([], [], [], []), name
        assert page["shown"] == page["drawn"], name
        assert (page["theme"], page["page"], page["families"]) == (ATLAS, [210, 297], page["families"][:1])
        text = _text(page["pdf"])
        for words in (name, SHOWN, "Schaal ongeveer 1 :", "Peiljaar 2023.", "Herkomst: HVC (2019)"):
            assert words in text, (name, words)
    # by a relation QGIS asks the file for the chances of one municipality; by a filter it reads all, at opening too
    assert seen["atlas"]["sources"]["chances"] == 2
    copy = seen["atlas"]["copy"]
    assert (copy["own"], copy["filtered"], copy["theme"], copy["pages"]) == (True, True, ATLAS, len(pages))


def test_the_atlas_says_the_numbers_of_the_command_atlas(hostile, seen):
    sheets = choose_sheets(take_result(hostile.frames, hostile.loaded))
    told = {sheet.name: sheet for sheet in sheets}
    rows = 0
    for name, page in seen["atlas"]["pages"].items():
        text, sheet = _text(page["pdf"]), told[name]
        for row in sheet.figures.rows:
            assert row[1] in text, (name, row)
        grids = {grid.key: grid.rows for grid in (*sheet.grids, sheet.coalitions)}
        for row in _totals(hostile.frames, name):
            assert " ".join(row) in text, (name, row)
        for row in grids["gaps"]:
            assert _dense("".join(row[2:4])) in _dense(text), (name, row)
        for row in grids["chances"]:
            assert _dense(row[0] + row[1][:3]) in _dense(text), (name, row)
            assert _dense(row[3].split(" ")[0]) in _dense(text), (name, row)
        rows += sum(map(len, grids.values()))
    assert rows > 6


def test_the_atlas_writes_a_number_as_it_stands_elsewhere(seen):
    """Grouped, in so many figures, a half to the even one, with a true minus."""
    assert seen["said"] == [load_texts(language).number(value) for language, value in NUMBERS]


def test_a_copy_of_a_sheet_is_tied_to_its_own_map_and_its_scale_bar_fits(seen):
    printed = {name: sheet for name, sheet in seen["layouts"].items() if "copy" in sheet}
    assert len(printed) == 2
    for name, sheet in printed.items():
        copy = sheet["copy"]
        assert (copy["own"], copy["filtered"], copy["theme"]) == (True, True, sheet["theme"]), name
        most, width = copy["bar"]
        assert 0.5 * most <= width <= 1.001 * most, name


def test_kinds_are_told_apart_without_colour(hostile):
    """Also those that share a drawing: in each a mark of its own."""
    kinds = list(hostile.loaded.catalogue.kinds)
    drawn = draw_sites(pd.DataFrame({"kind": kinds}), STYLE, hostile.loaded, TEXTS).rules
    looks = {(rule.symbol[0].properties["name"], rule.symbol[0].properties["color"]) for rule in drawn}
    assert len(looks) == len(kinds) > 50


def test_the_legend_of_the_atlas_has_short_names_that_stay_apart(hostile):
    """Of all kinds, so that its five columns fit on a page of a municipality with many."""
    kinds = draw_sites(
        pd.DataFrame({"kind": list(hostile.loaded.catalogue.kinds)}), STYLE, hostile.loaded, TEXTS
    )
    names = [rule.label for rule in draw_own_sites(kinds.rules, STYLE, TEXTS).rules]
    assert len(set(names)) == len(names) > 50
    assert max(map(len, names)) <= 26


def test_labels_and_candidates_come_when_zoomed_in(seen):
    assert layer(seen, "Mogelijke paren")["scales"] == [True, 200_000.0]
    assert layer(seen, "Terreinen")["scales"] == [True, 150_000.0]
    assert all(layer(seen, name)["labels"] for name in ("Gemeenten", "Plekken"))
    # a tip is read as HTML: a name may not bring its own
    assert "&lt;" in layer(seen, "Plekken")["tip"]


def test_there_is_a_bookmark_on_the_region(seen):
    [[name, extent, crs]] = seen["bookmarks"]
    assert (name, crs) == ("Regio", "EPSG:28992")
    low, high = ([float(one) for one in corner.split(",")] for corner in extent.split(" : "))
    assert low[0] < 100_000 < 125_000 < high[0]
    assert low[1] < 475_000 < 525_000 < high[1]


def test_metadata_stands_in_the_project_and_in_the_file(seen):
    for one in (layer(seen, "Kansen"), seen["alone"]):
        known = one["metadata"]
        assert (known["title"], known["language"]) == ("Kansen", "NLD")
        assert known["abstract"].startswith("Wie wat aan wie kan leveren.")
        assert known["history"] == ["HVC (2019)", "Provincie (2023)"]
        assert known["licences"] == ["CC0"]
        assert known["keywords"] == {"kansenkaart": list(STREAMS.values())}
        assert (known["crs"], known["periods"], len(known["extents"])) == ("EPSG:28992", [2023], 1)


def test_a_project_of_nothing_and_one_in_a_protected_folder_open_too(seen):
    empty = seen["others"]["empty"]
    assert (empty["opened"], empty["valid"], empty["themes"]) == (True, True, ["Overzicht"])
    assert empty["saved"]
    if "locked" not in seen["others"]:
        pytest.skip("root could not make a folder that it cannot write in itself")
    locked = seen["others"]["locked"]
    assert (locked["opened"], locked["valid"], locked["saved"]) == (True, True, False)
    assert locked["rows"]["Kansen"] == layer(seen, "Kansen")["rows"]


def test_a_filter_is_text_and_never_sql():
    assert quote_sql("x' OR '1'='1\\") == "'x'' OR ''1''=''1\\'"


def _listed(run):
    """Chances by the name of the theme whose sheets list them."""
    matches = run.frames.matches
    own = {TEXTS(f"streams.{stream}"): part for stream, part in matches.groupby("stream")}
    return {"Overzicht": matches} | own


def _pixels(png):
    """Colours in the picture, as #rrggbb."""
    with pytest.warns(NotGeoreferencedWarning), rasterio.open(png) as picture:
        red, green, blue = picture.read([1, 2, 3]).astype(np.uint32)
    return {f"#{one:06x}" for one in np.unique(red << 16 | green << 8 | blue).tolist()}


def _totals(frames, municipality):
    """Per stream what is left and lacking in the gaps of a municipality, which tests/atlas holds against the totals."""
    codes = frames.municipalities.set_index("municipality")["municipality_code"]
    places = frames.sites.set_index("site_id")["municipality_code"]
    own = frames.gaps[frames.gaps["site_id"].map(places) == codes[municipality]]
    for stream, rows in own.groupby("stream"):
        amounts = []
        for role in ("supply", "demand"):
            side = rows[rows["role"] == role]
            for column in ("value", "delivered", "if_pays", "remaining"):
                amounts.append(TEXTS.number(float(side[column].sum())) if len(side) else "–")
        yield [f"{STREAMS[stream]} ({rows['unit'].iloc[0]})", *amounts]


def _dense(text):
    return "".join(text.split())


def _text(pdf):
    """The text of a page, on one line."""
    done = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True, check=True)
    return " ".join(done.stdout.split())
