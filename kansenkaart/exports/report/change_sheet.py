"""The sheet of a comparison: what changed and which input made it, in sentences, ready to print."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from kansenkaart.catalogue import load_style
from kansenkaart.exports.content.clean import clean_frame
from kansenkaart.exports.report.markup import Markup, element, table
from kansenkaart.exports.report.page import write_page
from kansenkaart.safe_write import refuse_unwritable, replace_file
from kansenkaart.texts import UNKNOWN, Texts

# More is a table: it stands in the workbook.
_MOST_CHANGES, _MOST_ROWS = 500, 4


def write_change_sheet(
    path: Path, frames: Mapping[str, pd.DataFrame], *, titles: tuple[str, str], said: list[str], texts: Texts
) -> None:
    """Write a page of sentences to `path`; an older file goes only when the new one is whole.

    Parameters
    ----------
    frames
        ``changes``, ``changed_inputs`` and ``changed_rows``.
    titles
        What A and B are called.
    said
        Sentences over all of it.

    Raises
    ------
    OutputError
        When the file cannot be written.
    """
    own = {
        name: clean_frame(pd.DataFrame(frame.drop(columns="geometry", errors="ignore")), path.name, xml=True)[
            0
        ]
        for name, frame in frames.items()
    }
    title = texts("compare.title", after=titles[1])
    head = element(
        "header",
        element("p", texts("compare.kicker"), class_="kicker"),
        element("h1", title),
        element("p", texts("compare.lead", before=titles[0], after=titles[1]), class_="lead"),
        *(element("p", one, class_="facts") for one in said),
    )
    parts = [head]
    if len(own["changed_inputs"]):
        parts.append(_draw_inputs(own["changed_inputs"], own["changed_rows"], texts))
    if len(own["changes"]):
        parts.append(_draw_changes(own["changes"], texts))
    page = write_page(Markup("".join(parts)), title=title, language=texts.language, style=load_style())
    with refuse_unwritable(path.name), replace_file(path) as aside:
        aside.path.write_text(page, encoding="utf-8", newline="\n")


def _draw_inputs(inputs: pd.DataFrame, rows: pd.DataFrame, texts: Texts) -> Markup:
    title = texts("compare.inputs_title")
    told = [
        (
            row["input_name"],
            *(UNKNOWN if pd.isna(row[name]) else texts.count(int(row[name])) for name in ("makes", "helps")),
            _tell_rows(rows[rows["input"] == row["input"]], row["note"], texts),
        )
        for row in inputs.to_dict("records")
    ]
    head = [texts(f"compare.{name}") for name in ("input_head", "makes_head", "helps_head", "rows_head")]
    grid = table(head, told, numeric=frozenset({1, 2}), caption=title, name="told")
    return element("section", element("h2", title), grid)


def _tell_rows(rows: pd.DataFrame, note: object, texts: Texts) -> str:
    """The first rows of an input, and how many more there are."""
    told = [
        texts(
            "compare.row",
            where=row["name"] if isinstance(row["name"], str) else row["id"],
            column=row["column_name"],
            old=row["old"] if isinstance(row["old"], str) else UNKNOWN,
            new=row["new"] if isinstance(row["new"], str) else UNKNOWN,
        )
        for row in rows.head(_MOST_ROWS).to_dict("records")
    ]
    more = len(rows) - _MOST_ROWS
    told += [texts("compare.more_rows", count=texts.count(more))] if more > 0 else []
    return "; ".join([*told, *([note] if isinstance(note, str) else [])])


def _draw_changes(changes: pd.DataFrame, texts: Texts) -> Markup:
    title = texts("compare.changes_title")
    shown = changes.head(_MOST_CHANGES)
    rows = [(texts(f"tables.values.sort.{row['sort']}"), row["said"]) for row in shown.to_dict("records")]
    head = [texts("compare.sort"), texts("compare.sentence")]
    parts = [element("h2", title), table(head, rows, numeric=frozenset(), caption=title, name="told")]
    if len(changes) > len(shown):
        count = texts.count(len(changes) - len(shown))
        parts.append(element("p", texts("compare.unsaid_page", count=count), class_="facts"))
    return element("section", *parts)
