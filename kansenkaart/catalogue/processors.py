"""What a place makes of what it receives: which processors hold there, a project's own, and no circles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from kansenkaart.catalogue.models import Catalogue, Processor


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


def find_circle(processors: Iterable[Processor]) -> tuple[str, ...] | None:
    """Find streams that are made of each other all the way round, first and last the same; None: there is no circle.

    Examples
    --------
    >>> def step(takes, makes):
    ...     return Processor(kind="digester", takes=takes, makes=makes, low=1, value=1, high=1)
    >>> find_circle([step("gft", "compost"), step("compost", "mest"), step("mest", "gft")])
    ('gft', 'compost', 'mest', 'gft')
    >>> find_circle([step("gft", "compost"), step("gft", "mest"), step("mest", "compost")])
    """
    made_of: dict[str, list[str]] = {}
    for one in processors:
        made_of.setdefault(one.takes, []).append(one.makes)
    clear: set[str] = set()
    for stream in made_of:
        circle = _walk(stream, made_of, (), clear)
        if circle is not None:
            return circle
    return None


def _walk(
    stream: str, made_of: Mapping[str, list[str]], way: tuple[str, ...], clear: set[str]
) -> tuple[str, ...] | None:
    if stream in way:
        return (*way[way.index(stream) :], stream)
    if stream in clear:
        return None
    for made in made_of.get(stream, ()):
        circle = _walk(made, made_of, (*way, stream), clear)
        if circle is not None:
            return circle
    clear.add(stream)
    return None
