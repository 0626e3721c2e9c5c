"""``python -m evaluator run``, the whole way: what is asked, what the bundle says of it, and the scores."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evaluator.__main__ import main
from evaluator.bundle import open_bundle
from evaluator.records import Manifest
from tests.harness import test_declared_tasks as declared
from tests.harness.conftest import SLUG, Harness
from tests.harness.test_frugal import QUESTIONS, answer, circular_data

pytestmark = [pytest.mark.harness, pytest.mark.slow]


def evaluate(harness: Harness, slug: str, *options: str) -> tuple[Manifest, dict[str, Any]]:
    """Run the command and return the bundle's manifest and the scores."""
    status = main(
        [
            "run",
            *("--base-url", harness.server.base_url, "--model", harness.server.model),
            *("--benchmark", slug, "--data-dir", str(harness.data_dir)),
            *("--out", str(harness.out), *options),
        ]
    )
    assert status == 0
    with open_bundle(harness.out / "bundle.zip") as bundle:
        assert len(list(bundle.responses())) == bundle.manifest.counts["responses"]
        manifest = bundle.manifest
    return manifest, json.loads((harness.out / "scores.json").read_text())


def value(scores: dict[str, Any], metric: str) -> dict[str, Any]:
    [found] = [s for s in scores["scores"] if (s["dimension"], s["metric"]) == ("overall", metric)]
    return dict(found)


def knowing(prompt: str) -> str:
    return answer(prompt) if "Question" in prompt else "Red."


def test_blind_and_frugal_are_told_in_the_manifest_and_in_the_scores(harness: Harness) -> None:
    circular_data(harness.data_dir)
    harness.server.answer = knowing
    manifest, scores = evaluate(harness, SLUG, "--pictures", "none", "--frugal")
    asked = [r for r in harness.server.received if "Question" in r.text]
    assert all(request.images == [] for request in asked)
    assert manifest.generation["pictures"] == "none"
    assert manifest.generation["frugal"] is True
    assert manifest.counts["responses"] == 4 * QUESTIONS
    assert manifest.counts["skipped"] == 4 * QUESTIONS - len(asked) > 0
    assert manifest.serving["n"] == len(asked)
    assert scores["counts"]["skipped"] == manifest.counts["skipped"]
    assert value(scores, "circular")["total"] == QUESTIONS
    assert value(scores, "all_rows")["value"] is None


def test_declared_benchmark_is_evaluated_and_its_declaration_kept(
    harness: Harness, tmp_path: Path
) -> None:
    declared.write(harness, declared.CHARTQA, declared.chart_rows())
    harness.server.answer = lambda prompt: (
        declared.chart_answer(prompt) if "bar" in prompt else "Red."
    )
    file = tmp_path / "chartqa.json"
    file.write_text(json.dumps(declared.CHARTQA))
    manifest, scores = evaluate(harness, "chartqa", "--declaration", str(file))
    assert manifest.declaration == declared.CHARTQA
    assert manifest.aggregates["relaxed_overall"] == 0.6
    assert scores["protocol"].startswith("lmms-eval-relaxed_overall@")
    overall = value(scores, "relaxed_overall")
    assert (overall["correct"], overall["total"]) == (6, 10)


@pytest.mark.parametrize("text", ["[1]", "{", '{"slug": "chartqa"}'])
def test_a_declaration_that_cannot_be_read_is_refused_in_words(
    harness: Harness, tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    declared.write(harness, declared.CHARTQA, declared.chart_rows())
    file = tmp_path / "chartqa.json"
    file.write_text(text)
    options = ["--benchmark", "chartqa", "--declaration", str(file), "--out", str(harness.out)]
    address = ["--base-url", harness.server.base_url, "--model", "m"]
    assert main(["run", *address, *options, "--data-dir", str(harness.data_dir)]) == 1
    assert "The evaluation request is not valid" in capsys.readouterr().err
    assert harness.server.received == []
