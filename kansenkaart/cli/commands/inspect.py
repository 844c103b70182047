"""``kansenkaart inspect``: what stands in files, and what a project would make of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from kansenkaart.cli.screen import stdout
from kansenkaart.errors import DataError, Fault, KansenkaartError
from kansenkaart.texts import Language, Texts, load_texts

if TYPE_CHECKING:
    from kansenkaart.sources.look import ColumnLook, Look
    from kansenkaart.sources.propose import Doubt, Proposal

_MOST_VALUES = 8
_MOST_OPTIONS = 6
_LONGEST = 24


@click.command("inspect")
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="FILE...")
@click.option("--json", "as_json", is_flag=True, help="Write it as JSON, for a script.")
@click.option("--language", type=click.Choice(["nl", "en"]), default="nl", show_default=True)
def inspect_command(files: tuple[Path, ...], as_json: bool, language: Language) -> None:
    """Show what stands in files - layers, columns, values, place - and which recipe or kind they look like.

    Reads like a build does, and writes nothing.

    \b
    Examples:
      kansenkaart inspect kassen.gpkg
      kansenkaart inspect bedrijven.xlsx rwzi.csv --json
    """
    from kansenkaart.catalogue import load_catalogue
    from kansenkaart.catalogue.words import load_words
    from kansenkaart.sources.look import look_into
    from kansenkaart.sources.propose import propose

    texts, catalogue, words = load_texts(language), load_catalogue(), load_words()
    proposals: list[Proposal] = []
    faults: list[Fault] = []
    for file in files:
        try:
            looks = look_into(file, file=file.name, texts=texts)
        except KansenkaartError as error:
            faults += error.faults
            continue
        proposals += [propose(look, catalogue, words) for look in looks]
    if as_json:
        tables = [_as_json(proposal, texts) for proposal in proposals]
        stdout().print(json.dumps(tables, indent=2, ensure_ascii=False), markup=False)
    else:
        for proposal in proposals:
            show_proposal(proposal, texts)
    if faults:
        refused = DataError.of(faults)
        refused.language = language
        raise refused


def show_proposal(proposal: Proposal, texts: Texts) -> None:
    """Print a table of a file: what stands in it, and what it probably is."""
    console, look = stdout(), proposal.look
    table = f" ({look.table})" if look.table is not None else ""
    console.print(f"[bold]{escape(texts('look.head', file=look.file, table=table, count=look.rows))}[/]")
    for line in _tell_place(look, texts):
        console.print(f"  {line}", markup=False)
    console.print(_draw_columns(proposal, texts), soft_wrap=False)
    for line in tell_proposal(proposal, texts):
        console.print(f"  {line}", markup=False)
    console.print()


def _tell_place(look: Look, texts: Texts) -> Iterator[str]:
    parts = ", ".join(f"{kind} {texts.count(count)}" for kind, count in look.shapes.items())
    yield texts("look.shapes", parts=parts) if parts else texts("look.no_shapes")
    if look.extent is None:
        return
    guessed = look.crs_from == "none" and look.crs is not None
    yield texts("look.crs_guess" if guessed else f"look.crs_{look.crs_from}", crs=look.crs)
    names = ("west", "south", "east", "north")
    yield texts("look.extent", **{name: f"{one:.10g}" for name, one in zip(names, look.extent, strict=True)})


def _draw_columns(proposal: Proposal, texts: Texts) -> Table:
    ours = {column: name for name, column in proposal.origin.items()}
    table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for name in ("column", "form", "filled", "distinct", "values", "ours"):
        right = name in ("filled", "distinct")
        table.add_column(
            texts(f"look.{name}"), justify="right" if right else "left", no_wrap=name != "values"
        )
    units = proposal.settings.get("units", {})
    for one in proposal.look.columns:
        name = ours.get(one.name, "")
        unit = f" ({units[name]})" if name in units else ""
        cells = (one.name, texts(f"look.form_{one.form}"), texts.count(one.filled), texts.count(one.distinct))
        table.add_row(*map(escape, (*cells, _tell_values(one, texts), name + unit)))
    return table


def _tell_values(one: ColumnLook, texts: Texts) -> str:
    """The values where they are few, else some of them; of numbers also their range."""
    if one.low is not None and one.high is not None and one.distinct > _MOST_VALUES:
        return f"{texts.ungrouped(one.low)} … {texts.ungrouped(one.high)}"
    if one.distinct > _MOST_VALUES:
        return ", ".join((*map(_cut, one.samples), "…"))
    return ", ".join(
        f"{_cut(text)} ({count})" if count > 1 else _cut(text) for text, count in one.values.items()
    )


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def tell_proposal(proposal: Proposal, texts: Texts) -> Iterator[str]:
    """What a table probably is, what speaks for it and what is open."""
    if proposal.role == "none":
        reason = texts(f"look.{proposal.why[0].key}", **proposal.why[0].values)
        yield texts("look.role_none", reason=reason)
        yield from proposal.look.remarks
        return
    yield (
        texts("look.role_links")
        if proposal.role == "links"
        else texts("look.role_places", what=_what(proposal, texts))
    )
    yield from (texts(f"look.{said.key}", **said.values) for said in proposal.why)
    yield from proposal.look.remarks
    for doubt in proposal.doubts:
        question = texts(f"look.{doubt.said.key}", **doubt.said.values)
        yield texts("look.open_question", question=question, path=doubt.path, options=_options(doubt))


def _what(proposal: Proposal, texts: Texts) -> str:
    settings, origin = proposal.settings, proposal.origin
    if "recipe" in settings:
        return texts("look.what_recipe", recipe=settings["recipe"])
    if "kind" in settings:
        kind = settings["kind"]
        return texts("look.what_kind", kind=kind, name=texts.find(f"kinds.{kind}", kind))
    return texts("look.what_column", column=origin["kind"]) if "kind" in origin else ""


def _options(doubt: Doubt) -> str:
    shown = ", ".join(doubt.options[:_MOST_OPTIONS]) + (", …" if len(doubt.options) > _MOST_OPTIONS else "")
    return f": {shown}" if shown else ""


def _as_json(proposal: Proposal, texts: Texts) -> dict[str, Any]:
    look = proposal.look
    columns = [
        {
            "name": one.name,
            "form": one.form,
            "filled": one.filled,
            "distinct": one.distinct,
            "low": one.low,
            "high": one.high,
            "values": dict(one.values),
        }
        for one in look.columns
    ]
    doubts = [
        {
            "path": doubt.path,
            "question": texts(f"look.{doubt.said.key}", **doubt.said.values),
            "options": list(doubt.options),
            "default": doubt.default,
        }
        for doubt in proposal.doubts
    ]
    return {
        "file": look.file,
        "table": look.table,
        "rows": look.rows,
        "geometry": dict(look.shapes),
        "crs": look.crs,
        "crs_from": look.crs_from,
        "extent": look.extent,
        "columns": columns,
        "remarks": list(look.remarks),
        "role": proposal.role,
        "settings": dict(proposal.settings),
        "becomes": dict(proposal.origin),
        "why": [texts(f"look.{said.key}", **said.values) for said in proposal.why],
        "open": doubts,
    }
