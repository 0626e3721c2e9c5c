"""Declaring a task of lmms-eval as a benchmark in the admin."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from leaderboard.catalog.declarations import declaration_of
from leaderboard.catalog.models import Benchmark
from leaderboard.catalog.sync import sync_benchmarks
from tests.factories import make_submission, make_user

pytestmark = pytest.mark.django_db

ADD = reverse("admin:catalog_benchmark_add")
CHARTQA = {
    "slug": "chartqa",
    "title_en": "ChartQA",
    "title_zh": "图表问答",
    "active": "on",
    "task": "chartqa",
    "data_path": "lmms-lab-encoder/ChartQA",
    "data_split": "test",
    "data_rows": "2500",
    "metric": "relaxed_overall",
    "scale": "1",
    "higher_is_better": "on",
    "dimension_fields": "type: human_test, augmented_test\nlength\n",
}

DIMENSIONS = {"dimensions-TOTAL_FORMS": "0", "dimensions-INITIAL_FORMS": "0"}
"""What the page's table of dimensions sends along."""


@pytest.fixture
def root() -> Client:
    client = Client()
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    return client


def fields(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in {**CHARTQA, **changes}.items() if value is not None}


def errors(client: Client, **changes: Any) -> dict[str, list[str]]:
    """Send the form with these changes; return what is wrong, by field."""
    answer = client.post(ADD, fields(**changes))
    assert answer.status_code == 200, "it was accepted"
    return dict(answer.context["adminform"].form.errors)


def change(benchmark: Benchmark) -> str:
    return reverse("admin:catalog_benchmark_change", args=[benchmark.pk])


def test_a_declared_task_is_in_the_catalogue(root: Client) -> None:
    assert root.get(ADD).status_code == 200
    assert root.post(ADD, fields()).status_code == 302

    benchmark = Benchmark.objects.get(slug="chartqa")
    declared = declaration_of(benchmark)
    assert (declared.task, declared.data.split, declared.data.rows) == ("chartqa", "test", 2500)
    assert benchmark.active
    assert [(d.axis, d.key) for d in benchmark.dimensions.all()] == [
        ("overall", "overall"),
        ("type", "human_test"),
        ("type", "augmented_test"),
    ]
    assert declared.dimension_values({"type": "human_test", "length": 3}) == {
        "type": "human_test",
        "length": "3",
    }


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"slug": "Chart QA"}, "slug"),
        ({"slug": "mmbench_en_dev"}, "slug"),
        ({"title_zh": None}, "title_zh"),
        ({"summary_en": "Only in English."}, "summary_zh"),
        ({"task": "../chartqa"}, "task"),
        ({"task_folder": "/etc"}, "task_folder"),
        ({"data_split": "no such split"}, "data_split"),
        ({"data_rows": "0"}, "data_rows"),
        ({"metric": "m" * 60}, "metric"),
        ({"scale": "0"}, "scale"),
        ({"scale": "nan"}, "scale"),
        ({"dimension_fields": "overall"}, "dimension_fields"),
        ({"dimension_fields": "type: human, human"}, "dimension_fields"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    root: Client, changes: dict[str, Any], field: str
) -> None:
    assert list(errors(root, **changes)) == [field]
    assert not Benchmark.objects.filter(slug="chartqa").exists()


def test_a_slug_is_declared_once(root: Client) -> None:
    root.post(ADD, fields())
    assert list(errors(root)) == ["slug"]


def test_the_form_shows_what_was_declared_and_changes_it(root: Client) -> None:
    root.post(ADD, fields(summary_en="Charts.", summary_zh="图表。"))
    benchmark = Benchmark.objects.get(slug="chartqa")

    page = root.get(change(benchmark))
    form = page.context["adminform"].form
    shown = {name: form.get_initial_for_field(f, name) for name, f in form.fields.items()}
    assert shown["dimension_fields"] == "type: human_test, augmented_test\nlength"
    assert (shown["summary_en"], shown["data_rows"]) == ("Charts.", 2500)

    sent = {name: value for name, value in shown.items() if value not in (None, False)}
    done = root.post(change(benchmark), {**sent, **DIMENSIONS, "scale": "100", "active": ""})
    assert done.status_code == 302
    benchmark.refresh_from_db()
    assert benchmark.declaration["scale"] == 100
    assert benchmark.declaration["summary"] == {"en": "Charts.", "zh": "图表。"}
    assert not benchmark.active


def test_with_results_only_the_words_may_change(root: Client) -> None:
    root.post(ADD, fields())
    benchmark = Benchmark.objects.get(slug="chartqa")
    make_submission(benchmarks=["chartqa"])

    refused = root.post(change(benchmark), fields(scale="100"))
    assert list(refused.context["adminform"].form.errors) == ["slug"]
    assert (
        root.post(
            change(benchmark), {**fields(title_en="ChartQA (test)"), **DIMENSIONS}
        ).status_code
        == 302
    )
    benchmark.refresh_from_db()
    assert benchmark.title_en == "ChartQA (test)"


def test_a_slug_stays(root: Client) -> None:
    root.post(ADD, fields())
    benchmark = Benchmark.objects.get(slug="chartqa")

    refused = root.post(change(benchmark), fields(slug="chartqa_2"))
    assert list(refused.context["adminform"].form.errors) == ["slug"]


def test_a_benchmark_with_a_file_can_only_be_looked_at(root: Client) -> None:
    sync_benchmarks()
    benchmark = Benchmark.objects.get(slug="mmbench_en_dev")

    page = root.get(change(benchmark))
    assert page.status_code == 200
    assert "mmbench-circular-rules-1" in page.content.decode()
    assert root.post(change(benchmark), fields(slug="mmbench_en_dev")).status_code == 403


def test_who_may_not_add_benchmarks_declares_none() -> None:
    client = Client()
    client.force_login(make_user("helper", is_staff=True))
    assert client.post(ADD, fields()).status_code == 403
    assert not Benchmark.objects.exists()
