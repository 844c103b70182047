"""``kansenkaart workshop``: the answers of a room, brought home."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from glob import glob, has_magic
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from kansenkaart.cli.options import quietness
from kansenkaart.cli.screen import say, stdout
from kansenkaart.errors import DataError, Fault, KansenkaartError
from kansenkaart.texts import Texts, load_texts

if TYPE_CHECKING:
    from kansenkaart.workshop import Ballot, BuiltMap, Merged

_CONFLICTS_SHOWN = 20


@click.group("workshop")
def workshop_command() -> None:
    """Bring home what a room answered on the map.

    \b
    Examples:
      kansenkaart workshop merge mijn-regio/uit stemmen/*.json -o mijn-regio/decisions.gpkg
    """


@workshop_command.command("merge")
@click.argument("out", type=click.Path(path_type=Path))
@click.argument("ballots", nargs=-1, required=True, metavar="BALLOT...")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("decisions.gpkg"),
    help="File to write; default: decisions.gpkg in this folder.",
)
@click.option(
    "--after",
    type=click.Path(path_type=Path),
    help="decisions.gpkg of an earlier round: what it decided stands until these ballots say otherwise.",
)
@click.option(
    "--overwrite",
    is_flag=True,
    help="Also replace a file with ballots that are not given now; it is kept as NAME.vorige.gpkg.",
)
@quietness
def merge_command(
    out: Path, ballots: tuple[str, ...], output: Path, *, after: Path | None, overwrite: bool, quiet: bool
) -> None:
    """Merge the ballots of several tables into decisions, comments and added firms.

    OUT is the folder that 'kansenkaart build' wrote and that the room worked on; BALLOT the files that the tables saved
    from the map (patterns such as stemmen/*.json work everywhere). Order and repetition change nothing. What one table
    confirms and another rejects is reported and not applied. One ballot that cannot be used stops it all, and what
    stood in the file stays.

    \b
    Examples:
      kansenkaart workshop merge mijn-regio/uit stemmen/*.json -o mijn-regio/decisions.gpkg
      kansenkaart workshop merge uit tafel1.json tafel2.json
      kansenkaart workshop merge uit tafel3.json --after ronde1.gpkg -o ronde2.gpkg

    The next build respects them with, in the project file:

    \b
      [workshop]
      decisions = "decisions.gpkg"
    """
    from kansenkaart.workshop import add_round, merge_ballots, open_built_map, write_decisions

    built = open_built_map(out)
    try:
        read = _read_all(find_files(ballots), built)
        merged = merge_ballots([ballot for _, ballot in read], built)
        if after is not None:
            merged = add_round(after, merged)
        older = write_decisions(output, merged, built, overwrite=overwrite)
    except KansenkaartError as error:
        error.language = built.language
        raise
    if not quiet:
        _show(read, merged, built)
        texts = load_texts(built.language)
        say(texts, "cli.workshop_written", file=output, name=output.name)
        if older is not None:
            say(texts, "cli.workshop_older", file=older)


def find_files(names: Sequence[str]) -> list[Path]:
    """Files by name, or by pattern where the shell left one as it is; each once.

    Raises
    ------
    DataError
        ``ballot_none`` when a pattern matches nothing.
    """
    found: list[Path] = []
    faults: list[Fault] = []
    for name in names:
        if Path(name).exists() or not has_magic(name):
            found.append(Path(name))
            continue
        matching = sorted(glob(name))  # noqa: PTH207 - a pattern may be absolute, and hold a drive
        if not matching:
            message = "No file is called {pattern}. Give the ballot files that were saved from the map."
            faults.append(Fault("ballot_none", message, {"pattern": name}))
        found += [Path(one) for one in matching]
    if faults:
        raise DataError.of(faults)
    return list(dict.fromkeys(found))


def _read_all(files: list[Path], built: BuiltMap) -> list[tuple[Path, Ballot]]:
    """Every ballot, checked against the map; the faults of all files at once."""
    from kansenkaart.workshop import check_ballot, read_ballot

    read: list[tuple[Path, Ballot]] = []
    faults: list[Fault] = []
    for file in files:
        try:
            ballot = read_ballot(file)
            check_ballot(ballot, str(file), built)
            read.append((file, ballot))
        except DataError as error:
            faults += error.faults
    if faults:
        raise DataError.of(faults)
    return read


def _show(read: list[tuple[Path, Ballot]], merged: Merged, built: BuiltMap) -> None:
    """What was taken per ballot, and what the tables do not agree on."""
    from kansenkaart.outward import make_line

    texts, console = load_texts(built.language), stdout()
    for file, ballot in sorted(read, key=lambda one: (one[1].name, str(one[0]))):
        said = {
            "table": make_line(ballot.name),
            "file": make_line(file.name),
            "matches": len(ballot.matches),
            "doubts": len(ballot.doubts),
            "missing": len(ballot.missing),
        }
        key = "workshop_ballot" if ballot in merged.ballots else "workshop_replaced"
        console.print(texts(f"cli.{key}", **said), markup=False)
    for table, count in sorted(Counter(one.name for one in merged.ballots).items()):
        if count > 1:
            console.print(texts("cli.workshop_same_table", table=make_line(table), count=count), markup=False)
    counts = {name: len(merged.decided(name)) for name in ("confirmed", "rejected", "conflict", "open")}
    firms = len(merged.layers["added_sites"])
    console.print(texts("cli.workshop_decided", **counts, firms=firms), markup=False)
    _show_conflicts(merged, texts)
    _show_groups(merged, texts)


def _show_conflicts(merged: Merged, texts: Texts) -> None:
    from kansenkaart.outward import make_line

    console, conflicts = stdout(), merged.decided("conflict")
    for row in conflicts.head(_CONFLICTS_SHOWN).to_dict("records"):
        stream = str(row["stream"])
        said = {name: make_line(str(row[name])) for name in ("supply_name", "demand_name", "ballots")}
        said |= {name: str(row[name]) for name in ("confirmed", "rejected")}
        stream = texts.find(f"streams.{stream}", stream)
        console.print(texts("cli.workshop_conflict", stream=stream, **said), markup=False)
    if len(conflicts) > _CONFLICTS_SHOWN:
        console.print(texts("cli.more_faults", count=len(conflicts) - _CONFLICTS_SHOWN), markup=False)


def _show_groups(merged: Merged, texts: Texts) -> None:
    """What was said of coalitions, where anything was."""
    from kansenkaart.outward import make_line
    from kansenkaart.tables.decisions import COALITIONS_LAYER, GROUP_OUTCOMES

    console = stdout()
    if merged.layers[COALITIONS_LAYER].empty:
        return
    counts = {name: len(merged.decided(name, COALITIONS_LAYER)) for name in GROUP_OUTCOMES}
    console.print(texts("cli.workshop_groups", **counts), markup=False)
    for row in merged.decided("conflict", COALITIONS_LAYER).head(_CONFLICTS_SHOWN).to_dict("records"):
        said = {name: make_line(str(row[name])) for name in ("name", "ballots")}
        console.print(texts("cli.workshop_group_conflict", **said), markup=False)
