"""Damage to the values and members of JSON and TOML, and values that may stand where another stood."""

from __future__ import annotations

import contextlib
import copy
import json
import random
import re
import tomllib
from typing import Any

from kansenkaart.exports.folder.manifest import find_identity

NUMBERS: tuple[Any, ...] = (
    0,
    -1,
    1,
    2,
    0.5,
    -0.0,
    1e308,
    -1e308,
    5e-324,
    2**31,
    2**63,
    10**40,
    float("nan"),
    float("inf"),
)
TEXTS = (
    "",
    " ",
    "b",
    "k",
    "a:b",
    "a:k",
    "B",
    "b\u200b",
    "Caf\u00e9",
    "Cafe\u0301",
    "x" * 3_000,
    "\x1b[2J",
    "a\nb",
    "a\r\nb;c",
    '"',
    "'",
    "=1+1",
    "|cmd",
    "NaN",
    "null",
    "1e999",
    "-1",
    "0",
    "1.234",
    "1,5",
    "1.234,5",
    "1 000",
    "12%",
    "true",
    "ja",
    "2024",
    "1e5 GJ",
    "restwarmte_ht",
    "gft",
    "greenhouse",
    "industry",
    "supply",
    "demand",
    "GJ",
    "running",
    "planned",
    "confirmed",
    "rejected",
    "2026-11-21T13:00:00Z",
    "2027-02-30",
    "EPSG:28992",
    "EPSG:4326",
    "POINT (110000 480000)",
    "POINT EMPTY",
    "GM0363",
    "../a.csv",
    "a.csv",
    "id",
    "x_rd",
    "lon",
    "\u202e",
    "\ufeff",
)
SHAPES: tuple[Any, ...] = (
    *(None, [], {}, [1, 2], [[]], [None], {"a": 1}, [110_000, 480_000], [110_000, 480_000, 5], ["1", "2"]),
    [[[0, 0], [1, 1], [0, 0]]],
)


def value(chance: random.Random) -> Any:
    """A value that may stand where another stood."""
    return chance.choice(chance.choice((NUMBERS, TEXTS, TEXTS, (None, True, False))))


def like(old: Any, chance: random.Random) -> Any:
    """A value of the same kind as `old`, so that the form stays and the meaning goes."""
    if isinstance(old, bool):
        return not old
    if isinstance(old, int):
        return chance.choice((old + 1, old - 1, 0, -old, 3, 9_999, 2**31))
    if isinstance(old, float):
        return chance.choice((old * 2, old / 3, 0.0, -old, old + 1e-9, 1e12, 5.0))
    return (
        chance.choice((*TEXTS, f"{old}-2", f" {old}", old[:-1], old.upper()))
        if isinstance(old, str)
        else value(chance)
    )


def _nodes(tree: Any) -> list[tuple[Any, Any]]:
    """Every place in a tree where a value stands: what holds it, and its key or number."""
    found = []
    pairs = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, one in pairs:
        found += [(tree, key), *_nodes(one)]
    return found


def damage_tree(tree: Any, chance: random.Random) -> Any:
    """Change one to three values or members of a tree of dicts and lists, in place."""
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        places = _nodes(tree)
        if not places:
            break
        holder, key = chance.choice(places)
        way = chance.randrange(11)
        if way < 4:
            holder[key] = like(holder[key], chance)
        elif way in (8, 9):
            holder[key] = value(chance)
        elif way == 10:
            holder[key] = copy.deepcopy(chance.choice(SHAPES))
        elif way == 4:
            del holder[key]
        elif way == 7:
            other, name = chance.choice(places)
            holder[key] = copy.deepcopy(other[name])
        elif isinstance(holder, list):
            holder.insert(key, copy.deepcopy(holder[key]))
        else:
            name = chance.choice(
                (key.upper(), f"{key}\u200b", "id", "extra", "crs", "name", "type", "features", "path")
            )
            holder[name] = holder[key] if way == 5 else value(chance)
    return tree


def damage_json(data: bytes, chance: random.Random) -> bytes:
    return json.dumps(damage_tree(json.loads(data), chance)).encode()


def damage_manifest(data: bytes, chance: random.Random) -> bytes:
    tree = damage_tree(json.loads(data), chance)
    if chance.random() < 0.7:
        # what is no number of JSON has no identity
        with contextlib.suppress(ValueError):
            tree["identity"] = find_identity(tree)
    return json.dumps(tree).encode()


def damage_toml(data: bytes, chance: random.Random) -> bytes:
    tree = damage_tree(tomllib.loads(data.decode()), chance)
    # TOML has no null
    return "".join(
        f"{_key(name)} = {_inline(one)}\n" for name, one in tree.items() if one is not None
    ).encode()


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name)


def _inline(one: Any) -> str:
    if isinstance(one, dict):
        return (
            "{"
            + ", ".join(f"{_key(name)} = {_inline(part)}" for name, part in one.items() if part is not None)
            + "}"
        )
    if isinstance(one, list):
        return "[" + ", ".join(_inline(part) for part in one if part is not None) + "]"
    if isinstance(one, float):
        return repr(one)
    return json.dumps(one, ensure_ascii=False).replace("\x7f", "\\u007f")
