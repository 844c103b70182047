"""A static page: no script, no network, and a policy that forbids both."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from string import Template

from kansenkaart.catalogue import Style
from kansenkaart.exports.report.markup import Markup, element, join


def write_page(body: str, *, title: str, language: str, style: Style) -> str:
    """Return a whole HTML document around `body` (markup), in the colours of `style`."""
    css = Template(_read_css()).substitute(style.model_dump(include={"ink", "paper", "land", "accent"}))
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    head = join(
        [
            Markup('<meta charset="utf-8">'),
            Markup(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
            Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
            element("title", title),
            Markup(f"<style>{css}</style>"),
        ]
    )
    main = element("body", element("main", Markup(body)))
    return f"<!doctype html>\n{element('html', element('head', head), main, lang=language)}\n"


def _read_css() -> str:
    return (files("kansenkaart") / "exports" / "report" / "page.css").read_text(encoding="utf-8")
