"""Runs one benchmark's generation through lmms-eval: its task, its prompts, its requests; not its scoring."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lmms_eval.tasks
from lmms_eval.evaluator import simple_evaluate
from lmms_eval.models import MODEL_REGISTRY_V2, get_model
from lmms_eval.models.registry_v2 import ModelManifest
from lmms_eval.tasks import TaskManager

from evaluator.benchmarks import Benchmark, GenericBenchmark
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

    @property
    def rewrites_rows(self) -> bool:
        """Whether the task may leave out or change rows of the data set."""
        return self.task.config.process_docs is not None

    def pictures(self, position: int) -> list[Any]:
        """Return a row's pictures in the order in which the model sees them."""
        return self.task.doc_to_visual(self.docs[position]) or []


def prepare(benchmark: Benchmark, source: Source, loading: Mapping[str, Any]) -> Prepared:
    """Return lmms-eval's task with our data source, all its rows as the test split.

    Only the benchmark's own folder is indexed: the whole index takes some twenty seconds. The task's own scoring is
    left out, because some tasks ask a judge or guess at random; a declared benchmark keeps it for ``scoring``.
    Raises EvaluationError: HARNESS_FAILED when there is no such task or it cannot be used, DATASET_SCHEMA when it
    cannot read the data's first row.
    """
    manager = TaskManager(include_defaults=False, include_path=str(task_folder(benchmark)))
    if benchmark.task not in manager.all_subtasks:
        raise EvaluationError(
            FailureCode.HARNESS_FAILED,
            f"lmms-eval has no task {benchmark.task!r} in {benchmark.task_folder!r}",
        )
    config = {"task": benchmark.task, "test_split": source.split, **loading}
    if not isinstance(benchmark, GenericBenchmark):
        config |= {"process_results": _no_scores, "metric_list": []}
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
    if task.OUTPUT_TYPE != "generate_until" or task.config.repeats != 1:
        raise EvaluationError(
            FailureCode.HARNESS_FAILED,
            f"task {benchmark.task} does not ask each question once for a text "
            f"(output_type {task.OUTPUT_TYPE}, repeats {task.config.repeats})",
        )
    return prepared


def task_folder(benchmark: Benchmark) -> Path:
    """Return the folder with the task's YAML: one of ours for ``harness:NAME``, else one of lmms-eval's.

    An empty ``task_folder`` means the folder of lmms-eval's YAML file that declares a task of this name. Raises
    EvaluationError(HARNESS_FAILED) when none does.
    """
    kind, _, name = benchmark.task_folder.rpartition(":")
    own = kind == "harness"
    built_in = Path(lmms_eval.tasks.__file__).parent
    if not name:
        return _find_task(benchmark.task, built_in)
    return (OWN_TASKS if own else built_in) / name


def _find_task(task: str, root: Path) -> Path:
    declared = re.compile(rf"""^task\s*:\s*(["']?){re.escape(task)}\1\s*(#.*)?$""", re.MULTILINE)
    for path in sorted(root.rglob("*.yaml")):
        if declared.search(path.read_text(encoding="utf-8", errors="replace")):
            return path.parent
    raise EvaluationError(FailureCode.HARNESS_FAILED, f"lmms-eval has no task {task!r}")


def generate(model: EndpointModel, prepared: Prepared, limit: int | None) -> None:
    """Let lmms-eval build the requests and hand them to ``model``, which keeps the responses.

    Afterwards the task's instances hold the answers as its filters leave them.
    """
    # What lmms-eval would score here is scored afterwards, if at all.
    prepared.task.process_results = _no_scores
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
