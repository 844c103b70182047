"""How all chances look at once, as the map opens: the best in full with their number, the others hair-thin."""

from __future__ import annotations

import pandas as pd

from kansenkaart.catalogue import Style as SharedStyle
from kansenkaart.catalogue.legend import mix
from kansenkaart.catalogue.models import LineStyle
from kansenkaart.exports.styles.labels import Label
from kansenkaart.exports.styles.layer_styles import draw_sites, find_present
from kansenkaart.exports.styles.qml import Renderer, Rule, quote_value
from kansenkaart.exports.styles.symbols import draw_chance, draw_line, draw_marker, draw_width_key
from kansenkaart.project import LoadedProject
from kansenkaart.tables.matches import CHANCE_CLASSES
from kansenkaart.texts import Texts

# As many as the map opens with.
_COUNT = 12
BEST = f'"rank" <= {_COUNT}'
_SPACE = "\u00a0"
# Streams have units of their own: together they are compared with the largest of each.
_WIDTH_KEYS = {"largest": 1.0, "tenth": 0.1}
_KINDS_FROM_SCALE = 150_000
_NUMBERS_FROM_SCALE = 75_000


def find_best(matches: pd.DataFrame) -> pd.DataFrame:
    """Return the chances that are drawn in full."""
    return matches[matches["rank"] <= _COUNT]


def find_best_of(matches: pd.DataFrame, stream: str) -> pd.DataFrame:
    """Return the chances of `stream` that have their number on its map, as many as in the overview."""
    return matches[matches["stream"] == stream].nsmallest(_COUNT, "rank")


def tell_best_of(best: pd.DataFrame, stream: str) -> str:
    """Return the expression for the chances `best` of `stream`."""
    last = best["rank"].max() if len(best) else 0
    return f'"stream" = {quote_value(stream)} AND "rank" <= {last}'


def draw_best(
    matches: pd.DataFrame, style: SharedStyle, loaded: LoadedProject, texts: Texts
) -> tuple[Renderer, Label]:
    """A line per stream and class of the best, over hair lines of all others; numbers stand on the best."""
    best, rules = find_best(matches), []
    for stream in find_present(best, "stream", list(loaded.catalogue.streams)):
        largest = float(matches.loc[matches["stream"] == stream, "quantity"].max())
        used = set(best.loc[best["stream"] == stream, "chance_class"])
        name = texts.find(f"streams.{stream}", stream)
        rules += [
            Rule(
                f"{name}, {texts(f'tables.values.chance_class.{chance}')}",
                f'{BEST} AND "stream" = {quote_value(stream)} AND "chance_class" = {quote_value(chance)}',
                draw_chance(style.streams[stream], style.classes[chance], largest=largest, paper=style.paper),
            )
            for chance in CHANCE_CLASSES
            if chance in used
        ]
    hair = draw_line(LineStyle(colour=style.ink), opacity=0.25, width_mm=0.12)
    rules.append(Rule(texts("tables.project.other_matches"), f"NOT ({BEST})", (hair,)))
    rules += [
        Rule(texts(f"tables.project.key_{name}"), BEST, draw_width_key(style.ink, share))
        for name, share in _WIDTH_KEYS.items()
        if len(best)
    ]
    return Renderer("RuleRenderer", tuple(rules), order='"rank"'), label_numbers(BEST, style)


def label_numbers(only: str, style: SharedStyle) -> Label:
    """Numbers of chances on their lines: of those for which `only` holds from afar, too."""
    # spaces make room for the edge of the tag, which QGIS does not reckon with
    return Label(
        f"'{_SPACE}' || \"rank\" || '{_SPACE}'",
        style.ink,
        style.paper,
        _NUMBERS_FROM_SCALE,
        always=only,
        tag=True,
        priority=10,
    )


def draw_ends(
    sites: pd.DataFrame, matches: pd.DataFrame, style: SharedStyle, loaded: LoadedProject, texts: Texts
) -> Renderer:
    """The ends of the best by their kind, all others as dots until the map is zoomed in."""
    best = find_best(matches)
    ends = ", ".join(quote_value(one) for one in sorted({*best["supply_id"], *best["demand_id"]}))
    shown = f"@map_scale <= {_KINDS_FROM_SCALE}" + (f' OR "site_id" IN ({ends})' if ends else "")
    kinds = [
        Rule(one.label, f'"kind" = {quote_value(one.condition)} AND ({shown})', one.symbol)
        for one in draw_sites(sites, style, loaded, texts).rules
    ]
    grey = mix(style.ink, style.paper, 0.5)
    dot = draw_marker("circle", grey, style.paper, size_mm=1.4)
    return Renderer("RuleRenderer", (*kinds, Rule(texts("tables.project.other_sites"), "ELSE", (dot,))))
