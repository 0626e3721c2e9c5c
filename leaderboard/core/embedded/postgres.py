"""PostgreSQL on the loopback interface: its data folder, its settings, and the service that runs it."""

from __future__ import annotations

from pathlib import Path
from signal import Signals

import psycopg

from .binaries import find_postgres, postgres_version
from .errors import EmbeddedError
from .identity import Identity, check_nobody_reaches, unprivileged
from .layout import Layout
from .ports import LOOPBACK
from .postgres_data import ROLE, copy_template, make_data, server_environment
from .processes import end, processes_in
from .secret_files import kept_secret
from .service import Service

NAME = "postgres"
DATABASE = "vlmlb"
_PROGRAM_NAMES = ("postgres",)

_SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "huge_pages": "off",
    # One node, no replica: less to write, and no processes for it.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
    "log_checkpoints": "off",
    "log_timezone": "UTC",
    "timezone": "UTC",
}
_TEST_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
}
"""For data that is thrown away anyway."""


class Postgres:
    """One data folder and its server. ``port`` may be set until :meth:`service` is called."""

    def __init__(
        self,
        layout: Layout,
        *,
        port: int,
        test: bool = False,
        template: Path | None = None,
    ) -> None:
        """``template``: a folder in which a ready data folder is kept for copying (tests start quicker so)."""
        self.port = port
        self._layout = layout
        self._test = test
        self._identity = unprivileged()
        self._template = template
        self._bin = find_postgres()
        self._data = layout.postgres / "data"

    @property
    def url(self) -> str:
        """The address with the password in it."""
        return f"postgresql://{ROLE}:{self._password()}@{LOOPBACK}:{self.port}/{DATABASE}"

    def prepare(self) -> None:
        """Make the data folder if there is none; EmbeddedError if the one there is of another major version."""
        if self._identity is Identity.NOBODY:
            check_nobody_reaches(self._bin)
        major, _ = postgres_version(self._bin)
        version = self._data / "PG_VERSION"
        if not version.exists():
            self._make_data(major)
        elif (made_by := version.read_text().strip()) != str(major):
            raise EmbeddedError(
                f"{self._data} was made by PostgreSQL {made_by}, but {self._bin} is {major}. "
                f"Point VLMLB_POSTGRES_BIN to a {made_by}, or move the data with pg_dump."
            )

    def _make_data(self, major: int) -> None:
        if self._template:
            copy_template(
                self._bin, major, self._template, self._data, self._password_file, self._identity
            )
        else:
            make_data(
                self._bin, self._data, self._password_file, self._identity, sync=not self._test
            )

    def service(self) -> Service:
        """Return the service that runs the server."""
        settings = {**_SETTINGS, **(_TEST_SETTINGS if self._test else {}), "port": str(self.port)}
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return Service(
            name=NAME,
            argv=(self._bin / "postgres", "-D", self._data, *options),
            env=server_environment(),
            cwd=Path("/"),
            ready=self.is_ready,
            ready_timeout=300,  # it may have to recover a large database first
            # SIGINT: end the sessions and write all down. SIGQUIT: at once, recover at the next start.
            stop=((Signals.SIGINT, 15.0), (Signals.SIGQUIT, 3.0)),
            log=self._layout.log / "postgres.log",
            before_start=self.clear_leftovers,
            identity=self._identity,
        )

    def is_ready(self) -> bool:
        """Say whether the server answers; makes the database the first time. EmbeddedError on a wrong password."""
        try:
            with psycopg.connect(
                host=LOOPBACK,
                port=self.port,
                user=ROLE,
                password=self._password(),
                dbname="postgres",
                connect_timeout=2,
                autocommit=True,
            ) as connection:
                known = "SELECT 1 FROM pg_database WHERE datname = %s"
                if not connection.execute(known, (DATABASE,)).fetchone():
                    connection.execute(f"CREATE DATABASE {DATABASE}")
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise EmbeddedError(
                    f"PostgreSQL does not accept the password in {self._password_file}. "
                    "Put back the one that belongs to this data folder."
                ) from None
            return False
        return True

    def clear_leftovers(self) -> None:
        """End servers that still use the data folder, and drop the pid file of one that is gone.

        The caller holds the lock of the runtime folder, so whoever still works in the data folder lost its
        supervisor. A pid file alone proves nothing: its number may belong to another program by now.
        """
        end(processes_in(self._data, _PROGRAM_NAMES), polite=Signals.SIGQUIT, grace=5.0)
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    @property
    def _password_file(self) -> Path:
        return self._layout.secrets / "postgres_password"

    def _password(self) -> str:
        return kept_secret(self._password_file)
