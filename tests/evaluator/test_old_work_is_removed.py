"""Answers of unfinished evaluations are kept for a retry, for some days."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from evaluator.pipeline import KEEP_WORK_DAYS, remove_old_work
from evaluator.settings import PipelineSettings

DAY_S = 86_400


@pytest.fixture
def pipeline(tmp_path: Path) -> PipelineSettings:
    return replace(PipelineSettings.from_environment({}), work_dir=tmp_path)


def work(pipeline: PipelineSettings, name: str, *, age_days: float, file_age_days: float) -> Path:
    folder = pipeline.work_dir / "evaluations" / name
    (folder / "run").mkdir(parents=True)
    file = folder / "run" / "responses.jsonl"
    file.write_text("{}")
    for path, age in ((file, file_age_days), (folder / "run", age_days), (folder, age_days)):
        os.utime(path, (time.time() - age * DAY_S,) * 2)
    return folder


def test_what_nobody_touched_for_long_is_removed(pipeline: PipelineSettings) -> None:
    old, days = KEEP_WORK_DAYS + 1, KEEP_WORK_DAYS - 1
    gone = work(pipeline, "gone", age_days=old, file_age_days=old)
    kept = work(pipeline, "kept", age_days=old, file_age_days=days)
    remove_old_work(pipeline)
    assert not gone.exists()
    assert kept.exists()


def test_a_folder_that_another_worker_has_just_made_is_kept(pipeline: PipelineSettings) -> None:
    new = pipeline.work_dir / "evaluations" / "new"
    new.mkdir(parents=True)
    remove_old_work(pipeline)
    assert new.exists()


def test_a_link_to_nowhere_is_passed_over(pipeline: PipelineSettings) -> None:
    old = KEEP_WORK_DAYS + 1
    folder = work(pipeline, "gone", age_days=0, file_age_days=old)
    (folder / "run" / "link").symlink_to("nowhere")
    for path in (folder / "run", folder):
        os.utime(path, (time.time() - old * DAY_S,) * 2)
    remove_old_work(pipeline)
    assert not folder.exists()
