"""Starting a command engine, waiting until it serves, and ending it."""

from __future__ import annotations

import secrets
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from evaluator.checkpoint.facts import quantized_on_load
from evaluator.engines.command import CommandEngine, Launch
from evaluator.errors import EvaluationCancelled, EvaluationError, FailureCode
from evaluator.process import End, EndReason, IsolatedProcess, child_environment
from evaluator.serving.finding import Found, find
from evaluator.serving.fitting import fitting_of
from evaluator.serving.preflight import preflight
from evaluator.serving.served import RunningEngine, ServeContext, ServedModel
from evaluator.serving.telemetry import hardware_facts
from evaluator.spec import ModelSpec

HOST = "127.0.0.1"
NETWORKS = (f"{HOST}/32",)
LOG_LINES = 40
# A traceback's cause can stand far above the engine's last words.
EXPLAIN_LINES = 400
_READY_POLL_S = 0.25
_GRACE_S = 5.0
_PORT_TRIES = 3
_PORT_TAKEN = "address already in use"


@contextmanager
def run(engine: CommandEngine, model: ModelSpec, context: ServeContext) -> Iterator[ServedModel]:
    """Serve a checkpoint for the length of the block. Raises as :func:`evaluator.serving.serve.serve` says."""
    command = _command(engine, context)
    found = find(model, context)
    plan = Launch(
        model=found.model,
        source=found.source,
        stored_quantization=found.quantization,
        host=HOST,
        port=0,
        api_key=None,
        folder=context.work_dir / "engine",
    )
    fitting = None
    if found.config is not None and found.facts is not None:
        fitting = fitting_of(engine, found.model, found.config, found.facts, hardware_facts())
    if fitting is not None:
        fitting.require()
    advise = fitting.advised if fitting is not None else _as_it_is
    try:
        launch, process = _start(engine, plan, command, context)
    except EvaluationError as error:
        raise advise(error) from error
    try:
        yield _serve(engine, launch, process, context, found, advise)
    finally:
        process.stop()


def _as_it_is(error: EvaluationError) -> EvaluationError:
    return error


def _command(engine: CommandEngine, context: ServeContext) -> list[str]:
    command = list(context.commands.get(engine.name, ()))
    if not command:
        raise EvaluationError(
            FailureCode.ENGINE_NOT_CONFIGURED,
            f"This worker has no command for {engine.title} ({engine.name.upper()}_COMMAND).",
        )
    # Made absolute (not resolved: a virtual environment's python is a link) since the engine runs elsewhere.
    found = shutil.which(command[0])
    if found is None:
        raise EvaluationError(
            FailureCode.ENGINE_NOT_CONFIGURED,
            f"The command for {engine.title} was not found: {Path(command[0]).name}.",
        )
    return [str(Path(found).absolute()), *command[1:]]


def _start(
    engine: CommandEngine, plan: Launch, command: list[str], context: ServeContext
) -> tuple[Launch, IsolatedProcess]:
    """Return a ready engine, started as planned, with a port and a key of its own.

    Between choosing a port and listening another program may take it: try again.
    """
    for attempt in range(_PORT_TRIES):
        launch = replace(
            plan,
            port=_free_port(),
            api_key=secrets.token_urlsafe(32) if engine.takes_key else None,
        )
        process = _spawn(engine, launch, command, context)
        try:
            _wait_ready(engine, launch, process, context)
        except EvaluationError as error:
            process.stop()
            taken = any(_PORT_TAKEN in line.lower() for line in error.log_tail)
            if not taken or attempt == _PORT_TRIES - 1:
                raise
        except BaseException:
            process.stop()
            raise
        else:
            return launch, process
    raise AssertionError("unreachable")


def _spawn(
    engine: CommandEngine, launch: Launch, command: list[str], context: ServeContext
) -> IsolatedProcess:
    shutil.rmtree(launch.folder, ignore_errors=True)
    home = launch.folder / "home"
    home.mkdir(parents=True)
    invocation = engine.invocation(launch)
    for name, text in invocation.files.items():
        path = launch.folder / name
        path.touch(mode=0o600)
        path.write_text(text)
    process = IsolatedProcess(
        [*command, *invocation.args],
        env=child_environment({"PYTHONUNBUFFERED": "1"} | dict(invocation.env), home=home),
        cwd=launch.folder,
        log_path=launch.folder / "engine.log",
        memory_mb=context.memory_mb,
        secrets=(launch.api_key or "",),
        grace_s=_GRACE_S,
    )
    try:
        process.start()
    except OSError as error:
        raise EvaluationError(
            FailureCode.ENGINE_NOT_CONFIGURED,
            f"The command for {engine.title} cannot be run: {error.strerror}.",
        ) from error
    return process


def _wait_ready(
    engine: CommandEngine, launch: Launch, process: IsolatedProcess, context: ServeContext
) -> None:
    """Wait until the engine is healthy and lists the model."""
    deadline = time.monotonic() + context.start_timeout_s
    name = engine.served_name(launch)
    with _client(launch) as client:
        while True:
            if context.cancelled():
                raise EvaluationCancelled
            end = process.poll()
            if end is not None:
                log = process.tail(EXPLAIN_LINES)
                raise _short(_why(engine, end, log, FailureCode.ENGINE_START_FAILED))
            if _get(client, engine.health_path) is not None:
                models = _json(_get(client, f"{engine.api_path}/models"))
                if name in _listed(models):
                    return
            if time.monotonic() > deadline:
                raise EvaluationError(
                    FailureCode.ENGINE_START_TIMEOUT,
                    f"{engine.title} was not ready after {context.start_timeout_s:.0f} s.",
                    log_tail=process.tail(LOG_LINES),
                )
            time.sleep(_READY_POLL_S)


def _serve(
    engine: CommandEngine,
    launch: Launch,
    process: IsolatedProcess,
    context: ServeContext,
    found: Found,
    advise: Callable[[EvaluationError], EvaluationError],
) -> ServedModel:
    origin = f"http://{launch.host}:{launch.port}"
    base_url, name = f"{origin}{engine.api_path}", engine.served_name(launch)
    running = RunningEngine(
        process=process,
        explain=lambda end, log: advise(_why(engine, end, log, FailureCode.ENGINE_DIED)),
    )
    try:
        report = preflight(
            base_url,
            name,
            launch.api_key,
            timeout_s=context.request_timeout_s,
            allowed_networks=NETWORKS,
            cancelled=context.cancelled,
        )
    except EvaluationError as error:
        end = process.poll()
        log = process.tail(LOG_LINES)
        if end is not None:
            raise running.explain(end, log) from error
        raise EvaluationError(error.code, error.detail, log_tail=log, facts=error.facts) from error
    return ServedModel(
        engine=engine.name,
        base_url=base_url,
        model_name=name,
        api_key=launch.api_key,
        allowed_networks=NETWORKS,
        preflight=report,
        versions=_versions(engine, launch),
        metrics_url=f"{origin}{engine.metrics_path}" if engine.metrics_path else None,
        checkpoint=_facts(engine, launch, found),
        running=running,
    )


def _facts(engine: CommandEngine, launch: Launch, found: Found) -> dict[str, Any]:
    method = engine.online_quantization(launch)
    if found.facts is None:
        return {}
    facts = found.facts if method is None else quantized_on_load(found.facts, method)
    return facts.to_json()


def _versions(engine: CommandEngine, launch: Launch) -> dict[str, str]:
    if engine.version_path is None:
        return {}
    with _client(launch) as client:
        return engine.versions(_json(_get(client, engine.version_path)))


def _client(launch: Launch) -> httpx.Client:
    headers = {"authorization": f"Bearer {launch.api_key}"} if launch.api_key else {}
    return httpx.Client(
        base_url=f"http://{launch.host}:{launch.port}", headers=headers, timeout=5, trust_env=False
    )


def _get(client: httpx.Client, path: str) -> httpx.Response | None:
    """Return a 200 answer, or None for anything else: an engine that starts may refuse, hang or say 503."""
    try:
        response = client.get(path)
    except httpx.HTTPError:
        return None
    return response if response.status_code == 200 else None


def _json(response: httpx.Response | None) -> Any:
    try:
        return None if response is None else response.json()
    except ValueError:
        return None


def _listed(models: Any) -> list[Any]:
    data = models.get("data") if isinstance(models, dict) else None
    return [m.get("id") for m in data if isinstance(m, dict)] if isinstance(data, list) else []


def _why(
    engine: CommandEngine, end: End, log: tuple[str, ...], otherwise: FailureCode
) -> EvaluationError:
    """Return why the engine ended: its memory limit, a symptom in its log, or ``otherwise``."""
    if end.reason is EndReason.OUT_OF_MEMORY:
        return EvaluationError(FailureCode.ENGINE_OUT_OF_MEMORY, end.detail, log_tail=log)
    code, detail = engine.symptom_in(log) or (otherwise, f"{engine.title}: {end.detail}")
    return EvaluationError(code, detail, log_tail=log)


def _short(error: EvaluationError) -> EvaluationError:
    tail = error.log_tail[-LOG_LINES:]
    return EvaluationError(error.code, error.detail, log_tail=tail, facts=error.facts)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
