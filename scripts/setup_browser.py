"""Find Chromium for the browser tests, or install Debian's where that is possible.

Never fails: without a browser the browser tests are skipped, and say so.

Usage: python3.11 scripts/setup_browser.py
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

PACKAGES = ["chromium", "fonts-noto-cjk"]
"""The font is for the Chinese pages: without it a screenshot shows boxes."""


def main() -> None:
    if os.environ.get("CHROMIUM") or shutil.which("chromium"):
        print("browser: Chromium is there")
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        print(
            "browser: no Chromium, and it cannot be installed here: THE BROWSER TESTS WILL BE SKIPPED."
        )
        print("         Install Debian's `chromium`, or set CHROMIUM to the path of one.")
        return
    print(f"browser: installing {' and '.join(PACKAGES)}", flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["update", "-qq"],
        ["install", "-y", "-qq", "--no-install-recommends", *PACKAGES],
    ):
        done = subprocess.run(
            ["apt-get", *command],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            print(done.stdout[-2000:], file=sys.stderr)
            print("browser: the installation failed: THE BROWSER TESTS WILL BE SKIPPED.")
            return
    print("browser: Chromium is installed")


if __name__ == "__main__":
    main()
