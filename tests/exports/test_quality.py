"""The quality report: complete, escaped, without script, and legible in both languages."""

from __future__ import annotations

import base64
import csv
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import pandas as pd
import pytest

from kansenkaart.exports import write_quality
from kansenkaart.exports.report.sections import SHOWN_PER_LAYER
from kansenkaart.tables import FINDINGS


class Reader(HTMLParser):
    """Collects tags, attributes and visible text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture
def page(run, tmp_path):
    write_quality(tmp_path, run.frames, run.loaded)
    return (tmp_path / "quality.html").read_text(encoding="utf-8")


def test_same_run_gives_the_same_bytes(run, page, tmp_path):
    again = tmp_path / "nog eens"
    again.mkdir()
    write_quality(again, run.frames, run.loaded)
    assert (again / "quality.html").read_text(encoding="utf-8") == page
    assert (again / "quality.csv").read_bytes() == (tmp_path / "quality.csv").read_bytes()


def test_no_script_no_address_and_a_policy_that_forbids_both(page):
    reader = Reader(page)
    assert "script" not in {tag for tag, _ in reader.tags}
    attributes = {name for _, attrs in reader.tags for name in attrs}
    assert not {
        name for name in attributes if name.startswith("on") or name in ("src", "href", "style", "srcset")
    }
    policy = next(
        attrs["content"] for tag, attrs in reader.tags if attrs.get("http-equiv") == "Content-Security-Policy"
    )
    css = re.search(r"<style>(.*?)</style>", page, re.S)[1]
    assert "url(" not in css
    assert "@import" not in css
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert "$" not in css


def test_hostile_text_is_shown_as_text(run, page):
    text = "".join(Reader(page).text)
    for value in run.frames.findings["value"].dropna():
        shown = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f]", "", value).replace("\r\n", "\n")
        assert shown in text.replace("\r\n", "\n")
    assert run.loaded.project.title in text
    assert "<b>Noord-Holland" not in page


def test_counts_add_up_or_are_called_out(run, page, tmp_path):
    text = "".join(Reader(page).text)
    assert "De som klopt voor elke laag." in text
    assert "1.030" in text
    layers = run.frames.layers.copy()
    layers.loc[0, "rows_used"] -= 1
    write_quality(tmp_path, replace(run.frames, layers=layers), run.loaded)
    assert "De som klopt niet voor: bedrijven." in (tmp_path / "quality.html").read_text(encoding="utf-8")


def test_findings_stand_per_layer_with_the_most_serious_first(page):
    part = page[page.index("<details") :]
    rows = re.findall(r'<tr><td class="n">(\d+|[^<]+)</td><td><span class="tag (\w+)">', part)
    severities = [severity for _, severity in rows[:14]]
    order = ["rejected", "repaired", "warning", "note"]
    assert severities == sorted(severities, key=order.index)
    assert rows[14] == ("hele bestand", "warning")
    assert [int(row) for row, severity in rows[:14] if severity == "rejected"] == [3, 7, 11, 15]


def test_a_long_list_is_cut_with_a_pointer_and_the_csv_has_all(run, tmp_path):
    one = run.frames.findings.iloc[[0]]
    many = pd.concat([one.assign(row=number + 2) for number in range(SHOWN_PER_LAYER + 5)], ignore_index=True)
    write_quality(tmp_path, replace(run.frames, findings=FINDINGS.conform(many)), run.loaded)
    page = (tmp_path / "quality.html").read_text(encoding="utf-8")
    assert f"Hier staan de eerste {SHOWN_PER_LAYER} van {SHOWN_PER_LAYER + 5}." in page
    with (tmp_path / "quality.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == SHOWN_PER_LAYER + 5


def test_comparison_with_simpler_ways_is_shown(page):
    text = " ".join(Reader(page).text)
    assert "62 %" in text
    assert "91,4 %" in text
    assert "1.230.000 EUR per jaar" in text


def test_an_empty_run_says_so(empty_run, tmp_path):
    write_quality(tmp_path, empty_run.frames, empty_run.loaded)
    page = (tmp_path / "quality.html").read_text(encoding="utf-8")
    assert "Er zijn geen bevindingen." in page
    assert "Er was geen stroom om te verdelen." in page


def test_english_project_gives_an_english_page(run, tmp_path):
    project = run.loaded.project.model_copy(update={"language": "en"})
    write_quality(tmp_path, run.frames, replace(run.loaded, project=project))
    page = (tmp_path / "quality.html").read_text(encoding="utf-8")
    assert '<html lang="en">' in page
    assert "1,030" in page
    assert "The sum holds for every layer." in page


@pytest.mark.browser
def test_opens_in_a_browser_without_errors_requests_or_overflow(browser, run, page, tmp_path):
    tab = browser.new_page(viewport={"width": 390, "height": 844})
    remarks, requests = [], []
    tab.on("console", lambda message: remarks.append(message.text))
    tab.on("pageerror", lambda error: remarks.append(str(error)))
    tab.on("request", lambda request: requests.append(request.url))
    tab.goto((tmp_path / "quality.html").as_uri())
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    assert tab.locator("h1").inner_text() == run.loaded.project.title
    # The style is let through by its hash.
    assert tab.evaluate("getComputedStyle(document.querySelector('.tiles')).display") == "flex"
    tab.close()
    assert remarks == []
    assert len(requests) == 1
