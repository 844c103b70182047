"""The notebooks run from top to bottom, show the map and what was reckoned by hand, and are kept without outputs."""

import html
import json
import re
import shutil

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = "notebooks"
FIRST, BY_HAND = NAMES = ("01_eerste_kansenkaart.ipynb", "02_zes_kansen_nagerekend.ipynb")


def _shorten(project):
    """Let the project ask for one stream and no more: what a notebook shows of a build, it shows of any."""
    toml = project / "kansenkaart.toml"
    text = toml.read_text(encoding="utf-8").split("\n[balances]\n")[0]
    text = re.sub(r"^streams = \[.*?\]", 'streams = ["restwarmte_ht"]', text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"^\[(clusters|coalitions)\]\n(?:[^[\n].*\n|\n)*", "", text, flags=re.MULTILINE)
    toml.write_text(text, encoding="utf-8")


def _execute(name, request, tmp_path_factory, copy_example, *, short):
    """Return the cells by id, after a run beside an example without draws, and the folder of what it writes."""
    base, scratch = tmp_path_factory.mktemp("beside"), tmp_path_factory.mktemp("notebook")
    folder = shutil.copytree(request.config.rootpath / NOTEBOOKS, base / NOTEBOOKS)
    project = copy_example(base / "data" / "noord-holland")
    if short:
        _shorten(project)
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("TMPDIR", "IPYTHONDIR", "JUPYTER_RUNTIME_DIR"):
            patch.setenv(variable, str(scratch))
        notebook = nbformat.read(folder / name, as_version=4)
        client = NotebookClient(
            notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
        )
        client.execute()  # raises at the first cell that fails
    return {cell["id"]: cell for cell in notebook.cells}, scratch


@pytest.fixture(scope="module")
def executed(request, tmp_path_factory, copy_example):
    return _execute(FIRST, request, tmp_path_factory, copy_example, short=True)


@pytest.fixture(scope="module")
def by_hand(request, tmp_path_factory, copy_example):
    return _execute(BY_HAND, request, tmp_path_factory, copy_example, short=False)


def _shown(cell):
    return [output["data"] for output in cell["outputs"] if output["output_type"] == "execute_result"]


@pytest.mark.parametrize("name", ["executed", "by_hand"])
def test_every_code_cell_runs_without_a_warning(name, request):
    cells, _ = request.getfixturevalue(name)
    for cell in cells.values():
        for output in cell.get("outputs", []):
            assert output["output_type"] == "execute_result", output


def test_the_map_is_shown_inline_with_the_marker_of_the_user(executed):
    cells, _ = executed
    shown = _shown(cells["map"])[0]["text/html"]
    assert shown.count("<iframe") == 1
    page = html.unescape(shown)
    assert "Werksessie: provinciehuis, Haarlem" in page
    assert "L.marker(" in page
    assert 'src="http' not in page


def test_the_best_allocation_beats_the_simple_ones(executed):
    cells, _ = executed
    rows = _shown(cells["comparison"])[0]["text/plain"].splitlines()[1:]
    share = {row.split()[0]: float(row.split()[-1]) for row in rows}
    assert share["optimal"] == 1
    assert share["nearest"] < share["greedy"] < 1
    proof = _shown(cells["certificate"])[0]["text/plain"].splitlines()[-1]
    assert proof.split()[-1] == "True"


def test_what_it_writes_stands_outside_the_project(executed):
    _, scratch = executed
    written = {file.name for file in scratch.rglob("*") if file.is_file()}
    assert {"kansenkaart.html", "kansenkaart.gpkg", "manifest.json", "werksessie.html"} <= written


def test_six_chances_by_hand_are_those_of_the_program_to_the_euro(by_hand):
    cells, _ = by_hand
    cards = [cell for name, cell in cells.items() if name.endswith("-card")]
    assert len(cards) == 6
    for cell in cards:
        lines = [line.split() for line in _shown(cell)[0]["text/plain"].splitlines()[1:]]
        assert [line[0] for line in lines] == ["baten", "kosten", "netto"]
        assert all(hand == program for _, hand, program in lines)
        assert int(lines[0][1]) > 0


def test_what_makes_a_heat_delivery_that_runs_pay_is_told_step_by_step(by_hand):
    """Alone over 14 km it loses what the card says; a branch and sharing are not enough, a taker without CHP is."""
    cells, _ = by_hand
    net = int(_shown(cells["alton-card"])[0]["text/plain"].splitlines()[-1].split()[-1])
    steps = [line.split()[-2:] for line in _shown(cells["alton-steps"])[0]["text/plain"].splitlines()[1:]]
    unit, left = ([float(step[n]) for step in steps] for n in (0, 1))
    assert left[0] == pytest.approx(net, abs=1)
    assert unit[0] > unit[1] > unit[2] == unit[3]
    assert [amount > 0 for amount in left] == [False, False, False, True]
    # the whole area over 8.5 km: 365 TJ at 10.98, of which 9.38 TJ cool off, against 9.96 a GJ
    assert left[2] == pytest.approx(
        9.958 * (365_000 - 35 * 31.536 / 1000 * 8_500) - 10.978 * 365_000, rel=5e-3
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_kept_notebook_holds_no_outputs(root, name):
    text = (root / NOTEBOOKS / name).read_text(encoding="utf-8")
    cells = json.loads(text)["cells"]
    assert len({cell["id"] for cell in cells}) == len(cells)
    for cell in cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
    nbformat.validate(nbformat.reads(text, as_version=4))
