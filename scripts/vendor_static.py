"""Bring the browser's third-party files into ``static/vendor``, so that no page needs another host.

    python scripts/vendor_static.py           fetch the pinned npm packages again and write the checksum file
    python scripts/vendor_static.py --check   compare what is there with the checksum file; fetch nothing

The files are committed: a checkout needs this script only to change a version. It uses the ``npm`` client, which
verifies the packages against the registry's own hashes.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

VENDOR = Path(__file__).resolve().parent.parent / "static" / "vendor"
CHECKSUMS = VENDOR / "SHA256SUMS"


@dataclass(frozen=True, slots=True)
class Package:
    """A pinned npm package and which of its files go where below ``static/vendor``."""

    name: str
    version: str
    files: dict[str, str]


PACKAGES = (
    Package(
        "htmx.org",
        "4.0.1",
        {"dist/htmx.min.js": "htmx/htmx.min.js", "LICENSE": "htmx/LICENSE"},
    ),
    Package(
        "@fontsource-variable/inter",
        "5.3.0",
        {
            "files/inter-latin-wght-normal.woff2": "inter/inter-latin-wght-normal.woff2",
            "LICENSE": "inter/LICENSE",
        },
    ),
)


def fetch(package: Package, folder: Path) -> None:
    """Download one package and copy the wanted files. Raises KeyError when the package lacks one of them."""
    packed = subprocess.run(
        ["npm", "pack", "--silent", f"{package.name}@{package.version}"],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    archive = folder / packed.stdout.strip().splitlines()[-1]
    with tarfile.open(archive) as tar:
        for source, target in package.files.items():
            member = tar.extractfile(f"package/{source}")
            if member is None:
                raise KeyError(f"{package.name} {package.version} has no file {source}")
            path = VENDOR / target
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(_without_map(member.read(), target))


def _without_map(content: bytes, target: str) -> bytes:
    """Drop the pointer to a source map, which is not vendored: browsers and collectstatic would look for it."""
    if not target.endswith(".js"):
        return content
    lines = content.rstrip().split(b"\n")
    return (
        b"\n".join(line for line in lines if not line.startswith(b"//# sourceMappingURL")) + b"\n"
    )


def checksums() -> str:
    """Return the content of the checksum file for what is in the folder now (the format of ``sha256sum``)."""
    paths = sorted(p for p in VENDOR.rglob("*") if p.is_file() and p != CHECKSUMS)
    return "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(VENDOR).as_posix()}\n"
        for path in paths
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with the checksum file")
    if parser.parse_args().check:
        if checksums() == CHECKSUMS.read_text():
            return 0
        print("static/vendor differs from its SHA256SUMS", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        for package in PACKAGES:
            fetch(package, Path(folder))
            print(f"{package.name} {package.version}")
    CHECKSUMS.write_text(checksums())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
