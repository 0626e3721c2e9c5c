"""Runs one benchmark's generation through lmms-eval: its task, its prompts, its requests; none of its scores."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lmms_eval.tasks
from lmms_eval.evaluator import simple_evaluate
from lmms_eval.models import MODEL_REGISTRY_V2, get_model
from lmms_eval.models.registry_v2 import ModelManifest
from lmms_eval.tasks import TaskManager

from evaluator.benchmarks import Benchmark
from evaluator.errors import EvaluationError, FailureCode
from evaluator.harness.dataset import Source
from evaluator.harness.endpoint_model import MODEL_ID, EndpointModel
from evaluator.harness.splits import JoinedSplitsTask

OWN_TASKS = Path(__file__).parent / "tasks"


def register() -> type[EndpointModel]:
    """Make our model class known to lmms-eval and return what lmms-eval then finds (and validates).

    Through the registry itself, not an entry point: the class belongs to this repository, and an entry point would
    need a second copy of it installed in the environment.
    """
    MODEL_REGISTRY_V2.register_manifest(
        ModelManifest(
            model_id=MODEL_ID,
            chat_class_path=f"{EndpointModel.__module__}.{EndpointModel.__name__}",
        ),
        overwrite=True,
    )
    found: type[EndpointModel] = get_model(MODEL_ID)
    return found


@dataclass(frozen=True, slots=True)
class Prepared:
    """lmms-eval's task, ready to be asked, and the index that it came from."""

    task: Any
    manager: TaskManager

    @property
    def docs(self) -> Any:
        """The rows as the task sees them, pictures decoded on access."""
        return self.task.eval_docs

    def pictures(self, position: int) -> list[Any]:
        """Return a row's pictures in the order in which the model sees them."""
        return self.task.doc_to_visual(self.docs[position]) or []


def prepare(benchmark: Benchmark, source: Source, loading: Mapping[str, Any]) -> Prepared:
    """Return lmms-eval's task with our data source, all its rows as the test split, and without its scoring.

    Only the benchmark's own folder is indexed: the whole index takes some twenty seconds. Scoring is switched off
    because some tasks ask a judge or guess at random. Raises EvaluationError(DATASET_SCHEMA) when the task cannot
    read the data's first row.
    """
    manager = TaskManager(include_defaults=False, include_path=str(task_folder(benchmark)))
    if benchmark.task not in manager.all_subtasks:
        raise EvaluationError(
            FailureCode.HARNESS_FAILED,
            f"lmms-eval has no task {benchmark.task!r} in {benchmark.task_folder!r}",
        )
    config = {
        "task": benchmark.task,
        "process_results": _no_scores,
        "metric_list": [],
        "test_split": source.split,
        **loading,
    }
    if len(source.splits) > 1:
        config["class"] = JoinedSplitsTask
    try:
        # Not get_task_dict, which makes a task for non-chat models out of every dict.
        task = manager.load_task_or_group([config], task_type="chat")[benchmark.task]
        prepared = Prepared(task, manager)
        prepared.pictures(0)
    except EvaluationError:
        raise
    except Exception as error:
        raise EvaluationError(
            FailureCode.DATASET_SCHEMA,
            f"task {benchmark.task} cannot read the first row: {type(error).__name__}: {error}",
        ) from error
    return prepared


def task_folder(benchmark: Benchmark) -> Path:
    """Return the folder with the task's YAML: one of ours for ``harness:NAME``, else one of lmms-eval's."""
    kind, _, name = benchmark.task_folder.rpartition(":")
    own = kind == "harness"
    root = OWN_TASKS if own else Path(lmms_eval.tasks.__file__).parent
    return root / name


def generate(model: EndpointModel, prepared: Prepared, limit: int | None) -> None:
    """Let lmms-eval build the requests and hand them to ``model``, which keeps the responses."""
    simple_evaluate(
        model=model,
        tasks=[prepared.task],
        # Without it, simple_evaluate builds the whole index although it has the task.
        task_manager=prepared.manager,
        limit=limit,
        bootstrap_iters=0,
        log_samples=False,
        process_docs_parallel=1,
        # What follows generation must not decode every picture a second time.
        cli_args=argparse.Namespace(process_with_media=False),
    )


def _no_scores(_doc: Any, _results: Any) -> dict[str, float]:
    return {}
