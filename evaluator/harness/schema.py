"""The columns of local parquet files: whether several files are one table, and which columns are pictures.

Pictures are structs of ``bytes`` and ``path``, with or without the ``datasets`` library's own metadata in the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from evaluator.errors import EvaluationError, FailureCode

if TYPE_CHECKING:
    import datasets

_PICTURE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def read_schema(file: Path) -> pa.Schema:
    """Return a file's columns. Raises EvaluationError: DATASET_SCHEMA for no parquet, DATASET_MISSING without rows."""
    try:
        schema, rows = pq.read_schema(file), pq.read_metadata(file).num_rows
    except (pa.ArrowInvalid, OSError) as error:
        raise EvaluationError(
            FailureCode.DATASET_SCHEMA,
            f"{file.name} is no readable parquet file: {str(error).splitlines()[0][:300]}",
        ) from error
    if not rows:
        raise EvaluationError(FailureCode.DATASET_MISSING, f"{file.name} has no rows")
    return schema


def joined(schemas: Mapping[str, pa.Schema]) -> pa.Schema:
    """Return the columns of files, by name, whose rows follow one another.

    A column of pictures may be empty (of the null type) or absent in some of the files; the others must be in all, in
    types that have one in common. Raises EvaluationError(DATASET_SCHEMA) that says which column is not.
    """
    pictures = {c.name for schema in schemas.values() for c in schema if is_picture(c.type)}
    try:
        whole = pa.unify_schemas(
            [_as_pictures(schema, pictures) for schema in schemas.values()],
            promote_options="permissive",
        )
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise EvaluationError(
            FailureCode.DATASET_SCHEMA,
            f"{', '.join(schemas)} do not fit together: {str(error).splitlines()[0][:300]}",
        ) from error
    for name, schema in schemas.items():
        absent = {c.name for c in whole if not _holds_pictures(c.type)} - set(schema.names)
        if absent:
            raise EvaluationError(
                FailureCode.DATASET_SCHEMA,
                f"{name} lacks the columns {', '.join(sorted(absent))} of the other splits",
            )
    return whole


def features(schema: pa.Schema) -> datasets.Features:
    """Return the columns' types, with every struct of ``bytes`` and ``path`` as a picture."""
    import datasets

    found = datasets.Features.from_arrow_schema(schema)
    for column in schema:
        if is_picture(column.type):
            found[column.name] = datasets.Image()
        elif _holds_pictures(column.type):
            found[column.name] = datasets.List(datasets.Image())
    return found


def is_picture(kind: pa.DataType) -> bool:
    """Tell whether a column of this type holds one picture a row."""
    return pa.types.is_struct(kind) and {kind.field(i).name for i in range(kind.num_fields)} == {
        "bytes",
        "path",
    }


def _holds_pictures(kind: pa.DataType) -> bool:
    return is_picture(kind) or (pa.types.is_list(kind) and is_picture(kind.value_type))


def _as_pictures(schema: pa.Schema, pictures: set[str]) -> pa.Schema:
    """Give the columns of pictures one type, however empty they are and in whatever order their parts stand."""
    fields = [c.with_type(_PICTURE) if c.name in pictures else c for c in schema]
    return pa.schema(fields, schema.metadata)
