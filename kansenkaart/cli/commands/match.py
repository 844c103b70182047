"""``kansenkaart match``: two layers in, one GeoPackage out."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import rich_click as click

from kansenkaart.cli.options import language_option, quietness
from kansenkaart.cli.screen import progress_lines, say, stdout, tells_of_loss
from kansenkaart.errors import UsageError
from kansenkaart.texts import Language, Texts, load_texts

if TYPE_CHECKING:
    from kansenkaart.project import Limits
    from kansenkaart.sources import PlainLayer, PlainRows
    from kansenkaart.two_layers import Objective, Rules, TwoLayerMatch

_LENGTH = re.compile(r"(\d+(?:[.,]\d+)?)\s*(km|m)", re.IGNORECASE)
_REJECTED_SHOWN = 10
# Far above any price, cost or detour: a slip of the keyboard.
_MOST = 1e9
# Per cent; what two sums of the same numbers may differ in their last digits.
_NO_GAP = 1e-9
_SIDES = (("supply", "SUPPLY"), ("demand", "DEMAND"))


def _side_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what can be said of each layer."""
    for role, argument in reversed(_SIDES):
        helps = {
            "layer": f"Layer or sheet of {argument}, where the file has several.",
            "quantity": f"Column of {argument} with the quantity, or a number for every place; default: by its name, "
            "else 1.",
            "id": f"Column of {argument} with the id; default: by its name, else the row number.",
            "name": f"Column of {argument} with the name; default: by its name, else the id.",
            "crs": f"CRS of {argument}, where the file does not say.",
        }
        for what, text in reversed(helps.items()):
            command = click.option(f"--{role}-{what}", help=text)(command)
    return command


@click.command("match")
@click.argument("supply")
@click.argument("demand")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="GeoPackage to write.")
@click.option(
    "--max-distance", required=True, metavar="LENGTH", help="No match beyond this: 10km, 500m or 2,5km."
)
@_side_options
@click.option(
    "--method",
    type=click.Choice(["optimal", "greedy", "nearest"]),
    default="optimal",
    help="Best division (default), best pair first, or only the nearest.",
)
@click.option(
    "--objective",
    type=click.Choice(["quantity", "distance", "value"]),
    help="Most quantity, then least distance (default); near before much; or the most money.",
)
@click.option("--value", type=float, help="Objective value: worth of one unit.")
@click.option("--cost-per-km", type=float, help="Objective value: cost of one unit over one km of the way.")
@click.option(
    "--detour", type=float, default=1.0, help="Way per straight distance, such as 1.3; default: 1 (straight)."
)
@click.option(
    "--same-places", is_flag=True, help="An id in both layers is one place, and never supplies itself."
)
@click.option("--unit", default="", help="What the quantities are counted in, for texts: t/jaar.")
@click.option(
    "--limit",
    "limits",
    multiple=True,
    metavar="KEY=NUMBER",
    help="How far a file may unfold, as under [limits] of a project file: view_s=120. May be given more than once.",
)
@click.option("--overwrite", is_flag=True, help="Replace the file when it exists.")
@language_option
@quietness
def match_command(
    supply: str, demand: str, output: Path, *, overwrite: bool, language: Language, quiet: bool, **said: Any
) -> None:
    """Match the places of two layers, without a project file.

    SUPPLY and DEMAND are a GeoPackage, Shapefile, GeoJSON, FlatGeobuf, GeoParquet, CSV or xlsx with points or polygons
    in the Netherlands, in any CRS; a layer of a file stands behind a pipe (places.gpkg|plants). Both quantities are in
    one unit, which is up to you. Distances run from edge to edge; with --detour the way is that much longer. OUTPUT
    gets the layers matches, supply, demand and findings, with styles, in RD New.

    \b
    Examples:
      kansenkaart match rwzi.gpkg kassen.gpkg -o uit.gpkg --max-distance 10km
      kansenkaart match "lagen.gpkg|bronnen" vragers.csv -o uit.gpkg --max-distance 5km --detour 1.3 \\
        --supply-quantity warmte_gj --demand-quantity vraag_gj --unit GJ/jaar
      kansenkaart match a.shp b.geojson -o uit.gpkg --max-distance 30km --value 40 --cost-per-km 1.5
    """
    from kansenkaart.exports import write_two_layers
    from kansenkaart.two_layers import check_output, match_layers

    texts = load_texts(language)
    with progress_lines(texts, quiet=quiet) as progress:
        rules = _read_rules(said)
        givers, takers = _read_layer(supply, "supply", said), _read_layer(demand, "demand", said)
        check_output(output, givers, takers, overwrite=overwrite)
        matched = match_layers(givers, takers, rules, texts=texts, progress=progress)
        progress("write", output.name)
        write_two_layers(output, matched.layers, texts=texts, unit=said["unit"])
    if not quiet:
        _show(matched, rules, texts, unit=said["unit"])
        say(texts, "cli.match_written", file=output)


def read_length(text: str) -> float:
    """Metres in `text`.

    Raises
    ------
    UsageError
        When it is no length above 0 with a unit.

    Examples
    --------
    >>> read_length("2,5 km"), read_length("500m")
    (2500.0, 500.0)
    """
    found = _LENGTH.fullmatch(text.strip())
    metres = float(found[1].replace(",", ".")) * (1_000 if found[2].lower() == "km" else 1) if found else 0.0
    if not 0 < metres < math.inf:
        message = (
            "--max-distance {value} is no distance; allowed: a number above 0 with its unit, such as 10km or "
            "500m."
        )
        raise UsageError("match_distance", message, value=text)
    return metres


def _read_limits(given: tuple[str, ...]) -> Limits:
    """Limits as they are given, the others by default; raises ``UsageError`` for what is none."""
    from kansenkaart.project import Limits

    read: dict[str, float] = {}
    for one in given:
        key, _, number = one.partition("=")
        try:
            read[key.strip()] = float(number) if "." in number else int(number)
            limits = Limits.model_validate(read)
        except ValueError:
            message = "--limit {value} cannot be; allowed: {allowed}, with = and a number above 0, such as view_s=120."
            allowed = ", ".join(Limits.model_fields)
            raise UsageError("match_limit", message, value=one, allowed=allowed) from None
    return limits if read else Limits()


def _read_layer(source: str, role: Literal["supply", "demand"], said: dict[str, Any]) -> PlainLayer:
    from kansenkaart.sources import PlainLayer

    return PlainLayer(
        source,
        role,
        table=said[f"{role}_layer"],
        quantity=said[f"{role}_quantity"],
        id=said[f"{role}_id"],
        name=said[f"{role}_name"],
        crs=said[f"{role}_crs"],
        limits=_read_limits(said["limits"]),
    )


def _read_rules(said: dict[str, Any]) -> Rules:
    """What was asked of the matching; numbers that do nothing, or cannot be, are refused.

    Raises
    ------
    UsageError
        When a number is out of its range, or does nothing with the objective.
    """
    from kansenkaart.two_layers import Rules

    money = [name for name in ("value", "cost_per_km") if said[name] is not None]
    objective: Objective = said["objective"] or ("value" if money else "quantity")
    if money and objective != "value":
        message = (
            "--{option} does nothing with --objective {objective}; leave it out, or use --objective value."
        )
        raise UsageError(
            "match_money_unused", message, option=money[0].replace("_", "-"), objective=objective
        )
    if objective == "value" and said["value"] is None:
        raise UsageError("match_value_absent", "--objective value needs --value: the worth of one unit.")
    least = {"value": 0.0, "cost_per_km": 0.0, "detour": 1.0}
    for name, lowest in least.items():
        if said[name] is not None and not lowest <= said[name] <= _MOST:
            message = "--{option} {value} is not allowed; allowed: from {lowest} to {highest}."
            values = {"value": said[name], "lowest": f"{lowest:g}", "highest": f"{_MOST:g}"}
            raise UsageError("match_number", message, option=name.replace("_", "-"), **values)
    return Rules(
        read_length(said["max_distance"]),
        detour=said["detour"],
        method=said["method"],
        objective=objective,
        value=said["value"] or 0.0,
        cost_per_km=said["cost_per_km"] or 0.0,
        same_places=said["same_places"],
    )


def _show(matched: TwoLayerMatch, rules: Rules, texts: Texts, *, unit: str) -> None:
    """What was read and chosen, what was delivered and what is left, and what the simpler way would have given."""
    console = stdout()
    for role, rows in (("supply", matched.supply), ("demand", matched.demand)):
        console.print(_tell_side(rows, role, texts), markup=False)
    _show_rejected(matched, texts)
    layers = matched.layers
    delivered = float(layers.matches["quantity"].sum())
    amounts = {
        "pairs": len(layers.matches),
        "delivered": _amount(delivered, unit, texts),
        "limit": texts.number(rules.max_distance_m / 1_000),
        "method": texts(f"cli.match_method_{rules.method}"),
    }
    console.print(texts("cli.match_pairs", **amounts), markup=False)
    for role, column in (("supply", "left"), ("demand", "unmet")):
        side = getattr(layers, role)
        rest, total = float(side[column].sum()), float(side["quantity"].sum())
        share = texts.number(100 * rest / total if total else 0.0)
        count = int((side[column] > 0).sum())
        said = {"rest": _amount(rest, unit, texts), "share": share, "count": count}
        console.print(texts(f"cli.match_{column}", **said), markup=False)
    console.print(_tell_other(matched, rules, texts), markup=False)


def _amount(quantity: float, unit: str, texts: Texts) -> str:
    return f"{texts.number(quantity)} {unit}".strip()


def _tell_side(rows: PlainRows, role: str, texts: Texts) -> str:
    columns = rows.columns
    told = []
    for what in ("quantity", "id", "name"):
        key = "column" if what in columns.origin else "none"
        told.append(
            texts(f"cli.match_{what}_{key}", column=columns.origin.get(what), each=texts.number(columns.each))
            + (texts("cli.match_guessed", option=f"--{role}-{what}") if what in columns.guessed else "")
        )
    side = {"side": texts(f"cli.match_{role}"), "used": len(rows.frame), "read": rows.rows_read}
    return texts("cli.match_side", **side, columns=", ".join(told))


def _show_rejected(matched: TwoLayerMatch, texts: Texts) -> None:
    findings = matched.layers.findings
    rejected = findings[tells_of_loss(findings)]
    for layer, row, reason, advice in (
        rejected[["layer", "row", "reason", "advice"]].head(_REJECTED_SHOWN).to_numpy()
    ):
        where = f"{layer}, {texts('cli.row')} {row}" if row else layer
        stdout().print(f"  {where}: {reason} {advice}", markup=False)
    if len(rejected) > _REJECTED_SHOWN:
        stdout().print(texts("cli.match_more_rejected", count=len(rejected) - _REJECTED_SHOWN), markup=False)


def _tell_other(matched: TwoLayerMatch, rules: Rules, texts: Texts) -> str:
    """How much better the best division is than the simpler one."""
    best, simple = matched.result, matched.other
    if rules.method != "optimal":
        best, simple = simple, best
    name = rules.method if rules.method != "optimal" else "greedy"
    said = {
        "method": texts(f"cli.match_method_{name}"),
        "counted": texts(f"cli.match_objective_{rules.objective}"),
    }
    gap = 100 * (1 - simple.objective / best.objective) if best.objective else 0.0
    if gap > _NO_GAP:
        return texts("cli.match_gap", gap=texts.number(gap, 2), **said)
    longer = 100 * (simple.quantity_distance / best.quantity_distance - 1) if best.quantity_distance else 0.0
    return texts("cli.match_gap_none", longer=texts.number(longer if longer > _NO_GAP else 0.0, 2), **said)
