"""Where things lie in the runtime folder (``VAR``)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
"""The project's folder: working directory of every service."""


@dataclass(frozen=True)
class Layout:
    """Paths below one runtime folder. Makes no folder by itself; see :meth:`make`."""

    var: Path

    @classmethod
    def of(cls, var: Path | str) -> Layout:
        """Return the layout of ``var`` as an absolute path."""
        return cls(Path(var).resolve())

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Layout:
        """Return the layout of ``VLMLB_VAR``, or of ``var/`` in the project's folder."""
        return cls.of(environ.get("VLMLB_VAR") or ROOT / "var")

    def make(self) -> None:
        """Create the folders. Secrets and runtime state are for the owner only."""
        for folder in (self.var, self.log, self.postgres, self.valkey):
            folder.mkdir(parents=True, exist_ok=True)
        for folder in (self.run, self.secrets):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)

    @property
    def run(self) -> Path:
        """Lock, state file, stamps."""
        return self.var / "run"

    @property
    def lock(self) -> Path:
        """The file whose flock says that this folder is in use."""
        return self.run / "lock"

    @property
    def state(self) -> Path:
        """What runs now: process ids and addresses, no passwords."""
        return self.run / "state.json"

    @property
    def secrets(self) -> Path:
        """Generated once, mode 0600 each."""
        return self.var / "secrets"

    @property
    def log(self) -> Path:
        """Logs of the servers; services log to the console."""
        return self.var / "log"

    @property
    def postgres(self) -> Path:
        """Parent of PostgreSQL's data folder."""
        return self.var / "postgres"

    @property
    def valkey(self) -> Path:
        """Valkey's configuration and append-only file."""
        return self.var / "valkey"

    @property
    def artifacts(self) -> Path:
        """Bundles and pictures, where no ``ARTIFACTS_URL`` says otherwise."""
        return self.var / "artifacts"
