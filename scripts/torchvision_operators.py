"""Define, before torchvision is imported, the operators that its C++ library would define.

The registry's torchvision is a CUDA build, whose library does not load beside a CPU build of torch; its Python part
then fails when it registers fakes for operators that nobody defined. vLLM needs only the Python part (transforms).
Copied into `.venv-vllm` by setup_vllm.py and imported there at every start; it imports torch only when it must.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

OPERATORS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)


class DefineBeforeImport(importlib.abc.MetaPathFinder):
    """Finds nothing; when torchvision is looked for, it defines the operators and steps aside."""

    library: Any = None
    """Kept: torch takes a library's definitions back when the object goes."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002 - the signature of a finder
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname == "torchvision" and self.library is None:
            import torch

            self.library = torch.library.Library("torchvision", "FRAGMENT")
            for operator in OPERATORS:
                self.library.define(operator)
        return None


sys.meta_path.insert(0, DefineBeforeImport())
