"""How many GPUs a checkpoint is given when its submitter does not say. The queue follows from it (``queue_for``)."""

from __future__ import annotations

from django.conf import settings

from evaluator.checkpoint.fit import GIB, gpus_needed, weight_bytes_of
from evaluator.engines import get_engine
from evaluator.engines.command import CommandEngine
from leaderboard.catalog.models import Precision, Variant, VlmModel
from leaderboard.runs.submission import SubmissionRequest
from leaderboard.runs.variants import model_slug


def gpus_for(request: SubmissionRequest) -> int:
    """Return the GPUs of a ``checked`` request: what it asks for, else an estimate from size and precision.

    The size is the one that a worker read of this checkpoint before, else that of the declared number of parameters;
    1 where neither is known. The worker, which reads the checkpoint, refuses what does not fit after all.
    """
    if request.tensor_parallel_size is not None:
        return request.tensor_parallel_size
    engine = get_engine(request.engine)
    size = _size_read(request) or _size_declared(request)
    if not isinstance(engine, CommandEngine) or not size:
        return 1
    return gpus_needed(
        size,
        settings.GPU_MEMORY_GB * GIB,
        most=engine.max_tensor_parallel,
        share=engine.memory_share,
    )


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
