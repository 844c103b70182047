"""A test sees what a page does a moment later, without waiting for a while itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

PAGE = """<!doctype html><title>later</title>
<button>b</button><output></output><div>d</div><textarea></textarea><details><summary>s</summary>x</details>
<style>output.moved { opacity: 0.5; transition: opacity 300ms; }</style>
<script>
const out = document.querySelector("output"), say = () => { out.textContent = "done"; };
const work = {
  frames: () => requestAnimationFrame(() => requestAnimationFrame(say)),
  moment: () => setTimeout(() => setTimeout(say, 150), 400),
  opening: () => {
    const part = document.querySelector("details");
    part.addEventListener("toggle", say);
    part.open = true;
  },
  address: () => {
    addEventListener("hashchange", say);
    location.hash = "ergens";
  },
  size: () => {
    const area = document.querySelector("div");
    new ResizeObserver(() => area.style.width && say()).observe(area);
    setTimeout(() => { area.style.width = "40px"; }, 50);
  },
  scroll: () => {
    addEventListener("scroll", say);
    document.body.style.height = "5000px";
    scrollTo(0, 900);
  },
  file: async () => {
    await new Blob(["x".repeat(5_000_000)]).text();
    say();
  },
  picture: () => Object.assign(document.createElement("canvas"), { width: 3000, height: 3000 }).toBlob(say),
  transition: () => {
    out.addEventListener("transitionend", say);
    out.className = "moved";
  },
};
document.querySelector("button").onclick = () => work[document.querySelector("textarea").value]();
</script>"""


@pytest.mark.parametrize(
    "kind",
    ["frames", "moment", "opening", "address", "size", "scroll", "file", "picture", "transition"],
)
def test_a_read_waits_for_what_the_page_has_still_to_do(
    listen: Callable[..., object], tmp_path: Path, kind: str
) -> None:
    page = listen().page
    (tmp_path / "later.html").write_text(PAGE, "utf-8")
    page.goto((tmp_path / "later.html").as_uri())
    page.fill("textarea", kind)
    assert page.locator("output").inner_text() == ""
    page.click("button")
    assert page.locator("output").inner_text() == "done"


def test_a_note_that_stays_for_seconds_is_not_waited_for(listen: Callable[..., object]) -> None:
    page = listen().page
    page.set_content("<output>note</output>")
    page.evaluate("void setTimeout(() => document.querySelector('output').remove(), 8000)")
    assert page.locator("output").inner_text() == "note"
