"""What a benchmark declares. One benchmark is one file in this package, found by itself.

A declaration is pure: it says which lmms-eval task generates, what a row's key and fields are, how a response is
graded and how graded responses become scores. No clock, no randomness without a seed, no I/O.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from evaluator.records import Graded, Item, Response, Ruling, Score, Verdict


@dataclass(frozen=True, slots=True)
class Text:
    """A title in the two languages of the site."""

    en: str
    zh: str

    def get(self, language: str = "en") -> str:
        return self.zh if language.startswith("zh") else self.en


@dataclass(frozen=True, slots=True)
class Dimension:
    """One value of one axis: a column of the board. ``parent`` is the key of the dimension above, if any."""

    axis: str
    key: str
    title: Text
    short: Text | None = None
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class DataSource:
    """Where the rows come from: the hub's data set, or ``BENCHMARK_DATA_DIR/<slug>/<split>.parquet``.

    ``columns`` must all be there (others may be). ``rows`` is the size of the official release. ``split`` may name
    several with ``+`` between them, as the hub's own library writes it: their rows follow one another.
    """

    path: str
    name: str | None
    split: str
    columns: frozenset[str]
    rows: int

    @property
    def splits(self) -> tuple[str, ...]:
        """The splits' names, in the order of their rows."""
        return tuple(self.split.split("+"))


class Benchmark(ABC):
    """The declaration. Subclasses set the class variables and write the four hooks."""

    slug: ClassVar[str]
    family: ClassVar[str]
    """Groups variants of one benchmark on one tab: ``mmbench``, ``hallusionbench``, ``mmmu``."""
    position: ClassVar[int] = 1000
    """Where it stands among the others: lower is earlier."""
    version: ClassVar[str]
    """Of the data set's release, as people cite it."""
    protocol: ClassVar[str]
    """Name and version of the grading. Scores of different protocols are never ranked in one column."""
    title: ClassVar[Text]
    summary: ClassVar[Text]
    task: ClassVar[str]
    """lmms-eval's task name."""
    task_folder: ClassVar[str]
    """The folder with its YAML: relative to lmms_eval/tasks, or ``harness:NAME`` for one of ours."""
    data: ClassVar[DataSource]
    dimensions: ClassVar[tuple[Dimension, ...]]
    headline: ClassVar[tuple[str, str, str]]
    """(axis, dimension, metric) of the number that ranks."""
    board_axis: ClassVar[str]
    """The axis whose dimensions are the columns of the benchmark's board."""
    board_metrics: ClassVar[tuple[str, ...]] = ()
    """Further metrics of the whole set on the board, beside the headline."""
    board_dimension_metric: ClassVar[str | None] = None
    """The metric of the board's dimension columns; None: the headline's."""
    paired_metric: ClassVar[str | None] = None
    """The metric that ``units`` belong to; None: the headline's."""
    judge_prompt_version: ClassVar[str | None] = None
    """Of ``judge_prompt``; None: the rules never leave an answer open to a judge."""
    circular: ClassVar[bool] = False
    """Whether ``group_keys`` are the passes of one question, in order, and the headline counts a question as right only
    if all of them are: once one pass is wrong, the others cannot change it."""
    default_max_new_tokens: ClassVar[int] = 1024

    @abstractmethod
    def key(self, doc: Mapping[str, Any]) -> str:
        """Return the item's stable key. Raises KeyError when a needed column is missing."""

    def row_key(self, doc: Mapping[str, Any], position: int) -> str:  # noqa: ARG002 - a hook
        """Return the key of the row at ``position`` of the data set or file: ``key(doc)``.

        Only a benchmark whose data set has no ids makes one of the position. Raises as ``key``.
        """
        return self.key(doc)

    @abstractmethod
    def fields(self, doc: Mapping[str, Any]) -> dict[str, Any]:
        """Return the row's columns as JSON types, without pictures: what grading and the sample page need."""

    @abstractmethod
    def grade(self, item: Item, response: Response, ruling: Ruling | None = None) -> Graded:
        """Return the verdict on one response that was asked and answered; ``marking.mark`` handles the others.

        Never raises for any text. A ``ruling`` with an outcome replaces the rules.
        """

    @abstractmethod
    def score(self, rows: Sequence[tuple[Item, Graded]]) -> list[Score]:
        """Return every score of a run, the headline among them. Rows whose verdict is not ``scored`` do not count."""

    def finish(self, rows: Sequence[tuple[Item, Graded]]) -> list[Graded]:
        """Return the verdicts with the notes that take all rows to write, in the order given. Changes no verdict."""
        return [graded for _, graded in rows]

    def left_open(self, graded: Graded) -> bool:
        """Say whether the rules could not decide on an answer, so that a judge may."""
        return graded.verdict is Verdict.UNPARSED

    def judge_prompt(self, item: Item, response: Response) -> str | None:  # noqa: ARG002 - a hook
        """Return what to ask a judge about this response; None where a judge could not help (an empty answer)."""
        return None

    def read_ruling(self, item: Item, reply: str) -> str | None:  # noqa: ARG002 - a hook
        """Return the outcome that a judge's reply states, as ``grade`` takes it; None when it states none."""
        return None

    def told(self, doc: Mapping[str, Any]) -> Ruling | None:  # noqa: ARG002 - a hook
        """Return the ruling that a line of a results file carries beside its response, if any.

        Raises ValueError for one that cannot be meant.
        """
        return None

    def cluster(self, item: Item) -> str:
        """Return the cluster that the item's outcome depends on with others': intervals resample whole clusters."""
        return item.key

    def units(self, rows: Sequence[tuple[Item, Graded]]) -> dict[str, tuple[str, float]]:
        """Return cluster and points by unit, of what ``paired_metric`` counts: what two runs are compared on.

        A unit is an item here; units that are not scored are left out.
        """
        return {
            item.key: (self.cluster(item), graded.points)
            for item, graded in rows
            if graded.verdict.scored
        }

    def question(self, fields: Mapping[str, Any]) -> str:
        """Return the question as a person reads it."""
        return str(fields.get("question", ""))

    def options(self, fields: Mapping[str, Any]) -> dict[str, str]:  # noqa: ARG002 - a hook
        """Return the options by letter, in order; empty where the benchmark has none."""
        return {}

    def gold(self, fields: Mapping[str, Any]) -> str:
        """Return the right answer as a person reads it."""
        return str(fields.get("answer", ""))

    def dimension_values(self, fields: Mapping[str, Any]) -> dict[str, str]:  # noqa: ARG002 - a hook
        """Return the item's value on each axis that items have (for filters in the explorer)."""
        return {}

    def group_keys(self, fields: Mapping[str, Any]) -> tuple[str, ...]:  # noqa: ARG002 - a hook
        """Return the keys of the items that belong with this one, its own among them, in order.

        A key may name an item that the data set lacks. Empty: the item stands alone.
        """
        return ()
