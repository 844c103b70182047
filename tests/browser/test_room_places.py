"""In the room: firms that are missing, and places that stay off the screen."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyproj import Transformer

from kansenkaart.geo import RD, WGS84
from kansenkaart.tables import Frames
from tests.browser import checks
from tests.browser import room_steps as room
from tests.maps.poisoned import poison

pytestmark = pytest.mark.browser

Open = Callable[..., "Any"]

_TO_RD = Transformer.from_crs(WGS84, RD, always_xy=True)


def test_a_missing_firm_gets_its_place_by_a_click(frames: Frames, open_map: Open, tmp_path: Path) -> None:
    opened = open_map(frames)
    page = opened.page
    page.click("#kk-open-missing")
    page.click(".firm-form .room-do")
    assert opened.texts(".room-faults p") == ["Vul een naam in.", "Kies een plek op de kaart."]
    page.fill("#kk-firm-name", "Bakkerij Vooruit")
    page.select_option("#kk-firm-stream", "effluentwater")
    page.click(".firm-role label >> nth=1")
    page.fill("#kk-firm-quantity", "1.2.3")
    assert "geen hoeveelheid" in opened.text("#kk-firm-unit")
    page.fill("#kk-firm-quantity", "12.500,5")
    assert opened.text("#kk-firm-unit") == "in m³ per jaar; u schrijft 12.500 m³"
    page.click("#kk-pick")
    before = page.evaluate("kansenkaart.page.layers.places._container.toDataURL()")
    page.evaluate(
        "kansenkaart.page.map.once('click', ({ latlng }) => { window.at = [latlng.lng, latlng.lat]; })"
    )
    page.mouse.click(1000, 480)
    here = page.evaluate("window.at")
    assert page.evaluate("kansenkaart.page.state.chosen") is None
    page.fill("#kk-firm-comment", "Start in mei")
    page.click(".firm-form .room-do")
    (firm,) = page.evaluate(room.STORED)["own"]["missing"]
    x, y = _TO_RD.transform(np.array(here[:1]), np.array(here[1:]))
    assert np.hypot(firm["x"] - x[0], firm["y"] - y[0]) < 2.0
    assert [firm[key] for key in ("name", "stream", "role", "quantity", "unit", "comment")] == [
        "Bakkerij Vooruit", "effluentwater", "demand", 12500.5, "m3", "Start in mei"
    ]  # fmt: skip
    page.click("#kk-drawer .close")
    assert page.evaluate("kansenkaart.page.layers.places._container.toDataURL()") != before
    # Its own mark, in the colour of the page, where the place is.
    pixel = """([x, y]) => { const { layers, map } = kansenkaart.page;
        const box = map.getContainer().getBoundingClientRect();
        const { offset, ratio } = layers.places.view;
        const at = map.containerPointToLayerPoint([x - box.left, y - box.top]);
        const ctx = layers.places._container.getContext('2d');
        return [...ctx.getImageData((at.x - offset.x) * ratio, (at.y - offset.y) * ratio, 1, 1).data]; }"""
    assert page.evaluate(pixel, [1000 - 8, 480 - 18])[:3] == [0x0B, 0x5C, 0x63]
    page.mouse.click(1000, 480 - 14)
    assert page.input_value("#kk-firm-name") == "Bakkerij Vooruit"
    assert page.input_value("#kk-firm-quantity") == "12.500,5"
    page.fill("#kk-firm-name", "Bakkerij Achteruit")
    page.click(".firm-form .room-do")
    assert [one["name"] for one in page.evaluate(room.STORED)["own"]["missing"]] == ["Bakkerij Achteruit"]
    page.click("#kk-firms >> text=Verwijderen")
    assert page.evaluate(room.STORED)["own"]["missing"] == []
    assert page.locator("#kk-firms").count() == 0
    page.click("#kk-undo")
    assert [one["name"] for one in page.evaluate(room.STORED)["own"]["missing"]] == ["Bakkerij Achteruit"]
    ballot = room.export(page, tmp_path / "tafel.json")
    assert ballot["missing"][0]["name"] == "Bakkerij Achteruit"
    assert opened.faults == []


def test_a_missing_firm_gets_its_place_by_keyboard(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames)
    page = opened.page
    page.focus("#kk-open-missing")
    page.keyboard.press("Enter")
    page.focus("#kk-firm-name")
    page.keyboard.type("Kaasmakerij")
    page.focus("#kk-pick")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "map_kansenkaart"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "kk-pick"
    assert page.locator("#kk-drawer").is_visible()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    opened.settle()
    page.keyboard.press("Enter")
    centre = page.evaluate(
        "(() => { const { lng, lat } = kansenkaart.page.map.getCenter(); return [lng, lat]; })()"
    )
    page.focus("#kk-firm-comment")
    page.focus(".firm-form .room-do")
    page.keyboard.press("Enter")
    (firm,) = page.evaluate(room.STORED)["own"]["missing"]
    x, y = _TO_RD.transform(np.array(centre[:1]), np.array(centre[1:]))
    assert np.hypot(firm["x"] - x[0], firm["y"] - y[0]) < 2.0
    assert firm["quantity"] is None
    assert opened.faults == []


def named_by_another(frames: Frames) -> tuple[str, str, int]:
    """Return a place, its name, and the rank (from 0) of a chance of others that hangs on what it offers or asks."""
    flow = frames.tornado.loc[frames.tornado["input_kind"] == "flow", "input_id"].iloc[0]
    site = frames.flows.set_index("flow_id").loc[flow, "site_id"]
    rows = frames.matches.sort_values("rank").reset_index(drop=True)
    others = rows["decided_by"].fillna("").str.contains(flow, regex=False) & ~rows["supply_id"].eq(site)
    name = frames.sites.set_index("site_id").loc[site, "name"]
    return site, name, int(rows.index[others & ~rows["demand_id"].eq(site)][0])


def test_a_hidden_place_leaves_every_name_mark_line_and_row(
    rich: Frames, open_map: Open, tmp_path: Path
) -> None:
    opened = open_map(rich)
    page = opened.page
    rows = room.matches(rich)
    site, name, other = named_by_another(rich)
    number = rich.sites["site_id"].tolist().index(site)
    left = rich.matches[(rich.matches["supply_id"] != site) & (rich.matches["demand_id"] != site)]
    page.evaluate("(id) => kansenkaart.page.actions.choose({ kind: 'site', id })", number)
    page.focus("#kk-tab-streams")
    page.keyboard.press("h")
    assert page.evaluate("kansenkaart.page.state.chosen") is None
    assert page.locator("#kk-card").is_hidden()
    assert checks.list_ids(page) == left.sort_values("rank")["match_id"].tolist()
    assert "1 plek verborgen" in opened.text("#kk-headline")
    assert "1 plek verborgen" in opened.text("#kk-count")
    page.click("label:has(#kk-unmatched)")
    assert number not in page.evaluate("kansenkaart.page.layers.painted.places.map((place) => place.s)")
    page.click("#kk-tab-chances")
    # A longer number is the name of another place.
    alone = rf"{re.escape(name)}(?!\d)"
    page.fill("#kk-search", name)
    assert not re.search(alone, page.evaluate("document.getElementById('kk-found').textContent"))
    page.fill("#kk-search", "")
    page.click("#kk-tab-gaps")
    flows = rich.flows.set_index("flow_id")["site_id"]
    gaps = rich.gaps[(rich.gaps["role"] == "supply") & (rich.gaps["remaining"] > 0)]
    kept = gaps[gaps["flow_id"].map(flows) != site]
    assert page.evaluate("kansenkaart.page.gaps.length") == len(kept)
    room.choose(page, other)
    words = page.evaluate("() => document.getElementById('kk').innerText")
    assert not re.search(alone, words)
    assert "een verborgen plek" in words
    # No reason, chain, delivery or uncertain number of the model says the name either.
    inside = """(name) => { const { model } = kansenkaart.page; const said = [];
        const whole = new RegExp(`(^|[^\\\\p{L}\\\\p{N}])${name}($|[^\\\\p{L}\\\\p{N}])`, 'u');
        const look = (value) => {
          if (typeof value === 'string' && whole.test(value)) said.push(value);
          else if (value && typeof value === 'object') Object.values(value).forEach(look);
        };
        const own = ['m.reason', 'f.reason', 'f.formula'].map((name) => `${name}.own`);
        for (const key of ['siteNames', 'strings', 'chains', 'inputs', 'links', ...own]) look(model[key]);
        return said; }"""
    assert page.evaluate(inside, name) == []
    ballot = room.export(page, tmp_path / "tafel.json")
    assert site not in json.dumps(ballot)
    page.reload()
    page.wait_for_selector("#kk[data-phase=ready]")
    assert checks.list_ids(page) == left.sort_values("rank")["match_id"].tolist()
    page.click("#kk-open-room")
    page.click(".room-hidden summary")
    page.click(".room-hidden li button")
    assert len(checks.list_ids(page)) == len(rows)
    assert page.evaluate("(n) => kansenkaart.page.model.siteNames[n]", number) == name
    assert page.evaluate(inside, name) != []
    assert "verborgen" not in opened.text("#kk-count")
    assert opened.faults == []


def test_h_hides_only_a_chosen_place_and_can_be_switched_off(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames)
    page = opened.page
    hidden = "kansenkaart.page.model.hiddenCount"
    page.keyboard.press("h")
    room.choose(page, 0)
    page.keyboard.press("h")
    assert page.evaluate(hidden) == 0
    page.evaluate("kansenkaart.page.actions.choose({ kind: 'site', id: 3 })")
    page.click("#kk-tab-chances")
    page.focus("#kk-search")
    page.keyboard.type("hh")
    assert page.evaluate(hidden) == 0
    assert page.input_value("#kk-search") == "hh"
    page.fill("#kk-search", "")
    page.click("#kk-open-room")
    page.click("label:has(#kk-hide-key)")
    page.click("#kk-drawer .close")
    page.keyboard.press("h")
    assert page.evaluate(hidden) == 0
    page.click(".room-hide")
    assert page.evaluate(hidden) == 1
    page.click("#kk-undo")
    assert page.evaluate(hidden) == 0
    assert opened.faults == []


def test_evil_names_can_be_hidden_and_shown(frames: Frames, open_map: Open) -> None:
    opened = open_map(poison(frames, room.EVIL), title=room.EVIL, question=room.EVIL)
    page = opened.page
    page.evaluate("kansenkaart.page.actions.choose({ kind: 'site', id: 0 })")
    page.keyboard.press("h")
    room.say(page, 0, votes=1)
    page.click(".doubt[data-number=reason]")
    page.click("#kk-open-room")
    page.click(".room-hidden summary")
    page.click(".room-hidden li button")
    assert page.evaluate("window.evil") is None
    assert page.locator("img[src=x]").count() == 0
    assert opened.faults == []
