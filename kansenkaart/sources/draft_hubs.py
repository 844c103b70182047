"""Hubs that the files of a new project allow: lines to switch on, for streams that nobody in them processes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kansenkaart.catalogue.models import Catalogue
from kansenkaart.catalogue.words import Words
from kansenkaart.sources.draft import Draft
from kansenkaart.texts import Texts

_MOST = 5
_PARK = "business_park"
# A kind that may give nearly anything: that there is some says nothing of what it gives.
_ANYTHING = "industry"


def write_hubs(drafts: Iterable[Draft], catalogue: Catalogue, words: Words, texts: Texts) -> str:
    """Return commented ``[hubs]`` of streams that places in the files give and none of them processes."""
    kinds = {kind for draft in drafts for kind in _list_kinds(draft, catalogue, words)}
    lines = [
        line
        for stream, kind in list(_find_missing(kinds, catalogue))[:_MOST]
        for line in (
            texts(
                "look.hub_missing",
                stream=texts.find(f"streams.{stream}", stream),
                kind=texts.find(f"kinds.{kind}", kind),
            ),
            f"[hubs.{stream}]",
            f'stream = "{stream}"',
            f'kind = "{kind}"',
            *([f'on = ["{_PARK}"]'] if _PARK in kinds else []),
            "most = 1",
        )
    ]
    head = [texts("look.hub_head")] if lines else []
    return "".join(f"# {line}\n" for line in (*head, *lines))


def _list_kinds(draft: Draft, catalogue: Catalogue, words: Words) -> Iterator[str]:
    """Kinds of place of a table: the one of its settings or recipe, or those that its column names."""
    proposal = draft.proposal
    if proposal.role != "places":
        return
    recipe = catalogue.recipes.get(str(proposal.settings.get("recipe")))
    stated = proposal.settings.get("kind") or (recipe.kind if recipe is not None else None)
    column = proposal.look.column(proposal.origin.get("kind", ""))
    named = (
        words.find_allowed("kind", text, tuple(catalogue.kinds)) for text in (column.values if column else ())
    )
    yield from (str(kind) for kind in (stated, *named) if kind is not None)


def _find_missing(kinds: set[str], catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """Streams that go by truck, and who makes something of them, where nobody who takes them is there."""
    for stream in catalogue.streams.values():
        pairs = [pair for pair in catalogue.pairs.values() if pair.stream == stream.id]
        own = [pair for pair in pairs if pair.supply_kind in kinds - {_ANYTHING}]
        takers = {pair.demand_kind for pair in own}
        makers = [one.kind for one in catalogue.processors if one.takes == stream.id and one.kind in takers]
        if stream.truck_price is not None and makers and not takers & kinds - {_ANYTHING}:
            yield stream.id, makers[0]
