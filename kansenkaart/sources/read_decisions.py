"""What a room decided: the pairs it confirmed or rejected, and the firms it added, from ``decisions.gpkg``."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from kansenkaart.catalogue.workshop import WORKSHOP_KIND
from kansenkaart.errors import DataError
from kansenkaart.project import Layer
from kansenkaart.sources.cells import read_texts
from kansenkaart.sources.findings import LayerFindings
from kansenkaart.sources.raw import Raw, open_account
from kansenkaart.sources.read import read_file
from kansenkaart.sources.rows import clean_ids, read_dates, read_optional
from kansenkaart.sources.sites import Known, LayerRows, take_rows
from kansenkaart.tables import DECISIONS
from kansenkaart.tables.decisions import ADDED_LAYER, DECISIONS_LAYER, OUTCOMES
from kansenkaart.tables.flows import ROLES
from kansenkaart.texts import Texts
from kansenkaart.units import conversion_factor

_PAIR_COLUMNS = ("stream", "supply_site", "demand_site", "decision")
_FIRM_COLUMNS = ("id", "name", "stream", "role", "quantity", "unit")

# Account of the decided pairs; the firms are a layer of places called `workshop`.
PAIRS_ACCOUNT = f"{WORKSHOP_KIND}.{DECISIONS_LAYER}"


@dataclass(frozen=True)
class ReadDecisions:
    """What was decided: frame ``DECISIONS`` or ``COALITION_DECISIONS``, its row of ``LAYERS`` and what was said."""

    frame: pd.DataFrame
    account: dict[str, object]
    findings: LayerFindings


def read_added_sites(known: Known) -> LayerRows:
    """Read the firms that a room added as places of layer ``workshop``, each with a flow of what was named.

    Raises
    ------
    DataError
        When the file is not one that ``kansenkaart workshop merge`` wrote.
    """
    file = name_file(known)
    layer = Layer(
        name=WORKSHOP_KIND,
        path=file,
        table=ADDED_LAYER,
        kind=WORKSHOP_KIND,
        source=known.texts("formulas.workshop_source", file=Path(file).name),
        year=known.loaded.project.reference_year,
    )
    findings = LayerFindings(known.texts, layer=layer.name, file=file)
    raw = read_part(known, ADDED_LAYER, _FIRM_COLUMNS)
    frame = _as_layer(raw.frame, known, findings)
    return take_rows(replace(raw, frame=frame), layer, known, findings)


def read_decisions(known: Known, places: Set[str]) -> ReadDecisions:
    """Read the pairs that a room confirmed or rejected.

    Parameters
    ----------
    places
        Site ids of the run, those that the room added included.

    Returns
    -------
    ReadDecisions
        A pair of which a stream or place is gone, or on which the tables do not agree, is rejected with a finding.

    Raises
    ------
    DataError
        When the file is not one that ``kansenkaart workshop merge`` wrote.
    """
    file = name_file(known)
    raw = read_part(known, DECISIONS_LAYER, _PAIR_COLUMNS)
    findings = LayerFindings(known.texts, layer=PAIRS_ACCOUNT, file=file)
    cells = raw.frame
    pairs = pd.DataFrame(
        {
            "stream": read_texts(cells["stream"]),
            "supply_id": clean_ids(cells["supply_site"], "supply_site", findings),
            "demand_id": clean_ids(cells["demand_site"], "demand_site", findings),
            "decision": read_texts(cells["decision"]).fillna("open"),
            "owner": read_optional(cells, "owner", findings),
            "due": read_dates(cells["due"], "due", findings) if "due" in cells else None,
            "row": cells.index,
        },
        index=cells.index,
    )
    _judge_pairs(pairs, known, places, findings)
    good = pairs[~findings.rejects(pairs.index)]
    source = known.texts("formulas.workshop_source", file=Path(file).name)
    account = open_account(PAIRS_ACCOUNT, file, known.loaded, source=source)
    account |= {"rows_read": len(pairs), "rows_used": len(good), "rows_rejected": len(findings.rejected)}
    decided = good[good["decision"].isin(["confirmed", "rejected"])]
    return ReadDecisions(DECISIONS.conform(decided), account, findings)


def _judge_pairs(pairs: pd.DataFrame, known: Known, places: Set[str], findings: LayerFindings) -> None:
    """Reject every row that cannot be followed, for its first reason."""
    streams = _streams(known)
    decision, pair = pairs["decision"], pairs["supply_id"] + " → " + pairs["demand_id"]
    twice = pairs.duplicated(["stream", "supply_id", "demand_id"])
    faults = [
        ("workshop_decision", "decision", ~decision.isin(OUTCOMES), decision),
        ("workshop_conflict", "decision", decision == "conflict", pair),
        ("workshop_stream_gone", "stream", ~pairs["stream"].isin(streams), pairs["stream"]),
        ("workshop_site_gone", "supply_site", ~pairs["supply_id"].isin(places), pairs["supply_id"]),
        ("workshop_site_gone", "demand_site", ~pairs["demand_id"].isin(places), pairs["demand_id"]),
        ("workshop_twice", "stream", twice, pair),
    ]
    for key, column, wrong, shown in faults:
        open_ = ~findings.rejects(pairs.index)
        cells = shown[wrong.to_numpy(dtype=bool) & open_]
        findings.reject_each(cells, key, column=column, allowed=", ".join(OUTCOMES))


def _as_layer(cells: pd.DataFrame, known: Known, findings: LayerFindings) -> pd.DataFrame:
    """The firms under the column names of a layer: one column per stream and role that was named."""
    streams, roles = read_texts(cells["stream"]), read_texts(cells["role"])
    quantity = pd.to_numeric(cells["quantity"], errors="coerce").astype("float64")
    units = read_texts(cells["unit"])
    findings.reject_each(streams[~streams.isin(_streams(known))], "workshop_stream_gone", column="stream")
    unknown = ~roles.isin(ROLES) & ~findings.rejects(cells.index)
    findings.reject_each(roles[unknown], "value_not_allowed", column="role", allowed=", ".join(ROLES))
    frame = pd.DataFrame(index=cells.index)
    frame["id"], frame["name"] = cells["id"], cells["name"]
    frame["basis"] = "workshop"
    if "kind" in cells:
        frame["kind"] = cells["kind"]
    if "changed" in cells:
        frame["source_year"] = read_texts(cells["changed"]).str.slice(0, 4)
    good = cells.index[~findings.rejects(cells.index)]
    unstated = good[quantity[good].isna()]
    findings.remark_each(
        cells["name"][unstated], "workshop_no_quantity", severity="warning", column="quantity"
    )
    # No flow can say what is not known; the place itself says what the room asks.
    frame["status_note"] = pd.Series(
        [_ask(known.texts, str(roles[row]), str(streams[row])) for row in unstated],
        index=unstated,
        dtype="str",
    )
    for (stream, role), rows in streams[good].groupby([streams[good], roles[good]]):
        asked = known.loaded.catalogue.streams[str(stream)]
        factors = [_factor(units[row], asked.unit, int(row), findings) for row in rows.index]
        frame.loc[rows.index, asked.column(str(role))] = quantity[rows.index].to_numpy() * np.array(factors)
    return frame


def _ask(texts: Texts, role: str, stream: str) -> str:
    """That a room named a stream of a place, but not how much."""
    return texts(f"session.asked_{role}", stream=texts.find(f"streams.{stream}", stream))


def _factor(written: object, unit: str, row: int, findings: LayerFindings) -> float:
    """What turns a quantity as it was written into the stream's unit; one that cannot is rejected."""
    try:
        return conversion_factor(str(written), unit)
    except ValueError:
        findings.reject(row, "workshop_unit", column="unit", value=written, unit=unit)
        return float("nan")


def _streams(known: Known) -> tuple[str, ...]:
    """Streams that the project matches."""
    return known.loaded.project.streams or tuple(known.loaded.catalogue.streams)


def name_file(known: Known) -> str:
    """The file of decisions as the project gives it."""
    return str(known.loaded.project.workshop.decisions)


def read_part(known: Known, table: str, columns: tuple[str, ...]) -> Raw:
    """Read one layer of the file, with the columns it must have.

    Raises
    ------
    DataError
        When the file is not one that ``kansenkaart workshop merge`` wrote.
    """
    file = name_file(known)
    raw = read_file(
        Path(known.loaded.folder / file),
        file=file,
        table=table,
        limits=known.loaded.project.limits,
    )
    missing = [name for name in columns if name not in raw.frame]
    if missing:
        message = (
            "{file}: layer '{table}' lacks the columns {missing}. Allowed: a file that 'kansenkaart workshop merge' "
            "wrote; make it again from the ballots."
        )
        raise DataError("workshop_columns", message, file=file, table=table, missing=", ".join(missing))
    return raw
