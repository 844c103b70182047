"""Texts: both languages complete, and every fault that can be raised has its Dutch."""

import ast
import re
import string
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kansenkaart
from kansenkaart.catalogue import load_catalogue
from kansenkaart.reasons import REASONS
from kansenkaart.sources.cells import read_numbers
from kansenkaart.tables import ALL_TABLES, COMPARED_TABLES
from kansenkaart.texts import UNKNOWN, Texts, fill_one, load_texts

PACKAGE = Path(kansenkaart.__file__).parent
NL, EN = load_texts("nl"), load_texts("en")
RAISERS = ("Fault", "DataError", "ProjectError", "OutputError", "UsageError", "KansenkaartError")


def test_both_languages_say_the_same_things():
    # of these the English stands in the code, or is click's own
    dutch = {key for key in NL.entries if not key.startswith(("errors.", "help.", "usage."))}
    assert dutch == set(EN.entries)


def _names(text):
    """Names of the values that a text fills in, in whatever order."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


# What follows is asked of thousands of texts and faults: one test each, that names every text that fails.
def test_both_languages_use_the_same_values():
    wrong = {
        key: (_names(NL.entries[key]), _names(text))
        for key, text in EN.entries.items()
        if _names(NL.entries[key]) != _names(text)
    }
    assert wrong == {}
    assert [key for key in EN.entries if not NL.entries[key].strip()] == []


@pytest.fixture(scope="module")
def calls():
    """Every call in the code of which the first value is written there: (file, call, name of what is called)."""
    found = []
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                found.append((file.relative_to(PACKAGE).as_posix(), node, _called(node)))
    return found


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def test_every_fault_has_its_dutch(calls):
    raised = {
        (file, node.args[0].value)
        for file, node, name in calls
        if isinstance(node.args[0].value, str)
        and (name in RAISERS or name.endswith(("problem", "fault")))
        and name != "setdefault"  # ends in "fault", raises none
    }
    assert len(raised) > 40
    assert [
        f"{file}: add '{key}' to [errors] in texts.nl.toml"
        for file, key in sorted(raised)
        if f"errors.{key}" not in NL.entries
    ] == []


def test_every_reason_is_said_in_dutch_with_what_is_known():
    wrong = {key for key, text in REASONS.items() if _names(NL.entries[f"errors.{key}"]) != _names(text)}
    assert wrong == set()


def test_only_what_looks_like_it_is_said_to():
    """Everything that is allowed is never told as what was meant: one sentence for either, in allowed.py."""
    told = [key for key, text in NL.entries.items() if re.search(r"lijkt op: \{(?!found)", text)]
    assert told == ["reasons.looks_like", "errors.hint_near"]


def test_every_stream_and_kind_and_driver_and_column_has_a_name():
    catalogue = load_catalogue()
    for texts in (NL, EN):
        for stream in catalogue.streams:
            assert texts(f"streams.{stream}")
        for kind in catalogue.kinds:
            assert texts(f"kinds.{kind}")
        for driver in catalogue.drivers:
            assert texts(f"drivers.{driver}")
        for table in (*ALL_TABLES, *COMPARED_TABLES):
            for column in table.columns:
                assert texts(f"columns.{table.name}.{column.name}")


@pytest.mark.parametrize(
    ("value", "nl", "en"),
    [
        (0.0, "0", "0"),
        (1234567, "1.230.000", "1,230,000"),
        (14.24, "14,2", "14.2"),
        (0.1234, "0,123", "0.123"),
        (999.9, "1.000", "1,000"),
        (-2500, "−2.500", "−2,500"),
        (None, UNKNOWN, UNKNOWN),
        (float("nan"), UNKNOWN, UNKNOWN),
    ],
)
def test_numbers_are_written_the_languages_way(value, nl, en):
    assert (NL.number(value), EN.number(value)) == (nl, en)


def test_a_value_with_braces_is_shown_not_read():
    assert NL("reasons.best_partner", taker="{x} {{y}}", distance="1", better=0).startswith("{x} {{y}}")


# What can be counted, as more than one; see kansenkaart/texts.py for how a text chooses.
_MANY = {
    "nl": "rijen|regels|kolommen|cellen|plekken|stromen|paren|kansen|bevindingen|bedrijven|twijfels|stuurtekens"
    "|objecten|wegvakken|losse delen|fouten|geweigerde rijen|lege rijen|tekens|regeleinden|banden",
    "en": "rows|lines|columns|cells|places|flows|pairs|chances|findings|firms|doubts|control characters|features"
    "|road sections|separate pieces|faults|rejected rows|blank rows|characters|line breaks|bands",
}
# These are only told of two or more, or of a limit that is far above one.
_NEVER_ONE = (
    *("errors.site_ambiguous", "errors.friction_bands", "errors.friction_too_many_cells", "errors.csv_lines"),
    *(
        "errors.too_many_pairs",
        "errors.worth_wrong",
        "errors.model_too_large",
    ),
    *(
        "errors.project_short",
        "errors.project_raster_cell",
        "findings.friction_read",
        "findings.roads_in_pieces",
    ),
    *("tables.about.best_only", "tables.about.too_long"),
)


class _Ones(dict):
    def __missing__(self, key):
        return 1


@pytest.mark.parametrize("texts", [NL, EN], ids=["nl", "en"])
def test_one_of_something_is_told_as_one(texts):
    wrong = []
    for key, template in texts.entries.items():
        if key.startswith("map.") or key in _NEVER_ONE:  # the page chooses between _one and _many
            continue
        told = string.Formatter.vformat(_Any(), template, (), _Ones())
        if re.search(rf"(?<![\d.,-])1 ({_MANY[texts.language]})\b", told):
            wrong.append(f"{key}: {told}")
    assert not wrong, "\n".join(wrong)


class _Any(string.Formatter):
    """Fills a text of which the values are unknown: every one is the number one."""

    def format_field(self, value, spec):
        return fill_one(value, spec if "|" in spec else "")

    def convert_field(self, value, conversion):
        return value


def test_a_word_follows_from_its_number_also_row_by_row():
    texts = Texts("nl", {"a": "{count} {count:kolom is|kolommen zijn} niet gebruikt"})
    assert texts("a", count=1) == "1 kolom is niet gebruikt"
    assert texts("a", count="1.200") == "1.200 kolommen zijn niet gebruikt"
    counts = pd.Series([1, 2])
    assert texts.fill_each("a", counts.index, {"count": counts}).tolist() == [
        "1 kolom is niet gebruikt",
        "2 kolommen zijn niet gebruikt",
    ]


def _given(node: ast.Call) -> set[str] | None:
    """Names of the values a fault is raised with; None where the code gathers them elsewhere."""
    last = node.args[2] if len(node.args) > 2 else None
    if isinstance(last, ast.Dict) and all(isinstance(key, ast.Constant) for key in last.keys):
        return {str(key.value) for key in last.keys if isinstance(key, ast.Constant)}
    if last is not None or any(keyword.arg is None for keyword in node.keywords):
        return None
    return {str(keyword.arg) for keyword in node.keywords}


def test_every_fault_is_raised_with_the_values_that_its_texts_fill_in(calls):
    """A value that is missing would end a sentence for the user in an error of the program."""
    seen, wrong = 0, []
    for file, node, name in calls:
        text = NL.entries.get(f"errors.{node.args[0].value}")
        values = (
            _given(node) if name in RAISERS and isinstance(node.func, ast.Name) and text is not None else None
        )
        if values is None:
            continue
        seen += 1
        if not _names(text) <= values:
            wrong.append((file, node.args[0].value, sorted(_names(text) - values)))
    assert seen > 100
    assert wrong == []


_FIGURES = re.compile(r"[1-9]\d*(?:\.\d+)?|0\.0*[1-9]\d*|0")


@given(
    value=st.one_of(st.floats(1e-7, 1e13), st.integers(1, 10**12).map(float)),
    digits=st.integers(1, 6),
    texts=st.sampled_from([NL, EN]),
)
def test_a_number_is_told_in_its_figures_no_more_and_no_less_exact(value, digits, texts):
    told = texts.number(value, digits)
    mark, group = (",", ".") if texts is NL else (".", ",")
    whole, _, part = told.partition(mark)
    # thousands stand in threes, and only before the mark
    assert re.fullmatch(rf"\d{{1,3}}({re.escape(group)}\d{{3}})*", whole)
    plain = whole.replace(group, "") + ("." + part if part else "")
    assert _FIGURES.fullmatch(plain), told
    assert float(plain) == pytest.approx(value, rel=0.5001 * 10.0 ** (1 - digits))
    figures = plain.replace(".", "").strip("0")
    assert len(figures) <= digits
    assert texts.number(-value, digits) == f"−{told}"
    # what was rounded so is told so again
    assert texts.number(float(plain), digits) == told


@given(values=st.lists(st.floats(1e-3, 1e9), min_size=1, max_size=8), texts=st.sampled_from([NL, EN]))
def test_numbers_that_we_write_are_numbers_that_we_read(values, texts):
    """A column copied from our own tables reads back as it stands, once the mark is known."""
    told = pd.Series([texts.ungrouped(round(value, 2)) for value in values], dtype="str")
    read = read_numbers(told, elsewhere={"comma" if texts is NL else "point"})
    assert not read.faulty.any()
    assert read.values.tolist() == pytest.approx([round(value, 2) for value in values], rel=1e-14)
