"""Write the pages that come from the code; ``--check`` fails when one is out of date and shows the difference."""

from __future__ import annotations

import difflib
import inspect
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from kansenkaart.catalogue import Catalogue, load_catalogue
from kansenkaart.cli.main import COMMANDS, cli
from kansenkaart.outputs import OUTPUTS
from kansenkaart.project import project_schema
from kansenkaart.tables import ALL_TABLES, COMPARED_TABLES, INNER_TABLES, Column, Table
from kansenkaart.texts import load_texts

FOLDER = Path(__file__).parent / "reference"
NOTE = "<!-- Made by docs/generate.py from the code; change the code, then run `make docs`. -->\n\n"


def main() -> int:
    """Write or check every page; the exit code says whether all were up to date."""
    pages = {
        "cli.md": cli_page(),
        "frames.md": frames_page(),
        "project-file.md": project_page(),
        "catalogue.md": catalogue_page(load_catalogue()),
        "outputs.md": outputs_page(),
        "kansenkaart.schema.json": json.dumps(project_schema(), indent=2, ensure_ascii=False) + "\n",
    }
    stale = 0
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages.items():
        file = FOLDER / name
        present = file.read_text(encoding="utf-8") if file.exists() else ""
        if present == text:
            continue
        if "--check" not in sys.argv:
            file.write_text(text, encoding="utf-8", newline="\n")
            continue
        stale += 1
        sys.stdout.writelines(
            difflib.unified_diff(
                present.splitlines(True), text.splitlines(True), f"{name} (present)", f"{name} (code)"
            )
        )
    if stale:
        sys.stdout.write(f"{stale} generated page(s) out of date: run `make docs`.\n")
    return int(stale > 0)


def outputs_page() -> str:
    """Return the page of what a build writes."""
    dutch, english = load_texts("nl"), load_texts("en")
    rows = [
        (
            f"`{output.name}`",
            ", ".join(f"`{name}`" for name in output.beside)
            + (f" (with `[{output.asked_by}]`)" if output.asked_by else ""),
            dutch(f"outputs.{output.key}"),
            english(f"outputs.{output.key}"),
        )
        for output in OUTPUTS
    ]
    head = "# What a build writes\n\n`manifest.json` beside it says what all of it was made of.\n\n"
    return NOTE + head + table(("output", "with it", "Nederlands", "English"), rows)


def cli_page() -> str:
    """Return the page of commands, from their help."""
    parts = [NOTE + "# Commands\n"]
    COMMANDS.language = "en"
    context = click.Context(cli, info_name="kansenkaart")
    for name, command in _commands():
        parts.append(f"\n## kansenkaart {name}\n\n{_dedent(command.help or '')}\n")
        rows = [
            ("`" + ", ".join(option.opts) + "`", option.help or "")
            for option in command.get_params(click.Context(command, parent=context))
            if isinstance(option, click.Option)
        ]
        parts.append("\n" + table(("option", "meaning"), rows))
    parts.append(
        "\nExit codes: 0 good, 1 the data or the project file is wrong, 2 the command was called wrongly, "
        "3 a fault of the program, 130 interrupted.\n"
    )
    return "".join(parts)


def _commands() -> Iterable[tuple[str, click.Command]]:
    """Every command by name; those of a group behind it."""
    for name, command in sorted(cli.commands.items()):
        yield name, command
        if isinstance(command, click.Group):
            yield from ((f"{name} {part}", one) for part, one in sorted(command.commands.items()))


def frames_page() -> str:
    """Return the page of frames, from their contracts."""
    texts = load_texts("nl")
    parts = [NOTE + "# Frames\n\nEvery file a build writes holds these frames; quantities are per year.\n"]
    parts += [_frame(one, texts.section(f"columns.{one.name}")) for one in ALL_TABLES]
    parts.append("\n# Frames of a comparison\n\nThe files of `kansenkaart compare` hold these.\n")
    parts += [_frame(one, texts.section(f"columns.{one.name}")) for one in COMPARED_TABLES]
    parts.append("\n# Frames inside the matching\n\nNo file holds these; each is checked where it is made.\n")
    parts += [_inner_frame(one) for one in INNER_TABLES]
    return "".join(parts)


def _inner_frame(frame: Table) -> str:
    """What `frame` holds beside the columns of the frames before it, and which file of ``matches/`` fills it."""
    before = INNER_TABLES[: INNER_TABLES.index(frame)]
    known = {
        column.name
        for other in before
        if set(other.names()) <= set(frame.names())
        for column in other.columns
    }
    rows = [(*_cells(column), f"`{column.origin}`") for column in frame.columns if column.name not in known]
    head = ("column", "type", "unit", "", "meaning", "filled by")
    return f"\n## {frame.name}\n\n{frame.meaning} Key: {', '.join(frame.key)}.\n\n{table(head, rows)}"


def _cells(column: Column) -> tuple[str, ...]:
    return (
        f"`{column.name}`",
        column.dtype,
        column.unit,
        "may be empty" if column.nullable else "",
        column.meaning + (f" One of: {', '.join(column.allowed)}." if column.allowed else ""),
    )


def _frame(frame: Table, aliases: dict[str, str]) -> str:
    rows = [(*_cells(column), aliases.get(column.name, "")) for column in frame.columns]
    more = "\nFurther columns may follow (drivers and totals per stream).\n" if frame.open_ended else ""
    head = ("column", "type", "unit", "", "meaning", "shown as")
    return f"\n## {frame.name}\n\n{frame.meaning} Key: {', '.join(frame.key)}.\n\n{table(head, rows)}{more}"


def project_page() -> str:
    """Return the page of the project file, from its schema."""
    schema = project_schema()
    parts = [
        NOTE
        + "# The project file `kansenkaart.toml`\n\nAn unknown key is refused, with the nearest allowed one.\n"
    ]
    parts.append("\n## Top level\n\n" + _keys(schema))
    for name, model in schema["$defs"].items():
        if "properties" in model:
            parts.append(f"\n## {name}\n\n{model.get('description', '')}\n\n" + _keys(model))
    return "".join(parts)


def _keys(model: dict[str, Any]) -> str:
    required = model.get("required", [])
    rows = [
        (
            f"`{name}`",
            "needed" if name in required else _default(key),
            " ".join(str(key.get("description", "")).split()),
        )
        for name, key in model["properties"].items()
    ]
    return table(("key", "default", "meaning"), rows)


def _default(key: dict[str, Any]) -> str:
    value = key.get("default")
    return "" if value in (None, [], {}, "") or isinstance(value, dict) else f"`{json.dumps(value)}`"


def catalogue_page(catalogue: Catalogue) -> str:
    """Return the page of what is known, from the catalogue."""
    parts = [
        NOTE
        + "# Catalogue\n\n*estimate* is an engineering estimate without a published source; *derived* is arithmetic on "
        "published numbers; *unverified* is commonly known and not checked.\n"
    ]
    streams = [
        (f"`{one.id}`", one.unit, one.mode, f"{one.soft_km:g} / {one.hard_km:g}", one.scale_level, one.source)
        for one in catalogue.streams.values()
    ]
    parts.append(
        "\n## Streams\n\n" + table(("id", "unit", "mode", "km soft / hard", "scale", "source"), streams)
    )
    numbers = [
        (
            f"`{one.id}`",
            one.stream,
            one.role,
            one.driver,
            _range(one),
            one.unit,
            one.evidence,
            f"{one.source} ({one.year})",
        )
        for one in catalogue.kengetallen.values()
    ]
    head = ("id", "stream", "role", "driver", "low – value – high", "unit", "evidence", "source")
    parts.append("\n## Kengetallen\n\n" + table(head, numbers))
    prices = [
        (f"`{one.id}`", _range(one), one.unit, one.evidence, f"{one.source} ({one.year})")
        for one in catalogue.prices.values()
    ]
    parts.append(
        "\n## Prices and factors\n\n"
        + table(("id", "low – value – high", "unit", "evidence", "source"), prices)
    )
    pairs = [
        (one.stream, one.supply_kind, one.demand_kind, f"R{one.r_after}", one.best_class, one.note)
        for one in catalogue.pairs.values()
    ]
    parts.append("\n## Pairs\n\n" + table(("stream", "supply", "demand", "R", "best class", "note"), pairs))
    taken = [
        (one.stream, one.kind, one.way, f"{one.note} / {one.note_en}", f"{one.source} ({one.year})")
        for one in catalogue.taken.values()
    ]
    parts.append("\n## Taken already\n\n" + table(("stream", "kind", "way", "why", "source"), taken))
    return "".join(parts)


def _range(number: Any) -> str:
    return f"{number.low:g} – {number.value:g} – {number.high:g}"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table."""
    head = list(head)
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += [
        "| "
        + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ").replace("<", "&lt;") for cell in row)
        + " |"
        for row in rows
    ]
    return "\n".join(lines) + "\n"


def _dedent(text: str) -> str:
    """Return help text as Markdown: examples, which click keeps as they are, become a code block."""
    lines = [line for line in inspect.cleandoc(text).splitlines() if line != "\b"]
    return "\n".join("  " + line if line.startswith("  ") else line for line in lines)


if __name__ == "__main__":
    sys.exit(main())
