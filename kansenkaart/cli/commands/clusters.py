"""``kansenkaart clusters``: which sectors are strong in which area."""

from __future__ import annotations

from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click
from rich.markup import escape
from rich.table import Table

from kansenkaart.allowed import suggest
from kansenkaart.cli.options import language_option, quietness, result_options
from kansenkaart.cli.screen import progress_lines, say, stdout
from kansenkaart.errors import UsageError
from kansenkaart.tables.clusters import CLASSIFICATIONS, COUNTED, MEASURES, RECIPES
from kansenkaart.texts import UNKNOWN, Language, Texts, load_texts

if TYPE_CHECKING:
    import pandas as pd

    from kansenkaart.clusters import Clusters
    from kansenkaart.project import ClusterTable

_MOST_AREAS, _MOST_SECTORS = 12, 3
_WIDTHS = {"count": 7, "shrunk": 18, "score": 5, "stability": 6}
_ENDINGS = (".xlsx", ".csv", ".gpkg")


@click.command("clusters")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--recipe", type=click.Choice(RECIPES), help="Layout that is known.")
@click.option("--sheet", help="Sheet of FILE, where the workbook has several.")
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="OURS=THEIRS",
    help="Column that means this: sector=sbi_2. Repeatable.",
)
@click.option(
    "--value",
    "values",
    multiple=True,
    metavar="CODE=SECTOR",
    help="Code of a sector in FILE and what it is: 00.00=47.11. Repeatable.",
)
@click.option(
    "--counted",
    type=click.Choice(COUNTED),
    help="What the quotient counts; default: jobs where they are known.",
)
@click.option(
    "--classification",
    type=click.Choice(CLASSIFICATIONS),
    help="Classification, where the file does not say.",
)
@click.option(
    "--level",
    type=click.Choice(["section", "2", "3", "4", "5"]),
    help="Only this level: sections, or so many digits.",
)
@click.option("--areas", "kind", help="Only these areas, by the letters of their code: GM, CR or PV.")
@click.option("--places", is_flag=True, help="A row is one establishment: they are counted, at --level.")
@click.option(
    "--weight",
    "weights",
    multiple=True,
    metavar="CRITERION=NUMBER",
    help="Weight of a criterion; default: 1 each. Repeatable.",
)
@click.option(
    "--pseudo",
    type=click.FloatRange(min=0),
    help="Weight of the country's shares; default: 500 jobs or 100 establishments.",
)
@click.option(
    "--least",
    type=click.FloatRange(min=0),
    help="Least count to be ranked; default: 250 jobs or 10 establishments.",
)
@result_options(".xlsx, .csv or .gpkg (municipalities)")
@click.option(
    "--only", "shown", multiple=True, help="Area to show, by name or code; the files hold all. Repeatable."
)
@language_option
@quietness
def clusters_command(
    file: Path, *, outputs: tuple[Path, ...], language: Language, quiet: bool, **said: Any
) -> None:
    """Find which sectors are strong in which area: location quotients with their intervals, scores by five criteria.

    FILE is a table for the whole country: a row per area and sector with establishments and jobs, and where known
    value_eur, materials_t and residuals_t; or, with --recipe, a table of CBS as it comes. The criteria are those of
    Noord-Holland: each is a percentile rank within the area, weighted; one that is missing leaves the others. Missing
    or secret is not 0. Waste, waste water, own terrain and civil works are marked to be included always.

    \b
    Examples:
      kansenkaart clusters vestigingen.csv --recipe cbs_85039ned --only Westland -o clusters.xlsx -o clusters.gpkg
      kansenkaart clusters banen.csv --classification "SBI 2008" --level 2 --weight jobs=2 --weight residuals_t=3
    """
    from kansenkaart.exports import check_output_file
    from kansenkaart.step_one import read_clusters

    texts = load_texts(language)
    with progress_lines(texts, quiet=quiet) as progress:
        table = _read_table(file, said)
        for output in outputs:
            check_output_file(output, _ENDINGS, inputs=[file], overwrite=said["overwrite"])
        progress("clusters", file.name)
        found = read_clusters(table, file, texts=texts)
        shown = _find_shown(found, said["shown"])
        for output in outputs:
            progress("write", output.name)
            _write(output, found, texts)
        if not quiet:
            _show(found, shown, texts)
            for output in outputs:
                say(texts, "cli.written", file=output)


def _split(given: tuple[str, ...], option: str) -> dict[str, str]:
    pairs = [one.partition("=") for one in given]
    for one, (name, sign, value) in zip(given, pairs, strict=True):
        if not (name and sign and value):
            message = "{option} {value} cannot be; allowed: a name, = and what it is, such as jobs=2."
            raise UsageError("clusters_pair", message, option=option, value=one)
    for place, what in ((0, "name"), (2, "value")):
        said = [pair[place].strip() for pair in pairs]
        twice = next((one for one in said if said.count(one) > 1), None)
        if twice is not None and (what == "name" or option == "--column"):
            message = "{option}: {value} is given more than once; say which one counts."
            raise UsageError("clusters_pair_twice", message, option=option, value=twice)
    return {name.strip(): value.strip() for name, _, value in pairs}


def _read_table(file: Path, said: dict[str, Any]) -> ClusterTable:
    """The table as it is asked for, as under [clusters] of a project file."""
    from kansenkaart.project import ClusterTable

    for option in ("pseudo", "least"):
        if said[option] is not None and not isfinite(said[option]):
            message = "--{option} {value} cannot be; allowed: a number of 0 or more."
            raise UsageError("clusters_number", message, option=option, value=f"{said[option]:g}")
    weights = _read_weights(said["weights"])
    values: dict[Any, dict[str, str]] = (
        {"sector": _split(said["values"], "--value")} if said["values"] else {}
    )
    rename = {theirs: ours for ours, theirs in _split(said["columns"], "--column").items()}
    names = ("recipe", "counted", "classification", "level", "places", "pseudo", "least")
    settings: dict[str, Any] = {name: said[name] for name in names}
    settings |= {"table": said["sheet"], "areas": said["kind"]}
    return ClusterTable(path=str(file), rename=rename, values=values, weights=weights, **settings)


def _read_weights(given: tuple[str, ...]) -> dict[str, float]:
    weights: dict[str, float] = {}
    for name, text in _split(given, "--weight").items():
        try:
            weight = float(text.replace(",", "."))
        except ValueError:
            weight = -1.0
        if name not in MEASURES or not 0 <= weight < 1e9:
            message = "--weight {value} cannot be; allowed: {allowed}, with = and a number of 0 or more."
            raise UsageError("clusters_weight", message, value=f"{name}={text}", allowed=", ".join(MEASURES))
        weights[name] = weight
    if len(weights) == len(MEASURES) and not any(weights.values()):
        raise UsageError(
            "clusters_weightless", "All weights are 0. Give one criterion at least a weight above 0."
        )
    return weights


def _write(output: Path, found: Clusters, texts: Texts) -> None:
    from kansenkaart.exports import write_clusters, write_result
    from kansenkaart.sources import load_boundaries

    if output.suffix.lower() == ".gpkg":
        areas = load_boundaries().areas.rename(columns={"municipality_code": "area_code"})
        write_clusters(output, found.clusters, areas, texts=texts)
    else:
        write_result(output, {"clusters": found.clusters, "findings": found.findings}, texts=texts)


def _find_shown(found: Clusters, asked: tuple[str, ...]) -> set[str]:
    """Codes of the areas that are asked for by name or code; capitals do not matter."""
    areas = found.clusters.drop_duplicates("area_code")
    pairs = areas[["area_code", "area"]].astype("object").to_numpy().tolist()
    called = [
        (str(name), str(code)) for code, area in pairs for name in (code, area) if isinstance(name, str)
    ]
    codes: set[str] = set()
    for one in asked:
        own = {code for name, code in called if name.casefold() == one.strip().casefold()}
        if not own:
            message = "--only {value}: no area of the table is called that. {hint}"
            hint = suggest(one, sorted({name for name, _ in called}))
            raise UsageError("clusters_only", message, value=one, hint=hint)
        codes |= own
    return codes


def _show(found: Clusters, shown: set[str], texts: Texts) -> None:
    """The strongest sectors of the areas that are asked for, or of those with most; what was remarked."""
    console, frame = stdout(), found.clusters
    areas = frame.drop_duplicates("area_code")
    chosen = areas[areas["area_code"].isin(shown)] if shown else areas.nlargest(_MOST_AREAS, "area_total")
    console.print(_draw(frame[frame["area_code"].isin(chosen["area_code"])], texts), soft_wrap=False)
    for row in found.findings.to_dict("records"):
        console.print(f"  {row['reason']} {row['advice']}", markup=False)
    counts = {"areas": len(areas), "sectors": frame["sector"].nunique()}
    counted = texts(f"tables.values.counted.{frame['counted'].iloc[0]}")
    console.print(texts("cli.clusters_done", counted=counted, **counts), markup=False)


def _draw(rows: pd.DataFrame, texts: Texts) -> Table:
    table = Table(header_style="bold", box=None, padding=(0, 2, 0, 0))
    table.add_column(texts("columns.clusters.area"), width=11, no_wrap=True)
    table.add_column(texts("columns.clusters.sector"), width=20, no_wrap=True)
    for name, width in _WIDTHS.items():
        table.add_column(texts(f"cli.clusters_{name}"), justify="right", no_wrap=True, width=width)
    ranked = rows.dropna(subset="rank").sort_values(["area", "area_code", "rank", "sector"])
    for row in ranked[ranked.groupby("area_code").cumcount() < _MOST_SECTORS].to_dict("records"):
        area = row["area"] if isinstance(row["area"], str) else row["area_code"]
        sector = (
            f"{row['sector']} {row['sector_name'] if isinstance(row['sector_name'], str) else ''}".strip()
        )
        low, high = texts.number(row["shrunk_low"]), texts.number(row["shrunk_high"])
        interval = f"{texts.number(row['shrunk'])} ({low}-{high})"
        numbers = [texts.number(row["count"], 6), interval, texts.number(row["score"], 2)]
        firm = row["stability"]
        often = UNKNOWN if firm != firm else texts.number(100 * firm, 2) + "%"
        table.add_row(escape(area), escape(sector), *numbers, often)
    return table
