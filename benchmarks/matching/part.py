"""Run one part of the benchmark in this process and print what it measured: ``part.py ours:pairs country``."""

from __future__ import annotations

import json
import sys
from contextlib import redirect_stdout
from importlib import import_module


def main() -> None:
    """Import no more than the part needs; nothing but the result goes to standard output."""
    (module, name), argument = sys.argv[1].split(":"), sys.argv[2]
    with redirect_stdout(sys.stderr):
        from measure import peak_mib

        result = getattr(import_module(module), name)(argument)
    print(json.dumps({**result, "peak_mib": peak_mib()}))


if __name__ == "__main__":
    main()
