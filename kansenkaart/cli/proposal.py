"""What is proposed for a table of a file, on the screen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from kansenkaart.cli.screen import stdout
from kansenkaart.texts import Texts

if TYPE_CHECKING:
    from kansenkaart.sources.look import ColumnLook, Look
    from kansenkaart.sources.propose import Doubt, Proposal

_MOST_VALUES = 8
_MOST_OPTIONS = 6
_LONGEST = 24
_PREVIEW = 5
_VALUES_WIDTH = 22


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
        first, *more = (said.tell(texts) for said in proposal.why)
        yield texts("look.role_none", reason=first)
        yield from more
        yield from proposal.look.remarks
        return
    yield (
        texts("look.role_links")
        if proposal.role == "links"
        else texts("look.role_places", what=_what(proposal, texts))
    )
    yield from (said.tell(texts) for said in proposal.why)
    yield from proposal.look.remarks
    for doubt in proposal.doubts:
        question = doubt.said.tell(texts)
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


def show_preview(proposal: Proposal) -> None:
    """Print the first rows under the names that their columns get."""
    rows = proposal.look.raw.frame.head(_PREVIEW)
    table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for ours in proposal.origin:
        table.add_column(ours)
    for cells in rows[list(proposal.origin.values())].itertuples(index=False):
        table.add_row(*(escape(_cut("" if cell is None or cell != cell else str(cell))) for cell in cells))
    if len(rows) and proposal.origin:
        stdout().print(table, soft_wrap=False)
