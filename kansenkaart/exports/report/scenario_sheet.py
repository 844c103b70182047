"""The page of scenarios: the project as it stands and each of them side by side, in numbers, ready to print."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from kansenkaart.catalogue import load_style
from kansenkaart.exports.content.clean import clean_frame
from kansenkaart.exports.report.markup import Markup, element, join, table
from kansenkaart.exports.report.page import write_page
from kansenkaart.tables.matches import CHANCE_CLASSES
from kansenkaart.texts import UNKNOWN, Texts
from kansenkaart.units import write_unit

# What does not pay now is counted, and added to nothing.
_IDLE = CHANCE_CLASSES[-1]


@dataclass(frozen=True)
class Told:
    """A run by its title, with what it supposes (empty for the project as it stands) and its frame ``MATCHES``."""

    title: str
    about: str
    matches: pd.DataFrame

    @property
    def worthy(self) -> pd.DataFrame:
        """The chances that are added up."""
        return self.matches[self.matches["chance_class"] != _IDLE]


def write_scenario_sheet(folder: Path, runs: Sequence[Told], title: str, *, texts: Texts) -> None:
    """Write ``scenarios.html``, static: what every run finds, and per stream what goes by chances that may pay.

    Parameters
    ----------
    runs
        The project as it stands, then its scenarios.
    """
    shown = clean_frame(
        pd.DataFrame([{"title": one.title, "about": one.about} for one in runs]), "scenarios.html", xml=True
    )[0].to_dict("records")
    heads = [str(one["title"]) for one in shown]
    page_title = texts("report.scenario_title", title=title)
    parts = [
        element(
            "header",
            element("p", title, class_="kicker"),
            element("h1", texts("report.scenario_head")),
            element("p", texts("report.scenario_lead"), class_="lead"),
            *(
                element("p", f"{one['title']}: {one['about']}", class_="facts")
                for one in shown
                if isinstance(one["about"], str)
            ),
        ),
        _draw("report.scenario_all", heads, _count(runs, texts), texts),
        _draw("report.scenario_streams", heads, _sum_streams(runs, texts), texts),
        element("p", texts("report.scenario_note"), class_="facts"),
    ]
    page = write_page(join(parts), title=page_title, language=texts.language, style=load_style())
    (folder / "scenarios.html").write_text(page, encoding="utf-8", newline="\n")


def _draw(key: str, heads: list[str], rows: list[list[str]], texts: Texts) -> Markup:
    title = texts(key)
    numeric = frozenset(range(1, len(heads) + 1))
    grid = table(["", *heads], rows, numeric=numeric, caption=title, name="scenarios")
    return element("section", element("h2", title), grid)


def _count(runs: Sequence[Told], texts: Texts) -> list[list[str]]:
    """Chances per class, what they save and avoid, and how they differ from the project as it stands."""
    base = runs[0].matches.set_index("match_id")["chance_class"]
    rows: list[tuple[str, Callable[[Told], str]]] = [
        (texts(f"tables.values.chance_class.{name}"), _counter(name, texts)) for name in CHANCE_CLASSES
    ]
    rows += [
        (texts("report.scenario_net"), lambda one: _sum(one.worthy["net_eur_y"].clip(lower=0.0), texts)),
        (texts("report.scenario_co2"), lambda one: _sum(one.worthy["co2_avoided_t_y"], texts)),
    ]
    told = [[name, *(tell(one) for one in runs)] for name, tell in rows]
    changes = [_differ(base, one.matches.set_index("match_id")["chance_class"]) for one in runs[1:]]
    return told + [
        [texts(f"report.scenario_{name}"), UNKNOWN, *(texts.count(one[name]) for one in changes)]
        for name in ("new", "gone", "moved")
    ]


def _counter(name: str, texts: Texts) -> Callable[[Told], str]:
    return lambda one: texts.count(int((one.matches["chance_class"] == name).sum()))


def _differ(before: pd.Series, after: pd.Series) -> Mapping[str, int]:
    both = before.index.intersection(after.index)
    return {
        "new": len(after.index.difference(before.index)),
        "gone": len(before.index.difference(after.index)),
        "moved": int((before.loc[both] != after.loc[both]).sum()),
    }


def _sum(column: pd.Series, texts: Texts) -> str:
    total = column.sum(min_count=1)
    return UNKNOWN if pd.isna(total) else texts.number(float(total), 2)


def _sum_streams(runs: Sequence[Told], texts: Texts) -> list[list[str]]:
    """Per stream what goes by chances that may pay, per year, with how many they are."""
    units = pd.concat([one.worthy.groupby("stream")["unit"].first() for one in runs])
    rows = []
    for stream, unit in units[~units.index.duplicated()].sort_index().items():
        name = texts.find(f"streams.{stream}", str(stream))
        cells = [_tell_stream(one.worthy[one.worthy["stream"] == stream], str(unit), texts) for one in runs]
        rows.append([name, *cells])
    return sorted(rows)


def _tell_stream(own: pd.DataFrame, unit: str, texts: Texts) -> str:
    if own.empty:
        return UNKNOWN
    amount = f"{texts.number(float(own['quantity'].sum()), 2)} {write_unit(unit)}"
    return texts("report.scenario_amount", amount=amount, count=texts.count(len(own)))
