"""How many GPUs a checkpoint is given when its submitter does not say. The queue follows from it (``queue_for``)."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from evaluator.checkpoint.fit import GIB, Demand, Memory, cannot_fit, gpus_needed, weight_bytes_of
from evaluator.engines import get_engine
from evaluator.engines.command import CommandEngine
from leaderboard.catalog.models import Precision, Variant, VlmModel
from leaderboard.runs.submission import SubmissionRequest
from leaderboard.runs.variants import model_slug


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether weights fit, per GPU of the workers. ``read``: a worker has read their size, it is not a declared one."""

    gpus: int
    weight_bytes: int
    available_bytes: int
    read: bool
    fits: bool


@dataclass(frozen=True, slots=True)
class _Size:
    weight_bytes: float
    read: bool


def gpus_for(request: SubmissionRequest) -> int:
    """Return the GPUs of a ``checked`` request: what it asks for, else an estimate from size and precision.

    The size is the one that a worker read of this checkpoint before, else that of the declared number of parameters;
    1 where neither is known. The worker, which reads the checkpoint, refuses what does not fit after all.
    """
    if request.tensor_parallel_size is not None:
        return request.tensor_parallel_size
    engine = get_engine(request.engine)
    size = _size_of(request)
    if not isinstance(engine, CommandEngine) or size is None:
        return 1
    return gpus_needed(
        size.weight_bytes,
        settings.GPU_MEMORY_GB * GIB,
        most=engine.max_tensor_parallel,
        share=engine.memory_share,
    )


def fit_of(request: SubmissionRequest) -> Fit | None:
    """Return whether the weights of a ``checked`` request for a checkpoint fit; None where their size is not known.

    The KV cache is not in it: the shape that decides it is known to the worker only.
    """
    engine, size = get_engine(request.engine), _size_of(request)
    if not isinstance(engine, CommandEngine) or size is None:
        return None
    gpus = gpus_for(request)
    memory = Memory(bytes_each=settings.GPU_MEMORY_GB * GIB, gpus=gpus, share=engine.memory_share)
    demand = Demand(weight_bytes=round(size.weight_bytes), shape=None, gpus=gpus)
    return Fit(
        gpus=gpus,
        weight_bytes=round(size.weight_bytes / gpus),
        available_bytes=memory.usable,
        read=size.read,
        fits=not cannot_fit(demand, memory),
    )


def _size_of(request: SubmissionRequest) -> _Size | None:
    if read := _size_read(request):
        return _Size(read, read=True)
    declared = _size_declared(request)
    return _Size(declared, read=False) if declared else None


def _size_read(request: SubmissionRequest) -> int | None:
    known = Variant.objects.filter(
        source=request.source, revision=request.revision, size_bytes__isnull=False
    )
    return known.order_by("-pk").values_list("size_bytes", flat=True).first()


def _size_declared(request: SubmissionRequest) -> float | None:
    billions = request.parameters_b
    if billions is None:
        models = VlmModel.objects.filter(slug=model_slug(request))
        billions = models.values_list("parameters_b", flat=True).first()
    bits = Precision(request.precision).bits
    return None if billions is None else weight_bytes_of(billions, bits)
