"""A change and its cause in a sentence: who, what, and the rows of the input that make it."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kansenkaart.catalogue import Catalogue
from kansenkaart.catalogue.legend import name_number
from kansenkaart.compare.causes import Cause
from kansenkaart.compare.rows import COST, EXISTS, PLACE, ROUTE, VALUE, Row
from kansenkaart.exports.content.columns import find_aliases, find_labels
from kansenkaart.matches.price.economics import prices_read
from kansenkaart.texts import UNKNOWN, Texts
from kansenkaart.units import write_unit

# Rows named in a sentence; all stand in the table.
_MOST_ROWS = 3
# Inputs of which the rows say more than the settings.
_READ = (
    *("layers", "links", "overrides", "addresses", "workshop", "region"),
    *("growth", "closed", "planned"),
)
# Inputs that lie between places: what they do to a chance is its way and what that costs.
BETWEEN = ("roads", "friction", "networks")
_STEP = re.compile(r"(?P<key>\w+)(?:\[(?P<which>\w+)\])?")
Change = Mapping[Hashable, Any]


def tell_change(change: Change, texts: Texts) -> str:
    """What became of a chance: a row of ``CHANGES``, without its cause."""
    stream = texts.find(f"streams.{change['stream']}", str(change["stream"]))
    supply, demand = (_name(change[f"{end}_name"], change[f"{end}_id"]) for end in ("supply", "demand"))
    said: dict[str, object] = {"pair": texts("compare.pair", supply=supply, demand=demand, stream=stream)}
    for end in ("before", "after"):
        quantity, chance = change[f"quantity_{end}"], change[f"class_{end}"]
        unit = write_unit(str(change["unit"]))
        said[end] = texts("compare.quantity", quantity=texts.number(quantity), unit=unit)
        known = isinstance(chance, str)
        said[f"class_{end}"] = texts(f"tables.values.chance_class.{chance}") if known else UNKNOWN
    amount = said["after"] if said["before"] == said["after"] else texts("compare.was_now", **said)
    return texts(f"compare.{change['sort']}", amount=amount, **said)


def _name(name: object, one: object) -> str:
    return name if isinstance(name, str) and name else str(one)


def name_input(name: str, catalogue: Catalogue, texts: Texts) -> str:
    """An input as a reader calls it."""
    field, _, key = name.partition(".")
    if field == "stream":
        key = texts.find(f"streams.{key}", key)
    if field in ("prices", "kengetallen"):
        key = name_number(key, catalogue, texts)
    return texts.find(f"compare.input_{field}", texts("compare.input", field=field), which=key)


def name_column(row: Row, catalogue: Catalogue, texts: Texts) -> tuple[str, Mapping[str, str]]:
    """What the column of a row is called, and its codes."""
    column = str(row["column"])
    if column in (EXISTS, PLACE, ROUTE, COST):
        return texts(f"compare.column_{column}"), {}
    table = {"site": "sites", "link": "links", "decision": "decisions"}.get(str(row["what"]))
    if table is None:
        return column if column == VALUE and row["what"] == "number" else name_key(column, texts), {}
    aliases = find_aliases(table, [column], catalogue, texts=texts)
    return aliases[column], find_labels(table, [column], catalogue, texts=texts).get(column, {})


def name_key(key: str, texts: Texts) -> str:
    """A key of the project file as a reader calls it: ``layers[water].factor``; a word of the user stays as it is."""
    told = []
    for one in key.split("."):
        step = _STEP.fullmatch(one)
        word = one if step is None else texts.find(f"compare_keys.{step['key']}", step["key"])
        which = step["which"] if step is not None else None
        told.append(word if which is None else f"{word} {which}")
    return ", ".join(told)


@dataclass(frozen=True)
class Teller:
    """Tells causes.

    Parameters
    ----------
    rows
        What differs in every input, by its name.
    catalogue
        Of the second project.
    kinds
        Kind of every place.
    """

    rows: Mapping[str, Sequence[Row]]
    catalogue: Catalogue
    kinds: Mapping[str, str]
    texts: Texts

    def tell(self, change: Change, cause: Cause) -> str:
        """Why the chance changed, with the rows of each input that are about it, or the first of the input."""
        names = cause.inputs or cause.needed
        inputs = "; ".join(self._tell_input(name, change) for name in names)
        needed = cause.sort == "unexplained" and cause.needed
        return self.texts(f"compare.{cause.sort}{'_needed' if needed else ''}", inputs=inputs)

    def _tell_input(self, name: str, change: Change) -> str:
        said = name_input(name, self.catalogue, self.texts)
        chosen = self.choose_rows(name, change)
        if not chosen:
            return said
        more = len(chosen) - _MOST_ROWS
        parts = [self._tell_row(row, name) for row in chosen[:_MOST_ROWS]]
        parts += [self.texts("compare.more_rows", count=more)] if more > 0 else []
        return f"{said} ({'; '.join(parts)})"

    def choose_rows(self, name: str, change: Change) -> list[Row]:
        """Rows of input `name` about the ends or the prices of a change; where there are none, all that say most."""
        rows = self.rows.get(name, ())
        ends = change["supply_id"], change["demand_id"]
        own = [row for row in rows if row["what"] == "site" and row["id"] in ends]
        own += [row for row in rows if row["what"] in ("link", "decision") and _touches(row, change)]
        settings = [row for row in rows if row["what"] == "setting"]
        field, _, key = name.partition(".")
        if field in _READ:
            return own or [row for row in rows if row["what"] in ("site", "link", "decision")] or settings
        read = {key, *self._numbers(change)}
        numbers = [row for row in rows if row["what"] == "number" and row["id"] in read]
        if field in ("kengetallen", "prices"):
            return sorted(numbers, key=lambda row: row["id"] != key) or settings
        known = {row["column"] for row in numbers}
        settings = [row for row in settings if row["column"] not in known]
        if field in BETWEEN:
            pair = "|".join(str(change[name]) for name in ("stream", "supply_id", "demand_id"))
            own += [row for row in rows if row["what"] == "route" and row["id"] == pair]
            return sorted([*own, *settings], key=lambda row: row["column"] != EXISTS)
        return [*settings, *numbers, *own]

    def _numbers(self, change: Change) -> set[str]:
        """Ids of the kengetallen of the stream, and of the prices behind the money of the pair."""
        stream = self.catalogue.streams.get(str(change["stream"]))
        if stream is None:
            return set()
        kinds = (self.kinds.get(str(change[f"{end}_id"]), "") for end in ("supply", "demand"))
        rule = self.catalogue.pairs.get((stream.id, *kinds))  # type: ignore[arg-type]
        prices = prices_read(stream, rule, self.catalogue.prices) if rule is not None else ()
        rules = (one.id for one in self.catalogue.kengetallen.values() if one.stream == stream.id)
        return {*rules, *(one.id for one in prices)}

    def _tell_row(self, row: Row, name: str) -> str:
        column, labels = name_column(row, self.catalogue, self.texts)
        old, new = (
            UNKNOWN if row[end] is None else labels.get(row[end], str(row[end])) for end in ("old", "new")
        )
        where = str(row["name"]) if row["what"] == "number" else self._place(row)
        if row["column"] == EXISTS:
            end = "gone" if row["new"] is None else "new"
            whole = row["what"] == "setting"
            return (
                self.texts(f"compare.input_{end}") if whole else self.texts(f"compare.row_{end}", where=where)
            )
        if row["what"] == "route":
            none = self.texts("compare.route_none")
            return self.texts(
                "compare.row_setting", column=column, old=row["old"] or none, new=row["new"] or none
            )
        if row["column"] == PLACE:
            return self.texts("compare.row_moved", where=where, old=old, new=new)
        if row["what"] == "number" and column != VALUE:
            return self.texts("compare.row_setting", column=column, old=old, new=new)
        if row["what"] == "number":
            # an input that is one number was named just before
            named = "" if name.endswith(f".{row['id']}") else where
            said = self.texts(
                "compare.row_number", where=named, old=old, new=new, source=row["source"] or UNKNOWN
            )
            return said.strip()
        said = "compare.row_setting" if row["what"] == "setting" else "compare.row"
        return self.texts(said, where=where, column=column, old=old, new=new)

    @staticmethod
    def _place(row: Row) -> str:
        name = row["name"]
        return f"{row['id']} {name}" if isinstance(name, str) and name != row["id"] else str(row["id"])


def _touches(row: Row, change: Change) -> bool:
    """Whether a delivery or decision is about one of the ends."""
    names = [str(change[f"{end}_{what}"]) for end in ("supply", "demand") for what in ("id", "name")]
    return any(name in f"{row['id']}|{row['name']}" for name in names)
