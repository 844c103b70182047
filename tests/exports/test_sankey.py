"""The Sankey of a balance: it balances, shows what lacked, and no label covers another."""

import json
import re
import struct
import sys
from functools import partial
from itertools import combinations
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansenkaart.errors import OutputError
from kansenkaart.exports import write_sankey
from kansenkaart.exports.sankey.diagram import compose_diagrams, find_through
from kansenkaart.exports.sankey.layout import lay_out
from kansenkaart.texts import load_texts
from tests.flows.balanced import balance
from tests.tries import SOME

SVG = "{http://www.w3.org/2000/svg}"
ROUND = (
    {"flow": "in", "ends": " > a", "value": 10, "sd": 1},
    {"flow": "heen", "ends": "a > b", "value": 35, "sd": 1},
    {"flow": "terug", "ends": "b > a", "value": 20, "sd": 1},
    {"flow": "uit <&>", "ends": "b > "},
    {"flow": "berg", "entry": "stock", "ends": "b > ", "value": -2, "sd": 1},
)


def _rows(rows=ROUND):
    return balance(*(dict(row) for row in rows))


def _draw(found, tmp_path):
    file = tmp_path / "sankey.svg"
    write_sankey(file, found.by_name(), texts=load_texts("nl"))
    return ElementTree.parse(file).getroot()


def test_every_flow_is_drawn_once_as_wide_as_it_is(tmp_path):
    found = _rows()
    root = _draw(found, tmp_path)
    widths = {
        path.find(f"{SVG}title").text.split(":")[0]: float(path.get("stroke-width"))
        for path in root.iter(f"{SVG}path")
        if path.get("class") == "flow"
    }
    amounts = found.balances.set_index("flow")["reconciled"].abs()
    assert set(widths) == set(amounts.index)
    for flow, width in widths.items():
        assert width / widths["heen"] == pytest.approx(amounts[flow] / amounts["heen"], rel=0.01)


def test_what_lacked_is_hatched_and_what_closes_is_not(tmp_path):
    def hatched(found):
        return [
            rect.find(f"{SVG}title").text
            for rect in _draw(found, tmp_path).iter(f"{SVG}rect")
            if rect.get("class")
        ]

    (told,) = hatched(_rows())
    assert told == "a: zoals opgegeven ging er −5 ± 1,7 t meer in dan eruit"
    closing = [{**row, "value": 15} if row["flow"] == "in" else row for row in ROUND]
    assert hatched(_rows(closing)) == []


def test_the_json_holds_the_same_flows_and_its_processes_close(tmp_path):
    file = tmp_path / "sankey.json"
    write_sankey(file, _rows().by_name(), texts=load_texts("nl"))
    (told,) = json.loads(file.read_text(encoding="utf-8"))
    assert (told["region"], told["layer"], told["unit"]) == ("R", "goods", "t")
    for node in told["nodes"]:
        into = sum(link["quantity"] for link in told["links"] if link["target"] == node["id"])
        out = sum(link["quantity"] for link in told["links"] if link["source"] == node["id"])
        if node["kind"] == "process":
            assert into == pytest.approx(out)
    (gap,) = [node["gap"] for node in told["nodes"] if node["name"] == "a"]
    assert gap == pytest.approx(10 + 20 - 35)
    (berg,) = [link for link in told["links"] if link["flow"] == "berg"]
    assert (berg["source"], berg["target"]) == ("s:berg", "p:b")  # a stock that shrinks gives


def test_what_does_not_balance_is_never_drawn(tmp_path):
    frames = _rows().by_name()
    wrong = frames["balances"].copy()
    wrong.loc[0, "reconciled"] += 1
    with pytest.raises(AssertionError, match="a has"):
        write_sankey(tmp_path / "x.svg", {**frames, "balances": wrong}, texts=load_texts("nl"))
    assert not (tmp_path / "x.svg").exists()


def test_what_cannot_be_known_is_a_dashed_line(tmp_path):
    rows = [
        {"flow": "in", "ends": " > a", "value": 10, "sd": 1},
        {"flow": "links", "ends": "a > b"},
        {"flow": "rechts", "ends": "a > b"},
        {"flow": "uit", "ends": "b > "},
    ]
    dashed = [
        path.find(f"{SVG}title").text
        for path in _draw(_rows(rows), tmp_path).iter(f"{SVG}path")
        if path.get("stroke-dasharray")
    ]
    assert sorted(dashed) == ["links: ?", "rechts: ?"]


@SOME
@given(
    st.lists(
        st.tuples(st.integers(-1, 7), st.integers(-1, 7), st.integers(1, 1000)), min_size=1, max_size=30
    ),
    st.integers(3, 40),
)
def test_no_label_ever_covers_another(given_flows, letters):
    flows = {(begin, end): size for begin, end, size in given_flows if begin != end}
    rows = [
        {
            "flow": f"stroom {number}".ljust(letters, "x"),
            "ends": f"{_name(begin, letters)} > {_name(end, letters)}",
        }
        | {"value": size, "sd_pct": 10}
        for number, ((begin, end), size) in enumerate(flows.items())
    ]
    inner = {end for pair in flows for end in pair if end >= 0}
    rows += [{"flow": f"+{one}", "ends": f" > {_name(one, letters)}"} for one in inner]
    rows += [{"flow": f"-{one}", "ends": f"{_name(one, letters)} > "} for one in inner]
    if not rows:
        return
    found = balance(*rows)
    (diagram,) = compose_diagrams(found.balances, found.processes)
    lines = {node.id: (node.name, "1.234.567 t ± 1.200") for node in diagram.nodes}
    layout = lay_out(diagram, lines, {link.flow: link.flow for link in diagram.links})
    for one, other in combinations(layout.labels, 2):
        assert not one.box.meets(other.box), (one, other)
    through = find_through(diagram)
    for node, box in layout.nodes.items():
        assert box.height >= through[node] * layout.scale - 1e-9
        assert 0 <= box.y <= layout.height - box.height


def _name(number, letters):
    return "" if number < 0 else f"proces {number}".ljust(letters, "y")


def test_no_word_is_cut_off_at_the_side(tmp_path):
    root = _draw(
        _rows(({"flow": "in", "ends": " > rwzi", "value": 10, "sd": 1}, {"flow": "uit", "ends": "rwzi > "})),
        tmp_path,
    )
    left, _, width, _ = map(float, root.get("viewBox").split())
    # A letter is at least about half as wide as its font.
    ends = [
        float(text.get("x")) + len(text.text) * 0.52 * float(text.get("font-size", root.get("font-size")))
        for text in root.iter(f"{SVG}text")
    ]
    assert max(ends) <= left + width
    assert len(max((text.text for text in root.iter(f"{SVG}text")), key=len)) > 80


def test_the_png_is_the_svg_twice_as_fine_with_its_words(tmp_path):
    resvg = pytest.importorskip("resvg_py")
    found = _rows()
    root = _draw(found, tmp_path)
    width, height = (float(root.get(name)) for name in ("width", "height"))
    drawn = tmp_path / "sankey.png"
    write_sankey(drawn, found.by_name(), texts=load_texts("nl"))
    data = drawn.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", data[16:24]) == pytest.approx((2 * width, 2 * height), abs=2)
    svg = (tmp_path / "sankey.svg").read_text(encoding="utf-8")
    wordless = re.sub(r"<text.*?</text>", "", svg)
    assert len(bytes(resvg.svg_to_bytes(svg_string=wordless, zoom=2))) < 0.8 * len(data)


def test_a_png_without_words_is_never_written(tmp_path, monkeypatch):
    """A machine without fonts, and one without the package: each is told what to do, and no file is left."""
    resvg = pytest.importorskip("resvg_py")
    fontless = partial(resvg.svg_to_bytes, skip_system_fonts=True)
    for patch, key in (
        (lambda: monkeypatch.setattr(resvg, "svg_to_bytes", fontless), "png_font"),
        (lambda: monkeypatch.setitem(sys.modules, "resvg_py", None), "png_extra"),
    ):
        patch()
        with pytest.raises(OutputError) as error:
            write_sankey(tmp_path / "sankey.png", _rows().by_name(), texts=load_texts("nl"))
        assert [fault.key for fault in error.value.faults] == [key]
        assert load_texts("nl")(f"errors.{key}", file="sankey.png", fonts="Arial")
        assert list(tmp_path.iterdir()) == []
