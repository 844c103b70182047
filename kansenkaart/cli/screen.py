"""What the command prints: progress and tables on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import PurePath
from typing import TYPE_CHECKING

import click
from rich.console import Console, ConsoleOptions, RenderableType
from rich.markup import escape
from rich.segment import Segment
from rich.table import Table

from kansenkaart.cli.speak import translate_usage
from kansenkaart.errors import Fault, KansenkaartError, translate
from kansenkaart.outward import hide_secrets, make_plain, tell
from kansenkaart.texts import Language, Texts, load_texts

if TYPE_CHECKING:
    import pandas as pd

    from kansenkaart.tables import Frames

_MOST_FAULTS = 50
# Warnings that rows may be missing: these are never left to a count of warnings.
_ROWS_MISSING = ("cell_of_lines", "download_cut", "download_part")
_MOST_OF_A_KIND = 10
# Where the quantity stands in a row of the summary.
_QUANTITY_CELL = 3


class _PlainConsole(Console):
    """A console that nothing printed on it can steer, and that shows no password."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterator[Segment]:
        """Every piece of text that is about to be printed, made plain."""
        for text, style, control in super().render(renderable, options):
            yield Segment(text if control else hide_secrets(make_plain(text)), style, control)


def stdout() -> Console:
    """Where results go."""
    return _PlainConsole(soft_wrap=True, highlight=False, emoji=False)


def stderr() -> Console:
    """Where progress and faults go."""
    return _PlainConsole(stderr=True, soft_wrap=True, highlight=False, emoji=False)


def say(texts: Texts, key: str, **values: object) -> None:
    """Print a sentence with its values as they may be told: a file by its name, without the folders it lies in."""
    told = {
        name: tell(str(value) if isinstance(value, PurePath) else value) for name, value in values.items()
    }
    stdout().print(texts(key, **told), markup=False)


def show_error(error: KansenkaartError) -> None:
    """Print every fault of an error, in the language of the project it was found in."""
    texts, console = load_texts(error.language), stderr()
    for fault in error.faults[:_MOST_FAULTS]:
        console.print(f"[bold red]{texts('cli.fault')}[/] {escape(translate(fault, texts))}")
    if len(error.faults) > _MOST_FAULTS:
        console.print(texts("cli.more_faults", count=len(error.faults) - _MOST_FAULTS))


def show_usage(error: click.ClickException, language: Language) -> None:
    """Print that the command was called in a way it does not know; what was typed may hold a password."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    message = hide_secrets(make_plain(error.format_message()))
    if language == "en":
        click.UsageError(message, ctx=context).show()
        return
    texts, console = load_texts("nl"), stderr()
    if context is not None:
        pieces = " ".join(context.command.collect_usage_pieces(context))
        console.print(f"{texts('usage.usage')} {context.command_path} {pieces}", markup=False)
        console.print(texts("usage.try_command", command=context.command_path), markup=False)
    console.print(f"[bold red]{texts('usage.error')}:[/] {escape(translate_usage(message))}")


def show_fault(fault: Fault, texts: Texts) -> None:
    """Print a fault that is only warned of."""
    stderr().print(f"[bold yellow]{texts('cli.caution')}[/] {escape(translate(fault, texts))}")


def show_internal_error(error: Exception) -> None:
    """Print a fault of the program itself."""
    texts = load_texts("nl")
    message = texts("cli.internal", what=f"{type(error).__name__}: {tell(str(error))}")
    stderr().print(f"[bold red]{texts('cli.fault')}[/] {escape(message)}")


@contextmanager
def progress_lines(texts: Texts, *, quiet: bool) -> Iterator[Callable[[str, str], None]]:
    """Give a callback (step, what) that shows where a long run is; a spinner on a terminal, lines elsewhere."""
    console = stderr()
    try:
        if quiet:
            yield lambda _step, _what: None
            return
        with console.status(texts("cli.starting")) as status:

            def show(step: str, what: str) -> None:
                line = f"{texts(f'cli.step_{step}')} {escape(str(tell(what)))}".rstrip()
                if console.is_terminal:
                    status.update(line)
                else:
                    console.print(line)

            yield show
    except KansenkaartError as error:
        error.language = texts.language
        raise


def show_summary(frames: Frames, texts: Texts) -> None:
    """Print chances, quantity, CO2 and EUR per stream, and what was rejected; it fits 80 columns."""
    from kansenkaart.tables.matches import CHANCE_CLASSES  # with pandas: a short command does without

    console = stdout()
    table = Table(title=texts("cli.summary"), title_justify="left", header_style="bold")
    table.box, table.padding = None, (0, 2, 0, 0)
    table.add_column(texts("cli.stream"), min_width=18)
    for name in ("chances", "classes", "quantity", "co2", "euro"):
        table.add_column(texts(f"cli.{name}"), justify="right", no_wrap=True)
    reasons: set[str] = set()
    for stream, unit in frames.solves[["stream", "unit"]].to_numpy():
        rows = frames.matches[frames.matches["stream"] == stream]
        cells = _summary_row(str(stream), str(unit), rows, CHANCE_CLASSES, texts)
        if rows.empty and (why := _why_none(frames.flows[frames.flows["stream"] == stream])):
            cells[_QUANTITY_CELL] = texts(f"cli.none_{why}")
            reasons.add(why)
        table.add_row(*cells)
    console.print(table, soft_wrap=False)
    if "given" in reasons:
        console.print(texts("cli.none_given_means"))
    if given := int(frames.candidates["given"].sum()):
        console.print(texts("cli.given_pairs", count=texts.count(given)))
    read, used = int(frames.layers["rows_read"].sum()), int(frames.layers["rows_used"].sum())
    rejected, outside = int(frames.layers["rows_rejected"].sum()), int(frames.layers["rows_outside"].sum())
    left_out = show_left_out(int(frames.layers["rows_left_out"].sum()), texts)
    counts = {"read": read, "used": used, "rejected": rejected, "outside": outside}
    console.print(texts("cli.rows", **counts, left_out=left_out))


def show_left_out(count: int, texts: Texts) -> str:
    """The last part of an account of rows: nothing where none was left out."""
    return texts("cli.rows_left_out", count=count) if count else ""


def _summary_row(
    stream: str, unit: str, rows: pd.DataFrame, class_names: Sequence[str], texts: Texts
) -> list[str]:
    from kansenkaart.tables.matches import pay_now  # with pandas: a short command does without

    classes = rows["chance_class"].value_counts()
    paying = pay_now(rows)
    return [
        texts.find(f"streams.{stream}", stream),
        str(len(rows)),
        " / ".join(str(int(classes.get(name, 0))) for name in class_names),
        f"{texts.number(float(rows['quantity'].sum()))} {unit}",
        texts.number(_total(paying["co2_avoided_t_y"])),
        texts.number(_total(paying["net_eur_y"]), 2),
    ]


def _why_none(flows: pd.DataFrame) -> str | None:
    """Why a stream has no chance, where one side says it: nothing is free, as another has it, or nobody asks."""
    supply, demand = (flows[flows["role"] == role] for role in ("supply", "demand"))
    if supply["value"].sum() <= 0:
        return "given" if supply["given_away"].sum() > 0 else "supply"
    return "demand" if demand["value"].sum() <= 0 else None


def _total(values: pd.Series) -> float | None:
    known = values.dropna()
    return float(known.sum()) if len(known) else None


def tells_of_loss(findings: pd.DataFrame) -> pd.Series:
    """Tell per finding whether it says that a row was left out, or that rows may be missing."""
    return (findings["severity"] == "rejected") | findings["key"].isin(_ROWS_MISSING)


def show_findings(findings: pd.DataFrame, texts: Texts, *, verbose: bool) -> None:
    """Print the first rejected rows of every kind and missing ones always, and all findings when asked."""
    console = stdout()
    if verbose:
        _print_findings(findings, texts)
    else:
        lost = findings[tells_of_loss(findings)]
        kinds = lost.groupby(["layer", "key", "column"], dropna=False, sort=False)
        _print_findings(lost[kinds.cumcount() < _MOST_OF_A_KIND], texts)
        for _, rows in kinds:
            if len(rows) > _MOST_OF_A_KIND:
                where = _where(rows["layer"].iloc[0], rows["row"].iloc[0], texts)
                count = texts.count(len(rows) - _MOST_OF_A_KIND)
                console.print(texts("cli.more_rejected", count=count, where=where), markup=False)
    counts = findings["severity"].value_counts()
    if len(counts):
        parts = [f"{texts(f'cli.{name}')} {int(number)}" for name, number in counts.sort_index().items()]
        said = [texts("cli.findings", parts=", ".join(parts)), "" if verbose else texts("cli.findings_more")]
        console.print(" ".join(said).rstrip())


def _print_findings(findings: pd.DataFrame, texts: Texts) -> None:
    console = stdout()
    for layer, row, reason, advice in findings[["layer", "row", "reason", "advice"]].to_numpy():
        where = _where(layer, row, texts)
        console.print(f"  [bold]{escape(where)}[/]: {escape(str(reason))} {escape(str(advice))}")


def _where(layer: object, row: int, texts: Texts) -> str:
    return f"{layer}, {texts('cli.row')} {row}" if row else str(layer)
