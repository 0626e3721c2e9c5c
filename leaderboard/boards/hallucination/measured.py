"""The figures behind the page: the scores of the runs on one board of the family."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from leaderboard.boards.models import BoardVersion
from leaderboard.catalog.labels import engine_title, precision_bits
from leaderboard.results.models import Score
from leaderboard.runs.scores import ScoreLike, Scores, by_place

FAMILY = "hallusionbench"
WHOLE = ("overall", "overall")
SUBCATEGORY = "subcategory"

ACCURACIES = ("overall", "aAcc", "fAcc", "qAcc")
BIAS = ("pct_diff", "fp_ratio")
CAUSES = ("language_hallucination", "visual_illusion", "mixed")
CONSISTENCY = ("consistent", "inconsistent", "consistently_wrong")

FINGERPRINT_SHOWN = 10
"""Digits of a data set's fingerprint that its address has."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """A model in one precision on one engine, with the scores of its newest published run.

    ``page`` is the address of its model's page; ``known_as`` tells it apart from the others on the page: the model's name with its precision.
    """

    run: UUID
    page: str
    model: str
    precision: str
    bits: int
    engine: str
    baseline: bool
    scores: Scores

    @property
    def known_as(self) -> str:
        return f"{self.model} {self.precision}"

    def whole(self, metric: str) -> ScoreLike | None:
        """Return a score of the whole set."""
        return self.scores.get((*WHOLE, metric))

    def value(self, metric: str) -> float | None:
        """Return the value of a score of the whole set, a fraction."""
        score = self.whole(metric)
        return score.value if score else None

    def within(self, subcategory: str) -> ScoreLike | None:
        """Return the accuracy of the answers in a subcategory."""
        return self.scores.get((SUBCATEGORY, subcategory, "aAcc"))


def boards() -> list[BoardVersion]:
    """Return the newest version of every board of the family: live ones first, then by benchmark and age."""
    board = ("benchmark_id", "dataset_id", "protocol")
    newest = (
        BoardVersion.objects.filter(benchmark__family=FAMILY, benchmark__active=True)
        .order_by(*board, "-number")
        .distinct(*board)
        .select_related("benchmark", "dataset__benchmark")
    )
    return sorted(newest, key=lambda v: (not _live(v), v.benchmark.position, -v.pk))


def address_of(version: BoardVersion) -> str:
    """Return how the page's address writes the board that this is a version of."""
    data = version.dataset.fingerprint[:FINGERPRINT_SHOWN]
    return f"{version.benchmark.slug}.{data}.{version.protocol}"


def configurations(version: BoardVersion) -> list[Configuration]:
    """Return the rows of the board in its order, with their scores. Two queries."""
    rows = list(version.rows.for_display())
    scores: dict[int, list[Score]] = {row.run_id: [] for row in rows}
    wanted = Score.objects.filter(
        run__in=list(scores), protocol=version.protocol, axis__in=(WHOLE[0], SUBCATEGORY)
    )
    for score in wanted:
        scores[score.run_id].append(score)
    found = []
    for row in rows:
        variant = row.run.submission.variant
        found.append(
            Configuration(
                run=row.run.public_id,
                page=variant.get_absolute_url(),
                model=variant.model.name,
                precision=str(variant.get_precision_display()),
                bits=precision_bits(variant.precision_bits),
                engine=engine_title(variant.engine),
                baseline=variant.model.is_baseline,
                scores=by_place(scores[row.run_id]),
            )
        )
    return found


def models_among(configurations: Sequence[Configuration]) -> list[Configuration]:
    """Return those that are models: what a figure's title claims, it claims of them and of no yardstick."""
    return [c for c in configurations if not c.baseline]


def _live(version: BoardVersion) -> bool:
    return version.dataset.current and version.protocol == version.benchmark.protocol
