"""What the pages of the atlas in QGIS are made of: looks of layers that are there, and rows by municipality.

Chances and tables by municipality are queries, as the months are: nothing stands in the file twice. Chances are read by
a relation, which asks the file for those of one municipality: a table that is filtered by an expression reads them all,
also when the project is opened.
"""

from __future__ import annotations

from dataclasses import replace

from kansenkaart.exports.content.totals import MEASURES
from kansenkaart.exports.qgis.layers import ATLAS, Content, Group, ProjectLayer
from kansenkaart.exports.styles.layer_styles import draw_sites
from kansenkaart.exports.styles.own import (
    CHANCES,
    draw_own_chances,
    draw_own_land,
    draw_own_links,
    draw_own_sites,
    label_own_sites,
)
from kansenkaart.exports.styles.qml import Style
from kansenkaart.exports.styles.stream_styles import label_land

# Of a row of ``gaps``, by the totals of ``municipalities`` it adds to.
_SUMS = {
    "supply": ("supply", "value"),
    "given": ("supply", "delivered"),
    "given_if_pays": ("supply", "if_pays"),
    "left": ("supply", "remaining"),
    "demand": ("demand", "value"),
    "received": ("demand", "delivered"),
    "received_if_pays": ("demand", "if_pays"),
    "short": ("demand", "remaining"),
    "contract": ("demand", "under_contract"),
}
TOTALS = tuple(one for one in MEASURES if one in _SUMS)
_AREA = ("municipality_code", "municipality")
_COLUMNS = {
    "totals": (*_AREA, "stream", "unit", *TOTALS, "moves"),
    "gaps": ("flow_id", *_AREA, "site_name", "stream", "remaining", "unit", "share", "cause"),
    "coalitions": (*_AREA, "coalition", "partners", "net_eur_y"),
}
_OF_A_CHANCE = (
    *("match_id", "rank", "stream", "supply_name", "supply_municipality_code", "supply_municipality"),
    *("demand_name", "demand_municipality_code", "demand_municipality", "quantity", "unit", "chance_class"),
    *("net_eur_y", "co2_avoided_t_y", "reason"),
)
_NUMBERS = {"totals": TOTALS, "gaps": ("remaining", "share"), "coalitions": ("net_eur_y",)}


def _sum(measure: str) -> str:
    role, column = _SUMS[measure]
    return f"SUM(CASE WHEN role = '{role}' THEN {column} END) AS {measure}"


_QUERIES = {
    "totals": (
        "gaps",
        f"SELECT MIN(fid) AS fid, municipality_code, municipality, stream, unit, {', '.join(map(_sum, TOTALS))}, "
        "MAX(delivered > 0 OR if_pays > 0) AS moves "
        "FROM gaps WHERE municipality_code IS NOT NULL GROUP BY municipality_code, stream",
    ),
    "gaps": (
        "gaps",
        "SELECT g.fid, g.flow_id, g.municipality_code, g.municipality, g.site_name, g.stream, g.remaining, g.unit, "
        "100.0 * g.remaining / s.short AS share, g.cause FROM gaps g JOIN (SELECT k.stream, SUM(k.remaining) AS short "
        "FROM gaps k JOIN municipalities m ON m.municipality_code = k.municipality_code "
        "WHERE k.role = 'demand' AND m.in_region GROUP BY k.stream) s ON s.stream = g.stream "
        "WHERE g.role = 'demand' AND g.remaining > 0 AND s.short > 0",
    ),
    "coalitions": (
        "coalitions",
        "SELECT MIN(c.fid) AS fid, s.municipality_code, s.municipality, c.coalition, c.partners, c.net_eur_y "
        "FROM coalitions c JOIN coalition_partners p ON p.coalition_id = c.coalition_id "
        "JOIN sites s ON s.site_id = p.site_id GROUP BY s.municipality_code, c.coalition_id",
    ),
}

# A chance between two municipalities stands in both, in each with its number among theirs.
_CHANCES = (
    f"SELECT 2 * k.fid + o.taking AS fid, k.geom, o.municipality_code, o.number, k.{', k.'.join(_OF_A_CHANCE)} "
    "FROM (SELECT own, taking, municipality_code, "
    "ROW_NUMBER() OVER (PARTITION BY municipality_code ORDER BY rank, match_id) AS number FROM ("
    "SELECT fid AS own, 0 AS taking, supply_municipality_code AS municipality_code, rank, match_id FROM matches "
    "UNION ALL SELECT fid, 1, demand_municipality_code, rank, match_id FROM matches "
    "WHERE demand_municipality_code IS NOT supply_municipality_code)) o JOIN matches k ON k.fid = o.own"
)


def has_atlas(content: Content) -> bool:
    """Whether there is a region with anything to tell of its municipalities."""
    return bool(content.frames["municipalities"]["in_region"].any()) and bool(content.theme_streams)


def add_atlas(groups: tuple[Group, ...], content: Content) -> tuple[Group, ...]:
    """Return `groups` with the theme of the atlas in their layers, its chances, and a group of its tables."""
    if not has_atlas(content):
        return groups
    looks, name = _draw_looks(content), content.texts("tables.project.atlas")

    def complete(layer: ProjectLayer) -> ProjectLayer:
        shown = frozenset([*layer.themes, ATLAS])
        if layer.key not in looks:
            return replace(layer, themes=shown) if layer.key == "overlays" else layer
        return replace(layer, themes=shown, looks={**layer.looks, ATLAS: (name, looks[layer.key])})

    def fill(group: Group) -> Group:
        layers = tuple(map(complete, group.layers))
        own = _plan_chances(content) if any(layer.key == "matches" for layer in layers) else ()
        return replace(group, layers=(*layers, *own))

    filled = [fill(group) for group in groups]
    return (*filled[:-1], Group(name, _plan_tables(content)), filled[-1])


def _draw_looks(content: Content) -> dict[str, Style]:
    frames, styles, shared, texts = content.frames, content.styles, content.shared, content.texts
    kinds = draw_sites(frames["sites"], shared, content.loaded, texts).rules
    drawn = {
        "links": (draw_own_links(shared, texts), None),
        "sites": (draw_own_sites(kinds, shared, texts), label_own_sites(shared)),
        "municipalities": (draw_own_land(shared, texts), label_land(shared)),
    }
    return {
        key: replace(styles[key], renderer=renderer, label=label) for key, (renderer, label) in drawn.items()
    }


def _plan_chances(content: Content) -> tuple[ProjectLayer, ...]:
    """Chances by municipality, drawn above the land with all others."""
    own, texts = content.styles["matches"], content.texts
    if not len(content.frames["matches"]):
        return ()
    drawn, number = draw_own_chances(
        content.frames["matches"], content.shared, list(content.loaded.catalogue.streams), texts
    )
    code = content.styles["municipalities"].aliases["municipality_code"]
    aliases = {**own.aliases, "number": texts("atlas.number"), "municipality_code": code}
    order = ("number", *_OF_A_CHANCE, "municipality_code")
    style = replace(
        own,
        renderer=drawn,
        label=number,
        aliases={column: aliases[column] for column in order},
        labels={column: codes for column, codes in own.labels.items() if column in order},
        decimals={column: digits for column, digits in own.decimals.items() if column in order},
        order=order,
    )
    name, shown = texts("tables.project.atlas_chances"), frozenset([ATLAS])
    return (ProjectLayer(CHANCES, "matches", name, style, query=_CHANCES, themes=shown),)


def _plan_tables(content: Content) -> tuple[ProjectLayer, ...]:
    texts, layers = content.texts, list[ProjectLayer]()
    for key, (table, query) in _QUERIES.items():
        if not len(content.frames.get(table, ())):
            continue
        own = content.styles[table]
        named = {
            **own.aliases,
            **{measure: texts(f"tables.project.total_{measure}") for measure in TOTALS},
            "share": texts("tables.project.share_of_region"),
            "moves": texts("tables.project.moves"),
        }
        columns = _COLUMNS[key]
        style = Style(
            None,
            {column: named.get(column, column) for column in columns},
            {column: codes for column, codes in own.labels.items() if column in columns},
            order=columns,
            decimals=dict.fromkeys(_NUMBERS[key], 0),
        )
        layers.append(
            ProjectLayer(f"atlas_{key}", table, texts(f"tables.project.atlas_{key}"), style, query=query)
        )
    return tuple(layers)
