"""GET /runs/{id}, its scores and its responses."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import Settings

from evaluator.records import Item
from leaderboard.results.models import Response as GradedResponse
from leaderboard.results.models import Score
from leaderboard.runs.models import Run
from leaderboard.runs.states import RunState
from tests.api.conftest import Api, assert_problem
from tests.factories import make_graded_run, make_published_run, make_reviewer, make_run, make_user
from tests.small_set import right

pytestmark = pytest.mark.django_db


def mixed(item: Item) -> str | None:
    """Answer rightly, wrongly, or not readably, in turn."""
    return [right(item), "ABCD"["ABCD".index(right(item)) - 1], "Hm."][item.position % 3]


def test_a_run_shows_what_it_is_and_how_it_was_made(anonymous: Api) -> None:
    run = make_published_run()
    answer = anonymous.get(f"runs/{run.public_id}").json()
    assert answer["id"] == str(run.public_id)
    assert answer["submission"] == str(run.submission.public_id)
    assert answer["model"]["name"] == "Tiny VLM"
    assert answer["variant"]["precision"] == "bf16"
    assert answer["variant"]["precision_bits"] == 16
    assert answer["dataset"] == {
        "fingerprint": run.dataset.fingerprint if run.dataset else None,
        "rows": 32,
        "label": "small test set",
        "official_size": False,
    }
    assert answer["serving"]["ttft_ms_p50"] == 41.0
    assert answer["provenance"]["spec_identity"] == run.submission.identity
    assert answer["provenance"]["versions"] == {"lmms_eval": "0.7.3"}
    assert answer["provenance"]["artifact_sha256"] == run.artifact_sha256
    assert answer["headline"]["value"] == 1.0


@pytest.mark.parametrize(
    ("source", "shown"), [("acme/tiny-vlm", "acme/tiny-vlm"), ("/srv/weights/tiny", None)]
)
def test_a_hub_id_is_for_everybody_and_a_folder_for_insiders(
    anonymous: Api, settings: Settings, source: str, shown: str | None
) -> None:
    settings.CHECKPOINT_ROOTS = ["/srv/weights"]
    user = make_user()
    checkpoint = {"kind": "checkpoint", "base_url": "", "served_name": "", "engine": "transformers"}
    run = make_published_run(user=user, source=source, **checkpoint)
    for path in (f"runs/{run.public_id}", f"submissions/{run.submission.public_id}"):
        assert anonymous.get(path).json()["variant"]["source"] == shown
        assert Api(user).get(path).json()["variant"]["source"] == source


def test_a_run_that_has_just_been_queued_has_no_numbers() -> None:
    user = make_user()
    run = make_run(user=user)
    answer = Api(user).get(f"runs/{run.public_id}").json()
    assert (answer["headline"], answer["dataset"], answer["counts"]) == (None, None, {})
    assert answer["serving"] == {}
    assert answer["provenance"]["versions"] == {}
    assert answer["provenance"]["artifact_sha256"] is None


def test_reading_a_run_costs_a_fixed_number_of_queries(
    anonymous: Api, django_assert_max_num_queries: Any
) -> None:
    run = make_published_run()
    with django_assert_max_num_queries(1):
        anonymous.get(f"runs/{run.public_id}")
    with django_assert_max_num_queries(2):
        anonymous.get(f"runs/{run.public_id}/scores")


def test_scores_are_those_that_are_stored(anonymous: Api) -> None:
    run = make_published_run(mixed)
    answer = anonymous.get(f"runs/{run.public_id}/scores").json()
    assert (answer["run"], answer["benchmark"]) == (str(run.public_id), "mmbench_en_dev")
    assert answer["protocol"] == run.protocol
    names = ("axis", "dimension", "metric", "value", "correct", "total", "low", "high")
    stored = Score.objects.filter(run=run).order_by("id").values(*names)
    shown = [{name: score[name] for name in names} for score in answer["scores"]]
    assert shown == list(stored)
    assert not any(score["corrected"] for score in answer["scores"])
    assert len(answer["scores"]) > 20


def test_scores_of_another_protocol_are_not_mixed_in(anonymous: Api) -> None:
    run = make_published_run()
    Score.objects.create(
        run=run, protocol="rules-0", axis="overall", dimension="overall", metric="old", total=1
    )
    scores = anonymous.get(f"runs/{run.public_id}/scores").json()["scores"]
    assert "old" not in {score["metric"] for score in scores}


def test_a_run_that_is_not_graded_has_no_scores_yet() -> None:
    user = make_user()
    run = make_run(RunState.EVALUATING, user)
    answer = Api(user).get(f"runs/{run.public_id}/scores").json()
    assert (answer["scores"], answer["dataset"]) == ([], None)


def walk(api: Api, run: Run, **query: Any) -> list[dict[str, Any]]:
    """Return the responses of every page."""
    found: list[dict[str, Any]] = []
    page = api.get(f"runs/{run.public_id}/responses", query).json()
    while True:
        found += page["results"]
        if not page["next"]:
            return found
        page = api.client.get(page["next"]).json()


def test_responses_come_in_the_order_of_the_data_set(anonymous: Api) -> None:
    run = make_published_run(mixed)
    found = walk(anonymous, run, page_size=7)
    assert [r["position"] for r in found] == list(range(32))
    assert [r["verdict"] for r in found[:3]] == ["correct", "incorrect", "unparsed"]
    assert found[2]["text"] == "Hm."
    assert found[0]["ttft_ms"] == 40.0
    assert found[0]["completion_tokens"] == 2


def test_pages_can_be_walked_back(anonymous: Api) -> None:
    run = make_published_run()
    first = anonymous.get(f"runs/{run.public_id}/responses", {"page_size": 10}).json()
    second = anonymous.client.get(first["next"]).json()
    assert anonymous.client.get(second["previous"]).json()["results"] == first["results"]


def test_responses_are_filtered_by_verdict(anonymous: Api) -> None:
    run = make_published_run(mixed)
    wrong = walk(anonymous, run, verdict="incorrect", page_size=4)
    assert [r["position"] for r in wrong] == list(range(1, 32, 3))
    both = walk(anonymous, run, verdict=["incorrect", "unparsed"])
    assert {r["verdict"] for r in both} == {"incorrect", "unparsed"}
    assert len(both) == sum(run.counts[verdict] for verdict in ("incorrect", "unparsed"))


def test_an_unknown_verdict_is_named(anonymous: Api) -> None:
    run = make_published_run()
    response = anonymous.get(f"runs/{run.public_id}/responses", {"verdict": "perhaps"})
    problem = assert_problem(response, 400, "validation")
    assert [e["field"] for e in problem["errors"]] == ["verdict"]


def test_a_page_of_responses_costs_a_fixed_number_of_queries(
    anonymous: Api, django_assert_max_num_queries: Any
) -> None:
    run = make_published_run()
    for size in (2, 32):
        with django_assert_max_num_queries(2):
            anonymous.get(f"runs/{run.public_id}/responses", {"page_size": size})


def test_a_failed_request_shows_its_error() -> None:
    user = make_user()
    run = make_graded_run(lambda item: None if item.position == 3 else right(item), user=user)
    failed = walk(Api(user), run, verdict="errored")
    assert [(r["position"], r["error"], r["text"]) for r in failed] == [(3, "HTTP 500", "")]


def test_what_an_endpoint_said_is_only_for_those_who_may_know_the_endpoint(
    anonymous: Api, settings: Settings
) -> None:
    settings.MAX_ERRORED_SHARE = 0.1
    user = make_user()
    run = make_published_run(lambda item: None if item.position in (3, 5) else right(item), user)
    said = "endpoint_rate_limited: HTTP 429: gateway.internal:8443 is busy"
    failed = GradedResponse.objects.of_run(run)
    failed.filter(item__position=3).update(error=said)

    shown = walk(anonymous, run, verdict="errored")
    assert [r["error"] for r in shown] == ["endpoint_rate_limited", "endpoint_error"]
    for reader in (user, make_reviewer()):
        shown = walk(Api(reader), run, verdict="errored")
        assert [r["error"] for r in shown] == [said, "HTTP 500"]


def test_a_run_without_responses_has_an_empty_page() -> None:
    user = make_user()
    run = make_run(RunState.EVALUATING, user)
    assert walk(Api(user), run) == []
