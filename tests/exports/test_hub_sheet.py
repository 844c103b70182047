"""The hub sheet: where, from whom and what it costs, safe, and honest where no price is known."""

from dataclasses import replace
from pathlib import Path

from kansenkaart.exports import write_hub_sheet
from kansenkaart.texts import load_texts

TEXTS = load_texts("nl")


def _write(run, folder: Path, **more) -> str:
    frames = replace(run.frames, hubs=run.frames.hubs.assign(**more)) if more else run.frames
    write_hub_sheet(folder, frames, run.loaded)
    return (folder / "hubs.html").read_text(encoding="utf-8")


def test_a_hub_tells_what_it_takes_nets_and_needs_and_runs_no_script(run, tmp_path):
    page = _write(run, tmp_path)
    assert page.count("<article class=") == 1
    assert "9 (8 – 12) GJ" in page
    assert "5 (-2 – 9)" in page or "5 (−2 – 9)" in page
    # at the dear end no size is enough
    assert f"4 (3 – {TEXTS('report.hub_never')}) GJ" in page
    assert "<script" not in page.lower()
    assert "<img" not in page.lower()


def test_without_a_price_nothing_is_said_of_what_it_nets(run, tmp_path):
    page = _write(run, tmp_path, judged_by="distance", gap=0.0)
    assert TEXTS("report.hub_net") not in page
    assert TEXTS("report.hub_proven").strip() in page


def test_without_hubs_the_page_says_so(empty_run, tmp_path):
    assert TEXTS("report.hub_none") in _write(empty_run, tmp_path)
