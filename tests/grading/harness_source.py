"""Functions of the installed lmms-eval, without importing it: to compare with where both do the same."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@cache
def definitions(file: str, *names: str) -> dict[str, Any]:
    """Return the functions and classes ``names`` of ``file`` (relative to lmms_eval/tasks), by name.

    The test is skipped, and says so, where lmms-eval's environment is absent.
    """
    found = sorted(ROOT.glob(f".venv-harness/lib/python*/site-packages/lmms_eval/tasks/{file}"))
    if not found:
        pytest.skip(f"NOT COMPARED WITH LMMS-EVAL: there is no .venv-harness with {file}")
    module = ast.parse(found[0].read_text())
    module.body = [node for node in module.body if getattr(node, "name", None) in names]
    namespace: dict[str, Any] = {"re": re}
    exec(compile(module, str(found[0]), "exec"), namespace)  # noqa: S102 - the installed package's own code
    return {name: namespace[name] for name in names}
