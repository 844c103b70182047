"""What a driver or attribute means is said in the language asked, and a CSV to keep holds both."""

from __future__ import annotations

import pytest

from kansenkaart.catalogue import load_catalogue
from kansenkaart.cli.main import run


@pytest.mark.parametrize("part", ["drivers", "attributes"])
def test_every_meaning_stands_on_the_screen_in_the_language_asked(part, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "1000")
    for language, column in (("nl", "meaning_nl"), ("en", "meaning")):
        assert run(["catalogue", part, "--language", language]) == 0
        shown = capsys.readouterr().out
        assert [
            one.id for one in getattr(load_catalogue(), part).values() if getattr(one, column) not in shown
        ] == []
    assert run(["catalogue", part, "--csv"]) == 0
    assert (
        capsys.readouterr()
        .out.splitlines()[0]
        .endswith("meaning,meaning_nl" + ",maximum" * (part == "drivers"))
    )
