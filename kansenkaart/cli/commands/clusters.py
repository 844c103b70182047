"""``kansenkaart clusters``: which sectors are strong in which area."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click
from rich.markup import escape
from rich.table import Table

from kansenkaart.cli.screen import progress_lines, say, stdout
from kansenkaart.errors import UsageError
from kansenkaart.tables.clusters import CLASSIFICATIONS, COUNTED, MEASURES
from kansenkaart.texts import Language, Texts, load_texts

if TYPE_CHECKING:
    import pandas as pd

    from kansenkaart.clusters import Clusters

_MOST_AREAS, _MOST_SECTORS = 12, 3
_WIDTHS = {"count": 7, "shrunk": 18, "score": 5, "stability": 6}
_ENDINGS = (".xlsx", ".csv", ".gpkg")


@click.command("clusters")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--recipe", help="Layout that is known: cbs_85039ned or cbs_83582ned.")
@click.option("--sheet", help="Sheet of FILE, where the workbook has several.")
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="OURS=THEIRS",
    help="Column that means this: sector=sbi_2. Repeatable.",
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
@click.option("--level", help="Only this level: section, 2, 3, 4 or 5 (digits).")
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
@click.option(
    "-o",
    "--output",
    "outputs",
    type=click.Path(path_type=Path),
    multiple=True,
    help="File to write: .xlsx, .csv or .gpkg (municipalities). May be given more than once.",
)
@click.option(
    "--only", "shown", multiple=True, help="Area to show, by name or code; the files hold all. Repeatable."
)
@click.option("--overwrite", is_flag=True, help="Replace files that exist.")
@click.option("--language", type=click.Choice(["nl", "en"]), default="nl", help="Default: nl.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but faults.")
@click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of a fault.")
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
    from kansenkaart.clusters import find_clusters
    from kansenkaart.exports import check_output_file
    from kansenkaart.sources import read_sectors
    from kansenkaart.sources.read_sectors import list_recipes

    texts = load_texts(language)
    with progress_lines(texts, quiet=quiet) as progress:
        if said["recipe"] is not None and said["recipe"] not in list_recipes():
            message = "--recipe {recipe} is not known. Allowed: {allowed}."
            raise UsageError(
                "clusters_recipe", message, recipe=said["recipe"], allowed=", ".join(list_recipes())
            )
        for output in outputs:
            check_output_file(output, _ENDINGS, inputs=[file], overwrite=said["overwrite"])
        progress("sources", file.name)
        columns = _split(said["columns"], "--column")
        read = read_sectors(file, columns=columns, recipe=said["recipe"], sheet=said["sheet"], texts=texts)
        progress("clusters", "")
        counts, asked = _ask(read, said, file.name)
        found = find_clusters(counts, asked, file=file.name, texts=texts)
        for output in outputs:
            progress("write", output.name)
            _write(output, found, texts)
        if not quiet:
            _show(found, said["shown"], texts)
            for output in outputs:
                say(texts, "cli.written", file=output)


def _split(given: tuple[str, ...], option: str) -> dict[str, str]:
    pairs = [one.partition("=") for one in given]
    for one, (name, sign, value) in zip(given, pairs, strict=True):
        if not (name and sign and value):
            message = "{option} {value} cannot be; allowed: a name, = and what it is, such as jobs=2."
            raise UsageError("clusters_pair", message, option=option, value=one)
    return {name.strip(): value.strip() for name, _, value in pairs}


def _ask(read: Any, said: dict[str, Any], file: str) -> tuple[Any, Any]:
    """The matrices, and how clusters are looked for."""
    from kansenkaart.clusters import Asked
    from kansenkaart.clusters.counts import count_places, read_counts

    classification = read.classification or said["classification"]
    if classification is None or said["classification"] not in (None, classification):
        message = "Say with --classification by which the sectors are coded: {allowed}. {file} says: {found}."
        found = read.classification or "-"
        raise UsageError(
            "clusters_coded", message, allowed=", ".join(CLASSIFICATIONS), file=file, found=found
        )
    rows = read.rows
    if said["places"]:
        rows = count_places(rows, level=said["level"] or "section")
    counts = read_counts(rows, file=file, level=said["level"], kind=said["kind"])
    counted = said["counted"] or next(
        (name for name in ("jobs", *COUNTED) if name in counts.measures), COUNTED[0]
    )
    weights = _read_weights(said["weights"])
    return counts, Asked(
        counted, classification, weights, said["pseudo"], said["least"], read.names, read.letters
    )


def _read_weights(given: tuple[str, ...]) -> dict[str, float]:
    weights = dict.fromkeys(MEASURES, 1.0)
    for name, text in _split(given, "--weight").items():
        try:
            weight = float(text.replace(",", "."))
        except ValueError:
            weight = -1.0
        if name not in weights or not 0 <= weight < 1e9:
            message = "--weight {value} cannot be; allowed: {allowed}, with = and a number of 0 or more."
            raise UsageError("clusters_weight", message, value=f"{name}={text}", allowed=", ".join(weights))
        weights[name] = weight
    if not sum(weights.values()):
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


def _show(found: Clusters, shown: tuple[str, ...], texts: Texts) -> None:
    """The strongest sectors of the areas that are asked for, or of those with most; what was remarked."""
    console, frame = stdout(), found.clusters
    areas = frame.drop_duplicates("area_code")
    if shown:
        chosen = areas[areas["area_code"].isin(shown) | areas["area"].isin(shown)]
    else:
        chosen = areas.nlargest(_MOST_AREAS, "area_total")
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
        table.add_row(escape(area), escape(sector), *numbers, texts.number(100 * row["stability"], 2) + "%")
    return table
