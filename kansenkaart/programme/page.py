"""The yearly report: a page to print and a workbook, along the pyramid from what was put in to what it is for."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from kansenkaart.catalogue import load_style
from kansenkaart.exports.content.clean import clean_frame
from kansenkaart.exports.report.markup import Markup, element, join, table
from kansenkaart.exports.report.page import write_page
from kansenkaart.exports.tables.result import write_result
from kansenkaart.programme.account import YearAccount
from kansenkaart.safe_write import refuse_unwritable, replace_file
from kansenkaart.tables.programme import STATUSES
from kansenkaart.tables.sites import EXAMPLE
from kansenkaart.texts import UNKNOWN, Texts
from kansenkaart.units import write_unit

_NAME = "jaarbericht"


def write_report(folder: Path, account: YearAccount, title: str, *, texts: Texts) -> list[Path]:
    """Write ``jaarbericht-<year>.html`` and ``.xlsx`` to `folder`, which exists.

    Raises
    ------
    OutputError
        When a file cannot be written.
    """
    page, book = (folder / f"{_NAME}-{account.year}{ending}" for ending in (".html", ".xlsx"))
    frames = {
        "programme_chances": account.chances.drop(columns=["supply_id", "demand_id"]),
        "programme_actions": account.actions,
        "programme_targets": account.targets,
        "programme_municipalities": account.municipalities,
        "programme_years": account.years,
        "programme_showcases": account.showcases,
        "findings": account.findings,
    }
    cleaned = {name: clean_frame(frame, page.name, xml=True)[0] for name, frame in frames.items()}
    body = join(_compose(account, cleaned, title, texts))
    head = texts("programme.title", year=str(account.year), title=title)
    text = write_page(body, title=head, language=texts.language, style=load_style())
    with refuse_unwritable(page.name), replace_file(page) as aside:
        aside.path.write_text(text, encoding="utf-8", newline="\n")
    write_result(book, frames, texts=texts)
    return [page, book]


def _compose(account: YearAccount, frames: dict[str, pd.DataFrame], title: str, texts: Texts) -> list[Markup]:
    head = element(
        "header",
        element("p", title, class_="kicker"),
        element("h1", texts("programme.head", year=str(account.year))),
        element("p", texts("programme.lead"), class_="lead"),
    )
    return [
        head,
        *(
            _section(name, texts, *_draw_tiles(tiles), *rest)
            for name, tiles, rest in (
                ("input", _tell_input(account, texts), []),
                (
                    "activities",
                    _tell_activities(account, texts),
                    [_draw_actions(frames["programme_actions"], texts)],
                ),
                ("output", _tell_output(account, texts), [_draw_chances(frames["programme_chances"], texts)]),
                (
                    "outcome",
                    _tell_outcome(account, texts),
                    [_draw_towns(frames["programme_municipalities"], texts)],
                ),
                ("impact", [], [_draw_targets(frames["programme_targets"], texts)]),
            )
        ),
        *(
            [_section("showcases", texts, _draw_showcases(frames["programme_showcases"], texts))]
            if len(account.showcases)
            else []
        ),
        _section("rows", texts, _draw_findings(frames["findings"], texts)),
    ]


def _section(name: str, texts: Texts, *content: Markup) -> Markup:
    return element(
        "section",
        element("h2", texts(f"programme.{name}")),
        element("p", texts(f"programme.{name}_note")),
        *content,
    )


def _draw_tiles(tiles: list[tuple[str, str]]) -> list[Markup]:
    drawn = [
        element("div", element("dt", name), element("dd", value, class_="words"), class_="tile")
        for name, value in tiles
    ]
    return [element("dl", *drawn, class_="tiles")] if drawn else []


def _tell_input(account: YearAccount, texts: Texts) -> list[tuple[str, str]]:
    ends = {*account.chances["supply_id"], *account.chances["demand_id"]}
    return [
        (texts("programme.spent"), _number(account.actions["spent_eur"].sum(min_count=1), texts)),
        (texts("programme.partners"), texts.count(len(ends))),
        (texts("programme.owners"), texts.count(account.actions["owner"].nunique())),
    ]


def _tell_activities(account: YearAccount, texts: Texts) -> list[tuple[str, str]]:
    counts = account.actions["status"].value_counts()
    return [(texts(f"tables.values.action.{one}"), texts.count(int(counts.get(one, 0)))) for one in STATUSES]


def _tell_output(account: YearAccount, texts: Texts) -> list[tuple[str, str]]:
    came = account.chances["realised_quantity"]
    return [
        (texts("programme.in_programme"), texts.count(len(came))),
        (texts("programme.delivering"), texts.count(int((came > 0).sum()))),
        (texts("programme.unheard"), texts.count(int(came.isna().sum()))),
    ]


def _tell_outcome(account: YearAccount, texts: Texts) -> list[tuple[str, str]]:
    return [
        (texts(f"programme.{name}"), _compare(account.chances, name, texts))
        for name in ("co2_t", "material_t")
    ] + [
        (texts("programme.net_eur"), _of_year(account, "net_eur", texts)),
        (texts("programme.jobs"), _of_year(account, "jobs", texts)),
    ]


def _of_year(account: YearAccount, name: str, texts: Texts) -> str:
    came = account.years.loc[account.years["year"] == account.year, name]
    return _number(came.sum(min_count=1), texts)


def _compare(chances: pd.DataFrame, name: str, texts: Texts) -> str:
    came, promised = (chances[f"{kind}_{name}"].sum(min_count=1) for kind in ("realised", "promised"))
    return texts("programme.of", realised=_number(came, texts), promised=_number(promised, texts))


def _number(value: float, texts: Texts, unit: str = "") -> str:
    return UNKNOWN if pd.isna(value) else f"{texts.number(value, 2)} {unit}".rstrip()


def _text(value: object) -> str:
    return UNKNOWN if value is None or pd.isna(value) else str(value)  # type: ignore[call-overload]


def _table(
    name: str, columns: tuple[str, ...], rows: list[list[str]], numeric: set[int], texts: Texts
) -> Markup:
    if not rows:
        return element("p", texts(f"programme.no_{name}"), class_="facts")
    head = [texts(f"programme.column_{one}") for one in columns]
    return table(
        head, rows, numeric=frozenset(numeric), caption=texts(f"programme.{name}_caption"), name=name
    )


def _draw_actions(actions: pd.DataFrame, texts: Texts) -> Markup:
    rows = [
        [
            *(_text(row[one]) for one in ("what", "name", "owner", "due")),
            texts(f"tables.values.action.{row['status']}"),
        ]
        for row in actions.to_dict("records")
    ]
    return _table("actions", ("what", "about", "owner", "due", "status"), rows, set(), texts)


def _draw_chances(chances: pd.DataFrame, texts: Texts) -> Markup:
    rows = [
        [
            f"{row['chance']} ({texts.find('streams.' + row['stream'], row['stream'])})",
            _text(row["from_date"]),
            *(
                _number(row[f"{kind}_quantity"], texts, write_unit(row["unit"]))
                for kind in ("promised", "realised")
            ),
            UNKNOWN if pd.isna(row["share"]) else f"{texts.number(100 * row['share'], 2)} %",
        ]
        for row in chances.to_dict("records")
    ]
    return _table("chances", ("chance", "from", "promised", "realised", "share"), rows, {2, 3, 4}, texts)


def _draw_towns(towns: pd.DataFrame, texts: Texts) -> Markup:
    amounts = [f"{kind}_{name}" for name in ("co2_t", "material_t") for kind in ("promised", "realised")]
    rows = [
        [row["municipality"], texts.count(row["chances"]), *(_number(row[one], texts) for one in amounts)]
        for row in towns.to_dict("records")
    ]
    return _table("towns", ("municipality", "chances", *amounts), rows, {1, 2, 3, 4, 5}, texts)


def _draw_targets(targets: pd.DataFrame, texts: Texts) -> Markup:
    rows = [
        [
            row["what"],
            f"{_number(row['baseline'], texts, unit)} ({row['baseline_year']})",
            f"{_number(row['needed'], texts, unit)} ({row['target_year']})",
            _number(row["on_line"], texts, unit),
            _number(row["realised"], texts, unit),
            _text(row["source"]),
        ]
        for row in targets.to_dict("records")
        for unit in (texts(f"programme.unit_{row['measure']}"),)
    ]
    columns = ("target", "baseline", "needed", "on_line", "came", "source")
    return _table("targets", columns, rows, {1, 2, 3, 4}, texts)


def _draw_showcases(showcases: pd.DataFrame, texts: Texts) -> Markup:
    columns = ("name", "municipality", *EXAMPLE, "source")
    rows = [
        [*(_text(row[one]) for one in columns[:-1]), f"{row['source']} ({row['source_year']})"]
        for row in showcases.to_dict("records")
    ]
    return _table("showcases", columns, rows, set(), texts)


def _draw_findings(findings: pd.DataFrame, texts: Texts) -> Markup:
    rows = [
        [
            _text(row["file"]) or row["layer"],
            texts.count(row["row"]),
            _text(row["column"]),
            row["reason"],
            row["advice"],
        ]
        for row in findings.to_dict("records")
    ]
    return _table("findings", ("file", "row", "column", "reason", "advice"), rows, {1}, texts)
