"""Submissions on their way."""

from __future__ import annotations

import json
from itertools import islice
from typing import Annotated, Any

import typer

from vlm_leaderboard.answers import RunSummary, Submission
from vlm_leaderboard.cli.exits import ExitCode
from vlm_leaderboard.cli.output import AsJson, Output, pairs, session
from vlm_leaderboard.jobs import Job
from vlm_leaderboard.progress import outcome, shown

Id = Annotated[
    str, typer.Argument(metavar="SUBMISSION", help="Its id, or an address with it in it.")
]
Timeout = Annotated[
    float | None,
    typer.Option(metavar="SECONDS", help="Stop watching after so long; the evaluation goes on."),
]
INTERRUPTED = 130


def watch(submission: Id, timeout: Timeout = None, as_json: AsJson = False) -> None:
    """Watch a submission until nothing of it is under way. Ends with 1 if a run failed or was cancelled."""
    with session(as_json) as (client, out):
        finish(client.job(submission), out, wait=True, timeout_s=timeout)


def runs(
    submission: Annotated[
        str, typer.Argument(help="Only this one; with what came of each run.")
    ] = "",
    limit: Annotated[int, typer.Option(min=1, help="So many submissions.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List the runs of your newest submissions, or of one."""
    with session(as_json) as (client, out):
        if submission:
            describe(client.submission(submission), out)
            return
        found = list(islice(client.submissions(), limit))
        if as_json:
            out.document([s.raw for s in found])
            return
        rows = [
            (s.id, f"{s.created_at:%Y-%m-%d %H:%M}", s.model.name, *_of(run))
            for s in found
            for run in s.runs
        ]
        out.table(("Submission", "Made (UTC)", "Model", "Run", "Benchmark", "State"), rows)


def cancel(
    submission: Id,
    reason: Annotated[str, typer.Option(help="Why.")] = "",
    as_json: AsJson = False,
) -> None:
    """Cancel what is not finished of a submission."""
    with session(as_json) as (client, out):
        describe(client.cancel(submission, reason), out)


def retry(
    submission: Id,
    change: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FIELD=VALUE",
            help="Serve the checkpoint otherwise, such as max_model_len=8192. May be repeated.",
        ),
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Watch it to its end.")] = False,
    timeout: Timeout = None,
    as_json: AsJson = False,
) -> None:
    """Send the failed and cancelled runs of a submission again."""
    changes = {name: _value(text) for name, text in (pairs(change or (), "--change") or {}).items()}
    with session(as_json) as (client, out):
        job = Job(client, client.retry(submission, changes))
        finish(job, out, wait=wait, timeout_s=timeout)


def finish(job: Job, out: Output, *, wait: bool, timeout_s: float | None) -> None:
    """Show a submission; with ``wait`` once nothing of it is under way, and its progress until then.

    Raises typer.Exit when a run of it ended badly.
    """
    if not wait:
        describe(job.submission, out)
        if job.submission.under_way:
            out.say(f"Watch it with: vlm-leaderboard watch {job.id}")
        return
    try:
        with shown(True, out.errors) as show:
            for submission in job.watch(timeout_s=timeout_s):
                show(submission)
    except KeyboardInterrupt:
        out.hint(f"The evaluation goes on. Watch it again with: vlm-leaderboard watch {job.id}")
        raise typer.Exit(INTERRUPTED) from None
    describe(job.submission, out)
    if job.submission.ended_badly:
        raise typer.Exit(ExitCode.ENDED_BADLY)


def describe(submission: Submission, out: Output) -> None:
    """Write the runs of a submission."""
    if out.as_json:
        out.document(submission.raw)
        return
    rows = [(*_of(run), outcome(run), run.urls.get("page", "")) for run in submission.runs]
    out.table(("Run", "Benchmark", "State", "Result", "Page"), rows)


def _of(run: RunSummary) -> tuple[str, str, str]:
    without = "" if run.pictures == "shown" else f" ({run.pictures})"
    return run.id, run.benchmark + without, run.state


def _value(text: str) -> Any:
    """Return a number as such, anything else as text."""
    try:
        found = json.loads(text)
    except ValueError:
        return text
    return found if isinstance(found, int) else text
