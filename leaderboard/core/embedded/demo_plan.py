"""What ``make demo`` adds to the plan: its data, its rounded checkpoints, and two endpoints to submit."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .layout import ROOT, Layout
from .plan import PYTHON, Step, answers
from .ports import LOOPBACK, next_free_port
from .service import Service

BASELINES_SERVICE, VLM_SERVICE = "baselines", "demo-vlm"
VLM_NAME = "toy-vlm-int4"

_CHECKPOINT = ROOT / "demo" / "checkpoint"
_FIRST_PORT = 18_100
"""The demo's endpoints take the first free ports from here, so that their addresses mostly stay from start to start."""

_ONE_THREAD = {"OMP_NUM_THREADS": "1"}
"""For so small a model, threads that wait for each other take thrice the processor's time."""


@dataclass(frozen=True)
class Demo:
    """The demo's folders and ports on one runtime folder."""

    folder: Path
    baselines_port: int
    vlm_port: int

    @classmethod
    def on(cls, layout: Layout) -> Demo:
        """Choose the ports; OSError if there are none."""
        baselines = next_free_port(_FIRST_PORT)
        return cls(layout.var / "demo", baselines, next_free_port(baselines + 1))

    @property
    def datasets(self) -> Path:
        """The drawn sets: a folder for each benchmark."""
        return self.folder / "datasets"

    def rounded(self, kind: str) -> Path:
        """Return the folder of a rounded copy of the demo checkpoint (``int4``, ``int8``, ``int2``)."""
        return self.folder / "checkpoints" / kind

    def settings(self) -> dict[str, str]:
        """Return the settings that the demo chooses; what the environment says wins."""
        return {
            "BENCHMARK_DATA_DIR": str(self.datasets),
            "CHECKPOINT_ROOTS": os.pathsep.join([str(_CHECKPOINT), str(self.folder)]),
            # There is one admin, who may want to review what they submit to try things out.
            "REVIEW_OWN": "true",
            # The demo's endpoints listen on the loopback interface.
            "ENDPOINT_ALLOWED_NETWORKS": "127.0.0.0/8",
            "DEMO_BASELINES_URL": _base_url(self.baselines_port),
            "DEMO_VLM_URL": _base_url(self.vlm_port),
            "DEMO_CHECKPOINT": str(_CHECKPOINT),
            "DEMO_INT8_CHECKPOINT": str(self.rounded("int8")),
            "DEMO_INT2_CHECKPOINT": str(self.rounded("int2")),
            # Half of an evaluation is lmms-eval's start, on one core: two at a time need little more than half the time.
            "EVALUATOR_CONCURRENCY": "2",
            # For the same reason the demo's checkpoint is not kept under load for minutes.
            "PROBE_LEVELS": "1,4",
            "PROBE_LEVEL_S": "5",
            **_ONE_THREAD,
        }

    def steps_before(self) -> tuple[Step, ...]:
        """Return the commands that make the demo's material, once."""
        draw = Step(
            "demo data",
            (PYTHON, "-m", "demo.datasets", "--out", self.datasets),
            inputs=(ROOT / "demo" / "datasets", ROOT / "demo" / "drawing"),
            output=self.datasets,
        )
        return (draw, *(self._round(kind) for kind in ("int4", "int8", "int2")))

    def steps_after(self) -> tuple[Step, ...]:
        """Return the command that fills the board, once everything is up."""
        return (Step("demo", (PYTHON, "manage.py", "seed_demo"), show=True),)

    def services(self, environ: Mapping[str, str]) -> tuple[Service, ...]:
        """Return the two endpoints: the baselines, and the rounded checkpoint behind a server that is there already."""
        harness = environ.get("HARNESS_PYTHON") or ROOT / ".venv-harness" / "bin" / "python"
        env = {
            name: environ[name]
            for name in ("PATH", "HOME", "LANG", *_ONE_THREAD)
            if environ.get(name)
        }
        baselines = Service(
            name=BASELINES_SERVICE,
            argv=(PYTHON, "-m", "demo.server", "--port", str(self.baselines_port)),
            env=env,
            ready=answers(f"{_base_url(self.baselines_port)}/models"),
        )
        vlm = Service(
            name=VLM_SERVICE,
            argv=(
                harness, "-m", "evaluator.harness.serve_transformers", self.rounded("int4"),
                "--served-model-name", VLM_NAME, "--port", str(self.vlm_port),
            ),
            env=_ONE_THREAD | env | {"HF_HUB_OFFLINE": "1"},
            ready=answers(f"{_base_url(self.vlm_port)}/models"),
            ready_timeout=300,  # importing torch takes its time on a busy machine
        )  # fmt: skip
        return baselines, vlm

    def _round(self, kind: str) -> Step:
        return Step(
            f"demo {kind}",
            (PYTHON, "-m", "demo.variants", kind, "--replace", "--out", self.rounded(kind)),
            inputs=(_CHECKPOINT, ROOT / "demo" / "variants"),
            output=self.rounded(kind),
        )


def _base_url(port: int) -> str:
    return f"http://{LOOPBACK}:{port}/v1"
