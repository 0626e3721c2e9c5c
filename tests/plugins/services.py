"""pytest plugin: real PostgreSQL and Valkey for the session, known before Django's settings load.

Loaded with ``-p tests.plugins.services`` (see ``addopts``). ``DATABASE_URL`` and ``REDIS_URL`` win where they are set.
With pytest-xdist the controller starts the servers once. Each worker gets its own Redis database and its own runtime
folder; pytest-django gives it its own PostgreSQL database. The servers end with the session, even if it is killed.
"""

from __future__ import annotations

import base64
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from nacl.public import PrivateKey

from leaderboard.core.embedded.errors import EmbeddedError
from leaderboard.core.embedded.servers import embedded_servers

_SESSION_FOLDER = "VLMLB_TEST_SESSION"
"""Names the session's temporary folder to xdist's workers."""


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, None, None]:
    """Prepare the environment. A wrapper, because pytest-django loads the settings in the same hook."""
    options = early_config.known_args_namespace
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker:
        _become_worker(worker)
    elif not (options.help or options.version):
        _start_session(early_config)
    return (yield)


def _start_session(config: pytest.Config) -> None:
    folder = Path(tempfile.mkdtemp(prefix="vlmlb-tests-"))
    template = config.rootpath / ".pytest_cache" / "vlmlb-postgres"
    stack = ExitStack()
    config.add_cleanup(stack.close)
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    try:
        urls = stack.enter_context(
            embedded_servers(folder / "servers", test=True, template=template, remove=folder)
        )
    except EmbeddedError as error:
        raise pytest.UsageError(f"The servers for the tests did not start. {error}") from None
    key = PrivateKey.generate()
    os.environ.update(
        {
            _SESSION_FOLDER: str(folder),
            "DATABASE_URL": urls.database_url,
            "REDIS_URL": urls.redis_url,
            "DJANGO_SETTINGS_MODULE": "leaderboard.settings",
            "VLMLB_ENV": "test",
            "SECRET_KEY": secrets.token_urlsafe(32),
            "EVALUATOR_PRIVATE_KEY": base64.b64encode(bytes(key)).decode("ascii"),
            "EVALUATOR_PUBLIC_KEY": base64.b64encode(bytes(key.public_key)).decode("ascii"),
        }
    )
    _use_runtime_folder(folder / "main")


def _become_worker(worker: str) -> None:
    """Keep apart what tests of several xdist workers would share otherwise."""
    number = int(re.sub(r"\D", "", worker)) + 1
    os.environ["REDIS_URL"] = redis_database(os.environ["REDIS_URL"], number)
    _use_runtime_folder(Path(os.environ[_SESSION_FOLDER]) / worker)


def _use_runtime_folder(folder: Path) -> None:
    """No test may touch the runtime folder of a real instance, whatever the caller's environment says."""
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["VLMLB_VAR"] = str(folder)
    os.environ["ARTIFACTS_URL"] = str(folder / "artifacts")


def redis_database(url: str, add: int) -> str:
    """Return ``url`` with its database number raised by ``add``; the controller keeps the one that is given."""
    parts = urlsplit(url)
    number = int(parts.path.strip("/") or 0) + add
    return urlunsplit(parts._replace(path=f"/{number}"))
