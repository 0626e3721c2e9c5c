"""What a worker read of a checkpoint fills in what the submitter left open, and is shown with what was declared."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from leaderboard.catalog.checkpoints import record_facts
from leaderboard.catalog.models import RemoteCode, Variant
from leaderboard.catalog.trust import code_is_trusted
from leaderboard.runs.provenance import provenance
from leaderboard.runs.services import submit
from leaderboard.runs.specs import message_for
from tests.factories import (
    ensure_benchmarks,
    make_checkpoint_request,
    make_graded_run,
    make_reviewer,
    make_user,
)

pytestmark = pytest.mark.django_db

COMMIT = "0123456789abcdef0123456789abcdef01234567"
FACTS: dict[str, Any] = {
    "architecture": "LlavaForConditionalGeneration",
    "base_model": "acme/base",
    "parameters": 7_200_000_000,
    "parameters_exact": True,
    "size_bytes": 5_000_000_000,
    "weights_sha256": "a" * 64,
    "commit": COMMIT,
    "precision": {
        "vision_encoder": {"scheme": "fp16", "bits": 16, "parameters": 1, "also": {}},
        "language_model": {"scheme": "awq_int4", "bits": 4, "parameters": 2, "also": {"fp16": 1}},
    },
}


def variant_of(**fields: Any) -> Variant:
    ensure_benchmarks()
    return submit(make_user(), make_checkpoint_request(**fields)).variant


def test_open_fields_are_filled_in() -> None:
    variant = variant_of(precision="unknown")
    record_facts(variant, FACTS)
    variant.refresh_from_db()
    assert (variant.precision, variant.architecture, variant.commit) == (
        "awq_int4",
        "LlavaForConditionalGeneration",
        COMMIT,
    )
    assert (variant.parameters, variant.size_bytes) == (7_200_000_000, 5_000_000_000)
    assert variant.model.parameters_b == 7.2
    assert variant.components["language_model"]["read"] is True


def test_declared_fields_stay() -> None:
    variant = variant_of(
        precision="bf16",
        parameters_b=7.0,
        components={"vision_encoder": "bf16", "connector": "bf16"},
    )
    record_facts(variant, FACTS)
    variant.refresh_from_db()
    assert (variant.precision, variant.model.parameters_b) == ("bf16", 7.0)
    vision, connector = variant.components["vision_encoder"], variant.components["connector"]
    assert (vision["scheme"], vision["declared"], vision["read"]) == ("fp16", "bf16", True)
    assert (connector["scheme"], connector["declared"]) == ("bf16", "bf16")
    assert "read" not in connector


def test_precision_that_another_variant_has_is_not_taken_over() -> None:
    variant_of(precision="awq_int4")
    open_one = variant_of(precision="unknown")
    record_facts(open_one, FACTS)
    open_one.refresh_from_db()
    assert open_one.precision == "unknown"
    assert open_one.architecture == "LlavaForConditionalGeneration"


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"parameters": "many", "size_bytes": -1, "precision": [], "architecture": 7},
        {"parameters": 2**70, "precision": {"language_model": "bf16", "wheels": {"scheme": "x"}}},
        {"precision": {"language_model": {"scheme": None}}},
    ],
)
def test_odd_facts_fill_in_nothing(facts: dict[str, Any]) -> None:
    variant = variant_of(precision="unknown")
    record_facts(variant, facts)
    variant.refresh_from_db()
    assert (variant.precision, variant.parameters, variant.size_bytes, variant.architecture) == (
        "unknown",
        None,
        None,
        "",
    )


def test_provenance_says_what_was_read_and_what_was_declared() -> None:
    run = make_graded_run(components={"connector": "bf16"})
    record_facts(run.submission.variant, FACTS)
    run.submission.variant.refresh_from_db()
    told = {fact.name: fact.value for fact in provenance(run, private=False)}
    assert told["Parameters"] == "7\u2009200\u2009000\u2009000"
    assert told["Size on disk"] == "4.7 GiB"
    assert "language model AWQ INT4" in told["Precision"]
    assert "connector BF16 (declared)" in told["Precision"]


def sent(source: str, revision: str) -> dict[str, Any]:
    ensure_benchmarks()
    request = make_checkpoint_request(source=source, revision=revision)
    submission = submit(make_user(), request)
    model: dict[str, Any] = message_for(submission, submission.runs.all())["model"]
    return model


def test_remote_code_is_sent_as_trusted_for_the_allowed_commit_only() -> None:
    allow = RemoteCode(
        source="acme/vlm", revision=COMMIT, reason="read", allowed_by=make_reviewer()
    )
    allow.save()
    assert sent("acme/vlm", COMMIT)["trust_remote_code"] is True
    assert sent("acme/vlm", "main")["trust_remote_code"] is False
    assert sent("acme/vlm", COMMIT[::-1])["trust_remote_code"] is False
    assert sent("acme/other", COMMIT)["trust_remote_code"] is False
    allow.delete()
    assert sent("acme/vlm", COMMIT)["trust_remote_code"] is False


def test_branch_is_never_trusted_even_if_somebody_stored_one() -> None:
    RemoteCode.objects.create(
        source="acme/vlm", revision="main", reason="?", allowed_by=make_reviewer()
    )
    assert not code_is_trusted("acme/vlm", "main")


def test_reviewer_allows_a_commit_in_the_admin(client: Any) -> None:
    reviewer = make_reviewer()
    client.force_login(reviewer)
    address = reverse("admin:catalog_remotecode_add")
    form = {"source": "acme/vlm", "revision": "main", "reason": "looked at it"}
    assert client.post(address, form).status_code == 200
    assert not RemoteCode.objects.exists()
    assert client.post(address, form | {"revision": COMMIT}).status_code == 302
    assert RemoteCode.objects.get().allowed_by == reviewer
    assert code_is_trusted("acme/vlm", COMMIT)


def test_nobody_else_allows_code(client: Any) -> None:
    client.force_login(make_user(is_staff=True))
    form = {"source": "acme/vlm", "revision": COMMIT, "reason": "please"}
    assert client.post(reverse("admin:catalog_remotecode_add"), form).status_code == 403
    assert not RemoteCode.objects.exists()
