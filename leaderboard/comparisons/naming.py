"""What the compared runs are called: as briefly as tells them apart. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from django.utils.translation import gettext

from leaderboard.catalog.labels import engine_title
from leaderboard.runs.models import Run
from leaderboard.runs.presenters import marks


def names(runs: Sequence[Run]) -> list[str]:
    """Return a name for each run: its precision where all are of one model, else the model and what it needs more.

    Runs that nothing else tells apart are numbered.
    """
    for parts in _WAYS:
        found = [" ".join(filter(None, (part(run) for part in parts))) for run in runs]
        if all(found) and len(set(found)) == len(runs) and _fits(parts, runs):
            return found
    counted: Counter[str] = Counter()
    found = []
    for run in runs:
        name = " ".join(filter(None, (part(run) for part in _WAYS[-1])))
        counted[name] += 1
        found.append(f"{name} ({counted[name]})")
    return found


def title(runs: Sequence[Run]) -> str:
    """Return the heading of the page."""
    models = {run.submission.variant.model_id for run in runs}
    first = runs[0].submission.variant.model.name
    if len(models) == 1:
        return gettext("%(model)s: what changes between its runs") % {"model": first}
    return gettext("Compared with %(model)s") % {"model": first}


def _model(run: Run) -> str:
    return run.submission.variant.model.name


def _precision(run: Run) -> str:
    return str(run.submission.variant.get_precision_display())


def _engine(run: Run) -> str:
    return engine_title(run.submission.variant.engine)


def _marks(run: Run) -> str:
    return ", ".join(marks(run))


def _benchmark(run: Run) -> str:
    return run.benchmark.title


_Part = Callable[[Run], str]
_WAYS: tuple[tuple[_Part, ...], ...] = (
    (_precision,),
    (_model,),
    (_model, _precision),
    (_model, _precision, _engine),
    (_model, _precision, _engine, _marks),
    (_model, _precision, _engine, _marks, _benchmark),
)


def _fits(parts: tuple[_Part, ...], runs: Sequence[Run]) -> bool:
    """A name without the model says enough only where all runs are of one."""
    return _model in parts or len({run.submission.variant.model_id for run in runs}) == 1
