"""``kansenkaart catalogue``: what is known, with its source."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping

import rich_click as click
from pydantic import BaseModel
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from kansenkaart.catalogue import Catalogue, load_catalogue
from kansenkaart.catalogue.changes import at_year
from kansenkaart.catalogue.legend import name_price
from kansenkaart.cli.options import language_option
from kansenkaart.cli.screen import stdout
from kansenkaart.errors import UsageError
from kansenkaart.texts import Language, Texts, load_texts
from kansenkaart.units import UNITS

# What a terminal has room for; every field stands in the CSV.
PARTS: Mapping[str, tuple[str, ...]] = {
    "streams": ("id", "unit", "mode", "soft_km", "hard_km", "scale_level"),
    "kengetallen": ("id", "role", "low", "value", "high", "unit"),
    "prices": ("meaning", "value", "unit", "year"),
    "pairs": ("stream", "supply_kind", "demand_kind", "r_after", "best_class"),
    "taken": ("stream", "kind", "way", "year"),
    "support": ("name", "part", "low", "value", "high", "year"),
    "kinds": ("id", "name", "area"),
    "drivers": ("id", "unit", "meaning"),
    "attributes": ("id", "allowed", "meaning"),
    "recipes": ("id", "meaning", "kind"),
    "units": ("id",),
}


_BY_STREAM = ("streams", "kengetallen", "prices", "pairs", "taken", "support")

# What may take a second line. A column that may not pushes the others off a narrow screen.
_LONG = ("meaning", "name", "allowed", "unit", "mode", "scale_level", "best_class", "way", "part")

_WIDEST_WORD = 14

# What stands on the second line of a cell: side by side there is no room for what it is about, the numbers.
_UNDER: Mapping[str, str] = {"streams": "name", "kengetallen": "evidence", "prices": "id", "support": "id"}

# Columns whose values are words of ours: where their names stand among the texts.
_WORDS: Mapping[str, str] = {
    "mode": "cli.mode",
    "scale_level": "tables.values.scale_level",
    "role": "tables.values.role",
    "evidence": "tables.values.evidence",
    "best_class": "tables.values.chance_class",
    "way": "tables.values.given_as",
    "part": "cli.support_part",
    "area": "cli.is_area",
}


@click.command("catalogue")
@click.argument("part", type=click.Choice(list(PARTS)), default="streams")
@click.option("--stream", help="Only rows of this stream.")
@click.option("--csv", "as_csv", is_flag=True, help="Write every field as CSV, to keep or to compare.")
@click.option(
    "--year", type=int, help="Prices of this year: taxes, levies, gas and electricity differ per year."
)
@language_option
def catalogue_command(part: str, stream: str | None, as_csv: bool, year: int | None, language: str) -> None:
    """Show what the tool knows: streams, kengetallen, prices, pairs, support, and the names a layer may use.

    An engineering estimate says so in the column 'evidence'.

    \b
    Examples:
      kansenkaart catalogue
      kansenkaart catalogue kengetallen --stream gft
      kansenkaart catalogue prices --stream restwarmte_ht --year 2030
      kansenkaart catalogue support --stream restwarmte_ht
      kansenkaart catalogue prices --csv > prijzen.csv
    """
    catalogue = load_catalogue()
    if year is not None:
        catalogue = _at(year, part, catalogue)
    if stream is not None:
        _check_stream(stream, part, catalogue)
    rows: list[dict[str, object]]
    if part == "units":
        rows = [{"id": unit} for unit in UNITS]
    else:
        items: list[BaseModel] = list(_items(part, catalogue))
        rows = [item.model_dump() for item in items]
    if part == "prices":
        rows = [
            {**row, "meaning": name_price(str(row["id"]), catalogue, load_texts(_language(language)))}
            for row in rows
        ]
    if part in ("drivers", "attributes", "recipes") and _language(language) == "nl" and not as_csv:
        rows = [{**row, "meaning": row["meaning_nl"]} for row in rows]
    if stream is not None:
        wanted = {stream} if part != "prices" else _prices_of(stream, catalogue)
        if part == "support":
            meant = {one.id for one in catalogue.instruments if stream in one.streams}
            rows = [row for row in rows if row["id"] in meant]
        else:
            rows = [row for row in rows if wanted & {row.get("stream"), row.get("id")}]
    if as_csv:
        _write_csv(rows)
    else:
        _show(part, rows, load_texts(_language(language)))


def _items(part: str, catalogue: Catalogue) -> Iterable[BaseModel]:
    return catalogue.instruments if part == "support" else getattr(catalogue, part).values()


def _language(name: str) -> Language:
    return "en" if name == "en" else "nl"


def _check_stream(stream: str, part: str, catalogue: Catalogue) -> None:
    if part not in _BY_STREAM:
        message = "--stream: '{part}' do not go by stream; these do: {allowed}."
        raise UsageError("catalogue_no_streams", message, part=part, allowed=", ".join(_BY_STREAM))
    if stream not in catalogue.streams:
        message = "--stream: '{stream}' does not exist; see 'kansenkaart catalogue streams'."
        raise UsageError("catalogue_stream", message, stream=stream)


def _prices_of(stream: str, catalogue: Catalogue) -> set[str]:
    """Ids of the prices that any pair of `stream` is reckoned with, and of those that follow from them."""
    # Heavy: only when it is asked.
    from kansenkaart.matches.price.economics import prices_read

    prices, about = catalogue.prices, catalogue.streams[stream]
    rules = [rule for rule in catalogue.pairs.values() if rule.stream == stream]
    read = {price.id for rule in rules for price in prices_read(about, rule, prices)}
    named = {name for rule in rules for name in (*rule.source_cost, *rule.stations, rule.benefit, rule.power)}
    if about.is_heat:
        named |= {name for name in prices if name.startswith("pipe_k_")}
    if any(rule.power for rule in rules):
        named |= {rule.power_price for rule in rules}
    return read | {name for name in named if name} | {f"co2_{stream}"}


def _at(year: int, part: str, catalogue: Catalogue) -> Catalogue:
    if part != "prices":
        message = "--year: only prices differ per year: 'kansenkaart catalogue prices', and not '{part}'."
        raise UsageError("catalogue_no_years", message, part=part)
    if year not in catalogue.yearly:
        message = "--year: no prices are known of {year}. Allowed: {first} to {last}."
        years = {"first": min(catalogue.yearly), "last": max(catalogue.yearly)}
        raise UsageError("catalogue_year", message, year=year, **years)
    return at_year(catalogue, year)


def _show(part: str, rows: list[dict[str, object]], texts: Texts) -> None:
    title = texts(f"cli.part_{part}")
    table = Table(title=title, title_justify="left", header_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    table.collapse_padding, table.show_edge = True, False
    under = _UNDER.get(part)
    for name in PARTS[part]:
        head = texts(f"cli.column_{name}")
        cells = [_tell(part, name, row, texts) for row in rows]
        table.add_column(head, overflow="fold", min_width=_least_width(name, head, cells))
    for row in rows:
        cells = [_tell(part, name, row, texts) for name in PARTS[part]]
        if under is not None:
            per = f"per {row['driver']}: " if part == "kengetallen" else ""
            cells[0] += f"\n{per}{_tell(part, under, row, texts)}"
        table.add_row(*map(escape, cells))
    stdout().print(table, soft_wrap=False)
    if part not in ("kinds", "units"):
        stdout().print(texts("cli.more_fields", part=part))


def _least_width(name: str, head: str, cells: list[str]) -> int:
    """Room for what is there to be copied; of sentences for a word, so that no number is pushed off the screen."""
    if name in _LONG:
        return max(len(word[:_WIDEST_WORD]) for cell in cells for word in (cell or "-").split())
    return max(map(len, [*head.split(), *cells]))


def _tell(part: str, name: str, row: Mapping[str, object], texts: Texts) -> str:
    """A cell as a reader of the language knows it; in the CSV stands what a script compares."""
    if name == "name":
        return str(row[texts.language]) if part == "support" else texts(f"{part}.{row['id']}")
    value = row[name]
    if name in _WORDS:
        return texts(f"{_WORDS[name]}.{str(value).replace('/', '_').lower()}")
    return texts.ungrouped(float(f"{value:g}")) if isinstance(value, float) else _cell(value)


def _write_csv(rows: list[dict[str, object]]) -> None:
    if not rows:
        return
    written = io.StringIO()
    writer = csv.DictWriter(written, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(value) for name, value in row.items()})
    stdout().print(written.getvalue(), markup=False, end="")


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return ";".join(f"{key}={item}" for key, item in value.items())
    if isinstance(value, tuple | list):
        return ";".join(str(item) for item in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
