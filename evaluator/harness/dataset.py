"""Where a benchmark's rows come from, whether they are what the benchmark needs, and what exactly they are.

Offline, ``<data_dir>/<slug>/<split>.parquet`` in the hub's schema, one file for each split, replaces the hub's data
set. Several splits (``a+b``) are one data set: their rows follow one another.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evaluator.benchmarks import Benchmark
from evaluator.errors import EvaluationError, FailureCode
from evaluator.harness.schema import features, joined, read_schema

if TYPE_CHECKING:
    import datasets


@dataclass(frozen=True, slots=True)
class Source:
    """The rows of a data set that are asked. ``files`` are the local ones by split; empty means the hub."""

    path: str
    name: str | None
    split: str
    files: Mapping[str, Path] = field(default_factory=dict)
    label: str | None = None

    @property
    def local(self) -> bool:
        return bool(self.files)

    @property
    def splits(self) -> tuple[str, ...]:
        """The splits' names, in the order of their rows."""
        return tuple(self.split.split("+"))


@dataclass(frozen=True, slots=True)
class Rows:
    """What one pass over the rows found.

    ``fingerprint`` is the sha256 of the content: the same rows in the same order give the same fingerprint however
    the files are cut or compressed. ``keys`` and ``fields`` are by position.
    """

    fingerprint: str
    keys: list[str] = field(default_factory=list)
    fields: list[dict[str, Any]] = field(default_factory=list)


def find_source(benchmark: Benchmark, data_dir: Path | None) -> Source:
    """Return the local files when ``data_dir`` has a folder for this benchmark, else the hub's data set.

    Raises EvaluationError: DATASET_MISSING when the folder lacks a file or its rows, DATASET_SCHEMA when a file is no
    parquet, lacks columns or does not fit to the others. The hub's columns are checked by ``check_columns`` once they
    are known.
    """
    declared = benchmark.data
    folder = data_dir / benchmark.slug if data_dir else None
    if folder is None or not folder.is_dir():
        return Source(declared.path, declared.name, declared.split)
    files = {split: folder / f"{split}.parquet" for split in declared.splits}
    for file in files.values():
        if not file.is_file():
            there = ", ".join(sorted(p.name for p in folder.iterdir())) or "nothing"
            raise EvaluationError(
                FailureCode.DATASET_MISSING,
                f"{benchmark.slug}/{file.name} is not in the data folder; there is: {there}",
            )
    check_columns(benchmark, joined({f.name: read_schema(f) for f in files.values()}).names)
    return Source(declared.path, declared.name, declared.split, files, _label(folder))


def check_columns(benchmark: Benchmark, there: Iterable[str]) -> None:
    """Raise EvaluationError(DATASET_SCHEMA) naming the columns that are missing and those that are there."""
    missing = benchmark.data.columns - set(there)
    if missing:
        raise EvaluationError(
            FailureCode.DATASET_SCHEMA,
            f"{benchmark.slug} lacks the columns {', '.join(sorted(missing))}; "
            f"it has {', '.join(sorted(there)) or 'none'}",
        )


def loading_arguments(source: Source, cache: Path) -> dict[str, Any]:
    """Return what ``datasets.load_dataset`` takes for this source, in lmms-eval's names.

    The task's own ``token: True`` is left out: it would demand a login for public data.
    """
    if not source.local:
        return {"dataset_path": source.path, "dataset_name": source.name, "dataset_kwargs": None}
    schema = joined({file.name: read_schema(file) for file in source.files.values()})
    return {
        "dataset_path": "parquet",
        "dataset_name": None,
        "dataset_kwargs": {
            "data_files": {split: str(file.resolve()) for split, file in source.files.items()},
            "features": features(schema),
            "cache_dir": str(cache),
        },
    }


def load(source: Source, arguments: Mapping[str, Any]) -> datasets.Dataset:
    """Return the rows of all splits, in order.

    Raises EvaluationError: DATASET_MISSING from the hub, DATASET_SCHEMA from files or when the splits do not fit
    together.
    """
    import datasets

    datasets.disable_progress_bars()
    kwargs = arguments["dataset_kwargs"] or {}
    try:
        found = datasets.load_dataset(
            arguments["dataset_path"], arguments["dataset_name"], **kwargs
        )
    except Exception as error:
        code = FailureCode.DATASET_SCHEMA if source.local else FailureCode.DATASET_MISSING
        names = ", ".join(file.name for file in source.files.values())
        where = names or f"{source.path} ({source.name})"
        raise EvaluationError(code, f"{where}: {_first_line(error)}") from error
    for split in source.splits:
        if split not in found:
            raise EvaluationError(
                FailureCode.DATASET_MISSING,
                f"{source.path} has no split {split}, only {', '.join(found)}",
            )
    try:
        return datasets.concatenate_datasets([found[split] for split in source.splits])
    except ValueError as error:
        raise EvaluationError(
            FailureCode.DATASET_SCHEMA,
            f"the splits {source.split} do not fit together: {_first_line(error)}",
        ) from error


def scan(dataset: datasets.Dataset, benchmark: Benchmark) -> Rows:
    """Read every row once, pictures as their encoded bytes.

    Raises EvaluationError(DATASET_SCHEMA) when a row has no key, no readable fields, a picture that is nowhere, or
    another row's key.
    """
    digest = hashlib.sha256()
    keys: dict[str, int] = {}
    fields: list[dict[str, Any]] = []
    for batch in _undecoded(dataset).iter(batch_size=64):
        columns = sorted(batch)
        for values in zip(*(batch[c] for c in columns), strict=True):
            row = dict(zip(columns, values, strict=True))
            position = len(fields)
            try:
                digest.update(hashlib.sha256(_canonical(row)).digest())
                key, row_fields = benchmark.row_key(row, position), benchmark.fields(row)
            except (KeyError, TypeError, ValueError, OSError) as error:
                raise EvaluationError(
                    FailureCode.DATASET_SCHEMA,
                    f"row {position} cannot be read: {type(error).__name__}: {error}",
                ) from error
            if key in keys:
                raise EvaluationError(
                    FailureCode.DATASET_SCHEMA,
                    f"rows {keys[key]} and {position} have the same key {key!r}",
                )
            keys[key] = position
            fields.append(row_fields)
    return Rows(digest.hexdigest(), list(keys), fields)


def _undecoded(dataset: datasets.Dataset) -> datasets.Dataset:
    import datasets

    for name, feature in dataset.features.items():
        if isinstance(feature, datasets.Image):
            dataset = dataset.cast_column(name, datasets.Image(decode=False))
        elif isinstance(getattr(feature, "feature", None), datasets.Image):
            dataset = dataset.cast_column(name, type(feature)(datasets.Image(decode=False)))
    return dataset


def _canonical(row: Mapping[str, Any]) -> bytes:
    return json.dumps(_plain(row), sort_keys=True, ensure_ascii=False, default=str).encode()


def _plain(value: Any) -> Any:
    """Return the value as JSON types, bytes by their sha256, pictures without their file's name."""
    if isinstance(value, Mapping):
        if set(value) == {"bytes", "path"}:
            data = value["bytes"]
            return _plain(
                Path(value["path"]).read_bytes() if data is None and value["path"] else data
            )
        return {name: _plain(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(member) for member in value]
    if isinstance(value, bytes):
        return {"sha256": hashlib.sha256(value).hexdigest()}
    return value


def _label(folder: Path) -> str | None:
    """Return the ``label`` of the optional dataset.json. Raises EvaluationError(DATASET_SCHEMA) if it is broken."""
    note = folder / "dataset.json"
    if not note.is_file():
        return None
    try:
        label = json.loads(note.read_text(encoding="utf-8")).get("label")
    except (ValueError, AttributeError) as error:
        raise EvaluationError(
            FailureCode.DATASET_SCHEMA, f"{folder.name}/dataset.json is not a JSON object"
        ) from error
    return None if label is None else str(label)


def _first_line(error: BaseException) -> str:
    """Return what an error says, shortly; ``datasets`` keeps the real reason in the cause of its own error."""
    error = error.__cause__ or error
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0][:300]
