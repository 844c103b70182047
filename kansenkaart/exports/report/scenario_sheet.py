"""The page of scenarios: the project as it stands and each of them side by side, in numbers, ready to print."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from kansenkaart.catalogue import load_style
from kansenkaart.exports.content.clean import clean_frame
from kansenkaart.exports.content.scenarios import Shown
from kansenkaart.exports.report.markup import Markup, element, join, table
from kansenkaart.exports.report.page import write_page
from kansenkaart.tables.matches import CHANCE_CLASSES
from kansenkaart.texts import UNKNOWN, Texts
from kansenkaart.units import write_unit

# What does not pay now is counted, and added to nothing.
_IDLE = CHANCE_CLASSES[-1]


def write_scenario_sheet(folder: Path, runs: Sequence[Shown], title: str, *, texts: Texts) -> None:
    """Write ``scenarios.html``, static: what every run finds, and per stream what goes by chances that may pay.

    Parameters
    ----------
    runs
        The project as it stands, and its scenarios.
    """
    names = pd.DataFrame([{"title": one.title, "about": one.about} for one in runs])
    shown = clean_frame(names, "scenarios.html", xml=True)[0].to_dict("records")
    heads = [str(one["title"]) for one in shown]
    suppose = [f"{one['title']}: {one['about']}" for one in shown if isinstance(one["about"], str)]
    parts = [
        element(
            "header",
            element("p", title, class_="kicker"),
            element("h1", texts("report.scenario_head")),
            element("p", texts("report.scenario_lead"), class_="lead"),
            *(element("p", one, class_="facts") for one in suppose),
        ),
        _draw("report.scenario_all", heads, _count(runs, texts), texts),
        _draw("report.scenario_streams", heads, _sum_streams(runs, texts), texts),
        element("p", texts("report.scenario_note"), class_="facts"),
    ]
    page_title = texts("report.scenario_title", title=title)
    page = write_page(join(parts), title=page_title, language=texts.language, style=load_style())
    (folder / "scenarios.html").write_text(page, encoding="utf-8", newline="\n")


def _draw(key: str, heads: list[str], rows: list[list[str]], texts: Texts) -> Markup:
    title = texts(key)
    numeric = frozenset(range(1, len(heads) + 1))
    grid = table(["", *heads], rows, numeric=numeric, caption=title, name="scenarios")
    return element("section", element("h2", title), grid)


def _count(runs: Sequence[Shown], texts: Texts) -> list[list[str]]:
    """Chances per class, what they save and avoid, and how they differ from the project as it stands."""
    rows: list[tuple[str, Callable[[Shown], str]]] = [
        (texts(f"tables.values.chance_class.{name}"), _counter(name, texts)) for name in CHANCE_CLASSES
    ]
    rows += [
        (
            texts("report.scenario_net"),
            lambda one: _sum(_find_worthy(one)["net_eur_y"].clip(lower=0.0), texts),
        ),
        (texts("report.scenario_co2"), lambda one: _sum(_find_worthy(one)["co2_avoided_t_y"], texts)),
    ]
    told = [[name, *(tell(one) for one in runs)] for name, tell in rows]
    return told + [
        [
            texts(f"report.scenario_{name}"),
            *(UNKNOWN if one.differs is None else texts.count(one.differs[name]) for one in runs),
        ]
        for name in ("new", "gone", "moved")
    ]


def _find_worthy(run: Shown) -> pd.DataFrame:
    """The chances that are added up."""
    matches: pd.DataFrame = run.frames.matches
    return matches[matches["chance_class"] != _IDLE]


def _counter(name: str, texts: Texts) -> Callable[[Shown], str]:
    return lambda one: texts.count(int((one.frames.matches["chance_class"] == name).sum()))


def _sum(column: pd.Series, texts: Texts) -> str:
    total = column.sum(min_count=1)
    return UNKNOWN if pd.isna(total) else texts.number(float(total), 2)


def _sum_streams(runs: Sequence[Shown], texts: Texts) -> list[list[str]]:
    """Per stream what goes by chances that may pay, per year, with how many they are."""
    units = pd.concat([_find_worthy(one).groupby("stream")["unit"].first() for one in runs])
    rows = []
    for stream, unit in units[~units.index.duplicated()].sort_index().items():
        name = texts.find(f"streams.{stream}", str(stream))
        cells = [
            _tell_stream(_find_worthy(one)[_find_worthy(one)["stream"] == stream], str(unit), texts)
            for one in runs
        ]
        rows.append([name, *cells])
    return sorted(rows)


def _tell_stream(own: pd.DataFrame, unit: str, texts: Texts) -> str:
    if own.empty:
        return UNKNOWN
    amount = f"{texts.number(float(own['quantity'].sum()), 2)} {write_unit(unit)}"
    return texts("report.scenario_amount", amount=amount, count=texts.count(len(own)))
