"""The page's scripts stand in one scope: a name that two of them give would silently be the later one's."""

from __future__ import annotations

import re
from pathlib import Path

from kansenkaart.maps.workshop_map import _ONLINE_SCRIPT, _SCRIPTS

# Scripts beside that scope: what unpacks it, and what stands in for jQuery.
APART = {"boot.js", "folium.js"}
_ONE = re.compile(r"(?:async )?(?:function\*?|class|const|let) (?P<name>[\w$]+)")
_SEVERAL = re.compile(r"(?:const|let) [\[{](?P<names>[^=]*)[\]}] = ")
# What a line may begin with when it is not inside something.
_OTHER = re.compile(r"$|//|[\s}\])]")


def names_in(script: str) -> list[str]:
    """Return the names that stand free in `script`, in order."""
    names: list[str] = []
    for line in script.splitlines():
        if found := _SEVERAL.match(line):
            names += [part.split(":")[-1].strip() for part in found["names"].split(",")]
        elif found := _ONE.match(line):
            names.append(found["name"])
        else:
            assert _OTHER.match(line), f"neither a declaration nor inside one: {line}"
    return names


def test_no_two_scripts_give_the_same_name(root: Path) -> None:
    assets = root / "kansenkaart" / "maps" / "assets"
    scripts = [*_SCRIPTS, _ONLINE_SCRIPT]
    assert sorted(path.name for path in assets.glob("*.js")) == sorted({*scripts} | APART)
    owners: dict[str, list[str]] = {}
    for script in scripts:
        for name in names_in((assets / script).read_text("utf-8")):
            owners.setdefault(name, []).append(script)
    assert len(owners) > 300
    assert {name: where for name, where in owners.items() if len(where) > 1} == {}


def test_a_name_is_found_however_it_is_given() -> None:
    script = (
        "const a = 1;\nlet b;\nasync function c() {\n  const inside = 1;\n}\nclass D {\n}\n"
        "const [e, f] = [1, 2];\nconst { g, h: i } = a;\n// const none = 1;\nfunction a() {}\n"
    )
    assert names_in(script) == ["a", "b", "c", "D", "e", "f", "g", "i", "a"]
