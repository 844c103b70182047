"""The atlas in QGIS: an A4 per municipality with its map, key numbers, chances, totals, shortages and coalitions.

What stands on it QGIS works out from the layers of the project, page by page, so that a layout that is copied and
changed stays right; ``kansenkaart atlas`` says the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree as ET

from kansenkaart.exports.content.facts import FACTS, find_facts
from kansenkaart.exports.qgis.atlas_layers import TOTALS
from kansenkaart.exports.qgis.atlas_table import AtlasTable, Column, draw_table
from kansenkaart.exports.qgis.atlas_words import (
    cut,
    gather,
    gather_own,
    tell_amount,
    tell_count,
    tell_number,
    tell_own,
    tell_unit,
)
from kansenkaart.exports.qgis.forms import OF_A_MUNICIPALITY
from kansenkaart.exports.qgis.items import (
    draw_label,
    draw_map,
    draw_north,
    draw_page,
    draw_scale_bar,
    draw_text,
)
from kansenkaart.exports.qgis.layout import tell_made
from kansenkaart.exports.qgis.legend import draw_legend
from kansenkaart.exports.qgis.paper import Place, fit_shape
from kansenkaart.exports.qgis.sheet import Sheet
from kansenkaart.exports.qgis.themes import MapTheme
from kansenkaart.exports.styles.own import CODE, HERE, MOST_CHANCES, NOW, OWN
from kansenkaart.exports.styles.qml import clean, quote_value

_WIDTH, _HEIGHT = 210.0, 297.0
_MAP: Place = (10.0, 31.5, 108.0, 78.5)
_LEGEND: Place = (10.0, 111.0, 190.0, 38.5)
_COALITIONS: Place = (122.0, 68.5, 78.0, 22.5)
_CHANCES: Place = (10.0, 150.0, 190.0, 33.0)
_TOTALS: Place = (10.0, 184.0, 190.0, 51.0)
_GAPS: Place = (10.0, 236.0, 190.0, 26.0)
_ROWS = {"chances": MOST_CHANCES, "totals": 12, "gaps": 5, "coalitions": 4}
_FACTS_Y, _FACTS_MM = 31.5, 36.0
# Left and width of what the key numbers are about, and of here, region and share.
_FACT_COLUMNS = ((122.0, 38.0), (160.0, 14.0), (174.0, 16.0), (190.0, 10.0))
_SITES, _LINKS = "kansenkaart_sites", "kansenkaart_links"
# Of columns whose heading is longer or whose numbers are shorter than of the others.
_TOTAL_MM = {
    "given": 14.0,
    "received": 14.0,
    "given_if_pays": 19.0,
    "received_if_pays": 19.0,
    "contract": 15.0,
}
_AIR = "0.12"
# QGIS works tables out when it opens a project, too.
_ON_A_PAGE = "@atlas_feature IS NOT NULL"
_STREAM = 'represent_value("stream")'


def draw_atlas(theme: MapTheme, sheet: Sheet) -> ET.Element:
    """Return ``Layout`` of the atlas: a page per municipality of the region, by name."""
    style, texts = sheet.style, sheet.content.texts
    root = ET.Element("Layout", name=clean(theme.name), units="mm", printResolution="300", worldFileMap="")
    ET.SubElement(root, "PageCollection").append(draw_page(_WIDTH, _HEIGHT, style))
    root.extend(_draw_head(sheet))
    chart = draw_map(theme.name, _MAP, fit_shape(sheet.extent, _MAP[2] / _MAP[3]), style)
    ET.SubElement(chart, "AtlasMap", atlasDriven="1", scalingMode="2", margin=_AIR)
    root.append(chart)
    root.append(draw_legend(theme, sheet, _LEGEND, factor=0.62, columns=5))
    root.append(draw_north((190.0, 95.0, 9.0, 12.0), style))
    # about as much of a municipality as the bar will stand for
    bar = draw_scale_bar((122.0, 94.5, 60.0, 9.0), 5.0, room_mm=25.0, factor=0.74, style=style)
    root.append(bar)
    said = texts("tables.project.scale", paper="A4")
    root.append(draw_label("scale", said, (122.0, 105.5, 66.0, 4.5), points=6.5, style=style))
    root.extend(_draw_facts(sheet))
    for table, place in _plan_tables(sheet):
        root.extend(draw_table(table, place, style))
    root.extend(_draw_foot(theme, sheet))
    root.append(_draw_coverage())
    # QGIS reads tables after all other items
    tables = root.findall("LayoutMultiFrame")
    for one in tables:
        root.remove(one)
    root.extend(tables)
    return root


def _draw_coverage() -> ET.Element:
    return ET.Element(
        "Atlas",
        enabled="1",
        coverageLayer="kansenkaart_municipalities",
        hideCoverage="0",
        filterFeatures="1",
        featureFilter='"in_region"',
        sortFeatures="1",
        sortAscending="1",
        sortKey='"municipality"',
        pageNameExpression='"municipality"',
        filenamePattern="'atlas-' || attribute(@atlas_feature, 'municipality_code')",
    )


def _draw_head(sheet: Sheet) -> Iterator[ET.Element]:
    style, texts, project = sheet.style, sheet.content.texts, sheet.content.loaded.project
    kicker = texts("atlas.kicker", title=project.title, year=project.reference_year)
    yield draw_text("kicker", kicker, (10.0, 6.5, 190.0, 4.5), points=8, style=style)
    name = "[% attribute(@atlas_feature, 'municipality') %]"
    yield draw_label("title", name, (10.0, 11.0, 190.0, 9.5), points=20, style=style, bold=True)
    yield draw_label("subtitle", _tell_best(sheet), (10.0, 21.0, 190.0, 9.5), points=9, style=style)


def _tell_best(sheet: Sheet) -> str:
    """The sentence of the page; that nothing was read or found is an answer, too."""
    texts = sheet.content.texts
    count = {
        "places": gather(_SITES, "count", '"site_id"', HERE),
        "count": _count(sheet),
        "now": _count(sheet, NOW),
    }
    pair = '"supply_name" || \' → \' || "demand_name"'
    best = f"{pair} || ', ' || {tell_amount('quantity', texts)} || ' ' || {_STREAM}"
    first = gather_own("array_agg", best, order=f'if({NOW}, 0, 1000000000) + "rank"')
    keys = ("atlas_no_places", "atlas_no_chances", "atlas_some")
    none, alone, some = (
        texts(f"tables.project.{key}", places="{places}", count="{count}", now="{now}", best="{best}")
        for key in keys
    )
    filled = (
        f"'{{places}}', {tell_count(count['places'], texts)}, '{{count}}', {tell_count(count['count'], texts)}, "
        f"'{{now}}', {tell_count(count['now'], texts)}"
    )
    if not _has("matches", sheet):
        return f"[% replace(if({count['places']} = 0, {quote_value(none)}, {quote_value(alone)}), map({filled})) %]"
    said = (
        f"CASE WHEN {count['places']} = 0 AND {count['count']} = 0 THEN {quote_value(none)} "
        f"WHEN {count['count']} = 0 THEN {quote_value(alone)} ELSE {quote_value(some)} END"
    )
    return f"[% replace({said}, map({filled}, '{{best}}', coalesce(array_first({first}), ''))) %]"


def _has(table: str, sheet: Sheet) -> bool:
    return len(sheet.content.frames[table]) > 0


def _count(sheet: Sheet, only: str = "true") -> str:
    return f"coalesce({gather_own('sum', f'if({only}, 1, 0)')}, 0)" if _has("matches", sheet) else "0"


def _draw_facts(sheet: Sheet) -> Iterator[ET.Element]:
    """Key numbers of the municipality beside those of the region, a column a text."""
    style, texts, frames = sheet.style, sheet.content.texts, sheet.content.frames
    areas = frames["municipalities"]
    codes = areas.loc[areas["in_region"].astype(bool), "municipality_code"]
    region = find_facts(frames, codes)
    running = gather(_LINKS, "count", '"link_id"', f"\"status\" = 'running' AND {OWN}")
    here = {
        "area": "attribute(@atlas_feature, 'area_ha') / 100",
        "places": gather(_SITES, "count", '"site_id"', HERE) if _has("sites", sheet) else "0",
        "running": running if _has("links", sheet) else "0",
        "now": _count(sheet, NOW),
        "later": _count(sheet, f"NOT ({NOW})"),
        "co2": _sum_now("co2_avoided_t_y", sheet),
        "net": _sum_now("net_eur_y", sheet),
    }
    columns: tuple[list[str], ...] = ([], [], [], [])
    for key in FACTS:
        whole, counted = region[key], isinstance(region[key], int)
        value = tell_count(here[key], texts) if counted else tell_number(here[key], texts)
        share = (
            f"if({here[key]} >= 0, {tell_number(f'100 * ({here[key]}) / {whole!r}', texts, 2)} || ' %', '–')"
        )
        columns[0].append(texts(f"atlas.fact_{key}"))
        columns[1].append(f"[% {value} %]")
        columns[2].append(texts.count(int(whole)) if counted else texts.number(whole))
        columns[3].append(f"[% {share} %]" if whole > 0 else "–")
    heads = ("figures", "here", "region", "share")
    for number, (name, lines, (x, width)) in enumerate(zip(heads, columns, _FACT_COLUMNS, strict=True)):
        right = number > 0
        top, under = (x, _FACTS_Y, width, 4.6), (x, _FACTS_Y + 4.6, width, _FACTS_MM - 4.6)
        head = texts(f"atlas.{name}")
        yield draw_label(
            f"{name}_title", head, top, points=6.5 if right else 8, style=style, bold=True, right=right
        )
        yield draw_label(name, "\n".join(lines), under, points=6.5, style=style, right=right)


def _sum_now(column: str, sheet: Sheet) -> str:
    if not _has("matches", sheet):
        return "0"
    now = f'if({NOW}, "{column}", NULL)'
    return f"coalesce({gather_own('sum', now)}, 0)"


def _plan_tables(sheet: Sheet) -> Iterator[tuple[AtlasTable, Place]]:
    """The tables of which the project has a layer."""
    if _has("matches", sheet):
        yield _plan_chances(sheet), _CHANCES
    if _has("gaps", sheet):
        yield _plan_totals(sheet), _TOTALS
        yield _plan_gaps(sheet), _GAPS
    if len(sheet.content.frames.get("coalitions", ())):
        yield _plan_coalitions(sheet), _COALITIONS


def _head(key: str, count: str, sheet: Sheet) -> str:
    """The heading of a table: where not all rows fit it says how many there are."""
    texts, most = sheet.content.texts, _ROWS[key]
    title = texts(f"atlas.{key}")
    part = texts("atlas.part", title=title, shown=most, count="{count}")
    more = f"replace({quote_value(part)}, '{{count}}', {tell_count(count, texts)})"
    return f"[% if({count} > {most}, {more}, {quote_value(title)}) %]"


def _plan_chances(sheet: Sheet) -> AtlasTable:
    texts = sheet.content.texts
    ways = {way: quote_value(texts(f"atlas.{way}")) for way in ("inside", "outgoing", "incoming")}
    way = (
        f'CASE WHEN "supply_municipality_code" = "demand_municipality_code" THEN {ways["inside"]} '
        f'WHEN "supply_municipality_code" = {CODE} THEN {ways["outgoing"]} ELSE {ways["incoming"]} END'
    )
    giver = cut('"supply_name"', 34)
    names = f"{giver} || ' → ' || \"demand_name\""
    pair = cut(names, 50)
    chance = f'if({NOW}, represent_value("chance_class"), {quote_value(texts("tables.project.not_now"))})'
    columns = (
        Column(texts("atlas.number"), 'to_string("number")', 8.0),
        Column(texts("atlas.pair"), pair, 72.0),
        Column(texts("atlas.way"), way, 15.0),
        Column(texts("atlas.stream"), cut(_STREAM, 26), 35.0),
        Column(texts("atlas.class"), chance, 18.0),
        Column(texts("atlas.quantity"), tell_amount("quantity", texts), 22.0, True),
        Column(texts("atlas.net_short"), tell_own("net_eur_y", texts, 2), 20.0, True),
    )
    head, empty = _head("chances", _count(sheet), sheet), texts("atlas.chances_none")
    order, most = (('"number"', False),), _ROWS["chances"]
    return AtlasTable(
        "chances", "", head, columns, _ON_A_PAGE, order, most, empty, relation=OF_A_MUNICIPALITY
    )


def _plan_totals(sheet: Sheet) -> AtlasTable:
    texts, gaps = sheet.content.texts, sheet.content.frames["gaps"]
    shown = [one for one in TOTALS if one != "contract" or (gaps["under_contract"] > 0).any()]
    numbers = (
        Column(texts(f"atlas.total_{one}"), tell_own(one, texts), _TOTAL_MM.get(one, 17.0), True)
        for one in shown
    )
    stream = Column(texts("atlas.stream"), f"{cut(_STREAM, 24)} || ' (' || {tell_unit()} || ')'", 41.0)
    some = f'{HERE} AND (coalesce("supply", 0) > 0 OR coalesce("demand", 0) > 0)'
    order = (('"moves"', True), (_STREAM, False))
    return _table(sheet, "totals", "kansenkaart_atlas_totals", some, (stream, *numbers), order)


def _plan_gaps(sheet: Sheet) -> AtlasTable:
    texts = sheet.content.texts
    columns = (
        Column(texts("atlas.place"), cut('"site_name"', 40), 62.0),
        Column(texts("atlas.stream"), cut(_STREAM, 30), 42.0),
        Column(texts("atlas.cause"), 'represent_value("cause")', 44.0),
        Column(texts("atlas.total_short"), tell_amount("remaining", texts), 24.0, True),
        Column(texts("atlas.of_region"), f"{tell_own('share', texts, 2)} || ' %'", 18.0, True),
    )
    return _table(
        sheet, "gaps", "kansenkaart_atlas_gaps", HERE, columns, (('"share"', True), ('"flow_id"', False))
    )


def _plan_coalitions(sheet: Sheet) -> AtlasTable:
    texts = sheet.content.texts
    columns = (
        Column(texts("atlas.coalition"), cut('"coalition"', 34), 44.0),
        Column(texts("atlas.partners"), '"partners"', 14.0, True),
        Column(texts("atlas.net_short"), tell_own("net_eur_y", texts, 2), 20.0, True),
    )
    return _table(sheet, "coalitions", "kansenkaart_atlas_coalitions", HERE, columns, (('"fid"', False),))


def _table(
    sheet: Sheet,
    key: str,
    layer: str,
    only: str,
    columns: tuple[Column, ...],
    order: tuple[tuple[str, bool], ...],
) -> AtlasTable:
    empty = sheet.content.texts(f"atlas.{key}_none")
    head = _head(key, gather(layer, "count", "1", only), sheet)
    return AtlasTable(key, layer, head, columns, f"{_ON_A_PAGE} AND ({only})", order, _ROWS[key], empty)


def _draw_foot(theme: MapTheme, sheet: Sheet) -> Iterator[ET.Element]:
    style, texts = sheet.style, sheet.content.texts
    yield draw_text(
        "note", texts("tables.project.atlas_note"), (10.0, 262.4, 190.0, 8.2), points=6.5, style=style
    )
    yield draw_text("sources", sheet.sources[theme.stream], (10.0, 271.0, 190.0, 13.0), points=6, style=style)
    yield draw_label("made", tell_made(sheet), (10.0, 284.8, 190.0, 6.0), points=6, style=style)
