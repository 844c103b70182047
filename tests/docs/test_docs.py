"""The documentation says what the code does: generated pages, links, commands, keys, layers and folders."""

import re
import shlex
import sqlite3
from contextlib import closing
from pathlib import Path

import click
import pytest

from kansenkaart.cli.main import cli
from kansenkaart.project import project_schema

ROOT = Path(__file__).parents[2]
BY_HAND = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PAGES = [
    *BY_HAND,
    ROOT / "CHANGELOG.md",
    ROOT / "data" / "README.md",
    *sorted((ROOT / "docs").glob("*/*.md")),
]
CODE = re.compile(r"^```\w*\n(?P<block>.*?)^```$|`(?P<inline>[^`\n]+)`", re.MULTILINE | re.DOTALL)


def _code(file):
    """Return what stands in code spans and code blocks."""
    text = file.read_text(encoding="utf-8")
    return [found["block"] or found["inline"] for found in CODE.finditer(text)]


def _commands(file):
    lines = [line.split("#")[0].strip() for code in _code(file) for line in code.splitlines()]
    return [line for line in lines if line.startswith("kansenkaart ")]


def _keys(schema):
    models = {"": schema, **schema["$defs"]}
    return {key for model in models.values() for key in model.get("properties", {})}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_points_at_something(page):
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    assert not [link for link in links if "://" not in link and not (page.parent / link).exists()]


def test_every_command_is_shown_somewhere():
    shown = {shlex.split(line)[1] for file in BY_HAND for line in _commands(file)}
    assert set(cli.commands) <= shown


@pytest.mark.parametrize("line", sorted({line for file in BY_HAND for line in _commands(file)}))
def test_every_command_shown_can_be_given(line):
    _, name, *arguments = shlex.split(line)
    command = cli.commands[name]
    with click.Context(cli, info_name="kansenkaart") as parent:
        command.make_context(name, arguments, parent=parent)  # raises on an unknown option or choice


def test_every_key_of_the_project_file_is_explained():
    words = {word for file in BY_HAND for code in _code(file) for word in re.findall(r"\w+", code)}
    assert not _keys(project_schema()) - words


def test_the_layers_for_the_planner_are_those_of_the_geopackage(noord_holland_outputs):
    text = (ROOT / "docs" / "planner-reference.md").read_text(encoding="utf-8")
    named = {name for row in re.findall(r"^\| (`.*?) \|", text, re.MULTILINE) for name in row.split(", ")}
    with closing(sqlite3.connect(noord_holland_outputs / "kansenkaart.gpkg")) as database:
        tables = {name for (name,) in database.execute("SELECT table_name FROM gpkg_contents")}
    # A name with a colon is a tool of the plugin.
    assert {name.strip("`") for name in named if ":" not in name} == tables - {"layer_styles"}


def test_the_folders_for_the_contributor_are_those_of_the_package():
    text = (ROOT / "docs" / "contributor.md").read_text(encoding="utf-8")
    house = text.partition("\n## ")[2].partition("\n## ")[0]
    named = set(re.findall(r"^\| `(\w+)/`", house, re.MULTILINE))
    packages = {folder.name for folder in (ROOT / "kansenkaart").glob("[a-z]*/")}
    assert named == packages
