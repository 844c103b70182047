"""A firm that a room named: its kind is not known, so it goes by the most cautious rules of its stream."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from kansenkaart.allowed import ChanceClass
from kansenkaart.catalogue.models import Catalogue, Kind, Pair

# Kind, and name of the layer, of the firms that a room added.
WORKSHOP_KIND = "workshop"

_GLYPH = "factory"
_NOTE = "soort bedrijf onbekend: genoemd in de werksessie"
_NOTE_EN = "kind of firm unknown: named in the workshop"
_SOURCE = "voorzichtigste regel van de catalogus voor deze stroom"


def add_workshop_kind(catalogue: Catalogue) -> Catalogue:
    """Return `catalogue` with the kind ``workshop`` and its pairs.

    Such a firm may deal with every kind that its stream knows, and with another of its kind. Every pair takes over the
    rule of the catalogue that wins least on the R-ladder and has most costs; rules of places that stand for a whole
    area are taken only where there is no other. It is *verkennen* at best.

    Examples
    --------
    >>> from kansenkaart.catalogue import load_catalogue
    >>> pair = add_workshop_kind(load_catalogue()).pairs["gft", "workshop", "digester"]
    >>> pair.best_class, pair.note
    ('verkennen', 'soort bedrijf onbekend: genoemd in de werksessie')
    """
    pairs = dict(catalogue.pairs)
    for stream in catalogue.streams:
        known = [pair for pair in catalogue.pairs.values() if pair.stream == stream]
        for kind in dict.fromkeys(pair.demand_kind for pair in known):
            _add(pairs, (stream, WORKSHOP_KIND, kind), [one for one in known if one.demand_kind == kind])
        firms = [one for one in known if not catalogue.kinds[one.demand_kind].area] or known
        for kind in dict.fromkeys(pair.supply_kind for pair in known):
            fitting = [one for one in firms if one.supply_kind == kind]
            fitting = fitting or [one for one in known if one.supply_kind == kind]
            _add(pairs, (stream, kind, WORKSHOP_KIND), fitting)
        if firms:
            _add(pairs, (stream, WORKSHOP_KIND, WORKSHOP_KIND), firms)
    firm = Kind(id=WORKSHOP_KIND, glyph=_GLYPH)
    return replace(catalogue, pairs=pairs, kinds={**catalogue.kinds, WORKSHOP_KIND: firm})


def _add(pairs: dict[tuple[str, str, str], Pair], ends: tuple[str, str, str], like: Iterable[Pair]) -> None:
    most_cautious = max(like, key=lambda one: (one.r_after, _costs(one)))
    best: ChanceClass = "technisch" if most_cautious.best_class == "technisch" else "verkennen"
    pairs[ends] = most_cautious.model_copy(
        update={
            "supply_kind": ends[1],
            "demand_kind": ends[2],
            "best_class": best,
            "supply_crop": None,
            "note": _NOTE,
            "note_en": _NOTE_EN,
            "source": _SOURCE,
        }
    )


def _costs(pair: Pair) -> int:
    return len(pair.source_cost) + len(pair.stations) + (pair.power is not None)
