"""Showing how a submission gets on: a table with bars, on a terminal or in a notebook."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from rich.console import Console, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from vlm_leaderboard.answers import Run, Submission
from vlm_leaderboard.texts import fraction, plain

BAR_WIDTH = 30
COLOURS = {"review": "green", "published": "green", "failed": "red", "cancelled": "yellow"}

Show = Callable[[Submission], None]


@contextmanager
def shown(wanted: bool | None = None, console: Console | None = None) -> Iterator[Show]:
    """Give a function that shows a submission in place of what it showed before.

    In a notebook below the cell; else on the console, standard error by default. Where that is no terminal, a line is
    written whenever a run's state changes. ``wanted`` False: nothing. None: in a notebook or on a terminal only.
    """
    target = console or Console(stderr=True)
    notebook = _notebook() if console is None else None
    if wanted is False or (wanted is None and notebook is None and not target.is_terminal):
        yield lambda _: None
    elif notebook is not None:
        yield notebook
    elif target.is_terminal:
        with Live(console=target, auto_refresh=False) as live:
            yield lambda submission: live.update(view(submission), refresh=True)
    else:
        yield _lines(target)


def view(submission: Submission) -> Table:
    """Return a submission as a table: a line for each run, with bar, rate, time left, and what came of it."""
    table = Table(box=None, pad_edge=False, title=_head(submission), title_justify="left")
    for name, where in (("Benchmark", "left"), ("State", "left"), ("", "left")):
        table.add_column(name, justify=where, no_wrap=True)  # type: ignore[arg-type] # a literal
    for name in ("Done", "Rate", "Left"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("")
    for run in submission.runs:
        table.add_row(*_cells(run))
    return table


def _head(submission: Submission) -> Text:
    head = f"{plain(submission.model.name)}  {submission.id}"
    if submission.queue_position is not None:
        head += f"  {submission.queue_position} before it in the queue"
    elif submission.progress is not None and submission.under_way:
        head += f"  {plain(submission.progress.stage)}"
    return Text(head, style="bold")


def _cells(run: Run) -> tuple[RenderableType, ...]:
    found = run.progress
    name = run.benchmark if run.pictures == "shown" else f"{run.benchmark} ({run.pictures})"
    state = Text(plain(run.state_label or run.state), style=COLOURS.get(run.state, "cyan"))
    if found is None or not run.under_way:
        return plain(name), state, _bar(run), "", "", "", Text(outcome(run), overflow="fold")
    total = "?" if found.total is None else f"{found.total:,}"
    return (
        plain(name),
        state,
        _bar(run),
        f"{found.done:,}/{total}",
        "" if found.rate is None else f"{found.rate:.1f}/s",
        "" if found.eta_s is None else str(timedelta(seconds=round(found.eta_s))),
        f"{found.errored} failed requests" if found.errored else "",
    )


def _bar(run: Run) -> ProgressBar:
    if not run.under_way:
        return ProgressBar(total=1, completed=0 if run.ended_badly else 1, width=BAR_WIDTH)
    found = run.progress
    if found is None or not found.total:
        return ProgressBar(total=1, completed=0, width=BAR_WIDTH)
    return ProgressBar(total=found.total, completed=found.done, width=BAR_WIDTH)


def outcome(run: Run) -> str:
    """Return what came of a run in a few words: its score, or why it failed and what to do. "" while it is under way."""
    if run.failure is not None:
        return plain(
            " ".join(x for x in (run.failure.title, run.failure.advice) if x), one_line=True
        )
    if run.headline is not None:
        best = run.headline
        return f"{plain(best.metric)} {fraction(best.value, best.low, best.high)}"
    return ""


def _lines(console: Console) -> Show:
    told: dict[str, str] = {}

    def show(submission: Submission) -> None:
        for run in submission.runs:
            if told.get(run.id) != run.state:
                told[run.id] = run.state
                words = f"{run.benchmark}: {run.state}  {outcome(run)}"
                console.print(plain(words).rstrip(), markup=False, highlight=False, soft_wrap=True)

    return show


def _notebook() -> Show | None:
    """Return what shows a submission below the cell that runs; None where there is no notebook.

    Without rich's own live display, which wants ipywidgets in a notebook.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None or not hasattr(shell, "kernel"):
        return None
    from IPython.display import display  # type: ignore[import-not-found,unused-ignore] # not a dependency

    handle = display(Text("…"), display_id=True)

    def show(submission: Submission) -> None:
        handle.update(view(submission))

    return show
