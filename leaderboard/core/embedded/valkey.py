"""Valkey on the loopback interface: its configuration, and the service that runs it."""

from __future__ import annotations

import os
from pathlib import Path
from signal import Signals

import redis

from .binaries import find_valkey
from .layout import Layout
from .ports import LOOPBACK
from .processes import end, processes_in
from .secret_files import kept_secret, write_private
from .service import Service

NAME = "valkey"
DATABASES = 64
"""Enough for one per test process."""
_PROGRAM_NAMES = ("valkey-server", "redis-server")


class Valkey:
    """One data folder and its server. ``port`` may be set until :meth:`service` is called."""

    def __init__(self, layout: Layout, *, port: int, test: bool = False) -> None:
        self.port = port
        self._layout = layout
        self._test = test
        self._program = find_valkey()

    @property
    def url(self) -> str:
        """The address with the password in it."""
        return f"redis://:{self._password()}@{LOOPBACK}:{self.port}/0"

    def prepare(self) -> None:
        """Nothing to make beforehand: the configuration is written before every start."""

    def service(self) -> Service:
        """Return the service that runs the server."""
        return Service(
            name=NAME,
            argv=(self._program, self._config_file),
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            cwd=Path("/"),
            ready=self.is_ready,
            ready_timeout=120,  # it reads the append-only file first
            stop=((Signals.SIGTERM, 10.0),),
            log=self._layout.log / "valkey.log",
            before_start=self._before_start,
        )

    def is_ready(self) -> bool:
        """Say whether the server answers and has read its data."""
        try:
            with redis.Redis.from_url(
                self.url, socket_timeout=1, socket_connect_timeout=1
            ) as client:
                return bool(client.ping())
        except (redis.ConnectionError, redis.TimeoutError):
            return False

    @property
    def _config_file(self) -> Path:
        return self._layout.valkey / "valkey.conf"

    def _password(self) -> str:
        return kept_secret(self._layout.secrets / "valkey_password")

    def _before_start(self) -> None:
        """End a server that lost its supervisor, and write the configuration: the password stays out of argv."""
        end(processes_in(self._layout.valkey, _PROGRAM_NAMES), grace=5.0)
        settings = {
            "bind": LOOPBACK,
            "port": str(self.port),
            "requirepass": self._password(),
            "dir": f'"{self._layout.valkey}"',
            "databases": str(DATABASES),
            "daemonize": "no",
            # Queued work must survive a kill; a second of it may be lost when the whole machine fails.
            "appendonly": "no" if self._test else "yes",
            "appendfsync": "everysec",
            "save": '""',
            "maxmemory-policy": "noeviction",
        }
        text = "".join(f"{key} {value}\n" for key, value in settings.items())
        write_private(self._config_file, text)
