"""``kansenkaart balance``: flows in, a balance that closes out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click
from rich.markup import escape
from rich.table import Table

from kansenkaart.cli.options import language_option, quietness, result_options
from kansenkaart.cli.screen import progress_lines, say, stdout
from kansenkaart.errors import DataError
from kansenkaart.texts import Language, Texts, load_texts

if TYPE_CHECKING:
    import pandas as pd

    from kansenkaart.flows.balance import Balances

_MOST_ROWS = 40
_MOST_FINDINGS = 20
_SURE_DIGITS, _SD_DIGITS = 6, 4
_SPREADS = {"value": "", "reconciled": "reconciled_"}


@click.command("balance")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--sheet", help="Sheet of FILE, where the workbook has several.")
@result_options(".xlsx (all tables), .csv (the flows), .svg, .png or .json (Sankey)")
@click.option("--strict", is_flag=True, help="Exit 1 when the data contradict each other.")
@language_option
@quietness
def balance_command(
    file: Path,
    *,
    sheet: str | None,
    outputs: tuple[Path, ...],
    overwrite: bool,
    strict: bool,
    language: Language,
    quiet: bool,
) -> None:
    """Make the material flows of a region close, as STAN does: what was given, what follows, and whether it agrees.

    FILE is an xlsx or CSV with a row per flow: flow, from, to (empty: outside the region), layer (goods, P, N, water,
    energy ...), unit, value, and how sure it is: sd, sd_pct, or low and high; sd 0 is exact, an empty value unknown.
    Column entry says what a row is: flow, stock (what stays in a process), transfer (the share of what a process takes
    in that leaves by this flow) or content (of a layer in the first one, such as kg/t). Rows that share a kengetal err
    together. Every region of column region has a balance of its own. Dutch names of columns are read too.

    \b
    Examples:
      kansenkaart balance fosfaat.xlsx -o fosfaat-sluitend.xlsx
      kansenkaart balance stromen.csv -o sluitend.csv -o sankey.svg --strict
    """
    from kansenkaart.exports import (
        RESULT_ENDINGS,
        SANKEY_ENDINGS,
        check_output_file,
        write_result,
        write_sankey,
    )
    from kansenkaart.flows.balance import balance_flows
    from kansenkaart.sources import read_balance

    texts = load_texts(language)
    with progress_lines(texts, quiet=quiet) as progress:
        for output in outputs:
            check_output_file(output, (*RESULT_ENDINGS, *SANKEY_ENDINGS), inputs=[file], overwrite=overwrite)
        progress("sources", file.name)
        given = read_balance(file, sheet=sheet, texts=texts)
        progress("balances", "")
        found = balance_flows(given, file=file.name, texts=texts)
        for output in outputs:
            progress("write", output.name)
            write = write_sankey if output.suffix.lower() in SANKEY_ENDINGS else write_result
            write(output, found.by_name(), texts=texts)
        if not quiet:
            _show(found, texts)
            for output in outputs:
                say(texts, "cli.written", file=output)
        if strict:
            _refuse(found.tests)


def _refuse(tests: pd.DataFrame) -> None:
    wrong = tests.loc[tests["verdict"] == "contradictory", "region"]
    if len(wrong):
        message = "The data of {regions} contradict each other (--strict)."
        raise DataError("balance_strict", message, regions=", ".join(wrong))


def _show(found: Balances, texts: Texts) -> None:
    """The flows as given and as they close, then what is easily missed, then the verdict."""
    console = stdout()
    console.print(_draw(found.balances.head(_MOST_ROWS), texts), soft_wrap=False)
    if len(found.balances) > _MOST_ROWS:
        console.print(texts("cli.balance_more", count=len(found.balances) - _MOST_ROWS), markup=False)
    for row in found.findings.head(_MOST_FINDINGS).to_dict("records"):
        console.print(f"  {row['layer']}: {row['reason']} {row['advice']}", markup=False)
    if len(found.findings) > _MOST_FINDINGS:
        more = len(found.findings) - _MOST_FINDINGS
        console.print(texts("cli.balance_more_findings", count=more), markup=False)
    for row in found.tests.to_dict("records"):
        values = {
            "chi_square": texts.number(row["chi_square"]),
            "freedom": row["freedom"],
            "p": texts.likelihood(row["p_value"]),
        }
        console.print(texts(f"cli.balance_{row['verdict']}", region=row["region"], **values), markup=False)


def _draw(rows: pd.DataFrame, texts: Texts) -> Table:
    table = Table(header_style="bold", box=None, padding=(0, 2, 0, 0))
    several = [name for name in ("region", "layer") if rows[name].nunique() > 1]
    for name in (*several, "flow"):
        table.add_column(texts(f"columns.balances.{name}"), min_width=10)
    for name in ("value", "reconciled"):
        table.add_column(texts(f"columns.balances.{name}"), justify="right", no_wrap=True)
    for name in ("unit", "state"):
        table.add_column(texts(f"columns.balances.{name}"))
    for row in rows.to_dict("records"):
        numbers = [_tell(row[name], row[f"{of}sd"], texts) for name, of in _SPREADS.items()]
        state = texts(f"tables.values.state.{row['state']}")
        table.add_row(*(escape(str(row[name])) for name in (*several, "flow")), *numbers, row["unit"], state)
    return table


def _tell(value: float, sd: float, texts: Texts) -> str:
    """A value with its standard deviation; of what is not known nothing."""
    if value != value:
        return ""
    return f"{texts.number(value, _SURE_DIGITS)} ± {texts.number(sd, _SD_DIGITS)}"
