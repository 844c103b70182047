"""A stream is one file: the recipe of the contributor's page, followed to the letter in a copy of the program."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from tests.docs.copied import PROJECT, build_with

ROWS = """id,name,kind,x,y,electrolyser_mw,product_t_y
1,Elektrolyser,electrolyser,102000,498000,100,
2,Staalfabriek,steel,103500,499500,,2000000
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the program to which the file of the recipe was added."""
    root = Path(__file__).parents[2]
    recipe = re.search(
        r"## A new stream.*?```toml\n(.*?)```",
        (root / "docs" / "contributor.md").read_text("utf-8"),
        re.DOTALL,
    )
    assert recipe is not None
    folder = tmp_path_factory.mktemp("program")
    shutil.copytree(root / "kansenkaart", folder / "kansenkaart")
    (folder / "kansenkaart" / "catalogue" / "streams" / "waterstof.toml").write_text(recipe[1], "utf-8")
    return folder


@pytest.fixture(scope="module")
def both(program: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[pd.DataFrame, str]]:
    """Return the chances of a region with an electrolyser, and what the screen said, by language."""
    projects = {name: PROJECT.format(language=name) for name in ("nl", "en")}
    return build_with(program, tmp_path_factory.mktemp("regio"), projects, ROWS)


@pytest.mark.parametrize(
    ("language", "name", "words"),
    [
        ("nl", "Waterstof", "de oven moet op waterstof kunnen"),
        ("en", "Hydrogen", "the furnace must be able to run on hydrogen"),
    ],
)
def test_one_file_gives_a_chance_with_its_reason(both, language, name, words):
    chances, said = both[language]
    assert name in said
    (chance,) = chances.to_dict("records")
    assert (chance["stream"], chance["quantity"]) == ("waterstof", 7700)
    assert words in chance["reason"]
