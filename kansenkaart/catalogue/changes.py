"""What changes the numbers of the catalogue: a formula, a year, a project with its own numbers and processors."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache, lru_cache
from graphlib import CycleError, TopologicalSorter
from typing import TypeVar

from pydantic import BaseModel

from kansenkaart.catalogue.models import Catalogue, Formula, Market, Number, Price, Processor, Profile, Stream
from kansenkaart.catalogue.own_numbers import (
    PROJECT_FILE,
    OwnMarket,
    OwnNumber,
    add_benefits,
    find_open_benefits,
)
from kansenkaart.errors import Fault, ProjectError

Model = TypeVar("Model", bound=BaseModel)
NumberModel = TypeVar("NumberModel", bound=Number)
Change = TypeVar("Change")

# Attributes that name a profile; what they allow is not in attributes.toml, for a project may add profiles.
_PROFILE_ATTRIBUTES = ("supply_profile", "demand_profile")


def apply_changes(
    catalogue: Catalogue,
    *,
    kengetallen: Mapping[str, OwnNumber],
    prices: Mapping[str, OwnNumber],
    streams: Mapping[str, Mapping[str, float]],
    profiles: Mapping[str, Profile] | None = None,
) -> Catalogue:
    """Return a copy of `catalogue` with a project's own numbers.

    Parameters
    ----------
    kengetallen, prices
        Own low, value and high by id, in the unit of the catalogue; their source becomes the project file. What follows
        from a price follows its change. ``benefit_<stream>`` may also be one that the catalogue does not know.
    streams
        Own ``hard_km`` and ``soft_km`` by stream. A hard distance below the catalogue's soft one takes it along.
    profiles
        Own month profiles by id: new ones, which a layer may then name, or instead of the catalogue's.

    Raises
    ------
    ProjectError
        When an id is not in the catalogue, or a soft distance lies beyond the hard one.
    """
    faults = [
        _unknown(table, name, allowed)
        for table, changes, allowed in (
            ("kengetallen", kengetallen, catalogue.kengetallen),
            ("prices", prices, find_price_ids(catalogue, prices)),
            ("stream", streams, catalogue.streams),
        )
        for name in changes
        if name not in allowed
    ]
    known = [(catalogue.streams[name], reach) for name, reach in streams.items() if name in catalogue.streams]
    faults += [fault for stream, reach in known for fault in _crossed(stream, reach)]
    if faults:
        raise ProjectError.of(faults)
    changed = replace(
        catalogue,
        streams=_changed(catalogue.streams, streams, _with_reach),
        kengetallen=_changed(catalogue.kengetallen, kengetallen, _with_number),
        prices=work_out(_changed(catalogue.prices, prices, _with_price)),
    )
    if prices.keys() - catalogue.prices.keys():
        changed = add_benefits(changed, prices)
    return with_profiles(changed, profiles or {})


def find_price_ids(catalogue: Catalogue, asked: Mapping[str, object]) -> Collection[str]:
    """Return which prices a project may give, of which it gives `asked`: also of streams that have none yet."""
    if asked.keys() <= catalogue.prices.keys():
        return catalogue.prices
    return (*catalogue.prices, *find_open_benefits(catalogue))


def with_markets(catalogue: Catalogue, own: Mapping[str, OwnMarket | None], *, year: int) -> Catalogue:
    """Return `catalogue` with a project's own markets outside the region by stream; None is none."""
    markets = {
        name: None
        if market is None
        else Market(
            **market.model_dump(exclude={"year"}),
            place_en=market.place,
            year=year if market.year is None else market.year,
            evidence="unverified" if market.source == PROJECT_FILE else "sourced",
        )
        for name, market in own.items()
    }
    streams = {
        name: stream.model_copy(update={"elsewhere": markets[name]}) if name in markets else stream
        for name, stream in catalogue.streams.items()
    }
    return replace(catalogue, streams=streams)


def with_profiles(catalogue: Catalogue, own: Mapping[str, Profile]) -> Catalogue:
    """Return `catalogue` with `own` month profiles too; the attributes that name a profile allow them."""
    profiles = {**catalogue.profiles, **own}
    attributes = {
        name: attribute.model_copy(update={"allowed": tuple(profiles)})
        if name in _PROFILE_ATTRIBUTES
        else attribute
        for name, attribute in catalogue.attributes.items()
    }
    return replace(catalogue, profiles=profiles, attributes=attributes)


def _changed(
    rows: Mapping[str, Model], changes: Mapping[str, Change], apply: Callable[[Model, Change], Model]
) -> dict[str, Model]:
    return {name: apply(row, changes[name]) if name in changes else row for name, row in rows.items()}


def _with_number(row: NumberModel, own: OwnNumber) -> NumberModel:
    """`row` with the project's number; what the catalogue says stays readable in the note."""
    return row.model_copy(
        update={
            "low": own.low,
            "value": own.value,
            "high": own.high,
            "source": own.source,
            "year": own.year if own.year is not None else row.year,
            "evidence": "unverified" if own.source == PROJECT_FILE else "sourced",
            "note": f"catalogus: {row.low:g}; {row.value:g}; {row.high:g} ({row.source})",
        }
    )


def _with_price(row: Price, own: OwnNumber) -> Price:
    """As `_with_number`; a price that followed from others is a number of its own now."""
    return _with_number(row, own).model_copy(update={"formula": ""})


def _with_reach(stream: Stream, reach: Mapping[str, float]) -> Stream:
    hard = reach.get("hard_km", stream.hard_km)
    soft = reach.get("soft_km", min(stream.soft_km, hard))
    source = f"{stream.source}; afstand: {PROJECT_FILE}" if reach else stream.source
    return Stream.model_validate({**stream.model_dump(), "hard_km": hard, "soft_km": soft, "source": source})


def _crossed(stream: Stream, reach: Mapping[str, float]) -> Iterator[Fault]:
    hard = reach.get("hard_km", stream.hard_km)
    if reach.get("soft_km", hard) > hard:
        message = (
            "stream.{stream}: soft_km = {soft} lies beyond hard_km = {hard}. Lower soft_km or raise hard_km."
        )
        values: dict[str, object] = {"stream": stream.id, "soft": reach["soft_km"], "hard": hard}
        yield Fault("project_distances_crossed", message, values)


def with_price(catalogue: Catalogue, price_id: str, value: float, *, ranges: bool = True) -> Catalogue:
    """The catalogue as if one price were known to be `value` exactly, and what follows from it; see `work_out`."""
    exact = catalogue.prices[price_id].model_copy(
        update={"low": value, "value": value, "high": value, "formula": ""}
    )
    return replace(catalogue, prices=work_out({**catalogue.prices, price_id: exact}, price_id, ranges=ranges))


def _unknown(table: str, name: str, allowed: Iterable[str]) -> Fault:
    message = "{table}: the catalogue has no '{name}'. Allowed: {allowed}."
    values: dict[str, object] = {"table": table, "name": name, "allowed": ", ".join(allowed)}
    return Fault("catalogue_unknown_name", message, values)


def find_processors(catalogue: Catalogue, kind: str, attributes: Mapping[str, object]) -> list[Processor]:
    """Processors that hold for a place of `kind`, in the catalogue's order.

    Of two that make the same of the same, the one that asks most of the place wins, as with kengetallen.

    Examples
    --------
    >>> from kansenkaart.catalogue import load_catalogue
    >>> [one.makes for one in find_processors(load_catalogue(), "digester", {"feed": "gft"}) if one.takes == "gft"]
    ['compost', 'biogas_groengas']
    """
    held = [
        one
        for one in catalogue.processors
        if one.kind == kind and all(attributes.get(name) == value for name, value in one.where.items())
    ]
    best: dict[tuple[str, str], Processor] = {}
    for one in sorted(held, key=lambda one: -len(one.where)):
        best.setdefault((one.takes, one.makes), one)
    return [one for one in held if best[one.takes, one.makes] is one]


def add_processors(catalogue: Catalogue, own: Iterable[Processor], *, year: int) -> Catalogue:
    """Return `catalogue` with a project's own processors; one of the same place and streams takes its place.

    Parameters
    ----------
    own
        As the project file has them; one without a year gets `year`.
    """
    dated = [one if one.year is not None else one.model_copy(update={"year": year}) for one in own]
    replaced = {processor_key(one) for one in dated}
    kept = tuple(one for one in catalogue.processors if processor_key(one) not in replaced)
    return replace(catalogue, processors=kept + tuple(dated))


def processor_key(one: Processor) -> tuple[str, tuple[tuple[str, str], ...], str, str]:
    """What may stand only once: kind, conditions, stream taken and stream made."""
    return one.kind, tuple(sorted(one.where.items())), one.takes, one.makes


# Where the bands of the energy tax on gas end, m3 per year: article 59 of the Wet belastingen op milieugrondslag.
_BAND_ENDS = (0.0, 170_000.0, 1_000_000.0, 10_000_000.0, math.inf)

_OPERATIONS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def tax_gas(use_m3: float, *rates: float) -> float:
    """Energy tax of a year's gas, EUR.

    Parameters
    ----------
    use_m3
        Gas per year.
    rates
        EUR per m3 of the four bands.

    Examples
    --------
    >>> tax_gas(200_000.0, 0.5, 0.2, 0.1, 0.0)
    91000.0
    """
    bands = zip(_BAND_ENDS, _BAND_ENDS[1:], rates, strict=False)
    return sum(rate * max(0.0, min(use_m3, end) - start) for start, end, rate in bands)


def tax_saved(use_m3: float, share: float, *rates: float) -> float:
    """Energy tax per m3 that is saved when `share` of the gas is no longer used: the last m3 go first, EUR per m3."""
    left = tax_gas(use_m3 * (1.0 - share), *rates)
    return (tax_gas(use_m3, *rates) - left) / (use_m3 * share)


_FUNCTIONS: Mapping[str, Callable[..., float]] = {"tax_gas": tax_gas, "tax_saved": tax_saved}


def read_names(formula: str) -> tuple[str, ...]:
    """Ids of the prices in `formula`, in the order of the first time they stand there.

    Raises
    ------
    ValueError
        When it holds anything but numbers, names, ``+ - * /``, brackets and the functions of this module.
    """
    nodes = ast.walk(_parse(formula))
    names = [node.id for node in nodes if isinstance(node, ast.Name) and node.id not in _FUNCTIONS]
    return tuple(dict.fromkeys(names))


def leaves(name: str, prices: Mapping[str, Price]) -> tuple[str, ...]:
    """Ids of the prices that `name` follows from in the end, in the order of `prices`; itself without a formula."""
    if not prices[name].formula:
        return (name,)
    origin = _origins(tuple((key, price.formula) for key, price in prices.items() if price.formula))[name]
    return tuple(key for key in prices if key in origin)


def check_formulas(
    formulas: Mapping[str, Formula], known: Mapping[str, object]
) -> Iterator[tuple[str, str, object]]:
    """What is wrong with `formulas` (row, fault, value): `known` holds the id of every price, theirs too."""
    reads: dict[str, tuple[str, ...]] = {}
    for name, one in formulas.items():
        try:
            reads[name] = read_names(one.formula)
        except (SyntaxError, ValueError) as error:
            yield name, "field 'formula': cannot be read", error
            continue
        for read in reads[name]:
            if read not in known:
                yield name, "field 'formula': not a price", read
    try:
        tuple(TopologicalSorter(reads).static_order())
    except CycleError as error:
        yield error.args[1][0], "field 'formula': follows from itself", " -> ".join(error.args[1])


def at_year(catalogue: Catalogue, year: int) -> Catalogue:
    """The catalogue with the prices, taxes and levies of `year`, one of ``catalogue.yearly``."""
    prices = {**catalogue.prices, **catalogue.yearly[year]}
    dated = {
        name: price.model_copy(update={"year": year}) if price.formula else price
        for name, price in prices.items()
    }
    return replace(catalogue, prices=work_out(dated))


def make_prices(formulas: Iterable[Formula], prices: Mapping[str, Price], *, year: int) -> dict[str, Price]:
    """`prices` and those of `formulas`, worked out for `year`."""
    blank = {
        one.id: Price(
            id=one.id,
            low=0.0,
            value=0.0,
            high=0.0,
            unit=one.unit,
            source=one.formula,
            year=year,
            evidence="derived",
            note=one.note,
            formula=one.formula,
        )
        for one in formulas
    }
    return work_out({**prices, **blank})


def work_out(
    prices: Mapping[str, Price], changed: str | None = None, *, ranges: bool = True
) -> dict[str, Price]:
    """Return `prices` with those that have a formula worked out; when `changed` is named only what follows from that.

    Without `ranges` they keep their low and high: for who reads the values only, a third of the time.

    Notes
    -----
    Low and high are read as P10 and P90, and what goes into a formula is taken to move by itself: the distances from
    the value are added as squares, each to the side it pushes to. All at their worst at once would be far rarer.
    """
    formulas = {name: price.formula for name, price in prices.items() if price.formula}
    origin = _origins(tuple(formulas.items()))
    wanted = [name for name in origin if changed is None or changed in origin[name]]
    value = {name: price.value for name, price in prices.items()}
    for name in wanted:
        value[name] = _compile(formulas[name])(value)
    if not ranges:
        return {**prices, **{name: prices[name].model_copy(update={"value": value[name]}) for name in wanted}}
    below, above = dict.fromkeys(wanted, 0.0), dict.fromkeys(wanted, 0.0)
    # in one order in every run: the last digit of a sum of squares follows it
    for leaf in sorted(set().union(*(origin[name] for name in wanted))):
        gone = dict.fromkeys(wanted, (0.0, 0.0))
        for end in {prices[leaf].low, prices[leaf].high} - {prices[leaf].value}:
            moved = {**value, leaf: end}
            for name in (name for name in origin if leaf in origin[name]):
                moved[name] = _compile(formulas[name])(moved)
                if name in below:
                    step = moved[name] - value[name]
                    gone[name] = min(gone[name][0], step), max(gone[name][1], step)
        for name, (down, up) in gone.items():
            below[name], above[name] = math.hypot(below[name], down), math.hypot(above[name], up)
    found = dict(prices)
    for name in wanted:
        update = {"low": value[name] - below[name], "value": value[name], "high": value[name] + above[name]}
        found[name] = prices[name].model_copy(update=update)
    return found


@lru_cache(maxsize=64)
def _origins(formulas: tuple[tuple[str, str], ...]) -> Mapping[str, frozenset[str]]:
    """Every price with a formula, after those it reads, and what it follows from in the end."""
    reads = {name: read_names(formula) for name, formula in formulas}
    found: dict[str, frozenset[str]] = {}
    for name in TopologicalSorter(reads).static_order():
        if name in reads:
            found[name] = frozenset().union(*(found.get(read, frozenset([read])) for read in reads[name]))
    return found


@cache
def _parse(formula: str) -> ast.Expression:
    tree = ast.parse(formula, mode="eval")
    for node in ast.walk(tree):
        known = isinstance(node, ast.Expression | ast.Name | ast.Load | ast.operator) or (
            isinstance(node, ast.Constant) and isinstance(node.value, int | float)
        )
        if isinstance(node, ast.BinOp):
            known = type(node.op) in _OPERATIONS
        if isinstance(node, ast.Call):
            known = isinstance(node.func, ast.Name) and node.func.id in _FUNCTIONS and not node.keywords
        if not known:
            raise ValueError(f"{ast.unparse(node)!r} is not allowed in a formula")
    return tree


# What a formula, or a part of one, gives for the prices that it reads.
_Worth = Callable[[Mapping[str, float]], float]


@cache
def _compile(formula: str) -> _Worth:
    """Return what works `formula` out: it is asked for thousands of times."""
    return _worth(_parse(formula).body)


def _worth(node: ast.expr) -> _Worth:
    if isinstance(node, ast.BinOp):
        combine, left, right = _OPERATIONS[type(node.op)], _worth(node.left), _worth(node.right)
        return lambda values: combine(left(values), right(values))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        call, parts = _FUNCTIONS[node.func.id], [_worth(part) for part in node.args]
        return lambda values: call(*(part(values) for part in parts))
    if isinstance(node, ast.Name):
        return operator.itemgetter(node.id)
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        number = float(node.value)
        return lambda _values: number
    raise ValueError(ast.unparse(node))
