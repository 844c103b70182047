"""All layers together: nothing is lost, order is fixed, faults are told at once, and every text exists."""

from __future__ import annotations

import ast
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansenkaart.errors import DataError
from kansenkaart.sources import read_sources
from kansenkaart.tables import AREAS, FINDINGS, LAYERS, LINKS, SITES
from kansenkaart.texts import load_texts
from tests.tries import SOME

_A = "id;x_rd;y_rd;load_pe60\na2;121000;487000;5\na1;121000;480000;6\n"
_B = "id;x_rd;y_rd;glass_ha;crop\nb;110000;480000;5;flowers\n"


def _cells(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return values.filter(
        lambda text: not set(text) & set(';"\r\n\x1a\x85\u2028\u2029') and "\x00" not in text
    )


_ROW = st.tuples(
    st.sampled_from(["a", "b", "c", "", "d|e"]) | _cells(st.text(max_size=4)),
    st.sampled_from(["121000", "121.687", "487000", "0", "", "n.a.", "4.9", "176000", "900000"]),
    st.sampled_from(["487000", "487.000", "121000", "0", "", "52.4", "318000", "x"]),
    st.sampled_from(["5", "4.535", "1,5", "-1", "", ".", "veel", "1e12", "0"]) | _cells(st.text(max_size=3)),
    st.sampled_from(["active", "closed", "weg", ""]),
    st.sampled_from(["GM0363", "363", "GM0457", "PV27", ""]),
)


@SOME
@given(st.lists(_ROW, max_size=12))
def test_every_row_is_used_rejected_or_outside_and_every_rejection_has_a_reason(load, tmp_path, rows):
    (tmp_path / "a.csv").write_text(_A)
    text = "id;x_rd;y_rd;load_pe60;status;municipality_code\n" + "".join(";".join(row) + "\n" for row in rows)
    (tmp_path / "b.csv").write_text(text, encoding="utf-8")
    layers = [{"name": name, "path": f"{name}.csv", "kind": "rwzi"} for name in "ab"]
    project = load(*layers, region={"municipalities": ["GM0363"], "margin_km": 40})
    sources = read_sources(project, progress=lambda _: None)
    counts = sources.layers.set_index("layer").loc["b"]
    assert counts["rows_read"] == sum(any(cell.strip() for cell in row) for row in rows)
    assert counts["rows_read"] == counts["rows_used"] + counts["rows_rejected"] + counts["rows_outside"]
    assert counts["rows_used"] == (sources.sites["layer"] == "b").sum()
    rejected = sources.findings[
        (sources.findings["layer"] == "b") & (sources.findings["severity"] == "rejected")
    ]
    assert rejected["row"].nunique() == counts["rows_rejected"]
    assert rejected["row"].between(2, len(rows) + 1).all()


def test_order_is_that_of_layers_and_rows_and_progress_names_each(load, tmp_path):
    (tmp_path / "a.csv").write_text(_A)
    (tmp_path / "b.csv").write_text(_B)
    heard: list[str] = []
    layers = [
        {"name": "b", "path": "b.csv", "kind": "greenhouse"},
        {"name": "a", "path": "a.csv", "kind": "rwzi"},
    ]
    sources = read_sources(load(*layers), progress=heard.append)
    assert heard == ["b", "a"]
    assert sources.sites["site_id"].tolist() == ["b:b", "a:a2", "a:a1"]
    assert sources.layers["layer"].tolist() == ["b", "a"]
    assert sources.sites["glass_ha"].dtype == sources.sites["load_pe60"].dtype == float
    assert sources.sites["load_pe60"].isna().tolist() == [True, False, False]
    assert sources.sites["crop"].isna().tolist() == [False, True, True]
    again = read_sources(load(*layers), progress=heard.append)
    pd.testing.assert_frame_equal(pd.DataFrame(again.sites), pd.DataFrame(sources.sites))
    pd.testing.assert_frame_equal(again.findings, sources.findings)
    for table, frame in (
        (SITES, sources.sites),
        (LINKS, sources.links),
        (AREAS, sources.areas),
        (LAYERS, sources.layers),
        (FINDINGS, sources.findings),
    ):
        table.check(frame)


def test_the_faults_of_all_layers_are_told_at_once(load, tmp_path):
    (tmp_path / "a.csv").write_text(_A)
    layers = [
        {"name": "a", "path": "a.csv"},
        {"name": "b", "path": "weg.csv", "kind": "rwzi"},
        {"name": "c", "path": "a.csv", "kind": "rwzi", "units": {"load_pe60": "v.e."}},
    ]
    with pytest.raises(DataError) as caught:
        read_sources(load(*layers, links=[{"name": "l", "path": "a.csv"}]), progress=lambda _: None)
    assert [problem.key for problem in caught.value.faults] == [
        "kind_missing",
        "file_missing",
        "layer_unit",
        "link_columns",
    ]


def _keys_in_code(root: Path) -> tuple[set[str], set[str]]:
    """Keys of findings and of errors that the code of ``sources`` can raise."""
    findings: set[str] = {"links_unknown"}
    errors: set[str] = set()
    for file in sorted((root / "kansenkaart" / "sources").glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            texts = [
                part.value
                for part in node.args[:5]
                if isinstance(part, ast.Constant) and isinstance(part.value, str)
            ]
            if name == "Remark" and not isinstance(node.args[1], ast.Constant):
                continue  # its key is what the function is called with
            if name in (
                "reject",
                "remark",
                "reject_each",
                "remark_each",
                "Remark",
                "_remark",
                "_reject",
                "_reject_points",
            ):
                findings |= set(texts[:1])
            if name in ("DataError", "ProjectError", "Problem"):
                errors |= set(texts[:1])
    return findings, errors


def test_every_finding_and_error_has_its_texts(root):
    findings, errors = _keys_in_code(root)
    assert len(findings) > 50
    assert len(errors) > 20
    dutch, english = load_texts("nl"), load_texts("en")
    for texts in (dutch, english):
        assert findings <= set(texts.section("findings")), findings - set(texts.section("findings"))
        assert findings <= set(texts.section("advice"))
    assert errors <= set(dutch.section("errors")), errors - set(dutch.section("errors"))
