"""``kansenkaart inspect``: what stands in files, and what a project would make of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from kansenkaart.cli.options import language_option
from kansenkaart.cli.proposal import show_proposal
from kansenkaart.cli.screen import stdout
from kansenkaart.errors import DataError, Fault, KansenkaartError
from kansenkaart.texts import Language, Texts, load_texts

if TYPE_CHECKING:
    from kansenkaart.sources.propose import Proposal


@click.command("inspect")
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="FILE...")
@click.option("--json", "as_json", is_flag=True, help="Write it as JSON, for a script.")
@language_option
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
            "question": doubt.said.tell(texts),
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
        "why": [said.tell(texts) for said in proposal.why],
        "open": doubts,
    }
