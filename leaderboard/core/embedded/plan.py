"""What runs on one node: the services, the commands before them, and who is told what. Data; nothing is started here."""

from __future__ import annotations

import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from signal import Signals

from .layout import ROOT, Layout
from .secret_files import evaluator_keys, kept_secret
from .service import Service

PYTHON = sys.executable

SITE_SERVICE, EVALUATOR_SERVICE, WEB_SERVICE = "site-worker", "evaluator", "web"

_EVALUATOR_ALLOWED = frozenset(
    {
        # What the worker is for.
        "REDIS_URL", "ARTIFACTS_URL", "VLMLB_VAR", "BENCHMARK_DATA_DIR", "CHECKPOINT_ROOTS",
        "ENGINE_START_TIMEOUT", "GPU_FREE_TIMEOUT", "ENDPOINT_ALLOWED_NETWORKS", "LOG_LEVEL",
        # What any program needs.
        "PATH", "HOME", "USER", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "LD_LIBRARY_PATH",
        "OMP_NUM_THREADS", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE",
        "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
    }
)  # fmt: skip
_EVALUATOR_ALLOWED_PREFIXES = (
    "EVALUATOR_", "HARNESS_", "PROBE_", "TARGET_", "HF_", "CUDA_", "NVIDIA_", "VLLM_", "AWS_", "FSSPEC_",
)  # fmt: skip
_EVALUATOR_ALLOWED_SUFFIXES = ("_COMMAND",)
_WORKERS_ONLY = frozenset({"EVALUATOR_PRIVATE_KEY"})


QUIET = "WARNING"
"""Several programs share this console: unless LOG_LEVEL says more, it shows what needs somebody."""


@dataclass(frozen=True)
class Step:
    """A command that runs to its end. With ``inputs`` it is skipped while those files are as they were."""

    name: str
    argv: tuple[str | Path, ...]
    inputs: tuple[Path, ...] = ()
    output: Path | None = None
    """Without it the command runs, changed inputs or not."""
    show: bool = False


@dataclass(frozen=True)
class Environments:
    """The whole environment of each side."""

    site: dict[str, str]
    evaluator: dict[str, str]


def environments(
    layout: Layout,
    environ: Mapping[str, str],
    *,
    database_url: str,
    redis_url: str,
    web_url: str,
    defaults: Mapping[str, str],
) -> Environments:
    """Return what the site and the evaluator are told; secrets that are not given are made once and kept.

    ``environ`` wins over ``defaults``; an empty variable counts as none. The evaluator gets an allow-list: neither the database's address nor the site's secrets are on it.
    """
    private, public = evaluator_keys(
        layout.secrets,
        private=environ.get("EVALUATOR_PRIVATE_KEY", ""),
        public=environ.get("EVALUATOR_PUBLIC_KEY", ""),
    )
    given = {key: value for key, value in environ.items() if value}
    both = {"ARTIFACTS_URL": str(layout.artifacts), **defaults, **given}
    both |= {"VLMLB_VAR": str(layout.var), "REDIS_URL": redis_url}
    both["EVALUATOR_PUBLIC_KEY"] = public
    site = {key: value for key, value in both.items() if key not in _WORKERS_ONLY}
    site["DATABASE_URL"] = database_url
    site.setdefault("SECRET_KEY", kept_secret(layout.secrets / "secret_key"))
    site.setdefault("PUBLIC_URL", web_url)
    site.setdefault("LOG_LEVEL", QUIET)
    evaluator = {key: value for key, value in both.items() if _for_evaluator(key)}
    evaluator["EVALUATOR_PRIVATE_KEY"] = private
    return Environments(site, evaluator)


def steps_before(layout: Layout, environ: Mapping[str, str]) -> tuple[Step, ...]:
    """Return the commands that run once the servers are up, before the services start."""
    apps = tuple(sorted((ROOT / "leaderboard").glob("*/static")))
    return (
        Step("migrate", (PYTHON, "manage.py", "migrate", "--no-input")),
        Step("benchmarks", (PYTHON, "manage.py", "sync_benchmarks")),
        Step(
            "static files",
            (PYTHON, "manage.py", "collectstatic", "--no-input", "--clear"),
            # Packages bring static files too; the lock file tells when they change.
            inputs=(ROOT / "static", *apps, ROOT / "requirements" / "site.txt"),
            output=Path(environ.get("STATIC_ROOT") or layout.var / "static"),
        ),
    )


def services(
    environments: Environments,
    environ: Mapping[str, str],
    *,
    host: str,
    port: int,
    endpoints: tuple[str, ...] = (),
) -> tuple[Service, ...]:
    """Return the services in the order of their start; they are stopped the other way round.

    ``endpoints`` are services that the evaluator asks: it continues interrupted work as soon as it is up, so they
    must be ready before it.
    """
    # The launcher says it once that it runs as root; Celery would say it for every worker, in eight lines.
    celery = (PYTHON, "-W", "ignore:You're running the worker with superuser", "-m", "celery", "-q")
    level = environ.get("LOG_LEVEL") or QUIET
    quiet = ("--without-gossip", "--without-mingle", "--loglevel", level)
    site_worker = Service(
        name=SITE_SERVICE,
        argv=(
            *celery, "-A", "leaderboard.celery", "worker", *quiet, "-Q", "site", "-B",
            "--concurrency", environ.get("SITE_CONCURRENCY") or "2", "-n", "site@%h",
        ),
        env=environments.site,
        stop=((Signals.SIGTERM, 5.0), (Signals.SIGQUIT, 2.0)),
        warden=True,
    )  # fmt: skip
    evaluator = Service(
        name=EVALUATOR_SERVICE,
        argv=(
            *celery, "-A", "evaluator.celery", "worker", *quiet,
            "-Q", environ.get("EVALUATOR_QUEUES") or "endpoint,gpu.1",
            "--concurrency", environ.get("EVALUATOR_CONCURRENCY") or "1", "-n", "evaluator@%h",
        ),
        env=environments.evaluator,
        after=endpoints,
        # SIGTERM would let a whole evaluation end first; SIGQUIT gives the task back to the queue.
        stop=((Signals.SIGQUIT, 8.0),),
        warden=True,
    )  # fmt: skip
    web = Service(
        name=WEB_SERVICE,
        argv=(
            PYTHON, "-m", "gunicorn", "leaderboard.wsgi", "--bind", f"{host}:{port}",
            "--worker-class", "gthread", "--workers", environ.get("WEB_CONCURRENCY") or "2",
            "--threads", "4", "--graceful-timeout", "3", "--no-control-socket", "--log-level", "warning",
        ),
        env=environments.site,
        ready=answers(web_url(host, port) + "/"),
        after=(SITE_SERVICE, EVALUATOR_SERVICE),
        stop=((Signals.SIGTERM, 5.0),),
        warden=True,
    )  # fmt: skip
    return site_worker, evaluator, web


def answers(url: str) -> Callable[[], bool]:
    """Return a check that is True once ``url`` answers, whatever it says: a page that fails is not the launcher's."""

    def check() -> bool:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - our own address
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False

    return check


def web_url(host: str, port: int) -> str:
    """Return where this machine reaches a server that listens on ``host``."""
    here = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104 - compared, not bound
    return f"http://{here}:{port}"


def _for_evaluator(key: str) -> bool:
    return (
        key in _EVALUATOR_ALLOWED
        or key.startswith(_EVALUATOR_ALLOWED_PREFIXES)
        or key.endswith(_EVALUATOR_ALLOWED_SUFFIXES)
    )
