"""The third-party files that browsers load are the ones that were fetched."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_vendored_files_match_their_checksums() -> None:
    check = [sys.executable, "scripts/vendor_static.py", "--check"]
    assert subprocess.run(check, cwd=ROOT, check=False).returncode == 0


def test_no_stylesheet_or_script_of_ours_names_another_host() -> None:
    for path in [*(ROOT / "static/css").glob("*.css"), *(ROOT / "static/js").glob("*.js")]:
        text = path.read_text().replace("http://www.w3.org/2000/svg", "")
        assert "://" not in text, path
