"""Rows that each state one stream - by name, or by a Eural code - with a quantity: to a column per stream."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kansenkaart.catalogue.models import Catalogue
from kansenkaart.catalogue.sbi import find_longest
from kansenkaart.catalogue.waste import load_treatments, load_waste_codes
from kansenkaart.catalogue.words import load_words
from kansenkaart.project import Layer
from kansenkaart.sources.cells import find_notation, map_distinct
from kansenkaart.sources.columns import QUANTITY, read_column
from kansenkaart.sources.findings import LayerFindings
from kansenkaart.sources.rows import Choice, read_choice, read_optional
from kansenkaart.tables.flows import ROLES
from kansenkaart.units import UNITS, conversion_factor

# Weights of reports stand in kilograms, and everything else is told.
_PER_YEAR = r"\s*(?:/\s*(?:jr|jaar|y|yr|a)|per\s+jaar|per\s+year)$"
_USED, _LOST, _STORED = 1.0, 0.0, np.nan


def read_stated(
    cells: pd.DataFrame, layer: Layer, catalogue: Catalogue, findings: LayerFindings
) -> pd.DataFrame:
    """Return what rows state of a stream: a column per stream and role, in the stream's unit.

    Parameters
    ----------
    cells
        Under our names: ``quantity`` with ``stream`` or ``eural``, maybe ``role``, ``unit`` and ``treatment``.
    layer
        With its recipe applied: ``units.quantity`` holds where no column says the unit, and ``values.stream`` may say
        what a Eural code is, for all codes that begin so.

    Returns
    -------
    DataFrame
        Also ``free_supply_...`` where a treatment is told: what does not end as material again; of that
        ``energy_supply_...`` and ``lost_supply_...``: what is known to become energy, or nothing.
    """
    stream = _read_streams(cells, layer, catalogue, findings)
    role = pd.Series("supply", index=cells.index, dtype="str")
    if "role" in cells:
        role = read_choice(cells["role"], Choice("role", ROLES, default="supply"), findings)
    elsewhere = find_notation(cells[QUANTITY])
    values = pd.Series(read_column(cells[QUANTITY], QUANTITY, findings, elsewhere=elsewhere), cells.index)
    findings.reject_each(cells[QUANTITY][values < 0], "negative", column=QUANTITY)
    amounts = values.where(values >= 0) * _read_factors(cells, stream, layer, catalogue, findings)
    amounts, used = _count_once(cells, amounts, findings)
    ends = _find_ends(cells) if used is not None else {}
    found: dict[str, pd.Series] = {}
    for name, one in catalogue.streams.items():
        for side in ROLES:
            mine = amounts.where((stream == name) & (role == side))
            if mine.notna().any():
                found[one.column(side)] = mine
                if side == "supply" and used is not None:
                    found[one.column(side, origin="free")] = mine * (1.0 - used)
                    for origin, here in ends.items():
                        found[one.column(side, origin=origin)] = mine * here
    return pd.DataFrame(found, index=cells.index)


def _read_streams(
    cells: pd.DataFrame, layer: Layer, catalogue: Catalogue, findings: LayerFindings
) -> pd.Series:
    allowed = tuple(catalogue.streams)
    if "eural" not in cells:
        return read_choice(cells["stream"], Choice("stream", allowed), findings)
    codes = read_optional(cells, "eural", findings).str.replace(r"[\s*.]", "", regex=True)
    codes = codes.str.replace(r"^(\d{5})$", r"0\1", regex=True)  # Excel takes the zero off
    own, known = layer.values.get("stream", {}), load_waste_codes()

    def find(code: str) -> str | None:
        named = find_longest(code, own)
        return named if named is not None else known[code].stream if code in known else None

    stream = map_distinct(codes, find)
    stream = stream.where(stream.isin(allowed))

    def meaning(code: str) -> str:
        return known[code].meaning if code in known else "-"

    findings.remark_codes(codes, "eural", {"stream": stream}, meaning)
    return stream


def _read_factors(
    cells: pd.DataFrame, stream: pd.Series, layer: Layer, catalogue: Catalogue, findings: LayerFindings
) -> pd.Series:
    """What turns the quantity of each row into the unit of its stream; missing where it cannot."""
    units = pd.Series(layer.units.get(QUANTITY), index=cells.index, dtype="str")
    words = load_words()
    if "unit" in cells:
        texts = read_optional(cells, "unit", findings).str.replace(_PER_YEAR, "", regex=True)
        units = map_distinct(texts, lambda text: text if text in UNITS else words.find_unit(text) or text)
    target = stream.map({name: one.unit for name, one in catalogue.streams.items()})
    pairs = pd.DataFrame({"unit": units.fillna(target), "target": target}).dropna()
    known = {
        (str(unit), str(wanted)): _convert(str(unit), str(wanted))
        for unit, wanted in pairs.drop_duplicates().itertuples(index=False)
    }
    keys = zip(pairs["unit"], pairs["target"], strict=True)
    factors = pd.Series([known[key] for key in keys], index=pairs.index, dtype="float64")
    wrong = factors.index[factors.isna()]
    findings.remark_each(
        pairs["unit"][wrong],
        "stated_unit",
        severity="warning",
        column="unit",
        target=pairs["target"][wrong],
        stream=stream[wrong],
    )
    return factors.reindex(cells.index)


def _convert(unit: str, target: str) -> float:
    try:
        return conversion_factor(unit, target)
    except ValueError:
        return float("nan")


@dataclass(frozen=True)
class _Ways:
    """Reports with the end of each: 1 is material again, 0 energy or lost, missing is a place between."""

    giver: pd.Series
    taker: pd.Series
    code: pd.Series
    used: pd.Series
    amount: pd.Series


def _count_once(
    cells: pd.DataFrame, amounts: pd.Series, findings: LayerFindings
) -> tuple[pd.Series, pd.Series | None]:
    """Leave out what transfer stations pass on, as it was counted when it came in; give it the end it finds there.

    Returns
    -------
    tuple
        Amounts, and the share that becomes material again; None where no treatment is told.
    """
    if "treatment" not in cells:
        return amounts, None
    treatments = load_treatments()
    codes = _read_codes(read_optional(cells, "treatment", findings))
    ends = {"recycled": _USED, "energy": _LOST, "disposal": _LOST, "stored": _STORED}
    used = codes.map({code: ends[one.outcome] for code, one in treatments.items()}).astype("float64")
    strange = codes[codes.notna() & ~codes.isin(list(treatments))]
    findings.remark_each(
        strange[~strange.duplicated()], "treatment_unknown", severity="warning", column="treatment"
    )
    between = codes.isin([code for code, one in treatments.items() if one.outcome == "stored"])
    if "receiver" not in cells or not between.any():
        return amounts, used.fillna(_LOST)
    eural = read_optional(cells, "eural", findings)
    parties = [read_optional(cells, name, findings).str.casefold().str.strip() for name in ("id", "receiver")]
    ways = _Ways(parties[0], parties[1], eural, used, amounts)
    return _pass_on(ways, between, findings)


def _read_codes(told: pd.Series) -> pd.Series:
    return told.str.strip().str.upper().str.replace(r"^([A-G])(\d)$", r"\g<1>0\2", regex=True)


def _find_ends(cells: pd.DataFrame) -> dict[str, pd.Series]:
    """1 where the treatment is known to give energy, or nothing; missing where none is told."""
    outcome = _read_codes(cells["treatment"].astype("str")).map(
        {code: one.outcome for code, one in load_treatments().items()}
    )
    ends = {"energy": "energy", "lost": "disposal"}
    return {name: (outcome == end).astype("float64").where(outcome.notna()) for name, end in ends.items()}


def _pass_on(ways: _Ways, between: pd.Series, findings: LayerFindings) -> tuple[pd.Series, pd.Series]:
    into = ways.amount[between].groupby([ways.taker[between], ways.code[between]]).sum()
    keys = pd.MultiIndex.from_arrays([ways.giver, ways.code])
    came = pd.Series(into.reindex(keys).to_numpy(dtype=float), index=ways.amount.index)
    passes = came.notna() & ways.amount.notna()
    sent = ways.amount[passes].groupby([ways.giver[passes], ways.code[passes]]).transform("sum")
    kept = (1.0 - came[passes] / sent).clip(lower=0.0)
    amounts = ways.amount.copy()
    amounts[passes] = ways.amount[passes] * kept
    ended = passes & ways.used.notna()
    weight = ways.amount[ended].groupby([ways.giver[ended], ways.code[ended]]).sum()
    material = (ways.amount * ways.used)[ended].groupby([ways.giver[ended], ways.code[ended]]).sum()
    share = (material / weight).reindex(pd.MultiIndex.from_arrays([ways.taker, ways.code]))
    found = pd.Series(share.to_numpy(dtype=float), index=ways.amount.index)
    used = ways.used.fillna(found.where(between))
    left_out = float((ways.amount - amounts).sum())
    if left_out > 0:
        stations = int(ways.giver[passes].nunique())
        shown = findings.number(left_out)
        findings.remark(
            0, "passed_on", severity="repaired", value=shown, count=int(passes.sum()), stations=stations
        )
    unknown = int((between & used.isna() & ways.amount.notna()).sum())
    if unknown:
        findings.remark(0, "end_unknown", severity="note", value=unknown, count=unknown)
    return amounts, used.fillna(_LOST)
