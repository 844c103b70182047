"""Reads a packed block of a page, without the program's code or the page's."""

from __future__ import annotations

SIGNS = "".join(chr(code) for code in range(33, 124)).replace("<", "|")


def read_signs(text: str) -> bytes:
    """Return the bytes of `text`: two signs hold thirteen bits."""
    value = {sign: place for place, sign in enumerate(SIGNS)}
    pairs = zip(text[::2], text[1::2], strict=True)
    bits = "".join(f"{value[first] * 91 + value[second]:013b}" for first, second in pairs)
    length = len(bits) // 8
    return int(bits[: 8 * length], 2).to_bytes(length, "big")
