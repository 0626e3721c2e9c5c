"""The site's API, typed."""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO, Literal, Self, TypeVar
from urllib.parse import parse_qs, quote, urlsplit

from vlm_leaderboard._decode import decode
from vlm_leaderboard.answers import (
    Account,
    Benchmark,
    Board,
    Comparison,
    Response,
    RunDetail,
    Scores,
    Submission,
    SubmissionSummary,
)
from vlm_leaderboard.config import login_of
from vlm_leaderboard.errors import BadInput, UnexpectedAnswer
from vlm_leaderboard.files import Destination, results_file, written
from vlm_leaderboard.jobs import Job
from vlm_leaderboard.requests import Checkpoint, Endpoint, NewModel
from vlm_leaderboard.transport import Retries, Transport
from vlm_leaderboard.watching import Pace, follow

T = TypeVar("T")

Table = Literal["scores", "responses", "board"]
Form = Literal["csv", "json", "jsonl", "parquet"]

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class Client:
    """One site, as one user or as nobody.

    Without arguments it takes what VLM_LEADERBOARD_URL and VLM_LEADERBOARD_TOKEN or ``vlm-leaderboard login`` say;
    ``token=""`` reads what is public. Methods raise ``errors.ApiError`` where the site refuses, ``Unreachable`` where
    it gives no answer. Reading, and changes (each carries an Idempotency-Key), are tried again after errors that pass.
    An id may be given as such or as any address with it in it. Not for several threads at once.
    """

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        timeout_s: float = 60.0,
        retries: Retries | None = None,
        pace: Pace | None = None,
    ) -> None:
        self._transport = Transport(login_of(url, token), retries or Retries(), timeout_s)
        self._pace = pace or Pace()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.url!r})"

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    @property
    def url(self) -> str:
        """The site's address, without a slash at the end."""
        return self._transport.login.url

    # --- Submitting -------------------------------------------------------------------------------

    def submit(
        self,
        model: str | NewModel,
        served: Endpoint | Checkpoint,
        benchmarks: Sequence[str],
        *,
        limit: int | None = None,
        concurrency: int | None = None,
        blind: str | None = None,
        frugal: bool | None = None,
        probe: bool | None = None,
        note: str | None = None,
        owner: str | None = None,
        visibility: str | None = None,
        idempotency_key: str | None = None,
    ) -> Job:
        """Queue an evaluation. The same ``idempotency_key`` with the same arguments submits once.

        ``model`` is a name where nothing else is to be said of it. The options are the API's.
        """
        options = {
            "limit": limit,
            "concurrency": concurrency,
            "blind": blind,
            "frugal": frugal,
            "probe": probe,
            "note": note,
            "owner": owner,
            "visibility": visibility,
        }
        named = NewModel(model) if isinstance(model, str) else model
        body = {
            "model": named.to_json(),
            "endpoint" if isinstance(served, Endpoint) else "checkpoint": served.to_json(),
            "benchmarks": list(benchmarks),
            **{name: value for name, value in options.items() if value is not None},
        }
        return self.submit_json(body, idempotency_key=idempotency_key)

    def submit_json(self, body: Mapping[str, Any], *, idempotency_key: str | None = None) -> Job:
        """Queue what the body of ``POST /api/v1/submissions`` says; it is sent as it is."""
        document = self._post("submissions", json=body, key=idempotency_key)
        return Job(self, decode(Submission, document))

    def job(self, submission: str) -> Job:
        """Return a submission that was made before, to wait for it."""
        return Job(self, self.submission(submission))

    def watch(self, submission: str, *, timeout_s: float | None = None) -> Iterator[Submission]:
        """Yield a submission now, after each change, and last when nothing of it is under way.

        Raises WaitTimedOut.
        """
        place = identifier(submission)
        return follow(lambda: self.submission(place), self._pace, timeout_s)

    def cancel(self, submission: str, reason: str = "") -> Submission:
        """Cancel every run that is not finished. Raises Conflict when there is none."""
        path = f"submissions/{identifier(submission)}/cancel"
        return decode(Submission, self._post(path, json={"reason": reason}))

    def retry(self, submission: str, changes: Mapping[str, Any] | None = None) -> Submission:
        """Send the failed and cancelled runs again, with ``changes`` to how a checkpoint is served.

        Raises Conflict when there is none.
        """
        path = f"submissions/{identifier(submission)}/retry"
        return decode(Submission, self._post(path, json={"changes": changes} if changes else {}))

    def set_visibility(self, submission: str, visibility: str) -> Submission:
        """Say who may see a submission."""
        path = f"submissions/{identifier(submission)}"
        return decode(
            Submission, self._transport.json("PATCH", path, json={"visibility": visibility})
        )

    # --- Reading ----------------------------------------------------------------------------------

    def account(self) -> Account:
        """Return whose token it is and what is left of the quotas."""
        return self._get(Account, "account")

    def benchmarks(self) -> list[Benchmark]:
        """Return the benchmarks that take submissions."""
        return [decode(Benchmark, b) for b in self._transport.json("GET", "benchmarks")]

    def board(self, benchmark: str) -> Board:
        """Return a benchmark's board. Raises NotFound while nothing is published on it."""
        return self._get(Board, f"boards/{quote(benchmark, safe='')}")

    def submissions(self) -> Iterator[SubmissionSummary]:
        """Yield your submissions and your organisations', newest first; a reviewer's token yields all."""
        return self._pages(SubmissionSummary, "submissions")

    def submission(self, submission: str) -> Submission:
        """Return a submission as it stands."""
        return self._get(Submission, f"submissions/{identifier(submission)}")

    def run(self, run: str) -> RunDetail:
        """Return a run."""
        return self._get(RunDetail, f"runs/{identifier(run)}")

    def scores(self, run: str) -> Scores:
        """Return every score of a run; there are none until it is graded."""
        return self._get(Scores, f"runs/{identifier(run)}/scores")

    def responses(self, run: str, verdicts: Sequence[str] = ()) -> Iterator[Response]:
        """Yield a run's responses in the order of the data set; of ``verdicts`` only, where some are given."""
        path = f"runs/{identifier(run)}/responses"
        return self._pages(Response, path, {"verdict": list(verdicts)} if verdicts else {})

    def compare(self, first: str, second: str) -> Comparison:
        """Return the paired comparison of two runs. Raises RequestInvalid for runs that cannot be compared."""
        runs = f"{identifier(first)},{identifier(second)}"
        return decode(Comparison, self._transport.json("GET", "comparisons", params={"runs": runs}))

    # --- Files ------------------------------------------------------------------------------------

    def export(
        self,
        table: Table,
        of: str,
        form: Form,
        out: Destination,
        *,
        overwrite: bool = False,
        mark: bool = False,
    ) -> None:
        """Stream a run's scores or responses, or a benchmark's board, to a path or a binary file.

        A file that was begun is not left behind; one that is there is replaced only with ``overwrite``. ``mark`` begins
        a CSV with a byte order mark, by which Excel knows UTF-8. Raises BadInput.
        """
        place = (
            f"boards/{quote(of, safe='')}" if table == "board" else f"runs/{identifier(of)}/{table}"
        )
        params = {"mark": "1"} if mark else {}
        self._save(f"{place}.{form}", out, overwrite, params)

    def export_model_card(self, run: str, out: Destination, *, overwrite: bool = False) -> None:
        """Write the ``model-index`` of the run's model, as YAML. Raises NotFound while nothing of it is published."""
        self._save(f"runs/{identifier(run)}/model-card", out, overwrite, {})

    def import_results(
        self,
        path: str | os.PathLike[str],
        benchmark: str,
        model: str,
        *,
        organization: str | None = None,
        homepage: str | None = None,
        parameters_b: float | None = None,
        open_weights: bool | None = None,
        precision: str | None = None,
        engine: str | None = None,
        revision: str | None = None,
        note: str | None = None,
        owner: str | None = None,
        visibility: str | None = None,
        own_items: bool | None = None,
        idempotency_key: str | None = None,
    ) -> RunDetail:
        """Make a run of answers that were given elsewhere: a file, or lmms-eval's output folder.

        Of a folder only what lmms-eval writes of its results is sent. A large file, or one that a judge reads, is
        still being scored when this returns. Raises BadInput, Conflict for answers that were imported before.
        """
        options = {
            "organization": organization,
            "homepage": homepage,
            "parameters_b": parameters_b,
            "open_weights": open_weights,
            "precision": precision,
            "engine": engine,
            "revision": revision,
            "note": note,
            "owner": owner,
            "visibility": visibility,
            "own_items": own_items,
        }
        told = {name: _form_text(value) for name, value in options.items() if value is not None}
        form = {"benchmark": benchmark, "model": model, **told}
        with results_file(path) as (name, file):
            document = self._post(
                "imports", data=form, files={"file": (name, file)}, key=idempotency_key
            )
        return decode(RunDetail, document)

    # --- Below ------------------------------------------------------------------------------------

    def _get(self, kind: type[T], path: str) -> T:
        return decode(kind, self._transport.json("GET", path))

    def _post(self, path: str, *, key: str | None = None, **options: Any) -> Any:
        return self._transport.json("POST", path, key=key or str(uuid.uuid4()), **options)

    def _pages(
        self, kind: type[T], path: str, params: Mapping[str, Any] | None = None
    ) -> Iterator[T]:
        wanted = dict(params or {})
        while True:
            page = self._transport.json("GET", path, params=wanted)
            if not isinstance(page, Mapping) or not isinstance(page.get("results"), list):
                raise UnexpectedAnswer(f"{path} is not a list")
            for document in page["results"]:
                yield decode(kind, document)
            if not page.get("next"):
                return
            # Only the place is taken of the address: the site may not know by which name it was reached.
            wanted["cursor"] = parse_qs(urlsplit(str(page["next"])).query)["cursor"]

    def _save(
        self, path: str, out: Destination, overwrite: bool, params: Mapping[str, str]
    ) -> None:
        def fill(file: BinaryIO) -> None:
            self._transport.download(path, file, params)

        written(out, fill, overwrite=overwrite)


def identifier(text: str) -> str:
    """Return the id in a text that is one or that is an address with one in it. Raises BadInput."""
    found = _UUID.findall(str(text))
    if len(found) != 1:
        raise BadInput(f"No id, nor an address with one in it: {str(text)[:80]!r}")
    return str(found[0]).lower()


def _form_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
