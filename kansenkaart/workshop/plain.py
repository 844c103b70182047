"""What a room wrote, as a short piece of a line on a screen."""

_LONGEST = 80


def plain(text: str) -> str:
    r"""Return `text` cut short and without what could steer a terminal or turn its line round.

    Examples
    --------
    >>> plain("Tafel\x1b[31m 3")
    'Tafel [31m 3'
    """
    told = "".join(letter if letter.isprintable() else " " for letter in text)
    return told if len(told) <= _LONGEST else told[:_LONGEST] + "…"
