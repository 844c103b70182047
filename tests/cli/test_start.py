"""A short question loads little."""

from __future__ import annotations

import subprocess
import sys


def test_the_version_is_told_without_loading_what_reads_and_draws():
    code = (
        "import sys\n"
        "from kansenkaart.cli.main import run\n"
        "code = run(['--version'])\n"
        "heavy = {'pandas', 'geopandas', 'numpy', 'scipy', 'folium', 'pydantic'} & set(sys.modules)\n"
        "sys.exit(f'loaded: {heavy}' if heavy or code else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "kansenkaart, version" in done.stdout
